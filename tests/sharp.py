"""Sharp designs: scenarios and belief tables, drawn by number, under which every decision falls either way often."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from decided import Draws, books_of
from futures import Past
from helpers import base_task, load, with_leaves
from numpy.typing import NDArray

from partnering.course.gates import Beliefs, Chain
from partnering.course.research import horizon_quarters
from partnering.course.strategies import read_strategies
from partnering.inputs import Scenario
from partnering.results.simulate import Task, chances_of, reach_of
from partnering.value import beliefs as tables
from partnering.value.beliefs import kinds_of
from partnering.world.candidates import Origin, Stage, draw_candidates
from partnering.world.theta import Theta, draw_theta

PATHS = 120
ROUTES = ("own_launch", "license_out", "best")
STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")


@dataclass(frozen=True)
class Design:
    """A scenario with a belief table for each strategy, and one set of draws."""

    task: Task
    draws: Draws

    @property
    def scenario(self) -> Scenario:
        return self.task.scenario

    def past(self, slug: str, until: int) -> Past:
        """What a strategy has shown by a quarter."""
        return Past(self.scenario, self.draws, books_of(self.task, slug, self.draws), until)


@cache
def design(number: int, rational: bool, option: str = "none") -> Design:
    """Return the design of this number, the same at every call; extension rules take turns."""
    rng = np.random.default_rng(number)
    scenario = sharp_scenario(rng, ("alive", "value", "chance")[number % 3], rational)
    scenario = with_leaves(scenario, {"deal.opt_in.stage": option})
    strategies = read_strategies(scenario)
    beliefs = tuple(random_beliefs(scenario, rng, rational, strategy.exit_stage) for strategy in strategies)
    task = Task(scenario, number, PATHS, 1, strategies, beliefs, reach_of(scenario, strategies))
    theta = wide_theta(scenario, number, rng)
    candidates = draw_candidates(scenario, theta, number, 0, task.reach)
    return Design(task, Draws(theta, candidates, chances_of(task, 0, PATHS)))


def sharp_scenario(rng: np.random.Generator, rule: str, rational: bool) -> Scenario:
    """Return the base case in a hurry: many leads, quick stages, drops and licences; every strategy another mixture."""
    leaves = {
        "behaviour.gates": "rational" if rational else "commit",
        "behaviour.common_route": str(rng.choice(ROUTES)),
        "success.alliance_odds": float(rng.uniform(0.7, 1.6)),
        "success.conjugate_odds": float(rng.uniform(0.7, 1.6)),
        "duration.spread_cv": 0.5,
        "leads.discovery_lag_years": 1.25 if rule == "value" else float(rng.choice([0.25, 0.5])),
        "deal.extension_rule": rule,
        "deal.copromotion.offered": True,
        "deal.termination.relicense_years": float(rng.choice([0.5, 1.0])),
        "license.deal_years": float(rng.choice([0.25, 0.75])),
        "license.retry_years": float(rng.choice([0.5, 1.5])),
        "technology.new_per_year": 1.5,
        "candidates.inherited.years_to_ind": (0.5, 0.7, 1.0),
    }
    mixed = tuple(str(route) for route in rng.permutation(ROUTES))
    for slug, signing, inherited, exit_stage in (
        ("partnership", 0.0, ("partner_run", "partner_run", str(rng.choice(ROUTES))), "phase_2"),
        ("market", None, mixed, "phase_2"),
        ("concept", None, mixed, "preclinical"),
        ("best", float(rng.choice([0.5, 1.0, 2.0])), ("partner_run",) * 3, "phase_2"),
    ):
        at = f"strategies.{slug}"
        leaves |= {f"{at}.inherited_routes": inherited, f"{at}.own_lead_route": "best", f"{at}.exit_stage": exit_stage}
        leaves |= {f"{at}.signs_deal": signing is not None, f"{at}.signing_years": signing or 0.0}
        leaves[f"{at}.signing_prob"] = 0.5 if signing else 1.0
    return with_leaves(load(), leaves)


def random_beliefs(scenario: Scenario, rng: np.random.Generator, rational: bool, exit_stage: Stage | None) -> Beliefs:
    """Return a table in which every stage and option is worth going for or not by chance.

    As in any table, nothing before Phase 3 is worth more or less for a forecast that nobody has seen.
    """
    kinds, z = len(list(kinds_of(scenario))), np.arange(-2.0, 2.5, 0.5)

    def worth(*shape: int) -> NDArray[np.float64]:
        return rng.normal(1.0, 1.5, (*shape, len(z)))

    going_on = worth(len(Chain), kinds, len(Stage))
    going_on[:, :, : Stage.PHASE_3] = going_on[:, :, : Stage.PHASE_3, :1]
    searching, horizon = worth(kinds), horizon_quarters(scenario)
    least = np.cumsum(rng.uniform(0, 4, (2, horizon)), axis=1)
    if exit_stage == Stage.PRECLINICAL:
        leads = np.array([kind.origin != Origin.COMMON for kind in kinds_of(scenario)])
        searching[leads] = searching[leads, :1]
    return replace(
        base_task().beliefs[0],
        rational=rational,
        class_z=z,
        going_on=going_on,
        searching=searching,
        taking_up=np.random.default_rng(kinds).normal(0.5, 1.5, (kinds, len(z))),
        opting_in=rng.normal(60.0, 60.0, (kinds, len(z))),
        lead_to_partner=float(rng.uniform(9, 13)),
        leads_per_musd=(1 / 10, (0.5 / 10) ** 2),
        least_sales=least * (np.arange(horizon) >= 4) if rational else None,
    )


def wide_theta(scenario: Scenario, number: int, rng: np.random.Generator) -> Theta:
    """Return theta with what matters to candidates spread far, so that whoever knew it would decide otherwise."""
    theta = draw_theta(scenario, number, 0, PATHS)
    far = {f"success.{stage}_prob": (0.6, 0.98) for stage in STAGES}
    far |= {f"duration.{stage}_years": (0.4, 1.6) for stage in STAGES}
    far |= {
        "candidates.common.phase_2_prob": (0.4, 0.9),
        "leads.cost_per_lead_musd": (5.0, 20.0),
        "license.taker_prob": (0.2, 0.8),
        "deal.termination.excess_hazard_rate": (0.0, 0.2),
        "deal.termination.relicense_prob": (0.2, 0.9),
        "sales.peak_median_musd": (50.0, 800.0),
        "sales.exclusivity_years": (4.0, 16.0),
    }
    drawn = {path: rng.uniform(*limits, PATHS) for path, limits in far.items()}
    return Theta(dict(theta.values) | drawn, PATHS)


def coarsen(patch: pytest.MonkeyPatch) -> None:
    """Have belief tables made in a moment: of few thetas and three classes of forecast. That of the base case stays."""
    base_task()
    patch.setattr(tables, "BELIEF_DRAWS", 4)
    patch.setattr(tables, "CLASS_STEP", 2.0)
    patch.setattr(tables, "LOWEST_CLASS", -1)
    patch.setattr(tables, "HIGHEST_CLASS", 1)
