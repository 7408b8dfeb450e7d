"""What a candidate pays and brings in a quarter: events at its start; development, sales and royalties over it."""

from partnering.model.books import expose, pay_for
from partnering.model.candidate import developer, read, runner
from partnering.model.deal import (
    license_milestone,
    license_upfront,
    pay_floor,
    pay_milestone,
    pay_opt_in_fee,
    pay_profit_share,
    pay_royalties,
    pay_sales_milestones,
    royalty_of,
    share_cost,
)
from partnering.model.kernel import compiled
from partnering.model.names import (
    COGS,
    COMPANY,
    COPROMOTION_PROFIT,
    COPROMOTION_REFUND,
    FILING,
    LATE,
    LATE_MANUFACTURING,
    LAUNCH_BUILD,
    LICENSE_MILESTONES,
    LICENSE_ROYALTIES,
    LICENSE_UPFRONT,
    LIFECYCLE,
    MARKET,
    NET_SALES,
    NEVER,
    NONE,
    OF_TECHNOLOGY,
    OTHERS,
    PARTNER,
    PHASE_1,
    PHASE_3,
    PRECLINICAL_COST,
    REVIEW,
    SELLING,
    SUPPLIERS,
    T_REFUND,
    T_US_PROFIT,
    TECHNOLOGY,
    TECHNOLOGY_FEES,
    TECHNOLOGY_MILESTONES,
    TECHNOLOGY_ROYALTIES,
)
from partnering.model.sales import net_sales

EU, JAPAN = 5, 6


@compiled
def licensed_in(c):
    """Return the quarter a licence of a candidate is signed, NEVER if none is."""
    return c["taken"] if c["origin"] == TECHNOLOGY else c["signed"]


@compiled
def licence_kind(rules, c):
    """Return whose terms a licence has: kept candidates are licensed after Phase 2 whatever the strategy."""
    if c["origin"] == TECHNOLOGY:
        return OF_TECHNOLOGY
    return LATE if c["common"] == 1 else rules["licence_kind"]


@compiled
def pay_events(rules, future, book, c, q):
    """Pay what falls due at the start of a quarter: filing, milestones, fees, licences."""
    if c["here"] >= PHASE_1 and c["start"][c["here"]] == q:
        if c["here"] == REVIEW:
            pay_filing(rules, book, c, q)
        pay_event(rules, future, book, c, c["here"] - 1, q)
    if c["here"] == MARKET:
        if c["start"][MARKET] == q:
            _co_promote(rules, book, c, q)
        if c["start"][MARKET] + rules["eu_after"] == q:
            pay_event(rules, future, book, c, EU, q)
        if c["start"][MARKET] + rules["japan_after"] == q:
            pay_event(rules, future, book, c, JAPAN, q)
    if c["taken"] == q and c["next"] == NONE:
        if c["collaboration"] == 1 and rules["option"] != NONE:
            pay_opt_in_fee(rules, book, c, q)
        if licensed_in(c) == q and c["in_force"] == 0:
            kind = licence_kind(rules, c)
            line = TECHNOLOGY_FEES if kind == OF_TECHNOLOGY else LICENSE_UPFRONT
            pay_for(book, c, line, OTHERS, COMPANY, q, license_upfront(future, c, kind))


@compiled
def pay_event(rules, future, book, c, event, q):
    """Pay what the deal and a licence pay for an event."""
    if c["collaboration"] == 1:
        pay_milestone(rules, book, c, event, q)
    signed = licensed_in(c)
    if signed < NEVER and q >= signed + c["in_force"]:
        kind = licence_kind(rules, c)
        line = TECHNOLOGY_MILESTONES if kind == OF_TECHNOLOGY else LICENSE_MILESTONES
        pay_for(book, c, line, OTHERS, COMPANY, q, license_milestone(rules, future, c, kind, event, q - signed))


@compiled
def pay_filing(rules, book, c, q):
    """Whoever runs a candidate pays for the filing as its review starts."""
    party = runner(c, REVIEW)
    if c["origin"] == TECHNOLOGY:
        return
    amount = c["filing"][int(party != COMPANY)]
    pay_for(book, c, FILING, party, SUPPLIERS, q, amount)
    if party == PARTNER:
        share_cost(rules, book, c, True, q, amount)


@compiled
def _co_promote(rules, book, c, q):
    """At approval the company takes its share of the US business if the forecast promises more than the refund costs."""
    if rules["offered"] == 0 or c["collaboration"] == 0 or c["launch"] >= rules["horizon"] or c["seller"] != PARTNER:
        return
    if c["promise"] >= rules["refund_share"] * c["partner_spent"]:
        c["opted"] = 1
        expose(book, T_REFUND, COPROMOTION_REFUND, COMPANY, PARTNER, q, c["partner_spent"])
        amount = rules["refund_share"] * c["partner_spent"]
        pay_for(book, c, COPROMOTION_REFUND, COMPANY, PARTNER, q, amount)


@compiled
def develop(rules, book, c, q):
    """Pay for a quarter of the stage a candidate is in: whoever develops it, evenly over the stage."""
    stage = c["here"]
    if stage == MARKET or c["origin"] == TECHNOLOGY or q >= c["end"][stage]:
        return
    party = developer(c, q)
    if party == NONE:
        return
    firm = int(party != COMPANY)
    if stage <= PHASE_3:
        _spend(rules, book, c, PRECLINICAL_COST + stage, party, q, c["trial"][firm, stage])
    if stage >= PHASE_3:
        _spend(rules, book, c, LATE_MANUFACTURING, party, q, c["late"][firm, stage - PHASE_3])


@compiled
def _spend(rules, book, c, line, party, q, amount):
    pay_for(book, c, line, party, SUPPLIERS, q, amount)
    if party == PARTNER:
        share_cost(rules, book, c, False, q, amount)


@compiled
def trade(rules, future, book, c, q):
    """Sell a product for a quarter: sales and their costs, then what the contracts pay on them."""
    sales, seller = net_sales(rules, future, c, q), c["seller"]
    c["sold"] = sales
    if c["origin"] == TECHNOLOGY:
        if q - c["launch"] < future["royalty_term"]:
            pay_for(book, c, TECHNOLOGY_ROYALTIES, OTHERS, COMPANY, q, sales * future["royalty"][OF_TECHNOLOGY])
        return
    pay_for(book, c, NET_SALES, SUPPLIERS, seller, q, sales)
    pay_for(book, c, COGS, seller, SUPPLIERS, q, sales * c["cogs"])
    pay_for(book, c, SELLING, seller, SUPPLIERS, q, selling_cost(future, sales, q - c["launch"], seller == COMPANY))
    pay_for(book, c, LIFECYCLE, seller, SUPPLIERS, q, lifecycle_cost(rules, sales, q - c["launch"]))
    if seller == COMPANY and q - c["launch"] < 4:
        pay_for(book, c, LAUNCH_BUILD, COMPANY, SUPPLIERS, q, future["launch_build"] / 4)
    if c["signed"] < NEVER and q - c["launch"] < future["royalty_term"]:
        royalty = sales * future["royalty"][licence_kind(rules, c)]
        pay_for(book, c, LICENSE_ROYALTIES, OTHERS, COMPANY, q, royalty)
    if c["collaboration"] == 1 and seller != COMPANY:
        pay_on_sales(rules, future, book, c, q, sales)


@compiled
def selling_cost(future, sales, since, own):
    """Return what selling costs: a share of sales; for the company at least its floor, nothing while it launches."""
    share = sales * future["selling"]
    if not own:
        return share
    return 0.0 if since < 4 else max(share, future["selling_floor"] / 4)


@compiled
def lifecycle_cost(rules, sales, since):
    """Return lifecycle development: a share of sales in a product's first years."""
    return sales * rules["lifecycle_rate"] if since < rules["lifecycle"] else 0.0


@compiled
def pay_on_sales(rules, future, book, c, q, sales):
    """Pay what the deal pays on a quarter's sales: royalty or profit share, least royalty, sales milestones."""
    if q % 4 == 0:
        c["year_sales"] = c["year_royalty"] = 0.0
    nominal, in_term = sales / rules["real_mid"][q], q - c["launch"] < future["royalty_term"]
    left = 1 - c["opted"] * rules["us_profit"] * rules["us_share"]
    scale = future["royalty_scale"] * left
    if q >= c["loss_of_exclusivity"]:
        scale *= rules["step_down"]
    if in_term:
        pay_royalties(rules, book, c, q, sales, scale)
    if c["seller"] == PARTNER:
        costs = sales * c["cogs"] + selling_cost(future, sales, q - c["launch"], False)
        profit = sales - costs - lifecycle_cost(rules, sales, q - c["launch"])
        pay_sales_milestones(rules, book, c, q, sales)
        if rules["profit_share"] > 0:
            pay_profit_share(rules, book, c, q, profit * left)
        elif rules["floor"] > 0:
            royalty = royalty_of(rules, c["year_sales"], nominal) * scale
            if in_term:
                pay_floor(rules, book, c, q, royalty, left)
            c["year_royalty"] += royalty
        if c["opted"]:
            unit = rules["us_share"] * profit
            expose(book, T_US_PROFIT, COPROMOTION_PROFIT, PARTNER, COMPANY, q, unit)
            pay_for(book, c, COPROMOTION_PROFIT, PARTNER, COMPANY, q, rules["us_profit"] * unit)
    c["year_sales"] += nominal


@compiled
def promised(beliefs, c):
    """Return what co-promotion is believed to move to the company, given the forecast, before the refund."""
    return read(beliefs.opting_in[c["kind"]], beliefs.place, c["forecast"])
