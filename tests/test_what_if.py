"""The same futures asked again: nothing changed gives the run, and a change gives what the model gives with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edits import scenario_text
from helpers import PARAMS, SEED, load, with_leaves
from numpy.typing import NDArray

from partnering.analysis.bridge import factors_of
from partnering.analysis.what_if import ask, carried, known_of
from partnering.inputs import Scenario, load_scenario
from partnering.inputs.analysis import IDLE as NOT_READ
from partnering.inputs.analysis import is_idle
from partnering.model.draws import BLOCK, draw_candidates, draw_luck
from partnering.model.run import pack, reach, slugs_of
from partnering.model.views import FINANCED, PLANNED
from partnering.results.simulate import Run, simulate
from partnering.results.variants import chosen

PATHS = 32
BASE = load()
DRAWN = tuple(leaf.path for leaf in BASE.drawn())
PEAK, BURN = "sales.peak_median_musd", "company.other_burn_musd"
TOGETHER: tuple[dict[str, Any], ...] = (
    {},
    *({path: BASE.leaves[path].low} for path in DRAWN),
    {BURN: 20.0},
    {BURN: 20.0, PEAK: 130.0},
    {"valuation.discount_rate": 0.08},
    {"valuation.discount_rate": 0.08, BURN: 20.0, PEAK: 130.0},
)
"""Every kind of change: nothing, each uncertain input set, inputs that beliefs do not and do depend on, all."""


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
    """Fewer futures may let another variant of a strategy stand: where the same one does, they are the first."""
    assert together[0].tobytes() == values_of(run).tobytes()
    fewer = asked([{}], PATHS // 2)[0]
    stand = [[each.variant for each in chosen(BASE, SEED, paths)] for paths in (PATHS // 2, PATHS)]
    same = [one == other for one, other in zip(*stand, strict=True)]
    assert fewer[same].tobytes() == together[0][same, :, : PATHS // 2].tobytes() and any(same)


def test_nothing_changed_is_the_run_of_another_deal() -> None:
    other = load("late_stage")
    assert asked([{}], scenario=other)[0].tobytes() == values_of(simulate(other, SEED, PATHS)).tobytes()


def test_with_all_the_money_it_could_want_it_is_the_run_as_planned(run: Run) -> None:
    """Of every strategy of which the same variant stands: what money is worth may decide that."""
    rich, change = asked([{"financing.capital": "unlimited"}])[0], {"financing.capital": "unlimited"}
    stand = [[each.variant for each in chosen(one, SEED, PATHS)] for one in (BASE, BASE.with_values(change))]
    same = [one == other for one, other in zip(*stand, strict=True)]
    np.testing.assert_allclose(rich[same], values_of(run, PLANNED)[same], rtol=0, atol=1e-9)
    assert sum(same) > len(same) / 2


FACTORS = factors_of(BASE, "partnership", "market").values()
RATES = {"valuation.discount_rate": 0.08, "strategies.market.rate_spread": 0.02}
CHANGES = {
    "what no belief depends on": {path: value for factor in FACTORS for path, value in factor.items()},
    "what beliefs depend on, and their key": RATES | {"company.opening_cash_musd": 40.0},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_inputs_set_are_a_scenario_with_them(
    change: dict[str, Any], together: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for what the market knows of going on: that stays as it is in the scenario that is asked."""
    monkeypatch.setattr("partnering.results.simulate.pack", lambda scenario: pack(scenario, known_of(BASE)))
    run = simulate(with_leaves(BASE, change), SEED, PATHS)
    answer = asked([change])[0]
    assert answer.tobytes() == values_of(run).tobytes() and (answer != together[0]).any()


def test_values_set_are_those_of_a_scenario_file(tmp_path: Path) -> None:
    change = {"valuation.discount_rate": 0.08, "deal.royalty.rates": (0.02, 0.05, 0.1), PEAK: 130.0}
    (tmp_path / "mine.yaml").write_text(scenario_text(change), "utf-8")
    assert BASE.with_values(change).digest == load_scenario(tmp_path / "mine.yaml", PARAMS).digest != BASE.digest


# Worlds side by side.


def test_a_world_beside_others_is_the_world_alone(together: NDArray) -> None:
    some = [0, 1 + DRAWN.index(PEAK), len(TOGETHER) - 3]
    assert asked([TOGETHER[place] for place in some[::-1]])[::-1].tobytes() == together[some].tobytes()
    assert asked([TOGETHER[some[1]]])[0].tobytes() == together[some[1]].tobytes()


def test_workers_change_no_byte_and_progress_counts_the_questions(together: NDArray) -> None:
    seen: list[tuple[int, int]] = []
    answers = ask(BASE, SEED, TOGETHER[-6:], PATHS, workers=2, progress=lambda *count: seen.append(count))
    assert answers.tobytes() == together[-6:].tobytes()
    done, of = zip(*seen, strict=True)
    assert list(done) == sorted(done) and done[-1] == 6 and set(of) == {6} and len(seen) > 1


def test_beyond_a_block_there_is_no_future_to_ask() -> None:
    assert asked([{}], BLOCK + 1).shape[-1] == BLOCK


def test_every_change_answers_for_itself(together: NDArray) -> None:
    """No two kinds of change give the same: every uncertain input is met by some strategy of the base case."""
    assert len({answer.tobytes() for answer in together}) == len(TOGETHER)


# What setting an input is.


def test_an_input_set_takes_the_place_of_its_draw_and_moves_no_other() -> None:
    before = draw_luck(BASE, SEED, 0, PATHS).theta
    for path in DRAWN:
        value = BASE.leaves[path].low
        after = draw_luck(BASE.with_values({path: value}), SEED, 0, PATHS).theta
        assert after[path] == value and after.keys() == before.keys()
        moved = [name for name in DRAWN if name != path and after[name].tobytes() != before[name].tobytes()]
        assert moved == []


def test_inputs_set_at_the_draws_of_a_path_leave_that_path_as_it_was() -> None:
    """All of them at once: there is nothing else to draw, and no luck moves. What is believed does.

    So does what part of its preclinical stage an early candidate has left: the time it has left is an input of its own.
    """
    effort = reach(pack(BASE, {}))
    own = draw_luck(BASE, SEED, 0, PATHS)
    known = BASE.with_values(carried(BASE, {path: float(own.theta[path][3]) for path in DRAWN}))
    (futures, drawn), (again, drawn_again) = (
        draw_candidates(luck, *effort) for luck in (own, draw_luck(known, SEED, 0, PATHS))
    )
    assert futures["count"][3].tolist() == again["count"][3].tolist()
    for origin, count in enumerate(futures["count"][3]):
        one, other = (
            rows[at["first"][3][origin] : at["first"][3][origin] + count]
            for rows, at in ((drawn, futures), (drawn_again, again))
        )
        for name in set(drawn.dtype.names) - {"part_preclinical"}:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-12, err_msg=name)


def test_what_is_fixed_relative_to_an_input_that_is_set_moves_with_it() -> None:
    """A large firm's costs are a multiple of the company's: dear trials are dear for both, whoever runs them.

    A cost that no run draws is set by itself, and so is a large firm's own.
    """
    cost = "cost.company.phase_3_musd"
    cheap, dear = asked([{cost: BASE.leaves[cost].low}, {cost: BASE.leaves[cost].high}])[:, 0, 1]
    assert cheap.mean() > dear.mean()
    theirs = cost.replace("company", "partner")
    assert carried(BASE, {cost: 2 * BASE[cost]}) == {cost: 2 * BASE[cost], theirs: 2 * BASE[theirs]}
    for alone in ({theirs: 50.0}, {cost: 90.0, theirs: 50.0}, {PEAK: 130.0}):
        assert carried(BASE, alone) == alone
    assert carried(with_leaves(BASE, {cost: BASE[cost]}), {cost: 90.0}) == {cost: 90.0}


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
    return pack(scenario, {})[0].table.worth.tobytes()


def test_inputs_that_other_rules_leave_idle_move_nothing(together: NDArray) -> None:
    """They are not asked: no co-promotion is offered, and no extension is left to chance."""
    assert all(is_idle(BASE, path) for path in NOT_READ) and not is_idle(BASE, PEAK)
    assert asked([{path: otherwise(BASE[path]) for path in NOT_READ}])[0].tobytes() == together[0].tobytes()
    taken = with_leaves(BASE, dict(NOT_READ.values()))
    assert not any(is_idle(taken, path) for path in NOT_READ)


@pytest.mark.parametrize("path", ["valuation.discount_rate", "deal.ladder_full.us_musd", PEAK])
def test_beliefs_follow_every_input_that_is_set(path: str) -> None:
    """Everybody knows it: a fixed one and one that a run draws alike."""
    assert worth(BASE.with_values({path: otherwise(BASE[path])})) != worth(BASE)
