"""One input at a time: what its range does to values and to a lead, and where the lead turns."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.results.statistics import Z90, standard_error

STEPS = 7
"""Halvings of a bracket: to less than a hundredth of its width."""


class Paired(NamedTuple):
    """A mean difference between the same futures, and its standard error."""

    value: float
    error: float

    @property
    def limits(self) -> tuple[float, float]:
        """Its 90 % limits."""
        return self.value - Z90 * self.error, self.value + Z90 * self.error


def paired(first: NDArray[np.float64], second: NDArray[np.float64]) -> Paired:
    """Return the mean of first less second, by path."""
    gap = first - second
    return Paired(float(gap.mean()), standard_error(gap))


class Point(NamedTuple):
    """The least lead at a value of an input, and over which strategy."""

    at: float
    lead: Paired
    rival: int


class Turn(NamedTuple):
    """Where a lead is nothing, inside a bracket: the value of the input, its 90 % limits, and over whom."""

    at: float
    low: float
    high: float
    rival: int


def brackets(points: list[Point]) -> list[tuple[Point, Point]]:
    """Return the neighbours, in rising order of the input, between which the lead changes sign."""
    ordered = sorted(points)
    return [(one, two) for one, two in pairwise(ordered) if (one.lead.value < 0) != (two.lead.value < 0)]


def close_in(
    found: list[tuple[Point, Point]], look: Callable[[list[float]], list[Point]], steps: int = STEPS
) -> list[Turn]:
    """Return where the lead turns in every bracket, halving all of them together: `look` gives a point for each."""
    for _ in range(steps if found else 0):
        middles = look([(one.at + two.at) / 2 for one, two in found])
        found = [
            (middle, two) if (middle.lead.value < 0) == (one.lead.value < 0) else (one, middle)
            for (one, two), middle in zip(found, middles, strict=True)
        ]
    return [_turn(one, two) for one, two in found]


def _turn(one: Point, two: Point) -> Turn:
    """Return the crossing of the straight line through two points; its limits are those of the lead over its slope."""
    slope = (two.lead.value - one.lead.value) / (two.at - one.at)
    at = one.at - one.lead.value / slope
    reach = abs(Z90 * max(one.lead.error, two.lead.error) / slope)
    return Turn(at, at - reach, at + reach, one.rival if abs(one.lead.value) < abs(two.lead.value) else two.rival)
