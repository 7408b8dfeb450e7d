"""Every decision of the first futures, with what was known and what the belief table said then."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from partnering.clock import to_quarters
from partnering.course.gates import Beliefs, Chain, Gates, gates_of
from partnering.course.pathway import Course, opt_in_stage
from partnering.course.research import NEVER, horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.copromotion import may_opt_in
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Origin, Stage

EXPLAINED_PATHS = 20
"""Futures whose decisions are kept."""

Decision = tuple[str, int, int, str, str, str, float | None, float | None, bool]
"""(strategy, path, quarter, candidate, party, decision, forecast seen, belief, taken)."""


def explain(scenario: Scenario, books: Books, beliefs: Beliefs) -> list[Decision]:
    """Return the decisions of a strategy in the first futures of a block, by future and quarter.

    The forecast is its place among all forecasts, in standard deviations, once Phase 2 has shown it; the belief is
    what the table says the step is worth to whoever decides, $ million.
    """
    mine = np.flatnonzero(books.course.path < EXPLAINED_PATHS)
    course, gates = books.course.take(mine), gates_of(scenario, books.course.candidates).of(mine)
    names = [_name(scenario, course, row) for row in range(len(mine))]
    found = [
        *_starts(beliefs, course, gates, names),
        *_searches(beliefs, course, gates, names, books.strategy.exit_stage),
        *_take_ups(scenario, beliefs, course, gates, names),
        *_co_promotions(scenario, beliefs, course, gates, names, books.opted[mine]),
        *_withdrawals(scenario, books, mine, names),
        *_extensions(scenario, books),
    ]
    return [(books.strategy.slug, *decision) for decision in sorted(found, key=lambda d: (d[0], d[1]))]


def _name(scenario: Scenario, course: Course, row: int) -> str:
    number, inherited = int(course.candidates.number[row]), course.candidates.origin[row] == Origin.INHERITED
    return scenario["candidates.inherited.names"][number] if inherited else f"lead {number + 1}"


def _starts(beliefs: Beliefs, course: Course, gates: Gates, names: list[str]) -> Iterator[tuple]:
    """Yield whether each stage is started, by whoever runs it."""
    for stage in Stage:
        runner = course.runner(stage)
        for row in np.flatnonzero(course.reached[:, stage]).tolist():
            seen = float(gates.forecast_z[row]) if stage >= Stage.PHASE_3 else None
            worth = _read(beliefs, beliefs.going_on[Chain(course.chain[row, stage])][:, stage], gates, row)
            what = f"start {stage.name.lower()}" if stage < Stage.MARKET else "launch"
            at, party = _at(course, row, course.start[row, stage], names), Party(runner[row]).name.lower()
            yield (*at, party, what, seen, worth, bool(course.entered[row, stage]))


def _searches(
    beliefs: Beliefs, course: Course, gates: Gates, names: list[str], exit_stage: Stage | None
) -> Iterator[tuple]:
    """Yield whether anybody would take a licence after the exit stage, and if so whether it is sought."""
    if exit_stage is None:
        return
    after = Stage(exit_stage + 1)
    may = np.isin(course.chain[:, exit_stage], (Chain.LICENSE, Chain.BEST)) & course.reached[:, after]
    for row in np.flatnonzero(may).tolist():
        at = _at(course, row, course.end[row, exit_stage], names)
        seen = float(gates.forecast_z[row]) if after >= Stage.PHASE_3 else None
        gain = _read(beliefs, beliefs.going_on[Chain.LICENSED][:, after], gates, row)
        would = gain >= 0 or not beliefs.rational
        yield (*at, "others", "take a licence", seen, gain, would)
        if would:
            sought = course.chain[row, after] in (Chain.LICENSED, Chain.ALONE)
            yield (*at, "company", "seek a licence", seen, _read(beliefs, beliefs.searching, gates, row), sought)


def _take_ups(scenario: Scenario, beliefs: Beliefs, course: Course, gates: Gates, names: list[str]) -> Iterator[tuple]:
    """Yield whether the partner takes each candidate of the deal it may opt into, with what that is worth to it."""
    if (option := opt_in_stage(scenario)) is None:
        return
    after = Stage(option + 1)
    for row in np.flatnonzero(course.collaboration & course.reached[:, after]).tolist():
        seen = float(gates.forecast_z[row]) if after >= Stage.PHASE_3 else None
        at = _at(course, row, course.end[row, option], names)
        taken = bool(course.chain[row, after] == Chain.PARTNER)
        yield (*at, "partner", "opt in", seen, _read(beliefs, beliefs.taking_up, gates, row), taken)


def _co_promotions(
    scenario: Scenario, beliefs: Beliefs, course: Course, gates: Gates, names: list[str], opted: np.ndarray
) -> Iterator[tuple]:
    """Yield whether the company opts into each product it may, with what it expects to gain before the refund."""
    for row in np.flatnonzero(may_opt_in(scenario, course)).tolist():
        at, seen = _at(course, row, course.start[row, Stage.MARKET], names), float(gates.forecast_z[row])
        yield (*at, "company", "co-promote", seen, _read(beliefs, beliefs.opting_in, gates, row), bool(opted[row]))


def _withdrawals(scenario: Scenario, books: Books, mine: np.ndarray, names: list[str]) -> Iterator[tuple]:
    """Yield the products the company withdraws, the quarter after the last one sold."""
    last = np.zeros(len(books.course.path), dtype=np.int64)
    np.maximum.at(last, books.sales.row, books.sales.quarter + 1)
    for place, row in enumerate(mine):
        if 0 < last[row] < horizon_quarters(scenario):
            yield (*_at(books.course, row, last[row], {row: names[place]}), "company", "withdraw", None, None, True)


def _extensions(scenario: Scenario, books: Books) -> Iterator[tuple]:
    """Yield whether the partner takes each further year of research; a later one needs the earlier."""
    plan = books.plan
    for path in np.flatnonzero(plan.signing[:EXPLAINED_PATHS] < NEVER):
        for option, years in enumerate(scenario["deal.extension_decision_years"]):
            if plan.extensions[path] >= option:
                quarter = int(plan.signing[path] + to_quarters(years))
                yield int(path), quarter, "", "partner", "extend", None, None, bool(plan.extensions[path] > option)


def _read(beliefs: Beliefs, table: np.ndarray, gates: Gates, row: int) -> float:
    return float(beliefs.read(table, gates.of(np.array([row])))[0])


def _at(course: Course, row: int, quarter: int, names: Sequence[str] | Mapping[int, str]) -> tuple[int, int, str]:
    return int(course.path[row]), int(quarter), names[row]
