"""Lines of the ledger and terms of the deal, as plain numbers that the kernel reads."""

import numpy as np

from partnering.inputs.lines import LEDGER
from partnering.inputs.units import LONGEST_LIST
from partnering.model.stages import EVENTS

LINES = tuple(line.name for line in LEDGER)
"""The name of every line. Its place is a constant of this module by the same name: `lines.NET_SALES`."""

globals().update({name.upper(): place for place, name in enumerate(LINES)})


def __getattr__(name: str) -> int:
    """Say that there is no such line; it is asked only for what the ledger does not have."""
    raise AttributeError(f"the ledger has no line {name.lower()!r}")


DEAL_LINES, OF_COMMON = (sum(line.part == part for line in LEDGER) for part in ("deal", "programme"))
"""Lines below the first are transfers of the deal; the second leads from a line of the programme to its twin, for a
candidate kept in every strategy."""

PROGRAMME_LINES = DEAL_LINES + OF_COMMON
"""Lines below this one count as the programme."""

CAPITAL_LINES = len(LEDGER) - sum(line.part == "capital" for line in LEDGER)
"""Lines from this one on are money between the company and its owners: booked, but no part of its value."""

AT_START, TAXED, RECURS, SURE = (
    np.array([int(getattr(line, about)) for line in LEDGER]) for about in ("start", "taxed", "recurs", "sure")
)
"""(line,): 1 for what is paid at the start of a quarter; is income, or a cost, of the company; is expected again; is
committed or fixed."""

EVENTS_OF_LINES = ("", "dosed", "taken", "licensed", "resumed", "approved", "launch", "licensed sale", "resumed sale")
NO_EVENT, DOSED, TAKEN, LICENSED, RESUMED, APPROVED, LAUNCHED, LICENSED_SALE, RESUMED_SALE = range(len(EVENTS_OF_LINES))
EVENT = np.array([EVENTS_OF_LINES.index(line.event) for line in LEDGER])
"""(line,): the event of a candidate before which nothing may be paid under a line."""

# Terms of the deal by their place among the exposures. A term is the leaf of the same path, or each value of its list.
TERM_LEAVES: dict[str, int] = {}
"""The place of a leaf's first value."""

_lengths: list[int] = []


def _term(path: str, length: int = 1) -> int:
    """Return the place of a term, the next one that is free."""
    TERM_LEAVES[path] = place = sum(_lengths)
    _lengths.append(length)
    return place


T_UPFRONT = _term("deal.upfront_musd")
T_EQUITY = _term("deal.equity.amount_musd")
T_OPT_IN = _term("deal.opt_in.fee_musd")
T_PARTNER_ROYALTY = _term("deal.termination.partner_royalty_rate")
T_PROFIT_SHARE = _term("deal.sharing.profit_share")
T_FLOOR = _term("deal.royalty.floor_musd")
T_COST_SHARE = _term("deal.sharing.cost_share")
T_US_PROFIT = _term("deal.copromotion.us_profit_share")
T_REFUND = _term("deal.copromotion.opt_in_cost_share")
T_LADDERS, _ = (_term(f"deal.ladder_{ladder}", len(EVENTS)) for ladder in ("full", "short"))
T_RATES = _term("deal.royalty.rates", LONGEST_LIST)
T_SALES_MILESTONES = _term("deal.sales_milestones.amounts_musd", LONGEST_LIST)
T_FUNDING = _term("deal.research_schedule_musd", 2 * LONGEST_LIST)  # and the years of extensions
TERMS = sum(_lengths)
