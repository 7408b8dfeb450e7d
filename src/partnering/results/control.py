"""The control run: early candidates with durations fixed and options off, against their closed form at each theta.

The gap has a mean of zero by construction, so it checks simulation and closed form against each other, and may serve
as a control variate: how much variance it removes is measured out of sample.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.course.pathway import chain_of
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party, Route, Strategy
from partnering.deal.books import Books
from partnering.deal.ledger import add_up
from partnering.inputs.scenario import Scenario
from partnering.results.schema import VIEW
from partnering.results.simulate import Task, chances_of, keep_all, prepare
from partnering.results.stored import Results
from partnering.value.closed_form import ClosedForm
from partnering.value.present import discount_factors, value_by_row
from partnering.value.prospect import Kind, Policy, Prospect
from partnering.results.statistics import standard_error
from partnering.world.candidates import Origin, draw_candidates
from partnering.world.streams import BLOCK
from partnering.world.theta import Theta, draw_theta

OPTIONS_OFF = {
    "behaviour.gates": "commit",
    "deal.extension_rule": "never",
    "deal.copromotion.offered": False,
    "deal.termination.excess_hazard_rate": 0.0,
}
CONTROL_NODES = 2  # Gauss-Legendre nodes on each side of the likeliest years to peak


def without_options(scenario: Scenario) -> Scenario:
    """Return the scenario with nothing to decide: everybody goes on, no extension, no co-promotion, no dropping."""
    leaves = {
        path: replace(scenario.leaves[path], value=value, low=None, high=None, dist=None, drawn=False)
        for path, value in OPTIONS_OFF.items()
    }
    return replace(scenario, leaves={**scenario.leaves, **leaves})


def control_gaps(scenario: Scenario, seed: int, paths: int) -> Iterator[tuple[Strategy, NDArray, NDArray]]:
    """Yield, by strategy, the company's value of the early candidates by path: simulated, and in closed form."""
    plain = without_options(scenario)
    task = prepare(plain, seed, paths, 1)
    task = replace(task, strategies=tuple(_without_choice(strategy) for strategy in task.strategies))
    theta = draw_theta(plain, seed, 0, min(paths, BLOCK))
    drawn = draw_candidates(plain, theta, seed, 0, task.reach, fixed_durations=True)
    early = drawn.take(drawn.origin == Origin.INHERITED)
    forms: dict[float, dict] = {}
    for strategy, books in keep_all(task, theta, early, chances_of(task, 0, theta.size)):
        shared = forms.setdefault(strategy.rate, {})
        in_closed_form = np.sum(list(_in_closed_form(plain, theta, strategy, shared)), axis=0)
        yield strategy, _simulated(task, books, theta), in_closed_form


def _without_choice(strategy: Strategy) -> Strategy:
    """Return the strategy with candidates it would choose a route for developed to the market."""
    routes = tuple(Route.OWN_LAUNCH if route == Route.BEST else route for route in strategy.inherited_routes)
    return replace(strategy, inherited_routes=routes)


def _simulated(task: Task, books: Books, theta: Theta) -> NDArray[np.float64]:
    factors = discount_factors(books.strategy.rate, horizon_quarters(task.scenario))
    received, spent = value_by_row(books.flows, factors, Party.COMPANY, len(books.course.path))
    return add_up(received - spent, books.course.path, theta.size)


def _in_closed_form(scenario: Scenario, theta: Theta, strategy: Strategy, forms: dict) -> Iterator[NDArray]:
    rates = (strategy.rate, strategy.common_rate, strategy.common_rate)
    for number, route in enumerate(strategy.inherited_routes):
        modality, ladder = (scenario[f"candidates.inherited.{part}"][number] for part in ("modality", "ladder"))
        kind = Kind(Origin.INHERITED, number, modality == "conjugate", ladder, 0)
        policy = Policy(peak_nodes=CONTROL_NODES)
        prospect = Prospect(scenario, theta, kind, rates, strategy.exit_stage, policy, forms.setdefault(number, {}))
        yield ClosedForm(prospect, chain_of(scenario, route)).value(Party.COMPANY)


def tabulate_control(scenario: Scenario, results: Results, paths: int) -> pd.DataFrame:
    """Return, by strategy, how far the control run is from its closed form, and the share of variance it would leave.

    As a control variate: of the strategy's value, and of the lead of the first strategy over it. The coefficient is
    estimated on one half of the paths and the variance measured on the other, both ways.
    """
    found = list(control_gaps(scenario, results.manifest["seed"], min(paths, results.manifest["paths"])))
    values = {s.slug: results.paths[f"npv.{VIEW}.{s.slug}.company"][: len(gap)] for s, gap, _ in found}
    gaps = {s.slug: simulated - form for s, simulated, form in found}
    first = found[0][0].slug
    rows = []
    for strategy, simulated, form in found:
        gap, slug = gaps[strategy.slug], strategy.slug
        left = variance_left(values[slug], gap)
        lead = variance_left(values[first] - values[slug], gaps[first] - gap) if slug != first else None
        error = standard_error(gap)
        off = float(gap.mean()) / error if error else 0.0
        title = results.manifest["strategies"][slug]["title"]
        rows.append((title, float(simulated.mean()), float(form.mean()), float(gap.mean()), error, off, left, lead))
    columns = [
        "strategy",
        "simulated",
        "closed_form",
        "gap",
        "error",
        "errors_off",
        "variance_left",
        "lead_variance_left",
    ]
    return pd.DataFrame(rows, columns=columns)


def variance_left(values: NDArray[np.float64], control: NDArray[np.float64]) -> float:
    """Return the share of variance left after taking out a control of mean zero, the coefficient out of sample."""
    half, left = len(values) // 2, []
    for fitted, used in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
        spread = np.var(control[fitted])
        centred = (values[fitted] - values[fitted].mean()) * (control[fitted] - control[fitted].mean())
        slope = centred.mean() / spread if spread else 0.0
        left.append(np.var(values[used] - slope * control[used]) / np.var(values[used]))
    return float(np.mean(left))
