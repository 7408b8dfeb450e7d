"""The luck of every candidate, indexed by candidate and stage and never by date."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import gamma

from partnering.clock import to_quarters
from partnering.inputs.scenario import Scenario
from partnering.world.streams import uniforms
from partnering.world.theta import Theta, indices, luck_of


class Stage(IntEnum):
    """Stages in order; MARKET is reached by approval."""

    PRECLINICAL = 0
    PHASE_1 = 1
    PHASE_2 = 2
    PHASE_3 = 3
    REVIEW = 4
    MARKET = 5


class Origin(IntEnum):
    """Where a candidate comes from, as luck is drawn. A lead is the same molecule in every strategy."""

    INHERITED = 0
    LEAD = 1
    COMMON = 2
    TECHNOLOGY = 3


DEVELOPMENT = (Stage.PRECLINICAL, Stage.PHASE_1, Stage.PHASE_2, Stage.PHASE_3, Stage.REVIEW)
COST_ITEMS = ("preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing")
"""Cost items that differ between candidates, in the column order of `cost_factor`."""

TRIES = 2
"""Times the company looks for a taker of its licence."""

_GAMMA_STEPS = 2**16  # equal-probability steps of the tabulated duration multiplier


@dataclass(frozen=True)
class Candidates:
    """One row per (path, candidate) that may exist; all arrays are (row,) or (row, stage)."""

    path: NDArray[np.int64]
    origin: NDArray[np.int64]
    number: NDArray[np.int64]  # position among the candidates of its origin
    conjugate: NDArray[np.bool_]
    partner_target: NDArray[np.bool_]  # whose target a collaboration lead carries
    first_stage: NDArray[np.int64]  # the stage it is in when it appears
    effort_needed: NDArray[np.float64]  # research (musd) that finds a lead, years that bring a licence; 0 for others
    luck: NDArray[np.float64]  # probability integral of the latent z: passes a stage when below p1 * ... * pk
    duration: NDArray[np.int64]  # (row, development stage), quarters
    cost_factor: NDArray[np.float64]  # (row, cost item), mean one
    peak_musd: NDArray[np.float64]  # peak sales a year given approval, capped, before any ceiling
    forecast_z: NDArray[np.float64]  # place of the forecast among all forecasts, as revealed by a good Phase 2
    forecast_ratio: NDArray[np.float64]  # that forecast over the median peak
    years_to_peak: NDArray[np.float64]
    taker_luck: NDArray[np.float64]  # (row, try), uniform
    drop_luck: NDArray[np.float64]  # (row, 2), uniform: when a partner drops it, and whether another takes it up

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Candidates":
        """Return the chosen rows."""
        place = indices(rows)
        return Candidates(**{field.name: getattr(self, field.name).take(place, axis=0) for field in fields(self)})


@dataclass(frozen=True)
class Reach:
    """The most effort any strategy spends: research in the window, and years of licensing the technology."""

    research_musd: float
    licensing_years: float


def draw_candidates(
    scenario: Scenario, theta: Theta, seed: int, block: int, reach: Reach, fixed_durations: bool = False
) -> Candidates:
    """Return every candidate that could arise within the reach of any strategy.

    `fixed_durations` replaces each stage's duration by its mean at the path's theta, for the check against the
    closed form; no other draw moves.
    """
    luck = _Luck(seed, block, theta)
    shared = (ndtri(luck("common", 1)[0]), ndtri(luck("payload", 1)[0]))
    each = np.ones(theta.size)
    seeded = np.zeros((len(scenario["technology.seeded_names"]), theta.size))
    yearly = each / theta["technology.new_per_year"]
    arrivals = _cumulated(luck, "technology/wait", yearly, reach.licensing_years)
    leads = _cumulated(luck, "lead/wait", each * theta["leads.cost_per_lead_musd"], reach.research_musd)
    needed = {
        Origin.INHERITED: np.zeros((len(scenario["candidates.inherited.names"]), theta.size)),
        Origin.LEAD: leads,
        Origin.COMMON: np.zeros((len(scenario["candidates.common.names"]), theta.size)),
        Origin.TECHNOLOGY: np.concatenate([seeded, arrivals]),
    }
    most = {Origin.LEAD: reach.research_musd, Origin.TECHNOLOGY: reach.licensing_years}
    parts = [
        _draw_origin(scenario, theta, luck, shared, origin, effort, most.get(origin, 0.0), fixed_durations)
        for origin, effort in needed.items()
    ]
    return Candidates(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Candidates)})


@dataclass(frozen=True)
class _Luck:
    """The named streams of one block, cut to the paths in use."""

    seed: int
    block: int
    theta: Theta

    def __call__(self, name: str, slots: int) -> NDArray[np.float64]:
        return luck_of(self.theta, self.seed, f"luck/{name}", self.block, slots)


def _cumulated(luck: _Luck, name: str, mean: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Return mean x (E1 + ... + Ei), shape (number, path), with slots until no path can reach one more."""
    slots = 1
    while True:
        needed = mean * np.cumsum(-np.log(luck(name, slots)), axis=0)
        if (needed[-1] > most).all():
            return needed[: int((needed <= most).any(axis=1).sum())]
        slots *= 2


def _draw_origin(
    scenario: Scenario,
    theta: Theta,
    luck: _Luck,
    shared: tuple[NDArray[np.float64], NDArray[np.float64]],
    origin: Origin,
    effort: NDArray[np.float64],
    most: float,
    fixed_durations: bool,
) -> Candidates:
    number, path = np.nonzero(effort <= most)
    slots, name, others = len(effort), origin.name.lower(), origin == Origin.TECHNOLOGY

    def drawn(variable: str, columns: int = 1) -> NDArray[np.float64]:
        """Return uniforms of a variable, (row, column)."""
        return np.stack([luck(f"{name}/{variable}/{c}", slots)[number, path] for c in range(columns)], axis=1)

    def ours(variable: str, columns: int, turned: Callable = np.asarray) -> NDArray[np.float64]:
        """Draws that only candidates of the company's own need."""
        return np.broadcast_to(np.nan, (len(path), columns)) if others else turned(drawn(variable, columns))

    conjugate = _modality(scenario, origin, number, drawn)
    normal = ndtri(drawn("peak", 2))
    forecast, peak = _peak(theta, path, normal)
    least, likeliest, most_years = scenario["sales.years_to_peak"]
    return Candidates(
        path=path,
        origin=np.full(len(path), int(origin)),
        number=number,
        conjugate=conjugate,
        partner_target=_partner_target(scenario, origin, path, drawn),
        first_stage=first_stage(scenario, origin, number),
        effort_needed=effort[number, path],
        luck=latent_luck(scenario, conjugate, shared[0][path], shared[1][path], ndtri(drawn("own")[:, 0])),
        duration=_durations(
            scenario, theta, origin, number, path, drawn("duration", len(DEVELOPMENT)), fixed_durations
        ),
        cost_factor=ours("cost", len(COST_ITEMS), lambda luck: _cost_factors(scenario, ndtri(luck))),
        peak_musd=peak,
        forecast_z=normal[:, 0],
        forecast_ratio=forecast,
        years_to_peak=triangular_quantile(drawn("years_to_peak")[:, 0], least, likeliest, most_years),
        taker_luck=ours("taker", TRIES),
        drop_luck=ours("drop", 2),
    )


def _modality(scenario: Scenario, origin: Origin, number: NDArray[np.int64], drawn: Callable) -> NDArray[np.bool_]:
    if origin == Origin.LEAD:
        return drawn("modality")[:, 0] < scenario["leads.conjugate_share"]
    if origin == Origin.TECHNOLOGY:
        return np.ones(len(number), dtype=bool)
    named = scenario[f"candidates.{origin.name.lower()}.modality"]
    return np.array([modality == "conjugate" for modality in named], dtype=bool)[number]


def _partner_target(scenario: Scenario, origin: Origin, path: NDArray, drawn: Callable) -> NDArray[np.bool_]:
    if origin != Origin.LEAD:
        return np.zeros(len(path), dtype=bool)
    return drawn("target")[:, 0] < scenario["leads.partner_target_share"]


def first_stage(scenario: Scenario, origin: Origin, number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stage each candidate of an origin is in when it appears."""
    stages = np.full(len(number), int(Stage.PHASE_2 if origin == Origin.COMMON else Stage.PRECLINICAL))
    if origin == Origin.TECHNOLOGY:
        seeded = number < len(scenario["technology.seeded_stage"])
        under_way = np.array([int(Stage[name.upper()]) for name in scenario["technology.seeded_stage"]], dtype=np.int64)
        stages[seeded] = under_way[number[seeded]]
    return stages


def latent_luck(
    scenario: Scenario,
    conjugate: NDArray[np.bool_],
    common: NDArray[np.float64],
    payload: NDArray[np.float64],
    own: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the probability integral of z = a common + b payload (conjugates only) + own, of unit variance."""
    common_share = scenario["success.common_factor_share"]
    payload_share = np.where(conjugate, scenario["success.payload_factor_share"], 0.0)
    own_share = 1 - common_share - payload_share
    return ndtr(np.sqrt(common_share) * common + np.sqrt(payload_share) * payload + np.sqrt(own_share) * own)


def duration_means(
    scenario: Scenario, theta: Theta, origin: Origin, number: NDArray[np.int64], path: NDArray[np.int64]
) -> list:
    """Return the mean years of each development stage for these candidates, a scalar or an array (row,) each.

    An inherited candidate has its own time left to IND, a common one its own part of Phase 2 left, a licensed
    product of others its own time left in the stage it is in.
    """
    means = [theta.at(f"duration.{stage.name.lower()}_years", path) for stage in DEVELOPMENT]
    if origin == Origin.INHERITED:
        means[Stage.PRECLINICAL] = np.asarray(scenario["candidates.inherited.years_to_ind"])[number]
    if origin == Origin.COMMON:
        means[Stage.PHASE_2] = means[Stage.PHASE_2] * np.asarray(scenario["candidates.common.phase_2_left"])[number]
    if origin == Origin.TECHNOLOGY:
        left = np.asarray(scenario["technology.seeded_years_left"])
        for stage in DEVELOPMENT:
            here = (number < len(left)) & (first_stage(scenario, origin, number) == stage)
            means[stage] = np.where(here, left[np.where(here, number, 0)] if len(left) else 0.0, means[stage])
    return means


def _durations(
    scenario: Scenario,
    theta: Theta,
    origin: Origin,
    number: NDArray[np.int64],
    path: NDArray[np.int64],
    luck: NDArray[np.float64],
    fixed: bool,
) -> NDArray[np.int64]:
    """Return gamma durations in whole quarters, at least one, shape (row, stage)."""
    means = np.stack(
        [np.broadcast_to(mean, path.shape) for mean in duration_means(scenario, theta, origin, number, path)], axis=1
    )
    cv = scenario["duration.spread_cv"]
    multiplier = gamma_multiplier(luck, cv) if cv and not fixed else 1.0
    return np.maximum(to_quarters(means * multiplier), 1)


def gamma_multiplier(luck: NDArray[np.float64], cv: float) -> NDArray[np.float64]:
    """Return mean-one gamma draws with this coefficient of variation, from a table of equal-probability steps."""
    shape = 1 / cv**2
    key = (shape, _GAMMA_STEPS)
    if key not in _gamma_tables:
        middles = (np.arange(_GAMMA_STEPS) + 0.5) / _GAMMA_STEPS
        _gamma_tables[key] = gamma.ppf(middles, shape) / shape
    return _gamma_tables[key][(luck * _GAMMA_STEPS).astype(np.int64)]


_gamma_tables: dict[tuple[float, int], NDArray[np.float64]] = {}


def _cost_factors(scenario: Scenario, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean-one lognormal multipliers exp(sigma z - sigma^2 / 2), shape (row, cost item)."""
    sigma = np.array([scenario[f"cost.spread.{item}_log_sd"] for item in COST_ITEMS])
    return np.exp(sigma * normal - sigma**2 / 2)


def _peak(
    theta: Theta, path: NDArray[np.int64], normal: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (forecast over median, capped peak): log peak = prior + forecastable part + surprise."""
    share, log_sd = theta["sales.forecast_share"], theta.at("sales.peak_log_sd", path)
    forecast = np.exp(np.sqrt(share) * log_sd * normal[:, 0])
    surprise = np.exp(np.sqrt(1 - share) * log_sd * normal[:, 1])
    peak = theta.at("sales.peak_median_musd", path) * forecast * surprise
    return forecast, np.minimum(peak, theta["sales.peak_cap_musd"])


def triangular_quantile(luck: NDArray[np.float64], least: float, likeliest: float, most: float) -> NDArray[np.float64]:
    """Return the inverse distribution function of a triangle with these limits and mode."""
    width, rising = most - least, likeliest - least
    below = least + np.sqrt(luck * width * rising)
    above = most - np.sqrt((1 - luck) * width * (most - likeliest))
    return np.where(luck * width < rising, below, above)


def draw_chances(seed: int, block: int, size: int, name: str, slots: int) -> NDArray[np.float64]:
    """Return uniforms of paths rather than candidates, shape (slot, path): an option's chance, a later signing."""
    return uniforms(seed, f"luck/{name}", block, slots)[:, :size]
