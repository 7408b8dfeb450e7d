"""Strategies are data: who develops which candidate, until when the company goes on alone, which deal it signs."""

from dataclasses import dataclass
from enum import IntEnum

from partnering.clock import to_quarters
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Stage


class Party(IntEnum):
    """Accounts of the ledger. OTHERS takes licences and buys candidates; SUPPLIERS is suppliers and market."""

    COMPANY = 0
    PARTNER = 1
    OTHERS = 2
    SUPPLIERS = 3
    INVESTORS = 4
    TAX = 5


class Route(IntEnum):
    """How a candidate is developed: by the partner, or by the company to market, to a licence, or as is best."""

    PARTNER_RUN = 0
    OWN_LAUNCH = 1
    LICENSE_OUT = 2
    BEST = 3
    TECHNOLOGY = 4  # by a licensee of the technology, from the start


@dataclass(frozen=True)
class Strategy:
    """One row of the strategy table of the params."""

    slug: str
    signs_deal: bool
    signing_quarter: int
    signing_prob: float
    terms_factor: float  # on what the deal pays, research funding apart
    inherited_routes: tuple[Route, ...]
    own_lead_route: Route
    exit_stage: Stage | None  # after which a licence is sought
    effector_multiplier: float
    rate: float  # at which the company discounts under this strategy
    common_rate: float  # at which every other party does

    def rate_of(self, party: Party) -> float:
        """Return the discount rate of a party under this strategy."""
        return self.rate if party == Party.COMPANY else self.common_rate

    @property
    def signs_today(self) -> bool:
        """Whether it surely signs the deal on the day: the strategy under test."""
        return self.signs_deal and self.signing_quarter == 0 and self.signing_prob == 1


def load_route(name: str) -> Route:
    """Return the route of this name."""
    return Route[name.upper()]


def read_strategies(scenario: Scenario) -> tuple[Strategy, ...]:
    """Return the strategies of a scenario, the one that signs today first, each with its discount rate."""
    found = [_read_strategy(scenario, slug) for slug in scenario.children("strategies")]
    return tuple(sorted(found, key=lambda strategy: not strategy.signs_today))


def _read_strategy(scenario: Scenario, slug: str) -> Strategy:
    at, common_rate = f"strategies.{slug}", scenario["valuation.discount_rate"]
    exit_stage = scenario[f"{at}.exit_stage"]
    return Strategy(
        slug=slug,
        signs_deal=scenario[f"{at}.signs_deal"],
        signing_quarter=int(to_quarters(scenario[f"{at}.signing_years"])),
        signing_prob=scenario[f"{at}.signing_prob"],
        terms_factor=scenario[f"{at}.terms_factor"],
        inherited_routes=tuple(load_route(name) for name in scenario[f"{at}.inherited_routes"]),
        own_lead_route=load_route(scenario[f"{at}.own_lead_route"]),
        exit_stage=None if exit_stage == "none" else Stage[exit_stage.upper()],
        effector_multiplier=scenario[f"{at}.effector_multiplier"],
        rate=common_rate + scenario[f"{at}.rate_spread"],
        common_rate=common_rate,
    )
