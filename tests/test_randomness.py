"""Luck has an address: what is added, how long a run is and who computes it change no draw that was there before."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from helpers import PARAMS, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.clock import to_quarters
from partnering.course.strategies import read_strategies
from partnering.inputs import Leaf, Scenario, load_scenario
from partnering.results.schema import COLUMNS, PRETAX, VIEWS
from partnering.results.simulate import Run, chances_of, prepare, reach_of, simulate
from partnering.results.store import path_arrays, write_run
from partnering.results.tables import tabulate_cash, tabulate_counts, tabulate_lines
from partnering.world import streams
from partnering.world.candidates import Candidates, Origin, Stage, draw_candidates
from partnering.model.draws import BLOCK, uniforms
from partnering.world.theta import draw_theta

SEED, PATHS = 5, 300
ERRORS = 5  # standard errors within which a statistic of a fixed seed must lie
LONG = 3 * BLOCK + 100  # three blocks and a partial one
SPLITS = [(3, 1), (2, 2), (1, 5)]  # workers, blocks in a chunk


@pytest.fixture(scope="module")
def base_run(base: Scenario) -> Run:
    return simulate(base, SEED, PATHS, PATHS)


@pytest.fixture(scope="module")
def short(base: Scenario) -> Scenario:
    """A quick scenario: the base case to a near horizon, at which nobody would go on who asked whether it pays."""
    return with_leaves(base, {"valuation.horizon_years": 8.0, "behaviour.gates": "commit"})


@pytest.fixture(scope="module")
def short_run(short: Scenario) -> Run:
    return simulate(short, SEED, LONG, BLOCK + 50)


def extended(scenario: Scenario, *leaves: Leaf, first: bool = False) -> Scenario:
    """The scenario with further leaves, after its own or before them."""
    added = {leaf.path: leaf for leaf in leaves}
    return replace(scenario, leaves=added | dict(scenario.leaves) if first else dict(scenario.leaves) | added)


def same(one: Mapping[str, NDArray], other: Mapping[str, NDArray]) -> bool:
    """Whether two groups of arrays have the same names and the same bits."""
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


def by_candidate(candidates: Candidates, known_to: Candidates | None = None) -> dict[str, NDArray]:
    """Every array of the candidates (or of those another set has too), in the order (path, origin, number)."""
    rows = np.lexsort((candidates.number, candidates.origin, candidates.path))
    if known_to is not None:
        rows = rows[np.isin(keys(candidates)[rows], keys(known_to))]
    return {field.name: getattr(candidates, field.name)[rows] for field in fields(candidates)}


def keys(candidates: Candidates) -> NDArray[np.int64]:
    return (candidates.path * len(Origin) + candidates.origin) * BLOCK + candidates.number


def digests(run: Run, folder: Path) -> dict[str, str]:
    """Sha256 of every file of a run, the manifest too."""
    write_run(run, folder, PARAMS.parent)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


# A stream.


def test_a_stream_is_uniform_and_has_no_memory() -> None:
    drawn = uniforms(SEED, "stream", 0, 64)
    for power in (1, 2, 3, 4):
        expected, spread = 1 / (power + 1), 1 / (2 * power + 1) - 1 / (power + 1) ** 2
        assert abs(np.mean(drawn**power) - expected) < ERRORS * np.sqrt(spread / drawn.size)
    cells = np.bincount((drawn.ravel() * 64).astype(int), minlength=64)
    chi_square = np.sum((cells - cells.mean()) ** 2) / cells.mean()
    assert abs(chi_square - 63) < ERRORS * np.sqrt(2 * 63)
    for one, other in ((drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1])):
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
            drawn = np.zeros(shape)
            drawn[:, ::2] = np.nextafter(1.0, 0.0)
            return drawn

    monkeypatch.setattr(streams.np.random, "Generator", lambda bits: Extremes())
    drawn = uniforms(SEED, "any", 0, 1)
    assert 0 < drawn.min() < 0.5 < drawn.max() < 1


def test_further_slots_append_and_leave_the_earlier_ones() -> None:
    assert uniforms(SEED, "lead/wait", 3, 40)[:7].tobytes() == uniforms(SEED, "lead/wait", 3, 7).tobytes()


# What is added moves nothing else.


def test_each_leaf_draws_from_a_stream_of_its_own_name(base: Scenario) -> None:
    backwards = replace(base, leaves=dict(reversed(base.leaves.items())))
    there, back = draw_theta(base, SEED, 0), draw_theta(backwards, SEED, 0)
    names = [leaf.path for leaf in base.drawn()]
    assert all(there[name].tobytes() == back[name].tobytes() for name in names)
    ranks = [np.argsort(np.argsort(there[name])) for name in names]
    assert np.abs(np.corrcoef(ranks) - np.eye(len(names))).max() < ERRORS / np.sqrt(BLOCK)


@pytest.mark.parametrize("first", [True, False])
def test_a_further_leaf_changes_no_other_draw_and_no_result(base: Scenario, base_run: Run, first: bool) -> None:
    leaf = replace(base.leaves["success.phase_1_prob"], path="success.invented_prob")
    arrays = path_arrays(simulate(extended(base, leaf, first=first), SEED, PATHS, PATHS))
    invented = arrays.pop("theta.success.invented_prob")
    assert same(arrays, path_arrays(base_run))
    assert not np.array_equal(invented, arrays["theta.success.phase_1_prob"])


def test_a_further_strategy_changes_no_other_result_and_shares_the_luck(base: Scenario, base_run: Run) -> None:
    slug = base.children("strategies")[-1]
    added = [
        replace(base.leaves[f"strategies.{slug}.{key}"], path=f"strategies.another.{key}")
        for key in base.children(f"strategies.{slug}")
    ]
    arrays = path_arrays(simulate(extended(base, *added), SEED, PATHS, PATHS))
    another = {name: arrays.pop(name) for name in list(arrays) if ".another." in name}
    assert same(arrays, path_arrays(base_run))
    assert same(another, {name: arrays[name.replace("another", slug)] for name in another}) and another


def test_a_further_scenario_changes_no_result(base_run: Run, tmp_path: Path) -> None:
    params = Path(shutil.copytree(PARAMS, tmp_path / "params"))
    shutil.copy(params / "scenarios" / "royalty_low.yaml", params / "scenarios" / "another.yaml")
    simulate(load_scenario("another", params), SEED, 10, 10)
    run = simulate(load_scenario("base", params), SEED, PATHS, PATHS)
    assert same(path_arrays(run), path_arrays(base_run))


@pytest.mark.parametrize(("origin", "effort"), [(Origin.LEAD, "research_musd"), (Origin.TECHNOLOGY, "licensing_years")])
def test_more_effort_finds_further_candidates_and_redraws_none(base: Scenario, origin: Origin, effort: str) -> None:
    theta, reach = draw_theta(base, SEED, 0, PATHS), reach_of(base, read_strategies(base))
    further = replace(reach, **{effort: 3 * getattr(reach, effort)})
    few, many = (draw_candidates(base, theta, SEED, 0, most) for most in (reach, further))
    found = [np.bincount(candidates.origin, minlength=len(Origin)) for candidates in (few, many)]
    assert found[1][origin] > 2 * found[0][origin]
    assert all(found[1][other] == found[0][other] for other in Origin if other != origin)
    assert same(by_candidate(many, known_to=few), by_candidate(few))


def test_a_further_candidate_on_the_day_redraws_none_of_the_others(base: Scenario) -> None:
    theta, reach = draw_theta(base, SEED, 0, PATHS), reach_of(base, read_strategies(base))
    parts = {part: base[f"candidates.inherited.{part}"] for part in ("names", "modality", "ladder", "years_to_ind")}
    one_more = with_leaves(base, {f"candidates.inherited.{part}": (*of, of[0]) for part, of in parts.items()})
    few, many = (draw_candidates(scenario, theta, SEED, 0, reach) for scenario in (base, one_more))
    assert len(many.path) == len(few.path) + PATHS
    assert same(by_candidate(many, known_to=few), by_candidate(few))


def test_the_luck_of_options_and_of_a_later_deal_moves_with_no_other(base: Scenario) -> None:
    task = prepare(with_leaves(base, {"behaviour.gates": "commit"}), SEED, PATHS, 1)
    more = replace(task, scenario=with_leaves(base, {"deal.extension_count": 3}))
    few, many = (chances_of(t, 0, PATHS) for t in (task, more))
    assert many.signing.tobytes() == few.signing.tobytes()
    assert len(many.extension) == 3 and many.extension[:2].tobytes() == few.extension.tobytes()
    drawn = np.stack([many.signing, *many.extension])
    assert np.abs(np.corrcoef(drawn) - np.eye(4)).max() < ERRORS / np.sqrt(PATHS)


# How long a run is, and who computes it.


@pytest.mark.parametrize("paths", [1, PATHS, BLOCK + 100])
def test_first_paths_of_a_longer_run_are_those_of_a_shorter_one(short: Scenario, short_run: Run, paths: int) -> None:
    few, many = (
        {name: array for name, array in path_arrays(run).items() if not name.startswith("batch.")}
        for run in (simulate(short, SEED, paths, PATHS), short_run)
    )
    assert same(few, {name: array[: len(few[name])] for name, array in many.items()})


def test_workers_and_chunks_change_no_byte_of_any_file(short: Scenario, short_run: Run, tmp_path: Path) -> None:
    one = digests(short_run, tmp_path / "one")
    assert len(one) == len(COLUMNS) + 2
    for workers, chunk in SPLITS:
        run = simulate(short, SEED, LONG, BLOCK + 50, workers, chunk)
        assert digests(run, tmp_path / f"{workers}-{chunk}") == one, f"{workers} workers, {chunk} blocks a chunk"


def test_a_line_may_first_appear_in_a_later_block(short_run: Run) -> None:
    cash = tabulate_cash(short_run).query(f"view == '{PRETAX}'").set_index(["strategy", "party", "line"])
    results = short_run.strategies
    late = [
        (slug, *key[:2]) for slug, result in results.items() for key in result.line_sums if key not in result.sample
    ]
    assert late
    for row in late:
        assert cash.loc[row, "mean"].any() and not cash.loc[row, ["p05", "p50", "p95"]].to_numpy().any()


@pytest.mark.slow
def test_workers_and_chunks_change_no_byte_of_the_base_case(base: Scenario, tmp_path: Path) -> None:
    runs = [simulate(base, SEED, LONG, LONG, *split) for split in ((1, 1), (2, 1), (3, 2), (2, 5))]
    assert len({tuple(sorted(digests(run, tmp_path / str(n)).items())) for n, run in enumerate(runs)}) == 1


# Scenarios and strategies share their luck.


ROYALTIES = ("royalties", "returned_royalties")


@pytest.fixture(scope="module")
def pair(base: Scenario) -> tuple[Scenario, Scenario]:
    """Two scenarios that differ in the royalty, and in which nobody asks whether it pays to go on."""
    commit = {"behaviour.gates": "commit"}
    return with_leaves(base, commit), with_leaves(load("royalty_high"), commit)


def test_a_scenario_moves_only_what_it_changes(pair: tuple[Scenario, Scenario]) -> None:
    low_run, high_run = (simulate(scenario, SEED, PATHS, PATHS) for scenario in pair)
    still = f"view == '{PRETAX}' and line not in {ROYALTIES} or strategy != 'partnership'"
    there, here = (tabulate_lines(run).query(still).reset_index(drop=True) for run in (low_run, high_run))
    assert here.equals(there) and set(here["view"]) == set(VIEWS)
    still = "event not in ('delayed', 'sold') or strategy != 'partnership'"  # a dearer royalty is money to go on with
    assert tabulate_counts(high_run).query(still).equals(tabulate_counts(low_run).query(still))
    there, here = path_arrays(low_run), path_arrays(high_run)
    moved = {name for name in here if here[name].tobytes() != there[name].tobytes() and name[:6] != "batch."}
    assert {name.split(".")[2] for name in moved} == {"partnership"}
    before_tax = {name for name in moved if name.split(".")[1] == PRETAX}
    paid = {f"npv.{PRETAX}.partnership.{party}" for party in ("company", "partner", "others")}
    paid |= {f"cash.{PRETAX}.partnership.company"}
    assert paid <= before_tax <= paid | {f"count.{PRETAX}.partnership.returning"}


def test_a_difference_between_scenarios_is_paired(pair: tuple[Scenario, Scenario]) -> None:
    one, other = (run_world(scenario) for scenario in pair)
    low, high = (world.value("partnership") for world in (one, other))
    fewer, more = (sum(world.line("partnership", line) for line in ROYALTIES) for world in (one, other))
    assert np.abs((high - low) - (more - fewer)).max() < 1e-9
    assert not (high - low)[fewer == 0].any() and (high - low).any()
    assert np.var(high - low) < (np.var(high) + np.var(low)) / 4


def test_a_scenario_that_changes_decisions_moves_only_the_futures_in_which_it_does(base: Scenario) -> None:
    """A higher royalty has the partner stop more products. Whoever is not the deal's, and every luck, stays put."""
    one, other = run_world(base), run_world(load("royalty_high"))
    for slug in one.books:
        course, changed = (world.books[slug].course for world in (one, other))
        assert same(by_candidate(course.candidates), by_candidate(changed.candidates))
        if not one.books[slug].strategy.signs_deal:
            assert np.array_equal(one.value(slug), other.value(slug))
    course, changed = (world.books["partnership"].course for world in (one, other))
    stopped = (course.entered & ~changed.entered).any(axis=1)
    assert stopped.any() and not (changed.entered & ~course.entered).any()
    untouched = np.bincount(course.path[stopped], minlength=one.paths) == 0
    gap = (other.value("partnership") - one.value("partnership"))[untouched]
    fewer, more = (sum(world.line("partnership", line) for line in ROYALTIES)[untouched] for world in (one, other))
    assert np.abs(gap - (more - fewer)).max() < 1e-9 and gap.any()


def test_a_candidate_is_the_same_in_every_strategy(base: Scenario) -> None:
    world = run_world(base)
    deal, *others = (books.course.candidates for books in world.books.values())
    for alone in others:
        assert same(by_candidate(deal, known_to=alone), by_candidate(alone, known_to=deal))
        assert 0 < len(by_candidate(alone, known_to=deal)["path"]) < len(deal.path)


@pytest.mark.parametrize("retry_years", [1.0, 3.0])
def test_waiting_for_a_licence_shifts_starts_and_redraws_nothing(base: Scenario, retry_years: float) -> None:
    world = run_world(with_leaves(base, {"license.retry_years": retry_years}))
    market, concept = (world.books[slug].course for slug in ("market", "concept"))
    assert same(by_candidate(market.candidates), by_candidate(concept.candidates))
    waited = concept.start - market.start
    closing, retry = (int(to_quarters(world.scenario[f"license.{key}_years"])) for key in ("deal", "retry"))
    assert not waited[:, : Stage.PHASE_3].any()
    assert np.array_equal(waited[:, Stage.PHASE_3 :], np.repeat(waited[:, [Stage.PHASE_3]], 3, axis=1))
    assert set(waited[:, Stage.PHASE_3]) == {0, closing, closing + retry}
    assert np.array_equal(concept.loss_of_exclusivity, market.loss_of_exclusivity)
