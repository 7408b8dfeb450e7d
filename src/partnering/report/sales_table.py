"""Sales of one product by quarter as live formulas: uptake, exclusivity, costs, and what is paid on them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from partnering.clock import QUARTERS
from partnering.report.formula import ZERO, Cell, choose, largest, least, remainder, total_product, whole
from partnering.report.stage_inputs import PEAK, YEARS_TO_PEAK, Inputs

HEADS = (
    *("Quarter since launch", "Quarter since signing", "Sold (1) or not", "Uptake", "Left of exclusivity", "Net sales"),
    *(
        "Nominal sales",
        "Earlier in the contract year",
        "Royalty",
        "Costs of sales",
        "Discount, seller",
        "Discount, company",
    ),
)

Put = Callable[[Cell | float], Cell]
"""Writes the next cell of a row and returns it, so that others refer to it."""


@dataclass(frozen=True)
class Product:
    """A product once approved: who sells it from when, and what it pays the company."""

    launch: Cell
    loss_of_exclusivity: Cell
    own: bool  # the company sells it
    conjugate: bool
    tiered: bool  # the deal's royalty; else a licence's
    licence: str = ""  # the group of leaves of that licence
    seller_rate: Cell | float = 0.0
    company_rate: Cell | float = 0.0


@dataclass(frozen=True)
class Market:
    """Present values at launch: to whoever sells, and of the royalty to the company and to the one who pays it."""

    seller: Cell
    royalty: Cell
    royalty_paid: Cell


def write_market(inputs: Inputs, product: Product, horizon: int, new_row: Callable[[], Put]) -> Market:
    """Write a product's sales to the horizon, quarter by quarter, and return what they are worth at launch."""
    rows: list[list[Cell]] = []
    for since in range(horizon):
        rows.append(_quarter(inputs, product, since, horizon, rows[-1] if rows else None, new_row()))
    columns = list(zip(*rows, strict=True))
    sales, royalty, costs, seller, company = (columns[place] for place in (5, 8, 9, 10, 11))
    return Market(
        seller=total_product(sales, seller) - total_product(costs, seller),
        royalty=total_product(royalty, company),
        royalty_paid=total_product(royalty, seller),
    )


def _quarter(
    inputs: Inputs, product: Product, since: int, horizon: int, before: list[Cell] | None, put: Put
) -> list[Cell]:
    """Write the cells of one quarter, as in `HEADS`: each refers to cells to its left, above it, or to inputs."""
    at, age = put(since), (since + 0.5) / QUARTERS
    quarter = put(product.launch + since)
    mid = (quarter + 0.5) / QUARTERS
    sold = put(choose(quarter.less(horizon), 1, 0))
    rising = put(uptake(inputs, age))
    left = put(exclusivity(inputs, mid - product.loss_of_exclusivity / QUARTERS))
    ceiling = inputs("sales.company_ceiling") if product.own else 1
    sales = put(sold * inputs(PEAK) * ceiling * rising * left / QUARTERS)
    deflator = (1 + inputs("valuation.inflation_rate")) ** -mid
    nominal = put(sales / deflator)
    new_year = remainder(quarter, QUARTERS).equals(0)
    earlier = put(choose(new_year, 0, before[7] + before[6]) if before else 0)
    in_term = at.less(_quarters(inputs, "deal.royalty.term_years"))
    royalty = put(in_term * _royalty(inputs, product, quarter, sales, earlier, nominal, deflator))
    costs = put(sold * costs_of(inputs, product, at, sales))
    factors = [put((1 + rate) ** -age) for rate in (product.seller_rate, product.company_rate)]
    return [at, quarter, sold, rising, left, sales, nominal, earlier, royalty, costs, *factors]


def _royalty(
    inputs: Inputs, product: Product, quarter: Cell, sales: Cell, earlier: Cell, nominal: Cell, deflator: Cell
) -> Cell | float:
    """Return the royalty of a quarter in real money: the deal's tiers, a licence's flat rate, or none."""
    if product.own:
        return 0.0
    if not product.tiered:
        return sales * inputs(f"{product.licence}.royalty_rate")
    step = choose(quarter.less(product.loss_of_exclusivity), 1, inputs("deal.royalty.step_down_share"))
    return tiers(inputs, earlier, nominal) * deflator * inputs("deal.royalty.scale") * step


def _quarters(inputs: Inputs, path: str) -> Cell:
    return whole(inputs(path) * QUARTERS)


def uptake(inputs: Inputs, age: float) -> Cell:
    """Return sales over peak at an age in years: yearly averages joined at mid-years, time scaled to the peak."""
    averages = inputs.listed("sales.uptake")
    at = age * len(averages) / inputs(YEARS_TO_PEAK)
    found = averages[-1]
    for year in range(len(averages) - 2, -1, -1):
        low, high = averages[year : year + 2]
        found = choose(at.most(year + 1.5), low + (high - low) * (at - (year + 0.5)), found)
    return choose(at.most(0.5), averages[0] * at / 0.5, found)


def exclusivity(inputs: Inputs, years: Cell) -> Cell:
    """Return what is left of sales so many years after exclusivity: a straight line down, then a yearly decline."""
    over, decline = inputs("sales.erosion_years"), inputs("sales.late_decline_rate")
    fallen = 1 - inputs("sales.erosion_loss") * least(years / over, 1)
    return choose(years.most(0), 1, fallen * (1 - decline) ** largest(years - over, 0))


def tiers(inputs: Inputs, earlier: Cell, now: Cell) -> Cell:
    """Return the nominal royalty of a quarter: marginal tiers on the sales of a contract year, filled as they come."""
    starts, paid = [*inputs.listed("deal.royalty.thresholds_musd"), None], ZERO
    for (low, high), rate in zip(pairwise(starts), inputs.listed("deal.royalty.rates"), strict=True):
        assert low is not None, "only the last tier has no end"
        after, before = now + earlier, earlier
        if high is not None:
            after, before = least(after, high), least(before, high)
        paid = paid + rate * (largest(after - low, 0) - largest(before - low, 0))
    return paid


def costs_of(inputs: Inputs, product: Product, since: Cell, sales: Cell) -> Cell:
    """Return cost of goods, selling and lifecycle development of a quarter; the company builds up before it sells."""
    goods = inputs("sales.cogs_rate") + (inputs("sales.conjugate_cogs_rate") if product.conjugate else 0)
    young = since.less(_quarters(inputs, "sales.lifecycle_years"))
    selling = inputs("sales.selling_rate") * sales
    if product.own:
        build = inputs("sales.company_launch_build_musd") / QUARTERS
        floor = inputs("sales.company_selling_floor_musd") / QUARTERS
        selling = choose(since.less(QUARTERS), build, largest(selling, floor))
    return sales * (goods + young * inputs("sales.lifecycle_rate")) + selling
