"""The code as it is written: every file of src and every notebook parsed, and what is named, imported and said."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from helpers import PARAMS

ROOT = PARAMS.parent
SRC = ROOT / "src" / "partnering"
FLOORS = [
    "clock",
    "inputs",
    "model",
    "results",
    "analysis",
    "report",
    "process",
    "cli",
    "arguments",
    "__main__",
]
"""From the ground up."""

TREES = {file.relative_to(SRC).as_posix(): ast.parse(file.read_bytes()) for file in sorted(SRC.rglob("*.py"))}


def floor_of(file: str) -> str:
    return file.split("/")[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of all that is imported, `module.name` for a name from a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import hides its floor"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(package: str) -> set[str]:
    return {file for file, tree in TREES.items() for name in imports(tree) if f"{name}.".startswith(f"{package}.")}


def names(tree: ast.AST) -> Iterator[str]:
    """Every name and attribute, dotted where it is written so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            yield ast.unparse(node)


def using(pattern: str) -> set[str]:
    return {
        file for file, tree in TREES.items() for name in names(tree) if re.search(rf"(^|\.)({pattern})(\.|$)", name)
    }


def calling(name: str) -> set[str]:
    """Files that call a function or method of this name."""
    calls = ((file, node) for file, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {file for file, call in calls if ast.unparse(call.func).rpartition(".")[2] == name}


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string literal but docstrings and other strings that stand alone."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def notebook_code(file: Path) -> ast.AST:
    cells = json.loads(file.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for part in code if not part.startswith("%%") for line in part.splitlines()]
    return ast.parse("\n".join(line for line in lines if not line.startswith("%")))


NOTEBOOKS = {f"notebooks/{file.name}": notebook_code(file) for file in sorted((ROOT / "notebooks").glob("*.ipynb"))}
