"""No promise of the first edition is lost: where each of its tests is held now, or why it was given up."""

import ast
import hashlib
from pathlib import Path

import pandas as pd
import pytest

TESTS = Path(__file__).parent
COUNT, DIGEST = 885, "b989f66785c7792c8703dec92b69aaf795c30162195543aef0731082b07b6a32"
"""How many tests the first edition had, and the sha256 of their names, a line each, in the order of the table."""


@pytest.fixture(scope="module")
def promises() -> pd.DataFrame:
    return pd.read_csv(TESTS / "promises.csv", dtype=str, keep_default_na=False)


def functions(file: Path) -> set[str]:
    """Every test of a file: alone or in a class."""
    found = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        inside = [(f"{node.name}::", f) for f in node.body] if isinstance(node, ast.ClassDef) else [("", node)]
        found |= {f"tests/{file.name}::{at}{f.name}" for at, f in inside if isinstance(f, ast.FunctionDef)}
    return {name for name in found if name.split("::")[-1].startswith("test_")}


def test_every_test_of_the_first_edition_is_there_once(promises: pd.DataFrame) -> None:
    assert list(promises.columns) == ["old", "new", "why"]
    assert len(promises) == promises["old"].nunique() == COUNT
    assert hashlib.sha256("\n".join(promises["old"]).encode()).hexdigest() == DIGEST


def test_every_promise_is_held_or_given_up_for_a_reason(promises: pd.DataFrame) -> None:
    open_ = promises[(promises["new"] == "") == (promises["why"] == "")]
    assert open_["old"].tolist() == []


def test_every_test_that_holds_a_promise_exists(promises: pd.DataFrame) -> None:
    there = set().union(*(functions(file) for file in TESTS.glob("test_*.py")))
    assert sorted(set(promises["new"]) - there - {""}) == []
