"""Decision maps: the least lead of signing over values of two inputs."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.surface import all_powers, fit_surface
from partnering.inputs.analysis import Map
from partnering.inquiry.asked import Inquiry

MAPS = ["map", "x_input", "y_input", "x", "y", "lead", "lead_se", "rival", "how", "unit"]


def draw_maps(inquiry: Inquiry, paths: int) -> pd.DataFrame:
    """Return, by map and point, the lead over the alternative that is closest or furthest ahead there.

    Where both inputs are uncertain it is read off the surface of the full run's own draws; where one is set, the same
    futures are asked at every point.
    """
    drawn = {leaf.path for leaf in inquiry.task.scenario.drawn()}
    rows: list[tuple] = []
    for wanted in inquiry.settings.maps:
        fitted = {wanted.x.leaf, wanted.y.leaf} <= drawn
        points = _from_draws(inquiry, wanted) if fitted else _asked(inquiry, wanted, paths)
        how = "from the draws" if fitted else "asked"
        rows += [(wanted.title, wanted.x.leaf, wanted.y.leaf, *point, how, "musd") for point in points]
    return pd.DataFrame(rows, columns=MAPS)


def _grid(wanted: Map) -> list[tuple[float, float]]:
    return [(x, y) for y in wanted.y.levels for x in wanted.x.levels]


def _from_draws(inquiry: Inquiry, wanted: Map) -> Iterator[tuple]:
    inputs = wanted.x.leaf, wanted.y.leaf
    draws = {path: inquiry.run.paths[f"theta.{path}"] for path in inputs}
    size = len(draws[inputs[0]])
    gaps = (inquiry.values[0] - inquiry.values[1:]).T[:size]
    lead, error = fit_surface(draws, inputs, gaps, all_powers(len(inputs))).at(np.array(_grid(wanted)))
    yield from _least(inquiry, wanted, lead, error)


def _asked(inquiry: Inquiry, wanted: Map, paths: int) -> Iterator[tuple]:
    changes = [{wanted.x.leaf: x, wanted.y.leaf: y} for x, y in _grid(wanted)]
    found = [inquiry.leads.at(values) for values in inquiry.ask(changes, paths, wanted.title)]
    yield from _least(inquiry, wanted, *(np.array(part) for part in zip(*found, strict=True)))


def _least(inquiry: Inquiry, wanted: Map, lead: NDArray[np.float64], error: NDArray[np.float64]) -> Iterator[tuple]:
    """Yield (x, y, lead, its error, rival) of every point; leads are (point, rival)."""
    for (x, y), leads, errors in zip(_grid(wanted), lead, error, strict=True):
        rival = int(np.argmin(leads))
        yield x, y, float(leads[rival]), float(errors[rival]), inquiry.slugs[1 + rival]
