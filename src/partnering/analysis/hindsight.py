"""A forecast held against what happened: places in its distribution, proper scores, and payments valued as it does."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.course.research import horizon_quarters
from partnering.deal.events import deflated
from partnering.deal.ledger import Flow, owed
from partnering.inputs.scenario import Scenario
from partnering.value.present import discount_factors, value_by_path
from partnering.results.statistics import Z90


class Payment(NamedTuple):
    """A nominal payment in musd so many years after signing, or spread evenly over the years from then on."""

    line: str
    musd: float
    years: float
    lasts: float = 0.0


class Place(NamedTuple):
    """Shares of draws below a fact, and not above it: they differ where draws tie with it."""

    low: float
    high: float

    @property
    def mid(self) -> float:
        """The mid-rank percentile."""
        return (self.low + self.high) / 2


# Places and scores


def percentile_of(fact: float, draws: NDArray) -> Place:
    """Return where a fact stands among draws, as a range of shares where some tie with it."""
    return Place(float(np.mean(draws < fact)), float(np.mean(draws <= fact)))


def crps(draws: NDArray, fact: float) -> float:
    """Return the continuous ranked probability score of draws taken as the whole forecast: 0 is best.

    The plain form, E|X - y| - E|X - X'| / 2 with pairs of equal draws counted (Gneiting and Raftery 2007): exact for
    the distribution of the draws, and the absolute error where they are one number.
    """
    return float(np.mean(np.abs(draws - fact))) - expected_crps(draws)


def expected_crps(draws: NDArray) -> float:
    """Return the score a forecast expects of itself, E|X - X'| / 2: what it gets on average if it is right."""
    ordered, n = np.sort(np.asarray(draws, dtype=float)), len(draws)
    return float((ordered * (2 * np.arange(1, n + 1) - n - 1)).sum() / n**2)


def brier(prob: float, happened: bool) -> float:
    """Return the squared error of a probability: 0 is best, and a right forecast expects p (1 - p)."""
    return (prob - float(happened)) ** 2


def log_score(share: float) -> float:
    """Return minus the logarithm of the probability that what happened was given; infinite if it was given none."""
    return float(-np.log(share)) if share > 0 else np.inf


# What one outcome can tell


def share_if_rarer(counts: NDArray[np.int64], kept: float, count: int) -> float:
    """Return how likely a count is if each of the events drawn happened only with a probability of `kept`."""
    chances = comb(counts, count) * kept**count * (1 - kept) ** np.maximum(counts - count, 0)
    return float(chances.mean())


def deals_to_tell(counts: NDArray, kept: float) -> int:
    """Return how many such deals tell the mean count from `kept` of it, wrong either way once in twenty.

    The means of so many deals, normal and with the spread of the forecast, are 2 x 1.645 standard errors apart.
    """
    gap = (1 - kept) * float(np.mean(counts))
    return int(np.ceil((2 * Z90 * float(np.std(counts)) / gap) ** 2))


# Payments, as the ledger times and the forecast values them


def quarters_of(payment: Payment) -> NDArray[np.int64]:
    """Return the quarters since signing in which a payment falls."""
    return int(payment.years * QUARTERS) + np.arange(max(int(to_quarters(payment.lasts)), 1))


def flow_of(scenario: Scenario, payment: Payment) -> Flow:
    """Return a payment as the ledger books it, on one path and in real money.

    What happens on a day falls at the start of its quarter; what is spread falls in the middle of each of its quarters.
    """
    quarter = quarters_of(payment)
    nominal = np.full(len(quarter), payment.musd / len(quarter))
    if payment.lasts:
        timing, deflator = "mid", discount(mid_years(quarter), scenario["valuation.inflation_rate"])
    else:
        timing, deflator = "start", deflated(scenario, quarter)
    return owed(payment.line, timing, np.zeros_like(quarter), quarter, nominal * deflator)


def present_value(scenario: Scenario, payments: Sequence[Payment], rate: float) -> float:
    """Return the worth at signing of payments to the company, at a real annual rate and within the horizon."""
    horizon = horizon_quarters(scenario)
    factors = discount_factors(rate, horizon)
    flows = [flow_of(scenario, payment).clipped(horizon) for payment in payments]
    return float(sum(value_by_path(flow, factors, 1)[0] for flow in flows))


def paid_by_quarter(payments: Sequence[Payment], horizon: int) -> NDArray[np.float64]:
    """Return nominal payments by quarter since signing, shape (quarter,)."""
    paid = np.zeros(horizon)
    for payment in payments:
        quarter = quarters_of(payment)
        paid[quarter[quarter < horizon]] += payment.musd / len(quarter)
    return paid
