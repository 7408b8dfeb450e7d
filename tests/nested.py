"""Nested simulation: futures lived through again and again under each draw of the inputs, beside what one run tells.

`python tests/nested.py --inputs 64 --futures 2048` prints, over both rivals, the standard deviation of the expected
lead found either way, each with its standard error.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from helpers import SEED, load
from numpy.typing import NDArray

from partnering.inputs import Scenario
from partnering.model.draws import BLOCK, draw_candidates, draw_luck
from partnering.model.futures import draw_market
from partnering.model.pack import Packed
from partnering.model.parties import COMPANY
from partnering.model.run import Keep, finite, play, reach
from partnering.model.views import FINANCED
from partnering.results.ignorance import tell_apart
from partnering.results.statistics import Z90
from partnering.results.variants import chosen

ELSEWHERE = 1_000
"""The first block of nested futures: none of those the run is made of."""


class Split(NamedTuple):
    """The standard deviation of the expected lead over a rival, found both ways, and their standard errors."""

    rival: str
    nested: float
    given: float
    errors: tuple[float, float]


def nested(inputs: int, futures: int, paths: int) -> Iterator[Split]:
    """Yield what so many draws of the inputs, each lived through so often, and a run of so many paths say."""
    scenario = load()
    packed = chosen(scenario, SEED, BLOCK)
    sizes = [min(BLOCK, paths - first) for first in range(0, paths, BLOCK)]
    lived = [live(scenario, packed, block, np.arange(size)) for block, size in enumerate(sizes)]
    values = np.concatenate([npv for npv, _ in lived], axis=1)
    drawn = {path: np.concatenate([theta[path] for _, theta in lived]) for path in lived[0][1]}
    means, places = values.mean(axis=1), range(len(packed))
    rivals = [
        max((at for at in places if packed[at].family == family), key=means.__getitem__)
        for family in ("alone", "give_up")
    ]
    told = tell_apart(values[0] - values[rivals], drawn)
    groups = np.concatenate([*live_often(scenario, [packed[at] for at in (0, *rivals)], inputs, futures)], axis=1)
    for place, (at, rows) in enumerate(zip(rivals, told, strict=True), start=1):
        (given,) = (estimate for name, estimate, _ in rows if name == "lead_sd_inputs")
        error = ((given.high or 0.0) - given.value) / Z90
        spread, spread_error = spread_of_means(groups[0] - groups[place])
        yield Split(packed[at].slug, spread, given.value, (spread_error, error))


def live_often(
    scenario: Scenario, packed: Sequence[Packed], inputs: int, futures: int
) -> Iterator[NDArray[np.float64]]:
    """Yield values (strategy, draw of the inputs, future), as many draws at once as a block has room for."""
    at_once = max(BLOCK // futures, 1)
    for number, first in enumerate(range(0, inputs, at_once)):
        some = min(at_once, inputs - first)
        values, _ = live(scenario, packed, ELSEWHERE + number, np.repeat(np.arange(some), futures))
        yield values.reshape(len(packed), some, futures)


def live(
    scenario: Scenario, packed: Sequence[Packed], block: int, which: NDArray[np.int64]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return the company's values as financed, (strategy, path), and the inputs: those of a block's paths `which`."""
    luck = draw_luck(scenario, SEED, block, len(which))
    drawn = {leaf.path: luck.theta[leaf.path][which] for leaf in scenario.drawn()}
    luck = replace(luck, theta=luck.theta | drawn)
    world = *draw_candidates(luck, *reach(packed)), draw_market(luck)
    played = finite(play(packed, *world, Keep(views=(FINANCED,))), scenario.name, block)
    return np.array([each.kept.out["npv"][FINANCED, :, COMPANY].copy() for each in played]), drawn


def spread_of_means(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the standard deviation of the means of groups (group, member), less what chance adds, and its error."""

    def spread(some: NDArray[np.float64]) -> float:
        return float(np.sqrt(max(some.mean(axis=1).var(ddof=1) - some.var(axis=1, ddof=1).mean() / some.shape[1], 0)))

    count = len(values)
    without = np.array([spread(np.delete(values, out, axis=0)) for out in range(count)])
    return spread(values), float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))


def main() -> None:
    """Print what nested futures and one run say."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("inputs", 64), ("futures", 256), ("paths", 20_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for split in nested(**vars(parser.parse_args())):
        pairs = zip((split.nested, split.given), split.errors, strict=True)
        told = ", ".join(
            f"{how} {value:.1f} ± {error:.1f}" for how, (value, error) in zip(("nested", "one run"), pairs, strict=True)
        )
        print(f"over {split.rival}: {told} $ million")


if __name__ == "__main__":
    main()
