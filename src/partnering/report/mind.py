"""What would change our mind: tables of a run's answers as a meeting sees them, and the figures drawn from them."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

from partnering.analysis.risk import regret
from partnering.analysis.shares import REST
from partnering.inquiry.learning import DEAL, LUCK
from partnering.inquiry.store import Answers
from partnering.report.figures import DOLLARS, LABEL_WIDTH, Marks, Titles, name_rows, write
from partnering.report.style import BAD, GOOD, INK, NBSP, QUIET, WIDTH, Columns, amount, level, money, percent
from partnering.results.schema import VIEW
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict, leaves
from partnering.value.statistics import Z90

PAIR = "-"
"""In the name of a difference between two strategies."""

SHOWN = 12
"""Inputs a tornado shows, and rows of a table of inputs; all of them are in its data."""

UNITS = {"musd": ", $ million", "musd_per_year": ", $ million a year", "years": ", years", "per_year": " (number)"}
"""What is added to the name of an input whose levels stand bare."""


def tabulate_tornado(answers: Answers, results: Results) -> pd.DataFrame:
    """Return what each input's range does to the lead of signing, the widest first, with both ends as text."""
    table = answers.table("tornado")
    rows = table[table["strategy"].str.contains(PAIR)].copy()
    for end in ("low", "high"):
        rows[f"{end}_text"] = [level(v, unit) for v, unit in zip(rows[f"{end}_input"], rows["unit"], strict=True)]
        rows[f"{end}_bare"] = [level(v, unit, True) for v, unit in zip(rows[f"{end}_input"], rows["unit"], strict=True)]
    rows["status"] = leaves(results).loc[rows["input"], "status"].to_numpy()
    order = rows["swing"].abs().sort_values(ascending=False, kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def tabulate_considered(answers: Answers, results: Results) -> pd.DataFrame:
    """Return every declared input with what its range does to each strategy and to the lead, or why it has none."""
    inputs, table = results.table("inputs"), answers.table("tornado")
    wide = table.pivot(index="input", columns="strategy", values="swing")
    wide.columns = [name if PAIR not in name else "lead" for name in wide.columns]
    merged = inputs[["path", "label", "unit"]].merge(wide, left_on="path", right_index=True, how="left")
    lead = table[table["strategy"].str.contains(PAIR)].set_index("input")
    why = [_why(lead, path, unit) for path, unit in zip(merged["path"], merged["unit"], strict=True)]
    return merged.assign(why=why).drop(columns="unit")


def _why(lead: pd.DataFrame, path: str, unit: str) -> str:
    if path not in lead.index:
        return "no range" if unit not in ("name", "switch", "date") else "no number"
    if not lead.loc[path, "swing"] and not lead.loc[path, "swing_se"]:
        return "no effect under the rules of this scenario"
    return "uncertain: held at its ends" if lead.loc[path, "how"] == "pinned" else "set, and known to all"


def considered_columns(titles: Titles) -> Columns:
    """Return how the table of every input is shown."""
    return {
        "label": ("Input", None),
        **{slug: (f"{title}, $ million", amount) for slug, title in titles.items()},
        "lead": ("Lead, $ million", amount),
        "why": ("How", None),
        "path": ("Path", None),
    }


def plot_tornado(table: pd.DataFrame, shown: int = SHOWN) -> Axes:
    """Return the lead of signing at both ends of each input's range, with 90 % limits; ends and guesses named."""
    top, base = table.head(shown), _base(table)
    _, ax = plt.subplots(figsize=(WIDTH, 0.58 * len(top) + 0.9))
    reach = float((top[["at_low", "at_high"]] - base).abs().to_numpy().max()) * 1.9 or 1.0
    for place, row in enumerate(top.to_dict("records")):
        for end, other in (("low", "high"), ("high", "low")):
            _plot_end(ax, place, base, row, end, row[f"at_{end}"] > row[f"at_{other}"])
    ax.axvline(base, color=INK, linewidth=0.8)
    if base - reach < 0 < base + reach:
        ax.axvline(0, color=BAD, linewidth=1.2, linestyle="--")
        write(ax, "alone leads", (0, len(top) - 0.55), (-4, 0), ha="right", color=BAD, fontsize=9)
    name_rows(ax, [fill(_row_name(row), LABEL_WIDTH) for row in top.to_dict("records")])
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
    write(ax, row[f"{end}_bare"], (edge, place), (side, 0), va="center", fontsize=9, ha=align)


def _row_name(row: dict) -> str:
    """Return the name of an input with its unit, marked if it is a guess."""
    return f"{row['label']}{UNITS.get(row['unit'], '')}{NBSP + '*' if row['status'] == 'assumption' else ''}"


def _base(table: pd.DataFrame) -> float:
    """Return the lead that nothing has moved: that of the input whose range moves it least."""
    return float(table.iloc[-1]["at_low"])


def tabulate_breakeven(answers: Answers) -> pd.DataFrame:
    """Return, by input, where signing stops leading or how little of its lead is left at worst; those first."""
    table = answers.table("breakeven").sort_values("least_lead", kind="stable")
    units = list(table["unit"])
    table["turns_at"] = [_turn(*row) for row in zip(*(table[c] for c in TURN), strict=True)]
    table["range"] = [
        f"{level(low, unit)} to {level(high, unit)}"
        for low, high, unit in zip(table["low_input"], table["high_input"], units, strict=True)
    ]
    table["worst_at"] = [level(at, unit) for at, unit in zip(table["least_at"], units, strict=True)]
    table["limits"] = [
        f"{amount(low)} to {amount(high)}"
        for low, high in zip(table["least_lead_low"], table["least_lead_high"], strict=True)
    ]
    return table.reset_index(drop=True)


def table_file(scenario: str, name: str) -> str:
    """Return the address of a table of answers in the report folder."""
    return f"tables/{scenario}/{name}.csv"


def foremost(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first rows of a long table; all of it is in the tables of the run."""
    return table.head(SHOWN)


TURN = ("value", "value_low", "value_high", "unit", "verdict")


def _turn(value: float, low: float, high: float, unit: str, verdict: str) -> str:
    if pd.isna(value):
        return verdict
    return f"{level(value, unit)} ({level(low, unit)} to {level(high, unit)})"


def plot_maps(maps: Sequence[pd.DataFrame]) -> Axes:
    """Return decision maps below each other: the least lead of signing at every point, marked where it is close."""
    heights = [0.5 * part["y"].nunique() + 1.1 for part in maps]
    _, axes = plt.subplots(len(maps), 1, figsize=(WIDTH, sum(heights)), height_ratios=heights, squeeze=False)
    for ax, part in zip(axes[:, 0], maps, strict=True):
        _plot_map(ax, part)
        if len(maps) > 1:
            ax.set_title(part["map"].iloc[0], loc="left", fontsize=11, weight="bold")
    return axes[0, 0]


def _plot_map(ax: Axes, part: pd.DataFrame) -> None:
    wide, close = (
        part.pivot(index="y", columns="x", values=of).sort_index(ascending=False) for of in ("lead", "close")
    )
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


def all_maps(answers: Answers, results: Results) -> list[pd.DataFrame]:
    """Return the points of every decision map, in order."""
    return [map_of(answers, results, title) for title in answers.table("maps")["map"].unique()]


def map_of(answers: Answers, results: Results, title: str) -> pd.DataFrame:
    """Return the points of one decision map, with the labels and units of its inputs."""
    table, inputs = answers.table("maps"), leaves(results)
    part = table[table["map"] == title].reset_index(drop=True)
    for side in ("x", "y"):
        for about in ("label", "unit"):
            part[f"{side}_{about}"] = inputs.loc[part[f"{side}_input"], about].to_numpy()
    return part.assign(close=part["lead"].abs() <= Z90 * part["lead_se"])


def plot_bridge(bridge: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return the way from the best alternative to signing, one factor a bar, with 90 % limits."""
    alone = verdict.alone.value.value
    ends = np.concatenate([[alone], alone + np.cumsum(bridge["value"])])
    names = [verdict.alone.title, *bridge["step"], verdict.signing.title]
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


def tabulate_information(answers: Answers, *kinds: str, choice: str = DEAL) -> pd.DataFrame:
    """Return what knowing is worth for a choice, of some kinds, the most first; estimates that are noise say so."""
    table = answers.table("information").query("choice == @choice")
    rows = table[table["kind"].isin(kinds)].sort_values("value", ascending=False, kind="stable")
    worth = [
        money(row.value) if row.distinct else "indistinguishable from zero" for row in rows.itertuples(index=False)
    ]
    return rows.assign(worth=worth, pays=rows["value"] - rows["cost_musd"]).reset_index(drop=True)


def tabulate_dominance(answers: Answers, titles: Titles) -> pd.DataFrame:
    """Return who might dominate whom, strategies by their titles."""
    return answers.table("dominance").replace({"first": dict(titles), "second": dict(titles)})


def tabulate_shares(answers: Answers, results: Results, shown: int = SHOWN) -> pd.DataFrame:
    """Return the shares of variance of the lead, the largest first, with the rest together and luck at the end."""
    table = answers.table("shares")
    lead = table[table["of"].str.contains(PAIR)]
    known = lead["input"].isin([REST, LUCK])
    named = lead[~known].sort_values(["expected_total", "first"], ascending=False, kind="stable").head(shown)
    both = pd.concat([named, lead[known]], ignore_index=True)
    return both.assign(label=both["input"].map(leaves(results)["label"]).fillna(both["input"].map(TOGETHER)))


TOGETHER = {REST: "All other inputs together", LUCK: "Luck"}


def luck_share(shares: pd.DataFrame) -> float:
    """Return the share of variance that no input explains."""
    return float(shares.loc[shares["input"] == LUCK, "first"].iloc[0])


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


def tabulate_regret(runs: list[Results]) -> pd.DataFrame:
    """Return what each strategy misses in each scenario against the best there, the largest at the bottom.

    Strategies that not every scenario has are left out.
    """
    slugs = [s for s in runs[0].manifest["strategies"] if all(s in run.manifest["strategies"] for run in runs)]
    values = np.array([[Headline(run).estimate(slug, "npv_mean", view=VIEW).value for slug in slugs] for run in runs])
    found = regret(values)
    table = pd.DataFrame(np.vstack([found.table, found.largest]), columns=slugs)
    return table.assign(scenario=[*(run.manifest["title"] for run in runs), "Largest regret"])


def regret_columns(titles: Titles) -> Columns:
    """Return how the regret table is shown."""
    return {"scenario": ("Scenario", None), **{slug: (f"{t}, $ million", amount) for slug, t in titles.items()}}


def _fine(share: float) -> str:
    return percent(share, 2)


BREAKEVEN: Columns = {
    "label": ("Input", None),
    "range": ("Range", None),
    "turns_at": ("Signing stops leading at", None),
    "least_lead": ("Least lead, $ million", amount),
    "limits": ("90 % limits", None),
    "worst_at": ("there", None),
}
BRIDGE: Columns = {
    "step": ("Factor", None),
    "value": ("Adds, $ million", amount),
    "se": ("Standard error", amount),
    "backwards": ("In the opposite order", amount),
    "backwards_se": ("its standard error", amount),
}
INFORMATION: Columns = {
    "title": ("To know", None),
    "worth": ("Is worth at most", None),
    "se": ("Standard error", amount),
    "floor": ("Noise up to, $ million", amount),
}
STUDIES: Columns = {
    **INFORMATION,
    "cost_musd": ("Costs, $ million", amount),
    "months": ("Months", "{:,.0f}"),
}
SHARES: Columns = {
    "label": ("Input", None),
    "expected_first": ("Of the expected lead, alone", percent),
    "expected_total": ("with all it works with", percent),
    "first": ("Of all variance, luck included", _fine),
}
DOMINANCE: Columns = {
    "first": ("Does", None),
    "second": ("dominate", None),
    "order": ("in order", "{:d}"),
    "violation": ("Largest miss", "{:,.3g}"),
    "band": ("Sampling alone", "{:,.3g}"),
    "unit": ("Unit", None),
    "verdict": ("Verdict", None),
}
