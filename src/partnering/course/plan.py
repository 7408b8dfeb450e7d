"""The planned course of a strategy: which candidates it has, by which route, from when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.extension import decide_extensions
from partnering.course.gates import Beliefs
from partnering.course.pathway import Course, Rows, nomination_quarter, opt_in_stage, walk_stages
from partnering.course.research import NEVER, funded_until, lead_crossings
from partnering.course.strategies import Party, Route, Strategy, load_route
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Origin, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Plan:
    """A strategy's programme over a block of paths."""

    course: Course
    signing: NDArray[np.int64]  # quarter the deal is signed, by path; NEVER without one
    extensions: NDArray[np.int64]  # years taken, by path

    def funded_until(self, scenario: Scenario) -> NDArray[np.int64]:
        """Return the quarter after the last one the partner funds, by path; NEVER without a deal."""
        return funded_until(scenario, self.signing, self.extensions)


@dataclass(frozen=True)
class Chances:
    """Luck of paths rather than candidates."""

    signing: NDArray[np.float64]  # (path,): whether a later deal comes about
    extension: NDArray[np.float64]  # (option, path)


def plan_programme(
    scenario: Scenario,
    theta: Theta,
    programme: Candidates,
    chances: Chances,
    strategy: Strategy,
    beliefs: Beliefs,
) -> Plan:
    """Return a strategy's course of inherited candidates and leads, the deal's date and its extensions."""
    signs = strategy.signs_deal & (chances.signing < strategy.signing_prob)
    signing = np.where(signs, strategy.signing_quarter, NEVER)
    taken = np.zeros(theta.size, dtype=np.int64)
    if strategy.signs_deal:
        decided = strategy.signing_quarter + to_quarters(max(scenario["deal.extension_decision_years"], default=0.0))
        committed = _walk(scenario, theta, programme, strategy, beliefs, signing, taken, int(decided))
        rate = strategy.rate_of(Party.PARTNER)
        taken = decide_extensions(scenario, beliefs, committed, signing, chances.extension, rate)
    return Plan(_walk(scenario, theta, programme, strategy, beliefs, signing, taken), signing, taken)


def plan_common(scenario: Scenario, theta: Theta, candidates: Candidates, beliefs: Beliefs) -> Course:
    """Return the course of the clinical candidates kept in every strategy: the same in all of them."""
    common = candidates.take(candidates.origin == Origin.COMMON)
    route = load_route(scenario["behaviour.common_route"])
    exit_stage = None if route == Route.OWN_LAUNCH else Stage.PHASE_2
    return walk_stages(scenario, theta, beliefs, _outside(common, route, NEVER), exit_stage)


def plan_technology(
    scenario: Scenario, theta: Theta, candidates: Candidates, multiplier: float, beliefs: Beliefs
) -> Course:
    """Return the course of others' products that carry the technology; a larger effector programme brings more."""
    carried = candidates.take(candidates.origin == Origin.TECHNOLOGY)
    signed = np.ceil(carried.effort_needed / multiplier * QUARTERS).astype(np.int64)
    within = signed < max(int(to_quarters(scenario["technology.new_years"])), 1)
    rows = _outside(carried.take(within), Route.TECHNOLOGY, signed[within])
    return walk_stages(scenario, theta, beliefs, rows, None)


def _outside(candidates: Candidates, route: Route, taken: NDArray[np.int64] | int) -> Rows:
    """Return rows outside the programme: none is the deal's."""
    none = np.zeros(len(candidates.path), dtype=np.int64)
    first = none + np.where(np.asarray(taken) < NEVER, taken, 0)
    return Rows(candidates, none + int(route), none.astype(bool), none, first, none + taken)


def _walk(
    scenario: Scenario,
    theta: Theta,
    programme: Candidates,
    strategy: Strategy,
    beliefs: Beliefs,
    signing: NDArray[np.int64],
    taken: NDArray[np.int64],
    until: int = NEVER,
) -> Course:
    """Return the course of candidates that start by a quarter: nothing else can be seen in it."""
    crossing = lead_crossings(scenario, programme, signing, taken)
    first = nomination_quarter(scenario, programme, crossing)
    found = (crossing < NEVER) & (first <= until)
    candidates, crossing, first = programme.take(found), crossing[found], first[found]
    inherited = candidates.origin == Origin.INHERITED
    begins = signing[candidates.path]
    ends = funded_until(scenario, signing, taken)[candidates.path]
    funded = ~inherited & (begins < NEVER) & (crossing >= begins) & (crossing < ends)
    named = np.array([int(route) for route in strategy.inherited_routes], dtype=np.int64)
    route = np.where(funded, Route.PARTNER_RUN, strategy.own_lead_route)
    route[inherited] = named[candidates.number[inherited]]
    too_late = [_exit_quarter(candidates, first, stage) for stage in (strategy.exit_stage, opt_in_stage(scenario))]
    kept = (begins == NEVER) | (np.minimum(*too_late) < begins)
    route[(route == Route.PARTNER_RUN) & kept] = strategy.own_lead_route
    collaboration = route == Route.PARTNER_RUN
    rows = Rows(candidates, route, collaboration, crossing, first, np.where(collaboration, begins, NEVER))
    return walk_stages(scenario, theta, beliefs, rows, strategy.exit_stage, strategy.own_lead_route)


def _exit_quarter(candidates: Candidates, first: NDArray[np.int64], exit_stage: Stage | None) -> NDArray[np.int64]:
    """Return when a stage ends after which somebody may take a candidate: a deal signed later is too late for it."""
    if exit_stage is None:
        return np.full(len(first), NEVER)
    return first + candidates.duration[:, : exit_stage + 1].sum(axis=1)
