"""Dated events of a candidate that a contract pays for, and sales as a contract counts them."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Stage
from partnering.world.theta import Theta

EVENTS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
"""Milestone events in order; the BLA is filed when review starts."""

LATE_EVENTS = EVENTS[3:]
_STAGE = {"phase_1": Stage.PHASE_1, "phase_2": Stage.PHASE_2, "phase_3": Stage.PHASE_3, "bla": Stage.REVIEW}


def event_quarters(scenario: Scenario, course: Course, event: str) -> NDArray[np.int64]:
    """Return the quarter an event happens, shape (row,): NEVER if it does not. Europe and Japan follow the US."""
    stage = _STAGE.get(event, Stage.MARKET)
    after = to_quarters(scenario[f"duration.{event}_after_us_years"]) if event in ("eu", "japan") else 0
    return np.where(course.entered[:, stage], course.start[:, stage] + after, NEVER)


def in_royalty_term(theta: Theta, course: Course, sales: Sales) -> NDArray[np.bool_]:
    """Return whether each product and quarter of sales lies inside the royalty term, counted from launch."""
    term = to_quarters(theta.at("deal.royalty.term_years", course.path[sales.row]))
    return sales.since_launch < term


def tier_slices(scenario: Scenario, sales: Sales) -> NDArray[np.float64]:
    """Return real net sales of each quarter by royalty tier, shape (tier, entry).

    Tiers are marginal on nominal net sales of one product in a contract year of four model quarters; within the
    year they fill up as sales come in, so no quarter's royalty depends on a later one.
    """
    before, nominal, deflator = contract_year(scenario, sales, sales.amount)
    lower = np.asarray(scenario["deal.royalty.thresholds_musd"], dtype=float)
    upper = np.append(lower[1:], np.inf)
    slices = [
        marginal(before + nominal, lo, hi) - marginal(before, lo, hi) for lo, hi in zip(lower, upper, strict=True)
    ]
    return np.stack(slices) * deflator


def contract_year(
    scenario: Scenario, sales: Sales, amount: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return a real amount of each entry of sales in nominal money: (earlier in the contract year, now, deflator)."""
    deflator = discount(mid_years(sales.quarter), scenario["valuation.inflation_rate"])
    nominal = amount / deflator
    return year_to_date(nominal, sales.quarter, sales.since_launch), nominal, deflator


def marginal(amount: NDArray[np.float64], lower: float, upper: float) -> NDArray[np.float64]:
    """Return the part of an amount that lies between two thresholds."""
    return np.clip(amount, lower, upper) - lower


def year_to_date(
    amount: NDArray[np.float64], quarter: NDArray[np.int64], since_launch: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what a product sold earlier in the same contract year; a product's entries are consecutive."""
    in_year = np.minimum(quarter % QUARTERS, since_launch)
    before = np.zeros_like(amount)
    for back in range(1, QUARTERS):
        earlier = np.concatenate([np.zeros(min(back, len(amount))), amount[:-back]])
        before += np.where(in_year >= back, earlier, 0.0)
    return before


def deflated(scenario: Scenario, quarter: NDArray[np.int64], since: NDArray[np.int64] | int = 0) -> NDArray[np.float64]:
    """Return the real worth of one nominal dollar fixed at quarter `since` and paid at the start of `quarter`."""
    return discount(start_years(quarter - since), scenario["valuation.inflation_rate"])
