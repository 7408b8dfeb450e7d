"""What a cautious board would make of the futures: certainty equivalents, where the choice turns, regret."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.analysis.asked import Inquiry
from partnering.results.statistics import Z90, Estimate, standard_error

RISK = ["tolerance_musd", "strategy", "certainty_equivalent", "low", "high", "unit"]
FLIPS = ["rival", "verdict", "tolerance_musd", "unit"]


def tabulate_risk(inquiry: Inquiry) -> pd.DataFrame:
    """Return the sure amount each strategy is worth by risk tolerance."""
    rows = [
        (tolerance, slug, *certainty_equivalent(values, tolerance), "musd")
        for tolerance in inquiry.settings.risk_tolerances_musd
        for slug, values in zip(inquiry.slugs, inquiry.values, strict=True)
    ]
    return pd.DataFrame(rows, columns=RISK)


def tabulate_flips(inquiry: Inquiry) -> pd.DataFrame:
    """Return the risk tolerances at which the choice between signing and each alternative turns, or that none does."""
    tolerances = np.array(inquiry.settings.risk_tolerances_musd)
    rows: list[tuple] = []
    for slug, values in zip(inquiry.slugs[1:], inquiry.values[1:], strict=True):
        found = tolerance_flips(inquiry.values[0], values, tolerances)
        rows += [(slug, "flips it", flip, "musd") for flip in found]
        rows += [] if found else [(slug, "cannot flip it", None, "musd")]
    return pd.DataFrame(rows, columns=FLIPS)


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


def tolerance_flips(first: NDArray, second: NDArray, tolerances: NDArray) -> list[float]:
    """Return every risk tolerance at which the preference between two values on the same paths turns.

    It is looked for between neighbours of `tolerances` (ascending).
    """

    def gap(tolerance: float) -> float:
        """Return by how much the first is preferred at a risk tolerance, in its money."""
        return _equivalent(first, tolerance)[0] - _equivalent(second, tolerance)[0]

    signs = np.sign([gap(tolerance) for tolerance in tolerances])
    turns = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    return [float(brentq(gap, tolerances[turn], tolerances[turn + 1])) for turn in turns]


def regret(values: NDArray) -> NDArray[np.float64]:
    """Return what each decision misses in each state, from values (state, decision)."""
    return np.asarray(values.max(axis=1, keepdims=True) - values)
