"""Expected value of an approved product in closed form: the peak is integrated out analytically.

E[min(P, d)] and P(P >= d) of a lognormal peak are exact, so marginal tiers, the cap, the selling floor and the
withdrawal of a product that sells too little need no quadrature; only the years to the peak are integrated numerically.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.course.sales import erode, uptake
from partnering.inputs.scenario import Scenario
from partnering.value.deal_form import value_terms
from partnering.value.peak import Peak
from partnering.world.candidates import triangular_quantile
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Product:
    """An approved product at each of a set of thetas; arrays (theta,) of quarters, or numbers."""

    launch: NDArray[np.int64]
    loss_of_exclusivity: NDArray[np.int64]
    conjugate: bool
    company_sells: bool
    territory: float
    tiered: bool  # whether a tiered royalty is owed on it
    least_sales: NDArray[np.float64] | None = None  # by quarter since launch: withdrawn below it; None: never


@dataclass(frozen=True)
class MarketForm:
    """Expected flows of a product, each a present value at its launch, shape (class, theta)."""

    net_sales: NDArray[np.float64]
    costs: NDArray[np.float64]  # cost of goods, selling, launch build, lifecycle
    sales_in_term: NDArray[np.float64]  # net sales inside the royalty term
    tiers: NDArray[np.float64]  # (tier, class, theta): the same by royalty tier, as far as the rate is not stepped down
    floor: NDArray[np.float64]  # what a least royalty adds
    milestones: NDArray[np.float64]  # sales milestones


def value_market(
    scenario: Scenario, theta: Theta, product: Product, rate: float, peak: Peak, peak_nodes: int
) -> MarketForm:
    """Return the expected present values of a product's flows at its launch.

    `peak_nodes` is how many Gauss-Legendre nodes stand on each side of the likeliest years to peak.
    """
    with np.errstate(over="ignore"):  # where next to nothing is sold, no peak is high enough to be worth a floor
        parts = [
            _at_years_to_peak(scenario, theta, product, rate, peak, years, weight)
            for years, weight in _years_to_peak_nodes(scenario, peak_nodes)
        ]
    return MarketForm(*(np.sum([getattr(p, f) for p in parts], axis=0) for f in MarketForm.__dataclass_fields__))


def _years_to_peak_nodes(scenario: Scenario, count: int) -> list[tuple[float, float]]:
    """Return (years to peak, weight): Gauss-Legendre on both sides of the mode of the triangle."""
    least, likeliest, most = scenario["sales.years_to_peak"]
    knee = (likeliest - least) / (most - least)
    points, weights = leggauss(count)
    nodes = []
    for low, high in ((0.0, knee), (knee, 1.0)):
        luck = low + (high - low) * (points + 1) / 2
        years = triangular_quantile(luck, least, likeliest, most)
        nodes += list(zip(years, weights * (high - low) / 2, strict=True))
    return nodes


def _at_years_to_peak(
    scenario: Scenario, theta: Theta, product: Product, rate: float, peak: Peak, years_to_peak: float, weight: float
) -> MarketForm:
    horizon = int(to_quarters(scenario["valuation.horizon_years"]))
    since = np.arange(max(horizon - int(product.launch.min()), 1))[None, :]
    quarter = product.launch[:, None] + since
    selling = quarter < horizon
    shape = sales_per_peak(scenario, theta, product, since, quarter, years_to_peak) * selling
    factor = weight * discount(mid_years(since), rate)
    level = _column(theta, "sales.company_ceiling") if product.company_sells else np.ones((theta.size, 1))
    per_peak = shape * level * product.territory
    least = _withdrawn_below(product, per_peak)
    kept = peak.limited() if least is None else peak.tail(least)[0]
    sales = per_peak * kept
    costs = _costs(scenario, theta, product, since, per_peak, sales, selling, peak, least)
    in_term = factor * (since < to_quarters(_column(theta, "deal.royalty.term_years")))
    late = quarter >= product.loss_of_exclusivity[:, None]
    nothing = np.zeros((1, 1))
    terms = (nothing[None], nothing, nothing)
    if product.tiered:
        terms = value_terms(scenario, theta, peak, since, quarter, per_peak, factor, in_term, late)
    return MarketForm(
        net_sales=(sales * factor).sum(axis=2),
        costs=(costs * factor).sum(axis=2),
        sales_in_term=(sales * in_term).sum(axis=2),
        tiers=terms[0],
        floor=terms[1],
        milestones=terms[2],
    )


def _column(theta: Theta, path: str) -> NDArray[np.float64]:
    return theta.each(path)[:, None]


def sales_per_peak(
    scenario: Scenario, theta: Theta, product: Product, since: NDArray, quarter: NDArray, years_to_peak: float
) -> NDArray[np.float64]:
    """Return sales of a quarter per dollar of yearly peak, shape (theta, quarter since launch)."""
    late = np.maximum(mid_years(quarter) - start_years(product.loss_of_exclusivity)[:, None], 0.0)
    loss, decline = _column(theta, "sales.erosion_loss"), _column(theta, "sales.late_decline_rate")
    left = erode(late, loss, decline, scenario["sales.erosion_years"])
    return uptake(scenario, mid_years(since), np.asarray(years_to_peak)) * left / QUARTERS


def _withdrawn_below(product: Product, per_peak: NDArray) -> NDArray[np.float64] | None:
    """Return the least peak with which a product is still sold, shape (theta, quarter); None if never withdrawn.

    A quarter's decision sees the sales of the quarter before, at a yearly pace.
    """
    if product.least_sales is None:
        return None
    seen = QUARTERS * np.where(per_peak > 0, per_peak, 1.0)[:, :-1]
    least = product.least_sales[1 : per_peak.shape[1]] / seen
    return np.maximum.accumulate(np.concatenate([np.zeros((len(per_peak), 1)), least], axis=1), axis=1)


def _costs(
    scenario: Scenario,
    theta: Theta,
    product: Product,
    since: NDArray,
    per_peak: NDArray,
    sales: NDArray,
    selling: NDArray,
    peak: Peak,
    least: NDArray | None,
) -> NDArray[np.float64]:
    """Return expected cost of goods, selling, launch build and lifecycle development by quarter."""
    goods = _column(theta, "sales.cogs_rate") + product.conjugate * scenario["sales.conjugate_cogs_rate"]
    lifecycle = scenario["sales.lifecycle_rate"] * (since < to_quarters(scenario["sales.lifecycle_years"]))
    share = _column(theta, "sales.selling_rate")
    if not product.company_sells:
        return sales * (goods + lifecycle + share)
    floor = _column(theta, "sales.company_selling_floor_musd") / QUARTERS
    rate = share * per_peak
    least = np.zeros(per_peak.shape) if least is None else least
    above_floor = np.maximum(least, floor / np.where(rate > 0, rate, 1.0))
    kept, (beyond, chance) = peak.tail(least)[1], peak.tail(above_floor)
    later = floor * (kept - chance) + rate * beyond  # E[max(share x sales, floor); still sold]
    build = _column(theta, "sales.company_launch_build_musd") / QUARTERS
    return sales * (goods + lifecycle) + np.where(since < QUARTERS, build, later) * selling
