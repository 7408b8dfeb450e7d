"""The deal at other terms: means and their errors exactly, shares and percentiles from a sample of futures.

A value is what is left without the terms, plus each term times what one unit of it is worth. Decisions, research and
leads are those simulated; only the extensions taken may be others, because each number of them was simulated.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.results.statistics import ahead

RATE, EXTENSION = "valuation.discount_rate", "extension"
"""The common discount rate, and the name of the term that every extension year pays."""

TAILS = (0.05, 0.95)
"""Percentiles of the futures that are shown."""


@dataclass(frozen=True)
class TermSheet:
    """What a deal pays, by its terms: means over all futures, and a sample of futures.

    Parts of a value are what is left without the terms, then one unit of each term. The first choice is the extensions
    as decided, the others are that none, one, ... are taken.
    """

    terms: tuple[str, ...]
    actual: NDArray[np.float64]  # (term,): the terms of the deal
    rates: NDArray[np.float64]  # (rate,): common discount rates
    alternatives: tuple[str, ...]
    company: NDArray[np.float64]  # (choice, rate, part): means
    partner: NDArray[np.float64]
    others: NDArray[np.float64]  # (rate, alternative): the company's mean value without the deal
    company_error: NDArray[np.float64]  # (choice, rate, part or alternative, the same): covariances of these means
    partner_error: NDArray[np.float64]  # (choice, rate, part, part)
    taken: NDArray[np.int64]  # (future,): extensions as decided
    sample_company: NDArray[np.float64]  # (extensions, rate, part, future)
    sample_partner: NDArray[np.float64]
    sample_others: NDArray[np.float64]  # (rate, alternative, future)


class Offer(NamedTuple):
    """A term sheet put to the model: amounts, place of the choice of extensions and of the discount rate."""

    amounts: NDArray[np.float64]
    choice: int
    rate: int


class Worth(NamedTuple):
    """A party's value: mean with its standard error, 5th and 95th percentile of the sample, share of losses in it."""

    mean: float
    error: float
    low: float
    high: float
    loses: float


class Lead(NamedTuple):
    """By how much signing is ahead of an alternative, with its standard error; share of the sample where it is."""

    mean: float
    error: float
    better: float


class Assessed(NamedTuple):
    """What an offer is worth, by party, and by how much signing it leads each alternative."""

    company: Worth
    partner: Worth
    leads: tuple[Lead, ...]

    def numbers(self) -> list[float]:
        """Return every number in order."""
        return [float(number) for part in (self.company, self.partner, *self.leads) for number in part]


def assess(sheet: TermSheet, offer: Offer) -> Assessed:
    """Return what an offer is worth to both, planned and before tax, and how it stands against each alternative."""
    at, weights = (offer.choice, offer.rate), np.array([1.0, *offer.amounts])
    company, partner = (_by_future(sheet, sample, offer) for sample in (sheet.sample_company, sheet.sample_partner))
    mean = float((weights * sheet.company[at]).sum())
    none = np.zeros(len(sheet.alternatives))
    leads = []
    for place, against in enumerate(-np.eye(len(none))):
        error = _error(sheet.company_error[at], np.concatenate([weights, against]))
        better = float(ahead(company - sheet.sample_others[offer.rate, place]).mean())
        leads.append(Lead(mean - float(sheet.others[offer.rate, place]), error, better))
    return Assessed(
        _worth(company, mean, _error(sheet.company_error[at], np.concatenate([weights, none]))),
        _worth(partner, float((weights * sheet.partner[at]).sum()), _error(sheet.partner_error[at], weights)),
        tuple(leads),
    )


def _by_future(sheet: TermSheet, sample: NDArray[np.float64], offer: Offer) -> NDArray[np.float64]:
    """Return a party's value in each future of the sample, shape (future,)."""
    futures = np.arange(len(sheet.taken))
    taken = sheet.taken if offer.choice == 0 else np.full(len(futures), offer.choice - 1)
    parts = sample[taken, offer.rate, :, futures]
    value = parts[:, 0].copy()
    for place, amount in enumerate(offer.amounts, start=1):
        value += amount * parts[:, place]
    return value


def _error(covariance: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the standard error of a weighted sum of means."""
    return float(np.sqrt(max((covariance * np.outer(weights, weights)).sum(), 0.0)))


def _worth(values: NDArray[np.float64], mean: float, error: float) -> Worth:
    low, high = (float(np.quantile(values, tail, method="hazen")) for tail in TAILS)
    return Worth(mean, error, low, high, float((values < 0).mean()))
