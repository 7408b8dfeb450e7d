"""The stage table of the workbook: the rNPV of the early candidates of every strategy, as live formulas.

Nobody stops after a success; lengths, chances and costs are the inputs' own. What a product, or looking for a licensee,
is worth at the end comes from the belief table. Amounts in $ million of the day of signing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from partnering.inputs.scenario import Scenario
from partnering.model.chains import BEST, LICENSE, LICENSEE, OWN, PARTNER
from partnering.model.draws import STAGE_NAMES
from partnering.model.pack import Packed
from partnering.model.stages import MARKET, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW

MILESTONES = ("", "phase_1", "phase_2", "phase_3", "bla")
"""By stage: the milestone that its start pays."""

INPUT_HEADS = ("Input", "Value", "Unit", "Source")
HEADS = ("Strategy", "Candidate", "Stage", "Starts after, years", "Lasts, years", "Chance of success")
HEADS += ("Cost", "Milestone, real", "Worth to the company, at the stage's start", "Worth to the partner")
FIRST_ROW, FIRST_COLUMN = 3, 5  # of the table; the inputs stand to its left


class Cell(NamedTuple):
    """A cell, or a part of a formula: its text and its value."""

    text: str
    value: float


class Row(NamedTuple):
    """What decides on the worth of a stage."""

    lasts: Cell
    chance: Cell
    cost: Cell
    paid: Cell


ZERO = Cell("0", 0.0)


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
        return Cell(_place(self.input_row - 1, 1), value)

    def put(self, column: int, cell: Cell, look: str = "number") -> Cell:
        """Write a formula with its value into the row at hand; return the cell."""
        self.sheet.write_formula(self.row, FIRST_COLUMN + column, f"={cell.text}", self.formats[look], cell.value)
        return Cell(_place(self.row, FIRST_COLUMN + column), cell.value)

    def write(self, packed: Sequence[Packed], titles: Mapping[str, str]) -> dict[str, Cell]:
        """Write every strategy; return the cell of what its early candidates are worth to the company, by slug."""
        for column, heads in ((0, INPUT_HEADS), (FIRST_COLUMN, HEADS)):
            for place, head in enumerate(heads):
                self.sheet.write_string(FIRST_ROW - 1, column + place, head, self.formats["wrapped"])
        found = {}
        for strategy in packed:
            missing = left_out(strategy)
            if missing:
                self._texts(titles[strategy.slug], f"Not worked out here: {missing}.")
                self.row += 2
            else:
                found[strategy.slug] = self._strategy(strategy, titles[strategy.slug])
        return found

    def _texts(self, *texts: str) -> None:
        for column, text in enumerate(texts):
            self.sheet.write_string(self.row, FIRST_COLUMN + column, text)

    def _strategy(self, packed: Packed, title: str) -> Cell:
        worth, believed = [], np.zeros(2)
        for place in range(len(packed.routes)):
            worth.append(self._candidate(packed, place, title))
            believed += packed.table.worth[packed.routes[place], :2, place, PRECLINICAL, 0]
        self._texts(title, "All early candidates")
        sums = [Cell("+".join(c.text for c in cells), sum(c.value for c in cells)) for cells in zip(*worth, strict=True)]
        total = self.put(8, sums[0], "result")
        self.put(9, sums[1], "result")
        self.row += 1
        self._texts(title, "The same as the company believes: with stops, over all that is not known")
        for column, value in enumerate(believed, start=8):
            self.sheet.write_number(self.row, FIRST_COLUMN + column, float(value), self.formats["number"])
        self.row += 2
        return total

    def _candidate(self, packed: Packed, place: int, title: str) -> tuple[Cell, Cell]:
        """Write the stages of a candidate, from the last one to the first; return its worth to both on the day."""
        chain, name = int(packed.routes[place]), self.scenario["candidates.inherited.names"][place]
        end = int(packed.rules["exit_stage"][0]) + 1 if chain in (LICENSE, BEST) else MARKET
        years = [self._years(stage, place) for stage in range(end)]
        last, self.row = self.row + end, self.row + end
        worth = self._ending(packed, chain, place, (title, name))
        for stage in reversed(range(end)):
            self.row -= 1
            self._texts(title, name, STAGE_NAMES[stage].replace("_", " ").capitalize())
            begun = Cell("+".join(y.text for y in years[:stage]) or "0", sum(y.value for y in years[:stage]))
            worth = self._stage(packed, stage, place, (begun, years[stage]), worth)
        self.row = last + 1
        return worth

    def _ending(self, packed: Packed, chain: int, place: int, names: tuple[str, str]) -> tuple[Cell, Cell]:
        """Write what is left once the last stage has succeeded, over all forecasts."""
        table, words = packed.table, "Market" if chain in (PARTNER, OWN) else "A licensee is looked for"
        chance = np.exp(-(table.place**2) / 2)
        if chain in (PARTNER, OWN):
            both = table.worth[chain, :2, place, MARKET]
        else:
            after = int(packed.rules["exit_stage"][0]) + 1
            taken = table.going_on[LICENSEE, place, after] >= 0
            sought = np.where(taken, table.searching[place], 0.0)
            ours = np.maximum(sought, table.worth[OWN, 0, place, after]) if chain == BEST else sought
            both = np.stack([ours, np.zeros_like(ours)])
        ours, theirs = (float(value) for value in both @ chance / chance.sum())
        self._texts(*names, words)
        label = f"{words}, {names[0]}, {names[1]}: worth to the "
        company = self._yellow(f"{label}company", ours, "musd", "belief table")
        partner = self._yellow(f"{label}partner", theirs, "musd", "belief table") if chain == PARTNER else ZERO
        return self.put(8, company), self.put(9, partner)

    def _stage(
        self, packed: Packed, stage: int, place: int, when: tuple[Cell, Cell], later: tuple[Cell, Cell]
    ) -> tuple[Cell, Cell]:
        """Write a stage; return its worth to both at its start: what it pays, less its cost, and what may follow."""
        signed = bool(packed.routes[place] == PARTNER)
        begun, lasts = self.put(3, when[0]), self.put(4, when[1])
        chance = self.put(5, self._chance(stage, place, signed))
        cost, paid = self.put(6, self._cost(stage, place, signed)), self.put(7, self._paid(stage, place, signed, begun))
        row = Row(lasts, chance, cost, paid)
        rate, spread = self.input("valuation.discount_rate"), self.scenario[f"strategies.{packed.slug}.rate_spread"]
        own_rate = Cell(f"({rate.text}+{spread!r})", rate.value + spread) if spread else rate
        if not signed:
            return self.put(8, _worth(row, own_rate, Cell("1", 1.0), 1, later[0])), self.put(9, ZERO)
        share = self.input("deal.sharing.cost_share")
        rest = Cell(f"(1-{share.text})", 1 - share.value)
        ours = self.put(8, _worth(row, own_rate, share, 1, later[0]))
        return ours, self.put(9, _worth(row, rate, rest, -1, later[1]))

    def _years(self, stage: int, place: int) -> Cell:
        if stage == PRECLINICAL:
            return self.input("candidates.inherited.years_to_ind", place)
        return self.input(f"duration.{STAGE_NAMES[stage]}_years")

    def _chance(self, stage: int, place: int, signed: bool) -> Cell:
        """Return the chance of success: odds of a conjugate in the clinic, of a large firm from Phase 2."""
        chance = self.input(f"success.{STAGE_NAMES[stage]}_prob")
        conjugate = self.scenario["candidates.inherited.modality"][place] == "conjugate"
        odds = [self.input("success.conjugate_odds")] if conjugate and PHASE_1 <= stage <= PHASE_3 else []
        odds += [self.input("success.alliance_odds")] if signed and stage in (PHASE_2, PHASE_3) else []
        if not odds:
            return chance
        times, by = "*".join(o.text for o in odds), prod(o.value for o in odds)
        value = chance.value * by / (1 - chance.value + chance.value * by)
        return Cell(f"{chance.text}*{times}/(1-{chance.text}+{chance.text}*{times})", value)

    def _cost(self, stage: int, place: int, signed: bool) -> Cell:
        """Return what a stage costs whoever runs it; of a preclinical stage only what is left of it."""
        at = f"cost.{'partner' if signed else 'company'}"
        if stage == PRECLINICAL:
            cost, left = self.input(f"{at}.preclinical_musd"), self.input("candidates.inherited.years_to_ind", place)
            whole = self.input("duration.preclinical_years")
            return Cell(f"{cost.text}*{left.text}/{whole.text}", cost.value * left.value / whole.value)
        if stage < PHASE_3:
            return self.input(f"{at}.{STAGE_NAMES[stage]}_musd")
        making, first = self.input(f"{at}.late_manufacturing_musd"), self.input("cost.late_manufacturing_in_phase_3")
        own = self.input(f"{at}.{'filing' if stage == REVIEW else 'phase_3'}_musd")
        part = Cell(f"(1-{first.text})", 1 - first.value) if stage == REVIEW else first
        return Cell(f"{own.text}+{part.text}*{making.text}", own.value + part.value * making.value)

    def _paid(self, stage: int, place: int, signed: bool, begun: Cell) -> Cell:
        """Return the milestone that the start of a stage pays, in money of the day."""
        if not signed or stage == PRECLINICAL:
            return ZERO
        ladder, inflation = self.scenario["candidates.inherited.ladder"][place], self.input("valuation.inflation_rate")
        nominal = self.input(f"deal.ladder_{ladder}.{MILESTONES[stage]}_musd")
        value = nominal.value * (1 + inflation.value) ** -begun.value
        return Cell(f"{nominal.text}*(1+{inflation.text})^(-{begun.text})", value)


def _worth(row: Row, rate: Cell, bears: Cell, gets: int, later: Cell) -> Cell:
    """Return what a stage is worth at its start to a party that bears a part of its cost and gets, or pays, what it pays.

    The cost falls in the middle of the stage.
    """
    text = (
        f"{gets}*{row.paid.text}-{bears.text}*{row.cost.text}*(1+{rate.text})^(-{row.lasts.text}/2)"
        f"+{row.chance.text}*(1+{rate.text})^(-{row.lasts.text})*{later.text}"
    )
    spent = bears.value * row.cost.value * (1 + rate.value) ** (-row.lasts.value / 2)
    value = gets * row.paid.value - spent + row.chance.value * (1 + rate.value) ** -row.lasts.value * later.value
    return Cell(text, value)


def left_out(packed: Packed) -> str:
    """Return why a strategy has no stage table; empty where it has one."""
    rules = packed.rules[0]
    if not rules["signs"]:
        return ""
    if packed.contracts["signed"][0] > 0 or rules["signing_prob"] < 1:
        return "the deal may be signed later"
    return "the partner may take a candidate later" if rules["option"] != NONE else ""


def _place(row: int, column: int) -> str:
    return xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
