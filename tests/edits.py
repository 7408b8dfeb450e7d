"""A copy of params/ with something wrong in it, and the command that must refuse it in the promised way."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers import PARAMS, load

from partnering.__main__ import main

Edit = Callable[[str], str | bytes]
FEW = ("base", "royalty_low", "royalty_high", "extension_full")
"""Scenarios kept in the copy: each one more is read again in every test."""


def few_params(folder: Path) -> Path:
    """A copy of params/ in a folder, with few scenarios."""
    copy = Path(shutil.copytree(PARAMS, folder / "params"))
    for file in (copy / "scenarios").iterdir():
        if file.stem not in FEW:
            file.unlink()
    forget_alternatives(copy)
    return copy


def forget_alternatives(params: Path) -> None:
    """Strike the alternatives off whose scenarios are not there."""
    considered, there = params / "alternatives.yaml", {file.stem for file in (params / "scenarios").iterdir()}
    lines = considered.read_text("utf-8").splitlines(keepends=True)
    named = [re.search(r"scenario: (\w+)", line) for line in lines]
    kept = [line for line, scenario in zip(lines, named, strict=True) if scenario is None or scenario[1] in there]
    considered.write_text("".join(kept), "utf-8")


def swap(pattern: str, new: str) -> Edit:
    """An edit of the first match only; the pattern must be there."""

    def edit(text: str) -> str:
        assert re.search(pattern, text), pattern
        return re.sub(pattern, new, text, count=1)

    return edit


def whole(content: str | bytes) -> Edit:
    return lambda _: content


def overlay(*leaves: str, combines: str = "[]") -> Edit:
    return whole(f"title: T\nquestion: Q?\ncombines: {combines}\nset:\n" + "".join(f"  {leaf}\n" for leaf in leaves))


def leaf_line(path: str, value: Any, known: str | None = None) -> str:
    """A leaf as a scenario file sets it: of the unit it has in the base case, known on the day unless said."""
    base = load()
    unit, known = base.leaves[path].unit, known or base["valuation.date"]
    text = json.dumps(value)
    return f"{path}: {{value: {text}, unit: {unit}, status: assumption, source: mission, known: {known}}}"


def scenario_text(values: Mapping[str, Any], *more: str) -> str:
    """A scenario file that sets these leaves, and has these lines more."""
    lines = ["title: T", "question: Q?", *more, "set:", *(f"  {leaf_line(*leaf)}" for leaf in values.items())]
    return "\n".join(lines) + "\n"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Lines on stderr of a command that must refuse its input in the promised way."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert said.out == "" and "Traceback" not in said.err and lines
    assert all(re.match(r"params/[\w/.]+:\d+: .*got .*expected ", line) for line in lines), lines
    return lines


def not_run(capsys: pytest.CaptureFixture[str], name: str) -> list[str]:
    """Lines on stderr of a run that must refuse its input, and write nothing."""
    lines = refused(capsys, "run", name, "--paths", "1", "--out", "out/run")
    assert not Path("out").exists()
    return lines


def write(params: Path, text: str, name: str = "mine") -> list[str]:
    """Write a scenario file; return its lines."""
    (params / "scenarios" / f"{name}.yaml").write_text(text)
    return text.splitlines()


def line_of(lines: list[str], start: str) -> int:
    """The number of the first line that starts like this."""
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start))
