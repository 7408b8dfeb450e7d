"""What stopped a command although its inputs hold, in one line that says what to do."""

import errno
import traceback
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from partnering.results.faults import Refusal

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def say_fault(error: Exception) -> str:
    """Return one line on what happened, where, and what to do."""
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
