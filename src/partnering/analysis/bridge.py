"""The bridge from the best alternative to signing, one factor at a time, forwards and backwards."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.asked import Inquiry
from partnering.analysis.what_if import Change
from partnering.inputs.scenario import Scenario
from partnering.results.statistics import standard_error

BRIDGE = ["step", "value", "se", "backwards", "backwards_se", "unit"]

NO_RESEARCH: Change = {
    "deal.research_total_musd": 0.0,
    "deal.research_schedule_musd": (),
    "deal.extension_count": 0,
    "deal.extension_decision_years": (),
    "deal.extension_alive_needed": (),
}
"""A deal that funds no research."""

ALL_ELSE = "All else that signing brings"


def factors_of(scenario: Scenario, signing: str, alone: str) -> dict[str, Change]:
    """Return what signing differs in from an alternative, each factor with the leaves that undo it."""

    def as_alone(*parts: str) -> Change:
        """Return the change that gives signing these parts of the way alone."""
        return {f"strategies.{signing}.{part}": scenario[f"strategies.{alone}.{part}"] for part in parts}

    return {
        "The early candidates handed over": as_alone("inherited_routes"),
        "Research funded, its leads handed over": NO_RESEARCH,
        "The upfront": upfront_of(scenario, 0.0),
        "The route of later own leads": as_alone("own_lead_route", "exit_stage"),
    }


def upfront_of(scenario: Scenario, amount: float) -> Change:
    """Return the leaves of another upfront that moves nothing else: what extensions pay is the rest of the ceiling."""
    moved = amount - scenario["deal.upfront_musd"]
    ceiling = "deal.committed_ceiling_musd"
    return {"deal.upfront_musd": amount, ceiling: scenario[ceiling] + moved}


def bridge(inquiry: Inquiry, paths: int) -> pd.DataFrame:
    """Return what each factor adds on the way from the best alternative to signing.

    Forwards the factors come one after the other, backwards in the opposite order: what differs is the effect of the
    order. What no factor undoes (shares bought, another discount rate) is a step of its own, if there is any. Values
    are those of the full run, of which the steps explain all: each takes its share of the sampling error.
    """
    slugs, alone = inquiry.slugs, inquiry.nearest
    factors = factors_of(inquiry.scenario, slugs[0], slugs[alone])
    names = list(factors)
    forwards = [_without(factors, names[done:]) for done in range(len(names))]
    backwards = [_without(factors, names[:left]) for left in range(1, len(names))]
    answers = inquiry.ask([*forwards, *backwards, {}], paths, "the bridge")
    (start, full), signed = answers[-1][[alone, 0]], answers[:, 0]
    up = np.stack([start, *signed[: len(names)], full])
    down = np.stack([full, *signed[len(names) : -1], signed[0], start])
    lead = float((inquiry.values[0] - inquiry.values[alone]).mean())
    steps, back = _share(np.diff(up, axis=0), lead), _share(-np.diff(down, axis=0), lead)
    back = np.concatenate([back[-1:], back[:-1]])
    rows = [
        (name, float(one.mean()), standard_error(one), float(two.mean()), standard_error(two), "musd")
        for name, one, two in zip([ALL_ELSE, *names], steps, back, strict=True)
    ]
    return pd.DataFrame(rows if (up[0] != up[1]).any() else rows[1:], columns=BRIDGE)


def _without(factors: dict[str, Change], names: Sequence[str]) -> Change:
    """Return the leaves that undo some factors."""
    return {path: value for name in names for path, value in factors[name].items()}


def _share(steps: NDArray[np.float64], lead: float) -> NDArray[np.float64]:
    """Return the steps by path, moved so that they add up to the lead of the full run: by their covariance with it."""
    whole = steps.sum(axis=0)
    spread = float(np.var(whole))
    weights = np.array([np.mean((step - step.mean()) * (whole - whole.mean())) for step in steps]) / (spread or 1.0)
    return steps + weights[:, None] * (lead - whole.mean())
