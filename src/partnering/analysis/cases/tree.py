"""What a published tree is asked beyond its value: its ends, their spread, the tree without stops, a break-even."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from partnering.analysis.rollback import STOP, Node, roll_back
from partnering.analysis.sensitivity import Paired, Point, brackets, close_in
from partnering.clock import discount

Inputs = dict[str, Any]
"""The inputs of a case, as its file has them."""

Figures = dict[str, float]
"""Figures worked out, by the names the file of the case calls them by."""


def outcomes(node: Node, rate: float = 0.0, chance: float = 1.0) -> Iterator[tuple[float, float, bool]]:
    """Yield every end under the best choices: net present cash, probability, whether the last thing was to be paid."""
    branches = node.chances
    if node.choices:
        branches = ((1.0, max(node.choices, key=lambda n: float(discount(n.years, rate) * roll_back(n, rate)))),)
    left = 1 - sum(p for p, _ in branches)
    if left > np.finfo(float).resolution:
        yield float(node.cash), chance * left, not branches and node.cash > 0
    for p, branch in branches:
        for value, reached, paid in outcomes(branch, rate, chance * p):
            yield float(node.cash + discount(branch.years, rate) * value), reached, paid


def spread(node: Node, rate: float = 0.0) -> float:
    """Return the standard deviation of the net present cash of a tree."""
    values, weights, _ = (np.array(column) for column in zip(*outcomes(node, rate), strict=True))
    return float(np.sqrt(np.sum(weights * values**2) - np.sum(weights * values) ** 2))


def without_stop(node: Node) -> Node:
    """Return the same tree for an owner who may never stop."""
    choices = tuple(without_stop(choice) for choice in node.choices if choice is not STOP)
    return replace(node, choices=choices, chances=tuple((p, without_stop(branch)) for p, branch in node.chances))


def stages_in_a_row(costs: list[float], chances: list[float], years: list[float], payoff: float) -> Node:
    """Return the tree of stages that each cost at their start, may succeed and take years, and pay off at the end."""
    node = Node(payoff)
    for cost, chance, lasts in zip(reversed(costs), reversed(chances), reversed(years), strict=True):
        node = Node(-cost, chances=((chance, replace(node, years=lasts)),))
    return node


def break_even(lead: Callable[[float], float]) -> float:
    """Return the share between none and all at which a lead is nothing, as the report finds turns; nan if nowhere."""

    def look(shares: list[float]) -> list[Point]:
        """Return the lead at each share, as points of a search."""
        return [Point(share, Paired(lead(share), 0.0), 0) for share in shares]

    return next((turn.at for turn in close_in(brackets(look([0.0, 1.0])), look)), float("nan"))
