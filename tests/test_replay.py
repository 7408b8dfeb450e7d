"""A run made again: what is the same, what differs, and which input or part of the code may be why."""

import csv
import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edits import few_params, swap
from helpers import PARAMS, load
from interface import contents

from partnering.__main__ import main
from partnering.analysis.replay import relative_difference
from partnering.results import simulate as simulating
from partnering.results import store, stored, tables
from partnering.results.schema import describe_interface
from partnering.results.simulate import Run, simulate

SEED, PATHS = 5, 40
Rows = dict[tuple[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(load(), SEED, PATHS)


@pytest.fixture(scope="module")
def original(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored run, not to be changed."""
    return store.write_run(run, tmp_path_factory.mktemp("replayed") / "run", PARAMS.parent).folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    """A stored run that a test may change."""
    return Path(shutil.copytree(original, tmp_path / "copy"))


@pytest.fixture
def at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulating again gives the run there is: only what lies beside the manifest, or made it, may differ."""
    monkeypatch.setattr(simulating, "simulate", lambda *_, **__: run)


def replayed(capsys: pytest.CaptureFixture[str], folder: Path, *words: str | Path, params: Path = PARAMS) -> Any:
    """The exit code, the rows by kind and name, and what was said."""
    code = main(["--params", str(params), "replay", str(folder / "manifest.json"), *map(str, words)])
    out, said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    promised = describe_interface()["replay"]
    assert [*rows[0]] == [*promised["columns"]] and {row["verdict"] for row in rows} <= promised["verdicts"].keys()
    assert rows[-1]["kind"] == "run" and len({(row["kind"], row["name"]) for row in rows}) == len(rows)
    return code, {(row["kind"], row["name"]): row for row in rows}, said.strip().splitlines()[-1]


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def own_up(folder: Path, name: str) -> None:
    """Have the manifest record a file as it now is: then it is another run's, not a damaged one."""
    sha256 = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    edit_manifest(folder, lambda manifest: manifest["files"][name].update(sha256=sha256))


def move_table(folder: Path, factor: float) -> str:
    """Multiply one number of the headline."""
    lines = (folder / "headline.csv").read_text("utf-8").splitlines()
    place = next(at for at, line in enumerate(lines) if ",financed,npv_mean," in line)
    cells = lines[place].split(",")
    lines[place] = ",".join([*cells[:4], repr(float(cells[4]) * factor), *cells[5:]])
    (folder / "headline.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return "headline.csv"


def move_array(folder: Path, factor: float) -> str:
    """Multiply one array by path."""
    with np.load(folder / "paths.npz") as archive:
        arrays = dict(archive)
    name = next(name for name in arrays if name.startswith("batch.financed"))  # stored in double precision
    np.savez(folder / "paths.npz", **(arrays | {name: arrays[name] * factor}))
    return "paths.npz"


# On one machine.


def test_a_run_made_again_is_the_same_to_the_byte_whatever_the_number_of_workers(original: Path, tmp_path, capsys):
    code, rows, said = replayed(capsys, original, "--workers", "2", "--out", tmp_path / "again")
    assert code == 0 and {row["verdict"] for row in rows.values()} == {"same"}
    assert {name for kind, name in rows if kind == "file"} == contents(original).keys() - {"manifest.json"}
    assert contents(tmp_path / "again") == contents(original)
    assert said == "partnering: the run is the same; no input, setting, code part, lock or platform has changed"


def test_changed_inputs_are_named(original: Path, tmp_path: Path, capsys) -> None:
    params = few_params(tmp_path)
    edited = swap(r"(upfront_musd: \{value: )12,", r"\g<1>13,")((params / "base.yaml").read_text("utf-8"))
    (params / "base.yaml").write_text(str(edited), "utf-8")
    code, rows, said = replayed(capsys, original, params=params)
    assert code == 1 and rows["run", "base"]["verdict"] == rows["file", "headline.csv"]["verdict"] == "differs"
    recorded = json.loads((original / "manifest.json").read_text("utf-8"))["digests"]["inputs"]
    inputs = [row for (kind, _), row in rows.items() if kind == "input"]
    assert [(row["name"], row["was"]) for row in inputs] == [("digest", recorded)] and inputs[0]["now"] != recorded
    moved = [float(row["difference"]) for (kind, _), row in rows.items() if kind == "file" and row["difference"]]
    assert max(moved) > 1e-3 and ("code", "model") not in rows  # a file with other rows has no difference to state
    assert "the run differs" in said and "input digest" in said


def test_a_changed_part_of_the_code_is_named(copy: Path, at_once: None, monkeypatch, capsys) -> None:
    parts = json.loads((copy / "manifest.json").read_text("utf-8"))["digests"]["parts"]
    monkeypatch.setattr(store, "part_digests", lambda: parts | {"model": "f" * 64})
    code, rows, said = replayed(capsys, copy)
    assert code == 0 and rows["run", "base"]["verdict"] == "same"  # it changed no byte of this run
    assert [name for kind, name in rows if kind == "code"] == ["model"] and "code model" in said
    assert (rows["code", "model"]["was"], rows["code", "model"]["now"]) == (parts["model"], "f" * 64)


def test_lock_platform_and_size_of_a_block_are_named_where_they_changed(copy: Path, at_once: None, capsys) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["block"] = 1024
        manifest["digests"]["lock"] = ""
        manifest["platform"]["numpy"] = "1.0"

    edit_manifest(copy, change)
    _, rows, _ = replayed(capsys, copy)
    changed = [name for name in rows if name[0] not in ("file", "run")]
    assert changed == [("setting", "block"), ("lock", "requirements.lock"), ("platform", "numpy")]
    assert rows["platform", "numpy"]["was"] == "1.0" and rows["platform", "numpy"]["now"] == np.__version__


def test_a_run_that_knew_no_parts_of_the_model_is_held_against_all_of_it(copy: Path, at_once: None, capsys) -> None:
    edit_manifest(copy, lambda manifest: manifest["digests"].pop("parts"))
    assert not [kind for kind, _ in replayed(capsys, copy)[1] if kind == "code"]
    edit_manifest(copy, lambda manifest: manifest["digests"].update(model="0" * 64))
    assert [name for name in replayed(capsys, copy)[1] if name[0] == "code"] == [("code", "model")]


def test_code_of_pages_is_no_part_of_a_run(copy: Path, at_once: None, capsys) -> None:
    edit_manifest(copy, lambda manifest: manifest["digests"].update(report="0" * 64))
    stored.load_run(copy, PARAMS.parent)  # writes today's; the seal is of all the rest
    code, rows, said = replayed(capsys, copy)
    assert code == 0 and {row["verdict"] for row in rows.values()} == {"same"} and "has changed" in said


# To rounding.


@pytest.mark.parametrize("move", [move_table, move_array])
@pytest.mark.parametrize(("step", "verdict", "code"), [(1e-12, "same to rounding", 0), (1e-6, "differs", 1)])
def test_numbers_may_move_by_rounding_and_no_more(
    copy: Path, at_once: None, capsys, move: Callable[[Path, float], str], step: float, verdict: str, code: int
) -> None:
    name = move(copy, 1 + step)
    own_up(copy, name)
    found, rows, said = replayed(capsys, copy)
    assert found == code and rows["file", name]["verdict"] == rows["run", "base"]["verdict"] == verdict
    assert float(rows["file", name]["difference"]) == pytest.approx(step, rel=1e-3)
    assert {row["verdict"] for (kind, other), row in rows.items() if kind == "file" and other != name} == {"same"}
    assert f"the run {'differs' if code else 'is the ' + verdict}; no input" in said  # nothing has changed


def test_another_text_or_another_number_of_rows_is_no_rounding(copy: Path, at_once: None, capsys) -> None:
    (copy / "counts.csv").write_text((copy / "counts.csv").read_text("utf-8").replace(",naked,", ",nude,"), "utf-8")
    (copy / "lines.csv").write_text("".join((copy / "lines.csv").open(encoding="utf-8").readlines()[:-1]), "utf-8")
    for name in ("counts.csv", "lines.csv"):
        own_up(copy, name)
    code, rows, _ = replayed(capsys, copy)
    for name in ("counts.csv", "lines.csv"):
        assert code == 1 and rows["file", name]["verdict"] == "differs" and rows["file", name]["difference"] == ""


def test_relative_differences_by_hand() -> None:
    one, other = np.array([2.0, 0.0, np.nan, -4.0]), np.array([2.0, 1e-12, np.nan, -5.0])
    assert relative_difference(one, other) == 0.2
    assert relative_difference(one[:3], other[:3]) == 0.0  # below the tolerance of the identities
    assert relative_difference(one[2:3], other[:1]) == relative_difference(one[:1], np.array([np.inf])) == np.inf
    single = np.array([1.0], dtype=np.float32)
    assert relative_difference(single, np.nextafter(single, np.float32(2))) == 0.0
    assert relative_difference(single, single * np.float32(1 + 1e-6)) > 1e-7


# What lies beside the manifest.


def test_a_damaged_file_is_told_from_a_run_that_differs(copy: Path, at_once: None, capsys) -> None:
    move_table(copy, 1.5)
    code, rows, said = replayed(capsys, copy)
    assert code == 1 and rows["file", "headline.csv"]["verdict"] == rows["run", "base"]["verdict"] == "damaged"
    assert (rows["file", "headline.csv"]["was"], rows["file", "lines.csv"]["verdict"]) == ("", "same")
    assert "the run is reproduced" in said and "not what was written" in said
    edit_manifest(copy, lambda manifest: manifest["files"]["headline.csv"].update(sha256="0" * 64))
    _, rows, _ = replayed(capsys, copy)
    assert (rows["file", "headline.csv"]["verdict"], rows["run", "base"]["verdict"]) == ("damaged", "differs")


def test_a_manifest_is_enough(copy: Path, at_once: None, capsys) -> None:
    for file in copy.iterdir():
        if file.name != "manifest.json":
            file.unlink()
    code, rows, _ = replayed(capsys, copy)
    assert code == 0 and rows["run", "base"]["verdict"] == "same"
    edit_manifest(copy, lambda manifest: manifest["digests"].update(inputs="0" * 64))
    edit_manifest(copy, lambda manifest: manifest["files"]["cash.csv"].update(sha256="0" * 64))
    code, rows, said = replayed(capsys, copy)
    assert (code, rows["file", "cash.csv"]["verdict"], rows["file", "cash.csv"]["difference"]) == (1, "differs", "")
    assert rows["input", "digest"]["was"] == "0" * 64 and "input digest" in said


def test_a_file_that_only_one_of_the_runs_has_differs(copy: Path, at_once: None, capsys) -> None:
    edit_manifest(copy, lambda manifest: manifest["files"].pop("survival.csv"))
    edit_manifest(copy, lambda manifest: manifest["files"].update({"gone.csv": {"sha256": "0" * 64, "rows": 1}}))
    code, rows, _ = replayed(capsys, copy)
    differing = {name for (_, name), row in rows.items() if row["verdict"] == "differs"}
    assert code == 1 and differing == {"survival.csv", "gone.csv", "base"}


# What cannot be replayed.

BAD: dict[str, tuple[Callable[[str], str], str]] = {
    "no JSON": (lambda text: text[:200], r"manifest\.json:\d+: got no valid YAML"),
    "a list": (lambda text: "[]", r"manifest\.json:1: got something else, expected a mapping"),
    "another version": (
        lambda text: text.replace('"schema_version": 1', '"schema_version": 99'),
        r"manifest\.json:2: schema_version: got 99, expected 1",
    ),
    "no version": (lambda text: "{}", r"manifest\.json:1: schema_version: got nothing, expected 1"),
    "no seed": (
        lambda text: text.replace('"seed"', '"sead"'),
        r"manifest\.json:1: seed: got nothing, expected a value",
    ),
    "no paths": (
        lambda text: text.replace('"paths": 40', '"paths": 0'),
        r"manifest\.json:\d+: paths: got 0, expected at least 1",
    ),
    "a file without digest": (
        lambda text: text.replace('"sha256"', '"sha"', 1),
        r"manifest\.json:\d+: files\.headline\.csv\.sha256: got nothing, expected a value",
    ),
    "a scenario that is gone": (
        lambda text: text.replace('"scenario": "base"', '"scenario": "gone"'),
        r"manifest\.json:\d+: scenario: got 'gone', .* expected --scenario FILE",
    ),
    "a scenario outside params": (
        lambda text: text.replace('"scenario": "base"', '"scenario": "../base"'),
        r"manifest\.json:\d+: scenario: got '\.\./base'",
    ),
}


@pytest.mark.parametrize(("change", "expected"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_a_manifest_that_cannot_be_used_is_one_line(copy: Path, capsys, change: Callable, expected: str) -> None:
    file = copy / "manifest.json"
    changed = change(file.read_text("utf-8"))
    assert changed != file.read_text("utf-8")
    file.write_text(changed, "utf-8")
    before = contents(copy)
    assert main(["--params", str(PARAMS), "replay", str(file)]) == 2
    out, said = capsys.readouterr()
    (line,) = said.strip().splitlines()
    assert out == "" and re.search(expected, line) and contents(copy) == before


def test_no_manifest_is_one_line(tmp_path: Path, capsys) -> None:
    assert main(["--params", str(PARAMS), "replay", str(tmp_path)]) == 2
    assert "got no such file" in capsys.readouterr().err


def test_the_run_replayed_is_not_written_over(copy: Path, capsys) -> None:
    before = contents(copy)
    words = ["--params", str(PARAMS), "replay", str(copy / "manifest.json"), "--out", str(copy)]
    assert main(words) == 2 and contents(copy) == before
    assert "expected another folder" in capsys.readouterr().err


def test_a_run_of_a_file_is_replayed_from_the_file(copy: Path, tmp_path: Path, at_once: None, capsys) -> None:
    edit_manifest(copy, lambda manifest: manifest.update(scenario="mine"))
    (tmp_path / "mine.yaml").write_text("title: T\nquestion: Q?\n", "utf-8")
    code, rows, _ = replayed(capsys, copy, "--scenario", tmp_path / "mine.yaml")
    assert code == 0 and rows["run", "mine"]["verdict"] == "same"


def test_an_identity_that_fails_in_a_replay_is_a_fault(copy: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(tables, "check", lambda _: [("books sum to nothing", 0.25)])
    assert main(["--params", str(PARAMS), "replay", str(copy / "manifest.json")]) == 1
    out, said = capsys.readouterr()
    assert out == "" and "books sum to nothing" in said
