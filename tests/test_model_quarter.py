"""A quarter of one company, its sub-steps in order, every amount worked out by hand; a year later is worth as much.

It burns 2 a quarter, wants two quarters of that in hand, looks a year ahead and raises for two. Quarter 7 is the last
of its second year. It has a candidate in Phase 1, one that waits for Phase 2 and a product; the partner has one more.
"""

import pytest
from by_hand import C, Company, I, Moved, O, P, S, T, company, product

from partnering.model import lines, origins, stages, told, views
from partnering.model.company import (
    decide,
    live_quarter,
    raise_if_short,
    receive,
    spend,
    start_stages,
    survive,
)

OWN = {"own": 1, "found": 0, "closes": 48}
IN_PHASE_1 = OWN | {
    **{"start": [0, 4, 8, 16], "end": [4, 8, 16], "entered": [1, 1, 1], "paid": [1, 1, 1], "here": stages.PHASE_1},
    **{"next": stages.PHASE_2, "due": 8, "running": stages.PHASE_1, "runs_until": 8, "expected_end": 8},
    **{
        "worth": [0.0, 30.0, 40.0],
        "price": [0.0, 20.0, 0.0],
        "cost": [0.0, 8.0, 20.0],
        "lasts": [4, 4, 8],
        "trial": [[0.0, 2.0, 3.0]],
    },
}
WAITING = OWN | {
    **{"start": [0, 2, 7, 15], "end": [2, 7, 15], "entered": [1, 1, 1], "paid": [1, 1, 1], "here": stages.PHASE_1},
    **{
        "next": stages.PHASE_2,
        "due": 7,
        "worth": [0.0, 9.0, 24.0],
        "price": [0.0, 5.0, 24.0],
        "cost": [0.0, 8.0, 16.0],
        "lasts": [4, 4, 8],
    },
    **{"trial": [[0.0, 2.0, 2.5]]},
}
THEIRS = {
    **{"start": [0, 3, 7, 15], "end": [3, 7, 15], "entered": [1, 1, 1], "here": stages.PHASE_1, "own": [1, 1]},
    **{
        "collaboration": 1,
        "full": 1,
        "taken": 7,
        "worth": [0.0, 0.0, 12.0],
        "price": [0.0, 0.0, 10.0],
        "trial": [[0.0] * 3, [0.0, 0.0, 3.0]],
    },
    **{"rights_from": 7, "rights_until": 15, "closes": 7},
}
SOLD = product(2, collaboration=0, taken=stages.NEVER, level=16.0, brings=2.4, sold=4.0) | OWN
LEAD = {
    "origin": origins.LEAD,
    "effort": 21.0,
    "crossing": 5,
    "found": stages.NEVER,
    "next": 0,
    "start": [10, 14],
    "own": 1,
}


GOES_ON = {
    **{"conduct": views.EXIT_WHEN_BETTER, "franchise": 12.0},
    **{"tax_share": [0.5, 0.2], "burn_to_come": [[3.0] * 8, [16.0] * 8]},
}
"""It would end where that is better. With own candidates tax is believed to take a fifth of what comes, and burn 16."""


def signing() -> Company:
    """The company of the walk, which signs the deal in quarter 7 with 9 in hand."""
    deal = {"signed": 7, "year": 0, "funded": 4.0, "research": 4.0, "ahead": [[2.4] * 8, [4.8] * 8], "worth": 5.0}
    return company(
        *(IN_PHASE_1, WAITING, THEIRS, SOLD),
        **{"cash": 9.0, "rules": GOES_ON | {"upfront": 6.0, "year_pays": [16.0]}, "contract": deal},
        **{"book": {"income": 10.0}, "recurring": 2.4, "losses": [5.0, 6.0], "loss_years": 2, "open": 1, "swing": 1.5},
    )


GROSS = 15 / 0.94
SHARES = GROSS / (132 * 0.94 / 50)
QUARTER: list[Moved] = [
    *((lines.MILESTONES, P, C, 7, 4.0), (lines.UPFRONT, P, C, 7, 6.0)),
    *((lines.EQUITY_RAISE, I, C, 7, GROSS), (lines.ISSUE_FEE, C, S, 7, 0.06 * GROSS)),
    *((lines.RESEARCH_FUNDING, P, C, 7, 4.0), (lines.RESEARCH_COST, C, S, 7, 3.4), (lines.BASE_BURN, C, S, 7, 2.0)),
    *((lines.PHASE_1, C, S, 7, 2.0), (lines.PHASE_2, C, S, 7, 2.5), (lines.PHASE_2, P, S, 7, 3.0)),
    *(
        (lines.NET_SALES, S, C, 7, 4.0),
        (lines.COGS, C, S, 7, 0.4),
        (lines.SELLING, C, S, 7, 1.0),
        (lines.LIFECYCLE, C, S, 7, 0.2),
    ),
    (lines.TAX, C, T, 7, 2.2),
]


def test_a_quarter_walked_step_by_step() -> None:
    """Events, receipts, decisions, raise, spend, survival: what each sees and what each moves."""
    it = signing()
    firm, saw = it.firm, it.firm["told"][:, 7]
    it.meet(7)  # the partner starts its Phase 2: a milestone of 4
    assert (firm["own"], firm["held"], firm["burn"]) == (30 + 24 + 10 * 2.4, 12, 2) and it.cash == 9 + 4
    receive(it.rules, it.contract, firm, it.book, 7)
    assert it.cash == 13 + 6
    decide(*it.all, 7)  # 78 + 12, and 5 for funding, after tax and burn; or half of what each would fetch
    going_on, prices = 0.8 * (90 + 5) - 16, 20 + 24 + 10 + 10 * 2.4
    assert [saw[told.GOING_ON], saw[told.WINDING_DOWN]] == pytest.approx([going_on, prices / 2]) == [60, 39]
    assert firm["ended"] == stages.NEVER
    raise_if_short(*it.all, 7)
    need = (4 + 2) * 2 + (2 + 20) + 16 - 2.4 - 4 * 2.4  # burn, Phase 1 and what follows, what waits; what comes in
    lacks = (8 + 2) * 2 + (2 + 20) + 16 - 4.8 - 8 * 2.4 - 19  # the same for two years, less 19 in hand
    value = (19 + 60 + 12 * (1 - 7 / 28)) * 1.5
    assert [saw[told.NEED], lacks, saw[told.MARKET_VALUE]] == pytest.approx([need, 15, value]) == [38, 15, 132]
    assert it.cash == pytest.approx(19 + 15) and firm["shares"] == pytest.approx(50 + SHARES)
    start_stages(*it.all, 7)  # 16 is less than 34, two quarters of burn and the 2 that Phase 1 still takes put aside
    started, partners = it.work[1], it.work[2]
    assert (started["running"], started["expected_end"], started["runs_until"]) == (stages.PHASE_2, 7 + 8, 15)
    assert firm["researched"] == 4 and firm["paused"] == 0 and partners["running"] == stages.NONE
    spend(*it.all, 7)
    income = 10 + 4 + 6 + (4 - 3.4) - 2 - 2 - 2.5 + 2.4
    assert 0.4 * (income - 5 - 6) == pytest.approx(2.2)
    assert it.cash == pytest.approx(34 + 0.6 - 2 - 2 - 2.5 + 2.4 - 2.2) == 28.3
    assert firm["recurring"] == pytest.approx(2.4)
    survive(*it.all, 7)
    assert firm["ended"] == stages.NEVER
    it.moved(QUARTER)


def test_a_quarter_lived_is_its_steps_in_order() -> None:
    it = signing()
    live_quarter(*it.all, 7)
    it.moved(QUARTER)
    assert it.firm["loss_years"] == 3 and not it.firm["losses"][:3].any()


def test_with_all_the_money_it_could_want_nothing_is_raised_and_stages_keep_their_dates() -> None:
    """The same quarter with 100 less in hand: no raise, no look at what is in hand, the rest to the cent."""
    it = signing()
    it.firm["view"], it.book["cash"], it.work["next"], it.work["due"] = (
        views.PLANNED,
        9 - 100,
        stages.NONE,
        stages.NEVER,
    )
    live_quarter(*it.all, 7)
    it.moved([moved for moved in QUARTER if moved[0] not in (lines.EQUITY_RAISE, lines.ISSUE_FEE)])
    assert it.firm["shares"] == 50 and it.firm["ended"] == stages.NEVER


# Short of money.


@pytest.mark.parametrize(
    ("cash", "opened", "last", "raises"),
    [(27.0, 1, 3, True), (28.0, 1, 3, False), (27.0, 0, 3, False), (27.0, 1, 4, False)],
)
def test_it_raises_when_short_if_the_window_is_open_and_the_last_raise_a_year_ago(
    cash: float, opened: int, last: int, raises: bool
) -> None:
    """It needs six quarters of burn and 16 for the stage that waits: 28."""
    it = company(WAITING, cash=cash, open=opened, last_raise=last, burn=2.0, own=100.0)
    raise_if_short(*it.all, 7)
    assert it.firm["told"][told.NEED, 7] == 28 and (it.firm["shares"] > 50) == raises


@pytest.mark.parametrize(("expected_end", "quarters", "follows"), [(11, 4, 20), (12, 4, 0), (9, 2, 20), (5, 1, 20)])
def test_a_stage_is_counted_to_its_expected_end_and_what_follows_in_full(
    expected_end: int, quarters: int, follows: int
) -> None:
    """Phase 1 costs 2 a quarter, Phase 2 then 20 if it begins within the year; one that runs late goes on a quarter."""
    it = company(IN_PHASE_1 | {"expected_end": expected_end}, cash=100.0, burn=2.0)
    raise_if_short(*it.all, 7)
    assert it.firm["told"][told.NEED, 7] == 6 * 2 + quarters * 2 + follows


@pytest.mark.parametrize(
    ("cash", "own", "alive", "value"),
    [(30.0, 90.0, 1, 86 * 1.5), (30.0, 90.0, 0, 72 * 1.5), (30.0, 10.0, 1, 22 * 1.5), (30.0, -60.0, 1, 22.5)]
    + [(-9.0, 10.0, 0, 0.0)],
)
def test_the_market_pays_at_least_half_of_the_cash(cash: float, own: float, alive: int, value: float) -> None:
    """Cash and what is believed, after tax and burn: 30 + 0.8 x 90 - 16; of nothing in hand the half is nothing.

    Without own candidates tax takes half and burn 3: 30 + 0.5 x 90 - 3.
    """
    it = company(cash=cash, own=own, work=alive, burn=2.0, swing=1.5, rules=GOES_ON | {"franchise": 0.0})
    raise_if_short(*it.all, 7)
    assert it.firm["told"][told.MARKET_VALUE, 7] == value


def test_own_research_pauses_and_a_lead_waits_for_it() -> None:
    """The need is six quarters of 2 and 1.5: 21. A lead takes as much research as that, of which 20 have been done.

    With the next 1.5 it is found, two quarters later than planned.
    """
    for cash, paused in ((15.0, 1), (40.0, 0)):
        it = company(LEAD, cash=cash, contract={"own": 1}, researched=20.0, burn=2.0)
        raise_if_short(*it.all, 7)
        start_stages(*it.all, 7)
        assert (it.firm["paused"], it.firm["researched"]) == (paused, 20 if paused else 21.5)
        assert list(it.work[0]["start"][:2]) == ([10, 14] if paused else [12, 16])
        spend(*it.all, 7)
        assert it.book["page"][lines.OWN_RESEARCH, C, 7] == (0 if paused else -1.5)


def test_a_stage_waits_for_money_then_the_candidate_is_sold() -> None:
    """15 in hand, no window: Phase 2 for 16 would leave less than two quarters' burn. It waits two quarters, no more.

    It is sold for half of 24; whoever bought it starts in the next quarter, at the company's cost. With nothing left to
    do the company burns no more.
    """
    it = company(WAITING, cash=15.0, rules={"postpone": 2, "distress": 0})
    for q in (7, 8, 9):
        live_quarter(*it.all, q)
    assert it.cash == 15 - 3 * 2 + 12
    it.meet(10)
    spend(*it.all, 10)
    burns: list[Moved] = [(lines.BASE_BURN, C, S, q, 2.0) for q in (7, 8, 9)]
    it.moved([*burns, (lines.RIGHTS_SOLD, O, C, 9, 12.0), (lines.PHASE_2, O, S, 10, 2.5)])
    assert it.work[0]["start"][stages.PHASE_2] == 10 and it.work[0]["until"] == 2 * 9 + 1


def test_one_of_no_worth_is_stopped_and_nobody_pays_for_it_any_more() -> None:
    of_no_worth = WAITING | {"due": 5, "worth": 0.0, "price": 0.0}
    it = company(of_no_worth, cash=15.0, rules={"postpone": 2, "distress": 0})
    for q in (7, 8):
        it.meet(q)
        if q == 7:
            raise_if_short(*it.all, q)
            start_stages(*it.all, q)
        spend(*it.all, q)
    it.moved([(lines.BASE_BURN, C, S, 7, 2.0)])
    assert it.work[0]["stopped"] == 2 * 7 + 1


@pytest.mark.parametrize(
    ("worths", "chosen", "price"), [((24.0, 25.0), 2, 12.5), ((24.0, 23.0), 1, 12.0), ((0.0, 0.0), 0, 15.0)]
)
def test_under_pressure_the_most_advanced_of_any_worth_is_sold(
    worths: tuple[float, float], chosen: int, price: float
) -> None:
    """7 is less than a year's burn, and no window. Two wait for Phase 2, one in Phase 1 would fetch half of 30."""
    waiting = [WAITING | {"price": [0.0, 9.0, worth]} for worth in worths]
    it = company(IN_PHASE_1 | {"price": [0.0, 30.0, 0.0]}, *waiting, cash=7.0, burn=2.0)
    raise_if_short(*it.all, 7)
    start_stages(*it.all, 7)
    it.moved([(lines.RIGHTS_SOLD, O, C, 7, price)])
    assert [place for place, c in enumerate(it.work) if c["until"] < stages.NEVER] == [chosen]
    assert it.work[chosen]["until"] == 2 * 7 + 1


# The end.


def test_without_the_buffer_all_is_sold_and_what_is_left_is_paid_out() -> None:
    """3.9 is less than two quarters' burn. Each is sold at half its price: 20, 24 and, of rights, 10.

    Of the year's income of 27 - 5 losses of 11 are free.
    """
    it = company(
        *(IN_PHASE_1, WAITING, LEAD, THEIRS | {"taken": 7, "here": stages.PHASE_2}),
        **{"cash": 3.9, "book": {"income": -5.0}, "burn": 2.0, "losses": [5.0, 6.0], "loss_years": 2},
    )
    survive(*it.all, 7)
    tax = 0.4 * (27 - 5 - 11)
    ends: list[Moved] = [(lines.RIGHTS_SOLD, O, C, 7, 27.0), (lines.TAX, C, T, 7, tax)]
    ends.append((lines.PAID_TO_OWNERS, C, I, 7, 3.9 + 27 - tax))
    it.moved(ends)
    assert it.firm["ended"] == 2 * 8 and it.firm["forced"] == 1 and it.cash == pytest.approx(0)
    live_quarter(*it.all, 8)  # both Phases 2 of the company are under way with others, the lead is never found
    later: list[Moved] = [(lines.PHASE_2, O, S, 8, 3.0 + 2.5), (lines.PHASE_2, P, S, 8, 3.0)]
    it.moved([*ends, *later])
    assert it.work[2]["gone"] == 1 and it.firm["active"] == 3


def test_bills_that_cash_does_not_cover_stay_unpaid() -> None:
    it = company(WAITING | {"worth": 0.0, "price": 0.0}, cash=-10.0, burn=2.0)
    survive(*it.all, 7)
    it.moved([(lines.UNPAID_BILLS, S, C, 7, 10.0)])
    assert it.firm["forced"] == 1


@pytest.mark.parametrize(("to_burn", "ends"), [(14.0, True), (12.0, False)])
def test_winding_down_by_choice_ends_the_company_within_the_quarter(to_burn: float, ends: bool) -> None:
    """It is worth 24 less the burn to come: the price of half of 24 is more, or just that. It burns no more."""
    better = GOES_ON | {"tax_share": 0.0, "burn_to_come": to_burn}
    it = company(WAITING, cash=50.0, rules=better)
    live_quarter(*it.all, 7)
    tax = 0.4 * 12
    sale: list[Moved] = [(lines.RIGHTS_SOLD, O, C, 7, 12.0), (lines.TAX, C, T, 7, tax)]
    sale.append((lines.PAID_TO_OWNERS, C, I, 7, 50 + 12 - tax))
    it.moved(sale if ends else [(lines.BASE_BURN, C, S, 7, 2.0), (lines.PHASE_2, C, S, 7, 2.5)])
    assert it.firm["ended"] == (2 * 7 + 1 if ends else stages.NEVER) and it.firm["forced"] == 0
