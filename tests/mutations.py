"""Mutations of params: hostile values put into the structure of an overlay, hostile bytes into the text of a file."""

import datetime as dt
import random
from typing import Any

from ruamel.yaml import YAML

from partnering.inputs.yamlfile import Document, Location

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 0.5, 1e308, -1e308, 5e-324, -0.0, 10**400, -(10**18), float("nan"), float("inf")),
    *("", " ", "nan", "1e3", "0x10", "yes", "null", "~", "2003-02-31", "musd", "prob", "name", "term", "mission"),
    *("a\x00b", "line\nbreak", "\x1b[31m", "\ud800", "\u202e", "İıß", "🧬", "é" * 300, "x" * 20_000, "9" * 5_000),
    *("../../etc/passwd", "/etc/passwd", "base", "royalty_low", "mutant", "__class__", "{0.__class__}", "$(id)", "%n"),
    *("<script>alert(1)</script>", "!!python/object/apply:os.system ['id']", "__import__('os').system('id')", "*a"),
    *(dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.datetime(2003, 7, 31, 1, 2), dt.date(2003, 7, 30)),
    *((), (1,), (0.1, 0.2, 0.3), ("a",) * 1_000, (None,), ((((((((1,),),),),),),),), ("base",), ("../base",)),
    *({}, {"value": 1}, {"a": {"a": {"a": {}}}}, {"value": {"value": 1}}, {"__proto__": 1, "self": {}}),
)

PIECES = (
    *(
        b"!!python/object/apply:os.system ['touch hacked']",
        b"!!python/name:os.system",
        b"!include /etc/passwd",
        b"!!set",
    ),
    *(
        b"&a [*a]",
        b"*a",
        b"&a {a: *a}",
        b"<<: *a",
        b"%YAML 1.1\n---\n",
        b"---\n",
        b"...\n",
        b"? ",
        b"? [a]\n: b\n",
        b"|+\n",
    ),
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xf0\x9f\xa7\xac",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\t",
        b"\r",
        b"\r\n",
        b"\n",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b": ",
        b"'",
        b'"',
        b"#",
        b"-",
        b"- ",
        b"@",
        b"`",
        b"[" * 3_000,
        b"{a: " * 30,
        b"- " * 30,
    ),
    *(b"1e999", b"-.inf", b".nan", b"0b111", b"0o17", b"1_000", b"12:30:45", b"2003-07-31T01:02:03Z", b"9" * 6_000),
    *(
        b'"\\ud800"',
        b'"\\0"',
        b'"\\x1b[2J"',
        b'"\\N\\_"',
        b"x" * 50_000,
        b"deal: {}\n",
        b"set: {}\n",
        b"combines: [mutant]\n",
    ),
)


def mutated_overlay(luck: random.Random, leaves: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """An overlay of up to three leaves of the base case, then changed in up to four places."""
    chosen = luck.sample(sorted(leaves), luck.choice((0, 1, 1, 1, 2, 3)))
    whole = {"title": "T", "question": "Q?", "combines": (), "set": {path: dict(leaves[path]) for path in chosen}}
    for _ in range(luck.choice((0, 1, 1, 1, 2, 4))):
        changed = _mutate(luck, whole, sorted(leaves))
        whole = changed if isinstance(changed, dict) else whole
    return whole


def _mutate(luck: random.Random, data: Any, names: list[str]) -> Any:
    """A mapping or list changed in one place, at any depth."""
    if not isinstance(data, dict | tuple) or not data or luck.random() < 0.1:
        return luck.choice(HOSTILE) if not isinstance(data, float) else luck.choice((data * 10, -data, data, 100.0))
    if isinstance(data, tuple):
        place = luck.randrange(len(data))
        return (
            *data[:place],
            *luck.choice(((), (data[place],) * 2, (_mutate(luck, data[place], names),))),
            *data[place + 1 :],
        )
    key, kind = luck.choice(list(data)), luck.randrange(10)
    if kind == 0:
        return {name: value for name, value in data.items() if name != key}
    if kind == 1:
        other = luck.choice(
            (key + "x", key.upper(), key[:-1], luck.choice(names), str(luck.choice(HOSTILE)), f"{key}.value")
        )
        return {other if name == key else name: value for name, value in data.items()}
    if kind == 2:
        return {**data, str(luck.choice((*HOSTILE, *names, "drawn", "low", "vintage"))): luck.choice(HOSTILE)}
    if kind == 3:
        return {**data, key: luck.choice(HOSTILE)}
    return {**data, key: _mutate(luck, data[key], names)}


def document_of(file: str, data: dict[str, Any]) -> Document:
    """The document a file with these contents would be read as, a line for every key."""
    lines: dict[Location, int] = {(): 1}

    def note(value: Any, at: Location) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            lines[*at, key] = len(lines)
            if isinstance(inner, dict | tuple):
                note(inner, (*at, key))

    note(data, ())
    return Document(file, data, lines)


def mutated_text(luck: random.Random, text: bytes) -> bytes:
    """A file changed in up to five places: bytes lost, doubled, swapped, or something hostile put in."""
    for _ in range(luck.choice((1, 1, 2, 3, 5))):
        start = luck.randrange(len(text) + 1)
        end = min(start + luck.choice((0, 1, 1, 5, 40, 400)), len(text))
        word = text[start:end]
        put = luck.choice(
            (luck.choice(PIECES), b"", word * 2, word[::-1], bytes(luck.randrange(256) for _ in range(3)), b" " + word)
        )
        text = text[:start] + put + text[end:]
    return text


def leaves_of(base: bytes) -> dict[str, dict[str, Any]]:
    """Every leaf of a base file as a scenario file would set it, by path."""
    found: dict[str, dict[str, Any]] = {}

    def walk(group: Any, path: str) -> None:
        for name, inner in group.items():
            if "value" in inner:
                kept = {key: tuple(value) if isinstance(value, list) else value for key, value in inner.items()}
                found[f"{path}{name}"] = kept
            else:
                walk(inner, f"{path}{name}.")

    walk(YAML(typ="safe", pure=True).load(base), "")
    return found
