"""A block of paths through every strategy: draws once, then strategy by strategy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.beliefs import believe, believe_at
from partnering.model.draws import BLOCK, Luck, draw_candidates, draw_luck
from partnering.model.futures import draw_market
from partnering.model.origins import TECHNOLOGY
from partnering.model.pack import GoingOn, Packed, Variant, pack_strategy, set_going_on, variants_of
from partnering.model.parties import OTHERS
from partnering.model.path import live_licences, live_paths, opening_value
from partnering.model.records import BOOK, CANDIDATE, FIRM, OUT, Kept, Market, Space
from partnering.model.stages import MAX_QUARTERS, NONE
from partnering.model.told import TOLD
from partnering.model.views import CARRY_ON, FINANCED, PLANNED, PRETAX, RIGHTS

KNOWN_SEED, KNOWN_PATHS, MOST_TAX = -1, BLOCK, 0.6
"""Futures from which the market learns what going on is worth, of a seed that no run has; most that tax may take."""

Known = dict[tuple[str, Variant], GoingOn]
"""What the market knows of going on, by strategy and variant."""

CLEAR = 2
"""Errors of a difference from which one variant of a strategy is called better."""

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
    measured: bool = False  # what the market learns of going on


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


def pack(scenario: Scenario, known: Known | None = None) -> list[Packed]:
    """Return the records of every variant of every strategy, in the order of `slugs_of`.

    What the market knows of going on is learnt anew, or taken over from the scenario a question is asked of; of a
    variant it has not seen it knows nothing.
    """
    common = believe_at(scenario, scenario["valuation.discount_rate"])
    packed = [
        pack_strategy(scenario, slug, variant, believe(scenario, slug), common)
        for slug in slugs_of(scenario)
        for variant in variants_of(scenario, slug)
    ]
    known = learn_going_on(scenario, packed) if known is None else known
    for each in packed:
        if (each.slug, each.variant) in known:
            set_going_on(each, known[each.slug, each.variant])
    set_franchise(scenario, packed)
    return packed


def preferred(values: Sequence[NDArray[np.float64]]) -> int:
    """Return which variant of a strategy stands, of values (path,) as financed: the first in doubt.

    Another stands where it is worth more on average, by more than two errors of the paired difference.
    """
    gaps = [other - values[0] for other in values]
    ahead = [gap.mean() - CLEAR * gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else 0.0 for gap in gaps]
    return int(np.argmax([0.0, *ahead[1:]]))


def reach(packed: Sequence[Packed]) -> tuple[float, float]:
    """Return the most effort that any strategy spends: research in the window, years of licensing the technology."""
    contracts = [contract for each in packed for contract in each.contracts]
    return max(float(c["found"].max()) for c in contracts), max(float(c["licensing"].max()) for c in contracts)


def learn_going_on(scenario: Scenario, packed: Sequence[Packed]) -> Known:
    """Return what going on is worth to the market: as planned, carrying on to the end, on futures of its own."""
    luck = draw_luck(scenario, KNOWN_SEED, 0, KNOWN_PATHS)
    futures, drawn = draw_candidates(luck, *reach(packed))
    conducts = [each.rules["conduct"][0] for each in packed]
    for each in packed:
        each.rules["conduct"] = CARRY_ON
    played = play(packed, futures, drawn, draw_market(luck), Keep(views=(PLANNED,), measured=True))
    known = {(each.packed.slug, each.packed.variant): going_on_of(each.kept) for each in played}
    for each, conduct in zip(packed, conducts, strict=True):
        each.rules["conduct"] = conduct
    return known


def going_on_of(kept: Kept) -> GoingOn:
    """Return the part that tax takes and the burn to come, from sums over what a planned company did."""
    before_tax, tax, burned = kept.passed.T
    base = before_tax - burned  # the cost of the burn, which is negative, taken out
    share = np.where(base > 0, tax / np.where(base > 0, base, 1.0), 0.0)
    sums, number = kept.burn[..., 0], kept.burn[..., 1]
    mean = sums / np.maximum(number, 1.0)
    last = np.maximum.accumulate(np.where(number > 0, np.arange(sums.shape[1]), 0), axis=1)
    return GoingOn(np.clip(share, 0.0, MOST_TAX), np.take_along_axis(mean, last, axis=1))


def set_franchise(scenario: Scenario, packed: Sequence[Packed]) -> None:
    """Set what the market paid on the day for what beliefs about going alone do not explain, of either sign."""
    luck = draw_luck(scenario, KNOWN_SEED, 0, 1)
    futures, drawn = draw_candidates(luck, *reach(packed))
    room, worth = room_for(futures), [0.0]
    for each in packed:
        if each.family == "alone":
            brought, _ = bring_licences(each, futures, drawn, room, {})
            args = each.contracts, each.routes, each.beliefs, futures, drawn, room, brought
            worth.append(opening_value(each.rules, *args))
    for each in packed:
        rules = each.rules[0]
        rules["franchise"] = rules["pre_deal_value"] - rules["opening_cash"] - max(worth[1:] or worth)


def play_block(
    scenario: Scenario,
    packed: Sequence[Packed],
    seed: int,
    block: int,
    size: int,
    keep: Keep = Keep(),
    only: Sequence[int] | None = None,
) -> tuple[Luck, Iterator[Played]]:
    """Return the draw of a block, and each strategy, or some alone, as it is lived through."""
    luck = draw_luck(scenario, seed, block, size)
    futures, drawn = draw_candidates(luck, *reach(packed))
    packed = packed if only is None else [packed[place] for place in only]
    return luck, finite(play(packed, futures, drawn, draw_market(luck), keep), scenario.name, block * BLOCK)


def play(packed: Sequence[Packed], futures: NDArray, drawn: NDArray, market: Market, keep: Keep) -> Iterator[Played]:
    """Yield every strategy lived through on the same futures."""
    room, known = room_for(futures), dict[tuple[int, bytes], Any]()
    for each in packed:
        brought, events = bring_licences(each, futures, drawn, room, known)
        books, kept = open_books(each, keep.views), room_to_keep(each, len(futures), len(room.work), keep)
        args = each.rules, each.contracts, each.routes, each.beliefs
        live_paths(*args, futures, drawn, market, brought, books, room, kept)
        books["events"][0] += events
        yield Played(each, books, kept)


def room_for(futures: NDArray) -> Space:
    """Return room for the candidates of the path that has most."""
    count = futures["count"]
    most = int(max(count[:, :TECHNOLOGY].sum(axis=1).max(), count[:, TECHNOLOGY].max(), 1))
    return Space(np.zeros(most, CANDIDATE), np.zeros(most, CANDIDATE), np.zeros(most, np.int64), np.zeros(1, FIRM))


def bring_licences(
    each: Packed, futures: NDArray, drawn: NDArray, room: Space, known: dict[tuple[int, bytes], Any]
) -> tuple[NDArray[np.float64], NDArray]:
    """Return what licences of the technology bring by contract, (kind of contract, path, ...), and their events.

    Strategies that believe and license alike share them (`known`), and so do contracts.
    """
    paces: list[tuple[int, bytes]] = []
    for place, contract in enumerate(each.contracts):
        key = id(each.table), contract["licensing"].tobytes()
        if key not in known:
            brought = np.zeros((len(futures), RIGHTS + 1, int(each.rules["horizon"][0])))
            book = open_books(each, (PRETAX,))
            args = each.beliefs, futures, drawn, book, room, brought
            live_licences(each.rules, each.contracts[place : place + 1], *args)
            known[key] = brought, book["events"][0]
        paces += [key] if key not in paces else []
        contract["licences"] = paces.index(key)
    return np.stack([known[key][0] for key in paces]), known[paces[0]][1]


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


def room_to_keep(packed: Packed, size: int, most: int, keep: Keep) -> Kept:
    """Return empty arrays for what is kept of a strategy."""
    horizon, views = int(packed.rules["horizon"][0]), len(ALL_VIEWS)
    sampled, explained, told = (min(n, size) for n in (keep.by_quarter, keep.explained, keep.told))
    return Kept(
        checked=keep.checked,
        out=np.zeros((views, size), dtype=OUT),
        extensions=np.zeros(size, dtype=np.int64),
        balance=np.zeros((views, sampled, horizon)),
        net=np.zeros((OTHERS + 1, sampled, horizon)),
        told=np.zeros((views, told, len(TOLD), horizon)),
        paid=np.zeros((views, told, len(lines.LINES), horizon)),
        receipts=np.zeros((lines.DEAL_LINES, min(keep.received, size), horizon)),
        units=np.zeros((min(keep.units, size), lines.TERMS, OTHERS + 1)),
        courses=np.zeros((explained, most), dtype=CANDIDATE),
        counts=np.zeros(explained, dtype=np.int64),
        measured=int(keep.measured),
        passed=np.zeros((2, 3)),
        burn=np.zeros((2, horizon, 2)),
    )
