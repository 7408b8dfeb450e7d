"""What each clause of the deal pays, to whom and when: a table worked out by hand, in the order of a term sheet.

Nominal amounts are in money of the day unless a row has inflation: of 2.5 % a year, after which the start of quarter q
is worth 1.025^-(q/4) and its middle 1.025^-((q + 1/2)/4). Of sales of 100 the cost of goods is 10, selling 25,
development over the years 5: a profit of 60. Royalties are 4, 6 and 8 % below 250 a year, up to 500, and above.
"""

import pytest
from by_hand import Act, C, Case, O, P, S, holds, live, product, real, steps, work

from partnering.model import lines
from partnering.model.deal import pay_milestone, pay_opt_in_fee, pay_research, pay_upfront
from partnering.model.flows import pay_filing, pay_on_sales

FULL, SHORT = [2.0, 4.0, 6.0, 4.0, 8.0, 4.0, 2.0], [1.0, 3.0, 4.5, 3.0, 6.0, 3.0, 1.0]
"""The ladders, of 30 and of 21.5."""

WAY = {"start": [0, 4, 8, 14, 26, 30], "end": [4, 8, 14, 26, 30], "launch": 30, "entered": 1}
BY_PARTNER = WAY | {"collaboration": 1, "taken": 0, "full": 1, "filing": [4.0, 4.0]}
HALF = {"returned_share": 0.5, "partner_royalty": 0.03}
FILED = (lines.FILING, P, S, 26, 4.0)


def upfront(q: int) -> Act:
    return lambda s: pay_upfront(s.rules, s.book, q)


def research(q: int) -> Act:
    return lambda s: pay_research(s.rules, s.contract, s.future["research_cost_share"], s.book, q)


def sell(first: int, *sales: float) -> Act:
    """Pay what the deal pays on the sales of some quarters."""
    return lambda s: [pay_on_sales(s.rules, s.future, s.book, s.c, first + k, x) for k, x in enumerate(sales)]


CASES = {
    "the upfront is paid at signing": Case(upfront(0), [(lines.UPFRONT, P, C, 0, 12.0)], {"upfront": 12.0}),
    "signed after two years at four fifths of the terms it is less, and nominal": Case(
        upfront(8),
        [(lines.UPFRONT, P, C, 8, 0.8 * 12 * real(2))],
        {"inflation": 0.025, "upfront": 12.0, "terms_factor": 0.8},
    ),
    "of 30 for shares at half above their price 10 are a gift": Case(
        upfront(0), [(lines.EQUITY_PREMIUM, P, C, 0, 10.0)], {"equity": 30.0, "premium_part": 0.5 / 1.5}
    ),
    "a funding year pays a quarter of it each quarter, 0.85 of that is spent": Case(
        research(2),
        [(lines.RESEARCH_FUNDING, P, C, 2, 4.0), (lines.RESEARCH_COST, C, S, 2, 3.4)],
        {"year_pays": [16.0]},
        contract={"year": 0, "funded": 4.0},
    ),
    "the second year of funding is nominal": Case(
        research(5),
        [(lines.RESEARCH_FUNDING, P, C, 5, 5 * real(1.375)), (lines.RESEARCH_COST, C, S, 5, 0.85 * 5 * real(1.375))],
        {"inflation": 0.025, "year_pays": [16.0, 20.0]},
        contract={"year": 1, "funded": 5 * real(1.375)},
    ),
    "an extension year is booked apart from the three committed": Case(
        research(12),
        [(lines.EXTENSION_FUNDING, P, C, 12, 4.5), (lines.EXTENSION_RESEARCH, C, S, 12, 3.825)],
        {"year_pays": [16.0, 16.0, 16.0, 18.0]},
        contract={"year": 3, "funded": 4.5},
    ),
    "after the term there is no funding": Case(research(20), [], {"year_pays": [16.0]}),
    "the partner pays a fee for a candidate it opts into": Case(
        lambda s: pay_opt_in_fee(s.rules, s.book, s.c, 8),
        [(lines.OPT_IN_FEES, P, C, 8, 5 * real(2))],
        {"inflation": 0.025, "opt_in_fee": 5.0},
        c=BY_PARTNER,
    ),
    "the full ladder pays each of its steps once": Case(
        live, [*steps(lines.MILESTONES, P, FULL), FILED], {"ladder": [FULL, SHORT]}, c=BY_PARTNER
    ),
    "so does the short one": Case(
        live, [*steps(lines.MILESTONES, P, SHORT), FILED], {"ladder": [FULL, SHORT]}, c=BY_PARTNER | {"full": 0}
    ),
    "steps are nominal: Europe follows approval by 1.25 years": Case(
        lambda s: pay_milestone(s.rules, s.book, s.c, 5, 35),
        [(lines.MILESTONES, P, C, 35, 4 * real(8.75))],
        {"inflation": 0.025, "ladder": [FULL, SHORT]},
        c=BY_PARTNER,
    ),
    "steps reached before the partner took a candidate are not paid": Case(
        live,
        [*steps(lines.MILESTONES, P, FULL)[2:], FILED],
        {"ladder": [FULL, SHORT]},
        c=BY_PARTNER | {"taken": 10},
    ),
    "a tier counts what was sold before in the year: 50 of 100 are above 250": Case(
        sell(4, 200.0, 100.0), [(lines.ROYALTIES, P, C, 4, 8.0), (lines.ROYALTIES, P, C, 5, 2.0 + 3.0)], c=product(4)
    ),
    "one quarter may reach all tiers": Case(
        sell(4, 600.0), [(lines.ROYALTIES, P, C, 4, 10.0 + 15.0 + 8.0)], c=product(4)
    ),
    "tiers begin again every contract year": Case(
        sell(7, 300.0, 100.0), [(lines.ROYALTIES, P, C, 7, 10.0 + 3.0), (lines.ROYALTIES, P, C, 8, 4.0)], c=product(4)
    ),
    "where tiers begin is nominal": Case(
        sell(5, 300.0),
        [(lines.ROYALTIES, P, C, 5, 0.04 * 250 * real(1.375) + 0.06 * (300 - 250 * real(1.375)))],
        {"inflation": 0.025},
        c=product(4),
    ),
    "all rates have one scale, and step down when exclusivity is lost": Case(
        sell(6, 100.0, 100.0),
        [(lines.ROYALTIES, P, C, 6, 1.2 * 4.0), (lines.ROYALTIES, P, C, 7, 1.2 * 0.5 * 4.0)],
        {"step_down": 0.5},
        {"royalty_scale": 1.2},
        c=product(4, loss_of_exclusivity=7),
    ),
    "a royalty ends with its term": Case(
        sell(11, 100.0, 100.0), [(lines.ROYALTIES, P, C, 11, 4.0)], future={"royalty_term": 8}, c=product(4)
    ),
    "a least royalty tops up a full year: 250 x 4 % and 150 x 6 % are 1 short of 20": Case(
        sell(4, 100.0, 100.0, 100.0, 100.0),
        [
            *((lines.ROYALTIES, P, C, q, x) for q, x in ((4, 4.0), (5, 4.0), (6, 5.0), (7, 6.0))),
            (lines.ROYALTY_FLOOR, P, C, 7, 1.0),
        ],
        {"floor": 20.0},
        c=product(4),
    ),
    "it asks nothing of a year that has only begun, or is exceeded": Case(
        sell(5, 100.0, 0.0, 0.0, 600.0),
        [(lines.ROYALTIES, P, C, 5, 4.0), (lines.ROYALTIES, P, C, 8, 33.0)],
        {"floor": 20.0},
        c=product(5),
    ),
    "what is co-promoted is not in the least royalty: 0.7 x 20 less 0.7 x 19": Case(
        sell(4, 0.0, 0.0, 0.0, 400.0),
        [
            *((lines.ROYALTIES, P, C, 7, 0.7 * 19), (lines.ROYALTY_FLOOR, P, C, 7, 0.7 * 1)),
            (lines.COPROMOTION_PROFIT, P, C, 7, 0.5 * 0.6 * 240),
        ],
        {"floor": 20.0, "us_profit": 0.5},
        c=product(4, opted=1),
    ),
    "a least royalty is nominal": Case(
        sell(4, 0.0, 0.0, 0.0, 0.0),
        [(lines.ROYALTY_FLOOR, P, C, 7, 20 * real(1.875))],
        {"inflation": 0.025, "floor": 20.0},
        c=product(4),
    ),
    "a sales milestone is paid once, when a year's sales reach it": Case(
        sell(4, 60.0, 60.0, 60.0, 0.0, 200.0),
        [(lines.SALES_MILESTONES, P, C, 4, 5.0), (lines.SALES_MILESTONES, P, C, 6, 40.0)],
        {"tiers": 0, "steps": 2, "step_at": [50.0, 150.0], "step_pays": [5.0, 40.0]},
        c=product(4),
    ),
    "a year that reaches both pays both, in money of its own": Case(
        sell(8, 200.0),
        [(lines.SALES_MILESTONES, P, C, 8, 45 * real(2.125))],
        {"inflation": 0.025, "tiers": 0, "steps": 2, "step_at": [50.0, 150.0], "step_pays": [5.0, 40.0]},
        c=product(4),
    ),
    "half of the profit takes the royalty's place, development over the years is part of it for eight": Case(
        sell(35, 100.0, 100.0),
        [(lines.PROFIT_SHARING, P, C, 35, 0.5 * 60.0), (lines.PROFIT_SHARING, P, C, 36, 0.5 * 65.0)],
        {"profit_share": 0.5, "floor": 20.0},
        c=product(4),
    ),
    "of a trial that costs the partner 5 the company bears 2": Case(
        work(9),
        [(lines.PHASE_2, P, S, 9, 5.0), (lines.COST_SHARING, C, P, 9, 2.0)],
        {"cost_share": 0.4},
        c=BY_PARTNER | {"trial": [[0.0, 0.0, 3.0], [0.0, 0.0, 5.0]]},
    ),
    "and of its filing for 4 it bears 1.6": Case(
        lambda s: pay_filing(s.rules, s.book, s.c, 26),
        [FILED, (lines.FILING_SHARING, C, P, 26, 1.6)],
        {"cost_share": 0.4},
        c=BY_PARTNER,
    ),
    "co-promotion refunds half of what the partner has spent, at approval": Case(
        live,
        [FILED, (lines.COPROMOTION_REFUND, C, P, 30, 0.5 * (26.0 + 4.0))],
        {"offered": 1, "refund_share": 0.5},
        c=BY_PARTNER | {"promise": 20.0, "partner_spent": 26.0},
    ),
    "it is left where it promises less than that": Case(
        live,
        [FILED],
        {"offered": 1, "refund_share": 0.5},
        c=BY_PARTNER | {"promise": 14.0, "partner_spent": 26.0},
    ),
    "then half of the US profit takes the place of the royalty on it": Case(
        sell(4, 100.0),
        [(lines.COPROMOTION_PROFIT, P, C, 4, 0.5 * 0.6 * 60.0), (lines.ROYALTIES, P, C, 4, (1 - 0.5 * 0.6) * 4.0)],
        {"us_profit": 0.5},
        c=product(4, opted=1),
    ),
    "whoever took up a dropped product owes half of the steps still to come": Case(
        live,
        [
            *steps(lines.MILESTONES, P, FULL)[:3],
            *steps(lines.RETURNED_MILESTONES, O, [x / 2 for x in FULL])[3:],
            (lines.FILING, O, S, 26, 4.0),
        ],
        {"ladder": [FULL, SHORT], "cost_share": 0.4} | HALF,
        c=BY_PARTNER | {"handed": 18, "resumed": 22},
    ),
    "and half of the royalty, with none of the other terms; the partner gets 3 %": Case(
        sell(4, 100.0),
        [(lines.RETURNED_ROYALTIES, O, C, 4, 2.0), (lines.REVERSION_ROYALTIES, O, P, 4, 3.0)],
        {"profit_share": 0.5, "floor": 20.0, "steps": 1, "step_at": [50.0], "step_pays": [5.0]} | HALF,
        c=product(4, handed=0, resumed=2),
    ),
    "nobody pays for a dropped product before it is taken up": Case(
        work(17, 18, 21, 22),
        [(lines.PHASE_3, P, S, 17, 6.0), (lines.PHASE_3, O, S, 22, 6.0)],
        c=BY_PARTNER | {"handed": 18, "resumed": 22, "trial": [[0.0] * 4, [0.0, 0.0, 0.0, 6.0]]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_clause_moves_what_it_says_and_nothing_else(name: str) -> None:
    """Every payment stands under its line, from payer to payee, in its quarter; all accounts sum to zero.

    What a term moves is the term times its exposure, for every party; the company's cash moves by its net.
    """
    holds(CASES[name])
