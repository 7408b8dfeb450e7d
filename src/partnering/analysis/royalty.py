"""What the partner does at other royalty rates, and what that is worth to both: where a royalty is no transfer."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.course.gates import Chain
from partnering.course.pathway import chain_of
from partnering.course.strategies import Party, Route, read_strategies
from partnering.inputs.scenario import Scenario
from partnering.value.beliefs import belief_policy, belief_theta, kind_names, kinds_of
from partnering.value.closed_form import ClosedForm
from partnering.value.outlook import lead_weights
from partnering.value.prospect import Prospect
from partnering.value.rollback import Found, roll_back
from partnering.world.candidates import Origin, Stage

RATES = "deal.royalty.rates"
NEW_LEAD = "a new lead"
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


def royalty_band(scenario: Scenario, multiples: Sequence[float]) -> list[Response]:
    """Return the partner's response by multiple and candidate: inherited ones it gets, then a lead nominated that day.

    Closed form, averaged over theta, every gate as whoever pays sees it.
    """
    strategy, theta = read_strategies(scenario)[0], belief_theta(scenario)
    policy, rates = belief_policy(scenario, theta), (strategy.rate, strategy.common_rate, strategy.common_rate)
    kinds = list(zip(kinds_of(scenario), kind_names(scenario), strict=True))
    routes, leads = strategy.inherited_routes, [named for named in kinds if named[0].origin == Origin.LEAD]
    inherited = [named for named in kinds[: len(routes)] if routes[named[0].number] == Route.PARTNER_RUN]
    chain, floor = chain_of(scenario, Route.PARTNER_RUN), scenario["deal.royalty.floor_musd"]
    forms: dict = {}
    band = []
    for multiple in multiples:
        forms = {} if floor else forms  # no other flow of the market moves with a royalty rate
        scaled = scale_royalty(scenario, multiple)
        of_kind = [
            _respond(ClosedForm(Prospect(scaled, theta, kind, rates, None, policy, forms), chain))
            for kind, _ in (*inherited, *leads)
        ]
        lead = (lead_weights(scenario)[:, None] * np.array(of_kind[len(inherited) :])).sum(axis=0)
        named = zip((*(name for _, name in inherited), NEW_LEAD), (*of_kind[: len(inherited)], lead), strict=True)
        band += [Response(multiple, name, *map(float, found)) for name, found in named]
    return band


def scale_royalty(scenario: Scenario, multiple: float) -> Scenario:
    """Return the scenario with every tier of the royalty times a multiple."""
    leaf = scenario.leaves[RATES]
    scaled = replace(leaf, value=tuple(multiple * rate for rate in leaf.value))
    return replace(scenario, leaves={**scenario.leaves, RATES: scaled})


def _respond(form: ClosedForm) -> NDArray[np.float64]:
    """Return (company, partner, takes, phase_3, review) of one kind."""
    found: Found = {}
    policy, first = form.prospect.policy, form.prospect.kind.first_stage
    worth = roll_back(form.tree(), form.prospect.rate, found).mean(axis=1)
    weight = np.asarray(policy.class_weight)

    def share(*node: Any) -> float:
        """Return the share of forecasts with which the partner goes on; all or none where none is known."""
        places = range(len(weight)) if (*node, 0) in found else [None]
        goes = [not policy.rational or found[*node, at][Party.PARTNER].mean() >= 0 for at in places]
        return float(weight[goes].sum() if len(goes) > 1 else goes[0])

    entry = ("taking up",) if form.chain == Chain.OPTION else (Chain.PARTNER, first)
    late = (share(Chain.PARTNER, stage) for stage in (Stage.PHASE_3, Stage.REVIEW))
    return np.array([worth[Party.COMPANY], worth[Party.PARTNER], share(*entry), *late])


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
