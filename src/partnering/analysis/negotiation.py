"""What a term is worth in another, and where two parties may meet: ranges, splits, no names and no files."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Units = Mapping[str, float]
"""What one unit of each term is worth to a party: negative where it pays."""


def worth_in(units: Units, money: str) -> dict[str, float]:
    """Return, by term, how many units of one term, `money`, are worth one of it to a party; none where it has none."""
    return {term: unit / units[money] for term, unit in units.items() if unit} if units.get(money) else {}


def trading_gaps(company: Units, partner: Units, money: str) -> dict[str, float]:
    """Return what a term is worth to the company over what it costs the partner, both in units of one term, `money`.

    Above one both gain where the partner gives more of the term for less of that money, below one the other way round.
    """
    ours, theirs = worth_in(company, money), worth_in(partner, money)
    return {term: ours[term] / theirs[term] for term in ours if term in theirs}


@dataclass(frozen=True)
class Gains:
    """What both gain over walking away by a transfer from the partner to the company at signing: straight in between.

    The company's rises with the transfer and the partner's falls. Beyond the table both run on as at its ends.
    """

    transfer: NDArray[np.float64]
    company: NDArray[np.float64]
    partner: NDArray[np.float64]

    def __post_init__(self) -> None:
        rises = [np.diff(self.transfer), np.diff(self.company), -np.diff(self.partner)]
        if len(self.transfer) < 2 or min(rise.min() for rise in rises) <= 0:
            raise ValueError("gains need transfers in order, a company that gains by them and a partner that loses")

    def at(self, transfer: float) -> tuple[float, float]:
        """Return what company and partner gain at a transfer."""
        wide = self.extended()
        company, partner = (float(np.interp(transfer, wide.transfer, side)) for side in (wide.company, wide.partner))
        return company, partner

    def extended(self) -> "Gains":
        """Return the table with a point beyond either end: between them lie nothing and both walk-aways."""
        sides = np.array([self.transfer, self.company, self.partner])
        ends = []
        for near, beside in ((0, 1), (-1, -2)):
            slope = (sides[:, near] - sides[:, beside]) / abs(sides[0, near] - sides[0, beside])
            reach = np.abs(sides[:, near] / slope).sum() + abs(slope[0])
            ends.append(sides[:, near] + slope * reach)
        return Gains(*np.column_stack([ends[0], sides, ends[1]]))


@dataclass(frozen=True)
class Bargain:
    """Where two parties may meet, as transfers at signing over the actual terms; None where they cannot."""

    gains: Gains
    least: float  # the transfer at which the company would as soon walk away
    most: float  # at which the partner would
    equal_split: float | None  # both gain the same
    nash: float | None  # the product of both gains is largest

    @property
    def actual(self) -> tuple[float, float]:
        """Return what company and partner gain at the actual terms."""
        return self.gains.at(0.0)

    @property
    def exists(self) -> bool:
        """Return whether there is a transfer that both accept."""
        return self.least <= self.most

    @property
    def accepted(self) -> bool:
        """Return whether both accept the actual terms."""
        return min(self.actual) >= 0


def bargain(
    transfer: NDArray, company: NDArray, partner: NDArray, company_walk_away: float, partner_walk_away: float
) -> Bargain:
    """Return the range of a transfer at signing that both accept, and the points in it, from values by transfer.

    Where a dollar paid is worth as much to the one as it costs the other, equal split and Nash are one point.
    """
    gains = Gains(np.asarray(transfer, dtype=float), company - company_walk_away, partner - partner_walk_away)
    wide = gains.extended()
    least = float(np.interp(0.0, wide.company, wide.transfer))
    most = float(np.interp(0.0, -wide.partner, wide.transfer))
    split = nash = None
    if least <= most:
        split = float(np.interp(0.0, wide.company - wide.partner, wide.transfer))
        nash = _nash(gains, wide.transfer, least, most)
    return Bargain(gains, least, most, split, nash)


def _nash(gains: Gains, knots: NDArray[np.float64], least: float, most: float) -> float:
    """Return the transfer with the largest product of gains: between two knots a parabola, exactly."""
    edges = np.array([least, *knots[(knots > least) & (knots < most)], most])
    tried = list(edges)
    for low, high in pairwise(edges):
        (a, c), (b, d) = gains.at(low), gains.at(high)
        rise, fall = b - a, d - c
        part = -(a * fall + c * rise) / (2 * rise * fall) if rise and fall else 0.0
        tried.append(low + (high - low) * float(np.clip(part, 0.0, 1.0)))
    return float(max(tried, key=lambda transfer: np.prod(gains.at(transfer))))
