"""Luck that candidates share: it moves the spread of outcomes, never the mean number of approvals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers import base_packed, believing, load, run_world, standard_error, with_leaves, without_ranges
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from partnering.model import chains
from partnering.model.candidate import read
from partnering.model.draws import STAGE_NAMES
from partnering.model.stages import MARKET, PHASE_3
from partnering.model.worth import Table

ERRORS = 4
"""Standard errors a mean may be off."""

SHARES = ((0.0, 0.0), (0.1, 0.25), (0.4, 0.5))


def shared(common: float, payload: float) -> dict[str, float]:
    return {"success.common_factor_share": common, "success.payload_factor_share": payload}


def approvals(
    changes: dict[str, Any], fixed_durations: bool = False, blocks: int = 2, **table: Any
) -> NDArray[np.int64]:
    """Approvals under the deal by path, with every input known, as the base case believes but for some of it."""
    scenario, found = with_leaves(without_ranges(load()), changes), []
    packed = believing(scenario, **table)
    for block in range(blocks):
        settings = {"slugs": ["partnership"], "block": block, "fixed_durations": fixed_durations, "brief": True}
        world = run_world(scenario, 4096, packed, **settings)
        found.append(world.approvals("partnership"))
    return np.concatenate(found)


@pytest.mark.parametrize("gates", ["rational", "commit"])
@pytest.mark.parametrize("rule", ["never", "always"])
def test_dependence_moves_the_chance_of_no_approval_and_not_the_mean(rule: str, gates: str) -> None:
    """Whoever decides knows nothing of the luck that candidates share, so gates leave the mean alone too."""
    fixed = {"deal.extension_rule": rule, "behaviour.gates": gates}
    independent, base, strong = (approvals(shared(*s) | fixed) for s in SHARES)
    for found in (base, strong):
        gap = found - independent
        assert abs(gap.mean()) < ERRORS * standard_error(gap)
        more_empty = (found == 0) * 1.0 - (independent == 0)
        assert more_empty.mean() > ERRORS * standard_error(more_empty)


def test_under_the_base_rule_dependence_does_reach_the_mean_through_extensions() -> None:
    """Extensions buy leads exactly when sisters are alive: the reason the mean is only held with the rule fixed."""
    gap = approvals(shared(0.4, 0.5), blocks=6) - approvals(shared(0.0, 0.0), blocks=6)
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


def chance_of_being_wanted(table: Table, kind: int) -> float:
    """The share of forecasts with which the partner takes a candidate through every gate."""
    by_stage = table.going_on[chains.PARTNER, kind]
    at = ndtri((np.arange(20_000) + 0.5) / 20_000)
    wanted = [np.array([read(by_stage[stage], table.place, z) >= 0 for z in at]) for stage in (PHASE_3, 4, MARKET)]
    return float(np.mean(np.all(wanted, axis=0) & (by_stage[:PHASE_3, 0] >= 0).all()))


def choosy() -> Table:
    """A table by which the partner stops each early candidate after about half of the good Phase 2s."""
    table = base_packed()[0].table
    going_on, middle = table.going_on.copy(), int(np.searchsorted(table.place, 0.0))
    partner = going_on[chains.PARTNER]
    partner[:, PHASE_3] -= partner[:, PHASE_3, [middle]]
    partner[1, MARKET] -= partner[1, MARKET, middle + 2]  # one of them later too
    return replace(table, going_on=going_on)


@pytest.mark.parametrize("gates", ["commit", "rational"])
@pytest.mark.parametrize("shares", SHARES)
def test_three_early_candidates_against_exact_quadrature(shares: tuple[float, float], gates: str) -> None:
    """Inherited: conjugate, naked, conjugate. Without shared luck the chances multiply."""
    leaves: dict[str, Any] = {
        "behaviour.gates": gates,
        "leads.cost_per_lead_musd": 1e12,
        "deal.extension_rule": "never",
        "candidates.inherited.modality": ("conjugate", "naked", "conjugate"),
        "deal.termination.excess_hazard_rate": 0.0,
    }
    chances = dict(zip(STAGE_NAMES, (0.8, 0.8, 0.6, 0.7, 0.9), strict=True))
    leaves |= {f"success.{stage}_prob": chance for stage, chance in chances.items()}
    p = float(np.prod(list(chances.values())))
    table = {"going_on": choosy().going_on} if gates == "rational" else {}
    wanted = tuple(chance_of_being_wanted(choosy(), kind) for kind in range(3)) if table else (1.0, 1.0, 1.0)
    assert not table or all(0.1 < chance < 0.6 for chance in wanted)
    found = approvals(shared(*shares) | leaves, fixed_durations=True, blocks=8, **table)
    exact = chance_of_none(*shares, p, (True, False, True), wanted)
    none, alone = (found == 0) * 1.0, float(np.prod([1 - p * chance for chance in wanted]))
    assert abs(none.mean() - exact) < ERRORS * standard_error(none)
    assert abs(found.mean() - p * sum(wanted)) < ERRORS * standard_error(found)
    if shares == (0.0, 0.0):
        assert exact == pytest.approx(alone, abs=1e-12)
    else:
        assert exact - alone > ERRORS * standard_error(none)  # the quadrature would not pass for independence
