"""What one candidate costs and pays at each theta, as each trader sees it: expected, durations fixed, pre-tax.

Amounts are (trader, theta), at the time of the event they belong to, with a sign as each trader sees them.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytic.market import Market, Product, value_market
from analytic.peak import peak_given
from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.inputs import Scenario
from partnering.model.chains import EARLY_LICENSEE
from partnering.model.chains import TECHNOLOGY as TECHNOLOGY_CHAIN
from partnering.model.draws import STAGE_NAMES, Luck
from partnering.model.origins import COMMON, INHERITED, TECHNOLOGY
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.stages import EVENTS, MARKET, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW

TRADERS = (COMPANY, PARTNER, OTHERS)
"""Whose values are followed, on the first axis."""


@dataclass(frozen=True)
class Kind:
    """What a candidate is before any luck: origin and number, modality, ladder, first quarter and stage."""

    origin: int
    number: int
    conjugate: bool
    ladder: str  # full or short; read only when the partner runs it
    first_quarter: int = 0
    first_stage: int = PRECLINICAL


@dataclass(frozen=True)
class Policy:
    """How those who pay decide, and what a good Phase 2 reveals to them.

    Without rational gates everybody goes on after a technical success. Without classes the peak is one lottery.
    """

    rational: bool = False
    place: NDArray | None = None  # (class,): of the forecast, in standard deviations
    weight: tuple[float, ...] = (1.0,)
    least_sales: NDArray[np.float64] | None = None  # (modality, quarter since launch)
    nodes: int = 4  # on each side of the likeliest years to peak


@dataclass(frozen=True)
class Run:
    """Who runs a candidate from here on, and what has happened to it."""

    chain: int
    runner: int
    wait: int = 0  # quarters lost in looking for a licensee
    since: NDArray[np.int64] | int = 0  # quarter the licence was signed
    forecast: int | None = None  # class of the forecast, once known
    signed: int | None = None  # the stage with which a licensee began
    past: bool = False  # whether the event with which that stage began was before its licence


def opt_in_stage(scenario: Scenario) -> int:
    """Return the stage after whose success the partner may take a candidate; NONE if it takes all at signing."""
    name = scenario["deal.opt_in.stage"]
    return NONE if name == "none" else STAGE_NAMES.index(name)


def raise_odds(p: NDArray[np.float64], odds_ratio: float) -> NDArray[np.float64]:
    """Return the probability whose odds are odds_ratio times those of p."""
    return p * odds_ratio / (1 - p + p * odds_ratio)


@dataclass(frozen=True)
class Prospect:
    """One candidate at each theta."""

    theta: Luck
    kind: Kind
    rates: tuple[float, float, float]  # of each trader
    policy: Policy = Policy()
    markets: dict = field(default_factory=dict, repr=False)  # worked out once; shared by prospects alike in these

    @property
    def scenario(self) -> Scenario:
        """The inputs."""
        return self.theta.scenario

    @property
    def rate(self) -> NDArray[np.float64]:
        """The discount rates, (trader, 1)."""
        return np.array(self.rates)[:, None]

    @property
    def horizon(self) -> int:
        """Quarters looked at."""
        return int(to_quarters(self.scenario["valuation.horizon_years"]))

    @property
    def territory(self) -> float:
        """Share of the world the company may sell in or license."""
        common = self.kind.origin == COMMON
        return self.scenario["candidates.common.territory_share"][self.kind.number] if common else 1.0

    @property
    def in_force(self) -> bool:
        """Whether it is a licence of the technology that exists on the day: its fee is paid."""
        return self.kind.origin == TECHNOLOGY and self.kind.number < len(self.scenario["technology.seeded_names"])

    # What a stage costs and pays.

    @cached_property
    def lasts(self) -> list[NDArray[np.int64]]:
        """Quarters of each stage, (theta,) each."""
        years, number = [self.theta.each(f"duration.{name}_years") for name in STAGE_NAMES], self.kind.number
        if self.kind.origin == INHERITED:
            years[PRECLINICAL] = np.full(self.theta.size, self.scenario["candidates.inherited.years_to_ind"][number])
        if self.kind.origin == COMMON:
            years[PHASE_2] = years[PHASE_2] * self.scenario["candidates.common.phase_2_left"][number]
        if self.in_force:
            left = self.scenario["technology.seeded_years_left"][number]
            years[self.kind.first_stage] = np.full(self.theta.size, left)
        return [np.maximum(to_quarters(each), 1) for each in years]

    def chance(self, stage: int, runner: int) -> NDArray[np.float64]:
        """Return the chance that a stage succeeds, shape (theta,)."""
        common = stage == PHASE_2 and self.kind.origin == COMMON
        p = self.theta.each("candidates.common.phase_2_prob" if common else f"success.{STAGE_NAMES[stage]}_prob")
        if self.kind.conjugate and PHASE_1 <= stage <= PHASE_3:
            p = raise_odds(p, self.scenario["success.conjugate_odds"])
        large = runner != COMPANY and stage in (PHASE_2, PHASE_3)
        return raise_odds(p, self.scenario["success.alliance_odds"]) if large else p

    def _paid(self, amount: NDArray | float, payer: int, payee: int | None = COMPANY) -> NDArray[np.float64]:
        """Return a payment as each trader sees it; no payee is suppliers and market."""
        seen = np.zeros((len(TRADERS), self.theta.size))
        seen[payer] -= amount
        if payee is not None:
            seen[payee] += amount
        return seen

    def _cost(self, item: str, runner: int) -> NDArray[np.float64]:
        """Return the mean cost of an item at each theta: a large firm's moves with the company's."""
        company = self.theta.each(f"cost.company.{item}_musd")
        if runner == COMPANY:
            return company
        return self.scenario[f"cost.partner.{item}_musd"] * company / self.scenario[f"cost.company.{item}_musd"]

    def stage_cost(self, stage: int, runner: int) -> tuple[NDArray[np.float64] | float, NDArray[np.float64]]:
        """Return what a stage costs at its start, and what it costs evenly over its length."""
        first_part = self.scenario["cost.late_manufacturing_in_phase_3"]
        late = {PHASE_3: first_part, REVIEW: 1 - first_part}.get(stage, 0.0)
        spread = late * self._cost("late_manufacturing", runner)
        if stage == REVIEW:
            return self._cost("filing", runner), spread
        return 0.0, spread + self._part_left(stage) * self._cost(STAGE_NAMES[stage], runner)

    def _part_left(self, stage: int) -> float:
        number, scenario = self.kind.number, self.scenario
        if self.kind.origin == INHERITED and stage == PRECLINICAL:
            return scenario["candidates.inherited.years_to_ind"][number] / scenario["duration.preclinical_years"]
        if self.kind.origin == COMMON and stage == PHASE_2:
            return scenario["candidates.common.phase_2_left"][number]
        return 1.0

    def spending(self, stage: int, runner: int) -> NDArray[np.float64]:
        """Return the present value of a stage's expected spending at its start; others pay what is left of a kept one's.

        They pay for the second phase alone, which was under way.
        """
        at_start, spread = self.stage_cost(stage, runner)
        if self.kind.origin == COMMON and stage == PHASE_2:
            runner = OTHERS
        lasts, shared = self.lasts[stage], self.scenario["deal.sharing.cost_share"] if runner == PARTNER else 0.0
        seen = np.zeros((len(TRADERS), self.theta.size))
        for payer, share in ((runner, 1 - shared), (COMPANY, shared)):
            annuity = np.cumsum(discount(mid_years(np.arange(lasts.max())), self.rates[payer]))
            seen[payer] -= share * (at_start + spread / lasts * annuity[lasts - 1])
        return seen

    # Contract payments.

    def _licence(self, run: Run) -> str:
        """Return under which leaves the terms of a licence stand."""
        if run.chain == TECHNOLOGY_CHAIN:
            return "technology"
        return "license.early" if run.chain == EARLY_LICENSEE else "license"

    def licence_fee(self, run: Run) -> NDArray[np.float64]:
        """Return E[upfront x forecast ratio ^ elasticity] at its signing; licences in force have been paid for."""
        at = self._licence(run)
        amount = self.territory * self.theta.each(f"{at}.{'fee' if at == 'technology' else 'upfront'}_musd")
        if at == "license":
            pull = self.theta.each("license.upfront_elasticity") * np.sqrt(self.theta.each("sales.forecast_share"))
            pull = pull * self.theta.each("sales.peak_log_sd")
            place = None if self.policy.place is None or run.forecast is None else self.policy.place[run.forecast]
            amount = amount * np.exp(pull**2 / 2 if place is None else pull * place)
        return self._paid(0.0 if self.in_force else amount, run.runner)

    def opt_in_fee(self, quarter: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what the partner pays to take a candidate over, in real money of the day."""
        deflator = discount(start_years(quarter), self.scenario["valuation.inflation_rate"])
        return self._paid(self.scenario["deal.opt_in.fee_musd"] * (quarter < self.horizon) * deflator, PARTNER)

    def milestone(self, stage: int, quarter: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        """Return what entering a stage pays; nothing for the stage a licence of the technology begins in."""
        entered = run.chain == TECHNOLOGY_CHAIN and stage == self.kind.first_stage
        owed = stage >= PHASE_1 and not entered and not (run.past and stage == run.signed)
        return self._paid(self._event_payment(stage - 1, quarter, run) if owed else 0.0, run.runner)

    def _event_payment(self, event: int, quarter: NDArray[np.int64], run: Run) -> NDArray[np.float64] | float:
        """Return what the runner owes at an event, in real money at the event; nothing when the company runs it."""
        if run.runner == COMPANY:
            return 0.0
        since = run.since if run.runner == OTHERS else 0
        if run.runner == PARTNER:
            amount = self.scenario[f"deal.ladder_{self.kind.ladder}.{EVENTS[event]}_musd"]
        else:
            at = self._licence(run)
            shares = self.scenario[f"{at}.milestone_shares"]  # of the last events: a late licence pays for no early one
            place = event - len(EVENTS) + len(shares)
            share = shares[place] if place >= 0 else 0.0
            amount = share * self.territory * self.theta.each(f"{at}.milestones_musd")
        deflator = discount(start_years(quarter - since), self.scenario["valuation.inflation_rate"])
        return (quarter < self.horizon) * amount * deflator

    # From approval on.

    def market_cash(self, approval: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        """Return what follows approval: the last milestones, then sales, costs and royalties from launch."""
        seller, company = self._market(approval, run, run.runner), self._market(approval, run, COMPANY)
        at = run.forecast or 0
        flows = self._paid(-(seller.net_sales - seller.costs)[at], run.runner, None)
        if run.runner != COMPANY:
            flows[run.runner] -= (self._royalties(seller, run) + seller.milestones)[at]
            flows[COMPANY] += (self._royalties(company, run) + company.milestones)[at]
        later = flows * discount(self._delay(run) / QUARTERS, self.rate) + self._late_milestones(approval, run)
        return (approval < self.horizon) * later

    def _late_milestones(self, approval: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        paid = np.zeros((len(TRADERS), self.theta.size))
        for name in ("us", "eu", "japan"):
            after = 0 if name == "us" else int(to_quarters(self.scenario[f"duration.{name}_after_us_years"]))
            owed = self._paid(self._event_payment(EVENTS.index(name), approval + after, run), run.runner)
            paid = paid + discount(after / QUARTERS, self.rate) * owed
        return paid

    def opting_in(self, approval: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        """Return what co-promotion moves to the company: the profit on its share of US sales less its royalty."""
        share = self.scenario["deal.copromotion.us_profit_share"] * self.scenario["sales.us_share"]
        seen = np.zeros((len(TRADERS), self.theta.size))
        for party, sign in ((COMPANY, 1), (PARTNER, -1)):
            market = self._market(approval, run, party)
            profit = market.net_sales - market.costs - self._royalties(market, run)
            seen[party] = sign * share * profit[run.forecast or 0]
        return seen

    def refund(self) -> NDArray[np.float64]:
        """Return the share of the partner's expected past development cost that opting in refunds."""
        option = opt_in_stage(self.scenario)
        first = self.kind.first_stage if option == NONE else option + 1
        spent = sum(sum(self.stage_cost(stage, PARTNER)) for stage in range(first, MARKET))
        share = self.scenario["deal.copromotion.opt_in_cost_share"] * (1 - self.scenario["deal.sharing.cost_share"])
        return self._paid(share * spent, COMPANY, PARTNER)

    def _delay(self, run: Run) -> int:
        return int(to_quarters(self.scenario["sales.company_launch_delay_years"])) if run.runner == COMPANY else 0

    def _market(self, approval: NDArray[np.int64], run: Run, party: int) -> Market:
        """Return the product's expected flows at launch, discounted at a party's rate; worked out once."""
        kept = self.kind.origin == COMMON  # and years ahead of the others
        key = (run.runner, run.wait, self.rates[party], self.kind.conjugate, self.territory, kept)
        if key not in self.markets:
            own, least = run.runner == COMPANY, self.policy.least_sales
            product = Product(
                launch=approval + self._delay(run),
                loss_of_exclusivity=approval - run.wait + to_quarters(self.theta.each("sales.exclusivity_years")),
                conjugate=self.kind.conjugate,
                company_sells=own,
                territory=self.territory,
                tiered=run.runner == PARTNER,
                least_sales=least[int(self.kind.conjugate)] if own and least is not None else None,
            )
            peak = peak_given(self.theta, self.policy.place)
            self.markets[key] = value_market(self.theta, product, self.rates[party], peak, self.policy.nodes)
        return self.markets[key]

    def _royalties(self, market: Market, run: Run) -> NDArray[np.float64]:
        """Return expected royalties at launch, (class, theta): the deal's tiers or profit share, or a licence's."""
        if run.runner == OTHERS:
            return market.sales_in_term * self.theta.each(f"{self._licence(run)}.royalty_rate")
        if (share := self.scenario["deal.sharing.profit_share"]) > 0:
            return share * (market.net_sales - market.costs)
        rates = np.asarray(self.scenario["deal.royalty.rates"])[:, None, None]
        return (rates * market.tiers).sum(axis=0) * self.theta.each("deal.royalty.scale") + market.floor
