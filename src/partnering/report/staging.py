"""Put finished files where readers find them: all or none, the index last, one run at a time.

Files are first copied into the report folder under a hidden name. Only then a journal says what will happen, and from
there on the move can be finished by anyone who finds the journal. At its end the journal becomes the record of what is
published: the key of the report, its files and their digests. By it pages of scenarios that no longer exist go, and
nothing else ever does. A journal or record that is damaged counts as none, and no name leads out of the folder.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from partnering.report.errors import ReportError

INDEX = "index.html"
BUILD, EXECUTED, RUNS, DRAFT = ".build", ".executed", ".runs", "draft"
"""Folders of the report folder: where pages are made, executed notebooks and runs are kept, drafts are published."""

LOCK, OWNER = ".lock", ".lock.owner"
INCOMING, JOURNAL, PUBLISHED = ".incoming", ".moving.json", ".published.json"


class LockedError(ReportError):
    """Another run holds the report folder; the message is one line that names it."""


@contextmanager
def report_lock(reports: Path) -> Iterator[None]:
    """Hold the report folder for one run; the system frees it when the process ends, however it ends.

    Raises:
        LockedError: at once, if another run holds it.
    """
    reports.mkdir(parents=True, exist_ok=True)
    lock, owner = FileLock(reports / LOCK, timeout=0), reports / OWNER
    try:
        lock.acquire()
    except Timeout:
        who = owner.read_text(encoding="utf-8") if owner.exists() else "just started"
        raise LockedError(f"another run ({who}) holds {reports.name}/{LOCK}") from None
    try:
        owner.write_text(f"pid {os.getpid()}, started {datetime.now():%Y-%m-%d %H:%M:%S}", encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def refuse_links(reports: Path) -> None:
    """Refuse folders of a report that are links: what is cleared away there would be somebody else's.

    Raises:
        ReportError: one of them is a link.
    """
    for name in (BUILD, EXECUTED, RUNS, DRAFT, INCOMING):
        if (reports / name).is_symlink():
            raise ReportError(f"{reports.name}/{name} leads out of the report folder; remove it")


def stage(build: Path) -> Path:
    """Return `build`, empty, for pages to be rendered into: what a run that was killed has left there goes."""
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    return build


def digest(file: Path) -> str:
    """Return the sha256 of a file, empty where there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def move_into_place(build: Path, reports: Path, pages: Sequence[str], key: str) -> None:
    """Publish `pages` (pages and downloads, by relative name) together under a key, the index after all others.

    What an earlier call published and this one does not is removed.

    Raises:
        ReportError: a file is missing, the index is not among them, or a name leads out of the folder. Nothing has
            been changed then.
    """
    names = [*sorted(set(pages) - {INDEX}), INDEX]
    for name in names:
        if not _is_ours(reports, name):
            raise ReportError(f"{name} cannot be published under this name")
        if name not in pages or not (build / name).is_file():
            raise ReportError(f"{name} is not among the staged files; nothing was published")
    finish_interrupted_move(reports)
    for name in names:
        copy = reports / INCOMING / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(build / name, copy)
    stale = sorted(set(published(reports).get("files", ())) - set(names))
    stamp = {"key": key, "files": {name: digest(build / name) for name in names}, "stale": stale}
    journal = reports / INCOMING / JOURNAL
    journal.write_text(json.dumps(stamp | {"digest": _digest_of(stamp)}, indent=1) + "\n", encoding="utf-8")
    os.replace(journal, reports / JOURNAL)
    finish_interrupted_move(reports)


def finish_interrupted_move(reports: Path) -> bool:
    """Finish a move that was cut off; return whether there was one. Call it at the start of every run, under the lock.

    A move that had not written its journal, or whose journal or copies are damaged, is given up: copies are dropped.
    """
    incoming, plan = reports / INCOMING, _read_stamp(reports, JOURNAL)
    files = plan.get("files", {})
    if any((digest(incoming / name) or digest(reports / name)) != sha for name, sha in files.items()):
        plan = {}
    if plan:
        for name in files:
            if (incoming / name).exists():  # otherwise it was moved before the interruption
                (reports / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(incoming / name, reports / name)
        for name in plan["stale"]:
            (reports / name).unlink(missing_ok=True)
        os.replace(reports / JOURNAL, reports / PUBLISHED)
    elif (reports / JOURNAL).exists():
        (reports / JOURNAL).unlink()
    shutil.rmtree(incoming, ignore_errors=True)
    return bool(plan)


def published(reports: Path) -> dict[str, Any]:
    """Return the record of what is published, `key` and `files` with their digests; empty without one that holds."""
    return _read_stamp(reports, PUBLISHED)


def is_published(reports: Path, key: str) -> bool:
    """Return whether the report of a key is published, and every file of it is as it was written."""
    stamp = published(reports)
    return stamp.get("key") == key and all(digest(reports / name) == sha for name, sha in stamp["files"].items())


def _read_stamp(reports: Path, name: str) -> dict[str, Any]:
    """Return a journal or record, empty where it is damaged or names what is not the report's."""
    try:
        stamp = json.loads((reports / name).read_text(encoding="utf-8"))
        own = stamp.pop("digest")
        names = [*stamp["files"].keys(), *stamp["stale"]]
        held = own == _digest_of(stamp) and all(_is_ours(reports, file) for file in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return stamp if held and stamp["files"] else {}


def _digest_of(stamp: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stamp, sort_keys=True).encode()).hexdigest()


def _is_ours(reports: Path, name: str) -> bool:
    """Return whether a report may publish a file of this name: not hidden, and in the folder itself, past no link."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or name.startswith("."):
        return False
    return not any((reports / folder).is_symlink() for folder in path.parents if folder.name)
