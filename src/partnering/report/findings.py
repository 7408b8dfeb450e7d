"""The finding of every figure and table, as its caption says it, and the notes below them."""

import pandas as pd

from partnering.report.style import level, listed, lowered, money

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


def alt_of(kind: str, finding: str) -> str:
    """Return the text alternative of a figure: what it shows, and its finding with the numbers."""
    return f"{kind} {finding}."


def say_identities(checks: pd.DataFrame) -> str:
    """Return the finding of the identities table."""
    held = int((checks["passed"] == "holds").sum())
    return f"{held} of {len(checks)} identities hold"
