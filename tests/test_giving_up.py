"""Giving up, by hand: a company that sells everything on the day, one that shrinks to licensing its technology.

It burns 8 a year, 5 when it only licenses, 3 when it only holds rights, with three early candidates and two kept ones
in Phase 2. What is sold fetches half of its price.
"""

from typing import Any

import numpy as np
import pytest
from by_hand import C, Company, I, Moved, O, S, T, company, rules_with
from helpers import World, base_packed, load, vary

from partnering.model import lines, stages, views
from partnering.model.company import live_quarter
from partnering.model.origins import COMMON
from partnering.model.path import sign
from partnering.model.records import DRAWN
from partnering.model.views import FINANCED, PLANNED, PRETAX


def early(price: float, **fields: Any) -> dict[str, Any]:
    """An inherited candidate with a year left to its IND."""
    at = {"start": [0, 4], "end": [4], "entered": [1], "paid": [1], "own": 1, "closes": 4, "price": [price]}
    return at | {"next": stages.NONE, "due": stages.NEVER, "trial": [[2.0], [2.0]]} | fields


def kept(price: float) -> dict[str, Any]:
    """A candidate in Phase 2, which others pay for."""
    at = {"start": [0, 0, 0, 4], "end": [0, 0, 4], "entered": [0, 0, 1], "own": 1, "closes": 4, "common": 1}
    rest = {"origin": COMMON, "first_stage": stages.PHASE_2, "here": stages.PHASE_2 - 1, "next": stages.NONE}
    return at | rest | {"price": [0.0, 0.0, price], "trial": [[0.0, 0.0, 3.0], [0.0, 0.0, 3.0]]}


FIVE = (early(8.0), early(6.0), early(0.0), kept(22.0), kept(30.0))
LICENCES = {"licences_a_year": 0.9, "licence_worth": 10.0, "licensing_burn": 5.0}
"""New ones are believed to bring 9 a year, and to take somebody who costs 5: over ten years 40 are left."""

THEIR_STAGES: list[Moved] = [
    *((lines.PRECLINICAL, O, S, q, 6.0) for q in range(4)),
    *((lines.PHASE_2 + lines.OF_COMMON, O, S, q, 6.0) for q in range(4)),
]
"""Whoever bought the candidates pays for them from the day on."""


def gives_up(sells: int, cash: float, *candidates: dict[str, Any], quarters: int = 12, **others: Any) -> Company:
    """A company that gives up on the day, as it has lived through some quarters."""
    rules = LICENCES | {"sells": sells} | others.pop("rules", {})
    it = company(*candidates, cash=cash, rules=rules, **others)
    for q in range(quarters):
        live_quarter(*it.all, q)
    return it


# Winding up


UP_TO_YEAR_10 = {"licensing_until": 40}
SOLD: list[Moved] = [
    (lines.RIGHTS_SOLD, O, C, 0, (8 + 6 + 0) / 2),
    (lines.RIGHTS_SOLD + lines.OF_COMMON, O, C, 0, (22 + 30) / 2),
    (lines.LICENCES_SOLD, O, C, 0, (16 + 90 - 50) / 2),
]
WIND_UP: list[Moved] = [
    (lines.WIND_UP_COST, C, S, 0, 10.0),
    *((lines.BASE_BURN, C, S, 0, 2.0), (lines.BASE_BURN, C, S, 1, 1.0)),
]


@pytest.mark.parametrize(("inflation", "view"), [(0.0, FINANCED), (0.025, FINANCED), (0.025, PLANNED)])
def test_all_is_sold_on_the_day_and_the_owners_get_the_rest_within_a_year(inflation: float, view: int) -> None:
    """61 come in: 7 and 26 for candidates, 28 for licences in force (16) and to come (90 less 50 of burn).

    10 are paid for winding up, 2 and 1 burned. Tax is on nominal income less losses of 20, in the fourth quarter; what
    is left of them lapses. A company with all the money it could want does the same, but has no owners to pay.
    """
    worth = [[0.0] * 12] * views.WORTH + [[16.0] * 12] + [[1.0] * 12]
    world = {"rules": {"inflation": inflation}, "contract": UP_TO_YEAR_10, "licences": worth, "losses": [20.0]}
    rules = rules_with(inflation=inflation)
    it = company(*FIVE, cash=50.0, view=view, **(world | {"rules": LICENCES | world["rules"] | {"sells": 2}}))
    for q in range(12):
        live_quarter(*it.all, q)
    nominal = (61 - 10 - 2) / rules["real_mid"][0] - 1 / rules["real_mid"][1]
    tax = 0.4 * (nominal - 20) * rules["real_mid"][3]
    assert inflation > 0 or tax == pytest.approx(0.4 * 28)
    left = 50 + 61 - 10 - 3 - tax
    paid = [(lines.PAID_TO_OWNERS, C, I, 3, left)] if view == FINANCED else []
    it.moved([*SOLD, *WIND_UP, (lines.TAX, C, T, 3, tax), *paid, *THEIR_STAGES])
    assert it.cash == pytest.approx(0 if view == FINANCED else left)


def test_owners_get_nothing_where_it_costs_more_and_creditors_bear_the_rest() -> None:
    """1 in hand and nothing that anybody would buy: 12 stay unpaid. New licences that cost more fetch nothing."""
    dear = {"licensing_burn": 9.5}
    it = gives_up(views.SELLS_EVERYTHING, 1.0, early(0.0), contract=UP_TO_YEAR_10, rules=dear)
    bills = [(lines.PRECLINICAL, O, S, q, 2.0) for q in range(4)]
    it.moved([*WIND_UP, (lines.UNPAID_BILLS, S, C, 3, 12.0), *bills])


def test_nothing_is_received_raised_or_found_afterwards() -> None:
    """Licences in force pay whoever bought them, and the market is open for nobody."""
    pays = [[5.0] * 12, [4.0] * 12, [3.0] * 12, [16.0] * 12, [1.0] * 12]
    it = gives_up(views.SELLS_EVERYTHING, 3.0, licences=pays, contract={"own": 1}, open=1)
    at_once = [(lines.TECHNOLOGY_FEES, O, C, 0, 5.0), (lines.TECHNOLOGY_MILESTONES, O, C, 0, 4.0)]
    income = 9 + 8 - 13.0
    rest = [(lines.LICENCES_SOLD, O, C, 0, 8.0), (lines.TAX, C, T, 3, 0.4 * income)]
    it.moved([*at_once, *rest, *WIND_UP, (lines.PAID_TO_OWNERS, C, I, 3, 3 + income * 0.6)])


# Shrinking


@pytest.mark.parametrize(("licensing", "severance"), [(6, 10 * (1 - 5 / 8)), (0, 10 * (1 - 3 / 8))])
def test_a_licensing_company_sells_its_candidates_and_burns_less_and_less(licensing: int, severance: float) -> None:
    """Two quarters of the whole burn, then of licensing until quarter 6, then of rights while one lives, then it ends.

    Whoever licenses no more needs less, and dismisses more. It keeps no rights in what it sold.
    """
    rights = [[0.0] * 12] * views.RIGHTS + [[1.0] * 8 + [0.0] * 4]
    it = gives_up(
        views.SELLS_CANDIDATES, 200.0, *FIVE, contract={"licensing_until": licensing}, licences=rights, losses=[90.0]
    )
    burns = [2.0, 2.0, *(5 / 4 if q < licensing else 3 / 4 for q in range(2, 8))]
    left = 200 + 33 - severance - sum(burns)
    it.moved(
        [
            *(SOLD[:2] + THEIR_STAGES),
            (lines.WIND_UP_COST, C, S, 0, severance),
            *((lines.BASE_BURN, C, S, q, burned) for q, burned in enumerate(burns)),
            (lines.PAID_TO_OWNERS, C, I, 8, left),
        ]
    )
    assert it.firm["ended"] == 2 * 8 and it.firm["forced"] == 0


def test_nobody_is_dismissed_where_licensing_needs_the_whole_company() -> None:
    it = gives_up(views.SELLS_CANDIDATES, 50.0, contract=UP_TO_YEAR_10, future={"licensing_burn": 9.0}, quarters=1)
    assert not it.book["page"][lines.WIND_UP_COST].any()


@pytest.mark.parametrize(("burn", "licenses"), [(8.9, True), (9.1, False)])
def test_it_stops_licensing_where_that_costs_it_more_than_licences_are_believed_to_bring(
    burn: float, licenses: bool
) -> None:
    """0.9 a year of 10 each. Without the deal the last contract stands, the first one is without new licences."""
    rules = rules_with(**LICENCES | {"sells": views.SELLS_CANDIDATES})
    future = company(cash=0.0, future={"licensing_burn": burn}).future
    contracts = base_packed()[0].contracts
    args = base_packed()[0].routes, base_packed()[0].beliefs, future, np.zeros(0, dtype=DRAWN), None
    assert getattr(sign, "py_func", sign)(rules, contracts, *args) == (len(contracts) - 1 if licenses else 0)


# In the base case


@pytest.fixture(scope="module")
def world() -> World:
    return vary({}, 256, by_line=True, views=(PRETAX, PLANNED, FINANCED), slugs=("shrink", "wind_up"))


def test_winding_up_is_worth_the_same_as_planned_and_as_financed(world: World) -> None:
    planned, financed = (world.value("wind_up", view=view) for view in (PLANNED, FINANCED))
    assert np.array_equal(planned, financed)


def test_both_get_the_price_of_the_five_candidates_on_the_day_at_the_paths_own_haircut(world: World) -> None:
    """What licensing each is believed to be worth from its stage on, nothing where that is a loss."""
    table, kept_part = base_packed()[0].table, 1 - world.luck.each("financing.sale_haircut")
    early_ones, common = (len(load()[f"candidates.{group}.names"]) for group in ("inherited", "common"))
    price = np.maximum(table.price[:early_ones, stages.PRECLINICAL, 0], 0).sum()
    of_kept = np.maximum(table.price[early_ones : early_ones + common, stages.PHASE_2, 0], 0).sum()
    assert price > 0 and of_kept > 0
    for slug in ("shrink", "wind_up"):
        for line, whole in ((lines.RIGHTS_SOLD, price), (lines.RIGHTS_SOLD + lines.OF_COMMON, of_kept)):
            paid = world.paid(slug, line, FINANCED)
            assert paid[:, 0] == pytest.approx(kept_part * whole) and not paid[:, 1:].any()


def test_before_tax_giving_up_is_the_sale_of_the_early_candidates_alone(world: World) -> None:
    """The programme before tax is what the deal would take: the kept ones, licences and costs are no part of it."""
    for slug in ("shrink", "wind_up"):
        early_ones = world.paid(slug, lines.RIGHTS_SOLD, FINANCED)[:, 0]
        factor = world.played[slug].packed.factor[1, 0, 0]
        assert world.value(slug, view=PRETAX) == pytest.approx(early_ones * factor)


def test_no_new_licence_is_signed_once_licensing_stops_with_research() -> None:
    """Without research there may be fewer: at none of them, none; the fees of the day's licences are all there is."""
    without = vary({"technology.new_without_research": 0.0}, 256, by_line=True, views=(PLANNED,), slugs=["shrink"])
    with_them = vary({}, 256, by_line=True, views=(PLANNED,), slugs=["shrink"])
    fees = [each.paid("shrink", lines.TECHNOLOGY_FEES, PLANNED).sum() for each in (without, with_them)]
    assert fees[0] == 0 < fees[1]


def test_no_candidate_is_developed_and_no_research_done(world: World) -> None:
    for slug in ("shrink", "wind_up"):
        spent = [lines.OWN_RESEARCH, lines.PRECLINICAL, lines.PHASE_1, lines.PHASE_2, lines.PHASE_3]
        assert not world.played[slug].kept.paid[FINANCED][:, spent].any()
