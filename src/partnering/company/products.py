"""What products of the company's candidates bring once it is known when they are launched."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.company.delay import course_as_financed
from partnering.company.diary import Entry
from partnering.company.firm import Firm, book_product
from partnering.company.portfolio import NONE, ONCE_LINES, PRODUCT_LINES, last_quarter, product_money
from partnering.company.state import State
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import sell
from partnering.deal.copromotion import expose_copromotion
from partnering.deal.costs import trade
from partnering.deal.license import license_royalty
from partnering.deal.on_sales import expose_sales
from partnering.world.candidates import Stage


def price_products(firm: Firm, state: State, quarter: int) -> State:
    """Put in the diary what products bring that are launched before this is done the next time.

    Nothing can move a launch any more by then: the company launches its own products a fixed delay after approval, at
    once if there is none, so this comes after the quarter's starts.
    """
    every = int(np.clip(to_quarters(firm.scenario["sales.company_launch_delay_years"]), 1, QUARTERS))
    if firm.unlimited:
        return state
    portfolio, waits = firm.portfolio, np.flatnonzero(~state.priced & (state.stage == NONE) & (state.sold == NEVER))
    waits = waits[(portfolio.slot[waits] != NONE) & state.alive[portfolio.lane[waits]]]
    launch = portfolio.course.launch[waits] + state.shift[waits]
    row = waits[launch < quarter - quarter % every + every]
    if not len(row):
        return state
    course = course_as_financed(firm, state, row)
    slot = portfolio.slot[row]
    portfolio.brings[slot], portfolio.once[slot] = brings_of(firm, course, row)
    book_product(portfolio, firm.diary, firm.outlook.run_on, row, course.launch, quarter)
    priced, closes = state.priced.copy(), state.closes.copy()
    priced[row] = True
    own = row[portfolio.own[row, Stage.MARKET] & (course.launch < NEVER)]
    closes[own] = last_quarter(portfolio.brings[portfolio.slot[own]]) + 1
    firm.diary.point(Entry.WORK, portfolio.lane[own], closes[own].astype(np.int64), np.full(len(own), -1.0), quarter)
    return state.change(priced=priced, closes=closes)


def brings_of(firm: Firm, course: Course, row: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what the company gets from products, rows of its portfolio, over each quarter and once, (row, quarter)."""
    scenario, theta, portfolio, horizon = firm.scenario, firm.theta, firm.portfolio, firm.policy.horizon
    sales = sell(scenario, theta, course, firm.least_sales)
    flows, exits, opted = trade(scenario, theta, course, sales), portfolio.exits[row], portfolio.opted[row]
    for stage in np.unique(exits[exits != NONE]):
        signed = np.where(exits == stage, course.signed, NEVER)
        flows.append(license_royalty(scenario, theta, course, sales, Stage(stage), signed))
    if course.collaboration.any():  # the partner has opted into some of them, or left them to the company
        for exposure in expose_sales(scenario, theta, course, sales, opted):
            flows.append(exposure.transfer.scaled(portfolio.terms[row[exposure.unit.row]]))
        profits = expose_copromotion(scenario, theta, course, sales, opted, np.zeros(len(row)))
        flows += [exposure.transfer for exposure in profits]
    place = np.arange(len(row))
    brings, once = (product_money(flows, lines, place, len(row), horizon) for lines in (PRODUCT_LINES, ONCE_LINES))
    return brings, once
