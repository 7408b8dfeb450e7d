"""The company's books: cash in the ledger is cash in hand, all accounts sum to zero, money enough changes nothing."""

import os
from typing import Any

import numpy as np
import pytest
from anywhere import scenarios
from firms import (
    ALONE,
    ALWAYS_OPEN,
    NEVER_OPEN,
    NO_SEEDED,
    PATHS,
    Lived,
    base_life,
    finance,
    first_state,
    found,
    found_in,
    fresh,
    states,
    today,
)
from helpers import load, with_leaves
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from partnering.company.stages import standing
from partnering.company.step import meet_events, step
from partnering.course.research import NEVER
from partnering.course.strategies import Party
from partnering.inputs import Scenario
from partnering.results.simulate import prepare

EXACT = 1e-9
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
VARIED: dict[str, dict[str, Any]] = {
    "base": {},
    "little cash": {"company.opening_cash_musd": 15.0},
    "shut": NEVER_OPEN | {"company.opening_cash_musd": 40.0},
    "open, dear": ALWAYS_OPEN | {"financing.issue_fee_rate": 0.3, "financing.issue_discount_rate": 0.4},
    "own candidates a year late at most": {"financing.postpone_years": 1.0, "financing.buffer_years": 2.0},
    "distress early": {"financing.distress_years": 6.0, "company.opening_cash_musd": 60.0},
    "deal later": {
        "strategies.market.signs_deal": True,
        "strategies.market.signing_years": 1.5,
        "strategies.market.signing_prob": 0.6,
    },
    "launch at once": {"sales.company_launch_delay_years": 0.0},
    "launch in a quarter": {"sales.company_launch_delay_years": 0.3},
    "inflation and short losses": {"valuation.inflation_rate": 0.1, "tax.losses_years": 2.0},
    "no longer than licences are sold": {"valuation.horizon_years": 8.0, "technology.new_years": 15.0},
    "20.3 years": {"valuation.horizon_years": 20.3},
    "over before the research is": {
        "valuation.horizon_years": 5.0,
        "strategies.market.signs_deal": True,
        "strategies.market.signing_years": 3.5,
    },
}
ENOUGH = ALWAYS_OPEN | {"company.opening_cash_musd": 1e5}
"""Enough that nothing waits; not so much that sums of cash lose the ninth digit after the point."""
FINANCING = st.fixed_dictionaries(
    {},
    optional={
        "company.opening_cash_musd": st.floats(0.0, 300.0),
        "company.other_burn_musd": st.floats(0.0, 40.0),
        "company.rights_only_burn_musd": st.floats(0.0, 10.0),
        "company.pre_deal_value_musd": st.floats(1.0, 400.0),
        "financing.window_shut_share": st.floats(0.01, 0.95),
        "financing.window_open_today": st.booleans(),
        "financing.raise_limit_share": st.floats(0.01, 1.0),
        "financing.raise_least_musd": st.floats(0.0, 50.0),
        "financing.raise_gap_years": st.floats(0.25, 3.0),
        "financing.raise_for_years": st.floats(0.25, 4.0),
        "financing.look_ahead_years": st.floats(0.25, 3.0),
        "financing.buffer_years": st.floats(0.0, 2.0),
        "financing.issue_fee_rate": st.floats(0.0, 0.3),
        "financing.issue_discount_rate": st.floats(0.0, 0.5),
        "financing.postpone_years": st.floats(0.0, 5.0),
        "financing.distress_years": st.floats(0.0, 3.0),
        "financing.sale_haircut": st.floats(0.0, 1.0),
        "tax.company_rate": st.floats(0.0, 0.6),
        "tax.losses_years": st.floats(1.0, 30.0),
    },
)


def assert_conserved(lived: Lived) -> None:
    """Cash of the ledger is that of the step after every quarter, on every path; every payment has two sides."""
    unlimited = lived.firm.unlimited
    for slug in lived.world.books:
        cash = lived.firm.policy.opening_cash + np.cumsum(lived.net(slug), axis=0)
        assert np.abs(cash - lived.kept("closing_cash", slug)).max() < EXACT
        assert np.abs(sum(lived.net(slug, party) for party in Party)).max() < EXACT
        if not unlimited:
            gone = 2 * (np.arange(len(cash))[:, None] + 1) >= lived.ended(slug)
            assert np.abs(np.where(gone, cash, 0.0)).max() < EXACT  # all has gone to owners, or was never paid
            assert_little_owed(lived, slug, gone)


def assert_little_owed(lived: Lived, slug: str, gone: NDArray[np.bool_]) -> None:
    """While it lives the company owes at most what its products brought, less its burn, in quarters of the buffer."""
    cash, burn = lived.kept("closing_cash", slug), -lived.kept("base_burn", slug) - lived.kept("own_research", slug)
    products = np.array([state.recurring[lived.lanes(slug)] for state in states(lived.firm)])
    assert (gone | (cash > -EXACT - lived.firm.policy.buffer * np.maximum(products - burn, 0.0))).all()


@pytest.mark.parametrize("unlimited", [False, True])
@pytest.mark.parametrize("name", VARIED)
def test_cash_is_conserved_on_every_path_and_quarter(name: str, unlimited: bool) -> None:
    lived = finance(VARIED[name], unlimited=unlimited)
    assert_conserved(lived)
    assert unlimited or (lived.life.state.ended < NEVER).any()


def assert_alike(planned: Lived, rich: Lived) -> None:
    """The same ends, the same cash of every quarter, the same values, with and without stages that money could move."""
    assert np.array_equal(planned.life.state.ended, rich.life.state.ended)
    assert not rich.life.state.forced.any() and not planned.life.state.forced.any()
    for slug in planned.world.books:
        to_owners = rich.kept("paid_out", slug) + rich.kept("unpaid", slug)
        assert np.abs(planned.net(slug) - (rich.net(slug) - to_owners)).max() < EXACT
        assert np.abs(planned.value(slug) - rich.value(slug)).max() < EXACT
        assert not rich.kept("raised", slug).any() and not planned.kept("raised", slug).any()
    there = np.flatnonzero(rich.life.state.alive[rich.firm.portfolio.lane])
    assert not rich.life.state.shift[there].any()


def conserved_anywhere(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    task = prepare(with_leaves(scenario, changes), seed, 40, 1)
    for unlimited in (False, True):
        assert_conserved(found_in(task, 40, seed, unlimited).live())


@settings(
    max_examples=6,
    deadline=None,
    phases=PHASES,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(scenarios(), FINANCING, st.integers(0, 2**20))
def test_cash_is_conserved_in_any_valid_scenario(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    conserved_anywhere(scenario, changes, seed)


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    phases=PHASES,
    derandomize="CI" in os.environ,  # there always the same worlds; at home new ones
    suppress_health_check=[HealthCheck.too_slow],
)
@given(scenarios(), FINANCING, st.integers(0, 2**20))
def test_cash_is_conserved_in_many_valid_scenarios(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    conserved_anywhere(scenario, changes, seed)


# Money enough


@pytest.mark.parametrize(
    "name", ["base", "deal later", "launch at once", "launch in a quarter", "inflation and short losses", "20.3 years"]
)
def test_unlimited_money_is_money_enough(name: str) -> None:
    """Two codes, one result: rows that stand as planned, and the same rows started stage by stage."""
    planned, rich = finance(VARIED[name], unlimited=True), finance(VARIED[name] | ENOUGH)
    assert rich.firm.portfolio.mobile.any() and not planned.firm.portfolio.mobile.any()
    assert_alike(planned, rich)


def test_so_do_the_candidates_it_holds() -> None:
    """What the market sees does not depend on which of the two codes moves the candidates: worth, income, receipts."""
    planned, rich = states(found(unlimited=True).firm), states(found(ENOUGH).firm)
    for name in ("own", "held", "rights", "recurring", "income", "alive"):
        for one, other in zip(planned, rich, strict=True):
            there = one.alive
            assert np.abs(getattr(one, name)[there] * 1.0 - getattr(other, name)[there]).max(initial=0.0) < EXACT, name


def test_what_the_company_is_worth_is_the_sum_of_what_it_holds() -> None:
    """The level kept by adding and taking out changes, against a count of all candidates in every quarter."""
    pressed = {"company.opening_cash_musd": 40.0, "financing.distress_years": 3.0, "financing.exit_burn_years": 1.0}
    firm = fresh(found(NO_SEEDED | pressed | {"technology.new_years": 0.0}, paths=100).firm)
    state, row, seen = first_state(firm), np.arange(len(firm.portfolio.lane)), 0
    for quarter in range(firm.policy.horizon - 1):
        state = step(firm, state, quarter)
        next_quarter = meet_events(fresh(firm), state, quarter + 1)
        worth = np.where(state.sold < NEVER, 0.0, standing(firm, next_quarter, row, quarter + 1)[1])
        held = np.bincount(firm.portfolio.lane, worth, firm.lanes)
        off = np.where(next_quarter.alive, next_quarter.own + next_quarter.held - held, 0.0)
        assert np.abs(off).max() < 1e-8, quarter
        seen += int((held > 0).sum())
    assert seen > 0 and (state.sold < NEVER).any()


# After the end


def test_a_company_that_has_ended_has_no_flows() -> None:
    lived = base_life()
    quarter = np.arange(lived.world.horizon)[:, None]
    for slug in lived.world.books:
        later = 2 * quarter >= lived.ended(slug)
        assert later.any() and np.abs(np.where(later, lived.net(slug), 0.0)).max() < EXACT
        for name in lived.life.kept:
            assert np.abs(np.where(later, lived.kept(name, slug), 0.0)).max() < EXACT, name


def test_owners_get_what_is_left_and_suppliers_lose_what_is_not() -> None:
    lived = finance({"company.opening_cash_musd": 30.0})
    for slug in lived.world.books:
        ended = lived.ended(slug) < NEVER
        out, unpaid = lived.kept("paid_out", slug), lived.kept("unpaid", slug)
        assert (out <= 0).all() and (unpaid >= 0).all() and not (out.astype(bool) & unpaid.astype(bool)).any()
        assert ended.any() and not out[:, ~ended].any() and not unpaid[:, ~ended].any()
        assert ((out < 0).sum(axis=0) <= 1).all()


def test_the_franchise_makes_up_the_value_before_the_deal() -> None:
    """On the day, before anything is received, the best company without a deal is worth what the market said."""
    lived = base_life()
    begun = meet_events(fresh(lived.firm), first_state(lived.firm), 0)
    value = today(states(lived.firm, 1), "market_value")[0]
    alone = [value[lived.lanes(slug)] for slug in ALONE]
    assert all(np.ptp(one) < EXACT for one in alone)  # nothing has been seen yet
    received = today(states(lived.firm, 1), "receipts")[0][lived.lanes(ALONE[0])]
    assert max(one[0] for one in alone) - received[0] == pytest.approx(load()["company.pre_deal_value_musd"], abs=EXACT)
    assert begun.alive.all() and np.array_equal(lived.firm.swing[0], np.ones(lived.firm.lanes))
    assert PATHS * len(lived.world.books) == lived.firm.lanes
