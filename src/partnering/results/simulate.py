"""A run: blocks of paths simulated in any order by any number of workers, merged in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from partnering.course.gates import Beliefs
from partnering.course.plan import Chances
from partnering.course.research import most_research_musd
from partnering.course.strategies import Strategy, read_strategies
from partnering.deal.books import Books, Outside, book_common, book_technology, keep_books
from partnering.inputs.scenario import Scenario
from partnering.model.run import FIRST_BLOCK, Keep, Packed, pack, play_block
from partnering.model.warm import warm
from partnering.results.adapter import check_books, check_cash, read_strategy
from partnering.results.measure import StrategyResult
from partnering.results.schema import PRETAX, VIEWS
from partnering.results.workers import Workers
from partnering.value.beliefs import belief_key, believe
from partnering.value.identities import Check
from partnering.world.candidates import Candidates, Origin, Reach, Stage, draw_chances
from partnering.world.streams import BLOCK
from partnering.world.theta import Theta

FEW = 4
"""Paths that use all that is compiled."""


@dataclass(frozen=True)
class Task:
    """What a block needs to know."""

    scenario: Scenario
    seed: int
    paths: int
    sample_paths: int
    strategies: tuple[Strategy, ...]
    beliefs: tuple[Beliefs, ...]  # by strategy
    reach: Reach


@dataclass
class Run:
    """All strategies over all paths, in every view."""

    task: Task
    views: dict[str, dict[str, StrategyResult]]  # by view and strategy
    theta: dict[str, NDArray[np.float64]]  # epistemic draws of the sample paths
    checks: list[Check]

    @property
    def strategies(self) -> dict[str, StrategyResult]:
        """Return the results planned and before tax."""
        return self.views[PRETAX]


def prepare(
    scenario: Scenario,
    seed: int,
    paths: int,
    sample_paths: int,
    known: Mapping[tuple[float, Stage], Beliefs] = MappingProxyType({}),
) -> Task:
    """Return what every block shares, belief tables included: one for strategies alike in what it depends on.

    Tables already `known` are taken as they are.
    """
    strategies, tables = read_strategies(scenario), dict(known)
    for strategy in strategies:
        key = belief_key(strategy)
        if key not in tables:
            tables[key] = believe(scenario, *key)
    beliefs = tuple(tables[belief_key(strategy)] for strategy in strategies)
    return Task(scenario, seed, paths, min(sample_paths, paths), strategies, beliefs, reach_of(scenario, strategies))


def reach_of(scenario: Scenario, strategies: tuple[Strategy, ...]) -> Reach:
    """Return the most effort that any strategy spends."""
    signings = [strategy.signing_quarter for strategy in strategies if strategy.signs_deal]
    effector = max(strategy.effector_multiplier for strategy in strategies)
    return Reach(most_research_musd(scenario, signings), scenario["technology.new_years"] * effector)


def simulate(
    scenario: Scenario,
    seed: int,
    paths: int,
    sample_paths: int,
    workers: int = 1,
    chunk: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Run:
    """Return a run. Workers and chunks take whole blocks and change no byte of it."""
    task = prepare(scenario, seed, paths, sample_paths)
    warm(partial(play_few, task))
    blocks = range(-(-paths // BLOCK))
    chunks = [blocks[first : first + chunk] for first in range(0, len(blocks), chunk)]
    return merge(task, _in_order(task, chunks, workers, lambda done: progress(done, len(blocks))))


def _in_order(task: Task, chunks: list[range], workers: int, progress: Callable[[int], None]) -> Iterator[Run]:
    """Yield the blocks of a run in order, each as soon as it and those before it are there."""
    done = 0
    for runs in _map_chunks(partial(_simulate_chunk, task), chunks, workers):
        for run in runs:
            yield run
            done += 1
            progress(done)


def _map_chunks(work: Callable, chunks: list[range], workers: int) -> Iterator[list[Run]]:
    if min(workers, len(chunks)) == 1:
        yield from map(work, chunks)
        return
    with Workers(min(workers, len(chunks)), "spawn") as pool:
        yield from pool.map(work, chunks)


def _simulate_chunk(task: Task, blocks: range) -> list[Run]:
    return [simulate_block(task, block) for block in blocks]


def simulate_block(task: Task, block: int) -> Run:
    """Return one block of a run, every strategy in every view."""
    size = min(BLOCK, task.paths - block * BLOCK)
    sampled = int(np.clip(task.sample_paths - block * BLOCK, 0, size))
    warm(partial(play_few, task))  # a process that was not started from here may be the first
    keep = replace(FIRST_BLOCK if block == 0 else Keep(), by_quarter=sampled)
    luck, played = play_block(task.scenario, _packed(task), task.seed, block, size, keep)
    views: dict[str, dict[str, StrategyResult]] = {view: {} for view in VIEWS}
    books: list[Check] = []
    cash: list[list[Check]] = [[] for _ in VIEWS]
    for each in played:
        for view, result in read_strategy(task.scenario, each, block == 0).items():
            views[view][each.packed.slug] = result
        if block == 0:
            books += check_books(each)
            for place in range(1, len(VIEWS)):
                cash[place].append(check_cash(each, place, size))
        del each  # before the next one is made: what is kept of a first block is large
    checks = books + [check for view in cash for check in view]
    drawn = {leaf.path: luck.theta[leaf.path][:sampled] for leaf in task.scenario.drawn()}
    return Run(task, views, drawn, checks)


def play_few(task: Task) -> None:
    """Live through a few paths, for nothing but to have used all that is compiled."""
    deque(play_block(task.scenario, _packed(task), task.seed, 0, FEW)[1], maxlen=0)


def _packed(task: Task) -> list[Packed]:
    return pack(task.scenario)


def chances_of(task: Task, block: int, size: int) -> Chances:
    """Return the luck of paths: whether a later deal comes about, and extensions taken by chance."""
    options = max(task.scenario["deal.extension_count"], 1)
    signing = draw_chances(task.seed, block, size, "signing", 1)[0]
    return Chances(signing, draw_chances(task.seed, block, size, "extension", options))


def keep_all(task: Task, theta: Theta, candidates: Candidates, chances: Chances) -> Iterator[tuple[Strategy, Books]]:
    """Yield the books of every strategy; what lies outside the programme is worked out once where it is the same."""
    outside: dict[object, Outside] = {}
    programme = candidates.take(candidates.origin <= Origin.LEAD)
    for strategy, beliefs in zip(task.strategies, task.beliefs, strict=True):
        common, multiplier = id(beliefs), strategy.effector_multiplier
        if common not in outside:
            outside[common] = book_common(task.scenario, theta, candidates, beliefs)
        if (common, multiplier) not in outside:
            outside[common, multiplier] = book_technology(task.scenario, theta, candidates, multiplier, beliefs)
        parts = outside[common], outside[common, multiplier]
        yield strategy, keep_books(task.scenario, theta, programme, chances, strategy, beliefs, parts)


def merge(task: Task, blocks: Iterable[Run]) -> Run:
    """Return blocks joined in order as they come: arrays by path put in their place, sums added."""
    whole = Run(task, {view: {} for view in VIEWS}, {}, [])
    for number, block in enumerate(blocks):
        for view, parts in block.views.items():
            for slug, part in parts.items():
                if slug not in whole.views[view]:
                    whole.views[view][slug] = _room_for(task, part)
                _absorb(whole.views[view][slug], part, number)
        for path, draw in block.theta.items():
            _put(whole.theta.setdefault(path, np.empty(task.sample_paths)), draw, number * BLOCK)
        whole.checks.extend(block.checks)
    return whole


def _room_for(task: Task, part: StrategyResult) -> StrategyResult:
    """Return a result with room for all paths and nothing in it but the sample of the first block."""
    blocks = -(-task.paths // BLOCK)
    return StrategyResult(
        npv={party: np.empty(task.paths) for party in part.npv},
        programme=np.empty(task.paths),
        counts={name: np.empty(task.paths, dtype=count.dtype) for name, count in part.counts.items()},
        events={},
        line_sums={},
        line_quarters={},
        sample=part.sample,
        decisions=part.decisions,
        net={party: np.empty((task.sample_paths, net.shape[1]), dtype=net.dtype) for party, net in part.net.items()},
        batches=np.empty((blocks, *part.batches.shape[1:])),
        company={name: np.empty(task.paths, dtype=array.dtype) for name, array in part.company.items()},
        told=part.told,
    )


def _absorb(whole: StrategyResult, part: StrategyResult, number: int) -> None:
    """Put a block's arrays by path in their place and add its sums."""
    _put(whole.programme, part.programme, number * BLOCK)
    for name in ("npv", "counts", "net", "company"):
        for key, array in getattr(part, name).items():
            _put(getattr(whole, name)[key], array, number * BLOCK)
    _put(whole.batches, part.batches, number)
    for name in ("events", "line_sums", "line_quarters", "units"):
        total = getattr(whole, name)
        for key, value in getattr(part, name).items():
            total[key] = total[key] + value if key in total else value


def _put(whole: NDArray, part: NDArray, place: int) -> None:
    whole[place : place + len(part)] = part
