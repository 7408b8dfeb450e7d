"""Statistics of simulated values, each with the 90 % limits of its Monte Carlo error."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.model.views import ROUNDING

TAIL = 0.05
"""Share of futures in the bad tail, and one less the level of the upper percentile shown."""

Z90 = float(ndtri(1 - TAIL))
"""Half width, in standard errors, of 90 % limits."""


class Estimate(NamedTuple):
    """A value and the 90 % limits of its Monte Carlo error; limits are None where they mean nothing."""

    value: float
    low: float | None
    high: float | None


def standard_error(values: NDArray) -> float:
    """Return the standard error of a mean; 0 for a single path."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def mean(values: NDArray) -> Estimate:
    """Return the mean with +-1.645 standard errors."""
    value, error = float(np.mean(values)), standard_error(values)
    return Estimate(value, value - Z90 * error, value + Z90 * error)


def probability(happened: NDArray[np.bool_] | NDArray[np.float64]) -> Estimate:
    """Return a frequency with Wilson limits; halves (ties) are allowed."""
    n, p, z2 = len(happened), float(np.mean(happened)), Z90**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z90 * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Estimate(p, float(max(centre - half, 0.0)), float(min(centre + half, 1.0)))


def ahead(difference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 where a difference is positive and a half where it is a tie: what rounding may make of equal values."""
    return (difference > ROUNDING) + (np.abs(difference) <= ROUNDING) / 2


def ratio_of_means(above: NDArray, below: NDArray) -> Estimate:
    """Return a ratio of two means on the same paths with its limits, by the delta method; infinite over nothing."""
    top, bottom = float(np.mean(above)), float(np.mean(below))
    if bottom == 0:
        return Estimate(np.inf, None, None) if top else Estimate(1.0, None, None)
    half = Z90 * standard_error(above - top / bottom * below) / bottom
    return Estimate(top / bottom, top / bottom - half, top / bottom + half)


def percentile(ordered: NDArray[np.float64], level: float) -> Estimate:
    """Return a percentile of sorted values with limits from order statistics."""
    n = len(ordered)
    half = Z90 * np.sqrt(n * level * (1 - level))
    centre = n * level - 0.5  # of the ranks counted from 0, with the continuity correction of a count
    ranks = np.clip([np.floor(centre - half), np.ceil(centre + half)], 0, n - 1).astype(int)
    return Estimate(float(np.quantile(ordered, level)), float(ordered[ranks[0]]), float(ordered[ranks[1]]))


def tail_mean(ordered: NDArray[np.float64]) -> Estimate:
    """Return the mean of the worst 5 % of sorted values (expected shortfall) with its asymptotic limits."""
    worst = ordered[: max(int(np.ceil(TAIL * len(ordered))), 1)]
    value = float(worst.mean())
    spread = worst.var() + (1 - TAIL) * (worst[-1] - value) ** 2
    error = float(np.sqrt(spread / len(worst)))
    return Estimate(value, value - Z90 * error, value + Z90 * error)


def solve(moments: NDArray) -> NDArray[np.float64]:
    """Return the weights (term, outcome) of a slight ridge from sums of products (term, term then outcome).

    Eliminated in a fixed order, so that no number of threads moves a digit; with the ridge no pivot is looked for.
    """
    rows = moments + np.eye(*moments.shape)
    for at in range(len(rows)):
        pivot = rows[at] / rows[at, at]
        rows = rows - rows[:, [at]] * pivot
        rows[at] = pivot
    return rows[:, len(rows) :]
