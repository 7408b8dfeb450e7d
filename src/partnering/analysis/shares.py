"""Shares of variance that inputs explain by themselves, from the paths of a run."""

from collections.abc import Mapping

from numpy.typing import NDArray

from partnering.analysis.scores import DEGREE, cubics


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
