"""Paying in and out: every amount moves the cash, counts as income where it is, and is noted by its name."""

from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years
from partnering.company.firm import Firm
from partnering.company.state import State


def pay(firm: Firm, state: State, quarter: int, taxable: bool = True, **amounts: NDArray[np.float64]) -> State:
    """Return the state with signed amounts added to its cash, to its income if taxable, and noted."""
    total = reduce(add, amounts.values())
    noted = {name: state.today[name] + amount if name in state.today else amount for name, amount in amounts.items()}
    today = state.today | noted
    if not taxable:
        return state.change(cash=state.cash + total, today=today)
    income = state.income + total / float(discount(mid_years(quarter), firm.policy.inflation))
    return state.change(cash=state.cash + total, income=income, today=today)


def pay_tax_of_year(firm: Firm, state: State, quarter: int) -> State:
    """Return the state with the year's tax paid by every company that is there, and its next year begun."""
    losses, taxed = state.losses.settle(np.where(state.alive, state.income, 0.0), firm.policy.losses_years)
    tax = _tax(firm, quarter, firm.of_path(firm.policy.tax_rate), taxed)
    return pay(firm, state, quarter, taxable=False, tax=-tax).change(losses=losses, income=np.zeros(firm.lanes))


def pay_last_tax(firm: Firm, state: State, quarter: int, lane: NDArray[np.int64]) -> State:
    """Return the state with the tax paid, on the income of the year so far, of companies that end."""
    taxed, tax = state.losses.taxed_at_the_end(state.income, lane, firm.policy.losses_years), np.zeros(firm.lanes)
    tax[lane] = _tax(firm, quarter, firm.of_path(firm.policy.tax_rate)[lane], taxed)
    return pay(firm, state, quarter, taxable=False, tax=-tax)


def _tax(firm: Firm, quarter: int, rate: NDArray[np.float64], nominal: NDArray[np.float64]) -> NDArray[np.float64]:
    return rate * nominal * float(discount(mid_years(quarter), firm.policy.inflation))
