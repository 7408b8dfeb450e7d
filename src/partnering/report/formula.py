"""Cells of a live sheet: every expression is a formula for the reader and, at once, the number it has now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

Term: TypeAlias = "Cell | float"


@dataclass(frozen=True)
class Cell:
    """A cell, or an expression of cells: what a spreadsheet computes, and its value at the inputs as they are."""

    text: str
    value: float

    def __add__(self, other: "Term") -> "Cell":
        return _joined("+", self, other, lambda a, b: a + b)

    def __radd__(self, other: "Term") -> "Cell":
        return _joined("+", other, self, lambda a, b: a + b)

    def __sub__(self, other: "Term") -> "Cell":
        return _joined("-", self, other, lambda a, b: a - b)

    def __rsub__(self, other: "Term") -> "Cell":
        return _joined("-", other, self, lambda a, b: a - b)

    def __mul__(self, other: "Term") -> "Cell":
        return _joined("*", self, other, lambda a, b: a * b)

    def __rmul__(self, other: "Term") -> "Cell":
        return _joined("*", other, self, lambda a, b: a * b)

    def __truediv__(self, other: "Term") -> "Cell":
        return _joined("/", self, other, lambda a, b: a / b)

    def __rtruediv__(self, other: "Term") -> "Cell":
        return _joined("/", other, self, lambda a, b: a / b)

    def __pow__(self, other: "Term") -> "Cell":
        return _joined("^", self, other, lambda a, b: a**b)

    def __rpow__(self, other: "Term") -> "Cell":
        return _joined("^", other, self, lambda a, b: a**b)

    def __neg__(self) -> "Cell":
        return 0 - self

    def less(self, other: "Term") -> "Cell":
        """Return 1 where this is below the other, 0 where not."""
        return _joined("<", self, other, lambda a, b: float(a < b))

    def most(self, other: "Term") -> "Cell":
        """Return 1 where this is not above the other, 0 where it is."""
        return _joined("<=", self, other, lambda a, b: float(a <= b))

    def equals(self, other: "Term") -> "Cell":
        """Return 1 where both are the same, 0 where not."""
        return _joined("=", self, other, lambda a, b: float(a == b))


ZERO = Cell("0", 0.0)


def _text(term: "Term") -> str:
    return term.text if isinstance(term, Cell) else repr(term)


def _value(term: "Term") -> float:
    return term.value if isinstance(term, Cell) else float(term)


def _joined(sign: str, left: "Term", right: "Term", work: Callable[[float, float], float]) -> Cell:
    return Cell(f"({_text(left)}{sign}{_text(right)})", float(work(_value(left), _value(right))))


def _called(name: str, terms: Sequence["Term"], value: float) -> Cell:
    return Cell(f"{name}({','.join(map(_text, terms))})", float(value))


def least(*terms: "Term") -> Cell:
    """Return the smallest."""
    return _called("MIN", terms, min(map(_value, terms)))


def largest(*terms: "Term") -> Cell:
    """Return the largest."""
    return _called("MAX", terms, max(map(_value, terms)))


def choose(condition: Cell, then: "Term", otherwise: "Term") -> Cell:
    """Return one of two, by a condition that is 1 or 0."""
    return _called("IF", (condition, then, otherwise), _value(then if condition.value else otherwise))


def remainder(term: "Term", by: int) -> Cell:
    """Return what is left of a whole number after division."""
    return _called("MOD", (term, by), _value(term) % by)


def whole(term: Cell) -> Cell:
    """Return a number rounded as the model rounds: exact halves go to the even number."""
    half = _called("MOD", (term, 1), term.value % 1).equals(0.5)
    up = Cell(f"ROUND({term.text},0)", float(np.floor(term.value + 0.5)))
    even = Cell(f"(2*ROUND({term.text}/2,0))", float(2 * np.floor(term.value / 2 + 0.5)))
    return choose(half, even, up)


def total(cells: Sequence[Cell]) -> Cell:
    """Return the sum of cells that stand below each other."""
    return Cell(f"SUM({cells[0].text}:{cells[-1].text})", float(sum(cell.value for cell in cells)))


def total_product(*columns: Sequence[Cell]) -> Cell:
    """Return the sum of products of cells side by side in columns of one length."""
    value = sum(np.prod([cell.value for cell in row]) for row in zip(*columns, strict=True))
    ranges = ",".join(f"{column[0].text}:{column[-1].text}" for column in columns)
    return Cell(f"SUMPRODUCT({ranges})", float(value))
