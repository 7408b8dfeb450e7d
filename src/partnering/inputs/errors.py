"""What is wrong with an input file, in one line each."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_SHOWN = 60  # characters of an offending value


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong, where it is, and what was expected instead."""

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        """`file:line: path: text`, or without the path where the whole file is meant."""
        text = ": ".join(part for part in (f"{self.file}:{self.line}", self.path, self.text) if part)
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


class InputError(Exception):
    """Input that cannot be used; `problems` holds one line each, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.found: tuple[Problem, ...] = tuple(sorted(set(problems)))
        self.problems: list[str] = [str(problem) for problem in self.found]
        super().__init__("\n".join(self.problems))


def show(value: object) -> str:
    """An offending value as short text on one line."""
    if isinstance(value, dict):
        return "a group of keys"
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the closest known word, else an empty text."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
