"""What notebooks and the pipeline call: the results of a scenario, stored or simulated now."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from partnering.inputs import load_run_settings, load_scenario
from partnering.results.stored import Results, load_run, run_key

PROJECT_VARIABLE, REPORTS_VARIABLE, PATHS_VARIABLE = "PARTNERING_PROJECT", "PARTNERING_REPORTS", "PARTNERING_PATHS"
KEY_LENGTH = 16


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

    def run_size(self) -> tuple[int, int, int]:
        """Return seed, paths and sample paths of every run. Raises InputError."""
        settings = load_run_settings(self.params)
        return settings.seed, self.paths or settings.paths, settings.sample_paths

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


def results(scenario: str, place: Place | None = None) -> Results:
    """Return the results of a scenario: a stored run with the same digest, or a new one, stored.

    Raises InputError if the params do not hold, IdentityError if the run does not.
    """
    place = place or find_place()
    chosen = load_scenario(scenario, place.params)
    key = run_key(chosen, place.project, *place.run_size())
    folder = place.runs / f"{chosen.name}-{key[:KEY_LENGTH]}"
    try:
        return load_run(folder, place.project)
    except FileNotFoundError:
        from partnering.results.simulate import simulate  # slow to import, and a stored run needs none of it
        from partnering.results.store import write_run

        return write_run(simulate(chosen, *place.run_size()), folder, place.project)


def forget_other_runs(place: Place, kept: list[Results]) -> None:
    """Remove stored runs, and what is stored beside them, that are not among those kept."""
    wanted = tuple(result.folder.name for result in kept)
    for folder in place.runs.iterdir() if place.runs.is_dir() else ():
        if not folder.name.startswith(wanted):
            shutil.rmtree(folder, ignore_errors=True)


def all_results(scenarios: str) -> list[Results]:
    """Return the results of several scenarios, named in one text with commas between."""
    return [results(name) for name in scenarios.split(",") if name]
