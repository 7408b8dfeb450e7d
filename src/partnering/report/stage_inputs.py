"""The yellow cells of a stage table: which inputs a strategy's rNPV reads, each with its unit and source."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from partnering.deal.events import EVENTS
from partnering.inputs.scenario import Leaf, Scenario
from partnering.report.formula import Cell
from partnering.value.peak import limited_expectation

PEAK, YEARS_TO_PEAK = "sales.peak_median_musd", "sales.years_to_peak"
LIKELIEST = 1  # its place in the years to peak

EVERYWHERE = (
    *("valuation.discount_rate", "valuation.inflation_rate"),
    *(f"success.{stage}_prob" for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")),
    *("success.conjugate_odds", "success.alliance_odds", "candidates.inherited.years_to_ind"),
    *(f"duration.{stage}_years" for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")),
    *("duration.eu_after_us_years", "duration.japan_after_us_years", "cost.late_manufacturing_in_phase_3"),
    *(PEAK, YEARS_TO_PEAK, "sales.uptake", "sales.exclusivity_years", "sales.erosion_loss", "sales.erosion_years"),
    *("sales.late_decline_rate", "sales.cogs_rate", "sales.conjugate_cogs_rate", "sales.selling_rate"),
    *("sales.lifecycle_rate", "sales.lifecycle_years", "deal.royalty.term_years"),
)
ITEMS = ("preclinical", "phase_1", "phase_2", "phase_3", "filing", "late_manufacturing")
COMPANY_RUNS = (
    *(f"cost.company.{item}_musd" for item in ITEMS),
    *("sales.company_ceiling", "sales.company_launch_delay_years", "sales.company_selling_floor_musd"),
    "sales.company_launch_build_musd",
)
LARGE_FIRM_RUNS = tuple(f"cost.partner.{item}_musd" for item in ITEMS)
DEAL_PAYS = (
    *("deal.upfront_musd", "deal.research_schedule_musd", "deal.research_cost_share"),
    *(f"deal.ladder_{ladder}.{event}_musd" for ladder in ("full", "short") for event in EVENTS),
    *("deal.royalty.thresholds_musd", "deal.royalty.rates", "deal.royalty.scale", "deal.royalty.step_down_share"),
    "deal.sharing.cost_share",
)
SEARCH = ("license.taker_prob", "license.deal_years", "license.retry_years")
LICENCE_PAYS = ("upfront_musd", "milestones_musd", "milestone_shares", "royalty_rate")

Put = Callable[[str, float, str, str, str], Cell]
"""Writes a yellow cell: what it is, its value, unit, status and source."""


@dataclass
class Inputs:
    """The inputs of one sheet, each written where it is first asked for: by path, and place where it is a list."""

    scenario: Scenario
    put: Put
    cells: dict[tuple[str, int | None], Cell] = field(default_factory=dict)

    def write(self, paths: tuple[str, ...]) -> None:
        """Write the cells of these inputs in order; of the years to peak only the likeliest is read."""
        for path in paths:
            leaf = self.scenario.leaves[path]
            if path == YEARS_TO_PEAK:
                self._write(leaf, leaf.value[LIKELIEST], None, "Years to peak, likeliest")
            elif path == PEAK:
                self._write(leaf, expected_peak(self.scenario), None, "Expected peak sales a year, under the cap")
            elif isinstance(leaf.value, tuple):
                for place, value in enumerate(leaf.value):
                    self._write(leaf, value, place, f"{leaf.label} ({place + 1})")
            else:
                self._write(leaf, leaf.value, None, leaf.label)

    def _write(self, leaf: Leaf, value: float, place: int | None, label: str) -> None:
        key = leaf.path, place
        if key not in self.cells:
            self.cells[key] = self.put(label, float(value), leaf.unit, leaf.status, leaf.source)

    def __call__(self, path: str, place: int | None = None) -> Cell:
        """Return the cell of an input."""
        return self.cells[path, place]

    def listed(self, path: str) -> list[Cell]:
        """Return the cells of a list."""
        return [cell for (of, _), cell in self.cells.items() if of == path]


def expected_peak(scenario: Scenario) -> float:
    """Return the mean of peak sales under the cap, at the inputs' own values."""
    median, spread, cap = (np.array(scenario[f"sales.peak_{name}"]) for name in ("median_musd", "log_sd", "cap_musd"))
    return float(limited_expectation(cap, median, spread))
