"""The belief table against the same table in closed form, which shares no rule with the model: `analytic`."""

from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest
from analytic.table import PLACES, analytic_table
from helpers import load
from numpy.typing import NDArray

from partnering.inputs import Scenario
from partnering.model import beliefs
from partnering.model.beliefs import believe
from partnering.model.chains import EARLY, PARTNER
from partnering.model.draws import STAGE_NAMES
from partnering.model.parties import COMPANY
from partnering.model.parties import PARTNER as PARTNER_PARTY
from partnering.model.run import slugs_of
from partnering.model.stages import MARKET
from partnering.model.worth import Table

SCENARIOS = ["base", "copromotion_on", "gates_commit", "rates_unequal"]
DEALS = ["late_stage", "second_platform", "payload_only", "fifty_fifty"]
TIERED = ["base", "late_stage", "second_platform", "payload_only"]
"""Deals that pay a royalty by tiers, with nothing to decide after approval."""

ROYALTY_OFF, MILESTONES_OFF = 0.0005, 0.10
"""Shares by which what a product is believed to pay may be off."""

WORTH_OFF, EXTREME_OFF = 0.3, 0.6
"""$ million by which what a stage is worth may be off: on average over forecasts, and at any one. The best are worth
ten thousand. All but a fortieth of it comes from products that the company may withdraw: there worth bends between two
levels of the peak."""

KEPT = 0.01, 0.06
"""The same where nobody may stop, a withdrawal included."""

SIGNS_OFF = 0.005
"""Share of decisions that may differ, by how likely a forecast is."""

RUN_ON_OFF, LEAST_OFF, MEANS_OFF = 0.005, 0.001, 1e-9
"""Shares by which the rest may be off: how sales run on, the least sales, means over the inputs."""

LIKELY = np.exp(-(PLACES**2) / 2) / np.exp(-(PLACES**2) / 2).sum()
"""How likely each class of forecast is."""


def rate_of(scenario: Scenario, slug: str) -> float:
    """The rate of the company under a strategy: all a table depends on."""
    return scenario["valuation.discount_rate"] + scenario[f"strategies.{slug}.rate_spread"]


@cache
def tables(name: str) -> list[tuple[Table, Table]]:
    """(believed, in closed form) of every strategy that differs from the others in what it believes."""
    scenario = load(name)
    different = {rate_of(scenario, slug): slug for slug in slugs_of(scenario)}
    return [(believe(scenario, slug), analytic_table(scenario, rate)) for rate, slug in different.items()]


def is_open(worth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What can be chosen at all."""
    return worth > np.finfo(float).min / 2


def brought(scenario: Scenario, terms: dict[str, tuple]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What terms of the deal bring a product in the partner's hands, by kind, as (believed, in closed form).

    It is what approval is worth to the company less what it is worth with other `terms` instead.
    """
    without, slug = scenario.with_values(terms), slugs_of(scenario)[0]
    rate = rate_of(scenario, slug)
    found = believe(scenario, slug).worth - believe(without, slug).worth
    expected = analytic_table(scenario, rate).worth - analytic_table(without, rate).worth
    there = is_open(believe(scenario, slug).worth[PARTNER, COMPANY, :, MARKET, 0])
    found, expected = (worth[PARTNER, COMPANY, there, MARKET] @ LIKELY for worth in (found, expected))
    return found, expected


@pytest.mark.parametrize("name", TIERED)
def test_the_deals_royalty_is_that_of_its_closed_form(name: str) -> None:
    scenario = load(name)
    found, expected = brought(scenario, {"deal.royalty.rates": (0.0,) * len(scenario["deal.royalty.rates"])})
    assert (expected > 1).all()
    assert found == pytest.approx(expected, rel=ROYALTY_OFF)


def test_sales_milestones_are_those_of_their_closed_form() -> None:
    at = "deal.sales_milestones"
    scenario = load().with_values({f"{at}.thresholds_musd": (100.0, 900.0), f"{at}.amounts_musd": (20.0, 80.0)})
    found, expected = brought(scenario, {f"{at}.thresholds_musd": (), f"{at}.amounts_musd": ()})
    assert (expected > 1).all()
    assert found == pytest.approx(expected, rel=MILESTONES_OFF)


@pytest.mark.parametrize("name", [*SCENARIOS, *DEALS])
def test_what_a_stage_is_worth_is_what_its_closed_form_says(name: str) -> None:
    off, extreme = (WORTH_OFF, EXTREME_OFF) if load(name)["behaviour.gates"] == "rational" else KEPT
    for believed, form in tables(name):
        there = is_open(form.worth)
        assert is_open(believed.worth)[there].all()
        worth = (np.where(there, table.worth, 0.0) for table in (believed, form))
        held = (np.where(is_open(form.held), table.held, 0.0) for table in (believed, form))
        for found, expected in (tuple(worth), tuple(held), (believed.price, form.price)):
            gap = np.abs(found - expected)
            assert gap.max() <= extreme and (gap @ LIKELY).max() <= off


@pytest.mark.parametrize("what", ["going_on", "searching", "taking_up"])
@pytest.mark.parametrize("name", [*SCENARIOS, *DEALS])
def test_those_who_decide_decide_the_same(name: str, what: str) -> None:
    for believed, form in tables(name):
        found, expected = getattr(believed, what), getattr(form, what)
        there = is_open(expected)
        assert is_open(found)[there].all()
        differs = (((found >= 0) != (expected >= 0)) & there) @ LIKELY
        assert differs.sum() <= SIGNS_OFF * (there @ LIKELY).sum()


@pytest.mark.parametrize("name", [*SCENARIOS, *DEALS])
def test_the_rest_of_the_table_is_that_of_its_closed_form(name: str) -> None:
    """What stages cost and how long they last, how sales run on, what leads and licences are worth."""
    off: dict[str, tuple[float, float]] = {"run_on": (RUN_ON_OFF, 0), "least_sales": (LEAST_OFF, 1e-6)}
    off |= dict.fromkeys(("opting_in", "lead_worth", "lead_to_partner", "licence_worth"), (0, WORTH_OFF))
    for believed, form in tables(name):
        to_come = is_open(form.worth[:, COMPANY, :, :, 0]).any(axis=0)  # kept ones are in Phase 2
        for each in fields(Table):
            if each.name not in ("worth", "going_on", "held", "price", "searching", "taking_up"):
                found, expected = (np.asarray(getattr(table, each.name), dtype=float) for table in (believed, form))
                share, amount = off.get(each.name, (MEANS_OFF, 0))
                there = to_come if each.name in ("cost", "lasts") else is_open(expected)
                if each.name == "lead_worth":  # to who is refused it is worth something, but none is nominated to them
                    there &= np.arange(len(there)) <= EARLY
                assert np.allclose(found[there], expected[there], rtol=share, atol=amount), each.name
                assert each.name in ("cost", "lasts") or is_open(found)[there].all(), each.name


def test_no_belief_depends_on_what_is_held_to_be_unbelieved() -> None:
    """Every number in those leaves is moved, and no further year of research is on offer."""
    scenario, moved = load(), dict[str, Any]()
    for path, leaf in scenario.leaves.items():
        if path.startswith(beliefs.UNBELIEVED) and isinstance(leaf.value, float):
            moved[path] = 1.07 * leaf.value + 0.01
    assert len(moved) > 20
    moved |= {"deal.extension_count": 0, "deal.extension_decision_years": (), "deal.extension_alive_needed": ()}
    moved |= {"deal.research_schedule_musd": (1.0,)}
    made = [beliefs.make_table(each, 0.11) for each in (scenario, scenario.with_values(moved))]
    for one, other in zip(*(vars(table).values() for table in made), strict=True):
        np.testing.assert_array_equal(one, other)


def test_stages_longer_than_any_horizon_are_believed_to_bring_nothing() -> None:
    """Nobody starts what cannot pay, and no payment is looked up beyond the last quarter there is."""
    lengths = {f"duration.{stage}_years": 90.0 for stage in STAGE_NAMES}
    table = beliefs.make_table(load().with_values(lengths), 0.11)
    assert np.isfinite(table.worth).all() and np.isfinite(table.searching).all()
    leads = table.worth[PARTNER, PARTNER_PARTY, -5:-1, 0, 0]
    assert (leads < 0).all() and table.lead_to_partner == 0.0
