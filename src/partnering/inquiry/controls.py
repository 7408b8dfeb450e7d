"""Controls: what luck did to each candidate less what was to be expected, by path; and means made steadier by them.

Each has a mean of exactly zero whatever the inputs are, since luck is independent of them, of how much research a lead
needs, and a peak of success. They come from the draws alone, so a stored run needs no path simulated again.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.steady import steady_means
from partnering.course.strategies import read_strategies
from partnering.course.success import success_chain
from partnering.inputs.scenario import Scenario
from partnering.results.schema import VIEW
from partnering.results.simulate import reach_of
from partnering.results.stored import Results
from partnering.value.peak import limited_expectation
from partnering.results.statistics import Estimate, mean
from partnering.world.candidates import DEVELOPMENT, Candidates, Origin, Reach, Stage, draw_candidates
from partnering.world.streams import BLOCK, uniforms
from partnering.world.theta import Theta, draw_theta

STEADY = ["figure", "plain_musd", "plain_limits_musd", "steady_musd", "steady_limits_musd", "left", "worth_paths"]
"""Columns of means made steadier; limits are half of the 90 % interval."""


def draw_controls(scenario: Scenario, seed: int, paths: int) -> NDArray[np.float64]:
    """Return the controls of the first paths of a run, shape (control, path), each with a mean of zero."""
    reach = reach_of(scenario, read_strategies(scenario))
    sizes = [min(BLOCK, paths - first) for first in range(0, paths, BLOCK)]
    return np.concatenate([block_controls(scenario, seed, *block, reach) for block in enumerate(sizes)], axis=1)


def block_controls(scenario: Scenario, seed: int, block: int, size: int, reach: Reach) -> NDArray[np.float64]:
    """Return the controls of the first `size` paths of a block, shape (control, path)."""
    theta = draw_theta(scenario, seed, block, size)
    candidates = draw_candidates(scenario, theta, seed, block, reach)
    surprises = _surprises(theta, candidates, success_chances(scenario, theta, candidates))
    found = [
        np.bincount(candidates.path[rows], surprise[rows], minlength=size)
        for rows in _groups(scenario, candidates)
        for surprise in surprises
    ]
    return np.stack([*found, *_scores(scenario, theta, seed, block)])


def success_chances(scenario: Scenario, theta: Theta, candidates: Candidates) -> NDArray[np.float64]:
    """Return the chance that each candidate is past each stage, shape (row, stage), by the odds of a small firm.

    Another may run it with other odds: by these the mean stays zero all the same.
    """
    return success_chain(scenario, theta, candidates, np.zeros((len(candidates.path), len(DEVELOPMENT)), dtype=bool))


def _surprises(theta: Theta, candidates: Candidates, chance: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return, for every candidate, what came of it less its expectation: each stage passed, and sales if approved."""
    passed = candidates.luck[:, None] < chance
    median, log_sd = (theta.each(f"sales.{name}")[candidates.path] for name in ("peak_median_musd", "peak_log_sd"))
    expected = limited_expectation(np.asarray(theta["sales.peak_cap_musd"]), median, log_sd)
    sales = passed[:, Stage.REVIEW] * candidates.peak_musd - chance[:, Stage.REVIEW] * expected
    return [*(passed - chance).T, sales]


def _groups(scenario: Scenario, candidates: Candidates) -> Iterator[NDArray[np.bool_]]:
    """Yield which candidates count together: each named one by itself, all leads, all products of others."""
    for origin in (Origin.INHERITED, Origin.COMMON):
        for number in range(len(scenario[f"candidates.{origin.name.lower()}.names"])):
            yield (candidates.origin == origin) & (candidates.number == number)
    yield from (candidates.origin == origin for origin in (Origin.LEAD, Origin.TECHNOLOGY))


def _scores(scenario: Scenario, theta: Theta, seed: int, block: int) -> Iterator[NDArray[np.float64]]:
    """Yield the place of every uncertain input among all it could be, in standard deviations."""
    for leaf in scenario.drawn():
        yield ndtri(uniforms(seed, f"theta/{leaf.path}", block, 1)[0, : theta.size])


def tabulate_steady(scenario: Scenario, run: Results) -> pd.DataFrame:
    """Return each strategy's value and the lead of the first over each other, $ million: plain, and by the controls.

    `left` is the share of the variance left, `worth_paths` the paths that would do as well without controls.
    """
    told = run.manifest["strategies"]
    values = np.stack([run.paths[f"npv.{VIEW}.{slug}.company"] for slug in told])
    names = [s["title"] for s in told.values()] + [lead_over(s["phrase"]) for s in list(told.values())[1:]]
    rows = np.concatenate([values, values[:1] - values[1:]])
    found = steady_means(rows, draw_controls(scenario, run.manifest["seed"], rows.shape[1]))
    table = [
        (name, *_stated(mean(row)), *_stated(steady.estimate), steady.left, len(row) / steady.left)
        for name, row, steady in zip(names, rows, found, strict=True)
    ]
    return pd.DataFrame(table, columns=STEADY)


def lead_over(phrase: str) -> str:
    """Return the name of the row with the first strategy's lead over another."""
    return f"Lead over {phrase}"


def _stated(estimate: Estimate) -> tuple[float, float]:
    """Return a mean and half of the width of its limits."""
    low, high = estimate.low or 0.0, estimate.high or 0.0
    return estimate.value, (high - low) / 2
