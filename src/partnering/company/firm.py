"""A company before its first quarter: its rules, its candidates, its contract and the capital market, lane by lane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.company.diary import Diary, Entry
from partnering.company.policy import Policy
from partnering.company.portfolio import NONE, Portfolio
from partnering.course.outlook import Outlook
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Contract:
    """What a signed deal pays for research, and what is expected of research; arrays (quarter, lane).

    They end with a quarter that stands for all later ones.
    """

    net: NDArray[np.float64]  # funding less what the research costs
    funded: NDArray[np.float64]  # research it pays for, in units of the company's productivity
    ahead: dict[int, NDArray[np.float64]]  # by quarters looked ahead: net funding decided by then, as expected
    worth: NDArray[np.float64]  # of funding decided and not yet paid: its margin and the leads it is to find
    own_research: NDArray[np.bool_]  # whether the company pays for its own research
    awaited: NDArray[np.bool_]  # before a later signing nothing is put off

    @staticmethod
    def of(page: NDArray, quarter: int) -> NDArray:
        """Return a quarter's values, by lane."""
        return page[min(quarter, len(page) - 1)]


@dataclass(frozen=True)
class Firm:
    """All that a quarter's step reads and does not change, but for the diary, which it adds later entries to."""

    scenario: Scenario
    theta: Theta
    policy: Policy
    outlook: Outlook
    least_sales: NDArray[np.float64] | None
    portfolio: Portfolio
    contract: Contract
    diary: Diary
    open: NDArray[np.bool_]  # (quarter, lane): whether equity can be sold
    swing: NDArray[np.float64]  # (quarter, lane): of the market value
    unlimited: bool
    sought: NDArray[np.int64]  # rows that the company's own research is to find
    lead_worth: NDArray[np.float64]  # (lane,): of a lead of its own research
    licences_a_year: NDArray[np.float64]  # (lane,)
    placed: dict[int, NDArray[np.float64]]  # by quarter: what the partner pays for shares at their price, (lane,)
    franchise: float

    @property
    def lanes(self) -> int:
        """The number of lanes."""
        return self.open.shape[1]

    def of_path(self, by_path: NDArray) -> NDArray:
        """Return values by path for every lane."""
        return np.tile(by_path, self.lanes // len(by_path))


def book_standing(portfolio: Portfolio, diary: Diary, run_on: NDArray[np.float64]) -> None:
    """Book all that money cannot move: rows whose stages the company does not pay for, or that may not wait."""
    row = np.flatnonzero(~portfolio.mobile)
    none = np.zeros(len(portfolio.lane), dtype=np.int64)
    for stage in Stage:
        book_stage(portfolio, diary, row[portfolio.course.entered[row, stage]], stage, none, -1)
    book_rest(portfolio, diary, row, none, 0)
    sells = row[portfolio.slot[row] != NONE]
    book_product(portfolio, diary, run_on, sells, portfolio.course.launch[sells], -1)
    begins, ends = portfolio.course.crossing[row], portfolio.work_until[row]
    diary.level(Entry.WORK, portfolio.lane[row], begins, ends, np.ones(len(row)))
    exist = np.flatnonzero(portfolio.mobile & (portfolio.course.candidates.origin != Origin.LEAD))
    diary.point(Entry.WORK, portfolio.lane[exist], np.zeros(len(exist), dtype=np.int64), np.ones(len(exist)))


def book_stage(
    portfolio: Portfolio, diary: Diary, row: NDArray, stage: int, shift: NDArray, quarter: int, sign: int = 1
) -> None:
    """Book spending on a stage and what the candidate is worth in it, of rows that enter it; sign -1 takes it out.

    Spending counts from the middle of `quarter`, worth and payments at a quarter's start from the next one.
    """
    lane, at, own = portfolio.lane[row], shift[row], portfolio.own[row, stage]
    spent = portfolio.spent_from[row, stage] + at, portfolio.spent_until[row, stage] + at
    diary.level(Entry.RATE, lane, *spent, sign * portfolio.rate[row, stage], quarter)
    starts = portfolio.course.start[row, stage] + at
    diary.point(Entry.START, lane, starts, -sign * portfolio.fee[row, stage], quarter + (sign < 0))
    stands = starts, portfolio.until[row, stage] + at
    for kind, mine in ((Entry.OWN, own), (Entry.HELD, ~own)):
        diary.level(kind, lane, *stands, sign * portfolio.worth[row, stage] * mine, quarter + 1)


def book_rest(portfolio: Portfolio, diary: Diary, row: NDArray, shift: NDArray, now: int, sign: int = 1) -> None:
    """Book payments and rights in others' work, of rows with one shift each.

    Payments at a quarter's start count from `now`, those over a quarter from the one before.
    """
    at = shift[row]
    rights = portfolio.rights_from[row] + at, portfolio.rights_until[row] + at
    diary.level(Entry.RIGHTS, portfolio.lane[row], *rights, np.full(len(row), float(sign)), now)
    due = portfolio.payments.of(row)
    who, kind = portfolio.payments.row[due], portfolio.payments.kind[due]
    amount = sign * portfolio.payments.amount[due] * portfolio.payments.kept[due] ** shift[who]
    quarter = portfolio.payments.quarter[due] + shift[who]
    for entry, first in ((Entry.START, now), (Entry.RECURRING, now - 1)):
        this = kind == entry
        diary.point(entry, portfolio.lane[who[this]], quarter[this], amount[this], first)


def book_product(
    portfolio: Portfolio,
    diary: Diary,
    run_on: NDArray[np.float64],
    row: NDArray,
    launch: NDArray,
    quarter: int,
    sign: int = 1,
) -> None:
    """Book what products bring and, from the second year on, what they are seen to be worth."""
    brings, own = portfolio.brings[portfolio.slot[row]], portfolio.own[row, Stage.MARKET]
    for kind, page in ((Entry.RECURRING, brings), (Entry.ONCE, portfolio.once[portfolio.slot[row]])):
        place, when = np.nonzero(page)
        diary.point(kind, portfolio.lane[row[place]], when, sign * page[place, when], quarter)
    steps = np.diff(seen_worth(brings, launch, portfolio.shape[row], run_on), axis=1, prepend=0.0)
    place, when = np.nonzero(steps)
    last = np.full(len(place), diary.horizon)
    for kind, mine in ((Entry.OWN, own[place]), (Entry.HELD, ~own[place])):
        change = sign * steps[place, when] * mine
        diary.level(kind, portfolio.lane[row[place]], when, last, change, quarter + 1)


def seen_worth(
    brings: NDArray[np.float64], launch: NDArray[np.int64], shape: NDArray[np.int64], run_on: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what products are worth from their second year on: what the quarter before brought, run on as expected."""
    since = np.arange(brings.shape[1]) - launch[:, None]
    multiple = run_on[shape[:, None], np.clip(since, 0, run_on.shape[1] - 1)]
    before = np.concatenate([np.zeros((len(brings), 1)), brings[:, :-1]], axis=1)
    return np.where(since >= QUARTERS, np.maximum(before * multiple, 0.0), 0.0)
