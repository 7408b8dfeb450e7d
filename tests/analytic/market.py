"""Expected value of an approved product: the peak is integrated out exactly, only the years to it numerically."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.stats import triang

from analytic.on_sales import floor_payment, milestone_payments, tier_sales
from analytic.peak import Peak
from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.model.draws import Luck


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
class Market:
    """Expected flows of a product, each a present value at its launch, shape (class, theta)."""

    net_sales: NDArray[np.float64]
    costs: NDArray[np.float64]  # cost of goods, selling, launch build, lifecycle
    sales_in_term: NDArray[np.float64]  # net sales inside the royalty term
    tiers: NDArray[np.float64]  # (tier, class, theta): the same by royalty tier, as far as the rate is not stepped down
    floor: NDArray[np.float64]  # what a least royalty adds
    milestones: NDArray[np.float64]  # sales milestones


def value_market(theta: Luck, product: Product, rate: float, peak: Peak, nodes: int) -> Market:
    """Return the expected present values of a product's flows at its launch.

    `nodes` is how many Gauss-Legendre nodes stand on each side of the likeliest years to peak.
    """
    with np.errstate(over="ignore"):  # where next to nothing is sold, no peak is high enough to be worth a floor
        parts = [_at_years(theta, product, rate, peak, *node) for node in _nodes(theta, nodes)]
    return Market(*(np.sum([getattr(part, field.name) for part in parts], axis=0) for field in fields(Market)))


def _nodes(theta: Luck, count: int) -> Iterator[tuple[float, float]]:
    """Yield (years to peak, weight): Gauss-Legendre on both sides of the mode of the triangle."""
    least, likeliest, most = theta.scenario["sales.years_to_peak"]
    knee = (likeliest - least) / (most - least)
    points, weights = leggauss(count)
    for low, high in ((0.0, knee), (knee, 1.0)):
        years = triang.ppf(low + (high - low) * (points + 1) / 2, knee, least, most - least)
        yield from zip(years, weights * (high - low) / 2, strict=True)


def _at_years(theta: Luck, product: Product, rate: float, peak: Peak, years: float, weight: float) -> Market:
    horizon = int(to_quarters(theta.scenario["valuation.horizon_years"]))
    since = np.arange(max(horizon - int(product.launch.min()), 1))[None, :]
    quarter = product.launch[:, None] + since
    level = _column(theta, "sales.company_ceiling") if product.company_sells else 1.0
    per_peak = sales_per_peak(theta, product, since, quarter, years) * (quarter < horizon) * level * product.territory
    factor = weight * discount(mid_years(since), rate)
    in_term = factor * (since < to_quarters(_column(theta, "deal.royalty.term_years")))
    least = _withdrawn_below(product, per_peak)
    sales = per_peak * peak.tail(least)[0]
    costs = _costs(theta, product, since, per_peak, sales, peak, least) * (quarter < horizon)
    tiers, floor, milestones = np.zeros((1, 1, 1)), np.zeros((1, 1)), np.zeros((1, 1))
    if product.tiered:
        late = quarter >= product.loss_of_exclusivity[:, None]
        tiers = tier_sales(theta, peak, since, quarter, per_peak, in_term, late)
        floor = floor_payment(theta, peak, since, quarter, per_peak, in_term, late)
        milestones = milestone_payments(theta, peak, since, quarter, per_peak, factor)
    return Market(
        net_sales=(sales * factor).sum(axis=2),
        costs=(costs * factor).sum(axis=2),
        sales_in_term=(sales * in_term).sum(axis=2),
        tiers=tiers,
        floor=floor,
        milestones=milestones,
    )


def _column(theta: Luck, path: str) -> NDArray[np.float64]:
    return theta.each(path)[:, None]


def sales_per_peak(
    theta: Luck, product: Product, since: NDArray, quarter: NDArray, years_to_peak: float
) -> NDArray[np.float64]:
    """Return sales of a quarter per dollar of yearly peak, shape (theta, quarter since launch).

    Uptake is yearly averages joined at mid-years, time scaled to the peak. Without exclusivity sales fall by a share in
    a straight line, then decline year by year.
    """
    averages, over = theta.scenario["sales.uptake"], theta.scenario["sales.erosion_years"]
    points = [0.0, *(np.arange(len(averages)) + 0.5)]
    uptake = np.interp(mid_years(since) * len(averages) / years_to_peak, points, [0.0, *averages])
    late = np.maximum(mid_years(quarter) - start_years(product.loss_of_exclusivity)[:, None], 0.0)
    fallen = 1 - _column(theta, "sales.erosion_loss") * np.minimum(late / over, 1.0)
    decline = (1 - _column(theta, "sales.late_decline_rate")) ** np.maximum(late - over, 0.0)
    return uptake * fallen * decline / QUARTERS


def _withdrawn_below(product: Product, per_peak: NDArray) -> NDArray[np.float64]:
    """Return the least peak with which a product is still sold, shape (theta, quarter); 0 if it is never withdrawn.

    A quarter's decision sees the sales of the quarter before, at a yearly pace.
    """
    if product.least_sales is None:
        return np.zeros(per_peak.shape)
    seen = QUARTERS * np.where(per_peak > 0, per_peak, 1.0)[:, :-1]
    least = product.least_sales[1 : per_peak.shape[1]] / seen
    return np.maximum.accumulate(np.concatenate([np.zeros((len(per_peak), 1)), least], axis=1), axis=1)


def _costs(
    theta: Luck, product: Product, since: NDArray, per_peak: NDArray, sales: NDArray, peak: Peak, least: NDArray
) -> NDArray[np.float64]:
    """Return expected cost of goods, selling, launch build and lifecycle development by quarter."""
    scenario, share = theta.scenario, _column(theta, "sales.selling_rate")
    goods = _column(theta, "sales.cogs_rate") + product.conjugate * scenario["sales.conjugate_cogs_rate"]
    lifecycle = scenario["sales.lifecycle_rate"] * (since < to_quarters(scenario["sales.lifecycle_years"]))
    if not product.company_sells:
        return sales * (goods + lifecycle + share)
    floor, rate = _column(theta, "sales.company_selling_floor_musd") / QUARTERS, share * per_peak
    above_floor = np.maximum(least, floor / np.where(rate > 0, rate, 1.0))
    kept, (beyond, chance) = peak.tail(least)[1], peak.tail(above_floor)
    later = floor * (kept - chance) + rate * beyond  # E[max(share x sales, floor); still sold]
    build = _column(theta, "sales.company_launch_build_musd") / QUARTERS
    return sales * (goods + lifecycle) + np.where(since < QUARTERS, build, later)
