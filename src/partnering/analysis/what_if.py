"""What a company would be worth if inputs were something else: the same futures, asked again.

Inputs are set, as a scenario would set them: the world is so on every path, everybody knows it, and beliefs follow.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model.draws import BLOCK
from partnering.model.parties import PARTNER
from partnering.model.run import Keep, Known, learn_going_on, pack, play_block, preferred
from partnering.model.views import FINANCED
from partnering.results.parallel import in_order

Change = Mapping[str, Any]
"""What is different: values by path of their leaf."""

OURS, THEIRS = "cost.company.", "cost.partner."
"""Costs of the company and of a large firm, which are the same multiple of their values on every path."""


def ask(
    scenario: Scenario,
    seed: int,
    changes: Sequence[Change],
    paths: int,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> NDArray[np.float64]:
    """Return what each change makes of the values as financed after tax, shape (change, strategy, party, path).

    Parties are the company and the partner. Every change meets the same first `paths` futures of the first block; of
    each strategy the better variant there stands. Workers change no byte. Raises NonFinite.
    """
    call = partial(answer, scenario, known_of(scenario), seed, min(paths, BLOCK))
    found = []
    for values in in_order(call, changes, workers if len(changes) > 1 else 1):
        found.append(values)
        progress(len(found), len(changes))
    return np.stack(found)


@lru_cache(maxsize=4)
def known_of(scenario: Scenario) -> Known:
    """Return what the market knows of going on in a scenario; what is asked of it leaves that as it is."""
    return learn_going_on(scenario, pack(scenario, {}))


def answer(scenario: Scenario, known: Known, seed: int, paths: int, change: Change) -> NDArray[np.float64]:
    """Return the values where some inputs are set, shape (strategy, party, path). Raises NonFinite."""
    asked = scenario.with_values(carried(scenario, change))
    packed = pack(asked, known)
    _, played = play_block(asked, packed, seed, 0, paths, Keep(views=(FINANCED,)))
    values: dict[str, list[NDArray[np.float64]]] = {}
    for each in played:
        values.setdefault(each.packed.slug, []).append(each.kept.out["npv"][FINANCED, :, : PARTNER + 1].T.copy())
    return np.stack([variants[preferred([of[0] for of in variants])] for variants in values.values()])


def carried(scenario: Scenario, change: Change) -> Change:
    """Return a change with what moves with it: trials that turn out dear for the company are dear for a large firm."""
    costs = {}
    for path, value in change.items():
        theirs = path.replace(OURS, THEIRS)
        if path.startswith(OURS) and scenario.leaves[path].drawn and theirs not in change:
            costs[theirs] = scenario[theirs] * value / scenario[path]
    return {**change, **costs}
