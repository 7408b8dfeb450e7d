"""Research: who pays for how much of it in each quarter, and which leads it finds when."""

from itertools import product

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


def funded_until(scenario: Scenario, signing: NDArray[np.int64], extensions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the quarter after the last one that is funded; `signing` if there is no deal."""
    lasts = QUARTERS * (committed_years(scenario) + extensions)
    return np.where(signing < NEVER, signing + lasts, signing)


def funded_quarters(scenario: Scenario, signing: int = 0) -> NDArray[np.float64]:
    """Return real research funding by quarter since signing if every extension is taken: evenly, deflated."""
    nominal = np.repeat(np.asarray(funding_years(scenario), dtype=float) / QUARTERS, QUARTERS)
    return nominal * discount(mid_years(signing + np.arange(len(nominal))), scenario["valuation.inflation_rate"])


def research_quarters(scenario: Scenario, signing: int, extensions: int) -> NDArray[np.float64]:
    """Return real, fully loaded research by quarter of the window, in units of the company's own productivity.

    The company's own budget stands wherever the partner does not pay; `signing` is NEVER without a deal.
    """
    spent = np.full(window_quarters(scenario), scenario["leads.own_research_musd"] / QUARTERS)
    if signing < NEVER:
        funded = funded_quarters(scenario, signing) * scenario["leads.target_multiplier"]
        paid = spent[signing : signing + QUARTERS * (committed_years(scenario) + extensions)]
        paid[:] = funded[: len(paid)]
    return spent


def most_research_musd(scenario: Scenario, signings: list[int]) -> float:
    """Return the most research any strategy pays for in the window, given the quarters in which they sign."""
    options = range(scenario["deal.extension_count"] + 1)
    return max(float(research_quarters(scenario, s, taken).sum()) for s in (*signings, NEVER) for taken in options)


def crossing_quarter(needed_musd: NDArray[np.float64], spent: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first quarter by whose end cumulated research reaches what a lead needs, NEVER if it does not."""
    quarter = np.searchsorted(np.cumsum(spent), needed_musd, side="left")
    return np.where(quarter < len(spent), quarter, NEVER)


def lead_crossings(
    scenario: Scenario, candidates: Candidates, signing: NDArray[np.int64], extensions: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the quarter each lead is paid for, shape (row,): NEVER if it is not, 0 for candidates that exist.

    `signing` is the quarter the deal is signed, `extensions` the number of extension years taken, by path.
    """
    crossing = np.where(candidates.origin == Origin.LEAD, NEVER, 0)
    lead, signed, taken = candidates.origin == Origin.LEAD, signing[candidates.path], extensions[candidates.path]
    for begins, years in product(np.unique(signing).tolist(), np.unique(extensions).tolist()):
        rows = lead & (signed == begins) & (taken == years)
        spent = research_quarters(scenario, begins, years)
        crossing[rows] = crossing_quarter(candidates.effort_needed[rows], spent)
    return crossing
