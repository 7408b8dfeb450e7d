"""What is kept of a strategy over a block of paths: values, cash by quarter, counts. Each flow is measured once."""

from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, start_years
from partnering.company.settle import Settled, timing_of
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import (
    CAPITAL_LINES,
    PROGRAMME_LINES,
    Flow,
    by_path_and_quarter,
    by_quarter,
    first_paths,
    net_by_quarter,
    sign,
)
from partnering.inputs.scenario import Scenario
from partnering.results.counting import Counted, count_events, count_products
from partnering.results.decisions import Decision
from partnering.results.schema import PRETAX
from partnering.value.present import Factors, discount_factors, value_by_path
from partnering.world.theta import Theta

PARTIES = {party.name.lower(): party for party in (Party.COMPANY, Party.PARTNER, Party.OTHERS)}
LineKey = tuple[str, str, str, bool]
"""(party, line, timing, counted): whether the line is part of the party's value in the view."""

UnitKey = tuple[str, str, float]
"""(party, term of the deal, the term's value)."""


@dataclass(frozen=True)
class Measured:
    """A flow's present value by path as each party sees it, and its sum over paths by quarter, not negative."""

    present: dict[str, NDArray[np.float64]]
    quarters: NDArray[np.float64]


@dataclass(frozen=True)
class Shared:
    """Measures of flows that strategies with the same rates, and views, have in common in a block, each taken once."""

    flows: dict[int, tuple[Flow, Measured]]
    counts: dict[Any, Counted]


@dataclass
class StrategyResult:
    """One strategy in one view over a block, or over all blocks once merged. Arrays by path unless said otherwise."""

    npv: dict[str, NDArray[np.float64]]  # by party
    programme: NDArray[np.float64]  # the programme's part of the company's value
    counts: dict[str, NDArray[np.int16]]  # approved, returning, paying, ...
    events: dict[tuple[str, str, str], NDArray[np.int64]]  # (origin, modality, event) -> sum, any, two or more
    line_sums: dict[LineKey, NDArray[np.float64]]  # sum of present values over paths, and of their squares
    line_quarters: dict[LineKey, NDArray[np.float64]]  # sum over paths by quarter
    sample: dict[LineKey, NDArray[np.float64]]  # (percentile, quarter) of the first block
    net: dict[str, NDArray[np.float32]]  # by party, all lines: (path, quarter) of the sample paths
    decisions: list[Decision]  # of the first paths
    batches: NDArray[np.float64]  # (block, events or continuous, quarter): the company's mean cash that counts
    company: dict[str, NDArray[np.float32]] = field(default_factory=dict)  # what its money does, by path
    told: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # (path, quarter) by step, of the first paths
    units: dict[UnitKey, NDArray[np.float64]] = field(default_factory=dict)  # of one unit of a term: as `line_sums`


def measure(
    scenario: Scenario, books: Books, theta: Theta, sampled: int, first_block: bool, shared: Shared
) -> StrategyResult:
    """Return what is kept of one strategy planned and before tax: the value is the programme's."""
    lines, present, by_line = _by_line(scenario, books, theta, shared, PRETAX)
    horizon, size = horizon_quarters(scenario), theta.size
    few = books.flows if sampled == size else [first_paths(flow, sampled) for flow in books.flows] if sampled else []
    factors = discount_factors(books.strategy.rate, horizon)
    sample = {key: _sample(found, key, size, horizon) for key, found in lines.items()} if first_block else {}
    return StrategyResult(
        counts=count_products(scenario, theta, books, factors),
        events=count_events(scenario, books, size, shared.counts),
        sample=sample,
        net={name: _net(few, party, sampled, horizon) for name, party in PARTIES.items()},
        decisions=[],
        units=_sums(measure_units(scenario, books, size)),
        **_values(present, by_line, size, horizon),
    )


def measure_units(scenario: Scenario, books: Books, size: int) -> dict[UnitKey, NDArray[np.float64]]:
    """Return what one unit of each term of the deal is worth to each party it concerns, by path: paid is negative."""
    horizon = horizon_quarters(scenario)
    factors = factors_of(books, horizon)
    units: dict[UnitKey, NDArray[np.float64]] = {}
    for exposure in books.exposures:
        for name, worth in value_to_parties(exposure.unit.clipped(horizon), factors, size).items():
            key = name, exposure.term, float(exposure.value)
            units[key] = units[key] + worth if key in units else worth
    return units


def factors_of(books: Books, horizon: int) -> dict[str, Factors]:
    """Return the discount factors of each party under a strategy."""
    return {name: discount_factors(books.strategy.rate_of(party), horizon) for name, party in PARTIES.items()}


def measure_whole(
    scenario: Scenario,
    settled: Settled,
    theta: Theta,
    view: str,
    shared: Shared,
    cash: NDArray[np.float64],
    sampled: int,
) -> StrategyResult:
    """Return what is kept of a strategy with all of the company in it, after tax; `cash` is its balance.

    Other parties' values are those of their programme after tax: a large firm uses a loss in the year it makes it.
    """
    books, horizon, size = settled.books, horizon_quarters(scenario), theta.size
    _, present, by_line = _by_line(scenario, books, theta, shared, view)
    quarter = np.arange(horizon)
    for line, page in settled.account.items():
        timing = timing_of(line)
        key = "company", line, timing, line not in CAPITAL_LINES
        years = start_years(quarter) if timing == "start" else mid_years(quarter)
        present[key] = (page * discount(years, books.strategy.rate)[:, None]).sum(axis=0)
        by_line[key] = page.sum(axis=1)
    present |= _tax_of_others(scenario, present)
    by_line |= _tax_of_others(scenario, by_line)
    balance = cash[:, :sampled].T
    opening = np.full((sampled, 1), scenario["company.opening_cash_musd"])
    factors = discount_factors(books.strategy.rate, horizon)
    return StrategyResult(
        counts=count_products(scenario, theta, books, factors, settled.held.until),
        events={},
        sample={},
        net={"company": np.diff(balance, axis=1, prepend=opening).astype(np.float32)},
        decisions=[],
        **_values(present, by_line, size, horizon),
    )


def _by_line(scenario: Scenario, books: Books, theta: Theta, shared: Shared, view: str) -> tuple[dict, dict, dict]:
    """Return (flows and their measures, present value by path, sum over paths by quarter) of every line."""
    horizon, size = horizon_quarters(scenario), theta.size
    factors = factors_of(books, horizon)
    lines: dict[LineKey, list[tuple[Flow, Measured]]] = {}
    for flow in books.flows:
        if not len(flow.path):
            continue
        if id(flow) not in shared.flows:
            shared.flows[id(flow)] = flow, measure_flow(flow, factors, size, horizon)
        measured = shared.flows[id(flow)][1]
        for name in measured.present:
            counted = flow.programme if view == PRETAX or name != "company" else flow.line not in CAPITAL_LINES
            lines.setdefault((name, flow.line, flow.timing, counted), []).append((flow, measured))
    present = {key: _sum([m.present[key[0]] for _, m in found]) for key, found in lines.items()}
    by_line = {key: _sum([sign(f, PARTIES[key[0]]) * m.quarters for f, m in found]) for key, found in lines.items()}
    return lines, present, by_line


def _values(
    present: dict[LineKey, NDArray], by_line: dict[LineKey, NDArray], size: int, horizon: int
) -> dict[str, Any]:
    programme = [v for (who, line, *_), v in present.items() if who == "company" and line in PROGRAMME_LINES]
    return {
        "npv": {party: _value(present, party, size) for party in PARTIES},
        "programme": reduce(add, programme, np.zeros(size)),
        "line_sums": _sums(present),
        "line_quarters": by_line,
        "batches": _mean_cash(by_line, size, horizon)[None],
    }


def _sums(values: dict[Any, NDArray[np.float64]]) -> dict[Any, NDArray[np.float64]]:
    """Return the sum over paths and that of the squares: what a mean and its error are made from."""
    return {key: np.array([value.sum(), (value**2).sum()]) for key, value in values.items()}


def _tax_of_others(scenario: Scenario, pages: dict[LineKey, NDArray]) -> dict[LineKey, NDArray]:
    """Return the tax of the partner and of other large firms: their rate on all that counts, at once."""
    rate, tax = scenario["tax.partner_rate"], {}
    for party in ("partner", "others"):
        for timing in ("start", "mid"):
            mine = [
                page for (who, _, when, counted), page in pages.items() if (who, when, counted) == (party, timing, True)
            ]
            if mine:
                tax[party, "tax", timing, True] = -rate * _sum(mine)
    return tax


def measure_flow(flow: Flow, factors: dict[str, Factors], size: int, horizon: int) -> Measured:
    """Return the measures of a flow."""
    return Measured(value_to_parties(flow, factors, size), by_quarter(flow, horizon))


def value_to_parties(flow: Flow, factors: dict[str, Factors], size: int) -> dict[str, NDArray[np.float64]]:
    """Return the present value of a flow to each party it concerns, (path,); those of one rate share the work."""
    present: dict[str, NDArray[np.float64]] = {}
    worth: dict[int, NDArray[np.float64]] = {}
    for name, party in PARTIES.items():
        if seen := sign(flow, party):
            rate = id(factors[name])
            if rate not in worth:
                worth[rate] = value_by_path(flow, factors[name], size)
            present[name] = seen * worth[rate]
    return present


def _sum(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the sum of arrays, one after the other: np.sum takes another order when a block holds a single path."""
    return reduce(add, parts)


def _value(present: dict[LineKey, NDArray[np.float64]], party: str, size: int) -> NDArray[np.float64]:
    mine = [value for (who, _, _, counted), value in present.items() if who == party and counted]
    return reduce(add, mine, np.zeros(size))


def _mean_cash(by_line: dict[LineKey, NDArray[np.float64]], size: int, horizon: int) -> NDArray[np.float64]:
    """Return the company's mean cash that counts of a block, events and continuous flows apart, shape (2, quarter)."""
    mean = np.zeros((2, horizon))
    for (party, _, timing, counted), total in by_line.items():
        if party == "company" and counted:
            mean[int(timing == "mid")] += total / size
    return mean


def _sample(found: list[tuple[Flow, Measured]], key: LineKey, size: int, horizon: int) -> NDArray[np.float32]:
    party = PARTIES[key[0]]
    return _sum([sign(flow, party) * by_path_and_quarter(flow, size, horizon) for flow, _ in found]).astype(np.float32)


def _net(flows: list[Flow], party: Party, sampled: int, horizon: int) -> NDArray[np.float32]:
    return net_by_quarter(flows, party, sampled, horizon).astype(np.float32)
