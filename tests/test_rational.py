"""Decisions of those who pay, against other means: who takes a licence, when a product is withdrawn, what classes cost.

The closed form with decisions is held against simulation in test_closed_form.py.
"""

from dataclasses import replace
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest
from closed_forms import CERTAIN, ERRORS, inherited_kind, scenario_of, task_of
from helpers import PLAIN_MARKET, World, base_task, central_theta, load, run_world, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years
from partnering.course.gates import Beliefs, Chain, gates_of
from partnering.course.pathway import Course, search_quarters
from partnering.course.research import NEVER
from partnering.course.sales import sell
from partnering.course.strategies import Party
from partnering.course.success import success_chain
from partnering.deal.costs import trade
from partnering.value import beliefs as belief_table
from partnering.value.beliefs import BELIEF_DRAWS, BELIEF_SEED, belief_policy, believe, kinds_of, least_sales
from partnering.value.closed_form import ClosedForm
from partnering.value.market_form import Product, value_market
from partnering.value.peak import peak_given
from partnering.value.prospect import Prospect, Run
from partnering.value.rollback import roll_back
from partnering.results.statistics import standard_error
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import draw_theta

# A product that sells too little is withdrawn


@cache
def sold_alone() -> World:
    """Certain products of the company's own with a wide spread of peaks, some of which sell too little."""
    leaves = CERTAIN | {"sales.peak_log_sd": 1.4, "sales.erosion_loss": 0.6, "sales.peak_median_musd": 120.0}
    scenario = with_leaves(scenario_of("fixed"), leaves)
    task = replace(task_of("fixed"), scenario=scenario)
    return run_world(scenario, 4096, fixed_durations=True, slugs=["market"], task=task)


@pytest.mark.parametrize("number", [0, 1], ids=["conjugate", "naked"])
def test_withdrawal_in_expectation_is_withdrawal_product_by_product(number):
    world, rate = sold_alone(), 0.11
    scenario, course = world.scenario, world.books["market"].course
    course = course.take(course.candidates.number == number)
    theta = central_theta(scenario)
    least = least_sales(scenario, theta)
    kept, all_sold = sell(scenario, world.theta, course, least), sell(scenario, world.theta, course)
    assert 0.5 < len(kept.row) / len(all_sold.row) < 0.95  # it happens, and not everywhere
    (launch,), (exclusive_until,) = set(course.launch), set(course.loss_of_exclusivity)
    at = (np.array([launch]), np.array([exclusive_until]), number == 0, True, 1.0, False)
    product = Product(*at, least_sales=least[int(number == 0)])
    form = value_market(scenario, theta, product, rate, peak_given(theta, scenario["sales.peak_cap_musd"], None), 8)
    flows = [flow for flow in trade(scenario, world.theta, course, kept) if flow.line != "launch_build"]
    build = 120.0 / QUARTERS * discount(mid_years(np.arange(QUARTERS)), rate).sum()
    found = {"net_sales": np.zeros(world.paths), "costs": np.full(world.paths, build)}
    for flow in flows:
        worth = flow.amount * discount(mid_years(flow.first - launch), rate)
        found["net_sales" if flow.line == "net_sales" else "costs"] += np.bincount(flow.path, worth, world.paths)
    assert scenario["sales.company_launch_build_musd"] == 120.0
    for name, values in found.items():
        assert abs(values.mean() - float(getattr(form, name)[0, 0])) < ERRORS * standard_error(values), name


def test_a_product_is_sold_exactly_as_long_as_pays_best():
    """Where the market is as expected, every product is dropped at the best of all possible quarters."""
    leaves = CERTAIN | PLAIN_MARKET | {"sales.peak_log_sd": 1.4, "sales.peak_median_musd": 120.0}
    scenario = with_leaves(scenario_of("fixed"), leaves | {"sales.erosion_loss": 0.6})
    task = replace(task_of("fixed"), scenario=scenario)
    world = run_world(scenario, 200, fixed_durations=True, slugs=["market"], task=task)
    course = world.books["market"].course
    kept = sell(scenario, world.theta, course, least_sales(scenario, central_theta(scenario)))
    lasted = np.bincount(kept.row, minlength=len(course.path))
    sales = sell(scenario, world.theta, course)
    earned = np.zeros((len(course.path), sales.since_launch.max() + 1))
    for flow in trade(scenario, world.theta, course, sales):
        if flow.line != "launch_build":
            sign = 1 if flow.payee == Party.COMPANY else -1
            earned[flow.row, flow.first - course.launch[flow.row]] += sign * flow.amount
    total = np.cumsum(earned * discount(mid_years(np.arange(earned.shape[1])), 0.11), axis=1)
    best = total[:, QUARTERS - 1 :].max(axis=1)  # the first year is sold in any case
    assert total[np.arange(len(lasted)), lasted - 1] == pytest.approx(best, abs=1e-6)
    assert (lasted == QUARTERS).any() and len(set(lasted)) > 20


# What the classes of forecast cost


@cache
def coarse() -> Beliefs:
    """The belief table in the classes of a report, by those who know the one theta there is."""
    with patch.object(belief_table, "BELIEF_DRAWS", 1):
        return believe(scenario_of("rational"), 0.11, Stage.PHASE_2)


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("chain", "party"),
    [
        (Chain.PARTNER, Party.PARTNER),
        (Chain.OWN, Party.COMPANY),
        (Chain.LICENSE, Party.COMPANY),
        (Chain.BEST, Party.COMPANY),
    ],
)
def test_classes_of_half_a_standard_deviation_are_fine_enough_to_believe(chain, party, number):
    """Whoever decides finds its candidates worth the same, within half a million, in classes a fifth as wide."""
    scenario, theta, values = scenario_of("rational"), central_theta(scenario_of("rational")), []
    for grid in ({"BELIEF_DRAWS": 1}, {"CLASS_STEP": 0.1, "LOWEST_CLASS": -40, "HIGHEST_CLASS": 45}):
        with patch.multiple(belief_table, **grid):
            policy = belief_policy(scenario, theta)
        prospect = Prospect(scenario, theta, inherited_kind(number), (0.11,) * 3, Stage.PHASE_2, policy)
        values.append(float(ClosedForm(prospect, chain).value(party)[0]))
    assert values[0] == pytest.approx(values[1], abs=0.5) and values[0] != values[1]


def test_classes_of_half_a_standard_deviation_are_fine_enough_to_decide():
    """Read along straight lines, they decide as classes less than half as wide on all but one candidate in 200."""
    fine = task_of("rational")
    worlds = [
        run_world(fine.scenario, 4096, fixed_durations=True, slugs=("partnership", "market", "concept", "best"), task=t)
        for t in (fine, replace(fine, beliefs=(coarse(),) * len(fine.beliefs)))
    ]
    for slug, books in worlds[0].books.items():
        one, other = books.course, worlds[1].books[slug].course
        differs = (one.entered != other.entered).any(axis=1) | (one.taken != other.taken)
        assert differs.mean() < 0.005, slug
        assert abs((worlds[0].value(slug) - worlds[1].value(slug)).mean()) < 1.0, slug


# A licensee takes what it gains by


@cache
def licensing(gates: str) -> World:
    beliefs = base_task().beliefs
    if gates == "commit":
        beliefs = tuple(replace(b, rational=False, least_sales=None) for b in beliefs)
    return run_world(load(), 2048, slugs=["concept", "best"], task=replace(base_task(), beliefs=beliefs))


def takers(world: World, course: Course) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Candidates with a good Phase 2 whom luck brings a taker inside the horizon, and all whom a licensee gains by."""
    candidates, after = course.candidates, Stage.PHASE_3
    alone = success_chain(world.scenario, world.theta, candidates, np.zeros(candidates.duration.shape, dtype=bool))
    good = course.entered[:, Stage.PHASE_2] & (candidates.luck < alone[:, Stage.PHASE_2])
    comes = candidates.taker_luck < world.theta.at("license.taker_prob", course.path)[:, None]
    waits = np.where(comes[:, 0], *search_quarters(world.scenario))
    beliefs = world.task.beliefs[0]
    gains = beliefs.read(beliefs.going_on[Chain.LICENSED][:, after], gates_of(world.scenario, candidates)) >= 0
    return good & comes.any(axis=1) & (course.end[:, Stage.PHASE_2] + waits < world.horizon), gains


def test_no_licence_is_signed_where_the_licensee_expects_to_lose():
    world = licensing("rational")
    for course in (world.books["concept"].course, world.common.course):
        found, gains = takers(world, course)
        assert np.array_equal(course.signed < NEVER, found & gains)
        assert (found & gains).sum() > 100 and (found & ~gains).sum() > 20
        refused = course.take(found & ~gains)  # no time is lost on who would not take it
        assert np.array_equal(refused.start[:, Stage.PHASE_3], refused.end[:, Stage.PHASE_2])


def test_the_best_route_signs_only_where_both_gain():
    world = licensing("rational")
    course, beliefs = world.books["best"].course, world.task.beliefs[0]
    rows = gates_of(world.scenario, course.candidates)
    alone = beliefs.read(beliefs.going_on[Chain.OWN][:, Stage.PHASE_3], rows)
    wanted = beliefs.read(beliefs.searching, rows) >= np.maximum(alone, 0)
    found, gains = takers(world, course)
    assert np.array_equal(course.signed < NEVER, found & gains & wanted)
    assert all(part.sum() > 20 for part in (found & gains & wanted, found & gains & ~wanted, found & ~gains & wanted))


def test_without_rational_gates_every_taker_takes():
    world = licensing("commit")
    for course in (world.books["concept"].course, world.common.course):
        found, gains = takers(world, course)
        assert np.array_equal(course.signed < NEVER, found)
        assert (found & ~gains).sum() > 20


@cache
def selling_early(upfront: float) -> World:
    with patch.object(belief_table, "BELIEF_DRAWS", 1):
        scenario = with_leaves(without_ranges(load("sell_at_ind")), {"license.early.upfront_musd": upfront})
        return run_world(scenario, 512)


@pytest.mark.parametrize(("upfront", "signs"), [(5.0, True), (500.0, False)])
def test_at_the_ind_a_licensee_takes_it_at_a_fair_price_and_not_at_any(upfront, signs):
    world = selling_early(upfront)
    course, p = world.books["ind"].course, world.scenario["license.taker_prob"]
    found = course.entered[:, Stage.PRECLINICAL] & (course.candidates.luck < world.scenario["success.preclinical_prob"])
    found &= (course.candidates.taker_luck < p).any(axis=1)
    assert found.sum() > 100
    assert np.array_equal(course.signed < NEVER, found & signs)


def test_the_kept_candidates_do_the_same_in_every_strategy():
    world = selling_early(5.0)
    first, *others = (books.outside[0].course for books in world.books.values())
    assert (first.signed < NEVER).any() and first.approved.any()
    for course in others:
        assert np.array_equal(course.entered, first.entered) and np.array_equal(course.signed, first.signed)


def test_the_table_knows_a_licence_by_the_shorter_wait():
    """A licence found at the first try has more exclusivity left: that is what a licensee is asked about."""
    scenario, theta = load(), draw_theta(load(), BELIEF_SEED, 0, BELIEF_DRAWS, stream="belief")
    prospect = Prospect(
        scenario, theta, inherited_kind(0), (0.11,) * 3, Stage.PHASE_2, belief_policy(scenario, theta), {}
    )
    good = sum(prospect.lasts[stage] for stage in (Stage.PRECLINICAL, Stage.PHASE_1, Stage.PHASE_2))
    table, worth = base_task().beliefs[0].going_on[Chain.LICENSED][0, Stage.PHASE_3], []
    for wait in search_quarters(scenario):
        runs = [Run(Chain.LICENSED, Party.OTHERS, wait, good + wait, forecast) for forecast in range(len(table))]
        signed = [ClosedForm(prospect, Chain.LICENSE)._stage(Stage.PHASE_3, good + wait, run) for run in runs]
        worth.append([roll_back(node, prospect.rate)[Party.OTHERS].mean() for node in signed])
    assert table == pytest.approx(worth[0], rel=1e-9)
    assert np.all(np.array(worth[0]) >= worth[1]) and worth[0] != worth[1]


@pytest.mark.parametrize("gates", ["rational", "commit"])
def test_a_lead_is_worth_to_the_partner_what_it_would_do_with_it(gates):
    """Where trials are so dear that leads lose, it is worth nothing to who may stop, and its loss to who may not."""
    shares = {"leads.conjugate_share": 0.25, "leads.partner_target_share": 0.4}
    dear = shares | {"behaviour.gates": gates, "cost.partner.phase_3_musd": 900.0}
    with patch.object(belief_table, "BELIEF_DRAWS", 1):
        table = believe(with_leaves(without_ranges(load()), dear), 0.11, Stage.PHASE_2)
    leads = [kind for kind, at in enumerate(kinds_of(load())) if at.origin == Origin.LEAD]
    naked_short, naked_full, conjugate_short, conjugate_full = table.going_on[Chain.PARTNER][leads, 0, 0]
    mean = 0.75 * (0.4 * naked_short + 0.6 * naked_full) + 0.25 * (0.4 * conjugate_short + 0.6 * conjugate_full)
    assert max(naked_short, conjugate_short) < 0 and mean < 0
    assert table.lead_to_partner == pytest.approx(0.0 if gates == "rational" else mean)
