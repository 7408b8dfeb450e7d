"""The belief table in closed form: every stage's value averaged over what is not known of the inputs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from analytic.market import Product, sales_per_peak
from analytic.prospect import TRADERS, Kind, Policy, Prospect, Run
from analytic.tree import OWNER, ClosedForm
from partnering.analysis.rollback import Found, Node, roll_back
from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.inputs import Scenario
from partnering.model.chains import BEST, COUNT, EARLY, LICENSE, OPTION, OWN, PARTNER
from partnering.model.chains import TECHNOLOGY as TECHNOLOGY_CHAIN
from partnering.model.draws import STAGE_NAMES, Luck, draw_luck
from partnering.model.origins import COMMON, INHERITED, LEAD, TECHNOLOGY
from partnering.model.parties import COMPANY
from partnering.model.parties import PARTNER as THE_PARTNER
from partnering.model.stages import MARKET, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW
from partnering.model.views import REFUSED_SEARCH
from partnering.model.worth import NOT_OPEN, Table

DRAWS, SEED = 128, 0
"""Thetas the table averages over: a stream of its own, the same for any seed and number of paths."""

PLACES = np.arange(-12, 17) / 4
"""Classes of forecast, in standard deviations: from 2.5 below the median to 4 above."""

NODES = 1  # on each side of the likeliest years to peak: a part in a thousand
STAGES = 6
ROUTES = ("partner_run", "own_launch", "license_out", "license_early", "best")
"""What may be planned for a candidate; the last licence is one at the IND."""


def analytic_table(
    scenario: Scenario, company_rate: float, draws: int = DRAWS, places: NDArray[np.float64] = PLACES
) -> Table:
    """Return the belief table of a company that discounts at a rate.

    A market is worked out once for all candidates alike in modality and territory, kept or not, at the dates of
    the first of them: the date of approval moves what it is worth at approval by about one part in a hundred.
    """
    theta, common_rate = belief_theta(scenario, draws), scenario["valuation.discount_rate"]
    policy, rates = belief_policy(theta, places), (company_rate, common_rate, common_rate)
    kinds, classes = list(kinds_of(scenario)), len(places)
    markets: dict = {}
    prospects = [Prospect(theta, kind, rates, policy, markets) for kind in kinds]
    worth = np.full((COUNT, len(TRADERS), len(kinds), STAGES, classes), NOT_OPEN)
    held = np.full((COUNT, len(kinds), STAGES, classes), NOT_OPEN)
    searching = np.full((REFUSED_SEARCH + 1, len(kinds), classes), NOT_OPEN)
    taking_up, opting_in = (np.full((len(kinds), classes), none) for none in (NOT_OPEN, 0.0))
    for number, prospect in enumerate(prospects):
        for chain in chains_of(scenario, prospect.kind):
            found = ClosedForm(prospect, chain).table()
            of_kind = worth[:, :, number], held[:, number], searching[:, number], taking_up[number], opting_in[number]
            _enter(found, *of_kind)
    lead = np.array([lead_worth(scenario, worth[chain, COMPANY], policy.rational) for chain in range(COUNT)])
    deal = worth[chain_of(scenario, "partner_run"), THE_PARTNER]
    found_by_a_million, horizon = 1 / theta.each("leads.cost_per_lead_musd"), prospects[0].horizon
    return Table(
        rational=policy.rational,
        place=places,
        worth=worth,
        going_on=np.stack([worth[chain, OWNER.get(chain, COMPANY)] for chain in range(COUNT)]),
        held=held,
        price=np.array([prices(prospect, worth[:, COMPANY, n]) for n, prospect in enumerate(prospects)]),
        searching=searching,
        taking_up=taking_up,
        opting_in=opting_in,
        **_ahead(theta, prospects),
        run_on=run_on(theta),
        least_sales=np.full((2, horizon), -np.inf) if policy.least_sales is None else policy.least_sales,
        lead_worth=lead,
        lead_to_partner=lead_worth(scenario, deal, policy.rational),
        leads_mean=float(found_by_a_million.mean()),
        leads_variance=float(found_by_a_million.var()),
        licence_worth=float(worth[TECHNOLOGY_CHAIN, COMPANY, -1, PRECLINICAL, 0]),
        licences_a_year=float(theta.each("technology.new_per_year").mean()),
        research_cost_share=float(theta.each("deal.research_cost_share").mean()),
        kept_in_sale=1 - float(theta.each("financing.sale_haircut").mean()),
        licensing_burn=float(theta.each("company.licensing_burn_musd").mean()),
    )


def prices(prospect: Prospect, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a candidate the company runs fetches before the haircut, (stage, class), from its worth by chain.

    Licensing it: at the IND, if that is still to come; else after Phase 2; from there on at once. A product: itself.
    """
    found, policy = np.zeros((STAGES, worth.shape[-1])), prospect.policy
    if prospect.kind.origin == TECHNOLOGY:
        return found
    for chain, stages in ((EARLY, (PRECLINICAL,)), (LICENSE, (PHASE_1, PHASE_2)), (OWN, (MARKET,))):
        for stage in stages:
            found[stage] = np.where(worth[chain, stage] == NOT_OPEN, 0.0, worth[chain, stage])
    begins = np.full(prospect.theta.size, prospect.kind.first_quarter)
    for stage in range(prospect.kind.first_stage, REVIEW + 1):
        for forecast in range(len(policy.weight)) if stage >= PHASE_3 else ():
            offer = search_in(prospect, stage, begins, forecast)
            found[stage, forecast] = roll_back(offer, prospect.rate)[COMPANY].mean()
        begins = begins + prospect.lasts[stage]
    return found


def search_in(prospect: Prospect, stage: int, begins: NDArray[np.int64], forecast: int) -> Node:
    """Return the search for a licensee as a late stage begins: the filing is past when review does."""
    run = Run(LICENSE, COMPANY, forecast=forecast)
    return ClosedForm(prospect, LICENSE).offer(stage, begins, run, past=stage == REVIEW)


def belief_theta(scenario: Scenario, draws: int = DRAWS) -> Luck:
    """Return the inputs that beliefs average over."""
    return draw_luck(scenario, SEED, 0, draws, stream="belief")


def belief_policy(theta: Luck, places: NDArray[np.float64] = PLACES, nodes: int = NODES) -> Policy:
    """Return how everybody decides in a scenario, with the classes of forecast that a good Phase 2 tells apart."""
    weight = np.exp(-(places**2) / 2)
    rational = theta.scenario["behaviour.gates"] == "rational"
    return Policy(rational, places, tuple(weight / weight.sum()), least_sales(theta) if rational else None, nodes)


def kinds_of(scenario: Scenario) -> Iterator[Kind]:
    """Yield what a candidate can be, in the order of the table; leads as if nominated on the day."""
    inherited = (scenario[f"candidates.inherited.{part}"] for part in ("modality", "ladder"))
    for number, (modality, ladder) in enumerate(zip(*inherited, strict=True)):
        yield Kind(INHERITED, number, modality == "conjugate", ladder)
    for number, modality in enumerate(scenario["candidates.common.modality"]):
        yield Kind(COMMON, number, modality == "conjugate", "full", first_stage=PHASE_2)
    for conjugate, ladder in product((False, True), ("short", "full")):
        yield Kind(LEAD, 0, conjugate, ladder)
    yield Kind(TECHNOLOGY, len(scenario["technology.seeded_names"]), True, "full")


def chain_of(scenario: Scenario, route: str) -> int:
    """Return the chain a route starts on."""
    deal = PARTNER if scenario["deal.opt_in.stage"] == "none" else OPTION
    return dict(zip(ROUTES, (deal, OWN, LICENSE, EARLY, BEST), strict=True))[route]


def chains_of(scenario: Scenario, kind: Kind) -> tuple[int, ...]:
    """Return the chains a kind may start on."""
    if kind.origin == TECHNOLOGY:
        return (TECHNOLOGY_CHAIN,)
    if kind.origin == COMMON:
        return OWN, LICENSE, BEST
    return tuple(chain_of(scenario, route) for route in ROUTES)


def _enter(
    found: Found, worth: NDArray, held: NDArray, searching: NDArray, taking_up: NDArray, opting_in: NDArray
) -> None:
    """Put the values of a tree's nodes, averaged over theta, in their place among those of one kind."""
    others = {"taking up": (taking_up, THE_PARTNER), "opting in": (opting_in, COMPANY)}
    for (what, *at, forecast), value in found.items():
        place, mean = slice(None) if forecast is None else forecast, value.mean(axis=1)
        if what == "search":
            searching[at[0], place] = mean[COMPANY]
        elif what == "held":
            held[at[0], at[1], place] = mean[COMPANY]
        elif what in others:
            table, party = others[what]
            table[place] = mean[party]
        else:
            worth[what, :, at[0], place] = mean[:, None] if forecast is None else mean


def lead_worth(scenario: Scenario, worth: NDArray[np.float64], may_stop: bool) -> float:
    """Return what a nominated lead is worth, (kind, stage, class), on average over modality and target."""
    conjugate, short = scenario["leads.conjugate_share"], scenario["leads.partner_target_share"]
    weight = [a * b for a, b in product((1 - conjugate, conjugate), (short, 1 - short))]
    nominated = worth[-5:-1, PRECLINICAL, 0]  # their places, before the technology's
    closed = nominated.max() == NOT_OPEN  # the chain is none that leads start on
    return float(weight @ (np.maximum(nominated, 0.0) if may_stop or closed else nominated))


def _ahead(theta: Luck, prospects: list[Prospect]) -> dict[str, NDArray]:
    """Return what stages cost the company and how many quarters they last, on average, (kind, stage) each."""
    launch = float(theta.each("sales.company_launch_build_musd").mean())
    launching = to_quarters(theta.scenario["sales.company_launch_delay_years"] + 1)
    stages = range(len(STAGE_NAMES))
    cost = [[*(np.mean(sum(p.stage_cost(stage, COMPANY))) for stage in stages), launch] for p in prospects]
    lasts = [[*(each.mean() for each in p.lasts), launching] for p in prospects]
    return {"cost": np.array(cost), "lasts": np.maximum(np.rint(lasts), 1).astype(np.int64)}


def mean_theta(theta: Luck) -> Luck:
    """Return one path with the mean of every input."""
    means = {path: np.mean(value) if isinstance(value, np.ndarray) else value for path, value in theta.theta.items()}
    return replace(theta, theta=means, size=1)


def _shape(mean: Luck, launch: int, horizon: int) -> NDArray[np.float64]:
    """Return how sales run by quarter since launch, some quarters after approval, a dollar of peak reached on time."""
    exclusivity, since = to_quarters(mean.each("sales.exclusivity_years")), np.arange(horizon)[None, :]
    sold = Product(np.array([launch]), exclusivity, False, True, 1.0, False)
    return sales_per_peak(mean, sold, since, launch + since, mean.scenario["sales.years_to_peak"][1])[0]


def run_on(theta: Luck) -> NDArray[np.float64]:
    """Return the worth of all that a product is still to bring over what it brought in the quarter before.

    Shape (own sales, a licence's royalty, the deal's royalty or profit share; quarter since launch): sales run on along
    the shape expected of them, own ones and shared profit to the horizon, a royalty to the end of its term.
    """
    mean, scenario, rows = mean_theta(theta), theta.scenario, []
    horizon, rate = int(to_quarters(scenario["valuation.horizon_years"])), scenario["valuation.discount_rate"]
    delay, since = int(to_quarters(scenario["sales.company_launch_delay_years"])), np.arange(horizon)
    term = since < to_quarters(mean.each("deal.royalty.term_years"))
    exclusive = since < to_quarters(mean.each("sales.exclusivity_years"))
    owed: NDArray = term * np.where(exclusive, 1.0, scenario["deal.royalty.step_down_share"])
    if scenario["deal.sharing.profit_share"] > 0:
        owed = np.ones(horizon)
    for launch, paid in ((delay, np.ones(horizon)), (0, term), (0, owed)):
        brings = _shape(mean, launch, horizon) * paid
        worth = brings * discount(mid_years(since), rate)
        ahead = np.cumsum(worth[::-1])[::-1] / discount(start_years(since), rate)
        before = np.concatenate([[1.0], brings[:-1]])
        rows.append(np.where(before > 0, ahead / np.where(before > 0, before, 1.0), 0.0))
    return np.stack(rows)


def least_sales(theta: Luck) -> NDArray[np.float64]:
    """Return the least yearly sales with which the company goes on selling, shape (modality, quarter since launch).

    What is left to earn, from sales as they were in the quarter before and a market as expected, with withdrawal at
    the best later time, is worth nothing there. It has no say in the year of the launch build.
    """
    return np.stack([_least_of(mean_theta(theta), conjugate) for conjugate in (0, 1)])


def _least_of(mean: Luck, conjugate: int) -> NDArray[np.float64]:
    scenario = mean.scenario
    horizon = int(to_quarters(scenario["valuation.horizon_years"]))
    shape = _shape(mean, int(to_quarters(scenario["sales.company_launch_delay_years"])), horizon)
    goods = mean.theta["sales.cogs_rate"] + conjugate * scenario["sales.conjugate_cogs_rate"]
    young = np.arange(horizon) < to_quarters(scenario["sales.lifecycle_years"])
    margin = 1 - goods - scenario["sales.lifecycle_rate"] * young
    share, floor = mean.theta["sales.selling_rate"], mean.theta["sales.company_selling_floor_musd"]
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
