"""What the tests of the closed form share: settings, simulated worlds, closed forms, and the two held together.

Both sides run with durations fixed, and no partner drops anything. Everything else is as in
a report: the latent with its shared factors, cost and peak spreads, the search for a licensee, tiers, cap, floors and
the horizon. The odds of a large firm and of a conjugate differ from one, which the base case does not exercise.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from helpers import SEED, World, base_task, central_theta, load, run_world, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.clock import discount, start_years
from partnering.course.gates import Beliefs, Chain
from partnering.course.pathway import Course, chain_of
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party, Route, read_strategies
from partnering.deal.books import Outside
from partnering.deal.ledger import Flow
from partnering.inputs import Scenario
from partnering.results.simulate import Task, reach_of
from partnering.value import beliefs as belief_table
from partnering.value.beliefs import believe
from partnering.value.closed_form import ClosedForm
from partnering.value.present import discount_factors, value_by_row
from partnering.value.prospect import Kind, Policy, Prospect
from partnering.value.rollback import roll_back
from partnering.results.statistics import standard_error
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta

WAYS: dict[str, tuple[Route, Stage | None, tuple[Party, ...]]] = {
    "partnership": (Route.PARTNER_RUN, None, (Party.COMPANY, Party.PARTNER)),
    "market": (Route.OWN_LAUNCH, None, (Party.COMPANY,)),
    "concept": (Route.LICENSE_OUT, Stage.PHASE_2, (Party.COMPANY, Party.OTHERS)),
    "best": (Route.BEST, Stage.PHASE_2, (Party.COMPANY, Party.OTHERS)),
    "ind": (Route.LICENSE_OUT, Stage.PRECLINICAL, (Party.COMPANY, Party.OTHERS)),
}
"""Route, exit stage and parties concerned, by the strategy that takes the inherited candidates there."""


def cases(*settings: str) -> list[Any]:
    """Every setting, strategy and party; what is best is a belief, so only where there is one theta to know."""
    return [
        pytest.param(setting, slug, party, id=f"{setting}-{slug}-{party.name.lower()}")
        for setting in settings
        for slug, (_, _, parties) in WAYS.items()
        for party in parties
        if (setting in KNOWN or slug != "best") and (setting not in SIGNED or slug == "partnership")
    ]


MECHANICS = {"deal.termination.excess_hazard_rate": 0.0, "technology.new_years": 0.0}
ODDS = {"success.alliance_odds": 1.4, "success.conjugate_odds": 0.8, "behaviour.common_route": "best"}
NO_LEADS = {
    "leads.own_research_musd": 1e-9,
    "deal.research_schedule_musd": (1e-9,) * 3,
    "deal.committed_ceiling_musd": 12 + 50.7,  # nothing is left for an extension
    "deal.extension_rule": "never",
}
CERTAIN = {f"success.{stage}_prob": 1.0 for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")}
CERTAIN |= {"candidates.common.phase_2_prob": 1.0, "sales.peak_log_sd": 0.2, "sales.erosion_loss": 0.9}
"""Every candidate reaches the market, narrow peaks, much to lose with exclusivity: little noise hides a slip."""

OTHER_DEALS: dict[str, dict[str, Any]] = {
    "terms": {
        "sales.peak_log_sd": 1.4,
        "deal.sharing.cost_share": 0.3,
        "deal.sales_milestones.thresholds_musd": (100.0, 900.0),
        "deal.sales_milestones.amounts_musd": (20.0, 80.0),
        "deal.royalty.step_down_share": 0.4,
        "deal.royalty.floor_musd": 15.0,
    },
    "option": {
        "sales.peak_log_sd": 1.4,
        "deal.opt_in.stage": "phase_1",
        "deal.opt_in.fee_musd": 6.0,
        "deal.sharing.cost_share": 0.5,
        "deal.sharing.profit_share": 0.5,
    },
    "chosen": {
        "behaviour.gates": "rational",
        "sales.peak_log_sd": 1.4,
        "sales.erosion_loss": 0.6,
        "sales.peak_median_musd": 120.0,
        "deal.opt_in.stage": "phase_2",
        "deal.opt_in.fee_musd": 30.0,
        "deal.royalty.rates": (0.35, 0.35, 0.4),
    },
}
"""Terms that the base case does not have, every trial a success: only who signs is concerned."""

PATHS = {"drawn": 1500, "certain": 1500, "fixed": 4096, "rational": 4096, "shared": 4096}
BLOCKS = {"drawn": 1, "certain": 1, "fixed": 5, "rational": 5, "shared": 3}
PATHS |= dict.fromkeys(OTHER_DEALS, 2048)
BLOCKS |= dict.fromkeys(OTHER_DEALS, 1)
KNOWN = ("fixed", "rational", "shared", *OTHER_DEALS)
SIGNED = ("shared", *OTHER_DEALS)
"""Settings with one theta for all paths. In `rational` everybody decides, in `shared` the company co-promotes where it
pays; in the others a success always goes on."""

ERRORS = 4
"""Standard errors a mean may be off."""

FINE = {"BELIEF_DRAWS": 1, "CLASS_STEP": 0.2, "LOWEST_CLASS": -20, "HIGHEST_CLASS": 22}
"""Beliefs of those who know the one theta there is, in classes so fine that the step between two is lost in noise."""


@cache
def scenario_of(setting: str) -> Scenario:
    """The base case and a sale at the IND, with theta drawn, or drawn with every trial a success, or fixed."""
    leaves = MECHANICS | NO_LEADS | ODDS | (CERTAIN if setting in ("certain", *OTHER_DEALS) else {})
    leaves |= {"behaviour.gates": "rational" if setting == "rational" else "commit"} | OTHER_DEALS.get(setting, {})
    leaves |= {"deal.copromotion.offered": setting == "shared", "deal.copromotion.opt_in_cost_share": 0.25}
    scenario = with_leaves(load("sell_at_ind"), leaves)
    return without_ranges(scenario) if setting in KNOWN else scenario


@cache
def beliefs_of(setting: str, exit_stage: Stage = Stage.PHASE_2) -> Beliefs:
    """What everybody believes where there is one theta to know; without rational gates only the best route reads it."""
    scenario = scenario_of(setting)
    with patch.multiple(belief_table, **FINE):
        return believe(scenario, scenario["valuation.discount_rate"], exit_stage)


@cache
def task_of(setting: str) -> Task:
    scenario = scenario_of(setting)
    strategies = read_strategies(scenario)
    if scenario["behaviour.gates"] == "rational":
        beliefs = [beliefs_of(setting, Stage.PHASE_2 if s.exit_stage is None else s.exit_stage) for s in strategies]
    elif setting in OTHER_DEALS:
        beliefs = [replace(base_task().beliefs[0], rational=False, least_sales=None)] * len(strategies)
    else:
        beliefs = [beliefs_of(setting if setting in KNOWN else "fixed")] * len(strategies)
    return Task(scenario, SEED, 1, 1, strategies, tuple(beliefs), reach_of(scenario, strategies))


@cache
def world_of(setting: str, block: int) -> World:
    task, slugs = task_of(setting), ["partnership"] if setting in SIGNED else WAYS
    return run_world(task.scenario, PATHS[setting], block=block, fixed_durations=True, slugs=slugs, task=task)


def theta_of(setting: str, block: int) -> Theta:
    return central_theta(scenario_of(setting)) if setting in KNOWN else world_of(setting, block).theta


@cache
def values_of(setting: str, block: int, kind: Kind, slug: str) -> NDArray[np.float64]:
    """The closed form's values at signing, (trader, theta), rolled back once for all parties."""
    route, exit_stage, _ = WAYS[slug]
    scenario, theta = scenario_of(setting), theta_of(setting, block)
    form = closed_form(scenario, theta, kind, chain_of(scenario, route), exit_stage)
    rate = form.prospect.rate
    return discount(start_years(kind.first_quarter), rate) * roll_back(form.tree(), rate)


def closed_form(scenario: Scenario, theta: Theta, kind: Kind, chain: Chain, exit_stage: Stage | None) -> ClosedForm:
    """The closed form at each theta; where a forecast decides anything, it is split into classes."""
    policy, rate = Policy(), scenario["valuation.discount_rate"]
    decided = scenario["behaviour.gates"] == "rational" or scenario["deal.copromotion.offered"]
    if chain == Chain.BEST or decided:
        with patch.multiple(belief_table, **FINE):
            policy = replace(belief_table.belief_policy(scenario, theta), peak_nodes=policy.peak_nodes)
    return ClosedForm(Prospect(scenario, theta, kind, (rate,) * 3, exit_stage, policy), chain)


def check(setting: str, kind: Kind, slug: str, party: Party, simulated: Callable[[World], NDArray]) -> None:
    """The mean gap between simulation and the closed form at each path's own theta is within its error."""
    gaps = []
    for block in range(BLOCKS[setting]):
        block_of = 0 if setting in KNOWN else block  # with one theta the form is the same in all of them
        gaps.append(simulated(world_of(setting, block)) - values_of(setting, block_of, kind, slug)[party])
    gap = np.concatenate(gaps)
    assert standard_error(gap) > 0
    assert abs(gap.mean()) < ERRORS * standard_error(gap)


def net_by_row(scenario: Scenario, flows: list[Flow], party: Party, rows: int) -> NDArray[np.float64]:
    """What a party nets on each candidate at signing."""
    horizon = horizon_quarters(scenario)
    factors = discount_factors(scenario["valuation.discount_rate"], horizon)
    received, spent = value_by_row([flow.clipped(horizon) for flow in flows], factors, party, rows)
    return received - spent


def of_candidate(world: World, course: Course, flows: list[Flow], who: tuple[Origin, int], party: Party) -> NDArray:
    """What a party nets on one candidate, by path: every path has it exactly once, and no path has a lead."""
    rows = np.flatnonzero((course.candidates.origin == who[0]) & (course.candidates.number == who[1]))
    assert np.array_equal(np.sort(course.path[rows]), np.arange(world.paths))
    assert not (course.candidates.origin == Origin.LEAD).any()
    net = net_by_row(world.scenario, flows, party, len(course.path))[rows]
    return np.bincount(course.path[rows], net, world.paths)


def inherited(world: World, slug: str, number: int, party: Party) -> NDArray[np.float64]:
    books = world.books[slug]
    return of_candidate(world, books.course, books.flows, (Origin.INHERITED, number), party)


def outside(world: World, part: Outside, who: tuple[Origin, int], party: Party) -> NDArray[np.float64]:
    flows = [replace(flow, programme=True) for flow in part.flows]
    return of_candidate(world, part.course, flows, who, party)


def inherited_kind(number: int) -> Kind:
    modality, ladder = (load()[f"candidates.inherited.{name}"][number] for name in ("modality", "ladder"))
    return Kind(Origin.INHERITED, number, modality == "conjugate", ladder, 0)
