"""How many paths a second the model makes, on how much memory: `make bench`; `--most 1000000` for longer runs."""

import argparse
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
from helpers import PARAMS, load
from numpy.typing import NDArray

from partnering.results.control import control_gaps, without_options
from partnering.results.measure import Shared, measure
from partnering.results.simulate import Task, chances_of, keep_all, prepare, simulate, simulate_block
from partnering.results.store import write_run
from partnering.results.workers import cores
from partnering.world import candidates, streams, theta
from partnering.world.streams import BLOCK

SEED, SAMPLE = 731, 20_000
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
REPEATS = 5
MIB = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there, KiB elsewhere
TABLE = "{:<44} {:>12} {:>16}"


def main() -> None:
    """Print the machine, then one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, metavar="N", help="paths of the longest run (100,000)")
    parser.add_argument("--one", type=int, metavar="N", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        time_a_run(arguments.one)
        return
    print(describe_machine())
    task = prepare(load(), SEED, 3 * BLOCK, 1)
    bench_floors(task)
    bench_control(task)
    bench_growth(arguments.most)
    bench_files()


def describe_machine() -> str:
    """Return what the numbers were measured on."""
    file = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.*)", file.read_text()) if file.is_file() else None
    cores = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{named.group(1) if named else 'processor'}, {cores}, Python {platform.python_version()}, {np.__version__}"


def show(what: str, per_second: float | None, also: str) -> None:
    """Print one row of the table."""
    print(TABLE.format(what, "" if per_second is None else f"{per_second:,.0f}/s", also), flush=True)


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the processor time of some work, the best of some repeats."""

    def once() -> float:
        begun = time.process_time()
        work()
        return time.process_time() - begun

    return min(once() for _ in range(repeats))


@contextmanager
def watched_draws() -> Iterator[list[tuple[int, str, int, int]]]:
    """Give the list of all streams read meanwhile: seed, name, block, slots."""
    read: list[tuple[int, str, int, int]] = []

    def uniforms(*stream: int) -> NDArray[np.float64]:
        read.append(stream)
        return streams.uniforms(*stream)

    with mock.patch.object(theta, "uniforms", uniforms), mock.patch.object(candidates, "uniforms", uniforms):
        yield read


def draw_world(task: Task, block: int) -> tuple:
    """Return inputs, candidates and chances of a block."""
    drawn = theta.draw_theta(task.scenario, SEED, block)
    return (
        drawn,
        candidates.draw_candidates(task.scenario, drawn, SEED, block, task.reach),
        chances_of(task, block, BLOCK),
    )


def plan(task: Task, block: int) -> None:
    """Make the planned model of a block: world, course and books of every strategy, values before tax."""
    world, shared = draw_world(task, block), dict[tuple, Shared]()
    for strategy, books in keep_all(task, *world):
        common = shared.setdefault((strategy.rate, strategy.common_rate), Shared({}, {}))
        measure(task.scenario, books, world[0], 0, False, common)


def bench_floors(task: Task) -> None:
    """Time the second block, which keeps no sample, floor by floor, and its draws alone."""
    with watched_draws() as read:
        world = draw_world(task, 1)
    slots = sum(stream[3] for stream in read)
    floor = seconds(lambda: [streams.uniforms(*stream) for stream in read])
    show(f"draws alone: {slots:,} a path", BLOCK / floor, "the floor")
    works: dict[str, Callable[[], object]] = {
        "world": lambda: draw_world(task, 1),
        "deal: course and books, four strategies": lambda: list(keep_all(task, *world)),
        "planned model: world, deal, values": lambda: plan(task, 1),
        "whole: the company planned and financed too": lambda: simulate_block(task, 1),
    }
    taken = {name: seconds(work) for name, work in works.items()}
    planned, whole = list(taken.values())[2:]
    taken["company: whole less planned"] = whole - planned
    for name, part in taken.items():
        show(name, BLOCK / part, f"{part / floor:.1f} floors")


def bench_control(task: Task) -> None:
    """Time a path of the control run, closed form included, against one of a run: `control_cost` of params/run.yaml."""
    run = seconds(lambda: simulate_block(task, 1)) / BLOCK
    belief = seconds(lambda: prepare(without_options(load()), SEED, 2, 1), 2)
    control = seconds(lambda: list(control_gaps(load(), SEED, BLOCK)), 1) - belief
    show("control run", BLOCK / control, f"{control / BLOCK / run:.1f} of a run")


def bench_growth(most: int) -> None:
    """Time runs of growing size in as many processes as there may be, and their peak memory."""
    for paths in (size for size in SIZES if size <= most):
        command = [sys.executable, __file__, "--one", str(paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        taken, parent, child = (float(part) for part in done.stdout.split())
        also = f"{parent:,.0f} MiB" + (f", {child:,.0f} a worker" if child else "")
        show(f"{paths:,} paths, {cores()} processes: {taken:,.1f} s", paths / taken, also)


def time_a_run(paths: int) -> None:
    """Print the seconds of a run and the peak memory of its processes."""
    scenario, begun = load(), time.perf_counter()
    simulate(scenario, SEED, paths, SAMPLE, workers=cores())
    taken = time.perf_counter() - begun
    print(
        taken, *(resource.getrusage(who).ru_maxrss // MIB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def bench_files() -> None:
    """Time what a run of the usual size writes."""
    run = simulate(load(), SEED, SAMPLE, SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        taken = seconds(lambda: write_run(run, Path(folder, "run"), PARAMS.parent), 1)
    show(f"files of a run of {SAMPLE:,} paths: {taken:.1f} s", None, "")


if __name__ == "__main__":
    main()
