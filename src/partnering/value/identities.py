"""Identities that hold in every run: each returns a named residual; a failed one stops the report."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, start_years
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import DEAL_LINES, Exposure, Flow, net_by_quarter, sign
from partnering.inputs.scenario import Scenario
from partnering.value.present import discount_factors, value_by_path
from partnering.world.candidates import DEVELOPMENT, Stage

STARTS = {"phase_1": Stage.PHASE_1, "phase_2": Stage.PHASE_2, "phase_3": Stage.PHASE_3, "bla": Stage.REVIEW}
"""The stage whose start each ladder step is paid at; later steps follow the start of the market stage."""

EXACT = 1e-9
"""Largest residual, in musd on one path, that rounding may leave."""


@dataclass(frozen=True)
class Check:
    """An identity: its name, what is left of it, and whether that is rounding only."""

    name: str
    residual: float
    tolerance: float = EXACT

    @property
    def passed(self) -> bool:
        """Whether the residual is within tolerance (a NaN is not)."""
        return bool(self.residual <= self.tolerance)


def check_books(books: Books, paths: int, horizon: int) -> list[Check]:
    """Return every identity of one strategy over a block of paths."""
    slug = books.strategy.slug
    found = {
        "books sum to zero": books_residual(books.flows, paths, horizon),
        "present value of the sum is the sum of present values": value_residual(books, paths, horizon),
        "transfers are terms times exposures": transfer_residual(books, paths, horizon),
        "nothing received before its event": float(early_receipts(books)),
        "stages follow each other": float(stage_disorder(books.course)),
        "no candidate in two places": float(doubled_candidates(books.course)),
        "no negative payment": float(sum(int((flow.amount < 0).sum()) for flow in books.flows)),
    }
    return [Check(f"{slug}: {name}", residual) for name, residual in found.items()]


def check_cash(slug: str, view: str, flows: list[Flow], cash: NDArray[np.float64], scenario: Scenario) -> Check:
    """Return the largest gap, by path and quarter, between the company's cash and what the ledger makes of it."""
    horizon, paths = cash.shape
    ledger = scenario["company.opening_cash_musd"] + np.cumsum(
        net_by_quarter(flows, Party.COMPANY, paths, horizon), axis=1
    )
    return Check(f"{slug}: cash is conserved, {view}", float(np.abs(ledger.T - cash).max()))


def books_residual(flows: list[Flow], paths: int, horizon: int) -> float:
    """Return the largest sum of all accounts in any path and quarter."""
    return float(np.abs(sum(net_by_quarter(flows, party, paths, horizon) for party in Party)).max())


def value_residual(books: Books, paths: int, horizon: int) -> float:
    """Return the largest gap between discounted quarterly net cash and the sum of the lines' present values."""
    gap = 0.0
    for party in (Party.COMPANY, Party.PARTNER, Party.OTHERS):
        factors = discount_factors(books.strategy.rate_of(party), horizon)
        flows = [flow for flow in books.flows if sign(flow, party)]
        lines = sum((sign(flow, party) * value_by_path(flow, factors, paths) for flow in flows), np.zeros(paths))
        gap = max(gap, float(np.abs(lines - _discounted(books, flows, party, paths, horizon)).max()))
    return gap


def _discounted(books: Books, flows: list[Flow], party: Party, paths: int, horizon: int) -> NDArray[np.float64]:
    quarter, total = np.arange(horizon), np.zeros(paths)
    for timing, t_years in (("start", start_years(quarter)), ("mid", mid_years(quarter))):
        net = net_by_quarter([flow for flow in flows if flow.timing == timing], party, paths, horizon)
        total += (net * discount(t_years, books.strategy.rate_of(party))).sum(axis=1)
    return total


def transfer_residual(books: Books, paths: int, horizon: int) -> float:
    """Return the largest gap, by path, between what the deal moves and its terms times exposures."""
    factors = discount_factors(books.strategy.rate, horizon)
    moved = [flow for flow in books.flows if flow.line in DEAL_LINES]
    gap = sum((value_by_path(flow, factors, paths) for flow in moved), np.zeros(paths))
    for exposure in books.exposures:
        gap = gap - exposure.value * value_by_path(exposure.unit.clipped(horizon), factors, paths)
    return float(np.abs(gap).max())


def early_receipts(books: Books) -> int:
    """Return how many payments reach a party before the event they are for."""
    course = books.course
    dosed = np.where(course.entered[:, Stage.PHASE_1], course.start[:, Stage.PHASE_1], NEVER)
    event = {
        "milestones": np.maximum(dosed, course.taken),
        "royalties": course.launch,
        "royalty_floor": course.launch,
        "profit_sharing": course.launch,
        "sales_milestones": course.launch,
        "opt_in_fees": course.taken,
        "cost_sharing": course.taken,
        "filing_sharing": course.start[:, Stage.REVIEW],
        "copromotion_profit": course.launch,
        "copromotion_refund": course.start[:, Stage.MARKET],
        "returned_milestones": course.resumed,
        "returned_royalties": np.maximum(course.launch, course.resumed),
        "reversion_royalties": np.maximum(course.launch, course.resumed),
        "net_sales": course.launch,
        "license_upfront": course.signed,
        "license_milestones": course.signed,
        "license_royalties": np.maximum(course.launch, course.signed),
    }
    timed = [flow for flow in books.flows if flow.line in event and flow.row is not None]
    early = sum(int((flow.first < event[flow.line][flow.row]).sum()) for flow in timed)
    early += sum(int((f.first < books.plan.signing[f.path]).sum()) for f in books.flows if f.line in DEAL_LINES)
    early += sum(_early_licence_steps(course, flow) for flow in timed if flow.line == "license_milestones")
    ladders = [exposure for exposure in books.exposures if "ladder" in exposure.term]
    return early + sum(_early_steps(course, exposure) for exposure in ladders)


def _early_steps(course: Course, exposure: Exposure) -> int:
    """Return how many payments of a ladder step come before the stage it is for has started."""
    name = exposure.term.rsplit(".", 1)[1].removesuffix("_musd")
    stage = STARTS.get(name, Stage.MARKET)
    row = exposure.unit.row
    return 0 if row is None else int((exposure.unit.first < course.start[row, stage]).sum())


def _early_licence_steps(course: Course, flow: Flow) -> int:
    """Return how many licence milestones are paid neither when a stage starts nor after approval."""
    due = course.entered[flow.row] & (course.start[flow.row] == flow.first[:, None])
    approved = course.approved[flow.row] & (flow.first >= course.start[flow.row, Stage.MARKET])
    return int((~(due.any(axis=1) | approved)).sum())


def stage_disorder(course: Course) -> int:
    """Return how many stages are entered without the one before, or start before it has ended."""
    first = np.argmax(course.entered, axis=1)
    wrong = 0
    for earlier, later in pairwise((*DEVELOPMENT, Stage.MARKET)):
        after_first = course.entered[:, later] & (first < later)
        wrong += int((after_first & ~course.entered[:, earlier]).sum())
        wrong += int((after_first & (course.start[:, later] < course.end[:, earlier])).sum())
    return wrong


def doubled_candidates(course: Course) -> int:
    """Return how many candidates appear more than once on a path."""
    who = np.column_stack([course.path, course.candidates.origin, course.candidates.number])
    return len(who) - len(np.unique(who, axis=0))
