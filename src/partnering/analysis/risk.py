"""What a cautious owner would choose: certainty equivalents and regret. Values are present values by path."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.results.statistics import Z90, Estimate, standard_error


def certainty_equivalent(values: NDArray, tolerance: float) -> Estimate:
    """Return the sure amount worth as much as the values to who has a constant risk tolerance, with 90 % limits.

    It is -R log E exp(-V / R) in the unit of V and R; the error is by the delta method.
    """
    value, pull = _equivalent(values, tolerance)
    half = Z90 * standard_error(pull)
    return Estimate(value, value - half, value + half)


def _equivalent(values: NDArray, tolerance: float) -> tuple[float, NDArray[np.float64]]:
    """Return the certainty equivalent and how far each path pulls it, counted from the worst so that none overflows."""
    worst = values.min()
    lost = np.expm1((worst - values) / tolerance)
    return float(worst - tolerance * np.log1p(lost.mean())), -tolerance * lost / (1 + lost.mean())


def tolerance_flips(first: NDArray, second: NDArray, tolerances: NDArray) -> list[Estimate]:
    """Return every risk tolerance at which the preference between two values on the same paths turns.

    It is looked for between neighbours of `tolerances` (ascending). Limits are the nearest tolerances at which the
    preference is sure, None where it is not within those given.
    """

    def gap(tolerance: float) -> float:
        """Return by how much the first is preferred at a risk tolerance, in its money."""
        return _equivalent(first, tolerance)[0] - _equivalent(second, tolerance)[0]

    def doubt(tolerance: float) -> float:
        """Return by how many standard errors the preference falls short of sure."""
        pull = _equivalent(first, tolerance)[1] - _equivalent(second, tolerance)[1]
        return Z90 * standard_error(pull) - abs(gap(tolerance))

    def limit(root: float, sure: NDArray) -> float | None:
        """Return where the preference becomes sure between a root and the nearest sure tolerance, None if nowhere."""
        return float(brentq(doubt, root, sure[0])) if len(sure) else None

    signs = np.sign([gap(tolerance) for tolerance in tolerances])
    sure = np.array([doubt(tolerance) for tolerance in tolerances]) < 0
    flips = []
    for turn in np.flatnonzero(signs[:-1] * signs[1:] < 0):
        root = float(brentq(gap, tolerances[turn], tolerances[turn + 1]))
        below, above = tolerances[: turn + 1][sure[: turn + 1]], tolerances[turn + 1 :][sure[turn + 1 :]]
        flips.append(Estimate(root, limit(root, below[::-1]), limit(root, above)))
    return flips


class Regret(NamedTuple):
    """What each decision misses in each state, (state, decision), its largest (decision,), and where that is least."""

    table: NDArray[np.float64]
    largest: NDArray[np.float64]
    choice: int


def regret(values: NDArray) -> Regret:
    """Return the regrets of decisions from their values (state, decision), and the minimax choice."""
    table = values.max(axis=1, keepdims=True) - values
    return Regret(table, table.max(axis=0), int(table.max(axis=0).argmin()))
