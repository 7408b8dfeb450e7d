"""What stands in params/ beside the inputs: sanity bands, and the alternatives that were considered."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from partnering.inputs.analysis import load_analysis
from partnering.inputs.cases import load_cases
from partnering.inputs.errors import InputError, Problem, did_you_mean
from partnering.inputs.files import Alternative, Band, Contradiction
from partnering.inputs.hindsight import load_hindsight
from partnering.inputs.load import BASE, list_scenarios, load_run_settings, load_scenario
from partnering.inputs.scenario import Scenario
from partnering.inputs.validate import marks_of, problem_at, read, validate
from partnering.inputs.yamlfile import read_yaml


def load_bands(params_dir: Path | str) -> dict[str, Band]:
    """Sanity bands by name. Raises InputError."""
    return read(dict[str, Band], Path(params_dir, "bands.yaml"))


def load_alternatives(params_dir: Path | str) -> dict[str, Alternative]:
    """Every alternative that was considered, by name. Raises InputError, also for a strategy that does not exist."""
    document = read_yaml(Path(params_dir, "alternatives.yaml"))
    marks = marks_of(document)
    found = validate(dict[str, Alternative], document.data, marks)
    text = "got both or neither of strategy and why_none, expected one"
    unsaid = [name for name, one in found.items() if (one.strategy is None) == (one.why_none is None)]
    problems = [problem_at((name,), text, marks) for name in unsaid]
    scenarios = list_scenarios(params_dir)
    for name, one in found.items():
        if one.scenario is not None and one.scenario not in scenarios:
            text = f"got scenario {one.scenario!r}, expected one of {', '.join(scenarios)}"
            problems.append(problem_at((name, "scenario"), text, marks))
            continue
        known = load_scenario(one.scenario or BASE, params_dir).children("strategies")
        if one.strategy is not None and one.strategy not in known:
            text = f"got strategy {one.strategy!r}, expected one of {', '.join(known)}"
            problems.append(problem_at((name, "strategy"), text, marks))
    if problems:
        raise InputError(problems)
    return found


def load_contradictions(params_dir: Path | str, scenario: Scenario) -> dict[str, Contradiction]:
    """Points on which sources differ, by name. Raises InputError, also for an unknown input or source."""
    document = read_yaml(Path(params_dir, "contradictions.yaml"))
    marks = marks_of(document)
    found = validate(dict[str, Contradiction], document.data, marks)
    problems = []
    for name, point in found.items():
        if (point.leaf is None) == (point.measure is None):
            problems.append(problem_at((name,), "got both or neither of leaf and measure, expected one", marks))
        if point.leaf is not None and point.leaf not in scenario.leaves:
            close = did_you_mean(point.leaf, scenario.leaves)
            text = f"got {point.leaf!r}, expected the path of an input in base.yaml{close}"
            problems.append(problem_at((name, "leaf"), text, marks))
        for place, version in enumerate(point.versions):
            if version.source not in scenario.sources:
                close = did_you_mean(version.source, scenario.sources)
                text = f"got source {version.source!r}, expected one in sources.yaml{close}"
                problems.append(problem_at((name, "versions", place, "source"), text, marks))
    if problems:
        raise InputError(problems)
    return found


def list_beside(params_dir: Path | str) -> tuple[Path, ...]:
    """Files of params/ that move no value of a run but stand in a report: bands, questions, cases and the like."""
    top = Path(params_dir)
    beside = (file for folder in (top, top / "cases") for file in folder.glob("*.yaml"))
    return tuple(sorted(file for file in beside if file.stem != BASE))


def load_scenarios(names: Iterable[str], params_dir: Path | str) -> tuple[Scenario, ...]:
    """Scenarios in order; run settings, what is asked of the base case and the published cases are checked too.

    Raises InputError with the problems of all the files.
    """
    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for name in names:
        try:
            loaded.append(load_scenario(name, params_dir))
        except InputError as error:
            problems += error.found
    for check in (load_run_settings, partial(_check_questions, loaded), load_cases):
        try:
            check(params_dir)
        except InputError as error:
            problems += error.found
    if problems:
        raise InputError(problems)
    return tuple(loaded)


def _check_questions(loaded: Iterable[Scenario], params_dir: Path | str) -> None:
    """Raise InputError where what is asked of the base case, or said of it, does not fit it."""
    base = next((scenario for scenario in loaded if scenario.name == BASE), None) or load_scenario(BASE, params_dir)
    load_analysis(params_dir, base)
    load_alternatives(params_dir)
    load_bands(params_dir)
    load_contradictions(params_dir, base)
    load_hindsight(params_dir, base)
