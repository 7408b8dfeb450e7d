"""What the model reads: a frozen, flat set of leaves that has passed every check."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from partnering.inputs.files import Source

COLUMNS = (
    *("path", "label", "value", "low", "high", "dist", "unit", "status", "source", "known", "published"),
    *("changed_from", "implied_mean"),
)
"""What a table of leaves says about each."""

PLACE = ("file", "line", "latest")  # where a leaf was read is shown to nobody but its editor


@dataclass(frozen=True)
class Leaf:
    """One number, list, name, date or switch, with its range and where it comes from. Lists are tuples, dates text."""

    path: str
    value: Any
    unit: str
    status: str
    source: str
    known: str
    latest: str  # the last day its file may know of: the valuation date, or the file's vintage
    published: str | None
    low: float | None
    high: float | None
    dist: str | None
    drawn: bool
    label: str
    note: str | None
    slider: bool
    changed_from: Any
    file: str
    line: int
    lower_bound: float | None
    upper_bound: float | None


SHOWN = tuple(field.name for field in fields(Leaf) if field.name not in PLACE)
"""What a reader may see of a leaf."""


@dataclass(frozen=True, eq=False)
class Scenario:
    """A question put to the model: every leaf by its dotted path, in the order of the base file."""

    name: str
    title: str
    question: str
    combines: tuple[str, ...]
    leaves: Mapping[str, Leaf]
    sources: Mapping[str, Source]
    vintage: str | None = None  # set where leaves were known only later than the valuation date
    family: str | None = None  # what it asks about, where its file says so

    def __post_init__(self) -> None:
        for name in ("leaves", "sources"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.name, self.title, self.question, self.combines, dict(self.leaves), dict(self.sources))
        return Scenario, (*parts, self.vintage, self.family)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.text_digest == other.text_digest

    def __hash__(self) -> int:
        return int(self.text_digest[:15], 16)

    def __getitem__(self, path: str) -> Any:
        """The value of the leaf at a path, in the leaf's unit. Raises KeyError where there is none."""
        return self.leaves[path].value

    def with_values(self, values: Mapping[str, Any]) -> "Scenario":
        """Return the scenario with leaves fixed at other values, by their path."""
        leaves = {
            path: replace(self.leaves[path], value=value, low=None, high=None, dist=None, drawn=False)
            for path, value in values.items()
        }
        return replace(self, leaves={**self.leaves, **leaves})

    def children(self, prefix: str) -> tuple[str, ...]:
        """Names directly below a group, in order; empty where there is no such group."""
        start = prefix + "."
        names = (path.removeprefix(start).split(".")[0] for path in self.leaves if path.startswith(start))
        return tuple(dict.fromkeys(names))

    def drawn(self) -> tuple[Leaf, ...]:
        """Leaves drawn anew on every path, in order."""
        return tuple(leaf for leaf in self.leaves.values() if leaf.drawn)

    @cached_property
    def digest(self) -> str:
        """Sha256 over all that moves a result: value, range and family of every leaf, but no title, label or note."""
        fields = ("path", "value", "low", "high", "dist", "drawn")
        rows = [[getattr(leaf, field) for field in fields] for _, leaf in sorted(self.leaves.items())]
        return _sha256(rows)

    @cached_property
    def text_digest(self) -> str:
        """Sha256 over all that a reader sees: the digest's content, titles, labels, notes, sources and order."""
        leaves = [{name: getattr(leaf, name) for name in SHOWN} for leaf in self.leaves.values()]
        sources = {name: source.model_dump(mode="json") for name, source in self.sources.items()}
        about = [self.name, self.title, self.question, self.combines]
        return _sha256([*about, leaves, sources, self.vintage, self.family])


def _sha256(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
