"""Commands that read the inputs and say what is there."""

import argparse
import sys
from pathlib import Path

from partnering.commands.common import DONE


def check(arguments: argparse.Namespace) -> int:
    """Validate the scenarios named, or all of params/; every problem of every file, one line each."""
    from partnering.inputs import list_scenarios, load_scenarios

    params: Path = arguments.params
    names = arguments.scenarios or [*list_scenarios(params), *list_scenarios(params, "deals")]
    loaded = load_scenarios(names or ["base"], params)
    leaves = {path for scenario in loaded for path in scenario.leaves}
    print(f"{len(names)} scenarios, {len(leaves)} leaves: ok", file=sys.stderr)
    return DONE


def scenarios(arguments: argparse.Namespace) -> int:
    """Print name and title of every scenario, tab between, then those of the deals, marked so."""
    from partnering.inputs import list_scenarios, load_scenario

    for folder, mark in (("scenarios", ()), ("deals", ("deal",))):
        for name in list_scenarios(arguments.params, folder):
            print(name, load_scenario(name, arguments.params).title, *mark, sep="\t")
    return DONE


def inputs(arguments: argparse.Namespace) -> int:
    """Print every leaf of one scenario as CSV."""
    from partnering.inputs import load_scenario
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
