"""The parser: every command with what it takes."""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from partnering import cli
from partnering.process import BAD_INPUT

Handler = Callable[[argparse.Namespace], int]
Add = Callable[[Handler, str], argparse.ArgumentParser]
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
SCENARIO: dict[str, Any] = {"metavar": "NAME_OR_FILE", "help": "a name or a .yaml file"}
SCENARIOS: dict[str, Any] = {"nargs": "*", "metavar": "SCENARIO"}
PATHS: dict[str, Any] = {"metavar": "N", "help": "default: params/run.yaml"}
FOLDER: dict[str, Any] = {"type": Path, "metavar": "DIR"}
OUT = FOLDER | {"required": True, "help": "where the files go"}
REPORTS = FOLDER | {"default": Path("reports"), "help": "keeps the run (default: reports)"}
PROCESSES = "processes (default: one a core, as memory allows); change no byte"
WORKERS: dict[str, Any] = {"type": NATURAL, "metavar": "N", "help": PROCESSES}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line; --help has the rest."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; a command is under `handler` of what it parses."""
    parser = _Parser(prog="partnering", description="Sign the partnership or go it alone.")
    parser.add_argument("--params", **FOLDER, default=Path("params"), help="inputs (default: params)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(handler: Handler, does: str) -> argparse.ArgumentParser:
        """Return the parser of one command, by the name of its handler."""
        command = commands.add_parser(handler.__name__, help=does)
        command.set_defaults(handler=handler)
        return command

    _add_inputs(add)
    _add_runs(add)
    _add_questions(add)
    return parser


def _add_inputs(add: Add) -> None:
    check = add(cli.check, "validate params: one line per problem")
    check.add_argument("scenarios", **SCENARIOS, help="a name or a .yaml file (default: all)")
    add(cli.scenarios, "list the scenarios and deals: name and title")
    add(cli.inputs, "list every leaf of one scenario as CSV").add_argument("scenario", **SCENARIO)
    add(cli.schema, "print the machine interface as JSON")
    add(cli.warm, "compile the model, once; a run does it where it is needed")


def _add_runs(add: Add) -> None:
    run = add(cli.run, "simulate one scenario and write its files")
    run.add_argument("scenario", **SCENARIO)
    run.add_argument("--paths", type=NATURAL, **PATHS)
    run.add_argument("--seed", type=partial(_at_least, 0), metavar="S", help="default: params/run.yaml")
    run.add_argument("--out", **OUT)
    run.add_argument("--workers", **WORKERS)

    replay = add(cli.replay, "make a run again from its manifest and say what differs")
    replay.add_argument("manifest", type=Path, metavar="MANIFEST", help="the manifest.json of a run")
    replay.add_argument("--scenario", metavar="FILE", help="for a run that was made from a .yaml file")
    replay.add_argument("--out", **FOLDER, help="keeps the run made again")
    replay.add_argument("--workers", **WORKERS)

    sweep = add(cli.sweep, "make every scenario of a grid, on one machine or many; what is there is not made again")
    sweep.add_argument("grid", type=Path, metavar="GRID", help="a .yaml file: scenarios, and the values of leaves")
    sweep.add_argument("--out", **OUT)
    where = sweep.add_mutually_exclusive_group()
    where.add_argument("--workers", type=NATURAL, default=1, metavar="N", help="processes; the result is the same")
    told = "a Dask scheduler; the result is the same"
    where.add_argument("--scheduler", type=_address, metavar="tcp://HOST:PORT", help=told)

    report = add(cli.report, "make the report, or a draft of some scenarios")
    report.add_argument("scenarios", **SCENARIOS, help="a name (default: all, the full report)")
    draft = f"makes a draft with N paths, at least {FEWEST_ASKED}"
    report.add_argument("--paths", type=SEVERAL, metavar="N", help=draft)
    report.add_argument("--reports", **REPORTS)


def _add_questions(add: Add) -> None:
    analyse = add(cli.analyse, "ask a scenario what would change the answer, and write the answers")
    breakeven = add(cli.breakeven, "find where an input reverses the answer")
    for command in (analyse, breakeven):
        command.add_argument("scenario", **SCENARIO)
        command.add_argument("--paths", type=SEVERAL, **PATHS)
        command.add_argument("--reports", **REPORTS)
    analyse.add_argument("--out", **OUT)
    breakeven.add_argument("input", metavar="INPUT", help="the path of an input, as `partnering inputs` lists it")
    breakeven.add_argument("--low", type=float, metavar="X", help="default: the low end of its range")
    breakeven.add_argument("--high", type=float, metavar="X", help="default: the high end")
