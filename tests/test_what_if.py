"""The same futures asked again: nothing changed gives the run, and a change gives what the model gives with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edits import scenario_text
from helpers import PARAMS, SEED, load, with_leaves
from numpy.typing import NDArray

from partnering.analysis import what_if
from partnering.analysis.bridge import factors_of
from partnering.analysis.what_if import ask
from partnering.inputs import Scenario, load_scenario
from partnering.inputs.analysis import IDLE as NOT_READ
from partnering.inputs.analysis import is_idle
from partnering.model.draws import BLOCK, draw_luck
from partnering.model.run import pack, slugs_of
from partnering.model.views import FINANCED, PLANNED
from partnering.results.simulate import Run, simulate
from partnering.results.statistics import standard_error

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
    return simulate(BASE, SEED, PATHS)


@pytest.fixture(scope="module")
def together() -> NDArray[np.float64]:
    return asked(TOGETHER)


def asked(changes: Any, paths: int = PATHS, scenario: Scenario = BASE) -> NDArray[np.float64]:
    """What changes give, (change, strategy, party, path)."""
    return ask(scenario, SEED, changes, paths)


def values_of(run: Run, view: int = FINANCED) -> NDArray[np.float64]:
    """What a run says of both parties, (strategy, party, path)."""
    outs = run.outs()
    return np.array([outs[slug]["npv"][view, :, :2].T for slug in slugs_of(run.scenario)])


def test_nothing_changed_is_the_run_and_fewer_futures_are_its_first(run: Run, together: NDArray) -> None:
    assert together[0].tobytes() == values_of(run).tobytes()
    assert asked([{}], PATHS // 2)[0].tobytes() == together[0][..., : PATHS // 2].tobytes()


def test_nothing_changed_is_the_run_of_another_deal() -> None:
    other = load("late_stage")
    assert asked([{}], scenario=other)[0].tobytes() == values_of(simulate(other, SEED, PATHS)).tobytes()


def test_with_all_the_money_it_could_want_it_is_the_run_as_planned(run: Run) -> None:
    rich = asked([{"financing.capital": "unlimited"}])[0]
    np.testing.assert_allclose(rich, values_of(run, PLANNED), rtol=0, atol=1e-9)


FACTORS = factors_of(BASE, "partnership", "market").values()
RATES = {"valuation.discount_rate": 0.08, "strategies.market.rate_spread": 0.02}
CHANGES = {
    "what no belief depends on": {path: value for factor in FACTORS for path, value in factor.items()},
    "what beliefs depend on, and their key": RATES | {"company.opening_cash_musd": 40.0},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_inputs_set_are_a_scenario_with_them(change: dict[str, Any], together: NDArray) -> None:
    run = simulate(with_leaves(BASE, change), SEED, PATHS)
    answer = asked([change])[0]
    assert answer.tobytes() == values_of(run).tobytes() and (answer != together[0]).any()


def test_values_set_are_those_of_a_scenario_file(tmp_path: Path) -> None:
    change = {"valuation.discount_rate": 0.08, "deal.royalty.rates": (0.02, 0.05, 0.1), PEAK: 130.0}
    (tmp_path / "mine.yaml").write_text(scenario_text(change), "utf-8")
    assert BASE.with_values(change).digest == load_scenario(tmp_path / "mine.yaml", PARAMS).digest != BASE.digest


# Worlds side by side.


def test_a_world_beside_others_is_the_world_alone(together: NDArray) -> None:
    assert asked(TOGETHER[::-1])[::-1].tobytes() == together.tobytes()
    for place in (0, 1 + DRAWN.index(PEAK), len(TOGETHER) - 3):
        assert asked([TOGETHER[place]])[0].tobytes() == together[place].tobytes()


def test_workers_change_no_byte_and_progress_counts_the_questions(together: NDArray) -> None:
    seen: list[tuple[int, int]] = []
    answers = ask(BASE, SEED, TOGETHER[-6:], PATHS, workers=2, progress=lambda *count: seen.append(count))
    assert answers.tobytes() == together[-6:].tobytes()
    done, of = zip(*seen, strict=True)
    assert list(done) == sorted(done) and done[-1] == 6 and set(of) == {6} and len(seen) > 1


def test_worlds_are_shared_out_in_parts(together: NDArray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at a time, seven are lived in four parts; beyond a block there is no future to ask."""
    monkeypatch.setattr(what_if, "TOGETHER", 2)
    seen: list[int] = []
    answers = ask(BASE, SEED, TOGETHER[:7], PATHS, progress=lambda done, of: seen.append(done))
    assert answers.tobytes() == together[:7].tobytes() and seen == [2, 4, 6, 7]
    assert asked([{}], BLOCK + 1).shape[-1] == BLOCK


def test_every_change_answers_for_itself(together: NDArray) -> None:
    """No two kinds of change give the same, but those that pin what nothing reads."""
    idle = {0, *(1 + DRAWN.index(path) for path in IDLE)}
    assert len({together[place].tobytes() for place in idle}) == 1
    assert len({answer.tobytes() for answer in together}) == len(TOGETHER) - len(IDLE)


# What a pin is.


def test_a_pin_at_a_paths_own_draw_leaves_that_path_as_it_was(together: NDArray) -> None:
    """So a pin takes the place of the draw and moves no luck; on other paths the same pin does."""
    own = draw_luck(BASE, SEED, 0, PATHS).theta
    changes = [{path: float(own[path][7])} for path in DRAWN]
    answers = asked(changes)
    assert answers[..., 7].tobytes() == np.broadcast_to(together[0, ..., 7], answers.shape[:3]).tobytes()
    moved = (answers != together[0]).any(axis=(1, 2, 3))
    still = {path for path, changed in zip(DRAWN, moved, strict=True) if not changed}
    assert set(IDLE) <= still <= {*IDLE, *RARE}


def test_pins_together_are_the_pins_of_each_path(together: NDArray) -> None:
    """All draws of a path pinned at once leave it as it was: there is nothing else to draw."""
    own = draw_luck(BASE, SEED, 0, PATHS).theta
    answer = asked([{path: float(own[path][3]) for path in DRAWN}])[0]
    assert answer[..., 3].tobytes() == together[0, ..., 3].tobytes()


def test_what_is_fixed_relative_to_a_pin_stays_where_it_is() -> None:
    """A large firm's costs are a multiple of the company's: dear trials are dear for both, whoever runs them."""
    cost = "cost.company.phase_3_musd"
    cheap, dear = asked([{cost: BASE.leaves[cost].low}, {cost: BASE.leaves[cost].high}])[:, 0, 1]
    assert cheap.mean() > dear.mean()


def test_pins_over_the_range_make_up_the_draws() -> None:
    """The mean over pins at even quantiles is the mean over draws, up to the error of both; that at one end is not."""
    paths, nodes = 192, 7
    ordered = np.sort(draw_luck(BASE, SEED, 0, paths).theta[PEAK])
    pins = [{PEAK: float(part[len(part) // 2])} for part in np.array_split(ordered, nodes)]
    answers = asked([*pins, {}], paths)[:, 0, 0]
    gap = answers[:nodes].mean(axis=0) - answers[-1]
    assert abs(gap.mean()) <= 3 * standard_error(gap)
    assert np.all(np.diff(answers[:nodes].mean(axis=1)) > 0)
    for end in (answers[0], answers[nodes - 1]):
        assert abs((end - answers[-1]).mean()) > 3 * standard_error(end - answers[-1])


# What is believed.


def otherwise(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, tuple):
        return tuple(otherwise(item) for item in value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return type(value)(value * 2 + 1) if value >= 1 else value / 2 + 0.01
    return {"partner_run": "best", "best": "own_launch"}.get(value, "best")


def worth(scenario: Scenario) -> bytes:
    """What a step is worth, as the strategy that signs believes."""
    return pack(scenario)[0].table.worth.tobytes()


def test_inputs_that_other_rules_leave_idle_move_nothing(together: NDArray) -> None:
    """They are not asked: no co-promotion is offered, and no extension is left to chance."""
    assert all(is_idle(BASE, path) for path in NOT_READ) and not is_idle(BASE, PEAK)
    assert asked([{path: otherwise(BASE[path]) for path in NOT_READ}])[0].tobytes() == together[0].tobytes()
    taken = with_leaves(BASE, dict(NOT_READ.values()))
    assert not any(is_idle(taken, path) for path in NOT_READ)


@pytest.mark.parametrize("path", ["valuation.discount_rate", "deal.ladder_full.us_musd"])
def test_beliefs_follow_other_inputs_that_are_set(path: str) -> None:
    assert worth(BASE.with_values({path: otherwise(BASE[path])})) != worth(BASE)


def test_beliefs_never_follow_a_pin(together: NDArray) -> None:
    """Nobody knows it: a pin at its middle is another answer than the input known by all to be there."""
    known = BASE.with_values({PEAK: 130.0})
    assert worth(known) != worth(BASE)
    assert asked([{}], scenario=known)[0].tobytes() != together[1 + DRAWN.index(PEAK)].tobytes()
