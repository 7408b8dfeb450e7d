"""The belief table: the closed form averaged over theta. What management decides from, since it knows no theta."""

from itertools import product

import numpy as np

from partnering.clock import QUARTERS, to_quarters
from partnering.course.plan import RouteChoice
from partnering.course.research import committed_years
from partnering.course.strategies import Party, Route, Strategy
from partnering.inputs.scenario import Scenario
from partnering.value.closed_form import ClosedForm, Kind
from partnering.world.candidates import Origin
from partnering.world.theta import draw_theta

BELIEF_DRAWS = 256
"""Thetas the belief table averages over; a stream of its own, the same for any number of paths."""


def best_routes(scenario: Scenario, strategies: tuple[Strategy, ...], seed: int) -> RouteChoice:
    """Return the own-lead route with the highest belief value, by (routes open, conjugate).

    A lead is judged as one nominated a discovery lag after the committed research term, the first date at which
    more than one route can be open.
    """
    first = QUARTERS * committed_years(scenario) + int(to_quarters(scenario["leads.discovery_lag_years"]))
    chosen = {}
    for strategy, conjugate in product(strategies, (True, False)):
        routes = strategy.own_lead_routes
        kind = Kind(Origin.LEAD, 0, conjugate, "full", first)
        values = [belief(scenario, kind, route, strategy.rate, seed) for route in routes] if routes[1:] else [0.0]
        chosen[routes, conjugate] = routes[int(np.argmax(values))]
    return chosen


def belief(scenario: Scenario, kind: Kind, route: Route, rate: float, seed: int) -> float:
    """Return the company's expected value at signing of a candidate under a route, averaged over theta."""
    theta = draw_theta(scenario, seed, 0, BELIEF_DRAWS, stream="belief")
    return float(ClosedForm(scenario, theta, kind, route, Party.COMPANY, rate).value().mean())
