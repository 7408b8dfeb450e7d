"""The deals of params/deals: other contracts on the same candidates, the same company and the same luck."""

from collections.abc import Iterator

import numpy as np
import pytest
from helpers import PARAMS, load, run_world
from sharp import coarsen

from partnering.inputs import list_scenarios
from partnering.results.simulate import simulate
from partnering.results.tables import tabulate_checks, tabulate_lines

DEALS = list_scenarios(PARAMS, "deals")
BASE = load()
PATHS = 150


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        coarsen(patch)
        yield


@pytest.mark.parametrize("name", DEALS)
def test_a_deal_runs_and_every_identity_holds(name: str) -> None:
    run = simulate(load(name), 3, PATHS, PATHS)
    checks = tabulate_checks(run)
    assert checks["passed"].all(), checks[~checks["passed"]].to_string()
    lines = tabulate_lines(run).query("strategy == 'partnership' and view == 'pretax' and party == 'company'")
    shares = load(name)["deal.sharing.profit_share"] > 0
    assert ("profit_sharing" in set(lines["line"])) == shares != ("royalties" in set(lines["line"]))


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
