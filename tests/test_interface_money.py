"""The tables of the company's money in a run made through the command."""

from itertools import groupby
from pathlib import Path

import pytest
from helpers import load
from interface import FAMILIES, STRATEGIES, rows


def test_survival_never_returns_and_ends_where_the_headline_says(folder: Path) -> None:
    headline = {tuple(row.values())[:4]: float(row["value"]) for row in rows(folder / "headline.csv")}
    years = list(range(1, int(load()["valuation.horizon_years"]) + 1))
    for (slug, view), group in groupby(rows(folder / "survival.csv"), key=lambda row: (row["strategy"], row["view"])):
        table = list(group)
        assert [int(row["year"]) for row in table] == years
        for name in ("p_winddown", "p_exit", "p_cash_out"):
            course = [float(row[name]) for row in table]
            assert course[0] >= 0 and course == sorted(course) and course[-1] <= 1
            assert name == "p_cash_out" or course[-1] == headline[slug, "company", view, name]


MONEY = {"receipts", "paid_out", "raised", "issue_fee", "stage_fees", "stages", "contract_research", "own_research"}
MONEY |= {"base_burn", "products", "sold", "tax", "unpaid"}
GIVEN_UP = {"wind_up"}  # what it costs, told only of a strategy that gives up
TOLD = {"opening_cash", "going_on", "winding_down", "need", "market_value", "new_shares", "paused", "closing_cash"}
"""Sub-steps of a quarter: those that move cash, and those that only say something."""


def test_quarters_carry_cash_from_one_to_the_next(folder: Path) -> None:
    def place(row: dict[str, str]) -> tuple[int, int, int]:
        return STRATEGIES.index(row["strategy"]), int(row["path"]), int(row["quarter"])

    cash: dict[tuple[int, int], float] = {}
    changed, giving_up = 0.0, {STRATEGIES.index(slug) for slug in FAMILIES["give_up"]}
    for (slug, path, quarter), group in groupby(rows(folder / "quarters.csv"), key=place):
        steps = {row["step"]: float(row["amount"]) for row in group}
        assert steps.keys() == MONEY | TOLD | (GIVEN_UP if slug in giving_up else set())
        before = cash.get((slug, path), load()["company.opening_cash_musd"])
        assert steps["opening_cash"] == pytest.approx(before, abs=1e-9) and ((slug, path) in cash) == (quarter > 0)
        moved = sum(steps[name] for name in steps.keys() - TOLD)
        cash[slug, path], changed = steps["closing_cash"], changed + abs(moved)
        assert steps["closing_cash"] == pytest.approx(before + moved, abs=1e-9), (slug, path, quarter)
    assert len(cash) == len(STRATEGIES) * 5 and changed > 0


def test_a_company_that_winds_up_is_told_of_until_its_owners_have_the_rest(folder: Path) -> None:
    """It sells and pays to end on the day, and settles with the tax office and its owners in the fourth quarter."""
    table = [row for row in rows(folder / "quarters.csv") if row["strategy"] == "wind_up"]
    amount = {(row["path"], int(row["quarter"]), row["step"]): float(row["amount"]) for row in table}
    for path in {row["path"] for row in table}:
        assert [q for (p, q, step) in amount if (p, step) == (path, "closing_cash")] == [0, 1, 2, 3]
        assert amount[path, 0, "sold"] > 0 > amount[path, 0, "wind_up"]
        assert amount[path, 1, "closing_cash"] == amount[path, 2, "closing_cash"] == -amount[path, 3, "paid_out"] > 0
