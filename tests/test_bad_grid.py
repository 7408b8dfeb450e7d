"""Bad grids: exit code 2, one line per problem with file and line, before anything is drawn or written."""

from pathlib import Path

import pytest
from edits import few_params, refused

UPFRONT, RATE = "deal.upfront_musd: [6, 12]", "valuation.discount_rate: [0.1, 0.12]"
WIDE = ", ".join(str(number) for number in range(400))


def grid(*over: str, more: str = "paths: 64") -> str:
    return f"title: T\nquestion: Q?\n{more}\nover:\n" + "".join(f"  {line}\n" for line in over)


# name: (what the file holds, its line, what the message must say)
CASES: dict[str, tuple[str, int, str]] = {
    "unknown leaf": (grid("deal.upfrnt_musd: [6]"), 5, "expected the path of a leaf in base.yaml; did you mean"),
    "a group for a leaf": (grid("deal.royalty: [1]"), 5, "over.deal.royalty: got an unknown leaf"),
    "a field of a leaf": (grid("deal.upfront_musd.value: [1]"), 5, "got an unknown leaf"),
    "a value of the wrong type": (
        grid(RATE, 'deal.upfront_musd: [6, "12"]'),
        6,
        'musd[1]: got "12", expected a number',
    ),
    "a switch for a number": (grid("deal.upfront_musd: [true]"), 5, "got true, expected a number"),
    "a value out of bounds": (grid("deal.upfront_musd: [6, -1]"), 5, "musd[1]: got -1, expected at least 0"),
    "a percent": (grid("valuation.discount_rate: [11]"), 5, "(a fraction, not a percent)"),
    "not finite": (grid("deal.upfront_musd: [.inf]"), 5, "expected a finite number"),
    "an unknown name": (grid("financing.capital: [unlimted]"), 5, "'limited' or 'unlimited'"),
    "a list that is none": (grid("deal.royalty.rates: [0.05]"), 5, "rates[0]: got 0.05, expected a list"),
    "a value twice": (grid("deal.upfront_musd: [6, 12, 6.0]"), 5, "musd[2]: got 6.0 again, expected each once"),
    "no values": (grid("deal.upfront_musd: []"), 5, "expected at least one"),
    "one value and no list": (grid("deal.upfront_musd: 6"), 5, "got 6, expected a list"),
    "no leaf": (grid().replace("over:", "over: {}"), 4, "over: got a group of keys, expected at least one"),
    "nothing over": (grid(), 4, "over: got nothing, expected a group of keys"),
    "a leaf twice": (grid(UPFRONT, UPFRONT), 6, "got a key already set on line 5, expected it once"),
    "too many": (
        grid(f"deal.upfront_musd: [{WIDE}]", f"tax.losses_musd: [{WIDE}]"),
        4,
        "got 160000 scenarios, expected",
    ),
    "an unknown key": (grid(UPFRONT, more="paths: 64\npath: 3"), 4, "did you mean 'paths'?"),
    "no paths": (grid(UPFRONT, more="paths: 0"), 3, "paths: got 0, expected at least 1"),
    "paths not said": (grid(UPFRONT, more="seed: 1"), 1, "paths: got nothing, expected a value"),
    "a seed below zero": (grid(UPFRONT, more="paths: 64\nseed: -1"), 4, "seed: got -1, expected at least 0"),
    "an unknown scenario": (grid(UPFRONT, more="paths: 64\nscenarios: [royalty_lo]"), 1, "did you mean 'royalty_low'?"),
    "a scenario twice": (
        grid(UPFRONT, more="paths: 64\nscenarios: [base, base]"),
        4,
        'got "base" again, expected each once',
    ),
    "the day itself": (grid("valuation.date: [2003-07-31]"), 5, "expected a scenario file that sets it"),
    "a rule broken": (grid(RATE, "deal.committed_ceiling_musd: [500, 1]"), 6, "expected at least upfront and research"),
    "a rule broken elsewhere": (grid("deal.ladder_full.bla_musd: [1]"), 4, "bla_musd is 1.0"),
    "not a mapping": ("- 1\n", 1, "expected a mapping"),
    "an empty file": ("", 1, "got an empty file"),
    "an alias": ("a: &a [1]\n", 1, "got an anchor or alias"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grids")
    few_params(folder)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_bad_grid_is_refused(
    case: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    text, line, expected = CASES[case]
    Path("params/mine.yaml").write_text(text, "utf-8")
    said = refused(capsys, "sweep", "params/mine.yaml", "--out", "out")
    assert len(said) == 1 and expected in said[0], said
    assert said[0].startswith(f"params/mine.yaml:{line}: ") or case == "an unknown scenario"
    assert not Path("out").exists()


def test_a_broken_rule_says_once_in_which_scenario(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first that breaks it stands for all."""
    monkeypatch.chdir(project)
    Path("params/mine.yaml").write_text(grid(RATE, "deal.committed_ceiling_musd: [2, 500, 1]"), "utf-8")
    said = refused(capsys, "sweep", "params/mine.yaml", "--out", "out")
    assert len(said) == 1 and said[0].endswith(
        "in base where valuation.discount_rate is 0.1, deal.committed_ceiling_musd is 2.0"
    )


def test_no_such_grid(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(project)
    assert "no such file" in refused(capsys, "sweep", "params/gone.yaml", "--out", "out")[0]
