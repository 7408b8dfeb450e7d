"""A sweep: a grid of scenarios, one part file per scenario and block, and the table they add up to.

Parts are made by this process, by processes of its own, or by the workers of a Dask scheduler.
"""

import hashlib
import io
import logging
import os
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from pydoc import locate
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.grid import Grid, Point
from partnering.model.draws import BLOCK
from partnering.model.futures import drawn_inputs
from partnering.model.warm import warm
from partnering.results.digests import describe_platform, lock_digest, model_digest
from partnering.results.faults import IdentityError, Refusal
from partnering.results.parallel import in_order
from partnering.results.simulate import play_few, simulate_block
from partnering.results.store import refuse_failed_checks, write_arrays, write_csv
from partnering.results.tables import tabulate_checks, tabulate_headline
from partnering.results.variants import chosen

PATIENCE = 10
"""Seconds a scheduler has to answer, and a worker to join it."""


class SweepError(Refusal):
    """What keeps a sweep from being made, in one line."""


@dataclass(frozen=True)
class Job:
    """One part: so many paths of a block of a scenario, by this model on this platform."""

    point: Point
    seed: int
    block: int
    size: int
    paths: int  # of the scenario
    made_by: str

    def name(self, project: Path) -> str:
        """Return the name of its file: the digest of all it depends on, and its block."""
        size = (self.seed, BLOCK, self.size, min(self.paths, BLOCK))
        made_of = [self.point.scenario.digest, self.made_by, lock_digest(project), *size]
        return f"{hashlib.sha256('/'.join(map(str, made_of)).encode()).hexdigest()}-{self.block}.npz"


@cache
def made_by() -> str:
    """Return the digest of the model and the platform that run here."""
    return hashlib.sha256(f"{model_digest()} {describe_platform()}".encode()).hexdigest()


def write_sweep(
    grid: Grid, folder: Path, project: Path, workers: int, scheduler: str | None, progress: Callable[[int, int], None]
) -> None:
    """Write the table of a sweep, `sweep.csv` in the folder: for every scenario its values and its headline.

    Parts that are there and sound are read, all others made. Raises SweepError, and what `simulate_part` does.
    """
    sizes = [min(BLOCK, grid.paths - first) for first in range(0, grid.paths, BLOCK)]
    parts, jobs = folder / "parts", []
    parts.mkdir(parents=True, exist_ok=True)
    for point in grid:
        jobs += [Job(point, grid.seed, block, size, grid.paths, made_by()) for block, size in enumerate(sizes)]
    lacking = [job for job in jobs if read_part(parts / job.name(project)) is None]
    for done, (name, content) in enumerate(_make(lacking, project, workers, scheduler), start=1):
        _write(parts / name, content)
        progress(len(jobs) - len(lacking) + done, len(jobs))
    with TemporaryDirectory(prefix=".", dir=folder) as made:
        with Path(made, "sweep.csv").open("w", encoding="utf-8", newline="") as table:
            for number, point in enumerate(grid):
                mine = jobs[number * len(sizes) : (number + 1) * len(sizes)]
                outs = join_parts([parts / job.name(project) for job in mine])
                drawn = drawn_inputs(point.scenario, grid.seed, grid.paths)
                headline = tabulate_headline(point.scenario, outs, drawn)
                told = {"number": number, "scenario": point.scenario.name} | point.told()
                write_csv(headline.assign(**told)[[*told, *headline]], table, header=number == 0)
        Path(made, "sweep.csv").replace(folder / "sweep.csv")


def _make(jobs: list[Job], project: Path, workers: int, scheduler: str | None) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every part, in order; nothing is asked of anybody where there is no job."""
    made = _on_cluster(scheduler, jobs) if scheduler and jobs else in_order(simulate_part, jobs, workers)
    for job, content in zip(jobs, made, strict=True):
        yield job.name(project), content


def simulate_part(job: Job) -> bytes:
    """Return the content of a part: what is kept of every path, by strategy, compressed, and the digest of that.

    Raises SweepError in a worker unlike the head, IdentityError.
    """
    if made_by() != job.made_by:
        raise SweepError("a worker has another model, Python, numpy, scipy or machine than the head of the sweep")
    scenario = job.point.scenario
    warm(partial(play_few, scenario))
    block = simulate_block(scenario, chosen(scenario, job.seed, job.paths), job.seed, job.block, job.size)
    try:
        refuse_failed_checks(tabulate_checks(block))
    except IdentityError as error:
        raise IdentityError(f"{error.args[0]}; in {job.point}") from error
    content = io.BytesIO()
    write_arrays(block.outs(), content, zipfile.ZIP_DEFLATED)
    return content.getvalue() + hashlib.sha256(content.getvalue()).digest()


def read_part(file: Path) -> dict[str, NDArray] | None:
    """Return what a part holds, (view, path) by strategy; None where there is none, or a damaged one."""
    content = file.read_bytes() if file.is_file() else b""
    place = max(len(content) - hashlib.sha256().digest_size, 0)
    if hashlib.sha256(content[:place]).digest() != content[place:]:
        return None
    with np.load(io.BytesIO(content[:place]), allow_pickle=False) as stored:
        return dict(stored)


def join_parts(files: Iterable[Path]) -> dict[str, NDArray]:
    """Return what the parts of a scenario hold, blocks in order. Raises SweepError for one damaged meanwhile."""
    blocks = [read_part(file) for file in files]
    whole = [block for block in blocks if block is not None]
    if len(whole) < len(blocks):
        raise SweepError("a part was damaged while the sweep was made; run it again")
    return {slug: np.concatenate([block[slug] for block in whole], axis=1) for slug in whole[0]}


def _write(file: Path, content: bytes) -> None:
    """Write the file of a part whole or not at all."""
    made = file.with_name(f".{file.stem}-{os.getpid()}")
    try:
        made.write_bytes(content)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def _on_cluster(address: str, jobs: list[Job]) -> Iterator[bytes]:
    """Yield the content of every part, made by the workers of a Dask scheduler.

    Raises SweepError where there is none, or it or all its workers go away.
    """
    try:
        import distributed
    except ImportError as error:
        raise SweepError("a scheduler needs the packages of the extra `cluster`, see README.md") from error
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost connection is said by the command
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except OSError as error:
        raise SweepError(f"no scheduler answers at {address}") from error
    with client:
        try:
            yield from _submit(client, jobs)
        except TimeoutError as error:
            raise SweepError(f"no worker has joined the scheduler at {address}") from error
        except (ImportError, RuntimeError, distributed.KilledWorker) as error:
            text = str(error).partition("\n")[0]
            raise SweepError(f"the scheduler or a worker fails, or does not run this program: {text}") from error
        except (distributed.client.FutureCancelledError, CancelledError, OSError) as error:
            raise SweepError(f"the scheduler at {address} has gone; parts that are done stay") from error


def _submit(client: Any, jobs: list[Job]) -> Iterator[bytes]:
    """Yield the content of every part, two a thread under way at a time."""
    client.wait_for_workers(1, timeout=PATIENCE)
    if None in client.run(locate, f"{__name__}.PATIENCE").values():  # such a worker would end at its first part
        raise ImportError("a worker has no sweep")
    ahead: deque[Any] = deque()
    for job in jobs:
        while len(ahead) >= max(2 * sum(client.nthreads().values()), 1):
            yield ahead.popleft().result()
        ahead.append(client.submit(simulate_part, job, pure=False))
    while ahead:
        yield ahead.popleft().result()
