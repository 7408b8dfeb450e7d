"""The commands that ask a run: answers on stdout or in files, and one clear line for what cannot be asked."""

import csv
import io
from pathlib import Path

import pytest
from project import copy_project

from partnering.__main__ import main
from partnering.analysis.store import ANSWERS, SURFACE
from partnering.analysis.turns import BREAKEVEN


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("asked"), "base")


def command(project: Path, *words: str) -> int:
    return main(["--params", str(project / "params"), *words])


def test_break_even_says_in_one_table_where_an_input_turns_the_answer(project: Path, capsys) -> None:
    asked = ("breakeven", "base", "deal.royalty.scale", "--paths", "64", "--reports", str(project / "reports"))
    assert command(project, *asked) == 0
    out, progress = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows and list(rows[0]) == BREAKEVEN and "inside the range" in progress
    assert {row["input"] for row in rows} == {"deal.royalty.scale"} and all(row["least_lead"] for row in rows)
    assert all(("flips" in row["verdict"]) == bool(row["value"]) for row in rows)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sales.peak_medan_musd",), "got no such input, expected one that `partnering inputs` lists; did you mean"),
        (("deal.royalty.rates",), "expected an input that is one number"),
        (("parties.partner",), "expected an input that is one number"),
        (("deal.upfront_musd",), "got no range, expected --low and --high"),
        (("deal.upfront_musd", "--low", "3", "--high", "3"), "got a range from 3 to 3, expected low below high"),
        (("success.phase_2_prob", "--high", "2"), "expected it within 0"),
        (("deal.extension_prob",), "got an input that nothing reads under the rules of this scenario"),
    ],
)
def test_what_cannot_be_asked_is_one_line_before_anything_is_simulated(
    project: Path, tmp_path: Path, words: tuple[str, ...], expected: str, capsys
) -> None:
    assert command(project, "breakeven", "base", *words, "--reports", str(tmp_path)) == 2
    out, said = capsys.readouterr()
    assert out == "" and len(said.splitlines()) == 1 and expected in said
    assert said.split(":")[0].endswith("base.yaml") and said.split(":")[1].isdigit() and words[0] in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_all_answers_are_written_or_nothing(project: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "answers"
    asked = ("analyse", "base", "--paths", "64", "--reports", str(project / "reports"), "--out", str(out))
    assert command(project, *asked) == 0
    named = capsys.readouterr().out.split()
    assert named == sorted(f"{name}.csv" for name in ANSWERS)
    assert sorted(file.name for file in out.iterdir()) == sorted([*named, SURFACE, "digests.json"])
    for name, columns in ANSWERS.items():
        with (out / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == list(columns) and len(rows) > 1, name
        assert not any(cell.lower() in ("nan", "inf", "-inf") for row in rows for cell in row), name
