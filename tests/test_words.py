"""Prose in notebooks: numbers come from variables, and what cannot be said stops the page."""

import math

import pytest
from jinja2 import UndefinedError

from partnering.report.words import render, unescaped


def test_numbers_are_written_as_pages_write_them() -> None:
    said = render(
        "Worth {{ lead | musd }}, {{ share | percent }}, {{ ratio | times }}.",
        {"lead": 53.9, "share": 0.96, "ratio": 1.64},
    )
    assert said == "Worth $54\u00a0million, 96\u00a0%, 1.64 times."


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
@pytest.mark.parametrize("source", ["{{ value }}", "{{ value | musd }}", "{{ value | percent }}"])
def test_what_is_no_number_stops_the_page(source: str, value: float | None) -> None:
    with pytest.raises(ValueError, match="cannot stand in a sentence"):
        render(source, {"value": value})


def test_markup_in_a_name_is_a_name() -> None:
    said = render("{{ name }} of {{ name | lowered }}, **bold**.", {"name": "A|B <i> *c* [d]"})
    assert said == r"A\|B \<i\> \*c\* \[d\] of A\|B \<i\> \*c\* \[d\], **bold**."
    assert unescaped(said).startswith("A|B <i> *c* [d] of")


def test_a_name_nobody_has_set_stops_the_page() -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        render("{{ nobody }}", {})
    with pytest.raises(UndefinedError, match="lost"):
        render("{{ run.lost | musd }}", {"run": {}})


def test_saying_nothing_stops_the_page() -> None:
    with pytest.raises(ValueError, match="say nothing"):
        render("{% if False %}gone{% endif %}\n", {})
