"""A disk that is full, files that may not grow, a folder nobody may write to, a reader who leaves."""

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import Command, add_cell, check_recovered, copy_of
from project import ROOT, published

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), LINUX]

DISK, ROOM = 64 << 20, (0, 100_000, 600_000)
"""Bytes of the small disk, and what is left on it: nothing, not enough for pages, not enough for all of them."""

GROWN = (20_000, 200_000)
"""Bytes no file may outgrow: less than a page, less than the workbook."""

PR_CAPBSET_DROP, OVERRIDE = 24, (1, 2)
"""Linux: takes from a process, and all it starts, root's right to write where the mode forbids it."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, where the system lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "small", folder], capture_output=True).returncode:
        pytest.skip("this user may not mount a disk; files that may not grow are tested below")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, left: int) -> Path:
    """Fill a disk up to some bytes; return the file to remove."""
    file = folder / "fill"
    about = os.statvfs(folder)
    with file.open("wb") as stream:
        stream.write(b"x" * (about.f_bavail * about.f_frsize - left))
    return file


@pytest.mark.parametrize("left", ROOM)
def test_a_full_disk(left: int, good: Path, tmp_path: Path, disk: Path) -> None:
    project = copy_of(good, tmp_path / "project")
    reports = Path(shutil.copytree(project / "reports", disk / "reports"))
    mend, before = add_cell(project, "1"), published(reports)
    filled = fill(disk, left)
    done = Command(project, "report", "--reports", str(reports)).end()
    assert done.code == 1 and "o space left on device" in done.line
    assert published(reports) == before
    filled.unlink()
    mend()
    check_recovered(project, before, reports)


@pytest.mark.parametrize("most", GROWN)
def test_files_that_may_not_grow(most: int, good: Path, tmp_path: Path) -> None:
    project = copy_of(good, tmp_path / "project")
    before = published(project / "reports")
    (project / "reports" / ".published.json").unlink()
    done = Command(project, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))).end()
    assert done.code == 1 and "no room to write" in done.line and "File too large" in done.line
    assert published(project / "reports") == before
    check_recovered(project, before)


def test_a_run_on_a_full_disk_leaves_no_folder(tmp_path: Path) -> None:
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # noqa: E731
    done = Command(ROOT, "run", "base", "--paths", "64", "--out", str(tmp_path / "run"), before=limit).end()
    assert done.code == 1 and "no room to write" in done.line and done.out == ""
    assert list(tmp_path.iterdir()) == []


def obey_modes() -> None:
    """Take from root what other users never had, so that a mode means the same to both."""
    for capability in OVERRIDE:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.parametrize("changed", [False, True])
def test_a_folder_nobody_may_write_to(changed: bool, good: Path, tmp_path: Path) -> None:
    project = copy_of(good, tmp_path / "project")
    reports, before = project / "reports", published(project / "reports")
    mend = add_cell(project, "1") if changed else lambda: None
    everything = [reports, *reports.rglob("*")]
    modes = {path: path.stat().st_mode for path in everything}
    for path in everything:
        path.chmod(modes[path] & ~0o222)
    done = Command(project, before=obey_modes).end()
    assert done.code == 1 and f"({reports}" in done.line.replace("(reports", f"({reports}")
    assert "Permission denied" in done.line
    assert published(reports) == before
    for path, mode in modes.items():
        path.chmod(mode)
    mend()
    check_recovered(project, before)


def test_a_read_only_disk(good: Path, tmp_path: Path, disk: Path) -> None:
    project = copy_of(good, tmp_path / "project")
    reports = Path(shutil.copytree(project / "reports", disk / "reports"))
    before = published(reports)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    done = Command(project, "report", "--reports", str(reports)).end()
    assert done.code == 1 and "Read-only file system" in done.line
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert published(reports) == before


# Results on stdout.


def test_results_on_a_full_device() -> None:
    with Path("/dev/full").open("w") as full:
        done = Command(ROOT, "inputs", "base", stdout=full.fileno()).end()
    assert done.code == 1 and "no room to write" in done.line


def test_a_reader_who_leaves_early() -> None:
    reading, writing = os.pipe()
    command = Command(ROOT, "inputs", "base", stdout=writing)
    os.close(writing)
    os.close(reading)
    done = command.end()
    assert done.code == 1 and "stopped before their end" in done.line


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_streams_that_are_closed(closed: tuple[int, ...], tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    command = Command(
        ROOT, "run", "base", "--paths", "20", "--out", out, before=lambda: [os.close(number) for number in closed]
    )
    done = command.end()
    assert (done.code, done.err) == (0, "") and (done.out == "") == (1 in closed)
    assert b"headline.csv" not in (tmp_path / "run" / "headline.csv").read_bytes()
