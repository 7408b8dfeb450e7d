"""What the tests of the closed form share: settings, one candidate lived through the model, and its closed form.

Both sides run with durations fixed, and no partner drops anything. Everything else is as in a report: the latent with
its shared factors, cost and peak spreads, the search for a licensee, tiers, cap, floors and the horizon. The odds of a
large firm and of a conjugate differ from one, which the base case does not exercise. What the model decides from is the
table of the closed form too.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from analytic.prospect import Kind, Policy, Prospect
from analytic.table import analytic_table, belief_policy, chain_of
from analytic.tree import ClosedForm
from helpers import SEED, load, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.inputs import Scenario
from partnering.model import lines
from partnering.model.chains import BEST, EARLY
from partnering.model.draws import Luck, draw_candidates, draw_luck, draw_market
from partnering.model.origins import INHERITED, TECHNOLOGY
from partnering.model.pack import Packed, pack_strategy, variants_of
from partnering.model.parties import COMPANY, OTHERS, PARTIES, PARTNER
from partnering.model.records import Kept, Market
from partnering.model.run import Keep, play
from partnering.model.stages import PRECLINICAL
from partnering.model.views import PRETAX
from partnering.model.worth import Table
from partnering.results.statistics import standard_error


class Way(NamedTuple):
    """Where a strategy takes candidates: by which route, and the parties concerned."""

    route: str
    parties: tuple[int, ...]


WAYS = {
    "partnership": Way("partner_run", (COMPANY, PARTNER)),
    "market": Way("own_launch", (COMPANY,)),
    "concept": Way("license_out", (COMPANY, OTHERS)),
    "best": Way("best", (COMPANY, OTHERS)),
    "ind": Way("license_early", (COMPANY, OTHERS)),
}
"""What the strategies do with inherited candidates and leads."""


def cases(*settings: str) -> list[Any]:
    """Every setting, strategy and party; what is best is a belief, so only where there is one theta to know."""
    return [
        pytest.param(setting, slug, party, id=f"{setting}-{slug}-{PARTIES[party]}")
        for setting in settings
        for slug, way in WAYS.items()
        for party in way.parties
        if (setting in KNOWN or slug not in CHOOSING) and (setting not in SIGNED or slug == "partnership")
    ]


MECHANICS = {"deal.termination.excess_hazard_rate": 0.0, "deal.extension_rule": "never"}
ODDS = {"success.alliance_odds": 1.4, "success.conjugate_odds": 0.8, "behaviour.common_route": "best"}
CERTAIN = {f"success.{stage}_prob": 1.0 for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")}
CERTAIN |= {"candidates.common.phase_2_prob": 1.0, "sales.peak_log_sd": 0.2, "sales.erosion_loss": 0.9}
"""Every candidate reaches the market, narrow peaks, much to lose with exclusivity: little noise hides a slip."""

OTHER_DEALS: dict[str, dict[str, Any]] = {
    "terms": {
        "sales.peak_log_sd": 1.4,
        "deal.sharing.cost_share": 0.3,
        "deal.sales_milestones.thresholds_musd": (100.0, 900.0),
        "deal.sales_milestones.amounts_musd": (20.0, 80.0),
        "deal.royalty.step_down_share": 0.4,
        "deal.royalty.floor_musd": 15.0,
    },
    "option": {
        "sales.peak_log_sd": 1.4,
        "deal.opt_in.stage": "phase_1",
        "deal.opt_in.fee_musd": 6.0,
        "deal.sharing.cost_share": 0.5,
        "deal.sharing.profit_share": 0.5,
    },
    "chosen": {
        "behaviour.gates": "rational",
        "sales.peak_log_sd": 1.4,
        "sales.erosion_loss": 0.6,
        "sales.peak_median_musd": 120.0,
        "deal.opt_in.stage": "phase_2",
        "deal.opt_in.fee_musd": 30.0,
        "deal.royalty.rates": (0.35, 0.35, 0.4),
    },
}
"""Terms that the base case does not have, every trial a success: only who signs is concerned."""

CHOOSING = ("ind", "best")
"""What chooses by a forecast, or once it was refused."""

BATCH = 32
"""Paths whose mean is one observation."""

PATHS = {"drawn": 1536, "certain": 1536, "fixed": 4096, "rational": 4096, "shared": 4096}
BLOCKS = {"drawn": 1, "certain": 1, "fixed": 5, "rational": 5, "shared": 3}
PATHS |= dict.fromkeys(OTHER_DEALS, 2048)
BLOCKS |= dict.fromkeys(OTHER_DEALS, 1)
KNOWN = ("fixed", "rational", "shared", *OTHER_DEALS)
SIGNED = ("shared", *OTHER_DEALS)
"""Settings with one theta for all paths. In `rational` everybody decides, in `shared` the company co-promotes where it
pays; in the others a success always goes on."""

ERRORS = 4
"""Standard errors a mean may be off."""

FINE = np.arange(-20, 23) / 5
"""Classes of forecast so fine that the step between two is lost in noise."""


@cache
def scenario_of(setting: str) -> Scenario:
    """The base case, with theta drawn, or drawn with every trial a success, or fixed."""
    leaves = MECHANICS | ODDS | (CERTAIN if setting in ("certain", *OTHER_DEALS) else {})
    leaves |= {"behaviour.gates": "rational" if setting == "rational" else "commit"} | OTHER_DEALS.get(setting, {})
    leaves |= {"deal.copromotion.offered": setting == "shared", "deal.copromotion.opt_in_cost_share": 0.25}
    scenario = with_leaves(load(), leaves)
    return without_ranges(scenario) if setting in KNOWN else scenario


@cache
def beliefs_of(setting: str) -> Table:
    """What everybody believes who knows the one theta there is; without rational gates only choices read it."""
    scenario = scenario_of(setting)
    return analytic_table(scenario, scenario["valuation.discount_rate"], draws=1, places=FINE)


def packed_in(scenario: Scenario, slug: str, table: Table) -> Packed:
    """A strategy that decides from a table."""
    return pack_strategy(scenario, slug, variants_of(scenario, slug)[0], table, table)


@cache
def packed_of(setting: str, slug: str) -> Packed:
    """A strategy of a setting."""
    return packed_in(scenario_of(setting), slug, beliefs_of(setting))


# What the model says.


class Drawn(NamedTuple):
    """Paths with candidates alike in origin and number alone: inputs and luck."""

    futures: NDArray
    candidates: NDArray
    market: Market


def draw(scenario: Scenario, block: int, paths: int, research: float = 0.0, licensing: float = 0.0) -> Drawn:
    """Paths of a block with all their candidates, as far as so much research and time of licensing goes."""
    luck = draw_luck(scenario, SEED, block, paths)
    return Drawn(*draw_candidates(luck, research, licensing, fixed_durations=True), draw_market(luck))


def only(drawn: Drawn, chosen: NDArray[np.bool_]) -> Drawn:
    """The same paths with some of the candidates, which all have one origin or stand in the order of origins."""
    futures, before = drawn.futures.copy(), np.concatenate([[0], np.cumsum(chosen)])
    first, last = futures["first"], futures["first"] + futures["count"]
    futures["first"], futures["count"] = before[first], before[last] - before[first]
    return Drawn(futures, drawn.candidates[chosen], drawn.market)


def one(drawn: Drawn, origin: int, number: int) -> Drawn:
    """The same paths with one candidate each."""
    found = only(drawn, (drawn.candidates["origin"] == origin) & (drawn.candidates["number"] == number))
    assert (found.futures["count"].sum(axis=1) == 1).all()
    return found


def lived(packed: Packed, drawn: Drawn) -> NDArray[np.float64]:
    """Mean present value of every line to every party by batch of paths, (batch, line, party)."""
    found = []
    for start in range(0, len(drawn.futures), BATCH):
        futures = drawn.futures[start : start + BATCH]
        (played,) = play([packed], futures, drawn.candidates, drawn.market, Keep(views=(PRETAX,)))
        found.append(played.books[0]["value_sum"][0] / len(futures))
    return np.array(found)


def followed(packed: Packed, drawn: Drawn, told: int = 0) -> Kept:
    """What is kept of every path, the course of its candidates among it; of the first ones what was paid by quarter."""
    keep = Keep(views=(PRETAX,), explained=len(drawn.futures), told=told, checked=told)
    (played,) = play([packed], drawn.futures, drawn.candidates, drawn.market, keep)
    return played.kept


RESEARCH = (lines.RESEARCH_COST, lines.EXTENSION_RESEARCH, lines.OWN_RESEARCH)
OF_DEAL = (lines.UPFRONT, lines.EQUITY_PREMIUM, lines.RESEARCH_FUNDING, lines.EXTENSION_FUNDING)
OF_PROGRAMME = [line for line in range(lines.PROGRAMME_LINES) if line not in (*RESEARCH, *OF_DEAL)]
OF_KEPT = [lines.OF_COMMON + line for line in range(lines.DEAL_LINES, lines.PROGRAMME_LINES)]
OF_TECHNOLOGY = [lines.TECHNOLOGY_FEES, lines.TECHNOLOGY_MILESTONES, lines.TECHNOLOGY_ROYALTIES]
"""Lines that candidates of the programme, kept ones and licences of the technology are paid on."""


@cache
def drawn_of(setting: str, block: int) -> Drawn:
    """The paths of a setting."""
    return draw(scenario_of(setting), block, PATHS[setting])


@cache
def inherited(setting: str, block: int, slug: str, number: int) -> NDArray[np.float64]:
    """What an inherited candidate is worth to the parties, mean by batch, (batch, party)."""
    found = lived(packed_of(setting, slug), one(drawn_of(setting, block), INHERITED, number))
    return found[:, OF_PROGRAMME].sum(axis=1)


# What the closed form says.


@cache
def theta_of(setting: str, block: int) -> Luck:
    """The inputs by path, or the one theta there is."""
    return draw_luck(scenario_of(setting), SEED, block, 1 if setting in KNOWN else PATHS[setting])


def known(scenario: Scenario) -> Luck:
    """The one theta of a scenario without ranges."""
    return draw_luck(scenario, SEED, 0, 1)


def closed_form(theta: Luck, kind: Kind, chain: int, own_rate: float | None = None) -> ClosedForm:
    """The closed form at each theta; where a forecast decides anything, it is split into classes."""
    scenario, policy = theta.scenario, Policy()
    decided = scenario["behaviour.gates"] == "rational" or scenario["deal.copromotion.offered"]
    if chain in (BEST, EARLY) or decided:
        policy = belief_policy(theta, FINE, policy.nodes)
    rate = scenario["valuation.discount_rate"]
    rates = (rate if own_rate is None else own_rate, rate, rate)
    return ClosedForm(Prospect(theta, kind, rates, policy), chain)


@cache
def values_of(setting: str, block: int, kind: Kind, slug: str) -> NDArray[np.float64]:
    """The closed form's values at signing, (trader, theta)."""
    chain = chain_of(scenario_of(setting), WAYS[slug].route)
    return closed_form(theta_of(setting, block), kind, chain).value()


def inherited_kind(number: int) -> Kind:
    """An inherited candidate of the base case."""
    modality, ladder = (load()[f"candidates.inherited.{name}"][number] for name in ("modality", "ladder"))
    return Kind(INHERITED, number, modality == "conjugate", ladder)


def technology_kind(scenario: Scenario, number: int, quarter: int) -> Kind:
    """A licence of the technology, in force or signed in a quarter."""
    seeded = scenario["technology.seeded_stage"]
    stages = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
    stage = stages.index(seeded[number]) if number < len(seeded) else PRECLINICAL
    return Kind(TECHNOLOGY, number, True, "full", quarter, stage)


# The two held together.


def by_batch(form: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values by path, or one for all, as means by batch."""
    return form if len(form) == 1 else form.reshape(-1, BATCH).mean(axis=1)


def agrees(gap: NDArray[np.float64]) -> bool:
    """Whether a mean is zero within its error, which it must have."""
    error = standard_error(gap)
    return error > 0 and abs(gap.mean()) < ERRORS * error


def check(setting: str, kind: Kind, slug: str, party: int, simulated: Callable[[int], NDArray]) -> None:
    """The mean gap between the model, by block and (batch, party), and the closed form is within its error."""
    gaps = []
    for block in range(BLOCKS[setting]):
        block_of = 0 if setting in KNOWN else block  # with one theta the form is the same in all of them
        gaps.append(simulated(block)[:, party] - by_batch(values_of(setting, block_of, kind, slug)[party]))
    assert agrees(np.concatenate(gaps))
