"""What the partner does at other royalty rates, and what that is worth to both: where a royalty is no transfer."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import chains
from partnering.model.beliefs import believe
from partnering.model.parties import COMPANY, PARTNER
from partnering.model.run import slugs_of
from partnering.model.stages import PHASE_3, PRECLINICAL, REVIEW
from partnering.model.worth import Table, likelihood
from partnering.results.parallel import in_order

RATES = "deal.royalty.rates"
NEW_LEAD, PARTNER_RUN, OWN = "a new lead", "partner_run", "own"
DECISIONS = ("takes", "phase_3", "review")
"""Shares: of such candidates the partner takes on at all (on the day, or where it has an option to), of forecasts with
which it goes on into Phase 3, once there, and files."""

BAND = ["multiple", "candidate", "company", "partner", *DECISIONS]


def royalty_band(scenario: Scenario, multiples: Sequence[float], workers: int = 1) -> pd.DataFrame:
    """Return the partner's response by multiple and candidate: inherited ones it gets, then a lead nominated that day.

    Expected values to both parties on the day, and decisions. From the belief table of each multiple, every gate as
    whoever pays sees it.
    """
    found = in_order(partial(_responses, scenario), multiples, workers)
    return pd.DataFrame([response for responses in found for response in responses], columns=BAND)


def _responses(scenario: Scenario, multiple: float) -> list[tuple]:
    """Return the responses at a multiple, by candidate; that of a lead is the mean over its kinds."""
    scaled = scale_royalty(scenario, multiple)
    signing, option = slugs_of(scaled)[0], scenario["deal.opt_in.stage"] != "none"
    table, names = believe(scaled, signing), scenario["candidates.inherited.names"]
    routes = scenario[f"strategies.{signing}.inherited_routes"] or (OWN,) * len(names)
    got = [(place, name) for place, (route, name) in enumerate(zip(routes, names, strict=True)) if route == PARTNER_RUN]
    responses = [(multiple, name, *map(float, _respond(table, at, option))) for at, name in got]
    first = len(names) + len(scenario["candidates.common.names"])
    lead = np.zeros(2 + len(DECISIONS))
    for kind, weight in enumerate(lead_weights(scenario)):
        if weight > 0:
            lead += weight * _respond(table, first + kind, option)
    return [*responses, (multiple, NEW_LEAD, *map(float, lead))]


def lead_weights(scenario: Scenario) -> list[float]:
    """Return how often a lead is of each kind: naked, then conjugate, each on the short, then on the full ladder."""
    conjugate, short = scenario["leads.conjugate_share"], scenario["leads.partner_target_share"]
    return [modality * ladder for modality in (1 - conjugate, conjugate) for ladder in (short, 1 - short)]


def scale_royalty(scenario: Scenario, multiple: float) -> Scenario:
    """Return the scenario with every tier of the royalty times a multiple."""
    return scenario.with_values({RATES: tuple(multiple * rate for rate in scenario[RATES])})


def _respond(table: Table, kind: int, option: bool) -> NDArray[np.float64]:
    """Return (company, partner, takes, phase_3, review) of one kind; whoever runs it drops it where it does not pay."""
    chain, runner = (chains.OPTION, COMPANY) if option else (chains.PARTNER, PARTNER)
    worth, decided = table.worth[chain, :, kind, PRECLINICAL, 0], table.worth[chains.PARTNER, PARTNER, kind]
    begun = not table.rational or worth[runner] >= 0
    entry = table.taking_up[kind] if option else decided[PRECLINICAL]
    goes = (np.array([entry, decided[PHASE_3], decided[REVIEW]]) >= 0) | (not table.rational)
    weight = likelihood(table.place) * np.ones_like(goes)
    shares = (weight * goes).sum(axis=1) / weight.sum(axis=1)  # all of them are 1, to the last bit
    return np.array([*(begun * worth[[COMPANY, PARTNER]]), *shares])


def turning_points(band: pd.DataFrame) -> pd.DataFrame:
    """Return every change of a decision from one multiple to the next, by candidate: the share before and after."""
    long = band.melt(["multiple", "candidate"], [*DECISIONS], "decision", "after")
    long = long.sort_values(["candidate", "decision", "multiple"], kind="stable")
    long["before"] = long.groupby(["candidate", "decision"])["after"].shift()
    turned = long["before"].notna() & ~np.isclose(long["before"], long["after"])
    return long[turned].sort_values(["multiple", "candidate"], kind="stable")


def neutral_band(band: pd.DataFrame) -> tuple[float, float]:
    """Return the multiples around one between which every decision is as it is at the actual rates."""
    multiples, turns = sorted(set(band["multiple"])), list(turning_points(band)["multiple"])
    low = max((m for m in turns if m <= 1), default=multiples[0])
    return low, max(m for m in multiples if m < min((t for t in turns if t > 1), default=np.inf))
