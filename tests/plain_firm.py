"""A company so simple that its quarters can be worked out on paper: one candidate, no ranges, no luck but one."""

from typing import Any

from firms import ALWAYS_OPEN, NO_COMMON, NO_SEEDED, Founded, found_in
from helpers import SEED, load, with_leaves, without_ranges

from partnering.inputs import Scenario
from partnering.results.simulate import prepare

PLAIN: dict[str, Any] = {
    **NO_COMMON,
    **NO_SEEDED,
    **ALWAYS_OPEN,
    "technology.new_years": 0.0,
    "valuation.inflation_rate": 0.0,
    "candidates.inherited.names": ("one",),
    "candidates.inherited.modality": ("naked",),
    "candidates.inherited.ladder": ("full",),
    "candidates.inherited.years_to_ind": (0.5,),
    "duration.preclinical_years": 1.0,
    "duration.phase_1_years": 1.0,
    "duration.spread_cv": 0.0,
    "cost.company.preclinical_musd": 6.0,
    "cost.company.phase_1_musd": 8.0,
    "cost.spread.preclinical_log_sd": 0.0,
    "cost.spread.phase_1_log_sd": 0.0,
    "success.preclinical_prob": 1.0,
    "success.phase_1_prob": 1.0,
    "leads.own_research_musd": 0.0,
    "leads.window_years": 3.0,
    "company.opening_cash_musd": 20.0,
    "company.other_burn_musd": 16.0,
    "company.shares_millions": 40.0,
    "company.pre_deal_value_musd": 200.0,
    "financing.market_log_sd": 0.0,
    "financing.raise_limit_share": 0.20,
    "financing.raise_least_musd": 10.0,
    "financing.raise_gap_years": 1.0,
    "financing.raise_for_years": 2.0,
    "financing.look_ahead_years": 1.0,
    "financing.buffer_years": 0.5,
    "financing.burn_ahead_years": 0.25,
    "financing.exit_burn_years": 0.25,
    "financing.distress_years": 0.0,
    "financing.issue_fee_rate": 0.06,
    "financing.issue_discount_rate": 0.05,
    "tax.company_rate": 0.40,
    "tax.losses_musd": 0.0,
}
ROUTES = {
    f"strategies.{slug}.inherited_routes": (route,)
    for slug, route in {
        "partnership": "partner_run",
        "market": "own_launch",
        "concept": "license_out",
        "best": "best",
    }.items()
}


def plain_scenario(changes: dict[str, Any]) -> Scenario:
    return with_leaves(without_ranges(load()), PLAIN | ROUTES | changes)


def plain(slug: str, changes: dict[str, Any] | None = None, paths: int = 1) -> Founded:
    """One strategy of the plain company."""
    return found_in(prepare(plain_scenario(changes or {}), SEED, paths, 1), paths, slugs=[slug])
