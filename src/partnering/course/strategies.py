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
    title: str
    signs_deal: bool
    inherited_route: Route
    own_lead_routes: tuple[Route, ...]
    rate: float


def load_route(name: str) -> Route:
    """Return the route of this name."""
    return Route[name.upper()]


def read_strategies(scenario: Scenario) -> tuple[Strategy, ...]:
    """Return the strategies of a scenario, the one that signs first, each with its discount rate."""
    found = [_read_strategy(scenario, slug) for slug in scenario.children("strategies")]
    return tuple(sorted(found, key=lambda strategy: not strategy.signs_deal))


def _read_strategy(scenario: Scenario, slug: str) -> Strategy:
    at = f"strategies.{slug}"
    return Strategy(
        slug=slug,
        title=scenario[f"{at}.title"],
        signs_deal=scenario[f"{at}.signs_deal"],
        inherited_route=load_route(scenario[f"{at}.inherited_route"]),
        own_lead_routes=tuple(load_route(name) for name in scenario[f"{at}.own_lead_routes"]),
        rate=scenario["valuation.discount_rate"] + scenario[f"{at}.rate_spread"],
    )
