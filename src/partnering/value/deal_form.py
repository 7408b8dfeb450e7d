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

PEAK_PARTS = 32
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
    year = _Year(since, quarter, discount(mid_years(quarter), scenario["valuation.inflation_rate"]))
    now, stepped = per_peak / year.deflator, np.where(late, scenario["deal.royalty.step_down_share"], 1.0)
    before = year.to_date(now)
    tiers = _tiers(scenario, peak, before, now, year.deflator * (in_term * stepped))
    scale = theta.each("deal.royalty.scale")[:, None] * stepped
    floor = _floor(scenario, peak, before, now, year, scale, year.deflator * in_term)
    return tiers, floor, _sales_milestones(scenario, peak, before + now, year.deflator * factor)


@dataclass(frozen=True)
class _Year:
    """Quarters of sales, since launch and from the valuation date, and what a dollar of each is in money of the day."""

    since: NDArray[np.int64]
    quarter: NDArray[np.int64]
    deflator: NDArray[np.float64]

    def to_date(self, amount: NDArray) -> NDArray[np.float64]:
        """Return what was sold or paid earlier in the same contract year, (..., quarter since launch)."""
        flat = (np.broadcast_to(part, amount.shape).ravel() for part in (self.quarter, self.since))
        return year_to_date(amount.ravel(), *flat).reshape(amount.shape)


def _tiers(scenario: Scenario, peak: Peak, before: NDArray, now: NDArray, weight: NDArray) -> NDArray[np.float64]:
    """Return expected real net sales by royalty tier inside the term, shape (tier, class, theta)."""
    lasts = int((weight > 0).sum(axis=1).max())
    before, now, weight = (part[:, :lasts] for part in (before, now, weight))
    starts = scenario["deal.royalty.thresholds_musd"]
    below = [((_filled(peak, before + now, t) - _filled(peak, before, t)) * weight).sum(axis=2) for t in starts]
    whole = ((peak.limited() * now) * weight).sum(axis=2)
    return np.stack([upper - lower for lower, upper in pairwise((*below, whole))])


def _floor(
    scenario: Scenario, peak: Peak, before: NDArray, now: NDArray, year: _Year, scale: NDArray, weight: NDArray
) -> NDArray[np.float64]:
    """Return what the least royalty adds, (class, theta): paid at the end of contract years that paid too little.

    The peak is taken at the middles of equal parts of its distribution: the sum of a year has too many kinks to be
    integrated exactly.
    """
    least, short = scenario["deal.royalty.floor_musd"], np.zeros((1, 1))
    lasts = int((weight > 0).sum(axis=1).max())
    before, now, scale, weight = (part[:, :lasts] for part in (before, now, scale, weight))
    year = _Year(year.since[:, :lasts], year.quarter[:, :lasts], year.deflator[:, :lasts])
    ends = (year.quarter % QUARTERS == QUARTERS - 1) & (year.since >= QUARTERS - 1) & (now > 0)
    tiers = scenario["deal.royalty.thresholds_musd"], np.diff(scenario["deal.royalty.rates"], prepend=0.0)
    for level in peak.parts(PEAK_PARTS if least else 0):
        royalty = scale * sum(
            rate * (np.maximum(level * (before + now) - start, 0.0) - np.maximum(level * before - start, 0.0))
            for start, rate in zip(*tiers, strict=True)
        )
        paid = royalty + year.to_date(royalty)
        short = short + (np.maximum(least - paid, 0.0) * weight * ends).sum(axis=2) / PEAK_PARTS
    return short


def _sales_milestones(scenario: Scenario, peak: Peak, year: NDArray, weight: NDArray) -> NDArray[np.float64]:
    """Return expected sales milestones, (class, theta): each is due when the peak is high enough to have reached it."""
    at, due = "deal.sales_milestones", np.zeros((1, 1))
    most = np.maximum.accumulate(year, axis=1)
    for threshold, amount in zip(scenario[f"{at}.thresholds_musd"], scenario[f"{at}.amounts_musd"], strict=True):
        with np.errstate(divide="ignore"):
            chance = peak.tail(threshold / most)[1]
        due = due + amount * (np.diff(chance, axis=2, prepend=0.0) * weight).sum(axis=2)
    return due


def _filled(peak: Peak, per_peak: NDArray, threshold: float) -> NDArray[np.float64]:
    """Return E[min(peak x per_peak, threshold)]."""
    sold = per_peak > 0
    if threshold == 0:
        return np.zeros((1, *per_peak.shape))
    limit = threshold / np.where(sold, per_peak, 1.0)
    return np.where(sold, per_peak * peak.limited(limit), 0.0)
