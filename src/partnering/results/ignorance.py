"""Luck and ignorance told apart: how much of a lead's spread the inputs explain, from the paths of the run alone.

The expected lead given the inputs is read as a sum of a curve in each input (its normal score and the square). What
such a curve explains by chance is taken off: it is fitted on halves of the paths, and only what both halves agree on
counts. Errors come from leaving out a tenth of the paths at a time.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.results.statistics import Z90, Estimate, solve

GROUPS = 10
"""Parts of the paths; halves are five of them, errors come from leaving out one."""

LEVELS = (0.05, 0.95)
"""Of the expected lead over what is not known about the inputs."""

LEAST_A_TERM = 20
"""Paths a term: with fewer, inputs are read along straight lines."""

HALVES = 5
"""Ways in which the groups are cut in half."""

NAMES, UNITS = ("lead_p05_inputs", "lead_p95_inputs", "lead_sd_inputs", "luck_share"), ("musd", "musd", "musd", "ratio")
LEAST, MOST = (-np.inf, -np.inf, 0.0, 0.0), (np.inf, np.inf, np.inf, 1.0)
"""What is told of a lead, and what each can be: no spread is negative, no share above one."""

Row = tuple[str, Estimate, str]


def tell_apart(gaps: NDArray[np.float64], drawn: Mapping[str, NDArray[np.float64]]) -> Iterator[list[Row]]:
    """Yield, for every lead (lead, path), percentiles and spread of what inputs lead to expect, and luck's share."""
    paths = gaps.shape[1]
    terms, groups = basis(drawn, paths), np.arange(min(GROUPS, paths))
    edges = groups * paths // len(groups)
    moments = np.array([products(term, np.vstack([terms, gaps]), edges) for term in terms])
    whole = explain(terms, moments, gaps, groups)
    without = np.array([explain(terms, moments, gaps, np.delete(groups, out)) for out in groups])
    errors = np.sqrt((len(groups) - 1) / len(groups) * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    for values, error in zip(whole, errors, strict=True):
        lows, highs = (np.clip(values + side * Z90 * error, LEAST, MOST) for side in (-1, 1))
        limits = (Estimate(*map(float, each)) for each in zip(values, lows, highs, strict=True))
        yield list(zip(NAMES, limits, UNITS, strict=True))


def products(term: NDArray[np.float64], others: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sums of a term times others, (other, group), in a fixed order."""
    return np.add.reduceat(term * others, edges, axis=1)


def basis(drawn: Mapping[str, NDArray[np.float64]], paths: int) -> NDArray[np.float64]:
    """Return one, the normal score of every input and its square less one, (term, path)."""
    ranks = (np.argsort(np.argsort(draw, kind="stable"), kind="stable") for draw in drawn.values())
    scores = [ndtri((rank + 0.5) / paths) for rank in ranks]
    curved = [score**2 - 1 for score in scores] if paths >= LEAST_A_TERM * 2 * len(scores) else []
    return np.array([np.ones(paths), *scores, *curved])


def explain(
    terms: NDArray[np.float64], moments: NDArray[np.float64], gaps: NDArray[np.float64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (lead; 5th, 95th percentile, standard deviation of what inputs lead to expect, luck's share).

    `moments` are sums of products, (term, term then lead, group), of which some groups count.
    """

    def fit(some: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weight of every term but the first in every lead, (term, lead), as some groups teach them."""
        return solve(moments[..., some].sum(axis=-1))[1:]

    count = len(terms)
    spread = moments[1:, 1:count].sum(axis=-1) / terms.shape[1]
    agreed = []
    for turn in range(HALVES):
        half = np.roll(groups, turn)[: len(groups) // 2]
        one, other = fit(half), fit(np.setdiff1d(groups, half))
        agreed.append((one[:, None] * spread[..., None] * other).sum(axis=(0, 1)))
    total = gaps.var(axis=1)
    explained = np.clip(np.mean(agreed, axis=0), 0.0, total)
    fitted = np.array([(weights[:, None] * terms[1:]).sum(axis=0) for weights in fit(groups).T])
    own = fitted.std(axis=1)
    scale = np.sqrt(explained) / np.where(own > 0, own, 1.0)
    low, high = np.quantile(fitted, LEVELS, axis=1) - fitted.mean(axis=1)
    mean = gaps.mean(axis=1)
    luck = 1 - explained / np.where(total > 0, total, 1.0)
    return np.stack([mean + scale * low, mean + scale * high, np.sqrt(explained), luck], axis=1)
