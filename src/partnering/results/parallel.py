"""Calls side by side: processes that leave Ctrl-C to this one and end when it ends, however it ends."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import Any

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What a process is asked to end by."""

GIB_EACH = 1
"""Memory a process that simulates takes at most, a first block and a belief table."""

LOOK_EVERY = 0.5
"""Seconds between two looks at whether the process that asked is still there."""


def cores() -> int:
    """Return how many processes are to work side by side: one a core that this one may use, as memory allows."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        count = min(count, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**30 // GIB_EACH)
    return max(count, 1)


def in_order(call: Callable[[Any], Any], jobs: Iterable[Any], workers: int) -> Iterator[Any]:
    """Yield what a call makes of every job, in the order of jobs, each as soon as it and those before it are there.

    One worker is this process. A failed call raises here, and those under way are ended.
    """
    if workers == 1:
        yield from map(call, jobs)
        return
    from joblib import Parallel, delayed, parallel_config  # slow to import, and most commands need none of it

    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)  # one that grew is replaced
    with parallel_config("loky", initializer=serve, initargs=(os.getpid(),)):
        pool = Parallel(n_jobs=workers, return_as="generator", batch_size=1, max_nbytes=None)
    made: Any = ExitStack()  # nothing to close yet
    try:
        with _unstopped():
            made = pool(delayed(call)(job) for job in jobs)
        for each in made:  # noqa: UP028 (`yield from` would close it outside of what follows)
            yield each
    finally:
        with warnings.catch_warnings(action="ignore"):  # joblib's, of what was done in vain
            made.close()


@contextmanager
def _unstopped() -> Iterator[None]:
    """Hold back what stops a process, also from those started meanwhile; it comes through afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # when it starts it lets signals through again, so not after the next line
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve(parent: int) -> None:
    """Let this process leave Ctrl-C, which a terminal sends to all, to its parent, and end when that ends."""
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)
