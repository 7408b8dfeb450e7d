"""What the kernel counts with: stages, parties, routes, chains and lines as plain numbers, each with its name."""

import numpy as np

NEVER = 2**29
"""The quarter, or moment, of an event that does not happen; adding durations to it does not overflow 32 bits."""

NONE = -1
"""No stage."""

MAX_QUARTERS = 400
"""Longest horizon that an input may ask for, in quarters."""

MAX_TERMS = 32
"""Most tiers, sales milestones, years of funding or points of an uptake curve."""

PRECLINICAL, PHASE_1, PHASE_2, PHASE_3, REVIEW, MARKET = STAGES = range(6)
INHERITED, LEAD, COMMON, TECHNOLOGY = range(4)
"""Origins of a candidate."""

COMPANY, PARTNER, OTHERS, SUPPLIERS, INVESTORS, TAXMAN = range(6)
"""Parties. Others take licences and buy candidates; suppliers are suppliers and the market."""

PARTIES = ("company", "partner", "others")
"""Parties whose value is told."""

PARTNER_RUN, OWN_LAUNCH, LICENSE_OUT, BEST, LICENSEE_RUN = range(5)
"""Routes: who is to develop a candidate; the last is a product of others that carries the technology."""

(BY_PARTNER, BY_OWN, BY_LICENSE, BY_BEST, BY_ALONE, BY_LICENSEE, BY_TECHNOLOGY, BY_OPTION) = range(8)
"""Chains of a belief: who runs a candidate on from a stage."""

PRETAX, PLANNED, FINANCED = range(3)
"""Views: the programme planned and before tax; the company with all the money it could want; as financed."""

EVENTS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
"""Milestone events in order; the BLA is filed when review starts."""

FEES, STEPS, RUNNING, WORTH, RIGHTS = range(5)
"""Of licences of the technology, by quarter: fees, milestones, royalties; what they are worth, how many run."""

LATE, EARLY, OF_TECHNOLOGY = range(3)
"""Licences: after Phase 2, before it, and of the technology."""

# Lines of the ledger. Transfers of the deal first, then the rest of the programme.
(UPFRONT, EQUITY_PREMIUM, RESEARCH_FUNDING, EXTENSION_FUNDING, OPT_IN_FEES, MILESTONES, RETURNED_MILESTONES) = range(7)
(ROYALTIES, RETURNED_ROYALTIES, REVERSION_ROYALTIES, ROYALTY_FLOOR, SALES_MILESTONES) = range(7, 12)
(PROFIT_SHARING, COST_SHARING, FILING_SHARING, COPROMOTION_PROFIT, COPROMOTION_REFUND) = range(12, 17)
(LICENSE_UPFRONT, LICENSE_MILESTONES, LICENSE_ROYALTIES) = range(17, 20)
(NET_SALES, COGS, SELLING, LAUNCH_BUILD, LIFECYCLE) = range(20, 25)
(RESEARCH_COST, EXTENSION_RESEARCH, OWN_RESEARCH) = range(25, 28)
(PRECLINICAL_COST, PHASE_1_COST, PHASE_2_COST, PHASE_3_COST, LATE_MANUFACTURING, FILING) = range(28, 34)

_DEAL = (
    *("upfront", "equity_premium", "research_funding", "extension_funding", "opt_in_fees", "milestones"),
    *("returned_milestones", "royalties", "returned_royalties", "reversion_royalties", "royalty_floor"),
    *("sales_milestones", "profit_sharing", "cost_sharing", "filing_sharing"),
    *("copromotion_profit", "copromotion_refund"),
)
_PROGRAMME = (
    *("license_upfront", "license_milestones", "license_royalties"),
    *("net_sales", "cogs", "selling", "launch_build", "lifecycle"),
    *("research_cost", "extension_research", "own_research"),
    *("preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing", "filing"),
)
OF_COMMON = len(_PROGRAMME)
"""What is added to a line of the programme to make it that of a common candidate."""

DEAL_LINES, PROGRAMME_LINES = len(_DEAL), len(_DEAL) + len(_PROGRAMME)
"""Lines below the first are transfers of the deal, those below the second count as the programme."""

_FIRST = PROGRAMME_LINES + OF_COMMON
(TECHNOLOGY_FEES, TECHNOLOGY_MILESTONES, TECHNOLOGY_ROYALTIES, BASE_BURN, RIGHTS_SOLD) = range(_FIRST, _FIRST + 5)
(TAX, ISSUE_FEE, UNPAID_BILLS, EQUITY_RAISE, SHARE_PLACEMENT, PAID_TO_OWNERS) = range(_FIRST + 5, _FIRST + 11)

LINES = (
    *_DEAL,
    *_PROGRAMME,
    *(f"common_{line}" for line in _PROGRAMME),
    *("technology_fees", "technology_milestones", "technology_royalties", "base_burn", "rights_sold"),
    *("tax", "issue_fee", "unpaid_bills", "equity_raise", "share_placement", "paid_to_owners"),
)
"""The name of every line."""

CAPITAL_LINES = EQUITY_RAISE
"""Lines from this one on are money between the company and its owners: booked, but no part of its value."""

_START = {
    *("upfront", "equity_premium", "opt_in_fees", "milestones", "returned_milestones", "filing_sharing"),
    *("copromotion_refund", "license_upfront", "license_milestones", "filing", "technology_fees"),
    *("technology_milestones", "issue_fee", "equity_raise", "share_placement"),
}
AT_START = np.array([int(line.removeprefix("common_") in _START) for line in LINES])
"""(line,): 1 for what is paid at the start of a quarter, 0 at its middle."""

_UNTAXED = {"tax", "issue_fee", "unpaid_bills", "equity_raise", "share_placement", "paid_to_owners"}
TAXED = np.array([int(line not in _UNTAXED) for line in LINES])
"""(line,): 1 for what is income of the company, or a cost of its."""

# Terms of the deal, in the order of the exposures.
(T_UPFRONT, T_EQUITY, T_OPT_IN, T_PARTNER_ROYALTY, T_PROFIT_SHARE, T_FLOOR, T_COST_SHARE) = range(7)
(T_US_PROFIT, T_REFUND) = range(7, 9)
T_LADDERS = 9  # two ladders of seven steps, the full one first
T_RATES = T_LADDERS + 2 * len(EVENTS)
T_SALES_MILESTONES = T_RATES + MAX_TERMS
T_FUNDING = T_SALES_MILESTONES + MAX_TERMS
TERMS = T_FUNDING + 2 * MAX_TERMS

_RECURRING = {
    *("royalties", "returned_royalties", "copromotion_profit", "license_royalties", "technology_royalties"),
    *("profit_sharing", "cost_sharing", "net_sales", "cogs", "selling", "lifecycle"),
}
RECURS = np.array([int(line.removeprefix("common_") in _RECURRING) for line in LINES])
"""(line,): 1 for what comes in, or is borne, quarter by quarter, so that last quarter's is expected again."""

ROUNDING = float(np.sqrt(np.finfo(float).eps))
"""What sums of money may be off by, $ million: amounts no further apart are equal."""

TOLD = ("going_on", "winding_down", "need", "market_value", "new_shares", "paused", "closing_cash")
"""What management and the market saw in a quarter, in the order of `told`."""
GOING_ON, WINDING_DOWN, NEED, MARKET_VALUE, NEW_SHARES, PAUSED, CLOSING_CASH = range(7)
