"""Golden sentences: the deal wins, going alone wins, a tie. What is said follows the verdict and nothing else."""

import pytest
from said import plain
from verdicts import near, option, rival, verdict_of, with_lead

from partnering.report import sentences, style
from partnering.results.verdict import Verdict


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
        "Signing leads on average, though that is not certain: as financed and after tax signing with Big is worth "
        "$94 million"
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
        "Not signing is better on average, though that is not certain: as financed and after tax signing with Big"
    )


def test_a_tie_names_no_winner(wins: Verdict) -> None:
    tied = with_lead(wins, "alone", near(0.4), 0.5)
    said = plain(sentences.say_answer(tied))
    assert tied.outcome == "tie" and not tied.sure
    assert said.startswith("Nothing separates signing from the best of the alternatives: ")
    assert "about as much as the best way of going alone, going alone to market (ahead in 50 % of futures)" in said


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
