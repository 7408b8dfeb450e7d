"""Sales of approved products: uptake, exclusivity, erosion. Rows exist only while a product sells."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years
from partnering.course.pathway import Course
from partnering.course.research import NEVER, horizon_quarters
from partnering.course.strategies import Party
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Sales:
    """One entry per product and quarter sold, a product's quarters consecutive."""

    row: NDArray[np.int64]  # of the course
    quarter: NDArray[np.int64]
    since_launch: NDArray[np.int64]  # quarters
    amount: NDArray[np.float64]  # real net sales in the quarter, musd

    def take(self, entry: NDArray[np.int64]) -> "Sales":
        """Return the chosen entries."""
        return Sales(*(getattr(self, f.name).take(entry) for f in fields(self)))


def sell(
    scenario: Scenario,
    theta: Theta,
    course: Course,
    least_sales: NDArray[np.float64] | None = None,
    longest: NDArray[np.int64] | None = None,
) -> Sales:
    """Return net sales of every launched product to the horizon, or for `longest` quarters, (row,), from launch.

    The company withdraws a product of its own once it sells less than `least_sales`, (modality, quarter since
    launch), a year; None keeps every product.
    """
    sold = np.flatnonzero(course.launch < NEVER)
    lasts = horizon_quarters(scenario) - course.launch[sold]
    if longest is not None:
        lasts = np.minimum(lasts, longest[sold])
    row = np.repeat(sold, lasts)
    since = np.arange(len(row)) - np.repeat(np.cumsum(lasts) - lasts, lasts)
    quarter = course.launch[row] + since
    level = peak_reached(scenario, theta, course.take(sold))
    shape = uptake(scenario, mid_years(since), np.repeat(course.candidates.years_to_peak[sold], lasts))
    shape *= exclusivity(scenario, theta, course, sold, lasts, quarter)
    sales = Sales(row, quarter, since, np.repeat(level / QUARTERS, lasts) * shape)
    return sales if least_sales is None else withdraw(course, sales, least_sales)


def withdraw(course: Course, sales: Sales, least_sales: NDArray[np.float64]) -> Sales:
    """Return sales until the company withdraws a product: what it sold in the quarter before is too little to go on."""
    own = (course.runner(Stage.MARKET) == Party.COMPANY)[sales.row]
    least = least_sales[course.candidates.conjugate[sales.row].astype(np.int64), sales.since_launch]
    seen = QUARTERS * np.concatenate([np.zeros(min(1, len(own))), sales.amount[:-1]])
    ends = np.where(own & (sales.since_launch > 0) & (seen < least), sales.since_launch, NEVER)
    first = np.full(len(course.path), NEVER)
    np.minimum.at(first, sales.row, ends)
    return sales.take(np.flatnonzero(sales.since_launch < first[sales.row]))


def peak_reached(scenario: Scenario, theta: Theta, course: Course) -> NDArray[np.float64]:
    """Return peak sales a year, shape (row,): the capped peak times the seller's ceiling and the territory."""
    own = course.runner(Stage.MARKET) == Party.COMPANY
    ceiling = np.where(own, theta.at("sales.company_ceiling", course.path), 1.0)
    return course.candidates.peak_musd * ceiling * territory_share(scenario, course)


def territory_share(scenario: Scenario, course: Course) -> NDArray[np.float64]:
    """Return the share of the world the company may sell in or license, shape (row,)."""
    share, common = np.ones(len(course.path)), course.candidates.origin == Origin.COMMON
    share[common] = np.asarray(scenario["candidates.common.territory_share"])[course.candidates.number[common]]
    return share


def uptake(
    scenario: Scenario, years_since_launch: NDArray[np.float64], years_to_peak: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return sales over peak before exclusivity ends: yearly averages joined at mid-years, time scaled to the peak."""
    averages = scenario["sales.uptake"]
    mid_of_year = np.arange(len(averages)) + 0.5
    return np.interp(years_since_launch * len(averages) / years_to_peak, [0.0, *mid_of_year], [0.0, *averages])


def exclusivity(
    scenario: Scenario,
    theta: Theta,
    course: Course,
    sold: NDArray[np.int64],
    lasts: NDArray[np.int64],
    quarter: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return what is left of sales after exclusivity, one value per product and quarter."""
    path = course.path[sold]
    years = mid_years(quarter) - np.repeat(start_years(course.loss_of_exclusivity[sold]), lasts)
    after = years > 0
    loss = np.repeat(np.broadcast_to(theta.at("sales.erosion_loss", path), path.shape), lasts)[after]
    decline = np.repeat(np.broadcast_to(theta.at("sales.late_decline_rate", path), path.shape), lasts)[after]
    left = np.ones(len(quarter))
    left[after] = erode(years[after], loss, decline, scenario["sales.erosion_years"])
    return left


def erode(
    years: NDArray[np.float64], loss: NDArray[np.float64], decline: NDArray[np.float64], over_years: float
) -> NDArray[np.float64]:
    """Return sales left after years without exclusivity: down by `loss` in a straight line, then a yearly decline."""
    fallen = 1 - loss * np.minimum(years / over_years, 1.0)
    return fallen * np.where(years > over_years, discount(years - over_years, decline / (1 - decline)), 1.0)
