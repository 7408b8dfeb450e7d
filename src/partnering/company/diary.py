"""The diary of a company: what falls due in which quarter on which lane, booked when it becomes certain that it will.

A lane is one path under one strategy. Decisions read the entries of quarters up to their own.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Entry(IntEnum):
    """What is booked. Levels hold from a quarter on until they are changed; the others are amounts of one quarter."""

    START = 0  # paid or received at the start of the quarter, musd
    RECURRING = 1  # over the quarter: royalties, own sales less their costs, its share of the partner's spending, musd
    RATE = 2  # level: spending on stages over a quarter, musd
    OWN = 3  # level: worth of what the company works on itself, musd
    HELD = 4  # level: worth of its rights in what others work on, musd
    WORK = 5  # level: how many candidates it works on
    RIGHTS = 6  # level: how many others work on for it
    ONCE = 7  # what sales of products bring once, musd


@dataclass(frozen=True)
class Diary:
    """Entries by kind, quarter and lane; those after the horizon are dropped. And when stages were started."""

    entries: NDArray[np.float64]  # (kind, quarter, lane)
    started: NDArray[np.int16]  # (row, stage): quarter, -1 where the company has started none

    @property
    def horizon(self) -> int:
        """The number of quarters."""
        return self.entries.shape[1]

    def point(
        self, kind: Entry, lane: NDArray[np.int64], quarter: NDArray[np.int64], amount: NDArray, now: int = 0
    ) -> None:
        """Add amounts of single quarters; those before `now` are history and stay as they are."""
        kept = np.flatnonzero((quarter >= now) & (quarter < self.horizon) & (amount != 0))
        lanes = self.entries.shape[2]
        cell = quarter.take(kept).astype(np.int64) * lanes + lane.take(kept)
        np.add.at(self.entries[kind].reshape(-1), cell, amount.take(kept))

    def level(
        self,
        kind: Entry,
        lane: NDArray[np.int64],
        first: NDArray[np.int64],
        last: NDArray[np.int64],
        amount: NDArray,
        now: int = 0,
    ) -> None:
        """Raise a level from quarter `first` until `last` (not included), as far as that is not history by `now`."""
        begins, ends = np.maximum(first, now), np.maximum(last, now)
        lasts = np.flatnonzero((ends > begins) & (amount != 0))
        lane, amount = lane.take(lasts), amount.take(lasts)
        self.point(kind, lane, begins.take(lasts), amount)
        self.point(kind, lane, ends.take(lasts), -amount)


def open_diary(horizon: int, lanes: int) -> Diary:
    """Return an empty diary, of no candidates yet."""
    return Diary(np.zeros((len(Entry), horizon, lanes)), np.zeros((0, 0), dtype=np.int16))
