"""The machine interface: what scripts may rely on, held on real runs made through the command."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import PARAMS, load

from partnering.__main__ import main
from partnering.deal.ledger import DEAL_LINES, LINES

ROOT = PARAMS.parent
PATHS, SEED = 300, 5
COLUMNS = {
    "headline.csv": "strategy,party,view,metric,value,low,high,unit",
    "lines.csv": "strategy,party,view,line,timing,value,se,unit",
    "cash.csv": "strategy,party,view,line,quarter,mean,p05,p25,p50,p75,p95,unit",
    "counts.csv": "strategy,origin,modality,event,mean,p_at_least_1,p_at_least_2",
    "inputs.csv": "path,label,value,low,high,dist,unit,status,source,known,published,changed_from,implied_mean",
    "checks.csv": "name,residual,tolerance,passed",
    "beliefs.csv": "table,candidate,chain,stage,forecast_z,company,partner,others",
    "decisions.csv": "strategy,path,quarter,candidate,party,decision,forecast_z,belief_musd,taken",
}
KEYS = {"headline.csv": 4, "lines.csv": 4, "cash.csv": 5, "counts.csv": 4, "inputs.csv": 1, "checks.csv": 1}
KEYS |= {"beliefs.csv": 5, "decisions.csv": 6}
"""How many of the first columns name a row."""

NUMBERS = {"value", "low", "high", "se", "mean", "p05", "p25", "p50", "p75", "p95", "p_at_least_1", "p_at_least_2"}
NUMBERS |= {"residual", "tolerance", "forecast_z", "belief_musd", "company", "partner", "others"}
STRATEGIES, PARTIES = ("partnership", "market", "concept", "best"), ("company", "partner", "others")
VALUES = ["npv_mean", "npv_se", "npv_p05", "npv_p50", "npv_p95", "p_loss", "cvar05"]
PRODUCTS = ["approved_mean", "p_approved_1", "p_approved_2", "p_approved_3"]
PRODUCTS += ["returning_mean", "p_returning_1", "p_returning_2", "paying_mean"]
PAIRS = ["difference_mean", "difference_se", "p_better"]
ORIGINS = {"all", "inherited", "collaboration", "own", "common", "technology"}
MODALITIES = {"all", "naked", "conjugate"}
EVENTS = {"lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"}
EVENTS |= {"licensed", "returned", "copromoted"}
DECISIONS = {*(f"start {stage}" for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")), "launch"}
DECISIONS |= {"seek a licence", "take a licence", "co-promote", "withdraw", "extend"}
UNITS = {"musd", "count", "prob", "ratio", "years", "usd_per_share"}


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "partnering", *map(str, arguments)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def make_run(out: Path) -> subprocess.CompletedProcess[str]:
    return command("run", "base", "--paths", str(PATHS), "--seed", str(SEED), "--out", out)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("made") / "run"
    return folder, make_run(folder)


@pytest.fixture(scope="module")
def folder(made: tuple[Path, Any]) -> Path:
    return made[0]


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


# The files.


def test_a_run_writes_exactly_the_files_promised_and_names_them(made: tuple[Path, Any]) -> None:
    folder, done = made
    expected = sorted([*COLUMNS, "paths.npz", "manifest.json"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == expected == sorted(contents(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("name", COLUMNS)
def test_tables_are_plain_text_with_numbers_that_round_trip(folder: Path, name: str) -> None:
    raw = (folder / name).read_bytes()
    assert b"\r" not in raw and raw.endswith(b"\n") and not raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode().splitlines()[0] == COLUMNS[name]
    for row in rows(folder / name):
        assert None not in row and None not in row.values()
        for column, text in row.items():
            none = {"none"} if row.get("path", "").endswith(".exit_stage") and column == "value" else set()  # its name
            assert text.lower() not in {"nan", "none", "inf", "-inf", "<na>"} - none, row
            if column in NUMBERS and text and name != "inputs.csv":
                assert repr(float(text)) == text and text != "-0.0", row
        assert "unit" not in row or name == "inputs.csv" or row["unit"] in UNITS
    text = pd.read_csv(folder / name, dtype=str)
    assert (text.isna() == (pd.read_csv(folder / name, dtype=str, keep_default_na=False) == "")).all(axis=None)


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_have_unique_keys_and_strategies_in_order(folder: Path, name: str) -> None:
    keys = [tuple(row.values())[: KEYS[name]] for row in rows(folder / name)]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    if "strategy" in COLUMNS[name] and name != "headline.csv":
        strategies = [key[0] for key in keys]
        assert list(dict.fromkeys(strategies)) == list(STRATEGIES)
        assert strategies == sorted(strategies, key=STRATEGIES.index)


def expected_headline() -> Iterator[tuple[str, str, str, str]]:
    for strategy in STRATEGIES:
        for party in PARTIES:
            metrics = VALUES + PRODUCTS if party == "company" else VALUES
            yield from ((strategy, party, "pretax", metric) for metric in metrics)
    for first, second in combinations(STRATEGIES, 2):
        yield from ((f"{first}-{second}", "company", "pretax", metric) for metric in PAIRS)


def test_headline_has_every_metric_in_order_with_its_limits(folder: Path) -> None:
    table = rows(folder / "headline.csv")
    assert [tuple(row.values())[:4] for row in table] == list(expected_headline())
    for row in table:
        metric, value = row["metric"], float(row["value"])
        money, chance = re.match("npv|cvar|difference", metric), metric.startswith("p_")
        assert row["unit"] == ("musd" if money else "prob" if chance else "count")
        if metric.endswith("_se"):
            assert (row["low"], row["high"]) == ("", "") and value >= 0
            continue
        low, high = float(row["low"]), float(row["high"])
        assert low <= value <= high, row
        assert not chance or 0 <= low <= high <= 1, row


def test_lines_and_cash_are_dated_and_complete(folder: Path) -> None:
    lines, cash = rows(folder / "lines.csv"), rows(folder / "cash.csv")
    assert {row["timing"] for row in lines} == {"start", "mid"} and {row["view"] for row in lines + cash} == {"pretax"}
    assert all(float(row["se"]) >= 0 for row in lines)
    quarters: dict[tuple[str, ...], list[int]] = {}
    for row in cash:
        quarters.setdefault((row["strategy"], row["party"], row["line"]), []).append(int(row["quarter"]))
        assert float(row["p05"]) <= float(row["p25"]) <= float(row["p50"]) <= float(row["p75"]) <= float(row["p95"])
    assert set(map(tuple, quarters.values())) == {tuple(range(int(load()["valuation.horizon_years"]) * 4))}
    assert {(row["strategy"], row["party"], row["line"]) for row in lines} <= quarters.keys()
    assert {(slug, "company", line) for slug in STRATEGIES for line in ("net", "cash_balance")} <= quarters.keys()


def test_counts_hold_every_event_once_and_chances_that_agree(folder: Path) -> None:
    table = rows(folder / "counts.csv")
    kinds = [{row[column] for row in table} for column in ("origin", "modality", "event")]
    assert kinds == [ORIGINS, MODALITIES, EVENTS]
    assert len(table) == len(STRATEGIES) * len(EVENTS) * (1 + (len(ORIGINS) - 1) * (len(MODALITIES) - 1))
    for row in table:
        mean, one, two = (float(row[column]) for column in ("mean", "p_at_least_1", "p_at_least_2"))
        assert 0 <= two <= one <= min(1, mean + 1e-12) and mean >= one + two - 1e-12, row


def test_what_has_no_deal_has_nothing_of_the_deal(folder: Path) -> None:
    """Neither its lines nor its events; and what is the same in every strategy is booked the same."""
    lines, counts = rows(folder / "lines.csv"), rows(folder / "counts.csv")
    booked = {slug: {row["line"] for row in lines if row["strategy"] == slug} for slug in STRATEGIES}
    assert all(booked[slug].isdisjoint(DEAL_LINES) for slug in STRATEGIES[1:])
    assert {"upfront", "research_funding", "milestones", "royalties"} <= booked[STRATEGIES[0]]
    assert set().union(*booked.values()) <= set(LINES)
    of_the_deal = [r for r in counts if r["origin"] == "collaboration" or r["event"] in ("partner_target", "returned")]
    assert {float(row["mean"]) for row in of_the_deal if row["strategy"] != STRATEGIES[0]} == {0.0}
    outside = [row for row in counts if row["origin"] in ("common", "technology")]
    outside += [row for row in rows(folder / "cash.csv") if re.match("common_|technology_", row["line"])]
    by_strategy = [[list(row.values())[1:] for row in outside if row["strategy"] == slug] for slug in STRATEGIES]
    assert by_strategy[0] and all(booked_alike == by_strategy[0] for booked_alike in by_strategy)


def test_beliefs_and_decisions_say_what_was_known(folder: Path) -> None:
    """The forecast only once Phase 2 has shown it; a stage is started where its worth to whoever decides is no loss."""
    beliefs, decisions = rows(folder / "beliefs.csv"), rows(folder / "decisions.csv")
    late = {"phase_3", "review", "market"}
    assert {row["table"] for row in beliefs} <= set(STRATEGIES)
    assert all((row["forecast_z"] != "") == (row["stage"] in late) for row in beliefs)
    for row in decisions:
        assert row["party"] in PARTIES and row["decision"] in DECISIONS and row["taken"] in ("True", "False"), row
        what = row["decision"]
        known = what.removeprefix("start ") in late or what in (
            "launch",
            "seek a licence",
            "take a licence",
            "co-promote",
        )
        assert (row["forecast_z"] != "") == known, row
        weighed = what in ("launch", "take a licence") or what.startswith("start")
        assert not weighed or (float(row["belief_musd"]) >= 0) == (row["taken"] == "True"), row
    dated = [(STRATEGIES.index(row["strategy"]), int(row["path"]), int(row["quarter"])) for row in decisions]
    assert dated == sorted(dated)


def test_checks_state_what_is_left_of_each_identity(folder: Path) -> None:
    for row in rows(folder / "checks.csv"):
        assert row["passed"] == "True" and 0 <= float(row["residual"]) <= float(row["tolerance"]) <= 1e-9


def test_arrays_by_path_agree_with_the_headline(folder: Path) -> None:
    headline = {tuple(row.values())[:4]: float(row["value"]) for row in rows(folder / "headline.csv")}
    with np.load(folder / "paths.npz", allow_pickle=False) as arrays:
        for slug in STRATEGIES:
            for party in PARTIES:
                npv = arrays[f"npv.{slug}.{party}"]
                assert len(npv) == PATHS and np.isfinite(npv).all()
                assert headline[slug, party, "pretax", "npv_mean"] == pytest.approx(npv.mean(), rel=1e-12)
                assert headline[slug, party, "pretax", "p_loss"] == np.mean(npv < 0)
        assert {f"theta.{leaf.path}" for leaf in load().drawn()} <= set(arrays)


def test_manifest_says_what_made_the_run_and_its_digests_are_true(folder: Path, manifest: dict[str, Any]) -> None:
    base = load()
    expected = {"scenario": "base", "title": base.title, "seed": SEED, "paths": PATHS, "block": 4096}
    expected |= {"schema_version": 1, "valuation_date": base["valuation.date"]}
    assert expected.items() <= manifest.items()
    assert manifest["parties"]["company"] == base["parties.company"] and manifest["vintage"] is None
    assert {slug: told["signs_today"] for slug, told in manifest["strategies"].items()} == {
        slug: slug == STRATEGIES[0] for slug in STRATEGIES
    }
    assert manifest["digests"]["inputs"] == base.digest
    assert manifest["digests"]["lock"] == hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    assert {"inputs", "model", "report", "lock"} <= manifest["digests"].keys()
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in manifest["digests"].values())
    assert manifest["platform"].keys() == {"python", "numpy", "scipy", "machine"}
    assert manifest["files"].keys() == {*COLUMNS, "paths.npz"}
    for name, about in manifest["files"].items():
        assert about["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert about["rows"] == (PATHS if name == "paths.npz" else len(rows(folder / name)))


# The command.


def test_schema_describes_the_files_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["files"].keys() == contents(folder).keys()
    assert {name: ",".join(columns) for name, columns in printed["columns"].items()} == COLUMNS
    assert printed["metrics"] == {"values": VALUES, "company": PRODUCTS, "pairs": PAIRS}
    assert set(printed["units"]) == UNITS and printed["exit_codes"].keys() == {"0", "1", "2", "130"}
    assert {row["view"] for row in rows(folder / "headline.csv")} == set(printed["views"])
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(re.search(rf"^\s+{name.split()[0]}\s", text, re.MULTILINE) for name in printed["commands"])


def test_scenarios_and_inputs_print_only_themselves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = command("scenarios")
    names = [line.split("\t")[0] for line in listed.stdout.splitlines()]
    assert names[0] == "base" and set(names) == {file.stem for file in (PARAMS / "scenarios").glob("*.yaml")}
    assert listed.stdout.splitlines() == [f"{name}\t{load(name).title}" for name in names]
    assert main(["--params", str(PARAMS), "inputs", "base"]) == 0
    printed = capsys.readouterr()
    assert printed.out.encode() == (folder / "inputs.csv").read_bytes()
    assert listed.stderr == printed.err == ""


def test_nothing_in_a_run_tells_the_time(folder: Path, tmp_path: Path) -> None:
    time.sleep(max(0.0, 2.1 - (time.time() - (folder / "manifest.json").stat().st_mtime)))  # a zip counts in 2 s
    assert make_run(tmp_path / "again").returncode == 0
    assert contents(tmp_path / "again") == contents(folder)


def test_params_may_be_anywhere(folder: Path, tmp_path: Path) -> None:
    params = Path(shutil.copytree(PARAMS, tmp_path / "a folder, with spaces" / "params"))
    options = ["--paths", str(PATHS), "--seed", str(SEED), "--out", str(tmp_path / "its run")]
    assert main(["--params", str(params), "run", "base", *options]) == 0
    here, there = contents(folder), contents(tmp_path / "its run")
    assert {name for name in here if here[name] != there[name]} == {"manifest.json"}


def test_a_file_may_be_run_and_a_single_path_is_enough(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("title: T\nquestion: Q?\ncombines: [evidence_modern]\n", "utf-8")
    out = tmp_path / "one"
    assert main(["--params", str(PARAMS), "run", str(tmp_path / "one.yaml"), "--paths", "1", "--out", str(out)]) == 0
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert (manifest["scenario"], manifest["vintage"]) == ("one", load("evidence_modern").vintage)
    assert all(text != "nan" for row in rows(out / "headline.csv") for text in row.values())
