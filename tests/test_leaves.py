"""No leaf is there for nothing: a run reads every one, in the base case or where a scenario switches it on."""

import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import load
from sources import NOTEBOOKS, ROOT, TREES, floor_of, texts

from partnering.inputs import Scenario
from partnering.model.draws import Luck
from partnering.results.simulate import simulate
from partnering.results.store import write_run

NO_NUMBER = {
    "deal.ladder_full.total_musd": "held against the steps of the ladder by the inputs",
    "deal.ladder_short.total_musd": "held against the steps of the ladder by the inputs",
}
"""Leaves that no run reads."""

OUTSIDE = {f"announcement.{name}" for name in ("value_added_musd", "price_after_usd")}
"""What the market made of the deal: a page holds results against it, and no run may know it."""


class Theta(dict[str, Any]):
    """Inputs as drawn, which tell when they are read."""

    def __getitem__(self, path: str) -> Any:
        return super().__getitem__(path)


def leaves_read(scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every path asked for while a scenario is run and its files are written."""
    read: set[str] = set()

    def spy(kind: type, name: str) -> None:
        real = getattr(kind, name)

        def reading(self: Any, path: str, *rest: Any) -> Any:
            if kind is not Theta or sys._getframe(1).f_globals["__name__"].startswith("partnering.model."):
                read.add(path)  # a run stores every draw, whether the model asks for it or not
            return real(self, path, *rest)

        patch.setattr(kind, name, reading)

    with monkeypatch.context() as patch:
        for kind, name in ((Scenario, "__getitem__"), (Luck, "each"), (Theta, "__getitem__")):
            spy(kind, name)
        made = Luck.__init__
        patch.setattr(Luck, "__init__", lambda self, *given: made(self, *given[:-1], Theta(given[-1])))
        write_run(simulate(scenario, 1, 64), folder / scenario.name, ROOT)
    return read


def test_every_leaf_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a run of the base case: the model's records hold every term and rule, also those that are switched off."""
    above = [tree for file, tree in TREES.items() if floor_of(file) in ("results", "report")]
    shown = {text for tree in [*above, *NOTEBOOKS.values()] for text in texts(tree)}
    read = leaves_read(load(), tmp_path, monkeypatch)
    defaults = {path for path in load().leaves if path.startswith("strategy_defaults.")}  # read as files are
    assert set(load().leaves) - read - shown - defaults == NO_NUMBER.keys()  # a page shows what is outside
    assert (NO_NUMBER.keys() | OUTSIDE) & read == set()
