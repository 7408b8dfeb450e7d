"""What a signed deal does for research: funding and its cost, what of it is decided, what it is worth."""

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, to_quarters
from partnering.company.firm import Contract
from partnering.company.policy import Policy
from partnering.course.gates import Beliefs
from partnering.course.pathway import chain_of
from partnering.course.plan import Plan
from partnering.course.research import NEVER, committed_years, funded_quarters, research_quarters
from partnering.course.strategies import Party, Route
from partnering.deal.books import Books
from partnering.deal.ledger import by_path_and_quarter, sign
from partnering.inputs.scenario import Scenario
from partnering.world.theta import Theta

CONTRACT_LINES = ("research_funding", "extension_funding", "research_cost", "extension_research")
"""What a deal pays for research and what that research costs, line by line."""

SIGNING_LINES = ("upfront", "equity_premium")
"""What it pays the company as it is signed."""


def contract_of(
    scenario: Scenario, theta: Theta, books: Books, beliefs: Beliefs, policy: Policy, found: float
) -> Contract:
    """Return what a strategy's deal does for research, (quarter, path) each."""
    plan, size = books.plan, theta.size
    horizon = _quarters(scenario, plan, policy)
    net, research = np.zeros((horizon, size)), np.zeros((horizon, size))
    for flow in books.flows:
        if flow.line in CONTRACT_LINES:
            net += sign(flow, Party.COMPANY) * by_path_and_quarter(flow, size, horizon).T
    quarter = np.arange(horizon)[:, None]
    until = plan.funded_until(scenario)
    funds = (quarter >= plan.signing) & (quarter < until)
    for signing in np.unique(plan.signing[plan.signing < NEVER]):
        spent = research_quarters(scenario, int(signing), scenario["deal.extension_count"])[:horizon]
        research[: len(spent)] += np.where(funds[: len(spent)] & (plan.signing == signing), spent[:, None], 0.0)
    ahead, worth = _decided(scenario, plan, policy, beliefs, found)
    in_window = quarter < policy.research_window
    return Contract(
        net=net,
        funded=research,
        ahead=ahead,
        worth=worth,
        own_research=in_window & ~funds,
        awaited=np.broadcast_to(books.strategy.signing_quarter if books.strategy.signs_deal else 0, size) > quarter,
    )


def _quarters(scenario: Scenario, plan: Plan, policy: Policy) -> int:
    """Return the quarters in which contract or research differ from nothing, and one more that stands for the rest."""
    signed = int(plan.signing[plan.signing < NEVER].max(initial=0))
    years = committed_years(scenario) + scenario["deal.extension_count"]
    return min(max(signed + QUARTERS * years, policy.research_window) + 1, policy.horizon)


def _decided(
    scenario: Scenario, plan: Plan, policy: Policy, beliefs: Beliefs, found: float
) -> tuple[dict[int, NDArray[np.float64]], NDArray[np.float64]]:
    """Return (net funding over the quarters ahead, worth of all funding ahead), as far as it is decided by a quarter.

    A further year is decided at its date. Funding is worth its margin and the leads it is expected to find.
    """
    size, horizon, committed = len(plan.signing), _quarters(scenario, plan, policy), committed_years(scenario)
    ahead = {h: np.zeros((horizon, size)) for h in (policy.look_ahead, policy.raise_for)}
    worth, margin = np.zeros((horizon, size)), 1 - beliefs.outlook.research_cost_share
    value = (
        margin
        + scenario["leads.target_multiplier"]
        * found
        * beliefs.outlook.lead_worth[chain_of(scenario, Route.PARTNER_RUN)]
    )
    factor = discount(mid_years(np.arange(horizon)), scenario["valuation.discount_rate"])
    moments = [0.0] * committed + list(scenario["deal.extension_decision_years"])
    for signing in np.unique(plan.signing[plan.signing < NEVER]):
        funded = funded_quarters(scenario, int(signing))
        for year, moment in enumerate(moments):
            path = np.flatnonzero((plan.signing == signing) & (plan.extensions > year - committed))
            if not len(path):
                continue
            paid = np.zeros(horizon)
            first = int(signing) + QUARTERS * year
            paid[first : first + QUARTERS] = funded[QUARTERS * year : QUARTERS * (year + 1)][: max(horizon - first, 0)]
            known = int(signing) + int(to_quarters(moment))
            sums = np.concatenate([[0.0], np.cumsum(paid)])
            for h, page in ahead.items():
                for quarter in range(min(known, horizon), min(first + QUARTERS, horizon)):
                    page[quarter, path] += margin * (sums[min(quarter + h, horizon)] - sums[quarter])
            for quarter in range(min(known, horizon), min(first + QUARTERS, horizon)):
                left = (paid[quarter:] * factor[: horizon - quarter]).sum()
                worth[quarter, path] += value * left
    return ahead, worth


def side_by_side(parts: list[Contract]) -> Contract:
    """Return the contracts of several strategies, lane after lane, each as long as the longest."""
    longest = max(len(p.net) for p in parts)

    def joined(pages: list[NDArray]) -> NDArray:
        """Return pages lane after lane, each lengthened by its last quarter."""
        lasting = [np.concatenate([page, np.repeat(page[-1:], longest - len(page), axis=0)]) for page in pages]
        return np.concatenate(lasting, axis=1)

    return Contract(
        net=joined([p.net for p in parts]),
        funded=joined([p.funded for p in parts]),
        ahead={h: joined([p.ahead[h] for p in parts]) for h in parts[0].ahead},
        worth=joined([p.worth for p in parts]),
        own_research=joined([p.own_research for p in parts]),
        awaited=joined([p.awaited for p in parts]),
    )
