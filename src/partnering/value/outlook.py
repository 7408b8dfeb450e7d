"""The outlook of the belief table: what stages cost and take on average, and how sales run on."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, start_years, to_quarters
from partnering.course.gates import Chain
from partnering.course.outlook import Outlook
from partnering.course.research import horizon_quarters
from partnering.inputs.scenario import Scenario
from partnering.value.market_form import Product, sales_per_peak
from partnering.value.prospect import Prospect
from partnering.world.candidates import DEVELOPMENT, Stage
from partnering.world.theta import Theta


def look_ahead(
    scenario: Scenario, theta: Theta, prospects: list[Prospect], worth: NDArray[np.float64], rational: bool
) -> Outlook:
    """Return the outlook for the kinds of candidate; `worth` (chain, kind, stage, class) is the company's."""
    launch_cost = theta.each("sales.company_launch_build_musd").mean()
    launch_quarters = to_quarters(scenario["sales.company_launch_delay_years"] + 1)
    cost = np.array([[*(p.mean_cost(stage) for stage in DEVELOPMENT), launch_cost] for p in prospects])
    lasts = np.array([[*(p.lasts[stage].mean() for stage in DEVELOPMENT), launch_quarters] for p in prospects])
    return Outlook(
        cost_musd=cost,
        quarters=np.maximum(np.rint(lasts), 1).astype(np.int64),
        run_on=run_on(scenario, theta),
        lead_worth=np.array([lead_worth(scenario, worth[chain], rational) for chain in Chain]),
        licence_worth=float(worth[Chain.TECHNOLOGY, -1, Stage.PRECLINICAL, 0]),
        licences_a_year=float(theta.each("technology.new_per_year").mean()),
        research_cost_share=float(theta.each("deal.research_cost_share").mean()),
        kept_in_sale=1 - float(theta.each("financing.sale_haircut").mean()),
    )


def mean_theta(theta: Theta) -> Theta:
    """Return one path with the mean of every leaf."""
    values = theta.values.items()
    return Theta({path: np.mean(value) if isinstance(value, np.ndarray) else value for path, value in values}, 1)


def lead_worth(scenario: Scenario, worth: NDArray[np.float64], may_stop: bool) -> float:
    """Return what a nominated lead is worth, (kind, stage, class), on average over modality and target."""
    weight = lead_weights(scenario)
    leads = slice(-len(weight) - 1, -1)  # their places, before the technology's
    nominated = worth[leads, Stage.PRECLINICAL, 0]
    return float((weight * (np.maximum(nominated, 0.0) if may_stop else nominated)).sum())


def lead_weights(scenario: Scenario) -> NDArray[np.float64]:
    """Return how often a lead is of each of its kinds, in their order."""
    conjugate, short = scenario["leads.conjugate_share"], scenario["leads.partner_target_share"]
    return np.array([a * b for a, b in product((1 - conjugate, conjugate), (short, 1 - short))])


def run_on(scenario: Scenario, theta: Theta) -> NDArray[np.float64]:
    """Return the worth of all that a product is still to bring over what it brought in the quarter before.

    Shape (own sales, a licence's royalty, the deal's royalty or profit share; quarter since launch): sales run on along
    the shape expected of them, own ones and shared profit to the horizon, a royalty to the end of its term.
    """
    mean, horizon = mean_theta(theta), horizon_quarters(scenario)
    since, rows = np.arange(horizon), []
    delay = int(to_quarters(scenario["sales.company_launch_delay_years"]))
    term = to_quarters(mean.each("deal.royalty.term_years"))
    exclusivity = to_quarters(mean.each("sales.exclusivity_years"))
    stepped = np.where(since < exclusivity, 1.0, scenario["deal.royalty.step_down_share"])
    owed = np.ones(horizon) if scenario["deal.sharing.profit_share"] > 0 else (since < term) * stepped
    for launch, paid in ((delay, np.ones(horizon)), (0, since < term), (0, owed)):
        sold = Product(np.array([launch]), exclusivity, False, True, 1.0, False)
        likeliest = scenario["sales.years_to_peak"][1]
        shape = sales_per_peak(scenario, mean, sold, since[None, :], launch + since[None, :], likeliest)[0] * paid
        worth = shape * discount(mid_years(since), scenario["valuation.discount_rate"])
        ahead = np.cumsum(worth[::-1])[::-1] / discount(start_years(since), scenario["valuation.discount_rate"])
        before = np.concatenate([[1.0], shape[:-1]])
        rows.append(np.where(before > 0, ahead / np.where(before > 0, before, 1.0), 0.0))
    return np.stack(rows)
