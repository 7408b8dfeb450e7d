"""Research: who pays for how much of it in each quarter, and which leads it finds when."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Origin

NEVER = np.iinfo(np.int64).max // 2
"""The quarter of an event that does not happen; adding a duration to it does not overflow."""


def horizon_quarters(scenario: Scenario) -> int:
    """Return the number of quarters simulated."""
    return int(to_quarters(scenario["valuation.horizon_years"]))


def window_quarters(scenario: Scenario) -> int:
    """Return the number of quarters in which new leads may arise, the same in every strategy."""
    return int(to_quarters(scenario["leads.window_years"]))


def extension_musd(scenario: Scenario) -> float:
    """Return the nominal amount of one extension year: (ceiling - upfront - research) / number of options."""
    left = (
        scenario["deal.committed_ceiling_musd"] - scenario["deal.upfront_musd"] - scenario["deal.research_total_musd"]
    )
    return left / max(scenario["deal.extension_count"], 1)


def funding_years(scenario: Scenario) -> tuple[float, ...]:
    """Return the nominal research funding of each contract year, extension years last."""
    extensions = (extension_musd(scenario),) * scenario["deal.extension_count"]
    return (*scenario["deal.research_schedule_musd"], *extensions)


def committed_years(scenario: Scenario) -> int:
    """Return the contract years that are funded whatever the partner decides."""
    return len(scenario["deal.research_schedule_musd"])


def funded_quarters(scenario: Scenario) -> NDArray[np.float64]:
    """Return real research funding by quarter if every extension is taken: a year's amount evenly, deflated."""
    nominal = np.repeat(np.asarray(funding_years(scenario), dtype=float) / QUARTERS, QUARTERS)
    return nominal * discount(mid_years(np.arange(len(nominal))), scenario["valuation.inflation_rate"])


def own_research_quarters(scenario: Scenario, funded_until: int) -> NDArray[np.float64]:
    """Return the company's own research by quarter of the window: nothing while the partner funds it."""
    quarter = np.arange(window_quarters(scenario))
    return np.where(quarter >= funded_until, scenario["leads.own_research_musd"] / QUARTERS, 0.0)


def research_quarters(scenario: Scenario, signs_deal: bool, extensions: int) -> NDArray[np.float64]:
    """Return real, fully loaded research by quarter of the window, in units of the company's own productivity."""
    if not signs_deal:
        return own_research_quarters(scenario, 0)
    until = QUARTERS * (committed_years(scenario) + extensions)
    spent = own_research_quarters(scenario, until)
    funded = (funded_quarters(scenario) * scenario["leads.target_multiplier"])[: min(until, len(spent))]
    spent[: len(funded)] += funded
    return spent


def most_research_musd(scenario: Scenario) -> float:
    """Return the most research any strategy pays for in the window."""
    options = range(scenario["deal.extension_count"] + 1)
    paid = [research_quarters(scenario, True, taken).sum() for taken in options]
    return float(max(*paid, research_quarters(scenario, False, 0).sum()))


def crossing_quarter(needed_musd: NDArray[np.float64], spent: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first quarter by whose end cumulated research reaches what a lead needs, NEVER if it does not."""
    quarter = np.searchsorted(np.cumsum(spent), needed_musd, side="left")
    return np.where(quarter < len(spent), quarter, NEVER)


def lead_crossings(
    scenario: Scenario, candidates: Candidates, signs_deal: bool, extensions: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the quarter each lead is paid for, shape (row,): NEVER if it is not, 0 for candidates that exist.

    `extensions` is the number of extension years the partner takes, by path.
    """
    crossing = np.where(candidates.origin == Origin.LEAD, NEVER, 0)
    taken_by_row = extensions[candidates.path]
    for taken in np.unique(taken_by_row):
        rows = (candidates.origin == Origin.LEAD) & (taken_by_row == taken)
        spent = research_quarters(scenario, signs_deal, int(taken))
        crossing[rows] = crossing_quarter(candidates.research_needed_musd[rows], spent)
    return crossing
