"""Controls from the draws: their mean is zero whatever the inputs, and a mean steadied by them is the same mean."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import PARAMS, load, with_leaves, without_ranges
from numpy.typing import NDArray
from scipy.special import ndtr

from partnering.analysis.steady import steady_means
from partnering.inputs import Scenario
from partnering.inputs.ranges import quantile
from partnering.inquiry import controls
from partnering.inquiry.controls import block_controls, draw_controls, lead_over, tabulate_steady
from partnering.results.schema import VIEW
from partnering.results.simulate import prepare, simulate_block
from partnering.results.stored import Results, load_run
from partnering.results.statistics import mean, standard_error
from partnering.world.streams import BLOCK
from partnering.world.theta import draw_theta

SEED, LUCKY = 20240229, 4.5
NOBODY = {f"candidates.inherited.{part}": () for part in ("names", "modality", "ladder", "years_to_ind")} | {
    "leads.window_years": 0.0,
}
DEALT = "strategies.{}.inherited_routes"


def moved(number: int) -> Scenario:
    """The base case with half of its uncertain inputs known, each somewhere in its range."""
    rng, base = np.random.default_rng(number), load()
    known = [leaf for leaf in base.drawn() if rng.random() < 0.5]
    return with_leaves(base, {leaf.path: float(rng.uniform(leaf.low, leaf.high)) for leaf in known})


def without_early(scenario: Scenario) -> Scenario:
    """The scenario without inherited candidates and leads."""
    routes = {DEALT.format(slug): () for slug in scenario.children("strategies")}
    return with_leaves(scenario, NOBODY | routes)


def errors_off(found: NDArray) -> NDArray:
    """How many standard errors each control's mean is from zero; those that are always zero are not."""
    errors = np.array([standard_error(row) for row in found])
    return np.divide(found.mean(axis=1), errors, out=np.zeros(len(found)), where=errors > 0)


@pytest.mark.parametrize("number", range(3))
def test_controls_have_a_mean_of_zero(number: int) -> None:
    assert np.abs(errors_off(draw_controls(moved(number), SEED + number, 4 * BLOCK))).max() < LUCKY


@pytest.mark.parametrize(
    ("name", "by"), [("success_chances", 1.05), ("limited_expectation", 1.3)], ids=["a chance", "an expected peak"]
)
def test_a_wrong_expectation_is_seen(name: str, by: float, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(controls, name)
    monkeypatch.setattr(controls, name, lambda *about: by * right(*about))
    assert np.abs(errors_off(draw_controls(moved(0), SEED, 4 * BLOCK))).max() > LUCKY


def test_scores_are_those_of_the_inputs_drawn() -> None:
    base, reach = load(), prepare(load(), SEED, 1, 1).reach
    theta, names = draw_theta(base, SEED, 1, 50), [leaf.path for leaf in base.drawn()]
    scores = block_controls(base, SEED, 1, 50, reach)[-len(names) :]
    for leaf, score in zip(base.drawn(), scores, strict=True):
        assert quantile(leaf, ndtr(score)) == pytest.approx(theta[leaf.path], rel=1e-9)


def test_further_paths_leave_the_first_as_they_were() -> None:
    found = draw_controls(load(), SEED, BLOCK + 30)
    assert found.shape[1] == BLOCK + 30
    assert found[:, :200] == pytest.approx(draw_controls(load(), SEED, 200), rel=1e-12, abs=1e-12)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("known", [False, True], ids=["inputs uncertain", "inputs known"])
def test_without_candidates_there_are_fewer_controls_and_nothing_else(known: bool) -> None:
    scenario = without_early(without_ranges(load()) if known else load())
    found, whole = draw_controls(scenario, SEED, BLOCK), draw_controls(load(), SEED, BLOCK)
    assert len(found) < len(whole) and np.isfinite(found).all()
    assert np.abs(errors_off(found)).max() < LUCKY


# --- against the engine -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def blocks() -> list[NDArray]:
    """The company's value by strategy and path in four blocks of the base case."""
    task = prepare(load(), SEED, 5 * BLOCK, 0)
    runs = (simulate_block(task, block) for block in range(1, 5))
    return [np.stack([result.npv["company"] for result in run.views[VIEW].values()]) for run in runs]


@pytest.mark.slow
def test_a_block_steadied_agrees_with_three_plain_ones(blocks: list[NDArray]) -> None:
    values, long = blocks[0], np.concatenate(blocks[1:], axis=1)
    values, long = (np.concatenate([v, v[:1] - v[1:]]) for v in (values, long))
    found = steady_means(values, draw_controls(load(), SEED, 2 * BLOCK)[:, BLOCK:])
    for row, plain in zip(found, long, strict=True):
        middle, low, high = row.estimate
        error = np.hypot((high - low) / (2 * 1.645), standard_error(plain))
        assert abs(middle - plain.mean()) < LUCKY * error
    signing, *rest = found
    assert signing.left < 0.3  # the leads keep most of theirs
    assert max(row.left for row in rest) < 0.9


# --- the table ----------------------------------------------------------------------------------------------------


def test_a_table_takes_out_what_its_own_run_was_lucky_in() -> None:
    """Values that are luck and nothing else beyond 5 and 7: the controls of this seed, and of these paths, say so."""
    luck = draw_controls(load(), SEED, 2000)
    values = {"one": 5 + 10 * luck[0], "two": 7 + luck[1] - luck[2]}
    told = {slug: {"title": slug.title(), "phrase": slug} for slug in values}
    paths = {f"npv.{VIEW}.{slug}.company": value for slug, value in values.items()}
    table = tabulate_steady(load(), SimpleNamespace(manifest={"strategies": told, "seed": SEED}, paths=paths))
    assert list(table["figure"]) == ["One", "Two", lead_over("two")]
    assert table["steady_musd"].to_numpy() == pytest.approx([5, 7, -2], abs=1e-9)
    assert (table["left"] < 1e-9).all() and (table["plain_limits_musd"] > 0.01).all()


def test_plain_figures_are_the_headlines(folder) -> None:
    run = Results(folder, load_run(folder, PARAMS.parent).manifest)
    table, told = tabulate_steady(load(), run).set_index("figure"), run.manifest["strategies"]
    headline = run.table("headline").set_index(["strategy", "party", "view", "metric"])
    first = next(iter(told))
    for slug, strategy in told.items():
        rows = [(strategy["title"], (slug, "npv_mean"))]
        rows += [(lead_over(strategy["phrase"]), (f"{first}-{slug}", "difference_mean"))] * (slug != first)
        for name, (of, metric) in rows:
            stated = headline.loc[(of, "company", VIEW, metric)]
            assert table.loc[name, "plain_musd"] == pytest.approx(stated["value"])
            assert table.loc[name, "plain_limits_musd"] == pytest.approx((stated["high"] - stated["low"]) / 2)
    assert len(table) == 2 * len(told) - 1
    assert (table["worth_paths"] * table["left"]).to_numpy() == pytest.approx(run.manifest["paths"])
    assert mean(run.paths[f"npv.{VIEW}.{first}.company"]).value == table["plain_musd"].iloc[0]
