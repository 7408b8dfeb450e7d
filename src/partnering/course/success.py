"""Chances of success: stage by stage, with the odds of a conjugate and of a large firm."""

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.world.candidates import DEVELOPMENT, Candidates, Origin, Stage
from partnering.world.theta import Theta


def success_chain(
    scenario: Scenario, theta: Theta, candidates: Candidates, large_firm: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return p1 * ... * pk, shape (row, development stage); `large_firm` says who runs each, same shape."""
    common, chances = candidates.origin == Origin.COMMON, []
    for stage in DEVELOPMENT:
        p = theta.at(f"success.{stage.name.lower()}_prob", candidates.path)
        if stage == Stage.PHASE_2:
            p = np.where(common, theta.at("candidates.common.phase_2_prob", candidates.path), p)
        if Stage.PHASE_1 <= stage <= Stage.PHASE_3:
            p = np.where(candidates.conjugate, raise_odds(p, scenario["success.conjugate_odds"]), p)
        if stage in (Stage.PHASE_2, Stage.PHASE_3):
            p = np.where(large_firm[:, stage], raise_odds(p, scenario["success.alliance_odds"]), p)
        chances.append(np.where(stage < candidates.first_stage, 1.0, p))
    return np.cumprod(np.stack(chances, axis=1), axis=1)


def raise_odds(p: NDArray[np.float64], odds_ratio: float) -> NDArray[np.float64]:
    """Return the probability whose odds are odds_ratio times those of p."""
    return p if odds_ratio == 1 else p * odds_ratio / (1 - p + p * odds_ratio)
