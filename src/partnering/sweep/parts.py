"""A sweep: a grid of scenarios, one part file per scenario and block, and the table they add up to."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from partnering.inputs.grid import Grid, Point
from partnering.inquiry.what_if import UNBELIEVED
from partnering.results.digests import describe_platform, lock_digest, model_digest
from partnering.results.faults import IdentityError
from partnering.results.parts import join_blocks, pack_block, read_part, unpack_block, write_part
from partnering.results.simulate import BLOCK, prepare, simulate_block
from partnering.results.store import refuse_failed_checks, write_csv
from partnering.results.tables import tabulate_checks, tabulate_headline
from partnering.sweep.pools import Pool, SweepError, at_hand
from partnering.value.beliefs import belief_key


@dataclass(frozen=True)
class Job:
    """One part: so many paths of a block of a scenario, by this model on this platform."""

    point: Point
    seed: int
    block: int
    size: int
    made_by: str


@cache
def made_by() -> str:
    """Return the digest of the model and the platform that run here."""
    return hashlib.sha256(f"{model_digest()} {describe_platform()}".encode()).hexdigest()


@lru_cache(maxsize=4)
def _known_tables(believed: str) -> dict[Any, Any]:
    """Return the belief tables a worker has made of inputs with this digest, to be added to."""
    return {}


def simulate_part(job: Job) -> bytes:
    """Return the content of a part. Raises SweepError in a worker unlike the head, IdentityError."""
    if made_by() != job.made_by:
        raise SweepError("a worker has another model, Python, numpy, scipy or machine than the head of the sweep")
    scenario = job.point.scenario
    believed = {path: leaf for path, leaf in scenario.leaves.items() if not path.startswith(UNBELIEVED)}
    tables = _known_tables(replace(scenario, leaves=believed).digest)
    task = prepare(scenario, job.seed, job.block * BLOCK + job.size, 0, tables)
    tables.update({belief_key(strategy): table for strategy, table in zip(task.strategies, task.beliefs, strict=True)})
    block = simulate_block(task, job.block)
    try:
        refuse_failed_checks(tabulate_checks(replace(block, task=replace(task, paths=job.size))))
    except IdentityError as error:
        raise IdentityError(f"{error.args[0]}; in {job.point}") from error
    return pack_block(block)


def write_sweep(grid: Grid, folder: Path, project: Path, pool: Pool, progress: Callable[[int, int], None]) -> None:
    """Write the table of a sweep, `sweep.csv` in the folder: for every scenario its values and its headline.

    Parts that are there and sound are read, all others made. Raises what `simulate_part` does.
    """
    sizes = [min(BLOCK, grid.paths - first) for first in range(0, grid.paths, BLOCK)]
    jobs = (Job(point, grid.seed, block, size, made_by()) for point in grid for block, size in enumerate(sizes))
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder) as made, _parts(jobs, folder, project, pool) as parts:
        with Path(made, "sweep.csv").open("w", encoding="utf-8", newline="") as table:
            for number, point in enumerate(grid):
                blocks = []
                for _ in sizes:
                    blocks.append(unpack_block(next(parts)))
                    progress(number * len(sizes) + len(blocks), len(grid) * len(sizes))
                headline = tabulate_headline(join_blocks(point.scenario, grid.seed, blocks))
                told = {"number": number, "scenario": point.scenario.name} | point.told()
                write_csv(headline.assign(**told)[[*told, *headline]], table, header=number == 0)
        Path(made, "sweep.csv").replace(folder / "sweep.csv")


Ahead = deque[tuple[Future[bytes], Path | None]]
"""Parts asked for and not yet taken, and the files of those that are new."""


@contextmanager
def _parts(jobs: Iterable[Job], folder: Path, project: Path, pool: Pool) -> Iterator[Iterator[bytes]]:
    """Yield the content of every part in order; however it ends, those that processes have begun are kept."""
    ahead: Ahead = deque()
    try:
        yield _each(jobs, folder, project, pool, ahead)
    finally:
        begun = {future: file for future, file in ahead if file and not future.cancel()}
        for future in wait(begun).done:
            if not future.exception():
                write_part(begun[future], future.result())


def _each(jobs: Iterable[Job], folder: Path, project: Path, pool: Pool, ahead: Ahead) -> Iterator[bytes]:
    """Yield the content of every part, made where no sound one is there, some ahead of what is asked for."""
    executor, most = pool
    for job in jobs:
        while len(ahead) >= most():
            yield _first(ahead)
        file = folder / "parts" / _name(job, project)
        stored = read_part(file)
        ahead.append((at_hand(stored), None) if stored else (executor.submit(simulate_part, job), file))
    while ahead:
        yield _first(ahead)


def _first(ahead: Ahead) -> bytes:
    """Return the content of the part that is next, once it is there and, if it is new, written."""
    future, file = ahead[0]
    content = future.result()
    if file:
        write_part(file, content)
    ahead.popleft()
    return content


def _name(job: Job, project: Path) -> str:
    """Return the name of a part: the digest of all it depends on, and its block."""
    made_of = [job.point.scenario.digest, job.made_by, lock_digest(project), job.seed, BLOCK, job.size]
    return f"{hashlib.sha256('/'.join(map(str, made_of)).encode()).hexdigest()}-{job.block}.npz"
