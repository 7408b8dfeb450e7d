"""What stands in params/ beside the inputs: sanity bands, and the alternatives that were considered."""

from pathlib import Path

from partnering.inputs.errors import InputError
from partnering.inputs.files import Alternative, Band
from partnering.inputs.load import BASE, load_scenario
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
    for name, one in found.items():
        known = load_scenario(one.scenario or BASE, params_dir).children("strategies")
        if one.strategy is not None and one.strategy not in known:
            text = f"got strategy {one.strategy!r}, expected one of {', '.join(known)}"
            problems.append(problem_at((name, "strategy"), text, marks))
    if problems:
        raise InputError(problems)
    return found


def list_beside(params_dir: Path | str) -> tuple[Path, ...]:
    """Files of params/ that move no value of a run but stand in a report: bands, questions, cases and the like."""
    top = Path(params_dir)
    beside = (file for folder in (top, top / "cases") for file in folder.glob("*.yaml"))
    return tuple(sorted(file for file in beside if file.stem != BASE))
