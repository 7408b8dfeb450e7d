"""What a candidate pays and brings in a quarter: events at its start; development, sales and royalties over it."""

from partnering.model import deal, lines
from partnering.model.books import pay_for, pay_term
from partnering.model.candidate import developer, read, runner
from partnering.model.kernel import compiled
from partnering.model.origins import TECHNOLOGY
from partnering.model.parties import COMPANY, OTHERS, PARTNER, SUPPLIERS
from partnering.model.plan import paid_by_others
from partnering.model.sales import net_sales
from partnering.model.stages import MARKET, NEVER, NONE, PHASE_1, PHASE_3, REVIEW
from partnering.model.views import OF_TECHNOLOGY

EU, JAPAN = 5, 6


@compiled
def licensed_in(c):
    """Return the quarter a licence of a candidate is signed, NEVER if none is."""
    return c["taken"] if c["origin"] == TECHNOLOGY else c["signed"]


@compiled
def licence_kind(c):
    """Return whose terms a licence has: of the technology, signed at the IND, or after Phase 2."""
    return OF_TECHNOLOGY if c["origin"] == TECHNOLOGY else c["licence"]


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
            deal.pay_opt_in_fee(rules, book, c, q)
        if licensed_in(c) == q and c["in_force"] == 0:
            kind = licence_kind(c)
            line = lines.TECHNOLOGY_FEES if kind == OF_TECHNOLOGY else lines.LICENSE_UPFRONT
            pay_for(book, c, line, OTHERS, COMPANY, q, deal.license_upfront(future, c, kind))


@compiled
def pay_event(rules, future, book, c, event, q):
    """Pay what the deal and a licence pay for an event."""
    if c["collaboration"] == 1:
        deal.pay_milestone(rules, book, c, event, q)
    signed = licensed_in(c)
    if signed < NEVER and q >= signed + c["in_force"]:
        kind = licence_kind(c)
        line = lines.TECHNOLOGY_MILESTONES if kind == OF_TECHNOLOGY else lines.LICENSE_MILESTONES
        pay_for(book, c, line, OTHERS, COMPANY, q, deal.license_milestone(rules, future, c, kind, event, q - signed))


@compiled
def pay_filing(rules, book, c, q):
    """Whoever runs a candidate pays for the filing as its review starts."""
    party = runner(c, REVIEW)
    if c["outside"] == 1:
        return
    amount = c["filing"][int(party != COMPANY)]
    pay_for(book, c, lines.FILING, party, SUPPLIERS, q, amount)
    if party == PARTNER:
        deal.share_cost(rules, book, c, True, q, amount)


@compiled
def _co_promote(rules, book, c, q):
    """At approval the company takes its share of the US business if the forecast promises more than the refund."""
    if rules["offered"] == 0 or c["collaboration"] == 0 or c["launch"] >= rules["horizon"] or c["seller"] != PARTNER:
        return
    if c["promise"] >= rules["term"][lines.T_REFUND] * c["partner_spent"]:
        c["opted"] = 1
        pay_term(rules, book, c, lines.T_REFUND, lines.COPROMOTION_REFUND, COMPANY, q, c["partner_spent"])


@compiled
def develop(rules, book, c, q):
    """Pay for a quarter of the stage a candidate is in: whoever develops it, evenly over the stage."""
    stage = c["here"]
    if stage == MARKET or c["outside"] == 1 or q >= c["end"][stage]:
        return
    party = developer(c, q)
    if party == NONE:
        return
    firm = int(party != COMPANY)
    if paid_by_others(c, stage):
        party = OTHERS
    if stage <= PHASE_3:
        _spend(rules, book, c, lines.PRECLINICAL + stage, party, q, c["trial"][firm, stage])
    if stage >= PHASE_3:
        _spend(rules, book, c, lines.LATE_MANUFACTURING, party, q, c["late"][firm, stage - PHASE_3])


@compiled
def _spend(rules, book, c, line, party, q, amount):
    pay_for(book, c, line, party, SUPPLIERS, q, amount)
    if party == PARTNER:
        deal.share_cost(rules, book, c, False, q, amount)


@compiled
def trade(rules, future, book, c, q):
    """Sell a product for a quarter: sales and their costs, then what the contracts pay on them."""
    sales, seller = net_sales(rules, future, c, q), c["seller"]
    c["sold"] = sales
    if c["origin"] == TECHNOLOGY and q - c["launch"] < future["royalty_term"]:
        pay_for(book, c, lines.TECHNOLOGY_ROYALTIES, OTHERS, COMPANY, q, sales * future["royalty"][OF_TECHNOLOGY])
    if c["outside"] == 1:
        return
    pay_for(book, c, lines.NET_SALES, SUPPLIERS, seller, q, sales)
    pay_for(book, c, lines.COGS, seller, SUPPLIERS, q, sales * c["cogs"])
    since = q - c["launch"]
    pay_for(book, c, lines.SELLING, seller, SUPPLIERS, q, selling_cost(future, sales, since, seller == COMPANY))
    pay_for(book, c, lines.LIFECYCLE, seller, SUPPLIERS, q, lifecycle_cost(rules, sales, since))
    if seller == COMPANY and since < 4:
        pay_for(book, c, lines.LAUNCH_BUILD, COMPANY, SUPPLIERS, q, future["launch_build"] / 4)
    if c["signed"] < NEVER and since < future["royalty_term"]:
        royalty = sales * future["royalty"][licence_kind(c)]
        pay_for(book, c, lines.LICENSE_ROYALTIES, OTHERS, COMPANY, q, royalty)
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
    in_term = q - c["launch"] < future["royalty_term"]
    left = 1 - c["opted"] * rules["term"][lines.T_US_PROFIT] * rules["us_share"]
    scale = future["royalty_scale"] * left
    if q >= c["loss_of_exclusivity"]:
        scale *= rules["step_down"]
    c["year_royalty"] += deal.pay_royalties(rules, book, c, q, sales, scale) if in_term else 0.0
    if c["seller"] == PARTNER:
        costs = sales * c["cogs"] + selling_cost(future, sales, q - c["launch"], False)
        profit = sales - costs - lifecycle_cost(rules, sales, q - c["launch"])
        deal.pay_sales_milestones(rules, book, c, q, sales)
        if rules["term"][lines.T_PROFIT_SHARE] > 0:
            deal.pay_profit_share(rules, book, c, q, profit * left)
        elif rules["term"][lines.T_FLOOR] > 0 and in_term:
            deal.pay_floor(rules, book, c, q, left)
        if c["opted"]:
            unit = rules["us_share"] * profit * rules["terms_factor"]
            pay_term(rules, book, c, lines.T_US_PROFIT, lines.COPROMOTION_PROFIT, PARTNER, q, unit)
    c["year_sales"] += sales / rules["real_mid"][q]


@compiled
def promised(beliefs, c):
    """Return what co-promotion is believed to move to the company, given the forecast, before the refund."""
    return read(beliefs.opting_in[c["kind"]], beliefs.place, c["forecast"])
