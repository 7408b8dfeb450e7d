"""Quarters of a company worked out on paper, every amount of the step. Money in musd, shares in millions."""

from typing import Any

import pytest
from firms import NEVER_OPEN, states
from plain_firm import plain

NAMES = (
    *("opening_cash", "receipts", "sold", "paid_out", "raised", "issue_fee", "new_shares", "need", "stage_fees"),
    *("stages", "contract_research", "own_research", "base_burn", "products", "tax", "unpaid", "closing_cash"),
)


def shown(slug: str, changes: dict[str, Any], quarters: int) -> list[dict[str, float]]:
    """What the first quarters show, amounts that are nothing left out."""
    founded = plain(slug, changes)
    pages = [state.today for state in states(founded.firm, quarters)]
    assert set(NAMES) <= {name for page in pages for name in page} | {"unpaid", "sold", "tax"}
    return [{n: float(p[n][0]) for n in NAMES if n in p and abs(p[n][0]) > 1e-12} for p in pages]


def worth(stage: int) -> float:
    """What the belief table says the one candidate is worth to the company alone as a stage starts."""
    return float(plain("market").firm.portfolio.worth[0, stage])


def test_going_alone_a_raise_and_a_stage_that_follows() -> None:
    """Preclinical work costs 3 over two quarters, Phase 1 costs 8 over four; the burn is 4 a quarter.

    On the day the company has 20 and needs (4 + 2) x 4 + 3 = 27: it is short, the window is open. It raises what two
    years need, (8 + 2) x 4 + 3 - 20 = 23 after a fee of 6 %, less than a fifth of the 200 it is worth. Shares are sold
    at 200 / 40 less 5 %, that is 4.75. Then nothing for a year, short or not.
    """
    gross = 23 / 0.94
    first = {
        "opening_cash": 20,
        "need": 27,
        "raised": gross,
        "issue_fee": -0.06 * gross,
        "new_shares": gross / 4.75,
        "stages": -1.5,
        "base_burn": -4,
        "closing_cash": 37.5,
    }
    second = {  # one quarter of preclinical work is left, Phase 1 follows in full: 24 + 1.5 + 8
        "opening_cash": 37.5,
        "need": 33.5,
        "stages": -1.5,
        "base_burn": -4,
        "closing_cash": 32,
    }
    third = {  # Phase 1 is about to start: 24 + 8
        "opening_cash": 32,
        "need": 32,
        "stages": -2,
        "base_burn": -4,
        "closing_cash": 26,
    }
    fourth = {  # three quarters of it are left, Phase 2 for 20 follows: 24 + 6 + 20; short, but within the year
        "opening_cash": 26,
        "need": 50,
        "stages": -2,
        "base_burn": -4,
        "closing_cash": 20,
    }
    found = shown("market", {}, 4)
    assert found == [pytest.approx(quarter) for quarter in (first, second, third, fourth)]


def test_what_the_market_pays_runs_from_the_franchise() -> None:
    """Of the 200 on the day cash is 20, the candidate less one quarter of burn the rest but for the franchise."""
    pages = [state.today for state in states(plain("market").firm, 3)]
    paid, believed = worth(0), [float(page["going_on"][0]) for page in pages]
    ahead = 4 / 1.11**0.125
    assert believed == pytest.approx([paid - ahead, paid - ahead, worth(1) - ahead])
    franchise = 200 - 20 - (paid - ahead)
    value = [float(page["market_value"][0]) for page in pages]
    assert value[0] == pytest.approx(200)
    assert value[1:] == pytest.approx(
        [37.5 + believed[1] + franchise * 59 / 60, 32 + believed[2] + franchise * 58 / 60]
    )


def test_a_stage_waits_and_is_sold() -> None:
    """24 in hand, no window. After two quarters 13 are left: Phase 1 for 8 would leave 5, below two quarters' burn.

    It waits a quarter at most, is then sold for half of what it is worth, and the gain is taxed after the year's costs.
    """
    sold = worth(1) / 2
    tax = 0.40 * (sold - 5.5 - 5.5 - 4 - 4)
    quarters = [
        {"opening_cash": 24, "need": 27, "stages": -1.5, "base_burn": -4, "closing_cash": 18.5},
        {"opening_cash": 18.5, "need": 33.5, "stages": -1.5, "base_burn": -4, "closing_cash": 13},
        {"opening_cash": 13, "need": 32, "base_burn": -4, "closing_cash": 9},
        {"opening_cash": 9, "need": 32, "sold": sold, "base_burn": -4, "tax": -tax, "closing_cash": 5 + sold - tax},
    ]
    changes = NEVER_OPEN | {
        "company.opening_cash_musd": 24.0,
        "financing.postpone_years": 0.25,
        "financing.sale_haircut": 0.5,
    }
    assert shown("market", changes, 4) == [pytest.approx(quarter) for quarter in quarters]


def test_an_end_for_want_of_money() -> None:
    """14 in hand, no window: the first stage for 3 leaves 11, more than the buffer of 8. A quarter later 3 are left.

    All is sold for 0.3 of its worth, the year's costs of 11 are set against that, the rest goes to the owners.
    """
    sold = 0.3 * worth(0)
    tax = 0.40 * (sold - 11)
    quarters = [
        {"opening_cash": 14, "need": 27, "stages": -1.5, "base_burn": -4, "closing_cash": 8.5},
        {
            "opening_cash": 8.5,
            "need": 33.5,
            "stages": -1.5,
            "base_burn": -4,
            "sold": sold,
            "tax": -tax,
            "paid_out": -(3 + sold - tax),
        },
        {},
    ]
    changes = NEVER_OPEN | {"company.opening_cash_musd": 14.0, "financing.sale_haircut": 0.7}
    assert shown("market", changes, 3) == [pytest.approx(quarter) for quarter in quarters]


def test_signing_the_deal_and_the_year_s_tax() -> None:
    """12 on signing, 16 for research in the first year at a margin of a quarter, 2 at the IND; a burn of 1 a quarter.

    Four quarters of funding to come bring 4, or 3.75 to 3.25 as the second year with its 12 comes nearer. The year
    earns 12 + 4 + 2 - 4 = 14, taxed at 40 % after losses of 5 carried forward.
    """
    deal = {
        "company.other_burn_musd": 4.0,
        "deal.upfront_musd": 12.0,
        "deal.research_schedule_musd": (16.0, 12.0),
        "deal.research_total_musd": 28.0,
        "deal.committed_ceiling_musd": 90.0,
        "deal.research_cost_share": 0.75,
        "deal.ladder_full.phase_1_musd": 2.0,
        "deal.extension_count": 0,
        "deal.extension_decision_years": (),
        "deal.extension_alive_needed": (),
        "tax.losses_musd": 5.0,
    }
    even = {"contract_research": 1, "base_burn": -1}
    quarters = [
        {"opening_cash": 20, "receipts": 12, "need": 6 - 4, **even, "closing_cash": 32},
        {"opening_cash": 32, "need": 6 - 3.75, **even, "closing_cash": 32},
        {"opening_cash": 32, "receipts": 2, "need": 6 - 3.5, **even, "closing_cash": 34},
        {"opening_cash": 34, "need": 6 - 3.25, **even, "tax": -0.4 * 9, "closing_cash": 30.4},
    ]
    assert shown("partnership", deal, 4) == [pytest.approx(quarter) for quarter in quarters]
