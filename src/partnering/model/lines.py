"""Lines of the ledger and terms of the deal, as plain numbers: who is paid for what, when, and whether it is taxed."""

import numpy as np

from partnering.inputs.lines import LEDGER
from partnering.inputs.units import LONGEST_LIST
from partnering.model.stages import EVENTS

# Lines of the ledger by their place in it.
(UPFRONT, EQUITY_PREMIUM, RESEARCH_FUNDING, EXTENSION_FUNDING, OPT_IN_FEES, MILESTONES, RETURNED_MILESTONES) = range(7)
(ROYALTIES, RETURNED_ROYALTIES, REVERSION_ROYALTIES, ROYALTY_FLOOR, SALES_MILESTONES) = range(7, 12)
(PROFIT_SHARING, COST_SHARING, FILING_SHARING, COPROMOTION_PROFIT, COPROMOTION_REFUND) = range(12, 17)
(LICENSE_UPFRONT, LICENSE_MILESTONES, LICENSE_ROYALTIES) = range(17, 20)
(NET_SALES, COGS, SELLING, LAUNCH_BUILD, LIFECYCLE) = range(20, 25)
(RESEARCH_COST, EXTENSION_RESEARCH, OWN_RESEARCH) = range(25, 28)
(PRECLINICAL_COST, PHASE_1_COST, PHASE_2_COST, PHASE_3_COST, LATE_MANUFACTURING, FILING) = range(28, 34)

LINES = tuple(line.name for line in LEDGER)
"""The name of every line."""

DEAL_LINES, OF_COMMON = (sum(line.part == part for line in LEDGER) for part in ("deal", "programme"))
"""Lines below the first are transfers of the deal; the second leads from a line of the programme to its twin, for a
candidate kept in every strategy."""

PROGRAMME_LINES = DEAL_LINES + OF_COMMON
"""Lines below this one count as the programme."""

_FIRST = PROGRAMME_LINES + OF_COMMON
(TECHNOLOGY_FEES, TECHNOLOGY_MILESTONES, TECHNOLOGY_ROYALTIES, BASE_BURN, RIGHTS_SOLD) = range(_FIRST, _FIRST + 5)
(TAX, ISSUE_FEE, UNPAID_BILLS, EQUITY_RAISE, SHARE_PLACEMENT, PAID_TO_OWNERS) = range(_FIRST + 5, _FIRST + 11)
CAPITAL_LINES = EQUITY_RAISE
"""Lines from this one on are money between the company and its owners: booked, but no part of its value."""

AT_START, TAXED, RECURS = (
    np.array([int(getattr(line, about)) for line in LEDGER]) for about in ("start", "taxed", "recurs")
)
"""(line,): 1 for what is paid at the start of a quarter; is income, or a cost, of the company; is expected again."""

# Terms of the deal, in the order of the exposures.
(T_UPFRONT, T_EQUITY, T_OPT_IN, T_PARTNER_ROYALTY, T_PROFIT_SHARE, T_FLOOR, T_COST_SHARE) = range(7)
(T_US_PROFIT, T_REFUND) = range(7, 9)
T_LADDERS = 9  # two ladders of seven steps, the full one first
T_RATES = T_LADDERS + 2 * len(EVENTS)
T_SALES_MILESTONES = T_RATES + LONGEST_LIST
T_FUNDING = T_SALES_MILESTONES + LONGEST_LIST
TERMS = T_FUNDING + 2 * LONGEST_LIST
