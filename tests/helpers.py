"""What tests share: scenarios with some leaves replaced, and one block of paths lived through by the model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from partnering.clock import to_quarters
from partnering.inputs import Scenario, load_scenario
from partnering.model import lines, run
from partnering.model.draws import Luck, draw_candidates, draw_luck, draw_market
from partnering.model.pack import GoingOn, Packed, pack_strategy, set_going_on, variants_of
from partnering.model.parties import COMPANY
from partnering.model.run import Keep, Played, pack, set_franchise, slugs_of
from partnering.model.views import PRETAX
from partnering.model.worth import Table

PARAMS = Path(__file__).parents[1] / "params"
SEED = 20030731
RANGE: dict[str, Any] = {"low": None, "high": None, "dist": None, "drawn": False}
"""The fields of a leaf that has no range."""


ALWAYS_OPEN: dict[str, Any] = {"financing.window_open_today": True, "financing.window_shut_share": 0.0}
NEVER_OPEN: dict[str, Any] = {
    "financing.window_open_today": False,
    "financing.window_shut_share": 1 - 1e-12,
    "financing.window_shut_years": 1e12,
}
"""What the capital market does."""


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
    """One block of paths: what it was drawn from, and every strategy lived through."""

    scenario: Scenario
    luck: Luck
    drawn: NDArray  # candidates that could arise
    played: dict[str, Played]

    @property
    def paths(self) -> int:
        return self.luck.size

    @property
    def horizon(self) -> int:
        return next(iter(self.played.values())).kept.balance.shape[2]

    def value(self, slug: str, party: int = COMPANY, view: int = PRETAX) -> NDArray[np.float64]:
        """A party's present value by path: of the programme before tax, of the whole company after it."""
        return self.played[slug].kept.out["npv"][view, :, party]

    def courses(self, slug: str) -> tuple[NDArray[np.int64], NDArray]:
        """Path and record of every candidate, as planned and lived through before tax."""
        kept = self.played[slug].kept
        there = np.arange(kept.courses.shape[1]) < kept.counts[:, None]
        return np.nonzero(there)[0], kept.courses[there]

    def paid(self, slug: str, line: int, view: int = PRETAX) -> NDArray[np.float64]:
        """What the company got under a line, (path, quarter), where it was asked to be kept by line."""
        return self.played[slug].kept.paid[view, :, line]

    def mean(self, slug: str, line: int, party: int = COMPANY) -> float:
        """Mean present value of a line to a party, before tax."""
        return float(self.played[slug].books["value_sum"][0, 0, line, party]) / self.paths

    def approvals(self, slug: str) -> NDArray[np.int64]:
        """Approved programme candidates by path."""
        path, found = self.courses(slug)
        return np.bincount(path, (found["entered"][:, 5] == 1) & (found["common"] == 0), self.paths).astype(int)


def run_world(
    scenario: Scenario,
    paths: int = 256,
    packed: Sequence[Packed] | None = None,
    slugs: Iterable[str] | None = None,
    by_line: bool = False,
    views: tuple[int, ...] = (PRETAX,),
    brief: bool = False,
    seed: int = SEED,
    block: int = 0,
    fixed_durations: bool = False,
) -> World:
    """One block of up to 4,096 paths through every strategy (or some), everybody believing what is packed.

    Kept are values, candidates, cash by quarter and what terms are worth, `by_line` every payment of the company;
    in brief, values and candidates.
    """
    packed = packed or firsts(pack(scenario))
    luck = draw_luck(scenario, seed, block, paths)
    futures, drawn = draw_candidates(luck, *run.reach(packed), fixed_durations)
    return keep_world(World(scenario, luck, drawn, {}), futures, packed, slugs, by_line, views, brief)


def keep_world(
    world: World,
    futures: NDArray,
    packed: Sequence[Packed],
    slugs: Iterable[str] | None = None,
    by_line: bool = False,
    views: tuple[int, ...] = (PRETAX,),
    brief: bool = False,
) -> World:
    """Live through given draws."""
    chosen = [each for each in packed if slugs is None or each.slug in set(slugs)]
    size, more = world.paths, 0 if brief else world.paths
    keep = Keep(views, more, more, size, size if by_line else 0, units=more)
    played = run.play(chosen, futures, world.drawn, draw_market(world.luck), keep)
    found = run.finite(played, world.scenario.name, 0)
    return replace(world, played={each.packed.slug: each for each in found})


def firsts(packed: Iterable[Packed]) -> list[Packed]:
    """The first variant of every strategy: with research of its own if it may have any, and licensing."""
    found: dict[str, Packed] = {}
    for each in packed:
        found.setdefault(each.slug, each)
    return list(found.values())


@cache
def base_packed() -> tuple[Packed, ...]:
    """The base case packed, one variant a strategy: its belief tables, which `vary` keeps."""
    return tuple(firsts(pack(load())))


def known_of(packed: Packed) -> GoingOn:
    """What the market knows of going on by a strategy."""
    return GoingOn(packed.rules["tax_share"][0].copy(), packed.rules["burn_to_come"][0].copy())


def believing(scenario: Scenario, **parts: Any) -> list[Packed]:
    """Every strategy with the base case's beliefs, but for some of the table; nobody heeds them under `commit`.

    The horizon may be shorter than that of the base case, not longer. Going on is worth to the market what it was.
    """
    horizon = int(to_quarters(scenario["valuation.horizon_years"]))
    for name in ("run_on", "least_sales"):
        parts = {name: getattr(base_packed()[0].table, name)[:, :horizon]} | parts
    if scenario["behaviour.gates"] == "commit":
        parts["least_sales"] = np.full((2, horizon), -np.inf)
    changed: dict[int, Table] = {}  # strategies with the same table still have the same
    for each in base_packed():
        changed.setdefault(id(each.table), replace(each.table, **parts))
    tables = {each.slug: changed[id(each.table)] for each in base_packed()}
    packed = pack_with(scenario, tables)
    for each in packed:
        set_going_on(each, next(known_of(one) for one in base_packed() if one.slug == each.slug))
    set_franchise(scenario, packed)
    return packed


def pack_with(scenario: Scenario, tables: Mapping[str, Table]) -> list[Packed]:
    """The first variant of every strategy with its belief table; the first table says what things fetch."""
    slugs = slugs_of(scenario)
    common = tables[slugs[0]]
    return [pack_strategy(scenario, slug, variants_of(scenario, slug)[0], tables[slug], common) for slug in slugs]


def vary(changes: Mapping[str, Any], paths: int = 256, scenario: Scenario | None = None, **settings: Any) -> World:
    """A block of the base case with some leaves changed; everybody's beliefs stay as in the base case.

    With the leaf `behaviour.gates` at `commit` nobody stops at a gate and no product is withdrawn.
    """
    scenario = with_leaves(scenario or load(), changes)
    return run_world(scenario, paths, believing(scenario), **settings)


def identities(path: NDArray[np.int64], found: NDArray) -> list[tuple[int, int, int]]:
    """Who each candidate is: (path, origin, number)."""
    return list(zip(path.tolist(), found["origin"].tolist(), found["number"].tolist(), strict=True))


def standard_error(values: NDArray) -> float:
    """The standard error of a mean."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def line(name: str) -> int:
    """Where a line stands in the books."""
    return lines.LINES.index(name)


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
