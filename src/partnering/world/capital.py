"""The capital market, by calendar quarter: whether equity can be sold, and the swings of the market value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.clock import QUARTERS, to_quarters
from partnering.inputs.scenario import Scenario
from partnering.world.theta import Theta, luck_of


@dataclass(frozen=True)
class CapitalMarket:
    """What every strategy meets alike; arrays (quarter, path)."""

    open: NDArray[np.bool_]  # whether equity can be sold
    swing: NDArray[np.float64]  # of the market value, mean one


def draw_capital_market(scenario: Scenario, theta: Theta, seed: int, block: int) -> CapitalMarket:
    """Return the equity window and the swings of the market value over a block of paths.

    The window is a two-state chain with the shut share and the mean shut spell of the inputs; a swing is a mean-one
    lognormal that starts from today's price, with the half-life and the long-run spread of the inputs.
    """
    horizon = int(to_quarters(scenario["valuation.horizon_years"]))
    luck = (luck_of(theta, seed, f"capital/{name}", block, horizon) for name in ("window", "swing"))
    return CapitalMarket(_windows(scenario, theta, next(luck)), _swings(scenario, ndtri(next(luck))))


def _windows(scenario: Scenario, theta: Theta, luck: NDArray[np.float64]) -> NDArray[np.bool_]:
    share = theta.each("financing.window_shut_share")
    opens = min(1 / (QUARTERS * scenario["financing.window_shut_years"]), 1.0)
    shuts = np.minimum(opens * share / (1 - share), 1.0)
    state = np.full(theta.size, scenario["financing.window_open_today"])
    open_in = np.empty(luck.shape, dtype=bool)
    open_in[0] = state
    for quarter in range(1, len(luck)):
        state = np.where(state, luck[quarter] >= shuts, luck[quarter] < opens)
        open_in[quarter] = state
    return open_in


def _swings(scenario: Scenario, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    sd, keeps = (
        scenario["financing.market_log_sd"],
        0.5 ** (1 / (QUARTERS * scenario["financing.market_half_life_years"])),
    )
    level, swing = np.zeros(normal.shape[1]), np.empty(normal.shape)
    for quarter, step in enumerate(normal):
        spread = sd * np.sqrt(1 - keeps ** (2 * quarter))
        level = level * keeps + (sd * np.sqrt(1 - keeps**2) * step if quarter else 0.0)
        swing[quarter] = np.exp(level - spread**2 / 2)
    return swing
