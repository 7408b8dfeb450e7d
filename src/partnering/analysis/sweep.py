"""A sweep: a grid of scenarios, one part file per scenario, and the table they add up to.

Parts are made by this process, by processes of its own, or by the workers of a Dask scheduler.
"""

import hashlib
import io
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from pydoc import locate
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from partnering.inputs.grid import Grid, Point
from partnering.model.draws import BLOCK
from partnering.results.digests import describe_platform, lock_digest, model_digest
from partnering.results.faults import IdentityError, Refusal
from partnering.results.parallel import in_order
from partnering.results.simulate import simulate
from partnering.results.store import refuse_failed_checks, write_csv
from partnering.results.tables import tabulate_checks, tabulate_headline

PATIENCE = 10
"""Seconds a scheduler has to answer, and a worker to join it."""


class SweepError(Refusal):
    """What keeps a sweep from being made, in one line."""


@dataclass(frozen=True)
class Job:
    """One part: a scenario at a size, by this model on this platform."""

    point: Point
    seed: int
    paths: int
    made_by: str

    def name(self, project: Path) -> str:
        """Return the name of its file: the digest of all it depends on."""
        made_of = [self.point.scenario.digest, self.made_by, lock_digest(project), self.seed, BLOCK, self.paths]
        return f"{hashlib.sha256('/'.join(map(str, made_of)).encode()).hexdigest()}.part"


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
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    jobs = [Job(point, grid.seed, grid.paths, made_by()) for point in grid]
    files = [parts / job.name(project) for job in jobs]
    lacking = [(job, file) for job, file in zip(jobs, files, strict=True) if read_part(file) is None]
    made = _make([job for job, _ in lacking], workers, scheduler)
    for done, (file, content) in enumerate(zip([file for _, file in lacking], made, strict=True), start=1):
        _write(file, content)
        progress(len(jobs) - len(lacking) + done, len(jobs))
    with TemporaryDirectory(prefix=".", dir=folder) as room:
        with Path(room, "sweep.csv").open("w", encoding="utf-8", newline="") as table:
            for number, (job, file) in enumerate(zip(jobs, files, strict=True)):
                headline = read_part(file)
                if headline is None:
                    raise SweepError("a part was damaged while the sweep was made; run it again")
                told = {"number": number, "scenario": job.point.scenario.name} | job.point.told()
                write_csv(headline.assign(**told)[[*told, *headline]], table, header=number == 0)
        Path(room, "sweep.csv").replace(folder / "sweep.csv")


def _make(jobs: list[Job], workers: int, scheduler: str | None) -> Iterator[bytes]:
    """Yield the content of every part, in order; nothing is asked of anybody where there is no job."""
    return _on_cluster(scheduler, jobs) if scheduler and jobs else in_order(simulate_part, jobs, workers)


def simulate_part(job: Job) -> bytes:
    """Return the content of a part: the headline of its scenario, and the digest of that.

    Raises SweepError in a worker unlike the head, IdentityError.
    """
    if made_by() != job.made_by:
        raise SweepError("a worker has another model, Python, numpy, scipy or machine than the head of the sweep")
    run = simulate(job.point.scenario, job.seed, job.paths)
    try:
        refuse_failed_checks(tabulate_checks(run))
    except IdentityError as error:
        raise IdentityError(f"{error.args[0]}; in {job.point}") from error
    table = io.StringIO()
    write_csv(tabulate_headline(run.scenario, run.outs(), run.drawn), table)
    content = table.getvalue().encode()
    return content + hashlib.sha256(content).digest()


def read_part(file: Path) -> pd.DataFrame | None:
    """Return the headline that a part holds, as text; None where there is none, or a damaged one."""
    content = file.read_bytes() if file.is_file() else b""
    place = max(len(content) - hashlib.sha256().digest_size, 0)
    if hashlib.sha256(content[:place]).digest() != content[place:]:
        return None
    return pd.read_csv(io.BytesIO(content[:place]), dtype=str, keep_default_na=False)


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
