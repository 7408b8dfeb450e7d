"""Published valuations to reproduce: params/cases/*.yaml, one file each."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Gt, MinLen
from pydantic import Field, FiniteFloat

from partnering.inputs.errors import InputError, Problem, did_you_mean
from partnering.inputs.units import Closed, Text
from partnering.inputs.validate import marks_of, problem_at, validate
from partnering.inputs.yamlfile import Location, read_yaml, shown

FOLDER = "cases"


class Figure(Closed):
    """A figure to be met, how closely, and whether it was read in a source or only recalled."""

    name: Text
    value: FiniteFloat
    tol: Annotated[FiniteFloat, Gt(0)]
    seen: bool = True
    note: Text | None = None


class Remark(Closed):
    """A figure of a source that is not to be met, and why."""

    name: Text
    value: FiniteFloat
    note: Text


class Misreading(Closed):
    """A wrong reading that must miss a figure: with other inputs, with another figure taken for it, or as printed."""

    reading: Text
    figure: Text
    instead: dict[str, Any] = Field(default_factory=dict)
    taken: Text | None = None
    printed: FiniteFloat | None = None


class Reference(Closed):
    """Where a case comes from, where it was read, and how much of it."""

    original: Text
    read_at: Annotated[tuple[Text, ...], MinLen(1)]
    inputs: Literal["read", "recalled"]
    outputs: Literal["read", "partly", "recalled"]
    note: Text | None = None


class Case(Closed):
    """A published valuation: inputs, conventions, what was published, and what was worked out from the same inputs.

    `left_out` are figures that cannot be met; `not_worked` says why a whole case is not worked. The inputs are as free
    as the sources are.
    """

    id: Text
    label: Text
    title: Text
    covers: Annotated[tuple[Text, ...], MinLen(1)]
    source: Reference
    unit: Text
    conventions: dict[str, Text]
    inputs: dict[str, Any]
    published: tuple[Figure, ...]
    unpublished_checks: tuple[Figure, ...] = ()
    left_out: tuple[Remark, ...] = ()
    wrong_readings: tuple[Misreading, ...] = ()
    not_worked: Text | None = None
    notes: Text | None = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure to be met, published ones first."""
        return (*self.published, *self.unpublished_checks)

    def kind_of(self, figure: Figure) -> str:
        """Return whether a figure is `published`, which means read in a source, `recalled` or an `own check`."""
        if figure in self.unpublished_checks:
            return "own check"
        return "published" if figure.seen and self.source.outputs != "recalled" else "recalled"


def load_cases(params_dir: Path | str) -> tuple[Case, ...]:
    """Every published case of params/cases, by name. Raises InputError with the problems of all the files."""
    folder = Path(params_dir, FOLDER)
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            cases.append(_read_case(file))
        except InputError as error:
            problems += error.found
    if not cases and not problems:
        problems.append(Problem(shown(folder), 1, "", "got no file, expected at least one published case"))
    if problems:
        raise InputError(problems)
    return tuple(cases)


def _read_case(file: Path) -> Case:
    document = read_yaml(file)
    marks = marks_of(document)
    case = validate(Case, document.data, marks)
    if problems := [problem_at(at, text, marks) for at, text in _misfits(case, file.stem)]:
        raise InputError(problems)
    return case


def _misfits(case: Case, stem: str) -> Iterator[tuple[Location, str]]:
    if case.id != stem:
        yield ("id",), f"got {case.id!r}, expected {stem!r}, the name of its file"
    if not case.published:
        yield ("published",), "got [], expected at least one"
    named = Counter(figure.name for figure in case.figures)
    for kind, figures in (("published", case.published), ("unpublished_checks", case.unpublished_checks)):
        for place, figure in enumerate(figures):
            if named[figure.name] > 1:
                yield (kind, place, "name"), f"got {figure.name!r} {named[figure.name]} times, expected it once"
    for place, wrong in enumerate(case.wrong_readings):
        for key, name in (("figure", wrong.figure), ("taken", wrong.taken or wrong.figure)):
            if name not in named:
                text = f"got {name!r}, expected a figure of this case{did_you_mean(name, named)}"
                yield ("wrong_readings", place, key), text
