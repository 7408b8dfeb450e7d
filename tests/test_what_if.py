"""The same futures asked again: nothing changed gives the run, and a change gives what the model gives with it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edits import scenario_text
from helpers import PARAMS, SEED, load, with_leaves
from numpy.typing import NDArray

from partnering.inputs import load_scenario
from partnering.inputs.analysis import IDLE as NOT_READ
from partnering.inputs.analysis import is_idle
from partnering.inquiry import what_if
from partnering.inquiry.bridge import factors_of
from partnering.inquiry.what_if import UNBELIEVED, ask, with_values
from partnering.results.schema import PLANNED, VIEW
from partnering.results.simulate import Run, Task, simulate
from partnering.value.beliefs import belief_key, believe
from partnering.results.statistics import standard_error
from partnering.world.theta import draw_theta

PATHS = 32
BASE = load()
DRAWN = tuple(leaf.path for leaf in BASE.drawn())
PEAK = "sales.peak_median_musd"
IDLE = ("license.early.upfront_musd", "license.early.milestones_musd", "license.early.royalty_rate")
"""Uncertain inputs that no strategy of the base case meets: nobody licenses at the IND."""

RARE = ("deal.termination.relicense_prob", "deal.termination.excess_hazard_rate")
"""Inputs that few futures meet."""

TOGETHER: tuple[dict[str, Any], ...] = (
    {},
    *({path: BASE.leaves[path].low} for path in DRAWN),
    {"company.other_burn_musd": 20.0},
    {"company.other_burn_musd": 20.0, PEAK: 130.0},
    {"valuation.discount_rate": 0.08},
    {"valuation.discount_rate": 0.08, "company.other_burn_musd": 20.0, PEAK: 130.0},
)
"""Every kind of change: nothing, each uncertain input pinned, inputs set that beliefs do not and do depend on, all."""


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(BASE, SEED, PATHS, PATHS)


@pytest.fixture(scope="module")
def task(run: Run) -> Task:
    return run.task


@pytest.fixture(scope="module")
def together(task: Task) -> NDArray[np.float64]:
    return ask(task, TOGETHER, PATHS)


def values_of(run: Run, view: str = VIEW) -> NDArray[np.float64]:
    """What a run says of both parties, (strategy, party, path)."""
    found = run.views[view]
    return np.array([[found[s.slug].npv[party] for party in ("company", "partner")] for s in run.task.strategies])


def test_nothing_changed_is_the_run_and_fewer_futures_are_its_first(run: Run, together: NDArray) -> None:
    np.testing.assert_allclose(together[0], values_of(run), rtol=0, atol=1e-9)
    assert ask(run.task, [{}], PATHS // 2)[0].tobytes() == together[0][..., : PATHS // 2].tobytes()


def test_nothing_changed_is_the_run_of_another_deal() -> None:
    other = simulate(load("late_stage"), SEED, PATHS, PATHS)
    np.testing.assert_allclose(ask(other.task, [{}], PATHS)[0], values_of(other), rtol=0, atol=1e-9)


def test_with_all_the_money_it_could_want_it_is_the_run_as_planned(run: Run) -> None:
    rich = replace(run.task, scenario=with_leaves(BASE, {"financing.capital": "unlimited"}))
    np.testing.assert_allclose(ask(rich, [{}], PATHS)[0], values_of(run, PLANNED), rtol=0, atol=1e-9)


FACTORS = factors_of(BASE, "partnership", "market").values()
RATES = {"valuation.discount_rate": 0.08, "strategies.market.rate_spread": 0.02}
CHANGES = {
    "what no belief depends on": {path: value for factor in FACTORS for path, value in factor.items()},
    "what beliefs depend on, and their key": RATES | {"company.opening_cash_musd": 40.0},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_inputs_set_are_a_scenario_with_them(change: dict[str, Any], task: Task, together: NDArray) -> None:
    run = simulate(with_leaves(BASE, change), SEED, PATHS, PATHS)
    answer = ask(task, [change], PATHS)[0]
    np.testing.assert_allclose(answer, values_of(run), rtol=0, atol=1e-9)
    assert (answer != together[0]).any()


def test_values_set_are_those_of_a_scenario_file(tmp_path: Path) -> None:
    change = {"valuation.discount_rate": 0.08, "deal.royalty.rates": (0.02, 0.05, 0.1), PEAK: 130.0}
    (tmp_path / "mine.yaml").write_text(scenario_text(change), "utf-8")
    assert with_values(BASE, change).digest == load_scenario(tmp_path / "mine.yaml", PARAMS).digest != BASE.digest


# Worlds side by side.


def test_a_world_beside_others_is_the_world_alone(task: Task, together: NDArray) -> None:
    backwards = ask(task, TOGETHER[::-1], PATHS)[::-1]
    assert backwards.tobytes() == together.tobytes()
    for place in (0, 1 + DRAWN.index(PEAK), len(TOGETHER) - 3):
        assert ask(task, [TOGETHER[place]], PATHS)[0].tobytes() == together[place].tobytes()


def test_workers_change_no_byte_and_progress_counts_the_questions(task: Task, together: NDArray) -> None:
    seen: list[tuple[int, int]] = []
    some = slice(-6, None)
    answers = ask(task, TOGETHER[some], PATHS, workers=2, progress=lambda *count: seen.append(count))
    assert answers.tobytes() == together[some].tobytes()
    done, of = zip(*seen, strict=True)
    assert list(done) == sorted(done) and done[-1] == 6 and set(of) == {6} and len(seen) > 1


def test_worlds_that_do_not_fit_together_are_lived_in_parts(
    task: Task, together: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a block holds two worlds, seven are lived in four parts, and beyond a block there is no future to ask."""
    monkeypatch.setattr(what_if, "BLOCK", 2 * PATHS)
    asked: list[int] = []
    answers = ask(task, TOGETHER[:7], PATHS, progress=lambda done, of: asked.append(done))
    assert answers.tobytes() == together[:7].tobytes() and asked == [2, 4, 6, 7]
    assert ask(task, [{}], 5 * PATHS).shape[-1] == 2 * PATHS


def test_every_change_answers_for_itself(together: NDArray) -> None:
    """No two kinds of change give the same, but those that pin what nothing reads."""
    idle = {0, *(1 + DRAWN.index(path) for path in IDLE)}
    assert len({together[place].tobytes() for place in idle}) == 1
    assert len({answer.tobytes() for answer in together}) == len(TOGETHER) - len(IDLE)


# What a pin is.


def test_a_pin_at_a_paths_own_draw_leaves_that_path_as_it_was(task: Task, together: NDArray) -> None:
    """So a pin takes the place of the draw and moves no luck; on other paths the same pin does."""
    own = draw_theta(BASE, SEED, 0, PATHS)
    changes = [{path: float(own[path][7])} for path in DRAWN]
    answers = ask(task, changes, PATHS)
    assert answers[..., 7].tobytes() == np.broadcast_to(together[0, ..., 7], answers.shape[:3]).tobytes()
    moved = (answers != together[0]).any(axis=(1, 2, 3))
    still = {path for path, changed in zip(DRAWN, moved, strict=True) if not changed}
    assert set(IDLE) <= still <= {*IDLE, *RARE}


def test_pins_together_are_the_pins_of_each_path(task: Task, together: NDArray) -> None:
    """All draws of a path pinned at once leave it as it was: there is nothing else to draw."""
    own = draw_theta(BASE, SEED, 0, PATHS)
    answer = ask(task, [{path: float(own[path][3]) for path in DRAWN}], PATHS)[0]
    assert answer[..., 3].tobytes() == together[0, ..., 3].tobytes()


def test_pins_over_the_range_make_up_the_draws(task: Task) -> None:
    """The mean over pins at even quantiles is the mean over draws, up to the error of both; that at one end is not."""
    paths, nodes = 192, 7
    ordered = np.sort(draw_theta(BASE, SEED, 0, paths)[PEAK])
    pins = [{PEAK: float(part[len(part) // 2])} for part in np.array_split(ordered, nodes)]
    answers = ask(task, [*pins, {}], paths)[:, 0, 0]
    gap = answers[:nodes].mean(axis=0) - answers[-1]
    assert abs(gap.mean()) <= 3 * standard_error(gap)
    assert np.all(np.diff(answers[:nodes].mean(axis=1)) > 0)
    for end in (answers[0], answers[nodes - 1]):
        assert abs((end - answers[-1]).mean()) > 3 * standard_error(end - answers[-1])


# What is believed.


def arrays(thing: Any) -> list[bytes]:
    """All there is in a belief table, as bytes."""
    if is_dataclass(thing):
        return [part for field in fields(thing) for part in arrays(getattr(thing, field.name))]
    return [b"" if thing is None else np.asarray(thing).tobytes()]


def otherwise(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, tuple):
        return tuple(otherwise(item) for item in value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return type(value)(value * 2 + 1) if value >= 1 else value / 2 + 0.01
    return {"partner_run": "best", "best": "own_launch"}.get(value, "best")


def tables(changes: Mapping[str, Any], task: Task) -> list[bytes]:
    """The belief table of the base case with other values, by the same key."""
    key = belief_key(task.strategies[0])
    return arrays(believe(with_values(task.scenario, changes), *key))


def test_no_belief_depends_on_what_is_held_to_be_unbelieved(task: Task) -> None:
    """All such leaves changed at once, numbers, lists and switches, leave every array of the table as it was."""
    unbelieved = [path for path in BASE.leaves if path.startswith(UNBELIEVED)]
    assert all(any(path.startswith(entry) for path in unbelieved) for entry in UNBELIEVED)
    assert tables({path: otherwise(BASE[path]) for path in unbelieved}, task) == arrays(task.beliefs[0])


def test_inputs_that_other_rules_leave_idle_move_nothing(task: Task, together: NDArray) -> None:
    """They are not asked: no co-promotion is offered, and no extension is left to chance."""
    assert all(is_idle(BASE, path) for path in NOT_READ) and not is_idle(BASE, PEAK)
    assert ask(task, [{path: otherwise(BASE[path]) for path in NOT_READ}], PATHS)[0].tobytes() == together[0].tobytes()
    taken = with_leaves(BASE, dict(NOT_READ.values()))
    assert not any(is_idle(taken, path) for path in NOT_READ)


@pytest.mark.parametrize("path", ["valuation.discount_rate", "deal.ladder_full.us_musd"])
def test_beliefs_follow_other_inputs_that_are_set_and_never_a_pin(path: str, task: Task, together: NDArray) -> None:
    assert tables({path: otherwise(BASE[path])}, task) != arrays(task.beliefs[0])
    fixed = replace(task, scenario=with_values(BASE, {PEAK: 130.0}))
    pinned = together[1 + DRAWN.index(PEAK)]
    assert ask(fixed, [{}], PATHS)[0].tobytes() == pinned.tobytes()
