"""Tax on the company's yearly income, after losses carried forward: first in, first out, until they expire."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Losses:
    """Losses carried forward, nominal, oldest first, shape (year they came up, lane); the first row is the opening."""

    amount: NDArray[np.float64]

    def settle(self, income: NDArray[np.float64], lasts_years: int) -> tuple["Losses", NDArray[np.float64]]:
        """Return (losses after a year, income left to tax), given the year's income, nominal.

        A loss can be used in the `lasts_years` years after the one it came up in.
        """
        alive, taxed = self.amount[-lasts_years:], np.zeros_like(income)
        left = np.concatenate([alive, np.maximum(-income, 0.0)[None]])
        earning = np.flatnonzero(income > 0)
        used = used_of(alive[:, earning], income[earning])
        left[:-1, earning] -= used
        taxed[earning] = income[earning] - used.sum(axis=0)
        return Losses(left), taxed

    def taxed_at_the_end(self, income: NDArray[np.float64], lane: NDArray[np.int64], lasts_years: int) -> NDArray:
        """Return the income left to tax, (lane,), of companies that end in the course of a year."""
        earned = np.maximum(income[lane], 0.0)
        return earned - used_of(self.amount[-lasts_years:, lane], earned).sum(axis=0)


def used_of(losses: NDArray[np.float64], income: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what of each loss, (year, lane), an income uses up, the oldest first."""
    before = np.cumsum(losses, axis=0) - losses
    return np.clip(income - before, 0.0, losses)
