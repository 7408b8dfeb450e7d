"""The scenario file that the live panel writes: leaves of other terms, with what a file says of each."""

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

from partnering.analysis.offers import CEILING, OFFERED, RESEARCH, YEARS, Control, choices_of, lines_of
from partnering.inputs.scenario import Leaf, Scenario

SOURCE, STATUS = "term-sheet", "assumption"
RANGE = ("low", "high", "dist", "drawn")


def describe_file(scenario: Scenario, controls: tuple[Control, ...]) -> dict[str, Any]:
    """Return what a page needs to write its terms as a scenario file of the same project.

    `lines` are leaves that follow amounts, `choices` those of every pair of research and years, with the ceiling of
    what is committed without the upfront; `kept` is what the scenario itself changes, since a file stands on the base.
    """
    sizes = {control.name: len(control.choices) for control in controls}
    pairs = product(range(sizes.get(RESEARCH, 1)), range(sizes.get(YEARS, 1)))
    found = [choices_of(scenario, step if RESEARCH in sizes else -1, years, -1) for step, years in pairs]
    ceilings = [leaves.pop(CEILING) for leaves in found]
    lines = lines_of(scenario)
    paths = [*lines, CEILING, OFFERED, *dict.fromkeys(path for leaves in found for path in leaves)]
    return {
        "title": f"{scenario.title}: other terms",
        "vintage": scenario.vintage,
        "question": "What if these were the terms?",
        "lines": lines,
        "lists": [path for path in lines if isinstance(scenario[path], tuple)],
        "choices": [{path: json.dumps(value) for path, value in leaves.items()} for leaves in found],
        "ceilings": ceilings,
        "tails": {path: _tail(scenario.leaves[path], scenario) for path in paths},
        "kept": {leaf.path: _line(leaf) for leaf in scenario.leaves.values() if leaf.changed_from is not None},
    }


def _tail(leaf: Leaf, scenario: Scenario) -> str:
    """Return what a line says of a leaf after its value: a term put in a meeting is an assumption."""
    return _flow({"unit": leaf.unit, "status": STATUS, "source": SOURCE, "known": scenario["valuation.date"]})


def _line(leaf: Leaf) -> str:
    """Return a leaf as a file has it."""
    fields = ("value", "label", *RANGE, "unit", "status", "source", "known", "published", "note")
    about = {name: getattr(leaf, name) for name in fields}
    if leaf.low is None:
        about.pop("drawn")
    return _flow(about)


def _flow(about: Mapping[str, Any]) -> str:
    """Return fields as YAML in one line; text as JSON writes it is text in YAML too, dates stand bare."""
    shown = {name: value for name, value in about.items() if value is not None}
    bare = ("known", "published")
    return ", ".join(f"{name}: {value if name in bare else json.dumps(value)}" for name, value in shown.items())
