"""Break-even: where an input turns the lead of signing, or that it cannot."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd

from partnering.analysis.asked import Inquiry, ends_of
from partnering.analysis.sensitivity import Point, Turn, brackets, close_in
from partnering.inputs.analysis import ranged
from partnering.inputs.scenario import Leaf

INSIDE = (1 / 3, 2 / 3)
"""Places inside a range at which inputs that come near to turning the lead are asked too: it may turn twice."""

BREAKEVEN = [
    *("input", "label", "unit", "low_input", "high_input", "verdict"),
    *("value", "value_low", "value_high", "rival", "least_lead", "least_lead_low", "least_lead_high", "least_at"),
    "beyond",
]
BEYOND = "flips it beyond its range"
"""Said of an input that turns the lead at a value which a scenario has and its range has not."""


def break_even(inquiry: Inquiry, leaves: Sequence[Leaf] | None = None) -> pd.DataFrame:
    """Return, for inputs (all that have a range), where signing stops leading, or that it does not: a row a turn.

    The lead is the least over all alternatives. Asked are both ends of the range and every value that a scenario of one
    input sets; inputs that leave least of the lead are asked inside their range too. `value` and `least_at` lie in the
    range; `beyond` is where an input turns the lead on the way to such a value outside of it.
    """
    leaves, also = ranged(inquiry.scenario) if leaves is None else leaves, inquiry.settings.set_alone
    places = [(leaf, at) for leaf in leaves for at in dict.fromkeys([*ends_of(leaf), *also.get(leaf.path, ())])]
    points = _ask(inquiry, places)
    near = sorted(leaves, key=lambda leaf: _least(leaf, points[leaf.path]).lead.value)[: inquiry.settings.inside]
    inside = _ask(inquiry, [(leaf, _between(leaf, part)) for leaf in near for part in INSIDE], "inside the ranges")
    points = {path: found + inside.get(path, []) for path, found in points.items()}
    return pd.DataFrame(_turns(inquiry, leaves, points), columns=BREAKEVEN)


def _ask(inquiry: Inquiry, places: Sequence[tuple[Leaf, float]], what: str = "") -> dict[str, list[Point]]:
    """Return the least leads at values of inputs, by input."""
    found = zip(places, inquiry.points(places, inquiry.settings.paths, what), strict=True)
    by_input = groupby(found, key=lambda each: each[0][0].path)
    return {path: [point for _, point in of_input] for path, of_input in by_input}


def _least(leaf: Leaf, points: list[Point]) -> Point:
    """Return the point of an input's range that leaves least of the lead."""
    low, high = ends_of(leaf)
    return min((point for point in points if low <= point.at <= high), key=lambda point: point.lead.value)


def _between(leaf: Leaf, part: float) -> float:
    low, high = ends_of(leaf)
    return low + part * (high - low)


def _turns(inquiry: Inquiry, leaves: Sequence[Leaf], points: dict[str, list[Point]]) -> list[tuple]:
    """Return the rows of the break-even table; brackets of all inputs are halved together."""
    open_ones = [(leaf, pair) for leaf in leaves for pair in brackets(points[leaf.path])]
    owners = [leaf for leaf, _ in open_ones]

    def look(middles: list[float]) -> list[Point]:
        """Return the leads at the middles of the brackets that are open."""
        return inquiry.points(list(zip(owners, middles, strict=True)), inquiry.settings.paths)

    turns = list(zip(owners, close_in([pair for _, pair in open_ones], look), strict=True))
    rows = []
    for leaf in leaves:
        mine = [turn for owner, turn in turns if owner.path == leaf.path]
        rows += _verdicts(inquiry, leaf, points[leaf.path], mine)
    return rows


def _verdicts(inquiry: Inquiry, leaf: Leaf, points: list[Point], turns: list[Turn]) -> list[tuple]:
    low, high = ends_of(leaf)
    least = _least(leaf, points)
    within = [turn for turn in turns if low <= turn.at <= high]
    beyond = next((turn.at for turn in turns if turn not in within), None)
    about, ends = (
        (leaf.path, leaf.label, leaf.unit, low, high),
        (least.lead.value, *least.lead.limits, least.at, beyond),
    )
    if not within:
        verdict = "cannot flip it" if least.lead.value >= 0 else "behind throughout"
        verdict = verdict if beyond is None else BEYOND
        return [(*about, verdict, None, None, None, inquiry.slugs[least.rival], *ends)]
    verdict = "flips it" if len(within) == 1 else f"flips it {len(within)} times"
    return [(*about, verdict, turn.at, turn.low, turn.high, inquiry.slugs[turn.rival], *ends) for turn in within]
