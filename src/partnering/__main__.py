"""The command `partnering`: stdout carries results only, messages go to stderr, bad input exits with 2."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from partnering.inputs import (
    InputError,
    list_scenarios,
    load_analysis,
    load_run_settings,
    load_scenario,
    load_scenarios,
)

if TYPE_CHECKING:
    from partnering.inputs import Scenario
    from partnering.inquiry.asked import Inquiry
    from partnering.results.stored import Results

DONE, FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # exit codes of the contract
NAME_OR_FILE = "a name or a .yaml file"
Add = Callable[[Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
FEWEST_ASKED = 64
"""Paths without which a run cannot be asked what would change the answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input or usage, 1 system fault, 130 interrupted."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.handler(arguments))
    except InputError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"partnering: {error}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        print("partnering: interrupted", file=sys.stderr)
        return INTERRUPTED


def check(arguments: argparse.Namespace) -> int:
    """Validate the scenarios named, or all of params/; every problem of every file, one line each."""
    params: Path = arguments.params
    names = arguments.scenarios or [*list_scenarios(params), *list_scenarios(params, "deals")]
    loaded = load_scenarios(names or ["base"], params)
    leaves = {path for scenario in loaded for path in scenario.leaves}
    print(f"{len(names)} scenarios, {len(leaves)} leaves: ok", file=sys.stderr)
    return DONE


def scenarios(arguments: argparse.Namespace) -> int:
    """Print name and title of every scenario, tab between, then those of the deals, marked so."""
    for folder, mark in (("scenarios", ()), ("deals", ("deal",))):
        for name in list_scenarios(arguments.params, folder):
            print(name, load_scenario(name, arguments.params).title, *mark, sep="\t")
    return DONE


def inputs(arguments: argparse.Namespace) -> int:
    """Print every leaf of one scenario as CSV."""
    from partnering.inputs.tables import tabulate_inputs

    table = tabulate_inputs(load_scenario(arguments.scenario, arguments.params))
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    return DONE


def schema(arguments: argparse.Namespace) -> int:
    """Print the whole machine interface as JSON."""
    import json

    from partnering.results.schema import describe_interface

    print(json.dumps(describe_interface(), indent=2))
    return DONE


def run(arguments: argparse.Namespace) -> int:
    """Simulate one scenario and write the files of a run."""
    scenario, settings = load_scenario(arguments.scenario, arguments.params), load_run_settings(arguments.params)
    paths = arguments.paths or settings.paths
    seed = settings.seed if arguments.seed is None else arguments.seed
    written = _simulate_into(arguments.out, scenario, (seed, paths, settings.sample_paths), arguments)
    if written is None:
        return FAULT
    print(*sorted([*written.manifest["files"], "manifest.json"]), sep="\n")
    return DONE


def _simulate_into(
    out: Path, scenario: "Scenario", size: tuple[int, int, int], arguments: argparse.Namespace
) -> "Results | None":
    """Simulate a run of a size (seed, paths, sample paths) and write its files; None, said why, if it does not hold."""
    from partnering.results.simulate import simulate
    from partnering.results.store import write_run
    from partnering.results.stored import IdentityError

    made = simulate(scenario, *size, arguments.workers, progress=_progress(scenario.name))
    try:
        return write_run(made, out, arguments.params.resolve().parent)
    except IdentityError as error:
        print(f"partnering: identity failed: {error}", file=sys.stderr)
        return None


def replay(arguments: argparse.Namespace) -> int:
    """Make a run again and print, as CSV, what is the same, be it to rounding, and what has changed: exit code 1."""
    from partnering.results.replay import compare_runs, is_same, read_recorded, say_replay

    file: Path = arguments.manifest
    recorded, scenario = read_recorded(file, arguments.params, arguments.scenario)
    with tempfile.TemporaryDirectory() as made:
        out = arguments.out or Path(made, "run")
        if out.resolve() == file.resolve().parent:
            return _refuse(f"got {out}, where the run to be replayed lies, expected another folder")
        again = _simulate_into(out, scenario, (recorded.seed, recorded.paths, recorded.sample_paths), arguments)
        if again is None:
            return FAULT
        table = compare_runs(recorded, file.parent, again)
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    print(f"partnering: {say_replay(table)}", file=sys.stderr)
    return DONE if is_same(table) else FAULT


def _refuse(text: str) -> int:
    print(f"partnering: {text}", file=sys.stderr)
    return BAD_INPUT


def analyse(arguments: argparse.Namespace) -> int:
    """Ask a scenario everything beyond its values and write the answers."""
    from partnering.inquiry.store import ANSWERS, write_answers

    write_answers(_inquire(arguments), arguments.out)
    print(*sorted(f"{name}.csv" for name in ANSWERS), sep="\n")
    return DONE


def breakeven(arguments: argparse.Namespace) -> int:
    """Print, as CSV, where in a range of one input signing stops leading: a row a turn, or one that says so."""
    from partnering.inputs.analysis import leaf_over
    from partnering.inquiry.turns import break_even_of

    leaf = leaf_over(
        load_scenario(arguments.scenario, arguments.params), arguments.input, arguments.low, arguments.high
    )
    table = break_even_of(_inquire(arguments), leaf)
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    return DONE


def coverage(arguments: argparse.Namespace) -> int:
    """Measure how often the stated limits of a scenario hold what they should; print the headlines of its brief."""
    from partnering.inquiry.coverage import measure_coverage
    from partnering.report.covered import say_coverage, tabulate_headlines
    from partnering.results.access import results
    from partnering.results.place import Place
    from partnering.results.verdict import judge

    place = Place(arguments.params.resolve().parent, arguments.reports)
    asked = load_analysis(arguments.params, load_scenario(arguments.scenario, arguments.params)).coverage
    study = measure_coverage(arguments.scenario, place, arguments.workers, _progress(arguments.scenario, "run"))
    headlines = tabulate_headlines(study, judge(results(arguments.scenario, place)), asked)
    sys.stdout.write(headlines.to_csv(index=False, lineterminator="\n"))
    print(say_coverage(study, headlines, asked).replace("\u00a0", " "), file=sys.stderr)
    return DONE if headlines["inside"].all() else FAULT


def _inquire(arguments: argparse.Namespace) -> "Inquiry":
    """Return a run of the scenario, stored or simulated now, ready to be asked."""
    from partnering.inquiry.store import open_inquiry
    from partnering.report.renew import to_stderr
    from partnering.results.access import results
    from partnering.results.place import Place

    place = Place(arguments.params.resolve().parent, arguments.reports, arguments.paths)
    chosen = load_scenario(arguments.scenario, arguments.params)
    settings = load_analysis(arguments.params, chosen)
    return open_inquiry(chosen, results(arguments.scenario, place), settings, to_stderr)


def report(arguments: argparse.Namespace) -> int:
    """Make the whole report, or a draft of the scenarios named."""
    from partnering.report.renew import make_report, refusals, to_stderr
    from partnering.results.place import Place

    place = Place(arguments.params.resolve().parent, arguments.reports)
    try:
        print(make_report(arguments.scenarios, arguments.paths, place, to_stderr))
    except refusals() as error:
        print(f"partnering: {error}", file=sys.stderr)
        return FAULT
    return DONE


def _progress(name: str, unit: str = "block") -> Callable[[int, int], None]:
    """Return a progress bar with time left on a terminal, and nothing elsewhere."""
    from tqdm import tqdm

    bar = tqdm(desc=name, unit=unit, disable=None, leave=False)

    def show(done: int, of: int) -> None:
        bar.total, bar.n = of, done
        bar.refresh()
        if done == of:
            bar.close()

    return show


def _at_least(least: int, text: str) -> int:
    """Return the whole number a text says. Raises ArgumentTypeError below the least or for anything else."""
    number = int(text) if text.isascii() and text.isdigit() else least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a whole number of at least {least}")
    return number


NATURAL, SEVERAL = partial(_at_least, 1), partial(_at_least, FEWEST_ASKED)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line; --help has the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="partnering", description="Sign the partnership or go it alone.")
    parser.add_argument("--params", type=Path, default=Path("params"), metavar="DIR", help="inputs (default: params)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(handler: Callable[[argparse.Namespace], int], does: str) -> argparse.ArgumentParser:
        command = commands.add_parser(handler.__name__, help=does)
        command.set_defaults(handler=handler)
        return command

    command = add(check, "validate params: one line per problem")
    command.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="a name or a .yaml file (default: all)")
    add(scenarios, "list the scenarios and deals: name and title")
    add(inputs, "list every leaf of one scenario as CSV").add_argument("scenario", metavar="NAME", help=NAME_OR_FILE)
    add(schema, "print the machine interface as JSON")

    command = add(run, "simulate one scenario and write its files")
    command.add_argument("scenario", metavar="NAME_OR_FILE", help=NAME_OR_FILE)
    command.add_argument("--paths", type=NATURAL, metavar="N", help="default: params/run.yaml")
    command.add_argument("--seed", type=partial(_at_least, 0), metavar="S", help="default: params/run.yaml")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    command.add_argument("--workers", type=NATURAL, default=1, metavar="N", help="processes; change no byte")

    _add_questions(add)
    _add_proofs(add)

    command = add(report, "make the report, or a draft of some scenarios")
    command.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="a name (default: all, the full report)")
    command.add_argument(
        "--paths", type=SEVERAL, metavar="N", help=f"makes a draft with N paths, at least {FEWEST_ASKED}"
    )
    command.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")
    return parser


def _add_proofs(add: Add) -> None:
    command = add(replay, "make a run again from its manifest and say what differs")
    command.add_argument("manifest", type=Path, metavar="MANIFEST", help="the manifest.json of a run")
    command.add_argument("--scenario", metavar="FILE", help="for a run that was made from a .yaml file")
    command.add_argument("--out", type=Path, metavar="DIR", help="keeps the run made again")
    command.add_argument("--workers", type=NATURAL, default=1, metavar="N", help="processes; change no byte")
    command = add(coverage, "measure how often stated limits hold what they should; minutes, stored for the report")
    command.add_argument("scenario", nargs="?", default="base", metavar="NAME", help="default: base")
    command.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="keeps the study")
    command.add_argument("--workers", type=NATURAL, default=2, metavar="N", help="processes; change no byte")


def _add_questions(add: Add) -> None:
    for handler, does in (
        (analyse, "ask a scenario what would change the answer, and write the answers"),
        (breakeven, "find where an input turns the answer"),
    ):
        command = add(handler, does)
        command.add_argument("scenario", metavar="NAME_OR_FILE", help=NAME_OR_FILE)
        command.add_argument("--paths", type=SEVERAL, metavar="N", help="default: params/run.yaml")
        command.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="keeps the run")
        if handler == analyse:
            command.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
        else:
            command.add_argument("input", metavar="INPUT", help="the path of an input, as `partnering inputs` lists it")
            command.add_argument("--low", type=float, metavar="X", help="default: the low end of its range")
            command.add_argument("--high", type=float, metavar="X", help="default: the high end")


if __name__ == "__main__":
    sys.exit(main())
