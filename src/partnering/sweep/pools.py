"""What runs the parts of a sweep: this process, processes of its own, or the workers of a Dask scheduler."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from pydoc import locate
from typing import Any

from partnering.results.faults import Refusal
from partnering.results.workers import Workers

PATIENCE = 10
"""Seconds a scheduler has to answer, and a worker to join it."""

Pool = tuple[Executor, Callable[[], int]]
"""What runs functions, and how many it should have at a time."""


class SweepError(Refusal):
    """What keeps a sweep from being made, in one line."""


def at_hand(result: Any) -> Future:
    """Return what need not be waited for as if it had just been made."""
    done: Future = Future()
    done.set_result(result)
    return done


class _Here(Executor):
    """Runs a function at once, in this process."""

    def submit(self, fn: Callable, /, *arguments: Any, **named: Any) -> Future:
        """Return what a function returns, called now."""
        return at_hand(fn(*arguments, **named))


@contextmanager
def open_pool(workers: int, scheduler: str | None) -> Iterator[Pool]:
    """Return what runs the parts. Raises SweepError where a scheduler is named and is not there, or goes away."""
    if scheduler:
        with _cluster(scheduler) as pool:
            yield pool
    elif workers == 1:
        yield _Here(), lambda: 1
    else:
        with Workers(workers, "spawn") as executor:
            yield executor, lambda: workers + 1


@contextmanager
def _cluster(address: str) -> Iterator[Pool]:
    try:
        import distributed
    except ImportError as error:
        raise SweepError("a scheduler needs the packages of the extra `cluster`, see README.md") from error
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost connection is said by the command
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except OSError as error:
        raise SweepError(f"no scheduler answers at {address}") from error

    def most() -> int:
        """Return how many parts to have under way: two a thread there is."""
        with suppress(OSError):
            return max(2 * sum(client.nthreads().values()), 1)
        raise CancelledError

    with client, client.get_executor(pure=False) as executor:
        try:
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError as error:
                raise SweepError(f"no worker has joined the scheduler at {address}") from error
            if None in client.run(locate, f"{__name__}.PATIENCE").values():  # such a worker would end at its first part
                raise ImportError("a worker has no sweep")
            yield executor, most
        except (ImportError, RuntimeError, distributed.KilledWorker) as error:
            text = str(error).partition("\n")[0]
            raise SweepError(f"the scheduler or a worker fails, or does not run this program: {text}") from error
        except (CancelledError, distributed.comm.CommClosedError) as error:
            raise SweepError(f"the scheduler at {address} has gone; parts that are done stay") from error
