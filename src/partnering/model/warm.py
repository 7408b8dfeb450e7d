"""The model compiled once, however many processes find that it is not: one compiles, the others wait for it."""

import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from filelock import FileLock

from partnering.inputs.errors import InputError
from partnering.model.kernel import SETTINGS, cache_folder, make_folder
from partnering.model.path import live_paths

KEPT = re.compile("kernel-[0-9a-f]{20}")
"""Folders of compiled code, of this model or another."""

LATEST = 5
"""Versions of the model whose compiled code is kept."""


class CacheError(InputError):
    """There is nowhere to keep the compiled model."""

    def __init__(self, text: str) -> None:
        super().__init__(())
        self.args, self.problems = (text,), [text]


def warm(compile_now: Callable[[], Any]) -> None:
    """Have every entry compiled and kept, by a call that uses them all, unless it has been. Raises CacheError."""
    if SETTINGS.DISABLE_JIT or _stamp().exists():
        return
    with _hold():
        if not _stamp().exists():
            compile_now()
            _stamp().touch()
            _forget_others()


def _stamp() -> Path:
    """Return the file that says, beside what numba keeps for this copy of the model, that all of it is there."""
    dispatcher: Any = live_paths
    return Path(dispatcher.stats.cache_path or cache_folder()) / "compiled"


def _hold() -> AbstractContextManager:
    """Return the lock under which one process at a time compiles, taken."""
    try:
        return FileLock(make_folder().parent / "kernel.lock").acquire()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        text = f"partnering: the compiled model cannot be kept in {cache_folder().parent}: {reason}"
        raise CacheError(f"{text}; name a folder in PARTNERING_CACHE") from error


def _forget_others() -> None:
    """Remove what was compiled of other versions of the model, but for the latest, which others may be using."""
    folders = [
        f for f in cache_folder().parent.iterdir() if KEPT.fullmatch(f.name) and f.is_dir() and not f.is_symlink()
    ]
    for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime)[:-LATEST]:
        shutil.rmtree(folder, ignore_errors=True)
