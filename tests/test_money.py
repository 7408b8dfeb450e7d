"""The tables of the company's money: what a finance lead adds up does add up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import PARAMS, SEED, load

from partnering.report import money
from partnering.results.simulate import simulate
from partnering.results.store import write_run
from partnering.results.stored import Results
from partnering.results.verdict import Verdict, judge


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder: Path = tmp_path_factory.mktemp("money") / "run"
    return write_run(simulate(load(), SEED, 200, 200), folder, PARAMS.parent)


@pytest.fixture(scope="module")
def judged(run: Results) -> Verdict:
    return judge(run)


def test_sources_and_uses_lead_to_the_cash_of_the_run(run: Results, judged: Verdict) -> None:
    for option in (judged.signing, *(rival.option for rival in judged.rivals)):
        table = money.tabulate_sources_uses(run, judged, option.slug).set_index("$ million")
        balance = run.table("cash").query("strategy == @option.slug and view == 'financed' and line == 'cash_balance'")
        by_quarter = balance.set_index("quarter")["mean"]
        assert table.loc["Opening cash"].iloc[0] == pytest.approx(load()["company.opening_cash_musd"])
        assert table.loc["Closing cash"].iloc[0] == pytest.approx(by_quarter[3])
        assert table.loc["Closing cash"].iloc[-1] == pytest.approx(by_quarter[4 * money.FISCAL_YEARS - 1])
        between = table.drop(["Opening cash", "Closing cash"]).sum()
        assert list(table.loc["Opening cash"] + between) == pytest.approx(list(table.loc["Closing cash"]))


@pytest.mark.parametrize(
    ("last_month", "expected"), [(6, [2004, 2004, 2004, 2004, 2005]), (12, [2003] * 2 + [2004] * 3)]
)
def test_a_quarter_belongs_to_the_fiscal_year_of_its_middle(last_month: int, expected: list[int]) -> None:
    assert list(money.fiscal_year(pd.Series(range(5)), "2003-07-31", last_month)) == expected


def test_what_is_guaranteed_is_the_upfront_and_the_margin_on_committed_research(run: Results, judged: Verdict) -> None:
    table = money.tabulate_finance(run, judged).set_index("slug")
    lines = run.table("lines").query("view == 'pretax' and party == 'company'").set_index(["strategy", "line"])["value"]
    promised = lines[judged.signing.slug][["upfront", "research_funding", "research_cost"]].sum()
    assert table.loc[judged.signing.slug, "guaranteed"] == pytest.approx(promised, rel=1e-6)
    assert (table["guaranteed"].drop(judged.signing.slug) == 0).all()


def test_what_is_paid_back_stays_above_nothing(run: Results, judged: Verdict) -> None:
    table = money.tabulate_finance(run, judged).set_index("slug")
    capital = ["net", "cash_balance", "equity_raise", "paid_to_owners"]
    for slug, row in table.iterrows():
        cash = run.table("cash").query("view == 'financed'")
        cash = cash[(cash["strategy"] == slug) & ~cash["line"].isin(capital)]
        path = cash.groupby("quarter")["mean"].sum().cumsum()
        assert row["need"] == pytest.approx(max(-path.min(), 0.0))
        assert np.isnan(row["need_years"]) == (row["need"] == 0)  # nothing is needed at no time
        if not np.isnan(row["payback"]):
            year = int(row["payback"])
            assert (path[4 * year :] >= 0).all() and ((path[max(4 * year - 5, 0) :] < 0).any() or year == 1)


def test_the_money_of_a_strategy_is_what_the_headline_says(run: Results, judged: Verdict) -> None:
    table, head = money.tabulate_money(run, judged), run.table("headline").query("party == 'company'")
    value = head.set_index(["strategy", "view", "metric"])["value"]
    first = table.iloc[0]
    assert first["slug"] == judged.signing.slug and first["pretax"] == value[first["slug"], "pretax", "npv_mean"]
    assert list(table["constraint"]) == pytest.approx(list(table["planned"] - table["financed"]))
    assert (table["ended_late"] >= table["ended_early"]).all() and (table["forced_late"] <= table["ended_late"]).all()
