"""The course as financed: the planned one with stages later than planned, or not started."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partnering.company.firm import Firm
from partnering.company.portfolio import NONE
from partnering.company.state import WAITING, State
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.world.candidates import DEVELOPMENT, Stage


def course_as_financed(firm: Firm, state: State, row: NDArray[np.int64]) -> Course:
    """Return the course of some rows with the dates at which the company has started their stages, found their leads.

    A stage that still waits is not entered.
    """
    portfolio, planned = firm.portfolio, firm.portfolio.course.take(row)
    later = np.where(portfolio.mobile[row] & (state.found[row] < WAITING), state.found[row] - planned.crossing, 0)
    waits_at = np.where(state.stage[row] == NONE, len(Stage), state.stage[row])
    going = np.arange(len(Stage)) < waits_at[:, None]
    planned = replace(planned, entered=planned.entered & going, reached=planned.reached & going)
    return delay(planned, _shifts(firm.diary.started[row], planned.start, later), later, firm.policy.horizon)


def _shifts(
    started: NDArray[np.int16], planned: NDArray[np.int64], found_later: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return by how many quarters stages start later than planned, (row, stage).

    As much as the stage the company started last, or as the candidate was found later.
    """
    late, now = np.zeros(planned.shape, dtype=np.int64), found_later
    for stage in Stage:
        now = np.where(started[:, stage] >= 0, started[:, stage] - planned[:, stage], now)
        late[:, stage] = now
    return late


def _later(quarter: NDArray[np.int64], shift: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a quarter after all that the company does itself, later by the shift of what follows."""
    return np.where(quarter < NEVER, quarter + shift[:, Stage.MARKET], quarter)


def delay(course: Course, shift: NDArray[np.int64], found_later: NDArray[np.int64], horizon: int) -> Course:
    """Return a course whose stages start later by `shift`, (row, stage), and whose leads were found later, (row,).

    Waiting eats exclusivity, which counts from when a candidate was found; nothing is drawn again. A licence is signed,
    and the partner opts in, as much later as the stage after it starts.
    """
    start = course.start + shift
    inside = start < horizon
    entered = course.entered & inside
    launch = course.launch + shift[:, Stage.MARKET]
    return replace(
        course,
        crossing=course.crossing + found_later,
        first=course.first + found_later,
        taken=_later(course.taken, shift),
        handed=_later(course.handed, shift),
        resumed=_later(course.resumed, shift),
        start=start,
        end=course.end + shift[:, : len(DEVELOPMENT)],
        reached=course.reached & inside,
        entered=entered,
        launch=np.where(entered[:, Stage.MARKET] & (launch < horizon), launch, NEVER),
        loss_of_exclusivity=course.loss_of_exclusivity + found_later,
    )
