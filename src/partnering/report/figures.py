"""Figures: table in, Axes out, one idea each. Titles are the captions' business."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from partnering.inputs.lines import LEDGER, LINE
from partnering.report import style
from partnering.report.style import INK, QUIET, WIDTH, Mark, amount, count, percent
from partnering.results.verdict import Verdict

Titles = Mapping[str, str]
Marks = Mapping[str, Mark]
DOLLARS = FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", style.MINUS))
LABEL_WIDTH = 26  # characters of an input's label in one line
NEW_LINE = "\nto "  # long titles of strategies break here


def plot_distributions(bins: pd.DataFrame, summary: pd.DataFrame, titles: Titles, marks: Marks) -> Axes:
    """Return one histogram of the company's value per strategy, below each other, with median and mean marked."""
    _, axes = plt.subplots(len(titles), 1, figsize=(WIDTH, 1.45 * len(titles) + 0.4), sharex=True, sharey=True)
    for ax, (slug, title), (_, row) in zip(np.atleast_1d(axes), titles.items(), summary.iterrows(), strict=True):
        part = bins[bins["strategy"] == slug]
        edges = np.append(part["from_musd"].to_numpy(), part["to_musd"].iloc[-1])
        ax.stairs(part["share"], edges, color=marks[slug].colour, fill=True, alpha=0.35, linewidth=0)
        ax.stairs(part["share"], edges, color=marks[slug].colour, linewidth=1.2)
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.plot(row["p50"], 0, "|", color=INK, markersize=14, clip_on=False, zorder=3)
        ax.plot(row["mean"], 0, marks[slug].marker, color=marks[slug].colour, markersize=8, clip_on=False, zorder=4)
        text = f"median {amount(row['p50'])}, mean {amount(row['mean'])}\nloss in {percent(row['p_loss'])} of futures"
        ax.annotate(f"{title}\n", (0.99, 0.97), xycoords="axes fraction", ha="right", va="top", weight="bold")
        ax.annotate(f"\n{text}", (0.99, 0.97), xycoords="axes fraction", ha="right", va="top", color=QUIET)
        ax.set(yticks=[], ylim=(0, bins["share"].max() * 1.05))
        sns.despine(ax=ax, left=True)
    ax.set_xlabel("Value at signing, as financed, after tax, $ million\n(bar: median; symbol: mean)")
    ax.xaxis.set_major_formatter(DOLLARS)
    return ax


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


def plot_products(products: pd.DataFrame, titles: Titles, marks: Marks) -> Axes:
    """Return expected products by reading, one symbol per strategy, labelled with the number."""
    readings = list(style.READING_LABELS)
    _, axes = plt.subplots(len(readings), 1, figsize=(WIDTH, 1.25 * len(readings) + 0.5), sharex=True)
    for ax, reading in zip(axes, readings, strict=True):
        rows = products[products["reading"] == reading].set_index("strategy")
        for place, slug in enumerate(titles):
            value, mark = rows.loc[slug, "value"], marks[slug]
            ax.hlines(place, 0, value, color=mark.colour, linewidth=2.5, alpha=0.5)
            ax.plot(value, place, mark.marker, color=mark.colour, markersize=8)
            write(ax, count(value), (value, place), (8, 0), va="center", weight="bold")
        name_rows(ax, list(titles.values()), 0.6)
        ax.set_title(" ", fontsize=11)  # keeps room for the heading, which begins at the figure's edge
        corner = ("figure fraction", "axes fraction")
        write(ax, style.READING_LABELS[reading], (0.01, 1), (0, 5), xycoords=corner, weight="bold")
        sns.despine(ax=ax, left=True, bottom=True)
        ax.set_xlim(0, products["value"].max() * 1.15)
    axes[-1].set_xlabel("Expected number per future")
    return axes[-1]


def plot_party_lines(lines: pd.DataFrame, names: Mapping[str, str]) -> Axes:
    """Return the partnership's lines in groups for both parties on one scale, net at the bottom."""
    groups = [LINE[name].group for name in lines["line"]]
    grouped = lines.assign(group=groups).pivot_table("value", "group", "party", "sum")
    order = dict.fromkeys(line.group for line in LEDGER)
    grouped = grouped.reindex([group for group in order if group in grouped.index])
    grouped.loc["Net value"] = grouped.sum()
    _, axes = plt.subplots(1, 2, figsize=(WIDTH, 0.36 * len(grouped) + 0.6), sharey=True)
    for ax, party in zip(axes, ("company", "partner"), strict=True):
        _bars(ax, grouped[party].to_numpy(), style.PARTY_COLOURS[party])
        ax.set_xlim(_room(grouped[["company", "partner"]].to_numpy()))
        ax.set_title(names[party], loc="left", fontsize=11, weight="bold", color=style.PARTY_COLOURS[party])
    name_rows(axes[0], grouped.index, 0.6, 0.6)
    return axes[0]


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
