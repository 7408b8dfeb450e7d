"""From a leaf's P5, value and P95 to the distribution of what is not known about it (model, section 1).

`value` is the mode of a triangular or PERT, the median of a lognormal, the mean of a beta. Triangular and PERT hit
both percentiles exactly, a lognormal has their ratio, a beta comes as close to both as its mean allows.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from partnering.inputs.scenario import Leaf

Floats = NDArray[np.float64]
Inverse = Callable[[Floats], Floats]

TAIL = 0.05  # low and high are this far from either end
Z_TAIL = float(special.ndtri(1 - TAIL))  # 1.645
Z_END, CELLS = 8.0, 4096  # the table's reach in standard deviations, beyond which there is 1e-15, and its cells


def quantile(leaf: Leaf, u: Floats) -> Floats:
    """Values of a drawn leaf at uniforms `u` in (0, 1), any shape, in the leaf's unit, clipped at its natural bounds.

    Raises ValueError for a leaf without a distribution.
    """
    return np.clip(_inverse(*_shape(leaf))(u), leaf.lower_bound, leaf.upper_bound)


def implied_mean(leaf: Leaf) -> float | None:
    """Mean of what `quantile` returns, in the leaf's unit; None for a leaf that is not drawn."""
    return _mean_within(*_shape(leaf), leaf.lower_bound, leaf.upper_bound) if leaf.drawn else None


@cache
def _mean_within(dist: str, low: float, value: float, high: float, least: float | None, most: float | None) -> float:
    fitted = fit(dist, low, value, high)
    if all(np.clip(end, least, most) == end for end in fitted.support()):
        return float(fitted.mean())
    return float(fitted.expect(lambda x: np.clip(x, least, most)))


@cache
def fit(dist: str, low: float, value: float, high: float) -> Any:
    """The scipy distribution that a family, its P5, value and P95 mean, before clipping."""
    if dist == "lognormal":
        return stats.lognorm(s=np.log(high / low) / (2 * Z_TAIL), scale=value)
    if dist == "beta":
        weight = _beta_weight(low, value, high)
        return stats.beta(weight * value, weight * (1 - value))
    family = _triangular if dist == "triangular" else _pert
    target = (value - low) / (high - low)
    mode = float(optimize.brentq(lambda c: _place_of_mode(family, c) - target, 0, 1))
    p05, p95 = family(mode).ppf([TAIL, 1 - TAIL])
    width = (high - low) / (p95 - p05)
    return family(mode, loc=value - mode * width, scale=width)


def _shape(leaf: Leaf) -> tuple[str, float, float, float]:
    if leaf.dist is None or leaf.low is None or leaf.high is None:
        raise ValueError(f"{leaf.path} has no distribution")
    return leaf.dist, leaf.low, leaf.value, leaf.high


def _triangular(mode: float, loc: float = 0, scale: float = 1) -> Any:
    return stats.triang(mode, loc=loc, scale=scale)


def _pert(mode: float, loc: float = 0, scale: float = 1) -> Any:
    return stats.beta(1 + 4 * mode, 1 + 4 * (1 - mode), loc=loc, scale=scale)


def _place_of_mode(family: Callable[[float], Any], mode: float) -> float:
    """Where the mode of a unit-width family lies between its P5 (0) and its P95 (1); rises with the mode."""
    p05, p95 = family(mode).ppf([TAIL, 1 - TAIL])
    return float((mode - p05) / (p95 - p05))


def _beta_weight(low: float, mean: float, high: float) -> float:
    """The sum of a beta's parameters that, at this mean, brings P5 and P95 closest to low and high (least squares)."""

    def miss(log_weight: float) -> float:
        """Return how far the ends of the distribution are from those wanted, squared."""
        weight = np.exp(log_weight)
        ends = stats.beta.ppf([TAIL, 1 - TAIL], weight * mean, weight * (1 - mean))
        return float(np.sum((ends - (low, high)) ** 2))

    sd = (high - low) / (2 * Z_TAIL)
    first_guess = np.log(max(mean * (1 - mean) / sd**2 - 1, 0.5))
    return float(np.exp(optimize.minimize_scalar(miss, bounds=(first_guess - 2, first_guess + 2), method="bounded").x))


@cache
def _inverse(dist: str, low: float, value: float, high: float) -> Inverse:
    """The inverse distribution function; the slow ones are read off a table that is even in standard deviations."""
    fitted = fit(dist, low, value, high)
    if dist == "lognormal":
        return partial(_lognormal_at, np.log(value), np.log(high / low) / (2 * Z_TAIL))
    if dist == "triangular":
        lowest, highest = fitted.support()
        return partial(triangular_at, float(lowest), value, float(highest))
    table = fitted.ppf(special.ndtr(np.linspace(-Z_END, Z_END, CELLS + 1)))
    return partial(_table_at, table)


def _lognormal_at(log_median: float, sigma: float, u: Floats) -> Floats:
    return np.exp(log_median + sigma * special.ndtri(u))


def triangular_at(lowest: float, mode: float, highest: float, u: Floats) -> Floats:
    """Values of a triangular distribution between its very ends at uniforms `u`."""
    width = highest - lowest
    rising = lowest + np.sqrt(u * width * (mode - lowest))
    falling = highest - np.sqrt((1 - u) * width * (highest - mode))
    return np.where(u * width < mode - lowest, rising, falling)


def _table_at(table: Floats, u: Floats) -> Floats:
    z = np.clip(special.ndtri(u), -Z_END, Z_END)
    place = (z + Z_END) * (CELLS / (2 * Z_END))
    cell = np.minimum(place.astype(np.int64), CELLS - 1)
    return table[cell] + (place - cell) * (table[cell + 1] - table[cell])
