"""The command when something goes wrong: exit codes, one line on stderr, and nothing half-written."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from helpers import PARAMS

from partnering.__main__ import main
from partnering.results import simulate as simulating
from partnering.results import store, stored, tables


def small(out: Path) -> list[str]:
    return ["run", "base", "--paths", "20", "--out", str(out)]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds params/ in the working directory."""
    monkeypatch.chdir(PARAMS.parent)


RUN = ["run", "base", "--out", "OUT", "--seed", "5"]
BAD = {
    "no command": [],
    "an unknown command": ["simulate"],
    "an unknown scenario": ["run", "nowhere", "--out", "OUT"],
    "a scenario that is no file": ["run", "nowhere.yaml", "--out", "OUT"],
    "no paths": [*RUN, "--paths", "0"],
    "paths that are no number": [*RUN, "--paths", "abc"],
    "negative paths": [*RUN, "--paths", "-5"],
    "half a path": [*RUN, "--paths", "1.5"],
    "negative seed": [*RUN, "--seed", "-1"],
    "a report of too few paths to be asked": ["report", "--paths", "63"],
    "a seed that is no number": [*RUN, "--seed", "x"],
    "no folder": ["run", "base"],
    "no params": ["--params", "EMPTY", *RUN],
    "broken params": ["--params", "BROKEN", *RUN],
}


@pytest.mark.parametrize("arguments", [pytest.param(arguments, id=name) for name, arguments in BAD.items()])
def test_bad_usage_and_bad_input_exit_2_and_write_nothing(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Path(shutil.copytree(PARAMS, tmp_path / "broken"))
    (broken / "base.yaml").write_bytes(b"\xff\xfe not text")
    places = {"OUT": tmp_path / "out", "EMPTY": tmp_path / "empty", "BROKEN": broken}
    try:
        code = main([str(places.get(argument, argument)) for argument in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    said = capsys.readouterr()
    assert (code, said.out) == (2, "") and said.err.strip()
    assert "Traceback" not in said.err and [path.name for path in tmp_path.iterdir()] == ["broken"]


def test_a_failed_identity_exits_1_in_one_line_and_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(small(tmp_path / "run")) == 0
    before = contents(tmp_path)
    capsys.readouterr()
    monkeypatch.setattr(tables, "check", lambda run: [("books sum to nothing", 0.25)])
    assert main([*small(tmp_path / "run"), "--seed", "6"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1
    assert "books sum to nothing" in said.err and "0.25" in said.err
    assert contents(tmp_path) == before and main(small(tmp_path / "new")) == 1 and contents(tmp_path) == before


def test_a_system_fault_exits_1_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert main(small(tmp_path / "file" / "run")) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1 and contents(tmp_path) == {"file": b"not a folder"}


def test_an_interrupted_run_exits_130_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(simulating, "simulate_block", interrupt)
    assert main(small(tmp_path / "run")) == 130 and contents(tmp_path) == {}


def test_a_run_killed_while_it_replaces_another_is_not_taken_for_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, real, moved = tmp_path / "run", os.replace, []
    assert main(small(out)) == 0

    def replace_two(source: Path, target: Path) -> None:
        if len(moved) == 2:
            raise OSError("the disk is full")
        moved.append(Path(target).name)
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(store.os, "replace", replace_two)
        assert main([*small(out), "--seed", "6"]) == 1
    with pytest.raises(FileNotFoundError):
        stored.load_run(out, PARAMS.parent)
    assert main([*small(out), "--seed", "6"]) == 0
    found = stored.load_run(out, PARAMS.parent)
    assert found.manifest["seed"] == 6 and [path.name for path in tmp_path.iterdir()] == ["run"]
    for name, about in found.manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == about["sha256"]
