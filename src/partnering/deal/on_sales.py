"""What the deal pays on sales of its products: a royalty or a share of profit, a least royalty, sales milestones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales
from partnering.course.strategies import Party
from partnering.deal.costs import selling_costs
from partnering.deal.events import contract_year, in_royalty_term, tier_slices
from partnering.deal.ledger import Exposure, owed
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Stage
from partnering.world.theta import Theta


def expose_sales(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, opted: NDArray[np.bool_]
) -> Iterator[Exposure]:
    """Yield the exposures of products that are sold; `opted` marks those the company co-promotes, (row,).

    Co-promoted sales carry no royalty. A returned product pays a share of the royalty, and none of the other terms.
    """
    left = 1 - opted * scenario["deal.copromotion.us_profit_share"] * scenario["sales.us_share"]
    kept = course.collaboration & (course.runner(Stage.MARKET) == Party.PARTNER)
    sold = sales.take(np.flatnonzero(kept[sales.row]))
    yield from _royalties(scenario, theta, course, sales, left)
    yield from _sales_milestones(scenario, course, sold)
    if scenario["deal.sharing.profit_share"] > 0:
        yield _profit(scenario, theta, course, sold, left)
    elif scenario["deal.royalty.floor_musd"] > 0:
        yield _floor(scenario, theta, course, sold, left)


def _royalties(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, left: NDArray[np.float64]
) -> Iterator[Exposure]:
    """Yield each royalty tier: the sales in it times the common scale, while the term lasts.

    A profit share takes its place on what the partner sells. A returned product pays a share of it, and a royalty to
    the partner.
    """
    ours = course.collaboration & (course.runner(Stage.MARKET) != Party.COMPANY)
    due = np.flatnonzero(ours[sales.row] & in_royalty_term(theta, course, sales))
    returned = (course.resumed < NEVER)[sales.row[due]]
    replaced = scenario["deal.sharing.profit_share"] > 0
    share = scenario["deal.termination.relicense_terms_share"]
    kinds = (
        ("royalties", Party.PARTNER, 1.0, np.flatnonzero(~returned & (not replaced))),
        ("returned_royalties", Party.OTHERS, share, np.flatnonzero(returned)),
    )
    slices = tier_slices(scenario, sales)[:, due]
    scale = _scale(scenario, theta, course, sales, left)[due]
    for tier, rate in enumerate(scenario["deal.royalty.rates"]):
        for line, payer, part, which in kinds:
            entry = which[slices[tier, which] > 0]
            row, amount = sales.row[due[entry]], part * slices[tier, entry] * scale[entry]
            unit = owed(line, "mid", course.path[row], sales.quarter[due[entry]], amount, row, payer)
            yield Exposure(f"deal.royalty.rates[{tier}]", rate, unit)
    entry = due[returned]
    row, term = sales.row[entry], "deal.termination.partner_royalty_rate"
    at = ("reversion_royalties", "mid", course.path[row], sales.quarter[entry], sales.amount[entry], row)
    yield Exposure(term, scenario[term], owed(*at, Party.OTHERS, Party.PARTNER))


def _scale(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, left: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what multiplies the tiers' rates, by entry: the common scale, less after exclusivity, not co-promoted."""
    late = sales.quarter >= course.loss_of_exclusivity[sales.row]
    step = np.where(late, scenario["deal.royalty.step_down_share"], 1.0)
    return theta.each("deal.royalty.scale")[course.path[sales.row]] * left[sales.row] * step


def _floor(scenario: Scenario, theta: Theta, course: Course, sales: Sales, left: NDArray[np.float64]) -> Exposure:
    """Return the least royalty: what a full contract year has paid too little, due in its last quarter."""
    least, rates = scenario["deal.royalty.floor_musd"], np.asarray(scenario["deal.royalty.rates"])[:, None]
    royalty = (rates * tier_slices(scenario, sales)).sum(axis=0) * _scale(scenario, theta, course, sales, left)
    before, now, deflator = contract_year(scenario, sales, royalty)
    year_ends = (sales.quarter % QUARTERS == QUARTERS - 1) & (sales.since_launch >= QUARTERS - 1)
    short = np.maximum(least * left[sales.row] - before - now, 0.0)
    entry = np.flatnonzero(year_ends & in_royalty_term(theta, course, sales) & (short > 0))
    amount = (short * deflator)[entry] / least
    row = sales.row[entry]
    unit = owed("royalty_floor", "mid", course.path[row], sales.quarter[entry], amount, row)
    return Exposure("deal.royalty.floor_musd", least, unit)


def _profit(scenario: Scenario, theta: Theta, course: Course, sales: Sales, left: NDArray[np.float64]) -> Exposure:
    """Return the profit on what the partner sells, for as long as it does, as far as it is not co-promoted."""
    costs = selling_costs(scenario, theta, course, sales, np.zeros(len(sales.row), dtype=bool))
    profit = (sales.amount - sum(costs.values())) * left[sales.row]
    at = ("profit_sharing", "mid", course.path[sales.row], sales.quarter, profit, sales.row)
    term = "deal.sharing.profit_share"
    return Exposure(term, scenario[term], owed(*at))


def _sales_milestones(scenario: Scenario, course: Course, sales: Sales) -> Iterator[Exposure]:
    """Yield each sales milestone: a deflated dollar with the sales that first reach it in a contract year."""
    at = "deal.sales_milestones"
    before, now, deflator = contract_year(scenario, sales, sales.amount)
    terms = zip(scenario[f"{at}.thresholds_musd"], scenario[f"{at}.amounts_musd"], strict=True)
    for place, (threshold, amount) in enumerate(terms):
        reached = np.flatnonzero(before + now >= threshold)
        row, first = np.unique(sales.row[reached], return_index=True)
        entry = reached[first]
        unit = owed("sales_milestones", "mid", course.path[row], sales.quarter[entry], deflator[entry], row)
        yield Exposure(f"{at}.amounts_musd[{place}]", amount, unit)
