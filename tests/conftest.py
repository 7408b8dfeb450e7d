"""Fixtures every test may use. pytest puts this folder on the import path, so `from helpers import ...` works."""

import pytest
from helpers import load, without_ranges

from partnering.inputs import Scenario


@pytest.fixture(scope="session")
def base() -> Scenario:
    """The base case as it stands in params/."""
    return load("base")


@pytest.fixture(scope="session")
def fixed(base: Scenario) -> Scenario:
    """The base case with every leaf at its own value: luck is all that is left."""
    return without_ranges(base)
