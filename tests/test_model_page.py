"""The model record: complete, about the code there is and the run it stands beside, and a page that shows all of it."""

import ast
import importlib
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from helpers import PARAMS, load
from nbformat.v4 import new_code_cell, new_notebook, new_output
from project import copy_project
from said import words, worked
from sources import ROOT, SRC, TREES

from partnering.inputs import load_scenarios
from partnering.report import model_text
from partnering.report.pipeline import TEMPLATE, WHOLE, Order, describe, list_pages, make_page
from partnering.report.publish import WORDS, render_page
from partnering.results import digests
from partnering.results.access import results
from partnering.results.place import Place
from partnering.results.schema import describe_interface
from partnering.results.simulate import simulate
from partnering.results.store import write_run
from partnering.results.stored import Results

ASKED = (
    *("Purpose and scope", "Structure", "Order of events in a quarter", "Formulas", "Symbols"),
    *("Choices where the specification was silent", "Good practice it answers to", "Known weaknesses"),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return write_run(simulate(load(), 5, 8, 8), tmp_path_factory.mktemp("recorded") / "run", PARAMS.parent)


def heading(section: str) -> str:
    return section.splitlines()[0].removeprefix("## ")


def resolves(name: str) -> bool:
    """Whether a dotted name below the package is there."""
    module, _, attribute = f"partnering.{name}".rpartition(".")
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError:
        return False


# The text.


def test_the_record_has_every_section_asked_for_in_order() -> None:
    headings = [heading(section) for section in model_text.sections().values()]
    assert [title for title in headings if title in ASKED] == list(ASKED)
    assert all(len(section.split()) > 25 for section in model_text.sections().values())


def test_every_formula_names_a_function_there_is() -> None:
    formulas = model_text.table_of(model_text.sections()["formulas"])
    assert len(formulas) > 25 and formulas["Formula"].str.len().min() > 5
    assert [name for name in formulas["Function"] if not resolves(name)] == []


def test_every_symbol_is_an_input_or_a_function_there_is() -> None:
    symbols = model_text.table_of(model_text.sections()["symbols"])
    assert [name for name in symbols["Name"] if name not in load().leaves and not resolves(name)] == []
    assert not symbols["Name"].duplicated().any() and (symbols["Symbol"] != "").all()


def test_every_letter_of_a_formula_is_explained() -> None:
    """In the table of symbols, in the words around, or by an equation."""
    parts = model_text.sections()
    code, words = " ".join(re.findall(r"`([^`]+)`", parts["formulas"])), re.sub("`[^`]+`", "", parts["formulas"])
    letters = set(re.findall(r"(?<!\w)([^\W\d_])(?=_|\b)", code))
    known = {symbol.split("_")[0] for symbol in model_text.table_of(parts["symbols"])["Symbol"]}
    told = set(re.findall(r"\b([^\W\d_])\b", words)) | set(re.findall(r"\b([^\W\d_]) = ", code))
    assert len(letters) > 25 and letters - known - told == set()


def test_the_order_of_events_is_that_of_the_code() -> None:
    told = re.findall(r"^\d\. `(\w+)`", model_text.sections()["order-of-events-in-a-quarter"], re.MULTILINE)
    quarter = next(n for n in TREES["model/company.py"].body if getattr(n, "name", "") == "live_quarter")
    calls = [n for n in ast.walk(quarter) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    called = [n.func.id for n in sorted(calls, key=lambda n: n.lineno)]  # type: ignore[attr-defined]
    defined = [n.name for n in TREES["model/company.py"].body if isinstance(n, ast.FunctionDef)]
    assert called == told and [name for name in told if name in defined] == [name for name in defined if name in told]


def test_functions_named_in_the_structure_are_there() -> None:
    defined = {n.name for tree in TREES.values() for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    named = set(re.findall(r"`(\w+)`", model_text.sections()["structure"]))
    assert named - defined == set(describe_interface()["views"]) and len(named) > 10


def test_no_choice_is_left_out_of_the_numbering() -> None:
    numbers = re.findall(
        r"^(\d+)\. ", model_text.sections()["choices-where-the-specification-was-silent"], re.MULTILINE
    )
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))


# What is read off the run and the code.


def test_symbols_have_the_values_of_the_run(run: Results) -> None:
    section = model_text.sections()["symbols"]
    table = model_text.tabulate_symbols(section, run).set_index("Input or function")
    leaf = load().leaves["leads.cost_per_lead_musd"]
    row = table.loc[leaf.path]
    assert row["Here"] == f"{leaf.value:g} ({leaf.low:g} to {leaf.high:g})" and row["Unit"] == "$ million"
    assert row["Meaning"].startswith(leaf.label) and (table["Meaning"] != "").all()
    assert table.loc["valuation.horizon_years", "Here"] == f"{load()['valuation.horizon_years']:g}"
    assert {name for name in table.index if table.loc[name, "Unit"]} == set(table.index) & set(load().leaves)


def test_files_and_run_are_complete(run: Results) -> None:
    shown: dict[str, pd.DataFrame] = {}
    silent = SimpleNamespace(show_table=lambda frame, stem, *_, **__: shown.update({stem: frame}))
    worked("model", "this-run", "files", run=run, exhibit=silent, pd=pd, describe_interface=describe_interface)
    files = shown["files"].set_index("File")
    assert set(files.index) == {*run.manifest["files"], "manifest.json"} and files.loc["paths.npz", "Rows"] == 8
    told = " ".join(shown["this-run"].astype(str).to_numpy().ravel())
    for text in (load()["parties.company"], load()["parties.partner"], load()["valuation.date"], load().question):
        assert text in told
    assert all(about["meaning"] in told for about in run.manifest["strategies"].values())


def test_one_sentence_says_on_how_many_futures_each_number_rests() -> None:
    told = {"error": 1.37, "held": 126, "checks": [0] * 126, "paths": 20000, "asked": 1024, "steps": 512}
    said = words("model", "answer", terms=400, cash=256, **told)
    assert said.startswith("> **The lead is known to within $1.4 million, one standard error, and 126 of 126")
    (sentence,) = [line for line in said.splitlines() if "rest on" in line]
    assert re.findall(r"[\d,]*\d", sentence) == ["20,000", "1,024", "512", "400", "256"]


def test_the_record_is_part_of_the_pages_and_of_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = Path(shutil.copytree(SRC, tmp_path / "partnering", ignore=shutil.ignore_patterns("__pycache__")))
    monkeypatch.setattr(digests, "PACKAGE", package)
    shown, parts = digests.report_digest(ROOT), digests.part_digests.__wrapped__()
    with (package / "MODEL.md").open("a", encoding="utf-8") as stream:
        stream.write("- One more weakness.\n")
    assert digests.report_digest(ROOT) != shown and digests.part_digests.__wrapped__() == parts


# The page.


def test_the_notebook_shows_every_section_in_order() -> None:
    cells = json.loads((ROOT / "notebooks" / "model.ipynb").read_text("utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    shown = re.findall(r'show_markdown\((?:model_text\.without_table\()?model\["([a-z-]+)"\]', code)
    assert shown == list(model_text.sections())


def test_prose_of_a_file_is_rendered_like_a_cell_of_the_notebook(tmp_path: Path) -> None:
    header = '<header class="report" data-scenario="base"><h1>Record</h1></header>'
    prose = "## A part\n\n| One | Two |\n|---|---|\n| `a` | <script>b</script> |\n"
    outputs = [new_output("display_data", data) for data in ({"text/html": header}, {"text/markdown": prose})]
    notebook = new_notebook(cells=[new_code_cell("f()", id="c", outputs=outputs)])
    nbformat.write(notebook, tmp_path / "model.ipynb")
    page = BeautifulSoup(render_page(tmp_path / "model.ipynb", TEMPLATE, [], {}), "html.parser")
    (entry,) = page.select("nav.contents li.h2 a")
    assert page.find(id=str(entry["href"]).removeprefix("#")).get_text() == entry.get_text(strip=True) == "A part"
    (box,) = page.select("div.text div.scroll")
    assert (box["tabindex"], box["role"], box["aria-label"]) == ("0", "region", "One, Two")
    assert [tag.get_text() for tag in box.find_all("td")] == ["a", "<script>b</script>"] and not page.find("script")
    assert [tag["scope"] for tag in box.find_all("th")] == ["col", "col"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_page_holds_all_of_it_and_lists_its_sections(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", "base")
    place = Place(project, project / "reports", 64)
    order = Order(place, load_scenarios(["base"], place.params), (), project / "reports", draft=False)
    order.build.mkdir(parents=True)
    run = results("base", place)
    (page,) = (page for page in list_pages(order, {"base": run.folder.name}) if page.file == WHOLE["model"][1])
    make_page(order, page, describe(run, draft=False))
    text = (order.build / "model.html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    headings = [tag.get_text() for tag in page.find_all("h2")]
    assert headings[-1] == WORDS and headings[:-2] == [heading(section) for section in model_text.sections().values()]
    listed = [tag.get_text(" ", strip=True) for tag in page.select("nav.contents li.h2")]
    assert listed == headings and len(text) < 400_000
    body = page.get_text(" ")
    assert all(name in body for name in [*run.table("checks")["name"], *describe_interface()["files"]])
    assert load()["parties.company"] in body and "|---" not in body
    for table in page.select("div.text table"):
        assert table.parent is not None and table.parent.get("class") == ["scroll"]
