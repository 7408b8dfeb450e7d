"""Licences: of a candidate after the exit stage, and of the technology; upfront, milestones and a royalty."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.sales import Sales, territory_share
from partnering.course.strategies import Party
from partnering.deal.events import EVENTS, LATE_EVENTS, deflated, event_quarters, in_royalty_term
from partnering.deal.ledger import Flow
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Origin, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class LicenseTerms:
    """Paths of the leaves a licence is made of, and its milestones' shares by event."""

    upfront: str
    elasticity: str | None  # of the upfront to the forecast peak, where there is a forecast
    milestones: str
    royalty: str
    shares: Mapping[str, float]


def license_terms(scenario: Scenario, kind: str) -> LicenseTerms:
    """Return the terms of a licence by kind: late (after Phase 2), early (at the IND) or technology."""
    at = {"late": "license", "early": "license.early", "technology": "technology"}[kind]
    events, late = (LATE_EVENTS if kind == "late" else EVENTS), kind == "late"
    return LicenseTerms(
        upfront="technology.fee_musd" if kind == "technology" else f"{at}.upfront_musd",
        elasticity="license.upfront_elasticity" if late else None,
        milestones=f"{at}.milestones_musd",
        royalty=f"{at}.royalty_rate",
        shares=dict(zip(events, scenario[f"{at}.milestone_shares"], strict=True)),
    )


def license_income(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, exit_stage: Stage | None
) -> list[Flow]:
    """Return what takers of the company's candidates pay it."""
    if exit_stage is None:
        return []
    terms = _terms_after(scenario, exit_stage)
    return _income(scenario, theta, course, sales, terms, course.signed, np.ones(len(course.path), dtype=bool))


def license_royalty(
    scenario: Scenario, theta: Theta, course: Course, sales: Sales, exit_stage: Stage, signed: NDArray[np.int64]
) -> Flow:
    """Return the royalty that takers of candidates pay, licensed after a stage in these quarters."""
    return _royalty(theta, course, sales, _terms_after(scenario, exit_stage), signed)


def _terms_after(scenario: Scenario, exit_stage: Stage) -> LicenseTerms:
    return license_terms(scenario, "early" if exit_stage == Stage.PRECLINICAL else "late")


def technology_income(scenario: Scenario, theta: Theta, course: Course, sales: Sales) -> list[Flow]:
    """Return what licensees of the technology pay; those in force have paid their fee, and for what they have done."""
    terms = license_terms(scenario, "technology")
    return _income(scenario, theta, course, sales, terms, course.taken, in_force(scenario, course.candidates) < 1)


def in_force(scenario: Scenario, candidates: Candidates) -> NDArray[np.int64]:
    """Return 1 for licences of the technology that exist at the valuation date, 0 for others."""
    seeded = candidates.number < len(scenario["technology.seeded_names"])
    return ((candidates.origin == Origin.TECHNOLOGY) & seeded).astype(np.int64)


def _income(
    scenario: Scenario,
    theta: Theta,
    course: Course,
    sales: Sales,
    terms: LicenseTerms,
    signed: NDArray[np.int64],
    pays_upfront: NDArray[np.bool_],
) -> list[Flow]:
    row = np.flatnonzero((signed < NEVER) & pays_upfront)
    path = course.path[row]
    upfront = theta.each(terms.upfront)[path] * territory_share(scenario, course)[row]
    if terms.elasticity:
        upfront = upfront * course.candidates.forecast_ratio[row] ** theta.each(terms.elasticity)[path]
    paid = [Flow("license_upfront", Party.OTHERS, Party.COMPANY, "start", path, signed[row], upfront, row)]
    paid += _milestones(scenario, theta, course, terms, signed)
    return [*paid, _royalty(theta, course, sales, terms, signed)]


def _milestones(
    scenario: Scenario, theta: Theta, course: Course, terms: LicenseTerms, signed: NDArray[np.int64]
) -> list[Flow]:
    """Return licence milestones: nominal amounts fixed at the licence's own signing, for what comes after it."""
    flows = []
    share_of_world, ahead = territory_share(scenario, course), signed + in_force(scenario, course.candidates)
    for event, share in terms.shares.items():
        quarter = event_quarters(scenario, course, event)
        row = np.flatnonzero((signed < NEVER) & (quarter < NEVER) & (quarter >= ahead))
        path, paid = course.path[row], quarter[row]
        total = theta.each(terms.milestones)[path] * share_of_world[row]
        amount = share * total * deflated(scenario, paid, signed[row])
        flows.append(Flow("license_milestones", Party.OTHERS, Party.COMPANY, "start", path, paid, amount, row))
    return flows


def _royalty(theta: Theta, course: Course, sales: Sales, terms: LicenseTerms, signed: NDArray[np.int64]) -> Flow:
    """Return the flat licence royalty, for as long as the deal's own royalty term."""
    licensed = (signed < NEVER)[sales.row]
    entry = np.flatnonzero(licensed & in_royalty_term(theta, course, sales))
    row = sales.row[entry]
    path = course.path[row]
    amount = sales.amount[entry] * theta.each(terms.royalty)[path]
    return Flow("license_royalties", Party.OTHERS, Party.COMPANY, "mid", path, sales.quarter[entry], amount, row)
