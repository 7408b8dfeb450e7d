"""How often limits hold: the study finds what is right, finds what is wrong, and is what a run states."""

import numpy as np
import pandas as pd
import pytest
from covered import KEY, headline, outside, study
from helpers import load
from scipy import stats

from partnering.results.statistics import mean, percentile


def toy(narrower: float) -> pd.DataFrame:
    """A study of 400 runs whose one headline is the mean of normal draws, its limits narrowed."""

    def headline(seed: int) -> pd.DataFrame:
        value, low, high = mean(np.random.default_rng(seed).standard_normal(100))
        row = ("sign", "company", "financed", "npv_mean", value, value + narrower * (low - value))
        return pd.DataFrame([(*row, value + narrower * (high - value))], columns=[*KEY, "value", "low", "high"])

    return study([headline(seed) for seed in range(400)])


def test_right_limits_hold_nine_times_in_ten() -> None:
    found = toy(1.0)
    assert found["share"][0] == pytest.approx(0.9, abs=0.04) and abs(found["truth"][0]) < 0.02
    assert found["seeds"][0] == 400 and not outside(found).any()


@pytest.mark.parametrize("narrower", [0.75, 1.5])
def test_limits_too_narrow_or_too_wide_are_found_out(narrower: float) -> None:
    assert outside(toy(narrower)).all()


def test_runs_that_state_no_limits_are_not_counted_and_percentiles_are_held_against_the_median() -> None:
    rows = [("npv_p05", value, low, high) for value, low, high in ((1.0, 0.0, 2.0), (2.0, 1.5, 9.0), (9.0, 8.0, 9.5))]
    runs = [pd.DataFrame([("sign", "company", "v", *row)], columns=[*KEY, "value", "low", "high"]) for row in rows]
    found = study(runs)
    assert found["truth"].tolist() == [2.0] and found["share"].tolist() == [pytest.approx(2 / 3)]
    silent = runs[0].assign(low=np.nan, high=np.nan)
    assert study([silent, *runs])["seeds"].tolist() == [3] and study([silent, silent]).empty


def test_a_study_reads_the_limits_a_run_states() -> None:
    found = headline(load(), 3)
    assert found["low"].notna().any() and not study([found]).empty


@pytest.mark.parametrize("paths", [2_000, 20_000])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_limits_of_a_percentile_hold_it_nine_times_in_ten(paths: int, level: float) -> None:
    """Exactly: the truth lies between two ranks when the number of futures below it does, which is binomial."""
    _, low, high = percentile(np.arange(paths, dtype=float), level)
    assert low is not None and high is not None
    below = stats.binom(paths, level)
    assert 0.90 <= below.cdf(high) - below.cdf(low) < 0.915
