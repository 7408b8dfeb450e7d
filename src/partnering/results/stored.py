"""A stored run as it is read back: nothing here needs the model, so a page's kernel starts without it."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.results.digests import describe_platform, lock_digest, model_digest, report_digest
from partnering.results.schema import COLUMNS

DRAWN = "theta."
"""Before the path of a leaf, in the name of its draws."""

SEAL = "sha256"
"""The key of a manifest's own digest: of all the rest, but for the digest of the report code."""


class Damaged(Exception):
    """What is stored is not what was written."""


@dataclass(frozen=True)
class Results:
    """A stored run: its manifest and tables as read from disk."""

    folder: Path
    manifest: dict[str, Any]
    _read: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of the run: headline, lines, cash, counts, inputs or checks."""
        if name not in self._read:
            text = dict.fromkeys(COLUMNS["inputs"], str) if name == "inputs" else None
            table = pd.read_csv(self.folder / f"{name}.csv", dtype=text, keep_default_na=name != "inputs")
            self._read[name] = table
        return self._read[name].copy(deep=False)  # copied on write

    @cached_property
    def paths(self) -> "PathArrays":
        """The per-path arrays of the run."""
        return PathArrays(self.folder / "paths.npz")

    def draws(self) -> dict[str, NDArray]:
        """Return the draws of what is not known, (path,), by the path of their leaf."""
        named = (name for name in self.paths if name.startswith(DRAWN))
        return {name.removeprefix(DRAWN): self.paths[name] for name in named}


class PathArrays(Mapping[str, NDArray]):
    """Arrays of a file by name, each read when it is asked for: most pages need a few of some hundred.

    What is stored in single precision is reckoned with in double.
    """

    def __init__(self, file: Path) -> None:
        self._file = np.load(file)
        self._read: dict[str, NDArray] = {}

    def __getitem__(self, name: str) -> NDArray:
        if name not in self._read:
            array = self._file[name]
            self._read[name] = array.astype(float) if array.dtype == np.float32 else array
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.files)

    def __len__(self) -> int:
        return len(self._file.files)


def run_key(scenario: Scenario, project: Path, *size: int) -> str:
    """Return the digest of everything a run depends on; its size is seed and paths."""
    platform = json.dumps(describe_platform(), sort_keys=True)
    made_of = [scenario.digest, scenario.text_digest, model_digest(), lock_digest(project), platform]
    return hashlib.sha256("/".join([*made_of, *map(str, size)]).encode()).hexdigest()


def sha256_of(file: Path) -> str:
    """Return the digest of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_manifest(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write a manifest, sealed, whole or not at all; returns what was written."""
    sealed = manifest | {SEAL: _seal(manifest)}
    partial = folder / ".manifest.json"
    partial.write_text(json.dumps(sealed, indent=1, ensure_ascii=False) + "\n", "utf-8")
    os.replace(partial, folder / "manifest.json")
    return sealed


def _seal(manifest: dict[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != SEAL}
    rest["digests"] = {name: digest for name, digest in manifest["digests"].items() if name != "report"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def load_run(folder: Path, project: Path) -> Results:
    """Return a stored run, its manifest naming the report code of today, which moves no number.

    Raises FileNotFoundError if it is not there or was not finished, Damaged if a file is not what was written.
    """
    manifest = _read_manifest(folder / "manifest.json")
    if any(not _holds(folder / name, record["sha256"]) for name, record in manifest["files"].items()):
        raise Damaged(folder.name)
    if manifest["digests"]["report"] != report_digest(project):
        manifest["digests"]["report"] = report_digest(project)
        write_manifest(manifest, folder)
    return Results(folder, manifest)


def _read_manifest(file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    try:
        manifest: dict[str, Any] = json.loads(content)
        if manifest[SEAL] == _seal(manifest):
            return manifest
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    raise Damaged(file.parent.name)


def _holds(file: Path, sha256: str) -> bool:
    return file.is_file() and sha256_of(file) == sha256
