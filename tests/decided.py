"""What has been decided by a quarter: gates, launches, licences, extensions, co-promotion, withdrawals."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.course.gates import Chain
from partnering.course.pathway import Course
from partnering.course.plan import Chances
from partnering.course.research import NEVER
from partnering.course.strategies import Party, Route
from partnering.course.success import success_chain
from partnering.deal.books import Books
from partnering.deal.ledger import COMMON, Flow
from partnering.inputs import Scenario
from partnering.results.simulate import Task, keep_all
from partnering.world.candidates import DEVELOPMENT, Candidates, Stage
from partnering.world.theta import Theta

KINDS = ("gate", "launch", "search", "extension", "co-promotion", "withdrawal")


@dataclass(frozen=True)
class Draws:
    """All that a strategy's books follow from besides the inputs and the belief table."""

    theta: Theta
    candidates: Candidates
    chances: Chances


def books_of(task: Task, slug: str, draws: Draws) -> Books:
    """The books of one strategy on given draws."""
    at = [strategy.slug for strategy in task.strategies].index(slug)
    one = replace(task, strategies=(task.strategies[at],), beliefs=(task.beliefs[at],))
    return next(books for _, books in keep_all(one, draws.theta, draws.candidates, draws.chances))


def decisions(scenario: Scenario, draws: Draws, books: Books, until: int) -> dict[str, NDArray[np.int64]]:
    """Every decision taken by a quarter, by kind: rows (path, origin, number, which, quarter, choice)."""
    found: dict[str, list[NDArray]] = {kind: [np.zeros((0, 6), dtype=np.int64)] for kind in KINDS}
    for course, exit_stage in courses(scenario, books):
        for kind, row, *rest in _on_the_way(scenario, draws.theta, course, exit_stage, until):
            found[kind].append(_rows(*_who(course, row), *rest))
    row, *rest = _opted(books, until)
    found["co-promotion"].append(_rows(*_who(books.course, row), *rest))
    for course, line in ((books.course, "net_sales"), (books.outside[0].course, COMMON + "net_sales")):
        row, *rest = _sold(course, [flow for flow in books.flows if flow.line == line], until)
        found["withdrawal"].append(_rows(*_who(course, row), *rest))
    found["extension"] += _extensions(scenario, books, until)
    return {kind: _in_order(np.concatenate(parts)) for kind, parts in found.items()}


def courses(scenario: Scenario, books: Books) -> Iterator[tuple[Course, Stage | None]]:
    """The programme, the common candidates and the technology licences, each with its exit stage."""
    yield books.course, books.strategy.exit_stage
    alone = scenario["behaviour.common_route"] == "own_launch"
    yield books.outside[0].course, None if alone else Stage.PHASE_2
    yield books.outside[1].course, None


def _who(course: Course, row: NDArray[np.int64]) -> tuple[NDArray, NDArray, NDArray]:
    return course.path[row], course.candidates.origin[row], course.candidates.number[row]


def _rows(*columns: Any) -> NDArray[np.int64]:
    return np.column_stack([np.broadcast_to(column, columns[0].shape) for column in columns]).astype(np.int64)


def _in_order(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.lexsort(rows.T[::-1])]


def _on_the_way(
    scenario: Scenario, theta: Theta, course: Course, exit_stage: Stage | None, until: int
) -> Iterator[tuple]:
    """Yield gates, launches and searches for a licensee: kind, row, which, quarter, choice.

    Who runs a stage that is entered is part of the choice, and with it the route and whose the licence is.
    """
    passed, lost = outcomes(scenario, theta, course), lost_for_good(course)
    for stage in Stage:
        due = course.candidates.first_stage == stage
        if stage > 0:
            due |= course.entered[:, stage - 1] & passed[:, stage - 1]
        due &= (course.start[:, stage] <= until) & ~(lost & (course.start[:, stage] > course.handed))
        row = np.flatnonzero(due)
        choice = np.where(course.entered[row, stage], 1 + course.runner(stage)[row], 0)
        yield "launch" if stage == Stage.MARKET else "gate", row, stage, course.start[row, stage], choice
    if exit_stage is not None:
        due = licenses(course) & course.entered[:, exit_stage] & passed[:, exit_stage]
        row = np.flatnonzero(due & (course.end[:, exit_stage] <= until))
        yield "search", row, exit_stage, course.end[row, exit_stage], sought(course, exit_stage)[row]


def outcomes(scenario: Scenario, theta: Theta, course: Course) -> NDArray[np.bool_]:
    """Whether each row passes each stage under whoever runs it, shape (row, stage)."""
    return course.candidates.luck[:, None] < success_chain(scenario, theta, course.candidates, large_firm(course))


def large_firm(course: Course) -> NDArray[np.bool_]:
    """Whether a large firm runs each development stage, shape (row, stage)."""
    return np.isin(course.chain[:, : len(DEVELOPMENT)], (Chain.PARTNER, Chain.TECHNOLOGY, Chain.LICENSED))


def licenses(course: Course) -> NDArray[np.bool_]:
    """Whether each row's route has the company look for a licensee."""
    return np.isin(course.route, (Route.LICENSE_OUT, Route.BEST))


def sought(course: Course, exit_stage: Stage) -> NDArray[np.bool_]:
    """Whether a licensee was looked for after the exit stage: looking takes time."""
    return licenses(course) & (course.start[:, exit_stage + 1] > course.end[:, exit_stage])


def lost_for_good(course: Course) -> NDArray[np.bool_]:
    """Whether the partner drops a row and nobody takes it up."""
    return (course.handed < NEVER) & (course.resumed == NEVER)


def _opted(books: Books, until: int) -> tuple:
    """Return row, which, quarter, choice of the company's options to co-promote."""
    course, approval = books.course, books.course.start[:, Stage.MARKET]
    on_market = course.collaboration & (course.launch < NEVER) & (course.runner(Stage.MARKET) == Party.PARTNER)
    row = np.flatnonzero(on_market & (approval <= until))
    return row, 0, approval[row], books.opted[row]


def _sold(course: Course, flows: list[Flow], until: int) -> tuple:
    """Return row, which, quarter of launch, and for how many quarters the company has sold by now."""
    row, lasts = np.flatnonzero(course.runner(Stage.MARKET) == Party.COMPANY), np.zeros(len(course.path))
    for flow in flows:
        assert flow.row is not None
        lasts += np.bincount(flow.row[flow.first <= until], minlength=len(lasts))
    row = row[course.launch[row] <= until]
    return row, 0, course.launch[row], lasts[row]


def _extensions(scenario: Scenario, books: Books, until: int) -> Iterator[NDArray[np.int64]]:
    path = np.flatnonzero(books.plan.signing <= until)
    for option, years in enumerate(scenario["deal.extension_decision_years"]):
        quarter = books.plan.signing[path] + to_quarters(years)
        due = quarter <= until
        yield _rows(path[due], 0, 0, option, quarter[due], books.plan.extensions[path[due]] > option)
