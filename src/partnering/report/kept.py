"""Executed notebooks kept from one report to the next: one is executed again only when something it reads changed."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

FOLDER = ".executed"
KEY_LENGTH = 16
PARAMETERS = "parameters"


def parameters_of(source: Path) -> set[str]:
    """Return the parameters a notebook takes: what it reads follows from them. What is no notebook takes none."""
    try:
        cells = json.loads(source.read_text("utf-8"))["cells"]
        tagged = ["".join(cell["source"]) for cell in cells if PARAMETERS in cell["metadata"].get("tags", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()  # to execute it says what is wrong
    return set(re.findall(r"^(\w+) = ", "\n".join(tagged), re.MULTILINE))


def kept_notebook(reports: Path, page: str, source: Path, parameters: Mapping[str, str], read: Sequence[str]) -> Path:
    """Return where the executed notebook of a page is kept; there is one already if nothing it reads has changed.

    `read` are the keys of all it reads beyond its own cells and parameters: runs, answers, files, code.
    """
    made_of = [hashlib.sha256(source.read_bytes()).hexdigest(), json.dumps(dict(parameters), sort_keys=True), *read]
    key = hashlib.sha256("/".join(made_of).encode()).hexdigest()[:KEY_LENGTH]
    return reports / FOLDER / f"{Path(page).stem}-{key}.ipynb"


def keep(executed: Path, kept: Path) -> None:
    """Keep an executed notebook, whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}.partial")
    shutil.copyfile(executed, partial)
    os.replace(partial, kept)


def forget_others(reports: Path, kept: Collection[Path]) -> None:
    """Remove executed notebooks that are not among those kept."""
    for file in (reports / FOLDER).glob("*"):
        if file not in kept:
            file.unlink(missing_ok=True)
