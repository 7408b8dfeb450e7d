"""What is kept of a strategy over a block of paths: values, cash by quarter, counts; what units of terms are worth."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import Flow, sign
from partnering.inputs.scenario import Scenario
from partnering.results.decisions import Decision
from partnering.value.present import Factors, discount_factors, value_by_path

PARTIES = {party.name.lower(): party for party in (Party.COMPANY, Party.PARTNER, Party.OTHERS)}
LineKey = tuple[str, str, str, bool]
"""(party, line, timing, counted): whether the line is part of the party's value in the view."""

UnitKey = tuple[str, str, float]
"""(party, term of the deal, the term's value)."""


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
