"""What a term is worth in another, and where two parties may meet: ranges and the even split, no names and no files."""

from collections.abc import Mapping
from dataclasses import dataclass

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
        return _along(self.transfer, self.company, transfer), _along(self.transfer, self.partner, transfer)

    def transfer_for(self, gain: float) -> float:
        """Return the transfer at which the company gains so much."""
        return _along(self.company, self.transfer, gain)


def _along(xs: NDArray[np.float64], ys: NDArray[np.float64], x: float) -> float:
    """Return the height at x of the line through points in rising order of x, straight on beyond both ends."""
    right = int(np.clip(np.searchsorted(xs, x), 1, len(xs) - 1))
    left = right - 1
    return float(ys[left] + (x - xs[left]) * (ys[right] - ys[left]) / (xs[right] - xs[left]))


@dataclass(frozen=True)
class Bargain:
    """Where two parties may meet, as transfers at signing over the actual terms."""

    gains: Gains
    least: float  # the transfer at which the company would as soon walk away
    most: float  # at which the partner would
    equal_split: float | None  # both gain the same; None where they cannot meet

    @property
    def actual(self) -> tuple[float, float]:
        """Return what company and partner gain at the actual terms."""
        return self.gains.at(0.0)

    @property
    def exists(self) -> bool:
        """Return whether there is a transfer that both accept."""
        return self.least <= self.most


def bargain(
    transfer: NDArray, company: NDArray, partner: NDArray, company_walk_away: float, partner_walk_away: float
) -> Bargain:
    """Return the range of a transfer at signing that both accept, and its even split, from values by transfer."""
    gains = Gains(np.asarray(transfer, dtype=float), company - company_walk_away, partner - partner_walk_away)
    least, most = _along(gains.company, gains.transfer, 0.0), _along(-gains.partner, gains.transfer, 0.0)
    split = _along(gains.company - gains.partner, gains.transfer, 0.0)
    return Bargain(gains, least, most, split if least <= most else None)
