"""The books as the company's money leaves them: the course as financed, what changed hands, its own account."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partnering.company.contract import CONTRACT_LINES, SIGNING_LINES
from partnering.company.delay import course_as_financed
from partnering.company.live import Life
from partnering.company.state import HALVES, WAITING
from partnering.course.gates import Beliefs
from partnering.course.pathway import Course
from partnering.course.plan import Plan
from partnering.course.research import NEVER
from partnering.course.strategies import Party
from partnering.deal.books import Books, book_kept, book_plan
from partnering.deal.ledger import Flow
from partnering.world.candidates import Origin

ACCOUNT = {
    "base_burn": ("base_burn", Party.SUPPLIERS),
    "own_research": ("own_research", Party.SUPPLIERS),
    "sold": ("rights_sold", Party.OTHERS),
    "tax": ("tax", Party.TAX),
    "raised": ("equity_raise", Party.INVESTORS),
    "placed": ("share_placement", Party.PARTNER),
    "issue_fee": ("issue_fee", Party.SUPPLIERS),
    "paid_out": ("paid_to_owners", Party.INVESTORS),
    "unpaid": ("unpaid_bills", Party.SUPPLIERS),
}
"""The company's own account: line and other party of every amount kept of its life."""

OTHER_PARTY = dict(ACCOUNT.values())


@dataclass(frozen=True)
class Held:
    """Until when the company holds its candidates: moments by row of a course, and rows that are no more."""

    until: NDArray[np.int64]  # (row,): moment from which its flows are somebody else's
    stopped: NDArray[np.int64]  # (row,): moment from which it is not developed any more


@dataclass(frozen=True)
class Settled:
    """One strategy in a view in which the company's money counts."""

    books: Books  # its flows: those of the course, and what changed hands or did not happen
    account: dict[str, NDArray[np.float64]]  # the company's own, (quarter, path) by line, signed
    held: Held

    @property
    def flows(self) -> list[Flow]:
        """All flows, those of the company's own account among them."""
        return [*self.books.flows, *_account_flows(self.account)]


def settle(life: Life, all_books: list[Books], beliefs: list[Beliefs]) -> Iterator[Settled]:
    """Yield the books of every strategy as financed, or as planned if the firm's money is unlimited."""
    firm, size, row = life.firm, life.firm.theta.size, 0
    for place, (books, table) in enumerate(zip(all_books, beliefs, strict=True)):
        lanes = slice(place * size, (place + 1) * size)
        ended = life.state.ended[lanes]
        programme = slice(row, row + len(books.course.path))
        common = slice(programme.stop, programme.stop + len(books.outside[0].course.path))
        row = common.stop
        if firm.unlimited:
            kept = books, _held(life, programme, ended), _held(life, common, ended)
        else:
            kept = _financed(life, books, table, programme, common, ended)
        yield _settled(life, *kept, ended, lanes)


def _financed(
    life: Life, books: Books, beliefs: Beliefs, programme: slice, common: slice, ended: NDArray[np.int64]
) -> tuple[Books, Held, Held]:
    """Return the books of the course as financed, with who holds its candidates."""
    firm = life.firm
    course, held = _course(life, programme, ended)
    kept_course, kept_held = _course(life, common, ended)
    plan = Plan(course, books.plan.signing, books.plan.extensions)
    outside = book_kept(firm.scenario, firm.theta, kept_course, beliefs), books.outside[1]
    return book_plan(firm.scenario, firm.theta, plan, books.strategy, beliefs, outside), held, kept_held


def _course(life: Life, rows: slice, ended: NDArray[np.int64]) -> tuple[Course, Held]:
    """Return the course of some rows as financed, without leads that are not found, and who holds them."""
    course = course_as_financed(life.firm, life.state, np.arange(rows.start, rows.stop))
    there = (life.state.found[rows] < WAITING) & ~_found_too_late(course, ended)
    held = _held(life, rows, ended)
    return course.take(there), Held(held.until[there], held.stopped[there])


def _held(life: Life, rows: slice, ended: NDArray[np.int64]) -> Held:
    """Return until when the company holds some rows; leads it is not there to find do not exist."""
    course, state = life.firm.portfolio.course.take(np.arange(rows.start, rows.stop)), life.state
    sold, nothing = state.sold[rows], state.price[rows] <= 0
    until = np.minimum(sold, ended[course.path])
    stopped = np.where(_found_too_late(course, ended), 0, np.where(nothing & (sold <= until), sold, NEVER))
    return Held(until, stopped)


def _found_too_late(course: Course, ended: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the leads that would be found, in the middle of a quarter, when the company is no more."""
    lead = course.candidates.origin == Origin.LEAD
    return lead & (HALVES * course.crossing + 1 >= ended[course.path])


def _settled(life: Life, books: Books, held: Held, kept: Held, ended: NDArray[np.int64], lanes: slice) -> Settled:
    """Return the books with what changed hands or did not happen, and the company's account."""
    common, technology = books.outside
    flows = [f for f in _while_there(books.flows, ended) if f.line not in ("base_burn", "own_research")]
    programme = [f for f in flows if f.programme]
    none = np.full(len(technology.course.path), NEVER)
    carried = Held(ended[technology.course.path], none)
    for part, who in ((programme, held), (common.flows, kept), (technology.flows, carried)):
        flows += _changes(part, who)
    account = {line: life.kept[name][:, lanes] for name, (line, _) in ACCOUNT.items() if life.kept[name].any()}
    return Settled(replace(books, flows=flows), account, held)


def _while_there(flows: list[Flow], ended: NDArray[np.int64]) -> Iterator[Flow]:
    """Yield the flows, the upfront and contract research as long as the company is there."""
    for flow in flows:
        moment = HALVES * flow.first + (flow.timing == "mid")
        yield flow.entries(moment < ended[flow.path]) if flow.line in (*SIGNING_LINES, *CONTRACT_LINES) else flow


def _changes(flows: list[Flow], held: Held) -> Iterator[Flow]:
    """Yield what undoes the flows of candidates that have stopped, and hands over those of candidates sold."""
    for flow in flows:
        if flow.row is None or not len(flow.row):
            continue
        undone = flow.from_moment(held.stopped[flow.row])
        if len(undone.path):
            yield replace(undone, payer=flow.payee, payee=flow.payer, reverses=True)
        mine = held.stopped[flow.row] > held.until[flow.row]
        gone = flow.from_moment(np.where(mine, held.until[flow.row], NEVER))
        if len(gone.path) and Party.COMPANY in (flow.payer, flow.payee):
            received = flow.payee == Party.COMPANY
            payer, payee = (Party.COMPANY, Party.OTHERS) if received else (Party.OTHERS, Party.COMPANY)
            yield replace(gone, payer=payer, payee=payee, reverses=True)


def _account_flows(account: dict[str, NDArray[np.float64]]) -> Iterator[Flow]:
    """Yield the company's own account as flows."""
    for line, page in account.items():
        quarter, path = np.nonzero(page)
        amount, other = page[quarter, path], OTHER_PARTY[line]
        for kept, payer, payee in ((amount > 0, other, Party.COMPANY), (amount < 0, Party.COMPANY, other)):
            if kept.any():
                at = path[kept], quarter[kept], np.abs(amount[kept])
                yield Flow(line, payer, payee, timing_of(line), *at, programme=line == "own_research")


def timing_of(line: str) -> str:
    """Return when in the quarter a line of the company's own account is paid: shares are sold at its start."""
    return "start" if line in ("equity_raise", "share_placement", "issue_fee") else "mid"
