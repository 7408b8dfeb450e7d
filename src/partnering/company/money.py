"""Paying in and out: every amount moves the cash, counts as income where it is, and is noted by its name."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years
from partnering.company.firm import Firm
from partnering.company.state import State


def pay(firm: Firm, state: State, quarter: int, taxable: bool = True, **amounts: NDArray[np.float64]) -> State:
    """Return the state with signed amounts added to its cash, to its income if taxable, and noted."""
    total = np.sum(list(amounts.values()), axis=0)
    noted = {name: state.today.get(name, 0.0) + amount for name, amount in amounts.items()}
    state = state.change(cash=state.cash + total).note(**noted)
    if not taxable:
        return state
    return state.change(income=state.income + total / discount(mid_years(quarter), firm.policy.inflation))


def pay_tax(firm: Firm, state: State, quarter: int, lanes: NDArray[np.bool_], year_ends: bool = True) -> State:
    """Return the state with tax on the year's income paid on some lanes; their next year begins without income."""
    losses, taxed = state.losses.settle(np.where(lanes, state.income, 0.0), firm.policy.losses_years)
    tax = firm.of_path(firm.policy.tax_rate) * taxed * discount(mid_years(quarter), firm.policy.inflation)
    state = pay(firm, state, quarter, taxable=False, tax=-tax)
    return state.change(losses=losses if year_ends else state.losses, income=np.where(lanes, 0.0, state.income))
