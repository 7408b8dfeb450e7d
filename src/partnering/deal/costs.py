"""What it costs to develop, make and sell a candidate, paid by whoever runs it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales
from partnering.course.strategies import Party, Route
from partnering.deal.ledger import Flow
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import COST_ITEMS, Origin, Stage
from partnering.world.theta import Theta

RUNNERS = (Party.COMPANY, Party.PARTNER, Party.OTHERS)
TRIALS = (Stage.PRECLINICAL, Stage.PHASE_1, Stage.PHASE_2, Stage.PHASE_3)


Spell = tuple[Party, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Who runs which rows in a stage, from which quarter, for how many."""


def spells(course: Course, stage: Stage) -> Iterator[Spell]:
    """Yield who pays for a stage when: the company, then a large firm that takes over, then a later licensee."""
    start, end = course.start[:, stage], course.end[:, stage]
    partner_run = course.route == Route.PARTNER_RUN
    taken, resumed = np.maximum(start, course.taken), np.maximum(start, course.resumed)
    spans = (
        (Party.COMPANY, True, start, np.minimum(end, course.taken)),
        (Party.PARTNER, partner_run, taken, np.minimum(end, course.handed)),
        (Party.OTHERS, ~partner_run, taken, end),
        (Party.OTHERS, partner_run, resumed, end),
    )
    for party, may, first, last in spans:
        row = np.flatnonzero(course.entered[:, stage] & may & (last > first))
        if len(row):
            yield party, row, first[row], (last - first)[row]


def item_cost(
    scenario: Scenario, theta: Theta, item: str, course: Course, row: NDArray[np.int64], runner: Party
) -> NDArray[np.float64]:
    """Return the mean cost of an item over candidates at the path's theta, if `runner` pays, shape (row,).

    A large firm has its own level and the same multiplier for what is not known.
    """
    cost = theta.each(f"cost.company.{item}_musd")[course.path[row]]
    if runner != Party.COMPANY:
        cost = scenario[f"cost.partner.{item}_musd"] * cost / scenario[f"cost.company.{item}_musd"]
    if item not in COST_ITEMS:
        return cost
    return cost * course.candidates.cost_factor[row, COST_ITEMS.index(item)]


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
    """Return development spending: evenly over each stage that is entered, filing at the start of review.

    Late manufacturing development is a share over Phase 3 and the rest over review, at risk.
    """
    flows: list[Flow] = []
    first_part = scenario["cost.late_manufacturing_in_phase_3"]
    for stage in TRIALS:
        flows += _over_stage(scenario, theta, course, stage, stage.name.lower(), part_left(scenario, course, stage))
    for stage, share in ((Stage.PHASE_3, first_part), (Stage.REVIEW, 1 - first_part)):
        flows += _over_stage(scenario, theta, course, stage, "late_manufacturing", np.full(len(course.path), share))
    return [*flows, *_filing(scenario, theta, course)]


def _over_stage(
    scenario: Scenario, theta: Theta, course: Course, stage: Stage, item: str, part: NDArray[np.float64]
) -> Iterator[Flow]:
    """Yield one flow per spell of a cost spread evenly over the quarters of a stage."""
    for party, row, first, lasts in spells(course, stage):
        cost = item_cost(scenario, theta, item, course, row, party) * part[row]
        amount = cost / course.candidates.duration[row, stage]
        yield Flow(item, party, Party.SUPPLIERS, "mid", course.path[row], first, amount, row, lasts)


def _filing(scenario: Scenario, theta: Theta, course: Course) -> Iterator[Flow]:
    """Yield filing costs, paid when review starts by whoever runs it."""
    runner = course.runner(Stage.REVIEW)
    for party in RUNNERS:
        row = np.flatnonzero(course.entered[:, Stage.REVIEW] & (runner == party))
        if len(row):
            cost, first = item_cost(scenario, theta, "filing", course, row, party), course.start[row, Stage.REVIEW]
            yield Flow("filing", party, Party.SUPPLIERS, "start", course.path[row], first, cost, row)


def trade(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> list[Flow]:
    """Return sales, cost of goods, selling, launch build and lifecycle development, by who sells."""
    seller = course.runner(Stage.MARKET)[sales.row]
    costs = selling_costs(scenario, theta, course, sales, seller == Party.COMPANY)
    flows = []
    for party in RUNNERS:
        sold = np.flatnonzero(seller == party)
        if not len(sold):
            continue
        row = sales.row[sold]
        at = (course.path[row], sales.quarter[sold])
        flows.append(Flow("net_sales", Party.SUPPLIERS, party, "mid", *at, sales.amount[sold], row))
        for line, cost in costs.items():
            flows.append(Flow(line, party, Party.SUPPLIERS, "mid", *at, cost[sold], row))
    return flows + _launch_build(theta, course)


def selling_costs(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, own: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Return what selling costs by line, one value per product and quarter; `own` marks what the company sells."""
    return {
        "cogs": sales.amount * cogs_rate(scenario, theta, course)[sales.row],
        "selling": selling_cost(theta, course, sales, own),
        "lifecycle": lifecycle_cost(scenario, sales),
    }


def cogs_rate(scenario: Scenario, theta: Theta, course: Course) -> NDArray[np.float64]:
    """Return cost of goods as a share of sales, shape (row,)."""
    extra = np.where(course.candidates.conjugate, scenario["sales.conjugate_cogs_rate"], 0.0)
    return theta.at("sales.cogs_rate", course.path) + extra


def selling_cost(theta: Theta, course: Course, sales: Sales, own: NDArray[np.bool_]) -> NDArray[np.float64]:
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
