"""When stages start, wait and change hands: the rules of the company's money, checked from outside the step."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from firms import Founded, base_life, finance, found, started, states, today
from numpy.typing import NDArray

from partnering.company.firm import Firm
from partnering.company.state import WAITING, State
from partnering.course.research import NEVER
from partnering.course.strategies import Party
from partnering.deal.ledger import by_path_and_quarter
from partnering.world.candidates import Origin, Stage

POOR: dict[str, Any] = {"company.opening_cash_musd": 55.0}


@pytest.fixture(scope="module")
def poor() -> tuple[Founded, list[State]]:
    founded = found(POOR, paths=120)
    return founded, states(founded.firm)


def starts(founded: Founded, past: list[State]) -> list[NDArray[np.bool_]]:
    """Which stages start in each quarter, (row, stage)."""
    portfolio, found_starts = founded.firm.portfolio, []
    stages = np.arange(portfolio.paid.shape[1])
    for quarter, state in enumerate(past):
        at = portfolio.course.start + state.shift[:, None] == quarter
        gone = (state.sold < NEVER) | ~state.alive[portfolio.lane]
        runs = stages == state.running[:, None]
        found_starts.append(started(portfolio, state) & at & runs & ~gone[:, None])
    return found_starts


def test_stages_start_when_due_or_later_and_in_their_order(poor: tuple[Founded, list[State]]) -> None:
    founded, past = poor
    portfolio, last = founded.firm.portfolio, past[-1]
    held = (last.sold == NEVER) & last.alive[portfolio.lane] & portfolio.mobile
    begun = np.full(portfolio.paid.shape, -1)
    for quarter, at in enumerate(starts(founded, past)):
        begun[at] = quarter
    began = begun >= 0
    assert (last.shift >= 0).all() and (begun >= portfolio.course.start)[began].all()
    lasts = portfolio.course.end - portfolio.course.start[:, :-1]
    both = began[:, 1:] & began[:, :-1]
    assert both.any() and (begun[:, 1:] >= begun[:, :-1] + lasts)[both].all()  # none before the one before has ended
    lead = founded.firm.portfolio.course.candidates.origin[held] == Origin.LEAD
    seen = last.found[held] < WAITING
    lag = 4 * founded.scenario["leads.discovery_lag_years"]
    first = begun[held][lead & seen, 0]
    assert (first >= 0).any() and (first >= last.found[held][lead & seen] + lag)[first >= 0].all()


def test_no_stage_waits_longer_than_the_rule_has_it(poor: tuple[Founded, list[State]]) -> None:
    founded, past = poor
    portfolio, longest, waited = founded.firm.portfolio, founded.firm.policy.postpone, []
    for quarter, state in enumerate(past):
        ready = (state.due <= quarter) & state.alive[portfolio.lane]
        assert (quarter - state.due[ready] < longest).all()  # one that has waited so long is sold by the quarter's end
        waited.append(int((quarter - state.due[ready]).max(initial=0)))
    assert max(waited) == longest - 1
    sold = past[-1].sold < NEVER
    assert sold.any()


def free_cash(firm: Firm, before: State, state: State, quarter: int, row: int, new: NDArray) -> tuple[float, float]:
    """(What the rule lets a start use, what the start is to use): worked out row by row for one start."""
    portfolio, lane, policy = firm.portfolio, int(firm.portfolio.lane[row]), firm.policy
    stage = int(np.flatnonzero(new[row])[0])
    lasts = int(portfolio.lasts[row, stage])
    window = min(lasts, policy.raise_for)
    day = state.today
    cash = sum(float(day[name][lane]) for name in ("opening_cash", "receipts", "raised", "issue_fee"))
    works = quarter < policy.research_window or state.work[lane] > 0.5
    rights = state.rights[lane] > 0.5 or quarter < policy.licensing_window
    burn = policy.full_burn if works else policy.rights_burn * rights
    asked = quarter < policy.research_window and firm.contract.of(firm.contract.own_research, quarter)[lane]
    cash -= policy.buffer * (burn + policy.own_research * asked)
    for other in np.flatnonzero(portfolio.lane == lane):
        on = before.running[other]
        if before.sold[other] < NEVER or on < 0 or before.runs_until[other] <= quarter:
            continue
        left = max(int(before.expected_end[other]) - quarter, 1)
        if on == Stage.MARKET:  # the launch is paid for in its last year
            idle = max(left - 4, 0)
            cash -= portfolio.cost[other, on] / 4 * max(min(left, window) - idle, 0)
        else:
            cash -= portfolio.rate[other, on] * min(left, window)
    return cash, float(portfolio.cost[row, stage]) * window / lasts


def test_no_stage_starts_that_cash_does_not_cover(poor: tuple[Founded, list[State]]) -> None:
    """Lane by lane in the order of worth by cost: each start, on top of those before it, and what is refused."""
    founded, past = poor
    firm, checked, refused = founded.firm, 0, 0
    portfolio, all_starts = firm.portfolio, starts(founded, past)
    for quarter in range(1, 60):
        before, state, new = past[quarter - 1], past[quarter], all_starts[quarter]
        row = np.flatnonzero(new.any(axis=1) & ~firm.contract.of(firm.contract.awaited, quarter)[portfolio.lane])
        for lane in np.unique(portfolio.lane[row])[:40]:
            mine = row[portfolio.lane[row] == lane]
            stage = np.argmax(new[mine], axis=1)
            worth = portfolio.worth[mine, stage] / portfolio.cost[mine, stage]
            promised = 0.0
            for each in mine[np.argsort(-worth, kind="stable")]:
                free, part = free_cash(firm, before, state, quarter, each, new)
                assert part + promised <= free + 1e-9, (quarter, lane)
                promised += part
                checked += 1
        waits = np.flatnonzero((state.due < quarter) & state.alive[portfolio.lane] & portfolio.mobile)
        for each in waits[:20]:
            if not new[portfolio.lane == portfolio.lane[each]].any():
                one = np.zeros_like(new)
                one[each, state.stage[each]] = True
                free, part = free_cash(firm, before, state, quarter, each, one)
                assert part > free - 1e-9, (quarter, each)
                refused += 1
    assert checked > 200 and refused > 50


def test_research_pauses_only_when_short_and_leads_come_later_only_then(poor: tuple[Founded, list[State]]) -> None:
    founded, past = poor
    firm, last = founded.firm, past[-1]
    paused = np.cumsum([state.today["paused"] for state in past], axis=0)
    course, row = firm.portfolio.course, firm.sought
    seen = row[last.found[row] < WAITING]
    later = last.found[seen] - course.crossing[seen]
    assert (later >= 0).all() and (later > 0).any()
    before = paused[course.crossing[seen], firm.portfolio.lane[seen]]  # pauses up to the planned quarter
    assert (before[later > 0] > 0).all() and (later[before == 0] == 0).all()
    assert not today(past, "own_research")[np.diff(paused, axis=0, prepend=0) > 0].any()
    own = -today(past, "own_research")
    assert set(np.unique(own.round(12))) == {0.0, round(firm.policy.own_research, 12)}


def test_later_flows_of_a_candidate_that_was_sold_go_to_others() -> None:
    lived = finance(POOR)
    handed = 0
    for slug in lived.world.books:
        out, horizon = lived.out[slug], lived.world.horizon
        until, stopped = out.held.until, out.held.stopped
        sold = np.flatnonzero((until < NEVER) & (stopped == NEVER))
        net = np.zeros((len(until), horizon))
        others = np.zeros((len(until), horizon))
        for flow in out.books.flows:
            if flow.row is None or not flow.programme or not len(flow.row):
                continue
            for party, page in ((Party.COMPANY, net), (Party.OTHERS, others)):
                sign = (flow.payee == party) * 1.0 - (flow.payer == party)
                if sign:
                    by_row = by_path_and_quarter(replace(flow, path=flow.row), len(until), horizon)
                    page += sign * by_row
        after = np.arange(horizon) > until[:, None] // 2
        assert np.abs(np.where(after, net, 0.0)).max(initial=0.0) < 1e-9
        handed += int((np.where(after, others, 0.0)[sold] != 0).any(axis=1).sum())
        stops = stopped < NEVER
        assert np.abs(np.where(after, others, 0.0)[stops]).max(initial=0.0) < 1e-9
    assert handed > 20


def test_a_company_sells_a_candidate_once_and_gets_its_price(poor: tuple[Founded, list[State]]) -> None:
    founded, past = poor
    portfolio, last = founded.firm.portfolio, past[-1]
    sold = np.flatnonzero(last.sold < NEVER)
    quarter = last.sold[sold] // 2
    price = np.zeros((len(past), founded.firm.lanes))
    np.add.at(price, (quarter, portfolio.lane[sold]), last.price[sold])
    alone = np.array([state.alive for state in past])  # where winding down adds nothing to it
    got = today(past, "sold")
    assert np.abs(np.where(alone, got - price, 0.0)).max() < 1e-9
    assert (last.price[sold] > 0).any() and (last.sold[sold] % 2 == 1).all()


def test_forced_ends_leave_less_than_the_buffer_and_others_do_not_end() -> None:
    lived = base_life()
    policy, past = lived.firm.policy, states(lived.firm)
    forced, ended = lived.life.state.forced, lived.life.state.ended
    assert 0 < forced.sum() < (ended < NEVER).sum()
    for quarter, state in enumerate(past):
        alive = state.alive
        burn = -state.today["base_burn"] - state.today["own_research"]
        net_burn = np.where(state.today["paused"], burn + policy.own_research, burn) - state.recurring
        cash = state.today["closing_cash"]
        assert (cash >= policy.buffer * net_burn - 1e-9)[alive].all(), quarter
        now = forced & (ended == 2 * (quarter + 1))
        assert (np.abs(cash) < 1e-9)[now].all()
    voluntary = (ended < NEVER) & ~forced
    for quarter, state in enumerate(past):
        now = voluntary & (ended == 2 * quarter + 1)
        assert (state.today["winding_down"] > state.today["going_on"])[now].all()
        go_on = state.alive
        assert (state.today["winding_down"] <= state.today["going_on"] + 1e-6)[go_on].all()
