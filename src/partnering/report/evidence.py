"""Where the numbers come from: every input by what it moves, sources and where they differ, and the grade of it all."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from partnering.analysis.bands import measure
from partnering.analysis.grade import assumed_share
from partnering.analysis.learning import firm_up
from partnering.analysis.store import Answers
from partnering.inputs import Analysis, Contradiction, Scenario
from partnering.report.exhibit import Links
from partnering.report.sensitivity import tabulate_tornado
from partnering.report.style import PLAIN, amount
from partnering.report.views import UNCOUNTED, as_read, count_statuses
from partnering.results.statistics import Estimate
from partnering.results.stored import Results
from partnering.results.verdict import leaves

PAGE = "evidence.html"
ASSUMPTION, RECALLED = "assumption", "recalled"
OURS = "this project"
"""Publisher of the sheets that collect evidence and judge what it leaves open."""

TO_FIRM_UP = 3


class Grade(NamedTuple):
    """How much of what moves the lead is assumed, against the share from which an answer is not decision-grade."""

    share: Estimate
    gate: float
    numbers: int
    assumed: int
    first: tuple[str, ...]  # labels of the inputs whose knowledge would be worth something to the decision

    @property
    def passed(self) -> bool:
        """Return whether assumptions carry no more than the gate allows."""
        return self.share.value <= self.gate


def grade(answers: Answers, results: Results, settings: Analysis) -> Grade:
    """Return the grade of a run's answer: by the swings of its lead over the ranges of all inputs."""
    swings, statuses = tabulate_tornado(answers, results), count_statuses(results)
    guessed = swings["status"] == ASSUMPTION
    share = assumed_share(swings["swing"].to_numpy(), swings["swing_se"].to_numpy(), guessed.to_numpy())
    worth = firm_up(answers.table("breakeven"), answers.table("information"))[:TO_FIRM_UP]
    first = tuple(swings.set_index("input").loc[worth, "label"])
    return Grade(share, settings.gate_share, sum(statuses.values()), statuses.get(ASSUMPTION, 0), first)


def input_id(path: str) -> str:
    """Return the id of an input's row on the page of evidence."""
    return f"input-{path.replace('.', '-')}"


def input_links(paths: list[str], labels: Mapping[str, str]) -> Links:
    """Return links to the rows of inputs, on whatever page."""
    return Links(tuple((labels[path], f"{PAGE}#{input_id(path)}") for path in paths))


def input_rows(table: pd.DataFrame) -> list[str]:
    """Return where the input of each row of a table stands on the page of evidence."""
    paths = table["input"] if "input" in table else table["path"]
    return [f"{PAGE}#{input_id(path)}" for path in paths]


def tabulate_evidence(results: Results, answers: Answers, scenario: Scenario) -> pd.DataFrame:
    """Return every input with what is known of it, those first whose range moves the lead most."""
    bare, swings = as_read(results.table("inputs")), tabulate_tornado(answers, results).set_index("input")
    notes = [scenario.leaves[path].note or "" for path in bare["path"]]
    ends = (" (" + bare["low"] + " to " + bare["high"] + ")").where(bare["low"] != "", "")
    unit = ", " + bare["unit"].replace(PLAIN)
    swing, error = (bare["path"].map(swings[column].abs()) for column in ("swing", "swing_se"))
    table = bare.assign(
        span=bare["value"] + ends + unit.where(~bare["unit"].isin(UNCOUNTED), ""),
        told=[_mark(status, note) for status, note in zip(bare["status"], notes, strict=True)],
        swing=swing,
        moves=(swing.map(amount) + " ± " + error.map(amount)).where(swing.notna()),
        source=list(map(_cite, bare["source"], bare["known"], bare["published"])),
        note=notes,
    )
    return table.sort_values("swing", ascending=False, kind="stable").reset_index(drop=True)


def _mark(status: str, note: str) -> str:
    """Return a status, guesses and recollections marked."""
    return f"{'● ' if status == ASSUMPTION else ''}{status}{', recalled' if RECALLED in note else ''}"


def _cite(source: str, known: str, published: str) -> Links:
    """Return a link to a source's row, with the day an input was known, and published where that was later."""
    days = f"{known}, published {published}" if published else known
    return Links(((f"{source}, {days}", f"{PAGE}#{source_id(source)}"),))


def source_id(source: str) -> str:
    """Return the id of a source's row on the page of evidence."""
    return f"source-{source}"


def source_links(*sources: str) -> Links:
    """Return links to the rows of sources."""
    return Links(tuple((source, f"{PAGE}#{source_id(source)}") for source in sources))


HEADERS = {
    "label": "Input",
    "span": "Value (low to high)",
    "told": "Status",
    "moves": "Moves the lead by, $ million",
    "source": "Source, known",
    "note": "Note",
}
"""What the columns of the table of inputs are called."""


def tabulate_sources(results: Results, scenario: Scenario, points: Mapping[str, Contradiction]) -> pd.DataFrame:
    """Return every source that inputs rest on or that differs from another, how much of it was read, for how many."""
    used = results.table("inputs")["source"].value_counts()
    named = {*used.index, *(version.source for point in points.values() for version in point.versions)}
    rows = [
        (i, s.title, s.publisher, str(s.date), s.read, int(used.get(i, 0)), s.note or "", s.url or "")
        for i, s in scenario.sources.items()
        if i in named
    ]
    return pd.DataFrame(rows, columns=["Source", "Title", "Publisher", "Date", "Read", "Inputs", "Note", "Where"])


def tabulate_contradictions(results: Results, points: Mapping[str, Contradiction]) -> pd.DataFrame:
    """Return each point on which sources differ: what each says, what is used or measured, and why.

    A point is left out where the scenario has an input of its own.
    """
    inputs, rows = leaves(results), []
    for point in points.values():
        if point.leaf is not None and inputs.loc[point.leaf, "changed_from"]:
            continue
        said = "; ".join(version.says for version in point.versions)
        rows.append(
            (point.point, said, source_links(*dict.fromkeys(v.source for v in point.versions)), *_used(results, point))
        )
    return pd.DataFrame(rows, columns=["Point", "Sources say", "Sources", "Here", "Why", "Input"])


def _used(results: Results, point: Contradiction) -> tuple[str, str, Links]:
    """Return what the base case uses, or makes of its inputs, why, and the input."""
    if point.measure is not None:
        found = measure(results, point.measure)
        return "–" if found is None else f"{found:.2f}, measured", point.handled, Links(())
    row = as_read(leaves(results)).loc[point.leaf]
    span = f" ({row['low']} to {row['high']})" if row["low"] else ""
    link = input_links([str(point.leaf)], {str(point.leaf): row["label"]})
    return f"{row['value']}{span}, {PLAIN.get(row['unit'], row['unit'])}", point.handled, link
