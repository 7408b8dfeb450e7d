"""Figures of a forecast and what became of it: table in, Axes out."""

from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from partnering.report.figures import LABEL_WIDTH, name_rows, write
from partnering.report.hindsight import dress_facts
from partnering.report.style import BAD, GOOD, GRID, QUIET, WIDTH, percent

FACT_WIDTH = LABEL_WIDTH + 2


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
