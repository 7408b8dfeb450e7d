"""The workbook in the real program: recalculated it says what Python says, as it is and with yellow cells changed."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from helpers import load, with_leaves

from partnering.course.strategies import Strategy, read_strategies
from partnering.inputs import Scenario
from partnering.report.pipeline import WORKBOOK
from partnering.report.stage_inputs import PEAK, expected_peak
from partnering.report.stage_sheet import closed_form_worth, left_out
from partnering.report.workbook import sheet_name, write_workbook
from partnering.results.stored import Results, load_run

OFFICE = shutil.which("soffice")
BASE = load()
FACTS = {"Seed": 1}
COMPANY, PARTNER = "B4", "B5"
SHEETS = ["Read me", "Inputs", "Sources", "Results", "Scenarios", "Cash flows"]
SCENARIOS = ("base", "sell_at_ind", "rates_unequal")


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


def titles(scenario: Scenario = BASE) -> list[str]:
    taken: set[str] = set()
    return [sheet_name(scenario[f"strategies.{s.slug}.title"], taken) for s in read_strategies(scenario)]


def sheets_of(book: Any, scenario: Scenario = BASE) -> list[tuple[Strategy, Any]]:
    return [(s, book[title]) for s, title in zip(read_strategies(scenario), titles(scenario), strict=True)]


def test_every_strategy_and_every_input_is_there(book: Path, run: Results) -> None:
    read = openpyxl.load_workbook(book, data_only=True)
    assert read.sheetnames == [*SHEETS, *titles()]
    table = run.table("inputs")
    rows = list(read["Inputs"].iter_rows(values_only=True))
    assert list(rows[0]) == list(table.columns)
    assert [row[0] for row in rows[1:]] == table["path"].tolist()
    assert {row[8] for row in rows[1:]} <= {row[0] for row in read["Sources"].iter_rows(values_only=True)}
    assert len(list(read["Results"].rows)) == 1 + len(run.table("headline"))
    assert len(list(read["Scenarios"].rows)) == 2


def test_the_values_in_the_file_are_python_s(book: Path) -> None:
    """A reader that computes nothing sees the right numbers, and the closed form beside them."""
    for strategy, sheet in sheets_of(openpyxl.load_workbook(book, data_only=True)):
        for cell, worth in zip((COMPANY, PARTNER), closed_form_worth(BASE, strategy), strict=True):
            assert sheet[cell].value == pytest.approx(worth, rel=1e-9, abs=1e-9), sheet.title


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_office_program_computes_python_s_figures(
    name: str, run: Results, tmp_path: Path, recalculated: Callable[..., Any]
) -> None:
    """Every strategy of every scenario, from formulas alone, against the closed form; and nothing is an error."""
    scenario = load(name)
    write_workbook(tmp_path / WORKBOOK, scenario, [run], FACTS)
    book = recalculated(tmp_path / WORKBOOK)
    for strategy, sheet in sheets_of(book, scenario):
        for cell, worth in zip((COMPANY, PARTNER), closed_form_worth(scenario, strategy), strict=True):
            assert sheet[cell].value == pytest.approx(worth, rel=1e-9, abs=1e-9), sheet.title
    values = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert [value for value in values if isinstance(value, str) and value.startswith("#")] == []


CHANGES: dict[str, Any] = {
    "valuation.discount_rate": 0.08,
    "valuation.inflation_rate": 0.04,
    "success.phase_2_prob": 0.55,
    "success.conjugate_odds": 1.3,
    "success.alliance_odds": 1.6,
    "duration.phase_2_years": 3.125,  # 12.5 quarters: an exact half goes to the even number
    "duration.japan_after_us_years": 2.0,
    "deal.ladder_full.us_musd": 20.0,
    "deal.royalty.rates": (0.05, 0.1, 0.2),
    "deal.royalty.thresholds_musd": (0.0, 100.0, 180.0),
    "deal.royalty.step_down_share": 0.5,
    "deal.sharing.cost_share": 0.2,
    PEAK: 500.0,
    "sales.uptake": (0.2, 0.4, 0.6, 0.8, 0.9, 1.0),
    "sales.exclusivity_years": 9.0,
    "sales.late_decline_rate": 0.2,
    "sales.company_launch_delay_years": 2.0,
    "sales.company_selling_floor_musd": 60.0,
    "cost.company.phase_3_musd": 100.0,
    "cost.partner.late_manufacturing_musd": 50.0,
    "license.taker_prob": 0.4,
    "license.deal_years": 1.5,
    "license.milestone_shares": (0.4, 0.3, 0.2, 0.1),
}
"""Yellow cells and what is typed into them."""

EARLY_LOSS = {"sales.exclusivity_years": 9.0}
"""Exclusivity that ends inside the royalty term: without it no royalty is stepped down."""

GROUPS = 4


def test_every_change_moves_something() -> None:
    """Otherwise the test below could not see that a cell drives nothing."""
    for path, value in CHANGES.items():
        beside = EARLY_LOSS if path.endswith("step_down_share") else {}
        assert worths(changed({path: value, **beside})) != worths(changed(beside)), path


@pytest.mark.slow
def test_every_yellow_cell_drives_its_sheet(book: Path, recalculated: Callable[..., Any]) -> None:
    """Changed together, a few at a time, by label as a reader finds them: Python at the same inputs agrees."""
    read = openpyxl.load_workbook(book, data_only=True)
    for group in range(GROUPS):
        values = dict(list(CHANGES.items())[group::GROUPS])
        typed = {sheet.title: places_of(sheet, values) for _, sheet in sheets_of(read)}
        labels = {label for path, value in values.items() for label, _ in labelled(path, value)}
        assert {read[title][place].offset(0, -1).value for title, cells in typed.items() for place in cells} == labels
        found = recalculated(book, typed)
        for (_, sheet), expected in zip(sheets_of(found), worths(changed(values)), strict=True):
            for cell, worth in zip((COMPANY, PARTNER), expected, strict=True):
                assert sheet[cell].value == pytest.approx(worth, rel=1e-8, abs=1e-8), (sheet.title, list(values))


def changed(values: Mapping[str, Any]) -> Scenario:
    """The base case with inputs as typed: a peak that is typed in is the expected one, so it has no spread."""
    return with_leaves(BASE, {**values, **({"sales.peak_log_sd": 1e-9} if PEAK in values else {})})


def worths(scenario: Scenario) -> list[tuple[float, float]]:
    return [closed_form_worth(scenario, strategy) for strategy in read_strategies(scenario)]


def labelled(path: str, value: Any) -> list[tuple[str, float]]:
    """What a yellow cell is called, or those of a list, with the number typed into each."""
    label = "Expected peak sales a year, under the cap" if path == PEAK else BASE.leaves[path].label
    if isinstance(value, tuple):
        return [(f"{label} ({place + 1})", number) for place, number in enumerate(value)]
    return [(label, value)]


def places_of(sheet: Any, values: Mapping[str, Any]) -> dict[str, float]:
    """The cells of a sheet that these inputs are typed into."""
    numbers = dict(pair for path, value in values.items() for pair in labelled(path, value))
    rows = ((row[0].value, row[1].coordinate) for row in sheet.iter_rows(min_row=9, max_col=2))
    return {place: numbers[label] for label, place in rows if label in numbers}


def test_cash_adds_up_to_the_headline(book: Path) -> None:
    rows = list(openpyxl.load_workbook(book, data_only=True)["Cash flows"].iter_rows(values_only=True))
    gaps = [row[4] for row in rows if row[3] == "Headline less sum"]
    assert len(gaps) >= 12 and max(map(abs, gaps)) < 1e-9
    formulas = list(openpyxl.load_workbook(book)["Cash flows"].iter_rows(values_only=True))
    sums = [row for row in formulas if row[3] == "Sum"]
    assert all(str(cell).startswith("=SUM(") for row in sums for cell in row[4:])


def test_text_of_params_never_becomes_a_formula_or_a_link(run: Results, tmp_path: Path) -> None:
    hostile = {f"candidates.inherited.{part}": BASE[f"candidates.inherited.{part}"] for part in ("names",)}
    names = ("=1+1", "@cmd", "http://example.org")
    scenario = with_leaves(BASE, {next(iter(hostile)): names, "parties.company": "=2+2"})
    write_workbook(tmp_path / WORKBOOK, scenario, [run], {"Seed": "=3+3"})
    read = openpyxl.load_workbook(tmp_path / WORKBOOK)
    cells = [cell for sheet in read for row in sheet.iter_rows() for cell in row if cell.value is not None]
    told = [cell for cell in cells if cell.value in (*names, "=2+2", "=3+3")]
    assert {cell.value for cell in told} == {*names, "=2+2", "=3+3"}
    assert {cell.data_type for cell in told} == {"s"} and [cell for cell in cells if cell.hyperlink] == []


def test_same_inputs_same_bytes(book: Path, run: Results, tmp_path: Path) -> None:
    write_workbook(tmp_path / WORKBOOK, BASE, [run], FACTS)
    assert (tmp_path / WORKBOOK).read_bytes() == book.read_bytes()


def test_a_clause_that_a_stage_table_cannot_hold_is_named(run: Results, tmp_path: Path) -> None:
    scenario = with_leaves(BASE, {"deal.sharing.profit_share": 0.5, "deal.opt_in.stage": "phase_1"})
    signing, *others = read_strategies(scenario)
    assert left_out(scenario, signing) == "a shared profit, an option on candidates"
    assert [left_out(scenario, other) for other in others] == [""] * len(others)
    write_workbook(tmp_path / WORKBOOK, scenario, [run], FACTS)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK)[titles()[0]]
    assert sheet["A2"].value == "Not worked out here: a shared profit, an option on candidates."


def test_sheet_names_are_short_and_their_own() -> None:
    taken = {"inputs"}
    assert sheet_name("Inputs", taken) == "Inputs 2"
    assert sheet_name("[a]*b?" + 40 * "c", taken) == (" a  b " + 40 * "c").strip()[:31]
    assert sheet_name("[a]*b?" + 40 * "c", taken).endswith(" 2")


def test_the_peak_is_the_mean_under_the_cap() -> None:
    plain = with_leaves(BASE, {"sales.peak_log_sd": 1e-9})
    assert expected_peak(plain) == pytest.approx(BASE[PEAK])
    assert BASE[PEAK] < expected_peak(BASE) < BASE["sales.peak_cap_musd"]
