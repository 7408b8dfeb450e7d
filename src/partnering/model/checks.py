"""Identities of one path before tax, taken on its page: who paid whom under which line in every quarter.

Each is a residual in $ million, or a count of what must not be; they add up over the checked paths by their largest.
"""

from partnering.model import lines
from partnering.model.books import factor
from partnering.model.kernel import compiled
from partnering.model.parties import OTHERS
from partnering.model.stages import MARKET, NEVER, PHASE_1


@compiled
def check_path(rules, book, work, count, signed):
    """Take every identity on the path at hand."""
    found = book["residual"]
    found[0] = max(found[0], books_residual(rules, book))
    found[1] = max(found[1], value_residual(rules, book))
    found[2] = max(found[2], transfer_residual(rules, book))
    found[3] += early_receipts(rules, book, work, count, signed)
    for place in range(count):
        found[4] += stage_disorder(work[place])
        if place > 0 and work[place]["origin"] == work[place - 1]["origin"]:
            found[5] += work[place]["number"] <= work[place - 1]["number"]
    found[6] = book["negative"]


@compiled
def books_residual(rules, book):
    """Return the largest sum of all accounts under any line in any quarter."""
    worst = 0.0
    for line in range(len(lines.LINES)):
        for q in range(rules["horizon"] if book["touched"][line] == 1 else 0):
            gap = 0.0
            for party in range(6):
                gap += book["page"][line, party, q]
            worst = max(worst, abs(gap))
    return worst


@compiled
def value_residual(rules, book):
    """Return the largest gap between lines and their present values, or between lines of a quarter and its net cash."""
    worst = 0.0
    for party in range(OTHERS + 1):
        gap = 0.0
        for q in range(rules["horizon"]):
            for start in range(2):
                lacks = -book["net"][party, start, q]
                for line in range(len(lines.LINES)):
                    if book["touched"][line] == 1 and lines.AT_START[line] == start:
                        lacks += book["page"][line, party, q]
                worst = max(worst, abs(lacks))
        for line in range(len(lines.LINES)):
            for q in range(rules["horizon"] if book["touched"][line] == 1 else 0):
                gap += book["page"][line, party, q] * factor(book, line, party, q)
            gap -= book["value"][line, party]
        worst = max(worst, abs(gap))
    return worst


@compiled
def transfer_residual(rules, book):
    """Return the largest gap of a party between what the deal moves and its terms times exposures."""
    worst = 0.0
    for party in range(OTHERS + 1):
        gap = 0.0
        for line in range(lines.DEAL_LINES):
            gap += book["value"][line, party]
        for term in range(lines.TERMS):
            gap -= rules["term"][term] * book["unit"][term, party]
        worst = max(worst, abs(gap))
    return worst


@compiled
def earliest(c, event):
    """Return the quarter of an event of a candidate, NEVER if it does not come."""
    if event == lines.DOSED:
        return max(c["start"][PHASE_1], c["taken"]) if c["entered"][PHASE_1] == 1 else NEVER
    if event == lines.TAKEN:
        return c["taken"]
    if event == lines.LICENSED:
        return c["signed"]
    if event == lines.RESUMED:
        return c["resumed"]
    if event == lines.APPROVED:
        return c["start"][MARKET] if c["entered"][MARKET] == 1 else NEVER
    if event == lines.LICENSED_SALE:
        return max(c["launch"], c["signed"])
    return c["launch"] if event == lines.LAUNCHED else max(c["launch"], c["resumed"])


@compiled
def early_receipts(rules, book, work, count, signed):
    """Return how many quarters of a line have a payment before the event of any candidate that it could be for."""
    early = 0
    for line in range(lines.PROGRAMME_LINES):
        event = 0 if lines.EVENT[line] == lines.NO_EVENT else NEVER
        for place in range(count):
            if event > 0 and work[place]["common"] == 0:
                event = min(event, earliest(work[place], lines.EVENT[line]))
        if line < lines.DEAL_LINES:
            event = max(event, signed)
        for q in range(min(rules["horizon"], event) if book["touched"][line] == 1 else 0):
            for party in range(6):
                early += book["page"][line, party, q] > 0
    return early


@compiled
def stage_disorder(c):
    """Return how many stages of a candidate are entered without the one before, or start before it has ended."""
    wrong = 0
    for stage in range(c["first_stage"] + 1, MARKET + 1):
        if c["entered"][stage] == 1:
            wrong += c["entered"][stage - 1] == 0
            wrong += c["start"][stage] < c["end"][stage - 1]
    return wrong
