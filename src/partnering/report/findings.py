"""The finding of every figure and table, as its caption says it, and the notes below them."""

import pandas as pd

from partnering.report.style import lowered, money

OPTIONS_NOTE = (
    "The same futures with and without each option, as financed and after tax. Extension: against a partner that never "
    "extends. Co-promotion: against none, at the assumed share and refund. Stopping: against a world in which "
    "everybody goes on after every success, licensees included, so it can cost a company that licenses."
)


ALTERNATIVES_NOTE = (
    "Value to the company as financed and after tax, cash on the day not counted; the lead is on the same futures. An "
    "alternative without a value says why it has none."
)


def alt_of(kind: str, finding: str) -> str:
    """Return the text alternative of a figure: what it shows, and its finding with the numbers."""
    return f"{kind} {finding}."


def say_alternatives(considered: pd.DataFrame) -> str:
    """Return the finding of the table of alternatives."""
    valued = considered.dropna(subset=["value"])
    best = valued.loc[valued["value"].idxmax()]
    return (
        f"Of {len(considered)} alternatives considered {len(valued)} have a value of their own; the highest is "
        f"{money(best['value'])}: {lowered(best['considered'])}"
    )
