"""Charts of what would change the answer: table in, Axes out. Blue: signing is ahead; a rival's colour: it trails."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from partnering.report.figures import DOLLARS, LABEL_WIDTH, Titles, name_rows, write
from partnering.report.plot_paper import CLEAR, WIDE, colour_of, tip
from partnering.report.sensitivity import UNITS
from partnering.report.style import GRID, INK, OTHER, RIVAL, SIGNING, amount, level, tile
from partnering.results.statistics import Z90
from partnering.results.verdict import Verdict

APART = 0.08
"""Least distance of two names beside lines, as a share of the axis."""


def plot_maps(maps: pd.DataFrame) -> Axes | None:
    """Return decision maps below each other: the lead at every point, and on which side it is. None without a map."""
    parts = [part for _, part in maps.groupby("map", sort=False)]
    if not parts:
        return None
    heights = [0.42 * part["y"].nunique() + 1.2 for part in parts]
    _, axes = plt.subplots(len(parts), 1, figsize=(WIDE, sum(heights)), height_ratios=heights, squeeze=False)
    for ax, part in zip(axes[:, 0], parts, strict=True):
        _plot_map(ax, part)
    return axes[0, 0]


def _plot_map(ax: Axes, part: pd.DataFrame) -> None:
    """Draw one map: a tile a point, blue ahead, the rival's colour behind, bare where it is too close to call."""
    first, across, up = part.iloc[0], sorted(part["x"].unique()), sorted(part["y"].unique())
    for row in part.itertuples():
        column, line = across.index(row.x), up.index(row.y)
        colour = SIGNING if row.lead > 0 else RIVAL
        shade = 0.0 if row.close else 0.25
        tile_of = ax.add_patch(Rectangle((column - 0.48, line - 0.46), 0.96, 0.92, facecolor=colour, alpha=shade))
        at = f"{row.x_label} {level(row.x, row.x_unit)}, {row.y_label} {level(row.y, row.y_unit)}"
        tip(tile_of, f"{at}: lead {tile(row.lead)} over {row.over}")
        ax.text(column, line, amount(row.lead) + " ?" * row.close, ha="center", va="center", fontsize=10)
    ax.set(xlim=(-0.5, len(across) - 0.5), ylim=(-0.5, len(up) - 0.5))
    ax.set_xticks(range(len(across)), [level(x, first["x_unit"], bare=True) for x in across])
    ax.set_yticks(range(len(up)), [level(y, first["y_unit"], bare=True) for y in up])
    names = [f"{first[f'{side}_label']}{UNITS.get(first[f'{side}_unit'], '')}" for side in ("x", "y")]
    ax.set(xlabel=names[0], ylabel=fill(names[1], LABEL_WIDTH))
    ax.set_title(first["map"], loc="left", fontsize=11, weight="bold")
    sns.despine(ax=ax, left=True, bottom=True)


def plot_bridge(bridge: pd.DataFrame) -> Axes:
    """Return what each step from the nearest rival to signing adds, in one order and in the opposite."""
    _, ax = plt.subplots(figsize=(WIDE, 0.7 * len(bridge) + 1))
    for place, row in enumerate(bridge.to_dict("records")):
        ax.hlines(place, row["value"], row["backwards"], color=OTHER, linewidth=2, zorder=1)
        for order, error, mark, above in (("value", "se", "o", 8), ("backwards", "backwards_se", "D", -17)):
            half = Z90 * row[error]
            ax.hlines(place, row[order] - half, row[order] + half, color=GRID, linewidth=7, zorder=0)
            (dot,) = ax.plot(row[order], place, mark, color=SIGNING if row[order] > 0 else RIVAL, markersize=8)
            tip(dot, f"{row['step']}: {tile(row[order])}")
            write(ax, amount(row[order]), (row[order], place), (0, above), ha="center", bbox=CLEAR)
    name_rows(ax, [fill(step, LABEL_WIDTH) for step in bridge["step"]], 0.6, 0.7)
    ax.axvline(0, color=INK, linewidth=1, zorder=0)
    ax.set_xlabel("Adds, $ million (●: in this order; ◆: in the opposite;\ngrey: sampling error)", x=1, ha="right")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def plot_risk(risk: pd.DataFrame, titles: Titles, verdict: Verdict) -> Axes:
    """Return the sure sum that each of these strategies is worth to a board, by its risk tolerance."""
    _, ax = plt.subplots(figsize=(WIDE, 3.6))
    lines = [risk[risk["strategy"] == slug] for slug in titles]
    for dashes, (slug, part) in zip(("-", "--", ":", "-.") * len(lines), zip(titles, lines, strict=True), strict=False):
        colour, tolerance = colour_of(verdict, slug), part["tolerance_musd"]
        ax.fill_between(tolerance, part["low"], part["high"], color=colour, alpha=0.2, linewidth=0)
        ax.plot(tolerance, part["certainty_equivalent"], color=colour, linestyle=dashes, linewidth=2)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=0)
    ax.set_xscale("log", base=2)
    ticks = sorted(risk["tolerance_musd"].unique())
    ax.set(xticks=ticks[::2], xlim=(ticks[0], ticks[-1]), xlabel="Risk tolerance, $ million")
    ax.set_ylabel("Worth as a sure sum,\n$ million")
    ax.minorticks_off()
    ax.xaxis.set_major_formatter(DOLLARS)
    ax.yaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax)
    _name_lines(ax, [part["certainty_equivalent"].iloc[-1] for part in lines], titles, verdict)
    return ax


def _name_lines(ax: Axes, ends: Sequence[float], titles: Titles, verdict: Verdict) -> None:
    """Name lines at their right ends, from the top down, no closer than can be read."""
    room = (ax.get_ylim()[1] - ax.get_ylim()[0]) * APART
    height = float("inf")
    for end, slug in sorted(zip(ends, titles, strict=True), reverse=True):
        height = min(end, height - room)
        name = fill(titles[slug], 20)
        write(ax, name, (1, height), (6, 0), xycoords=("axes fraction", "data"), va="center",
              color=colour_of(verdict, slug), weight="bold", bbox=CLEAR)  # fmt: skip
        height -= name.count("\n") * room / 2
