"""The workbook in the real program: recalculated it says what Python says, as it is and with yellow cells changed."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from helpers import load, with_leaves

from partnering.inputs import Scenario
from partnering.model.run import pack, slugs_of
from partnering.model.views import KEEPS
from partnering.report import workbook
from partnering.report.pipeline import WORKBOOK
from partnering.report.stage_table import FIRST_COLUMN, left_out
from partnering.report.workbook import STAGES, write_workbook
from partnering.results.stored import Results, load_run

OFFICE = shutil.which("soffice")
BASE = load()
FACTS = {"Seed": 1}
SHEETS = ["Summary", "Inputs", "Sources", "Cash flows", STAGES, "Results", "Scenarios", "Read me"]
FIRM = "All early candidates"


@pytest.fixture(scope="module")
def run(folder: Path) -> Results:
    return load_run(folder, Path(__file__).parents[1])


@pytest.fixture(scope="module")
def book(run: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("book") / WORKBOOK
    write_workbook(file, BASE, [run], FACTS)
    return file


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """A workbook as the office program computes it: what it is given has formulas, and no value of ours."""
    if OFFICE is None:
        reason = "no soffice; install libreoffice-calc to test the workbook"
        pytest.fail(reason) if os.environ.get("REQUIRE_TOOLS") else pytest.skip(reason)
    profile = tmp_path_factory.mktemp("profile")

    def compute(file: Path, changes: Mapping[str, Mapping[str, float]] = MappingProxyType({})) -> Any:
        folder = tmp_path_factory.mktemp("office")
        bare = folder / "bare.xlsx"
        strip(file, bare, changes)
        command = [OFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
        subprocess.run([*command, "--outdir", folder / "out", bare], check=True, capture_output=True, timeout=240)
        return openpyxl.load_workbook(folder / "out" / "bare.xlsx", data_only=True, read_only=True)

    return compute


def strip(file: Path, bare: Path, changes: Mapping[str, Mapping[str, float]]) -> None:
    """Copy a workbook without the values of its formulas, with other numbers in some cells: by sheet and place."""
    names = openpyxl.load_workbook(file, read_only=True).sheetnames
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            text = source.read(part)
            if number := re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", part):
                xml, formulas = text.decode(), text.count(b"<f>")
                xml, dropped = re.subn(r"(</f>)<v>[^<]*</v>", r"\1", xml)
                assert dropped == formulas
                for place, value in changes.get(names[int(number[1]) - 1], {}).items():
                    xml, changed = re.subn(rf'(<c r="{place}"[^>]*><v>)[^<]*', rf"\g<1>{value!r}", xml)
                    assert changed == 1, place
                text = xml.encode()
            target.writestr(part, text)


def numbers_of(book: Any) -> dict[tuple[str, str], float]:
    """Every number of a workbook by sheet and place."""
    return {
        (sheet.title, cell.coordinate): float(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    }


def worths(book: Any) -> dict[str, tuple[float, float]]:
    """What the early candidates of each strategy are worth to both, by its title."""
    rows = book[STAGES].iter_rows(min_col=FIRST_COLUMN + 1, values_only=True)
    return {row[0]: (row[8], row[9]) for row in rows if row[1] == FIRM}


def yellow(book: Any) -> dict[str, tuple[str, float]]:
    """The yellow cells of the stage table by place, with what each is called and holds."""
    cells = (row[1] for row in book[STAGES].iter_rows(min_row=4, max_col=2) if row[1].value is not None)
    return {cell.coordinate: (cell.offset(0, -1).value, cell.value) for cell in cells}


def test_every_sheet_and_every_input_is_there(book: Path, run: Results) -> None:
    read = openpyxl.load_workbook(book, data_only=True)
    assert read.sheetnames == SHEETS
    table = run.table("inputs")
    rows = list(read["Inputs"].iter_rows(values_only=True))
    assert list(rows[0]) == list(table.columns)
    assert [row[0] for row in rows[1:]] == table["path"].tolist()
    assert isinstance({row[0]: row[2] for row in rows}["deal.upfront_musd"], int | float)
    assert {row[8] for row in rows[1:]} <= {row[0] for row in read["Sources"].iter_rows(values_only=True)}
    assert len(list(read["Results"].rows)) == 1 + len(run.table("headline"))
    assert len(list(read["Scenarios"].rows)) == 2


def test_a_stage_table_comes_close_to_what_the_company_believes(run: Results, tmp_path: Path) -> None:
    """Nobody stops and nothing is drawn: then the belief table works out the same, but for whole quarters."""
    plain = BASE.with_values({leaf.path: leaf.value for leaf in BASE.drawn()} | {"behaviour.gates": "commit"})
    write_workbook(tmp_path / WORKBOOK, plain, [run], FACTS)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK, data_only=True)[STAGES]
    rows = list(sheet.iter_rows(min_col=FIRST_COLUMN + 1, values_only=True))
    pairs = [(row[8:], after[8:]) for row, after in pairwise(rows) if row[1] == FIRM]
    assert len(pairs) == len([slug for slug in slugs_of(plain) if plain[f"strategies.{slug}.sells"] == "none"])
    for worked, believed in pairs:
        assert worked == pytest.approx(believed, rel=0.15, abs=1.5)


@pytest.mark.slow
def test_the_office_program_computes_python_s_figures(book: Path, recalculated: Callable[..., Any]) -> None:
    """From formulas alone, every number of every sheet; and nothing is an error."""
    found = recalculated(book)
    ours = numbers_of(openpyxl.load_workbook(book, data_only=True))
    assert numbers_of(found) == pytest.approx(ours, rel=1e-9, abs=1e-9)
    values = [cell for sheet in found for row in sheet.iter_rows(values_only=True) for cell in row]
    assert [value for value in values if isinstance(value, str) and value.startswith("#")] == []


CHANGES: dict[str, Any] = {
    "valuation.discount_rate": 0.08,
    "valuation.inflation_rate": 0.04,
    "success.phase_2_prob": 0.55,
    "success.conjugate_odds": 1.3,
    "success.alliance_odds": 1.6,
    "duration.phase_2_years": 3.125,
    "deal.ladder_full.phase_3_musd": 20.0,
    "deal.sharing.cost_share": 0.2,
    "cost.company.phase_3_musd": 100.0,
    "cost.partner.late_manufacturing_musd": 50.0,
    "cost.late_manufacturing_in_phase_3": 0.3,
}
"""Yellow cells and what is typed into them."""


@pytest.mark.slow
def test_what_is_typed_into_yellow_cells_is_worked_out_as_python_does(
    book: Path, run: Results, tmp_path: Path, recalculated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By label, as a reader finds them; what beliefs are made of stays, as it does in the sheet."""
    labels = {BASE.leaves[path].label: value for path, value in CHANGES.items()}
    cells = yellow(openpyxl.load_workbook(book, data_only=True))
    typed = {place: labels[label] for place, (label, _) in cells.items() if label in labels}
    assert len(typed) == len(CHANGES)
    packed = pack(BASE, {})
    monkeypatch.setattr(workbook, "pack", lambda *_: packed)
    write_workbook(tmp_path / WORKBOOK, BASE.with_values(CHANGES), [run], FACTS)
    expected, before = (worths(openpyxl.load_workbook(file, data_only=True)) for file in (tmp_path / WORKBOOK, book))
    assert all(expected[title] != before[title] for title in expected)
    found = worths(recalculated(book, {STAGES: typed}))
    for title, worth in expected.items():
        assert found[title] == pytest.approx(worth, rel=1e-8, abs=1e-8), title


def test_every_yellow_cell_moves_a_result(book: Path) -> None:
    """From each a way leads along formulas to what the early candidates of a strategy are worth."""
    sheet = openpyxl.load_workbook(book)[STAGES]
    reads = {
        cell.coordinate: set(re.findall(r"[A-Z]+[0-9]+", str(cell.value).replace("$", "")))
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    totals = [row[FIRST_COLUMN + 8].coordinate for row in sheet.iter_rows() if row[FIRST_COLUMN + 1].value == FIRM]
    totals += [row[FIRST_COLUMN + 9].coordinate for row in sheet.iter_rows() if row[FIRST_COLUMN + 1].value == FIRM]
    seen, left = set(), list(totals)
    while left:
        for place in reads.get(left.pop(), ()):
            if place not in seen:
                seen.add(place)
                left.append(place)
    places = yellow(openpyxl.load_workbook(book, data_only=True))
    filled = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFFF2A8"}
    assert len(places) > 40 and filled == set(places)
    assert set(places) <= seen


def test_cash_adds_up_by_fiscal_year_and_to_the_headline(book: Path, run: Results) -> None:
    sheet = openpyxl.load_workbook(book, data_only=True)["Cash flows"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    headline = run.table("headline").query("party == 'company' and view == 'financed' and metric == 'npv_mean'")
    titles = {about["title"]: slug for slug, about in run.manifest["strategies"].items()}
    for title, slug in titles.items():
        mine = [row for row in rows if row[0] == title]
        assert mine[0][1] == "Opening cash" and mine[-1][1] == "Closing cash"
        for column in range(3, len(mine[0])):
            assert mine[-1][column] == pytest.approx(sum(row[column] for row in mine[:-1]), abs=1e-9)
        for column in range(4, len(mine[0])):
            assert mine[0][column] == pytest.approx(mine[-1][column - 1], abs=1e-9)
        assert mine[-1][2] == pytest.approx(headline.set_index("strategy").loc[slug, "value"], abs=1e-9)


def test_text_of_params_never_becomes_a_formula_or_a_link(run: Results, tmp_path: Path) -> None:
    names = ("=1+1", "@cmd", "http://example.org")
    scenario = with_leaves(BASE, {"candidates.inherited.names": names})
    write_workbook(tmp_path / WORKBOOK, scenario, [run], {"Seed": "=3+3"})
    read = openpyxl.load_workbook(tmp_path / WORKBOOK)
    cells = [cell for sheet in read for row in sheet.iter_rows() for cell in row if cell.value is not None]
    told = [cell for cell in cells if cell.value in (*names, "=3+3")]
    assert {cell.value for cell in told} == {*names, "=3+3"}
    assert {cell.data_type for cell in told} == {"s"} and [cell for cell in cells if cell.hyperlink] == []


def test_same_inputs_same_bytes(book: Path, run: Results, tmp_path: Path) -> None:
    write_workbook(tmp_path / WORKBOOK, BASE, [run], FACTS)
    assert (tmp_path / WORKBOOK).read_bytes() == book.read_bytes()


def test_a_clause_that_a_stage_table_cannot_hold_is_named(run: Results, tmp_path: Path) -> None:
    scenario: Scenario = with_leaves(BASE, {"deal.opt_in.stage": "phase_1"})
    first = {each.slug: left_out(each) for each in pack(scenario, {}) if each.rules["sells"][0] == KEEPS}
    signing, *others = first.values()
    assert signing == "the partner may take a candidate later" and others == [""] * len(others)
    write_workbook(tmp_path / WORKBOOK, scenario, [run], FACTS)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK)[STAGES]
    said = [row[FIRST_COLUMN + 1].value for row in sheet.iter_rows(min_row=4)]
    assert "Not worked out here: the partner may take a candidate later." in said
