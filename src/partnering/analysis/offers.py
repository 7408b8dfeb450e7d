"""Another term sheet: the six things that are bargained over, and the leaves that follow from them.

Amounts move their leaves along straight lines; research a year, its years and co-promotion are choices. A page writes
the same leaves as a scenario file, so that all it needs is data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from partnering.inputs.scenario import Scenario

UPFRONT, RESEARCH, YEARS = "upfront", "research", "years"
MILESTONES, ROYALTY, COPROMOTION = "milestones", "royalty", "copromotion"
PERCENT, QUARTERS_OF_ACTUAL = 100, (2, 3, 4, 5, 6)
"""Research a year is asked in steps, quarters of what the deal has: whole leads make its value jump in between."""

SCHEDULE, TOTAL, CEILING = "deal.research_schedule_musd", "deal.research_total_musd", "deal.committed_ceiling_musd"
PAID, RATES, OFFERED = "deal.upfront_musd", "deal.royalty.rates", "deal.copromotion.offered"
COUNT, RULE, LADDER = "deal.extension_count", "deal.extension_rule", "deal.ladder_"
BY_EXTENSION = ("deal.extension_decision_years", "deal.extension_alive_needed")
REPLACE_ROYALTY = ("deal.sharing.profit_share", "deal.royalty.floor_musd")

Offer = dict[str, float]
"""A term sheet by control: an amount, or the place of a choice."""

Lines = dict[str, list[tuple[float, str, float]]]
"""Amounts of leaves, each as a constant, a control, and how much one of it adds."""


@dataclass(frozen=True)
class Control:
    """One thing to bargain over: the deal's, how far it is asked, and its choices if it is no plain amount."""

    name: str
    actual: float
    low: float
    high: float
    choices: tuple[float, ...] = ()  # $ million a year; years, 0 as decided; whether


def controls_of(scenario: Scenario) -> tuple[Control, ...]:
    """Return what can be bargained over in a deal: no royalty where something else takes its place."""
    schedule, rates, upfront = scenario[SCHEDULE], scenario[RATES], scenario[PAID]
    found = [Control(UPFRONT, upfront, 0.0, 3 * max(upfront, 1.0))]
    if schedule:
        steps = tuple(float(np.mean(schedule)) * part / 4 for part in QUARTERS_OF_ACTUAL)
        found.append(_choice(RESEARCH, QUARTERS_OF_ACTUAL.index(4), steps))
    if scenario[COUNT]:
        years = range(len(schedule), len(schedule) + scenario[COUNT] + 1)
        found.append(_choice(YEARS, 0, (0.0, *map(float, years))))
    if any(scenario[path] for path in _ladders(scenario)):
        found.append(Control(MILESTONES, 1.0, 0.5, 2.0))
    if rates and not any(scenario[path] > 0 for path in REPLACE_ROYALTY):
        least = PERCENT * min(rates)
        found.append(Control(ROYALTY, 0.0, -min(least, 2.0), 4.0))
        found.append(_choice(COPROMOTION, int(scenario[OFFERED]), (0.0, 1.0)))
    return tuple(found)


def _choice(name: str, actual: int, choices: tuple[float, ...]) -> Control:
    return Control(name, float(actual), 0.0, float(len(choices) - 1), choices)


def actual_of(controls: Sequence[Control]) -> Offer:
    """Return the deal as it is."""
    return {control.name: control.actual for control in controls}


def leaves_of(scenario: Scenario, offer: Offer) -> dict[str, object]:
    """Return the leaves that a term sheet sets, as a scenario of its own would."""
    chosen = choices_of(scenario, *(int(offer.get(name, -1)) for name in (RESEARCH, YEARS, COPROMOTION)))
    for path, lines in lines_of(scenario).items():
        amounts = tuple(constant + each * offer[name] for constant, name, each in lines)
        chosen[path] = amounts if isinstance(scenario[path], tuple) else amounts[0]
    return chosen | {CEILING: chosen[CEILING] + offer[UPFRONT]}  # type: ignore[operator]


def lines_of(scenario: Scenario) -> Lines:
    """Return the leaves that amounts move: upfront, every step of the ladders and their totals, royalty rates."""
    names = {control.name for control in controls_of(scenario)}
    lines: Lines = {PAID: [(0.0, UPFRONT, 1.0)]}
    if MILESTONES in names:
        lines |= {path: [(0.0, MILESTONES, scenario[path])] for path in _ladders(scenario)}
    if ROYALTY in names:
        lines[RATES] = [(rate, ROYALTY, 1 / PERCENT) for rate in scenario[RATES]]
    return lines


def choices_of(scenario: Scenario, research: int, years: int, copromotion: int) -> dict[str, object]:
    """Return the leaves that choices set, by their places, -1 for what the deal lacks; the ceiling without upfront."""
    schedule, count = scenario[SCHEDULE], scenario[COUNT]
    step = QUARTERS_OF_ACTUAL[research] / 4 if research >= 0 else 1.0
    taken = years - 1 if years > 0 else count
    found: dict[str, object] = {} if copromotion < 0 else {OFFERED: bool(copromotion)}
    if years > 0:
        found[RULE] = "always" if taken else "never"
    if 0 < taken < count:
        found |= {COUNT: taken} | {path: scenario[path][:taken] for path in BY_EXTENSION}
    left = scenario[CEILING] - scenario[PAID] - sum(schedule)
    extended = (taken or count) / count * left if count else left
    funded = {TOTAL: step * sum(schedule), SCHEDULE: tuple(step * amount for amount in schedule)}
    return found | funded | {CEILING: step * (sum(schedule) + extended)}


def _ladders(scenario: Scenario) -> Iterator[str]:
    """Yield the leaves of the milestone ladders, their totals included."""
    return (path for path in scenario.leaves if path.startswith(LADDER))
