"""Which of the partner's decisions would be others at other terms: what each is worth to it, and what a term adds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.course.gates import Chain
from partnering.course.pathway import chain_of
from partnering.course.strategies import Party, Route, read_strategies
from partnering.deal.ledger import leaf_of
from partnering.inputs.scenario import Scenario
from partnering.value.beliefs import belief_policy, belief_theta, kind_names, kinds_of
from partnering.value.closed_form import ClosedForm
from partnering.value.outlook import lead_weights
from partnering.value.prospect import Kind, Prospect
from partnering.world.candidates import Origin, Stage

NUDGE = 1e-6
"""A change of a term so small that it moves no decision: what a decision is worth is then straight in every term."""

STEPS = {stage: f"starts {stage.name.replace('_', ' ').capitalize()}" for stage in Stage} | {
    Stage.PRECLINICAL: "takes it on",
    Stage.REVIEW: "files",
    Stage.MARKET: "launches",
}


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


def partner_margins(scenario: Scenario, terms: Sequence[str]) -> Margins:
    """Return the partner's decisions and what each term adds to what they are worth; none without rational gates."""
    found = list(_found(scenario)) if scenario["behaviour.gates"] == "rational" else []
    slope = np.zeros((len(found), len(terms)))
    for place, term in enumerate(terms):
        if found and leaf_of(term)[0] in scenario.leaves:  # an extension year is none, and moves no such decision
            nudged = [worth for *_, worth in _found(_nudged(scenario, term))]
            slope[:, place] = (np.array(nudged) - [worth for *_, worth in found]) / NUDGE
    groups = tuple(dict.fromkeys((name, step) for name, step, *_ in found))
    return Margins(
        groups,
        np.array([groups.index((name, step)) for name, step, *_ in found], dtype=np.int64),
        np.array([weight for *_, weight, _ in found]),
        np.array([worth for *_, worth in found]),
        slope,
    )


def _nudged(scenario: Scenario, term: str) -> Scenario:
    """Return the scenario with one term a little larger."""
    path, place = leaf_of(term)
    leaf = scenario.leaves[path]
    value = leaf.value + NUDGE if place is None else tuple(v + NUDGE * (i == place) for i, v in enumerate(leaf.value))
    return replace(scenario, leaves={**scenario.leaves, path: replace(leaf, value=value)})


def _found(scenario: Scenario) -> Iterator[tuple[str, str, float, float]]:
    """Yield (candidate, step, weight of the class, worth to the partner) of every decision, classes in order."""
    strategy, theta = read_strategies(scenario)[0], belief_theta(scenario)
    policy, rates = belief_policy(scenario, theta), (strategy.rate, strategy.common_rate, strategy.common_rate)
    chain = chain_of(scenario, Route.PARTNER_RUN)
    forms: dict = {}
    for kind, name in _partnered(scenario, strategy.inherited_routes):
        table = ClosedForm(Prospect(scenario, theta, kind, rates, None, policy, forms), chain).table()
        for node, step in _steps(kind, chain):
            for place, weight in (*enumerate(policy.class_weight), (None, 1.0)):
                if (*node, place) in table:
                    yield name, step, weight, float(table[*node, place][Party.PARTNER].mean())


def _partnered(scenario: Scenario, routes: Sequence[Route]) -> Iterator[tuple[Kind, str]]:
    """Yield the kinds of candidates that the partner may run, with their names: inherited ones, then leads."""
    weights = iter(lead_weights(scenario))
    for kind, name in zip(kinds_of(scenario), kind_names(scenario), strict=True):
        if kind.origin == Origin.INHERITED and routes[kind.number] == Route.PARTNER_RUN:
            yield kind, name
        if kind.origin == Origin.LEAD and next(weights) > 0:
            yield kind, name


def _steps(kind: Kind, chain: Chain) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield the partner's decisions in order: the beginning of a node's name, and what it does there."""
    if chain == Chain.OPTION:
        yield ("taking up",), "takes it over"
    for stage in range(kind.first_stage, Stage.MARKET + 1):
        yield (Chain.PARTNER, Stage(stage)), STEPS[Stage(stage)]


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
