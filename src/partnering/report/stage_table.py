"""The stage table of the workbook: the rNPV of the early candidates of every strategy, as live formulas.

Nobody stops after a success; lengths, chances and costs are the inputs' own. What a product, or looking for a licensee,
is worth at the end comes from the belief table. Amounts in $ million of the day of signing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from partnering.inputs.scenario import Scenario
from partnering.model.chains import BEST, EARLY, EARLY_LICENSEE, LICENSE, LICENSEE, OWN, PARTNER
from partnering.model.draws import STAGE_NAMES
from partnering.model.pack import Packed
from partnering.model.stages import EVENTS, MARKET, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW
from partnering.model.views import EARLY_SEARCH, LATE_SEARCH
from partnering.model.worth import likelihood

INPUT_HEADS = ("Input", "Value", "Unit", "Source")
HEADS: tuple[str, ...] = (
    "Strategy",
    "Candidate",
    "Stage",
    "Starts after, years",
    "Lasts, years",
    "Chance of success",
    "Cost",
)
HEADS += ("Milestone, real", "Worth to the company, at the stage's start", "Worth to the partner")
STARTS, LASTS, CHANCE, COST, PAID, COMPANY, PARTNERS = range(3, 10)  # places of numbers among the heads
FIRST_ROW, FIRST_COLUMN = 3, 5  # of the table; the inputs stand to its left


@dataclass(frozen=True)
class Cell:
    """A cell of the sheet, or a formula of several, with its value."""

    text: str
    value: float

    def __add__(self, other: "Cell | float") -> "Cell":
        return Cell(f"({self.text}+{_text(other)})", self.value + _value(other))

    def __sub__(self, other: "Cell | float") -> "Cell":
        return Cell(f"({self.text}-{_text(other)})", self.value - _value(other))

    def __mul__(self, other: "Cell | float") -> "Cell":
        return Cell(f"{self.text}*{_text(other)}", self.value * _value(other))

    def __truediv__(self, other: "Cell") -> "Cell":
        return Cell(f"{self.text}/({other.text})", self.value / other.value)

    def __pow__(self, other: "Cell") -> "Cell":
        return Cell(f"{self.text}^({other.text})", self.value**other.value)


def _text(of: Cell | float) -> str:
    return of.text if isinstance(of, Cell) else repr(of)


def _value(of: Cell | float) -> float:
    return of.value if isinstance(of, Cell) else of


ZERO, ONE = Cell("0", 0.0), Cell("1", 1.0)


@dataclass
class StageTable:
    """The sheet while it is filled: inputs on the left, each in a yellow cell once a formula asks for it."""

    scenario: Scenario
    sheet: Worksheet
    formats: Mapping[str, Format]
    inputs: dict[tuple[str, int | None], Cell] = field(default_factory=dict)
    input_row: int = FIRST_ROW
    row: int = FIRST_ROW

    def input(self, path: str, place: int | None = None) -> Cell:
        """Return the cell of an input, or of one place of a list; it is written where it is first asked for."""
        if (path, place) not in self.inputs:
            leaf = self.scenario.leaves[path]
            label = leaf.label if place is None else f"{leaf.label} ({place + 1})"
            value = leaf.value if place is None else leaf.value[place]
            self.inputs[path, place] = self._yellow(label, float(value), leaf.unit, leaf.source)
        return self.inputs[path, place]

    def _yellow(self, label: str, value: float, unit: str, source: str) -> Cell:
        for column, text in ((0, label), (2, unit), (3, source)):
            self.sheet.write_string(self.input_row, column, text)
        self.sheet.write_number(self.input_row, 1, value, self.formats["input"])
        self.input_row += 1
        return Cell(xl_rowcol_to_cell(self.input_row - 1, 1, row_abs=True, col_abs=True), value)

    def _put(self, column: int, cell: Cell, look: str = "number") -> Cell:
        """Write a formula with its value into the row at hand; return the cell."""
        self.sheet.write_formula(self.row, FIRST_COLUMN + column, f"={cell.text}", self.formats[look], cell.value)
        return Cell(xl_rowcol_to_cell(self.row, FIRST_COLUMN + column), cell.value)

    def _name(self, *texts: str) -> None:
        for column, text in enumerate(texts, start=FIRST_COLUMN):
            self.sheet.write_string(self.row, column, text)

    def write(self, packed: Sequence[Packed], titles: Mapping[str, str]) -> dict[str, Cell]:
        """Write every strategy; return what its early candidates are worth to the company, by slug."""
        for first, heads in ((0, INPUT_HEADS), (FIRST_COLUMN, HEADS)):
            for column, head in enumerate(heads, start=first):
                self.sheet.write_string(FIRST_ROW - 1, column, head, self.formats["wrapped"])
        worth = {}
        for strategy in packed:
            title, missing = titles[strategy.slug], left_out(strategy)
            if missing:
                self._name(title, f"Not worked out here: {missing}.")
            else:
                worth[strategy.slug] = self._strategy(strategy, title)
            self.row += 2
        return worth

    def _strategy(self, packed: Packed, title: str) -> Cell:
        """Write the candidates of a strategy, what all are worth to both, and what the company believes they are."""
        company, partner, believed = ZERO, ZERO, np.zeros(2)
        for place, chain in enumerate(packed.routes):
            ours, theirs = self._candidate(packed, place, title)
            company, partner = company + ours, partner + theirs
            believed += packed.table.worth[chain, :2, place, PRECLINICAL, 0]
        self._name(title, "All early candidates")
        total = self._put(COMPANY, company, "result")
        self._put(PARTNERS, partner, "result")
        self.row += 1
        self._name(title, "The same as believed: with stops, over all that is not known")
        for column, value in enumerate(believed, start=FIRST_COLUMN + COMPANY):
            self.sheet.write_number(self.row, column, float(value), self.formats["number"])
        return total

    def _candidate(self, packed: Packed, place: int, title: str) -> tuple[Cell, Cell]:
        """Write the stages of a candidate, from the last one to the first; return its worth to both on the day."""
        chain, name = int(packed.routes[place]), self.scenario["candidates.inherited.names"][place]
        last = MARKET if chain in (PARTNER, OWN) else licensed_after(packed, place) + 1
        after, self.row = self.row + last + 1, self.row + last
        worth = self._ending(packed, place, title, name)
        for stage in reversed(range(last)):
            self.row -= 1
            self._name(title, name, STAGE_NAMES[stage].replace("_", " ").capitalize())
            worth = self._stage(packed, stage, place, worth)
        self.row = after
        return worth

    def _ending(self, packed: Packed, place: int, title: str, name: str) -> tuple[Cell, Cell]:
        """Write what is left once the last stage has succeeded, over all forecasts."""
        chain, words = int(packed.routes[place]), "Market"
        if chain in (LICENSE, BEST, EARLY):
            words = "A licensee is looked for"
        worth = ending_worth(packed, place)
        self._name(title, name, words)
        cells = [
            self._yellow(f"{words}, {title}, {name}: worth to the {party}", value, "musd", "belief table")
            for party, value in zip(("company", "partner")[: 1 + (chain == PARTNER)], worth, strict=False)
        ]
        return self._put(COMPANY, cells[0]), self._put(PARTNERS, cells[-1] if chain == PARTNER else ZERO)

    def _stage(self, packed: Packed, stage: int, place: int, later: tuple[Cell, Cell]) -> tuple[Cell, Cell]:
        """Write a stage; return its worth to both at its start: what it pays, less its cost, and what may follow."""
        signed, begun = bool(packed.routes[place] == PARTNER), ZERO
        for earlier in range(stage):
            begun = begun + self._years(earlier, place)
        starts, lasts = self._put(STARTS, begun), self._put(LASTS, self._years(stage, place))
        chance, cost = self._chance(stage, place, signed), self._cost(stage, place, signed)
        chance, cost = self._put(CHANCE, chance), self._put(COST, cost)
        paid = self._put(PAID, self._paid(stage, place, starts) if signed else ZERO)
        share = self.input("deal.sharing.cost_share") if signed else ONE
        common, spread = self.input("valuation.discount_rate"), self.scenario[f"strategies.{packed.slug}.rate_spread"]
        worth = []
        for rate, bears, gets, follows in (
            (common + spread, share, paid, later[0]),
            (common, ONE - share, ZERO - paid, later[1]),
        ):
            yearly = ONE + rate
            spent = bears * cost / yearly ** (lasts * 0.5)  # in the middle of the stage
            worth.append(gets - spent + chance * follows / yearly**lasts)
        return self._put(COMPANY, worth[0]), self._put(PARTNERS, worth[1] if signed else ZERO)

    def _years(self, stage: int, place: int) -> Cell:
        if stage == PRECLINICAL:
            return self.input("candidates.inherited.years_to_ind", place) * self.input(
                "candidates.inherited.years_scale"
            )
        return self.input(f"duration.{STAGE_NAMES[stage]}_years")

    def _chance(self, stage: int, place: int, signed: bool) -> Cell:
        """Return the chance of success: odds of a conjugate in the clinic, of a large firm from Phase 2."""
        chance, odds = self.input(f"success.{STAGE_NAMES[stage]}_prob"), ONE
        if self.scenario["candidates.inherited.modality"][place] == "conjugate" and PHASE_1 <= stage <= PHASE_3:
            odds = odds * self.input("success.conjugate_odds")
        if signed and stage in (PHASE_2, PHASE_3):
            odds = odds * self.input("success.alliance_odds")
        return chance if odds is ONE else chance * odds / (ONE - chance + chance * odds)

    def _cost(self, stage: int, place: int, signed: bool) -> Cell:
        """Return what a stage costs whoever runs it; of a preclinical stage only what is left of it."""
        at = f"cost.{'partner' if signed else 'company'}"
        if stage == PRECLINICAL:
            left, whole = self._years(stage, place), self.input("duration.preclinical_years")
            return self.input(f"{at}.preclinical_musd") * left / whole
        own = self.input(f"{at}.{'filing' if stage == REVIEW else STAGE_NAMES[stage]}_musd")
        if stage < PHASE_3:
            return own
        making, first = self.input(f"{at}.late_manufacturing_musd"), self.input("cost.late_manufacturing_in_phase_3")
        return own + (ONE - first if stage == REVIEW else first) * making

    def _paid(self, stage: int, place: int, starts: Cell) -> Cell:
        """Return the milestone that the start of a stage pays, in money of the day."""
        if stage == PRECLINICAL:
            return ZERO
        ladder = self.scenario["candidates.inherited.ladder"][place]
        nominal = self.input(f"deal.ladder_{ladder}.{EVENTS[stage - 1]}_musd")
        return nominal / (ONE + self.input("valuation.inflation_rate")) ** starts


def ending_worth(packed: Packed, place: int) -> tuple[float, float]:
    """Return what a candidate is believed to be worth to company and partner at the end of its stages, $ million.

    That is on the market, or where a licensee is looked for; over all forecasts.
    """
    table, chain = packed.table, int(packed.routes[place])
    if chain in (PARTNER, OWN):
        worth = table.worth[chain, :2, place, MARKET]
    else:
        early = licensed_after(packed, place) == PRECLINICAL
        after, search, licensee, alone = (
            (PHASE_1, EARLY_SEARCH, EARLY_LICENSEE, BEST) if early else (PHASE_3, LATE_SEARCH, LICENSEE, OWN)
        )
        taken = (table.going_on[licensee, place, after] >= 0) | (not table.rational)
        ours = np.where(taken, table.searching[search, place], 0.0)
        ours = np.maximum(ours, table.worth[alone, 0, place, after]) if chain == BEST else ours
        worth = np.stack([ours, np.zeros_like(ours)])
    company, partner = (worth * likelihood(table.place)).sum(axis=1)
    return float(company), float(partner)


def licensed_after(packed: Packed, place: int) -> int:
    """Return the stage after which a licence is sought; by the best route at the IND, if that is believed better."""
    chain, table = int(packed.routes[place]), packed.table
    if chain == BEST:
        early = table.searching[EARLY_SEARCH, place, 0] >= table.worth[BEST, 0, place, PHASE_1, 0]
        return PRECLINICAL if early else PHASE_2
    return PRECLINICAL if chain == EARLY else PHASE_2


def left_out(packed: Packed) -> str:
    """Return why a strategy has no stage table; empty where it has one."""
    rules = packed.rules[0]
    if rules["signs"] and (packed.contracts["signed"][0] > 0 or rules["signing_prob"] < 1):
        return "the deal may be signed later"
    return "the partner may take a candidate later" if rules["signs"] and rules["option"] != NONE else ""
