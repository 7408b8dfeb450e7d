"""The files of params/ besides base.yaml: sources, scenarios and deals, run settings, sanity bands."""

import datetime as dt
from typing import Annotated, Literal

from annotated_types import Ge, MinLen
from pydantic import Field

from partnering.inputs.units import Closed, Text


class Source(Closed):
    """Where a number comes from, and how much of it was read."""

    title: Text
    publisher: Text
    date: dt.date
    read: Literal["full", "excerpt", "no"]
    note: Text | None = None
    url: Text | None = None


Family = Literal["science", "market", "money", "terms", "method"]
"""What a scenario asks about: the menu of scenarios groups them so."""


class Overlay(Closed):
    """A scenario or deal file: which leaves it replaces, after those of the files it combines.

    A vintage lets its leaves be known later than the valuation date; every page then says so.
    """

    title: Text
    question: Text
    family: Family | None = None
    combines: tuple[str, ...] = ()
    vintage: dt.date | None = None
    set: dict[str, object] = Field(default_factory=dict)


class RunSettings(Closed):
    """How long to simulate: seed and paths."""

    seed: Annotated[int, Ge(0)]
    paths: Annotated[int, Ge(1)]


class Band(Closed):
    """A range the base case is expected to fall in: of which measure, and what it says."""

    measure: Text
    low: float
    high: float
    unit: Text
    label: Text


class Alternative(Closed):
    """An alternative to the deal: the strategy that stands for it, in a scenario if it needs one, or why none does."""

    considered: Text
    strategy: Text | None = None
    scenario: Text | None = None
    why_none: Text | None = None


class Version(Closed):
    """What one source says on a point."""

    says: Text
    source: Text
    known: dt.date


class Contradiction(Closed):
    """A point on which sources differ: what each says, what is used, and why."""

    point: Text
    leaf: Text | None = None  # what the base case uses
    measure: Text | None = None  # or what it makes of its inputs: a measure of bands.yaml
    versions: Annotated[tuple[Version, ...], MinLen(2)]
    handled: Text
