"""How a company sells: one candidate, all of them on the day, or everything at its end."""

from partnering.model import lines, money, portfolio
from partnering.model.books import pay
from partnering.model.kernel import compiled
from partnering.model.origins import LEAD
from partnering.model.parties import COMPANY, OTHERS, SUPPLIERS
from partnering.model.stages import NEVER
from partnering.model.views import PRETAX, SELLS_EVERYTHING, SETTLED


@compiled
def sell_today(rules, contract, future, firm, book, work, active, q):
    """Sell all candidates on the day, keeping no rights in them; one that winds up sells its licences too."""
    whole = rules["sells"] == SELLS_EVERYTHING
    for place in range(firm["active"]):
        c = work[active[place]]
        if firm["view"] != PRETAX or c["common"] == 0:
            money.sell_at_price(rules, future, book, c, q)
    if firm["view"] != PRETAX:
        dismissed = 1.0
        if whole:
            price = money.price_of_licences(rules, contract, firm, q)
            pay(book, lines.LICENCES_SOLD, OTHERS, COMPANY, q, future["kept"] * price)
        elif future["full_burn"] > 0:
            goes_on = future["licensing_burn"] if contract["licensing_until"] > 0 else future["rights_burn"]
            dismissed = max(1 - goes_on / future["full_burn"], 0.0)
        pay(book, lines.WIND_UP_COST, COMPANY, SUPPLIERS, q, future["wind_up_cost"] * dismissed)
    let_all_go(firm, work, active, q, 2 * q + 1, rules["horizon"])
    if whole:
        firm["ended"] = 2 * q + 1


@compiled
def wind_up(rules, future, firm, book, q):
    """Pay what a company that has sold everything still owes: burn of two quarters, then tax and its owners."""
    if q < 2:
        pay(book, lines.BASE_BURN, COMPANY, SUPPLIERS, q, future["full_burn"] / (4 if q == 0 else 8))
    if q == SETTLED - 1:
        money.settle(rules, future, firm, book, q)


@compiled
def sell(rules, future, book, c, q):
    """Sell a candidate from the middle of the quarter on; one without a price is stopped."""
    money.sell_at_price(rules, future, book, c, q)
    portfolio.let_go(c, q, 2 * q + 1, rules["horizon"])
    if c["sold_for"] <= 0:
        c["stopped"] = c["until"]


@compiled
def end(rules, contract, future, firm, book, work, active, q, moment):
    """End the company: sell all it has, settle the tax, hand what is left to its owners; leads not found never are."""
    money.sell_all(rules, contract, future, firm, book, work, active, firm["forced"] == 1, q)
    money.settle(rules, future, firm, book, q)
    firm["ended"] = moment
    let_all_go(firm, work, active, q, moment, rules["horizon"])


@compiled
def let_all_go(firm, work, active, q, moment, horizon):
    """Hand over every candidate from a moment on; leads not found by then never are."""
    kept = 0
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["origin"] == LEAD and (c["found"] == NEVER or 2 * c["found"] + 1 >= moment):
            c["gone"] = 1
            continue
        active[kept] = active[place]
        kept += 1
        if c["until"] == NEVER:
            portfolio.let_go(c, q, moment, horizon)
    firm["active"] = kept
