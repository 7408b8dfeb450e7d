"""Who takes a candidate on: the partner by its option, the company by co-promotion.

What a licensee takes, and where the company opts in, is held against what they believe in test_rational.py.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
from helpers import NEVER_OPEN, World, base_packed, believing, load, run_world, vary, with_leaves
from numpy.typing import NDArray

from partnering.model import chains, lines
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.stages import MARKET, NEVER, PHASE_2, PHASE_3
from partnering.model.views import EARLY_SEARCH, FINANCED, LATE_SEARCH, REFUSED_SEARCH

EXACT, DEAL = 1e-9, "partnership"

# The candidates kept in every strategy


def test_what_lies_outside_the_programme_is_the_same_in_every_strategy() -> None:
    """Whatever the stage after which a strategy seeks its licences: the common candidates have their own."""
    world = run_world(load())
    kept = [found[found["common"] == 1] for _, found in (world.courses(slug) for slug in world.played)]
    assert (kept[0]["signed"] < NEVER).any() and (kept[0]["entered"][:, MARKET] == 1).any()
    for other in kept[1:]:
        for name in ("entered", "signed", "taken", "start"):
            assert np.array_equal(kept[0][name], other[name])


def test_no_table_knows_a_forecast_before_phase_2_has_shown_it() -> None:
    """Not for a stage before Phase 3, nor for a licence at the IND, nor in what such a candidate would fetch."""
    table = base_packed()[0].table
    assert not np.ptp(table.going_on[:, :, :PHASE_3], axis=3).any()
    assert not np.ptp(table.price[:, :PHASE_3], axis=2).any() and np.ptp(table.price[:3, PHASE_3], axis=1).all()
    known = np.ptp(table.searching[:, :3], axis=2) > 0
    assert not known[EARLY_SEARCH].any() and known[[LATE_SEARCH, REFUSED_SEARCH]].all()


# The partner's option

OPTION = {"deal.opt_in.stage": "phase_1", "deal.opt_in.fee_musd": 10.0, "deal.sharing.cost_share": 0.5}


def optional(worth: float, **leaves: Any) -> World:
    """A deal with an option that the partner believes to be worth this, among parties that else always go on."""
    table = base_packed()[0].table
    scenario = with_leaves(load(), OPTION | leaves)
    beliefs = {"going_on": np.ones_like(table.going_on), "taking_up": np.full_like(table.taking_up, worth)}
    return run_world(scenario, 512, believing(scenario, **beliefs), slugs=[DEAL], by_line=True)


def test_what_the_partner_leaves_the_company_takes_to_the_market() -> None:
    left, taken = optional(-1.0), optional(1.0)
    found = left.courses(DEAL)[1]
    theirs = found[found["collaboration"] == 1]
    assert len(theirs) and (theirs["taken"] == NEVER).all()
    assert (theirs["chain"][theirs["entered"][:, PHASE_2] == 1][:, PHASE_2:] == chains.OWN).all()
    terms = [lines.OPT_IN_FEES, lines.MILESTONES, lines.ROYALTIES, lines.COST_SHARING]
    totals = [world.played[DEAL].books["total"][0] for world in (left, taken)]
    assert not totals[0][terms].any() and totals[1][terms].any(axis=(1, 2)).all()
    assert totals[0][lines.NET_SALES, COMPANY].any() and not totals[0][lines.NET_SALES, PARTNER].any()


def test_the_partner_takes_over_after_the_stage_it_may_opt_in_after() -> None:
    """It pays the fee as Phase 2 begins, and bears the cost from then on."""
    world = optional(1.0, **{"valuation.inflation_rate": 0.0})
    path, found = world.courses(DEAL)
    taken = (found["collaboration"] == 1) & (found["taken"] < NEVER)
    assert np.array_equal(found["taken"][taken], found["start"][taken, PHASE_2])
    fees = np.zeros((world.paths, world.horizon))
    np.add.at(fees, (path[taken], found["taken"][taken]), 10.0)
    assert np.abs(world.paid(DEAL, lines.OPT_IN_FEES) - fees).max() < EXACT and fees.any()


def test_a_dearer_option_is_taken_less_often_and_the_company_goes_on() -> None:
    dear = {"deal.opt_in.stage": "phase_2", "deal.royalty.rates": (0.3, 0.3, 0.3)}
    taken, left = [], []
    for fee in (0.0, 200.0, 20000.0):
        world = run_world(with_leaves(load(), dear | {"deal.opt_in.fee_musd": fee}), slugs=[DEAL])
        found = world.courses(DEAL)[1]
        theirs, takes = found["collaboration"] == 1, found["taken"] < NEVER
        taken.append(int((theirs & takes).sum()))
        left.append(int((theirs & ~takes & (found["entered"][:, MARKET] == 1)).sum()))
    assert taken[0] > taken[1] > taken[2] == 0 and left[2] > left[0]


def test_want_of_money_puts_off_what_the_partner_has_not_taken_yet() -> None:
    """The stages before the option are the company's own: with little money fees come later, and no more of them."""
    table = base_packed()[0].table
    beliefs = {"going_on": np.ones_like(table.going_on), "taking_up": np.ones_like(table.taking_up)}
    fees = []
    for cash in (1e4, 45.0):
        scarce = NEVER_OPEN | {"company.opening_cash_musd": cash, "financing.distress_years": 0.0} | OPTION
        scenario = with_leaves(load(), scarce | {"valuation.inflation_rate": 0.0})
        world = run_world(scenario, 256, believing(scenario, **beliefs), [DEAL], by_line=True, views=(0, FINANCED))
        fees.append(np.cumsum(world.paid(DEAL, lines.OPT_IN_FEES, FINANCED), axis=1))
    assert (fees[1] <= fees[0] + EXACT).all() and (fees[1] < fees[0] - EXACT).any()


# Co-promotion against the plain royalty

COMMIT = {"behaviour.gates": "commit"}


def offered(profit: float, refund: float, gains: float | None = None, **leaves: Any) -> World:
    """Co-promotion on these terms, believed to move this much to the company with every product."""
    terms = {"deal.copromotion.us_profit_share": profit, "deal.copromotion.opt_in_cost_share": refund}
    scenario = with_leaves(load(), COMMIT | {"deal.copromotion.offered": True} | terms | leaves)
    table = base_packed()[0].table
    gain = np.full_like(table.opting_in, gains) if gains is not None else 40.0 + 20.0 * np.tile(table.place, (10, 1))
    return run_world(scenario, 1024, believing(scenario, opting_in=gain), slugs=[DEAL])


@cache
def plain() -> World:
    return vary(COMMIT, 1024, slugs=[DEAL])


def moved(world: World, party: int) -> NDArray[np.float64]:
    return world.value(DEAL, party) - plain().value(DEAL, party)


def test_copromotion_of_nothing_is_the_plain_royalty() -> None:
    """The company may as well opt in, and every party is exactly where it was, on every path."""
    world = offered(0.0, 0.0, 0.0)
    assert world.courses(DEAL)[1]["opted"].any()
    for party in (COMPANY, PARTNER, OTHERS):
        assert np.array_equal(world.value(DEAL, party), plain().value(DEAL, party))


def test_what_copromotion_gives_one_party_it_takes_from_the_other() -> None:
    world = offered(0.5, 0.25)
    path, found = world.courses(DEAL)
    chosen = np.isin(np.arange(world.paths), path[found["opted"] == 1])
    gain = moved(world, COMPANY)
    assert gain == pytest.approx(-moved(world, PARTNER), abs=EXACT)
    assert not moved(world, OTHERS).any() and not gain[~chosen].any()
    assert gain.min() < 0 < gain.max()  # decided on a forecast: it may turn out a loss


def test_only_products_the_partner_still_has_are_copromoted() -> None:
    drops = {"deal.termination.excess_hazard_rate": 0.05, "deal.termination.relicense_prob": 0.9}
    found = offered(0.5, 0.0, 1e9, **drops).courses(DEAL)[1]
    opted, on_market = found["opted"] == 1, (found["collaboration"] == 1) & (found["launch"] < NEVER)
    back = on_market & (found["resumed"] < NEVER)
    assert back.any() and np.array_equal(opted, on_market & ~back)
