"""A run: blocks of paths simulated in any order by any number of workers, merged in order."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.draws import BLOCK
from partnering.model.run import FIRST_BLOCK, Keep, Packed, Played, pack, play_block
from partnering.model.views import PRETAX
from partnering.model.warm import warm
from partnering.results.decisions import Decision, explain
from partnering.results.parallel import in_order
from partnering.results.quarters import Step, tell_quarters
from partnering.results.schema import PERCENTILES, VIEWS
from partnering.results.variants import choose

SHOWN_PATHS = 256
"""Paths whose cash by quarter is stored."""

FEW = 4
"""Paths that use all that is compiled."""

SUMS = ("total", "balance", "value_sum", "tax_sum", "unit_sum", "events", "events_all")
"""What of a block's books is added up over all paths, arrays (view, ...)."""


@dataclass(frozen=True)
class First:
    """What is kept of a strategy in the first block alone."""

    residual: NDArray[np.float64]  # of the identities, the worst of the checked paths
    decisions: list[Decision]
    quarters: list[Step]
    spread: dict[tuple[int, str, int], NDArray[np.float64]]  # (view, net or cash_balance, party): (percentile, quarter)
    cash: NDArray[np.float32]  # (view, path, quarter): the company's net cash


@dataclass
class Lived:
    """A strategy over a block, or over all paths of a run."""

    packed: Packed
    out: NDArray  # (view, path)
    sums: dict[str, NDArray]  # by name of SUMS
    batches: NDArray[np.float64]  # (view, block; middle, start; quarter): the company's mean cash that counts
    first: First | None


@dataclass
class Run:
    """All strategies over all paths, or over those of a block."""

    scenario: Scenario
    seed: int
    paths: int
    strategies: dict[str, Lived]
    claim: pd.DataFrame
    drawn: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # (path,) by the path of an uncertain leaf

    def outs(self) -> dict[str, NDArray]:
        """Return what is kept of every path, (view, path) by strategy."""
        return {slug: lived.out for slug, lived in self.strategies.items()}


def simulate(
    scenario: Scenario,
    seed: int,
    paths: int,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Run:
    """Return a run. Workers take whole blocks and change no byte of it. Raises NonFinite, CacheError."""
    warm(partial(play_few, scenario))
    sizes = [min(BLOCK, paths - first) for first in range(0, paths, BLOCK)]
    chosen, claim = choose(scenario, pack(scenario), seed, sizes[0], workers)
    call = partial(_simulate_job, scenario, chosen, seed)
    blocks = in_order(call, enumerate(sizes), min(workers, len(sizes)))
    return merge(scenario, seed, paths, claim, blocks, lambda done: progress(done, len(sizes)))


def play_few(scenario: Scenario) -> None:
    """Live through a few paths, for nothing but to have used all that is compiled."""
    packed = pack(scenario)
    deque(play_block(scenario, packed, 0, 0, FEW, FIRST_BLOCK)[1], maxlen=0)


def _simulate_job(scenario: Scenario, packed: Sequence[Packed], seed: int, job: tuple[int, int]) -> Run:
    return simulate_block(scenario, packed, seed, *job)


def simulate_block(scenario: Scenario, packed: Sequence[Packed], seed: int, block: int, size: int) -> Run:
    """Return one block of a run, every strategy in every view. Raises NonFinite."""
    luck, played = play_block(scenario, packed, seed, block, size, Keep() if block else FIRST_BLOCK)
    strategies = {}
    for each in played:
        strategies[each.packed.slug] = _read(scenario, each, size, first=block == 0)
        del each  # before the next one is made: what is kept of a first block is large
    return Run(
        scenario,
        seed,
        size,
        strategies,
        pd.DataFrame(),
        {leaf.path: luck.theta[leaf.path] for leaf in scenario.drawn()},
    )


def _read(scenario: Scenario, played: Played, size: int, first: bool) -> Lived:
    sums = {name: played.books[name].copy() for name in SUMS}
    horizon = int(played.packed.rules["horizon"][0])
    sums["total"], sums["balance"] = sums["total"][..., :horizon], sums["balance"][:, :horizon]
    batches = [_counted_cash(sums["total"][view, :, 0], counted_lines(view, 0)) for view in range(len(VIEWS))]
    kept = _read_first(scenario, played) if first else None
    return Lived(played.packed, played.kept.out, sums, np.array(batches)[:, None] / size, kept)


def _counted_cash(total: NDArray[np.float64], counted: int) -> NDArray[np.float64]:
    """Return the sum of the lines that count, (middle, start; quarter)."""
    start = lines.AT_START[:counted].astype(bool)
    return np.array([total[:counted][which].sum(axis=0) for which in (~start, start)])


def counted_lines(view: int, party: int) -> int:
    """Return how many of the ledger's lines, the first ones, are part of a party's value in a view."""
    return lines.CAPITAL_LINES if view != PRETAX and party == 0 else lines.PROGRAMME_LINES


def _read_first(scenario: Scenario, played: Played) -> First:
    kept = played.kept
    spread: dict[tuple[int, str, int], NDArray[np.float64]] = {}
    opening = played.packed.rules["opening_cash"][0]
    for view, balance in enumerate(kept.balance):
        net = np.diff(balance, axis=1, prepend=opening)
        nets = kept.net if view == PRETAX else [net]
        spread |= {(view, "net", party): by_quarter(each) for party, each in enumerate(nets)}
        after = opening + np.cumsum(kept.net[0], axis=1) if view == PRETAX else balance
        spread[view, "cash_balance", 0] = by_quarter(after)
    cash = np.diff(kept.balance[:, :SHOWN_PATHS], axis=2, prepend=opening)
    cash[PRETAX] = kept.net[0, :SHOWN_PATHS]
    told = explain(scenario, played), tell_quarters(played)
    return First(played.books["residual"][PRETAX], *told, spread, cash.astype(np.float32))


def by_quarter(paths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the printed percentiles of an array (path, quarter), by quarter."""
    ordered = np.sort(np.ascontiguousarray(paths.T), axis=1)
    return np.quantile(ordered, np.array(PERCENTILES) / 100, axis=1)


def merge(
    scenario: Scenario,
    seed: int,
    paths: int,
    claim: pd.DataFrame,
    blocks: Iterable[Run],
    progress: Callable[[int], None],
) -> Run:
    """Return blocks joined in order as they come: arrays by path put in their place, sums added."""
    whole = Run(scenario, seed, paths, {}, claim, {leaf.path: np.empty(paths) for leaf in scenario.drawn()})
    for number, block in enumerate(blocks):
        place = slice(number * BLOCK, number * BLOCK + block.paths)
        for path, draw in block.drawn.items():
            whole.drawn[path][place] = draw
        for slug, part in block.strategies.items():
            if slug not in whole.strategies:
                whole.strategies[slug] = _room_for(part, paths)
            _absorb(whole.strategies[slug], part, place, number)
        progress(number + 1)
    return whole


def _room_for(part: Lived, paths: int) -> Lived:
    """Return room for all paths, with nothing in it but what is kept of the first block."""
    views, _, *shape = part.batches.shape
    out, batches = np.empty((views, paths), part.out.dtype), np.empty((views, -(-paths // BLOCK), *shape))
    return Lived(
        part.packed, out, {name: np.zeros_like(array) for name, array in part.sums.items()}, batches, part.first
    )


def _absorb(whole: Lived, part: Lived, place: slice, number: int) -> None:
    whole.out[:, place], whole.batches[:, number] = part.out, part.batches[:, 0]
    for name, array in part.sums.items():
        whole.sums[name] += array
