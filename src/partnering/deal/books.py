"""The books of a strategy: every flow of its course, the deal's transfers and the company's base cost."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.gates import Beliefs
from partnering.course.pathway import Course
from partnering.course.plan import Chances, Plan, plan_common, plan_programme, plan_technology
from partnering.course.research import (
    NEVER,
    committed_years,
    funded_quarters,
    horizon_quarters,
    window_quarters,
)
from partnering.course.sales import Sales, sell
from partnering.course.strategies import Party, Strategy
from partnering.deal.copromotion import expose_copromotion, opt_in, past_cost
from partnering.deal.costs import develop, trade
from partnering.deal.exposures import Exposure, expose
from partnering.deal.ledger import COMMON, TECHNOLOGY_LINES, Flow
from partnering.deal.license import license_income, technology_income
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Outside:
    """What is booked outside the programme, the same in every strategy (of the same effector programme)."""

    course: Course
    sales: Sales
    flows: list[Flow]


@dataclass(frozen=True)
class Books:
    """One strategy over a block of paths."""

    strategy: Strategy
    plan: Plan
    sales: Sales
    opted: NDArray[np.bool_]  # products the company co-promotes, by row
    outside: tuple[Outside, Outside]  # common candidates, technology licences
    exposures: list[Exposure]
    flows: list[Flow]  # inside the horizon, transfers of the deal included

    @property
    def course(self) -> Course:
        """The course of the programme."""
        return self.plan.course


def keep_books(
    scenario: Scenario,
    theta: Theta,
    candidates: Candidates,
    chances: Chances,
    strategy: Strategy,
    beliefs: Beliefs,
    outside: tuple[Outside, Outside],
) -> Books:
    """Return the books of one strategy; `outside` holds the common candidates and the technology licences."""
    plan = plan_programme(scenario, theta, candidates, chances, strategy, beliefs)
    course = plan.course
    sales = sell(scenario, theta, course, beliefs.least_sales)
    development = develop(scenario, theta, course)
    spent = past_cost(course, development)
    opted = opt_in(scenario, beliefs, course, spent)
    exposures = expose(scenario, theta, plan, sales, opted, strategy.terms_factor) if strategy.signs_deal else []
    if opted.any():
        exposures += expose_copromotion(scenario, theta, course, sales, opted, spent)
    flows = [
        *(exposure.transfer for exposure in exposures),
        *development,
        *trade(scenario, theta, course, sales),
        *license_income(scenario, theta, course, sales, strategy.exit_stage),
        *_research(scenario, theta, plan),
        *base_burn(scenario, theta, Outside(course, sales, []), *outside),
        *(flow for part in outside for flow in part.flows),
    ]
    horizon = horizon_quarters(scenario)
    return Books(strategy, plan, sales, opted, outside, exposures, [flow.clipped(horizon) for flow in flows])


def book_common(scenario: Scenario, theta: Theta, candidates: Candidates, beliefs: Beliefs) -> Outside:
    """Return course and flows of the common candidates, outside the programme."""
    course = plan_common(scenario, theta, candidates, beliefs)
    sales = sell(scenario, theta, course, beliefs.least_sales)
    flows = [
        *develop(scenario, theta, course),
        *trade(scenario, theta, course, sales),
        *license_income(scenario, theta, course, sales, Stage.PHASE_2),
    ]
    return Outside(course, sales, [replace(flow, line=COMMON + flow.line, programme=False) for flow in flows])


def book_technology(
    scenario: Scenario, theta: Theta, candidates: Candidates, multiplier: float, beliefs: Beliefs
) -> Outside:
    """Return course and income of the technology licences; what licensees do with them is their own account."""
    course = plan_technology(scenario, theta, candidates, multiplier, beliefs)
    term = to_quarters(theta.each("deal.royalty.term_years")[course.path])
    sales = sell(scenario, theta, course, longest=term)
    income = technology_income(scenario, theta, course, sales)
    flows = [replace(flow, line=TECHNOLOGY_LINES[flow.line], programme=False) for flow in income]
    return Outside(course, sales, flows)


def _research(scenario: Scenario, theta: Theta, plan: Plan) -> list[Flow]:
    """Return the cash cost of research: a share of the partner's funding, and the company's own budget in full."""
    until, window = plan.funded_until(scenario), window_quarters(scenario)
    flows = []
    for signing in np.unique(plan.signing[plan.signing < NEVER]):
        funded, quarter = funded_quarters(scenario, int(signing)), signing + np.arange(QUARTERS * _years(scenario))
        paths, place = np.nonzero((quarter < until[:, None]) & (plan.signing == signing)[:, None])
        cost = funded[place] * theta.each("deal.research_cost_share")[paths]
        committed = place < QUARTERS * committed_years(scenario)
        flows.append(_spent("research_cost", paths, quarter[place], cost).entries(committed))
        flows.append(_spent("extension_research", paths, quarter[place], cost).entries(~committed))
    quarter = np.arange(window)
    paths, own = np.nonzero((quarter < plan.signing[:, None]) | (quarter >= until[:, None]))
    budget = np.full(len(own), scenario["leads.own_research_musd"] / QUARTERS)
    return [*flows, _spent("own_research", paths, own, budget)]


def _years(scenario: Scenario) -> int:
    """Return the contract years if every extension is taken."""
    return committed_years(scenario) + scenario["deal.extension_count"]


def base_burn(scenario: Scenario, theta: Theta, *parts: Outside) -> list[Flow]:
    """Return the base burn, outside the programme: full while the company works, less while only rights remain."""
    path = np.arange(theta.size)
    working = np.maximum(window_quarters(scenario), _busy_until(scenario, theta, parts, own=True))
    rights = np.maximum(working, _busy_until(scenario, theta, parts, own=False))
    full = np.full(theta.size, scenario["company.other_burn_musd"] / QUARTERS)
    less = np.full(theta.size, scenario["company.rights_only_burn_musd"] / QUARTERS)
    burn = _spent("base_burn", path, np.zeros_like(path), full)
    later = _spent("base_burn", path, working, less)
    return [
        replace(burn, quarters=working, programme=False),
        replace(later, quarters=rights - working, programme=False),
    ]


def _busy_until(scenario: Scenario, theta: Theta, parts: tuple[Outside, ...], own: bool) -> NDArray[np.int64]:
    """Return the quarter in which the last candidate the company runs (or only has rights in) ends, by path."""
    horizon = horizon_quarters(scenario)
    busy = np.zeros(theta.size, dtype=np.int64)
    for part in parts:
        rows, term = part.course, to_quarters(theta.each("deal.royalty.term_years"))
        for stage in Stage:
            here = rows.entered[:, stage] & ((rows.runner(stage) == Party.COMPANY) == own)
            if stage < Stage.MARKET:
                ends = rows.end[:, stage]
            else:
                ends = _last_sold(part) if own else rows.launch + term[rows.path]
            np.maximum.at(busy, rows.path[here], np.minimum(ends, horizon)[here])
        if own:  # a taker is sought until the licence is signed
            signed = rows.signed < NEVER
            np.maximum.at(busy, rows.path[signed], rows.signed[signed])
    return busy


def _last_sold(part: Outside) -> NDArray[np.int64]:
    """Return the quarter after the last one each row is sold in; 0 without sales."""
    last = np.zeros(len(part.course.path), dtype=np.int64)
    np.maximum.at(last, part.sales.row, part.sales.quarter + 1)
    return last


def _spent(line: str, path: NDArray, quarter: NDArray, amount: NDArray) -> Flow:
    return Flow(line, Party.COMPANY, Party.SUPPLIERS, "mid", path, quarter, amount)
