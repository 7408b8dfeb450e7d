"""Identities of one path before tax, taken on its page: who paid whom under which line in every quarter.

Each is a residual in $ million, or a count of what must not be; they add up over the checked paths by their largest.
"""

from partnering.model.kernel import compiled
from partnering.model.names import (
    COMPANY,
    COPROMOTION_PROFIT,
    COPROMOTION_REFUND,
    DEAL_LINES,
    LICENSE_MILESTONES,
    LICENSE_ROYALTIES,
    LICENSE_UPFRONT,
    LINES,
    MARKET,
    MILESTONES,
    NET_SALES,
    NEVER,
    OPT_IN_FEES,
    OTHERS,
    PHASE_1,
    PROFIT_SHARING,
    RETURNED_MILESTONES,
    RETURNED_ROYALTIES,
    REVERSION_ROYALTIES,
    ROYALTIES,
    ROYALTY_FLOOR,
    SALES_MILESTONES,
    TERMS,
)

CHECKS = (
    "books sum to zero",
    "present value of the sum is the sum of present values",
    "transfers are terms times exposures",
    "nothing received before its event",
    "stages follow each other",
    "no candidate in two places",
    "no negative payment",
)
"""What is checked, in the order of a book's residuals."""

OF_A_CANDIDATE = (
    *(OPT_IN_FEES, MILESTONES, RETURNED_MILESTONES, ROYALTIES, RETURNED_ROYALTIES, REVERSION_ROYALTIES, ROYALTY_FLOOR),
    *(SALES_MILESTONES, PROFIT_SHARING, COPROMOTION_PROFIT, COPROMOTION_REFUND),
    *(LICENSE_UPFRONT, LICENSE_MILESTONES, LICENSE_ROYALTIES, NET_SALES),
)
"""Lines that pay for something that has happened to a candidate of the programme."""


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
        for other in range(place):
            same = work[place]["origin"] == work[other]["origin"] and work[place]["number"] == work[other]["number"]
            found[5] += same
    found[6] = book["negative"]


@compiled
def books_residual(rules, book):
    """Return the largest sum of all accounts under any line in any quarter."""
    worst = 0.0
    for line in range(len(LINES)):
        for q in range(rules["horizon"] if book["touched"][line] == 1 else 0):
            gap = 0.0
            for party in range(6):
                gap += book["page"][line, party, q]
            worst = max(worst, abs(gap))
    return worst


@compiled
def value_residual(rules, book):
    """Return the largest gap between discounted quarterly net cash and the sum of the lines' present values."""
    worst = 0.0
    for party in range(OTHERS + 1):
        gap = 0.0
        for q in range(rules["horizon"]):
            net = book["net"]
            gap += net[party, 0, q] * book["factor"][int(party == COMPANY), 0, q]
            gap += net[party, 1, q] * book["factor"][int(party == COMPANY), 1, q]
        for line in range(len(LINES)):
            gap -= book["value"][line, party]
        worst = max(worst, abs(gap))
    return worst


@compiled
def transfer_residual(rules, book):
    """Return the largest gap of a party between what the deal moves and its terms times exposures."""
    worst = 0.0
    for party in range(OTHERS + 1):
        gap = 0.0
        for line in range(DEAL_LINES):
            gap += book["value"][line, party]
        for term in range(TERMS):
            gap -= rules["term"][term] * book["unit"][term, party]
        worst = max(worst, abs(gap))
    return worst


@compiled
def earliest(c, line):
    """Return the first quarter in which a line may pay anything for a candidate: that of its event."""
    if line in (ROYALTIES, ROYALTY_FLOOR, PROFIT_SHARING, SALES_MILESTONES, COPROMOTION_PROFIT, NET_SALES):
        return c["launch"]
    if line in (RETURNED_ROYALTIES, REVERSION_ROYALTIES):
        return max(c["launch"], c["resumed"])
    if line == MILESTONES:
        return max(c["start"][PHASE_1], c["taken"]) if c["entered"][PHASE_1] == 1 else NEVER
    if line == RETURNED_MILESTONES:
        return c["resumed"]
    if line == COPROMOTION_REFUND:
        return c["start"][MARKET] if c["entered"][MARKET] == 1 else NEVER
    if line == OPT_IN_FEES:
        return c["taken"]
    if line in (LICENSE_UPFRONT, LICENSE_MILESTONES):
        return c["signed"]
    return max(c["launch"], c["signed"])  # the royalties of a licence


@compiled
def early_receipts(rules, book, work, count, signed):
    """Return how many quarters of a line have a payment before the event of any candidate that it could be for."""
    early = 0
    for line in range(NET_SALES + 1):
        event = NEVER if line in OF_A_CANDIDATE else 0
        for place in range(count):
            if event > 0 and work[place]["common"] == 0:
                event = min(event, earliest(work[place], line))
        if line < DEAL_LINES:
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
