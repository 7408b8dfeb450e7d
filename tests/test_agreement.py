"""No two pages give different numbers for the same words: how they are collected, and that a difference is caught.

`tests/test_report.py` holds the pages of a whole report against each other.
"""

import pytest
from labelled import collect, disagreements, read_number

RUNS = {
    "base": {
        "title": "Base case",
        "paths": 4096,
        "strategies": {"deal": {"title": "Sign", "phrase": "signing"}, "alone": {"title": "Go", "phrase": "going"}},
    }
}
HEAD = '<header data-scenario="base"></header>'
ROW = "<tr><th>{row}</th><td>{cell}</td></tr>"
TABLE = (
    '<figure class="table"><figcaption>Title</figcaption><table><thead><tr><th>{corner}</th><th>{column}</th></tr>'
    '</thead><tbody>{rows}</tbody></table><p class="note">{note}</p></figure>'
)
BRIEF = HEAD + (
    '<div class="answer"><table><thead><tr><th></th><th>Going alone: going</th></tr></thead><tbody><tr>'
    "<th>Mean lead (range over assumptions)</th><td><strong>$52m</strong> ($22m to $84m)</td></tr>"
    "</tbody></table></div>"
)


def page(row: str, column: str, cell: str, note: str = "As financed.", corner: str = "What") -> str:
    return HEAD + TABLE.format(row=row, column=column, note=note, corner=corner, rows=ROW.format(row=row, cell=cell))


def found(first: str, second: str) -> int:
    """How many disagreements there are between two pages."""
    return len(disagreements([*collect("a.html", first, RUNS), *collect("b.html", second, RUNS)]))


EVIDENCE = ("Lead, $ million", "Signing over going")


@pytest.mark.parametrize(("cell", "expected"), [("52", 0), ("52.4", 0), ("53", 1), ("-52", 1), ("\u221252", 1)])
def test_a_planted_difference_is_caught_and_rounding_is_none(cell: str, expected: int) -> None:
    assert found(BRIEF, page(*EVIDENCE, cell)) == expected
    effect = page("Lead over going", "Base case", cell)
    assert found(BRIEF, effect) == expected and found(page(*EVIDENCE, "52"), effect) == expected


def test_other_words_bases_and_scenarios_are_not_compared() -> None:
    assert found(page("Sign", "As financed, after tax", "52"), page("Value, $ million", "Sign", "60")) == 1
    assert found(page("Sign", "Planned, after tax", "52"), page("Value, $ million", "Sign", "60")) == 0
    assert found(page("Sign", "Loses money in", "52 %"), page("Futures that lose money", "Go", "60 %")) == 0
    elsewhere = page("Sign", "Loses money in", "60 %").replace('"base"', '"other"')
    assert found(page("Sign", "Loses money in", "52 %"), elsewhere) == 0


def test_what_refers_to_the_row_above_is_read_with_it() -> None:
    rows = ROW.format(row="Lead over going", cell="52") + ROW.format(row="Ahead of it in", cell="96 %")
    effect = HEAD + TABLE.format(corner="", column="Base case", note="As financed.", rows=rows)
    assert found(effect, page("Futures in which signing is ahead", "Signing over going", "96 %")) == 0
    assert found(effect, page("Futures in which signing is ahead", "Signing over going", "69 %")) == 1


def test_headline_numbers_of_sentences_are_compared_too() -> None:
    said = HEAD + '<div class="text"><blockquote>157 of 206 numbers are {}.</blockquote></div>'
    assert found(said.format("guesses"), said.format("assumptions")) == 0
    assert found(said.format("guesses"), said.replace("157", "158").format("assumptions")) == 1


@pytest.mark.parametrize(
    ("text", "ends"),
    [("$1,080 million", (1079.5, 1080.5)), ("0.71", (0.705, 0.715)), ("96\u00a0%", (95.5, 96.5)), ("22 to 84", None)],
)
def test_a_number_is_known_as_far_as_it_is_shown(text: str, ends: tuple[float, float] | None) -> None:
    assert read_number(text) == (ends and pytest.approx(ends))
