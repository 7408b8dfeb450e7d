"""Sanity bands: the ranges the base case is expected to fall in, each with its verdict."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from partnering.analysis.rates import large_firm_return
from partnering.inputs.files import Band
from partnering.results.schema import ALL, PRETAX
from partnering.results.stored import Results
from partnering.results.verdict import judge, leaf, leaves

CHAIN = ("phase_1", "phase_2", "phase_3", "review")


def tabulate_bands(results: Results, bands: Mapping[str, Band], plain: Results | None = None) -> pd.DataFrame:
    """Return each band with the measured value and whether it lies inside.

    `plain` is a run in which nobody stops for commercial reasons, as where the bands come from; measured beside it.
    """
    rows = []
    for band in bands.values():
        values = [measure(run, band.measure) if run else None for run in (results, plain)]
        inside = ["inside" if v is not None and band.low <= v <= band.high else "outside" for v in values]
        rows.append((band.label, values[0], band.low, band.high, band.unit, inside[0], values[1], inside[1]))
    return pd.DataFrame(rows, columns=["band", "value", "low", "high", "unit", "verdict", "plain", "plain_verdict"])


def measure(results: Results, name: str) -> float | None:
    """Return a measure of a run by its name; None if the run does not have it. Raises ValueError if nobody does."""
    kind, *rest = name.split(".")
    if kind == "headline":
        return _headline(results, *rest)
    if kind == "counts":
        return _per_year(results, *rest)
    if kind == "chain":
        return float(np.prod([leaf(results, f"success.{stage}_prob") for stage in CHAIN]))
    if kind == "large_firm_excess_return":
        found = large_firm_return(results, judge(results), deal_paid=rest == ["deal_paid"])
        return None if found is None else found - float(leaves(results).loc["valuation.discount_rate", "value"])
    raise ValueError(f"bands.yaml: measure {name} is not known")


def _headline(results: Results, strategy: str, party: str, metric: str) -> float | None:
    table = results.table("headline")
    chosen = (table["strategy"] == strategy) & (table["party"] == party)
    chosen &= (table["metric"] == metric) & (table["view"] == PRETAX)
    return float(table.loc[chosen, "value"].iloc[0]) if chosen.any() else None


def _per_year(results: Results, strategy: str, event: str) -> float | None:
    table = results.table("counts")
    chosen = (table["strategy"] == strategy) & (table["origin"] == ALL) & (table["event"] == event)
    return float(table.loc[chosen, "mean"].iloc[0]) / leaf(results, "claim.early_years") if chosen.any() else None
