"""The mean of values by path known better: what chance alone explains is taken out, by controls whose mean is zero."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.results.statistics import Estimate, mean

FEWEST = 16
"""Futures that a control needs: with fewer, slopes are so noisy that they may add more than they take out."""


class Steady(NamedTuple):
    """A mean with the controls taken out, and the share of its variance that is left: 1 where they are not used."""

    estimate: Estimate
    left: float


def steady_means(values: NDArray[np.float64], controls: NDArray[np.float64]) -> list[Steady]:
    """Return the mean of each row of values (row, path), steadied by controls (control, path) of mean zero.

    Slopes are fitted on one half of the paths and used on the other, both ways, so that the estimate is not biased and
    its limits are those of what is left. It is linear: the mean of a difference is the difference of the means.
    """
    left = _left_over(values, controls)
    spread = values.var(axis=1)
    return [
        Steady(mean(rest), float(rest.var() / before) if before else 1.0)
        for rest, before in zip(left, spread, strict=True)
    ]


def _left_over(values: NDArray[np.float64], controls: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values by path with the controls taken out, shape (row, path)."""
    if controls.shape[1] < FEWEST * max(len(controls), 1):
        return values
    left = np.empty(values.shape)
    for fitted, used in _halves(values.shape[1]):
        left[:, used] = _take_out(values, controls, fitted)[:, used]
    return left


def _halves(paths: int) -> Iterator[tuple[slice, slice]]:
    """Yield (where slopes are fitted, where they are used)."""
    first, second = slice(0, paths // 2), slice(paths // 2, None)
    yield from ((first, second), (second, first))


def _take_out(values: NDArray[np.float64], controls: NDArray[np.float64], fitted: slice) -> NDArray[np.float64]:
    """Return values less what controls explain, one control after the other, by slopes fitted on a part of the paths.

    Each control is taken out of those after it, so that all of them together are a regression, its sums in a fixed
    order. A control that is constant there, or that those before it make up, explains nothing.
    """
    rows, count = np.concatenate([controls, values]), len(controls)
    tiny = np.sqrt(np.finfo(float).eps) * rows[:count, fitted].var(axis=1)
    for at in range(count):
        centred = rows[at, fitted] - rows[at, fitted].mean()
        spread = (centred**2).mean()
        if spread > tiny[at]:
            slopes = (rows[at + 1 :, fitted] * centred).mean(axis=1) / spread
            rows[at + 1 :] -= slopes[:, None] * rows[at]
    return rows[count:]
