"""What management expects of a candidate's stages besides their worth: cost, length, how sales run on.

Part of the belief table: averages over all that is not known, so that no decision about money reads a draw of an
input, a later cost or a later date.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Outlook:
    """Expectations by kind of candidate and stage, if the company runs it; the market stage is the launch."""

    cost_musd: NDArray[np.float64]  # (kind, stage)
    quarters: NDArray[np.int64]  # (kind, stage), at least one
    run_on: NDArray[
        np.float64
    ]  # (own sale, licence or deal; quarter since launch): worth of the rest over the quarter before
    lead_worth: NDArray[np.float64]  # (chain,): of a nominated lead to the company
    licence_worth: float  # of a new licence of the technology to the company, at its signing
    licences_a_year: float
    research_cost_share: float
    kept_in_sale: float  # share of its worth that a candidate brings when it has to be sold
