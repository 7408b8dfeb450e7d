"""Until when the company works on a candidate itself, and until when it only has rights in others' work on it."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.course.pathway import Course
from partnering.course.research import NEVER
from partnering.inputs.scenario import Scenario
from partnering.world.theta import Theta


def work_ends(course: Course, last_sold: NDArray[np.int64], horizon: int) -> NDArray[np.int64]:
    """Return the quarter in which the company's own work on each candidate ends, 0 where it has none.

    Work lasts until the next stage may start: a taker is sought in
    between. A product whose launch lies beyond the horizon keeps the company at work to the end.
    """
    sold_until = np.where(course.launch < NEVER, last_sold, horizon)
    ends = np.column_stack([course.start[:, 1:], sold_until])
    mine = np.where(course.entered & course.own, np.minimum(ends, horizon), 0).max(axis=1)
    return np.maximum(mine, np.where(course.signed < NEVER, course.signed, 0))


def rights_ends(scenario: Scenario, theta: Theta, course: Course, horizon: int) -> NDArray[np.int64]:
    """Return the quarter in which the company's rights in others' work on each candidate end, 0 where it has none."""
    term = to_quarters(theta.each("deal.royalty.term_years"))[course.path]
    if scenario["deal.sharing.profit_share"] > 0:  # lasts as long as the product is sold
        term = np.where(course.collaboration, horizon, term)
    ends = np.column_stack([course.end, course.launch + term])
    return np.where(course.entered & ~course.own, np.minimum(ends, horizon), 0).max(axis=1)
