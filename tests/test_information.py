"""What knowing inputs is worth: cases with a known answer, noise that must not pass for one, and no bias upwards."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from partnering.analysis.information import Signal, cubics, value_information

PATHS = 8_000
ROOM = 3
"""Standard errors an estimate may lie from the truth."""


def normal(seed: int, columns: int, paths: int = PATHS) -> NDArray[np.float64]:
    """Independent standard normals, (column, path)."""
    return np.random.default_rng(seed).standard_normal((columns, paths))


def heavy(seed: int, paths: int = PATHS) -> NDArray[np.float64]:
    """Luck with a mean of zero that is all tail: a lognormal as wide as that of peak sales."""
    return np.exp(1.4 * normal(seed, 1, paths)[0]) - np.exp(1.4**2 / 2)


def against_nothing(*others: NDArray) -> NDArray[np.float64]:
    """Values by path of decisions, the first of which brings nothing."""
    return np.stack([np.zeros_like(others[0]), *others], axis=1)


def near(found: Signal, truth: float) -> bool:
    return abs(found.value - truth) <= ROOM * found.error


@pytest.mark.parametrize(("a", "b"), [(-1.0, 2.0), (0.0, 3.0), (1.5, 2.0)])
def test_a_linear_normal_case_has_its_closed_form(a: float, b: float) -> None:
    """E max(0, a + b x) - max(0, a), under luck that swamps it."""
    x, noise = normal(1, 2)
    found = value_information(against_nothing(a + b * x + heavy(2)), {"x": x, "noise": noise}, {"x": ["x"]})["x"]
    truth = b * norm.pdf(a / b) + a * norm.cdf(a / b) - max(a, 0)
    assert near(found, truth) and found.distinct and found.error < truth


def test_several_decisions_have_the_value_of_the_best_of_them() -> None:
    """0, x and -x: E |x|."""
    x = normal(3, 1)[0]
    found = value_information(against_nothing(x + heavy(4), -x + heavy(5)), {"x": x}, {"x": ["x"]})["x"]
    assert near(found, np.sqrt(2 / np.pi)) and found.distinct


def test_a_product_pays_only_where_both_inputs_are_known() -> None:
    """E max(0, x y) is 1 / pi, and nothing is to be had from either alone."""
    x, y, z = normal(6, 3)
    groups = {"x": ["x"], "y": ["y"], "both": ["x", "y"], "all": ["x", "y", "z"]}
    found = value_information(against_nothing(x * y), {"x": x, "y": y, "z": z}, groups)
    assert not found["x"].distinct and not found["y"].distinct
    assert near(found["both"], 1 / np.pi) and near(found["all"], 1 / np.pi)


def test_a_group_is_worth_what_its_parts_are_or_more() -> None:
    x, y, *rest = normal(7, 20)
    draws = {"x": x, "y": y} | {f"noise {at}": noise for at, noise in enumerate(rest)}
    groups = {"x": ["x"], "y": ["y"], "both": ["x", "y"], "all": list(draws)}
    found = value_information(against_nothing(x + np.exp(y / 2) - 2 + heavy(8)), draws, groups)
    for small, large in (("x", "both"), ("y", "both"), ("both", "all")):
        assert found[large].value >= found[small].value - ROOM * found[large].error
    assert found["both"].value > found["y"].value and all(signal.distinct for signal in found.values())


def test_what_is_fully_known_is_worth_the_mean_of_the_best_less_the_best_mean() -> None:
    x, y = normal(9, 2)
    values = against_nothing(x + y - 0.2, 0.5 * x - y)
    found = value_information(values, {"x": x, "y": y}, {"all": ["x", "y"]})["all"]
    assert found.value == pytest.approx(values.max(axis=1).mean() - values.mean(axis=0).max(), rel=0.005)


def test_noise_is_not_taken_for_information() -> None:
    """One in twenty may pass its floor by chance."""
    noise = {f"noise {at}": row for at, row in enumerate(normal(10, 20))}
    values = against_nothing(heavy(11), heavy(12))
    found = value_information(values, noise, {name: [name] for name in noise} | {"all": list(noise)})
    assert sum(signal.distinct for signal in found.values()) <= 2 and not found["all"].distinct


def test_decisions_alike_in_all_do_not_look_worth_knowing() -> None:
    """Where two decisions tie, picking the better of them by the paths at hand would: the estimate errs downwards."""
    luck = normal(13, 60, 1_000)
    gains = [
        value_information(against_nothing(row), {"x": x}, {"x": ["x"]})["x"].value
        for row, x in zip(luck[:30], luck[30:], strict=True)
    ]
    assert np.mean(gains) < 0 and max(gains) < 0.1


def test_only_ranks_differences_and_the_unit_of_money_count() -> None:
    x, common = normal(14, 2)
    values = against_nothing(x - 0.5 + heavy(15))
    plain, skewed = (value_information(values, {"x": d}, {"x": ["x"]})["x"] for d in (x, np.exp(2 * x)))
    assert skewed == plain and plain.value > 0
    moved = value_information(4 * values + common[:, None], {"x": x}, {"x": ["x"]})["x"]
    assert tuple(moved) == pytest.approx(4 * np.array(plain), rel=1e-9)


def test_a_decision_listed_twice_changes_nothing() -> None:
    x = normal(16, 1)[0]
    once = against_nothing(x + heavy(17))
    twice = np.column_stack([once, once[:, 1], once[:, 0]])
    found = [value_information(values, {"x": x}, {"x": ["x"]})["x"].value for values in (once, twice)]
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def test_cubics_are_orthonormal_over_the_paths() -> None:
    basis = np.vstack([np.ones(500), cubics(normal(18, 1, 500)[0])])
    assert basis @ basis.T / 500 == pytest.approx(np.eye(4), abs=1e-9)
