"""The life of the company over the horizon, quarter by quarter, and what is kept of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.company.firm import Firm
from partnering.company.state import State, opening
from partnering.company.step import step

KEPT = (
    "raised",
    "placed",
    "issue_fee",
    "own_research",
    "base_burn",
    "tax",
    "sold",
    "paid_out",
    "unpaid",
    "closing_cash",
)
"""Amounts of the sub-steps kept for every quarter and lane, signed as the company sees them."""


@dataclass(frozen=True)
class Life:
    """What became of a firm: its last state, and amounts by quarter and lane."""

    firm: Firm
    state: State
    kept: dict[str, NDArray[np.float64]]  # (quarter, lane)
    told: dict[str, NDArray[np.float64]]  # amounts of every sub-step, (quarter, strategy, path), on the first paths


def live(firm: Firm, watched: int = 0) -> Life:
    """Return the life of a firm; the quarters of the first `watched` paths are told step by step."""
    size = firm.theta.size
    seen = (np.arange(firm.lanes // size)[:, None] * size + np.arange(min(watched, size))).astype(np.int64)
    told: dict[str, NDArray[np.float64]] = {}
    state = opening(firm.policy, firm.portfolio, firm.lanes)
    kept = {name: np.zeros((firm.policy.horizon, firm.lanes)) for name in KEPT}
    for quarter in range(firm.policy.horizon):
        state = step(firm, state, quarter)
        for name, page in kept.items():
            if name in state.today and state.today[name].any():
                page[quarter] = state.today[name]
        for name, amount in state.today.items() if watched else ():
            page = told.setdefault(name, np.zeros((firm.policy.horizon, *seen.shape)))
            page[quarter] = amount[seen]
    return Life(firm, state, kept, told)
