"""The one way money moves: every payment names its line, payer and payee, so each account's books follow."""

from partnering.model import lines
from partnering.model.kernel import compiled
from partnering.model.parties import COMPANY, OTHERS, PARTNER


@compiled
def pay(book, line, payer, payee, q, amount):
    """Move an amount, real $ million, from payer to payee in a quarter."""
    if amount == 0:
        return
    book["negative"] += amount < 0
    if payer <= OTHERS:
        enter(book, line, payer, q, -amount)
    if payee <= OTHERS:
        enter(book, line, payee, q, amount)
    if book["paged"]:
        book["page"][line, payer, q] -= amount
        book["page"][line, payee, q] += amount
        book["touched"][line] = 1


@compiled
def factor(book, line, party, q):
    """Return what a dollar paid under a line in a quarter is worth to a party at signing."""
    return book["factor"][int(party == COMPANY) + 2 * lines.SURE[line], lines.AT_START[line], q]


@compiled
def enter(book, line, party, q, amount):
    """Add a signed amount to an account that is valued: to its sum over paths, and its present value on this one."""
    book["total"][line, party, q] += amount
    start = lines.AT_START[line]
    if book["sampled"]:
        book["net"][party, start, q] += amount
    if party != COMPANY:
        book["value"][line, party] += amount * factor(book, line, party, q)
        return
    present = amount * factor(book, line, COMPANY, q)
    book["value"][line, COMPANY] += present
    book["cash"] += amount
    if line < lines.CAPITAL_LINES:
        book["counted"] += present
    if lines.TAXED[line]:
        book["income"] += amount * book["nominal"][q]
    if lines.RECURS[line]:
        book["recurring"] += amount


@compiled
def pay_for(book, c, line, payer, payee, q, amount):
    """Pay for a candidate: whoever has it stands in for the company, and what is stopped is not paid any more.

    Quarters start at moment 2q, their middle is 2q + 1.
    """
    moment = 2 * q + 1 - lines.AT_START[line]
    if moment >= c["stopped"]:
        return
    if moment >= c["until"]:
        payer = OTHERS if payer == COMPANY else payer
        payee = OTHERS if payee == COMPANY else payee
    elif payee == COMPANY:
        c["received"] += amount * factor(book, line, COMPANY, q)
    elif payer == COMPANY:
        c["spent"] += amount * factor(book, line, COMPANY, q)
    pay(book, line + lines.OF_COMMON * c["common"], payer, payee, q, amount)


@compiled
def expose(book, term, line, payer, payee, q, unit):
    """Add to the present value, to each party, of one unit of a term of the deal."""
    book["unit"][term, payer] -= unit * factor(book, line, payer, q)
    book["unit"][term, payee] += unit * factor(book, line, payee, q)


@compiled
def pay_term(rules, book, c, term, line, payer, q, unit):
    """Pay a term of the deal for a candidate, times what one unit of it pays, and note the unit.

    The company gets it, but for what it owes the partner itself, and what a later licensee owes the partner.
    """
    owed = payer == COMPANY or line == lines.REVERSION_ROYALTIES
    payee = PARTNER if owed else COMPANY
    expose(book, term, line, payer, payee, q, unit)
    pay_for(book, c, line, payer, payee, q, rules["term"][term] * unit)
