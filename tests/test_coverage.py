"""How often limits hold: the study finds what is right, finds what is wrong, and is what a run states."""

import numpy as np
import pandas as pd
import pytest
from helpers import load
from partnering.analysis.coverage import COVERAGE, KEY, study_coverage
from partnering.report.covered import NOT_MEASURED, say_coverage, tabulate_headlines
from scipy import stats

from partnering.analysis import coverage
from partnering.inputs.analysis import Coverage
from partnering.results.simulate import prepare
from partnering.results.statistics import Estimate, mean, percentile
from partnering.results.verdict import Option, Verdict

ASKED = Coverage(seeds=400, paths=100, low=0.86, high=0.94)


def option(slug: str) -> Option:
    return Option(slug, slug.upper(), slug, Estimate(1, 0, 2), 0, 1, 2, 0.1, {}, 0.1)


VERDICT = Verdict("A", "B", "2030-01-31", option("sign"), option("wait"), (), (), Estimate(1, 0, 2), 0.5, 0.6)


def toy(monkeypatch: pytest.MonkeyPatch, narrower: float) -> pd.DataFrame:
    """A study of runs whose one headline is the mean of normal draws, its limits narrowed."""

    def headline(_: object, seed: int) -> pd.DataFrame:
        value, low, high = mean(np.random.default_rng(seed).standard_normal(ASKED.paths))
        row = ("sign", "company", "financed", "npv_mean", value, value + narrower * (low - value))
        return pd.DataFrame([(*row, value + narrower * (high - value))], columns=[*KEY, "value", "low", "high"])

    monkeypatch.setattr(coverage, "_headline", headline)
    monkeypatch.setattr(coverage, "prepare", lambda *_: None)
    return study_coverage(load(), range(ASKED.seeds), ASKED.paths, 1)


def test_right_limits_hold_nine_times_in_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    study = toy(monkeypatch, 1.0)
    headlines = tabulate_headlines(study, VERDICT, ASKED)
    assert list(headlines["inside"]) == [True] and abs(study["truth"][0]) < 0.02
    said = say_coverage(study, headlines, ASKED).replace("\u00a0", " ")
    assert "Over 400 runs of 100 futures" in said and "all between 86 % and 94 %" in said


@pytest.mark.parametrize("narrower", [0.8, 1.4])
def test_limits_too_narrow_or_too_wide_are_found_out(monkeypatch: pytest.MonkeyPatch, narrower: float) -> None:
    study = toy(monkeypatch, narrower)
    headlines = tabulate_headlines(study, VERDICT, ASKED)
    assert list(headlines["inside"]) == [False]
    assert "1 of them not between" in say_coverage(study, headlines, ASKED)


def test_a_study_holds_the_limits_a_run_states() -> None:
    """Two seeds by hand: truths are means of estimates, and each figure with limits is counted."""
    scenario, seeds, paths, headline = load(), range(3, 5), 64, coverage._headline
    study, task = study_coverage(scenario, seeds, paths, 1), prepare(scenario, seeds[0], paths, 0)
    runs = [headline(task, seed).set_index(KEY) for seed in seeds]
    truth = (runs[0]["value"] + runs[1]["value"]) / 2  # the median of two as well
    held = sum(((run["low"] <= truth) & (truth <= run["high"])).astype(int) for run in runs)
    found = study.set_index(KEY)
    assert list(study) == COVERAGE and (found["seeds"] <= 2).all()
    stated = runs[0]["low"].notna() & runs[1]["low"].notna()
    assert set(found.index) >= set(stated[stated].index)
    both = found[found["seeds"] == 2]
    assert list(both["truth"]) == pytest.approx(list(truth[both.index]))
    assert list(both["held"]) == list(held[both.index])


def test_without_a_study_the_page_says_so() -> None:
    nothing = pd.DataFrame(columns=COVERAGE)
    assert say_coverage(nothing, tabulate_headlines(nothing, VERDICT, ASKED), ASKED) == NOT_MEASURED


@pytest.mark.parametrize("paths", [2_000, 20_000])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_limits_of_a_percentile_hold_it_nine_times_in_ten(paths: int, level: float) -> None:
    """Exactly: the truth lies between two ranks when the number of futures below it does, which is binomial."""
    _, low, high = percentile(np.arange(paths, dtype=float), level)
    assert low is not None and high is not None
    below = stats.binom(paths, level)
    assert 0.90 <= below.cdf(high) - below.cdf(low) < 0.915
