"""Time: quarters from the valuation date, and the one function that discounts."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

QUARTERS = 4
"""Quarters in a year."""


def to_quarters(years: ArrayLike) -> NDArray[np.int64]:
    """Return years rounded to whole quarters (exact halves go to the even quarter)."""
    return np.rint(np.asarray(years, dtype=float) * QUARTERS).astype(np.int64)


def start_years(quarter: ArrayLike) -> NDArray[np.float64]:
    """Return the time in years at which event payments of a quarter fall: q / 4."""
    return np.asarray(quarter, dtype=float) / QUARTERS


def mid_years(quarter: ArrayLike) -> NDArray[np.float64]:
    """Return the time in years at which the continuous flows of a quarter fall: (q + 1/2) / 4."""
    return (np.asarray(quarter, dtype=float) + 0.5) / QUARTERS


def discount(t_years: ArrayLike, rate: ArrayLike) -> NDArray[np.float64]:
    """Return the value today of one unit paid at t_years, at an effective annual rate: (1 + rate)^-t."""
    return np.exp(-np.asarray(t_years, dtype=float) * np.log1p(np.asarray(rate, dtype=float)))
