"""The same thing twice: an option against its outcomes enumerated, a clause at no terms against no clause at all."""

from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from helpers import World, base_task, identities, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.course.extension import decide_extensions
from partnering.course.gates import gates_of
from partnering.course.research import NEVER
from partnering.course.strategies import Party, read_strategies
from partnering.results.simulate import chances_of
from partnering.value import beliefs as belief_table
from partnering.world.candidates import Stage

EXACT = 1e-9
DEVELOPMENT_LINES = {"preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing", "filing"}
PARTIES = (Party.COMPANY, Party.PARTNER, Party.OTHERS)
PATHS = 1000

# The extension: each of its three outcomes on every path, then the partner's choice among them

NEVER_ENOUGH = 10**6
FORCED = {0: (NEVER_ENOUGH, NEVER_ENOUGH), 1: (0, NEVER_ENOUGH), 2: (0, 0)}
"""Candidates alive that the two options need, by how many options are then taken on every path."""


def signed(leaves: dict[str, Any]) -> World:
    """The deal with leads found soon enough to be judged by, and worth so little that their number counts."""
    quick = {"leads.cost_per_lead_musd": 10.0, "leads.discovery_lag_years": 0.5}
    scenario = with_leaves(load(), quick | leaves)
    beliefs = tuple(replace(table, lead_to_partner=13.0) for table in base_task().beliefs)
    task = replace(base_task(), scenario=scenario, strategies=read_strategies(scenario), beliefs=beliefs)
    return run_world(scenario, PATHS, slugs=["partnership"], task=task)


@cache
def enumerated(taken: int) -> World:
    world = signed({"deal.extension_rule": "alive", "deal.extension_alive_needed": FORCED[taken]})
    assert (world.books["partnership"].plan.extensions == taken).all()
    return world


@pytest.mark.parametrize(
    ("rule", "outcomes"),
    [("never", {0}), ("always", {2}), ("alive", {0, 1, 2}), ("chance", {0, 1, 2}), ("value", {0, 1, 2})],
)
def test_an_extension_is_one_of_its_three_outcomes_on_every_path(rule, outcomes):
    """Which one, the partner decides on the course of the committed term alone; every party gets that outcome whole."""
    rules = {"deal.extension_rule": rule, "deal.extension_alive_needed": (1, 2)}
    world, none = signed(rules), enumerated(0)
    chances = chances_of(world.task, 0, PATHS).extension
    beliefs = world.task.beliefs[0]
    course = none.books["partnership"].course
    chosen = decide_extensions(world.scenario, beliefs, course, np.zeros(PATHS, dtype=int), chances, 0.11)
    assert set(chosen) == outcomes
    assert np.array_equal(world.books["partnership"].plan.extensions, chosen)
    for party in PARTIES:
        of_each = np.array([enumerated(taken).value("partnership", party) for taken in FORCED])
        assert np.array_equal(world.value("partnership", party), of_each[chosen, np.arange(PATHS)])


def test_a_later_year_never_undoes_an_earlier_one():
    """More years only add leads: what the partner has by fewer, it has by more."""
    found = []
    for taken in FORCED:
        course = enumerated(taken).books["partnership"].course
        found.append(set(identities(course.candidates.take(course.collaboration))))
    assert found[0] < found[1] < found[2]


# Co-promotion against the plain royalty


def committed(leaves: dict[str, Any]) -> World:
    """The deal where nobody may stop, by a small belief table of its own."""
    with patch.object(belief_table, "BELIEF_DRAWS", 8):
        return run_world(with_leaves(load(), {"behaviour.gates": "commit"} | leaves), PATHS, slugs=["partnership"])


def offered(profit: float, refund: float) -> dict[str, Any]:
    terms = {"deal.copromotion.us_profit_share": profit, "deal.copromotion.opt_in_cost_share": refund}
    return {"deal.copromotion.offered": True} | terms


@cache
def shared(profit: float, refund: float) -> World:
    return committed(offered(profit, refund))


@cache
def plain() -> World:
    return committed({})


def moved(world: World, party: Party) -> NDArray[np.float64]:
    return world.value("partnership", party) - plain().value("partnership", party)


def test_copromotion_of_nothing_is_the_plain_royalty():
    """The company may as well opt in, and every party is exactly where it was, on every path and line."""
    world = shared(0.0, 0.0)
    assert world.books["partnership"].opted.any()
    for party in PARTIES:
        assert np.array_equal(world.value("partnership", party), plain().value("partnership", party))


def test_what_copromotion_gives_one_party_it_takes_from_the_other():
    world = shared(0.5, 0.25)
    books = world.books["partnership"]
    paths = np.bincount(books.course.path[books.opted], minlength=PATHS) > 0
    gain = moved(world, Party.COMPANY)
    assert gain == pytest.approx(-moved(world, Party.PARTNER), abs=EXACT)
    assert (moved(world, Party.OTHERS) == 0).all()
    assert (np.abs(gain) > 1)[paths].any() and (gain[~paths] == 0).all()
    assert gain.min() < 0 < gain.max()  # decided on a forecast: it may turn out a loss


def test_only_products_the_partner_still_has_are_copromoted():
    drops = {"deal.termination.excess_hazard_rate": 0.05, "deal.termination.relicense_prob": 0.9}
    books = committed(offered(0.5, 0.0) | drops).books["partnership"]
    course, opted = books.course, books.opted
    back = course.collaboration & (course.launch < NEVER) & (course.resumed < NEVER)
    assert back.any() and opted.any() and not (opted & back).any()
    assert (course.launch[opted] < NEVER).all() and course.collaboration[opted].all()
    assert set(course.runner(Stage.MARKET)[opted]) == {Party.PARTNER}


def test_the_company_opts_in_where_its_forecast_pays_for_the_refund():
    """Row by row: what the table expects to move at that forecast, against a share of what the partner has spent."""
    world = shared(0.5, 0.5)
    books, beliefs = world.books["partnership"], world.task.beliefs[0]
    course, scenario = books.course, world.scenario
    spent = np.zeros(len(course.path))
    for flow in books.flows:
        if flow.payer == Party.PARTNER and flow.payee == Party.SUPPLIERS and flow.line in DEVELOPMENT_LINES:
            np.add.at(spent, flow.row, flow.amount * (flow.last - flow.first))
    gains = beliefs.read(beliefs.opting_in, gates_of(scenario, course.candidates))
    on_market = course.collaboration & (course.launch < NEVER) & (course.resumed == NEVER)
    assert np.array_equal(books.opted, on_market & (gains >= 0.5 * spent))
    assert (on_market & ~books.opted).any() and books.opted.any()
    refunds = next(e.unit for e in books.exposures if e.term == "deal.copromotion.opt_in_cost_share")
    assert refunds.amount == pytest.approx(spent[books.opted])
    assert np.array_equal(refunds.first, course.start[books.opted, Stage.MARKET])


def test_profit_shared_is_the_us_part_of_what_is_left_of_sales():
    """A quarter of sales goes into selling, a twentieth for eight years into lifecycle; 60 % of the rest is US."""
    leaves = {"sales.us_share": 0.6, "sales.cogs_rate": 0.2, "sales.conjugate_cogs_rate": 0.05}
    leaves |= {"sales.selling_rate": 0.25, "sales.lifecycle_rate": 0.05, "sales.lifecycle_years": 8.0}
    books = committed(offered(0.5, 0.0) | leaves).books["partnership"]
    sales, course = books.sales, books.course
    left = sales.amount * (1 - 0.2 - 0.25 - 0.05 * course.candidates.conjugate[sales.row])
    left -= 0.05 * sales.amount * (sales.since_launch < 32)
    unit = next(e.unit for e in books.exposures if e.term == "deal.copromotion.us_profit_share")
    chosen = books.opted[sales.row]
    assert chosen.any() and unit.amount == pytest.approx(0.6 * left[chosen])
