"""The company's money: cash in the books is cash in hand, rules of raises, ends and tax are kept, whatever happens."""

import os
from functools import cache
from typing import Any

import numpy as np
import pytest
from anywhere import any_beliefs, scenarios
from clerk import Clerk
from helpers import ALWAYS_OPEN, NEVER_OPEN, World, load, run_world, vary, with_leaves
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from partnering.inputs import Scenario
from partnering.model import lines, told
from partnering.model.draws import draw_market
from partnering.model.views import FINANCED, PLANNED, PRETAX, SETTLED

EXACT, ROUNDING = 1e-9, 1e-6
PATHS = 160
ALL = (PRETAX, PLANNED, FINANCED)
ALONE = ("market", "concept", "ind", "best")
VARIED: dict[str, dict[str, Any]] = {
    "base": {},
    "giving up where that is better": {"behaviour.conduct": "exit_when_better"},
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
FINANCING = st.fixed_dictionaries(
    {},
    optional={
        "company.opening_cash_musd": st.floats(0.0, 300.0),
        "company.other_burn_musd": st.floats(0.0, 40.0),
        "financing.window_shut_share": st.floats(0.01, 0.95),
        "financing.raise_limit_share": st.floats(0.01, 1.0),
        "financing.raise_gap_years": st.floats(0.25, 3.0),
        "financing.look_ahead_years": st.floats(0.25, 3.0),
        "financing.buffer_years": st.floats(0.0, 2.0),
        "financing.issue_fee_rate": st.floats(0.0, 0.3),
        "financing.postpone_years": st.floats(0.0, 5.0),
        "financing.distress_years": st.floats(0.0, 3.0),
        "financing.sale_haircut": st.floats(0.0, 1.0),
        "tax.company_rate": st.floats(0.0, 0.6),
        "tax.losses_years": st.floats(1.0, 30.0),
    },
)


@cache
def varied(name: str) -> World:
    return vary(VARIED[name], PATHS, by_line=True, views=ALL)


def paid(world: World, slug: str, view: int = FINANCED) -> NDArray[np.float64]:
    """What the company got, (path, line, quarter)."""
    return world.played[slug].kept.paid[view]


def ended(world: World, slug: str, view: int = FINANCED) -> NDArray[np.float64]:
    """When a company ends, in half quarters: at twice the quarter, or in its middle."""
    return 8 * world.played[slug].kept.out["ended_years"][view]


def alive(world: World, slug: str) -> NDArray[np.bool_]:
    """Whether it lives to a quarter's end, (path, quarter)."""
    return 2 * (np.arange(world.horizon) + 1) < ended(world, slug)[:, None]


def burn(world: World, slug: str) -> NDArray[np.float64]:
    """What a quarter's burn is to be, research of its own included, also where that is paused."""
    kept, found = world.played[slug].kept, paid(world, slug)
    paused = kept.told[FINANCED, :, told.PAUSED] * world.scenario["leads.own_research_musd"] / 4
    return paused - found[:, lines.BASE_BURN] - found[:, lines.OWN_RESEARCH]


def sells_all(world: World, slug: str) -> bool:
    return world.scenario[f"strategies.{slug}.sells"] == "everything"


# Cash


def assert_conserved(world: World) -> None:
    """In every view cash in hand is the sum of what was paid; before tax, all accounts sum to zero on every path.

    A company that has ended has nothing and is paid nothing; while it lives it owes no more than its products bring.
    One that winds up on the day has a year to pay what it owes.
    """
    for slug, played in world.played.items():
        for view in ALL:
            cash = world.scenario["company.opening_cash_musd"] + np.cumsum(paid(world, slug, view).sum(axis=1), axis=1)
            assert np.abs(cash - played.kept.balance[view]).max() < EXACT * max(1, np.abs(cash).max())
        assert played.books["residual"][0, :3].max() < ROUNDING and not played.books["residual"][0, 3:].any()
        assert np.abs(played.books["page"].sum(axis=2)).max() < ROUNDING
        there, cash = alive(world, slug), played.kept.balance[FINANCED]
        over = np.maximum(ended(world, slug), 2 * SETTLED if sells_all(world, slug) else 0)[:, None]
        assert np.abs(np.where(2 * (np.arange(world.horizon) + 1) < over, 0.0, cash)[:, :-1]).max() < ROUNDING
        after = 2 * np.arange(world.horizon) >= over
        assert not (paid(world, slug) * after[:, None]).any()
        recurring = paid(world, slug)[:, lines.RECURS == 1].sum(axis=1)
        buffer = 4 * world.scenario["financing.buffer_years"]
        assert (cash >= buffer * (burn(world, slug) - recurring) - ROUNDING)[there].all()


@pytest.mark.parametrize("name", VARIED)
def test_cash_is_conserved_on_every_path_and_quarter(name: str) -> None:
    assert_conserved(varied(name))


def conserved_anywhere(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    scenario = with_leaves(scenario, changes)
    assert_conserved(run_world(scenario, 40, any_beliefs(scenario, seed), by_line=True, views=ALL, seed=seed))


PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
ANYWHERE = {"deadline": None, "phases": PHASES, "derandomize": "CI" in os.environ}
"""In CI always the same worlds; at home new ones."""


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], **ANYWHERE)
@given(scenarios(), FINANCING, st.integers(0, 2**20))
def test_cash_is_conserved_in_any_valid_scenario(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    """Whatever anybody believes."""
    conserved_anywhere(scenario, changes, seed)


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], **ANYWHERE)
@given(scenarios(), FINANCING, st.integers(0, 2**20))
def test_cash_is_conserved_in_many_valid_scenarios(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    conserved_anywhere(scenario, changes, seed)


ENOUGH = ALWAYS_OPEN | {"company.opening_cash_musd": 1e5}
"""Enough that nothing waits; not so much that sums of cash lose the ninth digit after the point."""


@pytest.mark.parametrize(
    "name", ["base", "deal later", "launch at once", "launch in a quarter", "inflation and short losses", "20.3 years"]
)
def test_unlimited_money_is_money_enough(name: str) -> None:
    """Rows that stand as planned, and the same rows started stage by stage: the same payments but to the owners."""
    world = vary(VARIED[name] | ENOUGH, PATHS, by_line=True, views=ALL)
    capital = [lines.PAID_TO_OWNERS, lines.UNPAID_BILLS]
    for slug in world.played:
        planned, rich = (np.delete(paid(world, slug, view), capital, axis=1) for view in (PLANNED, FINANCED))
        assert np.abs(planned - rich).max() < EXACT
        assert np.array_equal(ended(world, slug, PLANNED), ended(world, slug))
        assert world.value(slug, view=PLANNED) == pytest.approx(world.value(slug, view=FINANCED), abs=EXACT)
        assert not world.played[slug].kept.out["forced"][FINANCED].any()
        assert not rich[:, lines.EQUITY_RAISE].any()


# Ends


def test_owners_get_what_is_left_and_suppliers_lose_what_is_not() -> None:
    world = varied("little cash")
    for slug in world.played:
        over = ended(world, slug) < 2 * world.horizon
        out, unpaid = (paid(world, slug)[:, at] for at in (lines.PAID_TO_OWNERS, lines.UNPAID_BILLS))
        assert (out <= 0).all() and (unpaid >= 0).all() and not (out.astype(bool) & unpaid.astype(bool)).any()
        assert over.any() and not out[~over].any() and not unpaid[~over].any()
        assert ((out < 0).sum(axis=1) <= 1).all()


def test_who_winds_down_by_choice_expects_more_of_it_and_others_do_not_end() -> None:
    """Of its own will a company also ends once nothing is left to do, at the start of a quarter."""
    world, seen = varied("giving up where that is better"), 0
    for slug in set(world.played) - {"wind_up"}:
        kept, moment = world.played[slug].kept, ended(world, slug).astype(int)
        going_on, over = (kept.told[FINANCED, :, step] for step in (told.GOING_ON, told.WINDING_DOWN))
        assert (over <= going_on + ROUNDING)[alive(world, slug)].all()
        willing = (moment < 2 * world.horizon) & (kept.out["forced"][FINANCED] == 0)
        choice, idle = np.flatnonzero(willing & (moment % 2 == 1)), np.flatnonzero(willing & (moment % 2 == 0))
        last = moment[choice] // 2
        assert (over[choice, last] > going_on[choice, last]).all()
        assert not burn(world, slug)[idle, np.minimum(moment[idle] // 2, world.horizon - 1)].any()
        seen += len(choice)
    assert seen > 0


def test_the_franchise_makes_up_the_value_before_the_deal() -> None:
    """On the day, before anything is received, the best company without a deal is worth what the market said."""
    world, value = varied("base"), {}
    for slug in ALONE:
        on_the_day = world.played[slug].kept.told[FINANCED, :, told.MARKET_VALUE, 0]
        received = (paid(world, slug)[:, lines.AT_START == 1, 0]).sum(axis=1)
        raised = paid(world, slug)[:, [lines.EQUITY_RAISE, lines.ISSUE_FEE], 0].sum(axis=1)
        assert np.ptp(on_the_day - received + raised) < EXACT  # nothing has been seen yet
        value[slug] = (on_the_day - received + raised)[0]
    assert max(value.values()) == pytest.approx(load()["company.pre_deal_value_musd"], abs=EXACT)


# Raises


def in_hand(world: World, slug: str) -> NDArray[np.float64]:
    """Cash when a raise is decided on: that of the quarter before, and what events and licences have brought."""
    later = [lines.FILING, lines.FILING + lines.OF_COMMON, lines.FILING_SHARING, lines.EQUITY_RAISE, lines.ISSUE_FEE]
    at_start = np.flatnonzero(lines.AT_START)
    received = paid(world, slug)[:, np.setdiff1d(at_start, later)].sum(axis=1)
    before = np.roll(world.played[slug].kept.balance[FINANCED], 1, axis=1)
    before[:, 0] = world.scenario["company.opening_cash_musd"]
    return before + received


@pytest.mark.parametrize("name", ["base", "open, dear"])
def test_raises_keep_to_the_rule(name: str) -> None:
    """Short, open, none within the year, a market that takes the least: then it raises, and else never."""
    world, raises = varied(name), 0
    opened = draw_market(world.luck).open == 1
    rules = next(iter(world.played.values())).packed.rules[0]
    limit = world.luck.each("financing.raise_limit_share")[:, None]
    for slug in world.played:
        kept, gross = world.played[slug].kept, paid(world, slug)[:, lines.EQUITY_RAISE]
        need, value, issued = (kept.told[FINANCED, :, step] for step in (told.NEED, told.MARKET_VALUE, told.NEW_SHARES))
        short, raised = need - in_hand(world, slug) > ROUNDING, gross > 0
        since = np.full(world.paths, 10**6)
        decided = 2 * np.arange(world.horizon) + 1 < ended(world, slug)[:, None]
        for q in range(world.horizon):
            may = short[:, q] & opened[:, q] & (since >= rules["raise_gap"]) & decided[:, q]
            may &= limit[:, 0] * value[:, q] >= rules["raise_least"]
            assert np.array_equal(may, raised[:, q]), (slug, q)
            since = np.where(may, 1, since + 1)
        assert (gross[raised] >= rules["raise_least"] - EXACT).all()
        assert (gross <= limit * value + EXACT)[raised].all()
        assert paid(world, slug)[:, lines.ISSUE_FEE] == pytest.approx(-rules["issue_fee"] * gross)
        shares = rules["shares"] + np.cumsum(issued, axis=1) - issued  # before the raise: its price is the market's
        assert (
            slug == "partnership"
            or np.abs(issued * value * (1 - rules["issue_discount"]) / shares - gross).max() < EXACT
        )
        raises += int(raised.sum())
    assert raises > 100


def test_research_pauses_only_when_short() -> None:
    world, pauses = varied("little cash"), 0
    for slug in ALONE:
        paused = world.played[slug].kept.told[FINANCED, :, told.PAUSED] == 1
        own = -paid(world, slug)[:, lines.OWN_RESEARCH]
        assert not own[paused].any() and set(np.unique(own.round(12))) <= {
            0.0,
            round(load()["leads.own_research_musd"] / 4, 12),
        }
        cash = in_hand(world, slug) + paid(world, slug)[:, [lines.EQUITY_RAISE, lines.ISSUE_FEE]].sum(axis=1)
        assert (cash < world.played[slug].kept.told[FINANCED, :, told.NEED])[paused].all()
        pauses += int(paused.sum())
    assert pauses > 20


# Tax


@pytest.mark.parametrize("view", [PLANNED, FINANCED])
@pytest.mark.parametrize("name", ["base", "inflation and short losses"])
def test_tax_is_what_a_clerk_finds_in_the_books(name: str, view: int) -> None:
    """Nominal income of a year less losses, oldest first until they lapse; of all years lived through."""
    world, taxed = varied(name), 0
    nominal = (1 + world.scenario["valuation.inflation_rate"]) ** ((np.arange(world.horizon) + 0.5) / 4)
    rate, opening = (world.luck.each(f"tax.{leaf}") for leaf in ("company_rate", "losses_musd"))
    for slug in world.played:
        found, last = paid(world, slug, view), ended(world, slug, view)
        income = found[:, lines.TAXED == 1].sum(axis=1) * nominal
        for path in range(0, world.paths, 4):
            clerk = Clerk(opening[path], int(np.ceil(world.scenario["tax.losses_years"])))
            for year in range(int(min(last[path] // 2, world.horizon)) // 4):
                due = rate[path] * clerk.tax_on(year, income[path, 4 * year : 4 * year + 4].sum())
                tax = -found[path, lines.TAX, 4 * year : 4 * year + 4]
                if 8 * (year + 1) < last[path]:
                    assert tax == pytest.approx([0, 0, 0, due / nominal[4 * year + 3]], abs=1e-7), (slug, path, year)
                    taxed += due > 0
    assert taxed > 20


def test_higher_rates_and_fewer_losses_are_dearer() -> None:
    rich = ALWAYS_OPEN | {"company.opening_cash_musd": 1e4}
    leaves = {"base": (0.38, 150.0), "rate": (0.50, 150.0), "losses": (0.38, 50.0), "none": (0.0, 150.0)}
    worlds = {
        name: vary(rich | {"tax.company_rate": rate, "tax.losses_musd": losses}, PATHS, by_line=True, views=(FINANCED,))
        for name, (rate, losses) in leaves.items()
    }
    for slug in ALONE:
        tax = {name: -paid(world, slug)[:, lines.TAX].sum(axis=1) for name, world in worlds.items()}
        assert (tax["rate"] >= tax["base"] - EXACT).all() and tax["rate"].sum() > tax["base"].sum()
        assert (tax["losses"] >= tax["base"] - EXACT).all() and tax["losses"].sum() > tax["base"].sum()
        assert not tax["none"].any()
        assert tax["rate"] == pytest.approx(tax["base"] * 0.50 / 0.38)  # nothing else depends on the rate
