"""What a company would be worth if inputs were something else: the same futures, asked again.

An uncertain input is pinned: the world is so on every path, and nobody knows it. Any other input is set, as a scenario
would set it: everybody knows it, and beliefs follow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model.draws import BLOCK, Luck, draw_candidates, draw_luck, draw_market
from partnering.model.pack import Packed
from partnering.model.parties import PARTNER
from partnering.model.records import Market
from partnering.model.run import Keep, finite, pack, play, reach
from partnering.model.views import FINANCED
from partnering.results.parallel import in_order

Change = Mapping[str, Any]
"""What is different: values by path of their leaf."""

TOGETHER = 8
"""Most worlds of one job: enough to keep a process busy, few enough to share the work."""


class Job(NamedTuple):
    """Worlds that share beliefs: a scenario with inputs set, and what is pinned in each world."""

    scenario: Scenario
    pins: tuple[Change, ...]
    seed: int
    paths: int
    places: tuple[int, ...]  # among all changes


def ask(
    scenario: Scenario,
    seed: int,
    changes: Sequence[Change],
    paths: int,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> NDArray[np.float64]:
    """Return what each change makes of the values as financed after tax, shape (change, strategy, party, path).

    Parties are the company and the partner. Every change meets the same first `paths` futures of the first block.
    Workers change no byte.
    """
    jobs = _jobs(scenario, seed, changes, min(paths, BLOCK))
    found: dict[int, NDArray[np.float64]] = {}
    for job, values in zip(jobs, in_order(answer, jobs, workers if len(jobs) > 1 else 1), strict=True):
        found |= dict(zip(job.places, values, strict=True))
        progress(len(found), len(changes))
    return np.stack([found[place] for place in range(len(changes))])


def _jobs(scenario: Scenario, seed: int, changes: Sequence[Change], paths: int) -> list[Job]:
    """Return the questions by what is set, which everybody believes; those that need beliefs of their own first."""
    drawn = {leaf.path for leaf in scenario.drawn()}
    alike: dict[tuple, list[int]] = {}
    for place, change in enumerate(changes):
        known = tuple((path, value) for path, value in change.items() if path not in drawn)
        alike.setdefault(known, []).append(place)
    jobs = []
    for known, places in sorted(alike.items(), key=lambda item: not item[0]):
        believed = scenario.with_values(dict(known))
        for first in range(0, len(places), TOGETHER):
            some = tuple(places[first : first + TOGETHER])
            pins = tuple({path: value for path, value in changes[at].items() if path in drawn} for at in some)
            jobs.append(Job(believed, pins, seed, paths, some))
    return jobs


def answer(job: Job) -> NDArray[np.float64]:
    """Return the values of all the worlds of a job, shape (world, strategy, party, path). Raises NonFinite."""
    packed, keep = pack(job.scenario), Keep(views=(FINANCED,))
    luck = draw_luck(job.scenario, job.seed, 0, job.paths)
    worlds = (world_of(replace(luck, theta={**luck.theta, **pin}), packed) for pin in job.pins)
    lived = (finite(play(packed, *world, keep), job.scenario.name, 0) for world in worlds)
    return np.stack([[each.kept.out["npv"][FINANCED, :, : PARTNER + 1].T for each in played] for played in lived])


def world_of(luck: Luck, packed: Sequence[Packed]) -> tuple[NDArray, NDArray, Market]:
    """Return the futures of a draw, the candidates in them, and their capital market, for all that strategies do."""
    research, effector = reach(packed)
    return *draw_candidates(luck, research, luck.scenario["technology.new_years"] * effector), draw_market(luck)
