"""One sheet per strategy: its rNPV on top, yellow input cells, the stage table, and every product's sales beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from partnering.course.pathway import chain_of, opt_in_stage
from partnering.course.strategies import Party, Strategy
from partnering.inputs.scenario import Scenario
from partnering.inquiry.what_if import with_values
from partnering.report import sales_table, stage_table
from partnering.report.formula import Cell
from partnering.report.stage_inputs import (
    COMPANY_RUNS,
    DEAL_PAYS,
    EVERYWHERE,
    LARGE_FIRM_RUNS,
    LICENCE_PAYS,
    LIKELIEST,
    PEAK,
    SEARCH,
    YEARS_TO_PEAK,
    Inputs,
    expected_peak,
)
from partnering.report.stage_table import Candidate, StageTable, Worth
from partnering.results.control import without_options
from partnering.value.closed_form import ClosedForm
from partnering.value.prospect import Kind, Policy, Prospect
from partnering.world.candidates import Origin
from partnering.world.theta import draw_theta

Formats = dict[str, Format]
INPUT_COLUMNS = ("Input", "Value", "Unit", "Status", "Source")
FIRST_ROW = 9  # of the inputs; above them the result, which stays in sight
SALES_COLUMN = len(stage_table.HEADS) + 1
NO_SPREAD = 1e-9
"""A spread so small that the closed form is that of fixed values."""

LEFT_OUT = {
    "deal.sharing.profit_share": "a shared profit",
    "deal.royalty.floor_musd": "a least royalty",
    "deal.sales_milestones.amounts_musd": "sales milestones",
}
"""Clauses that a stage table has no column for."""


@dataclass
class Sheet:
    """A worksheet that is filled from the top: cells are written once and then referred to."""

    worksheet: Worksheet
    formats: Formats
    rows: int = FIRST_ROW  # the next free row of the table on the left
    sales_rows: int = FIRST_ROW  # and of the sales on the right
    written: dict[str, float] = field(default_factory=dict)

    def at(self, row: int, column: int, what: Cell | float, form: str = "number") -> Cell:
        """Write a formula with its value, or a number, and return the cell."""
        if isinstance(what, Cell):
            self.worksheet.write_formula(row, column, f"={what.text}", self.formats[form], what.value)
        else:
            self.worksheet.write_number(row, column, what, self.formats[form])
        value = what.value if isinstance(what, Cell) else float(what)
        return Cell(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True), value)

    def texts(self, row: int, column: int, texts: tuple[str, ...], form: str = "text") -> None:
        """Write texts side by side, as texts whatever they look like."""
        for place, text in enumerate(texts):
            self.worksheet.write_string(row, column + place, text, self.formats[form])

    def put_input(self, label: str, value: float, unit: str, status: str, source: str) -> Cell:
        """Write an input in its yellow cell."""
        self.texts(self.rows, 0, (label,))
        self.texts(self.rows, 2, (unit, status, source))
        self.rows += 1
        return self.at(self.rows - 1, 1, value, "input")

    def new_row(self, *texts: str) -> Callable[[Cell | float], Cell]:
        """Begin a row of the stage table."""
        self.texts(self.rows, 0, texts)
        self.rows += 1
        return self._across(self.rows - 1, len(texts))

    def new_market(self, title: str) -> Callable[[], Callable[[Cell | float], Cell]]:
        """Begin a block of sales on the right."""
        self.texts(self.sales_rows, SALES_COLUMN, (title,), "head")
        self.texts(self.sales_rows + 1, SALES_COLUMN, sales_table.HEADS, "wrapped")
        self.sales_rows += 2
        return self._new_quarter

    def _new_quarter(self) -> Callable[[Cell | float], Cell]:
        self.sales_rows += 1
        return self._across(self.sales_rows - 1, SALES_COLUMN)

    def _across(self, row: int, column: int) -> Callable[[Cell | float], Cell]:
        columns = iter(range(column, column + len(sales_table.HEADS)))
        return lambda what: self.at(row, next(columns), what)


def write_strategy(sheet: Sheet, scenario: Scenario, strategy: Strategy, title: str) -> None:
    """Write the sheet of a strategy; one whose clauses a stage table cannot hold says which."""
    sheet.texts(0, 0, (title,), "title")
    if missing := left_out(scenario, strategy):
        sheet.texts(1, 0, (f"Not worked out here: {missing}.",))
        return
    inputs = Inputs(scenario, sheet.put_input)
    sheet.texts(sheet.rows - 1, 0, INPUT_COLUMNS, "head")
    inputs.write(paths_of(scenario, strategy))
    sheet.rows += 2
    sheet.texts(sheet.rows - 1, 0, stage_table.HEADS, "wrapped")
    table = StageTable(scenario, strategy, inputs, sheet.new_row, sheet.new_market)
    worth = table.write(early_candidates(scenario))
    _write_result(sheet, scenario, strategy, worth)
    _lay_out(sheet.worksheet)


def _write_result(sheet: Sheet, scenario: Scenario, strategy: Strategy, worth: Worth) -> None:
    """Write the rNPV of both parties on top, beside Python's closed form at the inputs as they were."""
    sheet.texts(2, 1, ("rNPV, $ million", "Python's", "Difference"), "head")
    ours, theirs = closed_form_worth(scenario, strategy)
    for row, party, cell, value in ((3, "company", worth.company, ours), (4, "partner", worth.partner, theirs)):
        sheet.texts(row, 0, (scenario[f"parties.{party}"],))
        found, known = sheet.at(row, 1, cell, "result"), sheet.at(row, 2, value, "result")
        sheet.at(row, 3, found - known, "tiny")
    for row, line in enumerate(EXPLAINED, start=5):
        sheet.texts(row, 0, (line,))


EXPLAINED = (
    "Early candidates alone, real, before tax, at the inputs' own values: no new leads, no upfront or research, "
    "nobody stops after a success, peak sales at their mean.",
    "Yellow cells are inputs: change one and everything follows. Python's values stay.",
)


def _lay_out(worksheet: Worksheet) -> None:
    worksheet.set_column(0, 0, 44)
    worksheet.set_column(1, SALES_COLUMN - 2, 15)
    worksheet.set_column(SALES_COLUMN, SALES_COLUMN + len(sales_table.HEADS), 12)
    worksheet.freeze_panes(FIRST_ROW - 1, 1)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)


def left_out(scenario: Scenario, strategy: Strategy) -> str:
    """Return which clauses keep a strategy out of a stage table; empty where none does."""
    if not strategy.signs_today:
        return "the strategy may sign later" if strategy.signs_deal else ""
    found = [name for path, name in LEFT_OUT.items() if scenario[path]]
    return ", ".join([*found, *(["an option on candidates"] if opt_in_stage(scenario) is not None else [])])


def paths_of(scenario: Scenario, strategy: Strategy) -> tuple[str, ...]:
    """Return the inputs that a strategy's early candidates depend on, in the order they are listed."""
    chains = {chain_of(scenario, route).name for route in strategy.inherited_routes}
    sought = bool(chains & {"LICENSE", "BEST"}) and strategy.exit_stage is not None
    parts = [
        (True, EVERYWHERE),
        (chains != {"PARTNER"}, COMPANY_RUNS),
        ("PARTNER" in chains or sought, LARGE_FIRM_RUNS),
        ("PARTNER" in chains, DEAL_PAYS),
        (sought, (*SEARCH, *(f"{_licence(strategy)}.{part}" for part in LICENCE_PAYS))),
    ]
    return tuple(path for needed, paths in parts if needed for path in paths)


def _licence(strategy: Strategy) -> str:
    return "license.early" if strategy.exit_stage == 0 else "license"


def early_candidates(scenario: Scenario) -> list[Candidate]:
    """Return the candidates that exist at signing and that the deal is about."""
    listed = (scenario[f"candidates.inherited.{part}"] for part in ("names", "modality", "ladder"))
    return [
        Candidate(place, name, modality == "conjugate", ladder)
        for place, (name, modality, ladder) in enumerate(zip(*listed, strict=True))
    ]


def closed_form_worth(scenario: Scenario, strategy: Strategy) -> tuple[float, float]:
    """Return what the early candidates are worth to company and partner in closed form, at the inputs' own values."""
    plain = without_options(scenario)
    years = scenario[YEARS_TO_PEAK][LIKELIEST]
    fixed = {leaf.path: leaf.value for leaf in plain.drawn()}
    fixed |= {PEAK: expected_peak(scenario), "sales.peak_log_sd": NO_SPREAD}
    fixed |= {YEARS_TO_PEAK: (years - NO_SPREAD, years, years + NO_SPREAD)}
    plain = with_values(plain, fixed)
    theta, worth = draw_theta(plain, 0, 0, 1), np.zeros(2)
    rates = (strategy.rate, strategy.common_rate, strategy.common_rate)
    for candidate in early_candidates(scenario):
        kind = Kind(Origin.INHERITED, candidate.place, candidate.conjugate, candidate.ladder, 0)
        chain = chain_of(plain, strategy.inherited_routes[candidate.place])
        form = ClosedForm(Prospect(plain, theta, kind, rates, strategy.exit_stage, Policy(), {}), chain)
        worth += [form.value(party)[0] for party in (Party.COMPANY, Party.PARTNER)]
    return float(worth[0]), float(worth[1])
