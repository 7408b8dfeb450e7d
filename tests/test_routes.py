"""Who takes a candidate on: a licensee where it gains, the partner by its option, the company by co-promotion."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from helpers import NEVER_OPEN, World, base_packed, believing, load, run_world, vary, with_leaves
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.model import chains, lines
from partnering.model.candidate import read, success
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.records import FUTURE
from partnering.model.stages import MARKET, NEVER, NONE, PHASE_2, PHASE_3, PRECLINICAL
from partnering.model.views import FINANCED

EXACT, DEAL = 1e-9, "partnership"

# A licensee takes what it gains by


@cache
def licensing(gates: str) -> World:
    return vary({"behaviour.gates": gates}, 2048, slugs=["concept", "best"], brief=True)


def believed(world: World, slug: str, table: NDArray, found: NDArray) -> NDArray[np.float64]:
    """What a table (kind, class) says of candidates at their forecasts."""
    place = world.played[slug].packed.table.place
    return np.array([read(table[c["kind"]], place, c["forecast"]) for c in found])


def takers(world: World, slug: str, common: bool) -> tuple[NDArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Candidates, those with a good Phase 2 whom luck brings a taker in time, and all whom a licensee gains by."""
    path, found = world.courses(slug)
    here = found["common"] == common
    path, found = path[here], found[here]
    rules, theta = world.played[slug].packed.rules[0], world.luck.each
    future = np.zeros(world.paths, FUTURE)
    future["common_phase_2"] = theta("candidates.common.phase_2_prob")
    for stage, name in enumerate(("preclinical", "phase_1", "phase_2")):
        future["success"][:, stage] = theta(f"success.{name}_prob")
    alone = found.copy()
    alone["chain"] = chains.OWN
    chance = [np.prod([success(rules, future[p], c, s) for s in range(3)]) for p, c in zip(path, alone, strict=True)]
    good = (found["entered"][:, PHASE_2] == 1) & (found["luck"] < chance)
    comes = found["taker"] < theta("license.taker_prob")[path][:, None]
    closing, retry = (int(to_quarters(world.scenario[f"license.{key}_years"])) for key in ("deal", "retry"))
    waits = np.where(comes[:, 0], closing, closing + retry)
    in_time = found["end"][:, PHASE_2] + waits < world.horizon
    licensee = world.played[slug].packed.table.going_on[chains.LICENSEE, :, PHASE_3]
    return found, good & comes.any(axis=1) & in_time, believed(world, slug, licensee, found) >= 0


@pytest.mark.parametrize("common", [False, True])
def test_no_licence_is_signed_where_the_licensee_expects_to_lose(common: bool) -> None:
    """No time is lost on who would not take it."""
    found, there, gains = takers(licensing("rational"), "concept", common)
    assert np.array_equal(found["signed"] < NEVER, there & gains)
    refused = found[there & ~gains]
    assert (there & gains).sum() > 100 and len(refused) > 5
    assert np.array_equal(refused["start"][:, PHASE_3], refused["end"][:, PHASE_2])


def test_the_best_route_signs_only_where_both_gain() -> None:
    world = licensing("rational")
    found, there, gains = takers(world, "best", False)
    table = world.played["best"].packed.table
    alone = believed(world, "best", table.going_on[chains.OWN, :, PHASE_3], found)
    wanted = believed(world, "best", table.searching, found) >= np.maximum(alone, 0)
    assert np.array_equal(found["signed"] < NEVER, there & gains & wanted)
    assert min((there & gains & wanted).sum(), (there & gains & ~wanted).sum(), (there & ~gains & wanted).sum()) > 5


@pytest.mark.parametrize("common", [False, True])
def test_without_rational_gates_every_taker_takes(common: bool) -> None:
    found, there, gains = takers(licensing("commit"), "concept", common)
    assert np.array_equal(found["signed"] < NEVER, there)
    assert (there & ~gains).sum() > 5


@pytest.mark.parametrize("gain", [1.0, -1.0])
def test_at_the_ind_a_licensee_takes_it_where_it_gains(gain: float) -> None:
    going_on = np.where(np.arange(8)[:, None, None, None] == chains.LICENSEE, gain, np.abs(base_packed()[0].table.going_on))
    scenario = with_leaves(load(), {"strategies.concept.exit_stage": "preclinical"})
    world = run_world(scenario, 512, believing(scenario, going_on=going_on), slugs=["concept"], brief=True)
    path, found = world.courses("concept")
    path, found = path[found["common"] == 0], found[found["common"] == 0]
    takes = (found["taker"] < world.luck.each("license.taker_prob")[path][:, None]).any(axis=1)
    there = takes & (found["luck"] < world.luck.each("success.preclinical_prob")[path])
    assert found["entered"][:, PRECLINICAL].all() and there.sum() > 100
    assert np.array_equal(found["signed"] < NEVER, there & (gain > 0))


def test_what_lies_outside_the_programme_is_the_same_in_every_strategy() -> None:
    """Whatever the stage after which a strategy seeks its licences: the common candidates have their own."""
    world = run_world(load("sell_at_ind"))
    kept = [found[found["common"] == 1] for _, found in (world.courses(slug) for slug in world.played)]
    assert (kept[0]["signed"] < NEVER).any() and (kept[0]["entered"][:, MARKET] == 1).any()
    for other in kept[1:]:
        for name in ("entered", "signed", "taken", "start"):
            assert np.array_equal(kept[0][name], other[name])


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


def test_the_company_opts_in_where_its_forecast_pays_for_the_refund() -> None:
    """Product by product: what the table expects to move, against a share of what the partner has spent."""
    world = offered(0.5, 0.25)
    found = world.courses(DEAL)[1]
    theirs = found[(found["collaboration"] == 1) & (found["launch"] < NEVER) & (found["resumed"] == NEVER)]
    gains = believed(world, DEAL, world.played[DEAL].packed.table.opting_in, theirs)
    assert np.array_equal(theirs["opted"] == 1, gains >= 0.25 * theirs["partner_spent"])
    assert 0 < theirs["opted"].mean() < 1 and NONE not in set(theirs["opted"])
