"""Which inputs move a value across futures: its mean in the highest fifth of an input against the lowest."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FIFTH = 0.2
"""Share of futures at each end of an input that are compared."""


class Swing(NamedTuple):
    """How far the mean of an outcome moves from the lowest to the highest fifth of an input, and its error."""

    value: float
    error: float


def swings(draws: Mapping[str, NDArray], outcome: NDArray) -> dict[str, Swing]:
    """Return the swing of an outcome by path with each drawn input, the widest first."""
    found = {name: _swing(draw, outcome) for name, draw in draws.items()}
    return dict(sorted(found.items(), key=lambda item: -abs(item[1].value)))


def _swing(draw: NDArray, outcome: NDArray) -> Swing:
    low, high = np.quantile(draw, [FIFTH, 1 - FIFTH])
    ends = outcome[draw <= low], outcome[draw >= high]
    error = np.sqrt(sum(end.var() / len(end) for end in ends))
    return Swing(float(ends[1].mean() - ends[0].mean()), float(error))
