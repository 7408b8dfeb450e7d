"""The candidates of a company as their stages pass: where each stands, what it is worth, what starts, what is sold."""

from partnering.model.kernel import compiled
from partnering.model.sales import too_little
from partnering.model.stages import MARKET, NEVER, NONE, PHASE_2, REVIEW


@compiled
def move(c, stage, by, horizon):
    """Put off a stage and all that follows it by some quarters; nothing is drawn again."""
    for later in range(stage, MARKET + 1):
        c["start"][later] += by
        if later < MARKET:
            c["end"][later] += by
        if c["start"][later] >= horizon:
            c["entered"][later] = 0
    c["launch"] += by
    c["taken"] += by
    c["signed"] += by
    c["handed"] += by
    c["resumed"] += by
    c["rights_from"] += by
    c["rights_until"] += by
    c["closes"] += by
    c["shift"] += by


@compiled
def following(c, stage):
    """Return the next stage that the company does pay for, NONE if none: known once a stage is over."""
    for later in range(stage + 1, MARKET + 1):
        if c["paid"][later] == 1:
            return later
    return NONE


@compiled
def advance(rules, c, q):
    """Bring a candidate to the stage it is in as a quarter begins; withdraw a product that sells too little."""
    limit = c["next"] if c["next"] != NONE else MARKET + 1
    while c["here"] + 1 < limit and c["entered"][c["here"] + 1] == 1 and c["start"][c["here"] + 1] <= q:
        c["here"] += 1
    if c["here"] == MARKET and c["withdrawn"] == NEVER and too_little(rules, c, q):
        c["withdrawn"] = c["closes"] = q
    if c["running"] != NONE and c["runs_until"] <= q:
        c["running"] = NONE


@compiled
def selling(c, q):
    """Return whether a product is sold in a quarter."""
    return c["here"] == MARKET and c["launch"] <= q < c["withdrawn"]


@compiled
def waits(c, q):
    """Return whether a candidate's next stage may start and waits for money."""
    return c["due"] <= q


@compiled
def stands_in(c, q):
    """Return the stage a candidate stands in, NONE if it is not there.

    One for which a licensee is sought stands where it was until the answer is there, a product in its launch for its
    first year, then as long as it sells.
    """
    if waits(c, q):
        return c["next"]
    stage = c["here"]
    if stage < c["first_stage"] or c["entered"][stage] == 0 or c["handed"] <= q < c["resumed"]:
        return NONE  # nobody knows yet whether somebody takes up what the partner handed back
    if stage == MARKET:
        return MARKET if q < c["withdrawn"] else NONE
    return stage if q < c["start"][stage + 1] else NONE


@compiled
def worth_in(rules, c, stage, q):
    """Return what a candidate is worth to the company in the stage it stands in."""
    return _now(rules, c, stage, c["worth"][stage] if stage != NONE else 0.0, q)


@compiled
def price_in(rules, c, q):
    """Return what a candidate would fetch if it was sold, before the haircut: licensing it, or what it is to bring."""
    stage = stands_in(c, q)
    return _now(rules, c, stage, c["price"][stage] if stage != NONE else 0.0, q)


@compiled
def _now(rules, c, stage, at_start, q):
    """Return a value of the stage a candidate stands in: as the stage began, but for a product and during a search."""
    if stage == MARKET and not waits(c, q) and q >= c["launch"] + 4:
        return run_on(rules, c, q)
    return c["sought"] if _sought(c, stage, q) else at_start * _part(rules, c, q)


@compiled
def _sought(c, stage, q):
    """Return whether a licensee is looked for after a good Phase 2: its forecast is known by then."""
    there = stage == PHASE_2 and c["here"] == PHASE_2 and c["own"][PHASE_2] == 1 and c["collaboration"] == 0
    return there and q >= c["end"][PHASE_2]


@compiled
def _part(rules, c, q):
    """Return the part of the deal's terms that whoever took up a returned product owes."""
    return rules["returned_share"] if c["resumed"] <= q else 1.0


@compiled
def run_on(rules, c, q):
    """Return what a product is to bring, from its second year on: what it brought in the quarter before, run on."""
    if c["own"][MARKET] == 0 and q >= c["rights_until"]:
        return 0.0
    shape = 0 if c["own"][MARKET] == 1 else 2 if c["collaboration"] == 1 else 1
    return max(c["brings"] * rules["run_on"][shape, q - c["launch"]], 0.0)


@compiled
def stand(rules, firm, c, q):
    """Bring up to date what a candidate adds to the company: its worth, whether it works on it or has rights in it."""
    own, held, work, rights = 0.0, 0.0, 0, 0
    if c["until"] == NEVER and c["found"] <= q < NEVER:
        stage = stands_in(c, q)
        worth = worth_in(rules, c, stage, q)
        if stage != NONE and c["own"][stage] == 1:
            own = worth
        else:
            held = worth
        if q < c["start"][c["first_stage"]] or (c["common"] == 1 and q < c["end"][PHASE_2]):
            work = 0  # not nominated yet, or others pay for the rest of its stage
        elif c["next"] != NONE:
            work = 1
        else:
            work = int(q < c["closes"])
            rights = int(c["rights_from"] <= q < c["rights_until"])
    firm["own"] += own - c["adds_own"]
    firm["held"] += held - c["adds_held"]
    firm["work"] += work - c["adds_work"]
    firm["rights"] += rights - c["adds_rights"]
    c["adds_own"], c["adds_held"], c["adds_work"], c["adds_rights"] = own, held, work, rights


@compiled
def later(earliest, date, q):
    """Return the earlier of two dates, of which one may be over by a quarter."""
    return date if q < date < earliest else earliest


@compiled
def wakes_at(rules, c, q):
    """Return the next quarter in which something happens to a candidate, from dates that are certain; NEVER if none."""
    if c["here"] == MARKET and c["launch"] <= q:  # a product is seen anew every quarter, until it is withdrawn
        return q + 1 if q <= c["withdrawn"] else NEVER
    wakes = later(later(later(NEVER, c["found"], q), c["due"], q), c["runs_until"], q)
    wakes = later(later(later(wakes, c["closes"], q), c["rights_from"], q), c["rights_until"], q)
    wakes = later(later(later(wakes, c["taken"], q), c["handed"], q), c["resumed"], q)
    if c["here"] == MARKET:
        approved = c["start"][MARKET]
        wakes = later(later(wakes, approved + rules["eu_after"], q), approved + rules["japan_after"], q)
        return later(wakes, c["launch"], q)
    if c["here"] >= c["first_stage"]:
        wakes = later(wakes, c["end"][c["here"]], q)
    return later(wakes, c["start"][c["here"] + 1], q)


@compiled
def spending(c, stage):
    """Return what the company spends on a stage in a quarter."""
    amount = c["trial"][0, stage] if stage < 4 else 0.0
    return amount + c["late"][0, stage - 3] if stage >= 3 else amount


@compiled
def spending_ahead(c, q, ahead):
    """Return what the stage under way is expected to cost over the quarters ahead: as now, until it should be over.

    One that has run longer than expected goes on for a quarter. A launch costs in its last year.
    """
    stage, left = c["running"], max(c["expected_end"] - q, 1)
    if stage == MARKET:
        return c["cost"][MARKET] / 4 * max(min(left, ahead) - max(left - 4, 0), 0)
    return spending(c, stage) * min(left, ahead)


@compiled
def cost_after(c, stage):
    """Return what the next stage is expected to cost the company, should this one succeed and nobody take it."""
    return 0.0 if stage == MARKET or stage == c["exits"] else c["cost"][stage + 1]


@compiled
def need_of(c, q, ahead):
    """Return what a candidate needs over the quarters ahead: for the stage under way, and in full for the next one."""
    if waits(c, q):
        return c["cost"][c["next"]]
    if c["running"] == NONE:
        return 0.0
    then = cost_after(c, c["running"]) if c["expected_end"] <= q + ahead else 0.0
    return then + spending_ahead(c, q, ahead)


@compiled
def find(c, q, horizon):
    """Find a lead: its dates, and its exclusivity, count from now."""
    by = q - c["crossing"]
    move(c, 0, by, horizon)
    c["crossing"] += by
    c["loss_of_exclusivity"] += by
    c["found"], c["due"] = q, c["start"][c["next"]]


@compiled
def start_stage(c, q, horizon):
    """Start the stage that waits, and plan what is certain to come of it."""
    stage = c["next"]
    if q > c["start"][stage]:
        move(c, stage, q - c["start"][stage], horizon)
    c["here"] = c["running"] = stage
    if stage == REVIEW:
        c["filed"] = q
    if stage == MARKET:
        c["runs_until"] = c["launch"] + 4
    else:
        c["runs_until"] = min(c["end"][stage], c["taken"] if c["collaboration"] == 1 else NEVER)
    c["expected_end"] = q + c["lasts"][stage]
    c["next"] = following(c, stage)
    c["due"] = c["start"][c["next"]] if c["next"] != NONE else NEVER


@compiled
def let_go(c, q, moment, horizon):
    """Hand a candidate over from a moment on: whoever has it starts the stage that waited in the next quarter."""
    c["until"], c["wakes"] = moment, q + 1
    if waits(c, q):
        move(c, c["next"], q + 1 - c["start"][c["next"]], horizon)
    c["next"] = c["running"] = NONE
    c["due"] = NEVER
