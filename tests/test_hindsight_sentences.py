"""The hindsight page says what its tables say: inside or outside, above or below, whatever came."""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from later import back, facts

from partnering.analysis.foreseen import RIGHTS
from partnering.analysis.happened import tabulate_alternatives, tabulate_products, tabulate_sources
from partnering.analysis.hindsight import (
    TOTAL,
    Lessons,
    lessons,
    tabulate_facts,
    tabulate_receipts,
)
from partnering.report import hindsight, plot_hindsight, say_hindsight, style

ONE = Lessons(happened=1, mean=0.8, seen=0.25, published_later=8)


def fact(what: str, **more: Any) -> dict[str, Any]:
    given = {"unit": "musd", "by": None, "happened": 1.0, "p05": 0.0, "p50": 2.0, "p95": 4.0, "inside": True}
    return given | {"what": what, "place": 0.5, "below": 0.4, "not_above": 0.6} | more


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2060", "")


def test_facts_inside_and_outside() -> None:
    inside = pd.DataFrame([fact("value"), fact("milestones")])
    assert say_hindsight.say_facts(inside) == "All 2 facts lie inside the 5th to 95th percentile of the forecast"
    mixed = pd.DataFrame(
        [fact("value"), fact("milestones", inside=False, place=0.97), fact(RIGHTS, inside=False, place=0.02)]
    )
    said = plain(say_hindsight.say_facts(mixed))
    assert (
        said.startswith("1 of 3 facts lie inside") and "milestones received, $ million (above 97 % of futures)" in said
    )
    assert "royalties received, $ million (below 98 % of futures)" in said


def test_facts_above_and_below_the_median() -> None:
    table = pd.DataFrame([fact("value", happened=3.0), fact("milestones", happened=2.0)])
    said = say_hindsight.say_places(table)
    assert said.startswith("Of 2 facts 1 lies above the median foreseen and 0 below it")


def receipts(value: float) -> pd.DataFrame:
    row = {"paid": 142.0, "value": value, "value_mean": 137.0, "value_p05": 55.0, "value_p50": 0.0, "value_p95": 426.0}
    return pd.DataFrame(
        [row | {"line": TOTAL}, row | {"line": RIGHTS}, row | {"line": "milestones", "value_mean": 9.0}]
    )


def test_receipts_inside_and_outside() -> None:
    said = [plain(say_hindsight.say_receipts(receipts(value))) for value in (85.0, 430.0)]
    assert "paid $85 million, less than the mean foreseen of $137 million and inside" in said[0]
    assert "paid $430 million, more than the mean foreseen of $137 million and outside" in said[1]
    assert all(text.endswith("in money of the day $142 million") for text in said)


def test_one_product_and_several() -> None:
    products = tabulate_products(back())
    assert "Of 6 named products 1 was approved" in say_hindsight.say_products(products, ONE)
    two = ONE._replace(happened=2)
    assert "2 were approved" in say_hindsight.say_products(products, two)


def test_facts_beyond_every_future_are_counted() -> None:
    inside, beyond = (
        pd.DataFrame([fact("value")]),
        pd.DataFrame([fact("value", below=1.0, not_above=1.0), fact("value")]),
    )
    said = [say_hindsight.say_lessons(ONE, table, back(), 0.45) for table in (inside, beyond)]
    assert "None of the 1 facts lies beyond" in said[0][0] and "1 of 2 facts lie beyond every future" in said[1][0]


def test_a_share_that_gained_and_one_that_lost() -> None:
    own = facts().own
    for price, side in ((31.26, "less than the $3.74"), (310.0, "more than the $3.74")):
        changed = own.model_copy(update={"share_price": own.share_price.model_copy(update={"value": price})})
        looked = back(own=changed)
        said = " ".join(say_hindsight.say_fates(tabulate_alternatives(looked), looked, 83.0))
        assert side in said and "neither is what going alone would have brought" in said
        assert "less than the $83" in plain(said)


def test_the_page_begins_with_what_enters_nothing() -> None:
    said = say_hindsight.say_opening(back(), lessons(back()))
    assert "read by this page alone, by no run" in said[0] and said[1].startswith("9 terms of the contract")
    assert lessons(back()).published_later == 9  # a royalty of another licence, published later, is no term of this one


def test_every_number_of_a_title_is_one_of_its_table() -> None:
    sources = tabulate_sources(back())
    assert say_hindsight.say_record(sources).startswith(f"{len(sources)} sources of later facts")
    said = plain(say_hindsight.say_alternatives(tabulate_alternatives(back()), back()))
    assert "at least $299 million after the signing" in said and "19.3 years after it" in said


def test_tables_have_a_name_for_every_row() -> None:
    table = hindsight.dress_facts(tabulate_facts(back()))
    assert table["fact"].is_unique and not table.isna()[["happened_text", "interval", "place_text"]].any(axis=None)
    dressed = hindsight.dress_receipts(tabulate_receipts(back()))
    assert dressed["name"].map(lambda name: bool(name) and isinstance(name, str)).all()
    assert set(hindsight.FACT_COLUMNS) <= set(table) and style.dress(table, hindsight.FACT_COLUMNS).shape[1] == 6


def test_the_figure_shows_every_fact() -> None:
    table = tabulate_facts(back())
    ax = plot_hindsight.plot_facts(table)
    assert len(ax.get_yticks()) == len(table)
    crosses = [line for line in ax.lines if line.get_marker() == "X"]
    assert len(crosses) == int((~table["inside"]).sum())
    plt.close("all")
