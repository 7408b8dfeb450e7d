"""The notebooks as files: thin, clean, and every exhibit where its name says."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from helpers import PARAMS
from sources import code_of

FILES = sorted((PARAMS.parent / "notebooks").glob("*.ipynb"))
BOOKS = [pytest.param(file, id=file.stem) for file in FILES]
KINDS = {"show_figure": "figure", "show_table": "table", "show_text": "text", "show_answer": "text"}
KINDS |= {"show_table_if_any": "text", "show_figure_if_any": "text", "show_panel": "text"}
KINDS |= {"show_details": "text"}
"""What shows an exhibit, and the tag of its cell."""

ELSEWHERE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.While, ast.With, ast.Try, ast.Global, ast.Delete)
"""What a cell may not hold: it has its home in the package, where it is tested."""

LIBRARIES = {"partnering", "pandas", "numpy", "seaborn", "matplotlib"}
WORDS = "%%words"

DISK = re.compile(r"open|Path|(read|write)_\w+|to_(csv|json|excel|pickle)|savefig|loads?|dumps?|glob|exec|eval")
STAGES = re.compile(r"Phase [123]\b")
TEMPLATE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
MOST_LINES = 15


def cells(file: Path, kind: str = "") -> list[dict[str, Any]]:
    found = json.loads(file.read_text("utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found if kind in ("", cell["cell_type"])]


def code(file: Path) -> list[dict[str, Any]]:
    """Cells of Python, without words and without lines that only the kernel knows."""
    found = [cell for cell in cells(file, "code") if not cell["source"].startswith(WORDS)]
    return [cell | {"source": code_of(cell["source"])} for cell in found]


def tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


def test_there_are_notebooks() -> None:
    assert len(FILES) >= 2


@pytest.mark.parametrize("file", BOOKS)
def test_nothing_is_stored(file: Path) -> None:
    assert [c["id"] for c in cells(file, "code") if c["outputs"] or c["execution_count"] is not None] == []
    assert file.read_text("utf-8").endswith("}\n")
    assert [c["id"] for c in cells(file) if set(c["metadata"]) - {"tags"} or "attachments" in c] == []


@pytest.mark.parametrize("file", BOOKS)
def test_cells_have_names_of_their_own(file: Path) -> None:
    ids = [cell["id"] for cell in cells(file)]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("file", BOOKS)
def test_parameters_are_names_in_one_cell(file: Path) -> None:
    (cell,) = [cell for cell in cells(file) if "parameters" in tags(cell)]
    assert cell == cells(file, "code")[0]
    for statement in ast.parse(cell["source"]).body:
        assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        assert isinstance(statement.value.value, str)


@pytest.mark.parametrize("file", BOOKS)
def test_cells_are_short_and_define_nothing(file: Path) -> None:
    for cell in code(file):
        assert len(cell["source"].splitlines()) <= MOST_LINES, cell["id"]
        nodes = list(ast.walk(ast.parse(cell["source"])))
        assert [ast.unparse(node) for node in nodes if isinstance(node, ELSEWHERE)] == [], cell["id"]
        called = [ast.unparse(node.func).rpartition(".")[2] for node in nodes if isinstance(node, ast.Call)]
        assert [name for name in called if DISK.fullmatch(name)] == [], cell["id"]


@pytest.mark.parametrize("file", BOOKS)
def test_imports_are_few_and_where_something_is_loaded(file: Path) -> None:
    for cell in code(file):
        found = [node for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert bool(found) == (cell["id"] in ("load", "asked"))  # the run, and what it was asked
        modules = [node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in found]
        assert {str(module).split(".")[0] for module in modules} <= LIBRARIES


@pytest.mark.parametrize("file", BOOKS)
def test_prose_states_no_number(file: Path) -> None:
    prose = [cell for cell in cells(file) if cell["cell_type"] == "markdown" or cell["source"].startswith(WORDS)]
    said = {cell["id"]: STAGES.sub("", TEMPLATE.sub("", cell["source"])) for cell in prose}
    assert [name for name, text in said.items() if re.search(r"\d", text)] == []


def exhibits(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).rpartition(".")[2] in KINDS]


@pytest.mark.parametrize("file", BOOKS)
def test_an_exhibit_has_the_name_and_the_kind_of_its_cell(file: Path) -> None:
    """One that a decision may not have, under a condition, has no tag: nothing asks for it."""
    for cell in code(file):
        tree = ast.parse(cell["source"])
        conditions = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
        shown, perhaps = exhibits(tree), [call for node in conditions for call in exhibits(node)]
        kinds = [KINDS[ast.unparse(call.func).rpartition(".")[2]] for call in shown if call not in perhaps]
        assert kinds == [tag for tag in tags(cell) if tag in KINDS.values()], cell["id"]
        for call in shown:
            stems = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            assert stems[:1] == [cell["id"]], cell["id"]


def test_a_name_means_the_same_exhibit_in_every_notebook() -> None:
    kinds: dict[str, set[tuple[str, ...]]] = {}
    for file in FILES:
        for cell in code(file):
            kinds.setdefault(cell["id"], set()).add(tuple(tags(cell)))
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}
