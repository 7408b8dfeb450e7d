"""One asset, one price: the same in every strategy and every kind of sale, and within what a large firm would have."""

from functools import cache

import numpy as np
import pytest
from by_hand import C, O, company
from helpers import load, vary
from numpy.typing import NDArray
from test_model_quarter import GOES_ON, WAITING

from partnering.inputs import Scenario
from partnering.model import chains, lines, views
from partnering.model.beliefs import believe_at
from partnering.model.company import live_quarter
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.run import pack
from partnering.model.stages import MARKET
from partnering.model.views import FINANCED, PLANNED, PRETAX
from partnering.model.worth import NOT_OPEN, Table, likelihood

WAYS_TO_SELL: dict[str, tuple[int, float, dict]] = {
    "on the day, winding up": (0, 100.0, {"sells": views.SELLS_EVERYTHING}),
    "on the day, shrinking": (0, 100.0, {"sells": views.SELLS_CANDIDATES}),
    "where that is better": (7, 100.0, GOES_ON | {"burn_to_come": 99.0}),
    "after too long a wait": (9, 5.0, {"postpone": 2, "distress": 0, "buffer": 0.0}),
    "under pressure": (7, 5.0, {"distress": 4}),
    "at the end": (7, 3.0, {"distress": 0}),
}
"""How a company comes to sell: in which quarter, with how much in hand, under which rules."""


@pytest.mark.parametrize("way", WAYS_TO_SELL)
def test_a_candidate_fetches_the_same_in_every_kind_of_sale(way: str) -> None:
    """It waits for Phase 2, and licensing it from there on is worth 24: whoever buys it pays half."""
    q, cash, rules = WAYS_TO_SELL[way]
    it = company(WAITING | ({"due": 0} if q == 0 else {}), cash=cash, rules=rules)
    live_quarter(*it.all, q)
    assert (it.book["page"][lines.RIGHTS_SOLD, C, q], it.book["page"][lines.RIGHTS_SOLD, O, q]) == (12, -12)


@pytest.mark.parametrize("name", ["base", "rates_unequal"])
def test_every_strategy_believes_in_the_same_prices(name: str) -> None:
    """Also where they discount what they keep at rates of their own: prices are at the common one."""
    scenario = load(name)
    first, *others = pack(scenario)
    common = believe_at(scenario, scenario["valuation.discount_rate"])
    for each in (first, *others):
        assert np.array_equal(each.beliefs.price, common.price)
        assert np.array_equal(each.beliefs.rights, common.held)
        assert np.array_equal(each.rules["licence_worth"], first.rules["licence_worth"])


def test_where_nothing_is_left_to_the_seller_nothing_is_paid() -> None:
    world = vary(
        {"financing.sale_haircut": 1.0, "company.opening_cash_musd": 60.0, "behaviour.conduct": "exit_when_better"},
        256,
        views=(PRETAX, PLANNED, FINANCED),
        by_line=True,
    )
    sold = [lines.RIGHTS_SOLD, lines.RIGHTS_SOLD + lines.OF_COMMON, lines.LICENCES_SOLD]
    for played in world.played.values():
        assert not played.kept.paid[:, :, sold].any()


# What a large firm would have


def together(table: Table, chain: int, partner: int) -> NDArray[np.float64]:
    """What company and large firm have together of a candidate the large firm runs, (kind, stage, class)."""
    worth = table.worth[chain]
    there = worth[COMPANY] > NOT_OPEN / 2
    return np.where(there, np.where(there, worth[COMPANY], 0) + np.where(there, worth[partner], 0), NOT_OPEN)


@cache
def ceiling(name: str) -> tuple[Table, NDArray[np.float64]]:
    """The belief table, and by (kind, stage, class) the most that a large firm would have of it, NOT_OPEN if unknown.

    Before Phase 3 that is the partner, with nobody to pay; from then on a licensee, which begins with Phase 3.
    """
    scenario: Scenario = load(name)
    table = believe_at(scenario, scenario["valuation.discount_rate"])
    most = np.maximum(together(table, chains.PARTNER, PARTNER), together(table, chains.LICENSEE, OTHERS))
    return table, most


@pytest.mark.parametrize(
    "name", ["base", "haircut_low", "market_strong", "market_weak", "alliance_odds_high", "capital_cheap", "validated"]
)
def test_no_price_is_above_what_a_large_firm_would_have(name: str) -> None:
    """On average over forecasts, stage by stage; both less the same haircut."""
    table, most = ceiling(name)
    known = most > NOT_OPEN / 2
    weight = likelihood(table.place)
    price, limit = (np.maximum(each, 0) @ weight for each in (table.price, np.where(known, most, 0)))
    there = known.all(axis=2)
    assert there[:, : MARKET + 1].any(axis=0).all()
    assert (price <= limit + 1e-9)[there].all(), np.argwhere(there & (price > limit))
