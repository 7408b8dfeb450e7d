"""A sweep by processes and by machines: the same bytes whoever works, and whoever is killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from helpers import PARAMS
from interface import contents
from sweeps import SMALL, sweep, words

from partnering.analysis import sweep as sweeping

LONG = SMALL.replace("[6.0, 12.0]", "[6.0, 8.0, 10.0, 12.0]").replace("[0.1, 0.12]", "[0.1, 0.11, 0.12, 0.13]")
PARTS = 16
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PARAMS.parent / "src")}


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@contextmanager
def running(module: str, log: Path, *more: str) -> Iterator[subprocess.Popen]:
    """A Python program on this machine for as long as it is needed."""
    command = [sys.executable, "-m", module, *more]
    with log.open("w") as said:
        process = subprocess.Popen(
            command,
            env=ENVIRONMENT,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def made(out: Path) -> int:
    return len([*out.glob("parts/[0-9a-f]*")])


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a sweep in one process writes."""
    out = tmp_path_factory.mktemp("long") / "out"
    assert sweep(LONG, out) == 0 and made(out) == PARTS
    return contents(out)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real scheduler on the loopback interface."""
    folder = tmp_path_factory.mktemp("scheduler")
    file = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with running("distributed.cli.dask_scheduler", folder / "log", *options):
        until(lambda: file.is_file() and file.read_text().endswith("}"))
        yield json.loads(file.read_text())["address"]


@contextmanager
def worker(address: str, log: Path) -> Iterator[subprocess.Popen]:
    """A worker process that has joined the scheduler; nobody starts it again once it is killed."""
    options = [address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    with running("distributed.cli.dask_worker", log, *options) as process:
        until(lambda: "Registered to" in log.read_text())
        yield process


def test_processes_change_no_byte(small: Path, tmp_path: Path) -> None:
    assert sweep(SMALL, tmp_path / "out", "--workers", "2") == 0
    assert contents(tmp_path / "out") == contents(small)


@pytest.mark.slow
def test_a_worker_killed_on_the_way_changes_no_byte(long: dict[str, bytes], address: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with worker(address, tmp_path / "one.log"), worker(address, tmp_path / "two.log") as killed:
        with running("partnering", tmp_path / "head.log", *words(LONG, out, "--scheduler", address)) as head:
            until(lambda: made(out))
            os.kill(killed.pid, signal.SIGKILL)
            assert made(out) < PARTS - 2 and head.poll() is None  # both had more to do
            head.wait(120)
            assert (tmp_path / "head.log").read_text() == "sweep.csv\n" and head.returncode == 0
        assert killed.wait(5) == -signal.SIGKILL
    assert contents(out) == long


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_sweep_is_carried_on(workers: str, long: dict[str, bytes], tmp_path: Path) -> None:
    out, log = tmp_path / "out", tmp_path / "log"
    with running("partnering", log, *words(LONG, out, "--workers", workers)) as head:
        until(lambda: made(out))
        os.killpg(head.pid, signal.SIGINT)  # as a terminal does: to all
        assert head.wait(60) == 130 and log.read_text() == "partnering: interrupted\n"
    left = contents(out)
    assert 0 < made(out) < PARTS and left.items() < long.items()
    assert sweep(LONG, out) == 0 and contents(out) == long


@pytest.mark.slow
def test_a_killed_sweep_leaves_no_process_and_is_carried_on(long: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with running("partnering", tmp_path / "log", *words(LONG, out, "--workers", "2")) as head:
        until(lambda: made(out))
        below = psutil.Process(head.pid).children(recursive=True)
        head.kill()
    assert len(below) >= 2 and psutil.wait_procs(below, timeout=30)[1] == [], "workers live on"
    assert sweep(LONG, out) == 0 and long.items() <= contents(out).items()


@pytest.mark.slow
def test_a_scheduler_that_goes_is_said_in_one_line(tmp_path: Path) -> None:
    file, out, log = tmp_path / "scheduler.json", tmp_path / "out", tmp_path / "log"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with running("distributed.cli.dask_scheduler", tmp_path / "scheduler.log", *options) as scheduler:
        until(lambda: file.is_file() and file.read_text().endswith("}"))
        address = json.loads(file.read_text())["address"]
        sweeping = ("partnering", log, *words(LONG, out, "--scheduler", address))
        with worker(address, tmp_path / "one.log"), running(*sweeping) as head:
            until(lambda: made(out))
            scheduler.kill()
            assert head.wait(60) == 1
    assert log.read_text() == f"partnering: the scheduler at {address} has gone; parts that are done stay\n"


def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, address: str) -> str:
    """The one line of a sweep that cannot begin, said soon."""
    begun = time.monotonic()
    assert sweep(SMALL, tmp_path / "out", "--scheduler", address) == 1 and time.monotonic() - begun < 30
    said = capsys.readouterr()
    assert said.out == "" and re.fullmatch(r"partnering: .*\n", said.err)
    return said.err


def test_no_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sweeping, "PATIENCE", 1)
    with socket.socket() as closed:  # bound and not listening
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        assert refused(capsys, tmp_path, address) == f"partnering: no scheduler answers at {address}\n"


@pytest.mark.slow
def test_no_worker(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweeping, "PATIENCE", 1)
    assert "no worker has joined the scheduler" in refused(capsys, tmp_path, address)


def test_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "the extra `cluster`" in refused(capsys, tmp_path, "tcp://127.0.0.1:1")


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://127.0.0.1", "tcp://"])
def test_no_address(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        sweep(SMALL, tmp_path / "out", "--scheduler", address)
    assert re.fullmatch(r"partnering sweep: .* got .*expected an address such as .*\n", capsys.readouterr().err)
