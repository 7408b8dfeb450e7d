"""What scenarios do to the answer: the menu of all of them, and one against the base case on the same futures."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from partnering.inputs import Scenario
from partnering.inputs.lines import LEDGER, LINE
from partnering.inputs.load import BASE
from partnering.report.exhibit import MISSING
from partnering.report.style import MINUS, NBSP, Columns, amount, count, lowered, percent, tile
from partnering.results.schema import PLANNED, VIEW
from partnering.results.statistics import Z90, ahead, standard_error
from partnering.results.stored import Results
from partnering.results.verdict import Claim, judge, weigh_claim

BASE_CASE, OTHER = "Base case", "Other"
FAMILIES: Mapping[str, str] = {
    "terms": "Deal and partner",
    "science": "Science",
    "market": "Market",
    "money": "Company's cash",
    "method": "Way of deciding",
}
"""What the menu calls each family of scenarios, in its order."""

OUTCOMES = {"sign": "signing leads", "alone": "signing trails", "tie": "too close to call"}

MENU: Columns = {
    "link": ("Scenario and answer", None),
    "lead": (f"Lead, ${NBSP}million", amount),
    "rival": ("Over the nearest rival", None),
    "ahead": ("Ahead of it in", percent),
    "other": ("Ahead of the other in", percent),
    "claim": ("Claim of more products", None),
    "family": ("Family", None),
}


def tabulate_menu(runs: Sequence[Results], chosen: Sequence[Scenario]) -> pd.DataFrame:
    """Return one row per scenario, family by family, the widest lead first: the answer, over whom, how often, and why.

    Leads are those of signing over its nearest rival, as financed and after tax; the claim is read as planned.
    """
    rows = [_menu_row(run, scenario) for run, scenario in zip(runs, chosen, strict=True)]
    order = [BASE_CASE, *FAMILIES.values(), OTHER]
    table = pd.DataFrame(rows).sort_values("lead", ascending=False, kind="stable")
    return table.sort_values("family", key=lambda names: names.map(order.index), kind="stable", ignore_index=True)


def _menu_row(run: Results, scenario: Scenario) -> dict[str, object]:
    judged, title = judge(run), run.manifest["title"]
    family = BASE_CASE if scenario.name == BASE else FAMILIES.get(scenario.family or "", OTHER)
    return {
        "scenario": title,
        "page": f"scenario-{run.manifest['scenario']}.html",
        "link": f"{title}: {OUTCOMES[judged.outcome]}",
        "family": family,
        "outcome": judged.outcome,
        "lead": judged.difference.value,
        "rival": judged.nearest.phrase,
        "ahead": judged.p_better,
        "other": next((rival.p_better for rival in judged.rivals if rival is not judged.closest), np.nan),
        "claim": "holds" if claim_of(run, PLANNED).holds else "fails",
    }


def claim_of(run: Results, view: str) -> Claim:
    """Return the letter's claim in a view, in the reading that counts: products that return."""
    return next(claim for claim in weigh_claim(run, view) if claim.reading == "returning")


def tabulate_effect(run: Results, base: Results) -> pd.DataFrame:
    """Return what a scenario does to the answer, by measure: the base case, here, and the move on the same futures.

    Money in $ million, as financed and after tax; shares of futures. The error of a mean is half of its 90 % limits.
    Last the claim's ratio: products that return, signing over the plan alone with most.
    """
    here, before = dict(_measures(run)), dict(_measures(base))
    rows = {}
    for key, (label, values) in here.items():
        was, old = before.get(key, (label, np.full(len(values), np.nan)))
        named = label if was == label else f"{label}; in the base case {lowered(was)}"
        moved = values - old
        rows[key] = (named, old.mean(), values.mean(), moved.mean(), Z90 * standard_error(moved))
    then, now = (claim_of(each, PLANNED).ratio.value for each in (base, run))
    rows["claim"] = ("Times as many products that return, as planned", then, now, now - then, np.nan)
    return pd.DataFrame.from_dict(rows, "index", columns=["measure", "base", "here", "move", "error"])


def _measures(run: Results) -> Iterator[tuple[str, tuple[str, np.ndarray]]]:
    """Yield key, words and values by future of every measure of the answer; shares are those of futures."""
    judged = judge(run)

    def worth(slug: str) -> np.ndarray:
        """Return what a strategy is worth to the company, by future."""
        return run.paths[f"npv.{VIEW}.{slug}.company"]

    signing = worth(judged.signing.slug)
    yield "value", ("Value of signing", signing)
    for rival in judged.rivals:
        gap = signing - worth(rival.option.slug)
        yield f"lead_{rival.family}", (f"Lead over {rival.option.phrase}", gap)
        yield f"share_{rival.family}", ("Ahead of it in", ahead(gap))
    yield "share_loss", ("Signing loses money in", (signing < 0).astype(float))


WRITTEN: Mapping[str, Callable[[float], str]] = {"share": percent, "claim": count}
"""How a measure is written, by the beginning of its key; the others are $ million."""


def dress_effect(effect: pd.DataFrame) -> pd.DataFrame:
    """Return the table of an effect as a page shows it; where nothing moved, the base case alone."""
    shown = pd.DataFrame({"Measure": effect["measure"]})
    for column, header in (("here", "This scenario"), ("move", "Moved by"), ("base", BASE_CASE)):
        shown[header] = [_said(value, key.split("_")[0], column) for key, value in effect[column].items()]
    return shown if (effect["move"].abs() > 0).any() else shown[["Measure", BASE_CASE]]


def _said(value: float, kind: str, column: str) -> str:
    """Return a value of an effect as it is written; a move has its sign, and counts points of a hundred futures."""
    if not np.isfinite(value):
        return MISSING
    write = WRITTEN.get(kind, tile)
    if column != "move":
        return write(value)
    size = f"{100 * abs(value):.0f}{NBSP}points" if kind == "share" else write(abs(value))
    return "0" if size in (f"0{NBSP}points", "$0m", "0.00") else f"{MINUS if value < 0 else '+'}{size}"


def tabulate_lines(run: Results, base: Results) -> pd.DataFrame:
    """Return what signing brings by group of lines, $ million: the company in the base case, both parties here."""
    signed = {"base": _grouped(base)["company"], **_grouped(run)}
    wide = pd.DataFrame(signed).reindex(dict.fromkeys(line.group for line in LEDGER)).dropna(how="all").fillna(0.0)
    wide.loc["Net"] = wide.sum()
    return wide[["base", "company", "partner"]]


def _grouped(run: Results) -> pd.DataFrame:
    """Return what signing brings each party, by group of lines."""
    lines, signing = run.table("lines"), judge(run).signing.slug
    lines = lines[(lines["view"] == VIEW) & (lines["strategy"] == signing)]
    return lines.assign(group=[LINE[name].group for name in lines["line"]]).pivot_table(
        "value", "group", "party", "sum"
    )


def named_where(menu: pd.DataFrame, column: str, value: str) -> list[str]:
    """Return the scenarios of a menu with a value in a column, as a sentence names them."""
    return [lowered(title) for title in menu.loc[menu[column] == value, "scenario"]]
