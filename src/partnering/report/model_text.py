"""The text of MODEL.md in sections, and its symbols with the values they have in a run."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from partnering.report.style import PLAIN
from partnering.report.views import as_read
from partnering.results.digests import PACKAGE
from partnering.results.stored import Results

TEXT = PACKAGE / "MODEL.md"

Sections = dict[str, str]
"""Markdown of each section, its heading included, by the heading in lower case with - for spaces."""


def sections(file: Path = TEXT) -> Sections:
    """Return the sections of MODEL.md in order; what stands above the first is not among them."""
    parts = re.split(r"^## ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {_slug(part.partition("\n")[0]): f"## {part}" for part in parts}


def _slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def without_table(section: str) -> str:
    """Return a section without the lines of its table, which is shown in another way."""
    return "\n".join(line for line in section.splitlines() if not line.startswith("|"))


def table_of(section: str) -> pd.DataFrame:
    """Return the one table of a section, its cells without backticks."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return pd.DataFrame(rows[2:], columns=rows[0])


def tabulate_symbols(section: str, results: Results) -> pd.DataFrame:
    """Return symbols with their names; those of inputs with the label, value (low to high) and unit they have here."""
    symbols = table_of(section).rename(columns=str.lower)
    inputs = as_read(results.table("inputs")).replace({"unit": PLAIN}).set_index("path")
    ranged = inputs["value"] + " (" + inputs["low"] + " to " + inputs["high"] + ")"
    told = inputs[["label", "unit"]].assign(value=inputs["value"].where(inputs["low"] == "", ranged))
    known = symbols.join(told, on="name").fillna("")
    both = known["label"] + np.where((known["label"] != "") & (known["meaning"] != ""), "; ", "") + known["meaning"]
    headers = {"symbol": "Symbol", "meaning": "Meaning", "name": "Input or function", "value": "Here", "unit": "Unit"}
    return known.assign(meaning=both)[list(headers)].rename(columns=headers)
