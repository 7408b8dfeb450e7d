"""A quarter of the company, the same for every strategy: events, receipts, decisions, raise, spend, survival.

None of it reads what happens later: a candidate's dates beyond the quarter are moved and paid, never looked at.
"""

from partnering.model.books import pay
from partnering.model.deal import pay_research, pay_upfront
from partnering.model.flows import develop, pay_events, pay_filing, trade
from partnering.model.kernel import compiled, inlined
from partnering.model.money import (
    base_burn,
    below,
    burn,
    going_concern,
    inflow,
    market_value,
    need,
    new_shares,
    pay_tax_of_year,
    raise_equity,
    researches,
    sell_all,
    tell_need,
    worth_of,
)
from partnering.model.names import (
    BASE_BURN,
    COMPANY,
    FEES,
    FINANCED,
    GOING_ON,
    LEAD,
    NEVER,
    NONE,
    OTHERS,
    OWN_RESEARCH,
    PARTNER,
    PAUSED,
    PRETAX,
    RIGHTS_SOLD,
    ROUNDING,
    RUNNING,
    SHARE_PLACEMENT,
    STEPS,
    SUPPLIERS,
    TECHNOLOGY_FEES,
    TECHNOLOGY_MILESTONES,
    TECHNOLOGY_ROYALTIES,
    WINDING_DOWN,
)
from partnering.model.portfolio import (
    advance,
    find,
    let_go,
    selling,
    spending_ahead,
    stand,
    stands_in,
    start_stage,
    waits,
    wakes_at,
    worth_in,
)


@inlined
def live_quarter(rules, contract, future, firm, book, work, active, q):
    """Live through a quarter; the sub-steps in the order of the model."""
    meet_events(rules, future, firm, book, work, active, q)
    firm["burn"] = base_burn(rules, firm, q)
    if firm["ended"] == NEVER:
        receive(rules, contract, firm, book, q)
        decide(rules, contract, future, firm, book, work, active, q)
    if firm["ended"] == NEVER and firm["view"] == FINANCED:
        raise_if_short(rules, contract, future, firm, book, work, active, q)
        start_stages(rules, contract, future, firm, book, work, active, q)
    spend(rules, contract, future, firm, book, work, active, q)
    if firm["ended"] == NEVER and firm["view"] == FINANCED:
        survive(rules, contract, future, firm, book, work, active, q)


@inlined
def meet_events(rules, future, firm, book, work, active, q):
    """Take in what the quarter begins with: stages that are over, payments due, what candidates are worth now.

    Only candidates to which something happens are looked at; the others stand as they stood.
    """
    kept = 0
    for place in range(firm["active"]):
        c = work[active[place]]
        if q >= c["wakes"]:
            if q >= c["last"] and c["next"] == NONE:
                stand(rules, firm, c, NEVER)
                continue
            advance(rules, c, q)
            pay_events(rules, future, book, c, q)
            stand(rules, firm, c, q)
            c["wakes"] = wakes_at(rules, c, q)
        active[kept] = active[place]
        kept += 1
    firm["active"] = kept


@inlined
def receive(rules, contract, firm, book, q):
    """Take in what licences of the technology bring, and signing: the upfront, and what the partner pays for shares.

    Their price is that of the day before the deal.
    """
    pay(book, TECHNOLOGY_FEES, OTHERS, COMPANY, q, firm["licences"][FEES, q])
    pay(book, TECHNOLOGY_MILESTONES, OTHERS, COMPANY, q, firm["licences"][STEPS, q])
    if q != contract["signed"]:
        return
    pay_upfront(rules, book, q)
    if firm["view"] != PRETAX and rules["equity"] > 0:
        placed = rules["terms_factor"] * rules["fair_part"] * rules["real_start"][q]
        pay(book, SHARE_PLACEMENT, PARTNER, COMPANY, q, placed)
        firm["shares"] += new_shares(placed, rules["pre_deal_value"], rules["shares"], 0.0)
        firm["raised"] += placed
        firm["raised_value"] += placed * book["factor"][1, 1, q]


@inlined
def decide(rules, contract, future, firm, book, work, active, q):
    """Go on, or wind down where that is believed to bring more."""
    if firm["view"] == PRETAX:
        return
    going_on = going_concern(rules, contract, firm, q, rules["exit_ahead"])
    over = rules["kept_in_sale"] * max(worth_of(firm, q), 0.0)
    firm["told"][GOING_ON, q], firm["told"][WINDING_DOWN, q] = going_on, over
    if over - going_on > ROUNDING:
        wind_down(rules, future, firm, book, work, active, q, 2 * q + 1)


@inlined
def raise_if_short(rules, contract, future, firm, book, work, active, q):
    """Sell shares if cash does not cover what is ahead, the market is open and the last raise is a while ago."""
    short_of = need(rules, contract, firm, work, active, 0, q)
    value = market_value(rules, contract, firm, book["cash"], q)
    tell_need(firm, q, short_of, value)
    if firm["open"][q] and q - firm["last_raise"] >= rules["raise_gap"] and below(book["cash"], short_of):
        lacks = need(rules, contract, firm, work, active, 1, q) - book["cash"]
        raise_equity(rules, future, firm, book, value, lacks / (1 - rules["issue_fee"]), q)


@inlined
def start_stages(rules, contract, future, firm, book, work, active, q):
    """Do research and start stages as far as there is money; sell what has waited too long, or when money is short."""
    awaited = q < firm["awaited_until"]
    short = below(book["cash"], firm["need"])
    firm["paused"] = researches(contract, firm, q) == 1 and short and not awaited
    firm["told"][PAUSED, q] = firm["paused"]
    _do_research(rules, contract, firm, work, active, q)
    if firm["waiting"] > 0:
        _choose(rules, contract, firm, book, work, active, q)
        _start_chosen(rules, future, firm, book, work, active, q)
    in_hand = book["cash"] + inflow(rules, contract, firm, 0, q)
    if below(in_hand, rules["distress"] * burn(rules, contract, firm, q)) and not awaited:
        _sell_most_advanced(rules, future, firm, book, work, active, q)


@compiled
def _start_chosen(rules, future, firm, book, work, active, q):
    """Start the stages chosen, and sell what has waited too long."""
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["chosen"] == 1:
            start_stage(c, q, rules["horizon"])
            c["wakes"] = q + 1
        elif waits(c, q) and q - c["due"] >= rules["postpone"]:
            sell(rules, future, book, c, q)
        c["chosen"] = NONE


@compiled
def _do_research(rules, contract, firm, work, active, q):
    """Add the quarter's research, and find the leads that it pays for."""
    if q >= rules["research_window"]:
        return
    own = researches(contract, firm, q) == 1 and firm["paused"] == 0
    firm["researched"] += contract["research"][q] + (rules["own_research"] if own else 0.0)
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["found"] == NEVER and c["effort"] <= firm["researched"]:
            find(c, q, rules["horizon"])
            c["wakes"] = q + 1
            firm["waiting"] += waits(c, q)


@compiled
def _choose(rules, contract, firm, book, work, active, q):
    """Choose the stages to start: those of most worth by expected cost first, as far as cash covers them.

    Cash must cover a stage, and all under way, over its length or some time, whichever is shorter, and the buffer.
    """
    promised, free = 0.0, book["cash"] - rules["buffer"] * burn(rules, contract, firm, q)
    while True:
        best, most = NONE, 0.0
        for place in range(firm["active"]):
            c = work[active[place]]
            if waits(c, q) and c["chosen"] == NONE:
                per_dollar = c["worth"][c["next"]] / max(c["cost"][c["next"]], 1e-300)
                if best == NONE or per_dollar > most:
                    best, most = active[place], per_dollar
        if best == NONE:
            return
        c = work[best]
        window = min(c["lasts"][c["next"]], rules["raise_for"])
        part = c["cost"][c["next"]] * window / c["lasts"][c["next"]]
        under_way = 0.0
        for place in range(firm["active"]):
            if work[active[place]]["running"] != NONE:
                under_way += spending_ahead(work[active[place]], q, window)
        c["chosen"] = part <= free - under_way - promised or q < firm["awaited_until"]
        promised += part if c["chosen"] == 1 else 0.0


@compiled
def _sell_most_advanced(rules, future, firm, book, work, active, q):
    """Sell the candidate furthest on, of equals the one of most worth; none of no worth."""
    chosen, furthest, most = NONE, NONE, 0.0
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["until"] != NEVER or q < c["found"]:
            continue
        stage = stands_in(c, q)
        worth = worth_in(rules, c, stage, q)
        if worth > 0 and (stage > furthest or (stage == furthest and worth >= most)):
            chosen, furthest, most = active[place], stage, worth
    if chosen != NONE:
        sell(rules, future, book, work[chosen], q)


@compiled
def sell(rules, future, book, c, q):
    """Sell a candidate from the middle of the quarter on; one of no worth is stopped."""
    c["price"] = worth_in(rules, c, stands_in(c, q), q) * future["kept"]
    pay(book, RIGHTS_SOLD, OTHERS, COMPANY, q, c["price"])
    let_go(c, q, 2 * q + 1, rules["horizon"])
    if c["price"] <= 0:
        c["stopped"] = c["until"]


@inlined
def spend(rules, contract, future, firm, book, work, active, q):
    """Pay for the quarter: research, stages and burn; take in what products bring; tax in the fourth quarter."""
    alive = firm["ended"] == NEVER
    if alive:
        pay_research(rules, contract, future["research_cost_share"], book, q)
        own = researches(contract, firm, q) if firm["paused"] == 0 else 0
        pay(book, OWN_RESEARCH, COMPANY, SUPPLIERS, q, rules["own_research"] * own)
        pay(book, BASE_BURN, COMPANY, SUPPLIERS, q, firm["burn"])
    book["recurring"] = 0.0
    owner = COMPANY if alive else OTHERS
    pay(book, TECHNOLOGY_ROYALTIES, OTHERS, owner, q, firm["licences"][RUNNING, q])
    run_candidates(rules, future, firm, book, work, active, q)
    if alive:
        firm["recurring"] = book["recurring"]
        if q % 4 == 3 and firm["view"] != PRETAX:
            pay_tax_of_year(rules, future, firm, book, q)


@inlined
def run_candidates(rules, future, firm, book, work, active, q):
    """Pay for a quarter of every candidate's stage, and take in what its product brings."""
    for place in range(firm["active"]):
        c = work[active[place]]
        if q < c["found"] or c["here"] < c["first_stage"]:
            continue
        if c["filed"] == q:
            pay_filing(rules, book, c, q)
        develop(rules, book, c, q)
        before = book["recurring"]
        if selling(c, q):
            trade(rules, future, book, c, q)
        c["brings"] = book["recurring"] - before


@inlined
def survive(rules, contract, future, firm, book, work, active, q):
    """Wind down where cash does not cover the burn of the buffer, net of what products bring."""
    net_burn = burn(rules, contract, firm, q) - firm["recurring"]
    if below(book["cash"], rules["buffer"] * net_burn):
        wind_down(rules, future, firm, book, work, active, q, 2 * (q + 1))
        firm["forced"] = 1


@compiled
def wind_down(rules, future, firm, book, work, active, q, moment):
    """End the company: sell all it has, settle the tax, hand what is left to its owners; leads not found never are."""
    sell_all(rules, future, firm, book, q)
    firm["ended"], kept = moment, 0
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["origin"] == LEAD and (c["found"] == NEVER or 2 * c["found"] + 1 >= moment):
            c["gone"] = 1
            continue
        active[kept] = active[place]
        kept += 1
        if c["until"] == NEVER:
            let_go(c, q, moment, rules["horizon"])
    firm["active"] = kept
