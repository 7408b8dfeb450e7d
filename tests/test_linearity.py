"""Exposures: at given decisions the value is a straight line in every term, the exposure its slope.

That the slope is what is kept as the worth of a unit, for every party, is in test_transfers.py.
"""

from typing import Any

import numpy as np
import pytest
from helpers import World, base_packed, believing, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.inputs import schema_paths
from partnering.inputs.units import BEHAVIOURAL
from partnering.model import lines

BASE = load()
PATHS = 256
DEAL = next(slug for slug in BASE.children("strategies") if BASE[f"strategies.{slug}.signs_deal"])
NO_LINE = {
    "deal.extension_count": "how many options there are",
    "deal.extension_decision_years": "when the partner decides on them",
    "deal.extension_rule": "how it decides",
    "deal.extension_alive_needed": "what it must have seen",
    "deal.extension_prob": "how often it takes one by chance",
    "deal.royalty.thresholds_musd": "where a tier starts",
    "deal.royalty.term_years": "when royalties end",
    "deal.royalty.floor_musd": "what a year must bring before nothing is added",
    "deal.sharing.profit_share": "whether a royalty is owed; a straight line once it is not",
    "deal.equity.premium_rate": "which part of the price is above the market's",
    "deal.opt_in.stage": "when the partner may take a candidate",
    "deal.sales_milestones.thresholds_musd": "what sales bring one",
    "deal.copromotion.offered": "whether there is a choice",
    "deal.copromotion.us_profit_share": "what the company gains by opting in",
    "deal.copromotion.opt_in_cost_share": "what it pays for opting in",
    "deal.termination.excess_hazard_rate": "how often the partner drops a product",
    "deal.termination.relicense_prob": "how often another takes it up",
    "deal.termination.relicense_years": "when it does",
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
    "deal.royalty.step_down_share",
    "deal.sharing.cost_share",
    "deal.research_cost_share",
    "deal.termination.relicense_terms_share",
    "deal.termination.partner_royalty_rate",
]
FUNDING = ["deal.upfront_musd", "deal.research_total_musd", "deal.committed_ceiling_musd"]
FUNDING += [f"deal.research_schedule_musd[{year}]" for year in range(3)]
NOTHING_FOUND = {"leads.cost_per_lead_musd": 1e9}
"""Funding terms (the upfront through the extension's amount) buy leads: a straight line where none are found."""

DROPS = {"deal.termination.excess_hazard_rate": 0.1, "deal.termination.relicense_prob": 0.6}
"""Products that come back often, so that their terms are paid on something."""

WITH = {
    "deal.equity.amount_musd": {"deal.equity.premium_rate": 0.6},
    "deal.opt_in.fee_musd": {"deal.opt_in.stage": "phase_1"},
    "deal.sales_milestones.amounts_musd[0]": {
        "deal.sales_milestones.thresholds_musd": (50.0,),
        "deal.sales_milestones.amounts_musd": (0.0,),
    },
}
"""Terms that pay only where others are set; the base case's table knows of no opt-in."""

LATE, EARLY, TECHNOLOGY = (
    [f"{licence}.{term}" for term in (upfront, "milestones_musd", "royalty_rate")]
    for licence, upfront in (
        ("license", "upfront_musd"),
        ("license.early", "upfront_musd"),
        ("technology", "fee_musd"),
    )
)
AT_IND = {"strategies.concept.exit_stage": "preclinical"}
CASES = [
    *((DEAL, term, DROPS) for term in PLAIN),
    *((DEAL, term, NOTHING_FOUND) for term in FUNDING),
    *(("concept", term, {}) for term in LATE),
    *((DEAL, term, {}) for term in TECHNOLOGY),
]
CASES = [(*case, rational) for case in CASES for rational in (True, False)]
CASES += [(DEAL, term, leaves, False) for term, leaves in WITH.items()]
CASES += [("concept", term, AT_IND, False) for term in EARLY]  # the base case's table knows no licence at the IND


def with_term(term: str, value: float) -> dict[str, Any]:
    """The leaf of a term, or the list a term is in, with the term at a value."""
    path, _, place = term.rstrip("]").partition("[")
    old = WITH.get(term, {}).get(path, BASE[path])
    return {path: tuple(value if i == int(place) else v for i, v in enumerate(old)) if place else value}


def at_given_beliefs(leaves: dict[str, Any], slug: str, rational: bool = True, **table: Any) -> World:
    """A world of one strategy whose parties keep the base case's belief table (or heed none), but for some of it."""
    scenario = with_leaves(BASE, leaves | {"behaviour.gates": "rational" if rational else "commit"})
    return run_world(scenario, PATHS, believing(scenario, **table), slugs=[slug])


def values(world: World, slug: str) -> NDArray[np.float64]:
    """What every party has of the programme, and all the company's cash, shape (4, path)."""
    kept = world.played[slug].kept
    return np.vstack([kept.out["npv"][0].T, kept.net[0].sum(axis=1)])


@pytest.mark.parametrize(
    ("slug", "term", "leaves", "rational"),
    [pytest.param(*case, id=f"{case[1]}-{'rational' if case[3] else 'commit'}") for case in CASES],
)
def test_value_is_a_straight_line_in_every_plain_term(
    slug: str, term: str, leaves: dict[str, Any], rational: bool
) -> None:
    """In research funding as long as some is paid: a year without it needs less of a company, which burns less."""
    least = 1.0 if "research_schedule" in term else 0.0
    none, one, two = (
        values(at_given_beliefs(leaves | with_term(term, least + x), slug, rational), slug) for x in (0.0, 1.0, 2.0)
    )
    assert np.abs((two - one) - (one - none)).max() < 1e-8
    assert (one != none).any()


def test_a_profit_share_is_a_straight_line_once_it_replaces_the_royalty() -> None:
    some, more, most = (values(at_given_beliefs({"deal.sharing.profit_share": x}, DEAL), DEAL) for x in (0.2, 0.4, 0.6))
    assert np.abs((most - more) - (more - some)).max() < 1e-8 and (more != some).any()
    assert at_given_beliefs({"deal.sharing.profit_share": 0.2}, DEAL).mean(DEAL, lines.ROYALTIES) == 0


def test_research_money_buys_leads_and_so_is_no_plain_term() -> None:
    worlds = [at_given_beliefs(with_term(FUNDING[-1], x), DEAL) for x in (0.0, 20.0, 40.0)]
    none, some, more = (world.value(DEAL) for world in worlds)
    assert len(worlds[2].courses(DEAL)[0]) > len(worlds[0].courses(DEAL)[0])
    assert np.abs((more - some) - (some - none)).max() > 1


# Terms that change what somebody does


OFFERED = {"deal.copromotion.offered": True, "deal.copromotion.us_profit_share": 0.5}
CO_PROMOTION = ["deal.copromotion.us_profit_share", "deal.copromotion.opt_in_cost_share"]


def gain_from_opting_in(musd: float) -> NDArray[np.float64]:
    """A belief that opting in gains the company the same with every product."""
    return np.full_like(base_packed()[0].table.opting_in, musd)


@pytest.mark.parametrize("term", CO_PROMOTION)
def test_co_promotion_is_a_straight_line_where_the_choice_is_given(term: str) -> None:
    none, some, more = (
        values(at_given_beliefs(OFFERED | with_term(term, x), DEAL, opting_in=gain_from_opting_in(1e9)), DEAL)
        for x in (0.0, 0.4, 0.8)
    )
    assert np.abs((more - some) - (some - none)).max() < 1e-8
    assert (some != none).any()


def test_a_dearer_option_is_taken_less_often() -> None:
    worlds = [
        at_given_beliefs(OFFERED | with_term(CO_PROMOTION[1], x), DEAL, opting_in=gain_from_opting_in(60.0))
        for x in (0.0, 0.4, 0.8)
    ]
    opted = [int(world.courses(DEAL)[1]["opted"].sum()) for world in worlds]
    assert opted[0] > opted[1] > opted[2]
    none, some, more = (world.value(DEAL) for world in worlds)
    assert np.abs((more - some) - (some - none)).max() > 1


@pytest.mark.parametrize("gates", ["commit", "rational"])
def test_a_plain_term_reaches_decisions_only_through_the_belief_table(gates: str) -> None:
    """A royalty that leaves the partner too little makes it stop, where it heeds a table made with that royalty."""
    leaves = [{"behaviour.gates": gates, "deal.royalty.rates": (x, x, x)} for x in (0.0, 0.3, 0.6)]
    worlds = [run_world(with_leaves(BASE, changed), PATHS, slugs=[DEAL]) for changed in leaves]
    none, some, more = (world.value(DEAL) for world in worlds)
    bend = np.abs((more - some) - (some - none)).max()
    begun = [int(world.courses(DEAL)[1]["entered"].sum()) for world in worlds]
    assert bend < 1e-8 and begun[0] == begun[2] if gates == "commit" else bend > 1 and begun[0] > begun[2]


# The schema says which is which


def test_what_the_schema_marks_behavioural_is_what_is_no_straight_line() -> None:
    marked = set(schema_paths(marked=BEHAVIOURAL))
    assert marked == {path for path in NO_LINE if not path.endswith("total_musd")}


def test_every_term_of_the_deal_is_a_straight_line_or_has_a_reason() -> None:
    tested = {term for slug, term, *_ in CASES if slug == DEAL and term.startswith("deal.")}
    paths = {path for path in BASE.leaves if path.startswith("deal.")}
    assert paths == {term.split("[")[0] for term in tested} | NO_LINE.keys()
