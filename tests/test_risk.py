"""Certainty equivalents and regret against closed forms and tables worked by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.risk import certainty_equivalent, regret, tolerance_flips

GRID = ndtri((np.arange(4_000) + 0.5) / 4_000)
"""A standard normal without sampling error."""


def normal(mean: float, sd: float, seed: int = 0, paths: int = 20_000) -> NDArray[np.float64]:
    return mean + sd * np.random.default_rng(seed).standard_normal(paths)


# Certainty equivalents.


@pytest.mark.parametrize("tolerance", [20.0, 50.0, 400.0])
def test_a_normal_is_worth_its_mean_less_half_its_variance_by_the_tolerance(tolerance: float) -> None:
    found = certainty_equivalent(normal(30, 20), tolerance)
    error = (found.high - found.low) / 2 / 1.645
    assert abs(found.value - (30 - 20**2 / (2 * tolerance))) <= 3 * error and error < 0.5


def test_a_toss_of_a_coin_by_hand() -> None:
    """0 or 100 at a tolerance of 50: -50 log((1 + e^-2) / 2)."""
    assert certainty_equivalent(np.array([0.0, 100.0]), 50).value == pytest.approx(-50 * np.log((1 + np.exp(-2)) / 2))


def test_the_more_is_tolerated_the_nearer_is_the_mean_and_the_less_the_nearer_the_worst() -> None:
    values = np.exp(normal(4, 1.4))
    found = [certainty_equivalent(values, tolerance).value for tolerance in (1e-6, 1, 1e2, 1e4, 1e12)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(values.min(), abs=1e-4) and found[-1] == pytest.approx(values.mean(), rel=1e-6)


def test_what_is_sure_is_worth_itself_and_a_sure_amount_adds_itself() -> None:
    sure = certainty_equivalent(np.full(10, -1e6), 1.0)
    assert sure == (-1e6, -1e6, -1e6)
    values = normal(0, 300, paths=500)
    alone, richer = (certainty_equivalent(values + more, 20.0) for more in (0.0, 1e5))
    assert np.array(richer) - 1e5 == pytest.approx(np.array(alone), abs=1e-6)


def test_limits_hold_the_truth_nine_times_in_ten() -> None:
    found = [certainty_equivalent(normal(30, 20, seed, 2_000), 50.0) for seed in range(200)]
    assert 0.84 <= np.mean([e.low <= 30 - 20**2 / 100 <= e.high for e in found]) <= 0.96


# Flips.

TOLERANCES = np.geomspace(10, 10_000, 40)


def test_a_normal_beats_a_sure_amount_from_a_known_tolerance_on() -> None:
    """Mean 30 and sd 40 against 20 for sure: 40^2 / (2 x 10) = 80."""
    (flip,) = tolerance_flips(normal(30, 40), np.full(20_000, 20.0), TOLERANCES)
    assert flip == pytest.approx(80, rel=0.1)


def test_no_tolerance_turns_what_is_better_in_every_path_or_the_same() -> None:
    values = normal(10, 50, paths=1_000)
    assert tolerance_flips(values + 1, values, TOLERANCES) == tolerance_flips(values, values, TOLERANCES) == []


# Regret.


def test_regret_by_hand() -> None:
    """What is best in a state misses nothing there."""
    found = regret(np.array([[100.0, 80, 40], [10, 20, 40], [50, 60, 70]]))
    assert found.tolist() == [[0, 20, 60], [30, 20, 0], [20, 10, 0]]
