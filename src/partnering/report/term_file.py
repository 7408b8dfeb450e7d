"""The scenario file that the term sheet writes: which leaves follow from its terms, and what else they say."""

import json
from collections.abc import Mapping
from typing import Any

from partnering.analysis.terms import EXTENSION, RATE
from partnering.analysis.termsheet import TermSheet
from partnering.inputs.scenario import Leaf, Scenario

SOURCE, STATUS = "term-sheet", "assumption"
CEILING, COUNT, RULE = "deal.committed_ceiling_musd", "deal.extension_count", "deal.extension_rule"
BY_EXTENSION = ("deal.extension_decision_years", "deal.extension_alive_needed")
RANGE = ("low", "high", "dist", "drawn")
SUMS = {
    "deal.research_total_musd": "deal.research_schedule_musd",
    "deal.ladder_full.total_musd": "deal.ladder_full.",
    "deal.ladder_short.total_musd": "deal.ladder_short.",
}
"""Leaves that must be the sum of others."""


def describe_file(scenario: Scenario, sheet: TermSheet) -> dict[str, Any]:
    """Return what a page needs to write the terms as a scenario file of the same project.

    `leaves` are those a term moves, with the places of their terms; `sums` those that follow by addition; `kept` the
    lines of what the scenario itself changes, since a file stands on the base case.
    """
    moved: dict[str, list[int]] = {}
    for place, term in enumerate(sheet.terms):
        if term != EXTENSION:
            moved.setdefault(term.partition("[")[0], []).append(place)
    sums = {
        total: [p for path, places in moved.items() if path.startswith(of) for p in places]
        for total, of in SUMS.items()
    }
    about = [*moved, *sums, CEILING, COUNT, RULE, *BY_EXTENSION, RATE]
    return {
        "title": f"{scenario.title}: other terms",
        "vintage": scenario.vintage,
        "question": "What if these were the terms?",
        "extension": sheet.terms.index(EXTENSION) if EXTENSION in sheet.terms else None,
        "leaves": moved,
        "lists": [path for path in moved if isinstance(scenario[path], tuple)],
        "sums": {total: places for total, places in sums.items() if places},
        "upfront": sheet.terms.index("deal.upfront_musd"),
        "count": scenario[COUNT],
        "by_extension": {path: list(scenario[path]) for path in BY_EXTENSION},
        "tails": {path: _tail(scenario.leaves[path], scenario) for path in about},
        "kept": {leaf.path: _line(leaf) for leaf in scenario.leaves.values() if leaf.changed_from is not None},
    }


def _tail(leaf: Leaf, scenario: Scenario) -> str:
    """Return what a line says of a leaf after its value: a term put in a meeting is an assumption."""
    kept = {name: getattr(leaf, name) for name in RANGE} if leaf.path == RATE else {}
    known = scenario["valuation.date"]
    return _flow({"unit": leaf.unit, **kept, "status": STATUS, "source": SOURCE, "known": known})


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
