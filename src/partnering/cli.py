"""The commands. Imports of a command's own wait until it is called."""

import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from partnering.process import BAD_INPUT, DONE, FAULT

if TYPE_CHECKING:
    from partnering.analysis.asked import Inquiry
    from partnering.inputs import Scenario
    from partnering.results.stored import Results


# Commands that read the inputs and say what is there.


def check(arguments: Namespace) -> int:
    """Validate the scenarios named, or all of params/; every problem of every file, one line each."""
    from partnering.inputs import list_scenarios, load_scenarios

    params: Path = arguments.params
    names = arguments.scenarios or [*list_scenarios(params), *list_scenarios(params, "deals")]
    loaded = load_scenarios(names or ["base"], params)
    leaves = {path for scenario in loaded for path in scenario.leaves}
    _say(f"{len(names)} scenarios, {len(leaves)} leaves: ok")
    return DONE


def scenarios(arguments: Namespace) -> int:
    """Print name and title of every scenario, tab between, then those of the deals, marked so."""
    from partnering.inputs import list_scenarios, load_scenario

    for folder, mark in (("scenarios", ()), ("deals", ("deal",))):
        for name in list_scenarios(arguments.params, folder):
            print(name, load_scenario(name, arguments.params).title, *mark, sep="\t")
    return DONE


def inputs(arguments: Namespace) -> int:
    """Print every leaf of one scenario as CSV."""
    from partnering.inputs import load_scenario
    from partnering.inputs.tables import tabulate_inputs

    return _print(tabulate_inputs(load_scenario(arguments.scenario, arguments.params)))


def schema(arguments: Namespace) -> int:
    """Print the whole machine interface as JSON."""
    import json

    from partnering.results.schema import describe_interface

    print(json.dumps(describe_interface(), indent=2))
    return DONE


# Commands that simulate, simulate again, and make the report.


def warm(arguments: Namespace) -> int:
    """Compile the model, unless it has been: the first run would, and have somebody wait."""
    from partnering.inputs import load_scenario
    from partnering.model.warm import warm as keep_compiled
    from partnering.results.simulate import play_few

    scenario = load_scenario("base", arguments.params)

    def compile_now() -> None:
        """Simulate one path, and say in one line that it takes a while and then how long it took."""
        begun = monotonic()
        print("Compiling the model; half a minute, once: ", end="", file=sys.stderr, flush=True)
        try:
            play_few(scenario)
        finally:
            _say(f"{monotonic() - begun:.0f} s")

    keep_compiled(compile_now)
    return DONE


def run(arguments: Namespace) -> int:
    """Simulate one scenario and write the files of a run."""
    from partnering.inputs import load_run_settings, load_scenario

    scenario, settings = load_scenario(arguments.scenario, arguments.params), load_run_settings(arguments.params)
    paths = arguments.paths or settings.paths
    seed = settings.seed if arguments.seed is None else arguments.seed
    written = _simulate_into(arguments.out, scenario, (seed, paths), arguments)
    print(*sorted([*written.manifest["files"], "manifest.json"]), sep="\n")
    return DONE


def replay(arguments: Namespace) -> int:
    """Make a run again and print, as CSV, what is the same, be it to rounding, and what has changed: exit code 1."""
    from partnering.analysis.replay import compare_runs, is_same, read_recorded, say_replay

    file: Path = arguments.manifest
    recorded, scenario = read_recorded(file, arguments.params, arguments.scenario)
    with tempfile.TemporaryDirectory() as made:
        out = arguments.out or Path(made, "run")
        if out.resolve() == file.resolve().parent:
            _say(f"partnering: got {out}, where the run to be replayed lies, expected another folder")
            return BAD_INPUT
        again = _simulate_into(out, scenario, (recorded.seed, recorded.paths), arguments)
        table = compare_runs(recorded, file.parent, again)
    _print(table)
    _say(f"partnering: {say_replay(table)}")
    return DONE if is_same(table) else FAULT


def sweep(arguments: Namespace) -> int:
    """Make every scenario of a grid and write one table of their headlines."""
    from partnering.analysis.sweep import write_sweep
    from partnering.inputs.grid import load_grid

    grid, project = load_grid(arguments.grid, arguments.params), arguments.params.resolve().parent
    told = _progress(arguments.grid.stem, "part")
    write_sweep(grid, arguments.out, project, arguments.workers, arguments.scheduler, told)
    print("sweep.csv")
    return DONE


def report(arguments: Namespace) -> int:
    """Make the whole report, or a draft of the scenarios named."""
    from partnering.report.renew import make_report
    from partnering.results.place import Place

    place = Place(arguments.params.resolve().parent, arguments.reports)
    print(make_report(arguments.scenarios, arguments.paths, place, _say))
    return DONE


# Commands that ask a run what would change its answer.


def analyse(arguments: Namespace) -> int:
    """Ask a scenario everything beyond its values and write the answers."""
    from partnering.analysis.store import ANSWERS, write_answers

    write_answers(_inquire(arguments), arguments.out)
    print(*sorted(f"{name}.csv" for name in ANSWERS), sep="\n")
    return DONE


def breakeven(arguments: Namespace) -> int:
    """Print, as CSV, where in a range of one input signing stops leading: a row a turn, or one that says so."""
    from partnering.analysis.turns import break_even
    from partnering.inputs import load_scenario
    from partnering.inputs.analysis import leaf_over

    scenario = load_scenario(arguments.scenario, arguments.params)
    leaf = leaf_over(scenario, arguments.input, arguments.low, arguments.high)
    return _print(break_even(_inquire(arguments), [leaf]))


def _inquire(arguments: Namespace) -> "Inquiry":
    """Return a run of the scenario, stored or simulated now, ready to be asked."""
    from partnering.analysis.store import open_inquiry
    from partnering.inputs import load_analysis, load_scenario
    from partnering.results.access import results
    from partnering.results.place import Place

    place = Place(arguments.params.resolve().parent, arguments.reports, arguments.paths)
    scenario = load_scenario(arguments.scenario, arguments.params)
    settings = load_analysis(arguments.params, scenario)
    return open_inquiry(scenario, results(arguments.scenario, place), settings, _say)


def _simulate_into(out: Path, scenario: "Scenario", size: tuple[int, int], arguments: Namespace) -> "Results":
    """Simulate a run of a size (seed, paths) and write its files. Raises IdentityError."""
    from partnering.results.parallel import cores
    from partnering.results.simulate import simulate
    from partnering.results.store import write_run

    made = simulate(scenario, *size, arguments.workers or cores(), progress=_progress(scenario.name))
    return write_run(made, out, arguments.params.resolve().parent)


# What commands share: how results are printed, and how far a long one has come.


def _print(table: Any) -> int:
    """Print a DataFrame as CSV; return that all went well."""
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    return DONE


def _say(text: str) -> None:
    """Print a line that is no result."""
    print(text, file=sys.stderr, flush=True)


def _progress(name: str, unit: str = "block") -> Callable[[int, int], None]:
    """Return a progress bar with time left on a terminal, and nothing elsewhere."""
    from tqdm import tqdm

    bar = tqdm(desc=name, unit=unit, disable=None, leave=False)

    def show(done: int, of: int) -> None:
        """Show how much is done of how much."""
        bar.total, bar.n = of, done
        bar.refresh()
        if done == of:
            bar.close()

    return show
