"""What a full run is asked about its inputs: where each moves the values, and where the lead of signing turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.sensitivity import Leads, Paired, Point, Turn, brackets, close_in, paired
from partnering.inputs.analysis import Analysis, ranged
from partnering.inputs.scenario import Leaf
from partnering.results.schema import VIEW
from partnering.results.simulate import Task
from partnering.results.stored import Results
from partnering.results.what_if import Change, ask
from partnering.value.statistics import Z90, standard_error

COMPANY = 0
INNER = (1 / 3, 2 / 3)
"""Places inside a range at which the widest inputs are asked too: a lead may turn twice."""


@dataclass
class Inquiry:
    """A full run with the model behind it, and every answer so far."""

    task: Task
    run: Results
    settings: Analysis
    workers: int = 1
    say: Callable[[str], None] = lambda text: None
    _known: dict[tuple, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def slugs(self) -> list[str]:
        """The strategies, the one that signs first."""
        return [strategy.slug for strategy in self.task.strategies]

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The company's value in the full run, shape (strategy, path)."""
        return np.stack([self.run.paths[f"npv.{VIEW}.{slug}.company"] for slug in self.slugs])

    @cached_property
    def leads(self) -> Leads:
        """The lead of the strategy that signs, in the full run and on the first futures."""
        gaps = self.values[0] - self.values[1:]
        errors = np.array([standard_error(gap) for gap in gaps])
        return Leads(gaps.mean(axis=1), errors, gaps)

    @cached_property
    def alone(self) -> int:
        """The place of the best alternative among the strategies."""
        return 1 + int(np.argmax(self.values[1:].mean(axis=1)))

    def ask(self, changes: Sequence[Change], paths: int, what: str = "") -> NDArray[np.float64]:
        """Return values, shape (change, strategy, path), on the first futures; what was asked before is not again."""
        keys = [(paths, *sorted(change.items())) for change in changes]
        new = {key: change for key, change in zip(keys, changes, strict=True) if key not in self._known}
        if new:
            answers = ask(self.task, list(new.values()), paths, self.workers, self._progress(what))
            self._known |= dict(zip(new, answers[:, :, COMPANY], strict=True))
        return np.stack([self._known[key] for key in keys])

    def _progress(self, what: str) -> Callable[[int, int], None]:
        return lambda done, of: self.say(f"{what}: {done} of {of}") if what else None

    def points(self, asked: Sequence[tuple[Leaf, float]], paths: int, what: str = "") -> list[Point]:
        """Return the least lead at values of inputs."""
        answers = self.ask([{leaf.path: at} for leaf, at in asked], paths, what)
        found = [self.leads.least(values) for values in answers]
        return [Point(at, lead, rival + 1) for (_, at), (rival, lead) in zip(asked, found, strict=True)]


def tornado(inquiry: Inquiry) -> pd.DataFrame:
    """Return what the range of every input does to each strategy and to the lead over the best alternative.

    Every input first in few futures; those with the widest swing of the lead then in more.
    """
    settings, leaves = inquiry.settings, ranged(inquiry.task.scenario)
    swings = {leaf.path: _swing(inquiry, leaf, settings.paths) for leaf in _asked(inquiry, leaves, settings.paths)}
    widest = sorted(leaves, key=lambda leaf: -_reach(swings[leaf.path][-1]))[: settings.widest]
    for leaf in _asked(inquiry, widest, settings.widest_paths):
        swings[leaf.path] = _swing(inquiry, leaf, settings.widest_paths)
    rows = [row for leaf in leaves for row in _rows(inquiry, leaf, swings[leaf.path], leaf in widest)]
    return pd.DataFrame(rows, columns=TORNADO)


TORNADO = [
    *("input", "label", "group", "how", "low_input", "high_input", "unit", "strategy"),
    *("at_low", "at_low_se", "at_high", "at_high_se", "swing", "swing_se", "paths"),
]


def _asked(inquiry: Inquiry, leaves: Sequence[Leaf], paths: int) -> Sequence[Leaf]:
    """Return the leaves, both ends of all of them asked."""
    changes: list[Change] = [{leaf.path: end} for leaf in leaves for end in _ends(leaf)]
    inquiry.ask([{}, *changes], paths, f"{len(leaves)} inputs, {paths} futures each")
    return leaves


def _reach(swing: Paired) -> float:
    """Return how wide a swing may be, its error included: what is not known well is asked again too."""
    return abs(swing.value) + Z90 * swing.error


def _ends(leaf: Leaf) -> tuple[float, float]:
    assert leaf.low is not None and leaf.high is not None, "only inputs with a range are asked"
    return leaf.low, leaf.high


Swing = tuple[tuple[Paired, ...], tuple[Paired, ...], Paired]


def _swing(inquiry: Inquiry, leaf: Leaf, paths: int) -> list[Paired]:
    """Return, by strategy and for the lead: low less base, high less base, high less low; the lead's swing last."""
    low, high, base = inquiry.ask([*({leaf.path: end} for end in _ends(leaf)), {}], paths)
    found = []
    for of in (*np.eye(len(base)), _contrast(inquiry)):
        at_low, at_high, at_base = ((of[:, None] * values).sum(axis=0) for values in (low, high, base))
        found += [paired(at_low, at_base), paired(at_high, at_base), paired(at_high, at_low)]
    return found


def _contrast(inquiry: Inquiry) -> NDArray[np.float64]:
    """Return the weights of the lead over the best alternative, by strategy."""
    weights = np.zeros(len(inquiry.slugs))
    weights[0], weights[inquiry.alone] = 1.0, -1.0
    return weights


def _rows(inquiry: Inquiry, leaf: Leaf, swings: list[Paired], widest: bool) -> list[tuple]:
    settings, means = inquiry.settings, inquiry.values.mean(axis=1)
    names = [*inquiry.slugs, f"{inquiry.slugs[0]}-{inquiry.slugs[inquiry.alone]}"]
    levels = [*means, means[0] - means[inquiry.alone]]
    how = "pinned" if leaf.drawn else "set"
    paths = settings.widest_paths if widest else settings.paths
    about = (leaf.path, leaf.label, settings.group_of(leaf.path), how, *_ends(leaf), leaf.unit)
    rows = []
    for place, (name, level) in enumerate(zip(names, levels, strict=True)):
        low, high, swing = swings[3 * place : 3 * place + 3]
        rows.append((*about, name, level + low.value, low.error, level + high.value, high.error, *swing, paths))
    return rows


BREAKEVEN = [
    *("input", "label", "unit", "low_input", "high_input", "verdict"),
    *("value", "value_low", "value_high", "rival", "least_lead", "least_lead_low", "least_lead_high", "least_at"),
]


def break_even(inquiry: Inquiry, table: pd.DataFrame) -> pd.DataFrame:
    """Return, for every input with a range, where inside it signing stops leading, or that it cannot.

    The lead is the least over all alternatives. Inputs with the widest swing are asked inside their range too.
    """
    settings, leaves = inquiry.settings, ranged(inquiry.task.scenario)
    deep = set(table.loc[table["paths"] == settings.widest_paths, "input"]) if settings.widest else set()
    inner = [(leaf, _between(leaf, part)) for leaf in leaves if leaf.path in deep for part in INNER]
    ends = [(leaf, end) for leaf in leaves for end in _ends(leaf)]
    asked = {False: [a for a in ends if a[0].path not in deep], True: [a for a in ends if a[0].path in deep]}
    points: dict[str, list[Point]] = {leaf.path: [] for leaf in leaves}
    plan = [
        (asked[False], settings.paths, ""),
        (asked[True], settings.widest_paths, ""),
        (inner, settings.paths, "inside the widest ranges"),
    ]
    for some, paths, what in plan:
        for (leaf, _), point in zip(some, inquiry.points(some, paths, what) if some else [], strict=True):
            points[leaf.path].append(point)
    return pd.DataFrame(_turns(inquiry, leaves, points), columns=BREAKEVEN)


def _between(leaf: Leaf, part: float) -> float:
    low, high = _ends(leaf)
    return low + part * (high - low)


def _turns(inquiry: Inquiry, leaves: Sequence[Leaf], points: dict[str, list[Point]]) -> list[tuple]:
    """Return the rows of the break-even table; brackets of all inputs are halved together."""
    open_ones = [(leaf, pair) for leaf in leaves for pair in brackets(points[leaf.path])]
    owners = [leaf for leaf, _ in open_ones]

    def look(middles: list[float]) -> list[Point]:
        return inquiry.points(list(zip(owners, middles, strict=True)), inquiry.settings.widest_paths)

    turns = close_in([pair for _, pair in open_ones], look)
    found: dict[str, list[Turn]] = {}
    for leaf, turn in zip(owners, turns, strict=True):
        found.setdefault(leaf.path, []).append(turn)
    return [row for leaf in leaves for row in _verdicts(inquiry, leaf, points[leaf.path], found.get(leaf.path, []))]


def _verdicts(inquiry: Inquiry, leaf: Leaf, points: list[Point], turns: list[Turn]) -> list[tuple]:
    least = min(points, key=lambda point: point.lead.value)
    about = (leaf.path, leaf.label, leaf.unit, *_ends(leaf))
    ends = (least.lead.value, *least.lead.limits, least.at)
    if not turns:
        verdict = "cannot flip it" if least.lead.value >= 0 else "behind throughout"
        return [(*about, verdict, None, None, None, inquiry.slugs[least.rival], *ends)]
    verdict = "flips it" if len(turns) == 1 else f"flips it {len(turns)} times"
    return [(*about, verdict, t.at, t.low, t.high, inquiry.slugs[t.rival], *ends) for t in turns]
