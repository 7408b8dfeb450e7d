"""The books of a strategy: every flow of its course, the deal's transfers and the company's base cost."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.pathway import Course
from partnering.course.plan import RouteChoice, plan_common, plan_programme
from partnering.course.research import (
    NEVER,
    committed_years,
    funded_quarters,
    horizon_quarters,
    own_research_quarters,
    window_quarters,
)
from partnering.course.sales import Sales, sell
from partnering.course.strategies import Party, Strategy
from partnering.deal.costs import develop, trade
from partnering.deal.exposures import Exposure, expose
from partnering.deal.ledger import COMMON, Flow
from partnering.deal.license import license_income
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Books:
    """One strategy over a block of paths."""

    strategy: Strategy
    course: Course
    sales: Sales
    extensions: NDArray[np.int64]  # years taken, by path
    exposures: list[Exposure]
    flows: list[Flow]  # inside the horizon, transfers of the deal included


def keep_books(
    scenario: Scenario,
    theta: Theta,
    candidates: Candidates,
    strategy: Strategy,
    best_route: RouteChoice,
    common: tuple[Course, list[Flow]],
) -> Books:
    """Return the books of one strategy; `common` is what `book_common` returned."""
    course, taken = plan_programme(scenario, theta, candidates, strategy, best_route)
    sales = sell(scenario, theta, course)
    exposures = expose(scenario, theta, course, sales, taken) if strategy.signs_deal else []
    common_course, common_flows = common
    flows = [
        *(exposure.transfer for exposure in exposures),
        *book_candidates(scenario, theta, course, sales),
        *_research(scenario, theta, strategy, taken),
        *base_burn(scenario, theta, course, common_course),
        *common_flows,
    ]
    horizon = horizon_quarters(scenario)
    return Books(strategy, course, sales, taken, exposures, [flow.clipped(horizon) for flow in flows])


def book_candidates(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> list[Flow]:
    """Return development, trade and licence flows of a course."""
    flows = [*develop(scenario, theta, course), *trade(scenario, theta, course, sales)]
    return flows + license_income(scenario, theta, course, sales)


def book_common(scenario: Scenario, theta: Theta, candidates: Candidates) -> tuple[Course, list[Flow]]:
    """Return course and flows of the common candidates, outside the programme."""
    course = plan_common(scenario, theta, candidates)
    flows = book_candidates(scenario, theta, course, sell(scenario, theta, course))
    return course, [replace(flow, line=COMMON + flow.line, programme=False) for flow in flows]


def _research(scenario: Scenario, theta: Theta, strategy: Strategy, taken: NDArray[np.int64]) -> list[Flow]:
    """Return the cash cost of research: a share of the partner's funding, and the company's own budget in full."""
    committed = QUARTERS * committed_years(scenario)
    until = QUARTERS * (committed_years(scenario) + taken) if strategy.signs_deal else np.zeros_like(taken)
    window = window_quarters(scenario)
    funded = funded_quarters(scenario)
    paths, quarters = np.nonzero(np.arange(len(funded)) < until[:, None])
    cost = funded[quarters] * theta.at("deal.research_cost_share", paths)
    under_deal = _spent("research_cost", paths, quarters, cost).entries(quarters < committed)
    extended = _spent("extension_research", paths, quarters, cost).entries(quarters >= committed)
    paths, quarters = np.nonzero(np.arange(window) >= until[:, None])
    own = own_research_quarters(scenario, 0)[quarters]
    return [under_deal, extended, _spent("own_research", paths, quarters, own)]


def base_burn(scenario: Scenario, theta: Theta, course: Course, common: Course) -> list[Flow]:
    """Return the base burn, outside the programme: full while the company works, less while only rights remain."""
    path = np.arange(theta.size)
    working = np.maximum(window_quarters(scenario), _busy_until(scenario, theta, course, common, own=True))
    rights = np.maximum(working, _busy_until(scenario, theta, course, common, own=False))
    full = np.full(theta.size, scenario["company.other_burn_musd"] / QUARTERS)
    less = np.full(theta.size, scenario["company.rights_only_burn_musd"] / QUARTERS)
    burn = _spent("base_burn", path, np.zeros_like(path), full)
    later = _spent("base_burn", path, working, less)
    return [
        replace(burn, quarters=working, programme=False),
        replace(later, quarters=rights - working, programme=False),
    ]


def _busy_until(scenario: Scenario, theta: Theta, course: Course, common: Course, own: bool) -> NDArray[np.int64]:
    """Return the quarter in which the last candidate the company runs (or only has rights in) ends, by path."""
    horizon = horizon_quarters(scenario)
    busy = np.zeros(theta.size, dtype=np.int64)
    for rows in (course, common):
        sold_until = rows.launch + to_quarters(theta.at("deal.royalty.term_years", rows.path))
        for stage in Stage:
            here = rows.entered[:, stage] & ((rows.runner(stage) == Party.COMPANY) == own)
            selling = horizon if own else np.minimum(sold_until, horizon)
            ends = np.minimum(rows.end[:, stage], horizon) if stage < Stage.MARKET else selling
            np.maximum.at(busy, rows.path, np.where(here, ends, 0))
        if own:  # a taker is sought until the licence is signed
            np.maximum.at(busy, rows.path, np.where(rows.signed < NEVER, rows.signed, 0))
    return busy


def _spent(line: str, path: NDArray, quarter: NDArray, amount: NDArray) -> Flow:
    return Flow(line, Party.COMPANY, Party.SUPPLIERS, "mid", path, quarter, amount)
