"""The partner's options on further research years: decided from what has been seen, never from what comes."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.course.pathway import Course
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import DEVELOPMENT, Stage


def dosed_and_alive(course: Course, quarter: int, paths: int) -> NDArray[np.int64]:
    """Return collaboration candidates whose Phase 1 has started and that have not failed by a quarter, by path."""
    dosed = course.entered[:, Stage.PHASE_1] & (course.start[:, Stage.PHASE_1] <= quarter)
    last = np.sum(course.entered[:, : len(DEVELOPMENT)], axis=1) - 1
    failed = ~course.approved & (course.end[np.arange(len(last)), last] <= quarter)
    counted = course.collaboration & dosed & ~failed
    return np.bincount(course.path[counted], minlength=paths)


def decide_extensions(scenario: Scenario, course: Course, paths: int) -> NDArray[np.int64]:
    """Return how many of its one-year options the partner takes, by path; a later one needs the earlier."""
    rule, options = scenario["deal.extension_rule"], scenario["deal.extension_count"]
    if rule != "alive":
        return np.full(paths, options if rule == "always" else 0)
    taken = np.zeros(paths, dtype=np.int64)
    decisions = zip(scenario["deal.extension_decision_years"], scenario["deal.extension_alive_needed"], strict=True)
    for earlier, (years, needed) in enumerate(decisions):
        seen = dosed_and_alive(course, int(to_quarters(years)), paths)
        taken += (taken == earlier) & (seen >= needed)
    return taken
