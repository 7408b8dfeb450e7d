"""All luck of a block of paths, drawn by NumPy from named streams: what is not known, the candidates, the market.

Luck has an address: a stream is found by seed, name and block, and gives one uniform per (slot, path), so nothing
that is added moves anything else. Candidates stand origin by origin, and path by path in each.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import gamma

from partnering.clock import to_quarters
from partnering.inputs.ranges import quantile
from partnering.inputs.scenario import Scenario
from partnering.model.origins import COMMON, INHERITED, LEAD, TECHNOLOGY
from partnering.model.records import DRAWN, FUTURE
from partnering.model.stages import PHASE_2, PRECLINICAL

BLOCK = 4096
"""Paths in a block. A stream is keyed by block, so workers take whole blocks."""

STAGE_NAMES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
COST_ITEMS = ("preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing")
ORIGINS = ("inherited", "lead", "common", "technology")
_GAMMA_STEPS = 2**16  # equal-probability steps of the tabulated duration multiplier
_HALF_STEP = 0.5**54  # moves the uniforms off zero
_BELOW_ONE = float(np.nextafter(1.0, 0.0))  # where the highest of them would round up to one


def uniforms(seed: int, name: str, block: int, slots: int, size: int = BLOCK) -> NDArray[np.float64]:
    """Return uniforms in (0, 1), shape (slot, path), of the stream with this name, for the first paths of a block."""
    digest = hashlib.sha256(f"{seed}/{name}/{block}".encode()).digest()
    drawn = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little"))).random((slots, BLOCK))
    drawn += _HALF_STEP
    return np.minimum(drawn, _BELOW_ONE, out=drawn)[:, :size]


@dataclass(frozen=True)
class Luck:
    """The streams of one block, and the values of all inputs by path: (path,) where they are drawn."""

    scenario: Scenario
    seed: int
    block: int
    size: int
    theta: dict[str, Any]

    def __call__(self, name: str, slots: int = 1) -> NDArray[np.float64]:
        """Return uniforms (slot, path) of a stream."""
        return uniforms(self.seed, f"luck/{name}", self.block, slots, self.size)

    def each(self, path: str) -> NDArray[np.float64]:
        """Return an input's value on every path."""
        return np.broadcast_to(np.asarray(self.theta[path], dtype=float), (self.size,))


def draw_luck(scenario: Scenario, seed: int, block: int, size: int = BLOCK, stream: str = "theta") -> Luck:
    """Return the draw of what is not known about the inputs, each leaf from a stream of its own."""
    theta: dict[str, Any] = {path: leaf.value for path, leaf in scenario.leaves.items()}
    for leaf in scenario.drawn():
        theta[leaf.path] = quantile(leaf, uniforms(seed, f"{stream}/{leaf.path}", block, 1, size)[0])
    return Luck(scenario, seed, block, size, theta)


def draw_candidates(
    luck: Luck, research_musd: float, licensing_years: float, fixed_durations: bool = False
) -> tuple[NDArray, NDArray]:
    """Return (records of what is drawn by path, records of candidates) for the most research and licensing time.

    `fixed_durations` replaces each stage's duration by its mean, for the check against the closed form.
    """
    scenario, wait = luck.scenario, 1 / luck.each("technology.new_per_year")
    arrivals = _cumulated(luck, "technology/wait", wait, licensing_years)
    effort = {
        INHERITED: np.zeros((len(scenario["candidates.inherited.names"]), luck.size)),
        LEAD: _cumulated(luck, "lead/wait", luck.each("leads.cost_per_lead_musd"), research_musd),
        COMMON: np.zeros((len(scenario["candidates.common.names"]), luck.size)),
        TECHNOLOGY: np.concatenate([np.zeros((len(scenario["technology.seeded_names"]), luck.size)), arrivals]),
    }
    most = {LEAD: research_musd, TECHNOLOGY: licensing_years}
    there = {origin: (needed <= most.get(origin, 0.0)).T for origin, needed in effort.items()}
    counts = np.stack([there[origin].sum(axis=1) for origin in effort])
    futures = draw_futures(luck, counts)
    drawn, first = np.zeros(int(counts.sum()), dtype=DRAWN), 0
    shared = ndtri(luck("common")[0]), ndtri(luck("payload")[0])
    for origin, needed in effort.items():
        path, number = np.nonzero(there[origin])
        part = drawn[first : first + len(path)]
        _draw_origin(luck, origin, needed, path, number, shared, part, fixed_durations)
        first += len(path)
    return futures, drawn


def _cumulated(luck: Luck, name: str, mean: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Return mean x (E1 + ... + Ei), shape (number, path), with slots until no path can reach one more."""
    slots = 1
    while True:
        needed = mean * np.cumsum(-np.log(luck(name, slots)), axis=0)
        if (needed[-1] > most).all():
            return needed[: int((needed <= most).any(axis=1).sum())]
        slots *= 2


def _draw_origin(
    luck: Luck,
    origin: int,
    effort: NDArray[np.float64],
    path: NDArray[np.int64],
    number: NDArray[np.int64],
    shared: tuple[NDArray[np.float64], NDArray[np.float64]],
    part: NDArray,
    fixed_durations: bool,
) -> None:
    """Fill in the records of the candidates of one origin, in the order of their paths."""
    scenario = luck.scenario

    def drawn(variable: str) -> NDArray[np.float64]:
        """Return a uniform of a variable for each candidate."""
        return luck(f"{ORIGINS[origin]}/{variable}", len(effort))[number, path]

    part["origin"], part["number"], part["effort"] = origin, number, effort[number, path]
    set_kind(scenario, origin, part, drawn)
    part["luck"] = latent_luck(scenario, part["conjugate"], shared[0][path], shared[1][path], ndtri(drawn("own/0")))
    set_durations(luck, origin, part, path, drawn, fixed_durations)
    _set_peak(luck, part, path, ndtri(drawn("peak/0")), ndtri(drawn("peak/1")))
    part["years_to_peak"] = triangular_quantile(drawn("years_to_peak/0"), *years_to_peak(scenario))
    if origin != TECHNOLOGY:
        for k, item in enumerate(COST_ITEMS):
            sigma = scenario[f"cost.spread.{item}_log_sd"]
            part["cost_factor"][:, k] = np.exp(sigma * ndtri(drawn(f"cost/{k}")) - sigma**2 / 2)
        for k in range(2):
            part["taker"][:, k], part["drop"][:, k] = drawn(f"taker/{k}"), drawn(f"drop/{k}")
            part["early_taker"][:, k] = drawn(f"early_taker/{k}")


def set_kind(scenario: Scenario, origin: int, part: NDArray, drawn: Callable[[str], NDArray[np.float64]]) -> None:
    """Set what a candidate is: modality, ladder, stage on the day, territory, its row in the belief table."""
    number = part["number"]
    inherited, common = (len(scenario[f"candidates.{group}.names"]) for group in ("inherited", "common"))
    part["full"], part["territory"], part["part_preclinical"], part["part_phase_2"] = 1, 1.0, 1.0, 1.0
    part["conjugate"] = 1
    if origin == LEAD:
        part["conjugate"] = drawn("modality/0") < scenario["leads.conjugate_share"]
        part["full"] = drawn("target/0") >= scenario["leads.partner_target_share"]
        part["kind"] = inherited + common + 2 * part["conjugate"] + part["full"]
    elif origin == TECHNOLOGY:
        seeded = [STAGE_NAMES.index(stage) for stage in scenario["technology.seeded_stage"]]
        part["in_force"] = number < len(seeded)
        part["first_stage"] = np.array([*seeded, PRECLINICAL])[np.minimum(number, len(seeded))]
        part["kind"] = inherited + common + 4
    else:
        group = f"candidates.{ORIGINS[origin]}"
        part["conjugate"] = np.array([name == "conjugate" for name in scenario[f"{group}.modality"]])[number]
        part["kind"] = number + (inherited if origin == COMMON else 0)
    if origin == INHERITED:
        part["full"] = np.array([name == "full" for name in scenario["candidates.inherited.ladder"]])[number]
        years = years_to_ind(scenario)[number]
        part["part_preclinical"] = years / scenario["duration.preclinical_years"]
    if origin == COMMON:
        part["first_stage"] = PHASE_2
        share = np.asarray(scenario["candidates.common.territory_share"])
        part["territory"] = share[number] * scenario["candidates.common.territory_scale"]
        part["part_phase_2"] = np.asarray(scenario["candidates.common.phase_2_left"])[number]


def years_to_ind(scenario: Scenario) -> NDArray[np.float64]:
    """Return the expected time to the IND of the early candidates, (candidate,)."""
    return np.asarray(scenario["candidates.inherited.years_to_ind"]) * scenario["candidates.inherited.years_scale"]


def years_to_peak(scenario: Scenario) -> NDArray[np.float64]:
    """Return the least, the likeliest and the most years to peak sales."""
    return np.asarray(scenario["sales.years_to_peak"]) * scenario["sales.years_to_peak_scale"]


def latent_luck(
    scenario: Scenario, conjugate: NDArray, common: NDArray, payload: NDArray, own: NDArray
) -> NDArray[np.float64]:
    """Return the probability integral of z = a common + b payload (conjugates only) + own, of unit variance."""
    common_share = scenario["success.common_factor_share"]
    payload_share = np.where(conjugate == 1, scenario["success.payload_factor_share"], 0.0)
    own_share = 1 - common_share - payload_share
    return ndtr(np.sqrt(common_share) * common + np.sqrt(payload_share) * payload + np.sqrt(own_share) * own)


def set_durations(luck: Luck, origin: int, part: NDArray, path: NDArray, drawn: Any, fixed: bool) -> None:
    """Set stage lengths in whole quarters, at least one: gamma around the mean, or around the time left on the day."""
    scenario, cv, number = luck.scenario, luck.scenario["duration.spread_cv"], part["number"]
    left = np.asarray([*scenario["technology.seeded_years_left"], 0.0])
    for stage, name in enumerate(STAGE_NAMES):
        mean = luck.each(f"duration.{name}_years")[path]
        if origin == INHERITED and stage == PRECLINICAL:
            mean = years_to_ind(scenario)[number]
        if origin == COMMON and stage == PHASE_2:
            mean = mean * np.asarray(scenario["candidates.common.phase_2_left"])[number]
        here = (part["in_force"] == 1) & (part["first_stage"] == stage)
        mean = np.where(here, left[np.where(here, number, len(left) - 1)], mean)
        multiplier = gamma_multiplier(drawn(f"duration/{stage}"), cv) if cv and not fixed else 1.0
        part["duration"][:, stage] = np.maximum(to_quarters(mean * multiplier), 1)


_gamma_tables: dict[float, NDArray[np.float64]] = {}


def gamma_multiplier(luck: NDArray[np.float64], cv: float) -> NDArray[np.float64]:
    """Return mean-one gamma draws with this coefficient of variation, from a table of equal-probability steps."""
    shape = 1 / cv**2
    if shape not in _gamma_tables:
        middles = (np.arange(_GAMMA_STEPS) + 0.5) / _GAMMA_STEPS
        _gamma_tables[shape] = gamma.ppf(middles, shape) / shape
    return _gamma_tables[shape][(luck * _GAMMA_STEPS).astype(np.int64)]


def _set_peak(luck: Luck, part: NDArray, path: NDArray, forecast_z: NDArray, surprise_z: NDArray) -> None:
    """Set forecast and capped peak: log peak = prior + forecastable part + surprise."""
    share, log_sd = luck.theta["sales.forecast_share"], luck.each("sales.peak_log_sd")[path]
    part["forecast"], part["forecast_ratio"] = forecast_z, np.exp(np.sqrt(share) * log_sd * forecast_z)
    surprise = np.exp(np.sqrt(1 - share) * log_sd * surprise_z)
    peak = luck.each("sales.peak_median_musd")[path] * part["forecast_ratio"] * surprise
    part["peak"] = np.minimum(peak, luck.theta["sales.peak_cap_musd"])


def triangular_quantile(luck: NDArray[np.float64], least: float, likeliest: float, most: float) -> NDArray[np.float64]:
    """Return the inverse distribution function of a triangle with these limits and mode."""
    width, rising = most - least, likeliest - least
    below = least + np.sqrt(luck * width * rising)
    above = most - np.sqrt((1 - luck) * width * (most - likeliest))
    return np.where(luck * width < rising, below, above)


def draw_futures(luck: Luck, counts: NDArray[np.int64]) -> NDArray:
    """Return the record of every path: its inputs, its luck of the deal, how many candidates of each origin it has."""
    scenario, futures = luck.scenario, np.zeros(luck.size, dtype=FUTURE)
    futures["count"] = counts.T
    futures["first"] = (np.cumsum(counts.ravel()) - counts.ravel()).reshape(counts.shape).T
    for name, path in _BY_PATH.items():
        futures[name] = luck.each(path)
    decline = luck.each("sales.late_decline_rate")
    futures["log_decline"] = -np.log1p(decline / (1 - decline))
    futures["kept"] = 1 - luck.each("financing.sale_haircut")
    for k, stage in enumerate(STAGE_NAMES):
        futures["success"][:, k] = luck.each(f"success.{stage}_prob")
    for k, item in enumerate((*COST_ITEMS, "filing")):
        cost = luck.each(f"cost.company.{item}_musd")
        futures["cost"][:, k] = cost
        futures["firm_cost"][:, k] = (
            scenario[f"cost.partner.{item}_musd"] * cost / scenario[f"cost.company.{item}_musd"]
        )
    upfronts = ("license.upfront_musd", "license.early.upfront_musd", "technology.fee_musd")
    for k, (group, upfront) in enumerate(zip(("license", "license.early", "technology"), upfronts, strict=True)):
        futures["upfront"][:, k] = luck.each(upfront)
        futures["milestones"][:, k] = luck.each(f"{group}.milestones_musd")
        futures["royalty"][:, k] = luck.each(f"{group}.royalty_rate")
    futures["exclusivity"] = to_quarters(luck.each("sales.exclusivity_years"))
    futures["royalty_term"] = to_quarters(luck.each("deal.royalty.term_years"))
    futures["signing"] = luck("signing")[0]
    options = scenario["deal.extension_count"]
    futures["extension"][:, :options] = luck("extension", max(options, 1))[:options].T
    return futures


_BY_PATH = {
    "common_phase_2": "candidates.common.phase_2_prob",
    "company_ceiling": "sales.company_ceiling",
    "erosion": "sales.erosion_loss",
    "cogs": "sales.cogs_rate",
    "selling": "sales.selling_rate",
    "selling_floor": "sales.company_selling_floor_musd",
    "launch_build": "sales.company_launch_build_musd",
    "elasticity": "license.upfront_elasticity",
    "taker": "license.taker_prob",
    "early_taker": "license.early.taker_prob",
    "full_burn": "company.other_burn_musd",
    "licensing_burn": "company.licensing_burn_musd",
    "rights_burn": "company.rights_only_burn_musd",
    "wind_up_cost": "company.wind_up_cost_musd",
    "royalty_scale": "deal.royalty.scale",
    "research_cost_share": "deal.research_cost_share",
    "drop_hazard": "deal.termination.excess_hazard_rate",
    "relicense": "deal.termination.relicense_prob",
    "raise_limit": "financing.raise_limit_share",
    "tax_rate": "tax.company_rate",
    "losses": "tax.losses_musd",
    "cost_per_lead": "leads.cost_per_lead_musd",
}
