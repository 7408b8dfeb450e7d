"""Questions put to a model whose answers are known: tornado, break-even, information, caution."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from inquiries import SLUGS, TOY_PATHS, Known, known, normals

from partnering.analysis.learning import firm_up, tabulate_information
from partnering.analysis.risk import tabulate_flips, tabulate_risk
from partnering.analysis.sensitivity import Paired, Point, brackets, close_in, paired
from partnering.analysis.tornado import tornado
from partnering.analysis.turns import break_even
from partnering.results.statistics import Z90, standard_error

DAY = dt.date(2001, 1, 1)
LUCK = normals(1, 4)


def led(lead: Callable[..., float], spread: float = 0.0) -> Callable:
    """A model in which signing leads both others by a function of `toy.x`, under luck they share but for a part."""
    return lambda at: 20 * LUCK[0] + np.outer([1, 0, -1], np.ones(TOY_PATHS)) * lead(at["toy.x"]) + spread * LUCK[1:]


# Differences and brackets.


def test_a_paired_difference_by_hand() -> None:
    """Of 1, 3 less 0, 1: 1.5 with a standard error of 0.5; its 90 % limits are 1.645 of them away."""
    found = paired(np.array([1.0, 3.0]), np.array([0.0, 1.0]))
    assert found == (1.5, 0.5) and found.limits == pytest.approx((1.5 - 0.8224, 1.5 + 0.8224), abs=1e-4)


def test_a_lead_elsewhere_is_that_of_the_run_and_what_has_moved() -> None:
    """The run's lead of 5 and 2, moved by 1 and -4 on two futures: 6 and -2, over the second."""
    inquiry = known({"x": (0.0, 0.5, 1.0)}, lambda at: np.zeros((3, TOY_PATHS)))
    inquiry.values = np.stack([np.zeros(TOY_PATHS), *(LUCK[:2] - LUCK[:2].mean(axis=1, keepdims=True) - [[5], [2]])])
    again = np.array([[0.0, 0.0], [-4.0, -6.0], [-1.0, -3.0]])  # leads of 4, 6 and of 1, 3
    inquiry.ask = lambda changes, paths: again[None]  # type: ignore[method-assign, assignment]
    rival, least = inquiry.least(np.array([[10.0, 10.0], [5.0, 3.0], [12.0, 12.0]]))  # leads of 5, 7 and of -2, -2
    assert rival == 2 and least.value == pytest.approx(-2.0)
    assert least.error == pytest.approx(np.hypot(standard_error(LUCK[1]), 1.0))  # moved by -3, -5


def points_of(lead: Callable[[float], float], at: list[float], error: float = 0.1) -> list[Point]:
    return [Point(x, Paired(lead(x), error), 1) for x in at]


def test_brackets_are_neighbours_between_which_the_lead_turns() -> None:
    found = brackets(points_of(lambda x: (x - 1) * (x - 4), [5.0, 0.0, 3.0, 2.0]))
    assert [(one.at, two.at) for one, two in found] == [(0.0, 2.0), (3.0, 5.0)]
    assert brackets(points_of(lambda x: x + 1, [0.0, 1.0, 2.0])) == []


@pytest.mark.parametrize("lead", [lambda x: 2 - 3 * x, lambda x: np.exp(-x) - 0.7, lambda x: x**3 - 0.1])
def test_closing_in_finds_roots_together_and_their_limits_are_the_error_over_the_slope(lead: Callable) -> None:
    asked: list[int] = []

    def look(middles: list[float]) -> list[Point]:
        asked.append(len(middles))
        return points_of(lead, middles)

    one, two = points_of(lead, [0.0, 1.0])
    turn, wider = close_in([(one, two), (points_of(lead, [-0.1])[0], two)], look)
    assert abs(lead(turn.at)) < 1e-3 and abs(lead(wider.at)) < 1e-3 and asked == [2] * 7
    slope = (lead(turn.at + 1e-3) - lead(turn.at - 1e-3)) / 2e-3
    half = Z90 * 0.1 / abs(slope)
    assert turn.at - turn.low == pytest.approx(half, rel=0.02) and turn.high - turn.at == pytest.approx(half, rel=0.02)
    assert close_in([], look) == []


def test_a_turn_names_the_rival_that_is_nearer() -> None:
    """Rivals change inside the bracket: the one at the point nearer to nothing counts."""
    near, far = Point(0.0, Paired(1.0, 0.0), 1), Point(1.0, Paired(-3.0, 0.0), 2)
    turn, mirrored = close_in([(near, far), (far._replace(at=-1.0), near)], lambda middles: [], steps=0)
    assert (turn.at, turn.rival) == (0.25, 1) and (mirrored.at, mirrored.rival) == (-0.25, 1)


# The tornado.


@pytest.fixture(scope="module")
def mixed() -> Known:
    """Signing is worth luck and 2 a + 3 b; waiting a; alone nothing that an input moves. The lead is over waiting."""

    def model(at: dict) -> np.ndarray:
        moved = [30 + 2 * at["toy.a"] + 3 * at["toy.b"], 10 + at["toy.a"] + 0 * at["toy.c"], 0 * at["toy.idle"]]
        return 20 * LUCK[0] + np.stack([np.broadcast_to(part, TOY_PATHS) for part in moved]) + LUCK[1:]

    ranges = {"a": (1.0, 2.0, 4.0), "b": (-1.0, 0.0, 1.0), "c": (0.0, 1.0, 2.0), "idle": (0.0, 1.0, 2.0)}
    return known(ranges, model, drawn=["b", "idle"])


def test_every_input_is_in_the_tornado_once_per_strategy_and_for_the_lead(mixed: Known) -> None:
    table = tornado(mixed)
    names = [*SLUGS, "sign-wait"]
    assert list(zip(table["input"], table["strategy"], strict=True)) == [
        (path, name) for path in mixed.scenario.leaves for name in names
    ]
    assert set(table["group"]) == {"toy"} and table.notna().all(axis=None)


def test_the_tornado_of_a_straight_line_by_hand(mixed: Known) -> None:
    """An input moves it by its slope, without error if it is fixed; a drawn one that is set has its draw's error."""
    table, values = tornado(mixed).set_index(["input", "strategy"]), mixed.values
    for strategy, slope, level in (("sign", 2, values[0].mean()), ("sign-wait", 1, (values[0] - values[1]).mean())):
        row = table.loc[("toy.a", strategy)]
        assert row["at_low"] - level == pytest.approx(-slope) and row["at_high"] - level == pytest.approx(2 * slope)
        assert row["swing"] == pytest.approx(3 * slope) and row["swing_se"] == pytest.approx(0, abs=1e-12)
    row, draw = table.loc[("toy.b", "sign")], mixed.run.paths["theta.toy.b"][:128]
    assert row["swing"] == pytest.approx(6) and row["at_low"] - values[0].mean() == pytest.approx(-3 - 3 * draw.mean())
    assert row["at_low_se"] == pytest.approx(3 * standard_error(draw))
    still = table.loc[[("toy.a", "alone"), ("toy.idle", "sign"), ("toy.idle", "sign-wait"), ("toy.c", "wait")]]
    assert (still[["swing", "swing_se", "at_low_se", "at_high_se"]] == 0).all(axis=None)


# Break-even.


def found(lead: Callable, value: float, spread: float = 0.0) -> list[dict]:
    """The rows of the break-even table of an input that reaches from 0 to 1."""
    inquiry = known({"x": (0.0, value, 1.0)}, led(lead, spread))
    return break_even(inquiry).to_dict("records")


def test_an_input_that_turns_the_lead_is_found_within_its_limits() -> None:
    """A lead over waiting of 10 - 16 x, over going alone twice that: nothing at 0.625, with the error of the run."""
    (row,) = found(lambda x: 10 - 16 * x, value=0.2, spread=5)
    assert row["verdict"] == "flips it" and row["value_low"] < 0.625 < row["value_high"]
    full_error = 5 * np.sqrt(2) / np.sqrt(TOY_PATHS)
    assert row["value_high"] - row["value"] == pytest.approx(Z90 * full_error / 16, rel=0.05)
    assert row["least_at"] == 1.0 and row["least_lead_low"] < -12 < row["least_lead_high"]


def test_without_luck_of_its_own_the_root_is_exact() -> None:
    (row,) = found(lambda x: 10 - 16 * x, value=0.2)
    assert row["value"] == pytest.approx(0.625, abs=1e-9) and row["value_low"] == pytest.approx(row["value_high"])


def test_a_lead_that_turns_twice_has_two_rows() -> None:
    """30 (x - 0.2) (x - 0.9) leads at both ends, and is behind between: only asking inside can tell."""
    rows = found(lambda x: 30 * (x - 0.2) * (x - 0.9), value=0.0)
    assert [row["verdict"] for row in rows] == ["flips it 2 times"] * 2
    assert [row["value"] for row in rows] == pytest.approx([0.2, 0.9], abs=0.003)
    assert all(0 < row["least_at"] < 1 and row["least_lead"] < 0 for row in rows)


def test_one_that_never_turns_says_how_little_is_left_and_where() -> None:
    (row,) = found(lambda x: 10 - 6 * x, value=0.0, spread=1)
    assert row["verdict"] == "cannot flip it" and row["least_at"] == 1.0
    assert row["least_lead_low"] < 4 < row["least_lead_high"] and row["value"] is None
    (far,) = found(lambda x: 10 - x, value=0.0)
    assert far["verdict"] == "cannot flip it" and far["least_lead"] == pytest.approx(9)


def test_behind_throughout_is_no_lead_that_holds() -> None:
    (row,) = found(lambda x: -5 - x, value=0.5)
    assert row["verdict"] == "behind throughout" and row["least_lead"] == pytest.approx(-12) and row["rival"] == "alone"


def test_where_it_is_behind_today_it_may_lead_at_an_end() -> None:
    (row,) = found(lambda x: 8 * x - 6, value=0.5)
    assert row["verdict"] == "flips it" and row["value"] == pytest.approx(0.75, abs=1e-9)


def alone(at: float, lead: Callable = lambda x: 10 - 16 * x) -> pd.DataFrame:
    """The break-even of an input that reaches from 0 to 0.5 where a scenario sets it, and nothing else, to a value."""
    return break_even(known({"x": (0.0, 0.2, 0.5)}, led(lead), set_alone={"toy.x": (at,)}))


def test_an_input_that_a_scenario_takes_beyond_its_range_turns_it_there() -> None:
    """Nothing is left of the lead at 0.625: the range ends at 0.5, and a scenario goes to 0.9."""
    (row,) = alone(0.9).to_dict("records")
    assert row["verdict"] == "flips it beyond its range" and row["beyond"] == pytest.approx(0.625, abs=1e-9)
    assert row["value"] is None and row["least_at"] == 0.5 and row["least_lead"] == pytest.approx(2)
    (short,) = alone(0.6).to_dict("records")
    assert short["verdict"] == "cannot flip it" and short["beyond"] is None


def test_what_a_scenario_turns_inside_a_range_its_input_turns_too() -> None:
    """Ahead at both ends and a third of the way between, behind at one value alone, which a scenario sets."""
    rows = alone(0.25, lambda x: 1e4 * (x - 0.2) * (x - 0.3)).to_dict("records")
    assert [row["verdict"] for row in rows] == ["flips it 2 times"] * 2
    assert [row["value"] for row in rows] == pytest.approx([0.2, 0.3], abs=0.003)


def test_every_input_has_its_verdict_once(mixed: Known) -> None:
    table = break_even(mixed)
    assert list(table["input"]) == list(mixed.scenario.leaves)
    assert set(table["verdict"]) == {"cannot flip it"}


# What is not known.


@pytest.fixture(scope="module")
def unknown() -> Known:
    """Signing is worth 3 x + y of unit normals and luck of variance 10; waiting nothing but a little luck."""

    def model(at: dict) -> np.ndarray:
        signed = 3 * at["toy.x"] + at["toy.y"] + np.sqrt(10) * LUCK[0]
        return np.stack([signed - signed.mean(), 0.01 * LUCK[1], 0.01 * LUCK[2] - 9]) + 0 * at["toy.z"]

    study = {"title": "S", "cost_musd": 0.5, "months": 3, "status": "assumption", "source": "s", "known": DAY}
    learnt = {"both": ("toy.x", "toy.y"), "second": ("toy.y",), "third": ("toy.z",), "idle": ("toy.known",)}
    studies = {name: study | {"learns": learns} for name, learns in learnt.items()}
    ranges = dict.fromkeys(("x", "y", "z", "known"), (-2.0, 0.0, 2.0))
    return known(ranges, model, drawn=["x", "y", "z"], studies=studies)


def test_what_it_is_worth_to_know_has_its_closed_form(unknown: Known) -> None:
    """E max(0, s z) = s / sqrt(2 pi) for 1 and sqrt(10), nothing for z; a study of what is known is left out."""
    found, root = tabulate_information(unknown).set_index(["kind", "about"]), np.sqrt(2 * np.pi)
    truths = {("study", "second"): 1 / root, ("study", "third"): 0.0}
    truths |= dict.fromkeys([("study", "both"), ("everything", "everything")], np.sqrt(10) / root)
    assert set(found.index) == set(truths)
    for key, truth in truths.items():
        row = found.loc[key]
        assert abs(row["value"] - truth) <= 3 * row["se"] + 1e-9 and bool(row["distinct"]) == (truth > 0)
    assert found.loc[("study", "both"), "cost_musd"] == 0.5 and found.loc[("study", "both"), "inputs"] == "toy.x toy.y"


def test_nothing_unknown_is_worth_nothing_to_know() -> None:
    inquiry = known({"x": (0.0, 0.5, 1.0)}, led(lambda x: x))
    assert len(tabulate_information(inquiry)) == 0


# What to firm up.


def study(distinct: bool) -> pd.DataFrame:
    return pd.DataFrame([{"kind": "study", "value": 2.0, "distinct": distinct, "inputs": "toy.y toy.z"}])


def test_what_is_worth_knowing_is_firmed_up_and_nothing_else() -> None:
    """An input that turns the answer in its range; what a study learns that is worth more than noise; else nothing."""
    turning, far, calm = alone(0.1, lambda x: 10 - 30 * x), alone(0.9), alone(0.4)
    assert firm_up(turning, study(distinct=False)) == ["toy.x"]
    assert firm_up(turning, study(distinct=True)) == ["toy.x", "toy.y", "toy.z"]
    assert firm_up(far, study(distinct=False)) == firm_up(calm, study(distinct=False)) == []
    assert firm_up(calm, study(distinct=True)) == ["toy.y", "toy.z"]


def test_a_turn_within_the_sampling_error_is_nothing_to_firm_up() -> None:
    turns = alone(0.1, lambda x: 10 - 30 * x).assign(least_lead_high=0.1)
    assert firm_up(turns, study(distinct=False)) == []


# Caution.


def cautious(*parts: tuple[float, float]) -> Known:
    """Normal values of the three strategies, by mean and spread."""
    values = np.array([mean + sd * luck for (mean, sd), luck in zip(parts, LUCK, strict=False)])
    return known({"x": (0.0, 0.5, 1.0)}, lambda at: values)


def test_the_tolerance_that_turns_the_choice_between_normals() -> None:
    """Worth m - s^2 / 2 R: 10 with a spread of 60 and nothing with 20 are alike at R = 160; a sure loss never is."""
    flips = tabulate_flips(cautious((10, 60), (0, 20), (-50, 60))).set_index("rival")
    assert flips["verdict"].to_dict() == {"wait": "flips it", "alone": "cannot flip it"}
    assert flips.loc["wait", "tolerance_musd"] == pytest.approx(160, rel=0.1)


def test_sure_amounts_rise_with_the_tolerance_to_the_mean() -> None:
    table = tabulate_risk(cautious((10, 30), (0, 10), (5, 1)))
    assert list(table["strategy"]) == list(SLUGS) * 4 and ((table["low"] < table["high"]).all())
    for slug, (mean, sd) in zip(SLUGS, ((10, 30), (0, 10), (5, 1)), strict=True):
        rows = table[table["strategy"] == slug]
        assert rows["certainty_equivalent"].is_monotonic_increasing
        assert rows["certainty_equivalent"].iloc[1] == pytest.approx(mean - sd**2 / 200, abs=2)
