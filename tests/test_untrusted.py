"""Params from anybody: a scenario or one line a problem, in a moment, and nothing run, written or read beyond them."""

import io
import random
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from helpers import PARAMS
from mutations import document_of, leaves_of, mutated_overlay, mutated_text

from partnering.__main__ import main
from partnering.inputs import InputError, Scenario, load, load_scenario
from partnering.inputs.yamlfile import Document

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEEDS, OVERLAYS, TEXTS, BASES = range(10), 10_000, 1_000, 100
"""Over all seeds: overlays as read, overlay files as text, base files."""

MUTANT, BASE_LINES = "params/scenarios/mutant.yaml", len((PARAMS / "base.yaml").read_text("utf-8").splitlines())
LONGEST_S = 10.0
"""A hang, on a slow machine that others use too."""

PROBLEM = re.compile(r"(?P<file>[^\n]+?\.yaml):(?P<line>\d+): [^\n]*got [^\n]*expected [^\n]*")
REFUSED = ("exec", "compile", "import", "subprocess.", "socket.", "ctypes.", "pickle.", "shutil.", "tempfile.", "os.")
HARMLESS = ("os.listdir", "os.scandir", "os.putenv")
ALLOWED: list[Path] = []
"""While a folder stands here, whatever touches more than files below it, to read them, is refused."""


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it cannot be taken away again, so it looks only while it is asked to."""
    if not ALLOWED:
        return
    if event == "open":
        file, mode, flags = arguments
        reading = not isinstance(flags, int) or flags & 3 == 0
        if not reading or not Path(file).resolve().is_relative_to(ALLOWED[0]):
            raise RuntimeError(f"opened {file} {mode}")
    elif event.startswith(REFUSED) and event not in HARMLESS:
        raise RuntimeError(f"{event} {arguments}"[:200])


@pytest.fixture(scope="module", autouse=True)
def watching() -> None:
    sys.addaudithook(watch)


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of params/ with few scenarios; nothing in the folder may have changed but what a test writes."""
    monkeypatch.chdir(tmp_path)
    copy = Path(shutil.copytree(PARAMS, tmp_path / "params"))
    for file in (copy / "scenarios").iterdir():
        if file.stem not in ("base", "royalty_low", "royalty_high"):
            file.unlink()
    assert (
        load_scenario("royalty_low", "params").digest and main(["--params", "params", "inputs", "base"]) == 0
    )  # imports
    yield copy
    assert [path.name for path in tmp_path.iterdir()] == ["params"]


def watched(act: Callable[[], Any], folder: Path) -> Any:
    """What an act returns, having touched nothing and taken no longer than it may."""
    ALLOWED.append(folder.resolve())
    started = time.perf_counter()
    try:
        return act()
    finally:
        ALLOWED.clear()
        assert time.perf_counter() - started < LONGEST_S


def check_overlay(act: Callable[[], Scenario], params: Path, lines_of: Callable[[str, int], int | None]) -> bool:
    """Return whether an overlay is a scenario; if not, every problem is one printable line about a line there is."""
    try:
        scenario = watched(act, params)
        assert re.fullmatch("[0-9a-f]{64}", scenario.digest) and len(scenario.text_digest) == 64
        return True
    except InputError as error:
        assert error.problems
        for problem in error.problems:
            found = PROBLEM.fullmatch(problem)
            assert found and problem.isprintable(), problem
            assert 1 <= int(found["line"]) <= (lines_of(found["file"], BASE_LINES) or 0), problem
        return False


@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_overlays(seed: int, params: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a parser hands them over: what is laid over the base case, which is parsed and validated once."""
    luck, leaves = random.Random(seed), leaves_of((params / "base.yaml").read_bytes())
    now: list[Document] = []
    read = load.read_yaml
    monkeypatch.setattr(load, "read_yaml", lambda path: now[0] if path.name == "mutant.yaml" else read(path))
    good = 0
    for number in range(OVERLAYS // len(SEEDS)):
        data = mutated_overlay(luck, leaves)
        now[:] = [document_of("mutant.yaml", data)]
        try:
            most = {"mutant.yaml": len(now[0].lines)}
            good += check_overlay(lambda: load_scenario("mutant.yaml", "params"), params, most.get)
        except Exception as error:
            pytest.fail(f"seed {seed}, overlay {number}: {type(error).__name__}: {error}\n{data!r}"[:3_000])
    assert OVERLAYS // len(SEEDS) // 20 < good < OVERLAYS // len(SEEDS), "all refused, or none: the mutations are idle"


@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_overlay_files(seed: int, params: Path) -> None:
    luck, file = random.Random(seed), params / "scenarios" / "mutant.yaml"
    original = (params / "scenarios" / "royalty_low.yaml").read_bytes()
    for number in range(TEXTS // len(SEEDS)):
        text = mutated_text(luck, original)
        file.write_bytes(text)
        most = len(re.split(rb"\r\n|\r|\n|\xc2\x85|\xe2\x80[\xa8\xa9]", text))
        try:
            check_overlay(lambda: load_scenario("mutant", "params"), params, {MUTANT: most}.get)
        except Exception as error:
            pytest.fail(f"seed {seed}, text {number}: {type(error).__name__}: {error}\n{text!r}"[:3_000])


@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_base_files(seed: int, params: Path) -> None:
    """Through the command: results and exit code 0, or 2 with one line a problem."""
    luck, file = random.Random(seed), params / "base.yaml"
    original = file.read_bytes()
    for number in range(BASES // len(SEEDS)):
        text = mutated_text(luck, original)
        file.write_bytes(text)
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = watched(lambda: main(["--params", "params", "inputs", "base"]), params)
        about = f"seed {seed}, base {number}: exit {code}\n{err.getvalue()}"[:3_000]
        assert (code == 0 and not err.getvalue()) or (code == 2 and not out.getvalue()), about
        assert all(PROBLEM.fullmatch(line) for line in err.getvalue().splitlines()), about
