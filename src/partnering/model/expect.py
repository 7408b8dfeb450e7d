"""What a candidate is expected to cost and bring at one draw of the inputs: the clauses of a path, without its luck.

A candidate goes one of several ways: who runs it, from the day or after a search for a licensee. Durations and costs
are means, the peak is taken at a few levels. Amounts are worth at the start of their stage, to each party.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.model import chains, deal
from partnering.model.candidate import first_dates, last_dates, search_lasts, success
from partnering.model.deal import license_upfront
from partnering.model.flows import develop, licence_kind, lifecycle_cost, pay_events, selling_cost, trade
from partnering.model.kernel import compiled, entry
from partnering.model.origins import COMMON, TECHNOLOGY
from partnering.model.parties import COMPANY, LICENSE_OUT, LICENSEE_RUN, OTHERS, OWN_LAUNCH, PARTNER_RUN
from partnering.model.plan import arrive, ready, set_bills, set_level
from partnering.model.portfolio import spending
from partnering.model.sales import net_sales, too_little
from partnering.model.stages import MARKET, MAX_QUARTERS, NEVER, NONE, PHASE_1, PHASE_3, REVIEW
from partnering.model.views import EARLY, LATE

WAYS = (
    *(chains.PARTNER, chains.OWN, chains.ALONE, chains.LICENSEE, chains.LICENSEE, chains.TECHNOLOGY),
    *(chains.EARLY_LICENSEE, chains.EARLY_LICENSEE),
    *(chains.REFUSED + chain for chain in (chains.OWN, chains.ALONE, chains.LICENSEE, chains.LICENSEE)),
)
"""The chain of each way: the partner; the company; the company without a taker; a licensee found at the first try, at
the second; a licensee of the technology; one found at the IND at the first try, at the second; and, refused there, the
company, the company without a taker again, a licensee found after Phase 2 at the first try, at the second."""

BY_PARTNER, BY_COMPANY, LEFT_ALONE, FIRST_TRY, SECOND_TRY, BY_TECHNOLOGY, EARLY_FIRST, EARLY_SECOND = range(8)
BY_REFUSED, REFUSED_ALONE, REFUSED_FIRST, REFUSED_SECOND = range(8, 12)

FROM_PARTNERS, AT_THE_IND = (BY_PARTNER, BY_TECHNOLOGY), tuple(range(EARLY_FIRST, len(WAYS)))
FOUND_FIRST, FOUND = (FIRST_TRY, EARLY_FIRST, REFUSED_FIRST), (FIRST_TRY, SECOND_TRY, REFUSED_FIRST, REFUSED_SECOND)
NOT_FOUND = (LEFT_ALONE, REFUSED_ALONE)
STRAIGHT = (FIRST_TRY, SECOND_TRY, BY_TECHNOLOGY, EARLY_FIRST, EARLY_SECOND, REFUSED_FIRST, REFUSED_SECOND)
"""Ways along which a product brings its parties so much a dollar of its peak, however high that is."""

HALVINGS = 60


class Grid(NamedTuple):
    """Where a product's market is worked out; arrays (level,), (node,), (node,), (class, draw)."""

    level: NDArray[np.float64]  # of sales at the peak, $ million a year
    years: NDArray[np.float64]  # to the peak
    weight: NDArray[np.float64]
    ratio: NDArray[np.float64]  # of the forecast to the median
    place: NDArray[np.float64]  # (class,): of the forecast, in standard deviations


class Found(NamedTuple):
    """What candidates should cost and bring: worth at the start of the stage, to (company, partner, others)."""

    stages: NDArray[np.float64]  # (way, kind, stage, draw, party); of the market stage what approval pays
    starts: NDArray[np.float64]  # the same: what the start of a stage pays at once
    chance: NDArray[np.float64]  # (way, kind, stage, draw)
    market: NDArray[np.float64]  # (not co-promoted and co-promoted, way, kind, draw, level, party)
    part: NDArray[np.float64]  # (way, kind, draw): of the peak that is sold
    wait: NDArray[np.int64]  # (way,): quarters lost to the last search for a licensee
    fee: NDArray[np.float64]  # (late, early; kind, class, draw): at a licence's signing
    option: NDArray[np.float64]  # (kind, draw, party): for taking a candidate over
    spent: NDArray[np.float64]  # (kind, draw): by the partner, on development
    cost: NDArray[np.float64]  # (kind, stage, draw): to the company, in all
    lasts: NDArray[np.int64]  # (kind, stage, draw)
    page: NDArray[np.float64]  # (party,): to work in


@entry
def expect(rules_, futures, kinds, market_like, grid, books, room, found):
    """Fill in what every kind of candidate is expected to cost and bring, at every draw of the inputs.

    Arrays: `futures` (draw,), `kinds` (kind, draw), `market_like` (kind,) the kind whose market it shares, `grid` =
    (levels of the peak; years to peak; their weights; ratio of the forecast to the median (class, draw)).
    """
    rules, book, c = rules_[0], books[0], room[0]
    for kind in range(len(kinds)):
        for draw in range(len(futures)):
            future, d = futures[draw], kinds[kind, draw]
            for way in range(len(WAYS)):
                if d["origin"] == COMMON and (way == BY_PARTNER or way in AT_THE_IND):
                    continue  # kept in every strategy, no deal has them, and past the IND
                if (way == BY_TECHNOLOGY) == (d["origin"] == TECHNOLOGY):
                    set_out(rules, future, c, d, way)
                    found.part[way, kind, draw], found.wait[way] = c["level"], last_wait(rules, way)
                    expect_stages(rules, future, book, c, way, kind, draw, found)
                    if market_like[kind] == kind:
                        expect_market(rules, future, book, c, way, kind, draw, grid, found)
            for place in range(len(grid.ratio)):
                c["forecast_ratio"] = grid.ratio[place, draw]
                for licence in range(2):
                    c["licence"] = licence
                    found.fee[licence, kind, place, draw] = license_upfront(future, c, licence_kind(c))


@compiled
def last_wait(rules, way):
    """Return the quarters lost to the last search on a way: after Phase 2, or at the IND."""
    if way in FROM_PARTNERS or way == BY_COMPANY:
        return 0
    return search_lasts(rules, way in FOUND_FIRST)


@compiled
def set_out(rules, future, c, d, way):
    """Set a candidate out on a way, with the dates it should keep."""
    arrive(c, d)
    c["outside"] = 0  # what others earn by a product decides whether they go on
    c["route"] = OWN_LAUNCH
    if way == BY_PARTNER:
        c["route"], c["collaboration"] = PARTNER_RUN, 1
    elif way == BY_TECHNOLOGY:
        c["route"] = LICENSEE_RUN
    elif way not in NOT_FOUND and way not in (BY_COMPANY, BY_REFUSED):
        c["route"] = LICENSE_OUT
    first_dates(rules, c)
    for stage in range(MARKET + 1):
        c["chain"][stage], c["entered"][stage] = WAYS[way], 1
    if way in AT_THE_IND:
        put_off(c, PHASE_1, search_lasts(rules, way == EARLY_FIRST))
    if way in FOUND or way in NOT_FOUND:
        put_off(c, PHASE_3, search_lasts(rules, way in FOUND_FIRST))
    c["taken"] = 0 if way in FROM_PARTNERS else NEVER
    if c["route"] == LICENSE_OUT:
        early = way in (EARLY_FIRST, EARLY_SECOND)
        c["licence"], c["taken"] = (EARLY, c["start"][PHASE_1]) if early else (LATE, c["start"][PHASE_3])
    last_dates(rules, future, c)
    set_level(rules, future, c)
    set_bills(rules, future, c, d)
    ready(c)
    c["next"], c["promise"] = MARKET, -1e300  # what an option, a licence and co-promotion move is told apart


@compiled
def put_off(c, first, quarters):
    """Put off a stage and those after it by a search for a licensee, which eats exclusivity."""
    c["wait"] += quarters
    for stage in range(first, MARKET + 1):
        c["start"][stage] += quarters


@compiled
def expect_stages(rules, future, book, c, way, kind, draw, found):
    """Fill in what each stage costs and pays, its chance, and what an option and a refund would move."""
    for stage in range(c["first_stage"], MARKET):
        open_page(book)
        c["here"] = stage
        if c["start"][stage] < rules["horizon"]:
            pay_events(rules, future, book, c, c["start"][stage])
        read_page(book, c["start"][stage], found.starts[way, kind, stage, draw])
        for q in range(c["start"][stage], min(c["end"][stage], MAX_QUARTERS)):
            develop(rules, book, c, q)
        read_page(book, c["start"][stage], found.stages[way, kind, stage, draw])
        found.chance[way, kind, stage, draw] = success(rules, future, c, stage)
        found.lasts[kind, stage, draw] = c["duration"][stage]
        filing = c["filing"][0] if stage == REVIEW else 0.0
        found.cost[kind, stage, draw] = spending(c, stage) * c["duration"][stage] + filing
        if stage == rules["option"]:
            c["partner_spent"] = 0.0
    open_page(book)
    c["here"], approval = MARKET, c["start"][MARKET]
    last = approval + max(rules["eu_after"], rules["japan_after"])
    for q in range(approval, min(last + 1, rules["horizon"])):
        pay_events(rules, future, book, c, q)
        if q == approval:
            read_page(book, approval, found.starts[way, kind, MARKET, draw])
    read_page(book, c["start"][MARKET], found.stages[way, kind, MARKET, draw])
    if way == BY_PARTNER:
        found.spent[kind, draw] = c["partner_spent"]
        takes = c["start"][rules["option"] + 1]
        open_page(book)
        if rules["option"] != NONE and takes < rules["horizon"]:
            deal.pay_opt_in_fee(rules, book, c, takes)
        read_page(book, takes, found.option[kind, draw])


@compiled
def expect_market(rules, future, book, c, way, kind, draw, grid, found):
    """Fill in what an approved product brings at every level of its peak, without co-promotion and with it.

    Where the rest is straight in the peak, the highest level says all.
    """
    for opted in range(2 if way == BY_PARTNER and rules["offered"] == 1 else 1):
        for level in range(len(grid.level)):
            if way in STRAIGHT and level < len(grid.level) - 1:
                continue
            for node in range(len(grid.years)):
                c["years_to_peak"], c["opted"] = grid.years[node], opted
                sell(rules, future, book, c, grid.level[level])
                read_page(book, c["start"][MARKET], found.page)
                for party in range(OTHERS + 1):
                    found.market[opted, way, kind, draw, level, party] += grid.weight[node] * found.page[party]


@compiled
def sell(rules, future, book, c, level):
    """Sell a product of a peak from its launch to the horizon, or until it is withdrawn."""
    open_page(book)
    c["here"], c["level"], c["withdrawn"] = MARKET, level, NEVER
    c["sold"] = c["year_sales"] = c["year_royalty"] = 0.0
    c["steps_paid"] = 0
    for q in range(c["launch"], rules["horizon"]):
        if too_little(rules, c, q):
            return
        trade(rules, future, book, c, q)


@compiled
def open_page(book):
    """Begin to add up what is paid."""
    book["value"][:] = 0.0


@compiled
def read_page(book, q, page):
    """Return what has been paid, worth at the start of a quarter, by party."""
    for party in range(OTHERS + 1):
        page[party] = 0.0
        for line in range(book["value"].shape[0]):
            page[party] += book["value"][line, party]
        page[party] /= book["factor"][int(party == COMPANY), 1, min(q, MAX_QUARTERS - 1)]


@entry
def fill_cells(filled, chance, steps, sag, brought):
    """Fill in what a product brings, (draw, class, party), of cells of its peak filled so far and reached so often.

    Arrays: `filled` and `chance` (draw, class, cell), `steps` and `sag` (draw, cell, party).
    """
    for draw in range(filled.shape[0]):
        for place in range(filled.shape[1]):
            for cell in range(filled.shape[2]):
                for party in range(OTHERS + 1):
                    part = filled[draw, place, cell] * steps[draw, cell, party]
                    brought[draw, place, party] += part - chance[draw, place, cell] * sag[draw, cell, party]


@entry
def expect_shape(rules_, futures, room, launch, years_to_peak, shape):
    """Fill in sales of a quarter as a share of the yearly peak, by quarter since a launch so long after approval."""
    rules, future, c = rules_[0], futures[0], room[0]
    c["launch"], c["loss_of_exclusivity"], c["level"], c["years_to_peak"] = (
        launch,
        future["exclusivity"],
        1.0,
        years_to_peak,
    )
    for since in range(len(shape)):
        shape[since] = net_sales(rules, future, c, launch + since)


@entry
def least_to_go_on(rules_, futures, shape, factor, least):
    """Fill in the least yearly sales with which the company goes on selling, (modality, quarter since launch).

    What is left to earn, from sales as they were in the quarter before and a market as expected, with withdrawal at
    the best later time, is worth nothing there. It has no say in the year of the launch build.
    """
    rules, future = rules_[0], futures[0]
    for conjugate in range(2):
        goods = future["cogs"] + rules["conjugate_cogs"] * conjugate
        for q in range(4, len(shape)):
            low, high = 0.0, 1.0
            while best_left(rules, future, shape, factor, goods, high, q) <= 0 and high < 1e15:
                low, high = high, 2 * high
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                if best_left(rules, future, shape, factor, goods, middle, q) <= 0:
                    low = middle
                else:
                    high = middle
            least[conjugate, q] = low


@compiled
def best_left(rules, future, shape, factor, goods, sales, quarter):
    """Return the best sum of contributions from a quarter since launch on, at these yearly sales in the one before."""
    earned, best = 0.0, -1e300
    if shape[quarter - 1] <= 0:
        return best
    for q in range(quarter, len(shape)):
        sold = sales / 4 * shape[q] / shape[quarter - 1]
        costs = sold * goods + selling_cost(future, sold, q, True) + lifecycle_cost(rules, sold, q)
        earned += (sold - costs) * factor[q - quarter]
        best = max(best, earned)
    return best
