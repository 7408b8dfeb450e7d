"""The rate a programme earns, from mean cash by quarter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.clock import discount, mid_years, start_years
from partnering.inputs.lines import LEDGER
from partnering.results.schema import PRETAX, VIEW
from partnering.results.stored import Results

GRID = 256
"""Rates tried between none and one."""


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


def internal_rate(cash: MeanCash) -> float | None:
    """Return the lowest rate below one at which cash is worth nothing, None if there is none."""
    grid = np.linspace(0.0, 1.0, GRID)
    signs = np.sign([cash.value(rate) for rate in grid])
    turns = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    return float(brentq(cash.value, grid[turns[0]], grid[turns[0] + 1])) if len(turns) else None


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


PAID_BESIDE_RESEARCH = {
    line.name for line in LEDGER if line.part == "deal" and line.payer != "others" and line.step != "contract_research"
}
"""What a deal makes the partner pay the company for, and be paid, besides research."""


def large_firm_return(results: Results, signing: str, deal_paid: bool) -> float | None:
    """Return the internal rate of the partner's programme where the company signs.

    With the deal paid it bears all it owes the company; otherwise research is the only price of its leads, although
    the early candidates come found.
    """
    lines = {line.name for line in LEDGER} - (set() if deal_paid else PAID_BESIDE_RESEARCH)
    return internal_rate(mean_cash(results, signing, "partner", lines, PRETAX))
