"""Figures of what would change our mind: table in, Axes out."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

from partnering.report.figures import DOLLARS, LABEL_WIDTH, Marks, Titles, name_rows, write
from partnering.report.mind import SHOWN, UNITS
from partnering.report.style import BAD, GOOD, INK, NBSP, QUIET, WIDTH, amount, level
from partnering.results.statistics import Z90
from partnering.results.verdict import Verdict


def plot_tornado(table: pd.DataFrame, shown: int = SHOWN) -> Axes:
    """Return the lead of signing at both ends of each input's range, with 90 % limits; ends and guesses named."""
    top, base = table.head(shown), _base(table)
    _, ax = plt.subplots(figsize=(WIDTH, 0.62 * len(top) + 1.2))
    moved, errors = (top[["at_low", "at_high"]] - base).abs().to_numpy(), top[["at_low_se", "at_high_se"]].to_numpy()
    reach = float((moved + Z90 * errors).max()) * 1.7 or 1.0  # room for limits and for what stands beside them
    for place, row in enumerate(top.to_dict("records")):
        for end, other in (("low", "high"), ("high", "low")):
            _plot_end(ax, place, base, row, end, row[f"at_{end}"] > row[f"at_{other}"])
    ax.axvline(base, color=INK, linewidth=0.8)
    if base - reach < 0 < base + reach:
        ax.axvline(0, color=BAD, linewidth=1.2, linestyle="--")
        write(ax, "← alone leads", (0, len(top) - 0.3), (-4, 0), va="center", ha="right", color=BAD, fontsize=10)
    name_rows(ax, [fill(_row_name(row), LABEL_WIDTH) for row in top.to_dict("records")], 0.5, 1.0)
    ax.set(
        xlim=(base - reach, base + reach), xlabel="Lead of signing, as financed, after tax,\n$ million (* assumption)"
    )
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def _plot_end(ax: Axes, place: int, base: float, row: dict, end: str, right: bool) -> None:
    """Draw the bar to one end of an input's range, with its limits and the input there."""
    at, half = row[f"at_{end}"], Z90 * row[f"at_{end}_se"]
    ax.barh(place, at - base, left=base, height=0.56, color=GOOD if at > base else BAD, alpha=0.85)
    ax.hlines(place, at - half, at + half, color=INK, linewidth=1)
    side, edge, align = (5, at + half, "left") if right else (-5, at - half, "right")
    clear = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # the line at zero does not run through it
    write(ax, row[f"{end}_bare"], (edge, place), (side, 0), va="center", fontsize=10, ha=align, bbox=clear)


def _row_name(row: dict) -> str:
    """Return the name of an input with its unit, marked if it is a guess."""
    return f"{row['label']}{UNITS.get(row['unit'], '')}{NBSP + '*' if row['status'] == 'assumption' else ''}"


def _base(table: pd.DataFrame) -> float:
    """Return the lead that nothing has moved: that of the input whose range moves it least."""
    return float(table.iloc[-1]["at_low"])


def plot_maps(maps: Sequence[pd.DataFrame]) -> Axes | None:
    """Return decision maps below each other: the least lead of signing at every point, marked where it is close."""
    if not maps:
        return None
    heights = [0.5 * part["y"].nunique() + 1.1 for part in maps]
    _, axes = plt.subplots(len(maps), 1, figsize=(WIDTH, sum(heights)), height_ratios=heights, squeeze=False)
    for ax, part in zip(axes[:, 0], maps, strict=True):
        _plot_map(ax, part)
        if len(maps) > 1:
            ax.set_title(part["map"].iloc[0], loc="left", fontsize=11, weight="bold")
    return axes[0, 0]


def _plot_map(ax: Axes, part: pd.DataFrame) -> None:
    wide, close = (part.pivot(index="y", columns="x", values=of)[::-1] for of in ("lead", "close"))
    text = wide.map(amount) + close.map(lambda near: " ?" if near else "")
    most = 2 * (float(wide.abs().to_numpy().max()) or 1.0)  # pale enough for ink on every shade
    shades = LinearSegmentedColormap.from_list("lead", [BAD, "white", GOOD])
    look = {"color": INK, "fontsize": 10}
    sns.heatmap(
        wide,
        annot=text,
        fmt="",
        cmap=shades,
        norm=TwoSlopeNorm(0, -most, most),
        cbar=False,
        linewidths=1,
        ax=ax,
        annot_kws=look,
    )
    first = part.iloc[0]
    ax.set_xticklabels([level(x, first["x_unit"], bare=True) for x in wide.columns], rotation=0)
    ax.set_yticklabels([level(y, first["y_unit"], bare=True) for y in wide.index], rotation=0)
    ax.set(xlabel=_axis(first, "x"), ylabel=fill(_axis(first, "y"), LABEL_WIDTH))


def _axis(first: pd.Series, side: str) -> str:
    return f"{first[f'{side}_label']}{UNITS.get(first[f'{side}_unit'], '')}"


def plot_bridge(bridge: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return the way from the best alternative to signing, one factor a bar, with 90 % limits."""
    alone = verdict.nearest.value.value
    ends = np.concatenate([[alone], alone + np.cumsum(bridge["value"])])
    names = [verdict.nearest.title, *bridge["step"], verdict.signing.title]
    _, ax = plt.subplots(figsize=(WIDTH, 0.6 * len(names) + 0.8))
    for place, total in ((0, ends[0]), (len(names) - 1, ends[-1])):
        ax.barh(place, total, color=QUIET, height=0.6)
        write(ax, amount(total), (max(total, 0), place), (6, 0), va="center", weight="bold")
    for place, (start, row) in enumerate(zip(ends, bridge.to_dict("records"), strict=False), start=1):
        ax.barh(place, row["value"], left=start, color=GOOD if row["value"] > 0 else BAD, height=0.6)
        half, end = Z90 * row["se"], start + row["value"]
        ax.hlines(place, end - half, end + half, color=INK, linewidth=1)
        sign = "+" if row["value"] > 0 else ""
        write(ax, f"{sign}{amount(row['value'])}", (max(start, end + half), place), (6, 0), va="center", weight="bold")
    name_rows(ax, [fill(name, LABEL_WIDTH) for name in names])
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlim(min(0, float(ends.min()) * 1.1), float(ends.max()) * 1.25)
    ax.set_xlabel("Value as financed, after tax,\n$ million (lines: 90 % limits)")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def plot_risk(risk: pd.DataFrame, titles: Titles, marks: Marks) -> Axes:
    """Return what each strategy is surely worth to a board, by its risk tolerance."""
    _, ax = plt.subplots(figsize=(WIDTH, 3.2))
    for slug, title in titles.items():
        part, mark = risk[risk["strategy"] == slug], marks[slug]
        ax.fill_between(part["tolerance_musd"], part["low"], part["high"], color=mark.colour, alpha=0.2, linewidth=0)
        ax.plot(part["tolerance_musd"], part["certainty_equivalent"], color=mark.colour, marker=mark.marker,
                label=title, markersize=6)  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xscale("log", base=2)
    ax.set_xticks(sorted(risk["tolerance_musd"].unique()))
    ax.xaxis.set_major_formatter(DOLLARS)
    ax.yaxis.set_major_formatter(DOLLARS)
    ax.set(xlabel="Risk tolerance, $ million (small: cautious)", ylabel="Worth as a sure amount,\n$ million")
    ax.legend(frameon=False)
    return ax
