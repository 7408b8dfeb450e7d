"""Published cases as the page shows them: counts and verdicts that follow the figures, in both directions."""

import base64
import re
from unittest.mock import patch

import pandas as pd
from helpers import PARAMS

from partnering.analysis.cases.verdicts import controls, verdicts
from partnering.inputs import load_cases
from partnering.report import exhibit, style, validation

NAMES = ("abgenix_pharmacol_license", "asclepius_adagrasib", "bma_abandonment", "paul2010_rd_productivity")
CASES = [case for case in load_cases(PARAMS) if case.id in NAMES]
CHECKED = verdicts(CASES)
CONTROLS = controls(CASES)


def test_the_table_of_cases_counts_by_kind() -> None:
    table = validation.tabulate_cases(CASES, CHECKED).set_index("label")
    assert list(table.loc["Brealey-Myers-Allen abandonment", ["published", "recalled", "own", "held"]]) == [4, 0, 5, 9]
    assert list(table.loc["Paul R&D productivity", ["published", "recalled", "own", "held"]]) == [0, 26, 0, 26]
    assert list(table["left_out"]) == [0, 3, 0, 0]
    assert list(table["verdict"]) == ["6 of 6 hold", "2 of 2 hold", "9 of 9 hold", "26 of 26 hold"]
    assert (table["gap"] <= 1).all()
    assert table.loc["Adagrasib rNPV", "covers"] == "stages weighted by chance, mid-year sales"


def test_a_figure_that_fails_is_named_and_its_case_fails() -> None:
    planted = [row._replace(holds=False) if row.figure == "npv_fees" else row for row in CHECKED]
    table = validation.tabulate_cases(CASES, planted)
    assert list(table["verdict"]) == ["5 of 6 hold", "2 of 2 hold", "9 of 9 hold", "26 of 26 hold"]
    assert validation.say_cases(planted) == (
        "Of 43 figures, 1 outside the tolerance: NPV fees of Abgenix hand-off licence"
    )


def test_the_finding_counts_what_was_read_and_calls_nothing_else_published() -> None:
    assert validation.say_cases(CHECKED) == (
        "All 12 published figures of 3 cases come back within their tolerance; "
        "so do 26 recalled and 5 of our own checks"
    )
    read = [row for row in CHECKED if row.kind == "published"]
    assert validation.say_cases(read) == "All 12 published figures of 3 cases come back within their tolerance"


def test_a_case_that_is_not_worked_says_why() -> None:
    cases = [CASES[0].model_copy(update={"not_worked": "it needs a lattice"}), *CASES[1:]]
    table = validation.tabulate_cases(cases, verdicts(cases))
    assert table["verdict"][0] == "not worked: it needs a lattice" and table["held"][0] == 0


def test_the_download_has_every_figure_by_itself() -> None:
    table = validation.tabulate_download(CHECKED)
    assert list(table["figure"]) == [row.figure for row in CHECKED]
    full = validation.tabulate_download(verdicts(load_cases(PARAMS)))
    assert len(full.to_csv(index=False).encode()) < exhibit.LARGEST_DOWNLOAD  # so that the page carries it


def test_wrong_readings_are_told_in_both_directions() -> None:
    assert validation.say_controls(CONTROLS) == "Each of 6 wrong readings misses its figure by more than the tolerance"
    passed = [CONTROLS[0]._replace(fails=False), *CONTROLS[1:]]
    assert validation.say_controls(passed) == (
        "Of 6 wrong readings, 1 not told apart from the right one: "
        "Fees not weighted by their chance (Abgenix hand-off licence)"
    )


def test_what_is_left_out_is_said_with_its_reason() -> None:
    said = validation.say_left_out(CASES)
    assert "Left out: monte carlo p25 and monte carlo p75 of Adagrasib rNPV (drawn as its text says" in said
    assert "monte carlo p50 of Adagrasib rNPV" in said
    assert validation.say_left_out(CASES[:1]) == validation.CASES_NOTE


def test_the_table_is_shown_under_names_a_reader_knows() -> None:
    made = validation.tabulate_cases(CASES, CHECKED)
    with patch.object(exhibit, "display") as display:
        exhibit.show_table(style.dress(made, validation.CASES), "stem", "Title", style.formats(validation.CASES))
    page = display.call_args.args[0].data
    assert ">nan" not in page and all(f">{header}</th>" in page for header, _ in validation.CASES.values())


def test_a_table_may_have_another_download() -> None:
    shown, full = pd.DataFrame({"n": [3]}), pd.DataFrame({"n": [1, 2]})
    with patch.object(exhibit, "display") as display:
        exhibit.show_table(shown, "stem", "Title", data=full)
    (address,) = re.findall(r"base64,([\w+/=]+)", display.call_args.args[0].data)
    assert base64.b64decode(address) == b"n\n1\n2\n"
