"""Published cases that cannot be used: exit code 2, one line each with file, line and path, and no traceback."""

from pathlib import Path

import pytest
from edits import Edit, few_params, line_of, refused, swap, whole

from partnering.inputs import InputError, load_cases

BAD: dict[str, tuple[Edit, str, str]] = {
    "another name than its file": (
        swap("id: avance_tiered_royalty", "id: avance"),
        "id:",
        "id: got 'avance', expected 'avance_tiered_royalty', the name of its file",
    ),
    "a misspelt key": (swap("wrong_readings:", "wrong_reading:"), "wrong_reading:", "did you mean 'wrong_readings'?"),
    "no figure": (swap(r"published:\n.*", "published: []"), "published:", "got [], expected at least one"),
    "no tolerance": (swap(", tol: 0.0000001", ""), "- {name: royalty", "published[0].tol: got nothing, expected a val"),
    "a tolerance of nothing": (
        swap("tol: 0.0000001", "tol: 0"),
        "- {name: royalty",
        "published[0].tol: got 0, expected more than 0",
    ),
    "a figure that is text": (
        swap("value: 32", "value: much"),
        "- {name: royalty",
        'published[0].value: got "much", expected a number',
    ),
    "a figure twice": (
        swap(r"( +- \{name: royalty.*\n)", r"\1\1"),
        "- {name: royalty",
        "published[0].name: got 'royalty' 2 times, expected it once",
    ),
    "a wrong reading of no figure": (
        swap("figure: royalty", "figure: royaltys"),
        "- {reading:",
        "figure: got 'royaltys', expected a figure of this case; did you mean 'royalty'?",
    ),
    "a figure taken that is not there": (
        swap("figure: royalty, instead: .*", "figure: royalty, taken: tax}"),
        "- {reading:",
        "wrong_readings[0].taken: got 'tax', expected a figure of this case",
    ),
    "an unknown provenance": (
        swap("outputs: read", "outputs: heard"),
        "outputs:",
        "got \"heard\", expected 'read', 'p",
    ),
    "no source": (swap(r"read_at: .*", "read_at: []"), "read_at:", "source.read_at: got [], expected at least one"),
    "no mapping": (whole("- a\n- b\n"), "- a", "got something else, expected a mapping of keys to values"),
}


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return few_params(tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_case_is_one_line(name: str, params: Path) -> None:
    edit, start, said = BAD[name]
    file = params / "cases" / "avance_tiered_royalty.yaml"
    text = edit(file.read_text("utf-8"))
    file.write_text(str(text), "utf-8")
    with pytest.raises(InputError) as error:
        load_cases(Path("params"))
    at = f"params/cases/avance_tiered_royalty.yaml:{line_of(str(text).splitlines(), start)}: "
    assert error.value.problems[0].startswith(at) and said in error.value.problems[0]


def test_the_command_names_the_problems_of_all_files(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("avance_tiered_royalty", "bma_abandonment"):
        file = params / "cases" / f"{name}.yaml"
        file.write_text(file.read_text("utf-8").replace("unit:", "units:"), "utf-8")
    lines = refused(capsys, "check", "base")
    assert sorted({line.split(":")[0] for line in lines}) == [
        "params/cases/avance_tiered_royalty.yaml",
        "params/cases/bma_abandonment.yaml",
    ]


def test_a_project_without_cases_says_so(params: Path) -> None:
    for file in (params / "cases").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="params/cases:1: got no file, expected at least one published case"):
        load_cases(Path("params"))
