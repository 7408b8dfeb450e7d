"""The candidates of all lanes, each with its cash and its worth in its own time: stage by stage from its course.

The planned course says what happens to a candidate once its stages start; the company's money says when they do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount
from partnering.company.diary import Entry
from partnering.course.gates import Beliefs, Gates, gates_of
from partnering.course.pathway import Course, opt_in_stage
from partnering.course.research import NEVER, horizon_quarters
from partnering.course.strategies import Party, Route
from partnering.deal.activity import rights_ends, work_ends
from partnering.deal.books import Books
from partnering.deal.ledger import COMMON, Flow, add_up, sign, spread
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Stage
from partnering.world.theta import Theta

PRODUCT_LINES = frozenset(
    (
        *("royalties", "returned_royalties", "copromotion_profit", "license_royalties", "technology_royalties"),
        "profit_sharing",
        *("net_sales", "cogs", "selling", "lifecycle"),
    )
)
"""Lines that products bring quarter by quarter: what has come in is seen to recur."""

ONCE_LINES = frozenset(("sales_milestones", "royalty_floor"))
"""Lines that sales bring, but not quarter by quarter."""

SHARED_COSTS = "cost_sharing"
"""The line of what the company bears of the partner's spending, over each quarter of it."""

NOMINAL_LINES = frozenset(("opt_in_fees", "milestones", "returned_milestones"))
"""Payments fixed in money of the day: worth less when they come later than planned."""

NONE = -1


def spans(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of several ranges, one after the other."""
    lasts = last - first
    return np.repeat(first - np.cumsum(lasts) + lasts, lasts) + np.arange(lasts.sum())


@dataclass(frozen=True)
class Payments:
    """Receipts and payments by row, in the order of rows; amounts signed, musd."""

    row: NDArray[np.int64]
    quarter: NDArray[np.int64]
    amount: NDArray[np.float64]
    kind: NDArray[np.int64]  # of entry: at the start of a quarter, or recurring
    kept: NDArray[np.float64]  # share of it that a quarter's delay leaves

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of the payments of some rows."""
        return spans(np.searchsorted(self.row, rows), np.searchsorted(self.row, rows, side="right"))


@dataclass(frozen=True)
class Portfolio:
    """One row per candidate and lane; quarters are those of the planned course."""

    course: Course
    lane: NDArray[np.int64]
    exits: NDArray[np.int64]  # stage after which a licence is sought, or the partner may opt in, NONE if none
    opted: NDArray[np.bool_]  # the company co-promotes it
    terms: NDArray[np.float64]  # factor on what the deal pays
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
    brings: NDArray[np.float64]  # (product, quarter): what the company gets from it, quarter by quarter
    once: NDArray[np.float64]  # (product, quarter): what it gets besides
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
    def shape(self) -> NDArray[np.int64]:
        """How what a product brings is seen to run on: 0 as own sales, 1 as a licence's royalty, 2 as the deal's."""
        return np.where(self.own[:, Stage.MARKET], 0, np.where(self.course.collaboration, 2, 1))

    @cached_property
    def cost_after(self) -> NDArray[np.float64]:
        """What the next stage is expected to cost the company (row, stage), should this one succeed."""
        after = np.column_stack([self.cost[:, 1:], np.zeros(len(self.cost))])
        licensed = np.arange(after.shape[1]) == self.exits[:, None]
        licenses = ((self.course.route == Route.LICENSE_OUT) | self.course.collaboration)[:, None]
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
        *(np.concatenate([getattr(p.payments, f.name) for p in parts]) for f in fields(Payments)[1:]),
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
    books: Books | None = None,
) -> Portfolio:
    """Return a course with its flows as rows of the lanes from `first_lane` on; `books` are given of the programme.

    Candidates that the deal is to take are not put off before it does, unless the partner takes them at a later stage.
    """
    option = opt_in_stage(scenario)
    rows, horizon, gates = len(course.path), horizon_quarters(scenario), gates_of(scenario, course.candidates)
    own = course.own
    paid = course.entered & own & (~course.collaboration | (option is not None))[:, None]
    paid[:, Stage.MARKET] &= course.launch < NEVER
    product = np.flatnonzero(course.launch < NEVER)
    slot = np.full(rows, NONE)
    slot[product] = np.arange(len(product))
    rate, fee = _stage_money(course, flows)
    brings, once = (product_money(flows, lines, slot, len(product), horizon) for lines in (PRODUCT_LINES, ONCE_LINES))
    return Portfolio(
        course=course,
        lane=course.path + first_lane,
        exits=np.where(course.collaboration, *(NONE if stage is None else int(stage) for stage in (option, exits))),
        opted=np.zeros(rows, dtype=bool) if books is None else books.opted,
        terms=np.full(rows, 1.0 if books is None else books.strategy.terms_factor),
        paid=paid,
        own=own,
        rate=rate,
        fee=fee,
        worth=_worth(beliefs, course, gates),
        cost=beliefs.outlook.cost_musd[gates.kind],
        lasts=beliefs.outlook.quarters[gates.kind],
        work_until=work_ends(course, np.append(last_quarter(brings) + 1, 0)[slot], horizon),
        rights_from=np.where(course.entered & ~own, course.start, NEVER).min(axis=1),
        rights_until=rights_ends(scenario, theta, course, horizon),
        slot=slot,
        brings=brings,
        once=once,
        payments=_payments(scenario, flows),
    )


def _worth(beliefs: Beliefs, course: Course, gates: Gates) -> NDArray[np.float64]:
    """Return what each stage entered is worth to the company as it starts, its own not below nothing: it may stop."""
    table, worth = beliefs.worth[:, Party.COMPANY], np.zeros(course.start.shape)
    for stage in Stage:
        row = np.flatnonzero(course.entered[:, stage])
        chain, seen = course.chain[row, stage], gates.of(row)
        if stage < Stage.PHASE_3:
            found = table[chain, seen.kind, stage, 0]
        else:
            found = beliefs.read(table[:, :, stage], seen, chain)
        worth[row, stage] = np.where(course.own[row, stage], np.maximum(found, 0.0), found)
    return worth


def _seen(flows: list[Flow]) -> Iterator[tuple[str, int, NDArray[np.int64], Flow]]:
    """Yield (line, whether the company gets or pays it, row, flow) of flows by candidate."""
    for flow in flows:
        if flow.row is not None and (seen := sign(flow, Party.COMPANY)):
            yield flow.line.removeprefix(COMMON), seen, flow.row, flow


def _stage_money(course: Course, flows: list[Flow]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the company's own spending by stage: over each quarter of it, and as it starts."""
    shape = course.start.shape
    rate, fee = np.zeros(shape), np.zeros(shape)
    for line, _, row, flow in _seen(flows):
        if line == "filing":
            fee[:, Stage.REVIEW] += add_up(flow.amount, row, len(fee))
        elif flow.quarters is not None and line != SHARED_COSTS:
            stage = (course.entered[row] & (course.start[row] <= flow.first[:, None])).sum(axis=1)
            stage += course.candidates.first_stage[row] - 1
            rate += add_up(flow.amount, row * shape[1] + stage, rate.size).reshape(shape)
    return rate, fee


def product_money(
    flows: list[Flow], lines: frozenset[str], slot: NDArray[np.int64], products: int, horizon: int
) -> NDArray[np.float64]:
    """Return what some lines bring the company by product and quarter, given each row's place among the products."""
    brings = np.zeros(products * horizon)
    for line, seen, row, flow in _seen(flows):
        if line in lines:
            brings += add_up(seen * flow.amount, slot[row] * horizon + flow.first, len(brings))
    return brings.reshape(products, horizon)


def _payments(scenario: Scenario, flows: list[Flow]) -> Payments:
    """Return what is neither a stage's own spending nor comes from sales; shared costs fall over the quarter."""
    parts = [np.zeros((len(fields(Payments)), 0))]
    erosion = float(discount(1 / QUARTERS, scenario["valuation.inflation_rate"]))
    for line, seen, row, flow in _seen(flows):
        if line in PRODUCT_LINES | ONCE_LINES | {"filing"} or (flow.quarters is not None and line != SHARED_COSTS):
            continue
        entry, quarter = spread(flow)
        kind = Entry.RECURRING if line == SHARED_COSTS else Entry.START
        kept = erosion if line in NOMINAL_LINES else 1.0
        parts.append(np.stack(np.broadcast_arrays(row[entry], quarter, seen * flow.amount[entry], int(kind), kept)))
    row, quarter, amount, kind, kept = np.concatenate(parts, axis=1)
    order = np.argsort(row, kind="stable")
    row, quarter, kind = (column[order].astype(np.int64) for column in (row, quarter, kind))
    return Payments(row, quarter, amount[order], kind, kept[order])


def last_quarter(brings: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the last quarter in which each product brings or costs anything; -1 for one that never does."""
    some = brings != 0
    return np.where(some.any(axis=1), brings.shape[1] - 1 - np.argmax(some[:, ::-1], axis=1), -1)
