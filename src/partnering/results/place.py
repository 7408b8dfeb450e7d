"""Where a project lies; light to import, so that a report with nothing to do says so at once."""

import os
from dataclasses import dataclass
from pathlib import Path

STUDY = "-coverage-"
"""Between the name of a run's folder and what else a study of its limits depends on."""

PROJECT_VARIABLE, REPORTS_VARIABLE, PATHS_VARIABLE = "PARTNERING_PROJECT", "PARTNERING_REPORTS", "PARTNERING_PATHS"


@dataclass(frozen=True)
class Place:
    """Where a project's params and reports are, and how many paths to simulate (None: as params/run.yaml says)."""

    project: Path
    reports: Path
    paths: int | None = None

    @property
    def params(self) -> Path:
        """The params folder."""
        return self.project / "params"

    @property
    def runs(self) -> Path:
        """The folder of stored runs."""
        return self.reports / ".runs"

    def run_size(self) -> tuple[int, int]:
        """Return seed and paths of every run. Raises InputError."""
        from partnering.inputs import load_run_settings

        settings = load_run_settings(self.params)
        return settings.seed, self.paths or settings.paths

    def tell_kernels(self) -> None:
        """Put the place into the environment, where kernels started from here find it."""
        os.environ |= {PROJECT_VARIABLE: str(self.project), REPORTS_VARIABLE: str(self.reports)}
        os.environ[PATHS_VARIABLE] = str(self.paths or "")


def find_place() -> Place:
    """Return the place named by the environment, or the project around the working directory."""
    here = Path.cwd()
    around = next((p for p in (here, *here.parents) if (p / "params" / "base.yaml").is_file()), here)
    project = Path(os.environ.get(PROJECT_VARIABLE, around))
    paths = os.environ.get(PATHS_VARIABLE)
    return Place(project, Path(os.environ.get(REPORTS_VARIABLE, project / "reports")), int(paths) if paths else None)
