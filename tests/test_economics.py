"""Limits and directions: what must vanish, what a calculator gives, what may only rise, and where nothing is promised.

True on every path, because luck is shared: better odds at a gate never shrink the set of candidates that pass it;
who may stop never goes further than who may not. Not true on every path, and not claimed: better early odds raise
value (more candidates go on to spend on, and fail in, the next stage).
"""

from itertools import pairwise

import numpy as np
import pytest
from helpers import (
    PLAIN_MARKET,
    World,
    identities,
    line,
    load,
    sales_by_hand,
    standard_error,
    vary,
    without_ranges,
)

from partnering.model import candidate, lines, origins, parties

EXACT = 1e-9
GATES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
STEPS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
NO_LEADS = {"leads.cost_per_lead_musd": 1e12}
NO_SPREAD = {f"cost.spread.{item}_log_sd": 0.0 for item in (*GATES[:4], "late_manufacturing")}
PARTIES = (parties.COMPANY, parties.PARTNER, parties.OTHERS)
SLUGS = ("partnership", "market", "concept", "best")
NOBODY_STOPS = {"behaviour.gates": "commit", "deal.termination.excess_hazard_rate": 0.0}
"""No stop for commercial reasons, and none for strategic ones."""


def chances(p: float) -> dict[str, float]:
    """The same probability at every gate."""
    return {f"success.{gate}_prob": p for gate in GATES} | {"candidates.common.phase_2_prob": p}


# Limits


def test_if_nothing_works_signing_is_worth_its_guaranteed_part_line_by_line() -> None:
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
    assert world.approvals("partnership").sum() == world.played["partnership"].kept.extensions.sum() == 0
    assert world.value("partnership") == pytest.approx(12 + (1 - 0.85) * funding - own_research, abs=EXACT)
    assert world.value("partnership", parties.PARTNER) == pytest.approx(-12 - funding - preclinical, abs=EXACT)


def test_if_everything_works_every_candidate_is_approved() -> None:
    world = vary(chances(1.0) | NOBODY_STOPS, 100, fixed_durations=True)
    for slug in SLUGS:
        assert world.courses(slug)[1]["entered"][:, 5].all(), slug
        assert (world.approvals(slug) >= 3).all()


@pytest.mark.parametrize("slug", SLUGS)
def test_at_a_rate_of_zero_value_is_the_plain_sum_of_cash(slug: str) -> None:
    """Of what the deal and the programme pay; the rest of the company's cash is its burn and its technology."""
    kept = vary({"valuation.discount_rate": 0.0}, by_line=True).played[slug].kept
    programme = kept.paid[0, :, : lines.PROGRAMME_LINES].sum(axis=(1, 2))
    assert kept.out["npv"][0, :, 0] == pytest.approx(programme, rel=1e-12, abs=EXACT)
    assert kept.out["npv"][0, :, 1] == pytest.approx(kept.net[parties.PARTNER].sum(axis=1), rel=1e-12, abs=EXACT)


def test_without_a_royalty_nothing_else_moves() -> None:
    base, none = (vary(leaves) for leaves in ({}, {"deal.royalty.rates": (0.0, 0.0, 0.0)}))
    here, there = (world.played["partnership"].books["value_sum"][0, 0] for world in (base, none))
    royalties = [lines.ROYALTIES, lines.RETURNED_ROYALTIES]
    assert here[royalties, 0].min() > 0 and not there[royalties].any()
    others = np.delete(np.arange(len(lines.LINES)), royalties)
    assert np.array_equal(here[others], there[others])


def test_without_terms_the_partner_pays_the_company_nothing() -> None:
    leaves = {f"deal.ladder_{ladder}.{step}_musd": 0.0 for ladder in ("full", "short") for step in STEPS}
    leaves |= {"deal.upfront_musd": 0.0, "deal.research_total_musd": 0.0, "deal.committed_ceiling_musd": 0.0}
    leaves |= {"deal.research_schedule_musd": (0.0,) * 3, "deal.royalty.rates": (0.0,) * 3}
    world = vary(leaves, slugs=["partnership"])
    assert not world.played["partnership"].books["total"][0, : lines.DEAL_LINES, parties.COMPANY].any()
    found = world.courses("partnership")[1]
    assert set(found["origin"][found["collaboration"] == 1]) == {origins.INHERITED}  # it funds no lead


def test_a_certain_candidate_on_fixed_dates_is_a_plain_discounted_cash_flow() -> None:
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
    costs_now = spread(8 * 1.5 / 1.75, 0, 6) + spread(8, 6, 6) + spread(20, 12, 10) + spread(70 + 0.6 * 50, 22, 11)
    costs_now += 4 * 1.11 ** -(33 / 4) + spread(0.4 * 50, 33, 4) + spread(120, 41, 4)
    sold = 0.0
    for quarter, sales in sales_by_hand(world.scenario, 700 * 0.70, launch=41, exclusive_until=37 + 52):
        factor = 1.11 ** -((quarter + 0.5) / 4)
        sold += sales * factor
        selling = 0 if quarter < 45 else max(0.25 * sales, 30 / 4)
        costs_now += (0.20 * sales + selling + (0.05 * sales if quarter < 41 + 32 else 0)) * factor
    path, found = world.courses("market")
    mine = found[(found["number"] == 1) & (found["origin"] == origins.INHERITED)]
    assert len(mine) == 20 and len(path) > 20
    assert mine["received"] == pytest.approx(sold, rel=1e-5)  # the spread of peaks is 1e-7, not zero
    assert mine["spent"] == pytest.approx(costs_now, rel=1e-5)


# Directions


def passing(world: World, slug: str, gate: int) -> set[tuple[int, int, int]]:
    path, found = world.courses(slug)
    there = (found["entered"][:, gate + 1] == 1) & (found["common"] == 0)
    return set(identities(path[there], found[there]))


@pytest.mark.parametrize("slug", SLUGS)
def test_better_odds_at_the_last_gate_are_worth_what_the_approved_product_is_worth(slug: str) -> None:
    """Joint value moves only on paths with a product more, and there by what it sells less what that costs."""
    base, better = (vary({"success.review_prob": p}, 1024, by_line=True) for p in (0.80, 0.99))
    joint = [sum(world.value(slug, party) for party in PARTIES) for world in (base, better)]
    more = better.approvals(slug) - base.approvals(slug)
    moved = np.abs(joint[1] - joint[0]) > EXACT
    assert (more >= 0).all() and not moved[more == 0].any() and moved.sum() > 20
    change = (joint[1] - joint[0])[moved]
    if slug == "partnership":
        assert change.mean() > 4 * standard_error(change)
    else:
        assert change.min() < 0 < change.max()  # small own products lose


def test_a_higher_discount_rate_lowers_the_value_of_signing_on_the_mean() -> None:
    values = [vary({"valuation.discount_rate": rate}, 2048, slugs=["partnership"]) for rate in (0.08, 0.11, 0.14)]
    for higher, lower in pairwise(world.value("partnership") for world in values):
        assert (higher - lower).mean() > 4 * standard_error(higher - lower)


@pytest.mark.parametrize("gate", range(len(GATES)), ids=GATES)
def test_better_odds_at_a_gate_never_shrink_the_set_that_passes_it(gate: int) -> None:
    base, better = (vary({f"success.{GATES[gate]}_prob": p}) for p in (0.5, 0.6))
    for slug in SLUGS:
        for later in range(gate, len(GATES)):
            assert passing(base, slug, later) < passing(better, slug, later), (slug, later)


def test_better_odds_of_a_large_firm_help_only_what_a_large_firm_runs() -> None:
    for p in (0.3, 0.65):
        raised = candidate.raise_odds(p, 1.8)
        assert raised / (1 - raised) == pytest.approx(1.8 * p / (1 - p))
    assert [candidate.raise_odds(p, 1.8) for p in (0.0, 1.0)] == [0, 1]
    base, better = vary({}), vary({"success.alliance_odds": 1.8})
    assert np.array_equal(base.value("market"), better.value("market"))
    assert passing(base, "partnership", 2) < passing(better, "partnership", 2)


def test_better_odds_of_a_conjugate_help_only_conjugates() -> None:
    no_extension = {"deal.extension_rule": "never"}  # sisters alive would buy further leads
    base, better = vary(no_extension), vary(no_extension | {"success.conjugate_odds": 1.8})
    for slug in SLUGS:
        path, found = better.courses(slug)
        there = found["conjugate"] == 1
        more = passing(better, slug, 2) - passing(base, slug, 2)
        assert more and more <= set(identities(path[there], found[there]))
        assert passing(base, slug, 2) <= passing(better, slug, 2)


@pytest.mark.parametrize("slug", ["partnership", "market"])
def test_who_may_stop_never_goes_further_than_who_may_not(slug: str) -> None:
    """On routes that are the same either way: rational gates end candidates and withdraw products, and add nothing."""
    no_own_leads = {"leads.own_research_musd": 0.0}  # they choose a route, and choose another where no licence is open
    settings = {"paths": 1024, "by_line": True}
    free, bound = (vary(no_own_leads | {"behaviour.gates": gates}, **settings) for gates in ("rational", "commit"))
    for gate in range(len(GATES)):
        assert passing(free, slug, gate) <= passing(bound, slug, gate)
    assert len(passing(free, slug, 2)) < len(passing(bound, slug, 2))  # the first gate that knows the forecast
    sales = [world.paid(slug, line("net_sales")) for world in (free, bound)]
    assert (sales[0] <= sales[1] + EXACT).all()
    withdrawn = ((sales[0] > 0) & (np.roll(sales[0], -1, axis=1) == 0) & (np.roll(sales[1], -1, axis=1) > 0)).any()
    assert withdrawn == (slug == "market")


def test_better_early_odds_promise_nothing_on_a_single_path() -> None:
    """More candidates start Phase 2, and most of them fail in it: value falls on some paths and rises on others."""
    base, better = vary({"success.phase_1_prob": 0.5}), vary({"success.phase_1_prob": 0.7})
    change = better.value("market") - base.value("market")
    assert change.min() < 0 < change.max()


def test_waiting_and_a_late_launch_eat_exclusivity() -> None:
    """The day it is lost is the same whoever develops; only the day of launch moves."""
    leaves = {"sales.company_launch_delay_years": 1.0, "license.deal_years": 0.75, "license.retry_years": 1.0}
    world = vary(leaves | chances(1.0) | NOBODY_STOPS, fixed_durations=True)
    found = [world.courses(slug)[1] for slug in ("partnership", "market", "concept")]
    partner, market, concept = (each[each["origin"] == origins.INHERITED] for each in found)
    assert np.array_equal(partner["loss_of_exclusivity"], market["loss_of_exclusivity"])
    assert np.array_equal(partner["loss_of_exclusivity"], concept["loss_of_exclusivity"])
    assert (market["launch"] == partner["launch"] + 4).all()
    assert set(concept["launch"] - partner["launch"]) == {3, 7, 7 + 4}  # first taker, second taker, alone after both
