"""Decision maps: the least lead of signing over values of two inputs."""

from collections.abc import Iterator

import pandas as pd

from partnering.analysis.asked import Inquiry
from partnering.inputs.analysis import Map

MAPS = ["map", "x_input", "y_input", "x", "y", "lead", "lead_se", "rival", "how", "unit"]


def draw_maps(inquiry: Inquiry, paths: int) -> pd.DataFrame:
    """Return, by map and point, the lead over the alternative that is closest or furthest ahead there.

    The same futures are asked at every point.
    """
    rows = [row for wanted in inquiry.settings.maps for row in _points(inquiry, wanted, paths)]
    return pd.DataFrame(rows, columns=MAPS)


def _points(inquiry: Inquiry, wanted: Map, paths: int) -> Iterator[tuple]:
    points = [(x, y) for y in wanted.y.levels for x in wanted.x.levels]
    changes = [{wanted.x.leaf: x, wanted.y.leaf: y} for x, y in points]
    for point, values in zip(points, inquiry.ask(changes, paths, wanted.title), strict=True):
        rival, lead = inquiry.least(values)
        yield wanted.title, wanted.x.leaf, wanted.y.leaf, *point, *lead, inquiry.slugs[rival], "asked", "musd"
