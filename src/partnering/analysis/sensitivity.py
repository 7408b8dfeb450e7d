"""One input at a time: what its range does to values and to a lead, and where the lead turns."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Leads:
    """How far the first strategy leads each of the others: in the full run, and on the futures asked again.

    A lead elsewhere is that of the full run plus what the same futures say has moved.
    """

    full: NDArray[np.float64]  # (rival,)
    full_error: NDArray[np.float64]
    base: Callable[[int], NDArray[np.float64]]  # so many futures: (rival, path)

    def at(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (lead over each rival, its standard error) where the strategies are worth `values`, by path."""
        moved = values[0] - values[1:] - self.base(values.shape[1])
        error = moved.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
        return self.full + moved.mean(axis=1), np.hypot(self.full_error, error)

    def least(self, values: NDArray[np.float64]) -> tuple[int, Paired]:
        """Return the rival that comes closest, or is furthest ahead, and the lead over it."""
        lead, error = self.at(values)
        rival = int(np.argmin(lead))
        return rival, Paired(float(lead[rival]), float(error[rival]))


class Point(NamedTuple):
    """The least lead at a value of an input."""

    at: float
    lead: Paired
    rival: int


@dataclass(frozen=True)
class Turn:
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
