"""How long a report of six scenarios takes, cold and after every kind of change: `make bench`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import describe_machine
from project import ROOT

SCENARIOS = ("base", "market_strong", "market_weak", "royalty_high", "platform_strong", "cash_little")
OTHER_SCENARIO, OTHER_VALUE = "cash_little", ("value: 40", "value: 42")


def main() -> None:
    """Print the machine, then one line per measurement."""
    print(describe_machine())
    with tempfile.TemporaryDirectory() as folder:
        project = copy_code(Path(folder, "project"))
        sentences = project / "src/partnering/report/sentences.py"
        style, scenario = project / "src/partnering/report/template/style.css", project / "params/scenarios"
        steps: dict[str, Callable[[], object]] = {
            "cold: nothing stored": lambda: None,
            "nothing changed": lambda: None,
            "every page executed again from stored runs": lambda: forget_pages(project),
            "one sentence changed": lambda: append(sentences, "# another sentence\n"),
            "the style sheet changed": lambda: append(style, "\n"),
            "one scenario changed": lambda: edit(scenario / f"{OTHER_SCENARIO}.yaml", *OTHER_VALUE),
            "nothing changed, once more": lambda: None,
        }
        for what, change in steps.items():
            change()
            taken, simulated = time_report(project)
            print(f"{what:<44} {taken:>8.2f} s {simulated:>4} runs simulated", flush=True)


def copy_code(project: Path) -> Path:
    """Return a copy of the project with six scenarios and no other deal, its code its own."""
    for folder in ("src", "notebooks", "params"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", project)
    for file in [*project.glob("params/scenarios/*.yaml"), *project.glob("params/deals/*.yaml")]:
        if file.stem not in SCENARIOS:
            file.unlink()
    return project


def forget_pages(project: Path) -> None:
    """Forget every executed notebook, and that the report is there."""
    shutil.rmtree(project / "reports/.executed")
    (project / "reports/.published.json").unlink()


def append(file: Path, text: str) -> None:
    """Add a line to a file."""
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that a file has once."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{file.name} has {old!r} {text.count(old)} times"
    file.write_text(text.replace(old, new), "utf-8")


def time_report(project: Path) -> tuple[float, int]:
    """Return the seconds of a report, and how many runs it simulated."""
    runs, command = project / "reports/.runs", [sys.executable, "-m", "partnering", "report"]
    before = {file: file.stat().st_mtime_ns for file in runs.glob("*/paths.npz")}
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    taken = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(done.stderr)
    return taken, sum(before.get(file) != file.stat().st_mtime_ns for file in runs.glob("*/paths.npz"))


if __name__ == "__main__":
    main()
