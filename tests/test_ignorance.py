"""Luck and ignorance: on leads whose split is known, and of the model against the same inputs lived through often."""

import numpy as np
import pytest
from nested import Split, nested
from numpy.typing import NDArray

from partnering.results.ignorance import tell_apart
from partnering.results.statistics import Estimate

PATHS, INPUTS = 20_000, 30
SLOPE, CURVE, LUCK = 20.0, 6.0, 60.0
KNOWN = SLOPE**2 + 2 * CURVE**2  # variance of what the inputs lead to expect


def told(gaps: NDArray[np.float64], drawn: dict[str, NDArray[np.float64]]) -> list[dict[str, Estimate]]:
    return [{name: estimate for name, estimate, _ in rows} for rows in tell_apart(gaps, drawn)]


def invented(seed: int, paths: int = PATHS, luck: float = LUCK) -> tuple[dict[str, NDArray], NDArray, NDArray]:
    """Inputs, of which two matter, what they lead to expect, and the lead: a line, a curve and luck of its own.

    An input is a lognormal, since nothing but its rank may count.
    """
    random = np.random.default_rng(seed)
    scores = random.standard_normal((INPUTS, paths))
    expected = 50 + SLOPE * scores[0] + CURVE * (scores[1] ** 2 - 1)
    drawn = {f"input {place}": np.exp(score) for place, score in enumerate(scores)}
    return drawn, expected, expected + luck * random.standard_normal(paths)


def held(estimate: Estimate, truth: float, times: float = 2.5) -> bool:
    """Whether a truth lies within so many half widths: the limits are 90 % ones, and several are looked at."""
    assert estimate.low is not None and estimate.high is not None
    return (
        estimate.value - times * (estimate.value - estimate.low)
        <= truth
        <= (estimate.value + times * (estimate.high - estimate.value))
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_known_split_is_recovered_within_its_limits(seed: int) -> None:
    drawn, expected, gaps = invented(seed)
    (lead,) = told(gaps[None], drawn)
    assert held(lead["lead_sd_inputs"], np.sqrt(KNOWN)) and held(lead["luck_share"], 1 - KNOWN / (KNOWN + LUCK**2))
    low, high = np.quantile(expected, (0.05, 0.95))
    assert held(lead["lead_p05_inputs"], low) and held(lead["lead_p95_inputs"], high)
    for name, worth in (("lead_sd_inputs", 2.0), ("luck_share", 0.05)):
        assert lead[name].high - lead[name].low < 2 * worth  # limits that say something


def test_limits_hold_the_truth_about_as_often_as_they_say() -> None:
    """Of 60 samples of luck, 90 % limits miss in 6: up to 12 is chance."""
    drawn, expected, _ = invented(0, 4_000)
    luck = np.random.default_rng(1).standard_normal((60, 4_000))
    leads = told(expected + LUCK * luck, drawn)
    assert sum(not held(lead["lead_sd_inputs"], float(expected.std()), 1.0) for lead in leads) <= 12


def test_where_nothing_but_luck_is_at_work_inputs_explain_next_to_nothing() -> None:
    drawn, _, _ = invented(1)
    gaps = np.random.default_rng(2).standard_normal((1, PATHS)) * LUCK
    (lead,) = told(gaps, drawn)
    assert lead["luck_share"].value > 0.99 and lead["lead_sd_inputs"].value < LUCK / 10


def test_where_there_is_no_luck_it_has_no_share() -> None:
    drawn, expected, _ = invented(3)
    (lead,) = told(expected[None], drawn)
    assert lead["luck_share"].value == pytest.approx(0, abs=1e-3)
    assert lead["lead_sd_inputs"].value == pytest.approx(expected.std(), rel=1e-3)


def test_every_lead_is_told_as_if_it_were_alone() -> None:
    drawn, expected, gaps = invented(4, 3_000)
    both = told(np.stack([gaps, -3 * expected]), drawn)
    for place, one in enumerate((gaps, -3 * expected)):
        (lead,) = told(one[None], drawn)
        assert np.array([*both[place].values()]) == pytest.approx(np.array([*lead.values()]), abs=1e-9)


@pytest.mark.parametrize("paths", [1, 2, 5, 11, 40])
def test_with_few_paths_everything_is_finite_and_possible(paths: int) -> None:
    drawn, expected, gaps = invented(5, paths)
    for lead in told(np.stack([gaps, expected, np.zeros(paths)]), drawn):
        assert np.isfinite([list(estimate) for estimate in lead.values()]).all()
        assert 0 <= lead["luck_share"].low <= lead["luck_share"].value <= lead["luck_share"].high <= 1
        assert lead["lead_sd_inputs"].low >= 0 and lead["lead_p05_inputs"].value <= lead["lead_p95_inputs"].value


@pytest.mark.slow
def test_the_split_of_the_model_is_that_of_its_inputs_lived_through_many_times() -> None:
    """Over both rivals, the spread of the expected lead told from one run is that of futures nested in inputs."""
    for split in nested(inputs=64, futures=256, paths=16_384):
        assert isinstance(split, Split) and abs(split.nested - split.given) <= 3 * np.hypot(*split.errors), split
