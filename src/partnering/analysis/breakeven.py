"""The discount rate at which two strategies are worth the same, from their mean cash by quarter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.clock import discount, mid_years, start_years

GRID = 256
"""Rates tried between none and the highest."""

STEP = 2**-10
"""Half the step over which a slope is taken."""


@dataclass(frozen=True)
class MeanCash:
    """Mean cash of a strategy by quarter, events and continuous flows apart."""

    start: NDArray[np.float64]
    mid: NDArray[np.float64]

    def value(self, rate: float) -> float:
        """Return the present value at a rate."""
        quarter = np.arange(len(self.start))
        present = self.start * discount(start_years(quarter), rate) + self.mid * discount(mid_years(quarter), rate)
        return float(present.sum())

    def less(self, other: "MeanCash") -> "MeanCash":
        """Return this cash minus another's."""
        return MeanCash(self.start - other.start, self.mid - other.mid)


def crossing_rates(cash: MeanCash, highest: float = 1.0) -> list[float]:
    """Return every rate up to `highest` at which the cash is worth nothing, found on a fine grid and refined."""
    grid = np.linspace(0.0, highest, GRID)
    signs = np.sign([cash.value(rate) for rate in grid])
    turns = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    return [float(brentq(cash.value, grid[turn], grid[turn + 1])) for turn in turns]


def internal_rate(cash: MeanCash, highest: float = 1.0) -> float | None:
    """Return the lowest rate at which a programme is worth nothing, None if there is none up to `highest`."""
    found = crossing_rates(cash, highest)
    return found[0] if found else None


def rate_limits(cash: MeanCash, rate: float, half: float) -> tuple[float, float]:
    """Return the rates between which a root lies when values near it are known to +- half: half over the slope."""
    slope = (cash.value(rate + STEP) - cash.value(rate - STEP)) / (2 * STEP)
    reach = abs(half / slope)
    return rate - reach, rate + reach
