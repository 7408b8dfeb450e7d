"""Exposures: the value is a straight line in every term that changes nobody's behaviour, the exposure its slope."""

from typing import Any

import numpy as np
import pytest
from helpers import load, run_world, with_leaves

from partnering.inputs import schema_paths
from partnering.inputs.units import BEHAVIOURAL

ONE_ROUTE = {"strategies.partnership.own_lead_routes": ("own_launch",)}  # leaves no route to choose, so runs are quick
BASE = with_leaves(load(), ONE_ROUTE)
PATHS = 200
DEAL = next(slug for slug in BASE.children("strategies") if BASE[f"strategies.{slug}.signs_deal"])
NO_LINE = {
    "deal.extension_count": "how many options there are",
    "deal.extension_decision_years": "when the partner decides on them",
    "deal.extension_rule": "how it decides",
    "deal.extension_alive_needed": "what it must have seen",
    "deal.royalty.thresholds_musd": "where a tier starts",
    "deal.royalty.term_years": "when royalties end",
    "deal.ladder_full.total_musd": "a control sum that pays nothing",
    "deal.ladder_short.total_musd": "a control sum that pays nothing",
}
"""Leaves of the deal in which the value is no straight line, and why."""

STEPS = [
    f"deal.{ladder}.{step}"
    for ladder in ("ladder_full", "ladder_short")
    for step in BASE.children(f"deal.{ladder}")
    if step != "total_musd"
]
PLAIN = [
    *STEPS,
    *(f"deal.royalty.rates[{tier}]" for tier in range(3)),
    "deal.royalty.scale",
    "deal.research_cost_share",
]
FUNDING = ["deal.upfront_musd", "deal.research_total_musd", "deal.committed_ceiling_musd"]
FUNDING += [f"deal.research_schedule_musd[{year}]" for year in range(3)]
NOTHING_FOUND = {"leads.cost_per_lead_musd": 1e9}
"""Funding terms (the upfront through the extension's amount) buy leads: a straight line where none are found."""

LICENSE = ["license.upfront_musd", "license.milestones_musd", "license.royalty_rate"]
CASES = [
    *((DEAL, term, {}) for term in PLAIN),
    *((DEAL, term, NOTHING_FOUND) for term in FUNDING),
    *(("concept", term, {}) for term in LICENSE),
]


def with_term(term: str, value: float) -> dict[str, Any]:
    """The leaf of a term, or the list a term is in, with the term at a value."""
    path, _, place = term.rstrip("]").partition("[")
    old = BASE[path]
    return {path: tuple(value if i == int(place) else v for i, v in enumerate(old)) if place else value}


@pytest.mark.parametrize(("slug", "term", "leaves"), [pytest.param(*case, id=case[1]) for case in CASES])
def test_value_is_a_straight_line_in_every_plain_term(slug: str, term: str, leaves: dict[str, Any]) -> None:
    worlds = [run_world(with_leaves(BASE, leaves | with_term(term, x)), PATHS, slugs=[slug]) for x in (0.0, 1.0, 2.0)]
    none, one, two = (world.value(slug) for world in worlds)
    assert np.abs((two - one) - (one - none)).max() < 1e-9
    assert (one != none).any()


def test_an_exposure_is_the_slope_of_its_term() -> None:
    at_base = run_world(BASE, PATHS, slugs=[DEAL])
    terms = [exposure for exposure in at_base.books[DEAL].exposures if exposure.term in PLAIN]
    for exposure in terms:
        dearer = run_world(with_leaves(BASE, with_term(exposure.term, exposure.value + 1)), PATHS, slugs=[DEAL])
        slope = at_base.present(DEAL, exposure.unit.clipped(at_base.horizon))
        assert np.abs(dearer.value(DEAL) - at_base.value(DEAL) - slope).max() < 1e-9, exposure.term
    assert len(terms) == len(STEPS) + 3


def test_research_money_buys_leads_and_so_is_no_plain_term() -> None:
    worlds = [run_world(with_leaves(BASE, with_term(FUNDING[-1], x)), PATHS, slugs=[DEAL]) for x in (0.0, 20.0, 40.0)]
    none, some, more = (world.value(DEAL) for world in worlds)
    assert len(worlds[2].books[DEAL].course.path) > len(worlds[0].books[DEAL].course.path)
    assert np.abs((more - some) - (some - none)).max() > 1


def test_what_the_schema_marks_behavioural_is_what_is_no_straight_line() -> None:
    marked = set(schema_paths(marked=BEHAVIOURAL))
    assert marked == {path for path in NO_LINE if not path.endswith("total_musd")}


def test_every_term_of_the_deal_is_a_straight_line_or_has_a_reason() -> None:
    tested = {term for slug, term, _ in CASES if slug == DEAL}
    paths = {path for path in BASE.leaves if path.startswith("deal.")}
    assert paths == {term.split("[")[0] for term in tested} | NO_LINE.keys()
    terms = {exposure.term for exposure in run_world(BASE, PATHS, slugs=[DEAL]).books[DEAL].exposures}
    assert {term for term in terms if not term.startswith("extension[")} <= tested
