"""Expected outcomes as a surface over inputs: cubics come back, errors cover, noise is left out."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.surface import all_powers, fit_surface, hermite_terms, main_powers
from partnering.results.statistics import Z90

PATHS = 4_000
Draws = dict[str, NDArray[np.float64]]


def even(paths: int = PATHS) -> Draws:
    """Two inputs at even places of a normal and of a skewed distribution, and one that counts for nothing."""
    score = ndtri((np.arange(paths) + 0.5) / paths)
    order = np.random.default_rng(1)
    return {"x": order.permutation(score), "y": np.exp(order.permutation(score)), "idle": order.permutation(score)}


def cubic(x: NDArray, y: NDArray) -> NDArray[np.float64]:
    """A cubic of the normal scores of both inputs."""
    z = np.log(y)
    return 5 + 3 * x - 2 * z + x * z - 0.5 * x**2 * z + z**3


POINTS = np.array([[-1.5, 0.3], [0.0, 1.0], [1.2, 2.5], [2.0, 0.5]])


def test_a_cubic_of_normal_scores_comes_back() -> None:
    """Of two outcomes at once, at points that are no draws; only ranks of inputs count, so their scale is no matter."""
    draws = even()
    outcomes = np.stack([cubic(draws["x"], draws["y"]), np.full(PATHS, 7.0)], axis=1)
    value, error = fit_surface(draws, ["x", "y"], outcomes, all_powers(2)).at(POINTS)
    assert value[:, 0] == pytest.approx(cubic(*POINTS.T), abs=0.02) and error[:, 0] == pytest.approx(0, abs=0.02)
    assert value[:, 1] == pytest.approx(7, abs=0.01)


def test_outside_the_draws_it_stays_at_their_end() -> None:
    draws = even()
    surface = fit_surface(draws, ["x", "y"], cubic(draws["x"], draws["y"])[:, None], all_powers(2))
    beyond, last = np.array([[9.0, 1.0]]), np.array([[draws["x"].max(), 1.0]])
    assert surface.at(beyond)[0] == surface.at(last)[0]


def test_the_mean_of_the_surface_is_the_mean_of_the_outcomes() -> None:
    draws, luck = even(), np.random.default_rng(2).standard_normal(PATHS)
    outcome = cubic(draws["x"], draws["y"]) + 10 * luck
    surface = fit_surface(draws, ["x", "y"], outcome[:, None], all_powers(2))
    value, _ = surface.at(np.stack([draws["x"], draws["y"]], axis=1))
    assert value.mean() == pytest.approx(outcome.mean(), abs=0.01)


def test_limits_of_90_percent_cover_about_as_often() -> None:
    """Luck wider where x is high, so that an error that takes it for even would miss."""
    hits = []
    for seed in range(200):
        x, y, luck = np.random.default_rng(seed).standard_normal((3, 1_500))
        outcome = cubic(x, np.exp(y)) + 5 * np.exp(0.5 * x) * luck
        value, error = fit_surface({"x": x, "y": np.exp(y)}, ["x", "y"], outcome[:, None], all_powers(2)).at(POINTS)
        hits.append(np.abs(value[:, 0] - cubic(*POINTS.T)) <= Z90 * error[:, 0])
    assert 0.8 <= np.mean(hits) <= 0.97 and np.mean(hits, axis=0).min() >= 0.75


def test_chosen_keeps_what_stands_out_and_drops_noise() -> None:
    """Of 61 terms over 12 inputs those of x, y and their product stay; of noise alone hardly anything but the mean."""
    rng = np.random.default_rng(3)
    draws = {f"input {place}": rng.standard_normal(PATHS) for place in range(12)}
    names, powers = list(draws), main_powers(12, range(8))
    x, y = draws["input 0"], draws["input 1"]
    luck = rng.standard_normal(PATHS)
    kept = fit_surface(draws, names, (3 * x + 2 * y + x * y + 3 * luck)[:, None], powers, chosen=True).powers.tolist()
    one = np.eye(12, dtype=int)
    wanted = [(0 * one[0]).tolist(), one[0].tolist(), one[1].tolist(), (one[0] + one[1]).tolist()]
    assert all(term in kept for term in wanted) and len(kept) <= 6
    assert len(fit_surface(draws, names, luck[:, None], powers, chosen=True).powers) <= 3
    assert len(fit_surface(draws, names, luck[:, None], powers).powers) == len(powers)


def test_terms_are_counted_by_hand_and_uncorrelated() -> None:
    """Ten terms up to a cubic in two inputs; 1 + 3 x 4 mains and 3 products of three of four inputs."""
    assert len(all_powers(2)) == 10 and all_powers(2).sum(axis=1).max() == 3
    powers = main_powers(4, range(3))
    assert len(powers) == 1 + 3 * 4 + 3 and len(np.unique(powers, axis=0)) == len(powers)
    assert powers[:, 3].tolist().count(0) == len(powers) - 3
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    grid = np.array(np.meshgrid(nodes, nodes)).reshape(2, -1)
    weight = np.outer(weights, weights).ravel() / (2 * np.pi)
    terms = hermite_terms(grid, all_powers(2))
    assert (terms * weight) @ terms.T == pytest.approx(np.eye(10), abs=1e-9)


def test_the_fit_is_the_same_each_time_and_a_strong_signal_beats_the_ridge() -> None:
    draws = even()
    outcome = 1e4 * draws["x"][:, None]
    once, again = (fit_surface(draws, ["x", "idle"], outcome, all_powers(2)) for _ in range(2))
    assert once.weights.tobytes() == again.weights.tobytes() and once.noise.tobytes() == again.noise.tobytes()
    assert once.at(np.array([[1.0, 0.0]]))[0] == pytest.approx(1e4, rel=2e-3)
