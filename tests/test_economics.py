"""Limits and directions: what must vanish, what a calculator gives, what may only rise, and where nothing is promised.

True on every path, because luck is shared: better odds at a gate never shrink the set of candidates that pass it;
better odds at the last gate help where an approved product is worth something; who may stop never goes further than who
may not. Not true on every path, and not claimed: better early odds raise value (more candidates go on to spend on, and
fail in, the next stage).
"""

from itertools import pairwise

import numpy as np
import pytest
from helpers import PLAIN_MARKET, World, identities, load, sales_by_hand, vary, without_ranges

from partnering.course.strategies import Party
from partnering.course.success import raise_odds
from partnering.deal.ledger import net_by_quarter
from partnering.value.present import discount_factors, value_by_row
from partnering.results.statistics import standard_error
from partnering.world.candidates import Origin

EXACT = 1e-9
GATES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
STEPS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
NO_LEADS = {"leads.cost_per_lead_musd": 1e12}
NO_SPREAD = {f"cost.spread.{item}_log_sd": 0.0 for item in (*GATES[:4], "late_manufacturing")}
PARTIES = (Party.COMPANY, Party.PARTNER, Party.OTHERS)
SLUGS = ("partnership", "market", "concept", "best")
NOBODY_STOPS = {"behaviour.gates": "commit", "deal.termination.excess_hazard_rate": 0.0}
"""No stop for commercial reasons, and none for strategic ones."""


def chances(p: float) -> dict[str, float]:
    """The same probability at every gate."""
    return {f"success.{gate}_prob": p for gate in GATES} | {"candidates.common.phase_2_prob": p}


# Limits


def test_if_nothing_works_signing_is_worth_its_guaranteed_part_line_by_line():
    """No approvals, no doses, so no extension either: upfront, three years of funding, then own research again."""
    leaves = chances(0.0) | NO_LEADS | NO_SPREAD | {"valuation.discount_rate": 0.11, "valuation.inflation_rate": 0.025}
    leaves |= {"deal.upfront_musd": 12.0, "deal.research_schedule_musd": (16.9,) * 3, "deal.research_cost_share": 0.85}
    leaves |= {"leads.own_research_musd": 6.0, "candidates.inherited.years_to_ind": (0.75, 1.5, 2.0)}
    leaves |= {"cost.partner.preclinical_musd": 8.0, "duration.preclinical_years": 1.75}
    world = vary(leaves, 50, scenario=without_ranges(load()), fixed_durations=True)
    funding = sum(16.9 / 4 * 1.025 ** -((q + 0.5) / 4) * 1.11 ** -((q + 0.5) / 4) for q in range(12))
    own_research = sum(6 / 4 * 1.11 ** -((q + 0.5) / 4) for q in range(12, 20))
    preclinical = sum(
        8 * quarters / 7 / quarters * 1.11 ** -((q + 0.5) / 4) for quarters in (3, 6, 8) for q in range(quarters)
    )
    assert world.approvals("partnership").sum() == world.books["partnership"].plan.extensions.sum() == 0
    assert world.value("partnership") == pytest.approx(12 + (1 - 0.85) * funding - own_research, abs=EXACT)
    assert world.value("partnership", Party.PARTNER) == pytest.approx(-12 - funding - preclinical, abs=EXACT)


def test_if_everything_works_every_candidate_is_approved():
    world = vary(chances(1.0) | NOBODY_STOPS, 100, fixed_durations=True)
    for slug, books in world.books.items():
        assert books.course.approved.all(), slug
        assert (world.approvals(slug) >= 3).all()


@pytest.mark.parametrize("slug", SLUGS)
def test_at_a_rate_of_zero_value_is_the_plain_sum_of_cash(slug):
    world = vary({"valuation.discount_rate": 0.0})
    programme = [flow for flow in world.books[slug].flows if flow.programme]
    for party in PARTIES:
        cash = net_by_quarter(programme, party, world.paths, world.horizon).sum(axis=1)
        assert world.value(slug, party) == pytest.approx(cash, rel=1e-12, abs=EXACT)


def test_without_a_royalty_nothing_else_moves():
    base, none = vary({}), vary({"deal.royalty.rates": (0.0, 0.0, 0.0)})
    assert base.line("partnership", "royalties").sum() > 0
    assert none.line("partnership", "royalties").sum() == 0
    assert none.line("partnership", "returned_royalties").sum() == 0
    lines = {flow.line for flow in base.books["partnership"].flows} - {"royalties", "returned_royalties"}
    for line in lines:
        assert np.array_equal(base.line("partnership", line), none.line("partnership", line)), line


def test_without_terms_the_partner_pays_the_company_nothing():
    leaves = {f"deal.ladder_{ladder}.{step}_musd": 0.0 for ladder in ("full", "short") for step in STEPS}
    leaves |= {"deal.upfront_musd": 0.0, "deal.research_total_musd": 0.0, "deal.committed_ceiling_musd": 0.0}
    leaves |= {"deal.research_schedule_musd": (0.0,) * 3, "deal.royalty.rates": (0.0,) * 3}
    books = vary(leaves, slugs=["partnership"]).books["partnership"]
    assert not any(len(f.path) for f in books.flows if f.payer == Party.PARTNER and f.payee == Party.COMPANY)
    assert set(books.course.candidates.origin[books.course.collaboration]) == {Origin.INHERITED}  # it funds no lead


def test_a_certain_candidate_on_fixed_dates_is_a_plain_discounted_cash_flow():
    """The company takes the second early candidate (a naked antibody) to market: each stage, then 25 years of sales."""
    leaves = PLAIN_MARKET | chances(1.0) | NO_SPREAD | NO_LEADS | NOBODY_STOPS
    leaves |= dict(zip([f"duration.{gate}_years" for gate in GATES], (1.75, 1.5, 2.5, 2.75, 1.0), strict=True))
    costs = {"preclinical": 8.0, "phase_1": 8.0, "phase_2": 20.0, "phase_3": 70.0, "filing": 4.0}
    leaves |= {f"cost.company.{item}_musd": cost for item, cost in costs.items()}
    leaves |= {"cost.company.late_manufacturing_musd": 50.0, "cost.late_manufacturing_in_phase_3": 0.6}
    leaves |= {"candidates.inherited.years_to_ind": (0.75, 1.5, 2.0)}
    world = vary(leaves, 20, scenario=without_ranges(load()), fixed_durations=True, slugs=["market"])

    def spread(cost: float, first: int, quarters: int) -> float:
        return sum(cost / quarters * 1.11 ** -((q + 0.5) / 4) for q in range(first, first + quarters))

    # preclinical 6 quarters, then 6, 10, 11 and 4: approval in quarter 37, launch a year later
    value = -spread(8 * 1.5 / 1.75, 0, 6) - spread(8, 6, 6) - spread(20, 12, 10) - spread(70 + 0.6 * 50, 22, 11)
    value -= 4 * 1.11 ** -(33 / 4) + spread(0.4 * 50, 33, 4) + spread(120, 41, 4)
    for quarter, sales in sales_by_hand(world.scenario, 700 * 0.70, launch=41, exclusive_until=37 + 52):
        selling = 0 if quarter < 45 else max(0.25 * sales, 30 / 4)
        lifecycle = 0.05 * sales if quarter < 41 + 32 else 0
        value += (sales - 0.20 * sales - selling - lifecycle) * 1.11 ** -((quarter + 0.5) / 4)
    books = world.books["market"]
    received, spent = value_by_row(
        books.flows, discount_factors(0.11, world.horizon), Party.COMPANY, len(books.course.path)
    )
    found = (received - spent)[books.course.candidates.number == 1]
    assert len(found) == 20
    assert found == pytest.approx(value, rel=1e-5)  # the spread of peaks is 1e-7, not zero


# Directions


def by_candidate(world: World, slug: str, lines: set[str] | None = None) -> dict[tuple[int, int, int], float]:
    """Joint value of the parties on each candidate, by (path, origin, number)."""
    books = world.books[slug]
    flows = [f for f in books.flows if lines is None or f.line in lines]
    factors, rows = discount_factors(books.strategy.rate, world.horizon), len(books.course.path)
    pairs = [value_by_row(flows, factors, party, rows) for party in PARTIES]
    net = np.sum([received - spent for received, spent in pairs], axis=0)
    return dict(zip(identities(books.course.candidates), net, strict=True))


AFTER_APPROVAL = {"net_sales", "cogs", "selling", "launch_build", "lifecycle"}


@pytest.mark.parametrize("slug", SLUGS)
def test_better_odds_at_the_last_gate_are_worth_what_the_approved_product_is_worth(slug):
    """So they never lower joint value where that is positive, which it is on every path when a large firm sells."""
    base, better = vary({"success.review_prob": 0.80}, 1500), vary({"success.review_prob": 0.99}, 1500)
    before, after, sold = (
        by_candidate(base, slug),
        by_candidate(better, slug),
        by_candidate(better, slug, AFTER_APPROVAL),
    )
    moved = {who: after[who] - before[who] for who in before if abs(after[who] - before[who]) > EXACT}
    assert set(before) == set(after) and len(moved) > 20
    assert all(change == pytest.approx(sold[who], abs=EXACT) for who, change in moved.items())
    if slug == "partnership":
        course = better.books[slug].course
        partner_run = set(identities(course.candidates.take(course.collaboration)))
        assert all(change > 0 for candidate, change in moved.items() if candidate in partner_run)
    else:
        assert min(moved.values()) < 0 < max(moved.values())  # small own products lose: the condition is needed


def test_a_higher_discount_rate_lowers_the_value_of_signing_on_the_mean():
    values = [
        vary({"valuation.discount_rate": rate}, 4096, slugs=["partnership"]).value("partnership")
        for rate in (0.08, 0.11, 0.14)
    ]
    for higher, lower in pairwise(values):
        assert (higher - lower).mean() > 4 * standard_error(higher - lower)


def passing(world: World, slug: str, gate: int) -> set[tuple[int, int, int]]:
    course = world.books[slug].course
    return set(identities(course.candidates.take(course.entered[:, gate + 1])))


@pytest.mark.parametrize("gate", range(len(GATES)), ids=GATES)
def test_better_odds_at_a_gate_never_shrink_the_set_that_passes_it(gate):
    leaf = f"success.{GATES[gate]}_prob"
    base = vary({leaf: 0.5})
    better = vary({leaf: 0.6})
    for slug in base.books:
        for later in range(gate, len(GATES)):
            assert passing(base, slug, later) < passing(better, slug, later), (slug, later)


def test_better_odds_of_a_large_firm_help_only_what_a_large_firm_runs():
    p = np.array([0.0, 0.3, 0.65, 1.0])
    raised = raise_odds(p, 1.8)
    assert raised[1:3] / (1 - raised[1:3]) == pytest.approx(1.8 * p[1:3] / (1 - p[1:3]))
    assert list(raised[[0, 3]]) == [0, 1]
    base, better = vary({}), vary({"success.alliance_odds": 1.8})
    assert np.array_equal(base.value("market"), better.value("market"))
    assert passing(base, "partnership", 2) < passing(better, "partnership", 2)


def test_better_odds_of_a_conjugate_help_only_conjugates():
    no_extension = {"deal.extension_rule": "never"}  # sisters alive would buy further leads
    base, better = vary(no_extension), vary(no_extension | {"success.conjugate_odds": 1.8})
    for slug in SLUGS:
        course = better.books[slug].course
        conjugates = set(identities(course.candidates.take(course.candidates.conjugate)))
        more = passing(better, slug, 2) - passing(base, slug, 2)
        assert more and more <= conjugates and passing(base, slug, 2) <= passing(better, slug, 2)


@pytest.mark.parametrize("slug", ["partnership", "market"])
def test_who_may_stop_never_goes_further_than_who_may_not(slug):
    """On routes that are the same either way: rational gates end candidates and withdraw products, and add nothing."""
    no_own_leads = {"leads.own_research_musd": 0.0}  # they choose a route, and choose another where no licence is open
    free, bound = (vary(no_own_leads | {"behaviour.gates": gates}, 1500) for gates in ("rational", "commit"))
    for gate in range(len(GATES)):
        assert passing(free, slug, gate) <= passing(bound, slug, gate)
    assert len(passing(free, slug, 2)) < len(passing(bound, slug, 2))  # the first gate that knows the forecast
    sold = [by_candidate(world, slug, {"net_sales"}) for world in (free, bound)]
    assert all(sold[0][who] <= sold[1][who] + EXACT for who in sold[0])
    assert any(0 < sold[0][who] < sold[1][who] - EXACT for who in sold[0]) == (slug == "market")  # withdrawn


def test_better_early_odds_promise_nothing_on_a_single_path():
    """More candidates start Phase 2, and most of them fail in it: value falls on some paths and rises on others."""
    base, better = vary({"success.phase_1_prob": 0.5}), vary({"success.phase_1_prob": 0.7})
    change = better.value("market") - base.value("market")
    assert change.min() < 0 < change.max()


def test_waiting_and_a_late_launch_eat_exclusivity():
    """The day it is lost is the same whoever develops; only the day of launch moves."""
    leaves = {"sales.company_launch_delay_years": 1.0, "license.deal_years": 0.75, "license.retry_years": 1.0}
    world = vary(leaves | chances(1.0) | NOBODY_STOPS, fixed_durations=True)
    courses = [world.books[slug].course for slug in ("partnership", "market", "concept")]
    early = [course.take(course.candidates.origin == Origin.INHERITED) for course in courses]
    partner, market, concept = early
    assert np.array_equal(partner.loss_of_exclusivity, market.loss_of_exclusivity)
    assert np.array_equal(partner.loss_of_exclusivity, concept.loss_of_exclusivity)
    assert (market.launch == partner.launch + 4).all()
    assert set(concept.launch - partner.launch) == {3, 7, 7 + 4}  # first taker, second taker, alone after both tries
