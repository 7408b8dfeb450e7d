"""What charts have in common: how they write, and name rows and amounts."""

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from partnering.report import style

Titles = Mapping[str, str]
DOLLARS = FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", style.MINUS))
LABEL_WIDTH = 26  # characters of an input's label in one line


def write(ax: Axes, text: str, at: tuple[float, float], offset: tuple[int, int], **look: Any) -> None:
    """Write a text some points away from a place."""
    ax.annotate(text, at, xytext=offset, textcoords="offset points", **look)


def name_rows(ax: Axes, names: Iterable[str], above: float = 0.5, below: float = 0.5) -> None:
    """Name the rows of a figure from the top down, without ticks, with this much room above and below."""
    names = list(names)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 1 + below, -above)
    ax.tick_params(axis="y", length=0)
