"""Gates: whoever pays goes on only where the belief table says it pays.

The table is made beforehand from the closed form averaged over what is not known. A decision reads the table, the
stage and quarter it stands at, and the place of the forecast among all forecasts once a good Phase 2 has shown it:
no input draw, no luck, nothing that comes later.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from partnering.course.outlook import Outlook
from partnering.inputs.scenario import Scenario
from partnering.world.candidates import Candidates, Origin, Stage


class Chain(IntEnum):
    """Who runs a candidate on from a stage, as far as a belief about it differs."""

    PARTNER = 0  # the partner
    OWN = 1  # the company, to the market
    LICENSE = 2  # the company, until a licensee is sought
    BEST = 3  # the company, until it chooses between going on and a licence
    ALONE = 4  # the company, after no licensee was found
    LICENSED = 5  # a licensee
    TECHNOLOGY = 6  # a licensee of the technology alone
    OPTION = 7  # the company, until the partner may take it


@dataclass(frozen=True)
class Beliefs:
    """What a stage and an option are worth, on average over all that is not known; arrays (..., kind, ..., class).

    Between classes of forecast the table is read along straight lines.
    """

    rational: bool
    class_z: NDArray[np.float64]  # (class,): place of the forecast, in standard deviations
    worth: NDArray[np.float64]  # (chain, party, kind, stage, class): of going on, at the stage's start
    going_on: NDArray[np.float64]  # (chain, kind, stage, class): the same to whoever runs it
    searching: NDArray[np.float64]  # (kind, class): to the company, of looking for a licensee
    taking_up: NDArray[np.float64]  # (kind, class): to the partner, of opting in, fee paid
    opting_in: NDArray[np.float64]  # (kind, class): what co-promotion moves to the company, before the refund
    lead_to_partner: float  # a nominated lead to the partner, at its nomination
    leads_per_musd: tuple[float, float]  # mean and variance of what research finds
    least_sales: NDArray[np.float64] | None  # (modality, quarter since launch), yearly; None: nothing is withdrawn
    outlook: Outlook

    def go_on(self, chain: NDArray[np.int64], rows: "Gates", stage: Stage) -> NDArray[np.bool_]:
        """Return whether whoever runs a candidate, as its chain says, starts a stage, shape (row,)."""
        if not self.rational:
            return np.ones(len(rows.kind), dtype=bool)
        if stage < Stage.PHASE_3:
            return (self.going_on[:, :, stage, 0] >= 0)[chain, rows.kind]
        return self.read(self.going_on[:, :, stage], rows, chain) >= 0

    def seek(self, rows: "Gates", exit_stage: Stage, choose: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether the company looks for a licensee: where one would gain, and it gains itself if it may choose.

        Without rational gates a licensee takes what it is offered.
        """
        after = Stage(exit_stage + 1)
        if after < Stage.PHASE_3:  # no forecast is known yet, and the table is the same for all
            rows = Gates(rows.kind, np.full(len(rows.kind), self.class_z[0]))
        search, alone = self.read(self.searching, rows), self.read(self.going_on[Chain.OWN][:, after], rows)
        wanted = self.read(self.going_on[Chain.LICENSED][:, after], rows) >= 0 if self.rational else True
        return wanted & (~choose | (search >= (np.maximum(alone, 0.0) if self.rational else alone)))

    def take_up(self, rows: "Gates", after: Stage) -> NDArray[np.bool_]:
        """Return whether the partner takes candidates over for the stage that follows, shape (row,)."""
        if not self.rational:
            return np.ones(len(rows.kind), dtype=bool)
        worth = self.taking_up[rows.kind, 0] if after < Stage.PHASE_3 else self.read(self.taking_up, rows)
        return np.asarray(worth >= 0)

    def read(
        self, table: NDArray[np.float64], rows: "Gates", chain: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Return the value of a table (kind, class), or (chain, kind, class), for each row, shape (row,)."""
        z = np.clip(rows.forecast_z, self.class_z[0], self.class_z[-1])
        below = np.clip(np.searchsorted(self.class_z, z) - 1, 0, len(self.class_z) - 2)
        part = (z - self.class_z[below]) / (self.class_z[below + 1] - self.class_z[below])
        at = (rows.kind,) if chain is None else (chain, rows.kind)
        return table[*at, below] * (1 - part) + table[*at, below + 1] * part


@dataclass(frozen=True)
class Gates:
    """What a gate may know of each row besides its stage: its kind, and its forecast once that is revealed."""

    kind: NDArray[np.int64]
    forecast_z: NDArray[np.float64]

    def of(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Gates":
        """Return the chosen rows."""
        return Gates(self.kind[rows], self.forecast_z[rows])


def gates_of(scenario: Scenario, candidates: Candidates) -> Gates:
    """Return what gates know of candidates; kinds stand in the order of `kinds_of`."""
    inherited, common = (len(scenario[f"candidates.{group}.names"]) for group in ("inherited", "common"))
    lead = 2 * candidates.conjugate + on_full_ladder(scenario, candidates)
    places = [
        candidates.number,
        inherited + common + lead,
        inherited + candidates.number,
        np.full(len(lead), inherited + common + 4),
    ]
    return Gates(np.choose(candidates.origin, places), candidates.forecast_z)


def on_full_ladder(scenario: Scenario, candidates: Candidates) -> NDArray[np.bool_]:
    """Return which candidates are on the full ladder: named ones as named, leads if on the company's own target."""
    full, inherited = ~candidates.partner_target, candidates.origin == Origin.INHERITED
    named = np.array([ladder == "full" for ladder in scenario["candidates.inherited.ladder"]], dtype=bool)
    full[inherited] = named[candidates.number[inherited]]
    return full
