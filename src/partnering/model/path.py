"""One path under one strategy: its candidates planned, then lived through three times, and what is kept of each.

Views: the programme planned and before tax; the company with all the money it could want; the company as financed.
"""

from partnering.model import lines, plan, portfolio
from partnering.model.checks import check_path
from partnering.model.company import live_quarter, meet_events, run_candidates
from partnering.model.counting import count_events
from partnering.model.flows import promised
from partnering.model.keep import bad_line, close_path, keep_course, keep_path, measure, turn_page
from partnering.model.kernel import compiled, entry
from partnering.model.money import going_on
from partnering.model.origins import COMMON, LEAD, TECHNOLOGY
from partnering.model.parties import COMPANY
from partnering.model.portfolio import following
from partnering.model.stages import NEVER, NONE
from partnering.model.told import CLOSING_CASH
from partnering.model.views import (
    BEFORE_TAX,
    BURNED,
    FEES,
    FINANCED,
    PLANNED,
    PRETAX,
    RIGHTS,
    RUNNING,
    SELLS_CANDIDATES,
    SETTLED,
    STEPS,
    TAXED,
    WORTH,
)

ALIVE, VALUE, CHANCE = range(3)
"""How the partner decides on a further year of research; never and always are chances too."""


@entry
def live_paths(rules_, contracts, routes, beliefs, futures, drawn, market, licences, books, space, kept):
    """Live through every path of a block under one strategy.

    Arrays: `contracts` (extension years, and a last one without the deal), `futures` (path,), `drawn` (candidate,) in
    the order of paths, `licences` (kind of contract, path, ...), `books` (view,),
    `space` = (work, planned, active) to work in, `kept` = what is kept by path.
    Stops at the first path with an amount that is no finite number, which its book names.
    """
    rules = rules_[0]
    for path in range(len(futures)):
        future, firm = futures[path], space.firm[0]
        contract = contracts[sign(rules, contracts, routes, beliefs, future, drawn, space)]
        kept.extensions[path] = contract["years"] - rules["committed"] if contract["signed"] < NEVER else NONE
        count = plan_all(rules, contract, routes, beliefs, future, drawn, space.planned)
        for part in range(RIGHTS + 1):
            for q in range(rules["horizon"]):
                firm["licences"][part, q] = licences[contract["licences"], path, part, q]
        for book in books:
            view = book["view"]
            turn_page(rules, kept, book, path, view)
            open_firm(rules, future, firm, view)
            if view == FINANCED:
                open_market(rules, market, firm, path)
            if book["paged"]:
                firm["told"][:] = 0.0
            live(rules, contract, future, firm, book, space, count)
            close_path(rules, future, firm, book, space.work, count, kept.out[view, path])
            book["bad_line"], book["bad_path"] = bad_line(book, kept.out[view, path]), path
            if book["bad_line"] != NONE:
                return
            keep_path(rules, kept, firm, book, path, view)
            if kept.measured and view == PLANNED:
                measure(rules, firm, book, kept)
            if view == PRETAX and path < kept.checked:
                check_path(rules, book, space.work, count, contract["signed"])
            if view == PRETAX:
                keep_course(kept, path, space.work, count)


@compiled
def sign(rules, contracts, routes, beliefs, future, drawn, space):
    """Return which contract holds on a path: by the extension years the partner takes, or the last one, without.

    The partner decides from what has been seen of the candidates of the committed term alone.
    """
    if (
        rules["sells"] == SELLS_CANDIDATES
        and future["licensing_burn"] > rules["licences_a_year"] * rules["licence_worth"]
    ):
        return 0  # it knows what licensing costs it, and stops where that is more than licences are believed to bring
    if rules["signs"] == 0 or future["signing"] >= rules["signing_prob"]:
        return len(contracts) - 1
    count, taken = 0, 0
    for origin in range(LEAD + 1 if rules["extension_rule"] < CHANCE else 0):
        for row in range(future["first"][origin], future["first"][origin] + future["count"][origin]):
            c = space.planned[count]
            count += plan.plan_candidate(rules, contracts[0], routes, future, beliefs, drawn[row], c)
    for option in range(rules["extensions"]):
        if taken == option and extends(rules, contracts[0], future, space.planned, count, option):
            taken += 1
    return taken


@compiled
def extends(rules, contract, future, planned, count, option):
    """Return whether the partner takes a further year: by what is alive, by what it expects to gain, or by chance."""
    if rules["extension_rule"] == CHANCE:
        return future["extension"][option] < rules["extension_prob"]
    alive, leads, q = 0, 0, rules["signing"] + rules["extension_at"][option]
    for place in range(count):
        c = planned[place]
        alive += plan.dosed_and_alive(c, q)
        leads += c["origin"] == LEAD and c["collaboration"] == 1 and c["crossing"] < q - rules["discovery_lag"]
    if rules["extension_rule"] == ALIVE:
        return alive >= rules["alive_needed"][option]
    return plan.extension_gain(rules, contract, rules["lead_to_partner"], leads, q, option) >= 0


@compiled
def plan_all(rules, contract, routes, beliefs, future, drawn, planned):
    """Plan the company's candidates of a path; returns how many there are: the programme's, then the kept ones."""
    count = 0
    for origin in range(COMMON + 1):
        for row in range(future["first"][origin], future["first"][origin] + future["count"][origin]):
            d, c = drawn[row], planned[count]
            if origin == COMMON:
                plan.plan_kept(rules, rules["kept_route"], future, beliefs, d, c)
                there = True
            else:
                there = plan.plan_candidate(rules, contract, routes, future, beliefs, d, c)
            if there:
                complete(rules, future, beliefs, c, d)
                count += 1
    return count


@compiled
def complete(rules, future, beliefs, c, d):
    """Set what a planned candidate costs, is worth and promises, and that nothing has happened to it yet."""
    plan.set_money(rules, future, beliefs, c, d)
    plan.set_rights(rules, future, c)
    plan.ready(c)
    c["promise"] = promised(beliefs, c) if rules["offered"] else 0.0


@compiled
def open_firm(rules, future, firm, view):
    """Set the company as it is on the day."""
    firm["view"] = PLANNED if view == FINANCED and rules["limited"] == 0 else view
    firm["ended"], firm["forced"], firm["last_raise"], firm["paused"] = NEVER, 0, -NEVER, 0
    firm["shares"] = rules["shares"]
    firm["recurring"] = firm["researched"] = firm["raised"] = firm["raised_value"] = firm["need"] = 0.0
    firm["loss_years"], firm["losses"][0] = 1, future["losses"]
    firm["awaited_until"] = rules["signing"] if rules["signs"] == 1 else 0


@compiled
def open_market(rules, market, firm, path):
    """Set when equity can be sold, and at which swing of the market value."""
    for q in range(rules["horizon"]):
        firm["open"][q], firm["swing"][q] = market.open[path, q], market.swing[path, q]


@compiled
def live(rules, contract, future, firm, book, space, count):
    """Live through all quarters with the planned candidates of a path."""
    work, active = space.work, space.active
    for place in range(count):
        work[place] = space.planned[place]
        active[place] = place
        if firm["view"] == FINANCED and work[place]["mobile"] == 1:
            wait(work[place])
    open_counts(firm, count)
    book["cash"], book["income"], book["recurring"], book["counted"] = rules["opening_cash"], 0.0, 0.0, 0.0
    book["value"][:] = 0.0
    book["unit"][:] = 0.0
    if book["sampled"]:
        book["net"][:, :, : rules["horizon"]] = 0.0
    for q in range(rules["horizon"]):
        counted, taxed, burned = (
            book["counted"],
            book["value"][lines.TAX, COMPANY],
            book["value"][lines.BASE_BURN, COMPANY],
        )
        if firm["ended"] == NEVER or firm["active"] > 0 or q < SETTLED:
            live_quarter(rules, contract, future, firm, book, work, active, q)
        firm["alive"][q] = -1 if firm["ended"] <= 2 * q else int(firm["work"] > 0)
        taxed = book["value"][lines.TAX, COMPANY] - taxed
        firm["passed"][BEFORE_TAX, q] = book["counted"] - counted - taxed
        firm["passed"][TAXED, q] = -taxed
        firm["passed"][BURNED, q] = book["value"][lines.BASE_BURN, COMPANY] - burned
        firm["balance"][q] = firm["told"][CLOSING_CASH, q] = book["cash"]
        book["balance"][q] += book["cash"]


@compiled
def wait(c):
    """Let a candidate whose stages the company pays for wait for money, and a lead for the research that finds it."""
    c["next"] = following(c, NONE)
    if c["origin"] == LEAD:
        c["found"] = NEVER
    else:
        c["due"] = c["start"][c["next"]]


@entry
def live_licences(rules_, contracts, beliefs, futures, drawn, books, space, licences):
    """Fill in what licences of the technology bring on every path, (path, FEES to RIGHTS, quarter).

    They are the same in every strategy with the same beliefs and the same contract, and nobody's money moves them.
    `contracts` is one; `books` (1,) is to work in; it counts them by event.
    """
    rules, contract, book, firm, work, active = (
        rules_[0],
        contracts[0],
        books[0],
        space.firm[0],
        space.work,
        space.active,
    )
    firm["view"] = PRETAX
    for path in range(len(futures)):
        future, count = futures[path], 0
        first = future["first"][TECHNOLOGY]
        for row in range(first, first + future["count"][TECHNOLOGY]):
            if plan.plan_licensed(rules, contract, future, beliefs, drawn[row], work[count]):
                complete(rules, future, beliefs, work[count], drawn[row])
                active[count] = count
                count += 1
        open_counts(firm, count)
        for q in range(rules["horizon"]):
            meet_events(rules, future, firm, book, work, active, q)
            run_candidates(rules, future, firm, book, work, active, q)
            for place, line in (
                (FEES, lines.TECHNOLOGY_FEES),
                (STEPS, lines.TECHNOLOGY_MILESTONES),
                (RUNNING, lines.TECHNOLOGY_ROYALTIES),
            ):
                licences[path, place, q] = book["total"][line, COMPANY, q]
                book["total"][line, COMPANY, q] = 0.0
            licences[path, WORTH, q], licences[path, RIGHTS, q] = firm["held"], firm["rights"]
        count_events(rules, firm, book, work, count)


@compiled
def open_counts(firm, count):
    """Begin to count what the candidates of a path add to the company."""
    firm["active"] = count
    firm["own"] = firm["held"] = firm["work"] = firm["rights"] = 0.0


@entry
def opening_value(rules_, contracts, routes, beliefs, futures, drawn, space, licences):
    """Return what going on without a deal is believed to be worth on the day, besides cash, on the first path."""
    rules, future, firm = rules_[0], futures[0], space.firm[0]
    contract = contracts[len(contracts) - 1]
    open_firm(rules, future, firm, PLANNED)
    open_counts(firm, plan_all(rules, contract, routes, beliefs, future, drawn, space.planned))
    firm["licences"][WORTH, 0] = licences[contract["licences"], 0, WORTH, 0]
    for place in range(firm["active"]):
        portfolio.advance(rules, space.planned[place], 0)
        portfolio.stand(rules, firm, space.planned[place], 0)
    return going_on(rules, contract, firm, 0)
