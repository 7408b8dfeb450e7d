"""What it is worth to know inputs before deciding: regression on the paths of a run (Strong and others, 2014).

It is cross-fitted: which decision the inputs suggest is learnt on other paths than those it is paid on.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.model.draws import BLOCK, uniforms
from partnering.results.statistics import TAIL, Z90, solve, standard_error

DEGREE = 3
"""A curve in one input is a cubic of its normal score."""

SHUFFLES = 20
"""Shuffles behind a noise floor."""

FOLDS = 4
"""Parts of the paths; each is decided by what the others have taught."""

STRONGEST = 4
"""Inputs of a group whose products are tried: those that matter most by themselves."""


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


def value_information(
    values: NDArray, draws: Mapping[str, NDArray], groups: Mapping[str, Sequence[str]]
) -> dict[str, Signal]:
    """Return what knowing each group of inputs is worth to who then takes one decision.

    `values` is (path, decision), `draws` has an array (path,) by input, `groups` has names of inputs; a group of all
    gives the value of perfect information. The gain is over the decision best on all paths: its mean errs upwards,
    and what is learnt never picks better than knowing, so the estimate errs downwards only.
    """
    best = int(values.mean(axis=0).argmax())
    gaps = np.ascontiguousarray(np.delete(values - values[:, [best]], best, axis=1).T)
    found = {}
    for name, inputs in groups.items():
        scores = np.array([cubics(draws[path]) for path in inputs])
        gains = _gains(scores, gaps)
        noise = [float(_gains(scores, gaps[:, order]).mean()) for order in _shuffles(len(values))]
        found[name] = Signal(float(gains.mean()), standard_error(gains), max(float(np.quantile(noise, 1 - TAIL)), 0.0))
    return found


def _shuffles(paths: int) -> NDArray[np.int64]:
    """Return orders of the paths, (shuffle, path), the same ones whenever asked."""
    blocks = [uniforms(0, "analysis/shuffle", block, SHUFFLES) for block in range(-(-paths // BLOCK))]
    return np.argsort(np.concatenate(blocks, axis=1)[:, :paths], axis=1)


def _gains(scores: NDArray, gaps: NDArray) -> NDArray[np.float64]:
    """Return by path what the decision that the inputs suggest brings more than the one best overall.

    `scores` is (input, degree, path); `gaps` (decision, path) is what every other decision brings more than that one.
    """
    paths = gaps.shape[1]
    edges = np.arange(FOLDS + 1) * paths // FOLDS
    unit = np.maximum(gaps.std(axis=1, keepdims=True), np.finfo(float).tiny) * np.sqrt(paths - paths // FOLDS)
    mains, gains = scores.reshape(-1, paths), np.zeros(paths)
    taught = _taught(mains, gaps, edges) / unit  # in standard errors of noise
    for fold in range(FOLDS):
        held = slice(edges[fold], edges[fold + 1])
        products = _products(scores, taught[..., fold])
        tried = (mains, taught), (products, _taught(products, gaps, edges) / unit)
        paying = [terms[_pays(errors[..., fold], len(mains))] for terms, errors in tried]
        kept = np.vstack([np.ones((1, paths)), *paying])
        weights = solve(_taught(kept, np.vstack([kept, gaps]), edges)[..., fold])
        expected = (kept[:, None, held] * weights[:, :, None]).sum(axis=0)
        brought = np.take_along_axis(gaps[:, held], expected.argmax(axis=0)[None], axis=0)[0]
        gains[held] = np.where(expected.max(axis=0) > 0, brought, 0.0)
    return gains


def _taught(terms: NDArray, others: NDArray, edges: NDArray) -> NDArray[np.float64]:
    """Return sums of products over the paths outside each fold, (term, other, fold), in a fixed order."""
    product = np.empty_like(others)  # one piece of memory for all of them saves half the time
    sums = [np.add.reduceat(np.multiply(others, term, product), edges[:-1], axis=1) for term in terms]
    by_fold = np.array(sums).reshape(len(terms), len(others), FOLDS)
    return by_fold.sum(axis=-1, keepdims=True) - by_fold


def _pays(errors: NDArray, tried: int) -> NDArray[np.bool_]:
    """Return which terms are further from zero than the largest of as many terms of noise would be."""
    return (np.abs(errors) > np.sqrt(2 * np.log(tried))).any(axis=1)


def _products(scores: NDArray, errors: NDArray) -> NDArray[np.float64]:
    """Return products of the normal scores of the strongest inputs."""
    strength = (errors**2).reshape(len(scores), -1).sum(axis=1)
    strongest = np.argsort(-strength, kind="stable")[:STRONGEST]
    pairs = [scores[one, 0] * scores[other, 0] for one, other in combinations(strongest, 2)]
    return np.array(pairs).reshape(-1, scores.shape[-1])
