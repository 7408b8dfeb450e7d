"""Which inputs move a value across futures: rank correlation with the epistemic draws, and its noise floor."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def rank_correlations(draws: Mapping[str, NDArray], outcome: NDArray) -> dict[str, float]:
    """Return Spearman's correlation of an outcome by path with each drawn input, strongest first."""
    ranked = _standardised(outcome)
    found = {name: float(np.mean(_standardised(draw) * ranked)) for name, draw in draws.items()}
    return dict(sorted(found.items(), key=lambda item: -abs(item[1])))


def noise_floor(paths: int) -> float:
    """Return the size below which a rank correlation cannot be told from none: two standard errors."""
    return 2 / float(np.sqrt(max(paths - 1, 1)))


def _standardised(values: NDArray) -> NDArray[np.float64]:
    ranks = rankdata(values)
    spread = ranks.std()
    return (ranks - ranks.mean()) / (spread if spread else 1.0)
