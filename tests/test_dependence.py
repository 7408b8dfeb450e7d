"""Luck that candidates share: it moves the spread of outcomes, never the mean number of approvals."""

from typing import Any

import numpy as np
import pytest
from helpers import SEED, base_task, load, with_leaves, without_ranges
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from partnering.course.plan import plan_programme
from partnering.value.statistics import standard_error
from partnering.world.candidates import DEVELOPMENT, draw_candidates
from partnering.world.theta import draw_theta

ERRORS = 4
"""Standard errors a mean may be off."""

SHARES = ((0.0, 0.0), (0.1, 0.25), (0.4, 0.5))


def shared(common: float, payload: float) -> dict[str, float]:
    return {"success.common_factor_share": common, "success.payload_factor_share": payload}


def approvals(changes: dict[str, Any], fixed_durations: bool = False, blocks: int = 4) -> NDArray[np.int64]:
    """Approvals under the deal by path, with theta fixed, without keeping books."""
    scenario = with_leaves(without_ranges(load()), changes)
    signing, most = base_task().strategies[0], base_task().most_research_musd
    counts = []
    for block in range(blocks):
        theta = draw_theta(scenario, SEED, block)
        candidates = draw_candidates(scenario, theta, SEED, block, most, fixed_durations)
        course, _ = plan_programme(scenario, theta, candidates, signing, base_task().routes)
        counts.append(np.bincount(course.path[course.approved], minlength=theta.size))
    return np.concatenate(counts)


@pytest.mark.parametrize("rule", ["never", "always"])
def test_dependence_moves_the_chance_of_no_approval_and_not_the_mean(rule):
    independent, base, strong = (approvals(shared(*s) | {"deal.extension_rule": rule}) for s in SHARES)
    for found in (base, strong):
        gap = found - independent
        assert abs(gap.mean()) < ERRORS * standard_error(gap)
        more_empty = (found == 0) * 1.0 - (independent == 0)
        assert more_empty.mean() > ERRORS * standard_error(more_empty)


def test_under_the_base_rule_dependence_does_reach_the_mean_through_extensions():
    """Extensions buy leads exactly when sisters are alive: the reason the mean is only held with the rule fixed."""
    gap = approvals(shared(0.4, 0.5), blocks=12) - approvals(shared(0.0, 0.0), blocks=12)
    assert gap.mean() > 2 * standard_error(gap)


def chance_of_none(common: float, payload: float, p: float, conjugates: tuple[bool, ...]) -> float:
    """P(no approval) of a few candidates by quadrature over the two shared factors."""
    nodes, weights = hermegauss(80)
    weights = weights / weights.sum()
    none = np.ones((80, 80))
    for conjugate in conjugates:
        mine = payload if conjugate else 0.0
        pull = np.sqrt(common) * nodes[:, None] + np.sqrt(mine) * nodes[None, :]
        none *= 1 - ndtr((ndtri(p) - pull) / np.sqrt(1 - common - mine))
    return float(np.sum(weights[:, None] * weights * none))


@pytest.mark.parametrize("shares", SHARES)
def test_three_early_candidates_against_exact_quadrature(shares):
    """Inherited: conjugate, naked, conjugate. Without shared luck the chances multiply."""
    small = {"leads.cost_per_lead_musd": 1e12, "deal.extension_rule": "never"}
    small["candidates.inherited.modality"] = ("conjugate", "naked", "conjugate")
    chances = dict(zip(DEVELOPMENT, (0.8, 0.8, 0.6, 0.7, 0.9), strict=True))
    leaves = small | {f"success.{stage.name.lower()}_prob": chance for stage, chance in chances.items()}
    p = float(np.prod(list(chances.values())))
    found = approvals(shared(*shares) | leaves, fixed_durations=True, blocks=8)
    exact = chance_of_none(*shares, p, (True, False, True))
    none = (found == 0) * 1.0
    assert abs(none.mean() - exact) < ERRORS * standard_error(none)
    assert abs(found.mean() - 3 * p) < ERRORS * standard_error(found)
    if shares == (0.0, 0.0):
        assert exact == pytest.approx((1 - p) ** 3, abs=1e-12)
    else:
        assert exact - (1 - p) ** 3 > ERRORS * standard_error(none)  # the quadrature would not pass for independence
