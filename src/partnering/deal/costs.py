"""What it costs to develop, make and sell a candidate, paid by whoever runs it."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales
from partnering.course.strategies import Party
from partnering.deal.ledger import Flow
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import COST_ITEMS, Origin, Stage
from partnering.world.theta import Theta

RUNNERS = (Party.COMPANY, Party.PARTNER, Party.OTHERS)
TRIALS = (Stage.PRECLINICAL, Stage.PHASE_1, Stage.PHASE_2, Stage.PHASE_3)


def item_cost(scenario: Scenario, theta: Theta, item: str, course: Course, runner: NDArray[np.int64]) -> NDArray:
    """Return the mean cost of an item over candidates at the path's theta, by who runs it, shape (row,).

    A large firm has its own level and the same multiplier for what is not known.
    """
    company = theta.at(f"cost.company.{item}_musd", course.path)
    multiplier = company / scenario[f"cost.company.{item}_musd"]
    own = runner == Party.COMPANY
    cost = np.where(own, company, scenario[f"cost.partner.{item}_musd"] * multiplier)
    if item not in COST_ITEMS:
        return cost
    return cost * course.candidates.cost_factor[:, COST_ITEMS.index(item)]


def part_left(scenario: Scenario, course: Course, stage: Stage) -> NDArray[np.float64]:
    """Return the part of a stage's cost still to come at signing: in proportion to the time left."""
    candidates = course.candidates
    part = np.ones(len(course.path))
    if stage == Stage.PRECLINICAL:
        years = np.asarray(scenario["candidates.inherited.years_to_ind"])
        rows = candidates.origin == Origin.INHERITED
        part[rows] = years[candidates.number[rows]] / scenario["duration.preclinical_years"]
    if stage == Stage.PHASE_2:
        rows = candidates.origin == Origin.COMMON
        part[rows] = np.asarray(scenario["candidates.common.phase_2_left"])[candidates.number[rows]]
    return part


def develop(scenario: Scenario, theta: Theta, course: Course) -> list[Flow]:
    """Return development spending: evenly over each stage that is entered, filing at the start of review."""
    flows = []
    for stage in TRIALS:
        cost = item_cost(scenario, theta, stage.name.lower(), course, course.runner(stage))
        flows += _over_stage(stage.name.lower(), course, stage, cost * part_left(scenario, course, stage))
    flows += _late_manufacturing(scenario, theta, course)
    filing = item_cost(scenario, theta, "filing", course, course.runner(Stage.REVIEW))
    return flows + _at_stage("filing", course, Stage.REVIEW, filing)


def _late_manufacturing(scenario: Scenario, theta: Theta, course: Course) -> list[Flow]:
    """Return late manufacturing development: a share over Phase 3, the rest over review, at risk."""
    item, first_part = "late_manufacturing", scenario["cost.late_manufacturing_in_phase_3"]
    flows = []
    for stage, share in ((Stage.PHASE_3, first_part), (Stage.REVIEW, 1 - first_part)):
        cost = item_cost(scenario, theta, item, course, course.runner(stage))
        flows += _over_stage(item, course, stage, share * cost)
    return flows


def _over_stage(line: str, course: Course, stage: Stage, cost: NDArray[np.float64]) -> list[Flow]:
    """Return one flow per runner of a cost spread evenly over the quarters of a stage."""
    lasts = course.candidates.duration[:, stage]
    return _by_runner(line, "mid", course, stage, cost / lasts, lasts)


def _at_stage(line: str, course: Course, stage: Stage, cost: NDArray[np.float64]) -> list[Flow]:
    """Return one flow per runner of a cost paid when a stage starts."""
    return _by_runner(line, "start", course, stage, cost, None)


def _by_runner(
    line: str, timing: str, course: Course, stage: Stage, amount: NDArray[np.float64], lasts: NDArray[np.int64] | None
) -> list[Flow]:
    flows = []
    for party in RUNNERS:
        rows = np.flatnonzero(course.entered[:, stage] & (course.runner(stage) == party))
        if len(rows):
            quarters = None if lasts is None else lasts[rows]
            first = course.start[rows, stage]
            flow = Flow(line, party, Party.SUPPLIERS, timing, course.path[rows], first, amount[rows], rows, quarters)
            flows.append(flow)
    return flows


def trade(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> list[Flow]:
    """Return sales, cost of goods, selling, launch build and lifecycle development, by who sells."""
    seller = course.runner(Stage.MARKET)[sales.row]
    path = course.path[sales.row]
    lines = {
        "cogs": sales.amount * cogs_rate(scenario, theta, course)[sales.row],
        "selling": selling_cost(scenario, theta, course, sales, seller == Party.COMPANY),
        "lifecycle": lifecycle_cost(scenario, sales),
    }
    flows = []
    for party in RUNNERS:
        sold = seller == party
        if not sold.any():
            continue
        at = (path[sold], sales.quarter[sold])
        row = sales.row[sold]
        flows.append(Flow("net_sales", Party.SUPPLIERS, party, "mid", *at, sales.amount[sold], row))
        for line, cost in lines.items():
            flows.append(Flow(line, party, Party.SUPPLIERS, "mid", *at, cost[sold], row))
    return flows + _launch_build(theta, course)


def cogs_rate(scenario: Scenario, theta: Theta, course: Course) -> NDArray[np.float64]:
    """Return cost of goods as a share of sales, shape (row,)."""
    extra = np.where(course.candidates.conjugate, scenario["sales.conjugate_cogs_rate"], 0.0)
    return theta.at("sales.cogs_rate", course.path) + extra


def selling_cost(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, own: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return selling cost by product and quarter: a share of sales; for the company at least its floor.

    In the company's first year of sales the launch build replaces it.
    """
    path = course.path[sales.row]
    share = sales.amount * theta.at("sales.selling_rate", path)
    floor = theta.at("sales.company_selling_floor_musd", path) / QUARTERS
    return np.where(own, np.where(sales.since_launch < QUARTERS, 0.0, np.maximum(share, floor)), share)


def lifecycle_cost(scenario: Scenario, sales: Sales) -> NDArray[np.float64]:
    """Return lifecycle development by product and quarter: a share of sales in its first years."""
    young = sales.since_launch < to_quarters(scenario["sales.lifecycle_years"])
    return np.where(young, sales.amount * scenario["sales.lifecycle_rate"], 0.0)


def _launch_build(theta: Theta, course: Course) -> list[Flow]:
    """Return the company's launch build, evenly over the first year of sales."""
    rows = np.flatnonzero((course.launch < NEVER) & (course.runner(Stage.MARKET) == Party.COMPANY))
    if not len(rows):
        return []
    amount = np.broadcast_to(theta.at("sales.company_launch_build_musd", course.path[rows]), rows.shape) / QUARTERS
    quarters = np.full(len(rows), QUARTERS)
    path, first = course.path[rows], course.launch[rows]
    return [Flow("launch_build", Party.COMPANY, Party.SUPPLIERS, "mid", path, first, amount, rows, quarters)]
