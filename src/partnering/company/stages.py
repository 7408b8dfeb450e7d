"""Candidates whose stages the company pays for: what waits, what starts, what is sold."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.company.diary import Entry
from partnering.company.firm import Firm, book_product, book_rest, book_stage, seen_worth
from partnering.company.money import pay
from partnering.company.portfolio import NONE
from partnering.company.state import HALVES, WAITING, State
from partnering.course.research import NEVER
from partnering.deal.ledger import add_up
from partnering.world.candidates import Stage


def meet_due(firm: Firm, state: State, quarter: int) -> State:
    """Note what candidates are worth whose next stage the company may now start; end the stages that are over."""
    if firm.unlimited:
        return state
    portfolio, ready = firm.portfolio, np.flatnonzero(state.due <= quarter)
    row = ready[state.due[ready] == quarter]
    firm.diary.point(Entry.OWN, portfolio.lane[row], np.full(len(row), quarter), portfolio.worth[row, state.stage[row]])
    running, under_way = state.running, np.flatnonzero(state.running != NONE)
    over = under_way[state.runs_until[under_way] <= quarter]
    if len(over):
        running = running.copy()
        running[over] = NONE
    return state.change(running=running, ready=ready, under_way=under_way[running[under_way] != NONE])


def need_of_stages(firm: Firm, state: State, quarter: int, ahead: int) -> NDArray[np.float64]:
    """Return what stages need over the quarters ahead: those under way, and in full those that follow or wait."""
    portfolio, row, ready = firm.portfolio, state.under_way, state.ready
    ends = state.expected_end[row]
    then = np.where(ends <= quarter + ahead, portfolio.cost_after[row, state.running[row]], 0.0)
    waiting = portfolio.cost[ready, state.stage[ready]]
    lanes = np.concatenate([portfolio.lane[row], portfolio.lane[ready]])
    amounts = np.concatenate([then + _spending_ahead(firm, state, row, quarter, ahead), waiting])
    return add_up(amounts, lanes, firm.lanes)


def _spending_ahead(
    firm: Firm, state: State, row: NDArray[np.int64], quarter: int, ahead: NDArray[np.int64] | int
) -> NDArray[np.float64]:
    """Return what stages under way are expected to cost over the quarters ahead: as now, until they should be over.

    One that has run longer than expected goes on for a quarter. A launch costs in its last year.
    """
    stage = state.running[row].astype(np.int64)
    launch = stage == Stage.MARKET
    left = np.maximum(state.expected_end[row] - quarter, 1)
    idle = np.where(launch, np.maximum(left - QUARTERS, 0), 0)
    lasts = np.maximum(np.minimum(left, ahead) - idle, 0)
    rate = np.where(launch, firm.portfolio.cost[row, stage] / QUARTERS, firm.portfolio.rate[row, stage])
    return rate * lasts


def do_research(firm: Firm, state: State, quarter: int, own: NDArray[np.bool_]) -> State:
    """Add the quarter's research; leads that it finds are due a discovery lag later."""
    if firm.unlimited or quarter >= firm.policy.research_window:
        return state
    portfolio = firm.portfolio
    funded = np.where(state.alive, firm.contract.of(firm.contract.funded, quarter), 0.0)
    done = state.researched + funded + firm.policy.own_research * own
    row = firm.sought[state.found[firm.sought] == WAITING]
    row = row[portfolio.course.candidates.effort_needed[row] <= done[portfolio.lane[row]]]
    if not len(row):
        return state.change(researched=done)
    due, found, shift = state.due.copy(), state.found.copy(), state.shift.copy()
    shift[row] = quarter - portfolio.course.crossing[row]
    due[row] = portfolio.course.start[row, state.stage[row]] + shift[row]
    found[row] = quarter
    one = np.ones(len(row))
    firm.diary.point(Entry.WORK, portfolio.lane[row], np.full(len(row), quarter + 1), one)
    at_once = row[due[row] <= quarter]
    worth = portfolio.worth[at_once, state.stage[at_once]]
    firm.diary.point(Entry.OWN, portfolio.lane[at_once], np.full(len(at_once), quarter + 1), worth)
    ready = np.concatenate([state.ready, at_once])
    return state.change(researched=done, due=due, found=found, shift=shift, ready=ready)


def start_stages(firm: Firm, state: State, quarter: int, burn: NDArray[np.float64]) -> State:
    """Start the stages that cash covers, those of most worth by cost first; sell what has waited too long."""
    ready = state.ready[state.due[state.ready] <= quarter]
    if not len(ready):
        return state
    started = _covered(firm, state, quarter, ready, burn)
    state = _start(firm, state, quarter, ready[started])
    waits = ready[~started]
    return sell_rows(firm, state, quarter, waits[quarter - state.due[waits] >= firm.policy.postpone])


def _covered(
    firm: Firm, state: State, quarter: int, ready: NDArray[np.int64], burn: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which stages start: cash covers them and all under way for their length, or some time, and the buffer."""
    portfolio, stage, lane = firm.portfolio, state.stage[ready].astype(np.int64), firm.portfolio.lane[ready]
    cost, lasts = portfolio.cost[ready, stage], portfolio.lasts[ready, stage]
    window = np.minimum(lasts, firm.policy.raise_for)
    part = cost * window / lasts
    free = state.cash[lane] - firm.policy.buffer * burn[lane] - _under_way(firm, state, quarter, lane, window)
    with np.errstate(over="ignore"):  # what costs next to nothing comes first
        per_dollar = portfolio.worth[ready, stage] / np.maximum(cost, np.finfo(float).tiny)
    order = np.lexsort((-per_dollar, lane))
    lane, part, free = lane[order], part[order], free[order]
    covered, promised = np.zeros(len(ready), dtype=bool), np.zeros(firm.lanes)
    first = np.flatnonzero(np.diff(lane, prepend=-1))
    rank = np.arange(len(lane)) - np.repeat(first, np.diff(first, append=len(lane)))
    for place in range(int(rank.max()) + 1):
        at = np.flatnonzero(rank == place)
        goes = (part[at] <= free[at] - promised[lane[at]]) | firm.contract.of(firm.contract.awaited, quarter)[lane[at]]
        promised[lane[at[goes]]] += part[at[goes]]
        covered[order[at[goes]]] = True
    return covered


def _under_way(
    firm: Firm, state: State, quarter: int, lane: NDArray[np.int64], window: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what stages under way on these lanes are expected to cost, each over its own window."""
    concerned = np.zeros(firm.lanes, dtype=bool)
    concerned[lane] = True
    row = state.under_way[concerned[firm.portfolio.lane[state.under_way]]]
    row = row[state.running[row] != NONE]
    spent = np.zeros(len(lane))
    for ahead in np.unique(window):
        amount = _spending_ahead(firm, state, row, quarter, int(ahead))
        here = window == ahead
        spent[here] = np.bincount(firm.portfolio.lane[row], amount, firm.lanes)[lane[here]]
    return spent


def _start(firm: Firm, state: State, quarter: int, row: NDArray[np.int64]) -> State:
    """Start the next stage of these rows, and book what is certain to come of it."""
    portfolio, diary, stage = firm.portfolio, firm.diary, state.stage[row].astype(np.int64)
    shift, due, following = state.shift.copy(), state.due.copy(), portfolio.follows[row, stage]
    shift[row] = quarter - portfolio.course.start[row, stage]
    diary.started[row, stage] = quarter
    diary.point(Entry.OWN, portfolio.lane[row], np.full(len(row), quarter + 1), -portfolio.worth[row, stage])
    for each in np.unique(stage):
        book_stage(portfolio, diary, row[stage == each], int(each), shift, quarter)
    last, closes = following == NONE, state.closes.copy()
    ends, at = row[last], shift[row[last]]
    for each in Stage:
        after = ends[(each > stage[last]) & portfolio.course.entered[ends, each]]
        book_stage(portfolio, diary, after, each, shift, quarter)
    book_rest(portfolio, diary, ends, shift, quarter + 1)
    sells = portfolio.own[ends, Stage.MARKET] & (portfolio.slot[ends] != NONE)
    closes[ends] = np.where(sells, WAITING, portfolio.work_until[ends] + at)
    shut = ends[~sells]
    diary.point(Entry.WORK, portfolio.lane[shut], closes[shut], np.full(len(shut), -1.0), quarter + 1)
    running, runs_until, expected_end, next_stage = (
        getattr(state, name).copy() for name in ("running", "runs_until", "expected_end", "stage")
    )
    running[row], next_stage[row] = stage, following
    runs_until[row] = portfolio.spent_until[row, stage] + shift[row]
    expected_end[row] = quarter + portfolio.lasts[row, stage]
    due[row] = np.where(last, WAITING, portfolio.course.start[row, following] + shift[row])
    return state.change(
        shift=shift,
        due=due,
        stage=next_stage,
        running=running,
        runs_until=runs_until,
        expected_end=expected_end,
        closes=closes,
    )


def most_advanced(firm: Firm, state: State, quarter: int, lanes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the candidate furthest on, of equals the one of most worth, on each of some lanes; none of no worth."""
    row = firm.portfolio.rows_on(np.flatnonzero(lanes))
    row = row[state.sold[row] == NEVER]
    stage, worth = standing(firm, state, row, quarter)
    some = worth > 0
    row, stage, worth = row[some], stage[some], worth[some]
    order = np.lexsort((worth, stage, firm.portfolio.lane[row]))
    lane = firm.portfolio.lane[row[order]]
    return row[order[np.flatnonzero(np.diff(lane, append=-1))]]


def standing(
    firm: Firm, state: State, row: NDArray[np.int64], quarter: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the stage each row stands in, NONE if it is not there, and what it is worth to the company."""
    portfolio, shift = firm.portfolio, state.shift[row]
    stages, following = np.arange(len(Stage)), state.stage[row][:, None]
    waits = state.due[row] <= quarter
    known = portfolio.course.entered[row] & ((following == NONE) | (stages < following))
    reached = known & (portfolio.course.start[row] + shift[:, None] <= quarter)
    stage = np.where(reached.any(axis=1), stages[-1] - np.argmax(reached[:, ::-1], axis=1), NONE)
    until = portfolio.until[row, stage] + shift
    stage = np.where(waits, state.stage[row], np.where((stage != NONE) & (quarter < until), stage, NONE))
    worth = np.where(stage == NONE, 0.0, portfolio.worth[row, stage])
    sold = np.flatnonzero((portfolio.slot[row] != NONE) & reached[:, Stage.MARKET])
    launch = portfolio.course.launch[row[sold]] + shift[sold]
    sold, launch = sold[quarter >= launch + QUARTERS], launch[quarter >= launch + QUARTERS]
    brings, shape = portfolio.brings[portfolio.slot[row[sold]]], portfolio.shape[row[sold]]
    worth[sold] = seen_worth(brings, launch, shape, firm.outlook.run_on)[:, quarter]
    stage[sold] = Stage.MARKET
    return stage, worth


def sell_rows(firm: Firm, state: State, quarter: int, row: NDArray[np.int64]) -> State:
    """Sell candidates under pressure from the middle of the quarter on; of no worth, they are stopped."""
    if not len(row):
        return state
    portfolio = firm.portfolio
    price = standing(firm, state, row, quarter)[1] * firm.of_path(firm.policy.kept_in_sale)[portfolio.lane[row]]
    _take_out(firm, state, quarter, row)
    sold, prices = state.sold.copy(), state.price.copy()
    sold[row], prices[row] = HALVES * quarter + 1, price
    state = pay(firm, state, quarter, sold=add_up(price, portfolio.lane[row], firm.lanes))
    return release(firm, state, quarter, row).change(sold=sold, price=prices)


def release(firm: Firm, state: State, quarter: int, row: NDArray[np.int64]) -> State:
    """Let go of candidates: whoever has them goes on, from the next quarter with the stage that was waiting."""
    arrays = {name: getattr(state, name).copy() for name in ("due", "stage", "running", "shift")}
    waits = row[state.due[row] <= quarter]
    stage = state.stage[waits].astype(np.int64)
    arrays["shift"][waits] = quarter + 1 - firm.portfolio.course.start[waits, stage]
    firm.diary.started[waits, stage] = quarter + 1
    gone = row[state.found[row] < WAITING]
    arrays["due"][row], arrays["stage"][gone], arrays["running"][row] = WAITING, NONE, NONE
    return state.change(**arrays)


def _last_started(firm: Firm, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stage of each row that the company started last, NONE if it has started none."""
    started = firm.diary.started[row] >= 0
    return np.where(started.any(axis=1), started.shape[1] - 1 - np.argmax(started[:, ::-1], axis=1), NONE)


def _take_out(firm: Firm, state: State, quarter: int, row: NDArray[np.int64]) -> None:
    """Take out of the diary all that candidates were still to bring and to cost."""
    portfolio, diary, lane = firm.portfolio, firm.diary, firm.portfolio.lane
    waits = row[(state.due[row] <= quarter)]
    diary.point(Entry.OWN, lane[waits], np.full(len(waits), quarter + 1), -portfolio.worth[waits, state.stage[waits]])
    following, begun = state.stage[row], _last_started(firm, row)
    for stage in Stage:
        booked = portfolio.course.entered[row, stage] & ((following == NONE) | (stage < following)) & (stage >= begun)
        booked &= state.due[row] > quarter
        book_stage(portfolio, diary, row[booked], stage, state.shift, quarter, sign=-1)
    whole = row[following == NONE]
    book_rest(portfolio, diary, whole, state.shift, quarter + 1, sign=-1)
    sells = whole[(portfolio.slot[whole] != NONE) & state.priced[whole]]
    launch = portfolio.course.launch[sells] + state.shift[sells]
    book_product(portfolio, diary, firm.outlook.run_on, sells, launch, quarter, sign=-1)
    begun = np.where(portfolio.mobile[row], state.found[row] + 1, portfolio.course.crossing[row])
    diary.level(Entry.WORK, lane[row], begun, state.closes[row].astype(np.int64), np.full(len(row), -1.0), quarter + 1)
