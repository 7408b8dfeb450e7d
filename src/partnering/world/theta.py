"""The epistemic draw: what is not known about the inputs, one value of every drawn leaf per path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.ranges import quantile
from partnering.inputs.scenario import Scenario
from partnering.world.streams import BLOCK, uniforms


@dataclass(frozen=True)
class Theta:
    """Values by leaf path: an array (path,) where the leaf is drawn, else the leaf's own value."""

    values: Mapping[str, Any]
    size: int
    copies: int = 1  # how often the same futures stand one after the other, inputs apart

    def __getitem__(self, path: str) -> Any:
        return self.values[path]

    def at(self, path: str, rows: NDArray[np.int64]) -> Any:
        """Return the leaf's value for each of the given paths (a scalar if it is not drawn)."""
        value = self.values[path]
        return value.take(rows) if isinstance(value, np.ndarray) else value

    def each(self, path: str) -> NDArray[np.float64]:
        """Return the leaf's value as an array (path,)."""
        return np.broadcast_to(np.asarray(self.values[path], dtype=float), (self.size,))


def indices(chosen: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where the chosen stand: arrays are cut by index several times as fast as by mask."""
    return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64, copy=False)


def luck_of(theta: Theta, seed: int, name: str, block: int, slots: int) -> NDArray[np.float64]:
    """Return the uniforms of a stream for the paths of a draw, shape (slot, path): the same in every copy."""
    drawn = uniforms(seed, name, block, slots)[:, : theta.size // theta.copies]
    return drawn if theta.copies == 1 else np.tile(drawn, theta.copies)


def draw_theta(scenario: Scenario, seed: int, block: int, size: int = BLOCK, stream: str = "theta") -> Theta:
    """Return the draw of the first `size` paths of a block; each leaf has a stream of its own."""
    values: dict[str, Any] = {path: leaf.value for path, leaf in scenario.leaves.items()}
    for leaf in scenario.drawn():
        values[leaf.path] = quantile(leaf, uniforms(seed, f"{stream}/{leaf.path}", block, 1)[0, :size])
    return Theta(values, size)
