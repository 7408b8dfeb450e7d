"""Strategies are data: which candidates, who runs each, where the company's own work ends."""

from dataclasses import dataclass
from enum import IntEnum

from partnering.inputs.scenario import Scenario


class Party(IntEnum):
    """Accounts of the ledger. OTHERS takes licences; SUPPLIERS is suppliers and market."""

    COMPANY = 0
    PARTNER = 1
    OTHERS = 2
    SUPPLIERS = 3


class Route(IntEnum):
    """How a candidate is developed: by the partner, by the company to market, or licensed after Phase 2."""

    PARTNER_RUN = 0
    OWN_LAUNCH = 1
    LICENSE_OUT = 2


@dataclass(frozen=True)
class Strategy:
    """One row of the strategy table of the params."""

    slug: str
    signs_deal: bool
    inherited_route: Route
    own_lead_routes: tuple[Route, ...]
    rate: float  # at which the company discounts under this strategy
    common_rate: float  # at which every other party does

    def rate_of(self, party: Party) -> float:
        """Return the discount rate of a party under this strategy."""
        return self.rate if party == Party.COMPANY else self.common_rate


def load_route(name: str) -> Route:
    """Return the route of this name."""
    return Route[name.upper()]


def read_strategies(scenario: Scenario) -> tuple[Strategy, ...]:
    """Return the strategies of a scenario, the one that signs first, each with its discount rate."""
    found = [_read_strategy(scenario, slug) for slug in scenario.children("strategies")]
    return tuple(sorted(found, key=lambda strategy: not strategy.signs_deal))


def _read_strategy(scenario: Scenario, slug: str) -> Strategy:
    at, common_rate = f"strategies.{slug}", scenario["valuation.discount_rate"]
    return Strategy(
        slug=slug,
        signs_deal=scenario[f"{at}.signs_deal"],
        inherited_route=load_route(scenario[f"{at}.inherited_route"]),
        own_lead_routes=tuple(load_route(name) for name in scenario[f"{at}.own_lead_routes"]),
        rate=common_rate + scenario[f"{at}.rate_spread"],
        common_rate=common_rate,
    )
