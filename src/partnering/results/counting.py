"""Counts: candidates by event, and the three readings of products that provide a return."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, to_quarters
from partnering.company.state import HALVES
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.inputs.scenario import Scenario
from partnering.results.schema import ALL
from partnering.value.present import Factors, value_by_row
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta

OWN = ("inherited", "collaboration", "own")
ORIGINS = (*OWN, "common", "technology")
MODALITIES = ("naked", "conjugate")
EVENTS = (
    *("lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"),
    *("licensed", "returned", "copromoted"),
)
MOVED = ("delayed", "sold")
"""What want of money does to candidates, as financed."""

_EVENT_STAGE = {
    "ind": Stage.PHASE_1,
    "phase_2": Stage.PHASE_2,
    "phase_3": Stage.PHASE_3,
    "bla": Stage.REVIEW,
    "approval": Stage.MARKET,
}

PAID = 1e-9
"""Money, in musd, above which a candidate has paid: what is handed over leaves a rounding behind."""

Counted = dict[tuple[str, str, str], NDArray[np.int64]]
"""By (origin, modality, event): the count over paths, and the paths with at least one and two."""


def count_products(
    scenario: Scenario, theta: Theta, books: Books, factors: Factors, held_until: NDArray[np.int64] | None = None
) -> dict[str, NDArray[np.int16]]:
    """Return products by path, (path,) each, in the three readings, of candidates held to their approval.

    approved: approved and paying. returning: approved, and the present value of receipts above the company's
    whole spend on it, research included: the letter's claim. paying: candidates that paid anything at all.
    """
    course = books.course
    received, spent = value_by_row(books.flows, factors, Party.COMPANY, len(course.path))
    spent += research_charge(scenario, theta, course, books.strategy.rate)
    paying = received > PAID
    approved = course.approved
    if held_until is not None:
        approved = approved & (HALVES * course.start[:, Stage.MARKET] < held_until)
    rows = {
        "approved": approved & paying,
        "returning": approved & (received > spent),
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


def count_events(scenario: Scenario, books: Books, paths: int, known: dict[Any, Counted]) -> Counted:
    """Return, by (origin, modality, event), the count over paths and the paths with at least one and two.

    `known` keeps the counts outside the programme, which strategies share, by the origin and the course counted.
    """
    course, outside = books.course, dict(zip(ORIGINS[len(OWN) :], books.outside, strict=True))
    origin_of = np.where(course.candidates.origin == Origin.INHERITED, 0, np.where(course.collaboration, 1, 2))
    counted = _count(scenario, course, books.opted, origin_of, OWN, paths)
    for origin, part in outside.items():
        key = (origin, id(part))
        if key not in known:
            none = np.zeros(len(part.course.path), dtype=np.int64)
            known[key] = _count(scenario, part.course, none > 0, none, (origin,), paths)
        counted |= {place: tally for place, tally in known[key].items() if place[0] != ALL}
    return {key: counted[key] for key in sorted(counted, key=table_order)}


def _count(
    scenario: Scenario,
    course: Course,
    opted: NDArray[np.bool_],
    origin_of: NDArray[np.int64],
    origins: tuple[str, ...],
    paths: int,
) -> Counted:
    """Return the counts of a course by origin and modality, and of all its rows."""
    counted, group = {}, len(MODALITIES) * origin_of + course.candidates.conjugate
    places = list(product(origins, MODALITIES))
    for event in EVENTS:
        row = np.flatnonzero(event_happened(scenario, course, opted, event))
        cell = group[row] * paths + course.path[row]
        per_path = np.bincount(cell, minlength=len(places) * paths).reshape(len(places), paths)
        counted[ALL, ALL, event] = _tally(per_path.sum(axis=0))
        counted |= {(*place, event): _tally(found) for place, found in zip(places, per_path, strict=True)}
    return counted


def table_order(key: tuple[str, str, str]) -> tuple[int, ...]:
    """Return the place of a count in the table."""
    origin, modality, event = key
    return (ALL, *ORIGINS).index(origin), (ALL, *MODALITIES).index(modality), (*EVENTS, *MOVED).index(event)


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


def tally_moved(course: Course, mine: NDArray[np.bool_], moved: dict[str, NDArray[np.bool_]], paths: int) -> Counted:
    """Return counts, by origin and modality, of what money did to the candidates of one strategy."""
    row = np.flatnonzero(mine)
    part = course.take(row)
    inherited, common = (part.candidates.origin == o for o in (Origin.INHERITED, Origin.COMMON))
    origin_of = np.select([inherited, part.collaboration, common], [0, 1, 3], 2)
    counted: Counted = {}
    for event, happened in moved.items():
        for place, modality in product(range(len(ORIGINS) - 1), range(len(MODALITIES))):
            here = happened[row] & (origin_of == place) & (part.candidates.conjugate == modality)
            per_path = np.bincount(part.path[here], minlength=paths)
            counted[ORIGINS[place], MODALITIES[modality], event] = _tally(per_path)
        here = happened[row] & (origin_of < len(OWN))
        counted[ALL, ALL, event] = _tally(np.bincount(part.path[here], minlength=paths))
    return counted


def _tally(per_path: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array([per_path.sum(), (per_path >= 1).sum(), (per_path >= 2).sum()])
