"""Inputs by their ranks: cubics of normal scores, shares of variance, and what tells a signal from noise."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.model.draws import BLOCK, uniforms
from partnering.results.statistics import TAIL, Z90

DEGREE = 3
"""A curve in one input is a cubic of its normal score."""

SHUFFLES = 20
"""Shuffles behind a noise floor."""


class Signal(NamedTuple):
    """An estimate, its standard error, and the 95th percentile of what it finds where the inputs' rows are shuffled."""

    value: float
    error: float
    floor: float

    @property
    def distinct(self) -> bool:
        """Return whether it stands out from noise and from its own error."""
        return self.value > max(self.floor, Z90 * self.error)


def cubics(draw: NDArray) -> NDArray[np.float64]:
    """Return a basis of cubics in an input's normal score by path, (degree, path).

    Over the paths each has mean 0 and mean square 1, and they are uncorrelated. Only ranks count.
    """
    rank = np.empty(len(draw), dtype=np.int64)
    rank[np.argsort(draw, kind="stable")] = np.arange(len(draw))
    return _cubics_by_rank(len(draw))[:, rank]


@cache
def _cubics_by_rank(paths: int) -> NDArray[np.float64]:
    score = ndtri((np.arange(paths) + 0.5) / paths)
    made = [np.ones(paths)]
    for _ in range(DEGREE):
        power = made[-1] * score
        power = power - sum((power * lower).mean() * lower for lower in made)
        made.append(power / np.sqrt((power**2).mean()))
    return np.array(made[1:])


def first_order(draws: Mapping[str, NDArray], outcome: NDArray) -> dict[str, float]:
    """Return by input the share of the variance of an outcome (path,) that its mean given the input explains.

    It is the R2 of a cubic in the normal score, adjusted for its terms, so that it is not biased upwards. Shares are of
    all variance, luck included.
    """
    return {name: _share(cubics(draw), outcome) for name, draw in draws.items()}


def _share(basis: NDArray, outcome: NDArray) -> float:
    """Return an adjusted R2; 0 where there are no more paths than terms, or nothing varies."""
    spread = outcome - outcome.mean()
    if len(outcome) <= DEGREE + 1 or not spread.any():
        return 0.0
    explained = ((basis * spread).mean(axis=1) ** 2).sum() / (spread**2).mean()
    return float(1 - (1 - explained) * (len(outcome) - 1) / (len(outcome) - 1 - DEGREE))


def shuffles(paths: int) -> NDArray[np.int64]:
    """Return orders of the paths, (shuffle, path), the same ones whenever asked."""
    blocks = [uniforms(0, "analysis/shuffle", block, SHUFFLES) for block in range(-(-paths // BLOCK))]
    return np.argsort(np.concatenate(blocks, axis=1)[:, :paths], axis=1)


def floor_of(noise: list[float]) -> float:
    """Return the noise floor from estimates on shuffled rows, not below zero."""
    return max(float(np.quantile(noise, 1 - TAIL)), 0.0)
