"""The clauses of a deal, one function each, in the order of a term sheet: what one unit of a term pays, in which event.

A clause pays `term x unit`. The unit is real money of the valuation date; what a contract fixes is nominal, so it is
deflated here. A deal signed later may scale what it pays (`terms_factor`), research funding apart.
"""

from partnering.model import lines
from partnering.model.books import expose, pay, pay_term
from partnering.model.kernel import compiled
from partnering.model.parties import COMPANY, OTHERS, PARTNER, SUPPLIERS
from partnering.model.stages import NEVER
from partnering.model.views import LATE


@compiled
def pay_due(rules, book, term, line, q, unit):
    """Let the partner pay the company a term that is due for no candidate in particular."""
    expose(book, term, line, PARTNER, COMPANY, q, unit)
    pay(book, line, PARTNER, COMPANY, q, rules["term"][term] * unit)


@compiled
def pay_upfront(rules, book, q):
    """At signing the partner pays the upfront, and for its shares the part of the price above the market's."""
    unit = rules["real_start"][q] * rules["terms_factor"]
    pay_due(rules, book, lines.T_UPFRONT, lines.UPFRONT, q, unit)
    pay_due(rules, book, lines.T_EQUITY, lines.EQUITY_PREMIUM, q, unit * rules["premium_part"])


@compiled
def pay_research(rules, contract, share, book, q):
    """The partner pays a quarter of the contract year's funding; the research costs the company a share of that."""
    year = contract["year"][q]
    if year < 0:
        return
    extension = year >= rules["committed"]
    line = lines.EXTENSION_FUNDING if extension else lines.RESEARCH_FUNDING
    pay_due(rules, book, lines.T_FUNDING + year, line, q, rules["real_mid"][q] / 4)
    spent = lines.EXTENSION_RESEARCH if extension else lines.RESEARCH_COST
    pay(book, spent, COMPANY, SUPPLIERS, q, contract["funded"][q] * share)


@compiled
def pay_opt_in_fee(rules, book, c, q):
    """The partner pays a fee for each candidate it opts into."""
    unit = rules["real_start"][q] * rules["terms_factor"]
    pay_term(rules, book, c, lines.T_OPT_IN, lines.OPT_IN_FEES, PARTNER, q, unit)


@compiled
def pay_milestone(rules, book, c, event, q):
    """The partner pays a step of the product's ladder once; whoever took up a returned product pays a share of it."""
    if q < c["taken"]:
        return
    ladder = 1 - c["full"]
    term, unit = lines.T_LADDERS + 7 * ladder + event, rules["real_start"][q] * rules["terms_factor"]
    line, payer = lines.MILESTONES, PARTNER
    if q >= c["resumed"]:
        line, payer, unit = lines.RETURNED_MILESTONES, OTHERS, unit * rules["returned_share"]
    pay_term(rules, book, c, term, line, payer, q, unit)


@compiled
def tier_slice(before, now, low, high):
    """Return the part of sales that lies in a tier, given what was sold before in the contract year; all nominal."""
    return min(max(before + now, low), high) - min(max(before, low), high)


@compiled
def pay_royalties(rules, book, c, q, sales, scale):
    """The seller pays each tier's rate on the sales that lie in it, nominal; returns what it owes for the quarter.

    A returned product pays a share of that, and a royalty to the partner. A profit share replaces what the partner
    would pay.
    """
    returned, real, owed = c["resumed"] < NEVER, rules["real_mid"][q], 0.0
    line, payer = (lines.RETURNED_ROYALTIES, OTHERS) if returned else (lines.ROYALTIES, PARTNER)
    if returned:
        scale *= rules["returned_share"]
        unit = sales * rules["terms_factor"]
        pay_term(rules, book, c, lines.T_PARTNER_ROYALTY, lines.REVERSION_ROYALTIES, OTHERS, q, unit)
    elif rules["term"][lines.T_PROFIT_SHARE] > 0:
        return owed
    for tier in range(rules["tiers"]):
        low, high = rules["threshold"][tier], rules["threshold"][tier + 1]
        taken = tier_slice(c["year_sales"], sales / real, low, high) * scale
        owed += rules["term"][lines.T_RATES + tier] * taken
        if taken > 0:
            unit = taken * real * rules["terms_factor"]
            pay_term(rules, book, c, lines.T_RATES + tier, line, payer, q, unit)
    return owed


@compiled
def pay_floor(rules, book, c, q, left):
    """At the end of a full contract year the partner pays what its royalty fell short of the least; all nominal."""
    short = rules["term"][lines.T_FLOOR] * left - c["year_royalty"]
    if q % 4 == 3 and q - c["launch"] >= 3 and short > 0:
        unit = short * rules["real_mid"][q] / rules["term"][lines.T_FLOOR] * rules["terms_factor"]
        pay_term(rules, book, c, lines.T_FLOOR, lines.ROYALTY_FLOOR, PARTNER, q, unit)


@compiled
def pay_sales_milestones(rules, book, c, q, sales):
    """The partner pays each sales milestone once, with the sales that first reach it in a contract year."""
    reached = c["year_sales"] + sales / rules["real_mid"][q]
    for step in range(rules["steps"]):
        if reached >= rules["step_at"][step] and (c["steps_paid"] >> step) & 1 == 0:
            c["steps_paid"] |= 1 << step
            unit = rules["real_mid"][q] * rules["terms_factor"]
            pay_term(rules, book, c, lines.T_SALES_MILESTONES + step, lines.SALES_MILESTONES, PARTNER, q, unit)


@compiled
def pay_profit_share(rules, book, c, q, profit):
    """The partner shares the profit on what it sells, for as long as it sells."""
    unit = profit * rules["terms_factor"]
    pay_term(rules, book, c, lines.T_PROFIT_SHARE, lines.PROFIT_SHARING, PARTNER, q, unit)


@compiled
def share_cost(rules, book, c, filing, q, amount):
    """The company bears a share of what the partner spends on developing a product."""
    line = lines.FILING_SHARING if filing else lines.COST_SHARING
    c["partner_spent"] += amount * (1 - rules["term"][lines.T_COST_SHARE])
    pay_term(rules, book, c, lines.T_COST_SHARE, line, COMPANY, q, amount)


@compiled
def license_upfront(future, c, kind):
    """Return what a licensee pays at signing, for the part of the world it takes; after Phase 2, by the forecast."""
    upfront = future["upfront"][kind] * c["territory"]
    return upfront * c["forecast_ratio"] ** future["elasticity"] if kind == LATE else upfront


@compiled
def license_milestone(rules, future, c, kind, event, quarters):
    """Return a licence's milestone: fixed in the licence's own money at its signing so many quarters before."""
    total = future["milestones"][kind] * c["territory"]
    return rules["milestone_shares"][kind, event] * total * rules["real_start"][quarters]
