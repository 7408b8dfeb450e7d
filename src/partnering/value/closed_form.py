"""The closed form of one candidate: its stages rolled back at each theta, with durations fixed, pre-tax."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.course.pathway import raise_odds
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party, Route
from partnering.deal.events import EVENTS, LATE_EVENTS
from partnering.inputs.scenario import Scenario
from partnering.value.market_form import MarketForm, Product, value_market
from partnering.value.rollback import Node, roll_back
from partnering.world.candidates import Origin, Stage, duration_means
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Kind:
    """What a candidate is before any luck: origin and number, modality, ladder, and its first quarter."""

    origin: Origin
    number: int
    conjugate: bool
    ladder: str  # full or short; read only when the partner runs it
    first_quarter: int


@dataclass(frozen=True)
class ClosedForm:
    """One candidate under one route, seen by one party, at each theta."""

    scenario: Scenario
    theta: Theta
    kind: Kind
    route: Route
    party: Party
    rate: float

    def value(self) -> NDArray[np.float64]:
        """Return the expected value at signing, shape (theta,)."""
        return discount(start_years(self.kind.first_quarter), self.rate) * roll_back(self.tree(), self.rate)

    def tree(self) -> Node:
        """Return the tree from the first stage still to come."""
        first = Stage.PHASE_2 if self.kind.origin == Origin.COMMON else Stage.PRECLINICAL
        return self._stage(first, np.full(self.theta.size, self.kind.first_quarter), self._developer, wait=0)

    @property
    def _developer(self) -> Party:
        return Party.PARTNER if self.route == Route.PARTNER_RUN else Party.COMPANY

    @property
    def _territory(self) -> float:
        """Share of the world the company may sell in or license."""
        common = self.kind.origin == Origin.COMMON
        return self.scenario["candidates.common.territory_share"][self.kind.number] if common else 1.0

    @cached_property
    def _lasts(self) -> list[NDArray[np.int64]]:
        """Quarters of each stage, (theta,) each."""
        number, path = np.asarray(self.kind.number), np.arange(self.theta.size)
        years = duration_means(self.scenario, self.theta, self.kind.origin, number, path)
        return [np.maximum(to_quarters(np.broadcast_to(y, path.shape)), 1) for y in years]

    def _stage(self, stage: Stage, quarter: NDArray[np.int64], runner: Party, wait: int) -> Node:
        """Return the node at the start of a stage; `wait` is what a licence has delayed it by, in quarters."""
        cash = -self._spending(stage, runner) if self.party == runner else np.zeros(self.theta.size)
        cash = cash + self._milestones(stage, quarter, runner, wait)
        end = quarter + self._lasts[stage]
        chance = self._chance(stage, runner)
        if stage == Stage.PHASE_2 and self.route == Route.LICENSE_OUT:
            return Node(cash, chances=tuple((chance * p, node) for p, node in self._licence(end)))
        after = Stage(stage + 1)
        node = self._market(end, runner, wait) if after == Stage.MARKET else self._stage(after, end, runner, wait)
        return Node(cash, chances=((chance, self._later(node, self._lasts[stage])),))

    @staticmethod
    def _later(node: Node, quarters: NDArray[np.int64] | int) -> Node:
        return Node(node.cash, start_years(quarters), node.chances, node.choices)

    def _licence(self, phase_2_ends: NDArray[np.int64]) -> list[tuple[NDArray[np.float64], Node]]:
        """Return the three ways a good Phase 2 goes on: taker at the first try, at the second, none."""
        taker = self.theta.each("license.taker_prob")
        closing = int(to_quarters(self.scenario["license.deal_years"]))
        second = closing + int(to_quarters(self.scenario["license.retry_years"]))
        ways = (
            (taker, closing, Party.OTHERS),
            ((1 - taker) * taker, second, Party.OTHERS),
            ((1 - taker) ** 2, second, Party.COMPANY),
        )
        lasts = self._lasts[Stage.PHASE_2]
        found = [(p, w, self._stage(Stage.PHASE_3, phase_2_ends + w, runner, w)) for p, w, runner in ways]
        return [(p, self._later(node, lasts + w)) for p, w, node in found]

    def _chance(self, stage: Stage, runner: Party) -> NDArray[np.float64]:
        p = self.theta.each(f"success.{stage.name.lower()}_prob")
        if stage == Stage.PHASE_2 and self.kind.origin == Origin.COMMON:
            p = self.theta.each("candidates.common.phase_2_prob")
        odds = self.scenario["success.alliance_odds"]
        large = runner != Party.COMPANY and stage in (Stage.PHASE_2, Stage.PHASE_3)
        return raise_odds(p, odds) if large else p

    def _cost(self, item: str, runner: Party) -> NDArray[np.float64]:
        """Return the mean cost of an item at each theta."""
        company = self.theta.each(f"cost.company.{item}_musd")
        if runner == Party.COMPANY:
            return company
        return self.scenario[f"cost.partner.{item}_musd"] * company / self.scenario[f"cost.company.{item}_musd"]

    def _spending(self, stage: Stage, runner: Party) -> NDArray[np.float64]:
        """Return the present value of a stage's expected spending at its start."""
        first_part = self.scenario["cost.late_manufacturing_in_phase_3"]
        late = {Stage.PHASE_3: first_part, Stage.REVIEW: 1 - first_part}.get(stage, 0.0)
        spread = late * self._cost("late_manufacturing", runner)
        if stage < Stage.REVIEW:
            spread = spread + self._part_left(stage) * self._cost(stage.name.lower(), runner)
        filing = self._cost("filing", runner) if stage == Stage.REVIEW else 0.0
        lasts = self._lasts[stage]
        mid_factors = np.cumsum(discount(mid_years(np.arange(lasts.max())), self.rate))
        return filing + spread / lasts * mid_factors[lasts - 1]

    def _part_left(self, stage: Stage) -> float:
        origin, number = self.kind.origin, self.kind.number
        if origin == Origin.INHERITED and stage == Stage.PRECLINICAL:
            years = self.scenario["candidates.inherited.years_to_ind"][number]
            return years / self.scenario["duration.preclinical_years"]
        if origin == Origin.COMMON and stage == Stage.PHASE_2:
            return self.scenario["candidates.common.phase_2_left"][number]
        return 1.0

    def _milestones(self, stage: Stage, quarter: NDArray[np.int64], runner: Party, wait: int) -> NDArray[np.float64]:
        """Return what the party nets at the start of a stage: the licence's upfront and milestones, or the ladder."""
        paid = np.zeros(self.theta.size)
        if runner == Party.OTHERS and stage == Stage.PHASE_3:
            paid = paid + self._licence_upfront()
        event = {Stage.REVIEW: "bla"}.get(stage, stage.name.lower())
        if event in EVENTS:
            paid = paid + self._event_payment(event, quarter, runner)
        return self._to_party(paid, runner)

    def _to_party(self, paid: NDArray[np.float64], runner: Party) -> NDArray[np.float64]:
        """Return a payment by the runner to the company as this party sees it."""
        return paid * (int(self.party == Party.COMPANY) - int(self.party == runner))

    def _licence_upfront(self) -> NDArray[np.float64]:
        """Return E[upfront x forecast ratio ^ elasticity], the forecast being lognormal."""
        elasticity, log_sd = self.theta.each("license.upfront_elasticity"), self.theta.each("sales.peak_log_sd")
        spread = elasticity**2 * self.theta["sales.forecast_share"] * log_sd**2
        return self._territory * self.theta.each("license.upfront_musd") * np.exp(spread / 2)

    def _event_payment(self, event: str, quarter: NDArray[np.int64], runner: Party) -> NDArray[np.float64]:
        """Return what the runner owes at an event, in real money at the event; nothing when the company runs it."""
        inside = quarter < horizon_quarters(self.scenario)
        inflation = self.scenario["valuation.inflation_rate"]
        if runner == Party.PARTNER:
            amount = self.scenario[f"deal.ladder_{self.kind.ladder}.{event}_musd"]
            return inside * amount * discount(start_years(quarter), inflation)
        if runner == Party.OTHERS and event in LATE_EVENTS:
            share = self.scenario["license.milestone_shares"][LATE_EVENTS.index(event)]
            amount = share * self._territory * self.theta.each("license.milestones_musd")
            return inside * amount * discount(start_years(quarter - self._licence_signed(quarter, event)), inflation)
        return np.zeros(self.theta.size)

    def _licence_signed(self, quarter: NDArray[np.int64], event: str) -> NDArray[np.int64]:
        """Return the quarter the licence was signed: when Phase 3 started."""
        elapsed = self._lasts[Stage.PHASE_3]
        if event != "bla":
            elapsed = elapsed + self._lasts[Stage.REVIEW] + self._after_us(event)
        return quarter - elapsed

    def _after_us(self, event: str) -> int:
        return 0 if event == "us" else int(to_quarters(self.scenario[f"duration.{event}_after_us_years"]))

    def _market(self, approval: NDArray[np.int64], runner: Party, wait: int) -> Node:
        """Return the node at approval: the last milestones, then sales, costs and royalties from launch."""
        horizon = horizon_quarters(self.scenario)
        own = runner == Party.COMPANY
        delay = int(to_quarters(self.scenario["sales.company_launch_delay_years"])) if own else 0
        exclusivity = to_quarters(self.theta.each("sales.exclusivity_years"))
        tiered = runner == Party.PARTNER
        product = Product(
            approval + delay, approval - wait + exclusivity, self.kind.conjugate, own, self._territory, tiered
        )
        form = value_market(self.scenario, self.theta, product, self.rate, horizon)
        margin = form.net_sales - form.costs if self.party == runner else np.zeros(self.theta.size)
        flows = (margin + self._to_party(self._royalties(form, runner), runner)) * discount(delay / QUARTERS, self.rate)
        return Node((approval < horizon) * (flows + self._to_party(self._late_milestones(approval, runner), runner)))

    def _late_milestones(self, approval: NDArray[np.int64], runner: Party) -> NDArray[np.float64]:
        paid = np.zeros(self.theta.size)
        for event in ("us", "eu", "japan"):
            after = self._after_us(event)
            owed = self._event_payment(event, approval + after, runner)
            paid = paid + discount(after / QUARTERS, self.rate) * owed
        return paid

    def _royalties(self, form: MarketForm, runner: Party) -> NDArray[np.float64]:
        """Return expected royalties at launch: the deal's tiers, or the licence's flat rate."""
        if runner == Party.PARTNER:
            rates = np.asarray(self.scenario["deal.royalty.rates"])[:, None]
            return (rates * form.tiers).sum(axis=0) * self.theta.each("deal.royalty.scale")
        if runner == Party.OTHERS:
            return form.sales_in_term * self.theta.each("license.royalty_rate")
        return np.zeros(self.theta.size)
