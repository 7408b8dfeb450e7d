"""Figures of the company's money: cash as a fan, who is still there."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from partnering.report.figures import DOLLARS, Marks, Titles
from partnering.report.style import GRID, INK, WIDTH, percent

YEARS_SHOWN = 10
HIGHEST = 0.8
"""Years of both figures, and the share of its upper ends that fit; all of it is in cash.csv."""
BELOW = 0.05
"""Room below the lowest cash, so that a symbol that stands there is whole."""


def plot_fan(fan: pd.DataFrame, titles: Titles, marks: Marks) -> Axes:
    """Return the company's cash by year, one panel per strategy: median, half and nine tenths of futures."""
    _, axes = plt.subplots(len(titles), 1, figsize=(WIDTH, 1.5 * len(titles) + 0.5), sharex=True, sharey=True)
    early = fan[fan["years"] <= YEARS_SHOWN]
    for ax, (slug, title) in zip(np.atleast_1d(axes), titles.items(), strict=True):
        part, mark = early[early["strategy"] == slug], marks[slug]
        for low, high, shade in (("p05", "p95", 0.2), ("p25", "p75", 0.35)):
            ax.fill_between(part["years"], part[low], part[high], color=mark.colour, alpha=shade, linewidth=0)
        ax.plot(part["years"], part["p50"], color=mark.colour, marker=mark.marker, markevery=8, markersize=5)
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.set_title(title, loc="left", fontsize=11, weight="bold", color=INK)
        ax.yaxis.set_major_formatter(DOLLARS)
        ax.grid(axis="y", color=GRID, linewidth=0.6)
        sns.despine(ax=ax, left=True)
    least, most = min(0.0, float(early["p05"].min())), float(early["p95"].quantile(HIGHEST))
    ax.set(xlim=(0, YEARS_SHOWN), ylim=(least - BELOW * (most - least), most))
    ax.set_xlabel(
        "Years since signing; cash, $ million, as financed\n(line: median; bands: half and nine tenths of futures)"
    )
    return ax


def plot_survival(survival: pd.DataFrame, titles: Titles, marks: Marks) -> Axes:
    """Return the share of futures in which the company is there, and has run out of money, over ten years."""
    survival = survival[survival["year"] <= YEARS_SHOWN]
    _, axes = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True, height_ratios=(3, 2))
    for ax, column, heading in zip(
        axes, ("p_there", "p_winddown"), ("Still there", "Ended short of cash"), strict=True
    ):
        for slug, title in titles.items():
            part, mark = survival[survival["strategy"] == slug], marks[slug]
            look = {"color": mark.colour, "marker": mark.marker, "markersize": 6, "markevery": 5, "linewidth": 2}
            ax.plot([0, *part["year"]], [float(column == "p_there"), *part[column]], label=title, **look)
        ax.set_title(heading, loc="left", fontsize=11, weight="bold")
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.set_ylim(0, None if column == "p_winddown" else 1.02)
        ax.grid(axis="y", color=GRID, linewidth=0.6)
        sns.despine(ax=ax, left=True)
    axes[0].legend(frameon=False, loc="lower left", fontsize=10)
    axes[1].set_xlabel("Years since signing; share of futures, as financed")
    return axes[0]
