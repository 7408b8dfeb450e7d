"""Terms are transfers: whoever gains by one, others lose it, path by path, as long as nobody changes course.

All parties discount at one rate here, and beliefs stay those of the base case, so that no decision moves with a term.
"""

from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from helpers import World, load, run_world, vary, with_leaves
from numpy.typing import NDArray

from partnering.course.strategies import Party
from partnering.value import beliefs

EXACT = 1e-9
PARTIES = (Party.COMPANY, Party.PARTNER, Party.OTHERS)
STEPS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
NO_LEADS = {"leads.cost_per_lead_musd": 1e12}
DROPS = {"deal.termination.excess_hazard_rate": 0.05, "deal.termination.relicense_prob": 0.6}
"""Some products come back and are taken up by others, who then owe part of the terms."""

MONEY = ("deal.upfront_musd", *(f"deal.ladder_{kind}.{step}_musd" for kind in ("full", "short") for step in STEPS))
TERMS = dict.fromkeys(MONEY, 5.0) | {f"deal.royalty.rates[{tier}]": 0.03 for tier in range(3)}


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


def gain(base: World, other: World, party: Party) -> NDArray[np.float64]:
    return other.value("partnership", party) - base.value("partnership", party)


def joint(base: World, other: World) -> NDArray[np.float64]:
    return np.sum([gain(base, other, party) for party in PARTIES], axis=0)


@pytest.mark.parametrize("gates", ["rational", "commit"])
@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_a_transfer_and_pays_its_exposure(term, gates):
    base = signed(gates)
    more = vary(DROPS | {"behaviour.gates": gates} | with_term(term, TERMS[term]), slugs=["partnership"])
    owed = {Party.PARTNER: np.zeros(base.paths), Party.OTHERS: np.zeros(base.paths)}
    for exposure in base.books["partnership"].exposures:
        if exposure.term == term:
            assert exposure.unit.payee == Party.COMPANY
            owed[exposure.unit.payer] += TERMS[term] * base.present("partnership", exposure.unit.clipped(base.horizon))
    assert owed[Party.PARTNER].sum() > 0
    assert gain(base, more, Party.COMPANY) == pytest.approx(sum(owed.values()), abs=EXACT)
    for payer, paid in owed.items():
        assert gain(base, more, payer) == pytest.approx(-paid, abs=EXACT)


def test_on_a_returned_product_the_next_licensee_owes_them():
    """Every milestone from Phase 2 and every tier is owed by others too, on the products they took up."""
    owed = [e for e in signed("commit").books["partnership"].exposures if e.unit.payer == Party.OTHERS]
    found = {e.term for e in owed if e.unit.amount.sum() > 0}
    assert found >= set(TERMS) - {term for term in TERMS if "upfront" in term or "phase_1" in term}
    assert not any("phase_1" in term for term in found)


@pytest.mark.parametrize(
    ("leaf", "value", "gainer"),
    [
        ("deal.termination.relicense_terms_share", 0.9, Party.COMPANY),
        ("deal.termination.partner_royalty_rate", 0.10, Party.PARTNER),
    ],
)
def test_the_terms_of_a_return_move_money_from_the_next_licensee(leaf, value, gainer):
    base, more = signed("rational"), vary(DROPS | {leaf: value}, slugs=["partnership"])
    assert gain(base, more, gainer).min() >= 0 and gain(base, more, gainer).max() > 0
    assert gain(base, more, gainer) + gain(base, more, Party.OTHERS) == pytest.approx(0, abs=EXACT)
    assert joint(base, more) == pytest.approx(0, abs=EXACT)


SHAPES = {
    "deal.royalty.scale": 1.3,
    "deal.royalty.term_years": 15.0,
    "deal.royalty.thresholds_musd": (0.0, 100.0, 200.0),
}
"""Terms that shape the royalty. A licence's royalty runs as long, so own leads, which may be licensed, are left out."""


@pytest.mark.parametrize("leaf", SHAPES)
def test_the_shape_of_the_royalty_is_a_transfer_too(leaf):
    plain = DROPS | {"leads.own_research_musd": 0.0, "deal.royalty.scale": 1.0, "deal.royalty.term_years": 12.0}
    base = vary(plain, slugs=["partnership"])
    more = vary(plain | {leaf: SHAPES[leaf]}, slugs=["partnership"])
    back = more.line("partnership", "reversion_royalties") - base.line("partnership", "reversion_royalties")
    partner = gain(base, more, Party.PARTNER) - back  # a longer term is longer for its own share of returned products
    for moved in (gain(base, more, Party.COMPANY), -partner, -gain(base, more, Party.OTHERS)):
        assert moved.min() >= -EXACT and moved.max() > 0
    assert joint(base, more) == pytest.approx(0, abs=EXACT)


@pytest.mark.parametrize("leaf", ["deal.research_schedule_musd", "deal.committed_ceiling_musd"])
def test_funding_that_buys_nothing_is_a_transfer(leaf):
    """Funding buys leads and costs what the research costs; without either it only changes hands."""
    idle = NO_LEADS | {"deal.research_cost_share": 0.0, "deal.extension_rule": "always"}
    old = load()[leaf]
    more_funding = old + 21.0 if leaf == "deal.committed_ceiling_musd" else (old[0] + 3.0, *old[1:])
    base, more = vary(idle, slugs=["partnership"]), vary(idle | {leaf: more_funding}, slugs=["partnership"])
    assert (gain(base, more, Party.COMPANY) > 1).all()
    assert gain(base, more, Party.COMPANY) + gain(base, more, Party.PARTNER) == pytest.approx(0, abs=EXACT)


def test_a_higher_royalty_never_lowers_the_company_nor_raises_who_pays_it():
    higher = tuple(rate + step for rate, step in zip(load()["deal.royalty.rates"], (0.01, 0.02, 0.04), strict=True))
    base, more = signed("rational"), vary(DROPS | {"deal.royalty.rates": higher}, slugs=["partnership"])
    company = gain(base, more, Party.COMPANY)
    paying = base.line("partnership", "royalties") + base.line("partnership", "returned_royalties") > 0
    assert (company[paying] > 0).all() and (company[~paying] == 0).all()
    assert (gain(base, more, Party.PARTNER) <= 0).all() and (gain(base, more, Party.OTHERS) <= 0).all()
    assert joint(base, more) == pytest.approx(0, abs=EXACT)


@cache
def foreseen(gates: str, dear: bool) -> World:
    """A deal whose terms everybody has taken into their beliefs; the extension by value would see them too."""
    leaves = DROPS | {"behaviour.gates": gates}
    if dear:
        leaves |= {f"deal.ladder_{ladder}.phase_3_musd": 40.0 for ladder in ("full", "short")}
        leaves |= {"deal.royalty.rates": (0.2, 0.25, 0.3)}
    with patch.object(beliefs, "BELIEF_DRAWS", 8):
        return run_world(with_leaves(load(), leaves), 400, slugs=["partnership"])


def test_terms_that_everybody_foresees_are_neutral_where_nobody_may_stop():
    base, dear = foreseen("commit", False), foreseen("commit", True)
    assert gain(base, dear, Party.COMPANY).max() > 10
    assert joint(base, dear) == pytest.approx(0, abs=EXACT)


def test_where_everybody_may_stop_dear_terms_end_candidates():
    """The planted contrast: with rational gates the same terms are no longer neutral, and the partner runs less."""
    base, dear = foreseen("rational", False), foreseen("rational", True)
    entered = [world.books["partnership"].course.entered.sum(axis=0) for world in (base, dear)]
    assert (entered[1] <= entered[0]).all() and entered[1][3] < entered[0][3]
    assert np.abs(joint(base, dear)).max() > 1
