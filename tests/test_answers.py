"""Answers beside a stored run: whole or not at all, read again as they are, and asked again when a question changes."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from edits import swap
from project import copy_project

from partnering.analysis import store
from partnering.analysis.asked import Inquiry
from partnering.analysis.store import ASKED, answers, open_inquiry
from partnering.inputs import InputError, load_analysis, load_scenario
from partnering.results.access import results
from partnering.results.place import Place

PATHS = 24
TABLES = {name: pd.DataFrame([[0.1 + 0.2] * len(columns)], columns=columns) for name, columns in store.ANSWERS.items()}
FILES = {*(f"{name}.csv" for name in store.ANSWERS), store.SURFACE, store.DIGESTS}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A project of its own with a stored run of the base case."""
    folder = copy_project(tmp_path_factory.mktemp("made"), "base")
    made = Place(folder, folder / "reports", PATHS)
    results("base", made)
    return made


@pytest.fixture
def asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> list[Inquiry]:
    """Who was asked everything, no model behind it; to simulate a run again is an error."""
    seen: list[Inquiry] = []
    monkeypatch.setattr(store, "ask_all", lambda inquiry: [seen.append(inquiry), TABLES][1])
    monkeypatch.setattr(store, "measure", lambda inquiry: SimpleNamespace(to_json=lambda: "{}"))
    monkeypatch.setattr("partnering.results.simulate.simulate", None)
    for folder in found(place):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    return seen


def found(place: Place) -> list[Path]:
    """Folders of answers, whole or not."""
    return [folder for folder in place.runs.iterdir() if ASKED in folder.name]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_answers_are_asked_once_and_read_again_byte_for_byte(place: Place, asked: list[Inquiry]) -> None:
    first = answers("base", place)
    before = contents(first.folder)
    assert answers("base", place) == first and len(asked) == 1 and contents(first.folder) == before
    assert set(before) == {*(f"{name}.csv" for name in store.ANSWERS), store.SURFACE, store.DIGESTS} and found(
        place
    ) == [first.folder]
    for name, table in TABLES.items():
        pd.testing.assert_frame_equal(first.table(name), table)


def test_another_question_is_asked_of_the_same_run(place: Place, asked: list[Inquiry]) -> None:
    """Nothing is simulated; a comment is no question, and a question taken back finds its answers."""
    file = place.params / "analysis.yaml"
    before, first = file.read_text("utf-8"), answers("base", place)
    try:
        file.write_text(before + "# a remark\n", "utf-8")
        assert answers("base", place) == first and len(asked) == 1
        file.write_text(str(swap(r"inside: \d+", "inside: 7")(before)), "utf-8")
        second = answers("base", place)
        assert second.folder != first.folder and asked[0].settings.inside != asked[1].settings.inside == 7
        assert second.folder.name.split(ASKED)[0] == first.folder.name.split(ASKED)[0]
    finally:
        file.write_text(before, "utf-8")
    assert answers("base", place) == first and len(asked) == 2


def test_other_code_that_asks_asks_again(place: Place, asked: list[Inquiry], monkeypatch: pytest.MonkeyPatch) -> None:
    first = answers("base", place)
    monkeypatch.setattr(store, "inquiry_digest", lambda: "another")
    assert answers("base", place) != first and len(asked) == 2


def tampered(folder: Path) -> None:
    file = folder / "tornado.csv"
    file.write_text(file.read_text("utf-8").replace("0.3", "0.4"), "utf-8")


def truncated(folder: Path) -> None:
    file = folder / store.SURFACE
    file.write_bytes(file.read_bytes()[:-7])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a number is another": tampered,
    "an array is cut off": truncated,
    "a table is gone": lambda folder: (folder / "risk.csv").unlink(),
    "a table was put beside": lambda folder: (folder / "more.csv").write_text("x"),
    "no digests": lambda folder: (folder / store.DIGESTS).unlink(),
    "digests are no JSON": lambda folder: (folder / store.DIGESTS).write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_answers_that_are_not_as_written_are_asked_again_in_silence(
    damage: Callable[[Path], object], place: Place, asked: list[Inquiry], capsys: pytest.CaptureFixture[str]
) -> None:
    first = answers("base", place)
    before = contents(first.folder)
    damage(first.folder)
    again = answers("base", place)
    assert len(asked) == 2 and again == first and contents(again.folder) == before
    assert "".join(capsys.readouterr()) == ""


def failing_at(number: int, action: Callable) -> Callable:
    """An action that is interrupted at its so many-th time."""
    left = [number]

    def act(*arguments: object) -> object:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return action(*arguments)

    return act


@pytest.mark.parametrize(("step", "number"), [("write_csv", 1), ("write_csv", 4), ("take_place", 1), ("ask_all", 1)])
def test_an_interrupted_answer_leaves_nothing(
    step: str, number: int, place: Place, asked: list[Inquiry], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(place.runs.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(store, step, failing_at(number, getattr(store, step)))
        with pytest.raises(KeyboardInterrupt):
            answers("base", place)
    assert sorted(place.runs.iterdir()) == before
    assert set(contents(answers("base", place).folder)) == FILES


def test_a_question_that_cannot_be_asked_stops_before_anything_is_asked(place: Place, asked: list[Inquiry]) -> None:
    file = place.params / "analysis.yaml"
    before = file.read_text("utf-8")
    try:
        file.write_text(str(swap(r"inside: \d+", "inside: 0")(before)), "utf-8")
        with pytest.raises(InputError, match="inside: got 0"):
            answers("base", place)
    finally:
        file.write_text(before, "utf-8")
    assert not asked and not found(place)


def test_a_short_run_is_asked_in_the_futures_it_has(place: Place) -> None:
    """The model behind a stored run gives its values again, and no lead needs futures that the run has not."""
    scenario = load_scenario("base", place.params)
    many = dict.fromkeys(("paths", "step_paths"), 100 * PATHS)
    wanted = load_analysis(place.params, scenario).model_copy(update=many)
    inquiry = open_inquiry(scenario, results("base", place), wanted, lambda text: None)
    settings = inquiry.settings
    assert settings.paths == settings.step_paths == PATHS
    np.testing.assert_allclose(inquiry.ask([{}], PATHS)[0], inquiry.values, rtol=1e-6, atol=1e-5)  # as stored
    leaf = next(leaf for leaf in scenario.drawn() if leaf.low is not None)
    (point,) = inquiry.points([(leaf, leaf.low)], settings.paths)
    assert point.at == leaf.low and inquiry.slugs[point.rival] in inquiry.slugs[1:]
