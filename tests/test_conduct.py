"""When a company ends of its own will, and what it burns until then: by what it does, one rule for every strategy."""

import os
from typing import Any

import numpy as np
import pytest
from anywhere import FINANCING, any_beliefs, scenarios
from by_hand import company
from helpers import World, run_world, vary, with_leaves
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_company import ended, paid

from partnering.inputs import Scenario
from partnering.model import lines, told, views
from partnering.model.money import activity, base_burn
from partnering.model.views import FINANCED, PLANNED, PRETAX

# Burn by activity: 8 a year of the whole company, 5 of one that only licenses, 3 of one that only holds rights.

LIVES: dict[str, tuple[dict[str, Any], float]] = {
    "research of its own": ({"contract": {"own": 1}}, 2.0),
    "research that the partner pays for": ({"contract": {"funded": 4.0}}, 2.0),
    "an own candidate": ({"work": 1}, 2.0),
    "a bidder is awaited": ({"awaited_until": 8}, 2.0),
    "the bidder has come or not": ({"awaited_until": 7}, 0.0),
    "it licenses its technology": ({"contract": {"licensing_until": 8}}, 5 / 4),
    "also beside rights": ({"contract": {"licensing_until": 8}, "rights": 1}, 5 / 4),
    "no more: the years of licensing are over": ({"contract": {"licensing_until": 7}}, 0.0),
    "it holds rights": ({"rights": 1}, 3 / 4),
    "a licence in force": ({"licences": [[0.0] * 8] * views.RIGHTS + [[1.0] * 8]}, 3 / 4),
    "nothing is left": ({}, 0.0),
    "it has shrunk for long": ({"rules": {"sells": views.SELLS_CANDIDATES}}, 0.0),
}


@pytest.mark.parametrize("life", LIVES)
def test_a_quarters_burn_is_that_of_what_the_company_does(life: str) -> None:
    said, burn = LIVES[life]
    it = company(cash=100.0, **said)
    assert base_burn(it.future, activity(it.rules, it.contract, it.firm, 7)) == burn


def test_who_sells_its_candidates_needs_two_quarters_to_shrink() -> None:
    it = company(cash=100.0, rules={"sells": views.SELLS_CANDIDATES}, contract={"licensing_until": 40})
    burns = [base_burn(it.future, activity(it.rules, it.contract, it.firm, q)) for q in range(4)]
    assert burns == [2.0, 2.0, 5 / 4, 5 / 4]


def test_research_paused_for_want_of_money_still_counts_as_research() -> None:
    it = company(cash=100.0, contract={"own": 1}, paused=1)
    assert base_burn(it.future, activity(it.rules, it.contract, it.firm, 7)) == 2.0


# Carrying on


SOLD = [lines.RIGHTS_SOLD, lines.RIGHTS_SOLD + lines.OF_COMMON, lines.LICENCES_SOLD]


def ends_only_when_it_must(world: World) -> int:
    """Whoever carries on ends because cash forces it, or when nothing is left; returns how many did either.

    Then it burns nothing, has nothing that anybody would buy, and is paid nothing any more.
    """
    seen = 0
    for slug in world.played:
        if world.scenario[f"strategies.{slug}.sells"] == "everything":
            continue
        for view in (PLANNED, FINANCED):
            out = world.played[slug].kept.out
            moment, forced = ended(world, slug, view).astype(int), out["forced"][view] == 1
            assert not (forced.any() and view == PLANNED)
            over = np.flatnonzero((moment < 2 * world.horizon) & ~forced)
            assert (moment[over] % 2 == 0).all()
            last = paid(world, slug, view)[over, :, moment[over] // 2]
            assert not last[:, [lines.BASE_BURN, lines.OWN_RESEARCH, lines.RESEARCH_COST]].any()
            assert not last[:, [lines.ROYALTIES, lines.LICENSE_ROYALTIES, lines.NET_SALES]].any()
            assert np.abs(last[:, SOLD]).max(initial=0.0) < views.ROUNDING
            seen += len(over) + int(forced.sum())
        assert not world.played[slug].kept.told[FINANCED, :, told.WINDING_DOWN].any()
    return seen


PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    phases=PHASES,
    derandomize="CI" in os.environ,
)
@given(scenarios(), FINANCING, st.integers(0, 2**20))
def test_whoever_carries_on_ends_only_when_it_must(scenario: Scenario, changes: dict[str, Any], seed: int) -> None:
    """In any valid scenario, whatever anybody believes."""
    scenario = with_leaves(scenario, changes | {"behaviour.conduct": "carry_on"})
    packed = any_beliefs(scenario, seed)
    ends_only_when_it_must(run_world(scenario, 32, packed, by_line=True, views=(PRETAX, PLANNED, FINANCED), seed=seed))


def test_in_the_base_case_some_are_forced_and_the_others_live_off_what_they_have() -> None:
    world = vary({}, 128, by_line=True, views=(PRETAX, PLANNED, FINANCED))
    assert ends_only_when_it_must(world) > 100


# Giving up where that is better


def test_whoever_may_give_up_ends_in_the_first_quarter_in_which_prices_are_above_going_on() -> None:
    """And in no other: a company that carries on would have lived longer on the same futures."""
    better, on = (
        vary({"behaviour.conduct": conduct}, 128, by_line=True, views=(PRETAX, FINANCED))
        for conduct in ("exit_when_better", "carry_on")
    )
    chosen = 0
    for slug in set(better.played) - {"wind_up"}:
        moment = ended(better, slug).astype(int)
        going_on, over = (
            better.played[slug].kept.told[FINANCED, :, step] for step in (told.GOING_ON, told.WINDING_DOWN)
        )
        above = over - going_on > views.ROUNDING
        first = np.where(above.any(axis=1), above.argmax(axis=1), 10**6)
        by_choice = (moment % 2 == 1) & (moment < 2 * better.horizon)
        assert np.array_equal(first[by_choice], moment[by_choice] // 2)
        assert (first[~by_choice] == 10**6).all()
        assert (ended(on, slug)[by_choice] > moment[by_choice]).all()
        chosen += int(by_choice.sum())
    assert chosen > 20
