"""The tornado: what the range of every input does to each strategy and to the lead of signing."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.asked import Inquiry, ends_of
from partnering.analysis.sensitivity import paired
from partnering.analysis.what_if import Change
from partnering.inputs.analysis import ranged
from partnering.inputs.scenario import Leaf

TORNADO = [
    *("input", "label", "group", "low_input", "high_input", "unit", "strategy"),
    *("at_low", "at_low_se", "at_high", "at_high_se", "swing", "swing_se", "paths", "low_rival", "high_rival"),
]


def tornado(inquiry: Inquiry) -> pd.DataFrame:
    """Return what every input's range does to each strategy, and to the lead over the nearest rival at each end."""
    leaves, paths = ranged(inquiry.scenario), inquiry.settings.paths
    changes: list[Change] = [{leaf.path: end} for leaf in leaves for end in ends_of(leaf)]
    inquiry.ask([{}, *changes], paths, f"{len(leaves)} inputs, {paths} futures each")
    return pd.DataFrame([row for leaf in leaves for row in _rows(inquiry, leaf)], columns=TORNADO)


def _rows(inquiry: Inquiry, leaf: Leaf) -> Iterator[tuple]:
    """Yield what an input's range does to each strategy, then to the lead."""
    settings, slugs, full = inquiry.settings, inquiry.slugs, inquiry.values.mean(axis=1)
    ends = inquiry.ask([*({leaf.path: end} for end in ends_of(leaf)), {}], settings.paths)  # at low, at high, base
    rivals = [inquiry.least(ends[0])[0], inquiry.least(ends[1])[0], inquiry.nearest]
    about = (leaf.path, leaf.label, settings.group_of(leaf.path), *ends_of(leaf), leaf.unit)
    for place, slug in enumerate(slugs):
        yield *about, slug, *_moved(full[place], ends[:, place]), settings.paths, "", ""
    leads = [values[0] - values[place] for values, place in zip(ends, rivals, strict=True)]
    low, high, rival = (slugs[rival] for rival in rivals)
    moved = _moved(full[0] - full[inquiry.nearest], leads)
    yield *about, f"{slugs[0]}-{rival}", *moved, settings.paths, low, high


def _moved(level: float, at: Sequence[NDArray[np.float64]] | NDArray[np.float64]) -> tuple[float, ...]:
    """Return value and error at both ends of a range and of the swing between them; `at` is low, high, base."""
    low, high, swing = paired(at[0], at[2]), paired(at[1], at[2]), paired(at[1], at[0])
    return level + low.value, low.error, level + high.value, high.error, *swing
