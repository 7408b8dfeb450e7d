"""Published cases on the page: what was worked and how close it came, figure by figure, and the wrong readings."""

from collections.abc import Sequence

import pandas as pd

from partnering.analysis.cases.verdicts import Checked, Control
from partnering.inputs.cases import Case
from partnering.report.style import Columns, listed, percent

CASES_NOTE = (
    "Published: read in a source. Recalled: known from the literature, no copy seen. Own checks: an independent "
    "program's figures from the same inputs, which nobody printed. Largest gap: as a share of the tolerance, which "
    "follows the last printed digit, and for simulated figures three standard errors of the source."
)


def tabulate_cases(cases: Sequence[Case], checked: Sequence[Checked]) -> pd.DataFrame:
    """Return one row a case: figures by kind, how many hold, the largest gap by its tolerance, the verdict."""
    rows = tabulate_all_figures(checked)
    return pd.DataFrame([_case_row(case, rows[rows["case"] == case.id]) for case in cases])


def _case_row(case: Case, rows: pd.DataFrame) -> dict[str, object]:
    kinds, held = rows["kind"].value_counts(), int(rows["holds"].sum())
    worked = f"{held} of {len(rows)} hold" if case.not_worked is None else f"not worked: {case.not_worked}"
    return {
        "label": case.label,
        "covers": ", ".join(case.covers),
        "published": int(kinds.get("published", 0)),
        "recalled": int(kinds.get("recalled", 0)),
        "own": int(kinds.get("own check", 0)),
        "held": held,
        "gap": rows["gap"].max(),
        "verdict": worked,
        "left_out": len(case.left_out),
        "source": case.source.original,
    }


def tabulate_all_figures(checked: Sequence[Checked]) -> pd.DataFrame:
    """Return every figure with its gap as a share of its tolerance."""
    rows = pd.DataFrame(checked, columns=list(Checked._fields))
    return rows.assign(gap=(rows["computed"] - rows["published"]).abs() / rows["tolerance"])


def tabulate_download(checked: Sequence[Checked]) -> pd.DataFrame:
    """Return every figure as the download has it, ten digits of what was computed."""
    rows = tabulate_all_figures(checked)[["case", "figure", "computed", "published", "tolerance", "kind", "holds"]]
    return rows.assign(computed=[f"{value:.10g}" for value in rows["computed"]])


def say_cases(checked: Sequence[Checked]) -> str:
    """Return the finding of the cases: how many figures come back, by kind, and which do not."""
    rows = tabulate_all_figures(checked)
    missed = rows[~rows["holds"]]
    if len(missed):
        named = listed(f"{_figure_name(row.figure)} of {row.label}" for row in missed.itertuples())
        return f"Of {len(rows)} figures, {len(missed)} outside the tolerance: {named}"
    read = rows[rows["kind"] == "published"]
    others = {"recalled": "recalled", "own check": "of our own checks"}
    more = [f"{n} {others[kind]}" for kind, n in rows["kind"].value_counts().items() if kind in others]
    as_well = f"; so do {listed(more)}" if more else ""
    return (
        f"All {len(read)} published figures of {read['case'].nunique()} cases come back within their tolerance{as_well}"
    )


def say_controls(controls: Sequence[Control]) -> str:
    """Return the finding of the wrong readings: that each misses its figure, or which does not."""
    passed = [f"{row.control} ({row.label})" for row in controls if not row.fails]
    if passed:
        return f"Of {len(controls)} wrong readings, {len(passed)} not told apart from the right one: {listed(passed)}"
    return f"Each of {len(controls)} wrong readings misses its figure by more than the tolerance"


def say_left_out(cases: Sequence[Case]) -> str:
    """Return the note under the cases: what the words mean, and which figures or cases are left out and why."""
    figures = [
        f"{listed(_figure_name(r.name) for r in case.left_out if r.note == note)} of {case.label} ({note})"
        for case in cases
        for note in dict.fromkeys(remark.note for remark in case.left_out)
    ]
    return f"{CASES_NOTE} Left out: {'; '.join(figures)}." if figures else CASES_NOTE


def _figure_name(name: str) -> str:
    stem, _, cell = name.removesuffix("]").partition("[")
    words = " ".join(ABBREVIATIONS.get(word, word) for word in stem.split("_"))
    return f"{words} at {cell}" if cell else words


ABBREVIATIONS = {"npv": "NPV", "rnpv": "rNPV", "ev": "EV", "sd": "SD", "loa": "LOA", "wip": "WIP"}


CASES: Columns = {
    "label": ("Case", None),
    "covers": ("What it tries", None),
    "published": ("Published", "{:d}"),
    "recalled": ("Recalled", "{:d}"),
    "own": ("Own checks", "{:d}"),
    "gap": ("Largest gap", percent),
    "verdict": ("Verdict", None),
    "source": ("Source", None),
}
