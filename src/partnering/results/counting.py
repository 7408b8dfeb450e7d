"""Counts: candidates by event, and the three readings of products that provide a return."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, to_quarters
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.inputs.scenario import Scenario
from partnering.value.present import Factors, value_by_row
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta

ORIGINS = ("inherited", "collaboration", "own", "common", "technology")
MODALITIES = ("naked", "conjugate")
EVENTS = (
    *("lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"),
    *("licensed", "returned", "copromoted"),
)
ALL = "all"
"""Origin and modality of the row that counts the programme as a whole: every origin but common and technology."""

_EVENT_STAGE = {
    "ind": Stage.PHASE_1,
    "phase_2": Stage.PHASE_2,
    "phase_3": Stage.PHASE_3,
    "bla": Stage.REVIEW,
    "approval": Stage.MARKET,
}


def count_products(scenario: Scenario, theta: Theta, books: Books, factors: Factors) -> dict[str, NDArray[np.int16]]:
    """Return products by path, (path,) each, in the three readings.

    approved: approved and paying. returning: approved, and the present value of receipts above the company's
    whole spend on it, research included: the letter's claim. paying: candidates that paid anything at all.
    """
    course = books.course
    received, spent = value_by_row(books.flows, factors, Party.COMPANY, len(course.path))
    spent += research_charge(scenario, theta, course, books.strategy.rate)
    paying = received > 0
    rows = {
        "approved": course.approved & paying,
        "returning": course.approved & (received > spent),
        "paying": paying,
    }
    return {name: np.bincount(course.path[row], minlength=theta.size).astype(np.int16) for name, row in rows.items()}


def research_charge(scenario: Scenario, theta: Theta, course: Course, rate: float) -> NDArray[np.float64]:
    """Return what finding a lead cost the company, at signing: its share of the cost per lead; inherited is sunk."""
    lead = course.candidates.origin == Origin.LEAD
    share = np.where(course.collaboration, theta.at("deal.research_cost_share", course.path), 1.0)
    productivity = np.where(course.collaboration, scenario["leads.target_multiplier"], 1.0)
    cost = share * theta.at("leads.cost_per_lead_musd", course.path) / productivity
    return np.where(lead, cost * discount(mid_years(course.crossing), rate), 0.0)


def count_events(scenario: Scenario, books: Books, paths: int) -> dict[tuple[str, str, str], NDArray[np.int64]]:
    """Return, by (origin, modality, event), the count over paths and the paths with at least one and two."""
    counted: dict[tuple[str, str, str], NDArray[np.int64]] = {}
    course, (common, technology) = books.course, books.outside
    none = [np.zeros(len(part.course.path), dtype=bool) for part in books.outside]
    origin_of = np.where(course.candidates.origin == Origin.INHERITED, 0, np.where(course.collaboration, 1, 2))
    groups = [(ALL, course, books.opted, np.ones(len(course.path), dtype=bool))]
    groups += [(origin, course, books.opted, origin_of == number) for number, origin in enumerate(ORIGINS[:3])]
    groups += [(ORIGINS[3], common.course, none[0], ~none[0]), (ORIGINS[4], technology.course, none[1], ~none[1])]
    for origin, rows, opted, mine in groups:
        kinds = {ALL: True} if origin == ALL else {m: rows.candidates.conjugate == k for k, m in enumerate(MODALITIES)}
        for event in EVENTS:
            happened = mine & event_happened(scenario, rows, opted, event)
            for modality, kind in kinds.items():
                counted[origin, modality, event] = _tally(rows.path[happened & kind], paths)
    return counted


def event_happened(scenario: Scenario, course: Course, opted: NDArray[np.bool_], event: str) -> NDArray[np.bool_]:
    """Return whether an event happens to each candidate inside the horizon; an early IND, in its first years."""
    if event == "early_ind":
        soon = to_quarters(scenario["claim.early_years"])
        return course.entered[:, Stage.PHASE_1] & (course.start[:, Stage.PHASE_1] < soon)
    if event in _EVENT_STAGE:
        return course.entered[:, _EVENT_STAGE[event]]
    return {
        "lead": np.ones(len(course.path), dtype=bool),
        "partner_target": course.collaboration & course.candidates.partner_target,
        "licensed": course.signed < NEVER,
        "returned": course.handed < NEVER,
        "copromoted": opted,
    }[event]


def _tally(path: NDArray[np.int64], paths: int) -> NDArray[np.int64]:
    if not len(path):
        return np.zeros(3, dtype=np.int64)
    per_path = np.bincount(path, minlength=paths)
    return np.array([per_path.sum(), (per_path >= 1).sum(), (per_path >= 2).sum()])
