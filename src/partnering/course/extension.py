"""The partner's options on further research years: decided from what has been seen, never from what comes."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.course.gates import Beliefs
from partnering.course.pathway import Course
from partnering.course.research import NEVER, committed_years, funded_quarters
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import DEVELOPMENT, Origin, Stage


def dosed_and_alive(course: Course, quarter: NDArray[np.int64] | int, paths: int) -> NDArray[np.int64]:
    """Return collaboration candidates whose Phase 1 has started and that have not ended by a quarter, by path."""
    by_row = np.broadcast_to(quarter, (paths,))[course.path]
    dosed = course.entered[:, Stage.PHASE_1] & (course.start[:, Stage.PHASE_1] <= by_row)
    last = np.sum(course.entered[:, : len(DEVELOPMENT)], axis=1) - 1
    ended = ~course.approved & (course.end[np.arange(len(last)), last] <= by_row)
    counted = course.collaboration & dosed & ~ended & (course.handed > by_row)
    return np.bincount(course.path[counted], minlength=paths)


def decide_extensions(
    scenario: Scenario,
    beliefs: Beliefs,
    course: Course,
    signing: NDArray[np.int64],
    chances: NDArray[np.float64],
    rate: float,
) -> NDArray[np.int64]:
    """Return how many of its one-year options the partner takes, by path; a later one needs the earlier.

    `course` is that of the committed term alone; `chances` are uniforms (option, path) for the rule `chance`.
    """
    rule, taken = scenario["deal.extension_rule"], np.zeros(len(signing), dtype=np.int64)
    for earlier, years in enumerate(scenario["deal.extension_decision_years"]):
        quarter = np.where(signing < NEVER, signing + to_quarters(years), 0)
        if rule == "alive":
            wanted = dosed_and_alive(course, quarter, len(signing)) >= scenario["deal.extension_alive_needed"][earlier]
        elif rule == "value":
            wanted = extension_gain(scenario, beliefs, course, signing, quarter, earlier, rate) >= 0
        else:
            wanted = chances[earlier] < {"never": 0.0, "always": 1.0}.get(rule, scenario["deal.extension_prob"])
        taken += (taken == earlier) & wanted & (signing < NEVER)
    return taken


def extension_gain(
    scenario: Scenario,
    beliefs: Beliefs,
    course: Course,
    signing: NDArray[np.int64],
    quarter: NDArray[np.int64],
    earlier: int,
    rate: float,
) -> NDArray[np.float64]:
    """Return what the partner expects to gain by one more year at the decision, by path.

    It expects leads at a rate it learns: before signing a gamma belief, then what was nominated by the decision for
    the research that could have shown by then (a gamma prior and a Poisson count). A lead is worth what the belief
    table says at its nomination. Amounts are those of a deal signed on the day, deflated to the signing.
    """
    lag = int(to_quarters(scenario["leads.discovery_lag_years"]))
    seen_until = quarter - lag
    shown = (
        course.collaboration & (course.candidates.origin == Origin.LEAD) & (course.crossing < seen_until[course.path])
    )
    leads = np.bincount(course.path[shown], minlength=len(signing))
    research = funded_quarters(scenario) * scenario["leads.target_multiplier"]
    spent = np.concatenate([[0.0], np.cumsum(research)])
    since = np.minimum(signing, quarter)
    real = discount(start_years(since), scenario["valuation.inflation_rate"])
    spent = real * spent[np.clip(seen_until - since, 0, len(research))]
    mean, variance = beliefs.leads_per_musd
    productivity = (mean**2 + variance * leads) / (mean + variance * spent)  # mean, where nothing is left to learn
    year = QUARTERS * (committed_years(scenario) + earlier) + np.arange(QUARTERS)
    ahead = mid_years(year - to_quarters(scenario["deal.extension_decision_years"][earlier]))
    found = (research[year] * discount(ahead + lag / QUARTERS, rate)).sum()
    cost = (funded_quarters(scenario)[year] * discount(ahead, rate)).sum()
    return real * (productivity * found * beliefs.lead_to_partner - cost)
