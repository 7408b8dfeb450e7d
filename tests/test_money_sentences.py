"""Golden sentences on the company's money: signing keeps it, going alone does, nothing separates them."""

import numpy as np
import pandas as pd
import pytest
from said import plain
from verdicts import near, option, rival, verdict_of, with_lead

from partnering.analysis.rates import Flip
from partnering.report import say_money, sentences
from partnering.results.statistics import Estimate


def row(slug: str, strategy: str, phrase: str, financed: float, **changes: float) -> dict[str, object]:
    plan = {"pretax": financed + 10, "planned": financed - 4, "financed": financed, "constraint": -4.0}
    spent = {"constraint_high": -1.0, "runway": 1.375, "ended": 2.875, "raised": 111.0, "dilution": 0.36}
    over = {"ended_early": 0.34, "forced_early": 0.10, "ended_late": 0.44, "forced_late": 0.12}
    return {"slug": slug, "strategy": strategy, "phrase": phrase, "per_share": 2.76} | plan | spent | over | changes


@pytest.fixture
def purse() -> pd.DataFrame:
    """Signing has money enough: nothing is short within the horizon."""
    rich = {"constraint": 0.6, "constraint_high": 0.9, "runway": np.nan, "ended": 4.6, "dilution": 0.05}
    rich |= {"forced_late": 0.02, "ended_late": 0.2, "planned": 102.6}
    rows = [row("a", "Sign", "signing", 102.0, **rich), row("b", "Go alone", "going alone to market", 17.6)]
    return pd.DataFrame(rows)


def test_the_views_stand_side_by_side(purse: pd.DataFrame) -> None:
    assert plain(say_money.say_views(purse)) == (
        "As financed and after tax signing is worth $102 million and going alone to market $18 million; planned and "
        "before tax the programmes were worth $112 million and $28 million"
    )


def test_money_that_lasts_is_never_gone(purse: pd.DataFrame) -> None:
    assert plain(say_money.say_glance(purse)) == (
        "If nothing is raised, cash is gone in the bad tenth of futures: in 1.4 years for going alone to market, "
        "never for signing; raising it sells 36 % of the company against 5 %"
    )
    label, value, detail = say_money.money_tile(purse)
    assert (label, value) == ("Cash gone", "1.4 years") and "(never if signed)" in plain(detail)


def test_the_tile_of_an_alternative_that_never_runs_out(purse: pd.DataFrame) -> None:
    never = purse.assign(runway=[6.1, np.nan])
    assert say_money.money_tile(never.assign(ended=np.nan))[:2] == ("Cash gone", "never")
    assert say_money.money_tile(never.assign(ended=[4.6, 0.1]))[:2] == ("Company ended", "0.1 years")


def test_a_shortage_that_seems_worth_money_is_admitted_with_whose_it_is(purse: pd.DataFrame) -> None:
    (said,) = say_money.say_constraint(purse)
    assert plain(said) == (
        "A cash shortage seems to be worth money here for going alone to market ($4.0 million): going on costs its "
        "owners more than it brings."
    )


def test_a_shortage_that_costs_or_is_noise_is_not_spoken_of(purse: pd.DataFrame) -> None:
    assert say_money.say_constraint(purse.assign(constraint_high=[0.9, 0.3])) == []


@pytest.mark.parametrize(("model", "apart"), [(180.0, "within a quarter"), (60.0, "more than a quarter apart")])
def test_model_and_market_are_held_net_with_net(model: float, apart: str) -> None:
    rows = [("before", 152.0, model, 0, 0), ("after", 226.0, 220.0, 0, 0), ("a share", 3.7, 4.0, 0, 0)]
    said = plain(say_money.say_market(pd.DataFrame(rows, columns=["what", "traded", "model", "low", "high"])))
    assert said == (
        "Cash and value after tax of the whole company, net with net: before the deal the market said $152 million and "
        f"the model says ${model:.0f} million, {apart}; after it the market said $226 million and the model says $220 "
        "million, within a quarter."
    )


def test_survival_names_what_want_of_money_ended(purse: pd.DataFrame) -> None:
    assert plain(say_money.say_survival(purse)) == (
        "After 10 years the company is still there in 80 % of futures if signed and in 56 % for going alone to market; "
        "cash shortages ended 2 % and 12 %"
    )


@pytest.mark.parametrize(("traded", "where"), [(1.84, "inside"), (0.4, "outside")])
def test_the_outside_check_says_whether_the_market_lies_within(traded: float, where: str) -> None:
    rows = [("Added to a share, $", traded, 1.9, 1.7, 2.1), ("Added in all, $ million", 75.0, 71.0, 57.0, 86.0)]
    said = plain(say_money.say_announcement(pd.DataFrame(rows, columns=["what", "traded", "model", "low", "high"])))
    assert f"the market added $75 million, ${traded:.2f} a share" in said
    assert "the model adds $71 million ($57 to $86 million), $1.90 a share" in said and f"is {where} its" in said


@pytest.mark.parametrize(
    ("year", "need", "said"),
    [
        (14.0, 115.6, "needs $116 million at the peak, which is paid back from year 14"),
        (np.nan, 115.6, "needs $116 million at the peak, which is never paid back"),
        (1.0, 0.0, "needs no cash on average"),
    ],
)
def test_what_is_never_paid_back_or_never_needed_says_so(year: float, need: float, said: str) -> None:
    rows = [("a", "Sign", 19.4, 8.0, 30.6, 4.2), ("b", "Alone", 0.0, year, need, 6.2)]
    columns = ["slug", "strategy", "guaranteed", "payback", "need", "need_years"]
    finding = plain(say_money.say_finance(pd.DataFrame(rows, columns=columns)))
    assert finding.startswith("Signing guarantees $19 million") and finding.endswith(said)


@pytest.mark.parametrize(("musd", "said"), [(-0.04, "0.0"), (-0.06, "-0.1"), (1234.56, "1,234.6"), (101.0, "101.0")])
def test_a_flow_has_one_decimal_and_no_negative_nothing(musd: float, said: str) -> None:
    assert say_money.flow(musd) == said


def test_the_tiles_show_the_chance_of_loss_of_both_rivals(purse: pd.DataFrame) -> None:
    a, b, c = (
        option(slug, title, phrase, value, 0.8, variant)
        for slug, title, phrase, value, variant in (
            ("a", "Sign", "signing", 102.0, ""),
            ("b", "Go alone", "going alone", 17.6, "without research of its own"),
            ("c", "Wind up", "winding up", 40.0, ""),
        )
    )
    purse = pd.concat([purse, pd.DataFrame([row("c", "Wind up", "winding up", 40.0)])], ignore_index=True)
    verdict = verdict_of(a, rival("alone", b, near(84.4), 0.9), rival("give_up", c, near(62.0), 0.8))
    flips = [Flip("b", "going alone", Estimate(0.03, 0.02, 0.04), True)]
    cash = say_money.money_tile(purse)
    for judged in (verdict, with_lead(verdict, "alone", near(0.2), 0.5)):
        tiles = sentences.answer_facts(judged, flips, cash)
        assert [value for _, value, _ in tiles] == ["$102m", "$18m", "$40m", "3.0\u00a0%", "1.4 years"]
        assert all(detail.startswith("loses in ") for *_, detail in tiles[:3])
