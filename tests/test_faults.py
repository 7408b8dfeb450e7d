"""A report killed, stopped or starved while it is made: one line, the last good report as it was, a clean next run."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faults import AT_FAULT, Command, add_cell, check_recovered, copy_of
from project import published

from partnering.report.staging import finish_interrupted_move

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), LINUX]

HANG = f"import os, time, pathlib\npathlib.Path('../{AT_FAULT}').write_text(f'{{os.getpid()}}.')\ntime.sleep(600)"
EAT = "eaten = []\nwhile True:\n    eaten.append(bytearray(10_000_000))"
SEED, SPAN = 1, 15.0
MOST = 3 << 30
"""Bytes of address space a command may have, and all it starts, each."""


def parent_of(pid: int) -> int:
    """The process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kernel_of(project: Path) -> int:
    """The process of the notebook that hangs, which wrote its number down."""
    return int((project / AT_FAULT).read_text().removesuffix("."))


def worker_of(project: Path) -> int:
    """The process that makes the page of the notebook that hangs: its kernel is forked from a server below it."""
    return parent_of(parent_of(kernel_of(project)))


def hangs(project: Path) -> bool:
    """Whether the notebook that hangs has come to where it does."""
    return (project / AT_FAULT).exists() and (project / AT_FAULT).read_text().endswith(".")


# How a run is stopped while a notebook hangs: what to do, exit code, what the line says.
STOPS: dict[str, tuple[Callable[[Command, Path], None], int, str]] = {
    "Ctrl-C": (lambda run, at: run.send(signal.SIGINT), 130, "interrupted"),
    "asked to end": (lambda run, at: run.process.terminate(), 130, "interrupted"),
    "its terminal closes": (lambda run, at: run.process.send_signal(signal.SIGHUP), 130, "interrupted"),
    "worker killed": (lambda run, at: os.kill(worker_of(at), signal.SIGKILL), 1, "worker process was ended"),
    "kernel killed": (
        lambda run, at: os.kill(kernel_of(at), signal.SIGKILL),
        1,
        "model.ipynb: cell 'fault': DeadKernel",
    ),
    "killed": (lambda run, at: run.process.kill(), -signal.SIGKILL, ""),
}


@pytest.mark.parametrize("stop", STOPS)
def test_a_report_stopped_while_a_notebook_hangs(stop: str, good: Path, tmp_path: Path) -> None:
    act, code, said = STOPS[stop]
    project = copy_of(good, tmp_path / "project")
    mend, before = add_cell(project, HANG), published(project / "reports")
    run = Command(project)
    run.wait_for(lambda: hangs(project))
    act(run, project)
    done = run.end()
    assert done.code == code and done.out == ""
    assert said in done.line if said else "Traceback" not in done.err
    assert published(project / "reports") == before
    mend()
    check_recovered(project, before)


def test_a_notebook_that_eats_memory_is_named(good: Path, tmp_path: Path) -> None:
    project = copy_of(good, tmp_path / "project")
    mend, before = add_cell(project, EAT), published(project / "reports")
    done = Command(project, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))).end()
    assert done.code == 1 and "model.ipynb: cell 'fault': MemoryError" in done.line
    assert published(project / "reports") == before
    mend()
    check_recovered(project, before)


@pytest.mark.parametrize("number", ["SIGINT", "SIGKILL"])
def test_a_run_stopped_while_it_simulates_or_is_asked(number: str, good: Path, tmp_path: Path) -> None:
    project = copy_of(good, tmp_path / "project")
    before = published(project / "reports")
    shutil.rmtree(project / "reports" / ".runs")
    (project / "reports" / ".published.json").unlink()
    run = Command(project)
    moment = "asking: bargain" if number == "SIGKILL" else ""  # the first: workers are starting, or at work
    run.wait_for(lambda: moment in run.texts()[1] and len(run.family()) > 2)
    run.send(signal.SIGINT) if number == "SIGINT" else run.process.kill()
    done = run.end()
    assert (done.code, done.out) == ((130, "") if number == "SIGINT" else (-signal.SIGKILL, ""))
    assert number == "SIGKILL" or "interrupted" in done.line
    assert published(project / "reports") == before
    shutil.copytree(good / "reports" / ".runs", project / "reports" / ".runs", dirs_exist_ok=True)
    check_recovered(project, before)


def test_signals_stay_held_back_while_workers_start() -> None:
    """A worker that has not got its handlers yet would answer Ctrl-C with a traceback."""
    held = (
        "import signal; from joblib.externals.loky.backend import resource_tracker as loky; "
        "from multiprocessing import resource_tracker; from partnering.results.parallel import STOPPING, _unstopped\n"
        "with _unstopped():\n"
        "    loky.ensure_running(); resource_tracker.ensure_running()\n"
        "    assert set(STOPPING) <= signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
    )
    subprocess.run([sys.executable, "-c", held], check=True, timeout=60)


def test_ctrl_c_at_any_moment(good: Path, tmp_path: Path) -> None:
    """A reader finds the whole old report or the whole new one; if it was being moved, the next run finishes it."""
    undisturbed, project, luck = *(copy_of(good, tmp_path / name) for name in ("other", "project")), random.Random(SEED)
    last_good, sent = published(project / "reports"), 0
    for each in (undisturbed, project):
        add_cell(each, "1", "model")
    assert Command(undisturbed).end().code == 0
    new = published(undisturbed / "reports")
    assert new != last_good
    for _ in range(4):
        (project / "reports" / ".published.json").unlink(missing_ok=True)
        after, run = luck.uniform(0, SPAN), Command(project)
        time.sleep(after)
        if run.process.poll() is None:
            run.send(signal.SIGINT)
            sent += 1
        done = run.end()
        ended = done.code in (130, -signal.SIGINT) or done.code == 0
        assert ended and "Traceback" not in done.err, f"seed {SEED}, after {after} s: {done}"
        assert done.code != 130 or "interrupted" in done.line
        moved = finish_interrupted_move(project / "reports") or done.code == 0
        found = published(project / "reports")
        assert found == new or (found == last_good and not moved), f"seed {SEED}, after {after} s: {done}"
        last_good = found
    assert sent, f"seed {SEED}: every run had ended by the time it was to be stopped"


def test_two_runs_at_once(good: Path, tmp_path: Path) -> None:
    """In one folder the second is refused by the name of the first; each in its own, both are made."""
    project = copy_of(good, tmp_path / "project")
    mend, before = add_cell(project, HANG), published(project / "reports")
    first = Command(project)
    first.wait_for(lambda: hangs(project))
    second = Command(project).end()
    assert second.code == 1 and f"another run (pid {first.process.pid}" in second.line
    assert published(project / "reports") == before
    mend()
    (project / "reports" / ".published.json").unlink(missing_ok=True)
    other = shutil.copytree(project / "reports", tmp_path / "other", ignore=shutil.ignore_patterns(".build", ".lock*"))
    first.send(signal.SIGINT)
    assert first.end().code == 130
    both = [Command(project, "report", "--reports", str(folder)) for folder in (project / "reports", other)]
    assert [run.end().code for run in both] == [0, 0]
    assert published(project / "reports") == published(other) == before
