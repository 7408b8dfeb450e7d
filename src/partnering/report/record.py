"""The model record as a page: its prose, which MODEL.md alone holds, and what can be read off the run and the code."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from partnering.report.style import PLAIN, Columns, Manifest, listed, lowered
from partnering.report.views import as_read
from partnering.results.digests import PACKAGE
from partnering.results.schema import describe_interface
from partnering.results.stored import Results

RECORD = PACKAGE / "MODEL.md"
TITLE = "The model record"
QUESTION = "What is computed, in which order, by which formulas and choices, and where is it weak?"
SHORT = 12  # characters of a digest


SYMBOLS: Columns = {
    "symbol": ("Symbol", None),
    "meaning": ("Meaning", None),
    "name": ("Input or function", None),
    "value": ("Here (5th to 95th percentile)", None),
    "unit": ("Unit", None),
}

Sections = dict[str, str]
"""Markdown of each section, its heading included, by the heading in lower case with - for spaces."""


def sections(file: Path = RECORD) -> Sections:
    """Return the sections of the model record in order; what stands above the first is not among them."""
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


def tabulate_run(manifest: Manifest) -> pd.DataFrame:
    """Return what this very run is about: question, parties, date, strategies."""
    parties = manifest["parties"]
    rows = [
        ("Question", manifest["question"]),
        ("Valuation date", manifest["valuation_date"]),
        *((f"The {role}" if role != "others" else "Others", name) for role, name in parties.items()),
        *((about["title"], about["meaning"]) for about in manifest["strategies"].values()),
    ]
    return pd.DataFrame(rows, columns=["What", "In this run"])


def say_run(manifest: Manifest) -> str:
    """Return the finding of the table of the run."""
    titles = [lowered(about["title"]) for about in manifest["strategies"].values()]
    return f"{len(titles)} strategies are held against each other: {listed(titles)}"


def tabulate_symbols(section: str, results: Results) -> pd.DataFrame:
    """Return symbols with their names; those of inputs with the label, value, range and unit they have in the run."""
    symbols = table_of(section).rename(columns=str.lower)
    inputs = as_read(results.table("inputs")).replace({"unit": PLAIN}).set_index("path")
    ranged = inputs["value"] + " (" + inputs["low"] + " to " + inputs["high"] + ")"
    told = inputs[["label", "unit"]].assign(value=inputs["value"].where(inputs["low"] == "", ranged))
    known = symbols.join(told, on="name").fillna("")
    both = known["label"] + np.where((known["label"] != "") & (known["meaning"] != ""), "; ", "") + known["meaning"]
    return known.assign(meaning=both)[list(SYMBOLS)]


def say_symbols(symbols: pd.DataFrame) -> str:
    """Return the finding of the table of symbols."""
    leaves = int((symbols["unit"] != "").sum())
    return f"{len(symbols)} symbols: {leaves} are inputs, the others are made by the function named"


def tabulate_files(manifest: Manifest) -> pd.DataFrame:
    """Return the files of a run: what each holds, its rows and the beginning of its digest."""
    files = pd.Series(describe_interface()["files"])
    made = pd.DataFrame.from_dict(manifest["files"], orient="index").reindex(files.index)
    rows, digests = made["rows"].astype("Int64"), made["sha256"].str[:SHORT].fillna("")
    return pd.DataFrame({"Holds": files, "Rows": rows, "Digest": digests}).rename_axis("File").reset_index()


def say_files(files: pd.DataFrame) -> str:
    """Return the finding of the table of files."""
    return f"A run writes {len(files)} files, and can be made again from the last of them: partnering replay"
