"""Sanity bands: the ranges the base case is expected to fall in, each with its verdict."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from partnering.analysis.rates import large_firm_return
from partnering.clock import QUARTERS
from partnering.inputs.files import Band
from partnering.inputs.lines import LEDGER
from partnering.results.schema import ALL, PLANNED, PRETAX, VIEW
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
        found = large_firm_return(results, judge(results).signing.slug, deal_paid=rest == ["deal_paid"])
        return None if found is None else found - float(leaves(results).loc["valuation.discount_rate", "value"])
    if kind == "claim":
        return _claimed(results, *rest)
    if kind == "whole":
        return _whole(results, rest[0])
    if kind == "best_without":
        return judge(results).nearest.value.value
    if kind == "first_year_use":
        return _first_year_use(results)
    raise ValueError(f"bands.yaml: measure {name} is not known")


def _headline(results: Results, strategy: str, party: str, metric: str) -> float | None:
    table = results.table("headline")
    chosen = (table["strategy"] == strategy) & (table["party"] == party)
    chosen &= (table["metric"] == metric) & (table["view"] == PRETAX)
    return float(table.loc[chosen, "value"].iloc[0]) if chosen.any() else None


def _claimed(results: Results, side: str, reading: str) -> float:
    table = results.table("claim")
    return float(table.loc[(table["view"] == PLANNED) & (table["reading"] == reading), side].iloc[0])


def _whole(results: Results, which: str) -> float | None:
    """Return opening cash and value as financed of signing, or of the best way of going alone."""
    verdict, cash = judge(results), leaf(results, "company.opening_cash_musd")
    if which == "signing":
        return cash + verdict.signing.value.value
    rival = verdict.over("alone")
    return None if rival is None else cash + rival.option.value.value


def _first_year_use(results: Results) -> float | None:
    """Return the cash that the best way of going alone uses in its first year, as financed, but for its capital."""
    rival = judge(results).over("alone")
    if rival is None:
        return None
    cash = results.table("cash")
    mine = (cash["strategy"] == rival.option.slug) & (cash["party"] == "company") & (cash["view"] == VIEW)
    mine &= (cash["quarter"] < QUARTERS) & ~cash["line"].isin(["net", "cash_balance", *CAPITAL])
    return -float(cash.loc[mine, "mean"].sum())


CAPITAL = tuple(line.name for line in LEDGER if line.part == "capital")


def _per_year(results: Results, strategy: str, event: str) -> float | None:
    table = results.table("counts")
    chosen = (table["strategy"] == strategy) & (table["origin"] == ALL) & (table["event"] == event)
    return float(table.loc[chosen, "mean"].iloc[0]) / leaf(results, "claim.early_years") if chosen.any() else None
