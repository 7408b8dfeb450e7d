"""Two rivals, one a family: the best way of going alone and of giving up, each by its mean, never path by path."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import load
from numpy.typing import NDArray
from said import plain
from verdicts import near, option, rival, verdict_of

from partnering.report import sentences
from partnering.results.schema import VIEW
from partnering.results.tables import pairs_of, tabulate_headline
from partnering.results.verdict import Verdict, judge

PATHS = 4_000
FAMILY = {"sign": "sign", "market": "alone", "ind": "alone", "shrink": "give_up", "wind_up": "give_up"}
OUT = np.dtype(
    [("npv", float, 3), ("value_per_share", float), ("programme", float), ("trough_musd", float), ("forced", float)]
    + [(name, float) for name in ("ended_years", "raised_musd", "dilution", "cash_out_years")]
    + [(name, int) for name in ("approved", "returning", "paying")]
)


def results_of(values: dict[str, NDArray[np.float64]]) -> Any:
    """A run of strategies with these values of the company on the same futures, judged as a stored one is."""
    outs = {slug: np.zeros((3, PATHS), OUT) for slug in values}
    for slug, value in values.items():
        outs[slug]["npv"][:, :, 0] = value
    scenario = {f"strategies.{slug}.family": FAMILY[slug] for slug in values} | {"valuation.horizon_years": 35.0}
    table = tabulate_headline(scenario, outs, {})  # type: ignore[arg-type]
    told = {
        slug: {"title": slug, "phrase": slug, "variant": "", "family": FAMILY[slug], "signs_today": slug == "sign"}
        for slug in values
    }
    leaves = pd.DataFrame({"path": ["claim.sure_prob"], "value": ["0.667"]})
    return SimpleNamespace(
        manifest={"strategies": told, "parties": {"company": "Acme", "partner": "Big"}, "valuation_date": "2001-02-03"},
        table=lambda name: table if name == "headline" else leaves,
        paths={f"npv.{VIEW}.{slug}.company": value for slug, value in values.items()},
    )


def judged(**means: float) -> Verdict:
    """A verdict on strategies that differ by their means and luck of their own."""
    luck = np.random.default_rng(7).standard_normal((len(means), PATHS)) * 5
    luck -= luck.mean(axis=1, keepdims=True)
    return judge(results_of({slug: mean + luck[at] for at, (slug, mean) in enumerate(means.items())}))


BASE = {"sign": 90.0, "market": 20.0, "ind": 40.0, "shrink": 30.0, "wind_up": 55.0}


def test_each_family_has_its_best_and_the_smaller_mean_lead_is_the_nearest() -> None:
    found = judged(**BASE)
    assert [(each.family, each.option.slug) for each in found.rivals] == [("alone", "ind"), ("give_up", "wind_up")]
    assert [each.difference.value for each in found.rivals] == pytest.approx([50.0, 35.0])
    assert found.nearest.slug == "wind_up" and found.over("alone").option.slug == "ind"  # type: ignore[union-attr]
    assert [each.slug for each in found.others] == ["ind", "shrink", "market"]
    assert judged(**BASE | {"ind": 60.0}).nearest.slug == "ind"


def test_with_one_family_there_is_one_rival() -> None:
    found = judged(sign=90.0, market=20.0, ind=40.0)
    assert [each.family for each in found.rivals] == ["alone"] and found.over("give_up") is None
    assert found.nearest.slug == "ind"


def test_a_rival_is_chosen_by_its_mean_and_never_path_by_path() -> None:
    """Two ways that take turns to be worth 200 and nothing: nobody knows which, so the lead is over one of them."""
    turn = np.arange(PATHS) % 2 * 200.0
    flat = np.full(PATHS, 90.0)
    found = judge(results_of({"sign": flat + 60, "market": turn, "ind": 200 - turn, "wind_up": flat}))
    assert found.over("alone").difference.value == pytest.approx(50.0)  # type: ignore[union-attr]
    assert found.over("alone").p_better == pytest.approx(0.5)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changed", "outcome", "nearest", "said"),
    [
        ({}, "sign", "wind_up", "Sign: "),
        ({"ind": 130.0}, "alone", "ind", "Do not sign: "),
        ({"wind_up": 130.0}, "alone", "wind_up", "Do not sign: "),
        ({"wind_up": 90.0}, "tie", "wind_up", "Nothing separates signing from the best of the alternatives: "),
    ],
)
def test_the_answer_is_that_against_the_nearest_rival(
    changed: dict[str, float], outcome: str, nearest: str, said: str
) -> None:
    found = judged(**BASE | changed)
    assert (found.outcome, found.nearest.slug) == (outcome, nearest)
    answer = plain(sentences.say_answer(found))
    assert answer.startswith(said)
    assert "way of going alone, ind (ahead" in answer and "way of giving up, wind_up (ahead" in answer


def test_pairs_are_signing_against_each_and_the_two_rivals_against_each_other() -> None:
    scenario = load()
    outs = {slug: np.zeros((3, 2), OUT) for slug in scenario.children("strategies")}
    for at, slug in enumerate(outs):
        outs[slug]["npv"][2, :, 0] = 10.0 - at if slug != "best" else 50.0
    signing, *others = outs
    assert pairs_of(scenario, outs) == [*((signing, slug) for slug in others), ("best", "shrink")]


def test_how_sure_a_lead_is_is_asked_of_each_rival() -> None:
    """Ahead of one in nearly all futures, of the other in half: signing leads, though that is not certain."""
    signing, alone, ending = (option(slug, slug, slug, 50.0) for slug in ("a", "b", "c"))
    found = verdict_of(signing, rival("alone", alone, near(20.0), 0.97), rival("give_up", ending, near(30.0), 0.5))
    assert found.closest.sure(0.667) and not found.rivals[1].sure(0.667)
    assert sentences.say_answer(found).startswith("Signing leads on average, though that is not certain")
