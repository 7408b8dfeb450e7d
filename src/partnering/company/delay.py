"""The course as financed: the planned one with stages later than planned, or not started."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partnering.company.diary import Diary
from partnering.company.portfolio import Portfolio
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.world.candidates import DEVELOPMENT, Stage


def shifts(
    portfolio: Portfolio, diary: Diary, row: NDArray[np.int64], found_later: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return by how many quarters the stages of some rows start later than planned, (row, stage).

    As much as the stage the company started last, or as the candidate was found later.
    """
    started, planned = diary.started[row], portfolio.course.start[row]
    late, now = np.zeros(planned.shape, dtype=np.int64), found_later.astype(np.int64)
    for stage in range(planned.shape[1]):
        now = np.where(started[:, stage] >= 0, started[:, stage] - planned[:, stage], now)
        late[:, stage] = now
    return late


def delay(course: Course, shift: NDArray[np.int64], found_later: NDArray[np.int64], horizon: int) -> Course:
    """Return a course whose stages start later by `shift`, (row, stage), and whose leads were found later, (row,).

    Waiting eats exclusivity, which counts from when a candidate was found; nothing is drawn again. A licence is signed
    as much later as the stage after it starts.
    """
    start = course.start + shift
    inside = start < horizon
    entered = course.entered & inside
    launch = course.launch + shift[:, Stage.MARKET]
    return replace(
        course,
        crossing=course.crossing + found_later,
        first=course.first + found_later,
        taken=np.where(course.signed < NEVER, course.taken + shift[:, Stage.MARKET], course.taken),
        start=start,
        end=course.end + shift[:, : len(DEVELOPMENT)],
        reached=course.reached & inside,
        entered=entered,
        launch=np.where(entered[:, Stage.MARKET] & (launch < horizon), launch, NEVER),
        loss_of_exclusivity=course.loss_of_exclusivity + found_later,
    )
