"""Tables of the brief: what is longer than a cell of its notebook, or has a test."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from partnering.analysis.negotiation import Bargain
from partnering.clock import QUARTERS
from partnering.inputs import Scenario
from partnering.inputs.load import BASE
from partnering.report.scenarios import FAMILIES
from partnering.report.sensitivity import UNITS
from partnering.report.style import NBSP
from partnering.results.schema import PERCENTILES, VIEW
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Option, Verdict, leaf

MOST_INPUTS = 8
"""Inputs of a chart or a table; all of them are in its data."""


def widest(inputs: pd.DataFrame) -> pd.DataFrame:
    """Return the inputs that move the lead most, each with its name and unit; * an assumption."""
    top = inputs.head(MOST_INPUTS)
    marks = np.where(top["status"] == "assumption", f"{NBSP}*", "")
    return top.assign(name=top["label"] + top["unit"].map(UNITS).fillna("") + marks)


def tabulate_cash(results: Results, options: Sequence[Option], years: int) -> pd.DataFrame:
    """Return, by quarter, percentiles of the cash of companies still there, as financed: a sample of futures."""
    opening, frames = leaf(results, "company.opening_cash_musd"), []
    ends = np.arange(1, QUARTERS * years + 1) / QUARTERS
    for option in options:
        flows = results.paths[f"cash.{VIEW}.{option.slug}.company"][:, : len(ends)]
        ended = results.paths[f"company.{VIEW}.{option.slug}.ended_years"][: len(flows)]
        there = ended[:, None] > ends
        cash = np.where(there, opening + np.cumsum(flows, axis=1), np.nan)[:, there.any(axis=0)]
        bands = np.nanpercentile(cash, PERCENTILES, axis=0)
        frame = pd.DataFrame(bands.T, columns=[f"p{p}" for p in PERCENTILES])
        frames.append(frame.assign(strategy=option.slug, years=ends[: len(frame)]))
    return pd.concat(frames, ignore_index=True)


def sort_into_families(scenarios: pd.DataFrame, chosen: Sequence[Scenario]) -> pd.DataFrame:
    """Return the scenarios that change something, family by family; one whose file says none is of the last."""
    found = [None if scenario.name == BASE else scenario.family or [*FAMILIES][-1] for scenario in chosen]
    order = pd.Categorical(found, list(FAMILIES))
    return scenarios.assign(family=order).dropna(subset=["family"]).sort_values("family", kind="stable")


def as_upfront(deals: pd.DataFrame, found: Bargain, upfront: float, walk_away: float) -> pd.DataFrame:
    """Return the other deals both would sign, with the upfront at which this one is worth as much: least and most."""
    others = deals.iloc[1:].query("verdict == 'yes'")
    worth = [upfront + found.gains.transfer_for(value - walk_away) for value in others["financed"]]
    others = others.assign(upfront=worth).sort_values("upfront")
    return others.iloc[[0, -1]] if len(others) > 1 else others


def best_ask(deals: pd.DataFrame) -> pd.DataFrame:
    """Return the other deal that is worth most to the company, of those both would sign and that beat this one."""
    better = deals[(deals["verdict"] == "yes") & (deals["financed"] > deals["financed"].iloc[0])]
    return better.nlargest(1, "financed")


def chance_of_two(results: Results, verdict: Verdict) -> dict[str, float]:
    """Return the chance of at least two products that return, by strategy."""
    table = Headline(results)
    options = verdict.signing, verdict.nearest, *verdict.others
    return {option.slug: table.estimate(option.slug, "p_returning_2").value for option in options}
