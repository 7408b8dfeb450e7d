"""What is kept of a path: values by party, counts, what the company's money did; of the first ones every payment."""

import math

from partnering.model import lines
from partnering.model.counting import count_events, count_products
from partnering.model.kernel import compiled
from partnering.model.parties import COMPANY, OTHERS
from partnering.model.stages import NEVER, NONE
from partnering.model.views import BURNED, PRETAX


@compiled
def turn_page(rules, kept, book, path, view):
    """Turn to an empty page where one is kept of the path."""
    most = kept.told.shape[1]
    if view == PRETAX:
        most = max(most, kept.checked, kept.receipts.shape[1])
    book["paged"] = path < most
    book["sampled"] = book["paged"] == 1 or (view == PRETAX and path < kept.balance.shape[1])
    for line in range(len(lines.LINES)):
        if book["touched"][line] == 1:
            book["page"][line, :, : rules["horizon"]] = 0.0
    book["touched"][:] = 0


@compiled
def keep_course(kept, path, work, count):
    """Keep the candidates of the first paths."""
    if path < len(kept.counts):
        kept.counts[path] = count
        for place in range(count):
            kept.courses[path, place] = work[place]


@compiled
def close_path(rules, future, firm, book, work, count, out):
    """Keep the values of a path: by party, the counts of products, what the company's money did."""
    for party in range(3):
        out["npv"][party] = value_of(rules, firm, book, party)
    out["programme"] = 0.0
    for line in range(lines.PROGRAMME_LINES):
        out["programme"] += book["value"][line, COMPANY]
    count_products(rules, future, book, work, count, out)
    add_sums(rules, firm, book)
    lowest, gone = rules["opening_cash"], NEVER
    for q in range(rules["horizon"]):
        if 2 * q + 1 < firm["ended"]:
            lowest = min(lowest, firm["balance"][q])
            gone = q if gone == NEVER and firm["balance"][q] < 0 else gone
    worth = rules["opening_cash"] + out["npv"][COMPANY] + firm["raised_value"]
    out["trough_musd"], out["raised_musd"] = lowest, firm["raised"]
    out["dilution"] = 1 - rules["shares"] / firm["shares"]
    out["value_per_share"] = max(worth, 0.0) / firm["shares"]
    out["ended_years"] = min(firm["ended"], 2 * rules["horizon"]) / 8
    out["forced"] = firm["forced"]
    out["cash_out_years"] = (min(gone, rules["horizon"]) + 0.5) / 4
    count_events(rules, firm, book, work, count)


@compiled
def measure(rules, firm, book, kept):
    """Add what a planned company was to expect: cash before tax, tax and burn, and the burn still to come."""
    to_come = 0.0
    for back in range(rules["horizon"]):
        q = rules["horizon"] - 1 - back
        to_come -= firm["passed"][BURNED, q]
        alive = firm["alive"][q]
        if alive < 0:
            continue
        for part in range(3):
            kept.passed[alive, part] += firm["passed"][part, q]
        kept.burn[alive, q, 0] += to_come / book["factor"][3, 1, q]
        kept.burn[alive, q, 1] += 1


@compiled
def bad_line(book, out):
    """Return a line with a value on the path that is no finite number, NONE if there is none; those of the deal last.

    They are shares of what other lines say. One past the last stands for what a share of the company is worth.
    """
    for place in range(len(lines.LINES)):
        line = (lines.DEAL_LINES + place) % len(lines.LINES)
        for party in range(OTHERS + 1):
            if not math.isfinite(book["value"][line, party]):
                return line
    return NONE if math.isfinite(out["value_per_share"]) else len(lines.LINES)


@compiled
def value_of(rules, firm, book, party):
    """Return a party's value on a path: before tax of the programme, after it the company's of all but its capital.

    A large firm pays its tax on all that counts, using a loss in its year.
    """
    whole, value = firm["view"] != PRETAX, 0.0
    for line in range(lines.CAPITAL_LINES if whole and party == COMPANY else lines.PROGRAMME_LINES):
        value += book["value"][line, party]
    return value * (1 - rules["partner_tax"]) if whole and party != COMPANY else value


@compiled
def _taxed(book, party, start):
    """Return what a large firm pays tax on, of what is paid at the start or the middle of quarters."""
    value = 0.0
    for line in range(lines.PROGRAMME_LINES):
        if lines.AT_START[line] == start:
            value += book["value"][line, party]
    return value


@compiled
def add_sums(rules, firm, book):
    """Add the path's present values, and their squares, to the sums that means and errors are made from."""
    for line in range(len(lines.LINES)):
        for party in range(OTHERS + 1):
            value = book["value"][line, party]
            book["value_sum"][0, line, party] += value
            book["value_sum"][1, line, party] += value * value
    for party in range(1, OTHERS + 1):
        for start in range(2):
            tax = -rules["partner_tax"] * _taxed(book, party, start)
            book["tax_sum"][party, start, 0] += tax
            book["tax_sum"][party, start, 1] += tax * tax
    if firm["view"] == PRETAX and rules["signs"] == 1:
        for term in range(lines.TERMS):
            for party in range(OTHERS + 1):
                unit = book["unit"][term, party]
                book["unit_sum"][0, term, party] += unit
                book["unit_sum"][1, term, party] += unit * unit


@compiled
def keep_path(rules, kept, firm, book, path, view):
    """Keep what a path did by quarter, of the first paths: cash, net cash of the parties, what management saw."""
    horizon = rules["horizon"]
    for q in range(horizon if path < kept.balance.shape[1] else 0):
        kept.balance[view, path, q] = firm["balance"][q]
        for party in range(OTHERS + 1 if firm["view"] == PRETAX else 0):
            kept.net[party, path, q] = book["net"][party, 0, q] + book["net"][party, 1, q]
    told = path < kept.told.shape[1]
    for step in range(kept.told.shape[2] if told else 0):
        for q in range(horizon):
            kept.told[view, path, step, q] = firm["told"][step, q]
    for line in range(len(lines.LINES) if told else 0):
        for q in range(horizon):
            kept.paid[view, path, line, q] = book["page"][line, COMPANY, q]
    for term in range(lines.TERMS if view == PRETAX and path < kept.units.shape[0] else 0):
        for party in range(OTHERS + 1):
            kept.units[path, term, party] = book["unit"][term, party]
    for line in range(lines.DEAL_LINES if view == PRETAX and path < kept.receipts.shape[1] else 0):
        for q in range(horizon):
            kept.receipts[line, path, q] = book["page"][line, COMPANY, q]
