"""Simulation against closed form, candidate by candidate, route by route, party by party.

Both run with durations fixed. Everything else is as in a report: the latent with its shared factors, cost and peak
spreads, the search for a licensee, tiers, cap, floors and the horizon. The odds of a large firm differ from one, which
the base case does not exercise.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from helpers import SEED, World, central_theta, load, run_world, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.course.pathway import Course, nomination_quarter, walk_stages
from partnering.course.research import horizon_quarters
from partnering.course.sales import sell
from partnering.course.strategies import Party, Route
from partnering.deal.books import book_candidates
from partnering.deal.exposures import expose
from partnering.deal.ledger import Flow
from partnering.inputs import Scenario
from partnering.results.simulate import Task, prepare
from partnering.value.closed_form import ClosedForm, Kind
from partnering.value.present import discount_factors, value_by_row
from partnering.value.statistics import standard_error
from partnering.world.candidates import Origin, draw_candidates
from partnering.world.theta import Theta, draw_theta

ROUTES = {"partnership": Route.PARTNER_RUN, "market": Route.OWN_LAUNCH, "concept": Route.LICENSE_OUT}
"""Strategy of the base case that takes the inherited candidates down each route."""

PARTIES = {
    Route.PARTNER_RUN: (Party.COMPANY, Party.PARTNER),
    Route.OWN_LAUNCH: (Party.COMPANY,),
    Route.LICENSE_OUT: (Party.COMPANY, Party.OTHERS),
}
WAYS = [pytest.param(slug, p, id=f"{slug}-{p.name.lower()}") for slug, r in ROUTES.items() for p in PARTIES[r]]

CERTAIN = {f"success.{stage}_prob": 1.0 for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")}
CERTAIN |= {"candidates.common.phase_2_prob": 1.0, "sales.peak_log_sd": 0.2, "sales.erosion_loss": 0.9}
"""Every candidate reaches the market, narrow peaks, much to lose with exclusivity: little noise hides a slip."""

NO_LEADS = {
    "leads.own_research_musd": 1e-9,
    "deal.research_schedule_musd": (1e-9,) * 3,
    "deal.committed_ceiling_musd": 12 + 50.7,  # nothing is left for an extension
    "deal.extension_rule": "never",
}

PATHS = {"drawn": 1500, "fixed": 4096, "certain": 1500}
BLOCKS = {"drawn": 1, "fixed": 5, "certain": 1}
ERRORS = 4
"""Standard errors a mean may be off."""


@cache
def task_of(setting: str) -> Task:
    """The base case with theta drawn, or fixed, or drawn with every trial a success."""
    changes = NO_LEADS | {"success.alliance_odds": 1.4} | (CERTAIN if setting == "certain" else {})
    scenario = with_leaves(load(), changes)
    return prepare(without_ranges(scenario) if setting == "fixed" else scenario, SEED, 1, 1)


@cache
def world_of(setting: str, block: int) -> World:
    task = task_of(setting)
    return run_world(task.scenario, PATHS[setting], block=block, fixed_durations=True, slugs=ROUTES, task=task)


def off_by(setting: str, kind: Kind, route: Route, party: Party, simulated: Callable) -> float:
    """Mean gap between simulation and the closed form at each path's own theta, in standard errors."""
    gaps = []
    for block in range(BLOCKS[setting]):
        world = world_of(setting, block)
        theta = central_theta(world.scenario) if setting == "fixed" else world.theta
        expected = ClosedForm(world.scenario, theta, kind, route, party, rate_of(world.scenario)).value()
        gaps.append(simulated(world) - expected)
    gap = np.concatenate(gaps)
    assert standard_error(gap) > 0
    return float(gap.mean()) / standard_error(gap)


def rate_of(scenario: Scenario) -> float:
    return scenario["valuation.discount_rate"]


def net_by_row(scenario: Scenario, horizon: int, flows: list[Flow], party: Party, rows: int) -> NDArray[np.float64]:
    """What a party nets on each candidate at signing."""
    factors = discount_factors(rate_of(scenario), horizon)
    received, spent = value_by_row([flow.clipped(horizon) for flow in flows], factors, party, rows)
    return received - spent


def of_candidate(world: World, course: Course, flows: list[Flow], origin: Origin, number: int, party: Party) -> NDArray:
    """What a party nets on one candidate, by path: every path has it exactly once."""
    rows = np.flatnonzero((course.candidates.origin == origin) & (course.candidates.number == number))
    assert np.array_equal(np.sort(course.path[rows]), np.arange(world.paths))
    assert not (course.candidates.origin == Origin.LEAD).any()
    net = net_by_row(world.scenario, world.horizon, flows, party, len(course.path))[rows]
    return np.bincount(course.path[rows], net, world.paths)


@pytest.mark.parametrize("setting", PATHS)
@pytest.mark.parametrize("number", range(len(load()["candidates.inherited.names"])))
@pytest.mark.parametrize(("slug", "party"), WAYS)
def test_inherited(setting, number, slug, party):
    scenario = task_of(setting).scenario
    modality, ladder = (scenario[f"candidates.inherited.{name}"][number] for name in ("modality", "ladder"))
    kind = Kind(Origin.INHERITED, number, modality == "conjugate", ladder, 0)

    def simulated(world: World) -> NDArray:
        books = world.books[slug]
        return of_candidate(world, books.course, books.flows, Origin.INHERITED, number, party)

    assert abs(off_by(setting, kind, ROUTES[slug], party, simulated)) < ERRORS


@pytest.mark.parametrize("setting", PATHS)
@pytest.mark.parametrize("number", range(len(load()["candidates.common.names"])))
@pytest.mark.parametrize("party", PARTIES[Route.LICENSE_OUT])
def test_common(setting, number, party):
    modality = load()["candidates.common.modality"][number]
    kind = Kind(Origin.COMMON, number, modality == "conjugate", "full", 0)

    def simulated(world: World) -> NDArray:
        course, flows = world.common
        flows = [replace(flow, programme=True) for flow in flows]
        return of_candidate(world, course, flows, Origin.COMMON, number, party)

    assert abs(off_by(setting, kind, Route.LICENSE_OUT, party, simulated)) < ERRORS


CROSSING = 7  # the quarter whose research pays for the leads below


@cache
def first_leads(conjugate: bool, partner_target: bool) -> tuple[Scenario, Theta, Course]:
    """First leads of one modality and ladder, on one block of paths with theta fixed."""
    scenario = task_of("fixed").scenario
    theta = draw_theta(scenario, SEED, 0)
    found = draw_candidates(scenario, theta, SEED, 0, 1000.0, fixed_durations=True)
    chosen = (found.origin == Origin.LEAD) & (found.conjugate == conjugate) & (found.partner_target == partner_target)
    return scenario, theta, found.take(chosen)


@pytest.mark.parametrize(("conjugate", "partner_target"), [(True, False), (False, True)])
@pytest.mark.parametrize(("slug", "party"), WAYS)
def test_lead(conjugate, partner_target, slug, party):
    scenario, theta, leads = first_leads(conjugate, partner_target)
    rows, route = len(leads.path), ROUTES[slug]
    collaboration = np.full(rows, route == Route.PARTNER_RUN)
    crossing = np.full(rows, CROSSING)
    course = walk_stages(scenario, theta, leads, np.full(rows, int(route)), collaboration, crossing)
    sales = sell(scenario, theta, course)
    none = np.zeros(theta.size, dtype=int)
    deal = [exposure.transfer for exposure in expose(scenario, theta, course, sales, none)]
    flows = [*book_candidates(scenario, theta, course, sales), *deal]
    net = net_by_row(scenario, horizon_quarters(scenario), flows, party, rows)
    first = int(nomination_quarter(scenario, leads, crossing)[0])
    assert first > CROSSING
    kind = Kind(Origin.LEAD, 0, conjugate, "short" if partner_target else "full", first)
    expected = ClosedForm(scenario, central_theta(scenario), kind, route, party, rate_of(scenario)).value()
    by_path = np.bincount(leads.path, net - expected, theta.size)  # leads of one path share luck: count paths
    assert abs(by_path.mean()) < ERRORS * standard_error(by_path)


def test_the_comparison_would_notice_the_odds_of_a_large_firm():
    """A planted fault: the closed form without `alliance_odds` is out by far more than chance allows."""
    world = world_of("fixed", 0)
    wrong = with_leaves(world.scenario, {"success.alliance_odds": 1.0})
    kind = Kind(Origin.INHERITED, 0, True, "full", 0)
    form = ClosedForm(wrong, central_theta(wrong), kind, Route.PARTNER_RUN, Party.COMPANY, rate_of(wrong)).value()
    books = world.books["partnership"]
    gap = of_candidate(world, books.course, books.flows, Origin.INHERITED, 0, Party.COMPANY) - form
    assert gap.mean() > ERRORS * standard_error(gap)


def test_the_licence_upfront_rises_with_the_forecast_as_its_elasticity_says():
    """Nothing but the upfront is paid, and everything else is certain: E[ratio ** elasticity] is all that is left."""
    leaves = CERTAIN | {"sales.peak_log_sd": 1.4, "license.taker_prob": 1.0, "license.upfront_elasticity": 0.5}
    leaves |= {"license.royalty_rate": 0.0, "license.milestones_musd": 0.0}
    scenario = with_leaves(task_of("fixed").scenario, leaves)
    world = run_world(
        scenario, 4096, fixed_durations=True, slugs=["concept"], task=replace(task_of("fixed"), scenario=scenario)
    )
    kind = Kind(Origin.INHERITED, 0, True, "full", 0)
    form = ClosedForm(
        scenario, central_theta(scenario), kind, Route.LICENSE_OUT, Party.COMPANY, rate_of(scenario)
    ).value()
    books = world.books["concept"]
    gap = of_candidate(world, books.course, books.flows, Origin.INHERITED, 0, Party.COMPANY) - form
    assert abs(gap.mean()) < ERRORS * standard_error(gap)
    assert standard_error(gap) < 0.5
