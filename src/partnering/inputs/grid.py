"""A grid of scenarios: leaves and the values each takes, every value and every scenario held against the rules."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from annotated_types import Ge, MinLen

from partnering.inputs.errors import InputError, Problem, did_you_mean, show
from partnering.inputs.load import BASE, load_run_settings, load_scenario
from partnering.inputs.paths import kind_at
from partnering.inputs.rules import find_problems
from partnering.inputs.scenario import Scenario
from partnering.inputs.units import Closed, Date, Entry, Text
from partnering.inputs.validate import Marks, marks_of, nearest_mark, problem_at, validate
from partnering.inputs.yamlfile import Location, read_yaml

MOST = 100_000
"""Scenarios of a grid: as many are checked in two minutes."""

Value = TypeVar("Value")


class _Asked(Closed):
    """A grid file: the scenarios it starts from, and the values that leaves take in each."""

    title: Text
    question: Text
    scenarios: Annotated[tuple[Text, ...], MinLen(1)] = (BASE,)
    paths: Annotated[int, Ge(1)]
    seed: Annotated[int, Ge(0)] | None = None
    over: Annotated[dict[str, Annotated[tuple[object, ...], MinLen(1)]], MinLen(1)]


class _Values(Closed, Generic[Value]):
    """Values of one leaf, of the leaf's own type."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Point:
    """A scenario of a grid, and its values by path of their leaf: fixed, known to all, as if a file had set them."""

    scenario: Scenario
    values: Mapping[str, Any]

    def __str__(self) -> str:
        """The scenario's name and what is changed in it, on one line."""
        return f"{self.scenario.name} where " + ", ".join(f"{path} is {text}" for path, text in self.told().items())

    def told(self) -> dict[str, str]:
        """Every value as text: shortest round-trip numbers, lists as JSON."""
        values = self.values.items()
        return {at: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for at, value in values}


@dataclass(frozen=True)
class Grid:
    """Every scenario named with every combination of values, the last leaf's changing first."""

    title: str
    question: str
    paths: int
    seed: int
    scenarios: tuple[Scenario, ...]
    over: Mapping[str, tuple[Any, ...]]
    marks: Marks

    def __len__(self) -> int:
        return len(self.scenarios) * prod(map(len, self.over.values()))

    def __iter__(self) -> Iterator[Point]:
        """Every point, made as it is asked for: all at once would fill the memory."""
        places = product(*(range(len(values)) for values in self.over.values()))
        for scenario, place in product(self.scenarios, places):
            yield self._point(scenario, dict(zip(self.over, place, strict=True)))

    def _point(self, scenario: Scenario, places: Mapping[str, int]) -> Point:
        values, leaves = {}, dict(scenario.leaves)
        for path, place in places.items():
            values[path] = self.over[path][place]
            file, line = nearest_mark(("over", path, place), self.marks)
            fixed = {"value": values[path], "low": None, "high": None, "dist": None, "drawn": False}
            leaves[path] = replace(leaves[path], **fixed, file=file, line=line)
        return Point(replace(scenario, leaves=leaves), values)


def load_grid(file: Path | str, params_dir: Path | str) -> Grid:
    """A grid of which every scenario has passed every rule. Raises InputError, one line for whatever does not hold."""
    document = read_yaml(Path(file))
    marks = marks_of(document)
    asked = validate(_Asked, document.data, marks)
    again = [*_twice(asked.scenarios, ("scenarios",))]
    if again:
        raise InputError(problem_at(at, text, marks) for at, text in again)
    scenarios = tuple(load_scenario(name, params_dir) for name in asked.scenarios)
    over: dict[str, tuple] = {}
    problems: list[Problem] = []
    for path in asked.over:
        try:
            over[path] = _values_of(path, asked.over[path], scenarios, marks)
        except InputError as error:
            problems += error.found
    seed = load_run_settings(params_dir).seed if asked.seed is None else asked.seed
    grid = Grid(asked.title, asked.question, asked.paths, seed, scenarios, over, marks)
    if not problems and len(grid) > MOST:
        problems.append(problem_at(("over",), f"got {len(grid)} scenarios, expected at most {MOST}", marks))
    if problems := problems or _broken(grid):
        raise InputError(problems)
    return grid


def _values_of(path: str, values: tuple, scenarios: tuple[Scenario, ...], marks: Marks) -> tuple:
    """Values of a leaf as its type has them. Raises InputError."""
    at = ("over", path)
    kind: Any = kind_at(tuple(path.split(".")))
    known = [name for scenario in scenarios for name in scenario.leaves]
    if not (isinstance(kind, type) and issubclass(kind, Entry)) or known.count(path) < len(scenarios):
        text = f"got an unknown leaf, expected the path of a leaf in base.yaml{did_you_mean(path, known)}"
        raise InputError([problem_at(at, text, marks)])
    if kind is Date:
        text = "got the day that decides what may be known, expected a scenario file that sets it"
        raise InputError([problem_at(at, text, marks)])
    of_leaf: Any = _Values[kind.__pydantic_generic_metadata__["args"][1]]  # type: ignore[misc]
    here = {("values", *place[2:]): mark for place, mark in marks.items() if place[:2] == at}
    try:
        typed = validate(of_leaf, {"values": values}, {(): marks[at], **here}).values
    except InputError as error:
        raise InputError(replace(p, path=p.path.replace("values", ".".join(at), 1)) for p in error.found) from error
    if again := [*_twice(typed, at)]:
        raise InputError(problem_at(place, text, marks) for place, text in again)
    return typed


def _twice(values: tuple, at: Location) -> Iterator[tuple[Location, str]]:
    seen = set()
    for place, value in enumerate(values):
        if value in seen:
            yield (*at, place), f"got {show(value)} again, expected each once"
        seen.add(value)


def _broken(grid: Grid) -> list[Problem]:
    """What rules the scenarios break: a line of the grid and a leaf come once, with the first scenario they fail in."""
    found: dict[tuple[int, str], Problem] = {}
    for point in grid:
        for problem in find_problems(point.scenario):
            at = ("over", problem.path) if problem.path in point.values else ("over",)
            line = problem.line if problem.path in point.values else nearest_mark(at, grid.marks)[1]
            text = f"{problem.text}; in {point}"
            found.setdefault((line, problem.path), Problem(nearest_mark(at, grid.marks)[0], line, problem.path, text))
    return [*found.values()]
