"""Questions that cannot be asked: exit code 2, one line each with file, line and path, and no traceback."""

from pathlib import Path

import pytest
from edits import Edit, few_params, line_of, refused, swap, whole
from helpers import PARAMS, load, with_leaves

from partnering.__main__ import main
from partnering.inputs import InputError, load_analysis
from partnering.inputs.analysis import ranged

LEVELS = r"levels: \[110, 150"
MARKET = r"market: \[sales\]"
NUMBER = "expected the path of a number in base.yaml"

# name: (what is edited, what to put there instead, start of the line named, what the message must say)
CASES: dict[str, tuple[str, str, str, str]] = {
    "a map of no input": (
        r"leaf: sales.peak_median_musd",
        "leaf: sales.peak_median",
        "- {title: Peak",
        f"maps[0].x.leaf: got 'sales.peak_median', {NUMBER}; did you mean 'sales.peak_median_musd'?",
    ),
    "a map of what is no number": (
        r"leaf: company.opening_cash_musd",
        "leaf: deal.extension_count",
        "- {title: Cash",
        f"maps[2].x.leaf: got 'deal.extension_count', {NUMBER}",
    ),
    "a map of one input twice": (
        r"y: \{leaf: success.phase_2_prob",
        "y: {leaf: sales.peak_median_musd",
        "- {title: Peak",
        "maps[0].y.leaf: got 'sales.peak_median_musd' on both sides, expected two inputs",
    ),
    "levels of no width": (LEVELS, "levels: [180, 180", "- {title: Peak", "maps[0].x.levels: got [180.0, 180.0, "),
    "levels that fall": (LEVELS, "levels: [180, 130", "- {title: Peak", "expected rising ones, none twice"),
    "one level": (
        r"levels: \[0.27, .*?\]",
        "levels: [0.28]",
        "- {title: Peak",
        "y.levels: got [0.28], expected at lea",
    ),
    "a level that is no number": (LEVELS, 'levels: [130, "a"', "- {title: Peak", 'levels[1]: got "a", expected a num'),
    "a misspelt key of a map": ("title: Peak", "titel: Peak", "- {title: Peak", "did you mean 'title'?"),
    "a study of no input": (
        r"learns: \[sales.peak_median_musd, sales.peak_log_sd\]",
        "learns: [sales.peak_median_musd, sales.peak_log_ds]",
        "market_research:",
        f"studies.market_research.learns[1]: got 'sales.peak_log_ds', {NUMBER}; did you mean 'sales.peak_log_sd'?",
    ),
    "a study of nothing": (
        r"learns: \[.*?\]",
        "learns: []",
        "market_research:",
        "got [], expected at least one",
    ),
    "a study from nowhere": (
        "source: model-spec",
        "source: model-spek",
        "market_research:",
        "source: got source 'model-spek', expected one in sources.yaml; did you mean 'model-spec'?",
    ),
    "a study that is a term": ("status: assumption", "status: term", "market_research:", "'sourced' or 'assumption'"),
    "a study that pays": (r"cost_musd: 0.5", "cost_musd: -0.5", "market_research:", "got -0.5, expected at least 0"),
    "a ranged input in no group": (MARKET, "market: [sale]", "groups:", "got 'sales' in 0 groups, expected every"),
    "a ranged input in two": (MARKET, "market: [sales, cost]", "groups:", "got 'cost' in 2 groups, expected every"),
    "an empty group": (MARKET, "market: []", "market:", "groups.market: got [], expected at least one"),
    "a misspelt key": (
        "paths: 1024",
        "pahts: 1024",
        "paths:",
        "pahts: got an unknown key, expected did",
    ),
    "too few futures": ("paths: 1024", "paths: 1", "paths:", "paths: got 1, expected at least 2"),
    "half an input": ("inside: 12", "inside: 8.5", "inside:", "inside: got 8.5, expected a whole number"),
    "tolerances that fall": (r"musd: \[25, 50", "musd: [50, 25", "risk_tol", "expected rising ones, none twice"),
    "multiples that fall": (
        r"multiples: \[0, 0.25",
        "multiples: [0.25, 0",
        "royalty_mul",
        "expected rising ones, none",
    ),
    "no tolerance": (r"musd: \[25, 50", "musd: [0, 50", "risk_tol", "_musd[0]: got 0, expected more than 0"),
}
FILES: dict[str, tuple[Edit, str]] = {
    "no YAML": (whole("maps: [\n"), "got no valid YAML"),
    "an empty file": (whole(""), "params/analysis.yaml:1: got an empty file"),
    "a tag": (whole("a: 1\nb: !secret x\n"), "params/analysis.yaml:2: got a tag"),
}


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return few_params(tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_a_question_that_cannot_be_asked_is_refused(
    case: str, params: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, start, expected = CASES[case]
    file = params / "analysis.yaml"
    before = file.read_text("utf-8")
    file.write_text(swap(old, new)(before), "utf-8")
    lines = refused(capsys, "check", "base")
    place = f"params/analysis.yaml:{line_of(before.splitlines(), start)}: "
    assert all(line.startswith(place) for line in lines), lines
    assert any(expected in line for line in lines), lines


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_refused(case: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit, expected = FILES[case]
    (params / "analysis.yaml").write_text(str(edit("")), "utf-8")
    (line,) = refused(capsys, "check", "base")
    assert expected in line


def test_every_problem_is_told_at_once_with_those_of_other_files(
    params: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Questions are held against the base case, whatever scenario is named."""
    file = params / "analysis.yaml"
    text = swap(LEVELS, "levels: [180, 130")(swap(MARKET, "market: [sale]")(file.read_text("utf-8")))
    assert isinstance(text, str)
    file.write_text(text, "utf-8")
    (params / "run.yaml").write_text("a: !x 1\n")
    lines = refused(capsys, "check", "royalty_low")
    assert [line.split(":")[0] for line in lines] == ["params/analysis.yaml"] * 2 + ["params/run.yaml"]


def test_a_broken_base_case_is_told_once(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (params / "base.yaml").write_text("")
    assert len(refused(capsys, "check", "base")) == 1
    assert len(refused(capsys, "check", "royalty_low")) == 1


def test_no_question_file_is_refused_and_the_real_one_holds(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "base"]) == 0
    capsys.readouterr()
    (params / "analysis.yaml").unlink()
    assert "analysis.yaml:1: got no such file" in refused(capsys, "check", "base")[0]


def test_every_ranged_input_is_in_one_group_and_has_ends_either_side() -> None:
    base = load()
    settings = load_analysis(PARAMS, base)
    for leaf in ranged(base):
        assert settings.group_of(leaf.path) in settings.groups
        assert leaf.low is not None and leaf.high is not None and leaf.low < leaf.high
    assert {leaf.path for leaf in base.drawn()} < {leaf.path for leaf in ranged(base)}


def test_questions_are_held_against_the_scenario_that_is_asked() -> None:
    """One that lacks an input of a map cannot be asked it."""
    base = load()
    with pytest.raises(InputError, match=r"maps\[1\].x.leaf: got 'deal.royalty.scale'"):
        load_analysis(PARAMS, with_leaves(base, {"deal.royalty.scale": "none"}))


def test_values_that_scenarios_of_one_input_set_are_asked_beside_its_range() -> None:
    """At the end of a range and beyond it; no switch, no list, nothing that a scenario sets beside something else."""
    alone, base = load_analysis(PARAMS, load()).set_alone, load()
    assert alone["company.other_burn_musd"] == (16.0, 6.0) and alone["company.opening_cash_musd"] == (40.0,)
    assert base.leaves["company.opening_cash_musd"].low == 101 and "financing.window_open_today" not in alone
    assert "deal.royalty.scale" not in alone and "leads.cost_per_lead_musd" not in alone


def test_a_scenario_file_that_does_not_hold_leaves_the_questions_of_others_alone(params: Path) -> None:
    (params / "scenarios").mkdir(exist_ok=True)
    (params / "scenarios" / "broken.yaml").write_text("title: [\n")
    text = "title: T\nquestion: Q?\nset:\n  company.opening_cash_musd: {value: 30, unit: musd}\n"
    (params / "scenarios" / "poor.yaml").write_text(text)
    below = text.replace("opening_cash_musd: {value: 30", "opening_cash_musd: {value: -3")
    (params / "scenarios" / "negative.yaml").write_text(below)
    assert load_analysis(params, load()).set_alone["company.opening_cash_musd"][-1] == 30.0
