"""How often limits hold: the study finds what is right, finds what is wrong, and reads what a run states."""

import numpy as np
import pandas as pd
import pytest
from covered import KEY, headline, outside, study
from helpers import load
from scipy import stats

from partnering.results.simulate import simulate
from partnering.results.statistics import mean, percentile
from partnering.results.tables import tabulate_headline

RUNS, PATHS = range(400), 100


def toy(seed: int, narrower: float) -> pd.DataFrame:
    """A run whose one headline is the mean of normal draws, its limits narrowed."""
    value, low, high = mean(np.random.default_rng(seed).standard_normal(PATHS))
    limits = (value + narrower * (limit - value) for limit in (low, high))
    row = ("sign", "company", "financed", "npv_mean", value, *limits)
    return pd.DataFrame([row], columns=[*KEY, "value", "low", "high"])


@pytest.mark.parametrize(("narrower", "found_out"), [(1.0, False), (0.8, True), (2.0, True)])
def test_limits_too_narrow_or_too_wide_are_found_out(narrower: float, found_out: bool) -> None:
    table = study([toy(seed, narrower) for seed in RUNS])
    assert list(table["seeds"]) == [len(RUNS)] and abs(table["truth"][0]) < 0.02
    assert list(outside(table)) == [found_out]


def test_a_study_holds_the_limits_a_run_states() -> None:
    """Two runs by hand: truths are means of estimates, and each figure with limits is counted."""
    runs = [tabulate_headline(load(), simulate(load(), seed, 64).outs()).set_index(KEY) for seed in (3, 4)]
    truth = (runs[0]["value"] + runs[1]["value"]) / 2  # the median of two as well
    held = sum(((run["low"] <= truth) & (truth <= run["high"])).astype(int) for run in runs)
    stated = [run["low"].notna() for run in runs]
    found = study([run.reset_index() for run in runs]).set_index(KEY)
    assert set(found.index) == set(truth[stated[0] | stated[1]].index)
    both = found[found["seeds"] == 2]
    assert list(both["truth"]) == pytest.approx(list(truth[both.index]))
    assert list(both["share"] * 2) == list(held[both.index])


def test_a_study_reads_a_block_without_an_extra() -> None:
    """The headline of one seed has the rows of a run's own."""
    assert list(headline(load(), 3)[KEY].columns) == KEY


@pytest.mark.parametrize("paths", [2_000, 20_000])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_limits_of_a_percentile_hold_it_nine_times_in_ten(paths: int, level: float) -> None:
    """Exactly: the truth lies between two ranks when the number of futures below it does, which is binomial."""
    _, low, high = percentile(np.arange(paths, dtype=float), level)
    assert low is not None and high is not None
    below = stats.binom(paths, level)
    assert 0.90 <= below.cdf(high) - below.cdf(low) < 0.915
