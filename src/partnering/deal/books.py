"""The books of a strategy: every flow of its course, the deal's transfers and the company's base cost."""

from collections.abc import Iterable
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
from partnering.deal.activity import rights_ends, work_ends
from partnering.deal.copromotion import expose_copromotion, opt_in, past_cost
from partnering.deal.costs import develop, trade
from partnering.deal.exposures import expose, expose_shared_costs
from partnering.deal.ledger import COMMON, TECHNOLOGY_LINES, Exposure, Flow
from partnering.deal.license import license_income, technology_income
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Outside:
    """What is booked outside the programme, the same in every strategy (of the same effector programme)."""

    course: Course
    flows: list[Flow]  # inside the horizon
    busy: NDArray[np.int64]  # (2, path): the quarter until which the company works on it, or has rights in it


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
    programme: Candidates,
    chances: Chances,
    strategy: Strategy,
    beliefs: Beliefs,
    outside: tuple[Outside, Outside],
) -> Books:
    """Return the books of one strategy.

    `programme` are the inherited candidates and leads, `outside` the common candidates and the technology licences.
    """
    plan = plan_programme(scenario, theta, programme, chances, strategy, beliefs)
    return book_plan(scenario, theta, plan, strategy, beliefs, outside)


def book_plan(
    scenario: Scenario,
    theta: Theta,
    plan: Plan,
    strategy: Strategy,
    beliefs: Beliefs,
    outside: tuple[Outside, Outside],
) -> Books:
    """Return the books of a strategy whose course is known, planned or as financed."""
    course = plan.course
    sales = sell(scenario, theta, course, beliefs.least_sales)
    development = develop(scenario, theta, course)
    spent = past_cost(scenario, course, development)
    opted = opt_in(scenario, beliefs, course, spent)
    exposures = expose(scenario, theta, plan, sales, opted, strategy.terms_factor) if strategy.signs_deal else []
    exposures += expose_shared_costs(scenario, development)
    if opted.any():
        exposures += expose_copromotion(scenario, theta, course, sales, opted, spent)
    flows = [
        *(exposure.transfer for exposure in exposures),
        *development,
        *trade(scenario, theta, course, sales),
        *license_income(scenario, theta, course, sales, strategy.exit_stage),
        *_research(scenario, theta, plan),
        *base_burn(scenario, np.max([busy_until(scenario, theta, course, sales), *(o.busy for o in outside)], axis=0)),
    ]
    booked = [*_inside(scenario, flows), *(flow for part in outside for flow in part.flows)]
    return Books(strategy, plan, sales, opted, outside, exposures, booked)


def _inside(scenario: Scenario, flows: Iterable[Flow]) -> list[Flow]:
    return [flow.clipped(horizon_quarters(scenario)) for flow in flows]


def book_common(scenario: Scenario, theta: Theta, candidates: Candidates, beliefs: Beliefs) -> Outside:
    """Return course and flows of the common candidates, outside the programme."""
    return book_kept(scenario, theta, plan_common(scenario, theta, candidates, beliefs), beliefs)


def book_kept(scenario: Scenario, theta: Theta, course: Course, beliefs: Beliefs) -> Outside:
    """Return a known course of the common candidates with its flows."""
    sales = sell(scenario, theta, course, beliefs.least_sales)
    flows = [
        *develop(scenario, theta, course),
        *trade(scenario, theta, course, sales),
        *license_income(scenario, theta, course, sales, Stage.PHASE_2),
    ]
    outside = _inside(scenario, (replace(flow, line=COMMON + flow.line, programme=False) for flow in flows))
    return Outside(course, outside, busy_until(scenario, theta, course, sales))


def book_technology(
    scenario: Scenario, theta: Theta, candidates: Candidates, multiplier: float, beliefs: Beliefs
) -> Outside:
    """Return course and income of the technology licences; what licensees do with them is their own account."""
    course = plan_technology(scenario, theta, candidates, multiplier, beliefs)
    term = to_quarters(theta.each("deal.royalty.term_years")[course.path])
    sales = sell(scenario, theta, course, longest=term)
    income = technology_income(scenario, theta, course, sales)
    flows = _inside(scenario, (replace(flow, line=TECHNOLOGY_LINES[flow.line], programme=False) for flow in income))
    return Outside(course, flows, busy_until(scenario, theta, course, sales))


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


def base_burn(scenario: Scenario, busy: NDArray[np.int64]) -> list[Flow]:
    """Return the base burn, outside the programme: full while the company works, less while only rights remain.

    `busy` says until when, (2, path): work of its own, and rights in others' work.
    """
    path = np.arange(busy.shape[1])
    working = np.maximum(window_quarters(scenario), busy[0])
    rights = np.maximum(np.maximum(working, busy[1]), to_quarters(scenario["technology.new_years"]))
    full, less = (
        np.full(len(path), scenario[f"company.{name}_burn_musd"] / QUARTERS) for name in ("other", "rights_only")
    )
    burn, later = _spent("base_burn", path, np.zeros_like(path), full), _spent("base_burn", path, working, less)
    return [
        replace(burn, quarters=working, programme=False),
        replace(later, quarters=rights - working, programme=False),
    ]


def busy_until(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> NDArray[np.int64]:
    """Return the quarter in which the last candidate the company runs, or only has rights in, ends: (2, path)."""
    horizon, busy = horizon_quarters(scenario), np.zeros((2, theta.size), dtype=np.int64)
    np.maximum.at(busy[0], course.path, work_ends(course, _last_sold(course, sales), horizon))
    np.maximum.at(busy[1], course.path, rights_ends(scenario, theta, course, horizon))
    return busy


def _last_sold(course: Course, sales: Sales) -> NDArray[np.int64]:
    """Return the quarter after the last one each row is sold in; 0 without sales."""
    last = np.zeros(len(course.path), dtype=np.int64)
    np.maximum.at(last, sales.row, sales.quarter + 1)
    return last


def _spent(line: str, path: NDArray, quarter: NDArray, amount: NDArray) -> Flow:
    return Flow(line, Party.COMPANY, Party.SUPPLIERS, "mid", path, quarter, amount)
