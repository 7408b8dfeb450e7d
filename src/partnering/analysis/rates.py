"""Discount rates at which two strategies, or a programme and nothing, are worth the same, from mean cash by quarter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.clock import discount, mid_years, start_years
from partnering.inputs.lines import LEDGER
from partnering.results.schema import PRETAX, VIEW
from partnering.results.statistics import Z90, Estimate, standard_error
from partnering.results.stored import Results
from partnering.results.verdict import Option, Verdict, leaf, leaves

GRID = 256
"""Rates tried between none and the highest."""

STEP = 2**-10
"""Half the step over which a slope is taken."""


@dataclass(frozen=True)
class MeanCash:
    """Mean cash of a strategy by quarter, events and continuous flows apart."""

    start: NDArray[np.float64]
    mid: NDArray[np.float64]

    def value(self, rate: float) -> float:
        """Return the present value at a rate."""
        quarter = np.arange(len(self.start))
        present = self.start * discount(start_years(quarter), rate) + self.mid * discount(mid_years(quarter), rate)
        return float(present.sum())

    def less(self, other: "MeanCash") -> "MeanCash":
        """Return this cash minus another's."""
        return MeanCash(self.start - other.start, self.mid - other.mid)


@dataclass(frozen=True)
class Flip:
    """The common discount rate at which signing is worth as much as an alternative, None if there is none."""

    slug: str
    phrase: str
    rate: Estimate | None
    below: bool  # whether the alternative is worth more at lower rates (else at higher ones)


def crossing_rates(cash: MeanCash, highest: float = 1.0) -> list[float]:
    """Return every rate up to `highest` at which the cash is worth nothing, found on a fine grid and refined."""
    grid = np.linspace(0.0, highest, GRID)
    signs = np.sign([cash.value(rate) for rate in grid])
    turns = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    return [float(brentq(cash.value, grid[turn], grid[turn + 1])) for turn in turns]


def internal_rate(cash: MeanCash, highest: float = 1.0) -> float | None:
    """Return the lowest rate at which a programme is worth nothing, None if there is none up to `highest`."""
    found = crossing_rates(cash, highest)
    return found[0] if found else None


def rate_limits(cash: MeanCash, rate: float, half: float) -> tuple[float, float]:
    """Return the rates between which a root lies when values near it are known to +- half: half over the slope."""
    slope = (cash.value(rate + STEP) - cash.value(rate - STEP)) / (2 * STEP)
    reach = abs(half / slope)
    return rate - reach, rate + reach


def mean_cash(
    results: Results, strategy: str, party: str = "company", lines: set[str] | None = None, view: str = VIEW
) -> MeanCash:
    """Return the mean cash of a strategy by quarter, of all lines that count in a view or of some."""
    of = "strategy == @strategy and party == @party and view == @view"
    timing, cash = results.table("lines").query(of)[["line", "timing"]], results.table("cash").query(of)
    timed = cash.merge(timing[timing["line"].isin(lines or timing["line"])], on="line")
    quarters = range(int(cash["quarter"].max()) + 1)
    by_timing = timed.pivot_table("mean", "quarter", "timing", "sum").reindex(quarters, columns=["start", "mid"])
    return MeanCash(*by_timing.fillna(0.0).to_numpy().T)


def rates_that_flip(results: Results, verdict: Verdict) -> list[Flip]:
    """Return, by alternative, the common discount rate nearest the base rate at which signing is worth the same.

    The highest comes first. Decisions are held as simulated; the limits carry the Monte Carlo error at that rate.
    """
    flips = [_flip(results, verdict.signing, option) for option in (verdict.nearest, *verdict.others)]
    return sorted(flips, key=lambda flip: -(flip.rate.value if flip.rate else 0.0))


def _flip(results: Results, signing: Option, option: Option) -> Flip:
    base_rate = leaf(results, "valuation.discount_rate")
    gap = mean_cash(results, signing.slug).less(mean_cash(results, option.slug))
    rate = min(crossing_rates(gap), key=lambda rate: abs(rate - base_rate), default=None)
    if rate is None or not _thinkable(results, rate):
        return Flip(option.slug, option.phrase, None, False)
    limits = rate_limits(gap, rate, Z90 * _error_at(results, signing.slug, option.slug, rate))
    return Flip(option.slug, option.phrase, Estimate(rate, *limits), gap.value(rate - STEP) < 0)


def _thinkable(results: Results, rate: float) -> bool:
    """Return whether a rate lies in the range of what the common rate may be; where there is none, any does."""
    low, high = leaves(results).loc["valuation.discount_rate", ["low", "high"]]
    return not low or float(low) <= rate <= float(high)


def _error_at(results: Results, first: str, second: str, rate: float) -> float:
    """Return the standard error of a mean difference at another rate, from batch means; 0 with one batch only."""
    batches = results.paths[f"batch.{VIEW}.{first}.company"] - results.paths[f"batch.{VIEW}.{second}.company"]
    whole = batches[: max(results.manifest["paths"] // results.manifest["block"], 1)]
    values = [MeanCash(start, mid).value(rate) for start, mid in whole]
    return standard_error(np.array(values))


PAID_BESIDE_RESEARCH = {
    line.name for line in LEDGER if line.part == "deal" and line.payer != "others" and line.step != "contract_research"
}
"""What a deal makes the partner pay the company for, and be paid, besides research."""


def large_firm_return(results: Results, verdict: Verdict, deal_paid: bool) -> float | None:
    """Return the internal rate of the partner's programme.

    With the deal paid it bears all it owes the company; otherwise research is the only price of its leads, although
    the early candidates come found.
    """
    lines = {line.name for line in LEDGER} - (set() if deal_paid else PAID_BESIDE_RESEARCH)
    return internal_rate(mean_cash(results, verdict.signing.slug, "partner", lines, PRETAX))
