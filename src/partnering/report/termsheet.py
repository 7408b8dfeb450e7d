"""The live panel: six things to bargain over, and what a page needs to say at once and offline what they are worth."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from partnering.analysis.offers import (
    COPROMOTION,
    LADDER,
    MILESTONES,
    PAID,
    PERCENT,
    RATES,
    RESEARCH,
    ROYALTY,
    UPFRONT,
    YEARS,
    Control,
    Offer,
    actual_of,
)
from partnering.analysis.surface import Surface, draw_offers
from partnering.inputs.scenario import Scenario
from partnering.report.style import amount, money, percent
from partnering.report.term_file import describe_file
from partnering.results.schema import PRETAX
from partnering.results.verdict import Headline, Verdict

HEADS = {UPFRONT: "Paid at signing", RESEARCH: "Research", YEARS: "Research"}
LATER = "If products succeed"
LABELS = {
    UPFRONT: ("Upfront", "$ million"),
    RESEARCH: ("Research a year", "$ million"),
    YEARS: ("Years of research paid", "years"),
    MILESTONES: ("Milestones", "times"),
    ROYALTY: ("Royalty, on every tier", "points"),
    COPROMOTION: ("Co-promotion in the US", ""),
}
"""Controls as a reader knows them, with their units."""

STEPS = {UPFRONT: 0.5, MILESTONES: 0.25, ROYALTY: 0.5}
"""How far one key moves a slider."""

CHECKS = 4  # term sheets with which page and Python are compared, besides the deal itself
SIGNS, WALKS, TOO_CLOSE = "would sign", "would walk away", "too close to call"


@dataclass(frozen=True)
class Row:
    """One line of the outcome at the deal: what it is of, and under which name the script finds it."""

    what: str
    key: str
    value: str
    said: str


@dataclass(frozen=True)
class Panel:
    """What the panel shows before anything is moved, and what its script reads."""

    groups: dict[str, list[tuple[Control, str, str, list[str]]]]  # control, label, unit, names of choices
    steps: dict[str, float]
    rows: list[Row]
    planned: list[Row]
    names: tuple[str, str]
    note: str
    about: str  # JSON


def make_panel(
    scenario: Scenario, surface: Surface, verdict: Verdict, table: Headline, exposures: pd.DataFrame
) -> Panel:
    """Return the live panel of a run; `exposures` has what a unit of each term is worth as planned, before tax."""
    controls, names = surface.controls, (verdict.company, verdict.partner)
    picked = [surface.rivals.index(rival.option.slug) for rival in verdict.rivals]
    outcomes = [0, 1, *(2 + place for place in picked)]
    planned = tabulate_planned(scenario, exposures, controls)
    now = [table.estimate(verdict.signing.slug, "npv_mean", party, PRETAX).value for party in planned.columns]
    about = {
        "controls": [asdict(c) | {"labels": labels_of(c), "step": STEPS.get(c.name, 1)} for c in controls],
        "actual": surface.actual[outcomes].tolist(),
        "weights": surface.weights[:, outcomes].T.tolist(),
        "rivals": [rival.option.value.value for rival in verdict.rivals],
        "phrases": [rival.option.phrase for rival in verdict.rivals],
        "error": surface.largest_error[outcomes].tolist(),
        "words": [SIGNS, WALKS, TOO_CLOSE],
        "names": names,
        "planned": {"actual": now, "units": planned.T.to_numpy().tolist()},
        "checks": [_check(surface, offer, outcomes) for offer in [actual_of(controls), *draw_offers(controls, CHECKS)]],
        "file": describe_file(scenario, controls),
    }
    groups: dict[str, list[tuple[Control, str, str, list[str]]]] = {}
    for control in controls:
        shown = control, *LABELS[control.name], labels_of(control)
        groups.setdefault(HEADS.get(control.name, LATER), []).append(shown)
    return Panel(
        groups=groups,
        steps=STEPS,
        rows=list(_rows(surface.actual[outcomes], verdict, surface.largest_error[outcomes])),
        planned=[Row(name, f"planned-{i}", amount(now[i]), "") for i, name in enumerate(names)],
        names=names,
        note=say_error(surface, outcomes),
        about=json.dumps(about, separators=(",", ":")),
    )


def labels_of(control: Control) -> list[str]:
    """Return what the choices of a control are called; none of an amount."""
    words = {COPROMOTION: ("no", "yes"), YEARS: ("as decided",)}.get(control.name, ())
    return [words[at] if at < len(words) else f"{choice:.3g}" for at, choice in enumerate(control.choices)]


def tabulate_planned(scenario: Scenario, exposures: pd.DataFrame, controls: Sequence[Control]) -> pd.DataFrame:
    """Return what one of each amount is worth to both, planned and before tax: exactly, at the decisions simulated."""
    of = {UPFRONT: PAID, MILESTONES: LADDER, ROYALTY: RATES}
    units = exposures.pivot(index="term", columns="party", values="unit_mean")[["company", "partner"]]
    value = exposures.drop_duplicates("term").set_index("term")["value"].reindex(units.index)
    worth = {}
    for control in controls:
        mine = units[units.index.str.startswith(of.get(control.name, "-"))]
        times = value.loc[mine.index] if control.name == MILESTONES else (1 / PERCENT if control.name == ROYALTY else 1)
        worth[control.name] = mine.mul(times, axis=0).sum()
    return pd.DataFrame(worth).T


def _check(surface: Surface, offer: Offer, outcomes: Sequence[int]) -> dict[str, Any]:
    """Return a term sheet with Python's numbers for it."""
    return {"offer": offer, "outcomes": surface.at(offer)[list(outcomes)].tolist()}


# What the panel says before anything is moved; its script says the same of other terms.


def _rows(found: np.ndarray, verdict: Verdict, error: np.ndarray) -> Iterator[Row]:
    """Yield the lines of the outcome."""
    leads = [found[0] - rival.option.value.value for rival in verdict.rivals]
    flags = would(min(leads), error[0]) if leads else "", would(found[1], error[1])
    for place, name in enumerate((verdict.company, verdict.partner)):
        yield Row(f"Worth to {name}", f"value-{place}", amount(found[place]), flags[place])
    for place, (rival, lead) in enumerate(zip(verdict.rivals, leads, strict=True)):
        said = f"ahead in {percent(found[2 + place])} of futures"
        yield Row(f"Lead over {rival.option.phrase}", f"lead-{place}", amount(lead), said)


def would(gain: float, error: float) -> str:
    """Return whether a party would sign, by what it gains over walking away; too close within the panel's error."""
    return TOO_CLOSE if abs(gain) < error else SIGNS if gain > 0 else WALKS


def say_error(surface: Surface, outcomes: Sequence[int]) -> str:
    """Return how far the panel's numbers are from those of the model run again."""
    ours, theirs, *shares = (float(surface.largest_error[at]) for at in outcomes)
    points = f"; shares are off by up to {max(shares) * 100:.1f} points" if shares else ""
    return (
        f"These numbers are a fit to {surface.fitted} runs of the model at other terms. At {surface.held_out} terms it "
        f"had not seen, it is off by at most {money(ours)} for the company and {money(theirs)} for the partner{points}."
    )
