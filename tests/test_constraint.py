"""Want of money never makes a strategy of the base case better: else it would destroy value by going on."""

from functools import cache

import numpy as np
import pytest
from helpers import SEED, load, standard_error
from numpy.typing import NDArray

from partnering.model.draws import BLOCK
from partnering.model.run import Keep, play_block, slugs_of
from partnering.model.views import FINANCED, PLANNED
from partnering.results.variants import chosen

ERRORS = 2


@cache
def values() -> dict[str, NDArray[np.float64]]:
    """What the company is worth by strategy, (planned, financed; path), the variant that stands of each."""
    packed = chosen(load(), SEED, BLOCK)
    _, played = play_block(load(), packed, SEED, 0, BLOCK, Keep(views=(PLANNED, FINANCED)))
    return {each.packed.slug: each.kept.out["npv"][[PLANNED, FINANCED], :, 0].copy() for each in played}


@pytest.mark.parametrize("slug", slugs_of(load()))
def test_the_constraint_costs_and_does_not_help(slug: str) -> None:
    """Planned less financed is not below nothing by more than two standard errors, on the same 4,096 futures.

    The promise is about the base case as it is reported.
    """
    planned, financed = values()[slug]
    cost = planned - financed
    assert cost.mean() >= -ERRORS * standard_error(cost)
