"""A run: blocks of paths simulated in any order by any number of workers, merged in order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.course.gates import Beliefs
from partnering.course.plan import Chances
from partnering.course.research import horizon_quarters, most_research_musd
from partnering.course.strategies import Party, Strategy, read_strategies
from partnering.deal.books import Books, Outside, book_common, book_technology, keep_books
from partnering.deal.ledger import Flow, by_path_and_quarter, by_quarter, first_paths, net_by_quarter
from partnering.inputs.scenario import Scenario
from partnering.results.counting import Counted, count_events, count_products
from partnering.results.decisions import Decision, explain
from partnering.value.beliefs import belief_key, believe
from partnering.value.identities import Check, check_books
from partnering.value.present import Factors, discount_factors, sign, value_by_path
from partnering.world.candidates import Candidates, Origin, Reach, Stage, draw_candidates, draw_chances
from partnering.world.streams import BLOCK
from partnering.world.theta import Theta, draw_theta

PARTIES = {party.name.lower(): party for party in (Party.COMPANY, Party.PARTNER, Party.OTHERS)}
CHECKED_PATHS = 1024
"""Paths of the first block on which the identities by path and quarter are taken."""

LineKey = tuple[str, str, str, bool]
"""(party, line, timing, programme)."""


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

    def beliefs_of(self, strategy: Strategy) -> Beliefs:
        """Return the belief table a strategy decides from."""
        return self.beliefs[self.strategies.index(strategy)]


@dataclass(frozen=True)
class Measured:
    """A flow's present value by path as each party sees it, and its sum over paths by quarter, not negative."""

    present: dict[str, NDArray[np.float64]]
    quarters: NDArray[np.float64]

    @staticmethod
    def seen_by(flow: Flow, party: str) -> int:
        """Return +1 where a party receives a flow, -1 where it pays it."""
        return sign(flow, PARTIES[party])


@dataclass(frozen=True)
class Shared:
    """Measures of what strategies with the same rates have in common in a block, each taken once."""

    flows: dict[int, Measured]
    counts: dict[Any, Counted]


@dataclass
class StrategyResult:
    """One strategy over a block, or over all blocks once merged. Arrays by path unless said otherwise."""

    npv: dict[str, NDArray[np.float64]]  # by party, programme flows
    counts: dict[str, NDArray[np.int16]]  # approved, returning, paying, ...
    events: dict[tuple[str, str, str], NDArray[np.int64]]  # (origin, modality, event) -> sum, any, two or more
    line_sums: dict[LineKey, NDArray[np.float64]]  # sum of present values over paths, and of their squares
    line_quarters: dict[LineKey, NDArray[np.float64]]  # sum over paths by quarter
    sample: dict[LineKey, NDArray[np.float32]]  # (path, quarter) of the first block
    net: dict[str, NDArray[np.float32]]  # by party, all lines: (path, quarter) of the sample paths
    decisions: list[Decision]  # of the first paths
    batches: NDArray[np.float64]  # (block, events or continuous, quarter): the company's mean programme cash


@dataclass
class Run:
    """All strategies over all paths."""

    task: Task
    strategies: dict[str, StrategyResult]
    theta: dict[str, NDArray[np.float64]]  # epistemic draws of the sample paths
    checks: list[Check]


def prepare(scenario: Scenario, seed: int, paths: int, sample_paths: int) -> Task:
    """Return what every block shares, belief tables included: one for strategies alike in what it depends on."""
    strategies = read_strategies(scenario)
    tables: dict[tuple[float, Stage], Beliefs] = {}
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
    if workers == 1:
        yield from map(work, chunks)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(work, chunks)


def _simulate_chunk(task: Task, blocks: range) -> list[Run]:
    return [simulate_block(task, block) for block in blocks]


def simulate_block(task: Task, block: int) -> Run:
    """Return one block of a run."""
    size = min(BLOCK, task.paths - block * BLOCK)
    sampled = int(np.clip(task.sample_paths - block * BLOCK, 0, size))
    theta = draw_theta(task.scenario, task.seed, block, size)
    candidates = draw_candidates(task.scenario, theta, task.seed, block, task.reach)
    chances = chances_of(task, block, size)
    results, checks = {}, []
    shared: dict[tuple[float, float], Shared] = {}
    for strategy, books in keep_all(task, theta, candidates, chances):
        common = shared.setdefault((strategy.rate, strategy.common_rate), Shared({}, {}))
        results[strategy.slug] = _measure(task, books, theta, sampled, block == 0, common)
        if block == 0:
            results[strategy.slug].decisions = explain(task.scenario, books, task.beliefs_of(strategy))
        if block == 0:
            checks += _check_first_paths(task, books, min(size, CHECKED_PATHS))
    drawn = {leaf.path: theta[leaf.path][:sampled] for leaf in task.scenario.drawn()}
    return Run(task, results, drawn, checks)


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


def _measure(task: Task, books: Books, theta: Theta, sampled: int, first_block: bool, shared: Shared) -> StrategyResult:
    """Return what is kept of one strategy."""
    horizon, size = horizon_quarters(task.scenario), theta.size
    factors = {name: discount_factors(books.strategy.rate_of(party), horizon) for name, party in PARTIES.items()}
    for flow in (flow for part in books.outside for flow in part.flows):
        if id(flow) not in shared.flows:
            shared.flows[id(flow)] = measure_flow(flow, factors, size, horizon)
    lines: dict[LineKey, list[tuple[Flow, Measured]]] = {}
    for flow in books.flows:
        measured = shared.flows.get(id(flow)) or measure_flow(flow, factors, size, horizon)
        for name in measured.present if len(flow.path) else ():
            lines.setdefault((name, flow.line, flow.timing, flow.programme), []).append((flow, measured))
    present = {key: _sum([m.present[key[0]] for _, m in found]) for key, found in lines.items()}
    by_line = {key: _sum([m.seen_by(f, key[0]) * m.quarters for f, m in found]) for key, found in lines.items()}
    few = [first_paths(flow, sampled) for flow in books.flows] if sampled else []
    return StrategyResult(
        npv={party: _programme_value(present, party, size) for party in PARTIES},
        counts=count_products(task.scenario, theta, books, factors["company"]),
        events=count_events(task.scenario, books, size, shared.counts),
        line_sums={key: np.array([value.sum(), (value**2).sum()]) for key, value in present.items()},
        line_quarters=by_line,
        sample={key: _sample(found, key, size, horizon) for key, found in lines.items()} if first_block else {},
        net={name: _net(few, party, sampled, horizon) for name, party in PARTIES.items()},
        decisions=[],
        batches=_mean_cash(by_line, size, horizon)[None],
    )


def measure_flow(flow: Flow, factors: dict[str, Factors], size: int, horizon: int) -> Measured:
    """Return the measures of a flow; parties that discount at one rate share the work."""
    present: dict[str, NDArray[np.float64]] = {}
    worth: dict[int, NDArray[np.float64]] = {}
    for name, party in PARTIES.items():
        if seen := sign(flow, party):
            rate = id(factors[name])
            if rate not in worth:
                worth[rate] = value_by_path(flow, factors[name], size)
            present[name] = seen * worth[rate]
    return Measured(present, by_quarter(flow, horizon))


def _sum(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the sum of arrays, one after the other: np.sum takes another order when a block holds a single path."""
    return reduce(add, parts)


def _programme_value(present: dict[LineKey, NDArray[np.float64]], party: str, size: int) -> NDArray[np.float64]:
    mine = [value for (who, _, _, programme), value in present.items() if who == party and programme]
    return reduce(add, mine, np.zeros(size))


def _mean_cash(by_line: dict[LineKey, NDArray[np.float64]], size: int, horizon: int) -> NDArray[np.float64]:
    """Return the company's mean programme cash of a block, events and continuous flows apart, shape (2, quarter)."""
    mean = np.zeros((2, horizon))
    for (party, _, timing, programme), total in by_line.items():
        if party == "company" and programme:
            mean[int(timing == "mid")] += total / size
    return mean


def _sample(found: list[tuple[Flow, Measured]], key: LineKey, size: int, horizon: int) -> NDArray[np.float32]:
    parts = [m.seen_by(flow, key[0]) * by_path_and_quarter(flow, size, horizon) for flow, m in found]
    return _sum(parts).astype(np.float32)


def _net(flows: list[Flow], party: Party, sampled: int, horizon: int) -> NDArray[np.float32]:
    return net_by_quarter(flows, party, sampled, horizon).astype(np.float32)


def _check_first_paths(task: Task, books: Books, paths: int) -> list[Check]:
    """Return the identities of a strategy on the first paths of a block."""
    exposures = [replace(exposure, unit=first_paths(exposure.unit, paths)) for exposure in books.exposures]
    flows = [first_paths(flow, paths) for flow in books.flows]
    few = replace(books, flows=flows, exposures=exposures)
    return check_books(few, paths, horizon_quarters(task.scenario))


def merge(task: Task, blocks: Iterable[Run]) -> Run:
    """Return blocks joined in order as they come: arrays by path put in their place, sums added."""
    whole = Run(task, {}, {}, [])
    for number, block in enumerate(blocks):
        for slug, part in block.strategies.items():
            if slug not in whole.strategies:
                whole.strategies[slug] = _room_for(task, part)
            _absorb(whole.strategies[slug], part, number)
        for path, draw in block.theta.items():
            _put(whole.theta.setdefault(path, np.empty(task.sample_paths)), draw, number * BLOCK)
        whole.checks.extend(block.checks)
    return whole


def _room_for(task: Task, part: StrategyResult) -> StrategyResult:
    """Return a result with room for all paths and nothing in it but the sample of the first block."""
    blocks = -(-task.paths // BLOCK)
    return StrategyResult(
        npv={party: np.empty(task.paths) for party in part.npv},
        counts={name: np.empty(task.paths, dtype=count.dtype) for name, count in part.counts.items()},
        events={},
        line_sums={},
        line_quarters={},
        sample=part.sample,
        decisions=part.decisions,
        net={party: np.empty((task.sample_paths, net.shape[1]), dtype=net.dtype) for party, net in part.net.items()},
        batches=np.empty((blocks, *part.batches.shape[1:])),
    )


def _absorb(whole: StrategyResult, part: StrategyResult, number: int) -> None:
    """Put a block's arrays by path in their place and add its sums."""
    for name in ("npv", "counts", "net"):
        for key, array in getattr(part, name).items():
            _put(getattr(whole, name)[key], array, number * BLOCK)
    _put(whole.batches, part.batches, number)
    for name in ("events", "line_sums", "line_quarters"):
        total = getattr(whole, name)
        for key, value in getattr(part, name).items():
            total[key] = total[key] + value if key in total else value


def _put(whole: NDArray, part: NDArray, place: int) -> None:
    whole[place : place + len(part)] = part
