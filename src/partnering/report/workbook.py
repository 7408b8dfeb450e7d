"""The report as an Excel workbook: inputs and sources, results, cash flows, and a live stage table per strategy."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from partnering.clock import QUARTERS
from partnering.course.strategies import read_strategies
from partnering.inputs.scenario import Scenario
from partnering.report.evidence import tabulate_sources
from partnering.report.stage_sheet import Formats, Sheet, write_strategy
from partnering.report.style import stamp
from partnering.report.views import tabulate_scenarios
from partnering.results.schema import FINANCED, PLANNED, PRETAX
from partnering.results.stored import Results

LONGEST_NAME = 31  # characters of a sheet's name, says Excel
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
LOOKS: Mapping[str, Mapping[str, object]] = {
    "text": {},
    "head": {"bold": True, "bottom": 1},
    "wrapped": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "number": {"num_format": "#,##0.000"},
    "money": {"num_format": "#,##0.0;[Red]-#,##0.0"},
    "result": {"num_format": "#,##0.00", "bold": True},
    "tiny": {"num_format": "0.0E+00"},
    "input": {"bg_color": "#fff2a8", "border": 1, "num_format": "#,##0.####"},
}
VIEWS = {
    PRETAX: "programme, planned, before tax",
    PLANNED: "company, after tax, unlimited money",
    FINANCED: "company, after tax, as financed",
}
ABOUT = (
    "Live: the sheets named after strategies. Their yellow cells are inputs; everything else there is a formula.",
    "Not live: Results, Scenarios and Cash flows are means over simulated futures; sums on Cash flows are formulas.",
    "A sheet's rNPV is a check, and shows what drives value. The report's own values come from the simulation: there "
    "candidates that do not pay are stopped, peak sales are drawn, and new leads, research and the upfront count.",
)


class _Live(Worksheet):
    """A worksheet that takes formulas as they are: to look in each for thirty functions no cell has takes 4 s."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


def write_workbook(file: Path, scenario: Scenario, runs: Sequence[Results], facts: Mapping[str, object]) -> None:
    """Write the workbook of a report, the first run leading; same inputs, same bytes."""
    run = runs[0]
    with xlsxwriter.Workbook(str(file), OPTIONS) as book:
        made = dt.datetime.fromisoformat(scenario["valuation.date"])
        book.set_properties({"title": scenario.title, "created": made})
        formats = {name: book.add_format(dict(look)) for name, look in LOOKS.items()}
        _write_about(book, formats, run, facts)
        _write_table(book, formats, "Inputs", run.table("inputs").fillna(""))
        _write_table(book, formats, "Sources", tabulate_sources(run, scenario, {}))
        _write_table(book, formats, "Results", _results(run))
        _write_table(book, formats, "Scenarios", tabulate_scenarios(runs).drop(columns="page"))
        _write_cash(book, formats, run)
        names = {"read me", "inputs", "sources", "results", "scenarios", "cash flows"}
        for strategy in read_strategies(scenario):
            title = scenario[f"strategies.{strategy.slug}.title"]
            worksheet = book.add_worksheet(sheet_name(title, names), _Live)
            write_strategy(Sheet(worksheet, formats), scenario, strategy, title)


def sheet_name(title: str, taken: set[str]) -> str:
    """Return a name Excel accepts, that no other sheet has, and note it as taken."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:LONGEST_NAME] or "Strategy"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[: LONGEST_NAME - len(str(number)) - 1]} {number}"
    taken.add(name.lower())
    return name


def _write_about(book: xlsxwriter.Workbook, formats: Formats, run: Results, facts: Mapping[str, object]) -> None:
    sheet = Sheet(book.add_worksheet("Read me"), formats)
    sheet.texts(0, 0, (f"{run.manifest['title']}: the workbook",), "title")
    for row, line in enumerate(ABOUT, start=2):
        sheet.texts(row, 0, (line,))
    for row, (name, value) in enumerate((stamp(run.manifest) | dict(facts)).items(), start=len(ABOUT) + 3):
        sheet.texts(row, 0, (name,))
        sheet.texts(row, 1, (str(value),))
    sheet.worksheet.set_column(0, 0, 24)


def _write_table(book: xlsxwriter.Workbook, formats: Formats, name: str, table: pd.DataFrame) -> None:
    """Write a table with a head that stays in sight: numbers as numbers, all else as text."""
    sheet = Sheet(book.add_worksheet(name), formats)
    sheet.texts(0, 0, tuple(map(str, table.columns)), "head")
    for row, values in enumerate(table.itertuples(index=False), start=1):
        for column, value in enumerate(values):
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if number and np.isfinite(value):
                sheet.worksheet.write_number(row, column, float(value))
            elif not number or not np.isnan(value):
                sheet.texts(row, column, ("∞" if number else str("" if value is None else value),))
    sheet.worksheet.freeze_panes(1, 1)
    sheet.worksheet.autofilter(0, 0, len(table), len(table.columns) - 1)
    sheet.worksheet.autofit(400)
    sheet.worksheet.set_landscape()
    sheet.worksheet.fit_to_pages(1, 0)


def _results(run: Results) -> pd.DataFrame:
    """Return every headline number by the names that the report uses."""
    table, titles = run.table("headline"), run.manifest["strategies"]

    def named(slug: str) -> str:
        """Return the title of a strategy, or of two that are compared."""
        return " minus ".join(titles[part]["title"] for part in slug.split("-"))

    return table.assign(
        strategy=table["strategy"].map(named),
        party=table["party"].map(run.manifest["parties"]),
        view=table["view"].map(VIEWS),
    )


def _write_cash(book: xlsxwriter.Workbook, formats: Formats, run: Results) -> None:
    """Write mean cash by line and year, real and undiscounted, with present values that add up to the headline."""
    sheet = Sheet(book.add_worksheet("Cash flows"), formats)
    key = ["strategy", "party", "view"]
    cash = run.table("cash").assign(year=lambda t: t["quarter"] // QUARTERS + 1)
    wide = cash.pivot_table("mean", [*key, "line"], "year", "sum", sort=False)
    told = set(wide.index.droplevel("line"))  # parties and views whose cash a run keeps by quarter
    present = run.table("lines").groupby([*key, "line"], sort=False)["value"].sum()
    headline = run.table("headline").query("metric == 'npv_mean'").set_index(key)["value"]
    heads = ("Strategy", "Party", "View", "Line", "Present value", *(f"Year {year}" for year in wide.columns))
    sheet.texts(0, 0, heads, "head")
    row = 1
    for group, lines in present.groupby(key, sort=False):
        if group not in told:
            continue
        about = run.manifest["strategies"][group[0]]["title"], run.manifest["parties"][group[1]], VIEWS[group[2]]
        first = row
        for (*_, line), value in lines.items():
            sheet.texts(row, 0, (*about, str(line).replace("_", " ")))
            numbers = [value, *wide.loc[(*group, line)]]
            for column, number in enumerate(numbers, start=4):
                sheet.at(row, column, float(number), "money")
            row += 1
        sheet.texts(row, 0, (*about, "Sum"), "head")
        totals = [lines.sum(), *wide.loc[[(*group, line) for *_, line in lines.index]].sum()]
        for column, number in enumerate(totals, start=4):
            cells = ":".join(xl_rowcol_to_cell(at, column) for at in (first, row - 1))
            sheet.worksheet.write_formula(row, column, f"=SUM({cells})", formats["money"], float(number))
        sheet.texts(row + 1, 0, (*about, "Headline less sum"))
        gap = f"={float(headline[group])!r}-{xl_rowcol_to_cell(row, 4)}"
        sheet.worksheet.write_formula(row + 1, 4, gap, formats["tiny"], float(headline[group] - totals[0]))
        row += 3
    sheet.worksheet.set_column(0, 3, 26)
    sheet.worksheet.set_column(4, 4 + len(wide.columns), 11)
    sheet.worksheet.freeze_panes(1, 4)
    sheet.worksheet.set_landscape()
    sheet.worksheet.fit_to_pages(1, 0)
