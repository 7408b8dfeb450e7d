"""A block of paths through every strategy: draws once, then strategy by strategy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.beliefs import believe
from partnering.model.draws import BLOCK, Luck, draw_candidates, draw_luck, draw_market
from partnering.model.origins import TECHNOLOGY
from partnering.model.pack import Packed, pack_strategy
from partnering.model.parties import OTHERS
from partnering.model.path import live_licences, live_paths, opening_worth
from partnering.model.records import BOOK, CANDIDATE, FIRM, OUT, Kept, Market, Space
from partnering.model.stages import MAX_QUARTERS, NONE
from partnering.model.told import TOLD
from partnering.model.views import FINANCED, PLANNED, PRETAX, RIGHTS

ALL_VIEWS = (PRETAX, PLANNED, FINANCED)
CHECKED_PATHS = 1024
"""Paths of the first block on which the identities are taken."""

EXPLAINED_PATHS = 20
"""Futures whose candidates are kept as planned."""

TOLD_PATHS = 5
"""Futures whose quarters are told step by step."""


@dataclass(frozen=True)
class Keep:
    """Of how many of a block's first paths more is kept than values and sums; views that are lived through."""

    views: tuple[int, ...] = ALL_VIEWS
    by_quarter: int = 0  # cash by quarter
    checked: int = 0
    explained: int = 0
    told: int = 0
    received: int = 0  # what the deal pays, by line and quarter
    units: int = 0  # what a unit of every term of the deal is worth


FIRST_BLOCK = Keep(by_quarter=BLOCK, checked=CHECKED_PATHS, explained=EXPLAINED_PATHS, told=TOLD_PATHS)
"""What a run keeps of its first block, beside what it keeps of every path."""


@dataclass(frozen=True)
class Played:
    """One strategy over a block: its books by view, and what is kept of it by path."""

    packed: Packed
    books: NDArray  # (view,)
    kept: Kept


def slugs_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the strategies of a scenario, the one that surely signs the deal on the day first."""
    return tuple(sorted(scenario.children("strategies"), key=lambda slug: not signs_today(scenario, slug)))


def signs_today(scenario: Scenario, slug: str) -> bool:
    """Return whether a strategy surely signs the deal on the day: the one under test."""
    at = f"strategies.{slug}"
    return (scenario[f"{at}.signs_deal"], scenario[f"{at}.signing_years"], scenario[f"{at}.signing_prob"]) == (
        True,
        0,
        1,
    )


def pack(scenario: Scenario) -> list[Packed]:
    """Return the records of every strategy, in the order of `slugs_of`.

    What licences of the technology are worth is the first one's belief in all of them: they are the same licences.
    """
    tables = {slug: believe(scenario, slug) for slug in slugs_of(scenario)}
    worth = next(iter(tables.values())).licence_worth
    return [pack_strategy(scenario, slug, table, worth) for slug, table in tables.items()]


def reach(packed: Sequence[Packed]) -> tuple[float, float]:
    """Return the most effort that any strategy spends: research in the window, years of licensing the technology."""
    research = max(float(contract["found"].max()) for each in packed for contract in each.contracts)
    return research, max(float(each.rules["effector"][0]) for each in packed)


def play_block(
    scenario: Scenario, packed: Sequence[Packed], seed: int, block: int, size: int, keep: Keep = Keep()
) -> tuple[Luck, Iterator[Played]]:
    """Return the draw of a block, and each strategy as it is lived through."""
    luck = draw_luck(scenario, seed, block, size)
    research, effector = reach(packed)
    futures, drawn = draw_candidates(luck, research, scenario["technology.new_years"] * effector)
    return luck, finite(play(packed, futures, drawn, draw_market(luck), keep), scenario.name, block * BLOCK)


def play(packed: Sequence[Packed], futures: NDArray, drawn: NDArray, market: Market, keep: Keep) -> Iterator[Played]:
    """Yield every strategy lived through on the same futures."""
    count = futures["count"]
    most = int(max(count[:, :TECHNOLOGY].sum(axis=1).max(), count[:, TECHNOLOGY].max(), 1))
    room = Space(np.zeros(most, CANDIDATE), np.zeros(most, CANDIDATE), np.zeros(most, np.int64), np.zeros(1, FIRM))
    licences: dict[tuple[int, float], tuple[NDArray[np.float64], NDArray]] = {}
    for each in packed:
        if each.shares not in licences:
            brought = np.zeros((len(futures), RIGHTS + 1, int(each.rules["horizon"][0])))
            book = open_books(each, (PRETAX,))
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
        books, kept = open_books(each, keep.views), room_to_keep(each, len(futures), most, keep, franchise)
        args = each.rules, each.contracts, each.routes, each.beliefs
        brought, events = licences[each.shares]
        live_paths(*args, futures, drawn, market, brought, books, room, kept)
        books["events"][0] += events
        yield Played(each, books, kept)


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


def open_books(packed: Packed, views: tuple[int, ...] = ALL_VIEWS) -> NDArray:
    """Return empty books of a strategy, (view,)."""
    books = np.zeros(len(views), dtype=BOOK)
    books["view"], books["bad_line"] = views, NONE
    books["factor"], books["nominal"] = packed.factor, 1 / packed.rules["real_mid"][0, :MAX_QUARTERS]
    return books


def room_to_keep(packed: Packed, size: int, most: int, keep: Keep, franchise: float) -> Kept:
    """Return empty arrays for what is kept of a strategy."""
    horizon, views = int(packed.rules["horizon"][0]), len(ALL_VIEWS)
    sampled, explained, told = (min(n, size) for n in (keep.by_quarter, keep.explained, keep.told))
    return Kept(
        checked=keep.checked,
        out=np.zeros((views, size), dtype=OUT),
        extensions=np.zeros(size, dtype=np.int64),
        franchise=franchise,
        balance=np.zeros((views, sampled, horizon)),
        net=np.zeros((OTHERS + 1, sampled, horizon)),
        told=np.zeros((views, told, len(TOLD), horizon)),
        paid=np.zeros((views, told, len(lines.LINES), horizon)),
        receipts=np.zeros((lines.DEAL_LINES, min(keep.received, size), horizon)),
        units=np.zeros((min(keep.units, size), lines.TERMS, OTHERS + 1)),
        courses=np.zeros((explained, most), dtype=CANDIDATE),
        counts=np.zeros(explained, dtype=np.int64),
    )
