"""A project of its own for tests of the report: params and notebooks copied, few paths, a report made of them."""

import shutil
from pathlib import Path

from partnering.report.pipeline import make_report
from partnering.results.access import Place

ROOT = Path(__file__).parents[1]
PATHS = 300


def copy_project(folder: Path, *scenarios: str) -> Path:
    """A copy of params (only these scenarios, if named) and notebooks, with few paths and a lock file."""
    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "requirements.lock", folder)
    for file in (folder / "params" / "scenarios").glob("*.yaml"):
        if scenarios and file.stem not in scenarios:
            file.unlink()
    run = folder / "params" / "run.yaml"
    text = run.read_text("utf-8").splitlines()
    run.write_text("\n".join(f"paths: {PATHS}" if line.startswith("paths:") else line for line in text), "utf-8")
    return folder


def report(
    project: Path, reports: Path | None = None, names: tuple[str, ...] = (), paths: int | None = None
) -> list[str]:
    """Make the report of a project; return what was said."""
    said: list[str] = []
    make_report(names, paths, Place(project, reports or project / "reports"), said.append)
    return said


def published(reports: Path) -> dict[str, bytes]:
    """Every published file by name, without stored runs and what the pipeline keeps for itself."""
    files = (file for file in reports.rglob("*") if file.is_file())
    named = {file.relative_to(reports).as_posix(): file for file in files}
    return {name: file.read_bytes() for name, file in sorted(named.items()) if not name.startswith(".")}
