"""Shares of variance against functions whose shares are known."""

import numpy as np
import pytest

from partnering.analysis.scores import first_order

ROOM = 3
"""Standard errors a share may lie from the truth."""


def test_first_shares_of_a_function_with_a_product_and_luck() -> None:
    """2 x + y^2 + 2 x z + luck in normals has variances 4, 2, 4 and 10: shares 0.2, 0.1, and none for z alone."""
    x, y, z, luck, idle = np.random.default_rng(1).standard_normal((5, 16_000))
    found = first_order({"x": x, "y": y, "z": z, "idle": idle}, 2 * x + y**2 + 2 * x * z + np.sqrt(10) * luck)
    for name, share in {"x": 0.2, "y": 0.1, "z": 0.0, "idle": 0.0}.items():
        assert found[name] == pytest.approx(share, abs=0.02)


def test_a_share_is_that_of_the_input_whatever_its_scale_and_at_most_all() -> None:
    x = np.random.default_rng(2).standard_normal(4_000)
    found = first_order({"x": x, "skewed": np.exp(3 * x)}, 5 * x - 2)
    assert found["x"] == found["skewed"] and found["x"] == pytest.approx(1, abs=0.002)


def test_shares_of_noise_are_around_zero_and_not_above() -> None:
    rows = np.random.default_rng(3).standard_normal((41, 2_000))
    found = first_order({str(at): row for at, row in enumerate(rows[1:])}, np.exp(1.4 * rows[0]))
    values = np.array(list(found.values()))
    assert abs(values.mean()) <= ROOM * values.std() / np.sqrt(len(values)) and min(values) < 0
