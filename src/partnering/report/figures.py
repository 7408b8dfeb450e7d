"""Figures: table in, Axes out, one idea each. Titles are the captions' business."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from partnering.report import style
from partnering.report.style import INK, WIDTH, Mark, amount, percent
from partnering.results.verdict import Verdict

Titles = Mapping[str, str]
Marks = Mapping[str, Mark]
DOLLARS = FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", style.MINUS))
LABEL_WIDTH = 26  # characters of an input's label in one line
NEW_LINE = "\nto "  # long titles of strategies break here


def plot_difference(bins: pd.DataFrame, verdict: Verdict, marks: Marks) -> Axes:
    """Return the histogram of signing minus the alternative, coloured by who is ahead."""
    _, ax = plt.subplots(figsize=(WIDTH, 3.3))
    ahead, behind = marks[verdict.signing.slug].colour, marks[verdict.nearest.slug].colour
    colours = np.where(bins["from_musd"] >= 0, ahead, behind)
    width = bins["to_musd"] - bins["from_musd"]
    ax.bar(bins["from_musd"], bins["share"], width=width, align="edge", color=colours, linewidth=0)
    ax.axvline(0, color=INK, linewidth=1)
    for place, side, title, share, colour in (
        (0.99, "right", verdict.signing.title, verdict.p_better, ahead),
        (0.01, "left", verdict.nearest.title, 1 - verdict.p_better, behind),
    ):
        text = f"{title.replace(' to ', NEW_LINE)}\nahead in {percent(share)}"
        ax.text(place, 1.02, text, transform=ax.transAxes, ha=side, va="bottom", color=colour, weight="bold")
    ax.set(yticks=[], ylim=(0, bins["share"].max() * 1.05))
    ax.set_xlabel("Signing minus the alternative, as financed, after tax,\nsame luck, $ million")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def _bars(ax: Axes, values: np.ndarray, colour: str) -> None:
    """Draw labelled bars, the last of them the net."""
    bars = np.nan_to_num(values)
    ax.barh(range(len(bars)), bars, color=[colour] * (len(bars) - 1) + [INK], height=0.65)
    for place, value in enumerate(values):
        if not np.isnan(value):
            _beside(ax, value, place, amount(value))
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set(xticks=[])
    sns.despine(ax=ax, left=True, bottom=True)


def _room(values: np.ndarray) -> tuple[float, float]:
    """Return the limits of an axis that holds these bars and their labels."""
    low, high = min(float(np.nanmin(values)), 0.0), max(float(np.nanmax(values)), 0.0)
    return low - 0.3 * (high - low), high + 0.3 * (high - low)


def _beside(ax: Axes, value: float, place: float, text: str) -> None:
    """Write a label beside the end of a bar."""
    side, align = (4, "left") if value >= 0 else (-4, "right")
    write(ax, text, (value, place), (side, 0), va="center", ha=align, fontsize=10)


def write(ax: Axes, text: str, at: tuple[float, float], offset: tuple[int, int], **look: Any) -> None:
    """Write a text some points away from a place."""
    ax.annotate(text, at, xytext=offset, textcoords="offset points", **look)


def name_rows(ax: Axes, names: Sequence[str], above: float = 0.5, below: float = 0.5) -> None:
    """Name the rows of a figure from the top down, without ticks, with this much room above and below."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 1 + below, -above)
    ax.tick_params(axis="y", length=0)
