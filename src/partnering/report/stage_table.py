"""The stage table of a strategy as live formulas: the rNPV of its early candidates, stage by stage, at fixed inputs.

Everybody goes on after a success and nothing is optional but a route chosen at the exit stage; durations and peak sales
have no spread. The closed form at the same inputs must give the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from partnering.clock import QUARTERS
from partnering.course.gates import Chain
from partnering.course.pathway import chain_of
from partnering.course.research import horizon_quarters
from partnering.course.strategies import Strategy
from partnering.deal.events import EVENTS, LATE_EVENTS
from partnering.inputs.scenario import Scenario
from partnering.report.formula import ZERO, Cell, choose, largest, whole
from partnering.report.sales_table import Market, Product, Put, write_market
from partnering.report.stage_inputs import Inputs
from partnering.world.candidates import DEVELOPMENT, Stage

HEADS = (
    *(
        "Candidate",
        "Way",
        "Run by",
        "Stage",
        "Quarters",
        "Starts in quarter",
        "Chance of success",
        "Chance of reaching",
    ),
    *("Discount, company", "Discount, runner", "Spent, at its start", "Paid to the company, at its start"),
    *("Company, expected present value", "Partner, expected present value"),
)
COMPANY, PARTNER, LICENSEE = "company", "partner", "licensee"
LATE = LATE_EVENTS[1:]  # those of approvals


@dataclass(frozen=True)
class Way:
    """A way a candidate goes from a stage on: who runs it, how likely, after which search, on which terms."""

    name: str
    runner: str
    chance: Cell | float = 1.0
    wait: Cell | float = 0
    licence: str = ""
    since: Cell | float = 0  # quarter the licence is signed


@dataclass(frozen=True)
class Point:
    """Where a candidate stands: the quarter, and the chance of getting there."""

    quarter: Cell | float
    chance: Cell | float


@dataclass(frozen=True)
class Worth:
    """Expected present values to the company and the partner."""

    company: Cell
    partner: Cell

    def __add__(self, other: "Worth") -> "Worth":
        return Worth(self.company + other.company, self.partner + other.partner)


NOTHING = Worth(ZERO, ZERO)


@dataclass(frozen=True)
class Candidate:
    """An early candidate: its place, name, modality and ladder."""

    place: int
    name: str
    conjugate: bool
    ladder: str


@dataclass(frozen=True)
class StageTable:
    """Writes a strategy's stage rows and, beside them, the sales of each product."""

    scenario: Scenario
    strategy: Strategy
    inputs: Inputs
    new_row: Callable[[str, str, str, str], Put]  # a row of the table; its first four cells are texts
    new_market: Callable[[str], Callable[[], Put]]  # a block of sales, by its title

    def write(self, candidates: list[Candidate]) -> Worth:
        """Write every candidate and return what all are worth."""
        worth = NOTHING
        for candidate in candidates:
            worth = worth + self._candidate(candidate)
        return worth

    def _candidate(self, candidate: Candidate) -> Worth:
        chain = chain_of(self.scenario, self.strategy.inherited_routes[candidate.place])
        start = Point(0, 1.0)
        if chain == Chain.PARTNER:
            return self._to_market(candidate, Way("partner", PARTNER), DEVELOPMENT[0], start)
        own = Way("alone", COMPANY)
        if chain == Chain.OWN or self.strategy.exit_stage is None:
            return self._to_market(candidate, own, DEVELOPMENT[0], start)
        worth, at = self._stages(candidate, own, DEVELOPMENT[0], Stage(self.strategy.exit_stage + 1), start)
        after = Stage(self.strategy.exit_stage + 1)
        search = NOTHING
        for way in self._ways():
            reached = Point(at.quarter + way.wait, at.chance * way.chance)
            search = search + self._to_market(candidate, way, after, reached)
        if chain != Chain.BEST:
            return worth + search
        alone = self._to_market(candidate, own, after, at)
        better = alone.company.less(search.company)
        return worth + Worth(largest(search.company, alone.company), choose(better, search.partner, alone.partner))

    def _ways(self) -> Iterator[Way]:
        """Yield what comes of looking for a licensee: found at the first try, at the second, or not at all."""
        taker = self.inputs("license.taker_prob")
        first = whole(self.inputs("license.deal_years") * QUARTERS)
        second = first + whole(self.inputs("license.retry_years") * QUARTERS)
        terms = "license.early" if self.strategy.exit_stage == Stage.PRECLINICAL else "license"
        yield Way("licensed, first try", LICENSEE, taker, first, terms)
        yield Way("licensed, second try", LICENSEE, (1 - taker) * taker, second, terms)
        yield Way("nobody found", COMPANY, (1 - taker) * (1 - taker), second)

    def _to_market(self, candidate: Candidate, way: Way, first: Stage, start: Point) -> Worth:
        """Write the stages from one on, and the market after the last."""
        way = replace(way, since=start.quarter)
        worth, approved = self._stages(candidate, way, first, Stage.MARKET, start)
        return worth + self._market(candidate, way, approved)

    def _stages(self, candidate: Candidate, way: Way, first: Stage, until: Stage, start: Point) -> tuple[Worth, Point]:
        """Write stages one after the other; return what they are worth and where the last success leads."""
        worth, at = NOTHING, start
        for stage in DEVELOPMENT[first:until]:
            found, at = self._stage(candidate, way, stage, at, begins=stage == first)
            worth = worth + found
        return worth, at

    def _stage(self, candidate: Candidate, way: Way, stage: Stage, at: Point, begins: bool) -> tuple[Worth, Point]:
        """Write one stage: what it costs and pays at its start, worth as much as it is likely to be reached."""
        put = self.new_row(candidate.name, way.name, way.runner, stage.name.replace("_", " ").capitalize())
        lasts = put(largest(whole(self._years(candidate, stage) * QUARTERS), 1))
        starts, chance = put(at.quarter), put(self._chance(candidate, way, stage))
        reached = put(at.chance)
        ours, theirs = self._factors(put, way, starts)
        spent = put(self._spent(candidate, way, stage, lasts))
        paid = put(self._paid(candidate, way, stage, starts, begins))
        shared = self.inputs("deal.sharing.cost_share") if way.runner == PARTNER else 0
        own = spent if way.runner == COMPANY else spent * shared
        company = put(reached * ours * (paid - own))
        partner = put(-reached * theirs * (paid + spent * (1 - shared)) if way.runner == PARTNER else 0)
        return Worth(company, partner), Point(starts + lasts, reached * chance)

    def _factors(self, put: Put, way: Way, quarter: Cell) -> tuple[Cell, Cell]:
        years = quarter / QUARTERS
        return put((1 + self._rate(COMPANY)) ** -years), put((1 + self._rate(way.runner)) ** -years)

    def _rate(self, runner: str) -> Cell:
        """Return a party's discount rate: the company's may lie above the common one."""
        common, spread = self.inputs("valuation.discount_rate"), self.strategy.rate - self.strategy.common_rate
        return common + spread if runner == COMPANY and spread else common

    def _years(self, candidate: Candidate, stage: Stage) -> Cell:
        if stage == Stage.PRECLINICAL:
            return self.inputs("candidates.inherited.years_to_ind", candidate.place)
        return self.inputs(f"duration.{stage.name.lower()}_years")

    def _chance(self, candidate: Candidate, way: Way, stage: Stage) -> Cell:
        """Return the chance of success: odds of a conjugate in the clinic, of a large firm from Phase 2."""
        p = self.inputs(f"success.{stage.name.lower()}_prob")
        if candidate.conjugate and Stage.PHASE_1 <= stage <= Stage.PHASE_3:
            p = _raised(p, self.inputs("success.conjugate_odds"))
        if way.runner != COMPANY and stage in (Stage.PHASE_2, Stage.PHASE_3):
            p = _raised(p, self.inputs("success.alliance_odds"))
        return p

    def _cost(self, way: Way, item: str) -> Cell:
        return self.inputs(f"cost.{'company' if way.runner == COMPANY else 'partner'}.{item}_musd")

    def _spent(self, candidate: Candidate, way: Way, stage: Stage, lasts: Cell) -> Cell:
        """Return spending at a stage's start: filing at once, the rest evenly over its quarters."""
        first = self.inputs("cost.late_manufacturing_in_phase_3")
        late = {Stage.PHASE_3: first, Stage.REVIEW: 1 - first}.get(stage)
        spread = ZERO if late is None else late * self._cost(way, "late_manufacturing")
        if stage < Stage.REVIEW:
            left: Cell | float = 1
            if stage == Stage.PRECLINICAL:
                left = self._years(candidate, stage) / self.inputs("duration.preclinical_years")
            spread = spread + self._cost(way, stage.name.lower()) * left
        factor = (1 + self._rate(way.runner)) ** (-1 / QUARTERS)
        even = choose(self._rate(way.runner).equals(0), lasts, factor**0.5 * (1 - factor**lasts) / (1 - factor))
        at_start = self._cost(way, "filing") if stage == Stage.REVIEW else 0
        return spread / lasts * even + at_start

    def _paid(self, candidate: Candidate, way: Way, stage: Stage, quarter: Cell, begins: bool) -> Cell:
        """Return what starting a stage pays the company: a milestone, and a licence's upfront where one begins."""
        event = {Stage.REVIEW: "bla"}.get(stage, stage.name.lower())
        paid = self._event(candidate, way, event, quarter)
        return paid + self.inputs(f"{way.licence}.upfront_musd") if way.licence and begins else paid

    def _event(self, candidate: Candidate, way: Way, event: str, quarter: Cell) -> Cell:
        """Return what an event pays, real, at its quarter: nothing after the horizon or in the company's hands."""
        if way.runner == COMPANY or event not in EVENTS:
            return ZERO
        if way.runner == PARTNER:
            amount, age = self.inputs(f"deal.ladder_{candidate.ladder}.{event}_musd"), quarter
        else:
            shares = self.inputs.listed(f"{way.licence}.milestone_shares")
            names = EVENTS[-len(shares) :]
            if event not in names:
                return ZERO
            amount = shares[names.index(event)] * self.inputs(f"{way.licence}.milestones_musd")
            age = quarter - way.since
        inside = choose(quarter.less(horizon_quarters(self.scenario)), 1, 0)
        return inside * amount * (1 + self.inputs("valuation.inflation_rate")) ** (-age / QUARTERS)

    def _market(self, candidate: Candidate, way: Way, approved: Point) -> Worth:
        """Write approval: the last milestones, then what sales are worth at launch."""
        own = way.runner == COMPANY
        put = self.new_row(candidate.name, way.name, way.runner, "Market")
        put(0)
        quarter = put(approved.quarter)
        put(1)
        reached = put(approved.chance)
        delay = whole(self.inputs("sales.company_launch_delay_years") * QUARTERS) if own else ZERO
        product = Product(
            launch=quarter + delay,
            loss_of_exclusivity=quarter - way.wait + whole(self.inputs("sales.exclusivity_years") * QUARTERS),
            own=own,
            conjugate=candidate.conjugate,
            tiered=way.runner == PARTNER,
            licence=way.licence,
            seller_rate=self._rate(way.runner),
            company_rate=self._rate(COMPANY),
        )
        title = f"{candidate.name}, {way.name}: sales by quarter, $ million"
        market = write_market(self.inputs, product, horizon_quarters(self.scenario), self.new_market(title))
        return self._worth(candidate, way, put, quarter, reached, market, delay)

    def _worth(
        self, candidate: Candidate, way: Way, put: Put, quarter: Cell, reached: Cell, market: Market, delay: Cell
    ) -> Worth:
        """Write what a product is worth to both, at signing."""
        ours, theirs = self._factors(put, way, quarter)
        values = {}
        for party in (COMPANY, way.runner):
            later = (1 + self._rate(party)) ** -(delay / QUARTERS)
            milestones = self._late(candidate, way, quarter, party)
            royalty = market.royalty if party == COMPANY else market.royalty_paid
            values[party] = milestones + later * royalty, later * market.seller
        inside = choose(quarter.less(horizon_quarters(self.scenario)), 1, 0)
        own = way.runner == COMPANY
        put(-values[COMPANY][1] if own else 0)
        paid = put(values[COMPANY][0])
        company = put(inside * reached * ours * (values[COMPANY][1] if own else paid))
        sold = values[way.runner][1] - values[way.runner][0]
        partner = put(inside * reached * theirs * sold if way.runner == PARTNER else 0)
        return Worth(company, partner)

    def _late(self, candidate: Candidate, way: Way, approval: Cell, party: str) -> Cell:
        """Return the milestones of approvals, worth at the first, as a party discounts them."""
        paid = ZERO
        for event in LATE:
            after = ZERO
            if event != LATE[0]:
                after = whole(self.inputs(f"duration.{event}_after_us_years") * QUARTERS)
            owed = self._event(candidate, way, event, approval + after)
            paid = paid + (1 + self._rate(party)) ** -(after / QUARTERS) * owed
        return paid


def _raised(p: Cell, odds: Cell) -> Cell:
    """Return the probability whose odds are so many times those of p."""
    return p * odds / (1 - p + p * odds)
