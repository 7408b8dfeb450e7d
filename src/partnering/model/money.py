"""What management and the market see of a company: burn, need of cash, worth; and its raises, its tax, its end."""

from partnering.model import lines
from partnering.model.books import pay
from partnering.model.kernel import compiled
from partnering.model.parties import COMPANY, INVESTORS, OTHERS, SUPPLIERS, TAXMAN
from partnering.model.portfolio import need_of, waits
from partnering.model.stages import NEVER
from partnering.model.told import NEW_SHARES
from partnering.model.views import RIGHTS, ROUNDING, WORTH


@compiled
def below(cash, least):
    """Return whether cash is below a need, rounding apart: it was often raised to be just that."""
    return least - cash > ROUNDING


@compiled
def base_burn(rules, firm, q):
    """Return the base burn of a company that is there, own research apart: less once it only holds rights."""
    if q < rules["research_window"] or firm["work"] > 0:
        return rules["full_burn"]
    return (
        rules["rights_burn"]
        if firm["rights"] + firm["licences"][RIGHTS, q] > 0 or q < rules["licensing_window"]
        else 0.0
    )


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
    """Return what the company's candidates, rights and licences in force are worth."""
    return firm["own"] + firm["held"] + firm["licences"][WORTH, q]


@compiled
def going_concern(rules, contract, firm, q, burn_ahead):
    """Return what the company is believed to be worth besides its cash and its franchise.

    The worth of its candidates, rights and licences, of research and licences still to come and of research paid for,
    less its base burn over the quarters ahead.
    """
    counted = rules["annuity"][min(burn_ahead, rules["horizon"] - q)]
    years = rules["annuity"][max(rules["licensing_window"] - q, 0)] / 4
    licences = rules["licences_a_year"] * rules["licence_worth"] * years
    ahead = rules["annuity"][max(min(rules["research_window"], rules["horizon"]) - q, 0)] * rules["own_research"]
    research = ahead * (rules["lead_worth"] - 1) * researches(contract, firm, q)
    return worth_of(firm, q) + contract["worth"][q] + licences + research - counted * firm["burn"]


@compiled
def market_value(rules, contract, firm, cash, q):
    """Return what the market pays for the company: cash, beliefs and franchise, at least half of its cash."""
    left = firm["franchise"] * max(1 - q / rules["franchise_lasts"], 0.0)
    believed = cash + going_concern(rules, contract, firm, q, rules["burn_ahead"]) + left
    return max(max(cash, 0.0) / 2, believed) * firm["swing"][q]


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
def use_losses(rules, firm, income, keep):
    """Return the income left to tax after losses carried forward, oldest first; uses them up if `keep`.

    A loss can be used in the years after the one it came up in, as long as it lasts.
    """
    left = income
    for year in range(max(firm["loss_years"] - rules["losses_years"], 0), firm["loss_years"]):
        used = min(max(left, 0.0), firm["losses"][year])
        left -= used
        if keep:
            firm["losses"][year] -= used
    return left


@compiled
def pay_tax_of_year(rules, future, firm, book, q):
    """Pay the year's tax, carry a loss forward, begin the next year; income and losses are nominal."""
    income, book["income"] = book["income"], 0.0
    taxed = use_losses(rules, firm, income, True) if income > 0 else 0.0
    firm["losses"][firm["loss_years"]] = max(-income, 0.0)
    firm["loss_years"] += 1
    pay(book, lines.TAX, COMPANY, TAXMAN, q, future["tax_rate"] * taxed * rules["real_mid"][q])


@compiled
def sell_all(rules, future, firm, book, q):
    """Sell all that the company has, pay the last tax, hand what is left to its owners; suppliers bear a lack."""
    price = future["kept"] * max(worth_of(firm, q), 0.0)
    pay(book, lines.RIGHTS_SOLD, OTHERS, COMPANY, q, price)
    taxed = use_losses(rules, firm, max(book["income"], 0.0), False)
    pay(book, lines.TAX, COMPANY, TAXMAN, q, future["tax_rate"] * taxed * rules["real_mid"][q])
    left = book["cash"] if firm["view"] == 2 else 0.0
    if left > 0:
        pay(book, lines.PAID_TO_OWNERS, COMPANY, INVESTORS, q, left)
    else:
        pay(book, lines.UNPAID_BILLS, SUPPLIERS, COMPANY, q, -left)
