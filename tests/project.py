"""A project of its own for tests of the report: params and notebooks copied, few paths, a report made of them."""

import re
import shutil
from pathlib import Path

from edits import forget_alternatives

from partnering.report.renew import make_report
from partnering.results.place import Place

ROOT = Path(__file__).parents[1]
PATHS = 300
DEALS = ("second_platform",)
FEW = {"paths": 8, "inside": 1, "step_paths": 8, "term_sheets": 2, "held_out": 1}
"""Numbers of params/analysis.yaml with which a report takes no longer than it must."""
RANGED = ("discount_rate", "other_burn_musd", "alliance_odds", "target_multiplier", "raise_gap_years", "probability")
"""Of the inputs that a run takes as fixed and params/analysis.yaml does not name, those that keep their range."""


def copy_project(folder: Path, *scenarios: str) -> Path:
    """A copy of params (only these scenarios, if named, and one deal) and notebooks, with few paths and a lock file."""
    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "requirements.lock", folder)
    for file in (folder / "params" / "scenarios").glob("*.yaml"):
        if scenarios and file.stem not in scenarios:
            file.unlink()
    forget_alternatives(folder / "params")
    for file in (folder / "params" / "deals").glob("*.yaml"):
        if file.stem not in DEALS:
            file.unlink()
    set_numbers(folder / "params" / "run.yaml", {"paths": PATHS})
    set_numbers(folder / "params" / "analysis.yaml", FEW)
    forget_ranges(folder / "params")
    return folder


def forget_ranges(params: Path) -> None:
    """Take the range from most inputs that a run takes as fixed: each is two questions to the model."""
    asked = (params / "analysis.yaml").read_text("utf-8")
    lines = (params / "base.yaml").read_text("utf-8").splitlines(keepends=True)
    for place, line in enumerate(lines):
        name = line.strip().partition(":")[0]
        if "drawn: false" in line and name not in RANGED and f".{name}" not in asked:
            lines[place] = re.sub(r"low: \S+, high: \S+, drawn: false, ", "", line)
    (params / "base.yaml").write_text("".join(lines), "utf-8")


def set_numbers(file: Path, numbers: dict[str, int]) -> None:
    """Set numbers that stand at the beginning of a line of a YAML file."""
    lines = file.read_text("utf-8").splitlines()
    for name, number in numbers.items():
        (place,) = (place for place, line in enumerate(lines) if line.startswith(f"{name}:"))
        lines[place] = f"{name}: {number}"
    file.write_text("\n".join(lines) + "\n", "utf-8")


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
