"""Shares of variance that inputs explain: first order from the paths of a run, total order from a model of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.scores import DEGREE, Signal, cubics, floor_of, shuffles
from partnering.results.statistics import TAIL, Z90, standard_error

BATCHES = 16
"""Parts of the paths that a share's error is taken from."""

REST = "rest"
"""Name of the group of all inputs that do not stand alone."""


class Index(NamedTuple):
    """Share of variance an input explains by itself, and with all it interacts with; each with its standard error."""

    first: float
    first_error: float
    total: float
    total_error: float


def first_order(draws: Mapping[str, NDArray], outcome: NDArray) -> dict[str, Signal]:
    """Return by input the share of the variance of an outcome (path,) that its mean given the input explains.

    It is the R2 of a cubic in the normal score, adjusted for its terms, so that it is not biased upwards. Shares are of
    all variance, luck included.
    """
    floor: list[float] = []
    found = {}
    for name, draw in draws.items():
        basis = cubics(draw)
        floor = floor or [floor_of([_share(basis, outcome[order]) for order in shuffles(len(outcome))])]
        parts = np.array_split(np.arange(len(outcome)), BATCHES)
        batches = np.array([_share(cubics(draw[part]), outcome[part]) for part in parts])
        found[name] = Signal(_share(basis, outcome), standard_error(batches), *floor)
    return found


def _share(basis: NDArray, outcome: NDArray) -> float:
    """Return an adjusted R2; 0 where there are no more paths than terms, or nothing varies."""
    spread = outcome - outcome.mean()
    if len(outcome) <= DEGREE + 1 or not spread.any():
        return 0.0
    explained = ((basis * spread).mean(axis=1) ** 2).sum() / (spread**2).mean()
    return float(1 - (1 - explained) * (len(outcome) - 1) / (len(outcome) - 1 - DEGREE))


def total_order(
    model: Callable[[NDArray], NDArray], alone: Sequence[str], rest: Sequence[str], size: int
) -> tuple[float, dict[str, Index]]:
    """Return the variance of a model and the Sobol' indices of each input alone and of the others as one group.

    `model` takes uniforms (point, input) in the order of `alone` then `rest` and returns (point,); it is asked for
    size x (groups + 2) points. `size` is a power of 2. Errors are from bootstrap (Saltelli and others, 2010).
    """
    from SALib.analyze import sobol as analysis  # slow to import, and few runs need it
    from SALib.sample import sobol as design

    names = [*alone, *rest]
    groups = [*alone, *(REST for _ in rest)]
    problem = {"num_vars": len(names), "names": names, "groups": groups, "bounds": [[0, 1] for _ in names]}
    points = design.sample(problem, size, calc_second_order=False, seed=1)
    tiny = np.finfo(float).eps  # an end of the range is infinite where an input has no bound
    outcome = model(np.clip(points, tiny, 1 - tiny))
    found = analysis.analyze(problem, outcome, calc_second_order=False, conf_level=1 - 2 * TAIL, seed=1)
    columns = found["S1"], found["S1_conf"] / Z90, found["ST"], found["ST_conf"] / Z90
    rows = zip(dict.fromkeys(groups), *columns, strict=True)
    independent = outcome.reshape(size, -1)[:, [0, -1]]  # rows between swap groups of these two
    return float(independent.var()), {name: Index(*map(float, row)) for name, *row in rows}
