"""The tornado: what the range of every input does to each strategy and to the lead of signing."""

import pandas as pd

from partnering.analysis.asked import Inquiry, ends_of
from partnering.analysis.sensitivity import Paired, paired
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


def _swing(inquiry: Inquiry, leaf: Leaf, nearest: tuple[int, int]) -> list[Paired]:
    """Return, by strategy and for the lead: low less base, high less base, high less low; the lead's swing last."""
    low, high, base = ends = inquiry.ask([*({leaf.path: end} for end in ends_of(leaf)), {}], inquiry.settings.paths)
    rivals = (*nearest, inquiry.nearest)
    leads = [values[0] - values[rival] for values, rival in zip(ends, rivals, strict=True)]
    found = []
    for at_low, at_high, at_base in (*zip(low, high, base, strict=True), leads):
        found += [paired(at_low, at_base), paired(at_high, at_base), paired(at_high, at_low)]
    return found


def _rivals(inquiry: Inquiry, leaf: Leaf) -> tuple[int, int]:
    """Return the places of the nearest rivals at both ends of an input."""
    at_low, at_high = inquiry.ask([{leaf.path: end} for end in ends_of(leaf)], inquiry.settings.paths)
    return 1 + inquiry.leads.least(at_low)[0], 1 + inquiry.leads.least(at_high)[0]


def _rows(inquiry: Inquiry, leaf: Leaf) -> list[tuple]:
    settings, means, rivals = inquiry.settings, inquiry.values.mean(axis=1), _rivals(inquiry, leaf)
    swings = _swing(inquiry, leaf, rivals)
    names = [*inquiry.slugs, f"{inquiry.slugs[0]}-{inquiry.slugs[inquiry.nearest]}"]
    levels = [*means, means[0] - means[inquiry.nearest]]
    about = (leaf.path, leaf.label, settings.group_of(leaf.path), *ends_of(leaf), leaf.unit)
    nearest = [inquiry.slugs[rival] for rival in rivals]
    rows = []
    for place, (name, level) in enumerate(zip(names, levels, strict=True)):
        low, high, swing = swings[3 * place : 3 * place + 3]
        whom = nearest if place == len(names) - 1 else ("", "")
        rows.append(
            (*about, name, level + low.value, low.error, level + high.value, high.error, *swing, settings.paths, *whom)
        )
    return rows
