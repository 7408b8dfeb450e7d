"""The partner's options on further research years: each rule recomputed by hand, and what a year is worth to it."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from by_hand import contract_with, rules_with
from helpers import World, believing, identities, line, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.model.plan import extension_gain
from partnering.model.stages import NONE

DEAL = "partnership"
RULE = {"deal.extension_decision_years": (2.0, 3.0), "deal.extension_alive_needed": (1, 2)}
QUICK = RULE | {"duration.preclinical_years": 0.25, "leads.discovery_lag_years": 0.25, "leads.cost_per_lead_musd": 6.0}
"""Leads that can be dosed before the decisions, so that they count too."""

DROPPED = QUICK | {"deal.termination.excess_hazard_rate": 0.6, "deal.termination.relicense_prob": 0.5}
"""Products handed back before the decisions, so that they no longer count."""


def signed(leaves: dict[str, Any], paths: int = 256, by_line: bool = False, **table: Any) -> World:
    """A world of the deal alone, with the base case's belief table but for some of it."""
    scenario = with_leaves(load(), leaves)
    return run_world(scenario, paths, believing(scenario, **table), [DEAL], by_line)


def years(world: World) -> NDArray[np.int64]:
    return world.played[DEAL].kept.extensions


# By what is alive


def options_taken_naively(found: NDArray) -> int:
    """The base rule in plain words: one candidate dosed and alive at quarter 8, then two at quarter 12."""

    def counted_at(quarter: int) -> int:
        count = 0
        for c in found[found["collaboration"] == 1]:
            dosed = c["entered"][1] == 1 and c["start"][1] <= quarter
            ends = [c["end"][stage] for stage in range(5) if c["entered"][stage] and not c["entered"][stage + 1]]
            count += dosed and c["handed"] > quarter and not any(end <= quarter for end in ends)
        return count

    return 0 if counted_at(8) < 1 else 1 if counted_at(12) < 2 else 2


@pytest.mark.parametrize("gates", ["rational", "commit"])
@pytest.mark.parametrize("leaves", [RULE, QUICK, DROPPED], ids=["base", "quick", "dropped"])
def test_extensions_are_what_a_plain_loop_counts(leaves: dict[str, Any], gates: str) -> None:
    world = signed(leaves | {"behaviour.gates": gates})
    path, found = world.courses(DEAL)
    naive = [options_taken_naively(found[path == each]) for each in range(world.paths)]
    assert list(years(world)) == naive
    assert set(naive) == {0, 1, 2}


@pytest.mark.parametrize(("rule", "taken"), [("never", 0), ("always", 2)])
def test_fixed_rules_take_none_or_all(rule: str, taken: int) -> None:
    assert set(years(signed({"deal.extension_rule": rule}))) == {taken}


def test_an_extension_pays_half_of_what_the_ceiling_leaves() -> None:
    terms = {"deal.upfront_musd": 12.0, "deal.committed_ceiling_musd": 99.0, "deal.research_total_musd": 50.7}
    world = signed(terms | RULE | {"valuation.inflation_rate": 0.0}, by_line=True)
    paid, a_year, taken = world.paid(DEAL, line("extension_funding")), (99 - 12 - 50.7) / 2, years(world)
    assert paid[:, 12:16].sum(axis=1) == pytest.approx(a_year * (taken >= 1))
    assert paid[:, 16:20].sum(axis=1) == pytest.approx(a_year * (taken >= 2))
    assert paid.sum() == pytest.approx(a_year * taken.sum())


# By chance


@pytest.mark.parametrize("chance", [0.25, 0.7])
def test_by_chance_each_option_is_taken_with_its_probability(chance: float) -> None:
    """Whatever the candidates have shown, and are to show."""
    world = signed({"deal.extension_rule": "chance", "deal.extension_prob": chance}, 2048)
    taken, approved = years(world), world.approvals(DEAL) > 0
    for option, expected in ((1, chance), (2, chance**2)):  # the second only after the first
        spread = np.sqrt(expected * (1 - expected) / world.paths)
        assert abs((taken >= option).mean() - expected) < 4 * spread
    rates = [(taken[here] >= 1).mean() for here in (approved, ~approved)]
    assert abs(rates[0] - rates[1]) < 4 * np.sqrt(chance * (1 - chance) * (1 / approved.sum() + 1 / (~approved).sum()))


# By value


def gain_by_hand(leads: int, signing: int, option: int, lead_worth: float, mean: float, variance: float) -> float:
    """What another year at 18.15 is worth, decided two (three) years into a deal of 16.9 a year, in plain words.

    Research could have shown leads up to five quarters ago; those of the year itself are nominated five quarters
    after it is paid for. Prices rise by 2.5 % a year.
    """
    real = [1.025 ** -((signing + quarter + 0.5) / 4) for quarter in range(20)]
    decided = 8 + 4 * option
    research = sum(16.9 / 4 * real[quarter] for quarter in range(decided - 5))
    productivity = mean if variance == 0 else (mean**2 / variance + leads) / (mean / variance + research)
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
    "valuation.discount_rate": 0.11,
}


@pytest.mark.parametrize(("signing", "option"), [(0, 0), (0, 1), (6, 0)])
@pytest.mark.parametrize("variance", [0.0009, 0.0])
def test_the_gain_from_another_year_against_a_plain_sum(signing: int, option: int, variance: float) -> None:
    """What is certain is not learned: without variance no number of leads seen changes it."""
    terms = TERMS | RULE | {f"strategies.{DEAL}.signing_years": signing / 4}
    packed = believing(with_leaves(load(), terms), leads_mean=0.08, leads_variance=variance, lead_to_partner=14.0)
    (each,) = (each for each in packed if each.slug == DEAL)
    at = signing + 8 + 4 * option
    for leads in (0, 1, 4):
        gain = extension_gain(each.rules[0], each.contracts[0], 14.0, leads, at, option)
        assert gain == pytest.approx(gain_by_hand(leads, signing, option, 14.0, 0.08, variance), abs=1e-9)


def by_value(lead_worth: float, leaves: dict[str, Any] | None = None) -> World:
    value = {"deal.extension_rule": "value", "leads.cost_per_lead_musd": 10.0}
    return signed(TERMS | RULE | value | (leaves or {}), lead_to_partner=lead_worth)


def test_by_value_no_year_is_lost_where_leads_are_worth_more() -> None:
    taken = [years(by_value(worth)) for worth in (0.0, 6.0, 10.0, 12.0, 14.0, 18.0, 200.0)]
    assert all((more >= less).all() for less, more in pairwise(taken))
    assert set(taken[0]) == {0} and set(taken[-1]) == {2}
    assert any(len(set(each)) > 1 for each in taken)  # where it depends on the leads seen


def test_by_value_no_year_is_lost_where_more_leads_were_seen() -> None:
    rules, gains = rules_with(leads_mean=0.08, leads_variance=0.0009, extension_found=[4.0], extension_costs=[4.0]), []
    for leads in range(6):
        gains.append(extension_gain(rules, contract_with(years=3), 14.0, leads, 8, 0))
    assert all(less < more for less, more in pairwise(gains))


def test_no_deal_is_no_extension() -> None:
    for rule in ("alive", "always", "chance", "value"):
        world = signed({"deal.extension_rule": rule, f"strategies.{DEAL}.signing_prob": 0.0})
        assert set(years(world)) == {NONE}, rule


# Each of its three outcomes on every path, then the partner's choice among them

NEVER_ENOUGH = 10**6
FORCED = {0: (NEVER_ENOUGH, NEVER_ENOUGH), 1: (0, NEVER_ENOUGH), 2: (0, 0)}
"""Candidates alive that the two options need, by how many options are then taken on every path."""

SOON = {"leads.cost_per_lead_musd": 10.0, "leads.discovery_lag_years": 0.5}


@cache
def enumerated(taken: int) -> World:
    world = signed(SOON | {"deal.extension_rule": "alive", "deal.extension_alive_needed": FORCED[taken]})
    assert (years(world) == taken).all()
    return world


@pytest.mark.parametrize(
    ("rule", "outcomes"),
    [("never", {0}), ("always", {2}), ("alive", {0, 1, 2}), ("chance", {0, 1, 2}), ("value", {0, 1, 2})],
)
def test_an_extension_is_one_of_its_three_outcomes_on_every_path(rule: str, outcomes: set[int]) -> None:
    """Every party gets that outcome whole."""
    rules = {"deal.extension_rule": rule, "deal.extension_alive_needed": (1, 2)}
    world = signed(SOON | rules, lead_to_partner=13.0)
    chosen = years(world)
    assert set(chosen) == outcomes
    for party in range(3):
        of_each = np.array([enumerated(taken).value(DEAL, party) for taken in FORCED])
        assert np.array_equal(world.value(DEAL, party), of_each[chosen, np.arange(world.paths)])


def test_a_later_year_never_undoes_an_earlier_one() -> None:
    """More years only add leads: what the partner has by fewer, it has by more."""
    found = []
    for taken in FORCED:
        path, courses = enumerated(taken).courses(DEAL)
        theirs = courses["collaboration"] == 1
        found.append(set(identities(path[theirs], courses[theirs])))
    assert found[0] < found[1] < found[2]
