"""Every decision of the first futures, with what was known and what the belief table said then."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from partnering.clock import to_quarters
from partnering.inputs.scenario import Scenario
from partnering.model import chains
from partnering.model.candidate import may_license, read, runner
from partnering.model.draws import STAGE_NAMES
from partnering.model.origins import COMMON, INHERITED
from partnering.model.parties import COMPANY, PARTIES, PARTNER
from partnering.model.run import Played
from partnering.model.stages import MARKET, NONE, PHASE_2, PHASE_3, PRECLINICAL, STAGES
from partnering.model.views import EARLY_SEARCH, LATE_SEARCH, REFUSED_SEARCH

Decision = tuple[str, int, int, str, str, str, float | None, float | None, bool]
"""(strategy, path, quarter, candidate, party, decision, forecast seen, belief, taken)."""

Found = tuple[int, int, str, str, str, float | None, float | None, bool]
"""The same of a known strategy."""


def explain(scenario: Scenario, played: Played) -> list[Decision]:
    """Return the decisions of a strategy in the first futures of a block, by future and quarter.

    The forecast is its place among all forecasts, in standard deviations, once Phase 2 has shown it; the belief is
    what the table says the step is worth to whoever decides, $ million.
    """
    kept, rules = played.kept, played.packed.rules[0]
    rows = [
        (path, c, _name(scenario, c))
        for path, count in enumerate(kept.counts)
        for c in kept.courses[path, :count]
        if c["origin"] < COMMON
    ]
    beliefs = played.packed.beliefs
    found = [
        *(one for stage in STAGES for row in rows for one in _starts(beliefs, row, stage)),
        *(one for row in rows for one in _searches(rules, beliefs, row)),
        *(one for row in rows for one in _take_ups(rules, beliefs, row)),
        *(one for row in rows for one in _co_promotions(rules, beliefs, row)),
        *(one for row in rows for one in _withdrawals(rules, row)),
        *_extensions(scenario, played),
    ]
    return [(played.packed.slug, *decision) for decision in sorted(found, key=lambda d: (d[0], d[1]))]


Row = tuple[int, Any, str]
"""(path, candidate, its name)."""


def _name(scenario: Scenario, c: Any) -> str:
    number = int(c["number"])
    return scenario["candidates.inherited.names"][number] if c["origin"] == INHERITED else f"lead {number + 1}"


def _seen(c: Any, stage: int) -> float | None:
    return float(c["forecast"]) if stage >= PHASE_3 else None


def _starts(beliefs: Any, row: Row, stage: int) -> Iterator[Found]:
    """Yield whether a stage is started, by whoever runs it."""
    path, c, name = row
    if c["reached"][stage]:
        worth = _read(beliefs, beliefs.going_on[c["chain"][stage], :, stage], c)
        what, party = f"start {STAGE_NAMES[stage]}" if stage < MARKET else "launch", PARTIES[runner(c, stage)]
        yield path, int(c["start"][stage]), name, party, what, _seen(c, stage), worth, bool(c["entered"][stage])


def _searches(rules: Any, beliefs: Any, row: Row) -> Iterator[Found]:
    """Yield, at the IND and after Phase 2, whether anybody would take a licence, and if so whether it is sought."""
    path, c, name = row
    refused = 0
    for stage in (PRECLINICAL, PHASE_2):
        after, early = stage + 1, stage == PRECLINICAL
        if not may_license(c["route"], stage) or not c["reached"][after] or runner(c, stage) != COMPANY:
            continue
        licensee = chains.EARLY_LICENSEE if early else chains.LICENSEE + refused
        alone = chains.BEST + chains.REFUSED if early else chains.ALONE + refused
        at, seen = (path, int(c["end"][stage]), name), _seen(c, after)
        gain = _read(beliefs, beliefs.going_on[licensee, :, after], c)
        would = bool(gain >= 0 or rules["rational"] == 0)
        yield (*at, "others", "take a licence", seen, gain, would)
        if would:
            search = EARLY_SEARCH if early else REFUSED_SEARCH if refused else LATE_SEARCH
            sought = bool(c["chain"][after] in (licensee, alone))
            yield (*at, "company", "seek a licence", seen, _read(beliefs, beliefs.searching[search], c), sought)
        refused = chains.REFUSED if early and c["refused"] else 0


def _take_ups(rules: Any, beliefs: Any, row: Row) -> Iterator[Found]:
    """Yield whether the partner takes a candidate of the deal it may opt into, with what that is worth to it."""
    path, c, name = row
    option = int(rules["option"])
    if option != NONE and c["collaboration"] and c["reached"][option + 1]:
        worth, taken = _read(beliefs, beliefs.taking_up, c), bool(c["chain"][option + 1] == chains.PARTNER)
        yield path, int(c["end"][option]), name, "partner", "opt in", _seen(c, option + 1), worth, taken


def _co_promotions(rules: Any, beliefs: Any, row: Row) -> Iterator[Found]:
    """Yield whether the company opts into a product it may, with what it expects to gain before the refund."""
    path, c, name = row
    launched = c["entered"][MARKET] and c["launch"] < rules["horizon"] and runner(c, MARKET) == PARTNER
    if rules["offered"] and c["collaboration"] and launched:
        worth, at = _read(beliefs, beliefs.opting_in, c), int(c["start"][MARKET])
        yield path, at, name, "company", "co-promote", float(c["forecast"]), worth, bool(c["opted"])


def _withdrawals(rules: Any, row: Row) -> Iterator[Found]:
    """Yield the product the company withdraws, in the quarter after the last one sold."""
    path, c, name = row
    if c["withdrawn"] < rules["horizon"]:
        yield path, int(c["withdrawn"]), name, "company", "withdraw", None, None, True


def _extensions(scenario: Scenario, played: Played) -> Iterator[Found]:
    """Yield whether the partner takes each further year of research; a later one needs the earlier."""
    signing = int(played.packed.rules["signing"][0])
    for path, taken in enumerate(played.kept.extensions[: len(played.kept.counts)]):
        for option, years in enumerate(scenario["deal.extension_decision_years"]):
            if taken >= option:
                quarter = signing + int(to_quarters(years))
                yield path, quarter, "", "partner", "extend", None, None, bool(taken > option)


def _read(beliefs: Any, table: np.ndarray, c: Any) -> float:
    return float(read(table[c["kind"]], beliefs.place, c["forecast"]))
