"""Stages rolled back: what each is worth, where whoever pays decides by the average over all that is not known.

Values of a step are arrays (party, draw, class of forecast); before a good Phase 2 has shown the forecast, one class.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from partnering.clock import QUARTERS, discount
from partnering.model import chains, lines
from partnering.model.draws import Luck
from partnering.model.expect import (
    BY_COMPANY,
    BY_PARTNER,
    BY_REFUSED,
    BY_TECHNOLOGY,
    EARLY_FIRST,
    EARLY_SECOND,
    FIRST_TRY,
    LEFT_ALONE,
    REFUSED_ALONE,
    REFUSED_FIRST,
    REFUSED_SECOND,
    SECOND_TRY,
    WAYS,
    Found,
    Grid,
)
from partnering.model.origins import COMMON, TECHNOLOGY
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.stages import MARKET, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW
from partnering.model.views import EARLY, EARLY_SEARCH, LATE, LATE_SEARCH, REFUSED_SEARCH

NOT_OPEN = float(np.finfo(float).min)
"""The worth of what cannot be chosen; finite, so that a straight line to it is."""

OWNER = {
    chains.PARTNER: PARTNER,
    chains.LICENSEE: OTHERS,
    chains.TECHNOLOGY: OTHERS,
    chains.EARLY_LICENSEE: OTHERS,
    chains.LICENSEE + chains.REFUSED: OTHERS,
}
"""Who runs a candidate on a chain, if not the company."""

Step = NDArray[np.float64]
Steps = dict[int, Step]
"""The worth of going on, by stage."""


@dataclass(frozen=True)
class Table:
    """A belief table: what each step is worth on average over all that is not known; arrays (..., kind, ..., class).

    Before Phase 3 no forecast is known, and all classes are alike. Money in $ million at the stage's start.
    """

    rational: bool
    place: NDArray[np.float64]  # (class,): of the forecast, in standard deviations
    worth: NDArray[np.float64]  # (chain, party, kind, stage, class): of going on
    going_on: NDArray[np.float64]  # (chain, kind, stage, class): the same to whoever runs it
    held: NDArray[np.float64]  # (chain, kind, stage, class): to the company, of a stage begun: what others still owe it
    price: NDArray[np.float64]  # (kind, stage, class): of a candidate the company runs: of licensing it from there on
    searching: NDArray[np.float64]  # (search, kind, class): to the company, of looking for a licensee
    taking_up: NDArray[np.float64]  # (kind, class): to the partner, of opting in, fee paid
    opting_in: NDArray[np.float64]  # (kind, class): what co-promotion moves to the company, before the refund
    cost: NDArray[np.float64]  # (kind, stage): expected
    lasts: NDArray[np.int64]  # (kind, stage): quarters
    run_on: NDArray[np.float64]  # (own sales, a licence, the deal; quarter): worth of the rest over the quarter before
    least_sales: NDArray[np.float64]  # (naked, conjugate; quarter since launch): yearly; -inf: nothing is withdrawn
    lead_worth: NDArray[np.float64]  # (chain,): of a nominated lead, to the company
    lead_to_partner: float
    leads_mean: float  # found by a million of research, and their variance
    leads_variance: float
    licence_worth: float  # of a licence of the technology
    licences_a_year: float
    research_cost_share: float
    kept_in_sale: float
    licensing_burn: float  # a year


class Worth(NamedTuple):
    """What steps are worth, on average over the draws; see `Table`."""

    worth: NDArray[np.float64]  # (chain, party, kind, stage, class)
    held: NDArray[np.float64]  # (chain, kind, stage, class)
    price: NDArray[np.float64]  # (kind, stage, class)
    searching: NDArray[np.float64]  # (search, kind, class)
    taking_up: NDArray[np.float64]  # (kind, class)
    opting_in: NDArray[np.float64]


def likelihood(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely each class of forecast is, (class,), by its place in standard deviations."""
    weight = np.exp(-(place**2) / 2)
    return weight / weight.sum()


@dataclass(frozen=True)
class Rolling:
    """What the stages of every kind are rolled back from."""

    luck: Luck
    rules: NDArray
    kinds: NDArray  # (kind, draw)
    grid: Grid
    found: Found
    rates: NDArray[np.float64]  # (party, 1, 1)
    filled: dict[bytes, tuple[Step, Step]] = field(default_factory=dict)  # by the part of a peak that is sold

    @property
    def rational(self) -> bool:
        """Whether whoever pays goes on only where that pays."""
        return bool(self.rules["rational"])

    def discounted(self, value: Step | float, quarters: NDArray[np.int64] | int) -> Step:
        """Return a value as seen so many quarters, (draw,) or a number, earlier."""
        years = np.asarray(quarters, dtype=float) / QUARTERS
        return discount(years if years.ndim == 0 else years[None, :, None], self.rates) * value

    def unknown(self, value: Step) -> Step:
        """Return a value by class of forecast as it is before any is known."""
        return (value * likelihood(self.grid.place)).sum(axis=-1, keepdims=True)

    def gated(self, step: Step, owner: int) -> Step:
        """Return a step as its owner takes it: nothing where it is worth less than nothing on average."""
        return step * (step[owner].mean(axis=0) >= 0) if self.rational else step

    def stage(self, way: int, kind: int, stage: int, then: Step) -> Step:
        """Return the worth of starting a stage: what it costs and pays, and what follows a success."""
        if stage == PHASE_2 and then.shape[2] > 1:
            then = self.unknown(then)
        found = self.found
        chance = found.chance[way, kind, stage][None, :, None]
        return found.stages[way, kind, stage].T[:, :, None] + chance * self.discounted(then, found.lasts[kind, stage])

    def market(self, way: int, kind: int, co_promoted: int = 0) -> Step:
        """Return what an approved product is expected to bring, by class of forecast.

        Between two levels it runs straight, but for the mean of a parabola with the curvature seen around them.
        """
        value = self.found.market[co_promoted, way, kind]
        steps = np.diff(value, axis=1)  # (draw, cell, party)
        part = self.found.part[way, kind]
        if part.tobytes() not in self.filled:
            self.filled[part.tobytes()] = filled_cells(self.luck, self.grid, part)
        filled, chance = self.filled[part.tobytes()]
        sag = sagging(steps, np.diff(self.grid.level))
        brought = (steps[None] * filled[:, :, :, None] - sag[None] * chance[:, :, :, None]).sum(axis=2)
        return (value[None, :, 0] + brought).transpose(2, 1, 0)  # from (class, draw, party)

    def approved(self, way: int, kind: int) -> Step:
        """Return the worth of an approval: what it pays, what the product brings, and co-promotion where it pays."""
        step = self.found.stages[way, kind, MARKET].T[:, :, None] + self.market(way, kind)
        if way == BY_PARTNER and self.rules["offered"]:
            moved = self.co_promotion(kind)
            refund = self.rules["term"][lines.T_REFUND] * self.found.spent[kind][:, None]
            moved[COMPANY] -= refund
            moved[PARTNER] += refund
            step = step + moved * (moved[COMPANY].mean(axis=0) >= 0)
        return step

    def co_promotion(self, kind: int) -> Step:
        """Return what co-promotion moves to each party, before the refund."""
        return self.market(BY_PARTNER, kind, 1) - self.market(BY_PARTNER, kind)

    def walk(self, way: int, kind: int, first: int) -> Steps:
        """Return the worth of every stage from the first one on, along one way."""
        owner = OWNER.get(WAYS[way], COMPANY)
        steps = {MARKET: self.approved(way, kind)}
        for stage in reversed(range(first, MARKET)):
            steps[stage] = self.stage(way, kind, stage, self.gated(steps[stage + 1], owner))
        return steps

    def back_to(self, kind: int, stage: int, then: Step, way: int = BY_COMPANY) -> Steps:
        """Return the worth of the company's stages up to one after which somebody else may come in."""
        first = int(self.kinds["first_stage"][kind, 0])
        steps = {stage: self.stage(way, kind, stage, then)}
        for earlier in reversed(range(first, stage)):
            steps[earlier] = self.stage(way, kind, earlier, self.gated(steps[earlier + 1], COMPANY))
        return steps

    def licensed(self, way: int, kind: int, after: int) -> Steps:
        """Return the worth of a licence found at a try: its first stage brings the fee."""
        steps, fee = self.walk(way, kind, after), self.fee(kind, EARLY if after == PHASE_1 else LATE)
        steps[after] = steps[after] + (fee if after >= PHASE_3 else self.unknown(fee))
        return steps

    def fee(self, kind: int, licence: int = LATE) -> Step:
        """Return what a licensee pays at signing."""
        fee = self.found.fee[licence, kind].T
        return np.stack([fee, np.zeros_like(fee), -fee])  # to company, partner, others

    def search(self, tries: tuple[int, int], first: Step, second: Step, alone: Step) -> Step:
        """Return the worth of looking for a licensee: a try takes as long whether it succeeds or not."""
        early = tries[0] == EARLY_FIRST
        taker = self.luck.each("license.early.taker_prob" if early else "license.taker_prob")[None, :, None]
        one, two = (int(self.found.wait[way]) for way in tries)
        late = self.discounted((1 - taker) * taker * second + (1 - taker) ** 2 * self.gated(alone, COMPANY), two)
        return self.discounted(taker * first, one) + late


def sagging(steps: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a curve lies below its chords on average, (draw, cell, party): a twelfth of h^2 f''."""
    slope = steps / widths[:, None]
    bend = 2 * np.diff(slope, axis=1) / (widths[1:] + widths[:-1])[:, None]
    bend = np.pad(bend, ((0, 0), (1, 1), (0, 0)))
    return (bend[:, 1:] + bend[:, :-1]) / 2 * (widths**2 / 12)[:, None]


def filled_cells(luck: Luck, grid: Grid, part: NDArray[np.float64]) -> tuple[Step, Step]:
    """Return how much of each cell between two levels is expected to be sold, and how often the last of it is there.

    Both (class, draw, cell), exact for a lognormal peak P below its cap: by E[min(P, x)], and the chance of the cell.
    """
    log_sd, share = luck.each("sales.peak_log_sd"), luck.theta["sales.forecast_share"]
    median = np.log(luck.each("sales.peak_median_musd") * grid.ratio)[:, :, None]
    spread = (np.sqrt(1 - share) * log_sd)[None, :, None]
    limit = np.minimum(grid.level / part[:, None], luck.theta["sales.peak_cap_musd"])
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        z = (np.log(limit) - median) / spread
    expected = np.exp(median + spread**2 / 2) * ndtr(z - spread) + limit * ndtr(-z)
    return np.diff(part[:, None] * expected, axis=2) / np.diff(grid.level), -np.diff(ndtr(-z), axis=2)


def roll_back(rolling: Rolling) -> Worth:
    """Return what every step of every kind of candidate is worth."""
    kinds, classes = len(rolling.kinds), len(rolling.grid.place)
    table = Worth(
        np.full((chains.COUNT, OTHERS + 1, kinds, MARKET + 1, classes), NOT_OPEN),
        np.full((chains.COUNT, kinds, MARKET + 1, classes), NOT_OPEN),
        np.zeros((kinds, MARKET + 1, classes)),
        np.full((REFUSED_SEARCH + 1, kinds, classes), NOT_OPEN),
        np.full((kinds, classes), NOT_OPEN),
        np.zeros((kinds, classes)),
    )
    for kind, origin in enumerate(rolling.kinds["origin"][:, 0]):
        if origin == TECHNOLOGY:
            steps = rolling.licensed(BY_TECHNOLOGY, kind, PRECLINICAL)
            enter_rights(rolling, table, chains.TECHNOLOGY, BY_TECHNOLOGY, kind, steps)
            continue
        own, best = roll_late(rolling, table, kind, LATE_SEARCH)
        if origin != COMMON:
            _, refused = roll_late(rolling, table, kind, REFUSED_SEARCH)
            roll_early(rolling, table, kind, best, refused)
            roll_deal(rolling, table, kind, own)
    return table


def enter(table: Worth, chain: int, kind: int, steps: Steps, since: int = 0) -> None:
    """Put the worth of steps from a stage on, averaged over the draws, in its place."""
    for stage, step in steps.items():
        if stage >= since:
            table.worth[chain, :, kind, stage] = step.mean(axis=1)
            table.held[chain, kind, stage] = table.worth[chain, COMPANY, kind, stage]


def enter_rights(rolling: Rolling, table: Worth, chain: int, way: int, kind: int, steps: Steps, since: int = 0) -> None:
    """Enter the steps of a way that others run; once a stage has begun, what its start pays is past."""
    enter(table, chain, kind, steps, since)
    walked = rolling.walk(way, kind, min(steps))  # a licence's first step brings a fee as well
    for stage in steps:
        if stage >= since:
            to_come = walked[stage][COMPANY] - rolling.found.starts[way, kind, stage, :, COMPANY][:, None]
            table.held[chain, kind, stage] = to_come.mean(axis=0)


LATE_WAYS = {
    LATE_SEARCH: (0, BY_COMPANY, LEFT_ALONE, (FIRST_TRY, SECOND_TRY)),
    REFUSED_SEARCH: (chains.REFUSED, BY_REFUSED, REFUSED_ALONE, (REFUSED_FIRST, REFUSED_SECOND)),
}
"""By search: what leads to its chains, the company's way, that of who finds no taker, those of the two tries."""


def roll_late(rolling: Rolling, table: Worth, kind: int, search: int) -> tuple[Steps, Steps]:
    """Enter what a candidate is worth on the company's own routes, with a licence to be had after Phase 2 at most.

    A licence is sought where somebody would gain by taking it, and the company itself gains if it may choose. Returns
    its stages alone to the market, and by the best route.
    """
    twin, company, left, tries = LATE_WAYS[search]
    own = rolling.walk(company, kind, int(rolling.kinds["first_stage"][kind, 0]))
    licensee, second = (rolling.licensed(way, kind, PHASE_3) for way in tries)
    alone = rolling.walk(left, kind, PHASE_3)
    enter(table, chains.OWN + twin, kind, own)
    enter_rights(rolling, table, chains.LICENSEE + twin, tries[0], kind, licensee)
    enter(table, chains.ALONE + twin, kind, alone)
    found = rolling.search(tries, licensee[PHASE_3], second[PHASE_3], alone[PHASE_3])
    go_alone = rolling.gated(own[PHASE_3], COMPANY)
    table.searching[search, kind] = found[COMPANY].mean(axis=0)
    taken = (licensee[PHASE_3][OTHERS].mean(axis=0) >= 0) | (not rolling.rational)
    better = taken & (found[COMPANY].mean(axis=0) >= go_alone[COMPANY].mean(axis=0))
    best = rolling.back_to(kind, PHASE_2, np.where(better, found, go_alone), company)
    enter(table, chains.BEST + twin, kind, best)
    if search == LATE_SEARCH:
        licensing = rolling.back_to(kind, PHASE_2, np.where(taken, found, go_alone))
        enter(table, chains.LICENSE, kind, licensing)
        licensing[PHASE_3] = np.where(taken, found, go_alone)
        licensing[REVIEW] = price_in_review(rolling, kind, own)
        for stage, step in licensing.items():
            table.price[kind, stage] = step[COMPANY].mean(axis=0)
        table.price[kind, MARKET] = own[MARKET][COMPANY].mean(axis=0)
    return own, best


def price_in_review(rolling: Rolling, kind: int, own: Steps) -> Step:
    """Return what licensing a candidate is worth to the company as review starts, nothing due any more for the filing.

    What is due later is in money of this signing. As before Phase 3 nobody takes what would bring it a loss; then the
    company goes on by itself.
    """
    steps, found = [], rolling.found
    in_phase_3 = np.minimum(found.lasts[kind, PHASE_3], len(rolling.rules["real_start"]) - 1)
    for way in (FIRST_TRY, SECOND_TRY):
        filed, approved = (found.stages[way, kind, stage].T[:, :, None] for stage in (REVIEW, MARKET))
        approved = approved / rolling.rules["real_start"][in_phase_3][None, :, None] + rolling.market(way, kind)
        step = rolling.stage(way, kind, REVIEW, rolling.gated(approved, OTHERS)) + rolling.fee(kind)
        step[OTHERS] += filed[COMPANY]
        step[COMPANY] -= filed[COMPANY]
        steps.append(step)
    alone = rolling.stage(LEFT_ALONE, kind, REVIEW, rolling.gated(rolling.approved(LEFT_ALONE, kind), COMPANY))
    search = rolling.search((FIRST_TRY, SECOND_TRY), steps[0], steps[1], alone)
    taken = (steps[0][OTHERS].mean(axis=0) >= 0) | (not rolling.rational)
    return np.where(taken, search, rolling.gated(own[REVIEW], COMPANY))


def roll_early(rolling: Rolling, table: Worth, kind: int, best: Steps, refused: Steps) -> None:
    """Enter what a candidate is worth that may be licensed at its IND; refused twice, it takes its best late route."""
    licensee, second = (rolling.licensed(way, kind, PHASE_1) for way in (EARLY_FIRST, EARLY_SECOND))
    enter_rights(rolling, table, chains.EARLY_LICENSEE, EARLY_FIRST, kind, licensee)
    found = rolling.search((EARLY_FIRST, EARLY_SECOND), licensee[PHASE_1], second[PHASE_1], refused[PHASE_1])
    go_on = rolling.gated(best[PHASE_1], COMPANY)
    table.searching[EARLY_SEARCH, kind] = found[COMPANY].mean(axis=0)
    taken = (licensee[PHASE_1][OTHERS].mean(axis=0) >= 0) | (not rolling.rational)
    better = taken & (found[COMPANY].mean(axis=0) >= go_on[COMPANY].mean(axis=0))
    licensing = rolling.back_to(kind, PRECLINICAL, np.where(taken, found, go_on))
    enter(table, chains.EARLY, kind, licensing)
    table.price[kind, PRECLINICAL] = licensing[PRECLINICAL][COMPANY].mean(axis=0)
    enter(table, chains.BEST, kind, rolling.back_to(kind, PRECLINICAL, np.where(better, found, go_on)))


def roll_deal(rolling: Rolling, table: Worth, kind: int, own: Steps) -> None:
    """Enter what a candidate of the deal is worth, which the partner runs from the start or may opt into."""
    option = int(rolling.rules["option"])
    partner = rolling.walk(BY_PARTNER, kind, int(rolling.kinds["first_stage"][kind, 0]))
    enter_rights(rolling, table, chains.PARTNER, BY_PARTNER, kind, partner, option + 1)
    if rolling.rules["offered"]:
        table.opting_in[kind] = rolling.co_promotion(kind)[COMPANY].mean(axis=0)
    if option == NONE:
        return
    taken, left = (
        partner[option + 1] + rolling.found.option[kind].T[:, :, None],
        rolling.gated(own[option + 1], COMPANY),
    )
    table.taking_up[kind] = taken[PARTNER].mean(axis=0)
    takes = (taken[PARTNER].mean(axis=0) >= left[PARTNER].mean(axis=0)) | (not rolling.rational)
    enter(table, chains.OPTION, kind, rolling.back_to(kind, option, np.where(takes, taken, left)))
