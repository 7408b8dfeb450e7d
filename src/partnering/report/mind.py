"""What would change our mind: tables of a run's answers as a meeting sees them, and the figures drawn from them."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

from partnering.analysis.risk import regret
from partnering.inquiry.learning import LUCK
from partnering.inquiry.store import Answers
from partnering.report.figures import DOLLARS, LABEL_WIDTH, Marks, Titles, name_rows, write
from partnering.report.style import BAD, GOOD, INK, QUIET, WIDTH, Columns, amount, level, money, percent
from partnering.results.schema import VIEW
from partnering.results.stored import Results
from partnering.results.verdict import Headline, leaves
from partnering.value.statistics import Z90

PAIR = "-"
"""In the name of a difference between two strategies."""

SHOWN = 12
"""Inputs a tornado shows."""


def tabulate_tornado(answers: Answers, results: Results) -> pd.DataFrame:
    """Return what each input's range does to the lead of signing, the widest first, with both ends as text."""
    table = answers.table("tornado")
    rows = table[table["strategy"].str.contains(PAIR)].copy()
    for end in ("low", "high"):
        rows[f"{end}_text"] = [level(v, unit) for v, unit in zip(rows[f"{end}_input"], rows["unit"], strict=True)]
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
    top = table.head(shown)
    _, ax = plt.subplots(figsize=(WIDTH, 0.58 * len(top) + 0.9))
    base = float(top[["at_low", "at_high"]].to_numpy().mean()) if top.empty else _base(table)
    reach = float((top[["at_low", "at_high"]] - base).abs().to_numpy().max()) * 1.9
    for place, row in enumerate(top.to_dict("records")):
        for end, other in (("low", "high"), ("high", "low")):
            at, far = row[f"at_{end}"], row[f"at_{end}"] > row[f"at_{other}"]
            ax.barh(place, at - base, left=base, height=0.56, color=GOOD if at > base else BAD, alpha=0.85)
            half = Z90 * row[f"at_{end}_se"]
            ax.hlines(place, at - half, at + half, color=INK, linewidth=1)
            edge = at + half if far else at - half
            write(ax, row[f"{end}_text"], (edge, place), (5 if far else -5, 0), va="center", fontsize=9,
                  ha="left" if far else "right")  # fmt: skip
    ax.axvline(base, color=INK, linewidth=0.8)
    if base - reach < 0 < base + reach:
        ax.axvline(0, color=BAD, linewidth=1.2, linestyle="--")
        write(ax, "alone leads", (0, len(top) - 0.55), (-4, 0), ha="right", color=BAD, fontsize=9)
    labels = top["label"].where(top["status"] != "assumption", top["label"] + " *")
    name_rows(ax, [fill(label, LABEL_WIDTH) for label in labels])
    ax.set(
        xlim=(base - reach, base + reach), xlabel="Lead of signing, as financed, after tax,\n$ million (* assumption)"
    )
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


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


TURN = ("value", "value_low", "value_high", "unit", "verdict")


def _turn(value: float, low: float, high: float, unit: str, verdict: str) -> str:
    if pd.isna(value):
        return verdict
    return f"{level(value, unit)} ({level(low, unit)} to {level(high, unit)})"


def plot_map(part: pd.DataFrame) -> Axes:
    """Return a decision map: the least lead of signing at every point, with a mark where it is too close to call."""
    wide = part.pivot(index="y", columns="x", values="lead").sort_index(ascending=False)
    close = part.pivot(index="y", columns="x", values="close").loc[wide.index]
    text = wide.map(amount) + close.map(lambda near: " ?" if near else "")
    most = float(wide.abs().to_numpy().max()) or 1.0
    shades = LinearSegmentedColormap.from_list("lead", [BAD, "white", GOOD])
    _, ax = plt.subplots(figsize=(WIDTH, 0.5 * len(wide) + 1.1))
    norm = TwoSlopeNorm(0, -2 * most, 2 * most)  # pale enough for ink on every shade
    sns.heatmap(wide, annot=text, fmt="", cmap=shades, norm=norm, cbar=False, linewidths=1, ax=ax,
                annot_kws={"color": INK, "fontsize": 10})  # fmt: skip
    first = part.iloc[0]
    ax.set_xticklabels([level(x, first["x_unit"], bare=True) for x in wide.columns], rotation=0)
    ax.set_yticklabels([level(y, first["y_unit"], bare=True) for y in wide.index], rotation=0)
    ax.set(xlabel=fill(first["x_label"], 2 * LABEL_WIDTH), ylabel=fill(first["y_label"], LABEL_WIDTH))
    return ax


def map_of(answers: Answers, results: Results, title: str) -> pd.DataFrame:
    """Return the points of one decision map, with the labels and units of its inputs."""
    table, inputs = answers.table("maps"), leaves(results)
    part = table[table["map"] == title].reset_index(drop=True)
    for side in ("x", "y"):
        for about in ("label", "unit"):
            part[f"{side}_{about}"] = inputs.loc[part[f"{side}_input"], about].to_numpy()
    return part.assign(close=part["lead"].abs() <= Z90 * part["lead_se"])


def plot_bridge(bridge: pd.DataFrame, alone: float, titles: tuple[str, str]) -> Axes:
    """Return the way from the best alternative to signing, one factor a bar, with 90 % limits."""
    ends = np.concatenate([[alone], alone + np.cumsum(bridge["value"])])
    names = [titles[0], *bridge["step"], titles[1]]
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
    ax.set_xlabel("Value as financed, after tax, $ million (bars: 90 % limits)")
    ax.xaxis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax, left=True)
    return ax


def tabulate_information(answers: Answers, *kinds: str) -> pd.DataFrame:
    """Return what knowing is worth, of some kinds, the most first; estimates that are noise say so."""
    table = answers.table("information")
    rows = table[table["kind"].isin(kinds)].sort_values("value", ascending=False, kind="stable")
    worth = [
        money(row.value) if row.distinct else "indistinguishable from zero" for row in rows.itertuples(index=False)
    ]
    return rows.assign(worth=worth, pays=rows["value"] - rows["cost_musd"]).reset_index(drop=True)


def tabulate_shares(answers: Answers, shown: int = SHOWN) -> pd.DataFrame:
    """Return the shares of variance of the lead, the largest first, with the rest together and luck at the end."""
    table = answers.table("shares")
    lead = table[table["of"].str.contains(PAIR)]
    named = lead[lead["first"].notna()].sort_values("first", ascending=False, kind="stable").head(shown)
    last = lead[lead["first"].isna()]
    return pd.concat([named, last], ignore_index=True)


def luck_share(shares: pd.DataFrame) -> float:
    """Return the share of variance that no input explains."""
    return float(shares.loc[shares["input"] == LUCK, "total"].iloc[0])


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


BREAKEVEN: Columns = {
    "label": ("Input", None),
    "range": ("Range", None),
    "turns_at": ("Signing stops leading at", None),
    "least_lead": ("Least lead, $ million", amount),
    "limits": ("90 % limits", None),
    "worst_at": ("there", None),
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
    "first": ("Alone", percent),
    "total": ("With all it works with", percent),
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
