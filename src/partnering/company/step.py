"""One quarter of a company, the same for every strategy: events, receipts, decisions, raise, spend, survival.

Each sub-step takes the state and returns the next one. None reads what the diary holds for later quarters.
"""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.company.diary import Entry
from partnering.company.firm import Firm
from partnering.company.money import pay, pay_last_tax, pay_tax_of_year
from partnering.company.products import price_products
from partnering.company.shares import new_shares
from partnering.company.stages import do_research, meet_due, most_advanced, release, sell_rows, start_stages
from partnering.company.state import HALVES, State
from partnering.company.view import (
    base_burn,
    burn,
    expected_in_a_sale,
    full_burn,
    going_concern,
    in_a_sale,
    inflow,
    market_value,
    need,
    researches,
)
from partnering.course.research import NEVER
from partnering.deal.ledger import ROUNDING

RARE = ("raised", "issue_fee", "sold", "tax", "paid_out", "unpaid")
"""Amounts that most quarters do not have."""


def step(firm: Firm, state: State, quarter: int) -> State:
    """Return the company at the end of a quarter."""
    nothing = np.zeros(firm.lanes)
    state = state.change(today={"opening_cash": state.cash} | dict.fromkeys(RARE, nothing))
    for part in (meet_events, receive, decide, raise_equity, spend, survive):
        state = part(firm, state, quarter)
    return state.note(closing_cash=state.cash)


def meet_events(firm: Firm, state: State, quarter: int) -> State:
    """Take in what the quarter begins with: stages that are over, what candidates are worth now."""
    state = meet_due(firm, state, quarter)
    levels = {"own": Entry.OWN, "held": Entry.HELD, "work": Entry.WORK, "rights": Entry.RIGHTS}
    state = state.change(**{name: getattr(state, name) + firm.diary.entries[e, quarter] for name, e in levels.items()})
    return state.change(base_burn=full_burn(firm, state, quarter))


def receive(firm: Firm, state: State, quarter: int) -> State:
    """Take in payments that fall due at the start of the quarter; issue the shares the partner pays for, at no cost.

    Their price is that of the day before the deal; what the partner pays above it is among the payments.
    """
    state = pay(firm, state, quarter, receipts=np.where(state.alive, firm.diary.entries[Entry.START, quarter], 0.0))
    if quarter not in firm.placed:
        return state
    placed = np.where(state.alive, firm.placed[quarter], 0.0)
    issued = new_shares(placed, firm.policy.pre_deal_value, firm.policy.shares)
    return pay(firm, state, quarter, taxable=False, placed=placed).change(shares=state.shares + issued)


def decide(firm: Firm, state: State, quarter: int) -> State:
    """Go on, or wind down where that is believed to bring more."""
    going_on = going_concern(firm, state, quarter, firm.policy.exit_ahead)
    over = expected_in_a_sale(firm, state.own + state.held)
    state = state.note(going_on=going_on, winding_down=over)
    return wind_down(firm, state, quarter, state.alive & (over - going_on > ROUNDING), HALVES * quarter + 1, False)


def raise_equity(firm: Firm, state: State, quarter: int) -> State:
    """Sell shares if the company is short and the market open: for the need of some time, within what it would take."""
    if firm.unlimited:
        return state
    policy, value = firm.policy, market_value(firm, state, quarter)
    short_of = need(firm, state, quarter, policy.look_ahead)
    may = (
        state.alive
        & firm.open[quarter]
        & (quarter - state.last_raise >= policy.raise_gap)
        & _below(state.cash, short_of)
    )
    wanted = (need(firm, state, quarter, policy.raise_for) - state.cash) / (1 - policy.fee)
    most = firm.of_path(policy.raise_limit) * value
    may &= most >= policy.raise_least
    gross = np.where(may, np.minimum(np.maximum(wanted, policy.raise_least), most), 0.0)
    issued = new_shares(gross, np.where(may, value, 1.0), state.shares, policy.discount)
    state = pay(firm, state, quarter, taxable=False, raised=gross, issue_fee=-policy.fee * gross)
    state = state.note(need=short_of, market_value=value, new_shares=issued)
    return state.change(shares=state.shares + issued, last_raise=np.where(may, quarter, state.last_raise))


def spend(firm: Firm, state: State, quarter: int) -> State:
    """Pay for the quarter: research and stages as far as there is money, the burn; take in what products bring; tax."""
    policy, entries = firm.policy, firm.diary.entries
    asked = researches(firm, state, quarter)
    paused = asked & _is_short(firm, state, quarter) & ~firm.contract.of(firm.contract.awaited, quarter)
    known = entries[Entry.START, quarter].copy()
    state = do_research(firm, state, quarter, asked & ~paused)
    state = price_products(firm, start_stages(firm, state, quarter, burn(firm, state, quarter)), quarter)
    state = _sell_when_pressed(firm, state, quarter)
    state = state.change(rate=state.rate + entries[Entry.RATE, quarter])
    products, once = (np.where(state.alive, entries[kind, quarter], 0.0) for kind in (Entry.RECURRING, Entry.ONCE))
    state = pay(
        firm,
        state,
        quarter,
        stage_fees=np.where(state.alive, entries[Entry.START, quarter] - known, 0.0),
        stages=np.where(state.alive, -state.rate, 0.0),
        contract_research=np.where(state.alive, firm.contract.of(firm.contract.net, quarter), 0.0),
        own_research=-policy.own_research * (asked & ~paused),
        base_burn=-base_burn(state),
        products=products + once,
    )
    state = state.change(recurring=products).note(paused=paused)
    return pay_tax_of_year(firm, state, quarter) if quarter % QUARTERS == QUARTERS - 1 else state


def _is_short(firm: Firm, state: State, quarter: int) -> NDArray[np.bool_]:
    """Return whether cash does not cover what is ahead, whether anything was raised or not."""
    if firm.unlimited:
        return np.zeros(firm.lanes, dtype=bool)
    return _below(state.cash, state.today["need"])


def _below(cash: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether cash is below a need, rounding apart: it was often raised to be just that."""
    return least - cash > ROUNDING


def _sell_when_pressed(firm: Firm, state: State, quarter: int) -> State:
    """Sell the most advanced candidate where cash and what is to come in do not cover the burn for long."""
    if firm.unlimited:
        return state
    ahead = firm.policy.look_ahead
    in_hand = state.cash + inflow(firm, state, quarter, ahead)
    pressed = state.alive & _below(in_hand, firm.policy.distress * burn(firm, state, quarter))
    pressed &= ~firm.contract.of(firm.contract.awaited, quarter)
    return sell_rows(firm, state, quarter, most_advanced(firm, state, quarter, pressed))


def survive(firm: Firm, state: State, quarter: int) -> State:
    """Wind down where cash does not cover the burn of the buffer, net of what products bring."""
    if firm.unlimited:
        return state
    net_burn = burn(firm, state, quarter) - state.recurring
    over = state.alive & _below(state.cash, firm.policy.buffer * net_burn)
    return wind_down(firm, state, quarter, over, HALVES * (quarter + 1), True)


def wind_down(firm: Firm, state: State, quarter: int, lanes: NDArray[np.bool_], moment: int, forced: bool) -> State:
    """End the company on some lanes: sell all it has, settle the tax, hand what is left to its owners."""
    lane = np.flatnonzero(lanes)
    if not len(lane):
        return state
    price = np.where(lanes, in_a_sale(firm, state.own + state.held), 0.0)
    state = pay_last_tax(firm, pay(firm, state, quarter, sold=price), quarter, lane)
    left = np.where(lanes, state.cash, 0.0) * (not firm.unlimited)
    state = pay(firm, state, quarter, taxable=False, paid_out=-np.maximum(left, 0.0), unpaid=np.maximum(-left, 0.0))
    if not firm.unlimited:
        row = firm.portfolio.rows_on(lane)
        state = release(firm, state, quarter, row[state.sold[row] == NEVER])
    return state.change(ended=np.where(lanes, moment, state.ended), forced=state.forced | (lanes & forced))
