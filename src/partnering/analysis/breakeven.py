"""The discount rate at which two strategies are worth the same, from their mean cash by quarter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.clock import discount, mid_years, start_years


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


def break_even_rate(cash: MeanCash, lowest: float, highest: float, level: float = 0.0) -> float | None:
    """Return the rate at which the cash is worth `level`, None if it is worth more (or less) over the whole range.

    Decisions are held as simulated. Where several rates qualify the one found lies between the ends of the range.
    """
    at_ends = [cash.value(rate) - level for rate in (lowest, highest)]
    if np.sign(at_ends[0]) == np.sign(at_ends[1]):
        return None
    return float(brentq(lambda rate: cash.value(rate) - level, lowest, highest))


def internal_rate(cash: MeanCash, highest: float = 1.0) -> float | None:
    """Return the rate at which a programme is worth nothing, None if there is none up to `highest`."""
    return break_even_rate(cash, 0.0, highest)
