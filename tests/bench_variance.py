"""What fewer paths for the same answer would take: the headline lead by each way of reducing its variance.

`python tests/bench_variance.py`: variance left, cost of a path, processor seconds to a standard error of $0.1 million.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar
from unittest import mock

import numpy as np
from helpers import load
from numpy.typing import NDArray
from scipy.stats import qmc

from partnering.analysis.steady import steady_means
from partnering.inquiry.controls import block_controls, draw_controls
from partnering.results.control import control_gaps, variance_left, without_options
from partnering.results.schema import VIEW
from partnering.results.simulate import Task, prepare, simulate_block
from partnering.world import streams
from partnering.world.streams import BLOCK

SEED, BLOCKS, SMALL = 731, 5, 1024
GOAL_MUSD = 0.1
REPEATS = 3
Found = TypeVar("Found")
READERS = ("partnering.world.theta.uniforms", "partnering.inquiry.controls.uniforms")
"""Where uniforms of inputs and of luck by name are read."""


def main() -> None:
    """Print one line per way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=64, help="small runs with points of Sobol' (64)")
    small_runs = parser.parse_args().replicates
    task = prepare(load(), SEED, BLOCKS * BLOCK, 0)
    plain, cost = timed(lambda: values_of(task, range(1, BLOCKS + 1)))
    cost /= BLOCKS * BLOCK
    first, best = 0, 1 + int(np.argmax(plain[1:].mean(axis=1)))
    lead = plain[first] - plain[best]
    print(f"lead over {task.strategies[best].slug}: {lead.mean():.1f}, variance {lead.var():,.0f}, {len(lead):,} paths")
    print(f"{'':<54}{'left':>8}{'a path':>10}{'seconds':>10}")
    show("plain", 1.0, cost, lead.var())
    controls, drawing = timed(lambda: draw_controls(task.scenario, SEED, (BLOCKS + 1) * BLOCK)[:, BLOCK:])
    (steady,), fitting = timed(lambda: steady_means(lead[None], controls))
    dearer = cost + drawing / ((BLOCKS + 1) * BLOCK) + fitting / len(lead)
    show("controls from the draws", steady.left, dearer, lead.var())
    left, extra = control_run(task, best)
    show("control run against its closed form", left, cost + extra, lead.var())
    centred = controls - controls.mean(axis=1, keepdims=True)
    slopes = np.linalg.lstsq(centred.T, lead - lead.mean(), rcond=None)[0]
    for name, own in {"inputs": False, "inputs and named candidates": True}.items():
        alone, both, error = sobol(task, best, slopes, own, small_runs)
        show(f"Sobol', {name} (± {error:.0%})", alone, cost, lead.var())
        show(f"Sobol', {name}, and controls", both, dearer, lead.var())


def show(what: str, left: float, cost: float, variance: float) -> None:
    """Print variance left, cost of a path in milliseconds, and processor seconds to the goal."""
    print(f"{what:<54}{left:>8.3f}{1000 * cost:>7.2f} ms{left * variance / GOAL_MUSD**2 * cost:>10,.0f}", flush=True)


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    """Return what some work finds, and the least processor time it takes of some repeats."""
    taken = []
    for _ in range(REPEATS):
        begun = time.process_time()
        found = work()
        taken.append(time.process_time() - begun)
    return found, min(taken)


def values_of(task: Task, blocks: range) -> NDArray[np.float64]:
    """Return the company's value by strategy and path over blocks, none of them the first, which also checks."""
    few = replace(task, paths=blocks.stop * BLOCK)
    parts = [[r.npv["company"] for r in simulate_block(few, block).views[VIEW].values()] for block in blocks]
    return np.concatenate(parts, axis=1)


def control_run(task: Task, best: int) -> tuple[float, float]:
    """Return the share of the lead's variance that the control run leaves, and what a path of it costs more."""
    run = simulate_block(replace(task, paths=BLOCK), 0)
    values = np.stack([result.npv["company"] for result in run.views[VIEW].values()])
    found, taken = timed(lambda: list(control_gaps(task.scenario, task.seed, BLOCK)))
    _, beliefs = timed(lambda: prepare(without_options(task.scenario), task.seed, 2, 1))
    gaps = [simulated - form for _, simulated, form in found]
    return variance_left(values[0] - values[best], gaps[0] - gaps[best]), (taken - beliefs) / BLOCK


def sobol(task: Task, best: int, slopes: NDArray, own: bool, small_runs: int) -> tuple[float, float, float]:
    """Return the variance of a mean over that of plain futures, without controls and with, and its relative error."""
    found, within = [], []
    for number in range(1, small_runs + 1):
        few = replace(task, seed=task.seed + number, paths=BLOCK + SMALL)
        with points_for(task, number, own):
            values = list(simulate_block(few, 1).views[VIEW].values())
            controls = block_controls(few.scenario, few.seed, 1, SMALL, few.reach)
        lead = values[0].npv["company"] - values[best].npv["company"]
        found.append((lead.mean(), (lead - (slopes[:, None] * controls).sum(axis=0)).mean()))
        within.append(lead.var() / SMALL)
    alone, both = np.var(found, axis=0, ddof=1) / np.mean(within)
    return float(alone), float(both), float(np.sqrt(2 / (small_runs - 1)))


@contextmanager
def points_for(task: Task, number: int, own: bool) -> Iterator[None]:
    """Put scrambled points of Sobol' in place of some uniforms: of inputs and of the luck that candidates share.

    If asked, of the named candidates' own luck and peaks too. All other luck is as ever.
    """
    slots = {f"theta/{leaf.path}": 1 for leaf in task.scenario.drawn()} | {"luck/common": 1, "luck/payload": 1}
    for origin in ("inherited", "common") if own else ():
        names = len(task.scenario[f"candidates.{origin}.names"])
        slots |= {f"luck/{origin}/{luck}": names for luck in ("own/0", "peak/0", "peak/1")}
    tiny = np.finfo(float).eps
    points = np.clip(qmc.Sobol(sum(slots.values()), seed=number).random(SMALL).T, tiny, 1 - tiny)
    parts = dict(zip(slots, np.split(points, np.cumsum(list(slots.values()))[:-1]), strict=True))

    def uniforms(seed: int, name: str, block: int, count: int) -> NDArray[np.float64]:
        drawn = streams.uniforms(seed, name, block, count)
        if name in parts:
            drawn[:, :SMALL] = parts[name][:count]
        return drawn

    with mock.patch(READERS[0], uniforms), mock.patch(READERS[1], uniforms):
        yield


if __name__ == "__main__":
    main()
