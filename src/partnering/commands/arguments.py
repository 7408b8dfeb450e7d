"""The parser: every command with what it takes."""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

from partnering.commands.ask import analyse, breakeven, coverage
from partnering.commands.common import BAD_INPUT
from partnering.commands.look import check, inputs, scenarios, schema
from partnering.commands.make import replay, report, run, sweep, warm
from partnering.results.parallel import cores

NAME_OR_FILE = "a name or a .yaml file"
Add = Callable[[Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
FEWEST_ASKED = 64
"""Paths without which a run cannot be asked what would change the answer."""


def _at_least(least: int, text: str) -> int:
    """Return the whole number a text says. Raises ArgumentTypeError below the least or for anything else."""
    number = int(text) if text.isascii() and text.isdigit() else least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a whole number of at least {least}")
    return number


def _address(text: str) -> str:
    """Return the address of a scheduler. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch(r"tcp://[^\s/]+:\d{1,5}", text):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected an address such as tcp://127.0.0.1:8786")
    return text


NATURAL, SEVERAL = partial(_at_least, 1), partial(_at_least, FEWEST_ASKED)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line; --help has the rest."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; a command is under `handler` of what it parses."""
    parser = _Parser(prog="partnering", description="Sign the partnership or go it alone.")
    parser.add_argument("--params", type=Path, default=Path("params"), metavar="DIR", help="inputs (default: params)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(handler: Callable[[argparse.Namespace], int], does: str) -> argparse.ArgumentParser:
        """Return the parser of one command, by the name of its handler."""
        command = commands.add_parser(handler.__name__, help=does)
        command.set_defaults(handler=handler)
        return command

    command = add(check, "validate params: one line per problem")
    command.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="a name or a .yaml file (default: all)")
    add(scenarios, "list the scenarios and deals: name and title")
    add(inputs, "list every leaf of one scenario as CSV").add_argument("scenario", metavar="NAME", help=NAME_OR_FILE)
    add(schema, "print the machine interface as JSON")

    add(warm, "compile the model, once; a run does it where it is needed")

    _add_runs(add)
    _add_questions(add)
    _add_proofs(add)

    command = add(report, "make the report, or a draft of some scenarios")
    command.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="a name (default: all, the full report)")
    command.add_argument(
        "--paths", type=SEVERAL, metavar="N", help=f"makes a draft with N paths, at least {FEWEST_ASKED}"
    )
    command.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")
    return parser


def _add_runs(add: Add) -> None:
    command = add(run, "simulate one scenario and write its files")
    command.add_argument("scenario", metavar="NAME_OR_FILE", help=NAME_OR_FILE)
    command.add_argument("--paths", type=NATURAL, metavar="N", help="default: params/run.yaml")
    command.add_argument("--seed", type=partial(_at_least, 0), metavar="S", help="default: params/run.yaml")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    _add_workers(command)

    command = add(sweep, "make every scenario of a grid, on one machine or many; what is there is not made again")
    command.add_argument("grid", type=Path, metavar="GRID", help="a .yaml file: scenarios, and the values of leaves")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the parts and sweep.csv go")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--workers", type=NATURAL, default=1, metavar="N", help="processes; change no byte")
    where.add_argument(
        "--scheduler", type=_address, metavar="tcp://HOST:PORT", help="a Dask scheduler; changes no byte"
    )


def _add_workers(command: argparse.ArgumentParser) -> None:
    told = "processes (default: one a core, as memory allows); change no byte"
    command.add_argument("--workers", type=NATURAL, default=cores(), metavar="N", help=told)


def _add_proofs(add: Add) -> None:
    command = add(replay, "make a run again from its manifest and say what differs")
    command.add_argument("manifest", type=Path, metavar="MANIFEST", help="the manifest.json of a run")
    command.add_argument("--scenario", metavar="FILE", help="for a run that was made from a .yaml file")
    command.add_argument("--out", type=Path, metavar="DIR", help="keeps the run made again")
    _add_workers(command)
    command = add(coverage, "measure how often stated limits hold what they should; minutes, stored for the report")
    command.add_argument("scenario", nargs="?", default="base", metavar="NAME", help="default: base")
    command.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="keeps the study")
    _add_workers(command)


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
