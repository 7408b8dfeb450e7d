"""Golden sentences: the deal wins, going alone wins, a tie. What is said follows the verdict and nothing else."""

from dataclasses import replace

import pandas as pd
import pytest
from said import plain

from partnering.analysis.rates import Flip
from partnering.report import findings, sentences, style
from partnering.results.statistics import Estimate
from partnering.results.verdict import Claim, Option, Verdict


def option(slug: str, title: str, phrase: str, value: float, returning: float) -> Option:
    products = {"approved": 2 * returning, "returning": returning, "paying": 3 * returning}
    spread = (value - 100, value - 20, value + 300)
    return Option(slug, title, phrase, Estimate(value, value - 1, value + 1), *spread, 0.4, products, 0.5)


@pytest.fixture
def wins() -> Verdict:
    signing = option("a", "Sign", "signing", 94.4, 0.86)
    alone = option("b", "Go alone", "going alone to market", 20.1, 0.52)
    return Verdict("Acme", "Big", "2001-02-03", signing, alone, (), (), Estimate(74.2, 73.3, 75.1), 0.84, 0.667)


def test_the_deal_wins(wins: Verdict) -> None:
    assert wins.outcome == "sign" and wins.sure
    assert plain(sentences.say_answer(wins)) == (
        "Sign: as financed and after tax the deal is worth $74 million more to Acme on average (simulation limits $73 "
        "to $75 million) than the best alternative, going alone to market, and more in 84 % of futures, with 0.86 "
        "products that provide a return expected if signed against 0.52 alone."
    )


def test_the_deal_wins_on_average_but_not_surely(wins: Verdict) -> None:
    unsure = replace(wins, p_better=0.55)
    assert unsure.outcome == "sign" and not unsure.sure
    assert plain(sentences.say_answer(unsure)).startswith(
        "Signing leads on average, but not surely: as financed and after tax the deal is worth"
    )


def test_going_alone_wins(wins: Verdict) -> None:
    lost = replace(wins, difference=Estimate(-45.4, -47.0, -43.9), p_better=0.2)
    assert lost.outcome == "alone" and lost.sure
    assert plain(sentences.say_answer(lost)) == (
        "Go alone: as financed and after tax going alone to market is worth $45 million more to Acme on average "
        "(simulation limits $44 to $47 million) than signing with Big, though signing is worth more in 20 % of "
        "futures, with 0.86 products that provide a return expected if signed against 0.52 alone."
    )


def test_going_alone_wins_on_average_but_not_surely(wins: Verdict) -> None:
    unsure = replace(wins, difference=Estimate(-45.4, -47.0, -43.9), p_better=0.6)
    assert not unsure.sure
    assert plain(sentences.say_answer(unsure)).startswith(
        "Going alone leads on average, but not surely: as financed and after tax going alone"
    )


def test_a_tie_names_no_winner(wins: Verdict) -> None:
    tied = replace(wins, difference=Estimate(0.4, -1.2, 2.0), p_better=0.5)
    said = plain(sentences.say_answer(tied))
    assert tied.outcome == "tie" and not tied.sure
    assert said.startswith("Nothing separates signing with Big from the best alternative, going alone to market")
    assert (
        "the expected difference, as financed and after tax, is $0.4 million, within its simulation limits of -$1.2 to "
        "$2.0 million" in said
    )


def test_alternatives_that_cannot_be_told_apart_are_both_named(wins: Verdict) -> None:
    third = option("c", "Out-license", "out-licensing later", 19.8, 0.5)
    said = plain(sentences.say_rivals(replace(wins, others=(third,), tied=(third,))))
    assert "against going alone to market ($20 million on average); out-licensing later ($20 million) cannot" in said
    assert "two standard errors" in said


@pytest.mark.parametrize(("low", "word"), [(1.51, "holds"), (1.49, "does not hold")])
def test_the_claim_holds_only_with_its_limits_above_what_was_asked(low: float, word: str) -> None:
    claim = Claim("returning", 0.86, 0.52, Estimate(1.65, low, 1.8), 1.5)
    said = sentences.say_claim([claim])
    assert f"products {word}: 0.86 products" in said and "where substantially is read as 1.5 times" in said


def test_the_claim_is_told_in_the_other_views_too() -> None:
    planned = [Claim("returning", 0.68, 0.27, Estimate(2.5, 2.4, 2.6), 1.5)]
    pretax = [Claim("returning", 0.60, 0.50, Estimate(1.2, 1.1, 1.3), 1.5)]
    said = sentences.say_claim_views(planned, pretax)
    assert "0.68 against 0.27, 2.50 times: it holds" in said and "0.60 against 0.50, 1.20 times: it does not" in said


def test_what_flips_the_answer_names_the_alternative_it_flips_to(wins: Verdict) -> None:
    flips = [
        Flip("b", "going alone to market", Estimate(0.077, 0.076, 0.078), True),
        Flip("c", "licensing later", None, False),
    ]
    purse = pd.DataFrame({"slug": ["a", "b"], "planned": [95.0, 15.0], "pretax": [90.0, 30.0]})
    tiles = sentences.answer_facts(
        wins, flips, purse, ("Cash gone", "1.4 years", "alone"), {"assumption": 3, "term": 1}
    )
    assert tiles[2][2].endswith("going alone to market is worth more") and tiles[4][1] == "3 of 4"


def test_a_deal_of_committed_money_only_expects_nothing_else(wins: Verdict) -> None:
    rows = {"line": ["upfront", "upfront"], "party": ["company", "partner"], "value": [12.0, -12.0]}
    said = plain(findings.say_lines(wins, pd.DataFrame(rows), 1.0))
    assert "$12 million is committed" in said and "beyond that: nothing else" in said


def test_the_scenarios_that_break_the_claim_are_named() -> None:
    rows = {"scenario": ["Base case", "No extension"], "claim_holds": [True, False], "product_ratio": [1.6, 1.39]}
    table = pd.DataFrame(rows)
    assert "fails in 1 of 2 scenarios: no extension (1.39 times)" in sentences.say_claim_scenarios(table)
    assert "holds in the one scenario" in sentences.say_claim_scenarios(table.head(1))
    assert "holds in all 2 scenarios" in sentences.say_claim_scenarios(table.assign(claim_holds=True))


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ([74.0, -5.0], "1 of 2 scenarios put"),
        ([74.0, 5.0], "Signing leads in all 2"),
        ([74.0, 0.5], "Signing leads in 1 of 2"),
    ],
)
def test_scenarios_count_for_a_side_only_beyond_their_limits(difference: list[float], said: str) -> None:
    table = pd.DataFrame({"scenario": ["Base case", "Low rate"], "difference": difference})
    table = table.assign(low=table["difference"] - 1, high=table["difference"] + 1)
    assert sentences.say_scenarios(table).startswith(said)


@pytest.mark.parametrize(
    ("musd", "said"),
    [
        (74.2, "$74 million"),
        (3.21, "$3.2 million"),
        (-12.4, "-$12 million"),
        (-0.04, "$0 million"),
        (9.97, "$10 million"),
        (1080.0, "$1,080 million"),
    ],
)
def test_money_is_as_precise_as_it_deserves(musd: float, said: str) -> None:
    assert plain(style.money(musd)) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.84, "84 %"), (0.001, "under 1 %"), (0.999, "over 99 %"), (0.0, "0 %"), (1.0, "100 %")]
)
def test_a_share_that_rounds_to_none_or_all_says_so(share: float, said: str) -> None:
    assert plain(style.percent(share)) == said
