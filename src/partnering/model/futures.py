"""Futures that belong to no candidate: the capital market."""

import numpy as np
from scipy.special import ndtri

from partnering.clock import QUARTERS, to_quarters
from partnering.model.draws import Luck, uniforms
from partnering.model.records import Market


def draw_market(luck: Luck) -> Market:
    """Return whether equity can be sold, and the swings of the market value: by calendar quarter, for all strategies.

    The window is a two-state chain with the shut share and the mean shut spell of the inputs; a swing is a mean-one
    lognormal that starts from today's price, with the half-life and the long-run spread of the inputs.
    """
    scenario, horizon = luck.scenario, int(to_quarters(luck.scenario["valuation.horizon_years"]))
    share, sd = luck.each("financing.window_shut_share"), scenario["financing.market_log_sd"]
    opens = min(1 / (QUARTERS * scenario["financing.window_shut_years"]), 1.0)
    shuts = np.minimum(opens * share / (1 - share), 1.0)
    keeps = 0.5 ** (1 / (QUARTERS * scenario["financing.market_half_life_years"]))
    drawn = (uniforms(luck.seed, f"capital/{name}", luck.block, horizon, luck.size) for name in ("window", "swing"))
    window, normal = next(drawn), ndtri(next(drawn))
    state, level = np.full(luck.size, scenario["financing.window_open_today"]), np.zeros(luck.size)
    is_open, swing = np.empty((luck.size, horizon), dtype=np.int32), np.empty((luck.size, horizon))
    for q in range(horizon):
        if q:
            state = np.where(state, window[q] >= shuts, window[q] < opens)
            level = level * keeps + sd * np.sqrt(1 - keeps**2) * normal[q]
        spread = sd * np.sqrt(1 - keeps ** (2 * q))
        is_open[:, q], swing[:, q] = state, np.exp(level - spread**2 / 2)
    return Market(is_open, swing)
