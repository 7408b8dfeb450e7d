"""What makes a report again, and which of its pages: nothing but what they are made of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from project import ROOT, copy_project

from partnering.report.pipeline import Order, list_pages
from partnering.report.renew import report_key
from partnering.results import digests
from partnering.results.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    project = copy_project(tmp_path / "project", "base", "cash_little")
    return Place(project, project / "reports")


def add_to(*parts: str) -> Callable[[Place], None]:
    """A change that adds a line to a file of the project."""

    def change(place: Place) -> None:
        file = place.project.joinpath(*parts)
        file.write_text(file.read_text("utf-8") + "\n", "utf-8")

    return change


CHANGES: dict[str, Callable[[Place], object]] = {
    "an input": add_to("params", "base.yaml"),
    "a scenario": add_to("params", "scenarios", "cash_little.yaml"),
    "a later fact": add_to("params", "hindsight.yaml"),
    "a notebook": add_to("notebooks", "model.ipynb"),
    "the lock": add_to("requirements.lock"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_of_what_a_report_is_made_of_is_seen(what: str, place: Place) -> None:
    before = report_key([], place)
    assert report_key([], place) == before
    CHANGES[what](place)
    assert report_key([], place) != before


def test_an_order_of_its_own_is_another_report(place: Place) -> None:
    few = Place(place.project, place.reports, 100)
    keys = [report_key([], place), report_key(["base"], place), report_key([], few), report_key(["base"], few)]
    assert len(set(keys)) == len(keys)


def test_a_sentence_and_a_style_sheet_simulate_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sentences.py", "style.css"):
        copied = tmp_path / name / "partnering"
        _copy_package(copied)
        monkeypatch.setattr(digests, "PACKAGE", copied)
        before = _all_digests()
        (file,) = copied.rglob(name)
        file.write_text(file.read_text("utf-8") + "\n", "utf-8")
        model, asked, shown, whole = (now != was for now, was in zip(_all_digests(), before, strict=True))
        assert (model, asked, whole) == (False, False, True)
        assert shown == (name == "sentences.py"), "a style sheet executes no notebook, a sentence does"


def _copy_package(folder: Path) -> None:
    for file in (ROOT / "src/partnering").rglob("*.*"):
        if file.suffix != ".pyc" and file.is_file():
            copy = folder / file.relative_to(ROOT / "src/partnering")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())


def _all_digests() -> tuple[str, ...]:
    """Digests of what simulates, what asks, what notebooks read, and of all that shows."""
    digests.model_digest.cache_clear(), digests.inquiry_digest.cache_clear()
    return digests.model_digest(), digests.inquiry_digest(), digests.showing_digest(), digests.report_digest(ROOT)


@pytest.fixture(autouse=True)
def digests_of_the_real_package() -> None:
    """Digests are remembered: other tests want those of the real package."""
    yield
    digests.model_digest.cache_clear(), digests.inquiry_digest.cache_clear()


def test_a_page_is_executed_again_for_the_runs_it_names_alone(place: Place) -> None:
    from partnering.inputs import load_scenarios

    scenarios = load_scenarios(["base", "cash_little"], place.params)
    deals = load_scenarios(["second_platform"], place.params)

    def kept(**other: str) -> dict[str, str]:
        order = Order(place, scenarios, deals, place.reports, False)
        stored = {scenario.name: scenario.digest for scenario in (*scenarios, *deals)}
        return {page.file: page.key for page in list_pages(order, stored | other)}

    before, scenario, deal = kept(), kept(cash_little="another"), kept(second_platform="another")
    assert {page for page in before if scenario[page] != before[page]} == {
        *("scenario-cash_little.html", "index.html", "scenarios.html", "sensitivity.html", "evidence.html"),
    }
    assert {page for page in before if deal[page] != before[page]} == {"index.html", "negotiation.html"}
    assert all(kept(base="another")[page] != before[page] for page in before)
    base = place.params / "base.yaml"
    base.write_text(base.read_text("utf-8").replace("low: 0.15, high: 0.40", "low: 0.16, high: 0.40"), "utf-8")
    page = "scenario-cash_little.html"
    assert kept()[page] != before[page], "it is held against the base case"
