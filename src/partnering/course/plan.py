"""The planned course of a strategy: which candidates it has, by which route, from when."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.course.extension import decide_extensions
from partnering.course.pathway import Course, walk_stages
from partnering.course.research import NEVER, committed_years, lead_crossings
from partnering.course.strategies import Route, Strategy, load_route
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Origin
from partnering.world.theta import Theta

RouteChoice = Mapping[tuple[tuple[Route, ...], bool], Route]
"""Best route at nomination by (routes open, conjugate), from the belief table."""


def plan_programme(
    scenario: Scenario, theta: Theta, candidates: Candidates, strategy: Strategy, best_route: RouteChoice
) -> tuple[Course, NDArray[np.int64]]:
    """Return the course of inherited candidates and leads, and the extension years taken by path."""
    programme = candidates.take(candidates.origin != Origin.COMMON)
    taken = np.zeros(theta.size, dtype=np.int64)
    if strategy.signs_deal:
        committed = _walk(scenario, theta, programme, strategy, best_route, taken)
        taken = decide_extensions(scenario, committed, theta.size)
    return _walk(scenario, theta, programme, strategy, best_route, taken), taken


def plan_common(scenario: Scenario, theta: Theta, candidates: Candidates) -> Course:
    """Return the course of the clinical candidates kept in every strategy: the same in all of them."""
    common = candidates.take(candidates.origin == Origin.COMMON)
    route = np.full(len(common.path), int(load_route(scenario["behaviour.common_route"])))
    signing = np.zeros_like(route)
    return walk_stages(scenario, theta, common, route, np.zeros(len(route), dtype=bool), signing)


def _walk(
    scenario: Scenario,
    theta: Theta,
    programme: Candidates,
    strategy: Strategy,
    best_route: RouteChoice,
    taken: NDArray[np.int64],
) -> Course:
    crossing = lead_crossings(scenario, programme, strategy.signs_deal, taken)
    found = crossing < NEVER
    candidates, crossing = programme.take(found), crossing[found]
    inherited = candidates.origin == Origin.INHERITED
    funded_until = QUARTERS * (committed_years(scenario) + taken[candidates.path])
    collaboration = strategy.signs_deal & (inherited | (crossing < funded_until))
    own = np.where(candidates.conjugate, *(best_route[strategy.own_lead_routes, kind] for kind in (True, False)))
    lead_route = np.where(collaboration, Route.PARTNER_RUN, own)
    route = np.where(inherited, strategy.inherited_route, lead_route)
    return walk_stages(scenario, theta, candidates, route, collaboration, crossing)
