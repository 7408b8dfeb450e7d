"""Licences of the technology against their closed form, and what the comparison with closed forms would notice."""

from dataclasses import replace

import numpy as np
import pytest
from closed_forms import (
    BLOCKS,
    CERTAIN,
    ERRORS,
    beliefs_of,
    closed_form,
    inherited,
    inherited_kind,
    net_by_row,
    outside,
    scenario_of,
    theta_of,
    world_of,
)
from helpers import SEED, central_theta, load, run_world, with_leaves

from partnering.clock import QUARTERS
from partnering.course.gates import Chain
from partnering.course.strategies import Party
from partnering.deal.books import book_technology
from partnering.inputs import Scenario
from partnering.value.prospect import Kind
from partnering.results.statistics import standard_error
from partnering.world.candidates import Origin, Reach, Stage, draw_candidates
from partnering.world.theta import draw_theta


def technology_kind(scenario: Scenario, number: int, quarter: int) -> Kind:
    seeded = scenario["technology.seeded_stage"]
    stage = Stage[seeded[number].upper()] if number < len(seeded) else Stage.PRECLINICAL
    return Kind(Origin.TECHNOLOGY, number, True, "full", quarter, stage)


SEEDED = len(load()["technology.seeded_names"])


@pytest.mark.parametrize("setting", ["drawn", "fixed", "certain", "rational"])
@pytest.mark.parametrize("number", range(SEEDED))
def test_technology_in_force(setting, number):
    gaps = []
    for block in range(BLOCKS[setting]):
        world, theta = world_of(setting, block), theta_of(setting, block)
        form = closed_form(world.scenario, theta, technology_kind(world.scenario, number, 0), Chain.TECHNOLOGY, None)
        income = outside(world, world.technology, (Origin.TECHNOLOGY, number), Party.COMPANY)
        gaps.append(income - form.value(Party.COMPANY))
    gap = np.concatenate(gaps)
    assert abs(gap.mean()) < ERRORS * standard_error(gap)


@pytest.mark.parametrize("quarter", [1, 30])
def test_technology_licensed_later(quarter):
    """Signed on a given date: the fee at signing, milestones and royalty from there."""
    scenario = with_leaves(scenario_of("fixed"), {"technology.new_years": 10.0})
    theta = draw_theta(scenario, SEED, 0)
    found = draw_candidates(scenario, theta, SEED, 0, Reach(0.0, 10.0), fixed_durations=True)
    new = found.take((found.origin == Origin.TECHNOLOGY) & (found.number >= SEEDED))
    new = replace(new, effort_needed=np.full(len(new.path), quarter / QUARTERS - 0.01))
    part = book_technology(scenario, theta, new, 1.0, beliefs_of("fixed"))
    flows = [replace(flow, programme=True) for flow in part.flows]
    kind = technology_kind(scenario, SEEDED, quarter)
    form = closed_form(scenario, central_theta(scenario), kind, Chain.TECHNOLOGY, None).value(Party.COMPANY)
    income = net_by_row(scenario, flows, Party.COMPANY, len(new.path))
    gap = np.bincount(new.path, income - form, theta.size)
    assert len(new.path) > theta.size and set(part.course.taken) == {quarter}
    assert abs(gap.mean()) < ERRORS * standard_error(gap)


@pytest.mark.parametrize("odds", ["success.alliance_odds", "success.conjugate_odds"])
def test_the_comparison_would_notice_odds_left_out(odds):
    """A planted fault: the closed form with one odds ratio at 1 is out by far more than chance allows."""
    wrong = with_leaves(scenario_of("fixed"), {odds: 1.0})
    form = closed_form(wrong, central_theta(wrong), inherited_kind(0), Chain.PARTNER, None).value(Party.COMPANY)
    gap = np.concatenate([inherited(world_of("fixed", b), "partnership", 0, Party.COMPANY) for b in range(5)]) - form
    assert abs(gap.mean()) > 1.5 * ERRORS * standard_error(gap)


def test_the_licence_upfront_rises_with_the_forecast_as_its_elasticity_says():
    """Nothing but the upfront is paid, and everything else is certain: E[ratio ** elasticity] is all that is left."""
    leaves = CERTAIN | {"sales.peak_log_sd": 1.4, "license.taker_prob": 1.0, "license.upfront_elasticity": 0.5}
    leaves |= {"license.royalty_rate": 0.0, "license.milestones_musd": 0.0}
    scenario = with_leaves(scenario_of("fixed"), leaves)
    task = replace(world_of("fixed", 0).task, scenario=scenario)
    world = run_world(scenario, 4096, fixed_durations=True, slugs=["concept"], task=task)
    form = closed_form(scenario, central_theta(scenario), inherited_kind(0), Chain.LICENSE, Stage.PHASE_2)
    gap = inherited(world, "concept", 0, Party.COMPANY) - form.value(Party.COMPANY)
    assert abs(gap.mean()) < ERRORS * standard_error(gap)
    assert standard_error(gap) < 0.5
