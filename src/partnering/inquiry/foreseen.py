"""What signing was expected to bring, future by future: products by stage and day, receipts by line.

Planned and before tax: what the deal pays does not depend on how the company finances its own work. The first futures
of the run are lived once more, by the model's own functions; no later fact is read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import DEAL_LINES, by_path_and_quarter, sign
from partnering.results.simulate import Task, chances_of, keep_all
from partnering.world.candidates import Stage, draw_candidates
from partnering.world.streams import BLOCK
from partnering.world.theta import draw_theta

RECEIPTS = {
    "upfront": ("upfront",),
    "research_funding": ("research_funding",),
    "extension_funding": ("extension_funding",),
    "milestones": ("milestones", "returned_milestones"),
}
RIGHTS = "rights"
"""All other lines of the deal: royalties, and whatever else its terms bring."""

YEARS = {"start": start_years, "mid": mid_years}
"""When in a quarter a flow of each timing falls."""


@dataclass(frozen=True)
class Foreseen:
    """The strategy that signs over some futures; arrays by path (path,)."""

    task: Task
    books: Books
    paths: int

    def starts(self, stage: Stage, years: float) -> NDArray[np.int64]:
        """Return how many candidates of the deal start a stage by a moment; the market stage is approval."""
        course = self.books.course
        counted = course.collaboration & course.entered[:, stage]
        counted &= start_years(course.start[:, stage]) <= years
        return np.bincount(course.path[counted], minlength=self.paths)

    @property
    def first_approval_years(self) -> NDArray[np.float64]:
        """The years to the first approval, infinite where there is none."""
        course, first = self.books.course, np.full(self.paths, np.inf)
        row = np.flatnonzero(course.collaboration & course.approved)
        np.minimum.at(first, course.path[row], start_years(course.start[row, Stage.MARKET]))
        return first

    @cached_property
    def _pages(self) -> dict[tuple[str, str], NDArray[np.float64]]:
        """Real receipts of the company by group of lines and timing, (path, quarter) each."""
        group_of = {line: group for group, lines in RECEIPTS.items() for line in lines}
        horizon, pages = horizon_quarters(self.task.scenario), dict[tuple[str, str], NDArray[np.float64]]()
        for flow in self.books.flows:
            if flow.line in DEAL_LINES and (seen := sign(flow, Party.COMPANY)):
                key = group_of.get(flow.line, RIGHTS), flow.timing
                page = seen * by_path_and_quarter(flow, self.paths, horizon)
                pages[key] = pages[key] + page if key in pages else page
        return pages

    def received(self, groups: Sequence[str]) -> NDArray[np.float64]:
        """Return the nominal receipts of some groups of lines, (path, quarter)."""
        horizon = horizon_quarters(self.task.scenario)
        total = np.zeros((self.paths, horizon))
        for (group, timing), page in self._pages.items():
            if group in groups:
                years = YEARS[timing](np.arange(horizon))
                total += page / discount(years, self.task.scenario["valuation.inflation_rate"])
        return total

    def received_by(self, groups: Sequence[str], years: float) -> NDArray[np.float64]:
        """Return nominal receipts of some groups up to the quarter of a moment, that quarter included."""
        return self.received(groups)[:, : int(years * QUARTERS) + 1].sum(axis=1)

    def worth(self, groups: Sequence[str], since: int = 0) -> NDArray[np.float64]:
        """Return what receipts from a quarter on are worth at its start, in the money of that day."""
        total = np.zeros(self.paths)
        for (group, timing), page in self._pages.items():
            if group in groups:
                later = page[:, since:]
                years = YEARS[timing](np.arange(later.shape[1]))
                total += (later * discount(years, self.books.strategy.rate)).sum(axis=1)
        return total / discount(start_years(since), self.task.scenario["valuation.inflation_rate"])


def foresee(task: Task) -> Foreseen:
    """Return the strategy that signs over the first block of a run's futures."""
    paths = min(task.paths, BLOCK)
    theta = draw_theta(task.scenario, task.seed, 0, paths)
    candidates = draw_candidates(task.scenario, theta, task.seed, 0, task.reach)
    signing = replace(task, strategies=task.strategies[:1], beliefs=task.beliefs[:1])
    ((_, books),) = keep_all(signing, theta, candidates, chances_of(task, 0, paths))
    return Foreseen(task, books, paths)
