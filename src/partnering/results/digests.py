"""What made a result: digests of inputs, model, report and lock, and the platform."""

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import scipy

PACKAGE = Path(__file__).resolve().parents[1]
MODEL_PARTS = ("clock.py", "inputs", "world", "course", "deal", "value", "results")
"""Parts of the package that can move a number; a change elsewhere only re-renders."""

REPORT_PARTS = ("report",)


def digest_files(files: Iterable[Path], root: Path) -> str:
    """Return sha256 over names and contents of files."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(root).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def _sources(parts: Iterable[str], root: Path) -> list[Path]:
    found = [root / part for part in parts]
    inside = [f for part in found if part.is_dir() for f in part.rglob("*") if "__pycache__" not in f.parts]
    return [f for f in (*found, *inside) if f.is_file()]


@cache
def model_digest() -> str:
    """Return the digest of all code that can move a number."""
    return digest_files(_sources(MODEL_PARTS, PACKAGE), PACKAGE)


def report_digest(project: Path) -> str:
    """Return the digest of everything that shows numbers: report code, template, notebooks."""
    notebooks = sorted((project / "notebooks").glob("*.ipynb"))
    code = digest_files(_sources(REPORT_PARTS, PACKAGE), PACKAGE)
    return hashlib.sha256((code + digest_files(notebooks, project)).encode()).hexdigest()


def lock_digest(project: Path) -> str:
    """Return the digest of the lock file, empty where there is none."""
    lock = project / "requirements.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else ""


def describe_platform() -> dict[str, str]:
    """Return the versions that decide whether two runs give the same bytes."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "machine": platform.machine(),
    }
