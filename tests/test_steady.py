"""Means steadied by controls: what is taken out has no mean, slopes are fitted elsewhere, and limits hold."""

import numpy as np
import pytest
from numpy.typing import NDArray

from partnering.analysis.steady import FEWEST, Steady, steady_means
from partnering.results.statistics import mean, probability, standard_error

PATHS, LUCKY = 4000, 4.5
"""Paths, and standard errors that chance may put between an estimate and the truth."""


def steady(values: NDArray, controls: NDArray) -> Steady:
    (found,) = steady_means(values[None], controls)
    return found


@pytest.fixture
def luck() -> NDArray:
    """Controls of mean zero that are related, skewed, and nothing like normal."""
    rng = np.random.default_rng(1)
    rare, size, shared = (
        rng.random((3, PATHS)) < 0.1,
        rng.lognormal(size=(3, PATHS)),
        rng.normal(size=PATHS),
    )
    return np.concatenate([rare - 0.1, rare * size - 0.1 * np.exp(0.5), shared[None], rng.normal(size=(2, PATHS))])


@pytest.fixture
def values(luck: NDArray) -> NDArray:
    """Values of mean 5, most of whose spread the controls explain."""
    return 5 + 3 * luck[0] - 2 * luck[4] + luck[6] + 0.5 * np.random.default_rng(2).normal(size=PATHS)


def test_a_mean_is_better_known_and_still_the_same_mean(luck: NDArray, values: NDArray) -> None:
    found, plain = steady(values, luck), mean(values)
    error = 0.5 / np.sqrt(PATHS)
    assert abs(found.estimate.value - 5) < LUCKY * error
    assert found.left == pytest.approx(0.25 / values.var(), rel=0.1)
    width, before = (e.high - e.low for e in (found.estimate, plain))
    assert width == pytest.approx(before * np.sqrt(found.left), rel=0.01)


def test_what_is_the_same_in_all_futures_is_not_taken_out(luck: NDArray, values: NDArray) -> None:
    shifted, found = steady(values + 1000, luck), steady(values, luck)
    assert shifted.estimate.value - found.estimate.value == pytest.approx(1000, abs=1e-9)
    assert shifted.left == pytest.approx(found.left, rel=1e-9)


def test_the_mean_of_a_difference_is_the_difference_of_the_means(luck: NDArray, values: NDArray) -> None:
    other = values**2
    a, b, gap = steady_means(np.stack([values, other, values - other]), luck)
    assert gap.estimate.value == pytest.approx(a.estimate.value - b.estimate.value, rel=1e-9)


def test_it_is_a_regression_on_the_other_half(luck: NDArray, values: NDArray) -> None:
    half, left = PATHS // 2, []
    for fitted, used in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        centred = luck[:, fitted] - luck[:, fitted].mean(axis=1, keepdims=True)
        slopes = np.linalg.lstsq(centred.T, values[fitted], rcond=None)[0]
        left.append(values[used] - slopes @ luck[:, used])
    assert steady(values, luck).estimate.value == pytest.approx(np.concatenate(left).mean(), rel=1e-9)


def test_controls_that_explain_nothing_do_not_seem_to() -> None:
    """Fitted and used on the same 1,000 paths, 60 of them would explain one part in seventeen."""
    rng = np.random.default_rng(3)
    values, noise = rng.normal(size=1000), rng.normal(size=(60, 1000))
    assert steady(values, noise).left > 1


def test_controls_without_anything_of_their_own_change_nothing(luck: NDArray, values: NDArray) -> None:
    more = np.concatenate([luck, luck[:2], luck[2:3] - 4 * luck[3:4], np.zeros((2, PATHS))])
    assert steady(values, more).estimate == pytest.approx(steady(values, luck).estimate, rel=1e-9)


@pytest.mark.parametrize("number", [0, 3])
def test_controls_that_are_none_or_constant_leave_the_plain_mean(values: NDArray, number: int) -> None:
    assert steady(values, np.zeros((number, PATHS))) == Steady(mean(values), 1.0)


def test_too_few_futures_leave_the_plain_mean(luck: NDArray, values: NDArray) -> None:
    enough = FEWEST * len(luck)
    assert steady(values[: enough - 1], luck[:, : enough - 1]) == Steady(mean(values[: enough - 1]), 1.0)
    assert steady(values[:enough], luck[:, :enough]).left != 1.0


def test_values_that_do_not_vary_are_known_already(luck: NDArray) -> None:
    assert steady(np.full(PATHS, 7.0), luck) == Steady(mean(np.full(PATHS, 7.0)), 1.0)


@pytest.mark.parametrize(("number", "paths"), [(4, 400), (20, 320)], ids=["few controls", "as many as are allowed"])
def test_limits_hold_nine_times_in_ten(number: int, paths: int) -> None:
    """Of small runs whose values are bent and whose controls explain a part; the truth is the mean of them all."""
    rng, runs = np.random.default_rng(4), 1000
    found, plain = [], []
    for _ in range(runs):
        luck = rng.normal(size=(number, paths))
        values = np.maximum(luck[0] + luck[1] + rng.normal(size=paths), 0) + (luck[2] > 1)
        found.append(steady(values, luck).estimate)
        plain.append(values.mean())
    truth = 1 / np.sqrt(2 * np.pi) * np.sqrt(3) + 0.15865525393145707
    assert abs(np.mean(plain) - truth) < LUCKY * standard_error(np.array(plain))
    middles = np.array([estimate.value for estimate in found])
    assert abs(middles.mean() - truth) < LUCKY * standard_error(middles)
    held = probability(np.array([low <= truth <= high for _, low, high in found]))
    assert 0.87 < held.value < 0.93
