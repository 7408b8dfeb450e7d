"""What a company is at a moment of the quarter, on every lane, and what happened to it so far in the quarter."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.company.policy import Policy
from partnering.company.portfolio import NONE, Portfolio
from partnering.company.tax import Losses
from partnering.course.research import NEVER
from partnering.world.candidates import Origin

HALVES = 2
"""Moments in a quarter: payments at its start, at 2q; flows at its middle, at 2q + 1."""

WAITING = np.iinfo(np.int16).max // 2
"""The quarter of what is not due yet."""


@dataclass(frozen=True)
class State:
    """Arrays by lane unless said otherwise. `today` has the amounts of the quarter's sub-steps, in their order."""

    cash: NDArray[np.float64]
    shares: NDArray[np.float64]  # millions
    last_raise: NDArray[np.int64]
    ended: NDArray[np.int64]  # moment from which the company is no more, NEVER while it is
    forced: NDArray[np.bool_]  # ended for want of money
    rate: NDArray[np.float64]  # spending on stages over a quarter
    own: NDArray[np.float64]  # worth of what it works on
    held: NDArray[np.float64]  # worth of its rights in what others work on
    work: NDArray[np.float64]
    rights: NDArray[np.float64]
    base_burn: NDArray[np.float64]  # of the quarter, if it is there
    recurring: NDArray[np.float64]  # what products brought in the quarter before
    income: NDArray[np.float64]  # of the year so far, nominal
    losses: Losses
    researched: NDArray[np.float64]  # cumulated, in units of the company's productivity
    due: NDArray[np.int16]  # (row,): quarter the next stage may start, WAITING if none
    stage: NDArray[np.int8]  # (row,): that stage, NONE if none is left
    shift: NDArray[np.int16]  # (row,): quarters by which it is later than planned, with the stage started last
    running: NDArray[np.int8]  # (row,): stage under way at the company, NONE if none
    runs_until: NDArray[np.int16]  # (row,)
    expected_end: NDArray[np.int16]  # (row,): of the stage under way
    found: NDArray[np.int16]  # (row,): quarter it is there from, WAITING before
    closes: NDArray[np.int16]  # (row,): quarter the company's own work on it ends, WAITING if not known yet
    priced: NDArray[np.bool_]  # (row,): what it brings as a product is in the diary
    ready: NDArray[np.int64]  # rows whose next stage may start, as the quarter begins
    under_way: NDArray[np.int64]  # rows with a stage under way at the company, as the quarter begins
    sold: NDArray[np.int64]  # (row,): moment it changes hands, NEVER if it does not
    price: NDArray[np.float64]  # (row,): what that brought; nothing for one that is stopped
    today: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Whether the company is there, by lane."""
        return self.ended == NEVER

    def change(self, **parts: Any) -> "State":
        """Return the state with some parts replaced; `dataclasses.replace` would take a tenth of a quarter's time."""
        if unknown := parts.keys() - self.__dict__.keys():
            raise TypeError(f"a state has no {', '.join(sorted(unknown))}")
        other = object.__new__(State)
        other.__dict__.update(self.__dict__, **parts)
        return other

    def note(self, **amounts: NDArray[np.float64]) -> "State":
        """Return the state with amounts of today noted."""
        return self.change(today=self.today | amounts)


def opening(policy: Policy, portfolio: Portfolio, lanes: int) -> State:
    """Return the company on the day: nothing has started, candidates that exist are due."""
    zero, never = np.zeros(lanes), np.full(lanes, NEVER)
    rows, first = len(portfolio.lane), np.argmax(portfolio.paid, axis=1)
    exists = portfolio.mobile & (portfolio.course.candidates.origin != Origin.LEAD)
    starts = portfolio.course.start[np.arange(rows), first]
    none = np.full(rows, NONE, dtype=np.int8)
    return State(
        cash=np.full(lanes, policy.opening_cash),
        shares=np.full(lanes, policy.shares),
        last_raise=np.full(lanes, -NEVER),
        ended=never,
        forced=np.zeros(lanes, dtype=bool),
        rate=zero,
        own=zero,
        held=zero,
        work=zero,
        rights=zero,
        base_burn=zero,
        recurring=zero,
        income=zero,
        researched=zero,
        losses=Losses(np.tile(policy.losses, lanes // len(policy.losses))[None]),
        due=np.where(exists, starts, WAITING).astype(np.int16),
        stage=np.where(portfolio.mobile, first, NONE).astype(np.int8),
        shift=np.zeros(rows, dtype=np.int16),
        running=none,
        runs_until=np.zeros(rows, dtype=np.int16),
        expected_end=np.zeros(rows, dtype=np.int16),
        found=np.where(portfolio.mobile & ~exists, WAITING, portfolio.course.crossing).astype(np.int16),
        closes=np.where(portfolio.mobile, WAITING, portfolio.work_until).astype(np.int16),
        priced=~portfolio.mobile,
        ready=np.zeros(0, dtype=np.int64),
        under_way=np.zeros(0, dtype=np.int64),
        sold=np.full(rows, NEVER),
        price=np.zeros(rows),
    )
