"""A candidate's planned way: its stages, gates, licence, the partner's option, what a drop does, its launch.

Decisions read the belief table and the forecast that a good Phase 2 shows, never a draw of an input or a later date.
"""

import math

from partnering.model import chains
from partnering.model.kernel import compiled
from partnering.model.origins import COMMON
from partnering.model.parties import BEST, COMPANY, LICENSE_EARLY, LICENSE_OUT, OTHERS, PARTNER, PARTNER_RUN
from partnering.model.stages import MARKET, NEVER, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL
from partnering.model.views import EARLY, EARLY_SEARCH, LATE, LATE_SEARCH, REFUSED_SEARCH


@compiled
def read(table, place, forecast):
    """Return the value of a table (class,) at a forecast: along a straight line between its classes."""
    last = len(place) - 1
    z = min(max(forecast, place[0]), place[last])
    low = 0
    while low < last - 1 and place[low + 1] < z:
        low += 1
    part = (z - place[low]) / (place[low + 1] - place[low])
    return table[low] * (1 - part) + table[low + 1] * part


@compiled
def known(table, beliefs, c, stage):
    """Return a belief (class,) about a candidate at a stage: before Phase 3 no forecast is known."""
    return table[0] if stage < PHASE_3 else read(table, beliefs.place, c["forecast"])


@compiled
def goes_on(rules, beliefs, c, stage):
    """Return whether whoever runs a candidate, as its chain says, starts a stage."""
    if rules["rational"] == 0:
        return True
    return known(beliefs.going_on[c["chain"][stage], c["kind"], stage], beliefs, c, stage) >= 0


@compiled
def raise_odds(p, odds_ratio):
    """Return the probability whose odds are odds_ratio times those of p."""
    return p if odds_ratio == 1 else p * odds_ratio / (1 - p + p * odds_ratio)


@compiled
def success(rules, future, c, stage):
    """Return the chance of a stage: the odds of a conjugate in the clinic, of a large firm in Phase 2 and 3."""
    if stage < c["first_stage"]:
        return 1.0
    p = future["success"][stage]
    if stage == PHASE_2 and c["origin"] == COMMON:
        p = future["common_phase_2"]
    if PHASE_1 <= stage <= PHASE_3 and c["conjugate"]:
        p = raise_odds(p, rules["conjugate_odds"])
    chain = c["chain"][stage]
    if stage in (PHASE_2, PHASE_3) and by_large_firm(chain):
        p = raise_odds(p, rules["alliance_odds"])
    return p


@compiled
def by_large_firm(chain):
    """Return whether a large firm runs a candidate on a chain."""
    licensee = chain in (chains.LICENSEE, chains.LICENSEE + chains.REFUSED, chains.EARLY_LICENSEE)
    return licensee or chain in (chains.PARTNER, chains.TECHNOLOGY)


@compiled
def first_chain(rules, route):
    """Return the chain a route starts on: its own, but the company's until the partner may take the candidate."""
    return chains.OPTION if route == PARTNER_RUN and rules["option"] != NONE else route


@compiled
def runner(c, stage):
    """Return the party that runs a candidate when a stage starts: pays for it, and sells in the market stage."""
    start = c["start"][stage]
    if start >= c["resumed"]:
        return OTHERS
    if start >= c["taken"]:
        return PARTNER if c["route"] == PARTNER_RUN else OTHERS
    return COMPANY


@compiled
def developer(c, q):
    """Return the party that develops a candidate in a quarter, NONE between a drop and a new licensee."""
    if q < c["taken"]:
        return COMPANY
    if c["route"] != PARTNER_RUN:
        return OTHERS
    if q < c["handed"]:
        return PARTNER
    return OTHERS if q >= c["resumed"] else NONE


@compiled
def walk(rules, future, beliefs, c):
    """Walk a candidate through its stages from `start[0]` on; fills dates, gates, chains, licence, drop and launch."""
    first_dates(rules, c)
    chance, passed, signed = 1.0, True, NEVER
    for stage in range(MARKET + 1):
        there = stage == c["first_stage"] or (stage > 0 and c["entered"][stage - 1] == 1 and passed)
        c["reached"][stage] = there and c["start"][stage] < rules["horizon"]
        c["entered"][stage] = c["reached"][stage] == 1 and goes_on(rules, beliefs, c, stage)
        if stage == MARKET:
            break
        chance *= success(rules, future, c, stage)
        passed = c["luck"] < chance
        if c["entered"][stage] == 1 and passed:
            if signed == NEVER and may_license(c["route"], stage):
                signed = seek_licence(rules, future, beliefs, c, stage)
            if stage == rules["option"] and c["collaboration"]:
                _take_up(rules, beliefs, c, stage)
    if signed < rules["horizon"]:
        c["taken"] = signed
    last_dates(rules, future, c)
    if drop(rules, future, c):
        _launch(rules, c)


@compiled
def may_license(route, stage):
    """Return whether a licence may be sought after a stage: at the IND, or after Phase 2, also by who was refused."""
    if stage == PRECLINICAL:
        return route in (LICENSE_EARLY, BEST)
    return stage == PHASE_2 and route in (LICENSE_OUT, BEST, LICENSE_EARLY)


@compiled
def last_dates(rules, future, c):
    """Set when stages end, when exclusivity does, who runs each stage, and the launch, if nothing is dropped."""
    for stage in range(MARKET):
        c["end"][stage] = c["start"][stage] + c["duration"][stage]
    c["loss_of_exclusivity"] = c["start"][MARKET] - c["wait"] + future["exclusivity"]
    _launch(rules, c)


@compiled
def first_dates(rules, c):
    """Set when stages start without any wait, whose belief each gate reads, and that nothing has happened yet."""
    chain = first_chain(rules, c["route"])
    early = c["collaboration"] == 1 and c["taken"] > c["start"][0]
    until_taken = first_chain(rules, rules["own_route"]) if early else chain
    for stage in range(MARKET + 1):
        if stage > 0:
            lasts = c["duration"][stage - 1] if stage > c["first_stage"] else 0
            c["start"][stage] = c["start"][stage - 1] + lasts
        c["chain"][stage] = until_taken if early and c["start"][stage] < c["taken"] else chain
        c["entered"][stage] = c["reached"][stage] = 0
    c["wait"] = c["refused"] = 0
    c["licence"] = LATE
    c["handed"] = c["resumed"] = NEVER
    if c["collaboration"] == 1 and rules["option"] != NONE:
        c["taken"] = NEVER


@compiled
def search_lasts(rules, first):
    """Return the quarters that the search for a licensee takes: to the first try's answer, or to the second's."""
    return rules["closing"] if first else rules["closing"] + rules["retry"]


@compiled
def seek_licence(rules, future, beliefs, c, stage):
    """Return the quarter a licence is signed, NEVER if none, with what follows put off by the search.

    It is sought after a stage where somebody would gain, and the company itself gains if it may choose. A try takes
    as long whether it succeeds or not; the second starts a fixed wait after the first. Refused twice at the IND the
    company goes on by its best remaining route, after Phase 2 to the market.
    """
    early, twin = stage == PRECLINICAL, chains.REFUSED * c["refused"]
    sought = wants_licence(rules, beliefs, c, stage + 1)
    then = chains.BEST if early else chains.OWN + twin
    signed, wait = NEVER, 0
    if sought:
        taker, luck = (future["early_taker"], c["early_taker"]) if early else (future["taker"], c["taker"])
        first, second = luck[0] < taker, luck[1] < taker
        wait = search_lasts(rules, first)
        if first or second:
            signed = c["start"][stage + 1] + wait
            c["licence"] = EARLY if early else LATE
            then = chains.EARLY_LICENSEE if early else chains.LICENSEE + twin
        else:
            c["refused"] = max(c["refused"], int(early))
            then = chains.BEST + chains.REFUSED if early else chains.ALONE + twin
    c["wait"] += wait
    for later in range(stage + 1, MARKET + 1):
        c["start"][later] += wait
        c["chain"][later] = then
    return signed


@compiled
def wants_licence(rules, beliefs, c, after):
    """Return whether a licence is sought before a stage: without rational gates a licensee takes what it is offered."""
    early, twin, rational = after == PHASE_1, chains.REFUSED * c["refused"], rules["rational"] == 1
    licensee = chains.EARLY_LICENSEE if early else chains.LICENSEE + twin
    if rational and known(beliefs.going_on[licensee, c["kind"], after], beliefs, c, after) < 0:
        return False
    if c["route"] != BEST and not (c["route"] == LICENSE_EARLY and not early):
        return True
    going_on = chains.BEST if early else chains.OWN + twin
    alone = known(beliefs.going_on[going_on, c["kind"], after], beliefs, c, after)
    which = EARLY_SEARCH if early else REFUSED_SEARCH if c["refused"] else LATE_SEARCH
    search = known(beliefs.searching[which, c["kind"]], beliefs, c, after)
    return search >= (max(alone, 0.0) if rational else alone)


@compiled
def _take_up(rules, beliefs, c, stage):
    """Let the partner take a candidate of the deal over after a success, where the belief table says it gains.

    What it leaves goes on to the market by the company, without a search for a licensee.
    """
    after = stage + 1
    takes = rules["rational"] == 0 or known(beliefs.taking_up[c["kind"]], beliefs, c, after) >= 0
    for later in range(after, MARKET + 1):
        c["chain"][later] = chains.PARTNER if takes else chains.OWN
    if takes and c["start"][after] < rules["horizon"]:
        c["taken"] = c["start"][after]


@compiled
def drop(rules, future, c):
    """Let the partner drop a product for reasons of its own, at a constant hazard in the clinic; return if it does.

    A dropped product is taken up by another licensee after a while, where it left off, or it is lost.
    """
    if c["route"] != PARTNER_RUN or c["taken"] >= NEVER or future["drop_hazard"] <= 0:
        return False
    quarters = min(4 * -math.log(c["drop"][0]) / future["drop_hazard"], float(rules["horizon"]))
    q = max(c["start"][PHASE_1], c["taken"]) + int(quarters) + 1
    stage = NONE
    for each in range(MARKET):
        if stage == NONE and c["entered"][each] == 1 and c["start"][each] <= q < c["end"][each]:
            stage = each
    if stage == NONE:
        return False
    c["handed"] = q
    again = c["drop"][1] < future["relicense"]
    if again:
        c["resumed"] = q + rules["relicense_wait"]
        c["end"][stage] += rules["relicense_wait"]
    else:
        c["end"][stage] = q
    for later in range(stage + 1, MARKET + 1):
        _after_drop(rules, c, later, again)
    return True


@compiled
def _after_drop(rules, c, later, again):
    """Put off a stage after a drop until another licensee goes on, or take it away."""
    if again:
        c["start"][later] += rules["relicense_wait"]
        if later < MARKET:
            c["end"][later] += rules["relicense_wait"]
        if c["start"][later] >= rules["horizon"]:
            c["entered"][later] = 0
    else:
        c["reached"][later] = c["entered"][later] = 0


@compiled
def _launch(rules, c):
    """Set who runs each stage, and the launch: the company's is later than a large firm's."""
    for stage in range(MARKET + 1):
        c["own"][stage] = runner(c, stage) == COMPANY
    c["launch"] = c["start"][MARKET] + (rules["launch_delay"] if c["own"][MARKET] == 1 else 0)
    if c["entered"][MARKET] == 0 or c["launch"] >= rules["horizon"]:
        c["launch"] = NEVER
    c["signed"] = c["taken"] if may_license(c["route"], PHASE_2) else NEVER
