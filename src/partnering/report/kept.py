"""Executed notebooks kept from one report to the next: one is executed again only when something it reads changed.

The name of each ends with the digest of its content: one that is damaged counts as none, and is executed again.
"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from partnering.report.staging import digest

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


def key_of(source: Path, parameters: dict[str, str], read: Sequence[str]) -> str:
    """Return the digest of all a page is made of: cells, parameters, and `read`, the keys of runs, files and code."""
    made_of = [digest(source), json.dumps(parameters, sort_keys=True), *read]
    return hashlib.sha256("/".join(made_of).encode()).hexdigest()


def find_kept(folder: Path, page: str, key: str) -> Path | None:
    """Return the executed notebook of a page that was kept under a key, as it was written; None if there is none."""
    for file in folder.glob("*.ipynb"):
        if file == _name(folder, page, key, digest(file)):
            return file
    return None


def keep(executed: Path, folder: Path, page: str, key: str) -> Path:
    """Move an executed notebook to where it is kept, on the same disk; return where."""
    folder.mkdir(exist_ok=True)
    kept = _name(folder, page, key, digest(executed))
    os.replace(executed, kept)
    return kept


def forget_others(folder: Path, kept: Collection[Path]) -> None:
    """Remove executed notebooks that are not among those kept."""
    for file in folder.glob("*"):
        if file not in kept:
            file.unlink(missing_ok=True)


def _name(folder: Path, page: str, key: str, content: str) -> Path:
    return folder / f"{Path(page).stem}-{key[:KEY_LENGTH]}-{content[:KEY_LENGTH]}.ipynb"
