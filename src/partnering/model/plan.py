"""The candidates of one strategy on one path: which there are, by which route, from when, at what cost and worth."""

from partnering.model import lines
from partnering.model.candidate import known, runner, walk
from partnering.model.kernel import compiled
from partnering.model.origins import COMMON, INHERITED, LEAD, TECHNOLOGY
from partnering.model.parties import LICENSE_EARLY, LICENSE_OUT, LICENSEE_RUN, PARTNER_RUN
from partnering.model.stages import MARKET, NEVER, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW


@compiled
def arrive(c, d):
    """Make a candidate of its draw: nothing has happened to it yet."""
    c["origin"], c["number"], c["kind"] = d["origin"], d["number"], d["kind"]
    c["conjugate"], c["full"], c["first_stage"] = d["conjugate"], d["full"], d["first_stage"]
    c["in_force"], c["common"], c["outside"] = d["in_force"], d["origin"] == COMMON, d["origin"] == TECHNOLOGY
    c["effort"], c["luck"], c["forecast"], c["forecast_ratio"] = (
        d["effort"],
        d["luck"],
        d["forecast"],
        d["forecast_ratio"],
    )
    c["years_to_peak"], c["territory"], c["peak"] = d["years_to_peak"], d["territory"], d["peak"]
    for k in range(2):
        c["taker"][k], c["early_taker"][k], c["drop"][k] = d["taker"][k], d["early_taker"][k], d["drop"][k]
    for stage in range(MARKET):
        c["duration"][stage] = d["duration"][stage]
    c["collaboration"] = c["crossing"] = c["start"][0] = 0
    c["taken"] = NEVER


@compiled
def crossing_quarter(rules, contract, needed):
    """Return the first quarter of the window by whose end cumulated research reaches what a lead needs, else NEVER."""
    for q in range(rules["research_window"]):
        if contract["found"][q] >= needed:
            return q
    return NEVER


@compiled
def routed(rules, contract, routes, c):
    """Set route and dates of a candidate of the programme under a contract: what the deal takes, what is left."""
    inherited, begins = c["origin"] == INHERITED, contract["signed"]
    ends = begins + 4 * contract["years"] if begins < NEVER else begins
    if not inherited:
        c["start"][0] = c["crossing"] + rules["discovery_lag"]
    c["route"] = rules["own_route"]
    if inherited:
        c["route"] = routes[c["number"]]
    elif begins < NEVER and begins <= c["crossing"] < ends:
        c["route"] = PARTNER_RUN
    last = min(_over(c, rules["exit_stage"]), _over(c, rules["option"]))
    if c["route"] == PARTNER_RUN and (begins == NEVER or last < begins):
        c["route"] = rules["own_route"]
    c["collaboration"] = c["route"] == PARTNER_RUN
    c["taken"] = begins if c["collaboration"] == 1 else NEVER


@compiled
def _over(c, stage):
    """Return when a stage is over after which somebody may take a candidate: a deal signed later is too late for it."""
    if stage == NONE:
        return NEVER
    ends = c["start"][0]
    for each in range(stage + 1):
        ends += c["duration"][each]
    return ends


@compiled
def plan_candidate(rules, contract, routes, future, beliefs, d, c):
    """Plan a candidate of the programme; returns whether there is one: a lead may never be paid for."""
    arrive(c, d)
    if c["origin"] == LEAD:
        c["crossing"] = crossing_quarter(rules, contract, d["effort"])
        if c["crossing"] == NEVER:
            return False
    routed(rules, contract, routes, c)
    walk(rules, future, beliefs, c)
    return True


@compiled
def exit_of(rules, c):
    """Return the stage after which a candidate surely leaves the company if somebody takes it, or NONE."""
    if c["collaboration"] == 1:
        return rules["option"]
    if c["route"] == LICENSE_OUT:
        return PHASE_2
    return PRECLINICAL if c["route"] == LICENSE_EARLY else NONE


@compiled
def plan_kept(rules, route, future, beliefs, d, c):
    """Plan a clinical candidate kept in every strategy: on the same route in all of them, licensed after Phase 2."""
    arrive(c, d)
    c["route"] = route
    walk(rules, future, beliefs, c)


@compiled
def plan_licensed(rules, contract, future, beliefs, d, c):
    """Plan a product of others that carries the technology; returns whether its licence is signed in time."""
    arrive(c, d)
    c["taken"] = 0 if c["in_force"] == 1 else licensed_at(rules, contract, d["effort"])
    if c["taken"] == NEVER:
        return False
    c["start"][0], c["route"] = c["taken"], LICENSEE_RUN
    walk(rules, future, beliefs, c)
    return True


@compiled
def licensed_at(rules, contract, effort):
    """Return the quarter at whose start a new licence of the technology is signed, NEVER if the time is over before."""
    for q in range(1, contract["licensing_until"] + 1):
        if contract["licensing"][q - 1] >= effort:
            return q
    return NEVER


@compiled
def dosed_and_alive(c, q):
    """Return whether a collaboration candidate has been dosed and has not ended or been handed back by a quarter."""
    if c["collaboration"] == 0 or c["entered"][PHASE_1] == 0 or c["start"][PHASE_1] > q or c["handed"] <= q:
        return False
    last = PHASE_1
    while last < REVIEW and c["entered"][last + 1] == 1:
        last += 1
    return c["entered"][MARKET] == 1 or c["end"][last] > q


@compiled
def extension_gain(rules, contract, beliefs_of_leads, leads, q, option):
    """Return what the partner expects to gain by one more year at the decision in quarter q, $ million.

    It expects leads at a rate it learns: before signing a gamma belief, then the leads nominated for the research
    that could have shown by then. Amounts are those of a deal signed on the day, deflated to the signing.
    """
    since = min(rules["signing"], q)
    real = rules["real_start"][since]
    shown = max(q - rules["discovery_lag"] - since, 0)
    spent = real * rules["research_spent"][min(shown, 4 * (contract["years"] + rules["extensions"]))]
    mean, variance = rules["leads_mean"], rules["leads_variance"]
    productivity = (mean**2 + variance * leads) / (mean + variance * spent)
    found, cost = rules["extension_found"][option], rules["extension_costs"][option]
    return real * (productivity * found * beliefs_of_leads - cost)


@compiled
def set_money(rules, future, beliefs, c, d):
    """Set what a planned candidate costs and is worth: by its draw for its bills, by belief for its decisions."""
    set_level(rules, future, c)
    c["exits"] = exit_of(rules, c)
    c["mobile"] = 0
    for stage in range(MARKET + 1):
        own = c["own"][stage] == 1
        c["paid"][stage] = c["entered"][stage] and own and (c["collaboration"] == 0 or rules["option"] != NONE)
        if (stage == MARKET and c["launch"] == NEVER) or paid_by_others(c, stage):
            c["paid"][stage] = 0
        c["mobile"] = max(c["mobile"], c["paid"][stage])
        c["cost"][stage], c["lasts"][stage] = beliefs.cost[c["kind"], stage], beliefs.lasts[c["kind"], stage]
        c["worth"][stage] = c["price"][stage] = 0.0
        if c["entered"][stage] == 1:
            worth = known(beliefs.worth[c["chain"][stage], c["kind"], stage], beliefs, c, stage)
            c["worth"][stage] = max(worth, 0.0) if own else worth
            prices = beliefs.price[c["kind"], stage] if own else beliefs.rights[c["chain"][stage], c["kind"], stage]
            c["price"][stage] = max(known(prices, beliefs, c, stage), 0.0)
    c["sought"] = max(known(beliefs.price[c["kind"], PHASE_3], beliefs, c, PHASE_3), 0.0)
    set_bills(rules, future, c, d)


@compiled
def paid_by_others(c, stage):
    """Return whether others pay for a stage that the company runs: the rest of Phase 2 of kept candidates."""
    return c["common"] == 1 and stage == PHASE_2


@compiled
def set_level(rules, future, c):
    """Set what a product may sell at its peak, and its cost of goods: the company reaches less of the world."""
    c["level"] = c["peak"] * (future["company_ceiling"] if c["own"][MARKET] == 1 else 1.0) * c["territory"]
    c["cogs"] = future["cogs"] + (rules["conjugate_cogs"] if c["conjugate"] == 1 else 0.0)


@compiled
def set_bills(rules, future, c, d):
    """Set spending a quarter of each stage, and the filing, for the company and for a large firm."""
    for firm in range(2):
        for stage in range(PHASE_3 + 1):
            mean = future["firm_cost"][stage] if firm else future["cost"][stage]
            part = d["part_preclinical"] if stage == PRECLINICAL else d["part_phase_2"] if stage == PHASE_2 else 1.0
            c["trial"][firm, stage] = mean * d["cost_factor"][stage] * part / c["duration"][stage]
        late = (future["firm_cost"][4] if firm else future["cost"][4]) * d["cost_factor"][4]
        first = rules["late_first_part"]
        c["late"][firm, 0] = late * first / c["duration"][PHASE_3]
        c["late"][firm, 1] = late * (1 - first) / c["duration"][REVIEW]
        c["filing"][firm] = future["firm_cost"][5] if firm else future["cost"][5]


@compiled
def set_rights(rules, future, c):
    """Set from when until when the company has rights in others' work on a candidate, and when its own work ends."""
    c["rights_from"], c["rights_until"], c["closes"] = NEVER, 0, 0
    term = future["royalty_term"]
    if rules["term"][lines.T_PROFIT_SHARE] > 0 and c["collaboration"] == 1:
        term = rules["horizon"]
    for stage in range(MARKET + 1):
        if c["entered"][stage] == 0:
            continue
        ends = rules["horizon"] if stage == MARKET else min(c["start"][stage + 1], rules["horizon"])
        if c["own"][stage] == 1:
            c["closes"] = max(c["closes"], ends)
        else:
            c["rights_from"] = min(c["rights_from"], c["start"][stage])
            held = c["launch"] + term if stage == MARKET else c["end"][stage]
            c["rights_until"] = max(c["rights_until"], min(held, rules["horizon"]))
    if c["signed"] < NEVER:
        c["closes"] = max(c["closes"], c["signed"])


@compiled
def ready(c):
    """Set what has happened to a candidate on the day: nothing; what exists is due, what has to be found is not."""
    c["next"], c["due"], c["running"], c["shift"] = NONE, NEVER, NONE, 0
    c["until"] = c["stopped"] = c["withdrawn"] = NEVER
    c["found"] = c["crossing"]
    c["runs_until"] = c["wakes"] = 0
    c["seller"] = runner(c, MARKET)
    c["adds_own"] = c["adds_held"] = c["adds_work"] = c["adds_rights"] = 0.0
    c["opted"] = c["steps_paid"] = c["gone"] = 0
    c["here"], c["chosen"], c["filed"] = c["first_stage"] - 1, NONE, NEVER
    c["sold"] = c["year_sales"] = c["year_royalty"] = c["brings"] = c["partner_spent"] = 0.0
    c["received"] = c["spent"] = c["sold_for"] = 0.0
