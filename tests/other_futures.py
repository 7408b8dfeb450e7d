"""Other futures of a block of the kernel's draws: the same in all that has been seen by a quarter, new after it."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from by_hand import Record
from helpers import SEED, believing, load, with_leaves
from numpy.typing import NDArray

from partnering.model import lines, origins, run, stages, views
from partnering.model.candidate import success
from partnering.model.draws import draw_candidates, draw_luck, draw_market
from partnering.model.pack import Packed
from partnering.model.records import Kept, Market

SALES = ("company_ceiling", "erosion", "exclusivity", "royalty_term", "royalty_scale", "selling", "launch_build")
"""What only sales show of the inputs: permuted among futures in which nothing has been sold yet."""

COSTS: tuple[list[int], ...] = ([0], [1], [2], [3, 4], [])
"""Cost factors by the stage in which they begin to show; late manufacturing begins in Phase 3."""

PARTS = ("balance", "told", "paid")
"""What is kept by view, path and quarter: cash, what management and the market saw, every line of the company."""


@dataclass(frozen=True)
class Block:
    """One strategy and the draws it is to live through."""

    packed: Packed
    futures: NDArray
    drawn: NDArray
    market: Market

    def lived(self) -> Kept:
        """All that happens, with every path told quarter by quarter."""
        size = len(self.futures)
        keep = run.Keep(by_quarter=size, checked=size, explained=size, told=size)
        (played,) = run.play([self.packed], self.futures, self.drawn, self.market, keep)
        return played.kept


@cache
def block(slug: str, paths: int, horizon: int, cash: float = 60.0) -> Block:
    """The base case, short of money so that every decision falls either way; it may be cut short."""
    scenario = with_leaves(load(), {"company.opening_cash_musd": cash, "deal.termination.excess_hazard_rate": 0.1})
    packed = believing(scenario)
    luck = draw_luck(scenario, SEED, 0, paths)
    futures, drawn = draw_candidates(luck, *run.reach(packed))
    (chosen,) = (each for each in packed if each.slug == slug)
    chosen.rules["horizon"] = horizon
    market = Market(*(np.ascontiguousarray(each[:, :horizon]) for each in draw_market(luck)))
    return Block(chosen, futures, drawn, market)


def differing(before: Kept, after: Kept, backwards: bool = False) -> set[str]:
    """What differs at all between two lives of the same futures, the second perhaps from the last to the first."""
    order = slice(None, None, -1 if backwards else 1)
    return {p for p in PARTS if not np.array_equal(getattr(before, p), getattr(after, p)[:, order])}


def changed(block: Block, until: int, before: Kept | None = None) -> set[str]:
    """What differs up to a quarter, included, where only what is later has been drawn again."""
    before = before or block.lived()
    after, upto = another(block, before, until).lived(), slice(until + 1)
    return {p for p in PARTS if not np.allclose(getattr(before, p)[..., upto], getattr(after, p)[..., upto], 0, 1e-9)}


def another(block: Block, kept: Kept, until: int) -> Block:
    """The block with all that is later than a quarter drawn again."""
    rng, market = np.random.default_rng(until), Market(block.market.open.copy(), block.market.swing.copy())
    market.open[:, until + 1 :] = rng.random(market.open[:, until + 1 :].shape) < 0.5
    market.swing[:, until + 1 :] = np.exp(rng.normal(size=market.swing[:, until + 1 :].shape))
    futures, drawn = _futures(block, kept, until, rng), _drawn(block, kept, until, rng)
    return replace(block, futures=futures, drawn=drawn, market=market)


def _futures(block: Block, kept: Kept, until: int, rng: np.random.Generator) -> NDArray:
    futures, paid = block.futures.copy(), kept.paid[views.PRETAX, :, :, : until + 1]
    sold = (kept.courses["entered"][:, :, stages.MARKET] == 1) & (kept.courses["launch"] <= until)
    launched = sold.any(axis=1) | paid[:, lines.TECHNOLOGY_ROYALTIES].any(axis=1)
    quiet = np.flatnonzero(~launched)
    for name in SALES:
        futures[name][quiet] = futures[name][rng.permutation(quiet)]
    return futures


def _drawn(block: Block, kept: Kept, until: int, rng: np.random.Generator) -> NDArray:
    """Leads and licences not found yet come later and are others; of candidates under way the rest is new."""
    old, new = block.drawn, block.drawn.copy()
    spent = max(float(contract["found"][: until + 1].max()) for contract in block.packed.contracts)
    leads = np.flatnonzero(old["origin"] == origins.LEAD)
    coming = (old["origin"] == origins.TECHNOLOGY) & (old["in_force"] == 0)
    licences = np.flatnonzero(coming & (np.ceil(4 * old["effort"]) > until))
    for these, first, wait in ((leads, spent, 14.0), (licences, until / 4, 1.0)):
        unseen = these[old["effort"][these] > first]
        number, new[unseen] = old["number"][unseen], old[rng.permutation(unseen)]
        new["number"][unseen], new["effort"][unseen] = number, first + 1e-6 + rng.exponential(wait, len(unseen))
    rows = _rows(block)
    for path, future in enumerate(block.futures):
        for c in kept.courses[path][: kept.counts[path]]:
            if c["crossing"] <= until:
                _go_on(block.packed.rules[0], future, c, new[rows[path, c["origin"], c["number"]]], until, rng)
    return new


def _rows(block: Block) -> dict[tuple[int, int, int], int]:
    """Return where a candidate was drawn, by path, origin and number: they stand origin by origin."""
    paths = np.concatenate([np.repeat(np.arange(len(block.futures)), count) for count in block.futures["count"].T])
    keys = zip(paths, block.drawn["origin"], block.drawn["number"], strict=True)
    return {(int(path), int(origin), int(number)): row for row, (path, origin, number) in enumerate(keys)}


def _go_on(rules: Record, future: Record, c: Record, d: Record, until: int, rng: np.random.Generator) -> None:
    """Draw again what a candidate has not shown: ends, costs, outcomes, forecast, answers, drop and sales to come.

    A drop tells at once whether anybody will take the product up.
    """
    begun = (c["entered"][:5] == 1) & (c["start"][:5] <= until)
    over, dropped = begun & (c["end"] <= until), c["handed"] <= until
    chance, low, high = 1.0, 0.0, 1.0
    for stage in range(5):
        chance *= success(rules, future, c, stage)
        if over[stage]:
            low, high = (low, min(high, chance)) if c["luck"] < chance else (max(low, chance), high)
        if not begun[stage]:
            d["duration"][stage] = rng.integers(1, 25)
            d["cost_factor"][COSTS[stage]] = np.exp(rng.normal(size=len(COSTS[stage])))
        elif not over[stage] and not dropped and stage < stages.REVIEW:
            d["duration"][stage] *= 2  # twice as long at the same cost a quarter, exactly
            d["cost_factor"][COSTS[stage]] *= 2
    d["luck"] = low + (high - low) * rng.random()
    if not over[stages.PHASE_2] and c["first_stage"] <= stages.PHASE_2:
        d["forecast"], d["forecast_ratio"] = rng.normal(), np.exp(rng.normal())
    if c["launch"] > until:
        d["peak"], d["years_to_peak"] = 200 * np.exp(rng.normal()), rng.uniform(2, 9)
    exit_stage = stages.PHASE_2 if c["common"] == 1 else rules["exit_stage"]
    closed = c["end"][exit_stage] if exit_stage != stages.NONE and over[exit_stage] else stages.NEVER
    for which, lasts in enumerate((rules["closing"], rules["closing"] + rules["retry"])):
        d["taker"][which] = d["taker"][which] if closed + lasts <= until else rng.random()
    if not dropped and (not begun[stages.PHASE_1] or c["taken"] > until):
        d["drop"][:] = rng.random(2)
