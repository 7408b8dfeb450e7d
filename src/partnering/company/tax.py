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
        alive = self.amount[-lasts_years:]
        before = np.cumsum(alive, axis=0) - alive
        used = np.clip(income - before, 0.0, alive)
        taxed = np.maximum(income, 0.0) - used.sum(axis=0)
        return Losses(np.concatenate([alive - used, np.maximum(-income, 0.0)[None]])), taxed
