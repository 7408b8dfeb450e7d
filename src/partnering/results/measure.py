"""What is kept of a strategy over a block of paths: values, cash by quarter, counts. Each flow is measured once."""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import Flow, by_path_and_quarter, by_quarter, first_paths, net_by_quarter
from partnering.inputs.scenario import Scenario
from partnering.results.counting import Counted, count_events, count_products
from partnering.results.decisions import Decision
from partnering.value.present import Factors, discount_factors, sign, value_by_path
from partnering.world.theta import Theta

PARTIES = {party.name.lower(): party for party in (Party.COMPANY, Party.PARTNER, Party.OTHERS)}
LineKey = tuple[str, str, str, bool]
"""(party, line, timing, programme)."""


@dataclass(frozen=True)
class Measured:
    """A flow's present value by path as each party sees it, and its sum over paths by quarter, not negative."""

    present: dict[str, NDArray[np.float64]]
    quarters: NDArray[np.float64]


@dataclass(frozen=True)
class Shared:
    """Measures of what strategies with the same rates have in common in a block, each taken once."""

    flows: dict[int, Measured]
    counts: dict[Any, Counted]


@dataclass
class StrategyResult:
    """One strategy over a block, or over all blocks once merged. Arrays by path unless said otherwise."""

    npv: dict[str, NDArray[np.float64]]  # by party, programme flows
    counts: dict[str, NDArray[np.int16]]  # approved, returning, paying, ...
    events: dict[tuple[str, str, str], NDArray[np.int64]]  # (origin, modality, event) -> sum, any, two or more
    line_sums: dict[LineKey, NDArray[np.float64]]  # sum of present values over paths, and of their squares
    line_quarters: dict[LineKey, NDArray[np.float64]]  # sum over paths by quarter
    sample: dict[LineKey, NDArray[np.float32]]  # (path, quarter) of the first block
    net: dict[str, NDArray[np.float32]]  # by party, all lines: (path, quarter) of the sample paths
    decisions: list[Decision]  # of the first paths
    batches: NDArray[np.float64]  # (block, events or continuous, quarter): the company's mean programme cash


def measure(
    scenario: Scenario, books: Books, theta: Theta, sampled: int, first_block: bool, shared: Shared
) -> StrategyResult:
    """Return what is kept of one strategy."""
    horizon, size = horizon_quarters(scenario), theta.size
    factors = {name: discount_factors(books.strategy.rate_of(party), horizon) for name, party in PARTIES.items()}
    for flow in (flow for part in books.outside for flow in part.flows):
        if id(flow) not in shared.flows:
            shared.flows[id(flow)] = measure_flow(flow, factors, size, horizon)
    lines: dict[LineKey, list[tuple[Flow, Measured]]] = {}
    for flow in books.flows:
        measured = shared.flows.get(id(flow)) or measure_flow(flow, factors, size, horizon)
        for name in measured.present if len(flow.path) else ():
            lines.setdefault((name, flow.line, flow.timing, flow.programme), []).append((flow, measured))
    present = {key: _sum([m.present[key[0]] for _, m in found]) for key, found in lines.items()}
    by_line = {key: _sum([sign(f, PARTIES[key[0]]) * m.quarters for f, m in found]) for key, found in lines.items()}
    few = books.flows if sampled == size else [first_paths(flow, sampled) for flow in books.flows] if sampled else []
    return StrategyResult(
        npv={party: _programme_value(present, party, size) for party in PARTIES},
        counts=count_products(scenario, theta, books, factors["company"]),
        events=count_events(scenario, books, size, shared.counts),
        line_sums={key: np.array([value.sum(), (value**2).sum()]) for key, value in present.items()},
        line_quarters=by_line,
        sample={key: _sample(found, key, size, horizon) for key, found in lines.items()} if first_block else {},
        net={name: _net(few, party, sampled, horizon) for name, party in PARTIES.items()},
        decisions=[],
        batches=_mean_cash(by_line, size, horizon)[None],
    )


def measure_flow(flow: Flow, factors: dict[str, Factors], size: int, horizon: int) -> Measured:
    """Return the measures of a flow; parties that discount at one rate share the work."""
    present: dict[str, NDArray[np.float64]] = {}
    worth: dict[int, NDArray[np.float64]] = {}
    for name, party in PARTIES.items():
        if seen := sign(flow, party):
            rate = id(factors[name])
            if rate not in worth:
                worth[rate] = value_by_path(flow, factors[name], size)
            present[name] = seen * worth[rate]
    return Measured(present, by_quarter(flow, horizon))


def _sum(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the sum of arrays, one after the other: np.sum takes another order when a block holds a single path."""
    return reduce(add, parts)


def _programme_value(present: dict[LineKey, NDArray[np.float64]], party: str, size: int) -> NDArray[np.float64]:
    mine = [value for (who, _, _, programme), value in present.items() if who == party and programme]
    return reduce(add, mine, np.zeros(size))


def _mean_cash(by_line: dict[LineKey, NDArray[np.float64]], size: int, horizon: int) -> NDArray[np.float64]:
    """Return the company's mean programme cash of a block, events and continuous flows apart, shape (2, quarter)."""
    mean = np.zeros((2, horizon))
    for (party, _, timing, programme), total in by_line.items():
        if party == "company" and programme:
            mean[int(timing == "mid")] += total / size
    return mean


def _sample(found: list[tuple[Flow, Measured]], key: LineKey, size: int, horizon: int) -> NDArray[np.float32]:
    party = PARTIES[key[0]]
    return _sum([sign(flow, party) * by_path_and_quarter(flow, size, horizon) for flow, _ in found]).astype(np.float32)


def _net(flows: list[Flow], party: Party, sampled: int, horizon: int) -> NDArray[np.float32]:
    return net_by_quarter(flows, party, sampled, horizon).astype(np.float32)
