"""The brief in words, without a kernel: it follows the verdict, is short and reads easily; no figure is typed."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from brief import BRIEF, NOTEBOOKS, a_verdict, names_for, said, sentences, sources, words_of
from jinja2 import UndefinedError
from said import plain
from verdicts import verdict_of

from partnering.results.statistics import Estimate

BOOKS = [pytest.param(file, id=file.stem) for file in NOTEBOOKS]
MOST_LINES, MOST_WORDS, LONGEST_SENTENCE, LONGEST_HEADLINE, LONGEST_CAPTION, EXHIBITS = 15, 1200, 30, 20, 14, 8
EASIEST_LEFT = 50  # Flesch reading ease
DIGITS_ALLOWED = re.compile(
    r"Phase [123]\b|\.iloc\[-?\d\]|\binputs\[\d\]|\bfinanced\[0\]|head\([12]\)|length [<=>]+ [012]|> 0|<= 0|>= 0"
)
"""Names of phases, and places of a table that a number is read from."""

CASES = {
    "the deal wins": names_for(a_verdict()),
    "it wins on balance": names_for(a_verdict(ahead=0.5), turns_at=55.0),
    "going alone wins": names_for(a_verdict(alone=-45.0, ahead=0.2)),
    "giving up wins, not surely": names_for(a_verdict(giving_up=-12.0, ahead=0.5), turns_at=20.0),
    "a tie": names_for(a_verdict(alone=0.2, half=3.0, ahead=0.5)),
    "one rival": names_for(a_verdict(giving_up=None)),
    "one scenario": names_for(a_verdict(), scenarios=0),
}


@pytest.mark.parametrize(
    ("case", "headline"),
    [
        ("the deal wins", "Sign: on average worth $52m more than going alone and $63m more than giving up"),
        ("it wins on balance", "Sign, though that is not certain: on average worth $52m more than going alone"),
        ("going alone wins", "Do not sign: going alone is worth $45m more on average"),
        (
            "giving up wins, not surely",
            "Better not to sign, though that is not certain: giving up is worth $12m more on average",
        ),
        ("a tie", "Too close to call: signing and going alone are worth about the same"),
        ("one rival", "Sign: on average worth $52m more than going alone"),
    ],
)
def test_the_headline_follows_the_verdict(case: str, headline: str) -> None:
    answer = plain(said(CASES[case], ("vote-words",)))
    (found,) = re.findall(r"^## (.*)", answer, re.MULTILINE)
    assert found.startswith(headline) and len(found.split()) <= LONGEST_HEADLINE
    assert answer.startswith("**Resolution put to the board:** that Acme sign the partnership with Big")
    assert "> **Not decision-grade.** Assumptions carry 92% of what moves the lead" in answer
    table = [line for line in answer.splitlines() if line.startswith("|")]
    assert len(table) == 5 and {line.count("|") for line in table} == {2 + len(CASES[case]["v"].rivals)}
    assert answer.count("\n- **") == 2


def test_a_fit_answer_has_no_badge_and_without_a_rival_there_is_nothing_to_say() -> None:
    names = CASES["the deal wins"]
    assert "decision-grade" not in said(names | {"grade": names["grade"]._replace(gate=0.95)}, ("vote-words",))
    bare = names | {"v": verdict_of(names["v"].signing)}
    assert "## Nothing to hold signing against" in said(bare, ("vote-words", "basis"))


def test_what_reverses_the_answer_is_a_threshold_and_on_its_side() -> None:
    answer = plain(said(CASES["it wins on balance"], ("vote-words",)))
    assert "- **Reversed** where peak sales is below $55 million." in answer  # least lead at 40
    answer = plain(said(CASES["giving up wins, not surely"], ("vote-words",)))
    assert "- **Turns** where peak sales is below $20 million." in answer  # the least lead is above it
    assert "- **Turns** if the partner pays $12m more at signing." in answer
    answer = plain(said(CASES["going alone wins"], ("vote-words",)))
    assert "peak sales at $40 million leaves signing behind by $45m" in answer


def test_what_trails_says_so_and_negative_amounts_stand_with_their_sign_only_where_they_must() -> None:
    names = CASES["going alone wins"]
    assert "On average signing trails going alone to market by $45m" in said(names, ("lead-caption",))
    assert "No scenario besides" in said(CASES["one scenario"], ("change-words", "scenarios-caption"))
    endless = names | {"planned": none_alone(names)}
    assert "going alone brings none" in said(endless, ("products-caption",))


def test_scenarios_count_for_a_side_only_beyond_their_limits() -> None:
    """And those that break the claim are counted, one of them named."""
    counted = said(CASES["a tie"], ("change-words", "claim-words"))
    assert "Of 3 scenarios, 1 puts another way ahead and 1 is too close to call." in counted
    assert "It fails in 1 of 3 scenarios, such as weak market." in counted
    assert "Signing leads in all 3 scenarios." in said(CASES["the deal wins"], ("change-words",))
    assert "Of 3 scenarios, 3 put another way ahead and 0 are" in said(CASES["going alone wins"], ("change-words",))


def test_the_walk_away_is_said_as_a_loss_or_as_a_price() -> None:
    cells = "vote-words", "deal-words", "deal-caption"
    assert "**Walk away** if the terms become worse by more than $52m" in plain(said(CASES["the deal wins"], cells))
    lost = plain(said(CASES["going alone wins"], cells))
    assert "**Walk away** unless the partner pays $45m more at signing" in lost
    neither = said(CASES["the deal wins"] | {"found": None}, cells[1:])
    assert "both sides do better without this deal" in neither and "both do better without" in neither


def none_alone(names: dict[str, Any]) -> Any:
    """The claim where going alone brings no product."""
    claim = names["planned"]
    return type(claim)(claim.reading, claim.signing, 0.0, Estimate(math.inf, None, None), claim.needed)


@pytest.mark.parametrize("case", CASES)
def test_it_is_short_and_reads_easily(case: str) -> None:
    captions = [line for name in BRIEF if name.endswith("-caption") for line in said(CASES[case], (name,)).splitlines()]
    shown = tuple(name for name in BRIEF if not name.endswith("-caption"))
    text = [*sentences(said(CASES[case], shown))]
    headings = re.findall(r"^## (.*)", said(CASES[case]), re.MULTILINE)
    assert len(" ".join([*text, *headings, *captions]).split()) <= MOST_WORDS
    assert [one for one in text if len(one.split()) > LONGEST_SENTENCE] == []
    assert reading_ease(text) >= EASIEST_LEFT
    first = [said(CASES[case], (name,)).strip().splitlines()[0] for name in BRIEF if name.endswith("-caption")]
    assert [line for line in first if len(line.split()) > LONGEST_CAPTION] == []
    assert not re.search(r"\b(nan|inf)\b", said(CASES[case]))


def reading_ease(text: list[str]) -> float:
    """Flesch reading ease: words a sentence, and vowel groups a word, a silent e at its end left out."""
    words = re.findall(r"[A-Za-z]+", " ".join(text))
    syllables = sum(
        max(len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^l])e$|es$|(?<=[^td])ed$", "", w.lower()))), 1) for w in words
    )
    return 206.835 - 1.015 * len(words) / len(text) - 84.6 * syllables / len(words)


def test_reading_ease_tells_plain_from_heavy() -> None:
    assert reading_ease(["The cat sat on the mat."]) > 100
    assert (
        reading_ease(["Conditional capitalisation considerations notwithstanding, diversification predominates."]) < 0
    )


def test_it_has_eight_exhibits_in_seven_sections() -> None:
    cells = "\n".join(sources(next(file for file in NOTEBOOKS if file.stem == "brief")).values())
    assert len(re.findall(r"exhibit\.show_(?:figure|table)\w*\(", cells)) == EXHIBITS
    headings = re.findall(r"^## (?!.*%)(.*)$", "\n".join(BRIEF[name] for name in BRIEF if name != "vote-words"), re.M)
    assert headings[:-1] == [
        "What each choice is worth",
        "Money",
        "What would change the answer",
        "The letter's claim",
        "The deal",
        "Limits",
    ]


@pytest.mark.parametrize("file", BOOKS)
def test_no_figure_is_typed_into_words(file: Path) -> None:
    typed = {name: DIGITS_ALLOWED.sub("", text) for name, text in words_of(file).items()}
    assert [name for name, text in typed.items() if re.search(r"\d", text)] == []


@pytest.mark.parametrize("file", BOOKS)
def test_cells_of_code_are_short(file: Path) -> None:
    long = {name: len(text.splitlines()) for name, text in sources(file).items() if not text.startswith("%%words")}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def test_a_name_that_is_missing_or_no_number_stops_the_page() -> None:
    names = CASES["the deal wins"]
    with pytest.raises(UndefinedError, match="price"):
        said({name: value for name, value in names.items() if name != "price"}, ("money-words",))
    with pytest.raises(ValueError, match="cannot stand in a sentence"):
        said(names | {"price": math.nan}, ("money-words",))
