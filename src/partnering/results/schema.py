"""The machine interface, from the one list of it there is: `interface.json` beside this file."""

import json
from pathlib import Path
from typing import Any

from partnering.inputs import scenario

_TOLD: dict[str, Any] = json.loads(Path(__file__).with_name("interface.json").read_text("utf-8"))

SCHEMA_VERSION: int = _TOLD["schema_version"]
VIEWS = PRETAX, PLANNED, FINANCED = tuple(_TOLD["views"])
"""The programme planned and before tax; the whole company after tax, with all the money it could want; as financed."""

VIEW = FINANCED
"""The view whose values lead."""

READINGS = ("approved", "returning", "paying")
"""Products that provide a return, read three ways; the second is the letter's claim."""

FAMILIES = ("alone", "give_up")
"""Families of strategies of which the best is a rival of signing."""

PERCENTILES = (5, 25, 50, 75, 95)

ALL = "all"
"""Origin and modality of the counts of the programme as a whole: every origin but common and technology."""

COLUMNS: dict[str, list[str]] = _TOLD["columns"] | {"inputs": list(scenario.COLUMNS)}
"""Columns of every table of a run."""

VERDICTS: dict[str, str] = _TOLD["replay"]["verdicts"]
SAME, ROUNDED, DIFFERS, DAMAGED = VERDICTS

REPLAYED: dict[str, str] = _TOLD["replay"]["columns"]
"""Columns of what a replay prints: every file, then all that has changed and could explain a difference."""

SWEPT: dict[str, str] = _TOLD["sweep"]["columns"] | dict.fromkeys(
    COLUMNS["headline"], "as in headline.csv of a run of it"
)
"""Columns of `sweep.csv`."""


def describe_interface() -> dict[str, Any]:
    """Return the whole machine interface: commands, exit codes, files, columns, metrics, units, digests and more."""
    columns = {f"{name}.csv": named for name, named in COLUMNS.items()}
    return _TOLD | {"columns": columns, "sweep": {"columns": SWEPT}}
