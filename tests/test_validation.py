"""Published cases as the page of evidence shows them: counts and verdicts that follow the figures, both ways."""

import base64
import re
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pandas as pd
from helpers import PARAMS
from said import checked, words, worked

from partnering.analysis.cases import verdicts
from partnering.inputs import load_cases
from partnering.report import exhibit

NAMES = ("abgenix_pharmacol_license", "asclepius_adagrasib", "bma_abandonment", "paul2010_rd_productivity")
CASES = [case for case in load_cases(PARAMS) if case.id in NAMES]
CHECKED, CONTROLS = verdicts.verdicts(CASES), verdicts.controls(CASES)


def figures(rows: list[verdicts.Checked] = CHECKED) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(verdicts.Checked._fields))
    return table.assign(gap=(table["computed"] - table["published"]).abs() / table["tolerance"])


def shown(rows: list[verdicts.Checked] = CHECKED, cases: list[Any] = CASES) -> pd.DataFrame:
    return worked("evidence", "cases-worked", pd=pd, cases=cases, figures=figures(rows))["shown"].set_index("Case")


PLANTED = [row._replace(holds=False) if row.figure == "npv_fees" else row for row in CHECKED]


def test_the_table_of_cases_counts_what_holds() -> None:
    table = shown()
    assert list(table["Figures that hold"]) == ["6 of 6", "2 of 2", "9 of 9", "26 of 26"]
    assert (table["Largest gap"] <= 1).all()
    assert table.loc["Adagrasib rNPV", "What it tries"] == "stages weighted by chance, mid-year sales"


def test_a_figure_that_fails_is_named_and_its_case_fails() -> None:
    assert list(shown(PLANTED)["Figures that hold"]) == ["5 of 6", "2 of 2", "9 of 9", "26 of 26"]
    said = words("evidence", "outside-words", **checked(figures(PLANTED), cases=CASES))
    assert "1 of 43 figures of published cases do not come back" in said
    assert "npv_fees of Abgenix hand-off licence." in said.replace("\\", "")


def test_the_finding_counts_what_was_read_and_calls_nothing_else_published() -> None:
    said = words("evidence", "outside-words", **checked(figures(), cases=CASES))
    assert "All 43 figures of 4 published cases come back within their tolerance. 12 were read in a source" in said
    assert "26 recalled without a copy; 5 are an independent program's." in said


def test_a_case_that_is_not_worked_says_why() -> None:
    cases = [CASES[0].model_copy(update={"not_worked": "it needs a lattice"}), *CASES[1:]]
    assert shown(verdicts.verdicts(cases), cases)["Figures that hold"].iloc[0] == "not worked: it needs a lattice"


def test_the_download_has_every_figure_by_itself() -> None:
    downloads: list[pd.DataFrame] = []
    silent = SimpleNamespace(show_table=lambda *_, data, **__: downloads.append(data))
    everything = figures(verdicts.verdicts(load_cases(PARAMS)))
    names = {"figures": everything, "missed": everything[~everything["holds"]], "columns": [], "exhibit": silent}
    worked("evidence", "cases", shown=pd.DataFrame(), style=SimpleNamespace(percent=str), **names)
    assert list(downloads[0]["figure"]) == list(everything["figure"])
    assert len(downloads[0].to_csv(index=False).encode()) < exhibit.LARGEST_DOWNLOAD  # so that the page carries it


def test_wrong_readings_are_told_in_both_directions() -> None:
    said = words("evidence", "outside-words", **checked(wrong=CONTROLS))
    assert "Each of 6 wrong readings misses its figure by more than the tolerance" in said
    passed = [CONTROLS[0]._replace(fails=False)]
    said = words("evidence", "outside-words", **checked(wrong=CONTROLS, passed=passed))
    assert "1 of 6 wrong readings are not told apart from the right one: Fees not weighted by their chance." in said


def test_what_is_left_out_is_said_with_its_reason() -> None:
    said = words("evidence", "cases-words", cases=CASES).replace("\\", "")
    assert "Adagrasib rNPV: monte_carlo_p25" in said and "(drawn as its text says" in said
    assert "Left out" not in words("evidence", "cases-words", cases=CASES[:1])


def test_what_a_decision_has_not_is_absent() -> None:
    """Neither the announcement nor the bands are named where there are none."""
    said = words("evidence", "outside-words", **checked())
    assert "announcement" not in said and "band" not in said
    silent = SimpleNamespace(show_table=lambda *_, **__: 1 / 0)
    worked("evidence", "announcement", "bands", announced=False, measured=pd.DataFrame(), exhibit=silent)


def test_the_outside_check_says_whether_the_market_lies_within() -> None:
    share, whole = pd.Series({"value": 1.9, "low": 1.7, "high": 2.1}), pd.Series({"value": 71.0, "low": 57, "high": 86})
    told = {"announced": True, "share": share, "whole": whole, "research": 50.7, "notes": []}
    for before, where in ((3.74, "inside"), (5.0, "outside")):
        said = words("evidence", "outside-words", **checked(rise=5.58 - before, added=75.0, **told))
        assert f"the market added $75 million, ${5.58 - before:.2f} a share." in said
        assert "the model adds $71 million ($57 to $86 million), $1.90 a share." in said
        assert f"figure a share is {where} its limits." in said


def test_a_table_may_have_another_download() -> None:
    table, full = pd.DataFrame({"n": [3]}), pd.DataFrame({"n": [1, 2]})
    with patch.object(exhibit, "display") as display:
        exhibit.show_table(table, "stem", "Title", data=full)
    (address,) = re.findall(r"base64,([\w+/=]+)", display.call_args.args[0].data)
    assert base64.b64decode(address) == b"n\n1\n2\n"
