"""Expected payments of the deal on a product's sales: tiers, a least royalty, sales milestones."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years
from partnering.deal.events import year_to_date
from partnering.inputs.scenario import Scenario
from partnering.value.peak import Peak
from partnering.world.theta import Theta

PEAK_PARTS = 64
"""Equally likely parts of the peak that a least royalty is averaged over."""


Terms = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Tiers (tier, class, theta), what a least royalty adds and sales milestones (class, theta), at launch."""


def value_terms(
    scenario: Scenario,
    theta: Theta,
    peak: Peak,
    since: NDArray,
    quarter: NDArray,
    per_peak: NDArray,
    factor: NDArray,
    in_term: NDArray,
    late: NDArray,
) -> Terms:
    """Return what terms on sales are expected to pay; arrays (theta, quarter since launch).

    `factor` discounts, `in_term` does so inside the royalty term, `late` marks what is after exclusivity.
    """
    year = _contract_year(scenario, since, quarter, per_peak)
    stepped = np.where(late, scenario["deal.royalty.step_down_share"], 1.0)
    return (
        _tiers(scenario, peak, year, in_term * stepped),
        _floor(scenario, theta, peak, year, stepped, in_term, since, quarter),
        _sales_milestones(scenario, peak, year, factor),
    )


@dataclass(frozen=True)
class _Year:
    """Nominal sales per dollar of yearly peak, (theta, quarter since launch): earlier in the contract year, and now."""

    before: NDArray[np.float64]
    now: NDArray[np.float64]
    deflator: NDArray[np.float64]


def _contract_year(scenario: Scenario, since: NDArray, quarter: NDArray, per_peak: NDArray) -> _Year:
    deflator = discount(mid_years(quarter), scenario["valuation.inflation_rate"])
    nominal = per_peak / deflator
    return _Year(_to_date(nominal, quarter, since), nominal, deflator)


def _to_date(amount: NDArray, quarter: NDArray, since: NDArray) -> NDArray[np.float64]:
    """Return what was sold earlier in the same contract year, (..., quarter since launch)."""
    flat = (np.broadcast_to(part, amount.shape).ravel() for part in (quarter, since))
    return year_to_date(amount.ravel(), *flat).reshape(amount.shape)


def _tiers(scenario: Scenario, peak: Peak, year: _Year, owed: NDArray) -> NDArray[np.float64]:
    """Return expected real net sales by royalty tier inside the term, shape (tier, class, theta)."""
    lasts = int((owed > 0).sum(axis=1).max())
    before, nominal, weight = (part[:, :lasts] for part in (year.before, year.now, year.deflator * owed))
    starts = scenario["deal.royalty.thresholds_musd"]
    below = [((_filled(peak, before + nominal, t) - _filled(peak, before, t)) * weight).sum(axis=2) for t in starts]
    whole = ((peak.limited() * nominal) * weight).sum(axis=2)
    return np.stack([upper - lower for lower, upper in pairwise((*below, whole))])


def _floor(
    scenario: Scenario,
    theta: Theta,
    peak: Peak,
    year: _Year,
    stepped: NDArray,
    in_term: NDArray,
    since: NDArray,
    quarter: NDArray,
) -> NDArray[np.float64]:
    """Return what the least royalty adds, (class, theta): paid at the end of contract years that paid too little.

    The peak is taken at the middles of equal parts of its distribution: the sum of a year has too many kinks to be
    integrated exactly.
    """
    least = scenario["deal.royalty.floor_musd"]
    if not least:
        return np.zeros((1, 1))
    lasts = int((in_term > 0).sum(axis=1).max())
    ends = (quarter % QUARTERS == QUARTERS - 1) & (since >= QUARTERS - 1)
    weight = (year.deflator * in_term * ends)[:, :lasts]
    scale = (theta.each("deal.royalty.scale")[:, None] * stepped)[:, :lasts]
    tiers = scenario["deal.royalty.thresholds_musd"]
    rates = np.diff(scenario["deal.royalty.rates"], prepend=0.0)
    short = 0.0
    for level in peak.parts(PEAK_PARTS):
        before, now = (level * part[:, :lasts] for part in (year.before, year.now))
        royalty = scale * sum(
            rate * (np.maximum(before + now - t, 0.0) - np.maximum(before - t, 0.0))
            for rate, t in zip(rates, tiers, strict=True)
        )
        paid = royalty + _to_date(royalty, quarter[:, :lasts], since[:, :lasts])
        short = short + (np.maximum(least - paid, 0.0) * weight).sum(axis=2) / PEAK_PARTS
    return np.asarray(short)


def _sales_milestones(scenario: Scenario, peak: Peak, year: _Year, factor: NDArray) -> NDArray[np.float64]:
    """Return expected sales milestones, (class, theta): each is due when the peak is high enough to have reached it."""
    at, due = "deal.sales_milestones", np.zeros((1, 1))
    most = np.maximum.accumulate(year.before + year.now, axis=1)
    for threshold, amount in zip(scenario[f"{at}.thresholds_musd"], scenario[f"{at}.amounts_musd"], strict=True):
        with np.errstate(divide="ignore"):
            chance = peak.tail(threshold / most)[1]
        due = due + amount * (np.diff(chance, axis=2, prepend=0.0) * year.deflator * factor).sum(axis=2)
    return due


def _filled(peak: Peak, per_peak: NDArray, threshold: float) -> NDArray[np.float64]:
    """Return E[min(peak x per_peak, threshold)]."""
    sold = per_peak > 0
    if threshold == 0:
        return np.zeros((1, *per_peak.shape))
    limit = threshold / np.where(sold, per_peak, 1.0)
    return np.where(sold, per_peak * peak.limited(limit), 0.0)
