"""Golden sentences on the company's money: signing keeps it, going alone does, nothing separates them."""

import numpy as np
import pandas as pd
import pytest
from said import plain

from partnering.report import say_money


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
