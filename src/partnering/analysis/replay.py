"""A run made again from its manifest: what came out the same, and what there is that could explain a difference."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs import InputError, Problem, Scenario, list_scenarios, load_scenario
from partnering.inputs.manifest import Manifest, load_manifest
from partnering.inputs.yamlfile import shown
from partnering.results.schema import DAMAGED, DIFFERS, REPLAYED, ROUNDED, SAME, SCHEMA_VERSION
from partnering.results.stored import Results, sha256_of
from partnering.results.tables import EXACT


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
    files = [_compare_file(name, recorded, fresh, beside / name, again.folder / name) for name in names]
    found = {DIFFERS if row.verdict == DAMAGED and row.was else row.verdict for row in files}
    worst = next((verdict for verdict in (DIFFERS, DAMAGED, ROUNDED) if verdict in found), SAME)
    largest = max((row.difference for row in files if row.difference is not None), default=None)
    rows = [*files, *_changes(recorded, fresh), Row("run", recorded.scenario, worst, largest)]
    return pd.DataFrame(rows, columns=list(REPLAYED))


def say_replay(table: pd.DataFrame) -> str:
    """Return in one sentence what a replay has found."""
    causes = table[~table["kind"].isin(["file", "run"])]
    named = ", ".join(f"{kind} {name}" for kind, name in zip(causes["kind"], causes["name"], strict=True))
    changed = f"changed since: {named}" if named else "no input, setting, code part, lock or platform has changed"
    verdict = table["verdict"].iloc[-1]
    if verdict == DAMAGED:
        return f"the run is reproduced, but a file beside the manifest is not what was written; {changed}"
    return f"the run {DIFFERS if verdict == DIFFERS else f'is the {verdict}'}; {changed}"


def is_same(table: pd.DataFrame) -> bool:
    """Return whether the run as a whole is the same, be it to rounding."""
    return table["verdict"].iloc[-1] in (SAME, ROUNDED)


def _compare_file(name: str, recorded: Manifest, fresh: Manifest, stored: Path, made: Path) -> Row:
    """Return what became of a file: by its bytes, and by its numbers where the one recorded is there and whole."""
    was, now = (manifest.files[name].sha256 if name in manifest.files else "" for manifest in (recorded, fresh))
    if was and now and stored.is_file() and sha256_of(stored) != was:
        return Row("file", name, DAMAGED, None, *((was, now) if was != now else ("", "")))
    if was == now:
        return Row("file", name, SAME, 0.0)
    difference = _difference(stored, made) if was and now and stored.is_file() else None
    rounded = difference is not None and difference <= EXACT
    return Row("file", name, ROUNDED if rounded else DIFFERS, difference, was, now)


def _difference(one: Path, other: Path) -> float | None:
    """Return the largest relative difference of two tables or archives; None where shape or text differ."""
    was, now = _arrays(one), _arrays(other)
    if [(name, a.shape, a.dtype) for name, a in was.items()] != [(name, a.shape, a.dtype) for name, a in now.items()]:
        return None
    found = max((relative_difference(was[name], now[name]) for name in was), default=0.0)
    return found if np.isfinite(found) else None


def _arrays(file: Path) -> dict[str, NDArray]:
    if file.suffix == ".npz":
        with np.load(file) as stored:
            return dict(stored)
    return {str(name): column.to_numpy(object) for name, column in pd.read_csv(file, dtype=str).fillna("").items()}


def relative_difference(one: NDArray, other: NDArray) -> float:
    """Return the largest |a - b| / max(|a|, |b|) of two arrays of one shape; inf where only one is a number.

    What is no larger than the tolerance of the identities is left over from rounding, and equal to nothing; so is a
    difference in the last place of numbers kept in single precision.
    """
    moved = (one != other) & ~((one != one) & (other != other))
    a, b = (np.asarray(pd.to_numeric(values[moved], errors="coerce"), dtype=float) for values in (one, other))
    size = np.maximum(np.abs(a), np.abs(b))
    with np.errstate(invalid="ignore"):  # where one is no number or has no end
        share = np.abs(a - b) / size
    least = np.finfo(one.dtype).eps if one.dtype == np.float32 else 0.0
    share[(size <= EXACT) | (share <= least)] = 0.0
    return float(np.nan_to_num(share, nan=np.inf).max(initial=0.0))


def _changes(recorded: Manifest, fresh: Manifest) -> Iterator[Row]:
    """Yield what decides the bytes of a run and is not what it was; nothing there is empty."""
    was, now = (_makers(made, bool(recorded.digests.parts)) for made in (recorded, fresh))
    for key in dict.fromkeys([*was, *now]):
        if was.get(key, "") != now.get(key, ""):
            yield Row(*key, DIFFERS, None, was.get(key, ""), now.get(key, ""))


def _makers(made: Manifest, parts: bool) -> dict[tuple[str, str], str]:
    """Return what decides the bytes of a run by kind and name; the code in parts, where the run recorded knew them."""
    groups = {
        "input": {"digest": made.digests.inputs},
        "setting": {"seed": str(made.seed), "paths": str(made.paths), "block": str(made.block)},
        "code": made.digests.parts if parts else {"model": made.digests.model},
        "lock": {"requirements.lock": made.digests.lock},
        "platform": made.platform,
    }
    return {(kind, name): value for kind, group in groups.items() for name, value in group.items()}
