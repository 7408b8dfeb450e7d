"""The partner's options on further research years: each rule recomputed by hand, and what a year is worth to it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from helpers import World, base_task, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.course.extension import decide_extensions, extension_gain
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.strategies import read_strategies
from partnering.deal.books import Books
from partnering.deal.ledger import by_path_and_quarter
from partnering.world.candidates import Origin

RULE = {"deal.extension_decision_years": (2.0, 3.0), "deal.extension_alive_needed": (1, 2)}
QUICK = RULE | {"duration.preclinical_years": 0.25, "leads.discovery_lag_years": 0.25, "leads.cost_per_lead_musd": 6.0}
"""Leads that can be dosed before the decisions, so that they count too."""

DROPPED = QUICK | {"deal.termination.excess_hazard_rate": 0.6, "deal.termination.relicense_prob": 0.5}
"""Products handed back before the decisions, so that they no longer count."""


def signed(leaves: dict[str, Any], paths: int = 300, rational: bool = True) -> tuple[World, Books]:
    """A world of the deal alone, with the base case's belief table, and its books."""
    scenario = with_leaves(load(), leaves)
    beliefs = tuple(replace(table, rational=rational) for table in base_task().beliefs)
    task = replace(base_task(), scenario=scenario, strategies=read_strategies(scenario), beliefs=beliefs)
    world = run_world(scenario, paths, slugs=["partnership"], task=task)
    return world, world.books["partnership"]


# By what is alive


def options_taken_naively(course: Course, path: int) -> int:
    """The base rule in plain words: one candidate dosed and alive at quarter 8, then two at quarter 12."""

    def counted_at(quarter: int) -> int:
        count = 0
        for row in np.flatnonzero((course.path == path) & course.collaboration):
            dosed = bool(course.entered[row, 1]) and course.start[row, 1] <= quarter
            ends = [
                course.end[row, stage]
                for stage in range(5)
                if course.entered[row, stage] and not course.entered[row, stage + 1]
            ]
            gone = course.handed[row] <= quarter
            count += dosed and not gone and not any(end <= quarter for end in ends)
        return count

    return 0 if counted_at(8) < 1 else 1 if counted_at(12) < 2 else 2


@pytest.mark.parametrize("gates", ["rational", "commit"])
@pytest.mark.parametrize("leaves", [RULE, QUICK, DROPPED], ids=["base", "quick", "dropped"])
def test_extensions_are_what_a_plain_loop_counts(leaves: dict[str, Any], gates: str) -> None:
    world, books = signed(leaves, rational=gates == "rational")
    naive = [options_taken_naively(books.course, path) for path in range(world.paths)]
    assert list(books.plan.extensions) == naive
    assert set(naive) == {0, 1, 2}


@pytest.mark.parametrize(("rule", "taken"), [("never", 0), ("always", 2)])
def test_fixed_rules_take_none_or_all(rule: str, taken: int) -> None:
    _, books = signed({"deal.extension_rule": rule})
    assert set(books.plan.extensions) == {taken}


def test_an_extension_pays_half_of_what_the_ceiling_leaves() -> None:
    terms = {"deal.upfront_musd": 12.0, "deal.committed_ceiling_musd": 99.0, "deal.research_total_musd": 50.7}
    world, books = signed(terms | RULE | {"valuation.inflation_rate": 0.0}, 400)
    paid = sum(
        by_path_and_quarter(flow, world.paths, world.horizon)
        for flow in books.flows
        if flow.line == "extension_funding"
    )
    a_year, taken = (99 - 12 - 50.7) / 2, books.plan.extensions
    assert paid[:, 12:16].sum(axis=1) == pytest.approx(a_year * (taken >= 1))
    assert paid[:, 16:20].sum(axis=1) == pytest.approx(a_year * (taken >= 2))
    assert paid.sum() == pytest.approx(a_year * taken.sum())
    assert np.array_equal(paid[:, 12] > 0, paid[:, 15] > 0)


# By chance


@pytest.mark.parametrize("chance", [0.25, 0.7])
def test_by_chance_each_option_is_taken_with_its_probability(chance: float) -> None:
    paths = 4096
    _, books = signed({"deal.extension_rule": "chance", "deal.extension_prob": chance}, paths)
    for taken, expected in ((1, chance), (2, chance**2)):  # the second only after the first
        spread = np.sqrt(expected * (1 - expected) / paths)
        assert abs((books.plan.extensions >= taken).mean() - expected) < 4 * spread
    approved = np.bincount(books.course.path[books.course.approved], minlength=paths) > 0
    rates = [(books.plan.extensions[here] >= 1).mean() for here in (approved, ~approved)]
    assert abs(rates[0] - rates[1]) < 4 * np.sqrt(chance * (1 - chance) * (1 / approved.sum() + 1 / (~approved).sum()))


# By value


def gain_by_hand(
    leads: int, signing: int, option: int, lead_worth: float, mean: float, variance: float, inflation: float
) -> float:
    """What another year at 18.15 is worth, decided two (three) years into a deal of 16.9 a year, in plain words.

    Research could have shown leads up to five quarters ago; those of the year itself are nominated five quarters
    after it is paid for.
    """
    real = [(1 + inflation) ** -((signing + quarter + 0.5) / 4) for quarter in range(20)]
    decided = 8 + 4 * option
    research = sum(16.9 / 4 * real[quarter] for quarter in range(decided - 5))
    productivity = (mean**2 / variance + leads) / (mean / variance + research)
    gain = 0.0
    for quarter in range(12 + 4 * option, 16 + 4 * option):
        ahead = (quarter - decided + 0.5) / 4
        year = 18.15 / 4 * real[quarter]
        gain += year * (productivity * lead_worth * 1.11 ** -(ahead + 1.25) - 1.11**-ahead)
    return gain


TERMS = {
    "deal.upfront_musd": 12.0,
    "deal.research_schedule_musd": (16.9, 16.9, 16.9),
    "deal.research_total_musd": 50.7,
    "deal.committed_ceiling_musd": 99.0,
    "leads.discovery_lag_years": 1.25,
    "leads.target_multiplier": 1.0,
    "valuation.inflation_rate": 0.025,
}


@pytest.mark.parametrize(("signing", "option"), [(0, 0), (0, 1), (6, 0)])
def test_the_gain_from_another_year_against_a_plain_sum(signing: int, option: int) -> None:
    terms = TERMS | RULE | {"strategies.partnership.signing_years": signing / 4}
    world, books = signed(terms, 200)
    course, decided = books.course, signing + 8 + 4 * option
    beliefs = replace(base_task().beliefs[0], lead_to_partner=14.0, leads_per_musd=(0.08, 0.0009))
    nominated = (course.candidates.origin == Origin.LEAD) & course.collaboration & (course.first < decided)
    leads = np.bincount(course.path[nominated], minlength=world.paths)
    at = np.full(world.paths, signing), np.full(world.paths, decided)
    gain = extension_gain(world.scenario, beliefs, course, *at, option, 0.11)
    by_hand = [gain_by_hand(int(seen), signing, option, 14.0, 0.08, 0.0009, 0.025) for seen in leads]
    assert gain == pytest.approx(by_hand, abs=1e-9)
    assert len(set(leads)) > 2


def test_what_is_certain_is_not_learned() -> None:
    world, books = signed(TERMS | RULE)
    certain = replace(base_task().beliefs[0], lead_to_partner=14.0, leads_per_musd=(0.08, 0.0))
    at = np.zeros(world.paths, dtype=np.int64), np.full(world.paths, 8)
    gain = extension_gain(world.scenario, certain, books.course, *at, 0, 0.11)
    year = sum(
        18.15 / 4 * 1.025 ** -((quarter + 0.5) / 4) * 1.11 ** -((quarter - 7.5) / 4) for quarter in range(12, 16)
    )
    assert gain == pytest.approx(year * (0.08 * 14 * 1.11**-1.25 - 1), abs=1e-9)


def extensions_by_value(world: World, lead_worth: float, course: Course | None = None) -> NDArray[np.int64]:
    beliefs = replace(base_task().beliefs[0], lead_to_partner=lead_worth)
    scenario = with_leaves(world.scenario, {"deal.extension_rule": "value"})
    signing, chances = np.zeros(world.paths, dtype=np.int64), np.zeros((2, world.paths))
    course = course or world.books["partnership"].course
    return decide_extensions(scenario, beliefs, course, signing, chances, 0.11)


def test_by_value_no_year_is_lost_where_leads_are_worth_more() -> None:
    world, _ = signed(TERMS | RULE)
    taken = [extensions_by_value(world, worth) for worth in (0.0, 6.0, 10.0, 12.0, 14.0, 18.0, 200.0)]
    assert all((more >= less).all() for less, more in pairwise(taken))
    assert set(taken[0]) == {0} and set(taken[-1]) == {2}
    assert any(len(set(each)) > 1 for each in taken)  # where it depends on the leads seen


def test_by_value_no_year_is_lost_where_more_leads_were_seen() -> None:
    world, books = signed(TERMS | RULE | {"leads.cost_per_lead_musd": 8.0})
    course = books.course
    leads = course.candidates.origin == Origin.LEAD
    fewer = course.take(~leads | (np.arange(len(leads)) % 3 > 0))
    for worth in (8.0, 10.0, 12.0):
        more, less = (extensions_by_value(world, worth, seen) for seen in (course, fewer))
        assert (more >= less).all() and (more > less).any()


def test_no_deal_is_no_extension() -> None:
    world, books = signed(TERMS | RULE)
    never = np.full(world.paths, NEVER)
    for rule in ("alive", "always", "chance", "value"):
        scenario = with_leaves(world.scenario, {"deal.extension_rule": rule})
        taken = decide_extensions(
            scenario, base_task().beliefs[0], books.course, never, np.zeros((2, world.paths)), 0.11
        )
        assert not taken.any(), rule
