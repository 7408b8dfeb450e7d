"""Other futures of a firm: the same up to a quarter in all that has been seen by then, and new after it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from firms import Founded, fresh, states
from numpy.typing import NDArray

from partnering.company.diary import Diary
from partnering.company.firm import Contract, Firm
from partnering.company.policy import Policy
from partnering.company.portfolio import NONE, Payments, Portfolio
from partnering.company.state import State
from partnering.course.research import NEVER
from partnering.world.candidates import Origin, Stage
from partnering.world.theta import Theta

DECIDED = ("shares", "last_raise", "ended", "forced", "running", "found", "sold", "price", "researched")
"""What a state shows of the decisions taken so far."""

LONGEST = 12


def decisions_changed(founded: Founded, until: int, other: Firm, past: list[State] | None = None) -> set[str]:
    """Names of the decisions up to a quarter (included) that another firm would take otherwise."""
    past = past or states(founded.firm, until + 1)
    changed = set()
    for before, after in zip(past[: until + 1], states(other, until + 1), strict=True):
        changed |= {name for name in DECIDED if not np.array_equal(getattr(before, name), getattr(after, name))}
        if not same(before.cash, after.cash):
            changed.add("cash")
    return changed


def same(one: NDArray, other: NDArray) -> bool:
    return bool(np.allclose(one, other, rtol=0, atol=1e-9))


@dataclass(frozen=True)
class Future:
    """Another future of a firm after a quarter, given the state at the quarter's end."""

    firm: Firm
    state: State
    until: int
    rng: np.random.Generator

    def another(self) -> Firm:
        """Return the firm with all that is later than the quarter replaced."""
        firm, later = fresh(self.firm), slice(self.until + 1, None)
        diary = firm.diary.entries
        diary[:, later] = self.rng.permuted(diary[:, later], axis=2) + self.rng.normal(0, 5, diary[:, later].shape)
        opened, swing = firm.open.copy(), firm.swing.copy()
        opened[later] = self.rng.random(opened[later].shape) < 0.5
        swing[later] = np.exp(self.rng.normal(size=swing[later].shape))
        return replace(
            firm,
            diary=Diary(diary, firm.diary.started),
            open=opened,
            swing=swing,
            portfolio=self._portfolio(firm.portfolio),
            contract=self._contract(firm.contract),
        )

    def _contract(self, contract: Contract) -> Contract:
        """Return what the deal pays: later years, and what is known of them only later, are new."""

        def new(page: NDArray) -> NDArray:
            page = page.copy()
            page[self.until + 1 :] = self.rng.permuted(page[self.until + 1 :], axis=1)
            return page

        ahead = {quarters: new(page) for quarters, page in contract.ahead.items()}
        rest = ("net", "funded", "worth", "own_research", "awaited")
        return replace(contract, ahead=ahead, **{name: new(getattr(contract, name)) for name in rest})

    def _portfolio(self, portfolio: Portfolio) -> Portfolio:
        """Return the candidates with stages that have not started by the quarter replaced."""
        shape, state, rng = portfolio.paid.shape, self.state, self.rng
        stages, following = np.arange(shape[1]), np.where(state.stage == NONE, shape[1], state.stage)[:, None]
        started = self._started(portfolio, stages, following)
        known = started | ((stages == following) & (state.due[:, None] <= self.until))
        entered, own, paid = self._succeeds(portfolio, stages, started)
        start = np.where(started, portfolio.course.start, portfolio.course.start + rng.integers(0, LONGEST, shape))
        start = np.where(stages == following, np.maximum(start, self._not_yet(portfolio)[:, None]), start)
        start = np.where(
            known | ~portfolio.mobile[:, None], portfolio.course.start, np.maximum.accumulate(start, axis=1)
        )
        end, runs = self._ends(portfolio, start, started)
        start[:, 1:] = np.where(runs, np.maximum(end, start[:, 1:]), start[:, 1:])
        product = entered[:, Stage.MARKET] & (portfolio.course.launch < NEVER)
        launch = portfolio.course.launch + start[:, Stage.MARKET] - portfolio.course.start[:, Stage.MARKET]
        course = replace(
            portfolio.course, entered=entered, start=start, end=end, launch=np.where(product, launch, NEVER)
        )
        new = {n: self._new(getattr(portfolio, n), started) for n in ("rate", "fee")}
        brings = portfolio.brings.copy()
        brings[:, self.until + 1 :] = rng.permuted(brings[:, self.until + 1 :], axis=0)
        return replace(
            portfolio,
            course=replace(course, candidates=self._candidates(portfolio)),
            paid=paid,
            own=own,
            worth=self._new(portfolio.worth, known | ~entered) + 50.0 * (entered & ~portfolio.course.entered),
            slot=np.where(product, portfolio.slot, NONE),
            brings=brings,
            payments=self._payments(portfolio.payments),
            **new,
        )

    def _started(self, portfolio: Portfolio, stages: NDArray, following: NDArray) -> NDArray[np.bool_]:
        """Return the stages that have begun; of rows that money cannot move, or that the company let go of, all."""
        begun = portfolio.course.start + self.state.shift[:, None] <= self.until
        none = (self.state.found > self.until)[:, None]
        moves = portfolio.mobile & (self.state.sold == NEVER) & self.state.alive[portfolio.lane]
        return np.where(moves[:, None], (stages < following) & begun & ~none, True)

    def _ends(self, portfolio: Portfolio, start: NDArray, started: NDArray) -> tuple[NDArray, NDArray]:
        """Return (ends of stages, later for those under way, which these are), (row, stage)."""
        planned, mobile, shift = portfolio.course.end, portfolio.mobile[:, None], self.state.shift[:, None]
        begun = started[:, :-1] & portfolio.course.entered[:, :-1]
        there = (self.state.sold == NEVER) & self.state.alive[portfolio.lane]
        runs = begun & mobile & (planned + shift > self.until) & there[:, None]
        wait = self.rng.integers(0, LONGEST, planned.shape)
        ends = np.where(runs, self.until + 1 - shift + wait, start[:, :-1] + 1 + wait)
        return np.where(mobile & (runs | ~started[:, :-1]), ends, planned), runs

    def _not_yet(self, portfolio: Portfolio) -> NDArray[np.int64]:
        """Return the earliest planned quarter of a stage that has not been due by the quarter."""
        row = np.arange(len(portfolio.lane))
        shift = np.where(self.state.found > self.until, 0, self.state.shift[row])
        exists = portfolio.course.candidates.origin != Origin.LEAD
        later = exists | (self.state.found <= self.until)
        return np.where(later, self.until + 1 - shift, 0)

    def _succeeds(self, portfolio: Portfolio, stages: NDArray, started: NDArray) -> tuple[NDArray, ...]:
        """Return (entered, own, paid) with other ends for candidates whose stage under way is not over."""
        entered, own = portfolio.course.entered.copy(), portfolio.own.copy()
        paid, state = portfolio.paid.copy(), self.state
        last = np.where(started & entered, stages, NONE).max(axis=1)
        over = np.where(last == NONE, -1, portfolio.until[np.arange(len(last)), last] + state.shift)
        moving = portfolio.mobile & (last != NONE) & (last < Stage.PHASE_3) & (state.due > self.until)
        moving &= (state.running != NONE) & (over > self.until) & (state.sold == NEVER)
        fails = moving & (self.rng.random(len(last)) < 0.5)
        later = stages > last[:, None]
        entered &= ~(fails[:, None] & later)
        paid &= ~(fails[:, None] & later)
        passes = moving & ~fails
        next_one = passes[:, None] & (stages == last[:, None] + 1)
        return entered | next_one, own | next_one, paid | next_one

    def _new(self, values: NDArray, held: NDArray) -> NDArray[np.float64]:
        return np.where(held, values, np.abs(values) * np.exp(self.rng.normal(size=values.shape)))

    def _payments(self, payments: Payments) -> Payments:
        later = payments.quarter + self.state.shift[payments.row] > self.until
        amount = np.where(later, payments.amount * self.rng.uniform(-1, 3, len(later)), payments.amount)
        return replace(payments, amount=amount)

    def _candidates(self, portfolio: Portfolio):
        """Return the candidates: leads not found yet are found later, products not launched sell otherwise."""
        old, state = portfolio.course.candidates, self.state
        sought = (old.origin == Origin.LEAD) & portfolio.mobile & (state.found > self.until)
        wait = state.researched[portfolio.lane] + self.rng.exponential(10.0, len(sought)) + 1e-6
        launched = portfolio.course.launch + state.shift <= self.until
        peak = np.where(launched, old.peak_musd, old.peak_musd * np.exp(self.rng.normal(size=len(sought))))
        return replace(old, effort_needed=np.where(sought, wait, old.effort_needed), peak_musd=peak)


@dataclass(frozen=True)
class Seen:
    """On which paths a firm has shown an input by a quarter: its value is then held."""

    founded: Founded
    past: list[State]

    def permuted(self, rng: np.random.Generator) -> Firm:
        """Return the firm with inputs permuted among paths that have shown nothing of them yet."""
        firm, size = fresh(self.founded.firm), self.founded.paths
        order = rng.permutation(size)
        tried, sold, earned = (self._paths(lanes) for lanes in (self._tried(), self._sold(), self._earned()))
        policy: Policy = replace(
            firm.policy,
            raise_limit=np.where(tried, firm.policy.raise_limit, firm.policy.raise_limit[order]),
            kept_in_sale=np.where(sold, firm.policy.kept_in_sale, firm.policy.kept_in_sale[order]),
            tax_rate=np.where(earned, firm.policy.tax_rate, firm.policy.tax_rate[order]),
        )
        markets = self._paths(self._markets())
        values = {
            path: np.where(markets, value, value[order]) if isinstance(value, np.ndarray) else value
            for path, value in firm.theta.values.items()
        }
        return replace(firm, policy=policy, theta=Theta(values, size))

    def _paths(self, lanes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return lanes.reshape(-1, self.founded.paths).any(axis=0)

    def _any(self, of: Iterable[NDArray]) -> NDArray[np.bool_]:
        return np.any(np.stack(list(of)), axis=0)

    def _tried(self) -> NDArray[np.bool_]:
        """Lanes on which the company wanted to raise: the limit has been seen, even where nothing came of it."""
        firm = self.founded.firm

        def wanted(quarter: int, state: State) -> NDArray[np.bool_]:
            cash = state.today["opening_cash"] + state.today["receipts"] + np.minimum(state.today["paid_out"], 0)
            return firm.open[quarter] & (cash < state.today["need"] + 1e-6)

        return self._any(wanted(q, s) for q, s in enumerate(self.past))

    def _sold(self) -> NDArray[np.bool_]:
        return (
            self._any((s.ended < NEVER) | (s.today.get("sold", s.income * 0) != 0) for s in self.past)
            | self._rows_sold()
        )

    def _rows_sold(self) -> NDArray[np.bool_]:
        row = np.flatnonzero(self.past[-1].sold < NEVER)
        return np.bincount(self.founded.firm.portfolio.lane[row], minlength=self.founded.firm.lanes) > 0

    def _earned(self) -> NDArray[np.bool_]:
        return self._any(s.today.get("tax", s.income * 0) != 0 for s in self.past)

    def _markets(self) -> NDArray[np.bool_]:
        """Lanes with a product of the company's, from the quarter in which its sales are worked out."""
        firm, state = self.founded.firm, self.past[-1]
        row = np.flatnonzero(firm.portfolio.mobile & state.priced)
        return np.bincount(firm.portfolio.lane[row], minlength=firm.lanes) > 0
