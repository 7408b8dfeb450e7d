"""The roll-back of a decision tree: one function for the belief table, the check and the published trees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount

Found = dict[tuple[Any, ...], NDArray[np.float64]]
"""Values by the names of their nodes."""


@dataclass(frozen=True)
class Node:
    """A point of a tree. Money and probabilities may be numbers or arrays that broadcast against each other.

    `cash` is received on arriving (negative: paid), at the node's own time, `years` after its parent.
    From here either chance decides (`chances`: probability and node; what they leave to one is an end worth
    nothing) or somebody does (`choices`, stopping included only if it is one of them). Without an `owner` each
    entry of the arrays takes its own best choice. With one, the first axis is the parties', and the owner makes one
    choice for all entries: the best on average, as somebody must who cannot tell them apart. Of equals the first.
    """

    cash: Any = 0.0
    years: Any = 0.0
    chances: tuple[tuple[Any, "Node"], ...] = ()
    choices: tuple["Node", ...] = ()
    owner: int | None = None
    name: tuple[Any, ...] | None = None


STOP = Node()
"""Doing nothing more, the usual last choice."""


def roll_back(node: Node, rate: Any = 0.0, found: Found | None = None) -> NDArray[np.float64]:
    """Return the expected value at a node, at the node's own time, discounting at an annual rate.

    `found`, where given, collects the value of every node that has a name, of several by one name the first's.
    """
    value = np.asarray(node.cash, dtype=float)
    if node.choices:
        value = value + _choose(np.broadcast_arrays(*(_seen_from(n, rate, found) for n in node.choices)), node.owner)
    for chance, branch in node.chances:
        value = value + chance * _seen_from(branch, rate, found)
    if found is not None and node.name is not None:
        found.setdefault(node.name, value)
    return value


def _choose(values: Any, owner: int | None) -> NDArray[np.float64]:
    if owner is None:
        return np.max(np.stack(values), axis=0)
    return values[int(np.argmax([value[owner].mean() for value in values]))]


def _seen_from(node: Node, rate: Any, found: Found | None) -> NDArray[np.float64]:
    """Return a node's value at its parent's time."""
    return discount(node.years, rate) * roll_back(node, rate, found)
