"""What signing was expected to bring, future by future: products by stage and day, receipts by line.

Planned and before tax: what the deal pays does not depend on how the company finances its own work. The first futures
of the run are lived once more; no later fact is read here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years
from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.draws import BLOCK
from partnering.model.records import Kept
from partnering.model.run import Keep, play_block
from partnering.model.stages import MARKET
from partnering.model.views import PRETAX
from partnering.results.variants import chosen

RIGHTS = "rights"
"""All lines of the deal but those of GROUPS: royalties, and whatever else its terms bring."""

TOLD = (lines.UPFRONT, lines.RESEARCH_FUNDING, lines.EXTENSION_FUNDING, lines.MILESTONES)
GROUPS = (*(lines.LINES[line] for line in TOLD), RIGHTS)
"""Lines of the deal as payments on record tell them apart; milestones of a product that came back are milestones."""


@dataclass(frozen=True)
class Foreseen:
    """The strategy that signs over some futures; arrays by path (path,)."""

    scenario: Scenario
    rate: float  # of the company that signs
    kept: Kept

    def starts(self, stage: int, years: float) -> NDArray[np.int64]:
        """Return how many candidates of the deal start a stage by a moment; the market stage is approval."""
        return np.asarray((self._start_years(stage) <= years).sum(axis=1))

    @property
    def first_approval_years(self) -> NDArray[np.float64]:
        """The years to the first approval, infinite where there is none."""
        return np.asarray(self._start_years(MARKET).min(axis=1, initial=np.inf))

    def _start_years(self, stage: int) -> NDArray[np.float64]:
        """Return when candidates of the deal start a stage, infinite where none does, (path, candidate)."""
        courses = self.kept.courses
        there = np.arange(courses.shape[1]) < self.kept.counts[:, None]
        begun = there & (courses["collaboration"] == 1) & (courses["entered"][..., stage] == 1)
        return np.where(begun, start_years(courses["start"][..., stage]), np.inf)

    def _pages(self, groups: Sequence[str]) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Yield real receipts of every line of some groups, (path, quarter), and the years they fall in."""
        for line, page in enumerate(self.kept.receipts):
            name = lines.LINES[lines.MILESTONES if line == lines.RETURNED_MILESTONES else line]
            if (name if name in GROUPS else RIGHTS) in groups:
                yield page, (start_years if lines.AT_START[line] else mid_years)(np.arange(page.shape[1]))

    def received(self, groups: Sequence[str]) -> NDArray[np.float64]:
        """Return the nominal receipts of some groups of lines, (path, quarter)."""
        total = np.zeros(self.kept.receipts.shape[1:])
        for page, years in self._pages(groups):
            total += page / discount(years, self.scenario["valuation.inflation_rate"])
        return total

    def received_by(self, groups: Sequence[str], years: float) -> NDArray[np.float64]:
        """Return nominal receipts of some groups up to the quarter of a moment, that quarter included."""
        return np.asarray(self.received(groups)[:, : int(years * QUARTERS) + 1].sum(axis=1))

    def worth(self, groups: Sequence[str], since: int = 0) -> NDArray[np.float64]:
        """Return what receipts from a quarter on are worth at its start, in the money of that day."""
        total, day = np.zeros(len(self.kept.extensions)), start_years(since)
        for page, years in self._pages(groups):
            total += (page * discount(years - day, self.rate))[:, since:].sum(axis=1)
        return np.asarray(total / discount(day, self.scenario["valuation.inflation_rate"]))


def foresee(scenario: Scenario, seed: int, paths: int) -> Foreseen:
    """Return the strategy that signs over the first block of a run's futures."""
    size = min(paths, BLOCK)
    keep = Keep(views=(PRETAX,), received=size, explained=size)
    _, played = play_block(scenario, chosen(scenario, seed, paths)[:1], seed, 0, size, keep)
    signing = next(played)
    spread = scenario[f"strategies.{signing.packed.slug}.rate_spread"]
    return Foreseen(scenario, scenario["valuation.discount_rate"] + spread, signing.kept)
