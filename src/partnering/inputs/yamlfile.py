"""Reads one YAML file into plain values and remembers the line of every key.

Files are data from outside: size, nesting, aliases and tags are refused before anything is built from them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.parser import Parser

from partnering.inputs.errors import InputError, Problem, show

MAX_BYTES = 200_000  # the base file has some 25,000; this much takes about three seconds
MAX_DEPTH = 20  # the base file has 5

Location = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Document:
    """A file's top-level mapping, not to be changed, and the line of every key and list item in it."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[Location, int]


def shown(path: Path) -> str:
    """The path as messages show it: relative to the working directory where it lies inside, else as given."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def read_yaml(path: Path) -> Document:
    """The document in a YAML 1.2 file. Raises InputError for anything but one plain UTF-8 mapping."""
    file = shown(path)
    if not os.path.isfile(path):  # also for a name no system can have
        raise _error(file, 1, "got no such file, expected a YAML file")
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    return _parse(file, content)


@cache
def _parse(file: str, content: bytes) -> Document:
    """Parse once per content: every scenario reads the same base file."""
    if len(content) > MAX_BYTES:
        raise _error(file, 1, f"got a file of more than {MAX_BYTES} bytes, expected a short one")
    try:
        text = content.decode("utf-8-sig")
        root = _compose(text)
    except _UnwantedError as error:
        unwanted, line = error.args
        raise _error(file, line, f"got {unwanted}, expected plain keys and values") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(file, line, "got bytes that are not UTF-8, expected YAML text") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _error(file, line, f"got no valid YAML ({error.problem}), expected key: value") from error
    except YAMLError as error:
        raise _error(file, 1, "got control characters, expected YAML text") from error
    if not isinstance(root, MappingNode):
        got = "an empty file" if root is None else "something else"
        raise _error(file, 1, f"got {got}, expected a mapping of keys to values")
    return _Builder(file).document(root)


class _Limited(Parser):
    """A parser that refuses deep nesting, aliases and tags while they are still mere events."""

    depth = 0

    def get_event(self) -> Event:
        """Return the next event. Raises _UnwantedError."""
        event: Event = super().get_event()
        self.depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        unwanted = _unwanted(event) or (f"nesting deeper than {MAX_DEPTH}" if self.depth > MAX_DEPTH else "")
        if unwanted:
            raise _UnwantedError(unwanted, event.start_mark.line + 1)
        return event


class _UnwantedError(Exception):
    """What a file of plain keys and values has not, and its line."""


def _compose(text: str) -> Node | None:
    """Return the nodes of a document, None for an empty one."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Parser = _Limited
    return yaml.compose(text)


def _unwanted(event: Event) -> str:
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
        return "an anchor or alias"
    return "a tag" if getattr(event, "tag", None) is not None else ""


class _Builder:
    """Turns nodes into dicts, tuples and scalars, noting lines and problems on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []
        self.constructor = YAML(typ="safe", pure=True).constructor

    def document(self, root: MappingNode) -> Document:
        """The whole document. Raises InputError with every problem found in it."""
        data = self.plain(root, ())
        if self.problems:
            raise InputError(self.problems)
        return Document(self.file, data, self.lines)

    def plain(self, node: Node, at: Location) -> Any:
        """The plain value of a node, its line noted."""
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self.mapping(node, at)
        if isinstance(node, SequenceNode):
            return tuple(self.plain(item, (*at, index)) for index, item in enumerate(node.value))
        try:
            return self.constructor.construct_object(node)
        except ValueError:  # a date such as 2000-02-31, an integer of thousands of digits
            self.refuse(node, at, f"got {show(node.value)}, expected a readable date or number")
            return None

    def mapping(self, node: MappingNode, at: Location) -> dict[str, Any]:
        """The plain mapping of a node; keys that are not text or come twice are refused."""
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not key_node.tag.endswith(":str"):
                self.refuse(key_node, at, f"got the key {show(key)}, expected a key that is text")
            elif key in result:
                first = self.lines[(*at, key)]
                self.refuse(key_node, (*at, key), f"got a key already set on line {first}, expected it once")
            else:
                self.lines[(*at, key)] = line
                result[key] = self.plain(value_node, (*at, key))
        return result

    def refuse(self, node: Node, at: Location, text: str) -> None:
        """Note a problem at a node and go on."""
        path = ".".join(str(part) for part in at)
        self.problems.append(Problem(self.file, node.start_mark.line + 1, path, text))


def _error(file: str, line: int, text: str) -> InputError:
    return InputError([Problem(file, line, "", text)])
