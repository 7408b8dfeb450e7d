"""What tests share: scenarios with some leaves replaced, and one block of paths run through the model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party, read_strategies
from partnering.deal.books import Books, Outside
from partnering.deal.ledger import Flow, sign
from partnering.inputs import Scenario, load_scenario
from partnering.results.simulate import Task, chances_of, keep_all, prepare
from partnering.value.present import discount_factors, value_by_path
from partnering.world.candidates import Candidates, draw_candidates
from partnering.world.theta import Theta, draw_theta

PARAMS = Path(__file__).parents[1] / "params"
SEED = 20030731
RANGE: dict[str, Any] = {"low": None, "high": None, "dist": None, "drawn": False}
"""The fields of a leaf that has no range."""


@cache
def load(name: str = "base") -> Scenario:
    """A scenario of params/."""
    return load_scenario(name, PARAMS)


def with_leaves(scenario: Scenario, values: Mapping[str, Any], undrawn: bool = True) -> Scenario:
    """The scenario with other values, in memory and unchecked.

    A replaced leaf loses its range, so that it means its value on every path; `undrawn=False` keeps the range.
    """
    leaves = dict(scenario.leaves)
    for path, value in values.items():
        changed = {"value": tuple(value) if isinstance(value, list) else value} | (RANGE if undrawn else {})
        leaves[path] = replace(leaves[path], **changed)
    return replace(scenario, leaves=leaves)


def without_ranges(scenario: Scenario, paths: Iterable[str] | None = None) -> Scenario:
    """The scenario with these leaves (every drawn one if None) at their own value on every path."""
    paths = [leaf.path for leaf in scenario.drawn()] if paths is None else paths
    return with_leaves(scenario, {path: scenario[path] for path in paths})


@dataclass(frozen=True)
class World:
    """One block of paths: what it was drawn from, and the books of every strategy."""

    task: Task
    theta: Theta
    candidates: Candidates
    books: dict[str, Books]

    @property
    def scenario(self) -> Scenario:
        return self.task.scenario

    @property
    def common(self) -> Outside:
        """The common candidates, as any strategy books them."""
        return next(iter(self.books.values())).outside[0]

    @property
    def technology(self) -> Outside:
        """The technology licences, as the first strategy books them."""
        return next(iter(self.books.values())).outside[1]

    @property
    def paths(self) -> int:
        return self.theta.size

    @property
    def horizon(self) -> int:
        return horizon_quarters(self.scenario)

    def present(self, slug: str, flow: Flow, party: Party = Party.COMPANY) -> NDArray[np.float64]:
        """The present value of a flow at the party's rate, by path, not negative."""
        rate = self.books[slug].strategy.rate_of(party)
        return value_by_path(flow, discount_factors(rate, self.horizon), self.paths)

    def value(self, slug: str, party: Party = Party.COMPANY, lines: Iterable[str] | None = None) -> NDArray[np.float64]:
        """The present value of a party's programme, of all its lines or of some, by path."""
        lines = None if lines is None else set(lines)
        flows = [f for f in self.books[slug].flows if f.programme and (lines is None or f.line in lines)]
        return sum((sign(f, party) * self.present(slug, f, party) for f in flows), np.zeros(self.paths))

    def line(self, slug: str, line: str) -> NDArray[np.float64]:
        """The present value of one line at the company's rate, whoever pays it to whom, by path, not negative."""
        flows = [f for f in self.books[slug].flows if f.line == line]
        return sum((self.present(slug, f) for f in flows), np.zeros(self.paths))

    def approvals(self, slug: str) -> NDArray[np.int64]:
        """Approved programme candidates by path."""
        course = self.books[slug].course
        return np.bincount(course.path[course.approved], minlength=self.paths)


def run_world(
    scenario: Scenario,
    paths: int = 512,
    seed: int = SEED,
    block: int = 0,
    fixed_durations: bool = False,
    slugs: Iterable[str] | None = None,
    task: Task | None = None,
) -> World:
    """One block of up to 4,096 paths through every strategy (or some); `task` saves preparing the scenario again."""
    task = task or prepare(scenario, seed, paths, 1)
    theta = draw_theta(scenario, seed, block, paths)
    candidates = draw_candidates(scenario, theta, seed, block, task.reach, fixed_durations)
    return keep_world(replace(task, seed=seed), theta, candidates, slugs, block)


def keep_world(
    task: Task, theta: Theta, candidates: Candidates, slugs: Iterable[str] | None = None, block: int = 0
) -> World:
    """The books of every strategy (or some) on given draws."""
    chosen = [at for at, s in enumerate(task.strategies) if slugs is None or s.slug in set(slugs)]
    few = replace(
        task,
        strategies=tuple(task.strategies[at] for at in chosen),
        beliefs=tuple(task.beliefs[at] for at in chosen),
    )
    kept = keep_all(few, theta, candidates, chances_of(task, block, theta.size))
    return World(task, theta, candidates, {strategy.slug: books for strategy, books in kept})


@cache
def base_task() -> Task:
    """The base case prepared: its belief table, which `vary` keeps."""
    return prepare(load(), SEED, 1, 1)


def vary(changes: Mapping[str, Any], paths: int = 400, scenario: Scenario | None = None, **settings: Any) -> World:
    """A block of the base case with some leaves changed; management's beliefs stay as in the base case.

    With the leaf `behaviour.gates` at `commit` nobody stops at a gate and no product is withdrawn.
    """
    scenario = with_leaves(scenario or load(), changes)
    beliefs = base_task().beliefs
    if scenario["behaviour.gates"] == "commit":
        beliefs = tuple(replace(table, rational=False, least_sales=None) for table in beliefs)
    task = replace(base_task(), scenario=scenario, strategies=read_strategies(scenario), beliefs=beliefs)
    return run_world(scenario, paths, task=task, **settings)


def identities(candidates: Candidates) -> list[tuple[int, int, int]]:
    """Who each row is: (path, origin, number)."""
    return list(zip(candidates.path, candidates.origin, candidates.number, strict=True))


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file of the tests, as plain values."""
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def sales_by_hand(scenario: Scenario, peak: float, launch: int, exclusive_until: int) -> list[tuple[int, float]]:
    """(quarter, real net sales) of a product that peaks in six years, worked out with the fractions written out."""
    sold = []
    for quarter in range(launch, 140):
        since = (quarter - launch + 0.5) / 4
        level = np.interp(since, [0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5], [0, *scenario["sales.uptake"]])
        late = (quarter + 0.5) / 4 - exclusive_until / 4
        if late > 0:
            level *= 1 - scenario["sales.erosion_loss"] * min(late / 3, 1)
            level *= (1 - scenario["sales.late_decline_rate"]) ** max(late - 3, 0)
        sold.append((quarter, peak / 4 * float(level)))
    return sold


PLAIN_MARKET: dict[str, Any] = {
    "sales.peak_log_sd": 1e-7,
    "sales.peak_median_musd": 700.0,
    "sales.years_to_peak": (6 - 1e-9, 6, 6 + 1e-9),
    "sales.erosion_years": 3.0,
    "sales.company_ceiling": 0.70,
    "sales.company_launch_delay_years": 1.0,
    "sales.company_launch_build_musd": 120.0,
    "sales.company_selling_floor_musd": 30.0,
    "sales.selling_rate": 0.25,
    "sales.cogs_rate": 0.20,
    "sales.conjugate_cogs_rate": 0.05,
    "sales.lifecycle_rate": 0.05,
    "sales.lifecycle_years": 8.0,
    "sales.exclusivity_years": 13.0,
    "deal.royalty.thresholds_musd": (0.0, 250.0, 500.0),
    "deal.royalty.term_years": 12.0,
    "valuation.inflation_rate": 0.025,
    "valuation.discount_rate": 0.11,
    "valuation.horizon_years": 35.0,
}
"""The market that tests write out in figures: products alike, at their peak in six years as `sales_by_hand` has it."""


def central_theta(scenario: Scenario) -> Theta:
    """Return one path with every leaf at its own value."""
    values: dict[str, Any] = {path: leaf.value for path, leaf in scenario.leaves.items()}
    values |= {leaf.path: np.array([float(leaf.value)]) for leaf in scenario.drawn()}
    return Theta(values, 1)
