"""Setting up the company of every strategy over a block of paths: candidates, contract, diary, franchise."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, to_quarters
from partnering.company.contract import SIGNING_LINES, contract_of, side_by_side
from partnering.company.diary import Diary, Entry, open_diary
from partnering.company.firm import Firm, book_standing
from partnering.company.policy import read_policy
from partnering.company.portfolio import Portfolio, join, portfolio_of
from partnering.company.state import opening
from partnering.company.view import full_burn, going_concern
from partnering.course.gates import Beliefs
from partnering.course.pathway import chain_of
from partnering.deal.books import Books
from partnering.deal.exposures import fair_shares_musd
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Origin, Stage
from partnering.world.capital import CapitalMarket
from partnering.world.theta import Theta


def with_limits(firm: Firm) -> Firm:
    """Return the firm ready to live: what money cannot move is in its diary."""
    return _opened(firm, firm.portfolio)


def without_limits(firm: Firm) -> Firm:
    """Return the firm ready to live with all the money it could want: nothing waits, and all is in its diary."""
    portfolio = replace(firm.portfolio, paid=np.zeros_like(firm.portfolio.paid))
    return replace(_opened(firm, portfolio), unlimited=True, sought=np.zeros(0, dtype=np.int64))


def _opened(firm: Firm, portfolio: Portfolio) -> Firm:
    none = np.full(portfolio.paid.shape, -1, dtype=np.int16)
    diary, own_copy = (
        Diary(firm.diary.entries.copy(), none),
        replace(portfolio, brings=portfolio.brings.copy(), once=portfolio.once.copy()),
    )
    book_standing(own_copy, diary, firm.outlook.run_on)
    return replace(firm, portfolio=own_copy, diary=diary)


def found_firm(
    scenario: Scenario, theta: Theta, all_books: list[Books], beliefs: list[Beliefs], market: CapitalMarket
) -> Firm:
    """Return the company under every strategy, one after the other, on the same paths.

    Its diary has nothing yet but technology licences and the upfront: `with_limits` or `without_limits` open it.
    """
    policy, size, outlook = read_policy(scenario, theta), theta.size, beliefs[0].outlook
    pairs = list(zip(all_books, beliefs, strict=True))
    portfolio = join(part for place, pair in enumerate(pairs) for part in _parts(scenario, theta, *pair, place * size))
    diary = open_diary(policy.horizon, size * len(all_books))
    _book_technology(scenario, theta, all_books, beliefs, diary.entries)
    for place, books in enumerate(all_books):
        _book_upfront(books, diary.entries[Entry.START][:, place * size : (place + 1) * size])
    lag = to_quarters(scenario["leads.discovery_lag_years"]) / QUARTERS
    found = beliefs[0].leads_per_musd[0] * float(discount(lag, scenario["valuation.discount_rate"]))
    chains = [chain_of(scenario, books.strategy.own_lead_route) for books in all_books]
    multipliers = [books.strategy.effector_multiplier for books in all_books]
    leads = portfolio.mobile & (portfolio.course.candidates.origin == Origin.LEAD)
    firm = Firm(
        scenario=scenario,
        theta=theta,
        policy=policy,
        outlook=outlook,
        least_sales=beliefs[0].least_sales,
        portfolio=portfolio,
        contract=side_by_side([contract_of(scenario, theta, *pair, policy, found) for pair in pairs]),
        diary=diary,
        open=np.tile(market.open, len(all_books)),
        swing=np.tile(market.swing, len(all_books)),
        unlimited=False,
        sought=np.flatnonzero(leads),
        lead_worth=np.repeat([found * t.outlook.lead_worth[c] for c, t in zip(chains, beliefs, strict=True)], size),
        licences_a_year=np.repeat(np.array(multipliers) * outlook.licences_a_year, size),
        placed=_placed(scenario, all_books),
        franchise=0.0,
    )
    return replace(firm, franchise=_franchise(firm, all_books))


def _parts(scenario: Scenario, theta: Theta, books: Books, beliefs: Beliefs, first_lane: int) -> Iterator[Portfolio]:
    """Yield the programme of a strategy and the common candidates, as rows of its lanes."""
    programme = [flow for flow in books.flows if flow.programme]
    exits = books.strategy.exit_stage
    yield portfolio_of(scenario, theta, beliefs, books.course, programme, exits, first_lane, books)
    kept = books.outside[0]
    yield portfolio_of(scenario, theta, beliefs, kept.course, kept.flows, Stage.PHASE_2, first_lane)


def _franchise(firm: Firm, all_books: list[Books]) -> float:
    """Return what of the value before the deal beliefs do not explain, under the best alternative without a deal."""
    state, portfolio = opening(firm.policy, firm.portfolio, firm.lanes), firm.portfolio
    today = firm.diary.entries[:, 0]
    now = portfolio.course.entered & (portfolio.course.start == 0) & (portfolio.course.crossing == 0)[:, None]
    own, held = (
        np.bincount(portfolio.lane, (portfolio.worth * (now & mine)).sum(axis=1), firm.lanes)
        for mine in (portfolio.own, ~portfolio.own)
    )
    state = state.change(own=own, held=held + today[Entry.HELD], rights=today[Entry.RIGHTS])
    state = state.change(base_burn=full_burn(firm, state, 0))
    believed = going_concern(firm, state, 0, firm.policy.burn_ahead)[:: firm.lanes // len(all_books)]
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
            portfolio = portfolio_of(scenario, theta, table, outside.course, outside.flows, None, 0)
            portfolio = replace(portfolio, paid=np.zeros_like(portfolio.paid))
            page = open_diary(entries.shape[1], size)
            book_standing(portfolio, page, table.outlook.run_on)
            done[id(outside)] = page.entries
        entries[:, :, place * size : (place + 1) * size] += done[id(outside)]


def _placed(scenario: Scenario, all_books: list[Books]) -> dict[int, NDArray[np.float64]]:
    """Return what the partner pays for shares at their price, by the quarter it signs in, (lane,)."""
    signing = np.concatenate([books.plan.signing for books in all_books])
    factor = np.repeat([books.strategy.terms_factor for books in all_books], len(all_books[0].plan.signing))
    paid = factor * fair_shares_musd(scenario, signing)
    return {int(quarter): np.where(signing == quarter, paid, 0.0) for quarter in np.unique(signing[paid > 0])}


def _book_upfront(books: Books, page: NDArray[np.float64]) -> None:
    for flow in books.flows:
        if flow.line in SIGNING_LINES:
            np.add.at(page, (flow.first, flow.path), flow.amount)
