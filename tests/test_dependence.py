"""Luck that candidates share: it moves the spread of outcomes, never the mean number of approvals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers import SEED, base_task, load, with_leaves, without_ranges
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from partnering.course.gates import Beliefs, Chain, Gates
from partnering.course.plan import plan_programme
from partnering.results.simulate import chances_of
from partnering.results.statistics import standard_error
from partnering.world.candidates import DEVELOPMENT, Origin, Stage, draw_candidates
from partnering.world.theta import draw_theta

ERRORS = 4
"""Standard errors a mean may be off."""

SHARES = ((0.0, 0.0), (0.1, 0.25), (0.4, 0.5))


def shared(common: float, payload: float) -> dict[str, float]:
    return {"success.common_factor_share": common, "success.payload_factor_share": payload}


def base_beliefs(rational: bool) -> Beliefs:
    """The belief table of the base case, and whether anybody heeds it."""
    return replace(base_task().beliefs[0], rational=rational)


def approvals(
    changes: dict[str, Any], fixed_durations: bool = False, blocks: int = 4, beliefs: Beliefs | None = None
) -> NDArray[np.int64]:
    """Approvals under the deal by path, with theta fixed, without keeping books."""
    scenario = with_leaves(without_ranges(load()), changes)
    task, counts = replace(base_task(), scenario=scenario), []
    for block in range(blocks):
        theta = draw_theta(scenario, SEED, block)
        candidates = draw_candidates(scenario, theta, SEED, block, task.reach, fixed_durations)
        candidates = candidates.take(candidates.origin <= Origin.LEAD)
        chances = chances_of(task, block, theta.size)
        plan = plan_programme(scenario, theta, candidates, chances, task.strategies[0], beliefs or task.beliefs[0])
        counts.append(np.bincount(plan.course.path[plan.course.approved], minlength=theta.size))
    return np.concatenate(counts)


@pytest.mark.parametrize("rational", [True, False])
@pytest.mark.parametrize("rule", ["never", "always"])
def test_dependence_moves_the_chance_of_no_approval_and_not_the_mean(rule: str, rational: bool) -> None:
    """Whoever decides knows nothing of the luck that candidates share, so gates leave the mean alone too."""
    fixed = {"deal.extension_rule": rule}
    independent, base, strong = (approvals(shared(*s) | fixed, beliefs=base_beliefs(rational)) for s in SHARES)
    for found in (base, strong):
        gap = found - independent
        assert abs(gap.mean()) < ERRORS * standard_error(gap)
        more_empty = (found == 0) * 1.0 - (independent == 0)
        assert more_empty.mean() > ERRORS * standard_error(more_empty)


def test_under_the_base_rule_dependence_does_reach_the_mean_through_extensions() -> None:
    """Extensions buy leads exactly when sisters are alive: the reason the mean is only held with the rule fixed."""
    gap = approvals(shared(0.4, 0.5), blocks=12) - approvals(shared(0.0, 0.0), blocks=12)
    assert gap.mean() > 2 * standard_error(gap)


def chance_of_none(
    common: float, payload: float, p: float, conjugates: tuple[bool, ...], wanted: tuple[float, ...]
) -> float:
    """P(no approval) of a few candidates by quadrature over the two shared factors.

    A candidate that succeeds is also wanted by its runner with a chance of its own, whatever its luck.
    """
    nodes, weights = hermegauss(80)
    weights = weights / weights.sum()
    none = np.ones((80, 80))
    for conjugate, chance in zip(conjugates, wanted, strict=True):
        mine = payload if conjugate else 0.0
        pull = np.sqrt(common) * nodes[:, None] + np.sqrt(mine) * nodes[None, :]
        none *= 1 - chance * ndtr((ndtri(p) - pull) / np.sqrt(1 - common - mine))
    return float(np.sum(weights[:, None] * weights * none))


def chance_of_being_wanted(beliefs: Beliefs, kind: int) -> float:
    """The share of forecasts with which the partner takes a candidate through every gate."""
    z = ndtri((np.arange(100_000) + 0.5) / 100_000)
    rows, partner = Gates(np.full(len(z), kind), z), np.full(len(z), Chain.PARTNER)
    return float(np.mean(np.all([beliefs.go_on(partner, rows, stage) for stage in Stage], axis=0)))


def choosy() -> Beliefs:
    """A table by which the partner stops each early candidate after about half of the good Phase 2s."""
    beliefs = base_beliefs(rational=True)
    going_on = beliefs.going_on.copy()
    table = going_on[Chain.PARTNER]
    table[:, Stage.PHASE_3] -= table[:, Stage.PHASE_3, [5]]  # the class of the median forecast
    table[1, Stage.MARKET] -= table[1, Stage.MARKET, 7]  # one of them later too
    return replace(beliefs, going_on=going_on)


@pytest.mark.parametrize("gates", ["commit", "rational"])
@pytest.mark.parametrize("shares", SHARES)
def test_three_early_candidates_against_exact_quadrature(shares: tuple[float, float], gates: str) -> None:
    """Inherited: conjugate, naked, conjugate. Without shared luck the chances multiply."""
    small = {"leads.cost_per_lead_musd": 1e12, "deal.extension_rule": "never"}
    small |= {"candidates.inherited.modality": ("conjugate", "naked", "conjugate")}
    small |= {"deal.termination.excess_hazard_rate": 0.0}
    chances = dict(zip(DEVELOPMENT, (0.8, 0.8, 0.6, 0.7, 0.9), strict=True))
    leaves = small | {f"success.{stage.name.lower()}_prob": chance for stage, chance in chances.items()}
    p = float(np.prod(list(chances.values())))
    beliefs = choosy() if gates == "rational" else base_beliefs(rational=False)
    wanted = tuple(chance_of_being_wanted(beliefs, kind) for kind in range(3))
    assert all(0.1 < chance < 0.6 for chance in wanted) if gates == "rational" else wanted == (1, 1, 1)
    found = approvals(shared(*shares) | leaves, fixed_durations=True, blocks=8, beliefs=beliefs)
    exact = chance_of_none(*shares, p, (True, False, True), wanted)
    none, alone = (found == 0) * 1.0, float(np.prod([1 - p * chance for chance in wanted]))
    assert abs(none.mean() - exact) < ERRORS * standard_error(none)
    assert abs(found.mean() - p * sum(wanted)) < ERRORS * standard_error(found)
    if shares == (0.0, 0.0):
        assert exact == pytest.approx(alone, abs=1e-12)
    else:
        assert exact - alone > ERRORS * standard_error(none)  # the quadrature would not pass for independence
