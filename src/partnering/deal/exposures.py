"""What one unit of each term of the deal would pay. transfer = sum of term x exposure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years
from partnering.course.pathway import Course
from partnering.course.research import NEVER, committed_years, funding_years
from partnering.course.sales import Sales
from partnering.course.strategies import Party
from partnering.deal.events import EVENTS, deflated, event_quarters, in_royalty_term, tier_slices
from partnering.deal.ledger import Flow
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Origin
from partnering.world.theta import Theta

LADDERS = ("full", "short")


@dataclass(frozen=True)
class Exposure:
    """One term: the path of its leaf (and place in it), its value, and what one unit of it pays."""

    term: str
    value: float
    unit: Flow

    @property
    def transfer(self) -> Flow:
        """What the term pays."""
        return self.unit.scaled(self.value)


def expose(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, extensions: NDArray[np.int64]
) -> list[Exposure]:
    """Return the exposure of every non-behavioural term of the deal, given a course of events."""
    return [
        _upfront(scenario, theta),
        *_research_funding(scenario, extensions),
        *_milestones(scenario, course),
        *_royalties(scenario, theta, course, sales),
    ]


def _paid(line: str, timing: str, path: NDArray, first: NDArray, amount: NDArray, row: NDArray | None = None) -> Flow:
    return Flow(line, Party.PARTNER, Party.COMPANY, timing, path, first, amount, row)


def _upfront(scenario: Scenario, theta: Theta) -> Exposure:
    path = np.arange(theta.size)
    unit = _paid("upfront", "start", path, np.zeros_like(path), np.ones(theta.size))
    return Exposure("deal.upfront_musd", scenario["deal.upfront_musd"], unit)


def _research_funding(scenario: Scenario, extensions: NDArray[np.int64]) -> Iterator[Exposure]:
    """Yield each contract year's funding: a quarter of it each quarter, deflated, on the paths that have the year."""
    committed = committed_years(scenario)
    for year, value in enumerate(funding_years(scenario)):
        line = "research_funding" if year < committed else "extension_funding"
        path = np.repeat(np.flatnonzero(extensions > year - committed), QUARTERS)
        quarter = np.tile(QUARTERS * year + np.arange(QUARTERS), len(path) // QUARTERS)
        amount = discount(mid_years(quarter), scenario["valuation.inflation_rate"]) / QUARTERS
        term = f"deal.research_schedule_musd[{year}]" if year < committed else f"extension[{year - committed}]"
        yield Exposure(term, value, _paid(line, "mid", path, quarter, amount))


def on_full_ladder(scenario: Scenario, course: Course) -> NDArray[np.bool_]:
    """Return which candidates are on the full ladder: named ones as named, leads if on the company's own target."""
    candidates = course.candidates
    full, inherited = ~candidates.partner_target, candidates.origin == Origin.INHERITED
    named = np.array([ladder == "full" for ladder in scenario["candidates.inherited.ladder"]], dtype=bool)
    full[inherited] = named[candidates.number[inherited]]
    return full


def _milestones(scenario: Scenario, course: Course) -> Iterator[Exposure]:
    """Yield every step of both ladders: one deflated dollar at each event, once per product."""
    full = on_full_ladder(scenario, course)
    for ladder in LADDERS:
        of_ladder = course.collaboration & (full == (ladder == "full"))
        for event in EVENTS:
            quarter = event_quarters(scenario, course, event)
            row = np.flatnonzero(of_ladder & (quarter < NEVER))
            unit = _paid("milestones", "start", course.path[row], quarter[row], deflated(scenario, quarter[row]), row)
            term = f"deal.ladder_{ladder}.{event}_musd"
            yield Exposure(term, scenario[term], unit)


def _royalties(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> Iterator[Exposure]:
    """Yield each royalty tier: the sales in it times the common scale, while the term lasts."""
    due = course.collaboration[sales.row] & in_royalty_term(theta, course, sales)
    rates = scenario["deal.royalty.rates"]
    for tier, (rate, slices) in enumerate(zip(rates, tier_slices(scenario, sales), strict=True)):
        entry = np.flatnonzero(due & (slices > 0))
        row = sales.row[entry]
        path = course.path[row]
        amount = slices[entry] * theta.at("deal.royalty.scale", path)
        yield Exposure(
            f"deal.royalty.rates[{tier}]", rate, _paid("royalties", "mid", path, sales.quarter[entry], amount, row)
        )
