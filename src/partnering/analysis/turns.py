"""Break-even: where inside its range an input turns the lead of signing, or that it cannot."""

from collections.abc import Sequence

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
]


def break_even(inquiry: Inquiry) -> pd.DataFrame:
    """Return, for every input with a range, where inside it signing stops leading, or that it cannot.

    The lead is the least over all alternatives. Inputs that leave least of it at an end are
    asked inside their range too.
    """
    leaves = ranged(inquiry.scenario)
    points: dict[str, list[Point]] = {leaf.path: [] for leaf in leaves}
    _add(inquiry, points, [(leaf, end) for leaf in leaves for end in ends_of(leaf)])
    least = {leaf: min(point.lead.value for point in points[leaf.path]) for leaf in leaves}
    near = sorted(leaves, key=least.__getitem__)[: inquiry.settings.inside]
    _add(inquiry, points, [(leaf, _between(leaf, part)) for leaf in near for part in INSIDE], "inside the ranges")
    return pd.DataFrame(_turns(inquiry, leaves, points), columns=BREAKEVEN)


def break_even_of(inquiry: Inquiry, leaf: Leaf) -> pd.DataFrame:
    """Return where inside a range one input turns the lead, or that it cannot: asked at four places first."""
    points: dict[str, list[Point]] = {leaf.path: []}
    places = [(leaf, end) for end in ends_of(leaf)] + [(leaf, _between(leaf, part)) for part in INSIDE]
    _add(inquiry, points, places, leaf.path)
    return pd.DataFrame(_turns(inquiry, [leaf], points), columns=BREAKEVEN)


def _add(inquiry: Inquiry, points: dict[str, list[Point]], some: Sequence[tuple[Leaf, float]], what: str = "") -> None:
    """Ask for the lead at values of inputs and add what is found."""
    asked = inquiry.points(some, inquiry.settings.paths, what) if some else []
    for (leaf, _), point in zip(some, asked, strict=True):
        points[leaf.path].append(point)


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

    turns = close_in([pair for _, pair in open_ones], look)
    found: dict[str, list[Turn]] = {}
    for leaf, turn in zip(owners, turns, strict=True):
        found.setdefault(leaf.path, []).append(turn)
    return [row for leaf in leaves for row in _verdicts(inquiry, leaf, points[leaf.path], found.get(leaf.path, []))]


def _verdicts(inquiry: Inquiry, leaf: Leaf, points: list[Point], turns: list[Turn]) -> list[tuple]:
    least = min(points, key=lambda point: point.lead.value)
    about = (leaf.path, leaf.label, leaf.unit, *ends_of(leaf))
    ends = (least.lead.value, *least.lead.limits, least.at)
    if not turns:
        verdict = "cannot flip it" if least.lead.value >= 0 else "behind throughout"
        return [(*about, verdict, None, None, None, inquiry.slugs[least.rival], *ends)]
    verdict = "flips it" if len(turns) == 1 else f"flips it {len(turns)} times"
    return [(*about, verdict, t.at, t.low, t.high, inquiry.slugs[t.rival], *ends) for t in turns]
