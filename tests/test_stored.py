"""What is stored is what was written: whatever has been done to it since, the number that is read is right."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import PARAMS

from partnering.results import access, simulate
from partnering.results.place import Place
from partnering.results.stored import Damaged, Results, load_run

PATHS = 64


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A stored run, not to be changed."""
    return access.results("base", Place(PARAMS.parent, tmp_path_factory.mktemp("reports"), PATHS))


@pytest.fixture
def place(original: Results, tmp_path: Path) -> Place:
    """A place with the same run, which a test may spoil."""
    shutil.copytree(original.folder.parent, tmp_path / ".runs")
    return Place(PARAMS.parent, tmp_path, PATHS)


def folder_of(place: Place) -> Path:
    (folder,) = place.runs.iterdir()
    return folder


def value(run: Results) -> float:
    table = run.table("headline").query("view == 'financed' and metric == 'npv_mean'")
    return float(table["value"].iloc[0])


def tamper(folder: Path) -> None:
    """One number of the headline is another."""
    text = (folder / "headline.csv").read_text("utf-8")
    place = text.index(",financed,npv_mean,") + len(",financed,npv_mean,")
    (folder / "headline.csv").write_text(f"{text[:place]}1000.0{text[text.index(',', place) :]}", "utf-8")


def own_up(folder: Path) -> None:
    """One number is another, and the manifest has the digest of that."""
    import hashlib

    tamper(folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"]["headline.csv"]["sha256"] = hashlib.sha256((folder / "headline.csv").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def truncate(folder: Path) -> None:
    content = (folder / "paths.npz").read_bytes()
    (folder / "paths.npz").write_bytes(content[: len(content) // 2])


def lose_bit(folder: Path) -> None:
    content = bytearray((folder / "paths.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "paths.npz").write_bytes(content)


def say(text: str | bytes) -> Callable[[Path], object]:
    """The manifest says something else."""
    content = text.encode() if isinstance(text, str) else text
    return lambda folder: (folder / "manifest.json").write_bytes(content)


def edit(**changed: object) -> Callable[[Path], object]:
    """The manifest says something else of the run."""

    def change(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        (folder / "manifest.json").write_text(json.dumps(manifest | changed), "utf-8")

    return change


FAULTS: dict[str, Callable[[Path], object]] = {
    "a number of the headline": tamper,
    "a number, and its digest with it": own_up,
    "arrays cut off": truncate,
    "a bit of the arrays": lose_bit,
    "a table that is gone": lambda folder: (folder / "lines.csv").unlink(),
    "an empty table": lambda folder: (folder / "cash.csv").write_text(""),
    "a manifest that is no JSON": say("{"),
    "no text": say(b"\xff\xfe\x00"),
    "an empty manifest": say(""),
    "a manifest that is a list": say("[]"),
    "a manifest of nothing": say("{}"),
    "a manifest that is a number": say("1"),
    "files that are a list": edit(files=[]),
    "no files to be held against": edit(files={}),
    "digests that are a list": edit(digests=[]),
    "another title": edit(title="Another"),
}


@pytest.mark.parametrize("spoil", [pytest.param(fault, id=name) for name, fault in FAULTS.items()])
def test_what_is_damaged_is_made_again_in_one_line(
    spoil: Callable[[Path], object], original: Results, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(place)
    spoil(folder)
    with pytest.raises(Damaged):
        load_run(folder, PARAMS.parent)
    again = access.results("base", place)
    out, said = capsys.readouterr()
    assert (out, said) == ("", f"partnering: the stored run {folder.name} is damaged; simulating again\n")
    assert value(again) == value(original) and again.manifest == original.manifest
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in original.folder.iterdir()
    }


def test_what_was_not_finished_is_made_in_silence(
    original: Results, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder_of(place) / "manifest.json").unlink()
    assert value(access.results("base", place)) == value(original)
    assert capsys.readouterr() == ("", "")


def test_what_is_sound_is_not_made_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "simulate", None)
    assert access.results("base", place).manifest["paths"] == PATHS


def test_the_report_code_of_today_is_told_and_moves_no_number(
    place: Place, original: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partnering.results.stored.report_digest", lambda project: "f" * 64)
    for _ in range(2):  # as it was, then as it was written
        run = load_run(folder_of(place), PARAMS.parent)
        assert run.manifest["digests"]["report"] == "f" * 64 and value(run) == value(original)
    assert run.manifest["sha256"] == original.manifest["sha256"]


def test_single_precision_is_reckoned_with_in_double(original: Results) -> None:
    names = [name for name in original.paths if name.startswith(("npv.", "theta.", "company."))]
    assert names and {original.paths[name].dtype.name for name in names} == {"float64"}
    assert all(len(original.paths[name]) == PATHS for name in names)
