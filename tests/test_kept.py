"""Executed notebooks that are kept: found again while nothing they read has changed, and not otherwise."""

from pathlib import Path

import pytest

from partnering.report.kept import forget_others, keep, kept_notebook

READ = ["run", "code"]
NAMES = {"scenario": "base", "scenarios": "base"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "brief.ipynb"
    file.write_text("cells")
    return file


def where(source: Path, page: str = "index.html", names: dict[str, str] = NAMES, read: list[str] = READ) -> Path:
    return kept_notebook(source.parent, page, source, names, read)


def test_the_same_is_found_again_whatever_the_order_of_parameters(source: Path) -> None:
    assert where(source) == where(source, names=dict(reversed(NAMES.items())))
    assert not where(source).exists()
    keep(source, where(source))
    assert where(source).read_text() == "cells"


@pytest.mark.parametrize("changed", ["page", "names", "read", "cells"])
def test_whatever_changes_it_is_executed_again(changed: str, source: Path) -> None:
    before = where(source)
    if changed == "cells":
        source.write_text("other cells")
    other = {
        "page": {"page": "mind.html"},
        "names": {"names": {**NAMES, "scenario": "other"}},
        "read": {"read": ["run", "other code"]},
        "cells": {},
    }[changed]
    assert where(source, **other) != before  # type: ignore[arg-type]


def test_only_those_of_the_last_report_stay(source: Path) -> None:
    old, new = where(source), where(source, read=["other"])
    keep(source, old)
    keep(source, new)
    forget_others(source.parent, {new})
    assert new.exists() and not old.exists()
    assert list(new.parent.iterdir()) == [new]
