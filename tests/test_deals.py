"""The deals of params/deals: other contracts on the same candidates, the same company and the same luck."""

import numpy as np
import pytest
from helpers import PARAMS, load, run_world

from partnering.inputs import list_scenarios
from partnering.model import lines

DEALS = list_scenarios(PARAMS, "deals")
BASE = load()
PATHS = 150


@pytest.mark.parametrize("name", DEALS)
def test_a_deal_runs_and_every_identity_holds(name: str) -> None:
    world = run_world(load(name), PATHS)
    for played in world.played.values():
        assert played.books["residual"][0, :3].max() < 1e-7 and not played.books["residual"][0, 3:].any()
    shares = load(name)["deal.sharing.profit_share"] > 0
    paid = [world.mean("partnership", line) != 0 for line in (lines.PROFIT_SHARING, lines.ROYALTIES)]
    assert paid == [shares, not shares]


@pytest.mark.parametrize("name", DEALS)
def test_a_deal_changes_the_deal_and_nothing_else(name: str) -> None:
    changed = {path for path, leaf in load(name).leaves.items() if leaf.changed_from is not None}
    assert changed and all(path.startswith("deal.") for path in changed)
    assert name not in list_scenarios(PARAMS)  # and so has no page of its own


@pytest.mark.parametrize("name", DEALS)
def test_whoever_goes_alone_is_not_touched_by_it(name: str) -> None:
    alone = [slug for slug in BASE.children("strategies") if not BASE[f"strategies.{slug}.signs_deal"]]
    here, there = (run_world(load(other), PATHS, slugs=alone) for other in (name, "base"))
    assert all(np.array_equal(here.value(slug), there.value(slug)) for slug in alone)


@pytest.mark.parametrize("name", DEALS)
def test_what_was_published_later_is_known_under_a_vintage_only(name: str) -> None:
    deal = load(name)
    late = [leaf.known for leaf in deal.leaves.values() if leaf.known > BASE["valuation.date"]]
    assert (deal.vintage is not None) == bool(late) and max(late, default=None) == deal.vintage
