"""A quarter of the company, the same for every strategy: events, receipts, decisions, raise, spend, survival.

None of it reads what happens later: a candidate's dates beyond the quarter are moved and paid, never looked at.
"""

from partnering.model import lines, money, portfolio
from partnering.model.books import pay
from partnering.model.deal import pay_research, pay_upfront
from partnering.model.ending import end, sell, sell_today, wind_up
from partnering.model.flows import develop, pay_events, pay_filing, trade
from partnering.model.kernel import compiled, inlined
from partnering.model.parties import COMPANY, OTHERS, PARTNER, SUPPLIERS
from partnering.model.stages import NEVER, NONE
from partnering.model.told import GOING_ON, MARKET_VALUE, NEED, PAUSED, WINDING_DOWN
from partnering.model.views import (
    EXIT_WHEN_BETTER,
    FEES,
    FINANCED,
    IDLE,
    KEEPS,
    PRETAX,
    ROUNDING,
    RUNNING,
    SELLS_EVERYTHING,
    STEPS,
)


@inlined
def live_quarter(rules, contract, future, firm, book, work, active, q):
    """Live through a quarter; the sub-steps in the order of the model."""
    meet_events(rules, future, firm, book, work, active, q)
    if firm["ended"] == NEVER:
        firm["activity"] = money.activity(rules, contract, firm, q)
        firm["burn"] = money.base_burn(future, firm["activity"])
        receive(rules, contract, firm, book, q)
        decide(rules, contract, future, firm, book, work, active, q)
    if firm["ended"] == NEVER and firm["view"] == FINANCED:
        raise_if_short(rules, contract, future, firm, book, work, active, q)
        start_stages(rules, contract, future, firm, book, work, active, q)
    spend(rules, contract, future, firm, book, work, active, q)
    if firm["ended"] == NEVER and firm["view"] == FINANCED:
        survive(rules, contract, future, firm, book, work, active, q)
    if rules["sells"] == SELLS_EVERYTHING:
        wind_up(rules, future, firm, book, q)


@inlined
def meet_events(rules, future, firm, book, work, active, q):
    """Take in what the quarter begins with: stages that are over, payments due, what candidates are worth now.

    Only candidates to which something happens are looked at; the others stand as they stood.
    """
    kept = 0
    for place in range(firm["active"]):
        c = work[active[place]]
        if q >= c["wakes"]:
            portfolio.advance(rules, c, q)
            pay_events(rules, future, book, c, q)
            portfolio.stand(rules, firm, c, q)
            c["wakes"] = portfolio.wakes_at(rules, c, q)
            if c["wakes"] == NEVER and c["next"] == NONE:
                continue
        active[kept] = active[place]
        kept += 1
    firm["active"] = kept


@inlined
def receive(rules, contract, firm, book, q):
    """Take in what licences of the technology bring, and signing: the upfront, and what the partner pays for shares.

    Their price is that of the day before the deal.
    """
    pay(book, lines.TECHNOLOGY_FEES, OTHERS, COMPANY, q, firm["licences"][FEES, q])
    pay(book, lines.TECHNOLOGY_MILESTONES, OTHERS, COMPANY, q, firm["licences"][STEPS, q])
    if q != contract["signed"]:
        return
    pay_upfront(rules, book, q)
    if firm["view"] != PRETAX and rules["term"][lines.T_EQUITY] > 0:
        placed = rules["terms_factor"] * rules["fair_part"] * rules["real_start"][q]
        pay(book, lines.SHARE_PLACEMENT, PARTNER, COMPANY, q, placed)
        firm["shares"] += money.new_shares(placed, rules["pre_deal_value"], rules["shares"], 0.0)
        firm["raised"] += placed
        firm["raised_value"] += placed * book["factor"][1, 1, q]


@inlined
def decide(rules, contract, future, firm, book, work, active, q):
    """Sell on the day what the strategy sells; end where nothing is left to do, or where ending is to bring more."""
    if q == 0 and rules["sells"] != KEEPS:
        sell_today(rules, contract, future, firm, book, work, active, q)
        return
    if firm["view"] == PRETAX:
        return
    if firm["activity"] == IDLE:
        end(rules, contract, future, firm, book, work, active, q, 2 * q)
        return
    if rules["conduct"] == EXIT_WHEN_BETTER:
        on = money.going_on(rules, contract, firm, q)
        over = rules["kept_in_sale"] * money.price_of_all(rules, contract, firm, work, active, q)
        firm["told"][GOING_ON, q], firm["told"][WINDING_DOWN, q] = on, over
        if over - on > ROUNDING:
            end(rules, contract, future, firm, book, work, active, q, 2 * q + 1)


@inlined
def raise_if_short(rules, contract, future, firm, book, work, active, q):
    """Sell shares if cash does not cover what is ahead, the market is open and the last raise is a while ago."""
    short_of = money.need(rules, contract, firm, work, active, 0, q)
    value = money.market_value(rules, contract, firm, book["cash"], q)
    firm["need"] = firm["told"][NEED, q] = short_of
    firm["told"][MARKET_VALUE, q] = value
    if firm["open"][q] and q - firm["last_raise"] >= rules["raise_gap"] and money.below(book["cash"], short_of):
        lacks = money.need(rules, contract, firm, work, active, 1, q) - book["cash"]
        money.raise_equity(rules, future, firm, book, value, lacks / (1 - rules["issue_fee"]), q)


@inlined
def start_stages(rules, contract, future, firm, book, work, active, q):
    """Do research and start stages as far as there is money; sell what has waited too long, or when money is short."""
    awaited = q < firm["awaited_until"]
    short = money.below(book["cash"], firm["need"])
    firm["paused"] = money.researches(contract, firm, q) == 1 and short and not awaited
    firm["told"][PAUSED, q] = firm["paused"]
    _do_research(rules, contract, firm, work, active, q)
    if firm["waiting"] > 0:
        _choose(rules, contract, firm, book, work, active, q)
        _start_chosen(rules, future, firm, book, work, active, q)
    in_hand = book["cash"] + money.inflow(rules, contract, firm, 0, q)
    if money.below(in_hand, rules["distress"] * money.burn(rules, contract, firm, q)) and not awaited:
        _sell_most_advanced(rules, future, firm, book, work, active, q)


@compiled
def _start_chosen(rules, future, firm, book, work, active, q):
    """Start the stages chosen, and sell what has waited too long."""
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["chosen"] == 1:
            portfolio.start_stage(c, q, rules["horizon"])
            c["wakes"] = q + 1
        elif portfolio.waits(c, q) and q - c["due"] >= rules["postpone"]:
            sell(rules, future, book, c, q)
        c["chosen"] = NONE


@compiled
def _do_research(rules, contract, firm, work, active, q):
    """Add the quarter's research, and find the leads that it pays for."""
    if q >= rules["research_window"]:
        return
    own = money.researches(contract, firm, q) == 1 and firm["paused"] == 0
    firm["researched"] += contract["research"][q] + (rules["own_research"] if own else 0.0)
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["found"] == NEVER and c["effort"] <= firm["researched"]:
            portfolio.find(c, q, rules["horizon"])
            c["wakes"] = q + 1
            firm["waiting"] += portfolio.waits(c, q)


@compiled
def _choose(rules, contract, firm, book, work, active, q):
    """Choose the stages to start: most worth by expected cost first, of equals the first; as far as cash covers them.

    Cash must cover a stage, and all under way, over its length or some time, whichever is shorter, and the buffer.
    """
    promised, free = 0.0, book["cash"] - rules["buffer"] * money.burn(rules, contract, firm, q)
    while True:
        best, most = NONE, 0.0
        for place in range(firm["active"]):
            c = work[active[place]]
            if portfolio.waits(c, q) and c["chosen"] == NONE:
                per_dollar = c["worth"][c["next"]] / max(c["cost"][c["next"]], 1e-300)
                if best == NONE or per_dollar - most > ROUNDING:
                    best, most = active[place], per_dollar
        if best == NONE:
            return
        c = work[best]
        window = min(c["lasts"][c["next"]], rules["raise_for"])
        part = c["cost"][c["next"]] * window / c["lasts"][c["next"]]
        under_way = 0.0
        for place in range(firm["active"]):
            if work[active[place]]["running"] != NONE:
                under_way += portfolio.spending_ahead(work[active[place]], q, window)
        c["chosen"] = part <= free - under_way - promised or q < firm["awaited_until"]
        promised += part if c["chosen"] == 1 else 0.0


@compiled
def _sell_most_advanced(rules, future, firm, book, work, active, q):
    """Sell the candidate furthest on, of equals that of the highest price, then the last; none without a price."""
    chosen, furthest, most = NONE, NONE, 0.0
    for place in range(firm["active"]):
        c = work[active[place]]
        if c["until"] != NEVER or q < c["found"]:
            continue
        stage = portfolio.stands_in(c, q)
        price = portfolio.price_in(rules, c, q) if stage != NONE and c["own"][stage] == 1 else 0.0
        if price > 0 and (stage > furthest or (stage == furthest and price - most >= -ROUNDING)):
            chosen, furthest, most = active[place], stage, price
    if chosen != NONE:
        sell(rules, future, book, work[chosen], q)


@inlined
def spend(rules, contract, future, firm, book, work, active, q):
    """Pay for the quarter: research, stages and burn; take in what products bring; tax in the fourth quarter."""
    alive = firm["ended"] == NEVER
    if alive:
        pay_research(rules, contract, future["research_cost_share"], book, q)
        own = money.researches(contract, firm, q) if firm["paused"] == 0 else 0
        pay(book, lines.OWN_RESEARCH, COMPANY, SUPPLIERS, q, rules["own_research"] * own)
        pay(book, lines.BASE_BURN, COMPANY, SUPPLIERS, q, firm["burn"])
    run_candidates(rules, future, firm, book, work, active, q)
    owner = COMPANY if alive else OTHERS
    pay(book, lines.TECHNOLOGY_ROYALTIES, OTHERS, owner, q, firm["licences"][RUNNING, q])
    if alive:
        firm["recurring"] = book["recurring"]
        if q % 4 == 3 and firm["view"] != PRETAX:
            money.pay_tax_of_year(rules, future, firm, book, q)


@inlined
def run_candidates(rules, future, firm, book, work, active, q):
    """Pay for a quarter of every candidate's stage, and take in what its product brings."""
    book["recurring"] = 0.0
    for place in range(firm["active"]):
        c = work[active[place]]
        if q < c["found"] or c["here"] < c["first_stage"]:
            continue
        if c["filed"] == q:
            pay_filing(rules, book, c, q)
        develop(rules, book, c, q)
        before = book["recurring"]
        if portfolio.selling(c, q):
            trade(rules, future, book, c, q)
        c["brings"] = book["recurring"] - before


@inlined
def survive(rules, contract, future, firm, book, work, active, q):
    """End the company where cash does not cover the burn of the buffer, net of what products bring."""
    net_burn = money.burn(rules, contract, firm, q) - firm["recurring"]
    if money.below(book["cash"], rules["buffer"] * net_burn):
        firm["forced"] = 1
        end(rules, contract, future, firm, book, work, active, q, 2 * (q + 1))
