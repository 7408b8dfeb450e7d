"""The roll-back of a decision tree: one function for the belief table, the check and the published trees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount


@dataclass(frozen=True)
class Node:
    """A point of a tree. Money and probabilities may be numbers or arrays over one common axis.

    `cash` is received on arriving (negative: paid), at the node's own time, `years` after its parent.
    From here either chance decides (`chances`: probability and node; what they leave to one is an end worth
    nothing) or the owner does (`choices`: the best of them, stopping included only if it is one of them).
    """

    cash: Any = 0.0
    years: Any = 0.0
    chances: tuple[tuple[Any, "Node"], ...] = ()
    choices: tuple["Node", ...] = ()


STOP = Node()
"""Doing nothing more, the usual last choice."""


def roll_back(node: Node, rate: Any = 0.0) -> NDArray[np.float64]:
    """Return the expected value at a node, at the node's own time, discounting at an annual rate."""
    value = np.asarray(node.cash, dtype=float)
    if node.choices:
        value = value + np.max(np.stack(np.broadcast_arrays(*(_seen_from(n, rate) for n in node.choices))), axis=0)
    for chance, branch in node.chances:
        value = value + chance * _seen_from(branch, rate)
    return value


def _seen_from(node: Node, rate: Any) -> NDArray[np.float64]:
    """Return a node's value at its parent's time."""
    return discount(node.years, rate) * roll_back(node, rate)
