"""Whether an answer is fit to decide on: how much of what moves it is assumed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partnering.results.statistics import Z90, Estimate


def assumed_share(
    swings: NDArray[np.float64], errors: NDArray[np.float64], assumed: Sequence[bool] | NDArray[np.bool_]
) -> Estimate:
    """Return the share of the summed squared swings that assumptions carry, with its 90 % simulation limits.

    A squared swing holds the square of its error on average, which is taken out. Nothing that moves: a share of 0.
    """
    squares, guessed = np.maximum(swings**2 - errors**2, 0.0), np.asarray(assumed)
    total = squares.sum()
    if not total:
        return Estimate(0.0, None, None)
    share = float(squares[guessed].sum() / total)
    slopes = 2 * swings * (squares > 0) * (guessed - share) / total
    half = Z90 * float(np.sqrt(np.sum((slopes * errors) ** 2)))
    return Estimate(share, max(share - half, 0.0), min(share + half, 1.0))
