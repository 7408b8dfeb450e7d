"""Payments on their days: the quarters they fall in, and what they are worth by the conventions of a forecast."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.inputs.scenario import Scenario


class Payment(NamedTuple):
    """A nominal payment in musd so many years after signing, or spread evenly over the years from then on."""

    line: str
    musd: float
    years: float
    lasts: float = 0.0

    @property
    def quarters(self) -> NDArray[np.int64]:
        """The quarters since signing in which it falls."""
        return int(self.years * QUARTERS) + np.arange(max(int(to_quarters(self.lasts)), 1))


def present_value(scenario: Scenario, payments: Sequence[Payment], rate: float) -> float:
    """Return the worth at signing of payments to the company, at a real annual rate and within the horizon.

    What happens on a day falls at the start of its quarter; what is spread falls in the middle of each of its quarters.
    """
    total, inflation, horizon = 0.0, scenario["valuation.inflation_rate"], scenario["valuation.horizon_years"]
    for payment in payments:
        years = (mid_years if payment.lasts else start_years)(payment.quarters)
        worth = payment.musd / len(years) * discount(years, inflation) * discount(years, rate)
        total += float(worth[payment.quarters < to_quarters(horizon)].sum())
    return total
