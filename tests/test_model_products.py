"""What licences and products bring and cost, to whom and when: a table worked out by hand.

A product sells 100 a quarter. Of that the cost of goods is 10, selling 25, development over the years 5.
"""

import pytest
from by_hand import Act, C, Case, Moved, O, S, holds, live, real, steps, work

from partnering.model import lines, origins, parties, views
from partnering.model.flows import trade

WAY = {"start": [0, 4, 8, 14, 26, 30], "end": [4, 8, 14, 26, 30], "launch": 30, "entered": 1, "level": 400.0}
LATE = {
    "signed": 14,
    "taken": 14,
    "route": parties.LICENSE_OUT,
    "territory": 0.55,
    "forecast_ratio": 4.0,
    "filing": [4.0, 4.0],
}
SHARES = [[0, 0, 0, 0.2, 0.5, 0.2, 0.1], [0, 0.12, 0.2, 0.12, 0.3, 0.13, 0.13], [0.1, 0.2, 0.3, 0.1, 0.3, 0, 0]]
"""Of milestones: after Phase 2, before it, of the technology."""

TERMS = {"upfront": [35.0, 5.0, 2.0], "milestones": [150.0, 45.0, 40.0], "royalty": [0.15, 0.07, 0.04]}
TERMS |= {"elasticity": 0.5, "launch_build": 120.0, "selling_floor": 120.0}


def market(q: int) -> Act:
    return lambda s: trade(s.rules, s.future, s.book, s.c, q)


def sold(seller: int, q: int, selling: float = 25.0) -> list[Moved]:
    """What a quarter on the market moves."""
    bills = ((lines.COGS, 10.0), (lines.SELLING, selling), (lines.LIFECYCLE, 5.0))
    return [(lines.NET_SALES, S, seller, q, 100.0), *((line, seller, S, q, bill) for line, bill in bills if bill)]


CASES = {
    "a licence after Phase 2 pays for its territory, more for a better forecast, then steps of its own money": Case(
        live,
        [
            (lines.LICENSE_UPFRONT, O, C, 14, 35 * 0.55 * 4**0.5),
            (lines.FILING, O, S, 26, 4.0),
            (lines.LICENSE_MILESTONES, O, C, 26, 0.2 * 82.5 * real(3)),
            (lines.LICENSE_MILESTONES, O, C, 30, 0.5 * 82.5 * real(4)),
            (lines.LICENSE_MILESTONES, O, C, 35, 0.2 * 82.5 * real(5.25)),
            (lines.LICENSE_MILESTONES, O, C, 42, 0.1 * 82.5 * real(7)),
        ],
        {"inflation": 0.025, "milestone_shares": SHARES},
        TERMS,
        c=WAY | LATE,
    ),
    "a licence at the IND is not linked to a forecast": Case(
        live,
        [
            (lines.LICENSE_UPFRONT, O, C, 4, 5.0),
            (lines.FILING, O, S, 26, 4.0),
            *steps(lines.LICENSE_MILESTONES, O, [45 * x for x in SHARES[1][1:]], (8, 14, 26, 30, 35, 42)),
        ],
        {"milestone_shares": SHARES},
        TERMS,
        c=WAY | LATE | {"signed": 4, "taken": 4, "territory": 1.0, "licence": views.EARLY},
    ),
    "a licensee sells, and pays 15 %": Case(
        market(31), [*sold(O, 31), (lines.LICENSE_ROYALTIES, O, C, 31, 15.0)], {}, TERMS, c=WAY | LATE
    ),
    "a kept candidate has lines of its own": Case(
        market(31),
        [(line + lines.OF_COMMON, *rest) for line, *rest in [*sold(O, 31), (lines.LICENSE_ROYALTIES, O, C, 31, 15.0)]],
        {},
        TERMS,
        c=WAY | LATE | {"common": 1, "origin": origins.COMMON},
    ),
    "a new technology licence brings a fee, steps and 4 %; others' accounts are not kept": Case(
        lambda s: [live(s), market(31)(s)],
        [
            (lines.TECHNOLOGY_FEES, O, C, 2, 2.0),
            *steps(lines.TECHNOLOGY_MILESTONES, O, [4.0, 8.0, 12.0, 4.0, 12.0], (4, 8, 14, 26, 30)),
            (lines.TECHNOLOGY_ROYALTIES, O, C, 31, 4.0),
        ],
        {"milestone_shares": SHARES},
        TERMS,
        c=WAY | {"origin": origins.TECHNOLOGY, "outside": 1, "taken": 2, "route": parties.LICENSEE_RUN},
    ),
    "the company's own launch is built for a year, in which selling costs nothing else": Case(
        market(33), [*sold(C, 33, 0.0), (lines.LAUNCH_BUILD, C, S, 33, 30.0)], {}, TERMS, c=WAY
    ),
    "then selling costs it at least 120 a year": Case(market(34), sold(C, 34, 30.0), {}, TERMS, c=WAY),
    "late manufacturing is paid in Phase 3 and review": Case(
        work(25, 26, 29, 30),
        [
            (lines.PHASE_3, C, S, 25, 6.0),
            *((lines.LATE_MANUFACTURING, C, S, q, x) for q, x in ((25, 1.5), (26, 2.5), (29, 2.5))),
        ],
        c=WAY | {"late": [[1.5, 2.5], [9.0, 9.0]], "trial": [[0.0, 0.0, 0.0, 6.0], [0.0] * 4]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_product_moves_what_it_should_and_nothing_else(name: str) -> None:
    """Every payment stands under its line, from payer to payee, in its quarter; all accounts sum to zero."""
    holds(CASES[name])


def test_whoever_bought_a_product_stands_in_for_the_company_from_the_middle_of_a_quarter() -> None:
    """Sold in quarter 31, a year's launch under way: sales, costs and what the company would have paid go on.

    What a candidate has brought and cost the company is counted at its 12 % a year, until then.
    """
    bills = {"trial": [[0.0, 0.0, 0.0, 6.0]], "filing": [4.0, 4.0], "until": 2 * 31 + 1}
    case = Case(
        lambda s: [work(25)(s), live(s), market(30)(s), market(31)(s)],
        [
            *((lines.PHASE_3, C, S, 25, 6.0), (lines.FILING, C, S, 26, 4.0)),
            *(*sold(C, 30, 0.0), (lines.LAUNCH_BUILD, C, S, 30, 30.0)),
            *(*sold(O, 31, 0.0), (lines.LAUNCH_BUILD, O, S, 31, 30.0)),
        ],
        {},
        TERMS,
        c=WAY | bills,
    )
    c = holds(case).c
    assert c["received"] == pytest.approx(100 * 1.12**-7.625)
    assert c["spent"] == pytest.approx(6 * 1.12**-6.375 + 4 * 1.12**-6.5 + (10 + 5 + 30) * 1.12**-7.625)
