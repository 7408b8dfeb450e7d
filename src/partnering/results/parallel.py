"""Calls in processes that leave Ctrl-C to this one and end when it ends, however it ends."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

GIB_EACH = 1
"""Memory a process that simulates takes at most."""


def cores() -> int:
    """Return how many processes are to work side by side: one a core that this one may use, as memory allows."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        room = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30 / GIB_EACH
        count = min(count, int(room))
    return max(count, 1)


def in_order(call: Callable[[Any], Any], jobs: Iterable[Any], workers: int) -> Iterator[Any]:
    """Yield what a call returns for each job, in the order of jobs, as each is ready."""
    from joblib import Parallel, delayed

    if workers == 1:
        yield from map(call, jobs)
        return
    pool = Parallel(n_jobs=workers, backend="loky", return_as="generator", initializer=_serve)
    with _unstopped():
        made = pool(delayed(call)(job) for job in jobs)
    yield from made


@contextmanager
def _unstopped() -> Iterator[None]:
    """Hold back what stops a process, also from those started meanwhile; it comes through afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve() -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the parent, and end when it ends."""
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
