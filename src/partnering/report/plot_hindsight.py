"""Figures of a forecast and what became of it: table in, Axes out."""

from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from partnering.report.figures import DOLLARS, LABEL_WIDTH, name_rows, write
from partnering.report.hindsight import dress_facts
from partnering.report.style import BAD, GOOD, GRID, INK, QUIET, WIDTH, amount, percent

FACT_WIDTH = LABEL_WIDTH + 2
DAYS = 365.25
HIGHEST = 1.35
"""Height of the fan's figure over what must be seen; all of it is in its data."""


def plot_facts(facts: pd.DataFrame) -> Axes:
    """Return every fact on its forecast's own scale of percentiles: a circle inside nine tenths, a cross outside.

    A line spans the percentiles that tie with the fact.
    """
    shown = dress_facts(facts)
    _, ax = plt.subplots(figsize=(WIDTH, 0.55 * len(shown) + 1.1))
    for place, row in enumerate(shown.to_dict("records")):
        colour, marker = (GOOD, "o") if row["inside"] else (BAD, "X")
        ax.hlines(place, 0.05, 0.95, color=GRID, linewidth=9)
        ax.plot(0.5, place, "|", color=QUIET, markersize=12)
        ax.hlines(place, row["below"], row["not_above"], color=colour, linewidth=3, alpha=0.6)
        ax.plot(row["place"], place, marker, color=colour, markersize=8)
        text = f"{row['happened_text']}\n({row['interval']})"
        write(ax, text, (1.02, place), (4, 0), va="center", fontsize=10, annotation_clip=False)
    name_rows(ax, [fill(name, FACT_WIDTH) for name in shown["fact"]])
    ax.set(xlim=(0, 1.02), xticks=[0.05, 0.5, 0.95])
    ax.set_xlabel("Percentile of the forecast; at the right what\nhappened and (5th to 95th percentile)")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    sns.despine(ax=ax, left=True)
    return ax


def plot_receipts(fan: pd.DataFrame, signed: str) -> Axes:
    """Return cumulative receipts from the day of signing on: what came, against the fan foreseen."""
    _, ax = plt.subplots(figsize=(WIDTH, 3.6))
    day = pd.Timestamp(signed)
    years = day.year + day.day_of_year / DAYS + fan["years"]
    for low, high, shade in (("p05", "p95", 0.2), ("p25", "p75", 0.35)):
        ax.fill_between(years, fan[low], fan[high], color=QUIET, alpha=shade, linewidth=0)
    ax.plot(years, fan["p50"], color=INK, linewidth=1.5, linestyle="--")
    ax.plot(years, fan["happened"], color=GOOD, linewidth=3)
    last, end = fan.iloc[-1], years.iloc[-1]
    up, down = (-4, 6), (-4, -16)
    above = last["happened"] > last["p50"]
    write(ax, f"median foreseen {amount(last['p50'])}", (end, last["p50"]), down if above else up, ha="right")
    look = {"ha": "right", "color": GOOD, "weight": "bold"}
    write(ax, f"received {amount(last['happened'])}", (end, last["happened"]), up if above else down, **look)
    ax.set(xlim=(years.iloc[0], end), ylim=(0, HIGHEST * max(last["p75"], fan["happened"].max())))
    ax.set_xlabel("Received in all, nominal, $ million\n(bands: half and nine tenths of futures)")
    ax.yaxis.set_major_formatter(DOLLARS)
    ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 5], integer=True))
    ax.grid(axis="y", color=GRID, linewidth=0.6)
    sns.despine(ax=ax, left=True)
    return ax
