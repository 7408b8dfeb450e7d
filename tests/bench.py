"""How long the model takes, on how much memory: `make bench`, with --long for a million paths, --report for pages."""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from helpers import PARAMS, keep_world, load

from partnering.results.control import control_gaps, without_options
from partnering.results.simulate import prepare, simulate, simulate_block
from partnering.results.store import write_run
from partnering.world.candidates import draw_candidates
from partnering.world.streams import BLOCK
from partnering.world.theta import draw_theta

PATHS, SEED, SAMPLE = 100_000, 731, 20_000
REPEATS = 5
MIB = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there, KiB elsewhere


def main() -> None:
    """Print the machine, then one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="memory of a million paths too")
    parser.add_argument("--report", action="store_true", help="the whole report, cold and warm")
    parser.add_argument("--peak-of", type=int, metavar="N", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        simulate(load(), SEED, arguments.peak_of, SAMPLE)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB)
        return
    show("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    show("python, numpy", f"{platform.python_version()}, {np.__version__}")
    bench_run()
    bench_floors()
    bench_control()
    bench_memory((PATHS, 2 * PATHS, 10 * PATHS) if arguments.long else (PATHS, 2 * PATHS))
    if arguments.report:
        bench_report()


def show(what: str, result: str) -> None:
    """Print one row of the table."""
    print(f"{what:<44} {result:>24}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def bench_run() -> None:
    """Time a run of the base case, all strategies and parties, on one core, and its files."""
    begun = time.perf_counter()
    run = simulate(load(), SEED, PATHS, SAMPLE)
    taken = time.perf_counter() - begun
    show(f"simulate {PATHS:,} paths, one core", f"{taken:.1f} s, {PATHS / taken:,.0f} a second")
    with tempfile.TemporaryDirectory() as folder:
        taken += seconds(lambda: write_run(run, Path(folder, "run"), PARAMS.parent))
    show("the same with its files", f"{taken:.1f} s, {PATHS / taken:,.0f} a second")


def bench_floors() -> None:
    """Time the second block, which keeps no sample, floor by floor, the best of some repeats."""
    task = prepare(load(), SEED, 2 * BLOCK, 1)
    theta = draw_theta(task.scenario, SEED, 0)
    candidates = draw_candidates(task.scenario, theta, SEED, 0, task.reach)
    works: dict[str, Callable[[], object]] = {
        "world": lambda: draw_candidates(task.scenario, draw_theta(task.scenario, SEED, 0), SEED, 0, task.reach),
        "course and deal": lambda: keep_world(task, theta, candidates),
        "whole block": lambda: simulate_block(task, 1),
    }
    taken = {name: min(seconds(work) for _ in range(REPEATS)) for name, work in works.items()}
    whole = taken.pop("whole block")
    taken["company, value and measures"] = whole - sum(taken.values())
    for name, part in taken.items():
        show(f"a block of {BLOCK:,} paths: {name}", f"{part * 1000:.0f} ms, {part / whole:.0%}")


def bench_control() -> None:
    """Time a path of the control run, closed form included, against one of a run: `control_cost` of params/run.yaml."""
    task = prepare(load(), SEED, 2 * BLOCK, 1)
    run = min(seconds(lambda: simulate_block(task, 1)) for _ in range(REPEATS)) / BLOCK
    belief = min(seconds(lambda: prepare(without_options(load()), SEED, 2, 1)) for _ in range(2))
    control = seconds(lambda: list(control_gaps(load(), SEED, BLOCK))) - belief
    show("control run, a path over a path of a run", f"{control / BLOCK / run:.1f} times")


def bench_memory(sizes: tuple[int, ...]) -> None:
    """Measure the peak memory of runs, each in a process of its own."""
    for paths in sizes:
        command = [sys.executable, __file__, "--peak-of", str(paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        show(f"peak memory at {paths:,} paths", f"{int(done.stdout):,} MiB")


def bench_report() -> None:
    """Time the whole report from nothing, and again with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "partnering", "report", "--reports", str(Path(folder, "reports"))]
        for kind in ("cold", "warm"):
            taken = seconds(lambda: subprocess.run(command, cwd=PARAMS.parent, capture_output=True, check=True))
            show(f"report, {kind}", f"{taken:.1f} s")


if __name__ == "__main__":
    main()
