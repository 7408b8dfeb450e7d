"""The process a command runs in: its streams and what may stop it, the same wherever and however it is started."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from partnering.results.parallel import STOPPING


def open_streams() -> None:
    """Make output UTF-8 whatever the locale, and lose it where its stream is closed, rather than fail."""
    os.environ["PYTHONUTF8"] = "1"  # also of workers and kernels, in whatever they read and write
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # opened in this order, each takes the number that is free: its own
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
        elif name != "stdin" and stream is getattr(sys, f"__{name}__"):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape" if name == "stdout" else "backslashreplace")


@contextmanager
def stoppable() -> Iterator[None]:
    """Take a request to end, and a terminal that closes, as Ctrl-C: what was begun is cleared up."""
    heard = [number for number in STOPPING if signal.getsignal(number) == signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        heard = []
    for number in heard:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


def give_up_output() -> None:
    """Forget results that cannot be written: Python would try again at its end, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
