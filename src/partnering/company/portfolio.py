"""The candidates of all lanes, each with its cash and its worth in its own time: stage by stage from its course.

The planned course says what happens to a candidate once its stages start; the company's money says when they do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.course.gates import Beliefs, Gates, gates_of
from partnering.course.pathway import Course
from partnering.course.research import NEVER, horizon_quarters
from partnering.course.strategies import Party, Route
from partnering.deal.activity import rights_ends, work_ends
from partnering.deal.ledger import COMMON, Flow, add_up, sign
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Stage
from partnering.world.theta import Theta

PRODUCT_LINES = frozenset(
    (
        *("royalties", "returned_royalties", "copromotion_profit", "license_royalties", "technology_royalties"),
        *("net_sales", "cogs", "selling", "lifecycle"),
    )
)
"""Lines that products bring quarter by quarter: what has come in is seen to recur."""

NONE = -1


def spans(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of several ranges, one after the other."""
    lasts = last - first
    return np.repeat(first - np.cumsum(lasts) + lasts, lasts) + np.arange(lasts.sum())


@dataclass(frozen=True)
class Payments:
    """Receipts and payments at the start of a quarter, by row, in the order of rows; amounts signed, musd."""

    row: NDArray[np.int64]
    quarter: NDArray[np.int64]
    amount: NDArray[np.float64]

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of the payments of some rows."""
        return spans(np.searchsorted(self.row, rows), np.searchsorted(self.row, rows, side="right"))


@dataclass(frozen=True)
class Portfolio:
    """One row per candidate and lane; quarters are those of the planned course."""

    course: Course
    lane: NDArray[np.int64]
    exits: NDArray[np.int64]  # stage after which a licence is sought, NONE if none
    paid: NDArray[np.bool_]  # (row, stage): the company pays for it, and may put it off
    own: NDArray[np.bool_]  # (row, stage): the company runs it
    rate: NDArray[np.float64]  # (row, stage): its spending a quarter
    fee: NDArray[np.float64]  # (row, stage): what it pays as the stage starts
    worth: NDArray[np.float64]  # (row, stage): to the company, by the belief table, from the stage's start
    cost: NDArray[np.float64]  # (row, stage): expected
    lasts: NDArray[np.int64]  # (row, stage): quarters expected
    work_until: NDArray[np.int64]  # quarter in which its own work ends, 0 without
    rights_from: NDArray[np.int64]
    rights_until: NDArray[np.int64]
    slot: NDArray[np.int64]  # place among the products, NONE for others
    brings: NDArray[np.float64]  # (product, quarter): what the company gets from it
    payments: Payments

    @cached_property
    def _by_lane(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows in the order of their lanes, and those lanes."""
        order = np.argsort(self.lane, kind="stable")
        return order, self.lane[order]

    def rows_on(self, lanes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows on some lanes."""
        order, lane = self._by_lane
        return order[spans(np.searchsorted(lane, lanes), np.searchsorted(lane, lanes, side="right"))]

    @cached_property
    def mobile(self) -> NDArray[np.bool_]:
        """Whether want of money can move the row."""
        return np.asarray(self.paid.any(axis=1))

    @cached_property
    def until(self) -> NDArray[np.int64]:
        """The quarter (row, stage) in which a candidate stops standing in a stage: it is over, or it sells.

        One for which a licensee is sought stands where it was until the answer is there.
        """
        lost = (self.course.handed < NEVER) & (self.course.resumed == NEVER)
        after = np.where(lost[:, None], self.course.end, self.course.start[:, 1:])
        return np.column_stack([after, self.launched + QUARTERS])

    @cached_property
    def cost_after(self) -> NDArray[np.float64]:
        """What the next stage is expected to cost the company (row, stage), should this one succeed."""
        after = np.column_stack([self.cost[:, 1:], np.zeros(len(self.cost))])
        licensed = np.arange(after.shape[1]) == self.exits[:, None]
        licenses = (self.course.route == Route.LICENSE_OUT)[:, None]
        return np.where(licensed & licenses, 0.0, after)

    @cached_property
    def launched(self) -> NDArray[np.int64]:
        """The quarter of launch, or a year after the horizon."""
        return np.minimum(self.course.launch, self.brings.shape[1] + QUARTERS)

    @cached_property
    def spent_from(self) -> NDArray[np.int64]:
        """The quarter (row, stage) spending begins in: the launch build with the launch."""
        return np.column_stack([self.course.start[:, :-1], self.launched])

    @cached_property
    def spent_until(self) -> NDArray[np.int64]:
        """The quarter (row, stage) spending ends in: with the stage, or when the deal takes the candidate over."""
        taken = np.where(self.course.collaboration, self.course.taken, NEVER)[:, None]
        return np.column_stack([np.minimum(self.course.end, taken), self.launched + QUARTERS])

    @cached_property
    def follows(self) -> NDArray[np.int64]:
        """The next stage (row, stage) that the company does pay for, NONE if none: known once a stage is over."""
        following = np.full(self.paid.shape, NONE)
        for stage in reversed(Stage):
            if stage < Stage.MARKET:
                following[:, stage] = np.where(self.paid[:, stage + 1], stage + 1, following[:, stage + 1])
        return following


def join(parts: Iterable[Portfolio]) -> Portfolio:
    """Return the rows of several portfolios as one."""
    parts = list(parts)
    rows = np.cumsum([0, *(len(p.lane) for p in parts)])
    slots = np.cumsum([0, *(len(p.brings) for p in parts)])
    plain = {
        f.name: np.concatenate([getattr(p, f.name) for p in parts])
        for f in fields(Portfolio)
        if f.name not in ("course", "slot", "payments")
    }
    payments = Payments(
        np.concatenate([p.payments.row + first for p, first in zip(parts, rows, strict=False)]),
        np.concatenate([p.payments.quarter for p in parts]),
        np.concatenate([p.payments.amount for p in parts]),
    )
    slot = [np.where(p.slot == NONE, NONE, p.slot + first) for p, first in zip(parts, slots, strict=False)]
    course = join_courses([p.course for p in parts])
    return Portfolio(course=course, slot=np.concatenate(slot), payments=payments, **plain)


def join_courses(courses: list[Course]) -> Course:
    """Return the rows of several courses as one."""
    columns = {
        f.name: np.concatenate([getattr(c, f.name) for c in courses]) for f in fields(Course) if f.name != "candidates"
    }
    drawn = {f.name: np.concatenate([getattr(c.candidates, f.name) for c in courses]) for f in fields(Candidates)}
    return Course(candidates=Candidates(**drawn), **columns)


def portfolio_of(
    scenario: Scenario,
    theta: Theta,
    beliefs: Beliefs,
    course: Course,
    flows: list[Flow],
    exits: Stage | None,
    first_lane: int,
) -> Portfolio:
    """Return a course with its flows as rows of the lanes from `first_lane` on.

    Candidates that the deal is to take are not put off before it does.
    """
    rows, horizon, gates = len(course.path), horizon_quarters(scenario), gates_of(scenario, course.candidates)
    own = course.own
    paid = course.entered & own & ~course.collaboration[:, None]
    paid[:, Stage.MARKET] &= course.launch < NEVER
    product = np.flatnonzero(course.launch < NEVER)
    slot = np.full(rows, NONE)
    slot[product] = np.arange(len(product))
    rate, fee, brings, payments = _money(course, flows, slot, len(product), horizon)
    return Portfolio(
        course=course,
        lane=course.path + first_lane,
        exits=np.full(rows, NONE if exits is None else int(exits)),
        paid=paid,
        own=own,
        rate=rate,
        fee=fee,
        worth=_worth(beliefs, course, gates),
        cost=beliefs.outlook.cost_musd[gates.kind],
        lasts=beliefs.outlook.quarters[gates.kind],
        work_until=work_ends(course, np.append(last_quarter(brings) + 1, 0)[slot], horizon),
        rights_from=np.where(course.entered & ~own, course.start, NEVER).min(axis=1),
        rights_until=rights_ends(theta, course, horizon),
        slot=slot,
        brings=brings,
        payments=payments,
    )


def _worth(beliefs: Beliefs, course: Course, gates: Gates) -> NDArray[np.float64]:
    """Return what each stage entered is worth to the company as it starts, not below nothing: it may stop."""
    table, worth = beliefs.worth[:, Party.COMPANY], np.zeros(course.start.shape)
    for stage in Stage:
        row = np.flatnonzero(course.entered[:, stage])
        chain, seen = course.chain[row, stage], gates.of(row)
        if stage < Stage.PHASE_3:
            found = table[chain, seen.kind, stage, 0]
        else:
            found = beliefs.read(table[:, :, stage], seen, chain)
        worth[row, stage] = np.maximum(found, 0.0)
    return worth


def _money(course: Course, flows: list[Flow], slot: NDArray, products: int, horizon: int) -> tuple:
    """Return the company's spending by stage (rate, fee), what products bring it, and payments at a quarter's start."""
    shape = course.start.shape
    rate, fee, brings = np.zeros(shape), np.zeros(shape), np.zeros(products * horizon)
    points: list[tuple] = []
    for flow in flows:
        seen, line = sign(flow, Party.COMPANY), flow.line.removeprefix(COMMON)
        if not seen or flow.row is None:
            continue
        if flow.quarters is not None:
            stage = (course.entered[flow.row] & (course.start[flow.row] <= flow.first[:, None])).sum(axis=1)
            stage += course.candidates.first_stage[flow.row] - 1
            rate += add_up(flow.amount, flow.row * shape[1] + stage, rate.size).reshape(shape)
        elif line in PRODUCT_LINES:
            brings += add_up(seen * flow.amount, slot[flow.row] * horizon + flow.first, len(brings))
        elif line == "filing":
            fee[:, Stage.REVIEW] += add_up(flow.amount, flow.row, len(fee))
        else:
            points.append((flow.row, flow.first, seen * flow.amount))
    row, quarter, amount = (np.concatenate(c) for c in zip(*points, strict=True)) if points else np.zeros((3, 0))
    order = np.argsort(row, kind="stable")
    payments = Payments(row[order].astype(np.int64), quarter[order].astype(np.int64), amount[order])
    return rate, fee, brings.reshape(products, horizon), payments


def last_quarter(brings: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the last quarter in which each product brings or costs anything; -1 for one that never does."""
    some = brings != 0
    return np.where(some.any(axis=1), brings.shape[1] - 1 - np.argmax(some[:, ::-1], axis=1), -1)
