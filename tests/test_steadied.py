"""What the page says of means with chance taken out."""

from types import SimpleNamespace

import pandas as pd
import pytest

from partnering.inquiry.controls import STEADY, lead_over
from partnering.report import steadied
from partnering.report.style import dress, formats

JUDGED = SimpleNamespace(alone=SimpleNamespace(phrase="waiting"), signing=SimpleNamespace(title="Sign"))


def table(left: float) -> pd.DataFrame:
    rows = [("Sign", 98.6, 2.6, 95.6, 1.1, left, 100 / left), ("Wait", 33.1, 2.4, 30.1, 1.6, left, 100 / left)]
    rows.append((lead_over("waiting"), 65.5, 1.8, 65.5, 1.5, left, 100 / left))
    return pd.DataFrame(rows, columns=STEADY)


def test_it_says_how_much_closer_the_lead_and_the_value_are_known() -> None:
    said = steadied.say_steady(table(0.5), JUDGED).replace("\xa0", " ")
    assert said == (
        "With what chance explains taken out the lead is known to within $1.5 million instead of $1.8 million, "
        "the value if signed to within $1.1 million instead of $2.6 million"
    )


@pytest.mark.parametrize("left", [1.0, 1.2])
def test_it_says_so_where_nothing_is_gained(left: float) -> None:
    assert "no mean better known" in steadied.say_steady(table(left), JUDGED)


def test_it_names_what_chance_moved_further_than_its_limits() -> None:
    said = steadied.say_note(table(0.5)).removeprefix(steadied.NOTE)
    assert "one time in ten, it moved: Sign; Wait." in said and lead_over("waiting") not in said
    within = table(0.5).assign(plain_musd=lambda t: t["steady_musd"] + t["plain_limits_musd"] / 2)
    assert steadied.say_note(within) == steadied.NOTE


def test_every_column_of_the_table_is_shown() -> None:
    shown = dress(table(0.5), steadied.STEADIED)
    assert len(shown.columns) == len(STEADY) and set(formats(steadied.STEADIED)) <= set(shown.columns)
