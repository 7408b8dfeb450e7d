"""Holds data against a type of the schema and says in one line each what does not fit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from partnering.inputs.errors import InputError, Problem, did_you_mean, show
from partnering.inputs.paths import kind_at
from partnering.inputs.yamlfile import Document, Location, read_yaml

T = TypeVar("T")
Mark = tuple[str, int]  # file and line
Marks = Mapping[Location, Mark]

EXPECTED = {
    "missing": "a value",
    "none_required": "no range on this kind of leaf",
    "float_type": "a number",
    "int_type": "a whole number",
    "finite_number": "a finite number",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "bool_type": "true or false",
    "date_type": "a date such as 2001-12-31",
    "tuple_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "string_pattern_mismatch": "lowercase letters, digits and _, a letter first",
}
LIMITS = {
    "greater_than_equal": "at least",
    "greater_than": "more than",
    "less_than": "less than",
    "less_than_equal": "at most",
}


def marks_of(document: Document) -> dict[Location, Mark]:
    """File and line of every key of a document."""
    return {location: (document.file, line) for location, line in document.lines.items()}


def nearest_mark(location: Location, marks: Marks) -> Mark:
    """File and line of a location, or of the group around it where it has none of its own."""
    while location not in marks:
        location = location[:-1]
    return marks[location]


def validate(kind: type[T], data: Mapping[str, Any], marks: Marks) -> T:
    """The data as an instance of `kind`. Raises InputError with every misfit found."""
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        raise InputError(_problem(kind, dict(detail), marks) for detail in error.errors()) from error


def read(kind: type[T], file: Path) -> T:
    """The data of a YAML file as an instance of `kind`. Raises InputError."""
    document = read_yaml(file)
    return validate(kind, document.data, marks_of(document))


def problem_at(location: Location, text: str, marks: Marks) -> Problem:
    """What is wrong at a location of a document, which is named as `group.list[0].key`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return Problem(*nearest_mark(location, marks), path.removeprefix("."), text)


def _problem(kind: object, detail: dict[str, Any], marks: Marks) -> Problem:
    location = tuple(part for part in detail["loc"] if part != "[key]")
    got = {"missing": "nothing", "extra_forbidden": "an unknown key"}.get(detail["type"]) or show(detail["input"])
    return problem_at(location, f"got {got}, expected {_expected(kind, detail, location)}", marks)


def _expected(kind: object, detail: dict[str, Any], location: Location) -> str:
    name, context = detail["type"], detail.get("ctx", {})
    if name == "extra_forbidden":
        return _other_keys(kind, location)
    if name == "literal_error":
        return str(context["expected"])
    if name == "too_short":
        return "at least one" if (least := context["min_length"]) == 1 else f"at least {least}"
    if name in LIMITS:
        limit = next(iter(context.values()))
        hint = " (a fraction, not a percent)" if name == "less_than_equal" and limit == 1 else ""
        return f"{LIMITS[name]} {limit:g}{hint}"
    return EXPECTED.get(name) or str(detail["msg"])


def _other_keys(kind: object, location: Location) -> str:
    parent = kind_at(location[:-1], kind)
    known = list(parent.model_fields) if isinstance(parent, type) and issubclass(parent, BaseModel) else []
    return did_you_mean(str(location[-1]), known).removeprefix("; ") or "one of " + ", ".join(known)
