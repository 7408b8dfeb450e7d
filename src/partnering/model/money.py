"""What management and the market see of a company: burn, need of cash, worth; and its raises, its tax, its end."""

from partnering.model import lines
from partnering.model.books import pay
from partnering.model.kernel import compiled
from partnering.model.parties import COMPANY, INVESTORS, OTHERS, SUPPLIERS, TAXMAN
from partnering.model.portfolio import need_of, price_in, waits
from partnering.model.stages import NEVER
from partnering.model.told import NEW_SHARES
from partnering.model.views import (
    DEVELOPING,
    FINANCED,
    HOLDING,
    IDLE,
    LICENSING,
    PRETAX,
    RIGHTS,
    ROUNDING,
    SELLS_CANDIDATES,
    WORTH,
)


@compiled
def below(cash, least):
    """Return whether cash is below a need, rounding apart: it was often raised to be just that."""
    return least - cash > ROUNDING


@compiled
def activity(rules, contract, firm, q):
    """Return what the company is there for in a quarter, which decides its burn; IDLE once nothing is left to do.

    Research, also the partner's, or an own candidate needs the whole company. One that sells its candidates takes two
    quarters to shrink.
    """
    researching = researches(contract, firm, q) == 1 or contract["funded"][q] > 0
    if researching or firm["work"] > 0 or q < firm["awaited_until"]:
        return DEVELOPING
    if rules["sells"] == SELLS_CANDIDATES and q < 2:
        return DEVELOPING
    if q < contract["licensing_until"]:
        return LICENSING
    return HOLDING if firm["rights"] + firm["licences"][RIGHTS, q] > 0 else IDLE


@compiled
def base_burn(future, activity):
    """Return the base burn of a quarter by what the company does, own research apart."""
    if activity == DEVELOPING:
        return future["full_burn"] / 4
    if activity == LICENSING:
        return future["licensing_burn"] / 4
    return future["rights_burn"] / 4 if activity == HOLDING else 0.0


@compiled
def researches(contract, firm, q):
    """Return what the company is to spend on research of its own in a quarter, as a share of its budget: 0 or 1."""
    return contract["own"][q] if firm["ended"] == NEVER else 0


@compiled
def burn(rules, contract, firm, q):
    """Return the burn of the quarter, own research included."""
    return firm["burn"] + rules["own_research"] * researches(contract, firm, q)


@compiled
def inflow(rules, contract, firm, long, q):
    """Return what is to come in over the quarters ahead: research funding decided, net; products as last quarter."""
    ahead = rules["raise_for"] if long else rules["look_ahead"]
    return contract["ahead"][long, q] + ahead * firm["recurring"]


@compiled
def need(rules, contract, firm, work, active, long, q):
    """Return the cash the company needs in hand for the quarters ahead: to see, or (long) to raise for.

    Burn, stages under way and the full cost of stages that end in that time, less what is to come in, plus a buffer.
    """
    ahead, stages = rules["raise_for"] if long else rules["look_ahead"], 0.0
    firm["waiting"] = 0
    for place in range(firm["active"]):
        c = work[active[place]]
        firm["waiting"] += waits(c, q)
        stages += need_of(c, q, ahead)
    lasts = ahead + rules["buffer"]
    return lasts * burn(rules, contract, firm, q) + stages - inflow(rules, contract, firm, long, q)


@compiled
def worth_of(firm, q):
    """Return what the company's candidates, rights and licences in force are believed to be worth."""
    return firm["own"] + firm["held"] + firm["licences"][WORTH, q]


@compiled
def licences_to_come(rules, contract, q):
    """Return what licences of the technology still to be signed are believed to be worth, before any burn."""
    years = rules["annuity"][max(contract["licensing_until"] - q, 0)] / 4
    return rules["licences_a_year"] * rules["licence_worth"] * years


@compiled
def price_of_licences(rules, contract, firm, q):
    """Return what licences of the technology would fetch, before the haircut: payments to come, and new ones.

    New ones need somebody to sign them, which is taken off; they never fetch less than nothing.
    """
    burn = rules["annuity"][max(contract["licensing_until"] - q, 0)] * rules["licensing_burn"] / 4
    return firm["licences"][WORTH, q] + max(licences_to_come(rules, contract, q) - burn, 0.0)


@compiled
def price_of_all(rules, contract, firm, work, active, q):
    """Return what all that the company has would fetch, before the haircut."""
    price = price_of_licences(rules, contract, firm, q)
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["until"] == NEVER and c["found"] <= q:
            price += price_in(rules, c, q)
    return price


@compiled
def believed(rules, contract, firm, q):
    """Return what a company is believed to be worth before tax and base burn, besides its cash.

    Its candidates, rights and licences, licences and research still to come, and research paid for.
    """
    ahead = rules["annuity"][max(min(rules["research_window"], rules["horizon"]) - q, 0)] * rules["own_research"]
    research = ahead * (rules["lead_worth"] - 1) * researches(contract, firm, q)
    return worth_of(firm, q) + contract["worth"][q] + licences_to_come(rules, contract, q) + research


@compiled
def going_on(rules, contract, firm, q):
    """Return what going on is believed to be worth after tax and burn, besides cash: as a planned company did."""
    alive = int(firm["work"] > 0)
    after_tax = (1 - rules["tax_share"][alive]) * believed(rules, contract, firm, q)
    return after_tax - rules["burn_to_come"][alive, q]


@compiled
def market_value(rules, contract, firm, cash, q):
    """Return what the market pays for the company: cash, going on and franchise, at least half of its cash."""
    left = rules["franchise"] * max(1 - q / rules["franchise_lasts"], 0.0)
    value = cash + going_on(rules, contract, firm, q) + left
    return max(max(cash, 0.0) / 2, value) * firm["swing"][q]


@compiled
def new_shares(gross, value, shares, discount):
    """Return the shares sold for `gross` at the market value before it less a discount, same unit as `shares`."""
    return gross / (value * (1 - discount) / shares) if gross > 0 else 0.0


@compiled
def raise_equity(rules, future, firm, book, value, wanted, q):
    """Sell shares for what is wanted, within what the market would take; returns what was raised."""
    most = future["raise_limit"] * value
    if most < rules["raise_least"]:
        return 0.0
    gross = min(max(wanted, rules["raise_least"]), most)
    issued = new_shares(gross, value, firm["shares"], rules["issue_discount"])
    pay(book, lines.EQUITY_RAISE, INVESTORS, COMPANY, q, gross)
    pay(book, lines.ISSUE_FEE, COMPANY, SUPPLIERS, q, rules["issue_fee"] * gross)
    firm["shares"] += issued
    firm["told"][NEW_SHARES, q] = issued
    firm["last_raise"] = q
    firm["raised"] += gross
    firm["raised_value"] += gross * book["factor"][1, 1, q]
    return gross


@compiled
def use_losses(rules, firm, income, keep, year):
    """Return the income left to tax after losses carried forward, oldest first; uses them up if `keep`.

    A loss can be used in the years after the one it came up in, as long as it lasts; `year` counts from the opening.
    """
    left = income
    for earlier in range(max(year - rules["losses_years"], 0), firm["loss_years"]):
        used = min(max(left, 0.0), firm["losses"][earlier])
        left -= used
        if keep:
            firm["losses"][earlier] -= used
    return left


@compiled
def pay_tax_of_year(rules, future, firm, book, q):
    """Pay the year's tax, carry a loss forward, begin the next year; income and losses are nominal."""
    income, book["income"] = book["income"], 0.0
    taxed = use_losses(rules, firm, income, True, firm["loss_years"]) if income > 0 else 0.0
    firm["losses"][firm["loss_years"]] = max(-income, 0.0)
    firm["loss_years"] += 1
    pay(book, lines.TAX, COMPANY, TAXMAN, q, future["tax_rate"] * taxed * rules["real_mid"][q])


@compiled
def sell_all(rules, contract, future, firm, book, work, active, forced, q):
    """Sell all that the company has at its price; whoever is forced to end has nobody left to sign new licences."""
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["until"] == NEVER and c["found"] <= q:
            sell_at_price(rules, future, book, c, q)
    price = firm["licences"][WORTH, q] if forced else price_of_licences(rules, contract, firm, q)
    pay(book, lines.LICENCES_SOLD, OTHERS, COMPANY, q, future["kept"] * price)


@compiled
def sell_at_price(rules, future, book, c, q):
    """Let others pay the price of a candidate, the same in every strategy and sale: licensing it, less the haircut."""
    c["sold_for"] = future["kept"] * price_in(rules, c, q)
    pay(book, lines.RIGHTS_SOLD + lines.OF_COMMON * c["common"], OTHERS, COMPANY, q, c["sold_for"])


@compiled
def settle(rules, future, firm, book, q):
    """Pay the last tax, and hand what is left to the owners; creditors bear a lack. Losses left over lapse."""
    if firm["view"] == PRETAX:
        return
    taxed = use_losses(rules, firm, max(book["income"], 0.0), False, q // 4 + 1)
    pay(book, lines.TAX, COMPANY, TAXMAN, q, future["tax_rate"] * taxed * rules["real_mid"][q])
    left = book["cash"] if firm["view"] == FINANCED else 0.0
    if left > 0:
        pay(book, lines.PAID_TO_OWNERS, COMPANY, INVESTORS, q, left)
    else:
        pay(book, lines.UNPAID_BILLS, SUPPLIERS, COMPANY, q, -left)
