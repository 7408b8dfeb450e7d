"""A small report to do harm to, and its command in a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from project import ROOT, copy_project, published, set_numbers

FEWEST, HORIZON = 64, 20
SHORT = ("parameters", "load", "header")
"""Cells kept of every notebook: what it is asked for, what it loads, and one cell that shows it."""

HIDDEN = {".lock", ".published.json", ".executed", ".runs"}
"""What a report that went well leaves beside its pages."""

MARK = "FAULT_TEST"
"""In the environment of a command and of all it starts, by which they are found."""

PROGRESS = re.compile(r"\d+/\d+ .*|asking: .*|.*: \d+ of \d+|The brief is rendered; .*")
LONG, SOON = 900.0, 10.0
"""Seconds a command may take, and what it started may live on."""

AT_FAULT = "at_fault"
"""A file a notebook makes where it is about to do wrong."""


def small_project(folder: Path) -> Path:
    """A copy of the project with one scenario, no other deal, few futures and years, and notebooks of three cells."""
    copy_project(folder, "base")
    for deal in (folder / "params" / "deals").glob("*.yaml"):
        deal.unlink()
    set_numbers(folder / "params" / "run.yaml", {"paths": FEWEST})
    base = folder / "params" / "base.yaml"
    base.write_text(base.read_text("utf-8").replace("horizon_years: {value: 35", f"horizon_years: {{value: {HORIZON}"))
    for file in (folder / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if cell.id in SHORT]
        nbformat.write(notebook, file)
    return folder


def make_good(folder: Path) -> Path:
    """A small project with its report published."""
    project = small_project(folder)
    done = Command(project).end()
    assert done.code == 0, done.err
    return project


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line it said on stderr beyond progress."""
        lines = [line for line in self.err.splitlines() if not PROGRESS.fullmatch(line)]
        assert len(lines) == 1 and lines[0].startswith("partnering: "), self.err
        return lines[0]


class Command:
    """The command in a session of its own, as a terminal starts it; every process below it can be found."""

    def __init__(
        self,
        project: Path,
        *arguments: str,
        environment: Mapping[str, str | None] | None = None,
        before: Callable[[], None] | None = None,
        stdout: int | None = None,
    ) -> None:
        self.mark = uuid.uuid4().hex
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARTNERING_")}
        asked = {"PYTHONPATH": str(ROOT / "src"), MARK: self.mark} | dict(environment or {})
        self.files = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2)]  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "partnering", *(arguments or ("report",))],
            cwd=project,
            env={name: value for name, value in (kept | asked).items() if value is not None},
            stdout=self.files[0] if stdout is None else stdout,
            stderr=self.files[1],
            start_new_session=True,
            preexec_fn=before,
        )

    def family(self, named: str = "") -> list[int]:
        """Processes of this command that are alive, itself included, whose command line holds a text."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found += [int(folder.name)] if named in (folder / "cmdline").read_text() else []
            except OSError:  # it ended meanwhile, or is another user's
                continue
        return found

    def wait_for(self, moment: Callable[[], object]) -> None:
        """Wait until a moment has come while the command runs."""
        deadline = time.monotonic() + LONG
        while not moment():
            assert self.process.poll() is None and time.monotonic() < deadline, self.texts()
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def texts(self) -> tuple[str, str]:
        """What stands on stdout and stderr by now."""
        for file in self.files:
            file.seek(0)
        return self.files[0].read(), self.files[1].read()

    def end(self) -> Done:
        """How the command ended; soon after, nothing of what it started may be left."""
        code = self.process.wait(LONG)
        deadline = time.monotonic() + SOON
        while (left := self.family()) and time.monotonic() < deadline:
            time.sleep(0.1)
        names = [Path(f"/proc/{pid}/cmdline").read_text() for pid in left]
        assert not left, f"{names} live on"
        return Done(code, *self.texts())


def add_cell(project: Path, source: str, notebook: str = "model") -> Callable[[], None]:
    """Add a cell `fault` to a notebook, and return what takes it away again."""
    file = project / "notebooks" / f"{notebook}.ipynb"
    before = file.read_bytes()
    found = nbformat.read(file, as_version=4)
    found.cells.append(nbformat.v4.new_code_cell(source, id="fault"))
    nbformat.write(found, file)
    return lambda: (file.write_bytes(before), None)[1]


def copy_of(good: Path, folder: Path) -> Path:
    """A copy of the good project to do harm to."""
    return Path(shutil.copytree(good, folder, dirs_exist_ok=True))


def check_recovered(project: Path, before: Mapping[str, bytes], reports: Path | None = None) -> None:
    """The next run makes the good report again and leaves nothing else behind."""
    reports = reports or project / "reports"
    (reports / ".published.json").unlink(missing_ok=True)  # or it would find the good report still there
    done = Command(project, "report", "--reports", str(reports)).end()
    assert done.code == 0, done.err
    assert published(reports) == before
    assert {path.name for path in reports.iterdir() if path.name.startswith(".")} == HIDDEN
    assert not [path for path in reports.rglob(".*") if path.parent != reports]
    assert not [path for path in reports.rglob("*") if "partial" in path.name]
