"""Tables of the company's money: values in the three views, survival, sources and uses, one future by hand."""

import numpy as np
import pandas as pd

from partnering.analysis.rates import mean_cash
from partnering.clock import QUARTERS, discount, mid_years, start_years
from partnering.inputs.lines import LEDGER, LINE
from partnering.report.views import in_view
from partnering.results.schema import FINANCED, PLANNED, PRETAX
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict, leaf

EARLY, LATE = 5, 10
"""Years by which survival is told."""

FISCAL_YEARS = 10
OPENING, CLOSING = "Opening cash", "Closing cash"
MONTHS, DAYS = 12, 365.25
"""In a year."""


MEASURES = {
    "pretax": ("npv_mean", PRETAX),
    "planned": ("npv_mean", PLANNED),
    "financed": ("npv_mean", FINANCED),
    "constraint": ("constraint_mean", FINANCED),
    "runway": ("runway_p10_years", FINANCED),
    "ended": ("winddown_p10_years", FINANCED),
    "raised": ("raised_musd", FINANCED),
    "dilution": ("dilution", FINANCED),
    "per_share": ("value_per_share", FINANCED),
}
"""By column: the metric of the headline and its view."""

COMMITTED = tuple(line.name for line in LEDGER if line.committed)
"""Lines that a deal commits to on the day it is signed."""

STATEMENT = tuple(dict.fromkeys(line.statement for line in LEDGER))
"""Sources and uses of cash, in the order of the books."""


def tabulate_money(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return one row per strategy, signing first: the views, the bad tenth, survival, what it costs today's owners.

    Years are missing where they lie beyond the horizon.
    """
    table, horizon = Headline(results), leaf(results, "valuation.horizon_years")
    over = in_view(results, "survival").set_index(["strategy", "year"])
    rows = []
    for option in (verdict.signing, verdict.nearest, *verdict.others):
        row = {name: table.estimate(option.slug, metric, view=v).value for name, (metric, v) in MEASURES.items()}
        row |= {name: np.nan for name in ("runway", "ended") if row[name] >= horizon}
        row["constraint_high"] = table.estimate(option.slug, "constraint_mean").high or 0.0
        for name, year in (("early", EARLY), ("late", LATE)):
            forced, chosen = over.loc[(option.slug, year), ["p_winddown", "p_exit"]]
            row |= {f"ended_{name}": forced + chosen, f"forced_{name}": forced}
        rows.append({"slug": option.slug, "strategy": option.title, "phrase": option.phrase, **row})
    return pd.DataFrame(rows)


def fiscal_year(quarter: pd.Series, day: str, last_month: int) -> pd.Series:
    """Return the fiscal year of quarters since a day, by the date of their middle."""
    middle = pd.Timestamp(day) + pd.to_timedelta(mid_years(quarter) * DAYS, unit="D")
    months = pd.Series(middle.year * MONTHS + middle.month - 1 + MONTHS - last_month, index=quarter.index)
    return months // MONTHS


def tabulate_sources_uses(
    results: Results, verdict: Verdict, strategy: str, years: int | None = FISCAL_YEARS
) -> pd.DataFrame:
    """Return mean cash of one strategy as financed by source or use and fiscal year, from opening to closing cash.

    All fiscal years where none is said.
    """
    cash = in_view(results, "cash").query("strategy == @strategy and party == 'company'")
    lines = cash[~cash["line"].isin(["net", "cash_balance"])]
    year = fiscal_year(lines["quarter"], verdict.date, int(leaf(results, "company.fiscal_year_end_month")))
    group = [LINE[name].statement for name in lines["line"]]
    wide = lines.assign(group=group, year=year).pivot_table("mean", "group", "year", "sum", fill_value=0.0)
    wide = wide.reindex([group for group in STATEMENT if group in wide.index])
    closing = leaf(results, "company.opening_cash_musd") + wide.sum().cumsum()
    opening = closing - wide.sum()
    rows = {OPENING: opening, **dict(wide.iterrows()), CLOSING: closing}
    shown = pd.DataFrame(rows).T.iloc[:, :years]
    shown.columns = shown.columns.astype(str)
    return shown.reset_index(names="$ million")


def tabulate_finance(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return, by strategy, what is guaranteed, when the mean cash is paid back for good, and the peak need.

    Guaranteed is what the deal commits to on the day, at the common rate: upfront and research funding less the cost of
    the research done for it, as if the company is there to do it.
    """
    cash = results.table("cash").query("party == 'company' and view == @PRETAX")
    rate, rows = leaf(results, "valuation.discount_rate"), []
    promised = cash[cash["line"].isin([*COMMITTED, "research_cost"])]
    at_start = [LINE[name].start for name in promised["line"]]
    years = np.where(at_start, start_years(promised["quarter"]), mid_years(promised["quarter"]))
    present = (promised["mean"] * discount(years, rate)).groupby(promised["strategy"]).sum()
    for option in (verdict.signing, verdict.nearest, *verdict.others):
        flows = mean_cash(results, option.slug)
        path = np.cumsum(flows.start + flows.mid)
        below = np.flatnonzero(path < 0)
        first = (int(below[-1]) + 1 if len(below) else 0) / QUARTERS
        paid = None if len(below) and below[-1] == len(path) - 1 else np.floor(first) + 1
        need = float(-min(path.min(), 0.0)), float(start_years(path.argmin() + 1)) if path.min() < 0 else np.nan
        rows.append((option.slug, option.title, present.get(option.slug, 0.0), paid, *need))
    return pd.DataFrame(rows, columns=["slug", "strategy", "guaranteed", "payback", "need", "need_years"])


def table_file(scenario: str, table: str) -> str:
    """Return where all of a table is, from a page of the report."""
    return f"tables/{scenario}/{table}.csv"
