"""A run made again from its manifest: what came out the same, and what there is that could explain a difference."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs import InputError, Problem, Scenario, list_scenarios, load_scenario
from partnering.inputs.manifest import Manifest, load_manifest
from partnering.inputs.yamlfile import shown
from partnering.results.schema import DAMAGED, DIFFERS, NOT_COMPARED, REPLAYED, ROUNDED, SAME, SCHEMA_VERSION
from partnering.results.stored import Results, sha256_of
from partnering.results.tables import EXACT

INPUTS = "inputs.csv"
SETTINGS = ("seed", "paths", "block")


class Row(NamedTuple):
    """What was held against what: a file, an input, a setting, a part of the code, lock, platform, the whole run."""

    kind: str
    name: str
    verdict: str
    difference: float | None = None  # largest relative, where numbers could be compared
    was: str = ""
    now: str = ""


def read_recorded(file: Path, params: Path, chosen: str | None = None) -> tuple[Manifest, Scenario]:
    """Return a manifest and the scenario it names, or the one chosen. Raises InputError."""
    recorded, known = load_manifest(file, SCHEMA_VERSION), [*list_scenarios(params), *list_scenarios(params, "deals")]
    name = chosen or recorded.scenario
    if chosen is None and name not in known:
        text = f"got {name!r}, of which there is no file in params, expected --scenario FILE or a file of that name"
        raise InputError([Problem(shown(file), 1, "scenario", text)])
    return recorded, load_scenario(name, params)


def compare_runs(recorded: Manifest, beside: Path, again: Results) -> pd.DataFrame:
    """Return the table of a replay, the verdict on the whole run last.

    Args:
        recorded: the manifest of the run.
        beside: the folder it lies in, where files may be missing or damaged.
        again: the run made again.
    """
    fresh = Manifest.model_validate(again.manifest)
    names = dict.fromkeys([*recorded.files, *fresh.files])
    files = [_compare_file(name, recorded, fresh, beside, again.folder) for name in names]
    causes = [*_changed_inputs(recorded, fresh, beside, again.folder), *_changed_makers(recorded, fresh)]
    rows = [*files, *causes, _whole(recorded.scenario, files)]
    return pd.DataFrame(rows, columns=list(REPLAYED))


def say_replay(table: pd.DataFrame) -> str:
    """Return in one sentence what a replay has found."""
    verdict = table["verdict"].iloc[-1]
    causes = table[~table["kind"].isin(["file", "run"]) & (table["verdict"] == DIFFERS)]
    named = ", ".join(f"{kind} {name}" for kind, name in zip(causes["kind"], causes["name"], strict=True))
    changed = f"changed since: {named}" if named else "no input, setting, code part, lock or platform has changed"
    if verdict == DAMAGED:
        return f"the run is reproduced, but a file beside the manifest is not what was written; {changed}"
    if verdict != DIFFERS:
        return f"the run is the {verdict}; {changed}"
    return (
        f"the run differs; {changed}" if named else f"the run differs, though {changed}: its bytes should be the same"
    )


def is_same(table: pd.DataFrame) -> bool:
    """Return whether the run as a whole is the same, be it to rounding."""
    return table["verdict"].iloc[-1] in (SAME, ROUNDED)


def _compare_file(name: str, recorded: Manifest, fresh: Manifest, beside: Path, folder: Path) -> Row:
    """Return what became of a file: by its bytes, and by its numbers where the one recorded is there and whole."""
    was, now = (made.files[name].sha256 if name in made.files else "" for made in (recorded, fresh))
    digests = (was, now) if was != now else ("", "")
    if not was or not now:
        return Row("file", name, DIFFERS, None, *digests)
    there = (beside / name).is_file()
    if there and sha256_of(beside / name) != was:
        return Row("file", name, DAMAGED, None, *digests)
    if was == now:
        return Row("file", name, SAME, 0.0)
    difference = _difference(beside / name, folder / name) if there else None
    rounded = difference is not None and difference <= EXACT
    return Row("file", name, ROUNDED if rounded else DIFFERS, difference, *digests)


def _whole(scenario: str, files: list[Row]) -> Row:
    """Return the verdict on the run: it differs where the bytes of a file do, stored one damaged or not."""
    found = {DIFFERS if row.verdict == DAMAGED and row.was else row.verdict for row in files}
    worst = next((verdict for verdict in (DIFFERS, DAMAGED, ROUNDED) if verdict in found), SAME)
    measured = [row.difference for row in files if row.difference is not None]
    return Row("run", scenario, worst, max(measured, default=None))


def _difference(one: Path, other: Path) -> float | None:
    """Return the largest relative difference of two tables or archives; None where shape or text differ."""
    found = max((_array_differences if one.suffix == ".npz" else _column_differences)(one, other), default=0.0)
    return found if np.isfinite(found) else None


def _array_differences(one: Path, other: Path) -> Iterator[float]:
    with np.load(one) as was, np.load(other) as now:
        yield 0.0 if was.files == now.files else np.inf
        for name in set(was.files) & set(now.files):
            a, b = was[name], now[name]
            yield relative_difference(a, b) if (a.shape, a.dtype) == (b.shape, b.dtype) else np.inf


def _column_differences(one: Path, other: Path) -> Iterator[float]:
    was, now = _read_text(one), _read_text(other)
    if list(was) != list(now) or len(was) != len(now):
        yield np.inf
        return
    for column in was:
        moved = was[column] != now[column]
        a, b = (pd.to_numeric(table.loc[moved, column], errors="coerce").to_numpy(float) for table in (was, now))
        yield np.inf if np.isnan(a).any() or np.isnan(b).any() else relative_difference(a, b)


def _read_text(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def relative_difference(one: NDArray, other: NDArray) -> float:
    """Return the largest |a - b| / max(|a|, |b|) of two arrays of one shape; inf where only one is a number.

    What is no larger than the tolerance of the identities is left over from rounding, and equal to nothing; so is a
    difference in the last place of numbers kept in single precision.
    """
    moved = (one != other) & ~((one != one) & (other != other))
    a, b = one[moved].astype(float), other[moved].astype(float)
    size = np.maximum(np.abs(a), np.abs(b))
    with np.errstate(invalid="ignore"):  # where one is no number or has no end
        share = np.abs(a - b) / size
    least = np.finfo(one.dtype).eps if one.dtype == np.float32 else 0.0
    share[(size <= EXACT) | (share <= least)] = 0.0
    return float(np.nan_to_num(share, nan=np.inf).max(initial=0.0))


def _changed_inputs(recorded: Manifest, fresh: Manifest, beside: Path, folder: Path) -> Iterator[Row]:
    """Yield every field of an input that is not what it was, or that inputs could not be compared one by one."""
    stored, digests = beside / INPUTS, (recorded.digests.inputs, fresh.digests.inputs)
    record = recorded.files.get(INPUTS)
    if record is None or not stored.is_file() or sha256_of(stored) != record.sha256:
        yield Row("input", INPUTS, NOT_COMPARED)
        yield from [Row("input", "digest", DIFFERS, None, *digests)] if digests[0] != digests[1] else []
        return
    was, now = (_read_text(file).set_index("path").T.to_dict() for file in (stored, folder / INPUTS))
    for path in dict.fromkeys([*was, *now]):
        for field, one, other in _moved(was.get(path, {}), now.get(path, {})):
            yield Row("input", path if field == "value" else f"{path} [{field}]", DIFFERS, None, one, other)


def _changed_makers(recorded: Manifest, fresh: Manifest) -> Iterator[Row]:
    """Yield what else decides the bytes of a run and is not what it was."""
    settings = [{name: str(getattr(made, name)) for name in SETTINGS} for made in (recorded, fresh)]
    code = [
        made.digests.parts if recorded.digests.parts else {"model": made.digests.model} for made in (recorded, fresh)
    ]
    lock = [{"requirements.lock": made.digests.lock} for made in (recorded, fresh)]
    groups = {"setting": settings, "code": code, "lock": lock, "platform": [recorded.platform, fresh.platform]}
    for kind, pair in groups.items():
        yield from (Row(kind, name, DIFFERS, None, *values) for name, *values in _moved(*pair))


def _moved(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield name, old and new value of what differs; nothing there is empty."""
    for name in dict.fromkeys([*was, *now]):
        if was.get(name, "") != now.get(name, ""):
            yield name, was.get(name, ""), now.get(name, "")
