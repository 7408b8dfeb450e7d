"""What notebooks and the pipeline call: the results of a scenario, stored or simulated now."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from partnering.inputs import load_scenario
from partnering.results.place import Place, find_place
from partnering.results.stored import Damaged, Results, load_run, run_key

KEY_LENGTH = 16


def results(scenario: str, place: Place | None = None, workers: int = 1) -> Results:
    """Return the results of a scenario: a stored run with the same digest, or a new one, stored.

    A stored run that is damaged is made again, which one line on stderr says.
    Raises InputError if the params do not hold, IdentityError if the run does not.
    """
    place = place or find_place()
    chosen = load_scenario(scenario, place.params)
    key = run_key(chosen, place.project, *place.run_size())
    folder = run_folder(chosen.name, key, place)
    try:
        return load_run(folder, place.project)
    except FileNotFoundError:
        pass
    except Damaged:
        print(f"partnering: the stored run {folder.name} is damaged; simulating again", file=sys.stderr)
    from partnering.results.simulate import simulate  # slow to import, and a stored run needs none of it
    from partnering.results.store import write_run

    return write_run(simulate(chosen, *place.run_size(), workers), folder, place.project)


def run_folder(name: str, key: str, place: Place) -> Path:
    """Return where a run is stored."""
    return place.runs / f"{name}-{key[:KEY_LENGTH]}"


def forget_other_runs(place: Place, kept: list[Results]) -> None:
    """Remove stored runs, and what is stored beside them, that are not among those kept."""
    wanted = tuple(result.folder.name for result in kept)
    for folder in place.runs.iterdir() if place.runs.is_dir() else ():
        if not folder.name.startswith(wanted):
            remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder, first from its place: cut off, nothing is left there that would be taken for a whole one."""
    doomed = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    os.replace(folder, doomed / folder.name)
    shutil.rmtree(doomed, ignore_errors=True)


def all_results(scenarios: str) -> list[Results]:
    """Return the results of several scenarios, named in one text with commas between."""
    return [results(name) for name in scenarios.split(",") if name]
