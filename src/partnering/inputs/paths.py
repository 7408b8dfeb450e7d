"""Walks the schema and what was validated against it by dotted paths."""

from collections.abc import Iterator
from typing import get_args, get_origin

from pydantic import BaseModel

from partnering.inputs.schema import Params, Strategy
from partnering.inputs.units import Closed, Entry


def kind_at(location: tuple[str | int, ...], kind: object = Params) -> object:
    """The type of the group, leaf or leaf's key at a location of params/ (or of `kind`); None where there is none."""
    for part in location:
        if get_origin(kind) in (dict, tuple):
            kind = get_args(kind)[get_origin(kind) is dict]
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            kind = kind.model_fields[str(part)].annotation
        else:
            return None
    return kind


def schema_paths(kind: object = Params, prefix: str = "", marked: str = "") -> tuple[str, ...]:
    """Dotted path of every leaf, or of those with a mark, in order; `*` stands for the name of a strategy."""
    if get_origin(kind) is dict:
        return schema_paths(get_args(kind)[1], f"{prefix}*.", marked)
    if not (isinstance(kind, type) and issubclass(kind, Closed)):
        return ()
    paths: list[str] = []
    for name, field in kind.model_fields.items():
        child = field.annotation
        if not (isinstance(child, type) and issubclass(child, Entry)):
            paths += schema_paths(child, f"{prefix}{name}.", marked)
        elif not marked or marked in field.metadata:
            paths.append(prefix + name)
    return tuple(paths)


def flatten(group: Closed | dict[str, Strategy], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """Every leaf below a validated group with its dotted path, in the order of the schema."""
    members = group if isinstance(group, dict) else dict(group)
    for name, member in members.items():
        if isinstance(member, Entry):
            yield prefix + name, member
        else:
            yield from flatten(member, f"{prefix}{name}.")
