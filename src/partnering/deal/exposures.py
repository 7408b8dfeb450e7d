"""What one unit of each term of the deal would pay. transfer = sum of term x exposure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years
from partnering.course.gates import on_full_ladder
from partnering.course.pathway import Course
from partnering.course.plan import Plan
from partnering.course.research import NEVER, committed_years, funding_years
from partnering.course.sales import Sales
from partnering.course.strategies import Party
from partnering.deal.events import EVENTS, deflated, event_quarters, in_royalty_term, tier_slices
from partnering.deal.ledger import Flow
from partnering.inputs.scenario import Scenario
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
    scenario: Scenario,
    theta: Theta,
    plan: Plan,
    sales: Sales,
    opted: NDArray[np.bool_],
    terms_factor: float = 1.0,
) -> list[Exposure]:
    """Return the exposure of every non-behavioural term of the deal, given a course of events.

    `opted` marks products the company co-promotes, (row,). A strategy that signs later may scale what the deal pays,
    research funding apart.
    """
    paid = [
        _upfront(scenario, plan),
        *_milestones(scenario, plan),
        *_royalties(scenario, theta, plan.course, sales, opted),
    ]
    paid = [replace(exposure, unit=exposure.unit.scaled(terms_factor)) for exposure in paid]
    return [*paid, *_research_funding(scenario, plan)]


def _paid(
    line: str,
    timing: str,
    path: NDArray,
    first: NDArray,
    amount: NDArray,
    row: NDArray | None = None,
    payer: Party = Party.PARTNER,
    payee: Party = Party.COMPANY,
) -> Flow:
    return Flow(line, payer, payee, timing, path, first, amount, row)


def _upfront(scenario: Scenario, plan: Plan) -> Exposure:
    path = np.flatnonzero(plan.signing < NEVER)
    unit = _paid("upfront", "start", path, plan.signing[path], deflated(scenario, plan.signing[path]))
    return Exposure("deal.upfront_musd", scenario["deal.upfront_musd"], unit)


def _research_funding(scenario: Scenario, plan: Plan) -> Iterator[Exposure]:
    """Yield each contract year's funding: a quarter of it each quarter, deflated, on the paths that have the year."""
    committed = committed_years(scenario)
    for year, value in enumerate(funding_years(scenario)):
        line = "research_funding" if year < committed else "extension_funding"
        has_year = (plan.signing < NEVER) & (plan.extensions > year - committed)
        path = np.repeat(np.flatnonzero(has_year), QUARTERS)
        quarter = plan.signing[path] + np.tile(QUARTERS * year + np.arange(QUARTERS), len(path) // QUARTERS)
        amount = discount(mid_years(quarter), scenario["valuation.inflation_rate"]) / QUARTERS
        term = f"deal.research_schedule_musd[{year}]" if year < committed else f"extension[{year - committed}]"
        yield Exposure(term, value, _paid(line, "mid", path, quarter, amount))


def _milestones(scenario: Scenario, plan: Plan) -> Iterator[Exposure]:
    """Yield every step of both ladders: one deflated dollar at each event since the signing, once per product.

    A product the partner has handed back pays a share of it, by whoever took it up.
    """
    course = plan.course
    full, share = on_full_ladder(scenario, course.candidates), scenario["deal.termination.relicense_terms_share"]
    for ladder in LADDERS:
        of_ladder = course.collaboration & (full == (ladder == "full"))
        for event in EVENTS:
            term, quarter = f"deal.ladder_{ladder}.{event}_musd", event_quarters(scenario, course, event)
            returned = quarter >= course.resumed
            for line, payer, part, which in (
                ("milestones", Party.PARTNER, 1, ~returned),
                ("returned_milestones", Party.OTHERS, share, returned),
            ):
                row = np.flatnonzero(of_ladder & which & (quarter < NEVER) & (quarter >= plan.signing[course.path]))
                amount = part * deflated(scenario, quarter[row])
                unit = _paid(line, "start", course.path[row], quarter[row], amount, row, payer)
                yield Exposure(term, scenario[term], unit)


def _royalties(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, opted: NDArray[np.bool_]
) -> Iterator[Exposure]:
    """Yield each royalty tier: the sales in it times the common scale, while the term lasts.

    Co-promoted sales carry none; a returned product pays a share of it, and a royalty to the partner.
    """
    due = np.flatnonzero(course.collaboration[sales.row] & in_royalty_term(theta, course, sales))
    returned = (course.resumed < NEVER)[sales.row[due]]
    left = 1 - opted * scenario["deal.copromotion.us_profit_share"] * scenario["sales.us_share"]
    kinds = (
        ("royalties", Party.PARTNER, 1.0, np.flatnonzero(~returned)),
        (
            "returned_royalties",
            Party.OTHERS,
            scenario["deal.termination.relicense_terms_share"],
            np.flatnonzero(returned),
        ),
    )
    slices = tier_slices(scenario, sales)[:, due]
    scale = theta.each("deal.royalty.scale")[course.path[sales.row[due]]] * left[sales.row[due]]
    for tier, rate in enumerate(scenario["deal.royalty.rates"]):
        for line, payer, part, which in kinds:
            entry = which[slices[tier, which] > 0]
            row, amount = sales.row[due[entry]], part * slices[tier, entry] * scale[entry]
            unit = _paid(line, "mid", course.path[row], sales.quarter[due[entry]], amount, row, payer)
            yield Exposure(f"deal.royalty.rates[{tier}]", rate, unit)
    entry = due[returned]
    row, term = sales.row[entry], "deal.termination.partner_royalty_rate"
    at = ("reversion_royalties", "mid", course.path[row], sales.quarter[entry], sales.amount[entry], row)
    yield Exposure(term, scenario[term], _paid(*at, Party.OTHERS, Party.PARTNER))
