"""What one unit of each term of the deal would pay. transfer = sum of term x exposure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years
from partnering.course.gates import on_full_ladder
from partnering.course.pathway import Course, opt_in_stage
from partnering.course.plan import Plan
from partnering.course.research import NEVER, committed_years, funding_years
from partnering.course.sales import Sales
from partnering.course.strategies import Party
from partnering.deal.events import EVENTS, deflated, event_quarters
from partnering.deal.ledger import Exposure, Flow, owed
from partnering.deal.on_sales import expose_sales
from partnering.inputs.scenario import Scenario
from partnering.world.theta import Theta

LADDERS = ("full", "short")


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
        *_at_signing(scenario, plan),
        _opt_in_fees(scenario, plan.course),
        *_milestones(scenario, plan),
        *expose_sales(scenario, theta, plan.course, sales, opted),
    ]
    paid = [replace(exposure, unit=exposure.unit.scaled(terms_factor)) for exposure in paid]
    return [*paid, *_research_funding(scenario, plan)]


def _at_signing(scenario: Scenario, plan: Plan) -> Iterator[Exposure]:
    """Yield the upfront, and the part of what the partner pays for shares that is above their price.

    The rest buys shares at their price: a fair exchange that costs neither side anything, booked with the company's
    capital.
    """
    path = np.flatnonzero(plan.signing < NEVER)
    signing, premium = plan.signing[path], scenario["deal.equity.premium_rate"]
    for line, term, part in (
        ("upfront", "deal.upfront_musd", 1),
        ("equity_premium", "deal.equity.amount_musd", premium / (1 + premium)),
    ):
        unit = owed(line, "start", path, signing, part * deflated(scenario, signing))
        yield Exposure(term, scenario[term], unit)


def fair_shares_musd(scenario: Scenario, signing: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what the partner pays for shares at their price, real, by the quarter of signing."""
    fair = scenario["deal.equity.amount_musd"] / (1 + scenario["deal.equity.premium_rate"])
    return np.where(signing < NEVER, fair * deflated(scenario, signing), 0.0)


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
        yield Exposure(term, value, owed(line, "mid", path, quarter, amount))


def _opt_in_fees(scenario: Scenario, course: Course) -> Exposure:
    """Return a deflated dollar for each candidate the partner opts into."""
    option = opt_in_stage(scenario) is not None
    row, term = np.flatnonzero(course.collaboration & (course.taken < NEVER) & option), "deal.opt_in.fee_musd"
    amount = deflated(scenario, course.taken[row])
    return Exposure(
        term, scenario[term], owed("opt_in_fees", "start", course.path[row], course.taken[row], amount, row)
    )


def _milestones(scenario: Scenario, plan: Plan) -> Iterator[Exposure]:
    """Yield every step of both ladders: one deflated dollar at each event since the partner has it, once per product.

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
                row = np.flatnonzero(of_ladder & which & (quarter < NEVER) & (quarter >= course.taken))
                amount = part * deflated(scenario, quarter[row])
                unit = owed(line, "start", course.path[row], quarter[row], amount, row, payer)
                yield Exposure(term, scenario[term], unit)


def expose_shared_costs(scenario: Scenario, development: Iterable[Flow]) -> Iterator[Exposure]:
    """Yield what bearing all of the partner's development spending would cost the company; it shares no other's."""
    term = "deal.sharing.cost_share"
    for flow in development:
        if flow.payer == Party.PARTNER:
            line = "filing_sharing" if flow.timing == "start" else "cost_sharing"
            yield Exposure(term, scenario[term], replace(flow, line=line, payer=Party.COMPANY, payee=Party.PARTNER))
