"""The clauses of a deal, one function each, in the order of a term sheet: what one unit of a term pays, in which event.

A clause pays `term x unit`. The unit is real money of the valuation date; what a contract fixes is nominal, so it is
deflated here. A deal signed later may scale what it pays (`terms_factor`), research funding apart.
"""

from partnering.model.books import expose, pay, pay_for
from partnering.model.kernel import compiled
from partnering.model.names import (
    COMPANY,
    COST_SHARING,
    EQUITY_PREMIUM,
    EXTENSION_FUNDING,
    EXTENSION_RESEARCH,
    FILING_SHARING,
    LATE,
    MILESTONES,
    NEVER,
    OPT_IN_FEES,
    OTHERS,
    PARTNER,
    PROFIT_SHARING,
    RESEARCH_COST,
    RESEARCH_FUNDING,
    RETURNED_MILESTONES,
    RETURNED_ROYALTIES,
    REVERSION_ROYALTIES,
    ROYALTIES,
    ROYALTY_FLOOR,
    SALES_MILESTONES,
    SUPPLIERS,
    T_COST_SHARE,
    T_EQUITY,
    T_FLOOR,
    T_FUNDING,
    T_LADDERS,
    T_OPT_IN,
    T_PARTNER_ROYALTY,
    T_PROFIT_SHARE,
    T_RATES,
    T_SALES_MILESTONES,
    T_UPFRONT,
    UPFRONT,
)


@compiled
def pay_upfront(rules, book, q):
    """At signing the partner pays the upfront, and for its shares the part of the price above the market's."""
    unit = rules["real_start"][q] * rules["terms_factor"]
    expose(book, T_UPFRONT, UPFRONT, PARTNER, COMPANY, q, unit)
    pay(book, UPFRONT, PARTNER, COMPANY, q, rules["upfront"] * unit)
    unit *= rules["premium_part"]
    expose(book, T_EQUITY, EQUITY_PREMIUM, PARTNER, COMPANY, q, unit)
    pay(book, EQUITY_PREMIUM, PARTNER, COMPANY, q, rules["equity"] * unit)


@compiled
def pay_research(rules, contract, share, book, q):
    """The partner pays a quarter of the contract year's funding; the research costs the company a share of that."""
    year = contract["year"][q]
    if year < 0:
        return
    extension = year >= rules["committed"]
    line = EXTENSION_FUNDING if extension else RESEARCH_FUNDING
    unit = rules["real_mid"][q] / 4
    expose(book, T_FUNDING + year, line, PARTNER, COMPANY, q, unit)
    pay(book, line, PARTNER, COMPANY, q, rules["year_pays"][year] * unit)
    spent = EXTENSION_RESEARCH if extension else RESEARCH_COST
    pay(book, spent, COMPANY, SUPPLIERS, q, contract["funded"][q] * share)


@compiled
def pay_opt_in_fee(rules, book, c, q):
    """The partner pays a fee for each candidate it opts into."""
    unit = rules["real_start"][q] * rules["terms_factor"]
    expose(book, T_OPT_IN, OPT_IN_FEES, PARTNER, COMPANY, q, unit)
    pay_for(book, c, OPT_IN_FEES, PARTNER, COMPANY, q, rules["opt_in_fee"] * unit)


@compiled
def pay_milestone(rules, book, c, event, q):
    """The partner pays a step of the product's ladder once; whoever took up a returned product pays a share of it."""
    if q < c["taken"]:
        return
    ladder = 1 - c["full"]
    term, unit = T_LADDERS + 7 * ladder + event, rules["real_start"][q] * rules["terms_factor"]
    line, payer = MILESTONES, PARTNER
    if q >= c["resumed"]:
        line, payer, unit = RETURNED_MILESTONES, OTHERS, unit * rules["returned_share"]
    expose(book, term, line, payer, COMPANY, q, unit)
    pay_for(book, c, line, payer, COMPANY, q, rules["ladder"][ladder, event] * unit)


@compiled
def tier_slice(before, now, low, high):
    """Return the part of sales that lies in a tier, given what was sold before in the contract year; all nominal."""
    return min(max(before + now, low), high) - min(max(before, low), high)


@compiled
def pay_royalties(rules, book, c, q, sales, scale):
    """The seller pays each tier's rate on the sales that lie in it; a returned product pays a share of that.

    A profit share replaces what the partner would pay. Whoever took up a returned product pays the partner a royalty.
    """
    returned, real = c["resumed"] < NEVER, rules["real_mid"][q]
    line, payer = (RETURNED_ROYALTIES, OTHERS) if returned else (ROYALTIES, PARTNER)
    if returned:
        scale *= rules["returned_share"]
        unit = sales * rules["terms_factor"]
        expose(book, T_PARTNER_ROYALTY, REVERSION_ROYALTIES, OTHERS, PARTNER, q, unit)
        pay_for(book, c, REVERSION_ROYALTIES, OTHERS, PARTNER, q, rules["partner_royalty"] * unit)
    elif rules["profit_share"] > 0:
        return
    for tier in range(rules["tiers"]):
        low, high = rules["threshold"][tier], rules["threshold"][tier + 1]
        unit = tier_slice(c["year_sales"], sales / real, low, high) * real * scale * rules["terms_factor"]
        if unit > 0:
            expose(book, T_RATES + tier, line, payer, COMPANY, q, unit)
            pay_for(book, c, line, payer, COMPANY, q, rules["tier_rate"][tier] * unit)


@compiled
def royalty_of(rules, before, now):
    """Return the royalty on sales at the tiers' rates, given what was sold before in the contract year; all nominal."""
    owed = 0.0
    for tier in range(rules["tiers"]):
        low, high = rules["threshold"][tier], rules["threshold"][tier + 1]
        owed += rules["tier_rate"][tier] * tier_slice(before, now, low, high)
    return owed


@compiled
def pay_floor(rules, book, c, q, royalty, left):
    """At the end of a full contract year the partner pays what its royalty fell short of the least; all nominal."""
    short = rules["floor"] * left - c["year_royalty"] - royalty
    if q % 4 == 3 and q - c["launch"] >= 3 and short > 0:
        unit = short * rules["real_mid"][q] / rules["floor"] * rules["terms_factor"]
        expose(book, T_FLOOR, ROYALTY_FLOOR, PARTNER, COMPANY, q, unit)
        pay_for(book, c, ROYALTY_FLOOR, PARTNER, COMPANY, q, rules["floor"] * unit)


@compiled
def pay_sales_milestones(rules, book, c, q, sales):
    """The partner pays each sales milestone once, with the sales that first reach it in a contract year."""
    reached = c["year_sales"] + sales / rules["real_mid"][q]
    for step in range(rules["steps"]):
        if reached >= rules["step_at"][step] and (c["steps_paid"] >> step) & 1 == 0:
            c["steps_paid"] |= 1 << step
            unit = rules["real_mid"][q] * rules["terms_factor"]
            expose(book, T_SALES_MILESTONES + step, SALES_MILESTONES, PARTNER, COMPANY, q, unit)
            pay_for(book, c, SALES_MILESTONES, PARTNER, COMPANY, q, rules["step_pays"][step] * unit)


@compiled
def pay_profit_share(rules, book, c, q, profit):
    """The partner shares the profit on what it sells, for as long as it sells."""
    unit = profit * rules["terms_factor"]
    expose(book, T_PROFIT_SHARE, PROFIT_SHARING, PARTNER, COMPANY, q, unit)
    pay_for(book, c, PROFIT_SHARING, PARTNER, COMPANY, q, rules["profit_share"] * unit)


@compiled
def share_cost(rules, book, c, filing, q, amount):
    """The company bears a share of what the partner spends on developing a product."""
    line = FILING_SHARING if filing else COST_SHARING
    c["partner_spent"] += amount * (1 - rules["cost_share"])
    expose(book, T_COST_SHARE, line, COMPANY, PARTNER, q, amount)
    pay_for(book, c, line, COMPANY, PARTNER, q, rules["cost_share"] * amount)


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
