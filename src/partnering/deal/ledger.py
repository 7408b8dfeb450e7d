"""The ledger: every flow names payer and payee, so each account's books follow and all of them sum to zero.

What the deal makes flow is a term times its exposure.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partnering.course.strategies import Party
from partnering.world.theta import indices

ROUNDING = float(np.sqrt(np.finfo(float).eps))
"""What sums of money may be off by, musd: amounts no further apart are equal."""

DEAL_LINES = (
    *("upfront", "research_funding", "extension_funding", "milestones", "royalties"),
    *("copromotion_profit", "copromotion_refund"),
    *("returned_milestones", "returned_royalties", "reversion_royalties"),
    *("equity_premium", "opt_in_fees", "sales_milestones", "royalty_floor", "profit_sharing"),
    *("cost_sharing", "filing_sharing"),
)
"""What the deal transfers: lines that are terms times exposures."""

PROGRAMME_LINES = (
    *DEAL_LINES,
    *("license_upfront", "license_milestones", "license_royalties"),
    *("net_sales", "cogs", "selling", "launch_build", "lifecycle"),
    *("research_cost", "extension_research", "own_research", "preclinical", "phase_1", "phase_2", "phase_3"),
    *("late_manufacturing", "filing"),
)
COMMON = "common_"
"""Prefix of the lines of the clinical candidates kept in every strategy."""

TECHNOLOGY_LINES = {
    "license_upfront": "technology_fees",
    "license_milestones": "technology_milestones",
    "license_royalties": "technology_royalties",
}
"""Lines of licences of the technology, by what each is of any licence."""

COMPANY_LINES = ("base_burn", "rights_sold", "tax", "issue_fee", "unpaid_bills")
"""Lines of the company as a whole."""

CAPITAL_LINES = ("equity_raise", "share_placement", "paid_to_owners")
"""Money between the company and its owners: booked, but no part of its value."""

COMMON_LINES = tuple(COMMON + line for line in PROGRAMME_LINES if line not in DEAL_LINES)
LINES = (*PROGRAMME_LINES, *COMMON_LINES, *TECHNOLOGY_LINES.values(), *COMPANY_LINES, *CAPITAL_LINES)
"""Every line of the ledger, in the order of the tables."""


@dataclass(frozen=True)
class Flow:
    """Payments under one line from payer to payee; each entry pays `amount` in each of its quarters.

    Amounts are real, in musd, and not negative. `timing` is start (events) or mid (continuous). A flow outside
    the programme (common candidates, technology licences, base burn) is booked but is not part of a pre-tax value.
    """

    line: str
    payer: Party
    payee: Party
    timing: str
    path: NDArray[np.int64]
    first: NDArray[np.int64]
    amount: NDArray[np.float64]
    row: NDArray[np.int64] | None = None
    quarters: NDArray[np.int64] | None = None  # how many quarters each entry pays; one if None
    programme: bool = True
    reverses: bool = False  # takes back, or hands over, what another flow of the line pays

    @property
    def last(self) -> NDArray[np.int64]:
        """The quarter after the last one paid."""
        return self.first + (1 if self.quarters is None else self.quarters)

    def scaled(self, factor: float | NDArray[np.float64], line: str | None = None) -> "Flow":
        """Return this flow times a term: a transfer from its exposure."""
        return replace(self, amount=self.amount * factor, line=line or self.line)

    def clipped(self, horizon: int) -> "Flow":
        """Return the part of this flow inside the horizon."""
        quarters = None if self.quarters is None else np.minimum(self.last, horizon) - self.first
        lasts = self.first < horizon if quarters is None else quarters > 0
        kept = lasts & (self.amount != 0)
        whole = replace(self, quarters=quarters)
        return whole if kept.all() else whole.entries(kept)

    def from_moment(self, moment: NDArray[np.int64]) -> "Flow":
        """Return the part paid from a moment on, by entry: quarters start at 2q, their middle is 2q + 1."""
        begins = (moment + 1) // 2 if self.timing == "start" else moment // 2
        first = np.maximum(self.first, begins)
        kept = np.flatnonzero(first < self.last)
        part = self.entries(kept)
        if self.quarters is None:
            return part
        return replace(part, first=first[kept], quarters=(self.last - first)[kept])

    def entries(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Flow":
        """Return the chosen entries."""
        place, names = indices(chosen), ("path", "first", "amount", "row", "quarters")
        kept = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return replace(self, **{name: values.take(place) for name, values in kept.items()})


@dataclass(frozen=True)
class Exposure:
    """One term: the path of its leaf (and place in it), its value, and what one unit of it pays."""

    term: str
    value: float
    unit: Flow

    @property
    def transfer(self) -> Flow:
        """What the term pays."""
        return self.unit.scaled(self.value)


def leaf_of(term: str) -> tuple[str, int | None]:
    """Return the path of a term's leaf, and its place where that is a list."""
    path, _, place = term.rstrip("]").partition("[")
    return path, int(place) if place else None


def owed(
    line: str,
    timing: str,
    path: NDArray[np.int64],
    first: NDArray[np.int64],
    amount: NDArray[np.float64],
    row: NDArray[np.int64] | None = None,
    payer: Party = Party.PARTNER,
    payee: Party = Party.COMPANY,
) -> Flow:
    """Return what the deal makes a party pay, the partner to the company unless said."""
    return Flow(line, payer, payee, timing, path, first, amount, row)


def sign(flow: Flow, party: Party) -> int:
    """Return +1 if the party receives the flow, -1 if it pays it, 0 otherwise."""
    return int(flow.payee == party) - int(flow.payer == party)


def net_by_quarter(flows: list[Flow], party: Party, paths: int, horizon: int) -> NDArray[np.float64]:
    """Return the party's net cash, shape (path, quarter)."""
    cells, amounts = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for flow in flows:
        if seen := sign(flow, party):
            entry, quarter = spread(flow)
            cells.append(flow.path[entry] * horizon + quarter)
            amounts.append(seen * flow.amount[entry])
    return add_up(np.concatenate(amounts), np.concatenate(cells), paths * horizon).reshape(paths, horizon)


def by_path_and_quarter(flow: Flow, paths: int, horizon: int) -> NDArray[np.float64]:
    """Return a flow as an array (path, quarter)."""
    entry, quarter = spread(flow)
    cell = flow.path[entry] * horizon + quarter
    return add_up(flow.amount[entry], cell, paths * horizon).reshape(paths, horizon)


def by_quarter(flow: Flow, horizon: int) -> NDArray[np.float64]:
    """Return a flow summed over paths, shape (quarter,)."""
    entry, quarter = spread(flow)
    return add_up(flow.amount.take(entry), quarter, horizon)


def add_up(amount: NDArray[np.float64], place: NDArray[np.int64], places: int) -> NDArray[np.float64]:
    """Return the sum of amounts by place, shape (places,)."""
    return np.bincount(place, amount, places).astype(np.float64, copy=False)


def spread(flow: Flow) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (entry, quarter) of every single payment."""
    entry = np.arange(len(flow.first))
    if flow.quarters is None:
        return entry, flow.first
    entry = np.repeat(entry, flow.quarters)
    begins = np.cumsum(flow.quarters) - flow.quarters
    return entry, np.arange(len(entry)) + (flow.first - begins).take(entry)
