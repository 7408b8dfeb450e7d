"""The belief table: the closed form averaged over theta. What management decides from, since it knows no theta."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.course.gates import Beliefs, Chain
from partnering.course.pathway import chain_of
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party, Route, Strategy, load_route
from partnering.inputs.scenario import Scenario
from partnering.value.closed_form import ClosedForm
from partnering.value.market_form import Product, sales_per_peak
from partnering.value.outlook import lead_worth, look_ahead, mean_theta
from partnering.value.prospect import TRADERS, Kind, Policy, Prospect
from partnering.value.rollback import Found
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta, draw_theta

BELIEF_DRAWS = 128
"""Thetas the belief table averages over: a stream of its own, the same for any seed and number of paths."""

BELIEF_SEED = 0
CLASS_STEP, LOWEST_CLASS, HIGHEST_CLASS = 0.5, -5, 8
"""Classes of forecast: steps of half a standard deviation, from 2.5 below the median to 4 above."""

NOT_OPEN = float(np.finfo(float).min)
"""The worth of what cannot be chosen; finite, so that a straight line to it is."""

BELIEF_NODES = 1  # Gauss-Legendre nodes on each side of the likeliest years to peak: a part in a thousand
OWNER = {Chain.PARTNER: Party.PARTNER, Chain.LICENSED: Party.OTHERS, Chain.TECHNOLOGY: Party.OTHERS}


def belief_key(strategy: Strategy) -> tuple[float, Stage]:
    """Return what of a strategy a belief table depends on: the company's rate and the exit stage."""
    return strategy.rate, Stage.PHASE_2 if strategy.exit_stage is None else strategy.exit_stage


def believe(scenario: Scenario, company_rate: float, exit_stage: Stage) -> Beliefs:
    """Return the belief table of a scenario for a company that discounts at a rate and licenses after a stage.

    A product's market is worked out once for all candidates alike in modality and territory, at the dates of the
    first of them: the date of approval moves what it is worth at approval by about one part in a hundred. Common
    candidates are licensed after Phase 2 whatever the strategy.
    """
    theta = belief_theta(scenario)
    policy, common_rate = belief_policy(scenario, theta), scenario["valuation.discount_rate"]
    rates: tuple[float, float, float] = (company_rate, common_rate, common_rate)
    forms: dict = {}
    kinds, prospects = list(kinds_of(scenario)), []
    table = _Table(len(kinds), len(policy.class_weight))
    for place, kind in enumerate(kinds):
        exits = Stage.PHASE_2 if kind.origin == Origin.COMMON else exit_stage
        prospect = Prospect(scenario, theta, kind, rates, exits, policy, forms)
        prospects.append(prospect)
        for chain in chains_of(scenario, kind):
            table.enter(place, ClosedForm(prospect, chain).table())
    rate = 1 / theta.each("leads.cost_per_lead_musd")
    return Beliefs(
        rational=policy.rational,
        class_z=np.asarray(policy.class_z),
        worth=table.worth,
        going_on=np.stack([table.worth[chain, OWNER.get(chain, Party.COMPANY)] for chain in Chain]),
        searching=table.searching,
        taking_up=table.taking_up,
        opting_in=table.opting_in,
        lead_to_partner=_lead_to_partner(scenario, table, policy.rational),
        leads_per_musd=(float(rate.mean()), float(rate.var())),
        least_sales=policy.least_sales,
        outlook=look_ahead(scenario, theta, prospects, table.worth[:, Party.COMPANY], policy.rational),
    )


def belief_theta(scenario: Scenario) -> Theta:
    """Return the thetas beliefs average over."""
    return draw_theta(scenario, BELIEF_SEED, 0, BELIEF_DRAWS, stream="belief")


def belief_policy(scenario: Scenario, theta: Theta) -> Policy:
    """Return how everybody decides in a scenario, with the classes of forecast that a good Phase 2 tells apart."""
    z = CLASS_STEP * np.arange(LOWEST_CLASS, HIGHEST_CLASS + 1)
    weight = np.exp(-(z**2) / 2)
    rational = scenario["behaviour.gates"] == "rational"
    least = least_sales(scenario, theta) if rational else None
    return Policy(rational, z, tuple(weight / weight.sum()), least, BELIEF_NODES)


def kinds_of(scenario: Scenario) -> Iterator[Kind]:
    """Yield what a candidate can be, in the order of `gates_of`; leads as if nominated on the day."""
    inherited = (scenario[f"candidates.inherited.{part}"] for part in ("modality", "ladder"))
    for number, (modality, ladder) in enumerate(zip(*inherited, strict=True)):
        yield Kind(Origin.INHERITED, number, modality == "conjugate", ladder, 0)
    for number, modality in enumerate(scenario["candidates.common.modality"]):
        yield Kind(Origin.COMMON, number, modality == "conjugate", "full", 0, Stage.PHASE_2)
    for conjugate, ladder in product((False, True), ("short", "full")):
        yield Kind(Origin.LEAD, 0, conjugate, ladder, 0)
    yield Kind(Origin.TECHNOLOGY, len(scenario["technology.seeded_names"]), True, "full", 0)


def kind_names(scenario: Scenario) -> list[str]:
    """Return a name for each kind, in the same order."""
    named = [*scenario["candidates.inherited.names"], *scenario["candidates.common.names"]]
    leads = [f"{modality} lead, {ladder} ladder" for modality in ("naked", "conjugate") for ladder in ("short", "full")]
    return [*named, *leads, "technology licence"]


def chains_of(scenario: Scenario, kind: Kind) -> tuple[Chain, ...]:
    """Return the chains a kind may start on."""
    if kind.origin == Origin.TECHNOLOGY:
        return (Chain.TECHNOLOGY,)
    if kind.origin == Origin.COMMON:
        return (chain_of(scenario, load_route(scenario["behaviour.common_route"])),)
    return tuple(chain_of(scenario, route) for route in Route if route != Route.TECHNOLOGY)


class _Table:
    """The arrays of a belief table while they are filled."""

    def __init__(self, kinds: int, classes: int):
        self.worth = np.full((len(Chain), len(TRADERS), kinds, len(Stage), classes), NOT_OPEN)
        self.searching = np.full((kinds, classes), NOT_OPEN)
        self.taking_up = np.full((kinds, classes), NOT_OPEN)
        self.opting_in = np.zeros((kinds, classes))

    def enter(self, kind: int, found: Found) -> None:
        """Put the values of a tree's nodes, averaged over theta, in their place."""
        for (what, *at, forecast), value in found.items():
            place = slice(None) if forecast is None else forecast
            if what == "search":
                self.searching[kind, place] = value[Party.COMPANY].mean()
            elif what == "taking up":
                self.taking_up[kind, place] = value[Party.PARTNER].mean()
            elif what == "opting in":
                self.opting_in[kind, place] = value[Party.COMPANY].mean()
            else:
                worth = value.mean(axis=1)
                self.worth[what, :, kind, at[0], place] = worth[:, None] if forecast is None else worth


def _lead_to_partner(scenario: Scenario, table: _Table, rational: bool) -> float:
    """Return what a nominated lead is worth to the partner, which may drop it if rational; over modality and target."""
    return float(lead_worth(scenario, table.worth[chain_of(scenario, Route.PARTNER_RUN), Party.PARTNER], rational))


def least_sales(scenario: Scenario, theta: Theta) -> NDArray[np.float64]:
    """Return the least yearly sales with which the company goes on selling, shape (modality, quarter since launch).

    What is left to earn, from sales as they were in the quarter before and a market as expected, with withdrawal at
    the best later time, is worth nothing there. It has no say in the year of the launch build.
    """
    mean = mean_theta(theta)
    delay = int(to_quarters(scenario["sales.company_launch_delay_years"]))
    sold = Product(np.array([delay]), to_quarters(mean.each("sales.exclusivity_years")), False, True, 1.0, False)
    since = np.arange(horizon_quarters(scenario))[None, :]
    shape = sales_per_peak(scenario, mean, sold, since, delay + since, scenario["sales.years_to_peak"][1])[0]
    return np.stack([_least_of(scenario, mean, shape, conjugate) for conjugate in (0, 1)])


def _least_of(scenario: Scenario, mean: Theta, shape: NDArray[np.float64], conjugate: int) -> NDArray[np.float64]:
    horizon = len(shape)
    goods = mean["sales.cogs_rate"] + conjugate * scenario["sales.conjugate_cogs_rate"]
    young = np.arange(horizon) < to_quarters(scenario["sales.lifecycle_years"])
    margin = 1 - goods - scenario["sales.lifecycle_rate"] * young
    share, floor = mean["sales.selling_rate"], mean["sales.company_selling_floor_musd"]
    factor = discount(mid_years(np.arange(horizon)), scenario["valuation.discount_rate"])

    def best_left(sales: float, quarter: int) -> float:
        """Return the best sum of contributions from a quarter on, at these yearly sales in the one before."""
        ahead = sales / QUARTERS * shape[quarter:] / shape[quarter - 1]
        earned = ahead * margin[quarter:] - np.maximum(share * ahead, floor / QUARTERS)
        return float(np.cumsum(earned * factor[: horizon - quarter]).max())

    least = np.zeros(horizon)
    for quarter in range(QUARTERS, horizon):
        enough = floor / margin.min() * shape[quarter - 1] / shape[quarter]  # earns its floor in this quarter alone
        least[quarter] = brentq(best_left, 0.0, 2 * enough, args=(quarter,))
    return least
