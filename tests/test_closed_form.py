"""Simulation against closed form, candidate by candidate, route by route, party by party."""

from functools import cache

import numpy as np
import pytest
from closed_forms import (
    BLOCKS,
    ERRORS,
    PATHS,
    WAYS,
    beliefs_of,
    cases,
    check,
    inherited,
    inherited_kind,
    net_by_row,
    outside,
    scenario_of,
    values_of,
    world_of,
)
from helpers import SEED, World, load, with_leaves
from numpy.typing import NDArray

from partnering.course.pathway import Rows, nomination_quarter, walk_stages
from partnering.course.plan import Plan
from partnering.course.research import NEVER
from partnering.course.sales import sell
from partnering.course.strategies import Party, Route
from partnering.deal.books import book_common
from partnering.deal.costs import develop, trade
from partnering.deal.exposures import expose
from partnering.deal.license import license_income
from partnering.value.prospect import Kind
from partnering.results.statistics import standard_error
from partnering.world.candidates import Candidates, Origin, Reach, Stage, draw_candidates
from partnering.world.theta import draw_theta

NUMBERS = range(len(load()["candidates.inherited.names"]))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("setting", "slug", "party"), cases(*PATHS))
def test_inherited(setting, number, slug, party):
    check(setting, inherited_kind(number), slug, party, lambda world: inherited(world, slug, number, party))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("setting", ["drawn", "fixed"])
def test_the_best_route_is_one_of_the_two_it_chooses_between_on_every_path(setting, number):
    world = world_of(setting, 0)
    course = world.books["best"].course
    row = course.candidates.number == number
    waits = (course.start[:, Stage.PHASE_3] > course.end[:, Stage.PHASE_2])[row]
    reached = course.entered[row, Stage.PHASE_3]
    assert (reached & waits).any() and (reached & ~waits).any()
    for party in (Party.COMPANY, Party.OTHERS):
        alone, licensed = inherited(world, "market", number, party), inherited(world, "concept", number, party)
        assert np.array_equal(inherited(world, "best", number, party), np.where(waits, licensed, alone))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("party", "sign"), [(Party.COMPANY, 1), (Party.PARTNER, -1)])
def test_copromotion_moves_what_its_closed_form_says(number, party, sign):
    """On the same luck, which leaves little but the change. The refund is of actual cost, in the form of expected."""
    form = [values_of(setting, 0, inherited_kind(number), "partnership")[party][0] for setting in ("fixed", "shared")]
    moved = [
        inherited(world_of("shared", block), "partnership", number, party)
        - inherited(world_of("fixed", block), "partnership", number, party)
        for block in range(BLOCKS["shared"])
    ]
    gap = np.concatenate(moved) - (form[1] - form[0])
    assert sign * (form[1] - form[0]) > 3
    assert abs(gap.mean()) < ERRORS * standard_error(gap) and standard_error(gap) < 0.6


COMMON = [c for c in cases("drawn", "fixed", "certain") if c.values[1] in ("market", "concept", "best")]
COMMON += [c for c in cases("rational") if c.values[1] == "best"]  # the route that the table there is about


@pytest.mark.parametrize("number", range(len(load()["candidates.common.names"])))
@pytest.mark.parametrize(("setting", "slug", "party"), COMMON)
def test_common(setting, number, slug, party):
    modality = load()["candidates.common.modality"][number]
    kind = Kind(Origin.COMMON, number, modality == "conjugate", "full", 0, Stage.PHASE_2)

    def simulated(world: World) -> NDArray:
        scenario = with_leaves(world.scenario, {"behaviour.common_route": WAYS[slug][0].name.lower()})
        part = book_common(scenario, world.theta, world.candidates, world.task.beliefs[0])
        return outside(world, part, (Origin.COMMON, number), party)

    check(setting, kind, slug, party, simulated)


CROSSING = 7  # the quarter whose research pays for the leads below


@cache
def many_leads() -> Candidates:
    """Leads of every kind on one block of paths with theta fixed."""
    scenario = scenario_of("fixed")
    found = draw_candidates(scenario, draw_theta(scenario, SEED, 0), SEED, 0, Reach(600.0, 0.0), fixed_durations=True)
    return found.take(found.origin == Origin.LEAD)


@pytest.mark.parametrize(("conjugate", "partner_target"), [(True, False), (False, True)])
@pytest.mark.parametrize(("slug", "party"), [c.values[1:] for c in cases("fixed")])
def test_lead(conjugate, partner_target, slug, party):
    scenario, leads, (route, exit_stage, _) = scenario_of("fixed"), many_leads(), WAYS[slug]
    leads = leads.take((leads.conjugate == conjugate) & (leads.partner_target == partner_target))
    theta, rows = draw_theta(scenario, SEED, 0), len(leads.path)
    crossing, partner_runs = np.full(rows, CROSSING), np.full(rows, route == Route.PARTNER_RUN)
    first = nomination_quarter(scenario, leads, crossing)
    assert first[0] > CROSSING
    taken = np.where(partner_runs, 0, NEVER)
    walked = Rows(leads, np.full(rows, int(route)), partner_runs, crossing, first, taken)
    course = walk_stages(scenario, theta, beliefs_of("fixed"), walked, exit_stage)
    sales, signed = sell(scenario, theta, course), np.zeros(theta.size, dtype=int)
    exposures = expose(scenario, theta, Plan(course, signed, signed), sales, np.zeros(rows, dtype=bool))
    flows = [*develop(scenario, theta, course), *trade(scenario, theta, course, sales)]
    flows += [*license_income(scenario, theta, course, sales, exit_stage), *(e.transfer for e in exposures)]
    kind = Kind(Origin.LEAD, 0, conjugate, "short" if partner_target else "full", int(first[0]))
    form = values_of("fixed", 0, kind, slug)[party]
    gap = np.bincount(leads.path, net_by_row(scenario, flows, party, rows) - form, theta.size)
    assert abs(gap.mean()) < ERRORS * standard_error(gap)  # leads of one path share luck: paths are counted
