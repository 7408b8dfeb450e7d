"""What management and the market see of a company in a quarter: its burn, its need of cash, what it is worth."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.company.firm import Firm
from partnering.company.stages import need_of_stages
from partnering.company.state import State


def working(firm: Firm, state: State, quarter: int) -> NDArray[np.bool_]:
    """Return whether research or candidates of its own keep the company at its full base burn."""
    return (quarter < firm.policy.research_window) | (state.work > 0.5)


def has_rights(firm: Firm, state: State, quarter: int) -> NDArray[np.bool_]:
    """Return whether the company has rights in others' work, or licenses its technology."""
    return (state.rights > 0.5) | (quarter < firm.policy.licensing_window)


def researches(firm: Firm, state: State, quarter: int) -> NDArray[np.bool_]:
    """Return whether the company is to pay for research of its own."""
    if quarter >= firm.policy.research_window:
        return np.zeros(firm.lanes, dtype=bool)
    return firm.contract.of(firm.contract.own_research, quarter) & state.alive


def full_burn(firm: Firm, state: State, quarter: int) -> NDArray[np.float64]:
    """Return the base burn of a company that is there, own research apart: less once it only holds rights."""
    less = firm.policy.rights_burn * has_rights(firm, state, quarter)
    return np.where(working(firm, state, quarter), firm.policy.full_burn, less)


def base_burn(state: State) -> NDArray[np.float64]:
    """Return the base burn of the quarter, nothing where the company has ended."""
    return state.base_burn * state.alive


def burn(firm: Firm, state: State, quarter: int) -> NDArray[np.float64]:
    """Return the burn of the quarter, own research included."""
    return base_burn(state) + firm.policy.own_research * researches(firm, state, quarter)


def inflow(firm: Firm, state: State, quarter: int, ahead: int) -> NDArray[np.float64]:
    """Return what is to come in over the quarters ahead: research funding decided, net; products as last quarter."""
    return firm.contract.of(firm.contract.ahead[ahead], quarter) + ahead * state.recurring


def need(firm: Firm, state: State, quarter: int, ahead: int) -> NDArray[np.float64]:
    """Return the cash the company needs in hand for the quarters ahead.

    Burn, stages under way and the full cost of stages that end in that time, less what is to come in, plus a buffer
    of burn.
    """
    stages = need_of_stages(firm, state, quarter, ahead)
    lasts = ahead + firm.policy.buffer
    return lasts * burn(firm, state, quarter) + stages - inflow(firm, state, quarter, ahead)


def to_come(firm: Firm, state: State, quarter: int) -> tuple[NDArray, NDArray]:
    """Return what is still to come: (licences of the technology, the company's own research less its cost)."""
    policy = firm.policy
    years = policy.annuity[max(min(policy.licensing_window, policy.horizon) - quarter, 0)] / QUARTERS
    licences = firm.licences_a_year * firm.outlook.licence_worth * years
    ahead = policy.annuity[max(min(policy.research_window, policy.horizon) - quarter, 0)] * policy.own_research
    return licences, ahead * (firm.lead_worth - 1) * researches(firm, state, quarter)


def going_concern(firm: Firm, state: State, quarter: int, burn_ahead: int) -> NDArray[np.float64]:
    """Return what the company is believed to be worth besides its cash and its franchise.

    The worth of its candidates, rights and licences, of research and licences still to come and of research paid for,
    less its base burn over the quarters ahead.
    """
    counted = float(firm.policy.annuity[min(burn_ahead, firm.policy.horizon - quarter)])
    licences, research = to_come(firm, state, quarter)
    contract = firm.contract.of(firm.contract.worth, quarter) + licences + research
    return state.own + state.held + contract - counted * base_burn(state)


def expected_in_a_sale(firm: Firm, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what candidates of some worth are expected to bring when they have to be sold."""
    return firm.outlook.kept_in_sale * np.maximum(worth, 0.0)


def in_a_sale(firm: Firm, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what candidates of some worth bring when they have to be sold."""
    return firm.of_path(firm.policy.kept_in_sale) * np.maximum(worth, 0.0)


def market_value(firm: Firm, state: State, quarter: int) -> NDArray[np.float64]:
    """Return what the market pays for the company: cash, beliefs and franchise, at least half of its cash."""
    left = firm.franchise * max(1 - quarter / firm.policy.franchise_lasts, 0.0)
    believed = state.cash + going_concern(firm, state, quarter, firm.policy.burn_ahead) + left
    return np.maximum(np.maximum(state.cash, 0.0) / 2, believed) * firm.swing[quarter]
