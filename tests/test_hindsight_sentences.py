"""The hindsight page says what its tables say: inside or outside, above or below, whatever came."""

from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from later import back, facts
from said import words, worked

from partnering.analysis import foreseen, happened
from partnering.analysis import hindsight as later
from partnering.inputs.lines import LINE
from partnering.report import figures, style

ONE = later.Lessons(happened=1, mean=0.8, seen=0.25, published_later=8)


def fact(what: str, **more: Any) -> dict[str, Any]:
    given = {"unit": "musd", "by": None, "happened": 1.0, "p05": 0.0, "p50": 2.0, "p95": 4.0, "inside": True}
    return given | {"what": what, "source": "filing", "place": 0.5, "below": 0.4, "not_above": 0.6} | more


def dressed(table: pd.DataFrame) -> dict[str, Any]:
    """The facts with names, as the notebook's cells make them."""
    names = {"foreseen": foreseen, "later": later, "pd": pd, "style": style}
    return worked("hindsight", "names", "dressed", facts=table, **names)


def answer(table: pd.DataFrame) -> str:
    beyond = table.query("not_above == 0 or below == 1")
    told = {"lessons": later.lessons(back()), "back": back()}
    return words("hindsight", "answer", facts=table, inside=table[table["inside"]], beyond=beyond, **told)


def test_facts_inside_and_outside() -> None:
    table = pd.DataFrame([fact("value"), fact("milestones", inside=False, place=0.97)])
    assert answer(table).startswith("> **1 of 2 facts lie inside nine tenths of the forecast: none contradicts it")
    said = words("hindsight", "facts-words", outside=dressed(table)["outside"])
    assert "- **Outside:** milestones received, $ million, with 97 % of futures below it." in said
    assert "Outside" not in words("hindsight", "facts-words", outside=dressed(table.head(1))["outside"])


def test_facts_above_and_below_the_median() -> None:
    titles: list[str] = []
    silent = SimpleNamespace(show_table=lambda shown, stem, finding, *_, **__: titles.append(finding))
    table = pd.DataFrame([fact("value", happened=3.0), fact("milestones", happened=2.0)])
    above, below = table.query("happened > p50"), table.query("happened < p50")
    worked("hindsight", "facts", **dressed(table) | {"above": above, "below": below, "exhibit": silent})
    assert titles == ["1 of 2 facts lie above the median foreseen, 0 below it"]


def test_receipts_inside_and_outside() -> None:
    for value, said in ((85.0, "less than the mean foreseen of $137 million and inside"), (430.0, "more than")):
        total = pd.Series({"paid": 142.0, "value": value, "value_mean": 137.0, "value_p05": 55.0, "value_p95": 426.0})
        text = words("hindsight", "receipts-words", total=total, least=55.0, most=426.0)
        assert f"the deal paid ${value:.0f} million, {said}" in text and "it paid $142 million." in text
        assert ("outside its nine tenths" in text) == (value > 426.0)


def test_products_are_counted_beside_their_forecast() -> None:
    products = happened.tabulate_products(back())
    said = words("hindsight", "products-words", products=products, lessons=ONE, back=back())
    assert "Approved: 1 of 6 named products. The forecast expected 0.80 and gave exactly 1 a chance of 25 %." in said


def test_facts_beyond_every_future_are_counted() -> None:
    inside, beyond = fact("value"), fact("value", below=1.0, not_above=1.0)
    for rows, said in (([inside], "None of the 1 facts lies beyond"), ([beyond, inside], "1 of 2 facts lie beyond")):
        table = pd.DataFrame(rows)
        found = table.query("not_above == 0 or below == 1")
        assert said in words("hindsight", "lessons", facts=table, beyond=found, back=back(), lived=0.45)
        assert ("none contradicts it outright" in answer(table)) == found.empty


def test_a_share_that_gained_and_one_that_lost() -> None:
    own, table = facts().own, happened.tabulate_alternatives(back())
    paid = table[(table["product"] == facts().licence.name) & (table["unit"] == "musd")]
    told = {"licence": facts().licence, "own": own, "paid": paid, "technology": 83.0, "back": back(), "whole": 90.0}
    for share, side in ((3.0, "less than the $3.74"), (30.0, "more than the $3.74")):
        said = words("hindsight", "alternatives-words", share=share, before=3.74, **told)
        assert side in said and "Neither is what going alone would have brought." in said
        assert "less than the $83 million" in said


def test_the_page_begins_with_what_enters_nothing() -> None:
    said = answer(later.tabulate_facts(back()))
    assert "This page alone reads the file of later facts: no run" in said and "- 9 terms of the contract" in said
    assert later.lessons(back()).published_later == 9  # a royalty of another licence, published later, is no term


def test_tables_have_a_name_for_every_row() -> None:
    table = later.tabulate_facts(back())
    told = dressed(table)
    assert table["fact"].is_unique and not table["fact"].isna().any() and len(told["places"]) == len(table)
    shown: list[pd.DataFrame] = []
    silent = SimpleNamespace(show_table=lambda frame, *_, **__: shown.append(frame))
    receipts = later.tabulate_receipts(back())
    total = receipts.set_index("line").loc[later.TOTAL]
    names = {"receipts": receipts, "total": total, "exhibit": silent, "LINE": LINE}
    worked("hindsight", "receipts", **told | names)
    assert shown[0]["Line"].is_unique and not shown[0].isna().any(axis=None)


def test_the_figure_shows_every_fact() -> None:
    table = later.tabulate_facts(back())
    told = dressed(table) | {"figures": figures, "plt": plt, "sns": sns}
    ax = worked("hindsight", "places-drawn", **told)["ax"]
    assert len(ax.get_yticks()) == len(table)
    assert len(ax.collections[-1].get_offsets()) == len(table)
    plt.close("all")
