"""A full run with the model behind it, and every answer so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.sensitivity import Paired, Point, paired
from partnering.analysis.what_if import Change, ask
from partnering.inputs.analysis import Analysis, is_idle
from partnering.inputs.scenario import Leaf, Scenario
from partnering.model.run import slugs_of
from partnering.results.schema import VIEW
from partnering.results.stored import Results

COMPANY, PARTNER = 0, 1
"""Places of the parties in an answer."""


@dataclass
class Inquiry:
    """A full run with the model behind it, and every answer so far."""

    scenario: Scenario
    seed: int
    run: Results
    settings: Analysis
    workers: int = 1
    say: Callable[[str], None] = lambda text: None
    _known: dict[tuple, NDArray[np.float64]] = field(default_factory=dict)

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        """The strategies, the one that signs first."""
        return slugs_of(self.scenario)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The company's value in the full run, shape (strategy, path)."""
        return np.stack([self.of_run(VIEW, slug, "company") for slug in self.slugs])

    def of_run(self, view: str, slug: str, party: str) -> NDArray[np.float64]:
        """Return a party's value in the full run, shape (path,)."""
        return self.run.paths[f"npv.{view}.{slug}.{party}"]

    @cached_property
    def _full(self) -> list[Paired]:
        """The lead over each rival in the full run."""
        return [paired(self.values[0], rival) for rival in self.values[1:]]

    def least(self, values: NDArray[np.float64]) -> tuple[int, Paired]:
        """Return the place of the rival that comes closest, or is furthest ahead, and the lead over it.

        `values` are (strategy, path), on the first futures. The lead is that of the full run plus what the same futures
        say has moved.
        """
        base = self.ask([{}], values.shape[1])[0]
        moved = [paired(values[0] - values[at], base[0] - base[at]) for at in range(1, len(values))]
        leads = [
            Paired(full.value + more.value, float(np.hypot(full.error, more.error)))
            for full, more in zip(self._full, moved, strict=True)
        ]
        rival = min(range(len(leads)), key=lambda at: leads[at].value)
        return 1 + rival, leads[rival]

    @cached_property
    def nearest(self) -> int:
        """The place of the nearest rival among the strategies."""
        return 1 + int(np.argmax(self.values[1:].mean(axis=1)))

    def ask(self, changes: Sequence[Change], paths: int, what: str = "", party: int = COMPANY) -> NDArray[np.float64]:
        """Return values, shape (change, strategy, path), on the first futures; what was asked before is not again."""
        moving = [self._moving(change) for change in changes]
        keys = [(paths, *sorted(change.items())) for change in moving]
        new = {key: change for key, change in zip(keys, moving, strict=True) if key not in self._known}
        if new:
            asked = list(new.values())
            answers = ask(self.scenario, self.seed, asked, paths, self.workers, self._progress(what))
            self._known |= dict(zip(new, answers, strict=True))
        return np.stack([self._known[key][:, party] for key in keys])

    def _moving(self, change: Change) -> Change:
        """Return a change without what moves nothing: idle inputs, and fixed ones at the value they have."""
        leaves = self.scenario.leaves
        return {
            path: value
            for path, value in change.items()
            if not is_idle(self.scenario, path) and (leaves[path].drawn or leaves[path].value != value)
        }

    def _progress(self, what: str) -> Callable[[int, int], None]:
        return lambda done, of: self.say(f"{what}: {done} of {of}") if what else None

    def points(self, asked: Sequence[tuple[Leaf, float]], paths: int, what: str = "") -> list[Point]:
        """Return the least lead at values of inputs."""
        if not asked:
            return []
        found = [self.least(values) for values in self.ask([{leaf.path: at} for leaf, at in asked], paths, what)]
        return [Point(at, lead, rival) for (_, at), (rival, lead) in zip(asked, found, strict=True)]


def ends_of(leaf: Leaf) -> tuple[float, float]:
    """Return both ends of an input's range."""
    assert leaf.low is not None and leaf.high is not None, "only inputs with a range are asked"
    return leaf.low, leaf.high
