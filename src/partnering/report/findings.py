"""The finding of every figure and table, as its caption says it, and the notes below them."""

import pandas as pd

from partnering.report.style import count, level, listed, lowered, money, times
from partnering.results.verdict import Claim

OPTIONS_NOTE = (
    "The same futures with and without each option, as financed and after tax. Extension: against a partner that never "
    "extends. Co-promotion: against none, at the assumed share and refund. Stopping: against a world in which "
    "everybody goes on after every success, licensees included, so it can cost a company that licenses."
)


ALTERNATIVES_NOTE = (
    "Value to the company as financed and after tax, cash on the day not counted; the lead is on the same futures. An "
    "alternative without a value says why it has none."
)


BAND_NOTE = (
    "Values are those of the programme, planned and before tax. A missed band does not stop a run: it says where the "
    "model departs from what was expected of it. The early candidates come found, so research alone understates what "
    "the partner's leads cost."
)


def say_convergence(convergence: pd.DataFrame) -> str:
    """Return the finding of the convergence table."""
    last = convergence.iloc[-1]
    error = money(last["error_musd"])
    return f"With {int(last['paths']):,} paths the expected lead is known to within {error} (one standard error)"


def say_bands(bands: pd.DataFrame) -> str:
    """Return which sanity bands the run misses."""
    outside = list(bands[bands["verdict"] == "outside"].itertuples())
    if not outside:
        return f"All {len(bands)} sanity bands are met"
    missed = "is missed" if len(outside) == 1 else "are missed"
    ends = [[level(at, row.unit) for at in (row.value, row.low, row.high)] for row in outside]
    told = zip(outside, ends, strict=True)
    names = listed(f"{lowered(row.band)} ({at[0]}, not {at[1]} to {at[2]})" for row, at in told)
    plain = int((bands["plain_verdict"] == "outside").sum())
    drawn = f"; where nobody stops for commercial reasons, as the bands were drawn up, {plain} of {len(bands)}"
    without = drawn if bands["plain"].notna().any() else ""
    return f"{len(outside)} of {len(bands)} sanity bands {missed}: {names}{without}"


def say_products(claims: list[Claim]) -> str:
    """Return the finding of the products figure."""
    claim = next(c for c in claims if c.reading == "returning")
    return (
        f"Signing brings {count(claim.signing)} products that provide a return against {count(claim.alone)} by the "
        f"plan alone with most of them, {times(claim.ratio.value)} as many"
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


def say_identities(checks: pd.DataFrame) -> str:
    """Return the finding of the identities table."""
    held = int((checks["passed"] == "holds").sum())
    return f"{held} of {len(checks)} identities hold"
