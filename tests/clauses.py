"""Worlds in which every clause of a deal is at work, for the identities."""

from dataclasses import replace
from typing import Any

from helpers import World, base_task, load, run_world, with_leaves

from partnering.course.strategies import read_strategies

PATHS = 200
RETURNS = {"deal.termination.excess_hazard_rate": 0.15, "deal.termination.relicense_prob": 0.6}
CLAUSES = {
    "deal.copromotion.offered": True,
    "deal.equity.amount_musd": 30.0,
    "deal.equity.premium_rate": 0.5,
    "deal.sales_milestones.thresholds_musd": (50.0, 400.0),
    "deal.sales_milestones.amounts_musd": (5.0, 40.0),
    "deal.royalty.floor_musd": 30.0,
}
OTHERWISE = {"deal.opt_in.stage": "phase_1", "deal.opt_in.fee_musd": 5.0}
OTHERWISE |= {"deal.sharing.cost_share": 0.4, "deal.sharing.profit_share": 0.5}
"""Clauses that stand in the way of some of the others."""


def with_clauses(leaves: dict[str, Any], **table: Any) -> World:
    """The base case with clauses at work, its beliefs but for some of the table."""
    scenario = with_leaves(load(), RETURNS | leaves)
    beliefs = tuple(replace(beliefs, **table) for beliefs in base_task().beliefs)
    task = replace(base_task(), scenario=scenario, strategies=read_strategies(scenario), beliefs=beliefs)
    return run_world(scenario, PATHS, task=task)
