"""The licence a company sells after a good Phase 2: upfront, milestones and a royalty, paid by the taker."""

import numpy as np

from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales, territory_share
from partnering.course.strategies import Party
from partnering.deal.events import LATE_EVENTS, deflated, event_quarters, in_royalty_term
from partnering.deal.ledger import Flow
from partnering.inputs.scenario import Scenario
from partnering.world.theta import Theta


def license_income(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> list[Flow]:
    """Return what takers of licences pay the company."""
    row = np.flatnonzero(course.signed < NEVER)
    path, signed = course.path[row], course.signed[row]
    elasticity = theta.at("license.upfront_elasticity", path)
    upfront = theta.at("license.upfront_musd", path) * course.candidates.forecast_ratio[row] ** elasticity
    upfront = upfront * territory_share(scenario, course)[row]
    paid = [Flow("license_upfront", Party.OTHERS, Party.COMPANY, "start", path, signed, upfront, row)]
    return [*paid, *_milestones(scenario, theta, course), _royalty(theta, course, sales)]


def _milestones(scenario: Scenario, theta: Theta, course: Course) -> list[Flow]:
    """Return licence milestones: nominal amounts fixed at the licence's own signing."""
    flows = []
    for event, share in zip(LATE_EVENTS, scenario["license.milestone_shares"], strict=True):
        quarter = event_quarters(scenario, course, event)
        row = np.flatnonzero((course.signed < NEVER) & (quarter < NEVER))
        path, paid = course.path[row], quarter[row]
        total = theta.at("license.milestones_musd", path) * territory_share(scenario, course)[row]
        amount = share * total * deflated(scenario, paid, course.signed[row])
        flows.append(Flow("license_milestones", Party.OTHERS, Party.COMPANY, "start", path, paid, amount, row))
    return flows


def _royalty(theta: Theta, course: Course, sales: Sales) -> Flow:
    """Return the flat licence royalty, for as long as the deal's own royalty term."""
    licensed = (course.signed < NEVER)[sales.row]
    entry = np.flatnonzero(licensed & in_royalty_term(theta, course, sales))
    row = sales.row[entry]
    path = course.path[row]
    amount = sales.amount[entry] * theta.at("license.royalty_rate", path)
    return Flow("license_royalties", Party.OTHERS, Party.COMPANY, "mid", path, sales.quarter[entry], amount, row)
