"""Counts of a path: candidates by event, and the three readings of products that provide a return."""

from partnering.model.kernel import compiled
from partnering.model.origins import COMMON, INHERITED, LEAD, TECHNOLOGY
from partnering.model.stages import MARKET, NEVER, PHASE_1
from partnering.model.views import PRETAX

PROGRAMME_PLACES = 6
"""Places of the counts, two modalities an origin, that belong to the programme."""

DELAYED, SOLD = 11, 12
PAID = 1e-9
"""Money, $ million, above which a candidate has paid."""


@compiled
def research_charge(rules, future, book, c):
    """Return what finding a lead cost the company, at signing: its share of the cost per lead; inherited is sunk."""
    if c["origin"] != LEAD:
        return 0.0
    cost = future["cost_per_lead"] * book["factor"][1, 0, c["crossing"]]
    return cost * future["research_cost_share"] / rules["target_multiplier"] if c["collaboration"] == 1 else cost


@compiled
def count_products(rules, future, book, work, count, out):
    """Count the products of a path, of candidates held to their approval, in three readings.

    approved: approved and paying. returning: approved, and the present value of receipts above the company's whole
    spend on it, research included: the letter's claim. paying: candidates that paid anything at all.
    """
    out["approved"] = out["returning"] = out["paying"] = 0
    for place in range(count):
        c = work[place]
        if c["origin"] == COMMON or c["origin"] == TECHNOLOGY or c["found"] == NEVER or c["gone"] == 1:
            continue
        paying = c["received"] > PAID
        approved = c["entered"][MARKET] == 1 and 2 * c["start"][MARKET] < c["until"]
        out["paying"] += paying
        out["approved"] += approved and paying
        out["returning"] += approved and c["received"] > c["spent"] + research_charge(rules, future, book, c)


@compiled
def count_events(rules, firm, book, work, count):
    """Count the candidates of a path by event, origin and modality: planned, and what money did to them."""
    found = book["count"]
    found[:] = 0
    for place in range(count):
        c = work[place]
        origin = 4 if c["origin"] == TECHNOLOGY else 3 if c["origin"] == COMMON else 2
        if c["origin"] == INHERITED:
            origin = 0
        elif c["collaboration"] == 1:
            origin = 1
        at = 2 * origin + c["conjugate"]
        if firm["view"] == PRETAX:
            _count_planned(rules, c, found, at)
        elif origin < 4:
            found[DELAYED, at] += c["shift"] > 0 and c["found"] < NEVER
            found[SOLD, at] += c["sold_for"] > 0
    _tally(book)


@compiled
def _count_planned(rules, c, found, at):
    found[0, at] += 1
    found[1, at] += c["collaboration"] == 1 and c["origin"] == LEAD and c["full"] == 0
    found[2, at] += c["entered"][PHASE_1] == 1 and c["start"][PHASE_1] < rules["early"]
    for stage in range(PHASE_1, MARKET + 1):  # IND to approval
        found[2 + stage, at] += c["entered"][stage]
    found[8, at] += c["signed"] < NEVER
    found[9, at] += c["handed"] < NEVER
    found[10, at] += c["opted"]


@compiled
def _tally(book):
    """Add a path's counts to the sum over paths, to the paths with at least one, and to those with at least two."""
    for event in range(book["count"].shape[0]):
        whole = 0
        for place in range(book["count"].shape[1]):
            number = book["count"][event, place]
            whole += number if place < PROGRAMME_PLACES else 0
            book["events"][event, place, 0] += number
            book["events"][event, place, 1] += number >= 1
            book["events"][event, place, 2] += number >= 2
        book["events_all"][event, 0] += whole
        book["events_all"][event, 1] += whole >= 1
        book["events_all"][event, 2] += whole >= 2
