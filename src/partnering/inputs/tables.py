"""Every leaf of a scenario as a table: the file `inputs.csv` and the command `inputs`."""

import json
from typing import Any

import pandas as pd

from partnering.inputs.ranges import implied_mean
from partnering.inputs.scenario import COLUMNS, Leaf, Scenario


def tabulate_inputs(scenario: Scenario) -> pd.DataFrame:
    """One row per leaf in order, all text: shortest round-trip numbers, lists as JSON, empty where not applicable."""
    return pd.DataFrame([_row(leaf) for leaf in scenario.leaves.values()], columns=list(COLUMNS), dtype=str)


def _row(leaf: Leaf) -> list[str]:
    return [_text(implied_mean(leaf) if name == "implied_mean" else getattr(leaf, name)) for name in COLUMNS]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
