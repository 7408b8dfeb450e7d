"""A block of paths through every strategy: draws once, then strategy by strategy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.draws import BLOCK, Luck, draw_candidates, draw_luck, draw_market
from partnering.model.origins import TECHNOLOGY
from partnering.model.pack import Packed, pack_strategy
from partnering.model.path import live_licences, live_paths, opening_worth
from partnering.model.records import BOOK, CANDIDATE, FIRM, OUT, Kept, Market, Space
from partnering.model.stages import MAX_QUARTERS, NONE
from partnering.model.told import TOLD
from partnering.model.views import RIGHTS

VIEWS = 3
EXPLAINED_PATHS = 20
"""Futures whose candidates are kept as planned."""

TOLD_PATHS = 5
"""Futures whose quarters are told step by step."""


@dataclass(frozen=True)
class Played:
    """One strategy over a block: its books by view, and what is kept of it by path."""

    packed: Packed
    books: NDArray  # (view,)
    kept: Kept


def pack(scenario: Scenario, tables: Sequence[tuple[str, Any]]) -> list[Packed]:
    """Return the records of every strategy, given (slug, belief table) each.

    What licences of the technology are worth is the first one's belief in all of them: they are the same licences.
    """
    return [pack_strategy(scenario, slug, table, tables[0][1].outlook.licence_worth) for slug, table in tables]


def reach(packed: Sequence[Packed]) -> tuple[float, float]:
    """Return the most effort that any strategy spends: research in the window, years of licensing the technology."""
    research = max(float(contract["found"].max()) for each in packed for contract in each.contracts)
    return research, max(float(each.rules["effector"][0]) for each in packed)


def play_block(
    scenario: Scenario, packed: Sequence[Packed], seed: int, block: int, size: int, sampled: int = 0
) -> tuple[Luck, Iterator[Played]]:
    """Return the draw of a block, and each strategy as it is lived through; by quarter only some paths are kept."""
    luck = draw_luck(scenario, seed, block, size)
    research, effector = reach(packed)
    futures, drawn = draw_candidates(luck, research, scenario["technology.new_years"] * effector)
    played = play(packed, futures, drawn, draw_market(luck), sampled, block == 0)
    return luck, finite(played, scenario.name, block * BLOCK)


def play(
    packed: Sequence[Packed], futures: NDArray, drawn: NDArray, market: Market, sampled: int, first: bool
) -> Iterator[Played]:
    """Yield every strategy lived through on the same futures."""
    count = futures["count"]
    most = int(max(count[:, :TECHNOLOGY].sum(axis=1).max(), count[:, TECHNOLOGY].max(), 1))
    room = Space(np.zeros(most, CANDIDATE), np.zeros(most, CANDIDATE), np.zeros(most, np.int64), np.zeros(1, FIRM))
    licences: dict[tuple[int, float], tuple[NDArray[np.float64], NDArray]] = {}
    for each in packed:
        if each.shares not in licences:
            brought = np.zeros((len(futures), RIGHTS + 1, int(each.rules["horizon"][0])))
            book = open_books(each)[:1]
            live_licences(each.rules, each.beliefs, futures, drawn, book, room, brought)
            licences[each.shares] = brought, book["events"][0]
    worth = [
        opening_worth(p.rules, p.contracts, p.routes, p.beliefs, futures, drawn, room, licences[p.shares][0])
        for p in packed
        if p.rules["signs"][0] == 0
    ]
    rules = packed[0].rules[0]
    franchise = float(rules["pre_deal_value"] - rules["opening_cash"] - max(worth, default=0.0))
    for each in packed:
        books, kept = open_books(each), room_to_keep(each, len(futures), most, sampled, first, franchise)
        args = each.rules, each.contracts, each.routes, each.beliefs
        brought, events = licences[each.shares]
        live_paths(*args, futures, drawn, market, brought, books, room, kept)
        books["events"][0] += events
        yield Played(each, books, kept)
        del books, kept  # what is kept of a first block is large


class NonFinite(ValueError):
    """An amount on a path is no finite number; one line says on which, and of what."""


def finite(played: Iterable[Played], scenario: str, first: int) -> Iterator[Played]:
    """Yield every strategy as it comes; `first` is the number of the block's first path. Raises NonFinite."""
    for each in played:
        for book in each.books[each.books["bad_line"] != NONE]:
            path, line = first + int(book["bad_path"]), (*lines.LINES, "value_per_share")[int(book["bad_line"])]
            where = f"scenario {scenario}, strategy {each.packed.slug}, path {path}"
            raise NonFinite(f"{where}: {line} is not a finite number")
        yield each
        del each


def open_books(packed: Packed) -> NDArray:
    """Return empty books of a strategy, (view,)."""
    books = np.zeros(VIEWS, dtype=BOOK)
    books["bad_line"] = NONE
    books["factor"], books["nominal"] = packed.factor, 1 / packed.rules["real_mid"][0, :MAX_QUARTERS]
    return books


def room_to_keep(packed: Packed, size: int, most: int, sampled: int, first: bool, franchise: float) -> Kept:
    """Return empty arrays for what is kept of a strategy: of the first block also its first futures in full."""
    horizon = int(packed.rules["horizon"][0])
    explained, told, paged = (min(number, size) if first else 0 for number in (EXPLAINED_PATHS, TOLD_PATHS, size))
    return Kept(
        out=np.zeros((VIEWS, size), dtype=OUT),
        extensions=np.zeros(size, dtype=np.int64),
        franchise=franchise,
        balance=np.zeros((VIEWS, sampled, horizon)),
        net=np.zeros((3, sampled, horizon)),
        told=np.zeros((VIEWS, told, len(TOLD), horizon)),
        paid=np.zeros((VIEWS, told, len(lines.LINES), horizon)),
        sample=np.zeros((len(lines.LINES), 3, paged, horizon), dtype=np.float32),
        courses=np.zeros((explained, most), dtype=CANDIDATE),
        counts=np.zeros(explained, dtype=np.int64),
    )
