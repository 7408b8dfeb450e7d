"""Processes that work for this one: they leave Ctrl-C to it and end when it ends, however it ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


GIB_EACH = 1
"""Memory a process that simulates takes at most, a first block and a belief table."""


def cores() -> int:
    """Return how many processes are to work side by side: one a core that this one may use, as memory allows."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        room = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30 / GIB_EACH
        count = min(count, int(room))
    return max(count, 1)


class Workers(ProcessPoolExecutor):
    """A pool of processes that outlives neither its `with` block, if that fails, nor its parent."""

    def __init__(self, count: int, context: str | None = None) -> None:
        chosen = multiprocessing.get_context(context) if context else None
        super().__init__(count, mp_context=chosen, initializer=_serve)

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future:
        """Return the future of a call. Processes start here, deaf to signals until they are ready for them."""
        with _unstopped():
            return super().submit(call, *args, **named)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Wait for work to end; after a failure end it, since nobody will ask for it."""
        if kind is not None:
            for process in list((self._processes or {}).values()):
                process.terminate()
            self.shutdown(cancel_futures=True)
        super().__exit__(kind, error, where)


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
    end_with_parent()


def end_with_parent() -> None:
    """Let this process end when the one that asked for it is gone: nothing else would tell it."""
    threading.Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
