"""What a company would be worth if inputs were something else: the same futures, asked again.

An uncertain input is pinned: the world is so on every path, and nobody knows it. Any other input is set, as a scenario
would set it: everybody knows it, and beliefs follow.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, start_years
from partnering.company.found import found_firm, with_limits, without_limits
from partnering.company.live import live
from partnering.company.settle import Settled, settle, timing_of
from partnering.course.plan import Chances
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.ledger import CAPITAL_LINES, sign
from partnering.inputs.scenario import Scenario
from partnering.results.simulate import Task, chances_of, keep_all, prepare
from partnering.results.workers import Workers
from partnering.value.beliefs import belief_key
from partnering.value.present import discount_factors, value_by_path
from partnering.world.candidates import draw_candidates
from partnering.world.capital import draw_capital_market
from partnering.world.streams import BLOCK
from partnering.world.theta import Theta, draw_theta

Change = Mapping[str, Any]
"""What is different: values by path of their leaf."""

ASKED = (Party.COMPANY, Party.PARTNER)
"""Whose values an answer has."""

UNBELIEVED = (
    *("company.", "strategies.", "success.common_factor_share", "success.payload_factor_share"),
    *("deal.upfront_musd", "deal.research_total_musd", "deal.research_schedule_musd", "deal.committed_ceiling_musd"),
    *("deal.extension_count", "deal.extension_decision_years", "deal.extension_alive_needed"),
)
"""Leaves, and groups of them, that no belief table depends on beyond its key."""


@dataclass(frozen=True)
class Asked:
    """Questions that share beliefs: worlds of the same inputs set, as many at a time as fit."""

    task: Task
    believed: Change  # inputs set that beliefs depend on
    paths: int
    worlds: tuple[tuple[Change, tuple[Change, ...]], ...]  # other inputs set, and what is pinned in each world
    places: tuple[int, ...]  # among all questions


def ask(
    task: Task,
    changes: Sequence[Change],
    paths: int,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> NDArray[np.float64]:
    """Return what each change makes of the values as financed after tax, shape (change, strategy, party, path).

    Every change meets the same first `paths` futures of the first block. Workers change no byte.
    """
    jobs = _jobs(task, changes, min(paths, BLOCK))
    answers = np.empty((len(changes), len(task.strategies), len(ASKED), min(paths, BLOCK)))
    done = 0
    for job, found in _each(jobs, workers):
        answers[list(job.places)] = found
        done += len(job.places)
        progress(done, len(changes))
    return answers


def _each(jobs: list[Asked], workers: int) -> Iterator[tuple[Asked, NDArray[np.float64]]]:
    """Yield every job with its answer, as soon as it is there."""
    if workers == 1 or len(jobs) == 1:
        yield from ((job, answer(job)) for job in jobs)
        return
    with Workers(workers) as pool:
        running = {pool.submit(answer, job): job for job in jobs}
        yield from ((running[future], future.result()) for future in as_completed(running))


def _jobs(task: Task, changes: Sequence[Change], paths: int) -> list[Asked]:
    """Return the questions by what is believed; where that is as in the task, no more at a time than fit a block."""
    drawn = {leaf.path for leaf in task.scenario.drawn()}
    alike: dict[tuple, dict[tuple, list[int]]] = {}
    for place, change in enumerate(changes):
        fixed = {path: value for path, value in change.items() if path not in drawn}
        believed = tuple((path, value) for path, value in fixed.items() if not path.startswith(UNBELIEVED))
        rest = tuple(item for item in fixed.items() if item not in believed)
        alike.setdefault(believed, {}).setdefault(rest, []).append(place)
    jobs, together = [], max(BLOCK // paths, 1)
    for believed, settings in alike.items():
        parts = [
            (rest, places[first : first + together])
            for rest, places in settings.items()
            for first in range(0, len(places), together)
        ]
        for group in [parts] if believed else [[part] for part in parts]:
            worlds = tuple(
                (dict(rest), tuple({path: v for path, v in changes[p].items() if path in drawn} for p in places))
                for rest, places in group
            )
            jobs.append(Asked(task, dict(believed), paths, worlds, tuple(p for _, places in group for p in places)))
    return sorted(jobs, key=lambda job: not job.believed)  # those that take longest first


def answer(asked: Asked) -> NDArray[np.float64]:
    """Return the values of all the worlds of a job, shape (world, strategy, party, path)."""
    task = set_inputs(asked.task, asked.believed) if asked.believed else asked.task
    return np.concatenate([_live_worlds(set_inputs(task, rest), asked.paths, pins) for rest, pins in asked.worlds])


def set_inputs(task: Task, values: Change) -> Task:
    """Return the task with inputs set: fixed, known to all, and believed."""
    known: dict = {}
    if all(path.startswith(UNBELIEVED) for path in values):
        known = {belief_key(strategy): table for strategy, table in zip(task.strategies, task.beliefs, strict=True)}
    return prepare(with_values(task.scenario, values), task.seed, task.paths, task.sample_paths, known)


def with_values(scenario: Scenario, values: Change) -> Scenario:
    """Return the scenario with leaves fixed at other values."""
    leaves = {
        path: replace(scenario.leaves[path], value=value, low=None, high=None, dist=None, drawn=False)
        for path, value in values.items()
    }
    return replace(scenario, leaves={**scenario.leaves, **leaves})


def _live_worlds(task: Task, paths: int, pins: tuple[Change, ...]) -> NDArray[np.float64]:
    """Return the values of several worlds of one task, lived side by side, shape (world, strategy, party, path)."""
    worlds = len(pins)
    theta = pinned(draw_theta(task.scenario, task.seed, 0, paths), pins)
    candidates = draw_candidates(task.scenario, theta, task.seed, 0, task.reach)
    chances = chances_of(task, 0, paths)
    tiled = Chances(np.tile(chances.signing, worlds), np.tile(chances.extension, worlds))
    kept = [books for _, books in keep_all(task, theta, candidates, tiled)]
    market = draw_capital_market(task.scenario, theta, task.seed, 0)
    firm = found_firm(task.scenario, theta, kept, list(task.beliefs), market)
    limited = task.scenario["financing.capital"] == "limited"
    life = live(with_limits(firm) if limited else without_limits(firm))
    values = np.stack([values_of(task.scenario, end, theta.size) for end in settle(life, kept, list(task.beliefs))])
    return values.reshape(*values.shape[:2], worlds, paths).transpose(2, 0, 1, 3)


def pinned(theta: Theta, pins: Sequence[Change]) -> Theta:
    """Return the same futures once per set of pins, with those inputs held."""
    values = dict(theta.values)
    for path, value in theta.values.items():
        if isinstance(value, np.ndarray):
            values[path] = np.concatenate([np.full(theta.size, pin[path]) if path in pin else value for pin in pins])
    return Theta(values, theta.size * len(pins), copies=len(pins))


def values_of(scenario: Scenario, settled: Settled, size: int) -> NDArray[np.float64]:
    """Return the present values of a strategy as financed and after tax, shape (party, path)."""
    horizon, books = horizon_quarters(scenario), settled.books
    values = []
    for party in ASKED:
        factors = discount_factors(books.strategy.rate_of(party), horizon)
        counted = [flow for flow in books.flows if sign(flow, party) and flow.line not in CAPITAL_LINES]
        parts = [sign(flow, party) * value_by_path(flow, factors, size) for flow in counted]
        values.append(reduce(add, parts, np.zeros(size)))
    values[0] = values[0] + _account_value(settled, horizon)
    values[1] = values[1] * (1 - scenario["tax.partner_rate"])
    return np.stack(values)


def _account_value(settled: Settled, horizon: int) -> NDArray[np.float64] | float:
    """Return the present value of the company's own account."""
    quarter, rate, total = np.arange(horizon), settled.books.strategy.rate, 0.0
    for line, page in settled.account.items():
        if line not in CAPITAL_LINES:
            years = start_years(quarter) if timing_of(line) == "start" else mid_years(quarter)
            total = total + (page * discount(years, rate)[:, None]).sum(axis=0)
    return total
