"""Bad input: exit code 2, one line per problem with file and line, nothing on stdout, never a traceback."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from edits import Edit, few_params, not_run, overlay, refused, swap, whole
from helpers import PARAMS

from partnering.__main__ import main

UPFRONT = "deal.upfront_musd: {value: 20, unit: musd, status: assumption, source: mission, known: 2001-01-01}"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
UP = r"(\n  upfront_musd: \{value: )[\d.]+"
RANGE = r"low: [\d.]+, high: [\d.]+"
LUCK = r"(common_factor_share: \{value: )0.10, low: 0.0, high: 0.25"
SAID = "unit: name, status: assumption, source: model-spec, known: 2003-07-31, label: What it does}"
OWN, ALSO = r"\n    own_lead_route: \{value: own_launch", rf"\n    %s: {{value: %s, {SAID}\g<0>"
SELLER = r"\n    sells: \{value: everything"
THREE = "[%s, %s, %s]"
LOW = "scenarios/royalty_low.yaml"

# name: (pattern in base.yaml, what to put there instead, what the message must say)
BASE_CASES: dict[str, tuple[str, str, str]] = {
    "unknown key": ("\n  upfront_musd:", "\n  zebra: 1\n  upfront_musd:", "deal.zebra: got an unknown key"),
    "misspelt key": ("inflation_rate:", "inflaton_rate:", "did you mean 'inflation_rate'?"),
    "misspelt key of a leaf": ("source: pr", "sorce: pr", "did you mean 'source'?"),
    "wrong unit": ("(upfront_musd: .*?)unit: musd", r"\1unit: usd", "got \"usd\", expected 'musd'"),
    "unknown source": ("source: pr-2003", "source: pr-203", "did you mean 'pr-2003'?"),
    "missing source key": ("source: [^,]*, ", "", "valuation.date.source: got nothing"),
    "value outside bounds": (UP, r"\1-3", "got -3, expected at least 0"),
    "value of the wrong type": (UP, r'\1"12"', 'got "12", expected a number'),
    "value not finite": (UP, r"\1.nan", "a finite number"),
    "switch for a number": (UP, r"\1true", "got true, expected a number"),
    "integer beyond floats": (UP, r"\g<1>" + "9" * 400, "9..., expected a number"),
    "endless integer": (UP, r"\g<1>" + "9" * 5000, "deal.upfront_musd"),
    "percent for a fraction": (r"(discount_rate: \{value: )[\d.]+", r"\g<1>11", "a fraction, not a percent"),
    "percent in a list": (r"(rates: \{value: \[)[\d.]+", r"\g<1>4", "rates.value[0]: got 4, expected at most"),
    "unordered range": (RANGE, "low: 0.5, high: 0.1", "expected low below high"),
    "value outside its range": (RANGE, "low: 0.5, high: 0.6", "from low 0.5"),
    "low without high": (RANGE, "low: 0.05", "low and high together"),
    "range without family": (", dist: beta", "", "expected dist, or drawn: false"),
    "drawn without range": ("unit: years", "drawn: true, unit: years", "got drawn alone"),
    "range on a list": (r"\[16.9, 16.9, 16.9\]", "[16.9, 16.9, 16.9], low: 1, high: 2", "expected no range"),
    "beta up to one": (r"high: [\d.]+, dist: beta", "high: 1, dist: beta", "between 0 and 1 for a beta"),
    "lognormal from zero": (r"(fee_musd.*?)low: \d+", r"\1low: 0", "more than 0 for a lognormal"),
    "ladder that does not add up": (r"(bla_musd: \{value: )[\d.]+", r"\g<1>5", "expected the stated total"),
    "schedule that does not add up": (r"\[16.9, 16.9", "[16.9, 17.9", "years that add up to"),
    "ceiling too low": (r"(ceiling_musd: \{value: )[\d.]+", r"\g<1>50", "at least upfront and research"),
    "overlapping tiers": (r"(thresholds_musd: \{value: )\[[^]]*\]", r"\1[0, 500, 250]", "tiers overlap"),
    "tiers not from zero": (r"(thresholds_musd: \{value: )\[0", r"\1[10", "a first tier from 0"),
    "a list longer than there is room for": (
        r"(uptake: \{value: )\[[^]]*\]",
        rf"\1[{', '.join(['1.0'] * 33)}]",
        "got 33 items, expected at most 32",
    ),
    "as many tiers as rates": (r"( rates: \{value: )\[[^]]*\]", r"\1[0.04]", "got 1 items, expected 3"),
    "a sales milestone of no amount": (r"(thresholds_musd: \{value: )\[\]", r"\1[100]", "got 0 items, expected 1"),
    "sales milestones that fall": (
        r"(thresholds_musd: \{value: )\[\](.*\n.*amounts_musd: \{value: )\[\]",
        r"\1[500, 250]\2[1, 2]",
        "rising thresholds above 0",
    ),
    "a fee without an option": (r"(fee_musd: \{value: )0,", r"\g<1>5,", "without a stage to opt in after"),
    "a floor under a profit share": (
        r"(?s)(floor_musd: \{value: )0,(.*profit_share: \{value: )0.0",
        r"\g<1>5,\g<2>0.5",
        "beside a profit share",
    ),
    "list of wrong length": (r"(years_to_ind: \{value: \[)[\d.]+, ", r"\1", "got 2 items, expected 3"),
    "extension before signing": (r"\[2.0, 3.0\]", "[-1.0, 0.0]", "before signing"),
    "extension after the term": (r"\[2.0, 3.0\]", "[4.0, 5.0]", "after the committed"),
    "extensions not a year apart": (r"\[2.0, 3.0\]", "[2.0, 2.5]", "each one year after"),
    "extensions too few": (r"\[2.0, 3.0\]", "[2.0]", "expected 2 as in deal.extension_count"),
    "uptake that falls": (r"0.11, 0.31", "0.31, 0.11", "never fall and end at 1"),
    "years to peak unordered": (r"\[4, 6, 9\]", "[6, 4, 9]", "least, likeliest, most"),
    "years to peak too few": (r"\[4, 6, 9\]", "[4, 6]", "years_to_peak.value[2]: got nothing"),
    "milestone shares": (r"\[0.2, 0.5, 0.2, 0.1\]", "[0.2, 0.5, 0.2]", "4 that add up to 1"),
    "too much shared luck": (LUCK, r"\g<1>0.9, low: 0.0, high: 0.95", "at most 1 in all"),
    "unknown modality": (r"\[conjugate, naked", "[conjugate, nude", "got \"nude\", expected 'conjugate' or"),
    "unknown gates": ("value: rational", "value: reasonable", "got \"reasonable\", expected 'rational' or 'commit'"),
    "nobody signs": ("signs_deal: {value: true", "signs_deal: {value: false", "expected exactly one"),
    "partner without a deal": (OWN, ALSO % ("inherited_routes", THREE % (("partner_run",) * 3)), "without the deal"),
    "unknown conduct": (
        r"(conduct: \{value: )carry_on",
        r"\1carry_off",
        "got \"carry_off\", expected 'carry_on' or 'exit_when_better'",
    ),
    "unknown family": ("value: alone", "value: lonely", "got \"lonely\", expected 'sign', 'alone' or 'give_up'"),
    "sells and goes on with research": (
        OWN,
        ALSO % ("sells", "candidates"),
        "own_research: got 'better' for a strategy that sells its candidates, expected 'no'",
    ),
    "sells and keeps": (
        SELLER,
        ALSO % ("inherited_routes", THREE % (("best",) * 3)),
        "got routes for candidates that the strategy sells on the day, expected none",
    ),
    "sells and signs": (
        SELLER,
        (ALSO % ("signs_deal", "true")).replace("unit: name", "unit: switch"),
        "got a deal signed for candidates that the strategy sells on the day, expected false",
    ),
    "a haircut above one": (r"(sale_haircut: \{value: )0.5", r"\g<1>1.5", "got 1.5, expected at most 1"),
    "negative rate": (r"rate_spread: \{value: 0.0", "rate_spread: {value: -0.5", "a discount rate of -0.39"),
    "known after the day": (r"(discount_rate.*)known: [\d-]+", r"\1known: 2999-01-01", "known only on 2999-01-01"),
    "published before known": (r"published: [\d-]+", "published: 1999-01-01", "or later"),
    "research that costs nothing": (r"(cost_per_lead_musd: \{value: )\d+", r"\g<1>0", "expected more than 0"),
    "a stage that costs nothing": (r"(phase_1_musd: \{value: )8", r"\g<1>0", "expected more than 0"),
    "sales that vanish at once": (r"(late_decline_rate: \{value: )[\d.]+", r"\g<1>1", "expected less than 1"),
    "horizon of a month": (r"(horizon_years: \{value: )\d+", r"\g<1>0.1", "expected at least 1"),
    "impossible date": (r"known: [\d-]+", "known: 2001-02-30", "a readable date"),
    "date as text": (r"known: [\d-]+", "known: long ago", "expected a date such as"),
    "bad strategy name": ("\n  market:", "\n  go-alone:", "strategies.go-alone: got"),
    "duplicate keys": ("(  licensee: .*\n)", r"\1\1", "parties.licensee: got a key already set on line"),
}

FIXED_SCALE = r"  deal\.royalty\.scale: .*"
CONJUGATES = (
    "  leads.conjugate_share: {value: 0.5, low: 0.1, high: 0.9, dist: triangular, unit: share, status: assumption, "
    "source: model-spec, known: 2000-01-01}"
)

# name: (file, edit, what the message must say)
FILE_CASES: dict[str, tuple[str, Edit, str]] = {
    "range drawn on a fixed leaf": (LOW, swap(FIXED_SCALE, CONJUGATES), "expected drawn: false"),
    "misspelt leaf": (LOW, swap("royalty.scale", "royalty.scael"), "did you mean 'deal.royalty.scale'?"),
    "group for a leaf": (LOW, swap("royalty.scale", "royalty"), "deal.royalty: got an unknown leaf"),
    "no title": (LOW, swap("title: .*\n", ""), "title: got nothing"),
    "set twice": (
        LOW,
        overlay("deal.royalty.scale: {}", combines="[royalty_high]"),
        "royalty_high.yaml:6, expected it",
    ),
    "leaf is no group": (LOW, overlay("deal.upfront_musd: 20"), "got 20, expected a group"),
    "overlay with another unit": (LOW, overlay(UPFRONT.replace("musd,", "count,")), "expected 'musd'"),
    "base sets something": ("scenarios/base.yaml", overlay(UPFRONT), "base means base.yaml as it is"),
    "combines an unknown file": (LOW, overlay(UPFRONT, combines="[nothing]"), "no file of the name"),
    "combines out of the folder": (LOW, overlay(UPFRONT, combines="[../base]"), "leave the folder"),
    "combines itself": (LOW, overlay(UPFRONT, combines="[royalty_low]"), "expected no circle"),
    "comments only": (LOW, whole("# nothing\n"), "got an empty file"),
    "empty file": ("base.yaml", whole(""), "base.yaml:1: got an empty file"),
    "binary file": ("base.yaml", whole(bytes(range(256))), "base.yaml:2: got bytes that are not UTF-8"),
    "control characters": ("base.yaml", whole("a: \x00\x01"), "control characters"),
    "not YAML": ("base.yaml", whole("title: x\nDear all: see: below [\n"), "base.yaml:2: got no valid YAML"),
    "not a mapping": ("base.yaml", whole("- 1\n- 2\n"), "expected a mapping"),
    "two documents": ("base.yaml", whole("a: 1\n---\nb: 2\n"), "got no valid YAML"),
    "key with a line break": (LOW, whole('"a\\nb\\e[1m": 1\n'), r"a\nb\x1b[1m: got an unknown key"),
    "key that is no text": ("base.yaml", whole("1: 2\n"), "a key that is text"),
    "alias bomb": ("base.yaml", whole(BOMB), "base.yaml:1: got an anchor or alias"),
    "python tag": ("base.yaml", whole("b: !!python/object/apply:os.system ['touch hacked']\n"), "yaml:1: got a tag"),
    "own tag": ("base.yaml", whole("a: 1\nb: !secret x\n"), "base.yaml:2: got a tag"),
    "deep nesting": ("base.yaml", whole("a: " + "[" * 5000 + "]" * 5000), "nesting deeper than"),
    "huge file": ("base.yaml", whole("# " + "x" * 2_000_000), "a file of more than"),
    "sources without a title": ("sources.yaml", swap("title: [^,]*, ", ""), "title: got nothing"),
    "run settings": ("run.yaml", swap(r"paths: \d+", "paths: 0"), "paths: got 0, expected at least 1"),
    "run settings unknown": ("run.yaml", swap("seed:", "sead:"), "did you mean 'seed'?"),
}
CASES = {name: ("base.yaml", swap(old, new), text) for name, (old, new, text) in BASE_CASES.items()} | FILE_CASES


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return few_params(tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_bad_file_is_refused(case: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, edit, expected = CASES[case]
    path = params / file
    before = path.read_text()
    after = edit(before)
    path.write_bytes(after if isinstance(after, bytes) else after.encode())
    lines = refused(capsys, "check")
    said = [line for line in lines if expected in line]
    assert said and all(line.startswith(f"params/{file}:") for line in said), lines
    name = path.stem if path.parent.name == "scenarios" else "base"
    assert set(not_run(capsys, name)) <= set(lines) and not list(params.parent.glob("hacked"))


@pytest.mark.parametrize(
    "key", ["inflation_rate", "horizon_years", "phase_2_prob", "thresholds_musd", "own_lead_route"]
)
def test_the_line_named_is_the_line_edited(key: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = params / "base.yaml"
    lines = base.read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if f" {key}:" in line)
    lines[number - 1] = lines[number - 1].replace("status: ", "status: very ")
    base.write_text("\n".join(lines))
    assert refused(capsys, "check", "base")[0].startswith(f"params/base.yaml:{number}: ")


@pytest.mark.parametrize(
    "name, expected",
    [
        ("royalti_low", "did you mean 'royalty_low'?"),
        ("../scenarios/base", "must not leave the folder"),
        ("/etc/passwd", "must not leave the folder"),
        ("Base", "lowercase"),
        ("", "lowercase"),
    ],
)
def test_bad_scenario_name(name: str, expected: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "inputs"):
        assert expected in refused(capsys, command, name)[0]


def test_a_name_in_both_folders_is_refused(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (params / "deals").mkdir(exist_ok=True)
    shutil.copy(params / "scenarios/base.yaml", params / "deals/base.yaml")
    assert "got 2 files of the name 'base'" in refused(capsys, "check", "base")[0]


def test_missing_files(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (params / "sources.yaml").unlink()
    assert "no such file" in refused(capsys, "check")[0]
    (params / "base.yaml").unlink()
    assert "no such file" in refused(capsys, "inputs", "base")[0]
    assert main(["check", "gone.yaml"]) == main(["--params", "nowhere", "check"]) == 2


def test_check_reports_every_file_once(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in ("run.yaml", "scenarios/royalty_low.yaml", "scenarios/extension_full.yaml"):
        (params / file).write_text("a: !x 1\n")
    assert len(refused(capsys, "check")) == 3
    (params / "base.yaml").write_text("")
    assert sum("base.yaml:1: got an empty file" in line for line in refused(capsys, "check")) == 1


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["inputs"], ["check", "--nonsense"]])
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    said = capsys.readouterr()
    assert caught.value.code == 2 and said.out == ""
    assert re.fullmatch(r"partnering[ a-z]*: .*; see partnering[ a-z]* --help\n", said.err)


def test_system_fault_and_interruption(params: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(error: BaseException) -> Callable[..., None]:
        def act(*_: object) -> None:
            raise error

        return act

    monkeypatch.setattr("partnering.inputs.load_scenarios", raises(PermissionError("no")))
    assert main(["check"]) == 1
    monkeypatch.setattr("partnering.inputs.load_scenarios", raises(KeyboardInterrupt()))
    assert main(["check"]) == 130


def test_the_real_command_line(params: Path) -> None:
    (params / "base.yaml").write_text("deal: [")
    command = [sys.executable, "-m", "partnering", "check"]
    environment = os.environ | {"PYTHONPATH": str(PARAMS.parent / "src")}
    done = subprocess.run(command, cwd=params.parent, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == ""
    assert re.fullmatch(r"params/base.yaml:1: got no valid YAML .*\n", done.stderr)
