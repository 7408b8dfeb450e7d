"""Expected payments of the deal on a product's sales: tiers, a least royalty, sales milestones.

Arrays are (theta, quarter since launch): `since` and `quarter` count from launch and from the valuation date,
`per_peak` is sales per dollar of peak, `late` marks what is after exclusivity. A contract counts money of the day.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analytic.peak import Peak
from partnering.clock import QUARTERS, discount, mid_years
from partnering.model.draws import Luck

PEAK_PARTS = 32
"""Equally likely parts of the peak that a least royalty is averaged over."""


def tier_sales(
    theta: Luck, peak: Peak, since: NDArray, quarter: NDArray, per_peak: NDArray, in_term: NDArray, late: NDArray
) -> NDArray[np.float64]:
    """Return expected real net sales by royalty tier inside the term, shape (tier, class, theta)."""
    starts, real = theta.scenario["deal.royalty.thresholds_musd"], _deflator(theta, quarter)
    now, weight = per_peak / real, real * in_term * _step(theta, late)
    before = year_to_date(now, since, quarter)
    below = [((_filled(peak, before + now, t) - _filled(peak, before, t)) * weight).sum(axis=2) for t in starts]
    whole = (peak.limited() * now * weight).sum(axis=2)
    return np.stack([upper - lower for lower, upper in pairwise((*below, whole))])


def floor_payment(
    theta: Luck, peak: Peak, since: NDArray, quarter: NDArray, per_peak: NDArray, in_term: NDArray, late: NDArray
) -> NDArray[np.float64]:
    """Return what a least royalty adds, (class, theta): paid at the end of contract years that paid too little.

    The peak is taken at the middles of equal parts of its distribution: the sum of a year has too many kinks to be
    integrated exactly.
    """
    scenario, real = theta.scenario, _deflator(theta, quarter)
    least, starts = scenario["deal.royalty.floor_musd"], scenario["deal.royalty.thresholds_musd"]
    steps = np.diff(scenario["deal.royalty.rates"], prepend=0.0)
    now, scale = per_peak / real, theta.each("deal.royalty.scale")[:, None] * _step(theta, late)
    before, short = year_to_date(now, since, quarter), np.zeros((1, 1))
    ends = (quarter % QUARTERS == QUARTERS - 1) & (since >= QUARTERS - 1) & (now > 0)
    for level in peak.parts(PEAK_PARTS if least else 0):
        royalty = np.zeros(now.shape)
        for rate, start in zip(steps, starts, strict=True):
            above = np.maximum(level * (before + now) - start, 0.0) - np.maximum(level * before - start, 0.0)
            royalty = royalty + scale * rate * above
        paid = royalty + year_to_date(royalty, since, quarter)
        short = short + (np.maximum(least - paid, 0.0) * real * in_term * ends).sum(axis=2) / PEAK_PARTS
    return short


def milestone_payments(
    theta: Luck, peak: Peak, since: NDArray, quarter: NDArray, per_peak: NDArray, factor: NDArray
) -> NDArray[np.float64]:
    """Return expected sales milestones, (class, theta): each is due when the peak is high enough to have reached it."""
    terms, real = "deal.sales_milestones", _deflator(theta, quarter)
    now, due = per_peak / real, np.zeros((1, 1))
    most = np.maximum.accumulate(year_to_date(now, since, quarter) + now, axis=1)
    amounts = theta.scenario[f"{terms}.amounts_musd"]
    for threshold, amount in zip(theta.scenario[f"{terms}.thresholds_musd"], amounts, strict=True):
        with np.errstate(divide="ignore"):
            chance = peak.tail(threshold / most)[1]
        due = due + amount * (np.diff(chance, axis=2, prepend=0.0) * real * factor).sum(axis=2)
    return due


def year_to_date(amount: NDArray, since: NDArray, quarter: NDArray) -> NDArray[np.float64]:
    """Return what was sold or paid earlier in the same contract year, (..., quarter since launch)."""
    before, in_year = np.zeros(amount.shape), np.minimum(quarter % QUARTERS, since)
    for back in range(1, min(QUARTERS, amount.shape[-1])):
        before[..., back:] += np.where(in_year[..., back:] >= back, amount[..., :-back], 0.0)
    return before


def _deflator(theta: Luck, quarter: NDArray) -> NDArray[np.float64]:
    return discount(mid_years(quarter), theta.scenario["valuation.inflation_rate"])


def _step(theta: Luck, late: NDArray) -> NDArray[np.float64]:
    return np.where(late, theta.scenario["deal.royalty.step_down_share"], 1.0)


def _filled(peak: Peak, per_peak: NDArray, threshold: float) -> NDArray[np.float64]:
    """Return E[min(peak x per_peak, threshold)]."""
    sold = per_peak > 0
    if threshold == 0:
        return np.zeros((1, *per_peak.shape))
    limit = threshold / np.where(sold, per_peak, 1.0)
    return np.where(sold, per_peak * peak.limited(limit), 0.0)
