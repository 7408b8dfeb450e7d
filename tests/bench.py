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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from helpers import PARAMS, load
from numpy.typing import NDArray

from partnering.inputs import Scenario
from partnering.model import draws
from partnering.model.draws import BLOCK
from partnering.model.run import Packed, pack, reach
from partnering.results.parallel import cores
from partnering.results.simulate import simulate, simulate_block
from partnering.results.store import write_run

OLD_COMMIT = "eeb5d01"
SEED, USUAL = 731, 20_000
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
    bench_floors(load(), pack(load()))
    bench_oracle(load(), pack(load()))
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
def watched_draws() -> Iterator[list[tuple]]:
    """Give the list of all streams read meanwhile: seed, name, block, slots, paths."""
    read: list[tuple] = []

    def uniforms(*stream: Any) -> NDArray[np.float64]:
        read.append(stream)
        return real(*stream)

    real = draws.uniforms
    with mock.patch.object(draws, "uniforms", uniforms):
        yield read


def draw_block(scenario: Scenario, packed: Sequence[Packed], block: int) -> None:
    """Draw all that a block is lived through with: inputs, candidates, capital market."""
    luck = draws.draw_luck(scenario, SEED, block)
    draws.draw_candidates(luck, *reach(packed))
    draws.draw_market(luck)


def second_block(scenario: Scenario, packed: Sequence[Packed]) -> None:
    """Simulate the second block, of which nothing more is kept than of every other."""
    simulate_block(scenario, packed, SEED, 1, BLOCK)


def bench_floors(scenario: Scenario, packed: Sequence[Packed]) -> None:
    """Time the second block: its draws alone, what is made of them, and the whole."""
    second_block(scenario, packed)  # the compiled model is loaded
    with watched_draws() as read:
        draw_block(scenario, packed, 1)
    slots = sum(stream[3] for stream in read)
    floor = seconds(lambda: [draws.uniforms(*stream) for stream in read])
    show(f"draws alone: {slots:,} a path", BLOCK / floor, "the floor")
    drawn = seconds(lambda: draw_block(scenario, packed, 1))
    whole = seconds(lambda: second_block(scenario, packed))
    show("draws and all that is made of them", BLOCK / drawn, f"{drawn / floor:.1f} floors")
    show("whole: four strategies, three views", BLOCK / whole, f"{whole / floor:.1f} floors")


OLD_ENGINE = """
import sys, time
from partnering.inputs import load_scenario
from partnering.results.simulate import prepare, simulate_block
task = prepare(load_scenario("base", "params"), int(sys.argv[1]), 3 * 4096, 1)
taken = []
for _ in range(int(sys.argv[2])):
    begun = time.process_time()
    simulate_block(task, 1)
    taken.append(time.process_time() - begun)
print(min(taken))
"""


def bench_oracle(scenario: Scenario, packed: Sequence[Packed]) -> None:
    """Time the same block by the array engine, from a worktree of its last commit, if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "old"
        made = subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, OLD_COMMIT], capture_output=True)
        if made.returncode:
            print(f"no worktree of {OLD_COMMIT}: the old engine is not timed")
            return
        try:
            command = [sys.executable, "-c", OLD_ENGINE, str(SEED), str(REPEATS)]
            there = os.environ | {"PYTHONPATH": str(tree / "src")}
            done = subprocess.run(command, cwd=tree, env=there, capture_output=True, text=True, check=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], check=True)
    old, new = float(done.stdout), seconds(lambda: second_block(scenario, packed))
    show("whole, by the array engine", BLOCK / old, f"{old / new:.1f} times as long")


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
    simulate(scenario, SEED, paths, cores())
    taken = time.perf_counter() - begun
    print(
        taken, *(resource.getrusage(who).ru_maxrss // MIB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def bench_files() -> None:
    """Time what a run of the usual size writes."""
    run = simulate(load(), SEED, USUAL)
    with tempfile.TemporaryDirectory() as folder:
        taken = seconds(lambda: write_run(run, Path(folder, "run"), PARAMS.parent), 1)
    show(f"files of a run of {USUAL:,} paths: {taken:.1f} s", None, "")


if __name__ == "__main__":
    main()
