"""Places, proper scores and what one outcome can tell: by hand, and what must hold of any forecast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnering.analysis.hindsight import (
    brier,
    crps,
    deals_to_tell,
    expected_crps,
    log_score,
    percentile_of,
    share_if_rarer,
)

DRAWS = st.lists(st.integers(-50, 50), min_size=1, max_size=30).map(lambda drawn: np.array(drawn, dtype=float))
FACTS = st.integers(-60, 60).map(float)
TRUTH = np.random.default_rng(7).lognormal(1.0, 0.8, 600)


def test_the_score_by_hand() -> None:
    """0 and 2 with 1 happening: E|X - y| = 1, E|X - X'| / 2 = (0 + 2 + 2 + 0) / 4 / 2 = 0.5."""
    assert crps(np.array([2.0, 0.0]), 1.0) == pytest.approx(0.5)
    assert expected_crps(np.array([2.0, 0.0])) == pytest.approx(0.5)
    assert crps(np.array([0.0, 2.0]), 4.0) == pytest.approx(3 - 0.5)


@given(FACTS, FACTS, st.integers(1, 9))
def test_the_score_of_a_single_number_is_the_absolute_error(at: float, fact: float, times: int) -> None:
    assert crps(np.full(times, at), fact) == pytest.approx(abs(at - fact))


@given(DRAWS, FACTS)
def test_the_score_is_the_area_between_the_forecast_and_the_fact(draws: np.ndarray, fact: float) -> None:
    """Its other form: the integral of (F(x) - [y <= x])^2, by steps of one between whole numbers."""
    steps = np.arange(-60, 60)
    below = np.mean(draws[:, None] <= steps, axis=0)
    assert crps(draws, fact) == pytest.approx(float(((below - (fact <= steps)) ** 2).sum()))


@given(DRAWS)
def test_a_forecast_gets_on_its_own_draws_what_it_expects(draws: np.ndarray) -> None:
    assert np.mean([crps(draws, fact) for fact in draws]) == pytest.approx(expected_crps(draws))


@pytest.mark.parametrize("wrong", [TRUTH + 1, TRUTH * 0.5, TRUTH * 1.7, np.full(600, np.median(TRUTH)), TRUTH[:3]])
def test_no_other_forecast_scores_better_than_the_true_one(wrong: np.ndarray) -> None:
    assert np.mean([crps(wrong, fact) for fact in TRUTH]) > expected_crps(TRUTH)


def test_the_lowest_and_the_highest_fact_stand_at_the_ends() -> None:
    draws = np.array([1.0, 2.0, 3.0, 4.0])
    assert percentile_of(0.5, draws) == (0.0, 0.0) and percentile_of(4.5, draws) == (1.0, 1.0)
    assert percentile_of(1.0, draws) == (0.0, 0.25) and percentile_of(4.0, draws).mid == pytest.approx(0.875)


def test_a_fact_that_ties_with_many_draws_has_a_range() -> None:
    place = percentile_of(0.0, np.array([0.0, 0.0, 0.0, 1.0]))
    assert place == (0.0, 0.75) and place.mid == pytest.approx(0.375)


@given(DRAWS)
def test_the_places_of_a_forecasts_own_draws_are_even(draws: np.ndarray) -> None:
    """Their mean is one half whatever ties; without ties they are (i + 1/2) / n."""
    assert np.mean([percentile_of(fact, draws).mid for fact in draws]) == pytest.approx(0.5)
    apart = np.unique(draws)
    places = [percentile_of(fact, apart).mid for fact in apart]
    assert places == pytest.approx((np.arange(len(apart)) + 0.5) / len(apart))


def test_scores_of_a_probability_by_hand() -> None:
    assert brier(0.8, True) == pytest.approx(0.04) and brier(0.8, False) == pytest.approx(0.64)
    assert log_score(0.5) == pytest.approx(np.log(2)) and log_score(1.0) == 0 and log_score(0.0) == np.inf


@pytest.mark.parametrize("true", [0.1, 0.45, 0.8])
def test_the_true_probability_expects_the_least_score(true: float) -> None:
    others = np.linspace(0.05, 0.95, 19)
    for score in (brier, lambda p, happened: log_score(p if happened else 1 - p)):
        expected = [true * score(p, True) + (1 - true) * score(p, False) for p in others]
        assert others[int(np.argmin(expected))] == pytest.approx(true)


def test_a_rarer_forecast_by_hand() -> None:
    """Of two, half of the time none is kept but one in four, one in two, both in four."""
    counts = np.array([2, 2])
    assert [share_if_rarer(counts, 0.5, k) for k in range(4)] == pytest.approx([0.25, 0.5, 0.25, 0.0])
    assert share_if_rarer(np.array([0, 1]), 0.5, 0) == pytest.approx(0.75)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30).map(np.array), st.sampled_from([0.25, 0.5, 0.75]))
def test_a_rarer_forecast_is_one_and_has_that_part_of_the_mean(counts: np.ndarray, kept: float) -> None:
    shares = np.array([share_if_rarer(counts, kept, k) for k in range(10)])
    assert shares.sum() == pytest.approx(1)
    assert (shares * np.arange(10)).sum() == pytest.approx(kept * counts.mean())


def test_how_many_deals_it_takes_by_hand() -> None:
    """Mean 1 and deviation 1, against a mean of 0.5: (2 x 1.645 / 0.5)^2 = 43.3."""
    counts = np.array([0, 2])
    assert deals_to_tell(counts, 0.5) == 44
    assert deals_to_tell(counts, 0.75) == 174  # half the gap, four times as many
    assert deals_to_tell(np.array([1, 1]), 0.5) == 0  # no spread: one look is enough
