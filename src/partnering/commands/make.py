"""Commands that simulate, simulate again, and make the report."""

import argparse
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from partnering.commands.common import DONE, FAULT, progress, refuse, to_stderr

if TYPE_CHECKING:
    from partnering.inputs import Scenario
    from partnering.results.stored import Results


def run(arguments: argparse.Namespace) -> int:
    """Simulate one scenario and write the files of a run."""
    from partnering.inputs import load_run_settings, load_scenario

    scenario, settings = load_scenario(arguments.scenario, arguments.params), load_run_settings(arguments.params)
    paths = arguments.paths or settings.paths
    seed = settings.seed if arguments.seed is None else arguments.seed
    written = _simulate_into(arguments.out, scenario, (seed, paths), arguments)
    print(*sorted([*written.manifest["files"], "manifest.json"]), sep="\n")
    return DONE


def _simulate_into(
    out: Path, scenario: "Scenario", size: tuple[int, int], arguments: argparse.Namespace
) -> "Results":
    """Simulate a run of a size (seed, paths) and write its files. Raises IdentityError."""
    from partnering.results.simulate import simulate
    from partnering.results.store import write_run

    made = simulate(scenario, *size, arguments.workers, progress=progress(scenario.name))
    return write_run(made, out, arguments.params.resolve().parent)


def warm(arguments: argparse.Namespace) -> int:
    """Compile the model, unless it has been: the first run would, and have somebody wait."""
    from partnering.inputs import load_scenario
    from partnering.model.warm import warm as keep_compiled
    from partnering.results.simulate import play_few

    scenario = load_scenario("base", arguments.params)

    def compile_now() -> None:
        """Simulate a few paths, and say in one line that it takes a while and then how long it took."""
        begun = monotonic()
        print("Compiling the model; half a minute, once: ", end="", file=sys.stderr, flush=True)
        try:
            play_few(scenario)
        finally:
            to_stderr(f"{monotonic() - begun:.0f} s")

    keep_compiled(compile_now)
    return DONE


def replay(arguments: argparse.Namespace) -> int:
    """Make a run again and print, as CSV, what is the same, be it to rounding, and what has changed: exit code 1."""
    from partnering.analysis.replay import compare_runs, is_same, read_recorded, say_replay

    file: Path = arguments.manifest
    recorded, scenario = read_recorded(file, arguments.params, arguments.scenario)
    with tempfile.TemporaryDirectory() as made:
        out = arguments.out or Path(made, "run")
        if out.resolve() == file.resolve().parent:
            return refuse(f"got {out}, where the run to be replayed lies, expected another folder")
        again = _simulate_into(out, scenario, (recorded.seed, recorded.paths), arguments)
        table = compare_runs(recorded, file.parent, again)
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    print(f"partnering: {say_replay(table)}", file=sys.stderr)
    return DONE if is_same(table) else FAULT


def sweep(arguments: argparse.Namespace) -> int:
    """Make every scenario of a grid and write one table of their headlines."""
    from partnering.analysis.sweep import write_sweep
    from partnering.inputs.grid import load_grid

    grid = load_grid(arguments.grid, arguments.params)
    project = arguments.params.resolve().parent
    told = progress(arguments.grid.stem, "part")
    write_sweep(grid, arguments.out, project, arguments.workers, arguments.scheduler, told)
    print("sweep.csv")
    return DONE


def report(arguments: argparse.Namespace) -> int:
    """Make the whole report, or a draft of the scenarios named."""
    from partnering.report.renew import make_report
    from partnering.results.place import Place

    place = Place(arguments.params.resolve().parent, arguments.reports)
    print(make_report(arguments.scenarios, arguments.paths, place, to_stderr))
    return DONE
