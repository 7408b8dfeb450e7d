"""The rules of the company's money as numbers: amounts and quarters, and what differs by path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.course.research import horizon_quarters, window_quarters
from partnering.inputs.scenario import Scenario
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Policy:
    """One rule for every strategy. Money a quarter in musd, times in quarters."""

    horizon: int
    research_window: int
    licensing_window: int
    own_research: float
    full_burn: float
    rights_burn: float
    opening_cash: float
    shares: float  # millions
    pre_deal_value: float
    franchise_lasts: int
    look_ahead: int
    raise_for: int
    raise_gap: int
    buffer: float
    distress: int
    postpone: int
    raise_least: float
    fee: float
    discount: float
    losses_years: int
    inflation: float
    annuity: NDArray[np.float64]  # (quarters + 1,): present value of one a quarter
    burn_ahead: int  # that the market counts
    exit_ahead: int  # that management counts
    raise_limit: NDArray[np.float64]  # (path,)
    kept_in_sale: NDArray[np.float64]  # (path,): share of its worth that a candidate brings under pressure
    tax_rate: NDArray[np.float64]  # (path,)
    losses: NDArray[np.float64]  # (path,): carried forward on the day, nominal


def read_policy(scenario: Scenario, theta: Theta) -> Policy:
    """Return the rules of a scenario over a block of paths."""

    def quarters(name: str) -> int:
        """Return a leaf of years in quarters."""
        return int(to_quarters(scenario[name]))

    rate, horizon = scenario["valuation.discount_rate"], horizon_quarters(scenario)
    return Policy(
        horizon=horizon,
        research_window=window_quarters(scenario),
        licensing_window=min(quarters("technology.new_years"), horizon),
        own_research=scenario["leads.own_research_musd"] / QUARTERS,
        full_burn=scenario["company.other_burn_musd"] / QUARTERS,
        rights_burn=scenario["company.rights_only_burn_musd"] / QUARTERS,
        opening_cash=scenario["company.opening_cash_musd"],
        shares=scenario["company.shares_millions"],
        pre_deal_value=scenario["company.pre_deal_value_musd"],
        franchise_lasts=quarters("company.franchise_years"),
        look_ahead=quarters("financing.look_ahead_years"),
        raise_for=quarters("financing.raise_for_years"),
        raise_gap=quarters("financing.raise_gap_years"),
        buffer=QUARTERS * scenario["financing.buffer_years"],
        distress=quarters("financing.distress_years"),
        postpone=quarters("financing.postpone_years"),
        raise_least=scenario["financing.raise_least_musd"],
        fee=scenario["financing.issue_fee_rate"],
        discount=scenario["financing.issue_discount_rate"],
        losses_years=int(np.ceil(scenario["tax.losses_years"])),
        inflation=scenario["valuation.inflation_rate"],
        annuity=np.concatenate([[0.0], np.cumsum(discount(mid_years(np.arange(horizon)), rate))]),
        burn_ahead=quarters("financing.burn_ahead_years"),
        exit_ahead=quarters("financing.exit_burn_years"),
        raise_limit=theta.each("financing.raise_limit_share"),
        kept_in_sale=1 - theta.each("financing.sale_haircut"),
        tax_rate=theta.each("tax.company_rate"),
        losses=theta.each("tax.losses_musd"),
    )
