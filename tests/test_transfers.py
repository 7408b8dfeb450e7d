"""Terms are transfers: whoever gains by one, others lose it, path by path, as long as nobody changes course.

All parties discount at one rate here, and beliefs stay those of the base case, so that no decision moves with a term.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
from helpers import World, load, run_world, vary, with_leaves
from numpy.typing import NDArray
from terms import PLACES

from partnering.model import lines
from partnering.model.parties import COMPANY, OTHERS, PARTNER

EXACT = 1e-9
NO_LEADS = {"leads.cost_per_lead_musd": 1e12}
DROPS = {"deal.termination.excess_hazard_rate": 0.05, "deal.termination.relicense_prob": 0.6}
"""Some products come back and are taken up by others, who then owe part of the terms."""

PLAIN = [term for term in PLACES if "research" not in term and "copromotion" not in term]


def with_term(term: str, change: float) -> dict[str, Any]:
    """One term changed; more upfront raises the ceiling too, so that an extension year buys the same research."""
    name, _, place = term.rstrip("]").partition("[")
    old = load()[name]
    new = tuple(v + change * (i == int(place)) for i, v in enumerate(old)) if place else old + change
    ceiling = {"deal.committed_ceiling_musd": load()["deal.committed_ceiling_musd"] + change}
    return {name: new} | (ceiling if term == "deal.upfront_musd" else {})


@cache
def signed(gates: str) -> World:
    return vary(DROPS | {"behaviour.gates": gates}, slugs=["partnership"])


def gain(base: World, other: World, party: int) -> NDArray[np.float64]:
    return other.value("partnership", party) - base.value("partnership", party)


def joint(base: World, other: World) -> NDArray[np.float64]:
    return np.sum([gain(base, other, party) for party in (COMPANY, PARTNER, OTHERS)], axis=0)


@pytest.mark.parametrize("gates", ["rational", "commit"])
@pytest.mark.parametrize("term", PLAIN)
def test_a_term_is_a_transfer_and_pays_its_exposure(term: str, gates: str) -> None:
    """Every party gets the change times what a unit of the term is worth to it; together that is nothing."""
    base, change = signed(gates), 5.0 if "musd" in term else 0.03
    more = vary(DROPS | {"behaviour.gates": gates} | with_term(term, change), slugs=["partnership"])
    units = base.played["partnership"].kept.units[:, PLACES[term]]
    assert np.abs(units).max() > 0 and np.abs(units.sum(axis=1)).max() < EXACT
    for party in (COMPANY, PARTNER, OTHERS):
        assert gain(base, more, party) == pytest.approx(change * units[:, party], abs=EXACT)


def test_on_a_returned_product_the_next_licensee_owes_them() -> None:
    """Every milestone from Phase 2 and every tier is owed by others too, on the products they took up."""
    owed = -signed("commit").played["partnership"].kept.units[:, :, OTHERS].min(axis=0)
    found = {term for term in PLAIN if owed[PLACES[term]] > 0}
    never = {"deal.upfront_musd", "deal.sharing.cost_share"} | {term for term in PLACES if "phase_1" in term}
    assert found == set(PLAIN) - never


@pytest.mark.parametrize(
    ("leaf", "value", "gainer"),
    [
        ("deal.termination.relicense_terms_share", 0.9, COMPANY),
        ("deal.termination.partner_royalty_rate", 0.10, PARTNER),
    ],
)
def test_the_terms_of_a_return_move_money_from_the_next_licensee(leaf: str, value: float, gainer: int) -> None:
    base, more = signed("rational"), vary(DROPS | {leaf: value}, slugs=["partnership"])
    assert gain(base, more, gainer).min() >= -EXACT and gain(base, more, gainer).max() > 0
    assert gain(base, more, gainer) + gain(base, more, OTHERS) == pytest.approx(0, abs=EXACT)
    assert joint(base, more) == pytest.approx(0, abs=EXACT)


SHAPES = {
    "deal.royalty.scale": 1.3,
    "deal.royalty.term_years": 15.0,
    "deal.royalty.thresholds_musd": (0.0, 100.0, 200.0),
}
"""Terms that shape the royalty. A licence's royalty runs as long, so own leads, which may be licensed, are left out."""


@pytest.mark.parametrize("leaf", SHAPES)
def test_the_shape_of_the_royalty_is_a_transfer_too(leaf: str) -> None:
    plain = DROPS | {"leads.own_research_musd": 0.0, "deal.royalty.scale": 1.0, "deal.royalty.term_years": 12.0}
    plain |= {"deal.termination.partner_royalty_rate": 0.0}
    base, more = (vary(plain | changed, slugs=["partnership"]) for changed in ({}, {leaf: SHAPES[leaf]}))
    for moved in (gain(base, more, COMPANY), -gain(base, more, PARTNER), -gain(base, more, OTHERS)):
        assert moved.min() >= -EXACT and moved.max() > 0
    assert joint(base, more) == pytest.approx(0, abs=EXACT)


@pytest.mark.parametrize("leaf", ["deal.research_schedule_musd", "deal.committed_ceiling_musd"])
def test_funding_that_buys_nothing_is_a_transfer(leaf: str) -> None:
    """Funding buys leads and costs what the research costs; without either it only changes hands."""
    idle = NO_LEADS | {"deal.research_cost_share": 0.0, "deal.extension_rule": "always"}
    old = load()[leaf]
    more_funding = old + 21.0 if leaf == "deal.committed_ceiling_musd" else (old[0] + 3.0, *old[1:])
    base, more = vary(idle, slugs=["partnership"]), vary(idle | {leaf: more_funding}, slugs=["partnership"])
    assert (gain(base, more, COMPANY) > 1).all()
    assert gain(base, more, COMPANY) + gain(base, more, PARTNER) == pytest.approx(0, abs=EXACT)


def test_a_higher_royalty_never_lowers_the_company_nor_raises_who_pays_it() -> None:
    higher = tuple(rate + step for rate, step in zip(load()["deal.royalty.rates"], (0.01, 0.02, 0.04), strict=True))
    base, more = signed("rational"), vary(DROPS | {"deal.royalty.rates": higher}, slugs=["partnership"])
    company = gain(base, more, COMPANY)
    paying = base.played["partnership"].kept.units[:, lines.T_RATES, COMPANY] > 0
    assert paying.any() and (company[paying] > 0).all() and np.abs(company[~paying]).max() < EXACT
    assert (gain(base, more, PARTNER) <= EXACT).all() and (gain(base, more, OTHERS) <= EXACT).all()
    assert joint(base, more) == pytest.approx(0, abs=EXACT)


@cache
def foreseen(gates: str, dear: bool) -> World:
    """A deal whose terms everybody has taken into their beliefs; the extension by value would see them too."""
    leaves: dict[str, Any] = DROPS | {"behaviour.gates": gates}
    if dear:
        leaves |= {f"deal.ladder_{ladder}.phase_3_musd": 40.0 for ladder in ("full", "short")}
        leaves |= {"deal.royalty.rates": (0.2, 0.25, 0.3)}
    return run_world(with_leaves(load(), leaves), slugs=["partnership"])


def test_terms_that_everybody_foresees_are_neutral_where_nobody_may_stop() -> None:
    base, dear = foreseen("commit", False), foreseen("commit", True)
    assert gain(base, dear, COMPANY).max() > 10
    assert joint(base, dear) == pytest.approx(0, abs=EXACT)


def test_where_everybody_may_stop_dear_terms_end_candidates() -> None:
    """The planted contrast: with rational gates the same terms are no longer neutral, and the partner runs less."""
    base, dear = foreseen("rational", False), foreseen("rational", True)
    entered = [world.courses("partnership")[1]["entered"].sum(axis=0) for world in (base, dear)]
    assert (entered[1] <= entered[0]).all() and entered[1][3] < entered[0][3]
    assert np.abs(joint(base, dear)).max() > 1


# Options


COSTS = ("preclinical", "phase_1", "phase_2", "phase_3", "filing", "late_manufacturing")


@pytest.mark.parametrize("stage", ["preclinical", "phase_1", "phase_2"])
def test_an_option_moves_who_pays_for_the_stages_before_it(stage: str) -> None:
    """At equal costs, with nobody stopping, what both have together is the same: the fee and the timing cancel."""
    alike = {f"cost.partner.{item}_musd": load()[f"cost.company.{item}_musd"] for item in COSTS}
    alike |= {"behaviour.gates": "commit", "deal.termination.excess_hazard_rate": 0.0}
    option = {"deal.opt_in.stage": stage, "deal.opt_in.fee_musd": 7.0}
    base, other = (vary(alike | more, slugs=["partnership"]) for more in ({}, option))
    assert joint(base, other) == pytest.approx(0, abs=EXACT) and np.abs(gain(base, other, COMPANY)).max() > 1
    assert np.array_equal(base.courses("partnership")[1]["entered"], other.courses("partnership")[1]["entered"])


@pytest.mark.parametrize(
    ("leaves", "sign"),
    [
        ({"deal.sharing.cost_share": 0.3}, -1),
        ({"deal.sharing.profit_share": 0.5}, 1),
        ({"deal.equity.amount_musd": 40.0, "deal.equity.premium_rate": 1.0}, 1),
        ({"deal.sales_milestones.thresholds_musd": (60.0,), "deal.sales_milestones.amounts_musd": (25.0,)}, 1),
        ({"deal.royalty.step_down_share": 0.0}, -1),
        ({"deal.royalty.floor_musd": 12.0}, 1),
    ],
)
def test_a_term_moves_money_one_way_and_loses_none(leaves: dict[str, Any], sign: int) -> None:
    plain = {"behaviour.gates": "commit", "deal.termination.relicense_prob": 0.0, "deal.royalty.term_years": 15.0}
    base, other = (vary(plain | more, slugs=["partnership"]) for more in ({}, leaves))
    assert gain(base, other, COMPANY) + gain(base, other, PARTNER) == pytest.approx(0, abs=EXACT)
    moved = sign * gain(base, other, COMPANY)
    assert moved.min() >= -EXACT and moved.max() > 1
