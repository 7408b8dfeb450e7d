"""The process a command runs in: its exit codes and streams, what may stop it, and what is said when something did."""

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from partnering.results.faults import Refusal
from partnering.results.parallel import STOPPING

DONE, FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # exit codes of the contract
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def open_streams() -> None:
    """Make output UTF-8 whatever the locale, and lose it where its stream is closed, rather than fail."""
    os.environ["PYTHONUTF8"] = "1"  # also of workers and kernels, in whatever they read and write
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # opened in this order, each takes the number that is free: its own
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
            os.set_inheritable(getattr(sys, name).fileno(), True)  # workers write there too
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


def say_fault(error: Exception) -> str:
    """Return one line on what stopped a command although its inputs hold: what happened, where, and what to do."""
    from concurrent.futures.process import BrokenProcessPool

    if isinstance(error, Refusal):
        return str(error)
    if isinstance(error, BrokenProcessPool):
        return "a worker process was ended from outside (killed, or out of memory): run it again, with fewer paths"
    if isinstance(error, MemoryError):
        return "out of memory: close other programs, or ask for fewer paths"
    if isinstance(error, BrokenPipeError):
        return "whoever read the results stopped before their end"
    for found in (error, *error.args):  # the workbook's errors hold the system's
        if isinstance(found, OSError):
            return _say_system(found)
    return f"unexpected {type(error).__name__} at {_place(error)}: {_one_line(str(error))}"


def _say_system(error: OSError) -> str:
    """Return what the system refused, on which file, and what to do where that is plain."""
    where = f" ({error.filename2 or error.filename})" if error.filename else ""
    if error.errno in FULL:
        return f"no room to write{where}: {error.strerror}; make room and run it again"
    if error.errno in REFUSED:
        return f"not allowed to write or read{where}: {error.strerror}; change its permissions or choose another folder"
    return _one_line(str(error))


def _place(error: Exception) -> str:
    """Return file and line an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"


def _one_line(text: str) -> str:
    return " ".join(text.split())
