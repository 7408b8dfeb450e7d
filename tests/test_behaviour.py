"""What the partner decides and what research finds: extensions, and leads by date."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from helpers import SEED, World, base_task, identities, load, vary, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.course.extension import decide_extensions, dosed_and_alive
from partnering.course.pathway import Course, success_chain
from partnering.course.plan import plan_programme
from partnering.course.research import crossing_quarter, research_quarters
from partnering.deal.ledger import by_path_and_quarter
from partnering.value.statistics import standard_error
from partnering.world.candidates import Candidates, Origin, draw_candidates
from partnering.world.theta import draw_theta

# Extensions: the rule recomputed by hand, and what it may know


def options_taken_naively(course: Course, path: int) -> int:
    """The base rule in plain words: one candidate dosed and alive at quarter 8, then two at quarter 12."""

    def counted_at(quarter: int) -> int:
        count = 0
        for row in np.flatnonzero((course.path == path) & course.collaboration):
            dosed = bool(course.entered[row, 1]) and course.start[row, 1] <= quarter
            failures = [
                course.end[row, stage]
                for stage in range(5)
                if course.entered[row, stage] and not course.entered[row, stage + 1]
            ]
            count += dosed and not any(end <= quarter for end in failures)
        return count

    return 0 if counted_at(8) < 1 else 1 if counted_at(12) < 2 else 2


RULE = {"deal.extension_decision_years": (2.0, 3.0), "deal.extension_alive_needed": (1, 2)}
QUICK = RULE | {"duration.preclinical_years": 0.25, "leads.discovery_lag_years": 0.25, "leads.cost_per_lead_musd": 6.0}
"""Leads that can be dosed before the decisions, so that they count too."""


@pytest.mark.parametrize("leaves", [RULE, QUICK], ids=["base", "quick"])
def test_extensions_are_what_a_plain_loop_counts(leaves):
    world = vary(leaves, 300, slugs=["partnership"])
    books = world.books["partnership"]
    naive = [options_taken_naively(books.course, path) for path in range(world.paths)]
    assert list(books.extensions) == naive
    assert set(naive) == {0, 1, 2}


@pytest.mark.parametrize(("rule", "taken"), [("never", 0), ("always", 2)])
def test_fixed_rules_take_none_or_all(rule, taken):
    books = vary({"deal.extension_rule": rule}, slugs=["partnership"]).books["partnership"]
    assert set(books.extensions) == {taken}


def test_an_extension_pays_half_of_what_the_ceiling_leaves():
    terms = {"deal.upfront_musd": 12.0, "deal.committed_ceiling_musd": 99.0, "deal.research_total_musd": 50.7}
    world = vary(terms | RULE | {"valuation.inflation_rate": 0.0}, slugs=["partnership"])
    books = world.books["partnership"]
    paid = sum(
        by_path_and_quarter(flow, world.paths, world.horizon)
        for flow in books.flows
        if flow.line == "extension_funding"
    )
    a_year = (99 - 12 - 50.7) / 2
    assert paid[:, 12:16].sum(axis=1) == pytest.approx(a_year * (books.extensions >= 1))
    assert paid[:, 16:20].sum(axis=1) == pytest.approx(a_year * (books.extensions >= 2))
    assert paid.sum() == pytest.approx(a_year * books.extensions.sum())
    assert np.array_equal(paid[:, 12] > 0, paid[:, 15] > 0)


def new_future(course: Course, chain: NDArray[np.float64], quarter: int, rng: np.random.Generator) -> Candidates:
    """The same candidates with everything after a quarter drawn again, and everything up to it as it was."""
    known, rows = course.candidates, np.arange(len(course.path))
    over = course.entered[:, :5] & (course.end <= quarter)  # stages whose outcome has been seen
    passed = (over & course.entered[:, 1:]).sum(axis=1)
    failed = over.sum(axis=1) > passed
    bounds = np.column_stack([np.ones(len(rows)), chain])
    lowest, highest = np.where(failed, bounds[rows, np.minimum(passed + 1, 5)], 0.0), bounds[rows, passed]
    running = course.start[:, :5] <= quarter
    least = np.where(running, quarter - course.start[:, :5] + 1, 1)
    duration = np.where(over, known.duration, least + rng.integers(0, 30, over.shape))
    later_lead = (known.origin == Origin.LEAD) & (course.crossing > quarter)
    return replace(
        known,
        luck=lowest + (highest - lowest) * rng.random(len(rows)),
        duration=duration,
        research_needed_musd=known.research_needed_musd + later_lead * rng.exponential(20, len(rows)),
        peak_musd=rng.permutation(known.peak_musd),
        forecast_ratio=rng.permutation(known.forecast_ratio),
        cost_factor=rng.permutation(known.cost_factor),
        taker_luck=rng.random((len(rows), 2)),
    )


def before_and_after(leaves: dict[str, Any], quarter: int) -> Iterator[tuple[Course, Course, int]]:
    """Courses that share everything up to a quarter and nothing after it, seen before any extension; paths."""
    scenario = with_leaves(load(), leaves | {"deal.extension_rule": "never"})
    theta = draw_theta(scenario, SEED, 0, 1500)
    drawn = draw_candidates(scenario, theta, SEED, 0, base_task().most_research_musd)
    signing, routes = base_task().strategies[0], base_task().routes
    course, _ = plan_programme(scenario, theta, drawn, signing, routes)
    chain = success_chain(scenario, theta, course.candidates, np.ones(course.end.shape, dtype=bool))
    for again in range(3):
        other = new_future(course, chain, quarter, np.random.default_rng(again))
        yield course, plan_programme(scenario, theta, other, signing, routes)[0], theta.size


@pytest.mark.parametrize("leaves", [RULE, QUICK], ids=["base", "quick"])
@pytest.mark.parametrize(("quarter", "settled"), [(8, 1), (12, 2)])
def test_no_extension_depends_on_what_happens_after_it_is_decided(leaves, quarter, settled):
    scenario = with_leaves(load(), leaves)
    for course, other, paths in before_and_after(leaves, quarter):
        taken, retaken = (decide_extensions(scenario, c, paths) for c in (course, other))
        assert np.array_equal(np.minimum(taken, settled), np.minimum(retaken, settled))


@pytest.mark.parametrize("quarter", [8, 12])
def test_a_rule_that_looks_one_quarter_ahead_would_be_caught(quarter):
    for course, other, paths in before_and_after(RULE, quarter):
        assert np.array_equal(*(dosed_and_alive(c, quarter, paths) for c in (course, other)))
        assert not np.array_equal(*(dosed_and_alive(c, quarter + 1, paths) for c in (course, other)))


# Research: who pays, which leads it finds, and when

RESEARCH = {
    "leads.own_research_musd": 6.0,
    "leads.window_years": 5.0,
    "leads.target_multiplier": 1.0,
    "deal.research_schedule_musd": (16.0, 12.0, 8.0),
    "deal.research_total_musd": 36.0,
    "deal.upfront_musd": 12.0,
    "deal.committed_ceiling_musd": 88.0,  # leaves 20 for each extension year
    "valuation.inflation_rate": 0.0,
}


@pytest.mark.parametrize(
    ("signs", "extensions", "by_year"),
    [
        (False, 0, (6, 6, 6, 6, 6)),
        (True, 0, (16, 12, 8, 6, 6)),
        (True, 1, (16, 12, 8, 20, 6)),
        (True, 2, (16, 12, 8, 20, 20)),
    ],
)
def test_leads_arise_in_the_quarter_that_pays_for_them(signs, extensions, by_year):
    """One lead for every 5 million, counted on fingers: 6 a year is 1.5 a quarter, so the first comes in the fourth."""
    spent = research_quarters(with_leaves(load(), RESEARCH), signs, extensions)
    assert [round(float(year), 9) for year in spent.reshape(5, 4).sum(axis=1)] == list(by_year)
    needed, expected, total = np.arange(5.0, 85.0, 5.0), [], 0.0
    for quarter in range(20):
        total += by_year[quarter // 4] / 4
        while len(expected) < len(needed) and total >= needed[len(expected)]:
            expected.append(quarter)
    found = crossing_quarter(needed, spent)
    assert list(found[: len(expected)]) == expected
    assert (found[len(expected) :] > 1000).all()
    if not signs:
        assert expected == [3, 6, 9, 13, 16, 19]


def test_mean_leads_are_research_over_the_cost_of_a_lead():
    """Unit exponential waits make leads a Poisson count: 30 of own research at 14 a lead, 76 of the partner's."""
    leaves = RESEARCH | {"leads.cost_per_lead_musd": 14.0, "deal.extension_rule": "always"}
    world = vary(leaves, 4096, without_ranges(load()), slugs=["partnership", "market"])
    for slug, research in (("market", 30), ("partnership", 36 + 2 * 20)):
        course = world.books[slug].course
        leads = np.bincount(course.path[course.candidates.origin == Origin.LEAD], minlength=world.paths)
        assert abs(leads.mean() - research / 14) < 4 * standard_error(leads)
        assert leads.var() == pytest.approx(research / 14, rel=0.1)


def test_a_lead_is_the_same_molecule_in_every_strategy_only_its_date_differs():
    world = vary({}, 300)
    compared = Counter()
    for slug in ("market", "concept"):
        signed, alone = (world.books[s].course for s in ("partnership", slug))
        place = {who: row for row, who in enumerate(identities(signed.candidates))}
        for row, who in enumerate(identities(alone.candidates)):
            if who in place:
                for name in (f.name for f in fields(Candidates)):
                    mine, other = getattr(alone.candidates, name)[row], getattr(signed.candidates, name)[place[who]]
                    assert np.array_equal(mine, other), (who, name)
                compared[who[1]] += 1
    assert compared[Origin.INHERITED] == 2 * 3 * 300 and compared[Origin.LEAD] > 500


def test_no_own_research_is_charged_while_the_partner_funds_it():
    world = vary(RESEARCH | {"deal.research_cost_share": 0.8}, 400, slugs=["partnership", "market"])
    books = world.books["partnership"]
    lines = ("own_research", "research_cost", "extension_research")
    own, committed, extended = (spent_by_quarter(world, "partnership", line) for line in lines)
    funded = committed + extended
    quarter, until = np.arange(world.horizon), 4 * (3 + books.extensions)[:, None]
    assert np.array_equal(own, np.where((quarter >= until) & (quarter < 20), 6 / 4, 0.0))
    assert np.array_equal(funded > 0, np.broadcast_to(quarter < until, funded.shape))
    assert not committed[:, 12:].any() and not extended[:, :12].any()
    assert funded.sum(axis=1) == pytest.approx(0.8 * (36 + 20 * books.extensions))
    alone = spent_by_quarter(world, "market", "own_research")
    assert alone.sum(axis=1) == pytest.approx(30)


def spent_by_quarter(world: World, slug: str, *lines: str) -> NDArray[np.float64]:
    flows = [flow for flow in world.books[slug].flows if flow.line in lines]
    return sum(by_path_and_quarter(flow, world.paths, world.horizon) for flow in flows)


def test_more_research_funding_never_loses_or_delays_a_lead():
    base = vary({})
    richer = tuple(year + 2.0 for year in load()["deal.research_schedule_musd"])
    ceiling = load()["deal.committed_ceiling_musd"] + 11.0
    more = vary({"deal.research_schedule_musd": richer, "deal.committed_ceiling_musd": ceiling})
    before, after = (lead_dates(world) for world in (base, more))
    assert set(before) < set(after)
    assert all(after[who] <= before[who] for who in before)


def lead_dates(world: World) -> dict[tuple[int, int, int], int]:
    course = world.books["partnership"].course
    leads = course.take(course.candidates.origin == Origin.LEAD)
    return dict(zip(identities(leads.candidates), leads.crossing, strict=True))
