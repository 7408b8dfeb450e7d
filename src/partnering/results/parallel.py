"""Jobs in several processes, their results in the order of the jobs."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, cpu_count, delayed

Job = TypeVar("Job")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many processes may run side by side here."""
    return int(cpu_count())


def in_order(call: Callable[[Job], Result], jobs: Iterable[Job], workers: int) -> Iterator[Result]:
    """Yield the result of every job, in the order of the jobs, each as soon as it is ready."""
    if workers == 1:
        yield from map(call, jobs)
        return
    yield from Parallel(n_jobs=workers, return_as="generator")(delayed(call)(job) for job in jobs)
