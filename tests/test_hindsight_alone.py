"""Later facts stay on their page: who may read them, what depends on them, and what may not stand in their file."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from edits import Edit, few_params, line_of, refused, swap, whole
from helpers import PARAMS, load, with_leaves
from later import facts
from sources import ROOT, SRC, TREES, importers, texts

from partnering.inputs import InputError
from partnering.inputs.hindsight import all_facts, load_hindsight
from partnering.report.pipeline import WHOLE, Order
from partnering.report.renew import report_key
from partnering.results.place import Place
from partnering.results.stored import run_key

FILE = "hindsight.yaml"
PAGE = {"analysis/hindsight.py", "analysis/happened.py", "inputs/hindsight.py"}
CHECKED = {"inputs/beside.py", "report/pipeline.py"}
"""What holds the file against the base case before anything runs, and makes the page's key of it."""

READS = r"import[^\n]*hindsight"
"""What a notebook that reads them has in it; another may lead to the page."""

AVE = r"value: 2005-03-17, unit: date"


def test_one_loader_reads_later_facts_and_one_page_imports_it() -> None:
    assert {file for file, tree in TREES.items() if FILE in texts(tree)} == {"inputs/hindsight.py"}
    modules = ("inputs.hindsight", "analysis.hindsight", "analysis.happened")
    importing = set().union(*(importers(f"partnering.{module}") for module in modules))
    assert importing <= PAGE | CHECKED
    assert not importing & {file for file in TREES if file.startswith(("model", "results"))}
    shown = {file.stem for file in (ROOT / "notebooks").glob("*.ipynb") if re.search(READS, file.read_text("utf-8"))}
    assert shown == {"hindsight"}


def test_what_is_foreseen_reads_no_later_fact() -> None:
    assert "analysis/foreseen.py" not in importers("partnering.inputs.hindsight")
    assert "analysis/foreseen.py" not in importers("partnering.analysis.hindsight")


def test_products_and_others_that_came_later_are_named_in_params_alone() -> None:
    named = {name for product in facts().products for name in re.findall(r"[\w-]{5,}", product.name)}
    named |= {facts().licence.name, facts().own.name, "SAR428926"}
    files = [*SRC.rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    said = "\n".join(file.read_text("utf-8") for file in files).lower()
    assert len(named) > 8 and [name for name in named if name.lower() in said] == []


def test_other_facts_make_another_report_and_the_same_runs(tmp_path: Path) -> None:
    params = few_params(tmp_path)
    place = Place(tmp_path, tmp_path / "reports", 100)

    def keys() -> tuple[str, str]:
        return run_key(load(), tmp_path, 1, 100), report_key(["base"], place)

    (tmp_path / "notebooks").mkdir()
    before = keys()
    file = params / FILE
    file.write_text(str(swap("value: 30, unit: musd", "value: 31, unit: musd")(file.read_text("utf-8"))), "utf-8")
    after = keys()
    assert before[0] == after[0] and before[1] != after[1]


def test_no_leaf_of_the_base_case_rests_on_a_source_of_later_facts_alone() -> None:
    """What was published later and known on the day may stand in both."""
    later = {fact.source for _, fact in all_facts(facts())}
    shared = {leaf.source for leaf in load().leaves.values() if leaf.source in later}
    assert all(leaf.published for leaf in load().leaves.values() if leaf.source in shared)


def test_another_deal_has_no_later_facts(tmp_path: Path) -> None:
    other = with_leaves(load(), {"parties.partner": "Somebody else"})
    assert load_hindsight(PARAMS, other) is None and load_hindsight(tmp_path, load()) is None
    place = Place(ROOT, tmp_path)
    with_it, without = (Order(place, (scenario,), (), tmp_path, True) for scenario in (load(), other))
    assert with_it.whole == WHOLE and [*WHOLE.keys() - without.whole.keys()] == ["hindsight"]
    assert [*WHOLE.values()] != without.nav("index.html") == [page for page in WHOLE.values() if page[0] != "Hindsight"]
    linked = [file.stem for file in (ROOT / "notebooks").glob("*.ipynb") if "hindsight.html" in file.read_text("utf-8")]
    assert linked == []  # the list of pages alone leads there


def test_every_fact_is_later_than_the_valuation_date() -> None:
    assert min(fact.known for _, fact in all_facts(facts())).isoformat() > load()["valuation.date"]


# name: (what is edited, what to put there instead, start of the line named, what the message must say)
CASES: dict[str, tuple[str, str, str, str]] = {
    "a fact known on the day": (
        "known: 2005-08-31",
        "known: 2003-07-31",
        "- {line: extension_funding, value: 18.2",
        "payments[0]: got a fact known on 2003-07-31, expected one known after 2003-07-31: others are for base.yaml",
    ),
    "a fact from nowhere": (
        "source: 8k-2005",
        "source: 8k-2055",
        "- {line: extension_funding, value: 18.2",
        "payments[0]: got source '8k-2055', expected one in sources.yaml; did you mean '8k-2015'?",
    ),
    "a payment before the signing": (
        "date: 2005-03-17",
        "date: 2003-07-30",
        "- {line: milestones, value: 2, unit: musd, date: 2003",
        "payments[2]: got the day 2003-07-30, expected one after 2003-07-31 and by 2024-12-31",
    ),
    "a payment that ends before it begins": (
        "until: 2007-08-31",
        "until: 2006-08-31",
        "- {line: extension_funding, value: 18.2",
        "payments[0]: got until 2006-08-31, expected a day after 2006-09-01",
    ),
    "milestones that do not add up": (
        "value: 7.5",
        "value: 8.5",
        "milestones_total",
        "milestones_total: got payments that add up to 21.5, expected the stated total 20.5",
    ),
    "a stage without the one before": (
        r"    phase_2: \{value: 2011-10-21, .*\n",
        "    phase_3: {value: 2012-10-21, unit: date, status: sourced, source: pr-2005, known: 2013-01-01, label: L}\n",
        "phase_3: {value: 2012-10-21",
        "products[2].phase_3: got 2012-10-21 after no stage, expected the stage before it",
    ),
    "a stage before the one before": (
        "value: 2011-10-21",
        "value: 2006-10-21",
        "phase_2: {value: 2006-10-21",
        "got 2006-10-21 after 2007-10-17, expected the stage before it on that day or earlier",
    ),
    "a line that is none": ("line: buy_out", "line: buyout", "- {line: buyout", 'payments[9].line: got "buyout", expe'),
    "no buy-out": (
        "line: buy_out",
        "line: side",
        "payments:",
        "got 0 payments of the line buy_out, expected one",
    ),
    "a term": ("status: derived", "status: term", "- {line: milestones, value: 7.5", "'sourced', 'derived' or 'assum"),
    "a wrong unit": (AVE, "value: 2005-03-17, unit: day", "phase_1: {value: 2005", 'phase_1.unit: got "day", expe'),
    "a day that is text": (AVE, 'value: "x", unit: date', 'phase_1: {value: "x', 'got "x", expected a date such as'),
    "an amount below zero": ("value: 18.2", "value: -18.2", "- {line: ext", "got -18.2, expected at least 0"),
    "a misspelt key": ("unnamed:", "unamed:", "unamed:", "unamed: got an unknown key, expected did you mean 'unnamed'"),
    "no source": ("source: 8k-2005, ", "", "- {line: extension_funding, value: 18.2", "source: got nothing, expected"),
}


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return few_params(tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_a_record_that_does_not_hold_is_refused(case: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, start, expected = CASES[case]
    file = params / FILE
    text = swap(old, new)(file.read_text("utf-8"))
    file.write_text(str(text), "utf-8")
    lines = refused(capsys, "check", "base")
    place = f"params/{FILE}:{line_of(str(text).splitlines(), start)}: "
    assert any(line.startswith(place) and expected in line for line in lines), lines


@pytest.mark.parametrize(("edit", "expected"), [(whole(""), "got an empty file"), (whole("a: [\n"), "no valid YAML")])
def test_a_record_that_cannot_be_read_is_refused(
    edit: Edit, expected: str, params: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (params / FILE).write_text(str(edit("")), "utf-8")
    (line,) = refused(capsys, "check", "base")
    assert expected in line


def test_a_fact_that_is_known_by_a_later_valuation_date_is_refused() -> None:
    """The same facts about a deal valued years later belong to its base case."""
    later = with_leaves(load(), {"valuation.date": "2006-12-31"})
    with pytest.raises(InputError, match=r"known on 2005-08-31, expected one known after 2006-12-31"):
        load_hindsight(PARAMS, replace(later))
