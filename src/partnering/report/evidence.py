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
from partnering.report.style import PLAIN, Columns, amount, listed, lowered, percent
from partnering.report.views import UNCOUNTED, as_read, count_statuses
from partnering.results.statistics import Estimate
from partnering.results.stored import Results
from partnering.results.verdict import leaves

PAGE = "evidence.html"
ASSUMPTION, RECALLED = "assumption", "recalled"
OURS = "this project"
"""Publisher of the sheets that collect evidence and judge what it leaves open."""

JUDGED_LATER = (
    "Dates keep out facts that nobody could have known, not judgement: the sheets were written by people who could "
    "know what became of the deal."
)
TO_FIRM_UP = 3


TITLE = "Where the numbers come from"
QUESTION = "Which numbers are known and which are guessed, what do they move, and is the model right about known cases?"


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


def say_grade(found: Grade) -> str:
    """Return whether the answer is decision-grade, how much of it is assumed, and what to firm up first."""
    carried = (
        f"{found.assumed} of {found.numbers} numbers are assumptions and carry {_share(found.share)} of what moves "
        f"the lead; the limit is {percent(found.gate)}."
    )
    if found.passed:
        return f"Decision-grade by the report's own rule: {carried}"
    first = "Firming up any of them would hardly ever change the vote."
    if found.first:
        first = f"Firm up first: {listed(map(lowered, found.first))}."
    return f"Not decision-grade: {carried} {first}"


def _share(share: Estimate) -> str:
    if share.low is None or share.high is None:
        return percent(share.value)
    return f"{percent(share.value)} (simulation limits {percent(share.low)} to {percent(share.high)})"


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
    inputs, swings = results.table("inputs"), tabulate_tornado(answers, results).set_index("input")
    bare = as_read(inputs)
    notes = [scenario.leaves[path].note or "" for path in bare["path"]]
    table = bare.assign(
        range=bare["low"].where(bare["low"] == "", bare["low"] + " to " + bare["high"]),
        unit=bare["unit"].replace(PLAIN),
        told=[_mark(status, note) for status, note in zip(bare["status"], notes, strict=True)],
        swing=bare["path"].map(swings["swing"].abs()),
        swing_se=bare["path"].map(swings["swing_se"]),
        source=[source_links(source) for source in bare["source"]],
        known=bare["known"].where(bare["published"] == "", bare["known"] + ", published " + bare["published"]),
        note=notes,
    )
    return table.sort_values("swing", ascending=False, kind="stable").reset_index(drop=True)


def _mark(status: str, note: str) -> str:
    """Return a status, guesses and recollections marked."""
    return f"{'● ' if status == ASSUMPTION else ''}{status}{', recalled' if RECALLED in note else ''}"


def ids_of_inputs(table: pd.DataFrame) -> list[str]:
    """Return the id of each row of the table of inputs."""
    return [input_id(path) for path in table["path"]]


def source_id(source: str) -> str:
    """Return the id of a source's row on the page of evidence."""
    return f"source-{source}"


def source_links(*sources: str) -> Links:
    """Return links to the rows of sources."""
    return Links(tuple((source, f"{PAGE}#{source_id(source)}") for source in sources))


def say_evidence(table: pd.DataFrame) -> str:
    """Return the finding of the table of inputs: how many are guesses, and whether those that move the answer are."""
    numbers = table[~table["unit"].isin(UNCOUNTED)]
    assumed = int((numbers["status"] == ASSUMPTION).sum())
    widest = table[table["swing"] > 0].head(len(numbers) // 10)
    guesses = int((widest["status"] == ASSUMPTION).sum())
    return (
        f"{assumed} of {len(numbers)} numbers are assumptions that say so; of the {len(widest)} that move the answer "
        f"most {'all' if guesses == len(widest) else guesses} are"
    )


EVIDENCE: Columns = {
    "label": ("Input", None),
    "value": ("Value", None),
    "range": ("5th to 95th percentile", None),
    "unit": ("Unit", None),
    "told": ("Status", None),
    "swing": ("Moves the lead by, $ million", amount),
    "swing_se": ("its standard error", amount),
    "source": ("Source", None),
    "known": ("Known", None),
    "note": ("Note", None),
}
EVIDENCE_NOTE = (
    "Moves the lead by: change of the lead of signing from the low to the high end of the range, on the same futures; "
    "a dash where no range is declared. ● marks a guess. Term: in the contract; sourced: read; derived from sources; "
    "assumption: a guess, also where a source guided it; recalled, not read again. Known: when the parties knew it; "
    "published: when the market could, where later. Names, switches and dates are listed, but are no numbers."
)


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


def ids_of_sources(table: pd.DataFrame) -> list[str]:
    """Return the id of each row of the table of sources."""
    return [source_id(source) for source in table["Source"]]


def say_sources(sources: pd.DataFrame) -> str:
    """Return the finding of the table of sources: how many are outside ones, and how much of those was read."""
    outside = sources[sources["Publisher"] != OURS]
    full, excerpts = (int((outside["Read"] == read).sum()) for read in ("full", "excerpt"))
    inputs, ours = int(sources["Inputs"].sum()), int(sources.loc[sources["Publisher"] == OURS, "Inputs"].sum())
    return (
        f"{len(outside)} outside sources, {full} of them read in full and {excerpts} as excerpts only; {ours} of "
        f"{inputs} inputs rest on this project's own sheets, which collect and judge"
    )


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


def say_contradictions(table: pd.DataFrame) -> str:
    """Return the finding of the table of contradictions."""
    return f"On {len(table)} points the sources differ: what each says, and what is used here"


def as_sentences(*findings: str) -> list[str]:
    """Return findings as sentences of a text."""
    return [f"{finding}." for finding in findings]
