"""Other terms in Python: what can be moved, the leaves that follow, the surface at the deal and as it is stored."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import SEED, load, with_leaves
from inquiries import SETTINGS, arrays_of

from partnering.analysis.asked import Inquiry
from partnering.analysis.offers import actual_of, controls_of, leaves_of
from partnering.analysis.surface import Surface, draw_offers, live_again, measure, signing_of
from partnering.inputs import Analysis
from partnering.results.simulate import simulate
from partnering.results.statistics import ahead

PATHS = 60
BASE = load()
CONTROLS = controls_of(BASE)
DEAL = actual_of(CONTROLS)


def test_at_the_deal_outcomes_are_those_of_the_run() -> None:
    run = simulate(BASE, SEED, PATHS)
    arrays = arrays_of(run)
    inquiry = Inquiry(BASE, SEED, SimpleNamespace(paths=arrays), Analysis(**SETTINGS), 1)
    surface = measure(inquiry)
    company, partner = inquiry.values[0], inquiry.of_run("financed", inquiry.slugs[0], "partner")
    shares = [ahead(company - rival).mean() for rival in inquiry.values[1:]]
    assert surface.at(DEAL).tolist() == pytest.approx([company.mean(), partner.mean(), *shares], abs=1e-9)
    again = live_again(BASE, signing_of(BASE, SEED, PATHS), SEED, PATHS, DEAL)
    np.testing.assert_allclose(again, [company, partner], atol=1e-9)  # at its own terms nothing moves but rounding


def test_a_surface_is_stored_to_the_last_digit() -> None:
    weights = np.random.default_rng(2).normal(size=(3, 2))
    surface = Surface(CONTROLS, ("alone",), weights[0], weights, weights[1], 3, 2)
    back = Surface.from_json(surface.to_json())
    assert back.controls == CONTROLS and back.rivals == ("alone",) and back.held_out == 2
    assert all(np.array_equal(getattr(back, name), getattr(surface, name)) for name in ("actual", "weights"))


def test_what_rounding_makes_of_equal_values_is_a_tie() -> None:
    """Otherwise shares would be those of the machine: two strategies alike in a future differ in their last bit."""
    assert ahead(np.array([1e-12, -1e-12, 0.0, 1.0, -1.0])).tolist() == [0.5, 0.5, 0.5, 1.0, 0.0]


def test_what_can_be_moved_is_what_the_deal_has() -> None:
    assert [c.name for c in CONTROLS] == ["upfront", "research", "years", "milestones", "royalty", "copromotion"]
    bends = with_leaves(BASE, {"deal.royalty.floor_musd": 3.0})
    assert not {"royalty", "copromotion"} & {control.name for control in controls_of(bends)}
    assert all(c.low <= c.actual <= c.high for c in CONTROLS)


def test_at_the_deal_no_leaf_moves() -> None:
    for path, value in leaves_of(BASE, DEAL).items():
        assert value == pytest.approx(BASE[path]) if not isinstance(value, str | bool) else value == BASE[path]


def test_one_more_year_sets_what_a_scenario_would() -> None:
    """Three years of 16.9 and one of 18.15, the upfront of 12: 80.85 is committed."""
    leaves = leaves_of(BASE, DEAL | {"years": 2.0})
    assert (leaves["deal.extension_count"], leaves["deal.extension_rule"]) == (1, "always")
    assert leaves["deal.committed_ceiling_musd"] == pytest.approx(12 + 3 * 16.9 + (99 - 12 - 50.7) / 2)
    assert leaves_of(BASE, DEAL | {"years": 1.0})["deal.extension_rule"] == "never"


def test_term_sheets_are_the_same_every_time_and_spread_over_all_that_can_be_asked() -> None:
    offers = draw_offers(CONTROLS, 40)
    assert offers == draw_offers(CONTROLS, 40)
    for control in CONTROLS:
        drawn = [offer[control.name] for offer in offers]
        assert control.low <= min(drawn) and max(drawn) <= control.high
        assert not control.choices or set(drawn) == set(range(len(control.choices)))
