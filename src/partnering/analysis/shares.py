"""Shares of variance that inputs explain by themselves, from the paths of a run."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.scores import DEGREE, Signal, cubics, floor_of, shuffles
from partnering.results.statistics import standard_error

BATCHES = 16
"""Parts of the paths that a share's error is taken from."""


def first_order(draws: Mapping[str, NDArray], outcome: NDArray) -> dict[str, Signal]:
    """Return by input the share of the variance of an outcome (path,) that its mean given the input explains.

    It is the R2 of a cubic in the normal score, adjusted for its terms, so that it is not biased upwards. Shares are of
    all variance, luck included.
    """
    floor: list[float] = []
    found = {}
    for name, draw in draws.items():
        basis = cubics(draw)
        floor = floor or [floor_of([_share(basis, outcome[order]) for order in shuffles(len(outcome))])]
        parts = np.array_split(np.arange(len(outcome)), BATCHES)
        batches = np.array([_share(cubics(draw[part]), outcome[part]) for part in parts])
        found[name] = Signal(_share(basis, outcome), standard_error(batches), *floor)
    return found


def _share(basis: NDArray, outcome: NDArray) -> float:
    """Return an adjusted R2; 0 where there are no more paths than terms, or nothing varies."""
    spread = outcome - outcome.mean()
    if len(outcome) <= DEGREE + 1 or not spread.any():
        return 0.0
    explained = ((basis * spread).mean(axis=1) ** 2).sum() / (spread**2).mean()
    return float(1 - (1 - explained) * (len(outcome) - 1) / (len(outcome) - 1 - DEGREE))
