"""Means with what chance explains taken out, as a meeting sees them: beside the plain ones."""

import pandas as pd

from partnering.inquiry.controls import lead_over
from partnering.report.style import Columns, money, percent
from partnering.results.verdict import Verdict

NOTE = (
    "A second reading of the same futures. From each is taken what chance explains, by slopes fitted on the other half "
    "of them: the stages its candidates passed and the sales of those approved, less what was to be expected, and "
    "where its uncertain inputs lie. Each of these has a mean of exactly zero, so that the mean "
    "remains what it was meant to be and is known better, with nothing simulated again. Headlines are the plain means."
)
MOVED = "What chance does to all strategies alike moves no lead. Beyond its limits, as one time in ten, it moved:"

STEADIED: Columns = {
    "figure": ("After tax and as financed, $ million", None),
    "plain_musd": ("Plain mean", "{:.1f}"),
    "plain_limits_musd": ("90 % limits", "± {:.1f}"),
    "steady_musd": ("Chance taken out", "{:.1f}"),
    "steady_limits_musd": ("90 % limits of it", "± {:.1f}"),
    "left": ("Variance left", percent),
    "worth_paths": ("As good as paths", "{:,.0f}"),
}


def say_steady(table: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding: how closely the lead and the value if signed are known without what chance explains."""
    rows = table.set_index("figure")
    lead, signing = rows.loc[lead_over(verdict.alone.phrase)], rows.loc[verdict.signing.title]
    if min(lead["left"], signing["left"]) >= 1:
        return "Taking out what chance explains of the futures makes no mean better known than it is"
    return (
        f"With what chance explains taken out the lead is known to within {_limits(lead)}, "
        f"the value if signed to within {_limits(signing)}"
    )


def say_note(table: pd.DataFrame) -> str:
    """Return how it is done, and which means chance has moved further than their limits say."""
    moved = table[(table["plain_musd"] - table["steady_musd"]).abs() > table["plain_limits_musd"]]["figure"]
    return NOTE if moved.empty else f"{NOTE} {MOVED} {'; '.join(moved)}."


def _limits(row: pd.Series) -> str:
    """Return how closely a mean is known, and how closely the plain one."""
    return f"{money(row['steady_limits_musd'])} instead of {money(row['plain_limits_musd'])}"
