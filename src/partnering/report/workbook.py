"""The report as an Excel workbook: the answer, inputs, cash flows, a live stage table, results and scenarios."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from partnering.inputs.lines import LINE
from partnering.inputs.scenario import Scenario
from partnering.model.run import pack
from partnering.model.views import KEEPS
from partnering.report.evidence import tabulate_sources
from partnering.report.money import CLOSING, tabulate_money, tabulate_sources_uses
from partnering.report.sentences import say_answer
from partnering.report.stage_table import FIRST_COLUMN, HEADS, Cell, StageTable
from partnering.report.style import stamp, strategy_titles
from partnering.report.views import in_view, tabulate_scenarios
from partnering.results.schema import FINANCED, PLANNED, PRETAX
from partnering.results.stored import Results
from partnering.results.verdict import judge

STAGES, SIGNING = "Stage table", "#0072b2"
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
LOOKS: Mapping[str, Mapping[str, object]] = {
    "text": {"text_wrap": True, "valign": "top"},
    "wrapped": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "plain": {"num_format": "#,##0.####"},
    "number": {"num_format": "#,##0.000"},
    "money": {"num_format": "#,##0.0;[Red]-#,##0.0"},
    "result": {"num_format": "#,##0.00", "bold": True},
    "input": {"bg_color": "#fff2a8", "border": 1, "num_format": "#,##0.####"},
}
VIEWS = {
    PRETAX: "programme, planned, before tax",
    PLANNED: "company, after tax, unlimited money",
    FINANCED: "company, after tax, as financed",
}
ABOUT = (
    f"Live: the sheet {STAGES}. Its yellow cells are inputs: change one and everything follows.",
    "Not live: Inputs, Cash flows, Results and Scenarios, as the report has them.",
    "The stage table's rNPV shows what drives value: early candidates alone, before tax, nobody stops after a success. "
    "The report's values come from the simulation: there candidates that do not pay are stopped, and new leads, "
    "research, the upfront, tax and the company's money count.",
)
BRIDGE = (
    ("early", "Early candidates, nobody stops (stage table)"),
    ("pretax", "The whole programme, before tax"),
    ("planned", "The company, after tax, unlimited money"),
    ("financed", "The company, after tax, as financed"),
)
"""From the stage table to the headline: what each value is of."""


@dataclass(frozen=True)
class Book:
    """A workbook while it is written."""

    file: xlsxwriter.Workbook
    formats: Mapping[str, Format]

    def sheet(self, name: str, *heads: str) -> Worksheet:
        """Return a new sheet with a head that stays in sight, printed on its side."""
        sheet = self.file.add_worksheet(name)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.formats["wrapped"])
        if heads:
            sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table to a sheet of its own: numbers as numbers, all else as text whatever it looks like."""
        sheet = self.sheet(name, *map(str, table.columns))
        for row, values in enumerate(table.itertuples(index=False), start=1):
            for column, value in enumerate(values):
                self._value(sheet, row, column, value)
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)
        sheet.autofit(300)

    def _value(self, sheet: Worksheet, row: int, column: int, value: object) -> None:
        if not isinstance(value, int | float | np.number) or isinstance(value, bool):
            sheet.write_string(row, column, "" if value is None else str(value), self.formats["text"])
        elif np.isfinite(float(value)):
            sheet.write_number(row, column, float(value), self.formats["plain"])
        elif not np.isnan(float(value)):
            sheet.write_string(row, column, "∞", self.formats["text"])


def write_workbook(file: Path, scenario: Scenario, runs: Sequence[Results], facts: Mapping[str, object]) -> None:
    """Write the workbook of a report, the first run leading; same inputs, same bytes."""
    run = runs[0]
    with xlsxwriter.Workbook(str(file), OPTIONS) as written:
        made = dt.datetime.fromisoformat(scenario["valuation.date"])
        written.set_properties({"title": scenario.title, "created": made})
        book = Book(written, {name: written.add_format(dict(look)) for name, look in LOOKS.items()})
        summary = book.sheet("Summary")
        book.table("Inputs", _inputs(run))
        book.table("Sources", tabulate_sources(run, scenario, {}))
        book.table("Cash flows", _cash(run))
        early = _write_stages(book, scenario)
        book.table("Results", _results(run))
        book.table("Scenarios", tabulate_scenarios(runs).drop(columns="page"))
        _write_about(book, run, facts)
        _write_summary(book, summary, run, early)


def _inputs(run: Results) -> pd.DataFrame:
    """Return every input, single numbers as numbers."""
    inputs = run.table("inputs").fillna("")
    for column in ("value", "low", "high"):
        numbers = pd.to_numeric(inputs[column], errors="coerce")
        inputs[column] = inputs[column].astype(object).mask(numbers.notna(), numbers)
    return inputs


def _results(run: Results) -> pd.DataFrame:
    """Return every headline number by the names that the report uses."""
    table, titles = run.table("headline"), strategy_titles(run.manifest)
    names = [" minus ".join(titles[part] for part in slug.split("-")) for slug in table["strategy"]]
    parties = run.manifest["parties"]
    return table.assign(strategy=names, party=table["party"].map(parties), view=table["view"].map(VIEWS))


def _write_stages(book: Book, scenario: Scenario) -> dict[str, Cell]:
    """Write the stage table; return the cell of the company's worth of the early candidates, by strategy."""
    sheet = book.sheet(STAGES)
    sheet.write_string(0, 0, f"{scenario.title}: rNPV of the early candidates by stage", book.formats["title"])
    packed = [each for each in pack(scenario, {}) if each.rules["sells"][0] == KEEPS]
    packed = list({each.slug: each for each in reversed(packed)}.values())[::-1]
    titles = {each.slug: scenario[f"strategies.{each.slug}.title"] for each in packed}
    found = StageTable(scenario, sheet, book.formats).write(packed, titles)
    for first, last, width in ((0, 0, 44), (1, FIRST_COLUMN - 1, 12), (FIRST_COLUMN, FIRST_COLUMN + 1, 26)):
        sheet.set_column(first, last, width)
    sheet.set_column(FIRST_COLUMN + 2, FIRST_COLUMN + len(HEADS) - 1, 14)
    sheet.freeze_panes(3, 1)
    return found


def _cash(run: Results) -> pd.DataFrame:
    """Return mean cash by fiscal year and the present value of every group of lines, strategy by strategy."""
    verdict, tables = judge(run), []
    lines = in_view(run, "lines").query("party == 'company'")
    value = lines.assign(group=[LINE[name].statement for name in lines["line"]])
    value = value.pivot_table("value", "group", "strategy", "sum", fill_value=0.0)
    for option in (verdict.signing, verdict.nearest, *verdict.others):
        table = tabulate_sources_uses(run, verdict, option.slug, years=None)
        present = table["$ million"].map(value[option.slug])
        table.insert(1, "Present value", present.mask(table["$ million"] == CLOSING, value[option.slug].sum()))
        table.insert(0, "Strategy", option.title)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _write_about(book: Book, run: Results, facts: Mapping[str, object]) -> None:
    sheet = book.sheet("Read me")
    for row, line in enumerate(ABOUT):
        sheet.write_string(row, 0, line)
    for row, (name, value) in enumerate((stamp(run.manifest) | dict(facts)).items(), start=len(ABOUT) + 1):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, str(value))
    sheet.set_column(0, 0, 24)


def _write_summary(book: Book, sheet: Worksheet, run: Results, early: Mapping[str, Cell]) -> None:
    """Write the answer, and for every strategy the way from the stage table's rNPV to the headline, with a chart."""
    verdict, heads = judge(run), ("$ million", *(words for _, words in BRIDGE), "Signing leads by")
    sheet.write_string(0, 0, run.manifest["title"], book.formats["title"])
    sheet.write_string(1, 0, say_answer(verdict))
    for column, head in enumerate(heads):
        sheet.write_string(3, column, head, book.formats["wrapped"])
    table = tabulate_money(run, verdict)
    for row, values in enumerate(table.to_dict("records"), start=4):
        sheet.write_string(row, 0, values["strategy"])
        if values["slug"] in early:
            cell = early[values["slug"]]
            sheet.write_formula(row, 1, f"='{STAGES}'!{cell.text}", book.formats["money"], cell.value)
        for column, (name, _) in enumerate(BRIDGE[1:], start=2):
            sheet.write_number(row, column, values[name], book.formats["money"])
        lead = table["financed"].iloc[0] - values["financed"]
        sheet.write_formula(row, 5, f"=$E$5-E{row + 1}", book.formats["money"], lead)
    last = 3 + len(table)
    chart = book.file.add_chart({"type": "bar"})
    series = {"categories": ["Summary", 4, 0, last, 0], "values": ["Summary", 4, 4, last, 4]}
    chart.add_series({**series, "fill": {"color": SIGNING}})
    chart.set_title({"name": f"{BRIDGE[-1][1]}, $ million", "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    sheet.insert_chart(last + 2, 0, chart)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 5, 22)
