"""Present values of flows: by path, by candidate, by party."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, start_years
from partnering.course.strategies import Party
from partnering.deal.ledger import Flow, add_up, sign


@dataclass(frozen=True)
class Factors:
    """Discount factors of one rate, cumulated so that a run of equal payments costs two look-ups."""

    start: NDArray[np.float64]  # (quarter + 1,): sum of the factors of all earlier quarters
    mid: NDArray[np.float64]

    def worth(self, flow: Flow) -> NDArray[np.float64]:
        """Return the present value of each entry of a flow."""
        cumulated = self.start if flow.timing == "start" else self.mid
        return flow.amount * (cumulated.take(flow.last) - cumulated.take(flow.first))


@cache
def discount_factors(rate: float, horizon: int) -> Factors:
    """Return the factors of a real annual rate to the horizon in quarters."""
    quarter = np.arange(horizon)

    def cumulated(t_years: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the factors of all earlier quarters, (quarter + 1,)."""
        return np.concatenate([[0.0], np.cumsum(discount(t_years, rate))])

    return Factors(cumulated(start_years(quarter)), cumulated(mid_years(quarter)))


def value_by_path(flow: Flow, factors: Factors, paths: int) -> NDArray[np.float64]:
    """Return the present value of a flow, shape (path,), positive."""
    return add_up(factors.worth(flow), flow.path, paths)


def value_by_row(flows: list[Flow], factors: Factors, party: Party, rows: int) -> tuple[NDArray, NDArray]:
    """Return the present value of what a party receives from and spends on each candidate, shape (row,) each."""
    received, spent = np.zeros(rows), np.zeros(rows)
    for flow in flows:
        if flow.row is not None and flow.programme and sign(flow, party):
            worth = add_up(factors.worth(flow), flow.row, rows)
            if flow.reverses:
                received -= worth * (flow.payer == party)
                spent -= worth * (flow.payee == party)
            else:
                received += worth * (flow.payee == party)
                spent += worth * (flow.payer == party)
    return received, spent
