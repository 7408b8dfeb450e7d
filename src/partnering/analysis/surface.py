"""Expected outcomes as a smooth surface over inputs, fitted to the paths of a run: cubics of their normal scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.scores import DEGREE, solve

Powers = NDArray[np.int64]
"""Terms, (term, input): the degree of each input in it."""


@dataclass(frozen=True)
class Surface:
    """What outcomes are expected to be given inputs, with the error of the fit."""

    ordered: NDArray[np.float64]  # (input, path): the inputs' draws, rising
    powers: Powers
    weights: NDArray[np.float64]  # (term, outcome)
    noise: NDArray[np.float64]  # (outcome, term, term): covariance of the weights

    def at(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (expected outcomes, their standard errors), (point, outcome), at values of inputs (point, input)."""
        even = ndtri((np.arange(self.ordered.shape[1]) + 0.5) / self.ordered.shape[1])
        scores = [np.interp(value, drawn, even) for value, drawn in zip(points.T, self.ordered, strict=True)]
        return self.at_scores(np.array(scores))

    def at_scores(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the same at normal scores of the inputs, (input, point)."""
        terms = hermite_terms(scores, self.powers)
        value = (terms[:, :, None] * self.weights[:, None, :]).sum(axis=0)
        spread = (terms[None, :, None, :] * terms[None, None, :, :] * self.noise[..., None]).sum(axis=(1, 2))
        return value, np.sqrt(np.maximum(spread, 0.0)).T


def hermite_terms(scores: NDArray[np.float64], powers: Powers) -> NDArray[np.float64]:
    """Return products of Hermite polynomials of mean square one, (term, point)."""
    z = scores
    by_degree = np.stack([np.ones_like(z), z, (z**2 - 1) / np.sqrt(2), (z**3 - 3 * z) / np.sqrt(6)])
    terms = np.ones((len(powers), z.shape[1]))
    for term, place in zip(*np.nonzero(powers), strict=True):
        terms[term] *= by_degree[powers[term, place], place]
    return terms


def all_powers(inputs: int) -> Powers:
    """Return every term of a few inputs up to the degree of a cubic in all."""
    every = product(range(DEGREE + 1), repeat=inputs)
    return np.array([powers for powers in every if sum(powers) <= DEGREE])


def main_powers(inputs: int, together: Sequence[int]) -> Powers:
    """Return a constant, cubics of every input by itself, and products of two of those that go `together`."""
    one = np.eye(inputs, dtype=np.int64)
    mains = [degree * row for row in one for degree in range(1, DEGREE + 1)]
    pairs = [one[first] + one[second] for first, second in combinations(together, 2)]
    return np.array([0 * one[0], *mains, *pairs])


def fit_surface(
    draws: Mapping[str, NDArray], inputs: Sequence[str], outcomes: NDArray, powers: Powers, chosen: bool = False
) -> Surface:
    """Return the surface of outcomes (path, outcome) over inputs.

    `chosen` keeps only terms that stand out from as many terms of noise, so that many inputs may be tried.
    """
    drawn = np.array([draws[path] for path in inputs])
    paths = drawn.shape[1]
    rank = np.argsort(np.argsort(drawn, axis=1, kind="stable"), axis=1)
    terms = hermite_terms(ndtri((rank + 0.5) / paths), powers)
    if chosen:
        centred = outcomes - outcomes.mean(axis=0)
        pull = np.array([(term[:, None] * centred).mean(axis=0) for term in terms])
        pays = np.abs(pull) > np.sqrt(2 * np.log(len(terms)) / paths) * outcomes.std(axis=0)
        kept = pays.any(axis=1) | (powers.sum(axis=1) == 0)
        powers, terms = powers[kept], terms[kept]
    sums = [[*(term * terms).sum(axis=1), *(term[:, None] * outcomes).sum(axis=0)] for term in terms]
    weights = solve(np.array(sums))
    left = outcomes - (terms[:, :, None] * weights[:, None, :]).sum(axis=0)
    noise = [np.array([((term * terms) * miss**2).mean(axis=1) for term in terms]) / paths for miss in left.T]
    return Surface(np.sort(drawn, axis=1), powers, weights, np.array(noise))
