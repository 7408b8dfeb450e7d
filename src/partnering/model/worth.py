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
from partnering.model.expect import BY_COMPANY, BY_PARTNER, EARLY_FIRST, WAYS, Found, Grid, fill_cells
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.stages import MARKET, PHASE_2
from partnering.model.views import LATE

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
        brought = np.repeat(value[:, :1], len(self.grid.place), axis=1)  # (draw, class, party)
        fill_cells(filled, chance, steps, sagging(steps, np.diff(self.grid.level)), brought)
        return brought.transpose(2, 0, 1)

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

    Both (draw, class, cell), exact for a lognormal peak P below its cap: by E[min(P, x)], and the chance of the cell.
    """
    log_sd, share = luck.each("sales.peak_log_sd"), luck.theta["sales.forecast_share"]
    median = np.log(luck.each("sales.peak_median_musd") * grid.ratio).T[:, :, None]
    spread = (np.sqrt(1 - share) * log_sd)[:, None, None]
    limit = np.minimum(grid.level / part[:, None], luck.theta["sales.peak_cap_musd"])[:, None, :]
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        z = (np.log(limit) - median) / spread
    expected = np.exp(median + spread**2 / 2) * ndtr(z - spread) + limit * ndtr(-z)
    return np.diff(part[:, None, None] * expected, axis=2) / np.diff(grid.level), -np.diff(ndtr(-z), axis=2)
