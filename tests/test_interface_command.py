"""The command: what it prints, and that a run of it is the same wherever and whenever it is made."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from helpers import PARAMS, load
from interface import (
    COLUMNS,
    FINANCED,
    INPUTS,
    PAIRS,
    PATHS,
    PRODUCTS,
    SEED,
    UNITS,
    VALUES,
    VIEWS,
    WHOLE,
    command,
    contents,
    make_run,
    rows,
)

from partnering.__main__ import main


def test_schema_describes_the_files_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["files"].keys() == contents(folder).keys()
    assert {name: ",".join(columns) for name, columns in printed["columns"].items()} == COLUMNS
    said = {"values": VALUES, "company": PRODUCTS, "whole": WHOLE, "financed": FINANCED, "pairs": PAIRS}
    assert printed["metrics"] == said | {"financed_pairs": ["value_per_share", *INPUTS]}
    assert set(printed["units"]) == UNITS and printed["exit_codes"].keys() == {"0", "1", "2", "130"}
    assert list(dict.fromkeys(row["view"] for row in rows(folder / "headline.csv"))) == printed["views"] == list(VIEWS)
    digests = json.loads((folder / "manifest.json").read_text("utf-8"))["digests"]
    assert printed["digests"].keys() == digests.keys() and "replay MANIFEST" in " ".join(printed["commands"])
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(re.search(rf"^\s+{name.split()[0]}\s", text, re.MULTILINE) for name in printed["commands"])


def test_scenarios_and_inputs_print_only_themselves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = command("scenarios")
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    kinds = [sorted(file.stem for file in (PARAMS / folder).glob("*.yaml")) for folder in ("scenarios", "deals")]
    assert rows[0][0] == "base" and sorted(row[0] for row in rows if len(row) == 2) == kinds[0]
    assert [row[0] for row in rows if row[2:] == ["deal"]] == kinds[1] and [row[1] for row in rows] == [
        load(row[0]).title for row in rows
    ]
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
