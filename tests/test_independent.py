"""The compiled model against a second program, written from the specification in plain Python: path by path."""

import argparse
from collections.abc import Iterator
from typing import Any

import independent
import numpy as np
from helpers import SEED, load

from partnering.inputs import Scenario
from partnering.model.draws import BLOCK, draw_candidates, draw_luck, draw_market
from partnering.model.run import Keep, going_on_of, pack, play, reach
from partnering.model.views import FINANCED, PLANNED

PATHS = 256
BOUND = 1e-9
"""Of the sum of absolute flows of a path, what values may differ by."""

MONEY = ("npv", "value_per_share", "raised_musd", "ended_years")
WHOLE = ("forced", "approved", "returning", "paying")
MEANS = ("run_on", "least_sales", "lead_worth", "leads_mean", "licence_worth", "licences_a_year")
MEANS += ("research_cost_share", "licensing_burn")


def plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def worlds(
    scenario: Scenario, paths: int, as_built: Any
) -> Iterator[tuple[independent.World, dict[str, Any], list[Any]]]:
    """Yield, by block, the second program's world and data, and the strategies as the compiled model lived them."""
    packed = pack(scenario)
    table = packed[0].table
    for block in range(-(-paths // BLOCK)):
        size = min(paths - block * BLOCK, BLOCK)
        luck = draw_luck(scenario, SEED, block, size)
        futures, drawn = draw_candidates(luck, *reach(packed))
        market = draw_market(luck)
        data = {
            "leaves": {path: leaf.value for path, leaf in scenario.leaves.items()},
            "theta": {leaf.path: luck.each(leaf.path) for leaf in scenario.drawn()},
            "futures": futures,
            "drawn": drawn,
            "open": market.open,
            "swing": market.swing,
            "beliefs": {name: plain(values) for name, values in packed[0].beliefs._asdict().items()},
            "means": {name: plain(getattr(table, name)) for name in MEANS},
            "going_on": {
                (each.slug, *each.variant): tuple(
                    plain(each.rules[name][0]) for name in ("tax_share", "burn_to_come", "franchise")
                )
                for each in packed
            },
            "as_built": as_built,
        }
        played = list(play(packed, futures, drawn, market, Keep(views=(PLANNED, FINANCED), measured=True)))
        yield independent.World(data), data, played


def differences(world: independent.World, data: dict[str, Any], played: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield whatever differs, (strategy, view, path, name, the second program's, the compiled one's)."""
    for i in range(len(data["futures"])):
        future = independent.Future(world, data, i)
        for each in played:
            key = (each.packed.slug, *each.packed.variant)
            for view in (PLANNED, FINANCED):
                mine, out = independent.value(world, future, key, view == FINANCED), each.kept.out[view, i]
                theirs = {name: out[name] for name in (*MONEY[1:], *WHOLE)}
                theirs |= {"npv": out["npv"][0], "extensions": each.kept.extensions[i]}
                for name in (*MONEY, *WHOLE, "extensions"):
                    most = BOUND * max(1.0, mine["flows"]) if name in MONEY else 0
                    if not abs(mine[name] - theirs[name]) <= most:
                        yield key, view, i, name, mine[name], float(theirs[name])


def test_a_second_program_agrees_on_every_path() -> None:
    for world, data, played in worlds(load("base"), PATHS, independent.AS_BUILT):
        assert {each.packed.slug for each in played} == {key[0] for key in data["going_on"]}
        assert not list(differences(world, data, played))


def test_a_second_program_learns_the_same_of_going_on() -> None:
    """The part tax takes, the burn to come and the franchise, from the same futures."""
    for world, data, played in worlds(load("base"), PATHS // 4, independent.AS_BUILT):
        alone = []
        futures = [independent.Future(world, data, i) for i in range(PATHS // 4)]
        for each in played:
            key = (each.packed.slug, *each.packed.variant)
            lived = [independent.value(world, future, key, False)["company"] for future in futures]
            share, burn = independent.learnt(lived)
            known = going_on_of(each.kept)
            np.testing.assert_allclose(share, known.tax_share, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(burn, known.burn_to_come, rtol=1e-9, atol=1e-12)
            if each.packed.family == "alone":
                alone.append(independent.opening(world, futures[0], key))
        leaf = world.leaf
        franchise = leaf["company.pre_deal_value_musd"] - leaf["company.opening_cash_musd"] - max(alone)
        assert abs(franchise - played[0].packed.rules["franchise"][0]) <= 1e-9 * abs(franchise)


def main() -> None:
    """Compare more paths, and say what each known difference moves the means by."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--paths", type=int, default=PATHS)
    parser.add_argument("--sizes", action="store_true", help="what each known difference moves the means by")
    asked = parser.parse_args()
    scenario = load("base")
    if asked.sizes:
        sizes(scenario, asked.paths)
        return
    found = 0
    for world, data, played in worlds(scenario, asked.paths, independent.AS_BUILT):
        for difference in differences(world, data, played):
            found += 1
            print(*difference)
    print(f"{asked.paths} paths, every strategy planned and as financed: {found} differences")


def means(data: dict[str, Any], keys: list[Any], as_built: set[str]) -> dict[Any, np.ndarray]:
    """Return the values as financed of every strategy, (path,)."""
    world = independent.World(data | {"as_built": as_built})
    futures = [independent.Future(world, data, i) for i in range(len(data["futures"]))]
    return {key: np.array([independent.value(world, one, key, True)["npv"] for one in futures]) for key in keys}


def sizes(scenario: Scenario, paths: int) -> None:
    """Print what following the specification in one place moves the mean as financed by, and its error."""
    every = set(independent.AS_BUILT)
    for _, data, _ in worlds(scenario, paths, every):
        keys = list(data["going_on"])
        built = means(data, keys, every)
        for name in (*sorted(every), ""):
            moved = means(data, keys, every - {name} if name else set())
            print(name or "all of them", independent.AS_BUILT.get(name, ""))
            for key in keys:
                moves = moved[key] - built[key]
                if np.abs(moves).max() > 1e-6:
                    print(f"  {key}: {moves.mean():+.3f} (error {moves.std() / len(moves) ** 0.5:.3f})")
