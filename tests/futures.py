"""Other futures: draws that share all that a strategy has shown by a quarter, and nothing else."""

from dataclasses import dataclass, replace

import numpy as np
from decided import Draws, courses, large_firm, lost_for_good, outcomes, sought
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.pathway import Course, search_quarters
from partnering.course.plan import Chances
from partnering.course.research import NEVER, research_quarters
from partnering.course.success import success_chain
from partnering.deal.books import Books
from partnering.inputs import Scenario
from partnering.world.candidates import COST_ITEMS, DEVELOPMENT, Candidates, Origin, Stage
from partnering.world.theta import Theta

LONGEST = 25
"""Quarters a stage may go on in another future."""

ITEM_OVER = (Stage.PRECLINICAL, Stage.PHASE_1, Stage.PHASE_2, Stage.PHASE_3, Stage.REVIEW)
"""The stage by whose end each cost item has been paid."""

SALES_LEAVES = ("company_ceiling", "exclusivity_years", "erosion_loss", "late_decline_rate")
"""What sales show of the inputs: held on paths where a product has been sold."""


@dataclass(frozen=True)
class Past:
    """What a strategy has shown by a quarter (`until`, included)."""

    scenario: Scenario
    draws: Draws
    books: Books
    until: int

    def another(self, theta: Theta, rng: np.random.Generator) -> Draws:
        """Return draws with a theta in which all that has been seen is as it was, and everything else is new.

        Seen are leads once nominated, outcomes and costs of stages that are over (that a running one still runs),
        the forecast of a good Phase 2, answers to offers of a licence, products dropped, the sales of products.
        """
        candidates = replace(self.draws.candidates, **self._unseen(theta, rng))
        for course, exit_stage in courses(self.scenario, self.books):
            first = course.start[np.arange(len(course.path)), course.candidates.first_stage]
            shown = course.take(first <= self.until)
            row = _places(self.draws.candidates, shown.candidates)
            for name, values in self._seen(shown, exit_stage, theta, rng).items():
                getattr(candidates, name)[row] = values
        return Draws(theta, candidates, self._chances(rng))

    def permuted(self, rng: np.random.Generator) -> Theta:
        """Return theta with its paths permuted, but for what sales and filing fees have shown of it."""
        theta, order = self.draws.theta, rng.permutation(self.draws.theta.size)
        sold, filed = np.zeros(theta.size, dtype=bool), np.zeros(theta.size, dtype=bool)
        for course, _ in courses(self.scenario, self.books):
            sold[course.path[course.launch < self.until]] = True
            filed[course.path[course.entered[:, Stage.REVIEW] & (course.start[:, Stage.REVIEW] <= self.until)]] = True
        held = {f"sales.{name}": sold for name in SALES_LEAVES} | {"cost.company.filing_musd": filed}
        values = {
            path: np.where(held.get(path, False), value, value[order]) if isinstance(value, np.ndarray) else value
            for path, value in theta.values.items()
        }
        return Theta(values, theta.size)

    def _chances(self, rng: np.random.Generator) -> Chances:
        old, signing = self.draws.chances, self.books.strategy.signing_quarter
        decided = np.zeros((len(old.extension), 1), dtype=bool)
        moments = signing + to_quarters(self.scenario["deal.extension_decision_years"])
        decided[: len(moments), 0] = moments <= self.until
        return Chances(
            signing=old.signing if signing <= self.until else rng.random(old.signing.shape),
            extension=np.where(decided, old.extension, rng.random(old.extension.shape)),
        )

    def _unseen(self, theta: Theta, rng: np.random.Generator) -> dict[str, NDArray]:
        """Return the luck of candidates that have not come up: all of it new, and that they come up later."""
        old = self.draws.candidates
        lead, size = old.origin == Origin.LEAD, len(old.path)
        z, forecast = _forecast(theta, old.path, rng)
        return {
            "effort_needed": self._later_effort(theta, rng),
            "conjugate": np.where(lead, rng.random(size) < 0.5, old.conjugate),
            "partner_target": lead & (rng.random(size) < 0.5),
            "luck": rng.random(size),
            "duration": rng.integers(1, LONGEST, old.duration.shape),
            "cost_factor": np.exp(rng.standard_normal(old.cost_factor.shape)),
            "forecast_z": z,
            "forecast_ratio": forecast,
            "peak_musd": _peak(theta, old.path, forecast, rng),
            "years_to_peak": rng.uniform(2, 9, size),
            "taker_luck": rng.random(old.taker_luck.shape),
            "drop_luck": rng.random(old.drop_luck.shape),
        }

    def _later_effort(self, theta: Theta, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return effort that brings a lead or a licence after the quarter only; what exists on the day needs none."""
        old, plan = self.draws.candidates, self.books.plan
        wait = rng.exponential(1.0, len(old.path)) + 1e-9
        lag = int(to_quarters(self.scenario["leads.discovery_lag_years"]))
        shown = max(self.until - lag + 1, 0)
        paid = [
            research_quarters(self.scenario, int(signing), int(taken))[:shown].sum()
            for signing, taken in zip(plan.signing, plan.extensions, strict=True)
        ]
        lead = np.array(paid)[old.path] + wait * theta.each("leads.cost_per_lead_musd")[old.path]
        licences = self.books.strategy.effector_multiplier * self.until / QUARTERS
        licences = licences + wait / theta.each("technology.new_per_year")[old.path]
        arrives = (old.origin == Origin.TECHNOLOGY) & (old.effort_needed > 0)
        return np.select([old.origin == Origin.LEAD, arrives], [lead, licences], 0.0)

    def _seen(
        self, course: Course, exit_stage: Stage | None, theta: Theta, rng: np.random.Generator
    ) -> dict[str, NDArray]:
        """Return the luck of candidates that have come up: what has been seen of it, and new luck from there on."""
        old, path = course.candidates, course.path
        over = course.entered[:, : len(DEVELOPMENT)] & (course.end <= self.until)
        over &= ~(lost_for_good(course)[:, None] & _dropped_in(course))
        passed = outcomes(self.scenario, self.draws.theta, course)
        read_out = (over & passed)[:, Stage.PHASE_2] | (old.first_stage > Stage.PHASE_2)
        sold, (z, forecast) = course.launch < self.until, _forecast(theta, path, rng)
        forecast = np.where(read_out, old.forecast_ratio, forecast)
        return {
            "effort_needed": old.effort_needed,
            "conjugate": old.conjugate,
            "partner_target": old.partner_target,
            "luck": self._same_outcomes(course, over, passed, theta, rng),
            "duration": self._still_running(course, over, rng),
            "cost_factor": self._same_cost(course, over, theta, rng),
            "forecast_z": np.where(read_out, old.forecast_z, z),
            "forecast_ratio": np.where(sold, old.forecast_ratio, forecast),
            "peak_musd": np.where(sold, old.peak_musd, _peak(theta, path, forecast, rng)),
            "years_to_peak": np.where(sold, old.years_to_peak, rng.uniform(2, 9, len(path))),
            "taker_luck": self._same_answers(course, exit_stage, theta, rng),
            "drop_luck": self._same_drops(course, theta, rng),
        }

    def _same_outcomes(
        self, course: Course, over: NDArray, passed: NDArray, theta: Theta, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return luck that passes and fails the stages that are over, at another theta."""
        chain = success_chain(self.scenario, theta, course.candidates, large_firm(course))
        lowest = np.where(over & ~passed, chain, 0.0).max(axis=1)
        highest = np.where(over & passed, chain, 1.0).min(axis=1)
        return lowest + (highest - lowest) * rng.random(len(lowest))

    def _still_running(self, course: Course, over: NDArray, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return durations: those that are over as they were, those under way longer than they have run."""
        start = course.start[:, : len(DEVELOPMENT)]
        handed, resumed = course.handed[:, None], course.resumed[:, None]
        ran = np.where(course.entered[:, : len(DEVELOPMENT)], np.maximum(self.until - start, 0), 0)
        paused = _dropped_in(course) & (handed <= self.until)
        ran = np.where(paused, handed - start + np.maximum(self.until - resumed, 0), ran)
        return np.where(over, course.candidates.duration, ran + rng.integers(1, LONGEST, over.shape))

    def _same_cost(self, course: Course, over: NDArray, theta: Theta, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return cost factors that give the same money at another theta for stages that are over."""
        old, paid = course.candidates.cost_factor, over[:, ITEM_OVER]
        leaves = [f"cost.company.{item}_musd" for item in COST_ITEMS]
        before, after = (np.stack([t.each(leaf)[course.path] for leaf in leaves], 1) for t in (self.draws.theta, theta))
        return np.where(paid, old * before / after, np.exp(rng.standard_normal(old.shape)))

    def _same_answers(
        self, course: Course, exit_stage: Stage | None, theta: Theta, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return luck that gives the answers that offers of a licence have had, at another theta."""
        luck, old = rng.random((len(course.path), 2)), course.candidates.taker_luck
        if exit_stage is None:
            return luck
        before, after = (t.each("license.taker_prob")[course.path] for t in (self.draws.theta, theta))
        asked, closed = sought(course, exit_stage), course.end[:, exit_stage]
        for at, lasts in enumerate(search_quarters(self.scenario)):
            known = asked & (closed + lasts <= self.until)
            luck[:, at] = np.where(known, _same_side(old[:, at] < before, after, luck[:, at]), luck[:, at])
            asked = asked & (old[:, at] >= before)
        return luck

    def _same_drops(self, course: Course, theta: Theta, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return luck with which the products dropped so far are dropped, and taken up, as they were."""
        luck, old, until = rng.random((len(course.path), 2)), course.candidates.drop_luck, self.until
        hazard = theta.each("deal.termination.excess_hazard_rate")[course.path] / QUARTERS
        before, after = (t.each("deal.termination.relicense_prob")[course.path] for t in (self.draws.theta, theta))
        dosed, dropped = course.start[:, Stage.PHASE_1], course.handed <= until
        dosed = np.maximum(dosed, np.where(course.taken < NEVER, course.taken, 0))
        spared = luck[:, 0] * np.exp(-hazard * np.maximum(until - dosed, 0))
        gone = np.exp(-hazard * (np.where(dropped, course.handed - dosed, 0.5) - 0.5))
        pause = to_quarters(self.scenario["deal.termination.relicense_years"])
        known = dropped & (course.handed + pause <= until)
        again = np.where(known, _same_side(old[:, 1] < before, after, luck[:, 1]), luck[:, 1])
        return np.column_stack([np.where(dropped, gone, spared), again])


def _dropped_in(course: Course) -> NDArray[np.bool_]:
    """Return which stage each row was in when the partner dropped it, (row, stage)."""
    start, handed = course.start, course.handed[:, None]
    return (handed < NEVER) & (start[:, :-1] <= handed) & (handed < start[:, 1:])


def _same_side(happened: NDArray, chance: NDArray, luck: NDArray) -> NDArray[np.float64]:
    """Return luck below a chance where something happened and above where not."""
    return np.where(happened, chance * luck, chance + (1 - chance) * luck)


def _forecast(theta: Theta, path: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Return (place, ratio) of new forecasts."""
    z = rng.standard_normal(len(path))
    return z, np.exp(np.sqrt(theta["sales.forecast_share"]) * theta.at("sales.peak_log_sd", path) * z)


def _peak(theta: Theta, path: NDArray, forecast: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return peaks with a new surprise over their forecasts."""
    spread = np.sqrt(1 - theta["sales.forecast_share"]) * theta.at("sales.peak_log_sd", path)
    peak = theta.at("sales.peak_median_musd", path) * forecast * np.exp(spread * rng.standard_normal(len(path)))
    return np.minimum(peak, theta["sales.peak_cap_musd"])


def _places(candidates: Candidates, some: Candidates) -> NDArray[np.int64]:
    """Return the row of each of some candidates among all."""
    keys, wanted = ((c.path * len(Origin) + c.origin) * 10_000 + c.number for c in (candidates, some))
    order = np.argsort(keys)
    return order[np.searchsorted(keys[order], wanted)]
