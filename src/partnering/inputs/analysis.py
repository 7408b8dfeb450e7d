"""What is asked of the leading scenario beyond its values: params/analysis.yaml, held against the leaves there are."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import Field, FiniteFloat

from partnering.inputs.errors import InputError, Problem, did_you_mean, show
from partnering.inputs.files import Overlay
from partnering.inputs.scenario import Leaf, Scenario
from partnering.inputs.units import Closed, Text
from partnering.inputs.validate import marks_of, problem_at, read, validate
from partnering.inputs.yamlfile import Location, read_yaml

Finding = tuple[Location, str]


class Axis(Closed):
    """One side of a decision map: an input, and the values it takes, rising."""

    leaf: Text
    levels: Annotated[tuple[FiniteFloat, ...], MinLen(2)]


class Map(Closed):
    """Two inputs whose values decide between them."""

    title: Text
    x: Axis
    y: Axis


class Study(Closed):
    """What could be found out before signing: about which inputs, at what cost."""

    title: Text
    learns: Annotated[tuple[Text, ...], MinLen(1)]
    cost_musd: Annotated[FiniteFloat, Ge(0)]
    months: Annotated[int, Ge(0)]
    status: Literal["sourced", "assumption"]
    source: Text
    known: dt.date


class Analysis(Closed):
    """Settings of the analyses."""

    paths: Annotated[int, Ge(2)]
    inside: Annotated[int, Ge(1)]
    step_paths: Annotated[int, Ge(2)]
    term_sheets: Annotated[int, Ge(1)]
    held_out: Annotated[int, Ge(1)]
    gate_share: Annotated[FiniteFloat, Gt(0), Lt(1)]
    groups: dict[str, Annotated[tuple[Text, ...], MinLen(1)]]
    royalty_multiples: Annotated[tuple[Annotated[FiniteFloat, Ge(0)], ...], MinLen(2)]
    risk_tolerances_musd: Annotated[tuple[Annotated[FiniteFloat, Gt(0)], ...], MinLen(1)]
    maps: tuple[Map, ...]
    studies: dict[str, Study]
    set_alone: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    """Values of inputs in scenarios that set nothing else, by path: what such a scenario turns, its input turns."""

    def group_of(self, path: str) -> str:
        """Return the group an input belongs to, by the beginning of its path."""
        return next(name for name, roots in self.groups.items() if path.split(".")[0] in roots)


def load_analysis(params_dir: Path | str, scenario: Scenario) -> Analysis:
    """What is asked of a scenario. Raises InputError, one line for whatever names no input or an empty range."""
    document = read_yaml(Path(params_dir, "analysis.yaml"))
    marks = marks_of(document)
    found = validate(Analysis, document.data, marks)
    if problems := [problem_at(at, text, marks) for at, text in _findings(found, scenario)]:
        raise InputError(problems)
    return found.model_copy(update={"set_alone": _set_alone(params_dir, scenario)})


def _set_alone(params_dir: Path | str, scenario: Scenario) -> dict[str, tuple[float, ...]]:
    """Return, by input with a range, the values it has in scenarios that set nothing else; what does not hold is left.

    Such a file is refused where its scenario is loaded.
    """
    leaves, found = {leaf.path: leaf for leaf in ranged(scenario)}, dict[str, tuple[float, ...]]()
    for file in sorted(Path(params_dir, "scenarios").glob("*.yaml")):
        with suppress(InputError, KeyError, TypeError, ValueError):
            overlay = read(Overlay, file)
            (path,) = overlay.set
            entry: Any = overlay.set[path]
            if not overlay.combines and _inside(leaves[path], float(entry["value"])):
                found[path] = (*found.get(path, ()), float(entry["value"]))
    return found


def ranged(scenario: Scenario) -> tuple[Leaf, ...]:
    """Return the inputs that have a range, in order."""
    return tuple(leaf for leaf in scenario.leaves.values() if leaf.low is not None)


IDLE = {
    "deal.copromotion.us_profit_share": ("deal.copromotion.offered", True),
    "deal.copromotion.opt_in_cost_share": ("deal.copromotion.offered", True),
    "deal.extension_prob": ("deal.extension_rule", "chance"),
}
"""Inputs that are read only where another has this value."""


def is_idle(scenario: Scenario, path: str) -> bool:
    """Return whether an input moves nothing under the rules of a scenario."""
    other, needed = IDLE.get(path, (path, scenario[path]))
    return scenario[other] != needed


def leaf_over(scenario: Scenario, path: str, low: float | None = None, high: float | None = None) -> Leaf:
    """Return an input with the range it is to be asked over, by default its own.

    Raises InputError, one line, for what is no number of the scenario, moves nothing there, or has no width.
    """
    if path not in scenario.leaves:
        first = next(iter(scenario.leaves.values()))
        text = f"got no such input, expected one that `partnering inputs` lists{did_you_mean(path, scenario.leaves)}"
        raise InputError([Problem(first.file, first.line, path, text)])
    leaf = scenario.leaves[path]
    ends = leaf.low if low is None else low, leaf.high if high is None else high
    text = ""
    if not isinstance(leaf.value, float):
        text = f"got {type(leaf.value).__name__}, expected an input that is one number"
    elif is_idle(scenario, path):
        text = "got an input that nothing reads under the rules of this scenario, expected one that moves something"
    elif ends[0] is None or ends[1] is None:
        text = "got no range, expected --low and --high"
    elif not ends[0] < ends[1]:
        text = f"got a range from {ends[0]:g} to {ends[1]:g}, expected low below high"
    elif not _inside(leaf, ends[0]) or not _inside(leaf, ends[1]):
        text = (
            f"got a range from {ends[0]:g} to {ends[1]:g}, expected it within {leaf.lower_bound} to {leaf.upper_bound}"
        )
    if text:
        raise InputError([Problem(leaf.file, leaf.line, path, text)])
    return replace(leaf, low=ends[0], high=ends[1])


def _inside(leaf: Leaf, value: float) -> bool:
    low, high = leaf.lower_bound, leaf.upper_bound
    return (low is None or value >= low) and (high is None or value <= high)


def _findings(asked: Analysis, scenario: Scenario) -> Iterator[Finding]:
    known = {path for path, leaf in scenario.leaves.items() if isinstance(leaf.value, float)}
    for name in ("royalty_multiples", "risk_tolerances_musd"):
        yield from _falling(getattr(asked, name), (name,))
    for number, each in enumerate(asked.maps):
        for side, axis in (("x", each.x), ("y", each.y)):
            yield from _unknown(axis.leaf, known, ("maps", number, side, "leaf"))
            yield from _falling(axis.levels, ("maps", number, side, "levels"))
        if each.x.leaf == each.y.leaf:
            yield ("maps", number, "y", "leaf"), f"got {each.y.leaf!r} on both sides, expected two inputs"
    for name, study in asked.studies.items():
        for place, path in enumerate(study.learns):
            yield from _unknown(path, known, ("studies", name, "learns", place))
        if study.source not in scenario.sources:
            close = did_you_mean(study.source, scenario.sources)
            yield ("studies", name, "source"), f"got source {study.source!r}, expected one in sources.yaml{close}"
    roots = [root for group in asked.groups.values() for root in group]
    for root in dict.fromkeys(leaf.path.split(".")[0] for leaf in ranged(scenario)):
        if roots.count(root) != 1:
            yield ("groups",), f"got {root!r} in {roots.count(root)} groups, expected every ranged input in one"


def _unknown(path: str, known: set[str], at: Location) -> Iterator[Finding]:
    if path not in known:
        yield at, f"got {path!r}, expected the path of a number in base.yaml{did_you_mean(path, known)}"


def _falling(values: tuple[float, ...], at: Location) -> Iterator[Finding]:
    if not all(low < high for low, high in pairwise(values)):
        yield at, f"got {show(values)}, expected rising ones, none twice"
