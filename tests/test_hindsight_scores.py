"""Places of facts among draws: by hand, and what must hold of any forecast."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnering.analysis.hindsight import held

DRAWS = st.lists(st.integers(-50, 50), min_size=1, max_size=30).map(lambda drawn: np.array(drawn, dtype=float))


def place(fact: float, draws: np.ndarray) -> dict:
    """What is said of a fact held against draws."""
    return held("value", "musd", dt.date(2001, 1, 1), fact, draws)


def test_the_lowest_and_the_highest_fact_stand_at_the_ends() -> None:
    draws = np.array([1.0, 2.0, 3.0, 4.0])
    ends = [(row["below"], row["not_above"], row["inside"]) for row in (place(0.5, draws), place(4.5, draws))]
    assert ends == [(0.0, 0.0, False), (1.0, 1.0, False)]
    assert place(4.0, draws)["place"] == pytest.approx(0.875) and place(3.0, draws)["inside"]


def test_a_fact_that_ties_with_many_draws_has_a_range() -> None:
    row = place(0.0, np.array([0.0, 0.0, 0.0, 1.0]))
    assert (row["below"], row["not_above"], row["place"]) == (0.0, 0.75, pytest.approx(0.375))


@given(DRAWS)
def test_the_places_of_a_forecasts_own_draws_are_even(draws: np.ndarray) -> None:
    """Their mean is one half whatever ties; without ties they are (i + 1/2) / n."""
    assert np.mean([place(fact, draws)["place"] for fact in draws]) == pytest.approx(0.5)
    apart = np.unique(draws)
    assert [place(fact, apart)["place"] for fact in apart] == pytest.approx((np.arange(len(apart)) + 0.5) / len(apart))
