"""What would change our mind: tables of a run's answers as a meeting sees them, and the figures drawn from them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from partnering.analysis.risk import regret
from partnering.analysis.store import Answers
from partnering.report.figures import Titles
from partnering.report.style import Columns, amount, level, money, strategy_phrases
from partnering.results.schema import VIEW
from partnering.results.statistics import Z90
from partnering.results.stored import Results
from partnering.results.verdict import Headline, leaves

PAIR = "-"
"""In the name of a difference between two strategies."""

SHOWN = 12
"""Inputs a tornado shows, and rows of a table of inputs; all of them are in its data."""

UNITS = {"musd": ", $ million", "musd_per_year": ", $ million a year", "years": ", years", "per_year": " (number)"}
"""What is added to the name of an input whose levels stand bare."""


OTHER_RIVAL = " †"
"""Marks an end at which another rival than in the base case is nearest."""


def tabulate_tornado(answers: Answers, results: Results) -> pd.DataFrame:
    """Return what each input's range does to the lead of signing, the widest first, with both ends as text."""
    table = answers.table("tornado")
    rows = table[table["strategy"].str.contains(PAIR)].copy()
    for end in ("low", "high"):
        rows[f"{end}_text"] = [level(v, unit) for v, unit in zip(rows[f"{end}_input"], rows["unit"], strict=True)]
        rows[f"{end}_bare"] = [level(v, unit, True) for v, unit in zip(rows[f"{end}_input"], rows["unit"], strict=True)]
        other = rows[f"{end}_rival"] != rows["strategy"].str.split(PAIR).str[1]
        whom = " over " + rows[f"{end}_rival"].map(strategy_phrases(results.manifest))
        rows[f"{end}_text"] += whom.where(other, "")
        rows[f"{end}_bare"] += other.map({True: OTHER_RIVAL, False: ""})
    rows["status"] = leaves(results).loc[rows["input"], "status"].to_numpy()
    order = rows["swing"].abs().sort_values(ascending=False, kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def tabulate_breakeven(answers: Answers) -> pd.DataFrame:
    """Return, by input, where signing stops leading or how little of its lead is left at worst; those first."""
    table = answers.table("breakeven").sort_values("least_lead", kind="stable")
    units = list(table["unit"])
    table["turns_at"] = [_turn(*row) for row in zip(*(table[c] for c in TURN), strict=True)]
    table["range"] = [
        f"{level(low, unit)} to {level(high, unit)}"
        for low, high, unit in zip(table["low_input"], table["high_input"], units, strict=True)
    ]
    table["worst_at"] = [level(at, unit) for at, unit in zip(table["least_at"], units, strict=True)]
    table["limits"] = [
        f"{amount(low)} to {amount(high)}"
        for low, high in zip(table["least_lead_low"], table["least_lead_high"], strict=True)
    ]
    return table.reset_index(drop=True)


def foremost(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first rows of a long table; all of it is in the tables of the run."""
    return table.head(SHOWN)


TURN = ("value", "value_low", "value_high", "unit", "verdict", "beyond")


def _turn(value: float, low: float, high: float, unit: str, verdict: str, beyond: float) -> str:
    if pd.isna(value):
        return verdict if pd.isna(beyond) else f"{verdict}, at {level(beyond, unit)}"
    return f"{level(value, unit)} ({level(low, unit)} to {level(high, unit)})"


def with_boundary(maps: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the maps on which signing leads at some points and trails at others."""
    return [part for part in maps if part["lead"].min() < 0 < part["lead"].max()]


def all_maps(answers: Answers, results: Results) -> list[pd.DataFrame]:
    """Return the points of every decision map, in order."""
    return [map_of(answers, results, title) for title in answers.table("maps")["map"].unique()]


def map_of(answers: Answers, results: Results, title: str) -> pd.DataFrame:
    """Return the points of one decision map, with the labels and units of its inputs."""
    table, inputs = answers.table("maps"), leaves(results)
    part = table[table["map"] == title].reset_index(drop=True)
    for side in ("x", "y"):
        for about in ("label", "unit"):
            part[f"{side}_{about}"] = inputs.loc[part[f"{side}_input"], about].to_numpy()
    return part.assign(close=part["lead"].abs() <= Z90 * part["lead_se"])


def tabulate_information(answers: Answers, kind: str) -> pd.DataFrame:
    """Return what knowing is worth, of a kind, the most first; estimates that are noise say so."""
    rows = answers.table("information").query("kind == @kind").sort_values("value", ascending=False, kind="stable")
    worth = [
        money(row.value) if row.distinct else "too small to tell from zero" for row in rows.itertuples(index=False)
    ]
    return rows.assign(worth=worth, pays=rows["value"] - rows["cost_musd"]).reset_index(drop=True)


def tabulate_regret(runs: list[Results]) -> pd.DataFrame:
    """Return what each strategy misses in each scenario against the best there, the largest at the bottom.

    Strategies that not every scenario has are left out.
    """
    slugs = [s for s in runs[0].manifest["strategies"] if all(s in run.manifest["strategies"] for run in runs)]
    values = np.array([[Headline(run).estimate(slug, "npv_mean", view=VIEW).value for slug in slugs] for run in runs])
    missed = regret(values)
    table = pd.DataFrame(np.vstack([missed, missed.max(axis=0)]), columns=slugs)
    return table.assign(scenario=[*(run.manifest["title"] for run in runs), "Largest regret"])


def regret_columns(titles: Titles) -> Columns:
    """Return how the regret table is shown."""
    return {"scenario": ("Scenario", None), **{slug: (f"{t}, $ million", amount) for slug, t in titles.items()}}


BREAKEVEN: Columns = {
    "label": ("Input", None),
    "range": ("Range", None),
    "turns_at": ("Signing stops leading at", None),
    "least_lead": ("Least lead, $ million", amount),
    "limits": ("90 % limits", None),
    "worst_at": ("there", None),
}
STUDIES: Columns = {
    "title": ("To know", None),
    "worth": ("Is worth at most", None),
    "se": ("Standard error", amount),
    "floor": ("Noise up to, $ million", amount),
    "cost_musd": ("Costs, $ million", amount),
    "months": ("Months", "{:,.0f}"),
}
