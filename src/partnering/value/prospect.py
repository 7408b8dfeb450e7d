"""What one candidate costs and pays at each theta, as each trader sees it: expected, durations fixed, pre-tax."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.course.gates import Chain
from partnering.course.pathway import opt_in_stage
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Party
from partnering.course.success import raise_odds
from partnering.deal.events import EVENTS
from partnering.deal.license import LicenseTerms, license_terms
from partnering.inputs.scenario import Scenario
from partnering.value.market_form import MarketForm, Product, value_market
from partnering.value.peak import Peak, peak_given
from partnering.world.candidates import Origin, Stage, duration_means
from partnering.world.theta import Theta

TRADERS = (Party.COMPANY, Party.PARTNER, Party.OTHERS)
"""Whose values are followed, on the first axis."""


@dataclass(frozen=True)
class Kind:
    """What a candidate is before any luck: origin and number, modality, ladder, first quarter and stage."""

    origin: Origin
    number: int
    conjugate: bool
    ladder: str  # full or short; read only when the partner runs it
    first_quarter: int
    first_stage: Stage = Stage.PRECLINICAL


@dataclass(frozen=True)
class Policy:
    """How those who pay decide, and what a good Phase 2 reveals to them.

    Without rational gates everybody goes on after a technical success. Without classes the peak is one lottery.
    """

    rational: bool = False
    class_z: NDArray | None = None
    class_weight: tuple[float, ...] = (1.0,)
    least_sales: NDArray[np.float64] | None = None  # (modality, quarter since launch)
    peak_nodes: int = 4


@dataclass(frozen=True)
class Run:
    """Who runs a candidate from here on, and what has happened to it."""

    chain: Chain
    runner: Party
    wait: int = 0  # quarters lost in looking for a licensee
    since: NDArray[np.int64] | int = 0  # quarter the licence was signed
    forecast: int | None = None  # class of the forecast, once known


@dataclass(frozen=True)
class Prospect:
    """One candidate at each theta. Amounts are (trader, theta) at the time of the event they belong to."""

    scenario: Scenario
    theta: Theta
    kind: Kind
    rates: tuple[float, float, float]  # of each trader
    exit_stage: Stage | None = None  # after which a licence is sought
    policy: Policy = Policy()
    forms: dict = field(default_factory=dict, repr=False)  # worked out once; may be shared by prospects alike in these

    @property
    def rate(self) -> NDArray[np.float64]:
        """The discount rates, (trader, 1)."""
        return np.array(self.rates)[:, None]

    @property
    def _territory(self) -> float:
        """Share of the world the company may sell in or license."""
        common = self.kind.origin == Origin.COMMON
        return self.scenario["candidates.common.territory_share"][self.kind.number] if common else 1.0

    @cached_property
    def lasts(self) -> list[NDArray[np.int64]]:
        """Quarters of each stage, (theta,) each."""
        number, path = np.full(self.theta.size, self.kind.number), np.arange(self.theta.size)
        years = duration_means(self.scenario, self.theta, self.kind.origin, number, path)
        return [np.maximum(to_quarters(np.broadcast_to(y, path.shape)), 1) for y in years]

    # What a stage costs and pays.

    def chance(self, stage: Stage, runner: Party) -> NDArray[np.float64]:
        """Return the chance that a stage succeeds, shape (theta,)."""
        p = self.theta.each(f"success.{stage.name.lower()}_prob")
        if stage == Stage.PHASE_2 and self.kind.origin == Origin.COMMON:
            p = self.theta.each("candidates.common.phase_2_prob")
        if self.kind.conjugate and Stage.PHASE_1 <= stage <= Stage.PHASE_3:
            p = raise_odds(p, self.scenario["success.conjugate_odds"])
        large = runner != Party.COMPANY and stage in (Stage.PHASE_2, Stage.PHASE_3)
        return raise_odds(p, self.scenario["success.alliance_odds"]) if large else p

    def _booked(self, amount: NDArray | float, payer: Party, payee: Party | None = None) -> NDArray[np.float64]:
        """Return an amount as each trader sees it, shape (trader, theta); no payee is suppliers and market."""
        seen = np.zeros((len(TRADERS), self.theta.size))
        seen[payer] -= amount
        if payee is not None:
            seen[payee] += amount
        return seen

    def _paid(self, amount: NDArray | float, runner: Party) -> NDArray[np.float64]:
        """Return what the runner pays the company; nothing where the company runs it."""
        return self._booked(amount, runner, Party.COMPANY)

    def _cost(self, item: str, runner: Party) -> NDArray[np.float64]:
        """Return the mean cost of an item at each theta."""
        company = self.theta.each(f"cost.company.{item}_musd")
        if runner == Party.COMPANY:
            return company
        return self.scenario[f"cost.partner.{item}_musd"] * company / self.scenario[f"cost.company.{item}_musd"]

    def _stage_cost(self, stage: Stage, runner: Party) -> tuple[NDArray[np.float64] | float, NDArray | float]:
        """Return what a stage costs at its start, and what it costs evenly over its length."""
        first_part = self.scenario["cost.late_manufacturing_in_phase_3"]
        late = {Stage.PHASE_3: first_part, Stage.REVIEW: 1 - first_part}.get(stage, 0.0)
        spread = late * self._cost("late_manufacturing", runner)
        if stage < Stage.REVIEW:
            return 0.0, spread + self._part_left(stage) * self._cost(stage.name.lower(), runner)
        return self._cost("filing", runner), spread

    def mean_cost(self, stage: Stage) -> float:
        """Return what a stage costs the company in all, on average over theta."""
        return float(np.mean(sum(self._stage_cost(stage, Party.COMPANY))))

    def spending(self, stage: Stage, runner: Party) -> NDArray[np.float64]:
        """Return the present value of a stage's expected spending at its start, as each trader sees it."""
        at_start, spread = self._stage_cost(stage, runner)
        lasts, shared = self.lasts[stage], self.scenario["deal.sharing.cost_share"] if runner == Party.PARTNER else 0.0
        seen = np.zeros((len(TRADERS), self.theta.size))
        for payer, share in ((runner, 1 - shared), (Party.COMPANY, shared)):
            mid_factors = np.cumsum(discount(mid_years(np.arange(lasts.max())), self.rates[payer]))
            seen[payer] -= share * (at_start + spread / lasts * mid_factors[lasts - 1])
        return seen

    def _part_left(self, stage: Stage) -> float:
        origin, number = self.kind.origin, self.kind.number
        if origin == Origin.INHERITED and stage == Stage.PRECLINICAL:
            years = self.scenario["candidates.inherited.years_to_ind"][number]
            return years / self.scenario["duration.preclinical_years"]
        if origin == Origin.COMMON and stage == Stage.PHASE_2:
            return self.scenario["candidates.common.phase_2_left"][number]
        return 1.0

    # Contract payments.

    def _terms(self, run: Run) -> LicenseTerms:
        if run.chain == Chain.TECHNOLOGY:
            return license_terms(self.scenario, "technology")
        return license_terms(self.scenario, "early" if self.exit_stage == Stage.PRECLINICAL else "late")

    def licence_fee(self, run: Run) -> NDArray[np.float64]:
        """Return E[upfront x forecast ratio ^ elasticity] at its signing; licences in force have been paid for."""
        terms = self._terms(run)
        if run.chain == Chain.TECHNOLOGY and self.kind.number < len(self.scenario["technology.seeded_names"]):
            return self._booked(0.0, run.runner)
        amount = self._territory * self.theta.each(terms.upfront)
        if terms.elasticity:
            pull = self.theta.each(terms.elasticity) * np.sqrt(self.theta["sales.forecast_share"])
            pull = pull * self.theta.each("sales.peak_log_sd")
            z = self.policy.class_z
            amount = amount * np.exp(pull**2 / 2 if z is None or run.forecast is None else pull * z[run.forecast])
        return self._paid(amount, run.runner)

    def opt_in_fee(self, quarter: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what the partner pays to take a candidate over, in real money of the day."""
        amount = self.scenario["deal.opt_in.fee_musd"] * (quarter < horizon_quarters(self.scenario))
        return self._paid(
            amount * discount(start_years(quarter), self.scenario["valuation.inflation_rate"]), Party.PARTNER
        )

    def milestone(self, stage: Stage, quarter: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        """Return what entering a stage pays; nothing for the stage a licence of the technology begins in."""
        event = {Stage.REVIEW: "bla"}.get(stage, stage.name.lower())
        entered = run.chain == Chain.TECHNOLOGY and stage == self.kind.first_stage
        owed = event in EVENTS and not entered
        return self._paid(self._event_payment(event, quarter, run) if owed else 0.0, run.runner)

    def _event_payment(self, event: str, quarter: NDArray[np.int64], run: Run) -> NDArray[np.float64] | float:
        """Return what the runner owes at an event, in real money at the event; nothing when the company runs it."""
        inside = quarter < horizon_quarters(self.scenario)
        inflation = self.scenario["valuation.inflation_rate"]
        if run.runner == Party.PARTNER:
            amount = self.scenario[f"deal.ladder_{self.kind.ladder}.{event}_musd"]
            return inside * amount * discount(start_years(quarter), inflation)
        if run.runner == Party.OTHERS:
            terms = self._terms(run)
            amount = terms.shares.get(event, 0.0) * self._territory * self.theta.each(terms.milestones)
            return inside * amount * discount(start_years(quarter - run.since), inflation)
        return 0.0

    # From approval on.

    def market_cash(self, approval: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        """Return what follows approval: the last milestones, then sales, costs and royalties from launch."""
        seller, company = self._form(approval, run, run.runner), self._form(approval, run, Party.COMPANY)
        at, own = run.forecast or 0, run.runner == Party.COMPANY
        flows = self._booked(-(seller.net_sales - seller.costs)[at], run.runner)
        if not own:
            flows[run.runner] -= (self._royalties(seller, run) + seller.milestones)[at]
            flows[Party.COMPANY] += (self._royalties(company, run) + company.milestones)[at]
        later = flows * discount(self._delay(run) / QUARTERS, self.rate) + self._late_milestones(approval, run)
        return (approval < horizon_quarters(self.scenario)) * later

    def opting_in(self, approval: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        """Return what co-promotion moves to the company: the profit on its share of US sales less its royalty."""
        share = self.scenario["deal.copromotion.us_profit_share"] * self.scenario["sales.us_share"]
        seen = np.zeros((len(TRADERS), self.theta.size))
        for party, sign in ((Party.COMPANY, 1), (Party.PARTNER, -1)):
            form = self._form(approval, run, party)
            seen[party] = sign * share * (form.net_sales - form.costs - self._royalties(form, run))[run.forecast or 0]
        return seen

    def refund(self) -> NDArray[np.float64]:
        """Return the share of the partner's expected past development cost that opting in refunds."""
        option = opt_in_stage(self.scenario)
        first = self.kind.first_stage if option is None else Stage(option + 1)
        stages = [self._stage_cost(Stage(stage), Party.PARTNER) for stage in range(first, Stage.MARKET)]
        spent = sum(start + spread for start, spread in stages) * (1 - self.scenario["deal.sharing.cost_share"])
        return self._booked(self.scenario["deal.copromotion.opt_in_cost_share"] * spent, Party.COMPANY, Party.PARTNER)

    def _delay(self, run: Run) -> int:
        own = run.runner == Party.COMPANY
        return int(to_quarters(self.scenario["sales.company_launch_delay_years"])) if own else 0

    def _form(self, approval: NDArray[np.int64], run: Run, party: Party) -> MarketForm:
        """Return the product's expected flows at launch, discounted at a party's rate; worked out once."""
        key = (run.runner, run.wait, self.rates[party], self.kind.conjugate, self._territory)
        if key not in self.forms:
            own, least = run.runner == Party.COMPANY, self.policy.least_sales
            exclusivity = to_quarters(self.theta.each("sales.exclusivity_years"))
            product = Product(
                launch=approval + self._delay(run),
                loss_of_exclusivity=approval - run.wait + exclusivity,
                conjugate=self.kind.conjugate,
                company_sells=own,
                territory=self._territory,
                tiered=run.runner == Party.PARTNER,
                least_sales=least[int(self.kind.conjugate)] if own and least is not None else None,
            )
            self.forms[key] = value_market(
                self.scenario, self.theta, product, self.rates[party], self._peak(), self.policy.peak_nodes
            )
        return self.forms[key]

    def _peak(self) -> Peak:
        return peak_given(self.theta, self.scenario["sales.peak_cap_musd"], self.policy.class_z)

    def _late_milestones(self, approval: NDArray[np.int64], run: Run) -> NDArray[np.float64]:
        paid = np.zeros((len(TRADERS), self.theta.size))
        for event in ("us", "eu", "japan"):
            after = 0 if event == "us" else int(to_quarters(self.scenario[f"duration.{event}_after_us_years"]))
            owed = self._paid(self._event_payment(event, approval + after, run), run.runner)
            paid = paid + discount(after / QUARTERS, self.rate) * owed
        return paid

    def _royalties(self, form: MarketForm, run: Run) -> NDArray[np.float64]:
        """Return expected royalties at launch, (class, theta): the deal's tiers or profit share, or a licence's."""
        if run.runner == Party.PARTNER:
            if (share := self.scenario["deal.sharing.profit_share"]) > 0:
                return share * (form.net_sales - form.costs)
            rates = np.asarray(self.scenario["deal.royalty.rates"])[:, None, None]
            return (rates * form.tiers).sum(axis=0) * self.theta.each("deal.royalty.scale") + form.floor
        if run.runner == Party.OTHERS:
            return form.sales_in_term * self.theta.each(self._terms(run).royalty)
        return np.zeros((len(self.policy.class_weight), self.theta.size))
