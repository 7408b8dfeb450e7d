"""Luck and ignorance told apart: how much of a lead's spread the inputs explain, from the paths of the run alone.

The expected lead given the inputs is read as a sum of a curve in each input (its normal score and the square). What
such a curve explains by chance is taken off: it is fitted on halves of the paths, and only what both halves agree on
counts. Errors come from leaving out a tenth of the paths at a time.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.results.statistics import Z90, Estimate

GROUPS = 10
"""Parts of the paths; halves are five of them, errors come from leaving out one."""

LEVELS = (0.05, 0.95)
"""Of the expected lead over what is not known about the inputs."""

LEAST_A_TERM = 20
"""Paths a term: with fewer, inputs are read along straight lines."""

Row = tuple[str, Estimate, str]


def tell_apart(gaps: NDArray[np.float64], drawn: Mapping[str, NDArray[np.float64]]) -> Iterator[list[Row]]:
    """Yield, for every lead (lead, path), percentiles and spread of what inputs lead to expect, and luck's share."""
    terms = basis(drawn, gaps.shape[1])
    group = np.arange(gaps.shape[1]) % GROUPS
    squares = np.array([terms[:, group == g] @ terms[:, group == g].T for g in range(GROUPS)])
    products = np.array([terms[:, group == g] @ gaps[:, group == g].T for g in range(GROUPS)])
    for lead, values in enumerate(gaps):
        whole = explain(terms, squares, products[..., lead], values, np.arange(GROUPS))
        parts = [
            explain(terms, squares, products[..., lead], values, np.delete(np.arange(GROUPS), out))
            for out in range(GROUPS)
        ]
        errors = np.sqrt((GROUPS - 1) / GROUPS * ((parts - np.mean(parts, axis=0)) ** 2).sum(axis=0))
        names = ("lead_p05_inputs", "lead_p95_inputs", "lead_sd_inputs", "luck_share")
        units = ("musd", "musd", "musd", "ratio")
        yield [
            (name, Estimate(float(at), float(at - Z90 * error), float(at + Z90 * error)), unit)
            for name, unit, at, error in zip(names, units, whole, errors, strict=True)
        ]


def basis(drawn: Mapping[str, NDArray[np.float64]], paths: int) -> NDArray[np.float64]:
    """Return one, the normal score of every input and its square less one, (term, path)."""
    scores = [
        ndtri((np.argsort(np.argsort(draw, kind="stable"), kind="stable") + 0.5) / paths) for draw in drawn.values()
    ]
    curved = [score**2 - 1 for score in scores] if paths >= LEAST_A_TERM * 2 * len(scores) else []
    return np.array([np.ones(paths), *scores, *curved])


def explain(
    terms: NDArray[np.float64],
    squares: NDArray[np.float64],
    products: NDArray[np.float64],
    values: NDArray[np.float64],
    groups: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (5th, 95th percentile, standard deviation of the expected lead over inputs, luck's share)."""

    def fit(some: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weight of every term but the first, as some groups of paths teach it."""
        return np.asarray(np.linalg.lstsq(squares[some].sum(axis=0), products[some].sum(axis=0), rcond=None)[0][1:])

    spread = squares.sum(axis=0)[1:, 1:] / terms.shape[1]
    agreed = []
    for turn in range(len(groups)):
        half = np.roll(groups, turn)[: len(groups) // 2]
        agreed.append(fit(half) @ spread @ fit(np.setdiff1d(groups, half)))
    total = float(values.var())
    explained = min(max(float(np.mean(agreed)), 0.0), total)
    fitted = fit(groups) @ terms[1:]
    scale = np.sqrt(explained / fitted.var()) if fitted.var() > 0 else 0.0
    low, high = values.mean() + scale * (np.quantile(fitted, LEVELS) - fitted.mean())
    return np.array([low, high, np.sqrt(explained), 1 - explained / total if total else 1.0])
