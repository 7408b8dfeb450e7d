"""The tornado: what the range of every input does to each strategy and to the lead of signing."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.asked import Inquiry, ends_of
from partnering.analysis.sensitivity import paired
from partnering.inputs.analysis import ranged
from partnering.inputs.scenario import Leaf
from partnering.results.statistics import standard_error

TORNADO = [
    *("input", "label", "group", "low_input", "high_input", "unit", "strategy"),
    *("at_low", "at_low_se", "at_high", "at_high_se", "swing", "swing_se", "paths", "low_rival", "high_rival"),
]


def tornado(inquiry: Inquiry) -> pd.DataFrame:
    """Return what every input's range does to each strategy, and to the lead over the nearest rival at each end."""
    leaves, paths = ranged(inquiry.scenario), inquiry.settings.paths
    inquiry.ask([{}, *({leaf.path: end} for leaf in leaves for end in ends_of(leaf))], paths, f"{len(leaves)} inputs")
    return pd.DataFrame([row for leaf in leaves for row in _rows(inquiry, leaf)], columns=TORNADO)


def _rows(inquiry: Inquiry, leaf: Leaf) -> Iterator[tuple]:
    """Yield what an input's range does to each strategy, then to the lead."""
    settings, slugs, full = inquiry.settings, inquiry.slugs, inquiry.values.mean(axis=1)
    *ends, base = inquiry.ask([*({leaf.path: end} for end in ends_of(leaf)), {}], settings.paths)
    rivals = [inquiry.least(values)[0] for values in ends]
    about = (leaf.path, leaf.label, settings.group_of(leaf.path), *ends_of(leaf), leaf.unit)
    for place, slug in enumerate(slugs):
        moved = [values[place] - base[place] for values in ends]
        yield *about, slug, *_ends([full[place]] * 2, moved), settings.paths, "", ""
    moved = [at[0] - base[0] - (at[rival] - base[rival]) for at, rival in zip(ends, rivals, strict=True)]
    lead, levels = f"{slugs[0]}-{slugs[inquiry.nearest]}", [full[0] - full[rival] for rival in rivals]
    yield *about, lead, *_ends(levels, moved), settings.paths, *(slugs[rival] for rival in rivals)


def _ends(levels: Sequence[float], moved: Sequence[NDArray[np.float64]]) -> tuple[float, ...]:
    """Return value and error at both ends and of the swing between them: levels of the full run, and what has moved."""
    at_low, at_high = (level + float(more.mean()) for level, more in zip(levels, moved, strict=True))
    return at_low, standard_error(moved[0]), at_high, standard_error(moved[1]), at_high - at_low, paired(*moved).error
