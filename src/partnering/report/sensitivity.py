"""What would change the answer: tables of a run's answers as pages read them."""

import pandas as pd

from partnering.analysis.store import Answers
from partnering.report.style import amount, level, strategy_phrases
from partnering.results.statistics import Z90
from partnering.results.stored import Results
from partnering.results.verdict import leaves

PAIR = "-"
"""In the name of a difference between two strategies."""

UNITS = {"musd": ", $ million", "musd_per_year": ", $ million a year", "years": ", years", "per_year": " (number)"}
"""What is added to the name of an input whose levels stand bare."""

OTHER_RIVAL = " †"
"""Marks an end at which another rival than in the base case is nearest."""


def tabulate_tornado(answers: Answers, results: Results) -> pd.DataFrame:
    """Return what each input's range does to the lead of signing, the widest first, with both ends as text.

    `low_other` and `high_other` name the rival nearest at an end, where it is another one than in the base case.
    """
    table, phrases = answers.table("tornado"), strategy_phrases(results.manifest)
    rows = table[table["strategy"].str.contains(PAIR)].copy()
    for end in ("low", "high"):
        ends = list(zip(rows[f"{end}_input"], rows["unit"], strict=True))
        other = rows[f"{end}_rival"] != rows["strategy"].str.split(PAIR).str[1]
        rows[f"{end}_other"] = rows[f"{end}_rival"].map(phrases).where(other, "")
        rows[f"{end}_text"] = [level(*at) for at in ends] + (" over " + rows[f"{end}_other"]).where(other, "")
        rows[f"{end}_bare"] = [level(*at, True) for at in ends] + other.map({True: OTHER_RIVAL, False: ""})
    rows["status"] = leaves(results).loc[rows["input"], "status"].to_numpy()
    order = rows["swing"].abs().sort_values(ascending=False, kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def tabulate_breakeven(answers: Answers, results: Results) -> pd.DataFrame:
    """Return, by input, where the answer is reversed or how little of the lead is left at worst; those first."""
    table = answers.table("breakeven").sort_values("least_lead", kind="stable", ignore_index=True)
    table["over"] = table["rival"].map(strategy_phrases(results.manifest))
    table["name"] = table["label"] + table["unit"].map(UNITS).fillna("")
    rows = list(table.itertuples())
    return table.assign(
        limits=[f"{amount(row.least_lead_low)} to {amount(row.least_lead_high)}" for row in rows],
        range=[f"{_bare(row.low_input, row.unit)} to {_bare(row.high_input, row.unit)}" for row in rows],
        worst_at=[_bare(row.least_at, row.unit) for row in rows],
        turns_at=[_turn(row.value, row.value_low, row.value_high, row.beyond, row.unit) for row in rows],
    )


def _bare(value: float, unit: str) -> str:
    """Return the level of an input, without its unit where its name says it."""
    return level(value, unit, unit in UNITS)


def _turn(value: float, low: float, high: float, beyond: float, unit: str) -> str:
    """Return where an input reverses the answer, with its limits; beyond its range, or nowhere."""
    if pd.notna(value):
        return f"{_bare(value, unit)} ({_bare(low, unit)} to {_bare(high, unit)})"
    return "nowhere" if pd.isna(beyond) else f"beyond it, at {_bare(beyond, unit)}"


def find_closest(inputs: pd.DataFrame, turns: pd.DataFrame, trails: bool) -> pd.Series:
    """Return where a single input comes closest to reversing the answer: its label, unit and place, the lead there.

    `trails`: the answer is not to sign, so what comes closest is the largest lead.
    """
    places = ((inputs, "low_input", "at_low"), (inputs, "high_input", "at_high"), (turns, "least_at", "least_lead"))
    names = ["label", "unit", "place", "lead"]
    points = [table[[*names[:2], at, lead]].set_axis(names, axis="columns") for table, at, lead in places]
    found = pd.concat(points, ignore_index=True)
    return found.loc[found["lead"].idxmax() if trails else found["lead"].idxmin()]


def find_reversed(maps: pd.DataFrame, trails: bool) -> pd.DataFrame:
    """Return the points at which two inputs reverse the answer by more than the sampling error, the nearest first."""
    found = maps[(maps["lead"] > 0 if trails else maps["lead"] < 0) & ~maps["close"]]
    return found.sort_values("lead", key=abs, kind="stable")


def tabulate_maps(answers: Answers, results: Results) -> pd.DataFrame:
    """Return the points of all decision maps, with labels and units of their inputs and the rival nearest there."""
    table, inputs = answers.table("maps"), leaves(results)
    for side in ("x", "y"):
        for about in ("label", "unit"):
            table[f"{side}_{about}"] = inputs.loc[table[f"{side}_input"], about].to_numpy()
    over = table["rival"].map(strategy_phrases(results.manifest))
    return table.assign(over=over, close=table["lead"].abs() <= Z90 * table["lead_se"])


def with_boundary(maps: pd.DataFrame) -> pd.DataFrame:
    """Return the points of those maps on which signing leads at some points and trails at others, beyond the error."""
    sides = maps["lead"].where(~maps["close"], 0.0).groupby(maps["map"], sort=False)
    return maps[(sides.transform("min") < 0) & (sides.transform("max") > 0)]
