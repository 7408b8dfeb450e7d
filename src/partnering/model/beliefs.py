"""The belief table: what each step is worth on average over all that is not known. Management knows no more.

The kernel's clauses say at every draw of the inputs what stages cost and products bring (`expect`). Here stages are
rolled back: whoever pays goes on, or chooses, by the average over the draws, never draw by draw.
"""

from collections import OrderedDict
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years
from partnering.inputs.scenario import Scenario
from partnering.model import chains
from partnering.model.draws import (
    Luck,
    draw_futures,
    draw_luck,
    set_durations,
    set_kind,
    triangular_quantile,
    years_to_peak,
)
from partnering.model.expect import STRAIGHT, WAYS, Found, Grid, expect, expect_shape, least_to_go_on
from partnering.model.origins import COMMON, INHERITED, LEAD, TECHNOLOGY
from partnering.model.pack import factors, pack_rules, quarters
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.records import BOOK, CANDIDATE, DRAWN
from partnering.model.rolling import roll_back
from partnering.model.stages import MARKET, NONE, PRECLINICAL
from partnering.model.worth import NOT_OPEN, OWNER, Rolling, Table

DRAWS, SEED = 128, 0
"""Draws of the inputs that beliefs average over: a stream of their own, the same for any seed and number of paths."""

CELLS, SPREADS = 32, (3.0, 5.0)
"""Cells of the peak between its levels, and standard deviations that they reach below and above the median."""

CLASS_STEP, LOWEST_CLASS, HIGHEST_CLASS = 0.25, -12, 16
"""Classes of forecast: steps of a quarter of a standard deviation, from 3 below the median to 4 above."""

UNBELIEVED = (
    *("company.other_burn_musd", "company.opening_cash_musd", "company.pre_deal_value_musd", "company.shares_millions"),
    *("strategies.", "strategy_defaults.", "behaviour.conduct"),
    *("success.common_factor_share", "success.payload_factor_share"),
    *("deal.upfront_musd", "deal.research_total_musd", "deal.research_schedule_musd", "deal.committed_ceiling_musd"),
    *("deal.extension_count", "deal.extension_decision_years", "deal.extension_alive_needed"),
)
"""Leaves, and groups of them, that no belief table depends on beyond the strategy's rate."""

_known: OrderedDict[tuple[str, float], Table] = OrderedDict()
KNOWN = 8
"""Tables remembered: enough for the strategies of a scenario and of the next one."""


def believe(scenario: Scenario, slug: str) -> Table:
    """Return the belief table of a strategy: one for all that discount alike."""
    return believe_at(scenario, scenario["valuation.discount_rate"] + scenario[f"strategies.{slug}.rate_spread"])


def believe_at(scenario: Scenario, rate: float) -> Table:
    """Return the belief table of a company that discounts at a rate."""
    believed = {path: leaf for path, leaf in scenario.leaves.items() if not path.startswith(UNBELIEVED)}
    key = replace(scenario, leaves=believed).digest, rate
    if key not in _known:
        _known[key] = make_table(scenario, rate)
        while len(_known) > KNOWN:
            _known.popitem(last=False)
    return _known[key]


def make_table(scenario: Scenario, rate: float) -> Table:
    """Return the belief table for a company that discounts at a rate."""
    luck = draw_luck(scenario, SEED, 0, DRAWS, stream="belief")
    futures, kinds = draw_futures(luck, np.zeros((4, DRAWS), dtype=np.int64)), draw_kinds(luck)
    packed, common_rate = pack_rules(scenario), scenario["valuation.discount_rate"]
    rules = packed[0]
    rules["terms_factor"] = 1.0
    run_on, least = look_ahead(scenario, packed, futures)
    rules["least_sales"][:, : least.shape[1]] = least
    grid = make_grid(luck)
    found = work_out(packed, futures, kinds, grid, factors(common_rate, rate, common_rate, rate))
    rates = np.array([rate, common_rate, common_rate])[:, None, None]
    worth, held, price, searching, taking_up, opting_in = roll_back(Rolling(luck, rules, kinds, grid, found, rates))
    rational, deal_chain = bool(rules["rational"]), chains.PARTNER if rules["option"] == NONE else chains.OPTION
    return Table(
        rational=rational,
        place=grid.place,
        worth=worth,
        going_on=np.stack([worth[chain, OWNER.get(chain, COMPANY)] for chain in range(chains.COUNT)]),
        held=held,
        price=price,
        searching=searching,
        taking_up=taking_up,
        opting_in=opting_in,
        run_on=run_on,
        least_sales=least,
        lead_worth=np.array([lead_worth(scenario, one, rational) for one in worth[:, COMPANY]]),
        lead_to_partner=lead_worth(scenario, worth[deal_chain, PARTNER], rational),
        licence_worth=float(worth[chains.TECHNOLOGY, COMPANY, -1, PRECLINICAL, 0]),
        **outlook(scenario, luck, futures, found),
    )


def outlook(scenario: Scenario, luck: Luck, futures: NDArray, found: Found) -> dict[str, Any]:
    """Return what stages are expected to cost and last, launch included, and other means, by their names in a table."""
    launch = quarters(scenario, "sales.company_launch_delay_years") + QUARTERS
    lasts = np.maximum(np.rint(found.lasts.mean(axis=2)), 1).astype(np.int64)
    leads = 1 / luck.each("leads.cost_per_lead_musd")
    return {
        "cost": np.pad(found.cost.mean(axis=2), ((0, 0), (0, 1)), constant_values=futures["launch_build"].mean()),
        "lasts": np.pad(lasts, ((0, 0), (0, 1)), constant_values=launch),
        "leads_mean": float(leads.mean()),
        "leads_variance": float(leads.var()),
        "licences_a_year": float(luck.each("technology.new_per_year").mean()),
        "research_cost_share": float(futures["research_cost_share"].mean()),
        "kept_in_sale": float(futures["kept"].mean()),
        "licensing_burn": float(futures["licensing_burn"].mean()),
    }


def draw_kinds(luck: Luck) -> NDArray:
    """Return what a candidate can be, records (kind, draw): durations and costs as expected, no luck of its own.

    Kinds are the inherited candidates, the kept ones, leads (naked, conjugate; short ladder, full), and last a licence
    of the technology.
    """
    inherited, common = (len(luck.scenario[f"candidates.{group}.names"]) for group in ("inherited", "common"))
    numbers = {INHERITED: inherited, COMMON: common, LEAD: 4, TECHNOLOGY: 1}
    whose = [(origin, number) for origin, count in numbers.items() for number in range(count)]
    kinds, path = np.zeros((len(whose), luck.size), dtype=DRAWN), np.arange(luck.size)
    for part, (origin, number) in zip(kinds, whose, strict=True):
        part["origin"], part["number"], part["peak"], part["cost_factor"] = origin, number, 1.0, 1.0
        if origin == TECHNOLOGY:
            part["number"] = len(luck.scenario["technology.seeded_names"])
        set_kind(luck.scenario, origin, part, lambda variable: np.zeros(luck.size))
        if origin == LEAD:
            part["conjugate"], part["full"], part["number"] = *divmod(number, 2), 0
        set_durations(luck, origin, part, path, None, True)
    return kinds


def lead_worth(scenario: Scenario, worth: NDArray[np.float64], may_stop: bool) -> float:
    """Return what a nominated lead is worth, of (kind, stage, class), on average over modality and target."""
    conjugate, short = scenario["leads.conjugate_share"], scenario["leads.partner_target_share"]
    weight = np.array([a * b for a in (1 - conjugate, conjugate) for b in (short, 1 - short)])
    nominated = worth[-5:-1, PRECLINICAL, 0]  # the kinds of lead stand before the technology's
    if may_stop or nominated.min() == NOT_OPEN:
        nominated = np.maximum(nominated, 0.0)
    return float((weight * nominated).sum())


def make_grid(luck: Luck) -> Grid:
    """Return the levels of the peak, the years to it and the forecasts that markets are worked out at."""
    median, log_sd = luck.each("sales.peak_median_musd"), luck.each("sales.peak_log_sd")
    low, high = (np.exp(np.log(median) + reach * log_sd) for reach in (-SPREADS[0], SPREADS[1]))
    most = min(luck.theta["sales.peak_cap_musd"], float(high.max()))
    level = np.concatenate([[0.0], np.geomspace(min(float(low.min()), most / 2), most, CELLS)])
    least, likeliest, top = years_to_peak(luck.scenario)
    knee = (likeliest - least) / (top - least)  # a node stands in the middle of each side of the likeliest years
    years = triangular_quantile(np.array([knee / 2, (1 + knee) / 2]), least, likeliest, top)
    pull = np.sqrt(luck.theta["sales.forecast_share"]) * log_sd
    place = np.arange(LOWEST_CLASS, HIGHEST_CLASS + 1, dtype=float) * CLASS_STEP
    ratio = np.exp(place[:, None] * pull)
    return Grid(level, years, np.array([knee, 1 - knee]), ratio, place)


def work_out(packed: NDArray, futures: NDArray, kinds: NDArray, grid: Grid, factor: NDArray[np.float64]) -> Found:
    """Return what every kind of candidate is expected to cost and bring at every draw.

    A product's market is worked out once for all alike in modality, territory and licence, at the first one's dates:
    the date of approval moves what it is worth at approval by about one part in a hundred.
    """
    many, draws = kinds.shape
    ways, levels, parties = len(WAYS), len(grid.level), OTHERS + 1
    found = Found(
        stages=np.zeros((ways, many, MARKET + 1, draws, parties)),
        starts=np.zeros((ways, many, MARKET + 1, draws, parties)),
        chance=np.zeros((ways, many, MARKET, draws)),
        market=np.zeros((2, ways, many, draws, levels, parties)),
        part=np.zeros((ways, many, draws)),
        wait=np.zeros(ways, dtype=np.int64),
        fee=np.zeros((2, many, len(grid.ratio), draws)),
        option=np.zeros((many, draws, parties)),
        spent=np.zeros((many, draws)),
        cost=np.zeros((many, MARKET, draws)),
        lasts=np.zeros((many, MARKET, draws), dtype=np.int64),
        page=np.zeros(parties),
    )
    books, room = np.zeros(1, dtype=BOOK), np.zeros(1, dtype=CANDIDATE)
    books["factor"] = factor
    origin = kinds["origin"][:, 0]
    terms = np.where(origin == TECHNOLOGY, 2, origin == COMMON)  # on which ways a candidate may go
    alike = list(zip(kinds["conjugate"][:, 0], kinds["territory"][:, 0], terms, strict=True))
    like = np.array([alike.index(one) for one in alike])
    expect(packed, futures, kinds, like, grid, books, room, found)
    found.market[:] = found.market[:, :, like]
    straight = np.array(STRAIGHT)
    found.market[:, straight] = found.market[:, straight, :, :, -1:] * (grid.level / grid.level[-1])[:, None]
    return found


def look_ahead(scenario: Scenario, packed: NDArray, futures: NDArray) -> tuple[NDArray, NDArray]:
    """Return how sales are expected to run on, and the least with which the company goes on selling.

    Of a product, (own sales, a licence's royalty, the deal's royalty or profit share; quarter since launch): the worth
    of all it is still to bring over what it brought in the quarter before. Own sales and shared profit run on to the
    horizon, a royalty to the end of its term. Least yearly sales are (naked, conjugate; quarter since launch), -inf
    where nobody withdraws a product.
    """
    rules, room, mean = packed[0], np.zeros(1, dtype=CANDIDATE), futures[:1].copy()
    for name in futures.dtype.names or ():
        average = futures[name].mean(axis=0)
        mean[name] = np.rint(average) if mean[name].dtype.kind == "i" else average
    since, rate = np.arange(int(rules["horizon"])), scenario["valuation.discount_rate"]
    start, middle = discount(start_years(since), rate), discount(mid_years(since), rate)
    own, others = np.zeros(len(since)), np.zeros(len(since))
    for launch, shape in ((int(rules["launch_delay"]), own), (0, others)):
        expect_shape(packed, mean, room, launch, float(years_to_peak(scenario)[1]), shape)
    in_term = since < mean["royalty_term"][0]
    stepped = np.where(since < mean["exclusivity"][0], 1.0, rules["step_down"])
    owed = np.ones(len(since)) if scenario["deal.sharing.profit_share"] > 0 else in_term * stepped
    rows = []
    for shape in (own, others * in_term, others * owed):
        ahead = np.cumsum((shape * middle)[::-1])[::-1] / start
        before = np.concatenate([[1.0], shape[:-1]])
        rows.append(np.where(before > 0, ahead / np.where(before > 0, before, 1.0), 0.0))
    least = np.full((2, len(since)), -np.inf)
    if rules["rational"]:
        least[:] = 0.0
        least_to_go_on(packed, mean, own, middle, least)
    return np.stack(rows), least
