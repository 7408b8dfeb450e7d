"""The company's money over a block of paths: the views after tax, planned and as financed, and what they add."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years
from partnering.company.found import found_firm, with_limits, without_limits
from partnering.company.live import Life, live
from partnering.company.settle import settle
from partnering.company.shares import value_per_share
from partnering.company.state import HALVES, WAITING
from partnering.course.gates import Beliefs
from partnering.course.research import NEVER
from partnering.deal.books import Books
from partnering.inputs.scenario import Scenario
from partnering.results.counting import Counted, tally_moved
from partnering.results.measure import Shared, StrategyResult, measure_whole
from partnering.results.schema import FINANCED, PLANNED
from partnering.value.identities import Check, check_cash
from partnering.world.capital import draw_capital_market
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Block:
    """What the views of a block are made from."""

    scenario: Scenario
    theta: Theta
    seed: int
    number: int
    sampled: int
    watched: int  # paths whose quarters are told step by step

    @property
    def first(self) -> bool:
        """Whether it is the first block."""
        return self.number == 0


def view_whole(
    block: Block, kept: list[Books], beliefs: list[Beliefs], shared: dict[tuple, Shared]
) -> Iterator[tuple[str, str, StrategyResult, list[Check]]]:
    """Yield (view, strategy, result, identities) of the planned and the financed company."""
    scenario, theta = block.scenario, block.theta
    market = draw_capital_market(scenario, theta, block.seed, block.number)
    firm = found_firm(scenario, theta, kept, beliefs, market)
    life = live(without_limits(firm), block.watched)
    for view in (PLANNED, FINANCED):
        if view == FINANCED and scenario["financing.capital"] == "limited":
            life = live(with_limits(firm), block.watched)
        for place, settled in enumerate(settle(life, kept, beliefs)):
            strategy = settled.books.strategy
            lanes = slice(place * theta.size, (place + 1) * theta.size)
            cash = life.kept["closing_cash"][:, lanes]
            common = shared[strategy.rate, strategy.common_rate]
            result = measure_whole(scenario, settled, theta, view, common, cash, block.sampled)
            result.company = _company(life, lanes, result.npv["company"], strategy.rate)
            result.events = _moved(life, place) if view == FINANCED else {}
            result.told = {name: page[:, place] for name, page in life.told.items()} if block.first else {}
            checks = [check_cash(strategy.slug, view, settled.flows, cash, scenario)] if block.first else []
            yield view, strategy.slug, result, checks


def _company(life: Life, lanes: slice, value: NDArray[np.float64], rate: float) -> dict[str, NDArray[np.float32]]:
    """Return what the company's money does on each path."""
    policy, state = life.firm.policy, life.state
    cash, raised = life.kept["closing_cash"][:, lanes], (life.kept["raised"] + life.kept["placed"])[:, lanes]
    factor = discount(start_years(np.arange(policy.horizon)), rate)[:, None]
    ended = state.ended[lanes]
    there = HALVES * np.arange(policy.horizon)[:, None] + 1 < ended
    lowest = np.where(there, cash, np.inf).min(axis=0, initial=policy.opening_cash)
    worth = value_per_share(policy.opening_cash, value, (raised * factor).sum(axis=0), state.shares[lanes])
    out = (cash < 0) & there
    quarter = np.where(out.any(axis=0), np.argmax(out, axis=0), NEVER)
    years = mid_years(np.minimum(quarter, policy.horizon))
    return {
        "trough_musd": lowest.astype(np.float32),
        "raised_musd": raised.sum(axis=0).astype(np.float32),
        "dilution": (1 - policy.shares / state.shares[lanes]).astype(np.float32),
        "value_per_share": worth.astype(np.float32),
        "ended_years": (np.minimum(ended, HALVES * policy.horizon) / (HALVES * QUARTERS)).astype(np.float32),
        "forced": state.forced[lanes].astype(np.float32),
        "cash_out_years": years.astype(np.float32),
    }


def _moved(life: Life, place: int) -> Counted:
    """Return counts of candidates that money has put off and of those that changed hands while the company lived."""
    firm, state, size = life.firm, life.state, life.firm.theta.size
    mine = (firm.portfolio.lane >= place * size) & (firm.portfolio.lane < (place + 1) * size)
    moved = {
        "delayed": (state.shift > 0) & (state.found < WAITING),
        "sold": (state.sold < NEVER) & (state.price > 0),
    }
    return tally_moved(firm.portfolio.course, mine, moved, size)
