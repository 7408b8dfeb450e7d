"""Which variant of each strategy stands in a run, and what the claim of products counts: both seen in its first block.

The claim is counted with own research on, on both sides, whichever variant stands.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model.draws import BLOCK
from partnering.model.pack import Packed
from partnering.model.run import Keep, pack, play_block, preferred, signs_today
from partnering.model.views import FINANCED, PLANNED
from partnering.results.parallel import in_order
from partnering.results.schema import COLUMNS, READINGS, VIEWS
from partnering.results.statistics import Estimate, ratio_of_means


class Seen(NamedTuple):
    """A variant in the first block, as planned and as financed."""

    slug: str
    values: NDArray[np.float64]  # (path,): of the company as financed
    counts: NDArray[np.int64]  # (PLANNED, FINANCED; reading, path)


def choose(
    scenario: Scenario, packed: Sequence[Packed], seed: int, paths: int, workers: int
) -> tuple[list[Packed], pd.DataFrame]:
    """Return the variant of each strategy that stands, in order, and the table of the claim."""
    shares = np.array_split(np.arange(len(packed)), min(workers, len(packed)))
    looked = in_order(partial(look, scenario, packed, seed, paths), shares, workers)
    seen, chosen = [each for some in looked for each in some], []
    for slug in dict.fromkeys(each.slug for each in packed):
        places = [place for place, each in enumerate(packed) if each.slug == slug]
        chosen.append(packed[places[preferred([seen[place].values for place in places])]])
    return chosen, tabulate_claim(scenario, packed, seen)


@lru_cache(maxsize=4)
def chosen(scenario: Scenario, seed: int, paths: int) -> list[Packed]:
    """Return the variant of each strategy that stands in a run of so many paths."""
    return choose(scenario, pack(scenario), seed, min(paths, BLOCK), 1)[0]


def look(scenario: Scenario, packed: Sequence[Packed], seed: int, paths: int, places: Sequence[int]) -> list[Seen]:
    """Return some variants in the first block. Raises NonFinite."""
    _, played = play_block(scenario, packed, seed, 0, paths, Keep(views=(PLANNED, FINANCED)), only=places)
    seen = []
    for each in played:
        out = each.kept.out
        counts = [[out[view][reading] for reading in READINGS] for view in (PLANNED, FINANCED)]
        seen.append(Seen(each.packed.slug, out[FINANCED]["npv"][:, 0].copy(), np.array(counts)))
    return seen


def tabulate_claim(scenario: Scenario, packed: Sequence[Packed], seen: Sequence[Seen]) -> pd.DataFrame:
    """Return products, signed and by the plan alone with most returning ones, by view and reading."""
    first: dict[str, Seen] = {}
    for each, what in zip(packed, seen, strict=True):
        if each.family != "give_up":
            first.setdefault(each.slug, what)  # the variant with research comes first
    signing = next(slug for slug in first if signs_today(scenario, slug))
    plans = [slug for slug in first if slug != signing]
    rows = []
    for view, planned in enumerate((PLANNED, FINANCED)):
        for reading, name in enumerate(READINGS):
            if plans:
                most = max(plans, key=lambda slug: first[slug].counts[0, 1].mean())
                signed, alone = (first[slug].counts[view, reading] for slug in (signing, most))
                ratio = ratio_of_means(signed, alone)
            else:
                most, signed, alone, ratio = (
                    "",
                    first[signing].counts[view, reading],
                    np.zeros(1),
                    Estimate(np.inf, None, None),
                )
            rows.append((VIEWS[planned], name, most, float(signed.mean()), float(alone.mean()), *ratio, len(signed)))
    return pd.DataFrame(rows, columns=COLUMNS["claim"])
