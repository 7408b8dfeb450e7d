"""Setting up the company of every strategy over a block of paths: candidates, contract, diary, franchise."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.company.diary import Entry, open_diary
from partnering.company.firm import Contract, Firm, book_standing
from partnering.company.policy import Policy, read_policy
from partnering.company.portfolio import join, portfolio_of
from partnering.company.state import opening
from partnering.company.view import full_burn, going_concern
from partnering.course.gates import Beliefs, Chain
from partnering.course.pathway import CHAIN_OF_ROUTE
from partnering.course.plan import Plan
from partnering.course.research import (
    NEVER,
    committed_years,
    funded_quarters,
    research_quarters,
)
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import by_path_and_quarter
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Origin, Stage
from partnering.world.capital import CapitalMarket
from partnering.world.theta import Theta

CONTRACT_LINES = ("research_funding", "extension_funding", "research_cost", "extension_research")
"""What a deal pays for research and what that research costs, line by line."""


def found_firm(
    scenario: Scenario,
    theta: Theta,
    all_books: list[Books],
    beliefs: list[Beliefs],
    market: CapitalMarket,
    unlimited: bool,
) -> Firm:
    """Return the company under every strategy, one after the other, on the same paths.

    With `unlimited` money nothing waits for it: the planned view.
    """
    policy, size, outlook = read_policy(scenario, theta), theta.size, beliefs[0].outlook
    lanes = size * len(all_books)
    portfolio = join(
        part
        for place, (books, table) in enumerate(zip(all_books, beliefs, strict=True))
        for part in (
            portfolio_of(
                scenario,
                theta,
                table,
                books.course,
                [flow for flow in books.flows if flow.programme],
                books.strategy.exit_stage,
                place * size,
                not unlimited,
            ),
            portfolio_of(
                scenario,
                theta,
                table,
                books.outside[0].course,
                books.outside[0].flows,
                Stage.PHASE_2,
                place * size,
                not unlimited,
            ),
        )
    )
    diary = open_diary(policy.horizon, lanes)
    _book_technology(scenario, theta, all_books, beliefs, diary.entries)
    for place, books in enumerate(all_books):
        _book_upfront(books, diary.entries[Entry.START][:, place * size : (place + 1) * size])
    book_standing(portfolio, diary, outlook.run_on)
    lag = to_quarters(scenario["leads.discovery_lag_years"]) / QUARTERS
    found = beliefs[0].leads_per_musd[0] * float(discount(lag, scenario["valuation.discount_rate"]))
    chains = [CHAIN_OF_ROUTE[books.strategy.own_lead_route] for books in all_books]
    multipliers = [books.strategy.effector_multiplier for books in all_books]
    parts = [_contract(scenario, theta, b, t, policy, found) for b, t in zip(all_books, beliefs, strict=True)]
    leads = portfolio.mobile & (portfolio.course.candidates.origin == Origin.LEAD)
    firm = Firm(
        scenario=scenario,
        theta=theta,
        policy=policy,
        outlook=outlook,
        least_sales=beliefs[0].least_sales,
        portfolio=portfolio,
        contract=_side_by_side(parts),
        diary=diary,
        open=np.tile(market.open, len(all_books)),
        swing=np.tile(market.swing, len(all_books)),
        unlimited=unlimited,
        sought=np.flatnonzero(leads),
        lead_worth=np.repeat([found * t.outlook.lead_worth[c] for c, t in zip(chains, beliefs, strict=True)], size),
        licences_a_year=np.repeat(np.array(multipliers) * outlook.licences_a_year, size),
        franchise=0.0,
    )
    return replace(firm, franchise=_franchise(firm, all_books))


def _franchise(firm: Firm, all_books: list[Books]) -> float:
    """Return what of the value before the deal beliefs do not explain, under the best alternative without a deal."""
    state = opening(firm.policy, firm.portfolio, firm.lanes)
    first = np.flatnonzero(firm.portfolio.mobile & (state.due == 0))
    worth = np.bincount(firm.portfolio.lane[first], firm.portfolio.worth[first, state.stage[first]], firm.lanes)
    today = firm.diary.entries[:, 0]
    state = state.change(
        own=worth + today[Entry.OWN], held=today[Entry.HELD], work=today[Entry.WORK], rights=today[Entry.RIGHTS]
    )
    state = state.change(base_burn=full_burn(firm, state, 0))
    believed = going_concern(firm, state, 0)[:: firm.lanes // len(all_books)]
    alone = [value for value, books in zip(believed, all_books, strict=True) if not books.strategy.signs_deal]
    return firm.policy.pre_deal_value - firm.policy.opening_cash - float(max(alone, default=0.0))


def _book_technology(
    scenario: Scenario, theta: Theta, all_books: list[Books], beliefs: list[Beliefs], entries: NDArray[np.float64]
) -> None:
    """Book the licences of the technology, once where strategies share them."""
    size, done = theta.size, {}
    for place, (books, table) in enumerate(zip(all_books, beliefs, strict=True)):
        outside = books.outside[1]
        if id(outside) not in done:
            portfolio = portfolio_of(scenario, theta, table, outside.course, outside.flows, None, 0, False)
            page = open_diary(entries.shape[1], size)
            book_standing(portfolio, page, table.outlook.run_on)
            done[id(outside)] = page.entries
        entries[:, :, place * size : (place + 1) * size] += done[id(outside)]


def _book_upfront(books: Books, page: NDArray[np.float64]) -> None:
    for flow in books.flows:
        if flow.line == "upfront":
            np.add.at(page, (flow.first, flow.path), flow.amount)


def _contract(
    scenario: Scenario, theta: Theta, books: Books, beliefs: Beliefs, policy: Policy, found: float
) -> Contract:
    """Return what a strategy's deal does for research, (quarter, path) each."""
    plan, size, horizon = books.plan, theta.size, policy.horizon
    net, research = np.zeros((horizon, size)), np.zeros((horizon, size))
    for flow in books.flows:
        if flow.line in CONTRACT_LINES:
            sign = 1 if flow.payee == Party.COMPANY else -1
            net += sign * by_path_and_quarter(flow, size, horizon).T
    quarter = np.arange(horizon)[:, None]
    until = plan.funded_until(scenario)
    funds = (quarter >= plan.signing) & (quarter < until)
    for signing in np.unique(plan.signing[plan.signing < NEVER]):
        spent = research_quarters(scenario, int(signing), scenario["deal.extension_count"])
        research[: len(spent)] += np.where(funds[: len(spent)] & (plan.signing == signing), spent[:, None], 0.0)
    ahead, worth = _decided(scenario, plan, policy, beliefs, found)
    in_window = quarter < policy.research_window
    return Contract(
        net=net,
        funded=research,
        ahead=ahead,
        worth=worth,
        own_research=in_window & ~funds,
        awaited=np.broadcast_to(books.strategy.signing_quarter if books.strategy.signs_deal else 0, size) > quarter,
    )


def _decided(
    scenario: Scenario, plan: Plan, policy: Policy, beliefs: Beliefs, found: float
) -> tuple[dict[int, NDArray[np.float64]], NDArray[np.float64]]:
    """Return (net funding over the quarters ahead, worth of all funding ahead), as far as it is decided by a quarter.

    A further year is decided at its date. Funding is worth its margin and the leads it is expected to find.
    """
    size, horizon, committed = len(plan.signing), policy.horizon, committed_years(scenario)
    ahead = {h: np.zeros((horizon, size)) for h in (policy.look_ahead, policy.raise_for)}
    worth, margin = np.zeros((horizon, size)), 1 - beliefs.outlook.research_cost_share
    value = margin + scenario["leads.target_multiplier"] * found * beliefs.outlook.lead_worth[Chain.PARTNER]
    factor = discount(mid_years(np.arange(horizon)), scenario["valuation.discount_rate"])
    moments = [0.0] * committed + list(scenario["deal.extension_decision_years"])
    for signing in np.unique(plan.signing[plan.signing < NEVER]):
        funded = funded_quarters(scenario, int(signing))
        for year, moment in enumerate(moments):
            path = np.flatnonzero((plan.signing == signing) & (plan.extensions > year - committed))
            if not len(path):
                continue
            paid = np.zeros(horizon)
            first = int(signing) + QUARTERS * year
            paid[first : first + QUARTERS] = funded[QUARTERS * year : QUARTERS * (year + 1)][: horizon - first]
            known = int(signing) + int(to_quarters(moment))
            sums = np.concatenate([[0.0], np.cumsum(paid)])
            for h, page in ahead.items():
                for quarter in range(min(known, horizon), min(first + QUARTERS, horizon)):
                    page[quarter, path] += margin * (sums[min(quarter + h, horizon)] - sums[quarter])
            for quarter in range(min(known, horizon), min(first + QUARTERS, horizon)):
                left = paid[quarter:] @ factor[: horizon - quarter]
                worth[quarter, path] += value * left
    return ahead, worth


def _side_by_side(parts: list[Contract]) -> Contract:
    return Contract(
        net=np.concatenate([p.net for p in parts], axis=1),
        funded=np.concatenate([p.funded for p in parts], axis=1),
        ahead={h: np.concatenate([p.ahead[h] for p in parts], axis=1) for h in parts[0].ahead},
        worth=np.concatenate([p.worth for p in parts], axis=1),
        own_research=np.concatenate([p.own_research for p in parts], axis=1),
        awaited=np.concatenate([p.awaited for p in parts], axis=1),
    )
