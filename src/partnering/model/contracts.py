"""What a strategy does with the partner's research, its own and its technology, by how long the partner stays."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.inputs.scenario import Scenario
from partnering.model.records import CONTRACT
from partnering.model.stages import MAX_QUARTERS, NEVER
from partnering.model.worth import Table


class Variant(NamedTuple):
    """One of the ways to follow a strategy, of which a run keeps the better."""

    research: bool = True  # of its own
    licensing: bool = True  # signs new licences of the technology


def quarters(scenario: Scenario, path: str) -> int:
    """Return a leaf of years in quarters."""
    return int(to_quarters(scenario[path]))


def funding_years(scenario: Scenario) -> tuple[float, ...]:
    """Return the nominal research funding of each contract year; extension years share what the ceiling leaves."""
    schedule, count = scenario["deal.research_schedule_musd"], scenario["deal.extension_count"]
    names = ("committed_ceiling", "upfront", "research_total")
    ceiling, upfront, total = (scenario[f"deal.{name}_musd"] for name in names)
    return (*schedule, *((ceiling - upfront - total) / max(count, 1),) * count)


def funded_quarters(scenario: Scenario, signing: int) -> NDArray[np.float64]:
    """Return real research funding by quarter since signing if every extension is taken: evenly, deflated."""
    nominal = np.repeat(np.asarray(funding_years(scenario), dtype=float) / QUARTERS, QUARTERS)
    return nominal * discount(mid_years(signing + np.arange(len(nominal))), scenario["valuation.inflation_rate"])


def pack_contracts(scenario: Scenario, slug: str, variant: Variant, table: Table) -> NDArray:
    """Return what the deal does for research, by extension years taken, and last what the company does without it."""
    count, committed = scenario["deal.extension_count"], len(scenario["deal.research_schedule_musd"])
    packed = np.zeros(count + 2, dtype=CONTRACT)
    signing, window = quarters(scenario, f"strategies.{slug}.signing_years"), quarters(scenario, "leads.window_years")
    budget, funded = scenario["leads.own_research_musd"] / QUARTERS, funded_quarters(scenario, signing)
    for taken, contract in enumerate(packed):
        with_deal = taken <= count and scenario[f"strategies.{slug}.signs_deal"]
        contract["signed"] = signing if with_deal else NEVER
        contract["years"] = committed + taken if with_deal else 0
        paid = np.zeros(MAX_QUARTERS)
        lasts = max(min(QUARTERS * int(contract["years"]), MAX_QUARTERS - signing), 0)
        paid[signing : signing + lasts] = funded[:lasts]
        within = np.zeros(MAX_QUARTERS, dtype=bool)
        within[signing : signing + lasts] = True
        contract["year"][:] = np.where(within, (np.arange(MAX_QUARTERS) - signing) // QUARTERS, -1)
        contract["own"][:window] = ~within[:window] & variant.research
        contract["funded"], contract["research"] = paid, paid * scenario["leads.target_multiplier"]
        contract["research"][window:] = 0.0
        spent = paid * scenario["leads.target_multiplier"] + budget * contract["own"]
        contract["found"][:window] = np.cumsum(spent[:window])
        stopped = taken <= count and scenario[f"strategies.{slug}.sells"] == "candidates"
        _pack_licensing(scenario, contract, variant.licensing and not stopped, within)
    _pack_decided(scenario, packed[:-1], signing, funded, table)
    return packed


def _pack_licensing(scenario: Scenario, contract: Any, licensing: bool, funded: NDArray[np.bool_]) -> None:
    """Set how fast the technology is licensed: more once the deal is signed, less once research has stopped."""
    quarter, research = np.arange(MAX_QUARTERS), funded | (contract["own"] == 1)
    stops = int(np.flatnonzero(research).max(initial=-1)) + 1
    pace = np.where(quarter >= contract["signed"], scenario["technology.validation_multiplier"], 1.0)
    pace = pace * np.where(quarter >= stops, scenario["technology.new_without_research"], 1.0)
    window = min(quarters(scenario, "technology.new_years"), quarters(scenario, "valuation.horizon_years"))
    contract["licensing_until"] = window if licensing else 0
    contract["licensing"] = np.cumsum(np.where(quarter < contract["licensing_until"], pace / QUARTERS, 0.0))


def _pack_decided(
    scenario: Scenario, contracts: NDArray, signing: int, funded: NDArray[np.float64], table: Table
) -> None:
    """Set net funding over the quarters ahead, and what all of it is worth, as far as it is decided by a quarter.

    A further year is decided at its date. Funding is worth its margin and the leads it is expected to find.
    """
    committed, margin = len(scenario["deal.research_schedule_musd"]), 1 - table.research_cost_share
    chain = 0 if scenario["deal.opt_in.stage"] == "none" else 7
    lead = found_per_musd(scenario, table) * table.lead_worth[chain]
    value = margin + scenario["leads.target_multiplier"] * lead
    factor = discount(mid_years(np.arange(MAX_QUARTERS)), scenario["valuation.discount_rate"])
    windows = [quarters(scenario, f"financing.{name}_years") for name in ("look_ahead", "raise_for")]
    for year, moment in enumerate([0.0] * committed + list(scenario["deal.extension_decision_years"])):
        first, paid = signing + QUARTERS * year, np.zeros(MAX_QUARTERS)
        lasts = max(min(QUARTERS, MAX_QUARTERS - first), 0)
        paid[first : first + lasts] = funded[QUARTERS * year : QUARTERS * year + lasts]
        sums = np.concatenate([[0.0], np.cumsum(paid)])
        for q in range(min(signing + int(to_quarters(moment)), MAX_QUARTERS), min(first + QUARTERS, MAX_QUARTERS)):
            having = contracts["years"] > year
            for place, window in enumerate(windows):
                ahead = sums[min(q + window, MAX_QUARTERS)] - sums[q]
                contracts["ahead"][having, place, q] += margin * ahead
            contracts["worth"][having, q] += value * (paid[q:] * factor[: MAX_QUARTERS - q]).sum()


def found_per_musd(scenario: Scenario, table: Table) -> float:
    """Return the leads that a million of research is expected to find, discounted to the spending."""
    lag = to_quarters(scenario["leads.discovery_lag_years"]) / QUARTERS
    return table.leads_mean * float(discount(lag, scenario["valuation.discount_rate"]))
