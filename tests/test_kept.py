"""Executed notebooks that are kept: found again while nothing they read has changed, and not otherwise."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sources import notebook_code

from partnering.report.kept import find_kept, forget_others, keep, key_of, parameters_of
from partnering.results.digests import PACKAGE, RENDERING

ROOT = Path(__file__).parents[1]

READ = ["run", "code"]
NAMES = {"scenario": "base", "scenarios": "base"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "brief.ipynb"
    file.write_text("cells")
    return file


def kept(source: Path, key: str, text: str = "executed") -> Path:
    """Keep an executed notebook; return where it is."""
    executed = source.with_name("executed.ipynb")
    executed.write_text(text)
    return keep(executed, source.parent / "kept", "index.html", key)


def test_the_same_is_found_again_whatever_the_order_of_parameters(source: Path) -> None:
    key = key_of(source, NAMES, READ)
    assert key == key_of(source, dict(reversed(NAMES.items())), READ)
    assert find_kept(source.parent / "kept", "index.html", key) is None
    file = kept(source, key)
    assert find_kept(file.parent, "index.html", key) == file and file.read_text() == "executed"
    assert find_kept(file.parent, "sensitivity.html", key) is None, "another page of the same"


@pytest.mark.parametrize("changed", ["names", "read", "cells"])
def test_whatever_changes_it_is_executed_again(changed: str, source: Path) -> None:
    before = key_of(source, NAMES, READ)
    if changed == "cells":
        source.write_text("other cells")
    names = {**NAMES, "scenario": "other"} if changed == "names" else NAMES
    assert key_of(source, names, ["run", "other code"] if changed == "read" else READ) != before


@pytest.mark.parametrize("damage", ["$1,000 million", "", "exec"])
def test_a_damaged_one_counts_as_none_and_is_made_again(damage: str, source: Path) -> None:
    """A changed number and a file cut off are shown on no page."""
    file = kept(source, "key")
    file.write_text(damage)
    assert find_kept(file.parent, "index.html", "key") is None
    assert kept(source, "key") == file == find_kept(file.parent, "index.html", "key")


def test_only_those_of_the_last_report_stay(source: Path) -> None:
    old, new = kept(source, "old"), kept(source, "new")
    forget_others(new.parent, {new})
    assert list(new.parent.iterdir()) == [new] and not old.exists()


# --- what no notebook reads renders again and executes nothing ----------------------------------------------------


def imported(code: str) -> Iterator[str]:
    """Yield the names of modules that may be imported by some code, wherever it says so."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def cells_of(notebook: Path) -> str:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def files_read_by_notebooks() -> set[str]:
    """Return the files of `report`, and the templates, that a notebook's kernel may read."""
    codes = [ast.unparse(notebook_code(file)) for file in (ROOT / "notebooks").glob("*.ipynb")]
    waiting, found = [name for code in codes for name in imported(code)], set[Path]()
    while waiting:
        file = PACKAGE.parent / f"{waiting.pop().replace('.', '/')}.py"
        if file.is_file() and file not in found:
            found.add(file)
            waiting += imported(file.read_text("utf-8"))
    shown = {file.name for file in found if file.parent.name == "report"}
    named = re.findall(r'get_template\("(.+?)"\)', (PACKAGE / "report/exhibit.py").read_text("utf-8"))
    for name in named:
        text = (PACKAGE / "report/template" / name).read_text("utf-8")
        named += re.findall(r"{% *(?:include|import|extends|from) *['\"](.+?)['\"]", text)
    return shown | set(named)


def test_files_that_only_render_are_read_by_no_notebook() -> None:
    read = files_read_by_notebooks()
    assert {"exhibit.py", "figures.py", "exhibits.html.j2", "panel.html.j2"} <= read
    assert read & RENDERING == set()
    report = [file.name for file in (PACKAGE / "report").rglob("*") if "__pycache__" not in file.parts]
    assert [report.count(name) for name in sorted(RENDERING)] == [1] * len(RENDERING)


def test_a_notebook_takes_the_parameters_it_names_and_uses() -> None:
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        taken, code = parameters_of(file), cells_of(file)
        assert "scenario" in taken
        assert [name for name in taken if len(re.findall(rf"\b{name}\b", code)) < 2] == []


def test_what_is_no_notebook_takes_no_parameters(tmp_path: Path) -> None:
    for text in ("", "{}", "[]", '{"cells": [1]}'):
        (tmp_path / "x.ipynb").write_text(text)
        assert parameters_of(tmp_path / "x.ipynb") == set()
    assert parameters_of(tmp_path / "none.ipynb") == set()


def test_a_report_with_nothing_to_do_is_told_so_without_what_is_slow_to_import() -> None:
    slow = {"numpy", "pandas", "pydantic", "ruamel", "matplotlib", "papermill", "nbconvert"}
    code = "import sys, partnering.__main__, partnering.report.renew; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "partnering.report.renew" in loaded and slow & set(loaded) == set()
