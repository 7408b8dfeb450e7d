"""Firms for tests: the company of some strategies over a block of paths, founded, lived and settled."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from helpers import SEED, World, base_task, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.company.firm import Firm
from partnering.company.found import found_firm, with_limits, without_limits
from partnering.company.live import Life, live
from partnering.company.portfolio import Portfolio
from partnering.company.settle import Settled, settle
from partnering.company.state import State, opening
from partnering.company.step import step
from partnering.course.gates import Beliefs
from partnering.course.strategies import Party, read_strategies
from partnering.deal.ledger import net_by_quarter
from partnering.inputs import Scenario
from partnering.results.simulate import Task, prepare
from partnering.results.statistics import standard_error
from partnering.world.capital import draw_capital_market

PATHS = 200
ALONE = ("market", "concept", "best")
NEVER_OPEN: dict[str, Any] = {
    "financing.window_open_today": False,
    "financing.window_shut_share": 1 - 1e-12,
    "financing.window_shut_years": 1e12,
}
ALWAYS_OPEN: dict[str, Any] = {"financing.window_open_today": True, "financing.window_shut_share": 0.0}
NO_COMMON: dict[str, Any] = {
    f"candidates.common.{part}": () for part in ("names", "modality", "phase_2_left", "territory_share")
}
NO_SEEDED: dict[str, Any] = {f"technology.{part}": () for part in ("seeded_names", "seeded_stage", "seeded_years_left")}


@dataclass(frozen=True)
class Founded:
    """The company of some strategies on the day."""

    world: World
    firm: Firm
    beliefs: list[Beliefs]

    @property
    def paths(self) -> int:
        return self.world.paths

    @property
    def scenario(self) -> Scenario:
        return self.world.scenario

    def lanes(self, slug: str) -> slice:
        """The lanes of a strategy."""
        at = list(self.world.books).index(slug) * self.paths
        return slice(at, at + self.paths)

    def live(self) -> "Lived":
        """The same company after its life; may be asked again."""
        life = live(fresh(self.firm))
        out = settle(life, list(self.world.books.values()), self.beliefs)
        return Lived(self.world, self.firm, self.beliefs, life, dict(zip(self.world.books, out, strict=True)))


@dataclass(frozen=True)
class Lived(Founded):
    """The company of some strategies over the horizon."""

    life: Life
    out: dict[str, Settled]

    def kept(self, name: str, slug: str) -> NDArray[np.float64]:
        """An amount by (quarter, path)."""
        return self.life.kept[name][:, self.lanes(slug)]

    def net(self, slug: str, party: Party = Party.COMPANY) -> NDArray[np.float64]:
        """What the ledger says an account gets, (quarter, path)."""
        return net_by_quarter(self.out[slug].flows, party, self.paths, self.world.horizon).T

    def value(self, slug: str) -> NDArray[np.float64]:
        """Present value of the company by path, what its owners paid in and got out not counted."""
        net = self.net(slug)
        for name in ("raised", "paid_out"):
            net = net - self.kept(name, slug)
        rate = self.scenario["valuation.discount_rate"]
        return (1 + rate) ** -((np.arange(len(net)) + 0.5) / 4) @ net

    def forced(self, slug: str) -> NDArray[np.bool_]:
        return self.life.state.forced[self.lanes(slug)]

    def ended(self, slug: str) -> NDArray[np.int64]:
        return self.life.state.ended[self.lanes(slug)]


def fresh(firm: Firm) -> Firm:
    """The same firm with a diary and products of its own: a life writes into both."""
    portfolio = replace(firm.portfolio, brings=firm.portfolio.brings.copy())
    return replace(firm, portfolio=portfolio, diary=deepcopy(firm.diary))


@cache
def _prepared(scenario_key: tuple, paths: int) -> Task:
    return prepare(with_leaves(load(), dict(scenario_key)), SEED, paths, 1)


def found(
    changes: Mapping[str, Any] | None = None,
    paths: int = PATHS,
    seed: int = SEED,
    unlimited: bool = False,
    slugs: Iterable[str] | None = None,
    own_beliefs: bool = False,
) -> Founded:
    """The company of the base case with some leaves changed; management's beliefs are the base case's unless said."""
    changes = changes or {}
    scenario = with_leaves(load(), changes)
    if own_beliefs:
        task = _prepared(tuple(sorted(changes.items())), paths)
    else:
        task = replace(base_task(), scenario=scenario, strategies=read_strategies(scenario))
    return found_in(task, paths, seed, unlimited, slugs)


def found_in(
    task: Task, paths: int = PATHS, seed: int = SEED, unlimited: bool = False, slugs: Iterable[str] | None = None
) -> Founded:
    """The company of a scenario that has been prepared."""
    slugs = None if slugs is None else set(slugs)
    chosen = [t for s, t in zip(task.strategies, task.beliefs, strict=True) if slugs is None or s.slug in slugs]
    world = run_world(task.scenario, paths, seed, slugs=slugs, task=task)
    market = draw_capital_market(task.scenario, world.theta, seed, 0)
    firm = found_firm(task.scenario, world.theta, list(world.books.values()), chosen, market)
    return Founded(world, without_limits(firm) if unlimited else with_limits(firm), chosen)


def finance(changes: Mapping[str, Any] | None = None, paths: int = PATHS, **settings: Any) -> Lived:
    """The company of the base case with some leaves changed, over the horizon."""
    return found(changes, paths, **settings).live()


@cache
def base_life() -> Lived:
    """The base case over the horizon."""
    return finance()


def first_state(firm: Firm) -> State:
    return opening(firm.policy, firm.portfolio, firm.lanes)


def states(firm: Firm, quarters: int | None = None) -> list[State]:
    """The states at the end of quarters, of a life of its own."""
    firm = fresh(firm)
    state, found = first_state(firm), []
    for quarter in range(quarters or firm.policy.horizon):
        state = step(firm, state, quarter)
        found.append(state)
    return found


def today(found: list[State], name: str) -> NDArray[np.float64]:
    """An amount of every quarter, (quarter, lane); nothing where a quarter does not have it."""
    return np.stack([np.broadcast_to(s.today.get(name, 0.0), s.cash.shape) for s in found])


def started(portfolio: Portfolio, state: State) -> NDArray[np.bool_]:
    """Stages that the company pays for and has started, (row, stage)."""
    following = np.where(state.stage < 0, portfolio.paid.shape[1], state.stage)[:, None]
    return portfolio.paid & (np.arange(portfolio.paid.shape[1]) < following) & portfolio.mobile[:, None]


def not_below(high: NDArray, low: NDArray, errors: float = 3.0) -> bool:
    """Whether the mean of `high` is not below that of `low` by more than some standard errors, path by path."""
    gap = np.asarray(high, dtype=float) - low
    return bool(gap.mean() >= -errors * standard_error(gap))
