"""The walk through the stages: start, gate, success, licence, return and approval of every candidate."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, to_quarters
from partnering.course.gates import Beliefs, Chain, Gates, gates_of
from partnering.course.research import NEVER, horizon_quarters
from partnering.course.strategies import Party, Route
from partnering.course.success import success_chain
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import DEVELOPMENT, Candidates, Origin, Stage
from partnering.world.theta import Theta, indices

CHAIN_OF_ROUTE = np.array([Chain.PARTNER, Chain.OWN, Chain.LICENSE, Chain.BEST, Chain.TECHNOLOGY])
"""The chain each route starts on, by route."""


@dataclass(frozen=True)
class Rows:
    """Candidates of a strategy before they are walked: one row each."""

    candidates: Candidates
    route: NDArray[np.int64]
    collaboration: NDArray[np.bool_]  # belongs to the deal: inherited, or paid for by the partner's funding
    crossing: NDArray[np.int64]  # quarter whose research paid for the lead; 0 for candidates that existed
    first: NDArray[np.int64]  # quarter its first stage starts
    taken: NDArray[np.int64]  # quarter the partner (or a licensee of the technology) may take it over, NEVER if none


@dataclass(frozen=True)
class Course(Rows):
    """Rows with their course; quarters count from the valuation date. `taken` has licences and opt-ins of the way."""

    chain: NDArray[np.int64]  # (row, stage) whose belief the gate before a stage reads
    start: NDArray[np.int64]  # (row, stage) quarter a stage starts, if entered
    reached: NDArray[np.bool_]  # (row, stage) whether its gate is reached: the stage before has succeeded
    entered: NDArray[np.bool_]  # (row, stage) inside the horizon; column MARKET is approval
    end: NDArray[np.int64]  # (row, development stage) quarter it ends, if entered
    handed: NDArray[np.int64]  # quarter the partner hands it back, NEVER if it does not
    resumed: NDArray[np.int64]  # quarter another licensee goes on with it, NEVER if none does
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

    @property
    def signed(self) -> NDArray[np.int64]:
        """The quarter a licence of the company's own making is signed, NEVER if none is."""
        return np.where((self.route == Route.LICENSE_OUT) | (self.route == Route.BEST), self.taken, NEVER)

    def runner(self, stage: Stage) -> NDArray[np.int64]:
        """Return the party that runs each row when this stage starts: pays for it, and sells in the market stage."""
        return self._runners[:, stage]

    @property
    def own(self) -> NDArray[np.bool_]:
        """Whether the company runs each row in each stage, (row, stage)."""
        return self._runners == Party.COMPANY

    @cached_property
    def _runners(self) -> NDArray[np.int64]:
        firm = np.where(self.route == Route.PARTNER_RUN, Party.PARTNER, Party.OTHERS)[:, None]
        runners = np.where(self.start >= self.taken[:, None], firm, Party.COMPANY)
        return np.where(self.start >= self.resumed[:, None], Party.OTHERS, runners)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Course":
        """Return the chosen rows."""
        place = indices(rows)
        parts = {f.name: getattr(self, f.name).take(place, axis=0) for f in fields(self) if f.name != "candidates"}
        return Course(candidates=self.candidates.take(place), **parts)


def walk_stages(
    scenario: Scenario,
    theta: Theta,
    beliefs: Beliefs,
    rows: Rows,
    exit_stage: Stage | None,
    until_taken: Route | None = None,
) -> Course:
    """Return the planned course of candidates whose route and date of origin are known.

    Before the partner takes a candidate over, the company decides as on the route `until_taken`: it knows of no deal.
    """
    candidates, horizon = rows.candidates, horizon_quarters(scenario)
    start, option = _stage_starts(candidates, rows.first), opt_in_stage(scenario)
    chain = _first_chain(scenario, rows, start, until_taken)
    passed = _passed(scenario, theta, candidates, chain)
    gates, none = gates_of(scenario, candidates), np.full(len(rows.first), NEVER)
    walk = _Walk(beliefs, gates, rows, chain, start, passed, horizon, *np.zeros((2, *start.shape), dtype=bool))
    signed, wait, taken, done = none, np.zeros_like(none), rows.taken, 0
    for stage in sorted(stage for stage in {exit_stage, option} if stage is not None):
        walk.enter(range(done, stage + 1))
        done = stage + 1
        if stage == exit_stage:
            signed, wait = _license(scenario, theta, walk, exit_stage)
            start[:, done:] += wait[:, None]
        if stage == option:
            taken = _take_up(walk, stage)
        if scenario["success.alliance_odds"] != 1:
            passed[:] = _passed(scenario, theta, candidates, chain)
    walk.enter(range(done, len(Stage)))
    course = Course(
        **{f.name: getattr(rows, f.name) for f in fields(rows) if f.name != "taken"},
        taken=np.where(signed < horizon, signed, taken),
        chain=chain,
        start=start,
        reached=walk.reached,
        entered=walk.entered,
        end=start[:, : len(DEVELOPMENT)] + candidates.duration,
        handed=none,
        resumed=none,
        launch=start[:, Stage.MARKET],
        loss_of_exclusivity=start[:, Stage.MARKET] - wait + _exclusivity(theta, candidates),
    )
    return _launch(scenario, drop_some(scenario, theta, course), horizon)


def _exclusivity(theta: Theta, candidates: Candidates) -> NDArray[np.int64]:
    return to_quarters(theta.at("sales.exclusivity_years", candidates.path))


def opt_in_stage(scenario: Scenario) -> Stage | None:
    """Return the stage after whose success the partner may take a candidate; None if it takes all at signing."""
    name = scenario["deal.opt_in.stage"]
    return None if name == "none" else Stage[name.upper()]


def chain_of(scenario: Scenario, route: Route) -> Chain:
    """Return the chain a route starts on."""
    waits = route == Route.PARTNER_RUN and opt_in_stage(scenario) is not None
    return Chain.OPTION if waits else Chain(CHAIN_OF_ROUTE[route])


def _passed(scenario: Scenario, theta: Theta, candidates: Candidates, chain: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which stages each candidate passes, (row, stage), run as its chain says."""
    firm = np.isin(chain[:, : len(DEVELOPMENT)], (Chain.PARTNER, Chain.LICENSED, Chain.TECHNOLOGY))
    return np.asarray(candidates.luck[:, None] < success_chain(scenario, theta, candidates, firm))


def _first_chain(
    scenario: Scenario, rows: Rows, start: NDArray[np.int64], until_taken: Route | None
) -> NDArray[np.int64]:
    """Return whose belief each gate reads, (row, stage), before any licence or opt-in."""
    chains = np.array([chain_of(scenario, route) for route in Route])
    chain = np.repeat(chains[rows.route][:, None], len(Stage), axis=1)
    early = rows.collaboration & (rows.taken > rows.first)
    if until_taken is None or not early.any():
        return chain
    return np.where((start < rows.taken[:, None]) & early[:, None], CHAIN_OF_ROUTE[until_taken], chain)


@dataclass(frozen=True)
class _Walk:
    """Candidates on their way through the gates; arrays (row, stage), filled stage by stage."""

    beliefs: Beliefs
    gates: Gates
    rows: Rows
    chain: NDArray[np.int64]
    start: NDArray[np.int64]
    passed: NDArray[np.bool_]
    horizon: int
    reached: NDArray[np.bool_]  # the gate is reached: inside the horizon, after a success
    entered: NDArray[np.bool_]  # and whoever runs the candidate goes on

    def enter(self, stages: range) -> None:
        """Take the gates of some stages, those before them taken."""
        for number in stages:
            stage = Stage(number)
            alive = self.rows.candidates.first_stage == stage
            if stage > 0:
                alive = alive | (self.entered[:, stage - 1] & self.passed[:, stage - 1])
            self.reached[:, stage] = alive & (self.start[:, stage] < self.horizon)
            row = np.flatnonzero(self.reached[:, stage])
            self.entered[row, stage] = self.beliefs.go_on(self.chain[row, stage], self.gates.of(row), stage)


def nomination_quarter(scenario: Scenario, candidates: Candidates, crossing: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the quarter development starts: signing, or a discovery lag after the research that found a lead."""
    lag = to_quarters(scenario["leads.discovery_lag_years"])
    return np.where(candidates.origin == Origin.LEAD, crossing + lag, 0)


def search_quarters(scenario: Scenario) -> tuple[int, int]:
    """Return quarters from the exit stage to a licence found at the first and at the second try.

    A try takes as long whether it succeeds or not; the second starts a fixed wait after the first. Without a
    taker the company goes on when the second try has failed.
    """
    closing = int(to_quarters(scenario["license.deal_years"]))
    return closing, closing + int(to_quarters(scenario["license.retry_years"]))


def _license(
    scenario: Scenario, theta: Theta, walk: _Walk, exit_stage: Stage
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (quarter a licence is signed, NEVER if none; quarters the next stage waits), and note who goes on.

    Licences are sought after the exit stage, where the belief table says so; the walk's `chain` gets the outcome.
    """
    after, candidates, chain = Stage(exit_stage + 1), walk.rows.candidates, walk.chain
    seeking = np.isin(walk.rows.route, (Route.LICENSE_OUT, Route.BEST))
    row = np.flatnonzero(walk.entered[:, exit_stage] & walk.passed[:, exit_stage] & seeking)
    sought = row[walk.beliefs.seek(walk.gates.of(row), exit_stage, chain[row, exit_stage] == Chain.BEST)]
    chain[row, after:] = Chain.OWN
    takes = candidates.taker_luck[sought] < theta.each("license.taker_prob")[candidates.path[sought], None]
    first, second = search_quarters(scenario)
    lasts, found = np.where(takes[:, 0], first, second), takes.any(axis=1)
    signed, wait = np.full(len(chain), NEVER), np.zeros(len(chain), dtype=np.int64)
    wait[sought] = lasts
    signed[sought[found]] = (walk.start[sought, after] + lasts)[found]
    chain[sought, after:] = np.where(found, Chain.LICENSED, Chain.ALONE)[:, None]
    return signed, wait


def _take_up(walk: _Walk, stage: Stage) -> NDArray[np.int64]:
    """Return the quarter each candidate is taken over, NEVER if it is not, and note who goes on.

    The partner takes candidates of the deal after a success of its opt-in stage where the belief table says so; those
    it leaves go on to the market by the company, without a search for a licensee.
    """
    after, deal = Stage(stage + 1), walk.rows.collaboration
    row = np.flatnonzero(walk.entered[:, stage] & walk.passed[:, stage] & deal)
    takes = walk.beliefs.take_up(walk.gates.of(row), after)
    walk.chain[row, after:] = np.where(takes, Chain.PARTNER, Chain.OWN)[:, None]
    taken, takes = np.where(deal, NEVER, walk.rows.taken), takes & (walk.start[row, after] < walk.horizon)
    taken[row[takes]] = walk.start[row[takes], after]
    return taken


def _stage_starts(candidates: Candidates, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the start quarter of every stage, shape (row, stage), without any wait for a licence."""
    stages = np.arange(len(DEVELOPMENT))
    lasts = np.where(stages < candidates.first_stage[:, None], 0, candidates.duration)
    return first[:, None] + np.column_stack([np.zeros(len(first), dtype=np.int64), np.cumsum(lasts, axis=1)])


def drop_some(scenario: Scenario, theta: Theta, course: Course) -> Course:
    """Return the course with products the partner drops for strategic reasons, at a constant hazard in the clinic.

    A dropped product is taken up by another licensee after a while, where it left off, or it is lost.
    """
    partner = course.route == Route.PARTNER_RUN
    if not partner.any():
        return course
    path, luck = course.path, course.candidates.drop_luck
    with np.errstate(divide="ignore", over="ignore"):  # a hazard of next to nothing drops nothing
        quarters = QUARTERS * -np.log(luck[:, 0]) / theta.each("deal.termination.excess_hazard_rate")[path]
    elapsed = np.minimum(quarters, horizon_quarters(scenario)).astype(np.int64) + 1
    quarter = np.maximum(course.start[:, Stage.PHASE_1], np.where(partner, course.taken, 0)) + elapsed
    under_way = course.entered[:, : Stage.MARKET] & (course.start[:, : Stage.MARKET] <= quarter[:, None])
    under_way &= course.end > quarter[:, None]
    dropped = partner & under_way.any(axis=1)
    again = dropped & (luck[:, 1] < theta.each("deal.termination.relicense_prob")[path])
    pause = np.where(again, to_quarters(scenario["deal.termination.relicense_years"]), 0)[:, None]
    later = np.cumsum(under_way, axis=1) > 0  # the stage it is dropped in, and those after
    after = np.column_stack([np.zeros(len(path), dtype=bool), later])
    start, end = course.start + after * pause, course.end + later * pause
    lost = (dropped & ~again)[:, None]
    return replace(
        course,
        start=start,
        end=np.where(lost & under_way, quarter[:, None], end),
        reached=course.reached & ~(lost & after),
        entered=course.entered & ~(lost & after) & (start < horizon_quarters(scenario)),
        handed=np.where(dropped, quarter, NEVER),
        resumed=np.where(again, quarter + pause[:, 0], NEVER),
    )


def _launch(scenario: Scenario, course: Course, horizon: int) -> Course:
    """Return the course with its launch dates: the company launches later than a large firm, if approved."""
    own = course.runner(Stage.MARKET) == Party.COMPANY
    delay = np.where(own, to_quarters(scenario["sales.company_launch_delay_years"]), 0)
    launch = course.start[:, Stage.MARKET] + delay
    return replace(course, launch=np.where(course.approved & (launch < horizon), launch, NEVER))
