"""What a scenario makes the partner decide otherwise than in the base case."""

from typing import NamedTuple

from partnering.analysis.moves import partner_margins, share_going_on
from partnering.inputs.scenario import Scenario
from partnering.report.style import MOVED_SHARE, listed, percent

MOST_TOLD = 3


class Move(NamedTuple):
    """A decision that moves: on which candidate, what is done, with which share of forecasts before and now."""

    candidate: str
    step: str
    before: float
    now: float


def decisions_moved(base: Scenario, scenario: Scenario) -> list[Move]:
    """Return the partner's decisions, on candidates that both have, that are taken with another share of forecasts."""
    shares = []
    for one in (base, scenario):
        margins = partner_margins(one, ())
        shares.append(dict(zip(margins.groups, share_going_on(margins, margins.worth), strict=True)))
    before, now = shares
    moves = [Move(*group, float(was), float(now[group])) for group, was in before.items() if group in now]
    moved = [move for move in moves if abs(move.now - move.before) > MOVED_SHARE]
    return sorted(moved, key=lambda move: -abs(move.now - move.before))


def say_moved(base: Scenario, scenario: Scenario, partner: str) -> str:
    """Return which decisions of the partner a scenario moves, the widest first, if any."""
    if scenario.name == base.name:
        return f"Decisions: this is the case that others are held against; what {partner} decides here is the measure."
    if scenario["behaviour.gates"] != "rational":
        return "Decisions: nobody weighs one here; everybody goes on after a technical success."
    moves = decisions_moved(base, scenario)
    if not moves:
        return f"Decisions: {partner} takes every one on the candidates it runs as in the base case."
    told = [
        f"{m.step} ({m.candidate}) with {percent(m.now)} of forecasts instead of {percent(m.before)}" for m in moves
    ]
    more = len(moves) - MOST_TOLD
    rest = f"; {more} more move, less far" if more > 0 else ""
    return f"Decisions that move against the base case: {partner} {listed(told[:MOST_TOLD])}{rest}."
