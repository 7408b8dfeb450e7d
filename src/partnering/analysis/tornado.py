"""The tornado: what the range of every input does to each strategy and to the lead of signing."""

from collections.abc import Sequence

import pandas as pd

from partnering.analysis.asked import Inquiry, ends_of
from partnering.analysis.sensitivity import Paired, paired
from partnering.analysis.what_if import Change
from partnering.inputs.analysis import ranged
from partnering.inputs.scenario import Leaf
from partnering.results.statistics import Z90

TORNADO = [
    *("input", "label", "group", "low_input", "high_input", "unit", "strategy"),
    *("at_low", "at_low_se", "at_high", "at_high_se", "swing", "swing_se", "paths", "low_rival", "high_rival"),
]


def tornado(inquiry: Inquiry) -> pd.DataFrame:
    """Return what the range of every input does to each strategy, and to the lead over the nearest rival at each end.

    Uncertain inputs are asked in few futures first, those with the widest swing of the lead then in more; those that a
    run takes as fixed in more at once, since making beliefs anew costs more than the futures.
    """
    settings, leaves = inquiry.settings, ranged(inquiry.scenario)
    fixed, uncertain = ([leaf for leaf in leaves if leaf.drawn == drawn] for drawn in (False, True))
    swings = _swings(inquiry, fixed, settings.widest_paths) | _swings(inquiry, uncertain, settings.paths)
    widest = sorted(uncertain, key=lambda leaf: -_reach(swings[leaf.path][-1]))[: settings.widest]
    swings |= _swings(inquiry, widest, settings.widest_paths)
    more = {leaf.path for leaf in (*fixed, *widest)}
    rows = [row for leaf in leaves for row in _rows(inquiry, leaf, swings[leaf.path], leaf.path in more)]
    return pd.DataFrame(rows, columns=TORNADO)


def _swings(inquiry: Inquiry, leaves: Sequence[Leaf], paths: int) -> dict[str, list[Paired]]:
    """Return what both ends of inputs do, all of them asked at once, by path of the input."""
    changes: list[Change] = [{leaf.path: end} for leaf in leaves for end in ends_of(leaf)]
    inquiry.ask([{}, *changes], paths, f"{len(leaves)} inputs, {paths} futures each")
    return {leaf.path: _swing(inquiry, leaf, paths) for leaf in leaves}


def _reach(swing: Paired) -> float:
    """Return how wide a swing may be, its error included: what is not known well is asked again too."""
    return abs(swing.value) + Z90 * swing.error


def _swing(inquiry: Inquiry, leaf: Leaf, paths: int) -> list[Paired]:
    """Return, by strategy and for the lead: low less base, high less base, high less low; the lead's swing last."""
    low, high, base = ends = inquiry.ask([*({leaf.path: end} for end in ends_of(leaf)), {}], paths)
    rivals = (*_rivals(inquiry, leaf, paths), inquiry.nearest)
    leads = [values[0] - values[rival] for values, rival in zip(ends, rivals, strict=True)]
    found = []
    for at_low, at_high, at_base in (*zip(low, high, base, strict=True), leads):
        found += [paired(at_low, at_base), paired(at_high, at_base), paired(at_high, at_low)]
    return found


def _rivals(inquiry: Inquiry, leaf: Leaf, paths: int) -> tuple[int, int]:
    """Return the places of the nearest rivals at both ends of an input."""
    at_low, at_high = inquiry.ask([{leaf.path: end} for end in ends_of(leaf)], paths)
    return 1 + inquiry.leads.least(at_low)[0], 1 + inquiry.leads.least(at_high)[0]


def _rows(inquiry: Inquiry, leaf: Leaf, swings: list[Paired], more: bool) -> list[tuple]:
    settings, means = inquiry.settings, inquiry.values.mean(axis=1)
    names = [*inquiry.slugs, f"{inquiry.slugs[0]}-{inquiry.slugs[inquiry.nearest]}"]
    levels = [*means, means[0] - means[inquiry.nearest]]
    paths = settings.widest_paths if more else settings.paths
    about = (leaf.path, leaf.label, settings.group_of(leaf.path), *ends_of(leaf), leaf.unit)
    nearest = [inquiry.slugs[rival] for rival in _rivals(inquiry, leaf, paths)]
    rows = []
    for place, (name, level) in enumerate(zip(names, levels, strict=True)):
        low, high, swing = swings[3 * place : 3 * place + 3]
        whom = nearest if place == len(names) - 1 else ("", "")
        rows.append((*about, name, level + low.value, low.error, level + high.value, high.error, *swing, paths, *whom))
    return rows
