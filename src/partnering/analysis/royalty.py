"""What the partner does at other royalty rates, and what that is worth to both: where a royalty is no transfer."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
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


class Response(NamedTuple):
    """A candidate the partner may run, at a multiple of the royalty rates: expected values on the day, decisions."""

    multiple: float
    candidate: str
    company: float
    partner: float
    takes: float  # share of such candidates it takes on at all: on the day, or where it has an option to
    phase_3: float  # share of forecasts with which it goes on into Phase 3, once there
    review: float  # and files


class Turn(NamedTuple):
    """A decision that is another one from a multiple on."""

    candidate: str
    decision: str
    multiple: float
    before: float
    after: float


def royalty_band(scenario: Scenario, multiples: Sequence[float], workers: int = 1) -> list[Response]:
    """Return the partner's response by multiple and candidate: inherited ones it gets, then a lead nominated that day.

    From the belief table of each multiple, every gate as whoever pays sees it.
    """
    found = in_order(partial(_responses, scenario), multiples, workers)
    return [response for responses in found for response in responses]


def _responses(scenario: Scenario, multiple: float) -> list[Response]:
    """Return the responses at a multiple, by candidate; that of a lead is the mean over its kinds."""
    scaled = scale_royalty(scenario, multiple)
    signing, option = slugs_of(scaled)[0], scenario["deal.opt_in.stage"] != "none"
    table, names = believe(scaled, signing), scenario["candidates.inherited.names"]
    routes = scenario[f"strategies.{signing}.inherited_routes"] or (OWN,) * len(names)
    got = [(place, name) for place, (route, name) in enumerate(zip(routes, names, strict=True)) if route == PARTNER_RUN]
    responses = [Response(multiple, name, *map(float, _respond(table, at, option))) for at, name in got]
    first = len(names) + len(scenario["candidates.common.names"])
    lead = np.zeros(2 + len(DECISIONS))
    for kind, weight in enumerate(lead_weights(scenario)):
        if weight > 0:
            lead += weight * _respond(table, first + kind, option)
    return [*responses, Response(multiple, NEW_LEAD, *map(float, lead))]


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
    goes = np.array([entry, decided[PHASE_3], decided[REVIEW]]) >= 0
    shares = (likelihood(table.place) * (goes | (not table.rational))).sum(axis=1)
    return np.array([*(begun * worth[[COMPANY, PARTNER]]), *shares])


def turning_points(band: Sequence[Response]) -> list[Turn]:
    """Return every change of a decision from one multiple to the next, by candidate."""
    turns = []
    for name, mine in groupby(sorted(band, key=lambda r: r.candidate), key=lambda r: r.candidate):
        for one, other in pairwise(sorted(mine)):
            for decision in DECISIONS:
                before, after = getattr(one, decision), getattr(other, decision)
                if not np.isclose(before, after):
                    turns.append(Turn(name, decision, other.multiple, before, after))
    return sorted(turns, key=lambda turn: turn.multiple)


def neutral_band(band: Sequence[Response]) -> tuple[float, float]:
    """Return the multiples around one between which every decision is as it is at the actual rates."""
    multiples = sorted({response.multiple for response in band})
    turns = [turn.multiple for turn in turning_points(band)]
    low = max((m for m in turns if m <= 1), default=multiples[0])
    return low, max(m for m in multiples if m < min((t for t in turns if t > 1), default=np.inf))
