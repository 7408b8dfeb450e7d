"""What made a result: digests of inputs, model, report and lock, and the platform."""

import hashlib
import platform
from collections.abc import Collection, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
MODEL_PARTS = ("clock.py", "inputs", "model", "results")
"""Parts of the package that can move a number; a change elsewhere only re-renders."""

INQUIRY_PARTS = ("analysis",)
"""What a run is asked beyond its values: a change asks again and simulates nothing anew."""

REPORT_PARTS = ("report", "MODEL.md")
"""What shows numbers, and the model record that a page shows."""

RENDERING = {
    *("errors.py", "footnotes.py", "glossary.py", "kept.py", "pipeline.py", "publish.py", "renew.py", "staging.py"),
    *("stage_table.py", "workbook.py"),
    *("conf.json", "index.html.j2", "style.css", "paper.css", "print.css"),
    *("charts.js", "panel.js", "menu.js"),
}
"""Files of `report` that no notebook reads: a change renders pages again and executes none."""


def digest_files(files: Iterable[Path], root: Path) -> str:
    """Return sha256 over names and contents of files."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(root).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def _digest_code(parts: Iterable[str], without: Collection[str] = ()) -> str:
    files = [f for f in PACKAGE.rglob("*") if f.is_file() and "__pycache__" not in f.parts and f.name not in without]
    return digest_files((f for f in files if f.relative_to(PACKAGE).parts[0] in parts), PACKAGE)


@cache
def model_digest() -> str:
    """Return the digest of all code that can move a number."""
    return _digest_code(MODEL_PARTS)


@cache
def part_digests(parts: tuple[str, ...] = MODEL_PARTS) -> dict[str, str]:
    """Return the digest of each part of the code, by its name without a suffix."""
    return {part.removesuffix(".py"): _digest_code([part]) for part in parts}


@cache
def inquiry_digest() -> str:
    """Return the digest of all code that asks a run."""
    return _digest_code(INQUIRY_PARTS)


def showing_digest() -> str:
    """Return the digest of all that notebooks read of the code that asks and shows, and of the model record."""
    return hashlib.sha256((inquiry_digest() + _digest_code(REPORT_PARTS, RENDERING)).encode()).hexdigest()


def report_digest(project: Path) -> str:
    """Return the digest of everything that shows numbers: code, template, notebooks, model record."""
    notebooks = digest_files((project / "notebooks").glob("*.ipynb"), project)
    return hashlib.sha256((inquiry_digest() + _digest_code(REPORT_PARTS) + notebooks).encode()).hexdigest()


def lock_digest(project: Path) -> str:
    """Return the digest of the lock file, empty where there is none."""
    lock = project / "requirements.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else ""


def describe_platform() -> dict[str, str]:
    """Return the versions that decide whether two runs give the same bytes."""
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "machine": platform.machine(),
    }
