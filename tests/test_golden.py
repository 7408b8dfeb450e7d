"""Golden results: the headline of the base case moves only together with a line in the changelog."""

import numpy as np
import pandas as pd
import pytest
from golden.make import GOLDEN, KEY, headline

MOVED = (
    "{} numbers of the base case moved. If that was meant, CHANGELOG.md's 'Numbers that moved' needs a line that says "
    "which, by how much and why; then run `python tests/golden/make.py` and commit both.\n{}"
)
NUMBERS = ["value", "low", "high"]


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    return headline().set_index(KEY)


@pytest.fixture(scope="module")
def golden() -> pd.DataFrame:
    return pd.read_csv(GOLDEN).set_index(KEY)


def test_the_golden_headline_has_todays_rows(now: pd.DataFrame, golden: pd.DataFrame) -> None:
    assert list(now.index) == list(golden.index), MOVED.format("The rows or", "")
    assert now["unit"].equals(golden["unit"])


def test_no_number_of_the_base_case_moved(now: pd.DataFrame, golden: pd.DataFrame) -> None:
    here, there = now[NUMBERS].astype(float), golden[NUMBERS].reindex(now.index).astype(float)
    same = np.isclose(here, there, rtol=1e-9, atol=0, equal_nan=True)
    moved = pd.concat({"golden": there, "now": here}, axis=1)[~same.all(axis=1)]
    assert same.all(), MOVED.format(len(moved), moved.xs("value", axis=1, level=1).head(8).to_string())
