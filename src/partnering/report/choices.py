"""What is decided when: one candidate's tree, what options are worth, one future decision by decision."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.special import ndtr

from partnering.analysis.moves import partner_margins, share_going_on
from partnering.inputs.scenario import Scenario
from partnering.report import style
from partnering.report.style import GRID, INK, MOVED_SHARE, QUIET, amount, listed, lowered, money, percent
from partnering.results.schema import VIEW
from partnering.results.stored import Results
from partnering.results.verdict import Option, Verdict, leaf, leaf_list, leaves, rules_of
from partnering.results.statistics import mean

SHOWN_PLACES = (-1.0, 0.0, 1.0)
"""Places of the forecast a tree shows, in standard deviations among all forecasts."""

STAGES = {"preclinical": "Preclinical", "phase_1": "Phase 1", "phase_2": "Phase 2", "phase_3": "Phase 3"}
MOVES_TOLD = 3
"""Decisions named of those that a scenario moves."""

TREE = ["strategy", "candidate", "stage", "forecast_z", "choice", "company", "partner", "chance"]
EARLY = ("preclinical", "phase_1", "phase_2")
OPTIONS = {
    "Further years of research": ("deal.extension_rule", "never", True),
    "Co-promotion in the US": ("deal.copromotion.offered", "true", False),
    "Stopping what does not pay": ("behaviour.gates", "commit", True),
}
"""By option: the leaf that turns it, the value a scenario gives it, whether the base case is the one that has it."""


def tabulate_tree(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return the roll-back of the first early candidate, signed and alone: by stage and forecast, worth and choice."""
    name, beliefs = leaf_list(results, "candidates.inherited.names")[0], results.table("beliefs")
    rows: list[tuple] = []
    ours = beliefs[beliefs["candidate"] == name]
    every = results.manifest["strategies"].items()
    late = {slug for slug, about in every if about["signs_today"] or _reaches_phase_2(ours, about)}
    for option in _shown(verdict, late):
        about = results.manifest["strategies"][option.slug]
        mine = beliefs[(beliefs["table"] == about["beliefs"]) & (beliefs["candidate"] == name)]
        mine, chain = mine.set_index(["chain", "stage"]), about["chains"][0]
        for stage in EARLY:
            if (chain, stage) not in mine.index:  # the partner's option lies between
                taken = not rules_of(results)[0] or mine.loc[[("take_up", stage)]].iloc[0]["partner"] >= 0
                chain = "partner" if taken else "own"
            row = mine.loc[[(chain, stage)]].iloc[0]
            chance = leaf(results, f"success.{stage}_prob")
            rows.append((option.slug, name, stage, None, "start", row["company"], row["partner"], chance))
        for place in SHOWN_PLACES:
            rows.append((option.slug, name, "phase_3", place, *_choice(mine, chain, place, rules_of(results)[0]), None))
    return pd.DataFrame(rows, columns=TREE)


def _reaches_phase_2(beliefs: pd.DataFrame, about: dict) -> bool:
    """Return whether a strategy keeps the first early candidate until Phase 2."""
    mine = beliefs[(beliefs["table"] == about["beliefs"]) & (beliefs["chain"] == about["chains"][0])]
    return bool((mine["stage"] == "phase_2").any())


def _shown(verdict: Verdict, slugs: set[str]) -> tuple[Option, Option]:
    """Return signing, and the best alternative among some strategies."""
    return verdict.signing, next(o for o in (verdict.alone, *verdict.others) if o.slug in slugs)


def _choice(mine: pd.DataFrame, chain: str, place: float, rational: bool) -> tuple[str, float, float]:
    """Return what is done after Phase 2 at a place of the forecast, and what it is worth to company and partner.

    Without rational gates nobody stops, and a licensee takes what it is offered.
    """

    def at(what: str) -> pd.Series:
        """Return the row of a decision at this forecast."""
        rows = mine.loc[[(what, "phase_3")]]
        return rows[rows["forecast_z"] == place].iloc[0]

    if chain == "partner":
        goes_on = at(chain)
        stops = rational and goes_on["partner"] < 0
        return ("stop", 0.0, 0.0) if stops else ("start", goes_on["company"], goes_on["partner"])
    if chain == "option" and (not rational or at("take_up")["partner"] >= 0):
        return "take_up", at("take_up")["company"], at("take_up")["partner"]
    chain, worth = "own" if chain == "option" else chain, {}
    if chain != "own" and (not rational or at("licensed")["others"] >= 0):
        worth["license"] = at("search")["company"]
    if chain != "license" or not worth:
        worth["launch"] = at("own")["company"]
    best = max(worth, key=lambda choice: worth[choice])
    return ("stop", 0.0, 0.0) if rational and worth[best] < 0 else (best, worth[best], 0.0)


def plot_tree(tree: pd.DataFrame, verdict: Verdict) -> Axes:
    """Return both roll-backs of a candidate below each other: worth at each stage's start, chances, and choices."""
    options = _shown(verdict, set(tree["strategy"]))
    _, axes = plt.subplots(len(options), 1, figsize=(style.WIDTH, 4.4))
    names = {"company": verdict.company, "partner": verdict.partner}
    for ax, option in zip(axes, options, strict=True):
        mine = tree[tree["strategy"] == option.slug].reset_index(drop=True)
        early, late = mine[mine["forecast_z"].isna()], mine[mine["forecast_z"].notna()]
        for at, row in early.iterrows():
            _box(ax, float(at), 0.0, f"{STAGES[row['stage']]}\n{_worth(row)}")
            ax.text(at + 0.48, 0.12, percent(row["chance"]), ha="center", va="bottom", fontsize=10, color=INK)
        _arrow(ax, (0.0, 0.0), (2.0, 0.0))
        for height, name, (_, row) in zip((1.0, 0.0, -1.0), FORECASTS, late[::-1].iterrows(), strict=True):
            _arrow(ax, (2.0, 0.0), (3.25, height))
            _box(ax, 3.25, height, f"{name}\n{_worth(row)}: {WORDS[row['choice']]}")
        ax.set(xlim=(-0.4, 3.85), ylim=(-1.4, 1.4))
        ax.axis("off")
        worth = " / ".join(names[who] for who in names if mine[who].any())
        ax.set_title(f"{option.title}: worth to {worth}", loc="left", fontsize=11, weight="bold")
    return axes[0]


WORDS = {"start": "goes on", "launch": "goes on alone", "license": "seeks a licence", "stop": "stops"}
WORDS |= {"take_up": "is taken over"}
FUTURE = {"Years in": "{:.2f}"}
"""Formats of the table of one future."""

FORECASTS = ("High forecast", "Middle forecast", "Low forecast")


def _worth(row: pd.Series) -> str:
    """Return what a step is worth to the company, and to the partner where it has a part in it."""
    return amount(row["company"]) + (f" / {amount(row['partner'])}" if row["partner"] else "")


def _box(ax: Axes, x: float, y: float, text: str) -> None:
    face = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": QUIET}
    ax.text(x, y, text, ha="center", va="center", fontsize=10, bbox=face, zorder=3)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.plot(*zip(start, end, strict=True), color=GRID, linewidth=2, zorder=1)


def say_tree(tree: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the roll-back: what the candidate is worth on the day, signed and alone."""
    first = tree.groupby("strategy").first()["company"]
    name = tree["candidate"].iloc[0]
    options = _shown(verdict, set(tree["strategy"]))
    signed, alone = (money(first[option.slug]) for option in options)
    return f"On the day {name} is worth {signed} to {verdict.company} if signed and {alone} for {options[1].phrase}"


def say_tree_note() -> str:
    """Return how to read the tree."""
    places = [percent(float(ndtr(place))) for place in SHOWN_PLACES]
    return (
        "Worth at the start of each stage, before tax, $ million, on average over all that is not known; percentages "
        "are the chances of success. After Phase 2 the forecast of peak sales is "
        f"known, and whoever pays decides: low, middle and high are better than {listed(places)} of all forecasts."
    )


def tabulate_options(run: Results, runs: Sequence[Results], verdict: Verdict) -> pd.DataFrame:
    """Return what each option is worth: the run that has it minus the run that has not, on the same futures."""
    signed, rows = verdict.signing.slug, []
    whose = (f"{signed}.company", f"{signed}.partner", f"{verdict.alone.slug}.company")
    for option, (path, value, base_has_it) in OPTIONS.items():
        other = next((r for r in runs if changed_leaves(r) == {path: value}), None)
        if other is not None:
            with_it, without = (run, other) if base_has_it else (other, run)
            rows.append(
                (
                    option,
                    *(mean(with_it.paths[f"npv.{VIEW}.{who}"] - without.paths[f"npv.{VIEW}.{who}"]) for who in whose),
                )
            )
    gains = pd.DataFrame(rows, columns=["option", "signing", "partner", "alone"])
    limits = [f"{amount(gain.low or 0.0)} to {amount(gain.high or 0.0)}" for gain in gains["signing"]]
    means = {who: [gain.value for gain in gains[who]] for who in ("signing", "partner", "alone")}
    return pd.DataFrame({"option": gains["option"], **means, "limits": limits})


def changed_leaves(run: Results) -> dict[str, str]:
    """Return what a scenario changes, by path, as text."""
    inputs = leaves(run)
    return inputs.loc[inputs["changed_from"] != "", "value"].to_dict()


def plain_run(runs: Sequence[Results]) -> Results | None:
    """Return the run that differs from the base case in that nobody stops for commercial reasons, None without one."""
    path, value, _ = OPTIONS["Stopping what does not pay"]
    return next((run for run in runs if changed_leaves(run) == {path: value}), None)


def say_options(options: pd.DataFrame) -> str:
    """Return the finding of the table of options."""
    if options.empty:
        return "No scenario that turns one option alone was run"
    said = listed(f"{lowered(row.option)} {money(row.signing)}" for row in options.itertuples())
    return f"What each option adds to signing: {said}"


def tabulate_future(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return the decisions of one future, signed and alone: the one of those kept with most to decide if signed.

    Early stages that are started are left out: they are nearly all.
    """
    decisions = results.table("decisions")
    mine = decisions[decisions["strategy"].isin([verdict.signing.slug, verdict.alone.slug])]
    path = mine.loc[mine["strategy"] == verdict.signing.slug, "path"].value_counts().sort_index().idxmax()
    whole = mine[mine["path"] == path]
    shown = whole[whole["forecast_z"].notna() | ~whole["taken"] | whole["candidate"].isna()]
    titles, names = style.strategy_titles(results.manifest), results.manifest["parties"]
    return pd.DataFrame(
        {
            "Strategy": shown["strategy"].map(titles),
            "Years in": shown["quarter"] / 4,
            "Candidate": shown["candidate"].fillna("the research"),
            "Who decides": shown["party"].str.lower().map(names),
            "Decision": shown["decision"].str.replace("_", " ").str.replace("phase", "Phase"),
            "Forecast seen": ["" if np.isnan(z) else percent(float(ndtr(z))) for z in shown["forecast_z"]],
            "Expected worth": shown["belief_musd"],
            "Done": np.where(shown["taken"], "yes", "no"),
        }
    ).reset_index(drop=True)


def say_future(future: pd.DataFrame) -> str:
    """Return the finding of the table of decisions."""
    refused = int((future["Done"] == "no").sum())
    return f"One future: of {len(future)} decisions {refused} were against, each on what was known then"


# What is decided otherwise


class Move(NamedTuple):
    """A decision that moves: on which candidate, what is done, with which share of forecasts before and now."""

    candidate: str
    step: str
    before: float
    now: float


def decisions_moved(base: Scenario, scenario: Scenario) -> list[Move]:
    """Return the partner's decisions, on candidates that both have, that are taken with another share of forecasts."""
    shares = []
    for one in (base, scenario):
        margins = partner_margins(one, ())
        shares.append(dict(zip(margins.groups, share_going_on(margins, margins.worth), strict=True)))
    before, now = shares
    moves = [Move(*group, float(was), float(now[group])) for group, was in before.items() if group in now]
    moved = [move for move in moves if abs(move.now - move.before) > MOVED_SHARE]
    return sorted(moved, key=lambda move: -abs(move.now - move.before))


def say_moved(base: Scenario, scenario: Scenario, partner: str) -> str:
    """Return which decisions of the partner a scenario moves, the widest first, if any."""
    if scenario.name == base.name:
        return f"Decisions: this is the case that others are held against; what {partner} decides here is the measure."
    if scenario["behaviour.gates"] != "rational":
        return "Decisions: nobody weighs one here; everybody goes on after a technical success."
    moves = decisions_moved(base, scenario)
    if not moves:
        return f"Decisions: {partner} takes every one on the candidates it runs as in the base case."
    told = [
        f"{m.step} ({m.candidate}) with {percent(m.now, 1)} of forecasts instead of {percent(m.before, 1)}"
        for m in moves
    ]
    more = len(moves) - MOVES_TOLD
    rest = f"; {more} more move, less far" if more > 0 else ""
    return f"Decisions that move against the base case: {partner} {listed(told[:MOVES_TOLD])}{rest}."
