"""Fixtures every test may use. pytest puts this folder on the import path, so `from helpers import ...` works."""

import signal
import subprocess
from pathlib import Path

import pytest
from faults import make_good
from helpers import load, without_ranges
from interface import make_run
from sweeps import SMALL, sweep

from partnering.inputs import Scenario
from partnering.model import beliefs, run
from partnering.model.kernel import SETTINGS


def pytest_configure() -> None:
    """Let what tests start be stopped: a shell that puts this in the background has it ignore Ctrl-C and a hang-up.

    Not compiled, beliefs average over a few draws, levels and futures: plain loops would take minutes over the rest.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if SETTINGS.DISABLE_JIT:
        beliefs.DRAWS, beliefs.CELLS, run.KNOWN_PATHS = 16, 8, 16


@pytest.fixture(scope="session")
def base() -> Scenario:
    """The base case as it stands in params/."""
    return load("base")


@pytest.fixture(scope="session")
def fixed(base: Scenario) -> Scenario:
    """The base case with every leaf at its own value: luck is all that is left."""
    return without_ranges(base)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run made by the command, and what the command said."""
    folder = tmp_path_factory.mktemp("made") / "run"
    return folder, make_run(folder)


@pytest.fixture(scope="session")
def folder(made: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    """The folder of a run made by the command."""
    return made[0]


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with its report published, to be copied and done harm to: a minute, once a process of tests."""
    return make_good(tmp_path_factory.mktemp("good") / "project")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small grid, swept in this process."""
    out = tmp_path_factory.mktemp("small") / "out"
    assert sweep(SMALL, out) == 0
    return out
