"""Shares of variance against functions whose shares are known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.shares import REST, first_order, total_order

ROOM = 3
"""Standard errors a share may lie from the truth."""


def ishigami(uniforms: NDArray) -> NDArray:
    """The test function of Ishigami and Homma (1990), a = 7 and b = 0.1, then inputs without any effect."""
    x, y, z = (np.pi * (2 * uniforms[:, at] - 1) for at in range(3))
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


ISHIGAMI_VARIANCE = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 1 / 2
ISHIGAMI_FIRST = (0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2 / ISHIGAMI_VARIANCE, 7**2 / 8 / ISHIGAMI_VARIANCE, 0.0)
ISHIGAMI_JOINT = 8 * 0.1**2 * np.pi**8 / 225 / ISHIGAMI_VARIANCE


def test_sobol_indices_of_the_ishigami_function() -> None:
    """0.314, 0.442 and 0 by themselves; the first and the third share 0.244 more."""
    variance, found = total_order(ishigami, ["x", "y"], ["z", "idle", "idler"], 2048)
    assert list(found) == ["x", "y", REST] and variance == pytest.approx(ISHIGAMI_VARIANCE, rel=0.03)
    totals = np.add(ISHIGAMI_FIRST, (ISHIGAMI_JOINT, 0, ISHIGAMI_JOINT))
    for index, first, total in zip(found.values(), ISHIGAMI_FIRST, totals, strict=True):
        assert abs(index.first - first) <= ROOM * index.first_error and index.first_error < 0.05
        assert abs(index.total - total) <= ROOM * index.total_error and index.total_error < 0.05


def test_without_a_rest_the_inputs_of_a_sum_share_it_out() -> None:
    """Of x + 2 y in normals: 0.2 and 0.8, by themselves and in all. The model sees no infinite quantile."""
    variance, found = total_order(lambda u: ndtri(u[:, 0]) + 2 * ndtri(u[:, 1]), ["x", "y"], [], 1024)
    assert variance == pytest.approx(5, rel=0.03)
    assert [index.first for index in found.values()] == pytest.approx([0.2, 0.8], abs=0.03)
    assert [index.total for index in found.values()] == pytest.approx([0.2, 0.8], abs=0.03)


def test_indices_are_the_same_each_time() -> None:
    once, again = (total_order(ishigami, ["x"], ["y", "z"], 256) for _ in range(2))
    assert once == again


def test_first_shares_of_a_function_with_a_product_and_luck() -> None:
    """2 x + y^2 + 2 x z + luck in normals has variances 4, 2, 4 and 10: shares 0.2, 0.1, and none for z alone."""
    x, y, z, luck, idle = np.random.default_rng(1).standard_normal((5, 16_000))
    found = first_order({"x": x, "y": y, "z": z, "idle": idle}, 2 * x + y**2 + 2 * x * z + np.sqrt(10) * luck)
    for name, share in {"x": 0.2, "y": 0.1, "z": 0.0, "idle": 0.0}.items():
        assert abs(found[name].value - share) <= ROOM * found[name].error and found[name].error < 0.02
        assert found[name].distinct == (share > 0)
    assert 0 < found["x"].floor < 0.002


def test_a_share_is_that_of_the_input_whatever_its_scale_and_at_most_all() -> None:
    x = np.random.default_rng(2).standard_normal(4_000)
    found = first_order({"x": x, "skewed": np.exp(3 * x)}, 5 * x - 2)
    assert found["x"] == found["skewed"] and found["x"].value == pytest.approx(1, abs=0.002)


def test_shares_of_noise_are_around_zero_and_not_above() -> None:
    rows = np.random.default_rng(3).standard_normal((41, 2_000))
    found = first_order({str(at): row for at, row in enumerate(rows[1:])}, np.exp(1.4 * rows[0]))
    values = np.array([share.value for share in found.values()])
    assert abs(values.mean()) <= ROOM * values.std() / np.sqrt(len(values)) and min(values) < 0
    assert sum(share.distinct for share in found.values()) <= 4
