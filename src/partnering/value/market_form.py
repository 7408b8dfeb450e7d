"""Expected value of an approved product in closed form: the peak is integrated out analytically.

E[min(P, d)] of a lognormal peak is exact, so marginal tiers, the cap and the selling floor need no quadrature;
only the years to the peak are integrated numerically.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.special import ndtr

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.course.sales import erode, uptake
from partnering.deal.events import year_to_date
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import triangular_quantile
from partnering.world.theta import Theta

_PEAK_NODES = 4  # Gauss-Legendre nodes on each side of the likeliest years to peak


def limited_expectation(limit: NDArray, median: NDArray, log_sd: NDArray) -> NDArray[np.float64]:
    """Return E[min(P, limit)] of a lognormal P, exact; 0 at a limit of 0."""
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        z = (np.log(limit) - np.log(median)) / log_sd
    return median * np.exp(log_sd**2 / 2) * ndtr(z - log_sd) + limit * ndtr(-z)


@dataclass(frozen=True)
class Product:
    """An approved product at each of a set of thetas; arrays (theta,) of quarters, or numbers."""

    launch: NDArray[np.int64]
    loss_of_exclusivity: NDArray[np.int64]
    conjugate: bool
    company_sells: bool
    territory: float
    tiered: bool  # whether a tiered royalty is owed on it


@dataclass(frozen=True)
class MarketForm:
    """Expected flows of a product, each a present value at its launch, shape (theta,)."""

    net_sales: NDArray[np.float64]
    costs: NDArray[np.float64]  # cost of goods, selling, launch build, lifecycle
    sales_in_term: NDArray[np.float64]  # net sales inside the royalty term
    tiers: NDArray[np.float64]  # (tier, theta): the same by royalty tier


def value_market(scenario: Scenario, theta: Theta, product: Product, rate: float, horizon: int) -> MarketForm:
    """Return the expected present values of a product's flows at its launch."""
    parts = [
        _at_years_to_peak(scenario, theta, product, rate, horizon, years, weight)
        for years, weight in _years_to_peak_nodes(scenario)
    ]
    return MarketForm(*(np.sum([getattr(p, f) for p in parts], axis=0) for f in MarketForm.__dataclass_fields__))


def _years_to_peak_nodes(scenario: Scenario) -> list[tuple[float, float]]:
    """Return (years to peak, weight): Gauss-Legendre on both sides of the mode of the triangle."""
    least, likeliest, most = scenario["sales.years_to_peak"]
    knee = (likeliest - least) / (most - least)
    points, weights = leggauss(_PEAK_NODES)
    nodes = []
    for low, high in ((0.0, knee), (knee, 1.0)):
        luck = low + (high - low) * (points + 1) / 2
        years = triangular_quantile(luck, least, likeliest, most)
        nodes += list(zip(years, weights * (high - low) / 2, strict=True))
    return nodes


def _at_years_to_peak(
    scenario: Scenario, theta: Theta, product: Product, rate: float, horizon: int, years_to_peak: float, weight: float
) -> MarketForm:
    since = np.arange(horizon)[None, :]
    quarter = product.launch[:, None] + since
    selling = quarter < horizon
    shape = _sales_per_peak(scenario, theta, product, since, quarter, years_to_peak) * selling
    factor = weight * discount(mid_years(since), rate)
    level = _column(theta, "sales.company_ceiling") if product.company_sells else np.ones((theta.size, 1))
    level = level * product.territory
    sales = shape * level * _peak(theta, np.full((theta.size, 1), np.inf))
    costs = _costs(scenario, theta, product, since, shape * level, sales, selling)
    term = to_quarters(_column(theta, "deal.royalty.term_years"))
    in_term = factor * (since < term)
    tiers = _tiers(scenario, theta, since, quarter, shape * level) if product.tiered else np.zeros((1, 1, 1))
    return MarketForm(
        net_sales=(sales * factor).sum(axis=1),
        costs=(costs * factor).sum(axis=1),
        sales_in_term=(sales * in_term).sum(axis=1),
        tiers=(tiers * in_term).sum(axis=2),
    )


def _column(theta: Theta, path: str) -> NDArray[np.float64]:
    return theta.each(path)[:, None]


def _peak(theta: Theta, limit: NDArray) -> NDArray[np.float64]:
    """Return E[min(peak, cap, limit)]."""
    limit = np.minimum(limit, theta["sales.peak_cap_musd"])
    return limited_expectation(limit, _column(theta, "sales.peak_median_musd"), _column(theta, "sales.peak_log_sd"))


def _sales_per_peak(
    scenario: Scenario, theta: Theta, product: Product, since: NDArray, quarter: NDArray, years_to_peak: float
) -> NDArray[np.float64]:
    """Return sales of a quarter per dollar of yearly peak, shape (theta, quarter since launch)."""
    late = np.maximum(mid_years(quarter) - start_years(product.loss_of_exclusivity)[:, None], 0.0)
    loss, decline = _column(theta, "sales.erosion_loss"), _column(theta, "sales.late_decline_rate")
    left = erode(late, loss, decline, scenario["sales.erosion_years"])
    return uptake(scenario, mid_years(since), np.asarray(years_to_peak)) * left / QUARTERS


def _costs(
    scenario: Scenario,
    theta: Theta,
    product: Product,
    since: NDArray,
    sales_per_peak: NDArray,
    sales: NDArray,
    selling: NDArray,
) -> NDArray[np.float64]:
    """Return expected cost of goods, selling, launch build and lifecycle development by quarter."""
    goods = _column(theta, "sales.cogs_rate") + product.conjugate * scenario["sales.conjugate_cogs_rate"]
    lifecycle = scenario["sales.lifecycle_rate"] * (since < to_quarters(scenario["sales.lifecycle_years"]))
    share = _column(theta, "sales.selling_rate")
    if not product.company_sells:
        return sales * (goods + lifecycle + share)
    floor = _column(theta, "sales.company_selling_floor_musd") / QUARTERS
    per_peak = share * sales_per_peak
    below_floor = per_peak * _peak(theta, floor / np.where(per_peak > 0, per_peak, 1.0))
    later = sales * share + floor - below_floor  # E[max(share x sales, floor)]
    build = _column(theta, "sales.company_launch_build_musd") / QUARTERS
    return sales * (goods + lifecycle) + np.where(since < QUARTERS, build, later) * selling


def _tiers(
    scenario: Scenario, theta: Theta, since: NDArray, quarter: NDArray, sales_per_peak: NDArray
) -> NDArray[np.float64]:
    """Return expected real net sales by royalty tier, shape (tier, theta, quarter since launch)."""
    deflator = discount(mid_years(quarter), scenario["valuation.inflation_rate"])
    nominal = sales_per_peak / deflator
    shape = nominal.shape
    flat = (nominal.ravel(), quarter.ravel(), np.broadcast_to(since, shape).ravel())
    before = year_to_date(*flat).reshape(shape)
    starts = scenario["deal.royalty.thresholds_musd"]
    below = [_filled(theta, before + nominal, t) - _filled(theta, before, t) for t in (*starts, np.inf)]
    return np.stack([upper - lower for lower, upper in pairwise(below)]) * deflator


def _filled(theta: Theta, per_peak: NDArray, threshold: float) -> NDArray[np.float64]:
    """Return E[min(peak x per_peak, threshold)]."""
    sold = per_peak > 0
    if threshold == 0:
        return np.zeros(per_peak.shape)
    limit = threshold / np.where(sold, per_peak, 1.0)
    return np.where(sold, per_peak * _peak(theta, limit), 0.0)
