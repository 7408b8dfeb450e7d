"""The company's option to co-promote: a share of a product's US profit instead of the royalty on it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from partnering.course.gates import Beliefs, gates_of
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales
from partnering.course.strategies import Party
from partnering.deal.costs import selling_costs
from partnering.deal.ledger import Exposure, Flow, add_up
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Stage
from partnering.world.theta import Theta


def past_cost(scenario: Scenario, course: Course, development: list[Flow]) -> NDArray[np.float64]:
    """Return what developing each row has cost the partner, undiscounted, net of what the company bore of it."""
    spent = np.zeros(len(course.path))
    for flow in development:
        if flow.payer == Party.PARTNER and flow.row is not None:
            spent += add_up(flow.amount * (flow.last - flow.first), flow.row, len(spent))
    return spent * (1 - scenario["deal.sharing.cost_share"])


def opt_in(scenario: Scenario, beliefs: Beliefs, course: Course, spent: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which products the company co-promotes: those whose forecast at approval promises more than the refund."""
    opted, row = np.zeros(len(course.path), dtype=bool), np.flatnonzero(may_opt_in(scenario, course))
    if not len(row):
        return opted
    gain = beliefs.read(beliefs.opting_in, gates_of(scenario, course.candidates).of(row))
    opted[row] = gain >= scenario["deal.copromotion.opt_in_cost_share"] * spent[row]
    return opted


def may_opt_in(scenario: Scenario, course: Course) -> NDArray[np.bool_]:
    """Return the products on which the company has the choice: the partner's own, once approved."""
    launched = course.collaboration & (course.launch < NEVER) & (course.runner(Stage.MARKET) == Party.PARTNER)
    return launched & scenario["deal.copromotion.offered"]


def expose_copromotion(
    scenario: Scenario,
    theta: Theta,
    course: Course,
    sales: Sales,
    opted: NDArray[np.bool_],
    spent: NDArray[np.float64],
) -> Iterator[Exposure]:
    """Yield what a unit of profit share and of refund pays."""
    entry = np.flatnonzero(opted[sales.row])
    chosen = Sales(sales.row[entry], sales.quarter[entry], sales.since_launch[entry], sales.amount[entry])
    costs = selling_costs(scenario, theta, course, chosen, np.zeros(len(entry), dtype=bool))
    profit = scenario["sales.us_share"] * (chosen.amount - sum(costs.values()))
    path = course.path[chosen.row]
    at = ("copromotion_profit", Party.PARTNER, Party.COMPANY, "mid", path, chosen.quarter, profit, chosen.row)
    term = "deal.copromotion.us_profit_share"
    yield Exposure(term, scenario[term], Flow(*at))
    row, term = np.flatnonzero(opted), "deal.copromotion.opt_in_cost_share"
    approval = course.start[row, Stage.MARKET]
    at = ("copromotion_refund", Party.COMPANY, Party.PARTNER, "start", course.path[row], approval, spent[row], row)
    yield Exposure(term, scenario[term], Flow(*at))
