"""Lines of the ledger and terms of the deal, as plain numbers: who is paid for what, when, and whether it is taxed."""

import numpy as np

from partnering.inputs.units import LONGEST_LIST
from partnering.model.stages import EVENTS

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
T_SALES_MILESTONES = T_RATES + LONGEST_LIST
T_FUNDING = T_SALES_MILESTONES + LONGEST_LIST
TERMS = T_FUNDING + 2 * LONGEST_LIST

_RECURRING = {
    *("royalties", "returned_royalties", "copromotion_profit", "license_royalties", "technology_royalties"),
    *("profit_sharing", "cost_sharing", "net_sales", "cogs", "selling", "lifecycle"),
}
RECURS = np.array([int(line.removeprefix("common_") in _RECURRING) for line in LINES])
"""(line,): 1 for what comes in, or is borne, quarter by quarter, so that last quarter's is expected again."""
