"""Charts of the brief: table in, Axes out. Signing is blue, the nearest rival has the accent, all others are grey."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from partnering.analysis.negotiation import Bargain
from partnering.report.figures import DOLLARS, LABEL_WIDTH, name_rows, write
from partnering.report.style import (
    GRID,
    INK,
    NBSP,
    OTHER,
    PARTY_COLOURS,
    QUIET,
    RIVAL,
    SIGNING,
    amount,
    count,
    lowered,
    percent,
    tile,
    times,
)
from partnering.report.svg import TIP
from partnering.results.verdict import Claim, Verdict

WIDE = 6.3  # inches, in half of a wide page
BESIDE = 5.2  # beside the answer
LONGEST_ALT = 230
CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 1}
"""A label's ground, so that no line runs through it."""


def colour_of(verdict: Verdict, slug: str) -> str:
    """Return the colour of a strategy on the brief."""
    return SIGNING if slug == verdict.signing.slug else RIVAL if slug == verdict.nearest.slug else OTHER


def tip(artist: Artist, text: str) -> None:
    """Have a mark say what it is to who points at it."""
    artist.set_gid(f"{TIP}{text}")


def alt_of(kind: str, names: Sequence[str], values: Sequence[str]) -> str:
    """Return the text alternative of a chart: what it shows, and its marks in order, as many as can be listened to."""
    marks = [f"{name} {value}" for name, value in zip(names, values, strict=True)]
    while len(marks) > 1 and len("; ".join([kind, *marks])) > LONGEST_ALT:
        marks.pop()
    left = f"; and {len(names) - len(marks)} more" if len(marks) < len(names) else ""
    return f"{kind}: {'; '.join(marks)}{left}."


def plot_lead(bins: pd.DataFrame, verdict: Verdict, inches: float = BESIDE) -> Axes:
    """Return the distribution of signing minus its nearest rival, with zero, the mean and both shares."""
    _, ax = plt.subplots(figsize=(inches, 3.6))
    colours = np.where(bins["from_musd"] >= 0, SIGNING, RIVAL)
    width = bins["to_musd"] - bins["from_musd"]
    bars = ax.bar(bins["from_musd"], bins["share"], width=width, align="edge", color=colours, linewidth=0)
    for bar, row in zip(bars, bins.itertuples(), strict=True):
        tip(bar, f"{amount(row.from_musd)} to {tile(row.to_musd)}: {percent(row.share, 1)} of futures")
    ax.axvline(0, color=INK, linewidth=1.2)
    lead, top = verdict.difference.value, float(bins["share"].max())
    ax.axvline(lead, color=INK, linewidth=1, linestyle="--")
    write(ax, f"mean {tile(lead)}", (lead, top), (5, 0), va="top", bbox=CLEAR)
    for side, at, name, share in (
        ("right", 1, "Signing", verdict.p_better),
        ("left", 0, fill(verdict.nearest.title, LABEL_WIDTH), 1 - verdict.p_better),
    ):
        text = f"{name}\nahead in {percent(share)}"
        colour = SIGNING if at else RIVAL
        ax.text(at, 1.02, text, transform=ax.transAxes, ha=side, va="bottom", color=colour, weight="bold")
    ax.set(
        yticks=[],
        ylim=(0, top * 1.05),
        xlabel="Signing minus that rival, same future, $ million; outermost bars: and beyond",
    )
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def plot_worth(worth: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return what each strategy is worth: nine and five futures in ten, the median and the mean, the best on top."""
    _, ax = plt.subplots(figsize=(WIDE, 0.42 * len(worth) + 0.8))
    for place, row in enumerate(worth.to_dict("records")):
        colour = colour_of(verdict, row["slug"])
        for low, high, width, share in (("p5", "p95", 2, "nine in ten"), ("p25", "p75", 9, "half")):
            line = ax.hlines(place, row[low], row[high], color=colour, linewidth=width)
            tip(line, f"{row['title']}: {share} between {amount(row[low])} and {tile(row[high])}")
        (tick,) = ax.plot(row["middle"], place, "|", color="white", markersize=9, markeredgewidth=2)
        tip(tick, f"{row['title']}: median {tile(row['middle'])}")
        (diamond,) = ax.plot(row["average"], place, "D", color="white", markeredgecolor=INK, markersize=6)
        tip(diamond, f"{row['title']}: mean {tile(row['average'])}")
        write(ax, f"mean {amount(row['average'])}", (1, place), (4, 0), xycoords=("axes fraction", "data"), va="center")
    ax.axvline(0, color=INK, linewidth=0.8, zorder=0)
    name_rows(ax, worth["title"], 0.6, 0.6)
    for label, slug in zip(ax.get_yticklabels(), worth["slug"], strict=True):
        label.set(color=INK, weight="bold" if colour_of(verdict, slug) != OTHER else "normal")
    ax.set_xlabel("$ million (line: nine in ten futures; bar: half; tick: median; diamond: mean)")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def plot_ends(ends: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return, by year, the share of futures in which the company has ended short of cash, and by choice."""
    _, axes = plt.subplots(1, 2, figsize=(WIDE, 2.7))
    order = (*reversed(verdict.others), verdict.nearest, verdict.signing)
    for ax, column, title in zip(axes, ("p_winddown", "p_exit"), ("Short of cash", "By choice"), strict=True):
        for option in order:
            part, colour = ends[ends["strategy"] == option.slug], colour_of(verdict, option.slug)
            dashes, width = {SIGNING: ("-", 2), RIVAL: ("--", 2)}.get(colour, (":", 1.2))
            (line,) = ax.plot(part["year"], part[column], color=colour, linestyle=dashes, linewidth=width)
            tip(line, f"{option.title}: {percent(part[column].iloc[-1])} after {part['year'].iloc[-1]:.0f} years")
        ax.set_title(title, loc="left")
        top = float(ends[column].max()) or 1.0
        ax.set(xlabel="Years", ylim=(0, top * (1.7 if ax is axes[0] else 1.05)), xlim=(0, None))
        ax.yaxis.set_major_formatter(lambda value, _: percent(value))
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        ax.grid(axis="y", color=GRID, linewidth=0.6)
        sns.despine(ax=ax, left=True)
    _name_lines(axes[0])
    return axes[0]


def _name_lines(ax: Axes) -> None:
    """Name the lines inside a panel that has room at its top."""
    names = (("— signing", SIGNING), ("-- nearest rival", RIVAL), ("··· others", QUIET))
    for line, (name, colour) in enumerate(names):
        ax.text(
            0.04, 0.98 - 0.1 * line, name, transform=ax.transAxes, va="top", color=colour, weight="bold", bbox=CLEAR
        )


def plot_cash(cash: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return the cash of companies still there, signed and with the nearest rival: median, half, nine in ten."""
    pair = verdict.signing, verdict.nearest
    _, axes = plt.subplots(1, 2, figsize=(WIDE, 2.7), sharey=True)
    for ax, option in zip(axes, pair, strict=True):
        part, colour = cash[cash["strategy"] == option.slug], colour_of(verdict, option.slug)
        last = part.iloc[-1]
        for low, high, shade, share in (("p5", "p95", 0.2, "nine in ten"), ("p25", "p75", 0.35, "half")):
            area = ax.fill_between(part["years"], part[low], part[high], color=colour, alpha=shade, linewidth=0)
            tip(area, f"{option.title}: {share} end with {amount(last[low])} to {tile(last[high])}")
        (line,) = ax.plot(part["years"], part["p50"], color=colour, linewidth=2)
        tip(line, f"{option.title}: median {tile(last['p50'])} at the end")
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.set_title(option.title, loc="left", color=colour)
        ax.set(xlabel="Years", xlim=(0, None))
        ax.yaxis.set_major_formatter(DOLLARS)
        ax.grid(axis="y", color=GRID, linewidth=0.6)
        sns.despine(ax=ax, left=True)
    axes[0].set_ylabel("Cash, $ million")
    return axes[0]


def plot_inputs(inputs: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return dumbbells of the lead at both ends of each input's range, ends named, the side where it trails marked."""
    _, ax = plt.subplots(figsize=(WIDE, 0.46 * len(inputs) + 0.8))
    leads = inputs[["at_low", "at_high"]].to_numpy()
    reach = float(leads.max() - min(leads.min(), 0.0)) or 1.0
    for place, row in enumerate(inputs.to_dict("records")):
        ax.hlines(place, *sorted((row["at_low"], row["at_high"])), color=OTHER, linewidth=2, zorder=1)
        for end, other in (("low", "high"), ("high", "low")):
            lead, right = row[f"at_{end}"], row[f"at_{end}"] > row[f"at_{other}"]
            look = ("o", SIGNING) if lead >= 0 else ("X", RIVAL)
            (dot,) = ax.plot(lead, place, look[0], color=look[1], markersize=9)
            tip(dot, f"{row['label']} {row[f'{end}_text']}: lead {tile(lead)}")
            offset, align = ((8, 0), "left") if right else ((-8, 0), "right")
            write(ax, row[f"{end}_bare"], (lead, place), offset, va="center", ha=align, bbox=CLEAR)
    ax.axvline(0, color=INK, linewidth=1, zorder=0)
    ax.axvline(verdict.difference.value, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    name_rows(ax, inputs["name"], 0.6, 0.6)
    ax.set_xlim(min(leads.min(), 0.0) - 0.4 * reach, leads.max() + 0.4 * reach)
    ax.set_xlabel("Lead of signing, $ million (dashed: as expected; ✕: signing trails; †: another rival is nearest)")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def plot_families(scenarios: pd.DataFrame, base: float) -> Axes:
    """Return the lead of signing in each scenario, a row to a family; the worst of each and what trails are named."""
    families, middle = (
        list(scenarios["family"].unique()),
        (scenarios["difference"].max() + scenarios["difference"].min()) / 2,
    )
    _, ax = plt.subplots(figsize=(WIDE, 0.74 * len(families) + 0.8))
    for place, family in enumerate(families):
        part = scenarios[scenarios["family"] == family].sort_values("difference")
        for row in part.to_dict("records"):
            ahead = row["low"] > 0
            colour = SIGNING if ahead else RIVAL if row["high"] < 0 else QUIET
            (dot,) = ax.plot(row["difference"], place, "o" if ahead else "X", color=colour, markersize=8)
            dot.set_url(row["page"])
            tip(dot, f"{row['scenario']}: lead {tile(row['difference'])}, ahead in {percent(row['p_better'])}")
        worst = part.iloc[0]
        said = f"{fill(worst['scenario'], 30)} {tile(worst['difference'])}"
        side, align = ((-3, -9), "left") if worst["difference"] < middle else ((3, -9), "right")
        write(ax, said, (worst["difference"], place), side, va="top", ha=align, url=worst["page"])
        shares = part["p_better"]
        ends = dict.fromkeys(f"{100 * share:.0f}" for share in (shares.min(), shares.max()))
        said = f"{'–'.join(ends)}{NBSP}%"
        write(ax, said, (1, place), (6, 0), xycoords=("axes fraction", "data"), va="center")
    ax.axvline(0, color=INK, linewidth=1, zorder=0)
    ax.axvline(base, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    name_rows(ax, [f"{family.capitalize()} ({(scenarios['family'] == family).sum()})" for family in families], 0.9, 0.9)
    write(ax, "ahead in", (1, 1), (6, 0), xycoords="axes fraction", va="center", color=QUIET)
    ax.set_xlabel("Lead of signing, $ million (dashed: base; ✕: behind or close)")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def plot_claim(readings: Sequence[tuple[str, Claim]]) -> Axes:
    """Return expected products that return, signed and by the plan alone with most, with their ratio and its limits."""
    _, ax = plt.subplots(figsize=(WIDE, 0.8 * len(readings) + 0.8))
    for place, (label, claim) in enumerate(readings):
        ends = (claim.alone, RIVAL, "s", "alone"), (claim.signing, SIGNING, "o", "signed")
        ax.hlines(place, claim.alone, claim.signing, color=OTHER, linewidth=2, zorder=1)
        for value, colour, marker, name in ends:
            (dot,) = ax.plot(value, place, marker, color=colour, markersize=10)
            tip(dot, f"{label}: {name} {count(value)}, {times(claim.ratio.value)} as many signed")
            side = "left" if value > min(claim.alone, claim.signing) else "right"
            write(ax, f"{name} {count(value)}", (value, place), (0, 9), ha=side, color=colour, weight="bold")
        ratio, low, high = claim.ratio.value, claim.ratio.low or 0.0, claim.ratio.high or 0.0
        said = f"{times(ratio)} ({low:.2f} to {high:.2f})" if np.isfinite(ratio) else times(ratio)
        write(ax, said, ((claim.alone + claim.signing) / 2, place), (0, -9), ha="center", va="top")
    name_rows(ax, [name for name, _ in readings], 0.7, 0.6)
    ax.set_xlim(0, 1.6 * max(max(claim.signing, claim.alone) for _, claim in readings))
    ax.set_xlabel("Expected products that return")
    sns.despine(ax=ax, left=True)
    return ax


def plot_deal(found: Bargain, upfront: float, others: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return both walk-aways, the deal, the equal split and other deals, as the upfront each is worth."""
    _, ax = plt.subplots(figsize=(WIDE, 1.9 + 0.4 * len(others)))
    least, most = upfront + found.least, upfront + found.most
    ax.hlines(0, least, most, color=GRID if found.exists else RIVAL, linewidth=14, zorder=0)
    ours, theirs = PARTY_COLOURS["company"], PARTY_COLOURS["partner"]
    split = [] if found.equal_split is None else [("equal split", upfront + found.equal_split, INK, "d", -28)]
    points = [
        (f"{verdict.company}\nwalks below", least, ours, ">", 12),
        (f"{verdict.partner}\nwalks above", most, theirs, "<", 12),
        ("this deal", upfront, SIGNING, "o", 46),
        *split,
    ]
    for name, at, colour, marker, height in points:
        (mark,) = ax.plot(at, 0, marker, color=colour, markersize=11, clip_on=False)
        tip(mark, f"{' '.join(name.split())}: upfront {tile(at)}")
        write(ax, f"{name} {tile(at)}", (at, 0), (0, height), ha="center", color=colour, weight="bold",
              arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6})  # fmt: skip
    for line, row in enumerate(others.to_dict("records")):
        (mark,) = ax.plot(row["upfront"], 0, "|", color=QUIET, markersize=14, markeredgewidth=2)
        tip(mark, f"{row['deal']}: worth as much as an upfront of {tile(row['upfront'])}")
        said = f"{lowered(row['deal'])} {tile(row['upfront'])}"
        write(
            ax, fill(said, LABEL_WIDTH), (row["upfront"], 0), (0, -40 - 24 * line), ha="center", va="top", color=QUIET
        )
    room = 0.3 * abs(most - least)
    ax.set(yticks=[], ylim=(-0.7 - 0.5 * len(others), 1), xlim=(min(least, most, 0) - room, max(least, most) + room))
    ax.set_xlabel("Upfront, all other terms as agreed, $ million")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax
