"""Means with what chance explains taken out, as a meeting sees them: beside the plain ones."""

import pandas as pd

from partnering.inquiry.controls import lead_over
from partnering.report.style import Columns, money, percent
from partnering.results.verdict import Verdict

NOTE = (
    "A second reading of the same futures. From each is taken what chance explains, by slopes fitted on the other half "
    "of them: the stages its candidates passed and the sales of those approved, less what was to be expected; "
    "how many leads came; where its uncertain inputs lie. Each of these has a mean of exactly zero, so that the mean "
    "remains what it was meant to be and is known better, with nothing simulated again. Headlines are the plain means."
)
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
    """Return the finding: the lead with what chance explains taken out, beside the plain one."""
    rows = table.set_index("figure")
    lead = rows.loc[lead_over(verdict.alone.phrase)]
    if rows["left"].min() >= 1:
        return "Taking out what chance explains of the futures makes no mean better known than it is"
    least, most = rows["left"].min(), rows["left"].max()
    return (
        f"With what chance explains taken out the lead is {_within(lead, 'steady')}, plain {_within(lead, 'plain')}: "
        f"from {percent(least)} to {percent(most)} of a figure's variance is left"
    )


def _within(row: pd.Series, kind: str) -> str:
    """Return a mean with its limits."""
    return f"{money(row[f'{kind}_musd'])} ± {row[f'{kind}_limits_musd']:.1f}"
