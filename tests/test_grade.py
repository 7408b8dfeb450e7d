"""The grade of an answer: how much of what moves it is assumed, and what that says."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from said import words

from partnering.analysis.grade import assumed_share
from partnering.report.evidence import Grade
from partnering.results.statistics import Estimate


def share(swings: list[float], assumed: list[bool], error: float = 0.0) -> Estimate:
    return assumed_share(np.array(swings), np.full(len(swings), error), assumed)


def test_swings_are_squared_and_their_sign_does_not_matter() -> None:
    assert share([3.0, -4.0], [True, False]).value == pytest.approx(9 / 25)
    assert share([3.0, 4.0], [False, True]).value == pytest.approx(16 / 25)


@pytest.mark.parametrize(("assumed", "expected"), [([True, True], 1.0), ([False, False], 0.0)])
def test_all_or_none_of_it_has_no_error(assumed: list[bool], expected: float) -> None:
    assert share([3.0, 4.0], assumed, error=0.5) == pytest.approx((expected, expected, expected))


def test_noise_counts_for_neither_side() -> None:
    """A hundred sourced inputs that move nothing do not thin out one guess that does."""
    noise: NDArray[np.float64] = np.random.default_rng(7).standard_normal(100)
    swings, errors = np.array([20.0, *noise]), np.ones(101)
    found = assumed_share(swings, errors, [True, *[False] * 100])
    plain = swings[0] ** 2 / np.sum(swings**2)
    assert plain < found.value < 1 and found.value > 0.85


def test_limits_hold_the_true_share_nine_times_in_ten() -> None:
    truth, error = np.array([30.0, 20.0, 10.0]), 1.0
    assumed = [True, False, False]
    exact = 900 / 1400
    luck = np.random.default_rng(11).standard_normal((2_000, 3)) * error
    held = [
        low <= exact <= high
        for _, low, high in (assumed_share(truth + off, np.full(3, error), assumed) for off in luck)
    ]
    assert 0.88 < np.mean(held) < 0.92


def test_nothing_moves_and_nothing_is_assumed_of_it() -> None:
    assert share([0.0, 0.0], [True, False]) == Estimate(0.0, None, None)


def grade(value: float, first: tuple[str, ...] = ("Peak sales", "Odds", "Rate")) -> Grade:
    return Grade(Estimate(value, value - 0.02, value + 0.02), 0.5, 20, 12, first)


def said(found: Grade) -> str:
    ours, outside = pd.DataFrame({"Inputs": [3]}), pd.DataFrame({"Inputs": [1, 1]})
    sources = pd.concat([ours, outside])
    return words("evidence", "answer", grade=found, ours=ours, outside=outside, sources=sources, read={"full": 1})


def test_above_the_gate_the_answer_is_not_decision_grade_and_says_what_to_firm_up() -> None:
    text = said(grade(0.8))
    assert text.startswith("> **Not decision-grade: 12 of 20 numbers are guesses, and they carry 80 % of what moves")
    assert "guesses carry at most 50 %. Firm up first: peak sales, odds and rate.\n" in text
    assert "2 outside sources are used: 1 read in full, none as excerpts only. 3 of 5 inputs rest on" in text


@pytest.mark.parametrize("value", [0.5, 0.2])
def test_at_or_below_the_gate_it_is(value: float) -> None:
    assert grade(value).passed and said(grade(value)).startswith("> **Decision-grade by the report's own rule: 12 of")


def test_where_no_input_is_worth_knowing_firming_up_would_hardly_ever_change_the_vote() -> None:
    text = said(grade(0.8, ()))
    assert "Firm up" not in text and "Firming up any of them would hardly ever change the vote." in text
