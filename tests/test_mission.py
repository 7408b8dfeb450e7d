"""Every sentence of the letter is an input somebody can change, a line or count that moves, and a place on a page."""

import shutil
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from helpers import PARAMS, load, read_yaml
from project import FEW, forget_ranges, set_numbers
from ruamel.yaml import YAML

from partnering.inputs import Scenario, load_scenario
from partnering.report.renew import make_report
from partnering.results.place import Place
from partnering.results.simulate import Run, simulate
from partnering.results.store import tables_of

SENTENCES: list[dict[str, Any]] = read_yaml(Path(__file__).with_name("mission.yaml"))
IDS = [f"{sentence['number']}-{sentence['page']['anchor']}" for sentence in SENTENCES]
PATHS, SEED = 1500, 731
FEWER = {"run": {"paths": 1024}, "analysis": FEW}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def write_scenario(folder: Path, name: str, leaves: dict[str, Any]) -> Path:
    """A scenario file that sets these leaves, known on the valuation date."""
    told = {"status": "assumption", "source": "mission", "known": date.fromisoformat(load()["valuation.date"])}
    file = folder / f"{name}.yaml"
    with file.open("w", encoding="utf-8") as stream:
        overlay = {
            "title": name,
            "question": "What moves?",
            "set": {path: leaf | told for path, leaf in leaves.items()},
        }
        yaml = YAML(typ="safe", pure=True)
        yaml.representer.ignore_aliases = lambda *_: True
        yaml.dump(overlay, stream)
    return file


@cache
def base_run() -> Run:
    return simulate(load(), SEED, PATHS)


def moved_value(run: Run, moves: dict[str, Any]) -> float:
    """The sum of a column over the rows that a sentence is about; nothing there is nothing."""
    table: pd.DataFrame = tables_of(run)[moves["table"]]
    chosen = pd.Series(True, index=table.index)
    for column, value in moves["rows"].items():
        assert column in table.columns
        chosen &= table[column] == value
    return float(table.loc[chosen, moves["column"]].sum())


def test_every_sentence_of_the_letter_is_here() -> None:
    assert {sentence["number"] for sentence in SENTENCES} == set(range(1, 14))


@pytest.mark.parametrize("sentence", SENTENCES, ids=IDS)
def test_its_input_moves_its_line(sentence: dict[str, Any], tmp_path: Path) -> None:
    scenario: Scenario = load_scenario(write_scenario(tmp_path, "moved", sentence["set"]), PARAMS)
    before, after = (moved_value(run, sentence["moves"]) for run in (base_run(), simulate(scenario, SEED, PATHS)))
    assert after != pytest.approx(before, rel=1e-3)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    """The pages of the base case and of a scenario that moves every sentence's input at once."""
    project = tmp_path_factory.mktemp("mission")
    for folder in ("params", "notebooks"):
        shutil.copytree(PARAMS.parent / folder, project / folder)
    for settings in ("run", "analysis"):
        set_numbers(project / "params" / f"{settings}.yaml", FEWER[settings])
    forget_ranges(project / "params")
    leaves = {path: leaf for sentence in SENTENCES for path, leaf in sentence["set"].items()}
    write_scenario(project / "params" / "scenarios", "moved", leaves)
    place = Place(project, project / "reports")
    index = make_report(["base", "moved"], FEWER["run"]["paths"], place, lambda text: None)
    texts = {name: (index.parent / f"scenario-{name}.html").read_text("utf-8") for name in ("base", "moved")}
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


@pytest.mark.parametrize("sentence", SENTENCES, ids=IDS)
def test_its_place_on_the_page_shows_it(sentence: dict[str, Any], pages: dict[str, BeautifulSoup]) -> None:
    before, after = (pages[name].find(id=sentence["page"]["anchor"]) for name in ("base", "moved"))
    assert before is not None and after is not None
    assert sentence["page"]["shows"].replace(" ", "") in after.get_text().replace(" ", "").replace("\n", "")
    assert before.get_text() != after.get_text()
