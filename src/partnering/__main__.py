"""The command `partnering`: stdout carries results only, messages go to stderr, bad input exits with 2."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from partnering.inputs import InputError, list_scenarios, load_run_settings, load_scenario

DONE, FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # exit codes of the contract


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
    errors: list[InputError] = []
    leaves: set[str] = set()
    for name in names or ["base"]:
        try:
            leaves.update(load_scenario(name, params).leaves)
        except InputError as error:
            errors.append(error)
    try:
        load_run_settings(params)
    except InputError as error:
        errors.append(error)
    if errors:
        raise InputError(found for error in errors for found in error.found)
    print(f"{len(names)} scenarios, {len(leaves)} leaves: ok", file=sys.stderr)
    return DONE


def scenarios(arguments: argparse.Namespace) -> int:
    """Print name and title of every scenario, tab between."""
    for name in list_scenarios(arguments.params):
        print(name, load_scenario(name, arguments.params).title, sep="\t")
    return DONE


def inputs(arguments: argparse.Namespace) -> int:
    """Print every leaf of one scenario as CSV."""
    from partnering.inputs.tables import tabulate_inputs

    table = tabulate_inputs(load_scenario(arguments.scenario, arguments.params))
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="partnering", description="Sign the partnership or go it alone.")
    parser.add_argument("--params", type=Path, default=Path("params"), metavar="DIR", help="inputs (default: params)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("check", help="validate params: one line per problem")
    command.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="a name or a .yaml file (default: all)")
    command.set_defaults(handler=check)

    command = commands.add_parser("scenarios", help="list the scenarios: name and title")
    command.set_defaults(handler=scenarios)

    command = commands.add_parser("inputs", help="list every leaf of one scenario as CSV")
    command.add_argument("scenario", metavar="NAME", help="a name or a .yaml file")
    command.set_defaults(handler=inputs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
