"""What products of the company's candidates bring once it is known when they are launched."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.company.delay import course_as_financed
from partnering.company.diary import Entry
from partnering.company.firm import Firm, book_product
from partnering.company.portfolio import NONE, PRODUCT_LINES, last_quarter
from partnering.company.state import State
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import sell
from partnering.course.strategies import Party
from partnering.deal.costs import trade
from partnering.deal.ledger import add_up, sign
from partnering.deal.license import license_royalty
from partnering.world.candidates import Stage


def price_products(firm: Firm, state: State, quarter: int) -> State:
    """Put in the diary what products bring that are launched before this is done the next time.

    Nothing can move a launch any more by then: the company launches its own products a fixed delay after approval, at
    once if there is none, so this comes after the quarter's starts.
    """
    every = int(np.clip(to_quarters(firm.scenario["sales.company_launch_delay_years"]), 1, QUARTERS))
    if firm.unlimited or quarter % every:
        return state
    portfolio, waits = firm.portfolio, np.flatnonzero(~state.priced & (state.stage == NONE) & (state.sold == NEVER))
    waits = waits[(portfolio.slot[waits] != NONE) & state.alive[portfolio.lane[waits]]]
    launch = portfolio.course.launch[waits] + state.shift[waits]
    row = waits[launch < quarter + every]
    if not len(row):
        return state
    course = course_as_financed(firm, state, row)
    portfolio.brings[portfolio.slot[row]] = brings_of(firm, course, portfolio.exits[row])
    book_product(portfolio, firm.diary, firm.outlook.run_on, row, course.launch, quarter)
    priced, closes = state.priced.copy(), state.closes.copy()
    priced[row] = True
    own = row[portfolio.own[row, Stage.MARKET] & (course.launch < NEVER)]
    closes[own] = last_quarter(portfolio.brings[portfolio.slot[own]]) + 1
    firm.diary.point(Entry.WORK, portfolio.lane[own], closes[own].astype(np.int64), np.full(len(own), -1.0), quarter)
    return state.change(priced=priced, closes=closes)


def brings_of(firm: Firm, course: Course, exits: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what the company gets from products over each quarter, (row, quarter): its sales less costs, royalties."""
    scenario, theta, horizon = firm.scenario, firm.theta, firm.policy.horizon
    sales = sell(scenario, theta, course, firm.least_sales)
    flows = trade(scenario, theta, course, sales)
    for stage in np.unique(exits[exits != NONE]):
        signed = np.where(exits == stage, course.signed, NEVER)
        flows.append(license_royalty(scenario, theta, course, sales, Stage(stage), signed))
    brings = np.zeros(len(course.path) * horizon)
    for flow in flows:
        seen = sign(flow, Party.COMPANY)
        if seen and flow.line in PRODUCT_LINES and flow.row is not None:
            brings += add_up(seen * flow.amount, flow.row * horizon + flow.first, len(brings))
    return brings.reshape(-1, horizon)
