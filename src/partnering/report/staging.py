"""Put finished files where readers find them: all or none, the index last, one run at a time.

Files are first copied into the report folder under a hidden name. Only then a journal says what will happen, and from
there on the move can be finished by anyone who finds the journal. What was published stays listed, so that pages of
scenarios that no longer exist are removed and nothing else ever is.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from partnering.report.errors import ReportError

LOCK, OWNER = ".lock", ".lock.owner"
INCOMING, JOURNAL, PUBLISHED = ".incoming", ".moving.json", ".published.json"


class LockedError(ReportError):
    """Another run holds the report folder; the message is one line that names it."""


@contextmanager
def report_lock(reports_dir: Path) -> Iterator[None]:
    """Hold the report folder for one run; the system frees it when the process ends, however it ends.

    A forked worker would keep the lock of a killed parent, but that it ends with it (results/workers).

    Raises:
        LockedError: at once, if another run holds it.
    """
    reports_dir.mkdir(parents=True, exist_ok=True)
    lock, owner = FileLock(reports_dir / LOCK, timeout=0), reports_dir / OWNER
    try:
        lock.acquire()
    except Timeout:
        who = owner.read_text(encoding="utf-8") if owner.exists() else "just started"
        raise LockedError(f"another run ({who}) holds {reports_dir.name}/{LOCK}") from None
    try:
        owner.write_text(f"pid {os.getpid()}, started {datetime.now():%Y-%m-%d %H:%M:%S}", encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def stage(build_dir: Path) -> Path:
    """Return `build_dir`, empty, for pages to be rendered into: what a run that was killed has left there goes."""
    shutil.rmtree(build_dir, ignore_errors=True)
    build_dir.mkdir(parents=True)
    return build_dir


def move_into_place(build_dir: Path, reports_dir: Path, pages: Sequence[str], last: str = "index.html") -> None:
    """Publish `pages` (pages and downloads, by relative name) together, `last` after all others.

    What an earlier call published and this one does not is removed.

    Raises:
        ValueError: a file is missing, `last` is not among them, or a name leads out of the folder. Nothing has
            been changed then.
    """
    names = [*sorted(set(pages) - {last}), last]
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or name.startswith("."):
            raise ValueError(f"{name} cannot be published under this name")
        if name not in pages or not (build_dir / name).is_file():
            raise ValueError(f"{name} is not among the staged files; nothing was published")
    finish_interrupted_move(reports_dir)
    listed = reports_dir / PUBLISHED
    before = json.loads(listed.read_text("utf-8"))["pages"] if listed.exists() else []
    for name in names:
        copy = reports_dir / INCOMING / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(build_dir / name, copy)
    stale = sorted(set(before) - set(names))
    journal = reports_dir / INCOMING / JOURNAL
    journal.write_text(json.dumps({"pages": names, "stale": stale}, indent=1), encoding="utf-8")
    os.replace(journal, reports_dir / JOURNAL)
    finish_interrupted_move(reports_dir)


def finish_interrupted_move(reports_dir: Path) -> bool:
    """Finish a move that was cut off; return whether there was one. Call it at the start of every run, under the lock.

    A move that had not written its journal has changed nothing: its copies are dropped.
    """
    journal, incoming = reports_dir / JOURNAL, reports_dir / INCOMING
    found = journal.exists()
    if found:
        plan = json.loads(journal.read_text(encoding="utf-8"))
        for name in plan["pages"]:
            if (incoming / name).exists():  # otherwise it was moved before the interruption
                (reports_dir / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(incoming / name, reports_dir / name)
        for name in plan["stale"]:
            (reports_dir / name).unlink(missing_ok=True)
        os.replace(journal, reports_dir / PUBLISHED)
    shutil.rmtree(incoming, ignore_errors=True)
    return found
