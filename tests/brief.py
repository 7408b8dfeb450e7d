"""The words of the brief, and something to fill them with, so that tests need no kernel."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from verdicts import near, option, rival, verdict_of

from partnering.analysis.negotiation import bargain
from partnering.report.evidence import Grade
from partnering.report.words import render
from partnering.results.statistics import Estimate
from partnering.results.verdict import Claim, Verdict

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
MAGIC = re.compile(r"%%words *(\w*)\n")


def sources(file: Path) -> dict[str, str]:
    """The source of every code cell of a notebook, by the cell's id."""
    cells = json.loads(file.read_text("utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}


def words_of(file: Path) -> dict[str, str]:
    """The words of a notebook as they are written, by the id of their cell."""
    return {name: MAGIC.sub("", text, count=1) for name, text in sources(file).items() if text.startswith("%%words")}


BRIEF = words_of(next(file for file in NOTEBOOKS if file.stem == "brief"))


def said(names: dict[str, Any], cells: tuple[str, ...] = tuple(BRIEF)) -> str:
    """What these cells of the brief say, a number and its unit as one word."""
    return "\n\n".join(render(BRIEF[name], names) for name in cells).replace("\u00a0%", "%")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text in Markdown, tables and headings left out."""
    kept = [line for line in text.splitlines() if not line.startswith(("|", "#"))]
    plain = re.sub(r"\[(.*?)\]\(.*?\)|[*>]", r"\1", "\n".join(kept))
    for part in re.split(r"\n\s*\n|\n *- |(?<=[.!?])\s+(?=[A-Z])", plain):
        if part.strip(" -\n"):
            yield " ".join(part.replace("\u00a0", " ").split())


def a_verdict(alone: float = 52.0, giving_up: float | None = 63.0, ahead: float = 0.9, half: float = 1.0) -> Verdict:
    """Signing ahead of going alone, and of giving up, by so much."""
    signing = option("sign", "Sign", "signing", 120.0, 0.7)
    best = option("alone", "Go alone", "going alone to market", 120.0 - alone, 0.3)
    rivals = [rival("alone", best, near(alone, half), ahead)]
    others = []
    if giving_up is not None:
        end = option("end", "Wind up", "winding up", 120.0 - giving_up, 0.0)
        rivals.append(rival("give_up", end, near(giving_up, half), ahead))
        others = [end if alone <= giving_up else best]
    return verdict_of(signing, *rivals, others=tuple(others))


def names_for(verdict: Verdict, turns_at: float = np.nan, scenarios: int = 3) -> dict[str, Any]:
    """Everything that the words of the brief name, for a verdict with rivals."""
    slugs = [verdict.signing.slug, verdict.nearest.slug, *(other.slug for other in verdict.others)]
    options = [verdict.signing, verdict.nearest, *verdict.others]
    means = [each.value.value for each in options]
    worth = pd.DataFrame(
        {"slug": slugs, "title": [o.title for o in options], "average": means, "middle": means, "loss": 0.4}
    )
    lead = verdict.difference.value
    turns = pd.DataFrame(
        [("Peak sales", "musd", turns_at, 40.0), ("Burn", "ratio", np.nan, 1.0)],
        columns=["label", "unit", "value", "least_at"],
    )
    frame = pd.DataFrame({"scenario": ["Little cash", "Weak market", "Rich"], "difference": [lead, lead - 9, lead + 9]})
    frame = frame.assign(low=frame["difference"] - 1, high=frame["difference"] + 1, claim_holds=[True, False, True])
    table, steps, turned = frame.head(scenarios), np.array([-10.0, 10.0]), turns.dropna(subset=["value"])
    found = bargain(steps, 120.0 + steps, 50.0 - steps, verdict.nearest.value.value, 0.0)
    closest = pd.Series({"label": "Peak sales", "unit": "musd", "place": 40.0, "lead": lead})
    conditions = [*(("input", turn) for turn in turned.itertuples()), ("terms", found)]
    beside = pd.DataFrame({"deal": ["This", "More royalty"], "financed": [120.0, 131.0], "partner_after": [50.0, 41.0]})
    return {
        "v": verdict,
        "two": dict.fromkeys(slugs, 0.17),
        "grade": Grade(Estimate(0.92, 0.9, 0.94), 0.5, 300, 200, ("Peak sales", "Burn")),
        **{
            "turns": turns,
            "turned": turned,
            "found": found,
            "conditions": [*conditions, ("closest", closest)][:2],
        },
        **{"worth": worth.sort_values("average", ascending=False, ignore_index=True), "upfront": 12.0},
        "own": SimpleNamespace(runway=np.nan, dilution=0.004, per_share=5.5),
        "other": SimpleNamespace(runway=2.9, dilution=0.27, per_share=3.2),
        "late": pd.DataFrame({"p_winddown": 0.1, "p_exit": 0.2}, index=slugs),
        "price": 3.7,
        "held": 90.0,
        "top": pd.DataFrame({"label": ["Peak sales"], "at_low": [lead - 20], "at_high": [lead + 20]}),
        **{"table": table, "grouped": table, "fails": table[~table["claim_holds"]]},
        **{"behind": table[table["high"] < 0], "close": table[(table["low"] <= 0) & (table["high"] >= 0)]},
        "planned": Claim("returning", 0.73, 0.44, Estimate(1.64, 1.59, 1.68), 1.5),
        "financed": Claim("returning", 0.72, 0.26, Estimate(2.8, 2.6, 3.0), 1.5),
        **{"beside": beside, "asked": beside.iloc[1:], "royalty": pd.Series({"upfront": 3.4})},
        **{
            "guessed": ["Median peak sales"],
            "hidden": ["Royalty rates"],
            "rational": True,
            "error": 1.4,
            "scenario": "base",
        },
    }
