"""Golden sentences: the deal wins, going alone wins, a tie. What is said follows the verdict and nothing else."""

from dataclasses import replace

import pandas as pd
import pytest
from said import plain
from verdicts import near, option, rival, verdict_of, with_lead

from partnering.analysis.rates import Flip
from partnering.report import findings, sentences, style
from partnering.results.statistics import Estimate
from partnering.results.verdict import Claim, Verdict


@pytest.fixture
def wins() -> Verdict:
    signing = option("a", "Sign", "signing", 94.4, 0.86)
    alone = option("b", "Go alone", "going alone to market", 20.1, 0.52)
    ending = option("d", "Wind up", "winding up", 34.0, 0.0)
    over = rival("alone", alone, near(74.3), 0.84), rival("give_up", ending, near(60.4), 0.7)
    return verdict_of(signing, *over, others=(alone,))


def test_the_deal_wins_and_its_lead_over_both_rivals_is_told(wins: Verdict) -> None:
    assert wins.outcome == "sign" and wins.sure
    assert plain(sentences.say_answer(wins)) == (
        "Sign: as financed and after tax signing with Big is worth $94 million to Acme on average, $74 million more "
        "than the best way of going alone, going alone to market (ahead in 84 % of futures) and $60 million more than "
        "the best way of giving up, winding up (ahead in 70 % of futures). It loses money in 40 % of futures."
    )


@pytest.mark.parametrize("family", ["alone", "give_up"])
def test_the_deal_wins_on_average_but_not_surely_over_either_rival(wins: Verdict, family: str) -> None:
    unsure = with_lead(wins, family, near(65.0), 0.55)
    assert unsure.outcome == "sign"
    assert plain(sentences.say_answer(unsure)).startswith(
        "Signing leads on average, but not surely: as financed and after tax signing with Big is worth $94 million"
    )


@pytest.mark.parametrize(
    ("family", "said"),
    [
        (
            "alone",
            "$45 million less than the best way of going alone, going alone to market (ahead in 20 % of futures)",
        ),
        ("give_up", "$45 million less than the best way of giving up, winding up (ahead in 20 % of futures)"),
    ],
)
def test_signing_is_advised_against_where_either_rival_is_worth_more(wins: Verdict, family: str, said: str) -> None:
    lost = with_lead(wins, family, near(-45.4), 0.2)
    assert lost.closest.family == family and lost.outcome == "alone" and lost.sure
    answer = plain(sentences.say_answer(lost))
    assert answer.startswith("Do not sign: as financed") and said in answer
    assert answer.count("million more than") == 1  # over the other rival it still leads


def test_not_signing_is_better_on_average_but_not_surely(wins: Verdict) -> None:
    unsure = with_lead(wins, "alone", near(-45.4), 0.6)
    assert not unsure.sure
    assert plain(sentences.say_answer(unsure)).startswith(
        "Not signing is better on average, but not surely: as financed and after tax signing with Big"
    )


def test_a_tie_names_no_winner(wins: Verdict) -> None:
    tied = with_lead(wins, "alone", near(0.4), 0.5)
    said = plain(sentences.say_answer(tied))
    assert tied.outcome == "tie" and not tied.sure
    assert said.startswith("Nothing separates signing from the best of the alternatives: ")
    assert "about as much as the best way of going alone, going alone to market (ahead in 50 % of futures)" in said


def test_alternatives_that_cannot_be_told_apart_are_both_named(wins: Verdict) -> None:
    third = option("c", "Out-license", "out-licensing later", 19.8)
    torn = replace(wins.rivals[0], tied=(third,))
    said = plain(" ".join(sentences.say_rivals(replace(wins, rivals=(torn, wins.rivals[1]), others=(third,)))))
    assert "best way of going alone is going alone to market ($20 million on average), chosen by expected value" in said
    assert "luck is known; out-licensing later cannot be told from it, within two standard errors." in said
    assert "best way of giving up is winding up ($34 million on average), chosen by expected value" in said
    assert said.endswith("The others: out-licensing later ($20 million).")


def test_luck_and_ignorance_are_told_apart_over_both_rivals(wins: Verdict) -> None:
    assert plain(sentences.say_luck(wins)) == (
        "Over going alone, 75 % of the variance of the lead is luck, and inputs put the expected lead between $44 and "
        "$109 million nine times in ten (standard deviation $20 million); over giving up, 75 % of the variance of the "
        "lead is luck, and inputs put the expected lead between $30 and $95 million nine times in ten (standard "
        "deviation $20 million)."
    )


@pytest.mark.parametrize(("low", "word"), [(1.51, "holds"), (1.49, "does not hold")])
def test_the_claim_holds_only_with_its_limits_above_what_was_asked(low: float, word: str) -> None:
    claim = Claim("returning", 0.86, 0.52, Estimate(1.65, low, 1.8), 1.5)
    said = sentences.say_claim([claim])
    assert f"products {word}: planned, with research of its own either way, 0.86 products" in said
    assert "0.52 by the plan alone with most of them" in said and "where substantially is read as 1.5 times" in said


@pytest.mark.parametrize(("low", "word"), [(1.9, "holds"), (1.4, "does not hold")])
def test_the_claim_as_financed_is_told_beside_the_planned_one(low: float, word: str) -> None:
    said = sentences.say_claim_views([Claim("returning", 0.68, 0.34, Estimate(2.0, low, 2.6), 1.5)])
    assert f"As financed, with companies that run out of money, the claim {word}: 0.68 against 0.34, 2.00" in said


def test_what_flips_the_answer_names_the_alternative_it_flips_to(wins: Verdict) -> None:
    flips = [
        Flip("b", "going alone to market", Estimate(0.077, 0.076, 0.078), True),
        Flip("c", "licensing later", None, False),
    ]
    tiles = sentences.answer_facts(wins, flips, ("Cash gone", "1.4 years", "alone"))
    assert [label for label, *_ in tiles[:3]] == ["Sign", "Go alone", "Wind up"]  # both rivals, equally large
    assert tiles[3][2].endswith("going alone to market is worth more")


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
        (
            [74.0, -5.0],
            "1 of 2 scenarios puts another way ahead of signing (low rate); the lead over the nearest rival",
        ),
        ([74.0, 5.0], "Signing leads its nearest rival in all 2"),
        ([74.0, 0.5], "Signing leads its nearest rival in 1 of 2"),
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
