"""Scenarios and beliefs from anywhere the rules allow, for hypothesis: the base case with leaves at their limits."""

from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
from helpers import base_packed, load, pack_with, with_leaves
from hypothesis import strategies as st
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.inputs import Scenario
from partnering.model.chains import COUNT
from partnering.model.pack import GoingOn, Packed, set_going_on
from partnering.model.run import set_franchise, slugs_of
from partnering.model.stages import PHASE_3

BASE = load()
STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
LADDERS = {name: BASE.children(f"deal.{name}")[:-1] for name in ("ladder_full", "ladder_short")}
STEPS = [f"deal.{name}.{step}" for name, steps in LADDERS.items() for step in steps]
ROUTES = ("own_launch", "license_out", "best")
DEAL, *ALONE = BASE.children("strategies")
SELLERS = [slug for slug in ALONE if BASE[f"strategies.{slug}.sells"] != "none"]


def listed(low: float, high: float, size: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Lists of a length."""
    return st.tuples(*[st.floats(low, high)] * size)


def rising(low: int, high: int, size: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Lists of whole numbers that rise."""
    steps = st.lists(st.integers(low, high), min_size=size, max_size=size, unique=True)
    return steps.map(lambda found: tuple(float(step) for step in sorted(found)))


LEAVES = {leaf.path: st.floats(leaf.low, leaf.high) for leaf in BASE.leaves.values() if leaf.low is not None} | {
    **{f"success.{stage}_prob": st.floats(0, 1) for stage in STAGES},
    **{f"duration.{stage}_years": st.floats(0.1, 6) for stage in STAGES},
    **{f"cost.partner.{stage}_musd": st.floats(0.01, 200) for stage in STAGES[:4]},
    **{f"strategies.{slug}.rate_spread": st.floats(-0.1, 0.2) for slug in (DEAL, *ALONE)},
    **{step: st.floats(0, 60) for step in STEPS},
    "behaviour.gates": st.sampled_from(["rational", "commit"]),
    "behaviour.conduct": st.sampled_from(["carry_on", "exit_when_better"]),
    "behaviour.common_route": st.sampled_from(ROUTES),
    "valuation.discount_rate": st.floats(0.1, 0.3),
    "valuation.inflation_rate": st.floats(0, 0.1),
    "valuation.horizon_years": st.floats(5, 45),
    "leads.cost_per_lead_musd": st.floats(5, 80),
    "leads.window_years": st.floats(0.25, 8),
    "leads.own_research_musd": st.floats(0, 20),
    "leads.discovery_lag_years": st.floats(0, 3),
    "duration.spread_cv": st.just(0.0) | st.floats(0.05, 1),
    "sales.years_to_peak": rising(1, 12, 3),
    "sales.company_launch_delay_years": st.floats(0, 6),
    "sales.erosion_loss": st.floats(0, 1, exclude_max=True),
    "deal.copromotion.offered": st.booleans(),
    "deal.copromotion.us_profit_share": st.floats(0, 1),
    "deal.copromotion.opt_in_cost_share": st.floats(0, 1),
    "deal.sharing.cost_share": st.floats(0, 1),
    "deal.equity.amount_musd": st.just(0.0) | st.floats(0, 200),
    "deal.equity.premium_rate": st.floats(0, 3),
    "deal.royalty.step_down_share": st.floats(0, 1),
    "deal.termination.excess_hazard_rate": st.just(0.0) | st.floats(0, 1),
    "deal.termination.relicense_prob": st.floats(0, 1),
    "deal.termination.relicense_years": st.floats(0, 5),
    "deal.termination.relicense_terms_share": st.floats(0, 1),
    "deal.termination.partner_royalty_rate": st.floats(0, 0.3),
    "license.taker_prob": st.floats(0, 1),
    "license.early.taker_prob": st.floats(0, 1),
    "license.retry_years": st.floats(0, 4),
    "license.deal_years": st.floats(0, 2),
    "technology.new_years": st.floats(0, 15),
}
"""Single leaves and how far each may move."""


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Leaves of a deal that belong together."""
    years, tiers, options = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 3))
    schedule, upfront = draw(listed(0.1, 60, years)), draw(st.floats(0, 200))
    first, steps = draw(st.floats(0, years)), draw(st.integers(0, 2))
    shares_profit, option = draw(st.booleans()), draw(st.sampled_from(["none", *STAGES[:3]]))
    return {
        "deal.upfront_musd": upfront,
        "deal.research_schedule_musd": schedule,
        "deal.research_total_musd": sum(schedule),
        "deal.committed_ceiling_musd": upfront + sum(schedule) + draw(st.floats(0.01, 100)),
        "deal.extension_count": options,
        "deal.extension_decision_years": tuple(accumulate([first, 1.0, 1.0][:options])),
        "deal.extension_alive_needed": draw(st.tuples(*[st.integers(0, 4)] * options)),
        "deal.extension_rule": draw(st.sampled_from(["alive", "never", "always", "chance", "value"])),
        "deal.royalty.thresholds_musd": (0.0, *draw(rising(1, 2000, tiers - 1))),
        "deal.royalty.rates": draw(listed(0, 0.5, tiers)),
        "deal.royalty.floor_musd": 0.0 if shares_profit else draw(st.floats(0, 30)),
        "deal.sharing.profit_share": draw(st.floats(0.01, 1)) if shares_profit else 0.0,
        "deal.opt_in.stage": option,
        "deal.opt_in.fee_musd": 0.0 if option == "none" else draw(st.floats(0, 50)),
        "deal.sales_milestones.thresholds_musd": draw(rising(1, 3000, steps)),
        "deal.sales_milestones.amounts_musd": draw(listed(0, 100, steps)),
    }


@st.composite
def portfolios(draw: st.DrawFn) -> dict[str, Any]:
    """Lists of named candidates and licences, from none to four of a kind."""
    early, common, others = (draw(st.integers(0, most)) for most in (4, 3, 3))
    kind, ladder = st.sampled_from(["conjugate", "naked"]), st.sampled_from(["full", "short"])
    return {
        "candidates.inherited.names": tuple("abcd"[:early]),
        "candidates.inherited.modality": draw(st.tuples(*[kind] * early)),
        "candidates.inherited.ladder": draw(st.tuples(*[ladder] * early)),
        "candidates.inherited.years_to_ind": draw(listed(0, 4, early)),
        "candidates.common.names": tuple("abc"[:common]),
        "candidates.common.modality": draw(st.tuples(*[kind] * common)),
        "candidates.common.phase_2_left": draw(listed(0, 1, common)),
        "candidates.common.territory_share": draw(listed(0, 1, common)),
        "technology.seeded_names": tuple("abc"[:others]),
        "technology.seeded_stage": draw(st.tuples(*[st.sampled_from(STAGES[:3])] * others)),
        "technology.seeded_years_left": draw(listed(0, 3, others)),
    }


@st.composite
def plans(draw: st.DrawFn, early: int) -> dict[str, Any]:
    """Routes, exit stages and signing of every strategy, for a number of early candidates."""
    leaves: dict[str, Any] = {}
    for slug in (DEAL, *ALONE):
        if slug in SELLERS:
            continue  # of candidates they sell, they have no routes
        at, signs = f"strategies.{slug}", slug == DEAL or draw(st.booleans())
        routes = ("partner_run", *ROUTES) if signs else ROUTES
        leaves[f"{at}.inherited_routes"] = draw(st.tuples(*[st.sampled_from(routes)] * early))
        leaves[f"{at}.own_lead_route"] = draw(st.sampled_from(ROUTES))
        licenses = {"license_out", "best"} & {*leaves[f"{at}.inherited_routes"], leaves[f"{at}.own_lead_route"]}
        leaves[f"{at}.exit_stage"] = draw(st.sampled_from(["preclinical", "phase_2"])) if licenses else "none"
        leaves[f"{at}.signs_deal"] = signs
        leaves[f"{at}.own_research"] = draw(st.sampled_from(["yes", "no", "better"]))
        if signs and slug != DEAL:
            leaves[f"{at}.signing_years"] = draw(st.floats(0.25, 3))
            leaves[f"{at}.signing_prob"] = draw(st.floats(0, 1))
            leaves[f"{at}.terms_factor"] = draw(st.floats(0, 2))
    return leaves


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """The base case with leaves moved anywhere the rules allow."""
    leaves = draw(st.fixed_dictionaries({}, optional=LEAVES))
    leaves |= draw(st.just({}) | contracts()) | draw(st.just({}) | portfolios())
    early = len(leaves.get("candidates.inherited.names", BASE["candidates.inherited.names"]))
    moved = "candidates.inherited.names" in leaves
    leaves |= draw(plans(early) if moved else st.just({}) | plans(early))
    scenario = with_leaves(BASE, leaves)
    totals = {f"deal.{name}.total_musd": sum(scenario[f"deal.{name}.{s}"] for s in LADDERS[name]) for name in LADDERS}
    return with_leaves(scenario, totals)


def any_beliefs(scenario: Scenario, seed: int) -> list[Packed]:
    """Every strategy packed with beliefs by chance, under which each stage and option is worth it or not.

    As in any table, nothing before Phase 3 is worth more or less for a forecast that nobody has seen.
    """
    rng, horizon = np.random.default_rng(seed), int(to_quarters(scenario["valuation.horizon_years"]))
    rational, kinds = scenario["behaviour.gates"] == "rational", _kinds(scenario)

    def worth(*shape: int, mean: float = 1.0, sd: float = 1.5) -> NDArray[np.float64]:
        return rng.normal(mean, sd, (*shape, 3))

    going_on, worths = worth(COUNT, kinds, 6), worth(COUNT, 3, kinds, 6, mean=10.0, sd=20.0)
    price = worth(kinds, 6, mean=10.0, sd=20.0)
    for table in (going_on, worths, price):
        table[..., :PHASE_3, :] = table[..., :PHASE_3, :1]
    least = np.cumsum(rng.uniform(0, 4, (2, horizon)), axis=1) * (np.arange(horizon) >= 4)
    table = replace(
        base_packed()[0].table,
        place=np.array([-1.0, 0.0, 1.0]),
        worth=worths,
        going_on=going_on,
        price=price,
        searching=np.repeat(worth(3, kinds)[:, :, :1], 3, axis=2),
        taking_up=worth(kinds),
        opting_in=worth(kinds, mean=60.0, sd=60.0),
        cost=rng.uniform(1, 60, (kinds, 6)),
        lasts=rng.integers(1, 12, (kinds, 6)),
        run_on=rng.uniform(0, 20, (3, horizon)),
        least_sales=least if rational else np.full_like(least, -np.inf),
        lead_worth=rng.uniform(0, 15, COUNT),
        lead_to_partner=float(rng.uniform(0, 30)),
    )
    packed = pack_with(scenario, dict.fromkeys(slugs_of(scenario), table))
    for each in packed:
        set_going_on(each, GoingOn(rng.uniform(0, 0.6, 2), rng.uniform(0, 60, (2, horizon))))
    set_franchise(scenario, packed)
    return packed


def _kinds(scenario: Scenario) -> int:
    """How many rows a belief table has: the named candidates, four sorts of leads, products of others."""
    return sum(len(scenario[f"candidates.{group}.names"]) for group in ("inherited", "common")) + 5
