"""Luck has an address: what is added and how long a run is change no draw, and no result, that was there before.

That who computes a run changes no byte of its files is in the tests of the run.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers import World, believing, identities, load, run_world, vary, with_leaves
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.inputs import Leaf, Scenario
from partnering.model import draws, lines, origins
from partnering.model.draws import BLOCK, draw_candidates, draw_luck, uniforms
from partnering.model.stages import PHASE_3
from partnering.model.views import FINANCED, PLANNED, PRETAX

SEED, PATHS = 5, 256
ERRORS = 5  # standard errors within which a statistic of a fixed seed must lie
ALL = (PRETAX, PLANNED, FINANCED)
EFFORT = (60.0, 5.0)
"""Research and years of licensing, to draw candidates for."""


def extended(scenario: Scenario, *leaves: Leaf, first: bool = False) -> Scenario:
    """The scenario with further leaves, after its own or before them."""
    added = {leaf.path: leaf for leaf in leaves}
    return replace(scenario, leaves=added | dict(scenario.leaves) if first else dict(scenario.leaves) | added)


def results(world: World, slugs: Iterable[str] | None = None) -> dict[str, bytes]:
    """All that is kept of some strategies, bit by bit."""
    found = {}
    for slug in slugs or world.played:
        kept = world.played[slug].kept
        parts = {"out": kept.out, "balance": kept.balance, "net": kept.net, "courses": kept.courses}
        found |= {f"{slug} {name}": part.tobytes() for name, part in parts.items()}
    return found


def lived(scenario: Scenario, paths: int = PATHS, **settings: Any) -> World:
    return run_world(scenario, paths, believing(scenario), seed=SEED, views=ALL, **settings)


@pytest.fixture(scope="module")
def base_world() -> World:
    return lived(load())


def drawn(scenario: Scenario, effort: tuple[float, float] = EFFORT) -> dict[tuple[int, int, int], list[bytes]]:
    """Every field of every candidate of a block, by who it is; but for its row in a belief table."""
    futures, found = draw_candidates(draw_luck(scenario, SEED, 0, PATHS), *effort)
    path = np.concatenate([np.repeat(np.arange(PATHS), count) for count in futures["count"].T])
    names = [name for name in found.dtype.names if name != "kind"]
    return {who: [c[name].tobytes() for name in names] for who, c in zip(identities(path, found), found, strict=True)}


# A stream.


def test_a_stream_is_uniform_and_has_no_memory() -> None:
    stream = uniforms(SEED, "stream", 0, 64)
    for power in (1, 2, 3, 4):
        expected, spread = 1 / (power + 1), 1 / (2 * power + 1) - 1 / (power + 1) ** 2
        assert abs(np.mean(stream**power) - expected) < ERRORS * np.sqrt(spread / stream.size)
    cells = np.bincount((stream.ravel() * 64).astype(int), minlength=64)
    chi_square = np.sum((cells - cells.mean()) ** 2) / cells.mean()
    assert abs(chi_square - 63) < ERRORS * np.sqrt(2 * 63)
    for one, other in ((stream[1:], stream[:-1]), (stream[:, 1:], stream[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < ERRORS / np.sqrt(one.size)


def test_seed_name_and_block_each_open_another_stream() -> None:
    stream = uniforms(SEED, "a", 0, 8)
    for other in (uniforms(SEED + 1, "a", 0, 8), uniforms(SEED, "b", 0, 8), uniforms(SEED, "a", 1, 8)):
        assert abs(np.corrcoef(stream.ravel(), other.ravel())[0, 1]) < ERRORS / np.sqrt(stream.size)
    assert uniforms(SEED, "a", 0, 8).tobytes() == stream.tobytes()


def test_uniforms_never_reach_zero_or_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Extremes:
        """Draws the lowest and the highest number a generator can."""

        def random(self, shape: tuple[int, int]) -> NDArray[np.float64]:
            extremes = np.zeros(shape)
            extremes[:, ::2] = np.nextafter(1.0, 0.0)
            return extremes

    monkeypatch.setattr(draws.np.random, "Generator", lambda bits: Extremes())
    found = uniforms(SEED, "any", 0, 1)
    assert 0 < found.min() < 0.5 < found.max() < 1


def test_further_slots_append_and_leave_the_earlier_ones() -> None:
    assert uniforms(SEED, "lead/wait", 3, 40)[:7].tobytes() == uniforms(SEED, "lead/wait", 3, 7).tobytes()


# What is added moves nothing else.


def test_each_leaf_draws_from_a_stream_of_its_own_name() -> None:
    base = load()
    backwards = replace(base, leaves=dict(reversed(base.leaves.items())))
    there, back = (draw_luck(scenario, SEED, 0).theta for scenario in (base, backwards))
    names = [leaf.path for leaf in base.drawn()]
    assert all(there[name].tobytes() == back[name].tobytes() for name in names)
    ranks = [np.argsort(np.argsort(there[name])) for name in names]
    assert np.abs(np.corrcoef(ranks) - np.eye(len(names))).max() < ERRORS / np.sqrt(BLOCK)


@pytest.mark.parametrize("first", [True, False])
def test_a_further_leaf_changes_no_other_draw_and_no_result(base_world: World, first: bool) -> None:
    leaf = replace(load().leaves["success.phase_1_prob"], path="success.invented_prob")
    world = lived(extended(load(), leaf, first=first))
    assert results(world) == results(base_world)
    theta = world.luck.theta
    assert not np.array_equal(theta["success.invented_prob"], theta["success.phase_1_prob"])


def test_a_further_strategy_changes_no_other_result_and_shares_the_luck(base_world: World) -> None:
    """One like the last but in name: candidates, the capital market and licences are the same for it."""
    added = [
        replace(load().leaves[f"strategies.best.{key}"], path=f"strategies.another.{key}")
        for key in load().children("strategies.best")
    ]
    scenario = extended(load(), *added)
    packed = believing(load())
    world = run_world(scenario, PATHS, [*packed, replace(packed[-1], slug="another")], seed=SEED, views=ALL)
    assert results(world, base_world.played) == results(base_world)
    assert list(results(world, ["another"]).values()) == list(results(world, [packed[-1].slug]).values())


@pytest.mark.parametrize(("origin", "more"), [(origins.LEAD, (180.0, 5.0)), (origins.TECHNOLOGY, (60.0, 15.0))])
def test_more_effort_finds_further_candidates_and_redraws_none(origin: int, more: tuple[float, float]) -> None:
    few, many = drawn(load()), drawn(load(), more)
    further = many.keys() - few.keys()
    assert len(further) > PATHS and {who[1] for who in further} == {origin}
    assert all(many[who] == few[who] for who in few)


def test_a_further_candidate_on_the_day_redraws_none_of_the_others() -> None:
    parts = {part: load()[f"candidates.inherited.{part}"] for part in ("names", "modality", "ladder", "years_to_ind")}
    one_more = with_leaves(load(), {f"candidates.inherited.{part}": (*of, of[0]) for part, of in parts.items()})
    few, many = drawn(load()), drawn(one_more)
    assert len(many) == len(few) + PATHS
    assert all(many[who] == few[who] for who in few)


def test_the_luck_of_options_and_of_a_later_deal_moves_with_no_other() -> None:
    luck = draw_luck(load(), SEED, 0)
    few, many = (
        draw_candidates(replace(luck, scenario=with_leaves(load(), {"deal.extension_count": n})), *EFFORT)[0]
        for n in (2, 3)
    )
    assert many["signing"].tobytes() == few["signing"].tobytes()
    assert many["extension"][:, :2].tobytes() == few["extension"][:, :2].tobytes()
    chance = np.vstack([many["signing"], many["extension"][:, :3].T])
    assert np.abs(np.corrcoef(chance) - np.eye(4)).max() < ERRORS / np.sqrt(BLOCK)


@pytest.mark.parametrize("paths", [1, 100])
def test_first_paths_of_a_longer_block_are_those_of_a_shorter_one(base_world: World, paths: int) -> None:
    few = lived(load(), paths)
    for slug, played in few.played.items():
        many = base_world.played[slug].kept
        assert np.array_equal(played.kept.out, many.out[:, :paths])
        assert np.array_equal(played.kept.balance, many.balance[:, :paths])


# Scenarios and strategies share their luck.


def test_a_scenario_moves_only_what_it_changes() -> None:
    """A higher royalty, of which nobody asks whether it pays: nothing but the royalties, on the same paths."""
    commit = {"behaviour.gates": "commit"}
    rates = {"deal.royalty.rates": load("royalty_high")["deal.royalty.rates"]}
    low, high = (vary(leaves, views=ALL) for leaves in (commit, commit | rates))
    alone = [slug for slug in low.played if slug != "partnership"]
    assert results(low, alone) == results(high, alone)
    royalties = [lines.ROYALTIES, lines.RETURNED_ROYALTIES]
    totals = [np.delete(world.played["partnership"].books["total"][0], royalties, axis=0) for world in (low, high)]
    assert np.array_equal(*totals)
    gap = high.value("partnership") - low.value("partnership")
    sold = low.played["partnership"].kept.units[:, lines.T_RATES, 0] > 0
    assert (gap[sold] > 0).all() and not gap[~sold].any() and sold.any()
    assert np.var(gap) < (np.var(high.value("partnership")) + np.var(low.value("partnership"))) / 4  # it is paired


def test_a_scenario_that_changes_decisions_moves_only_the_futures_in_which_it_does() -> None:
    """A higher royalty has the partner stop more products. Whoever is not the deal's, and every luck, stays put."""
    one, other = run_world(load(), by_line=True), run_world(load("royalty_high"), by_line=True)
    assert np.array_equal(one.drawn, other.drawn)
    for slug in ("market", "concept", "best"):
        assert np.array_equal(one.value(slug), other.value(slug))
    (path, before), (_, after) = (world.courses("partnership") for world in (one, other))
    stopped = ((before["entered"] == 1) & (after["entered"] == 0)).any(axis=1)
    assert stopped.any() and not ((after["entered"] == 1) & (before["entered"] == 0)).any()
    untouched = np.bincount(path[stopped], minlength=one.paths) == 0
    royalties = [lines.ROYALTIES, lines.RETURNED_ROYALTIES]
    paid = [np.delete(world.played["partnership"].kept.paid[PRETAX], royalties, axis=1) for world in (one, other)]
    assert np.array_equal(*(each[untouched] for each in paid)) and not np.array_equal(*paid)


SAME = ("kind", "conjugate", "full", "effort", "luck", "forecast", "peak", "years_to_peak", "territory", "duration")


def test_a_candidate_is_the_same_in_every_strategy(base_world: World) -> None:
    """A lead is the same molecule whoever finds it; only its date differs."""
    found = {}
    for slug in base_world.played:
        path, courses = base_world.courses(slug)
        found[slug] = dict(zip(identities(path, courses), courses, strict=True))
    deal, leads = found["partnership"], 0
    for slug in ("market", "concept", "best"):
        shared = found[slug].keys() & deal.keys()
        assert all(np.array_equal(found[slug][who][name], deal[who][name]) for who in shared for name in SAME)
        leads += sum(who[1] == origins.LEAD for who in shared)
    assert leads > 300


@pytest.mark.parametrize("retry_years", [1.0, 3.0])
def test_waiting_for_a_licence_shifts_starts_and_redraws_nothing(retry_years: float) -> None:
    world = vary({"license.retry_years": retry_years, "behaviour.gates": "commit"})
    market, concept = (world.courses(slug)[1] for slug in ("market", "concept"))
    assert np.array_equal(market["duration"], concept["duration"]) and np.array_equal(market["luck"], concept["luck"])
    programme = market["common"] == 0
    waited = (concept["start"] - market["start"])[programme]
    closing, retry = (int(to_quarters(world.scenario[f"license.{key}_years"])) for key in ("deal", "retry"))
    assert not waited[:, :PHASE_3].any()
    assert np.array_equal(waited[:, PHASE_3:], np.repeat(waited[:, [PHASE_3]], 3, axis=1))
    assert set(waited[:, PHASE_3]) == {0, closing, closing + retry}
    assert np.array_equal(concept["loss_of_exclusivity"], market["loss_of_exclusivity"])
