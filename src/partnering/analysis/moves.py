"""Which of the partner's decisions would be others at other terms: what each is worth to it, and what a term adds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import chains
from partnering.model.draws import STAGE_NAMES
from partnering.model.parties import PARTNER
from partnering.model.run import pack
from partnering.model.stages import MARKET, PHASE_3, PRECLINICAL, REVIEW, STAGES
from partnering.model.worth import Table
from partnering.results.parallel import in_order

NUDGE = 1e-6
"""A change of a term so small that it moves no decision: what a decision is worth is then straight in every term."""

STEPS = {stage: f"starts {STAGE_NAMES[stage].replace('_', ' ').capitalize()}" for stage in STAGES[:REVIEW]} | {
    PRECLINICAL: "takes it on",
    REVIEW: "files",
    MARKET: "launches",
}
TAKES_OVER = "takes it over"


@dataclass(frozen=True)
class Margins:
    """The partner's decisions on candidates it runs, one row by candidate, step and class of forecast.

    `worth` is going on as the partner believes at the actual terms, later decisions as they are there. As long as no
    row changes its sign, no decision is another one.
    """

    groups: tuple[tuple[str, str], ...]  # candidate and step
    group: NDArray[np.int64]  # (row,): its place among the groups; classes follow each other
    weight: NDArray[np.float64]  # (row,): how likely its class of forecast is
    worth: NDArray[np.float64]  # (row,)
    slope: NDArray[np.float64]  # (row, term): what one more of each term adds


class Kind(NamedTuple):
    """A kind of candidate that the partner may run: its place in a belief table, and its name."""

    place: int
    name: str
    weight: float  # how often a lead is one; 1 for a candidate there is


def partner_margins(scenario: Scenario, terms: Sequence[str], workers: int = 1) -> Margins:
    """Return the partner's decisions and what each term adds to what they are worth; none without rational gates."""
    if scenario["behaviour.gates"] != "rational":
        return Margins((), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros((0, len(terms))))
    rows = _rows(scenario)
    worth, moved = np.array([row[-1] for row in rows]), np.zeros((len(rows), len(terms)))
    places = [place for place, term in enumerate(terms) if term.partition("[")[0] in scenario.leaves]
    nudged = in_order(_rows, [_nudged(scenario, terms[place]) for place in places], workers)
    for place, found in zip(places, nudged, strict=True):  # an extension year is no leaf, and moves no such decision
        moved[:, place] = (np.array([row[-1] for row in found]) - worth) / NUDGE
    groups = tuple(dict.fromkeys((name, step) for name, step, *_ in rows))
    group = np.array([groups.index((name, step)) for name, step, *_ in rows], dtype=np.int64)
    return Margins(groups, group, np.array([weight for *_, weight, _ in rows]), worth, moved)


def _nudged(scenario: Scenario, term: str) -> Scenario:
    """Return the scenario with one term a little larger."""
    path, _, place = term.rstrip("]").partition("[")
    value = scenario[path]
    moved = tuple(v + NUDGE * (at == int(place)) for at, v in enumerate(value)) if place else value + NUDGE
    return scenario.with_values({path: moved})


def _rows(scenario: Scenario) -> list[tuple[str, str, float, float]]:
    """Return (candidate, step, weight of the class, worth to the partner) of every decision, classes in order."""
    table = pack(scenario)[0].table
    return [
        (kind.name, step, *found)
        for kind in partnered(scenario)
        for step, worth, known in _steps(scenario, table, kind)
        for found in (zip(class_weights(table), worth, strict=True) if known else [(1.0, worth[0])])
    ]


def partnered(scenario: Scenario) -> Iterator[Kind]:
    """Yield the kinds of candidates that the partner may run: inherited ones it gets, then leads."""
    slug = pack(scenario)[0].slug
    routes, names = scenario[f"strategies.{slug}.inherited_routes"], scenario["candidates.inherited.names"]
    for place, (route, name) in enumerate(zip(routes, names, strict=True)):
        if route == "partner_run":
            yield Kind(place, name, 1.0)
    first = len(names) + len(scenario["candidates.common.names"])
    conjugate, short = scenario["leads.conjugate_share"], scenario["leads.partner_target_share"]
    modalities, ladders = (("naked", 1 - conjugate), ("conjugate", conjugate)), (("short", short), ("full", 1 - short))
    leads = [(f"{m} lead, {ladder} ladder", a * b) for m, a in modalities for ladder, b in ladders]
    yield from (Kind(first + place, name, weight) for place, (name, weight) in enumerate(leads) if weight > 0)


def class_weights(table: Table) -> NDArray[np.float64]:
    """Return how likely each class of forecast is, shape (class,)."""
    weight = np.exp(-(table.place**2) / 2)
    return np.asarray(weight / weight.sum())


def _steps(scenario: Scenario, table: Table, kind: Kind) -> Iterator[tuple[str, NDArray[np.float64], bool]]:
    """Yield the partner's decisions in order: what it does, its worth (class,), and whether a forecast is known."""
    option, first = scenario["deal.opt_in.stage"], PRECLINICAL
    if option != "none":
        first = STAGE_NAMES.index(option) + 1
        yield TAKES_OVER, table.taking_up[kind.place], first >= PHASE_3
    for stage in range(first, MARKET + 1):
        yield STEPS[stage], table.worth[chains.PARTNER, PARTNER, kind.place, stage], stage >= PHASE_3


def share_going_on(margins: Margins, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of forecasts with which the partner goes on, by group, given what each row is worth.

    Between two classes the worth is read along a straight line, as a gate reads it.
    """
    shares = np.zeros(len(margins.groups))
    for place, _ in enumerate(margins.groups):
        mine = margins.group == place
        value, weight = worth[mine], margins.weight[mine]
        if len(value) == 1:
            shares[place] = float(value[0] >= 0)
            continue
        between = (weight[:-1] + weight[1:]) / 2
        low, high = np.minimum(value[:-1], value[1:]), np.maximum(value[:-1], value[1:])
        positive = np.maximum(high, 0.0) - np.maximum(low, 0.0)
        part = np.where(high > low, positive / np.where(high > low, high - low, 1.0), low >= 0)
        shares[place] = float((between * part).sum() / between.sum())
    return shares
