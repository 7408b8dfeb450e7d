"""The walk through the stages: start, success, licence and approval of every candidate under its route."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.course.research import NEVER, horizon_quarters
from partnering.course.strategies import Party, Route
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import DEVELOPMENT, Candidates, Origin, Stage
from partnering.world.theta import Theta


@dataclass(frozen=True)
class Course:
    """One row per candidate that exists in the strategy; quarters count from signing."""

    candidates: Candidates
    route: NDArray[np.int64]
    collaboration: NDArray[np.bool_]  # belongs to the deal: inherited, or paid for by the partner's funding
    crossing: NDArray[np.int64]  # quarter whose research paid for the lead; 0 for candidates that existed
    start: NDArray[np.int64]  # (row, stage) quarter a stage starts, if entered
    entered: NDArray[np.bool_]  # (row, stage) inside the horizon; column MARKET is approval
    end: NDArray[np.int64]  # (row, development stage) quarter it ends, if entered
    signed: NDArray[np.int64]  # quarter a licence is signed, NEVER if none
    launch: NDArray[np.int64]  # quarter of first sale, NEVER if none
    loss_of_exclusivity: NDArray[np.int64]

    @property
    def path(self) -> NDArray[np.int64]:
        """The path of each row."""
        return self.candidates.path

    @property
    def approved(self) -> NDArray[np.bool_]:
        """Whether each row is approved inside the horizon."""
        return self.entered[:, Stage.MARKET]

    def runner(self, stage: Stage) -> NDArray[np.int64]:
        """Return the party that runs each row in this stage: pays for it, and sells in the market stage."""
        licensed = (self.signed < NEVER) & (stage >= Stage.PHASE_3)
        own = np.where(licensed, Party.OTHERS, Party.COMPANY)
        return np.where(self.route == Route.PARTNER_RUN, Party.PARTNER, own)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Course":
        """Return the chosen rows."""
        parts = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "candidates"}
        return Course(candidates=self.candidates.take(rows), **parts)


def walk_stages(
    scenario: Scenario,
    theta: Theta,
    candidates: Candidates,
    route: NDArray[np.int64],
    collaboration: NDArray[np.bool_],
    crossing: NDArray[np.int64],
) -> Course:
    """Return the planned course of candidates whose route and date of origin are known; gates: commit."""
    large_firm = np.repeat((route == Route.PARTNER_RUN)[:, None], len(DEVELOPMENT), axis=1)
    chain = success_chain(scenario, theta, candidates, large_firm)
    offered = (route == Route.LICENSE_OUT) & (candidates.luck < chain[:, Stage.PHASE_2])
    signed_after, wait = find_taker(scenario, theta, candidates, offered)
    large_firm[:, Stage.PHASE_3] |= signed_after < NEVER
    passed = candidates.luck[:, None] < success_chain(scenario, theta, candidates, large_firm)
    first = nomination_quarter(scenario, candidates, crossing)
    start = _stage_starts(candidates, first, wait)
    horizon = horizon_quarters(scenario)
    entered = np.column_stack([np.ones(len(first), dtype=bool), passed]) & (start < horizon)
    entered[:, : Stage.PHASE_2] &= (candidates.origin != Origin.COMMON)[:, None]
    approval = start[:, Stage.MARKET]
    signed = np.where(signed_after < NEVER, start[:, Stage.PHASE_2] + candidates.duration[:, Stage.PHASE_2], NEVER)
    signed = np.where(signed < NEVER, signed + signed_after, NEVER)
    course = Course(
        candidates=candidates,
        route=route,
        collaboration=collaboration,
        crossing=crossing,
        start=start,
        entered=entered,
        end=start[:, : len(DEVELOPMENT)] + candidates.duration,
        signed=np.where(signed < horizon, signed, NEVER),
        launch=approval,
        loss_of_exclusivity=approval - wait + to_quarters(theta.at("sales.exclusivity_years", candidates.path)),
    )
    return _launch(scenario, course, horizon)


def success_chain(
    scenario: Scenario, theta: Theta, candidates: Candidates, large_firm: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return p1 * ... * pk, shape (row, development stage); `large_firm` says who runs each, same shape."""
    common = candidates.origin == Origin.COMMON
    chances = []
    for stage in DEVELOPMENT:
        p = theta.at(f"success.{stage.name.lower()}_prob", candidates.path)
        if stage == Stage.PHASE_2:
            p = np.where(common, theta.at("candidates.common.phase_2_prob", candidates.path), p)
        if stage < Stage.PHASE_2:
            p = np.where(common, 1.0, p)
        if stage in (Stage.PHASE_2, Stage.PHASE_3):
            p = np.where(large_firm[:, stage], raise_odds(p, scenario["success.alliance_odds"]), p)
        chances.append(np.broadcast_to(p, common.shape))
    return np.cumprod(np.stack(chances, axis=1), axis=1)


def raise_odds(p: NDArray[np.float64], odds_ratio: float) -> NDArray[np.float64]:
    """Return the probability whose odds are odds_ratio times those of p."""
    return p * odds_ratio / (1 - p + p * odds_ratio)


def nomination_quarter(scenario: Scenario, candidates: Candidates, crossing: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the quarter development starts: signing, or a discovery lag after the research that found a lead."""
    lag = to_quarters(scenario["leads.discovery_lag_years"])
    return np.where(candidates.origin == Origin.LEAD, crossing + lag, 0)


def find_taker(
    scenario: Scenario, theta: Theta, candidates: Candidates, offered: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (quarters from the end of Phase 2 to the licence, NEVER without one; quarters Phase 3 waits).

    A try takes as long whether it succeeds or not; the second starts a fixed wait after the first. Without a
    taker the company goes on alone when the second try has failed.
    """
    chance = np.asarray(theta.at("license.taker_prob", candidates.path))[..., None]
    takes = candidates.taker_luck < chance
    closing = to_quarters(scenario["license.deal_years"])
    second = closing + to_quarters(scenario["license.retry_years"])
    wait = np.where(offered, np.where(takes[:, 0], closing, second), 0)
    return np.where(offered & takes.any(axis=1), wait, NEVER), wait


def _stage_starts(candidates: Candidates, first: NDArray[np.int64], wait: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the start quarter of every stage, shape (row, stage), with the wait for a licence before Phase 3."""
    lasts = candidates.duration.copy()
    lasts[candidates.origin == Origin.COMMON, : Stage.PHASE_2] = 0
    lasts[:, Stage.PHASE_2] += wait
    return first[:, None] + np.column_stack([np.zeros(len(first), dtype=np.int64), np.cumsum(lasts, axis=1)])


def _launch(scenario: Scenario, course: Course, horizon: int) -> Course:
    """Return the course with its launch dates: the company launches later than a large firm, if approved."""
    own = course.runner(Stage.MARKET) == Party.COMPANY
    launch = course.launch + np.where(own, to_quarters(scenario["sales.company_launch_delay_years"]), 0)
    sold = course.approved & (launch < horizon)
    parts = {f.name: getattr(course, f.name) for f in fields(course)} | {"launch": np.where(sold, launch, NEVER)}
    return Course(**parts)
