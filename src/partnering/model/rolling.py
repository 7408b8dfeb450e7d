"""The steps of every kind of candidate rolled back, route by route, and what each would fetch."""

from collections.abc import Sequence

import numpy as np

from partnering.model import chains
from partnering.model.expect import (
    BY_COMPANY,
    BY_PARTNER,
    BY_REFUSED,
    BY_TECHNOLOGY,
    EARLY_FIRST,
    EARLY_SECOND,
    FIRST_TRY,
    LEFT_ALONE,
    REFUSED_ALONE,
    REFUSED_FIRST,
    REFUSED_SECOND,
    SECOND_TRY,
)
from partnering.model.origins import COMMON, TECHNOLOGY
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.stages import MARKET, NONE, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL, REVIEW
from partnering.model.views import EARLY, EARLY_SEARCH, LATE, LATE_SEARCH, REFUSED_SEARCH
from partnering.model.worth import NOT_OPEN, Rolling, Step, Steps, Worth


def roll_back(rolling: Rolling) -> Worth:
    """Return what every step of every kind of candidate is worth."""
    kinds, classes = len(rolling.kinds), len(rolling.grid.place)
    table = Worth(
        np.full((chains.COUNT, OTHERS + 1, kinds, MARKET + 1, classes), NOT_OPEN),
        np.full((chains.COUNT, kinds, MARKET + 1, classes), NOT_OPEN),
        np.zeros((kinds, MARKET + 1, classes)),
        np.full((REFUSED_SEARCH + 1, kinds, classes), NOT_OPEN),
        np.full((kinds, classes), NOT_OPEN),
        np.zeros((kinds, classes)),
    )
    for kind, origin in enumerate(rolling.kinds["origin"][:, 0]):
        if origin == TECHNOLOGY:
            roll_licence(rolling, table, chains.TECHNOLOGY, (BY_TECHNOLOGY,), kind, PRECLINICAL)
            continue
        own, best = roll_late(rolling, table, kind, LATE_SEARCH)
        if origin != COMMON:
            _, refused = roll_late(rolling, table, kind, REFUSED_SEARCH)
            roll_early(rolling, table, kind, best, refused)
            roll_deal(rolling, table, kind, own)
    return table


def enter(table: Worth, chain: int, kind: int, steps: Steps) -> None:
    """Put the worth of steps, averaged over the draws, in its place."""
    for stage, step in steps.items():
        table.worth[chain, :, kind, stage] = step.mean(axis=1)
        table.held[chain, kind, stage] = table.worth[chain, COMPANY, kind, stage]


def enter_rights(rolling: Rolling, table: Worth, chain: int, way: int, kind: int, walked: Steps) -> None:
    """Enter what stages that others walk still owe the company once they have begun: what their start pays is past."""
    for stage, step in walked.items():
        to_come = step[COMPANY] - rolling.found.starts[way, kind, stage, :, COMPANY][:, None]
        table.held[chain, kind, stage] = to_come.mean(axis=0)


def roll_licence(rolling: Rolling, table: Worth, chain: int, ways: Sequence[int], kind: int, after: int) -> list[Steps]:
    """Enter what a licence of the first try is worth. Returns the stages of each try, whose first brings the fee."""
    walked = [rolling.walk(way, kind, after) for way in ways]
    fee = rolling.fee(kind, EARLY if after == PHASE_1 else LATE)
    fee = fee if after >= PHASE_3 else rolling.unknown(fee)
    licensed = [{**steps, after: steps[after] + fee} for steps in walked]
    enter(table, chain, kind, licensed[0])
    enter_rights(rolling, table, chain, ways[0], kind, walked[0])
    return licensed


LATE_WAYS = {
    LATE_SEARCH: (0, BY_COMPANY, LEFT_ALONE, (FIRST_TRY, SECOND_TRY)),
    REFUSED_SEARCH: (chains.REFUSED, BY_REFUSED, REFUSED_ALONE, (REFUSED_FIRST, REFUSED_SECOND)),
}
"""By search: what leads to its chains, the company's way, that of who finds no taker, those of the two tries."""


def roll_late(rolling: Rolling, table: Worth, kind: int, search: int) -> tuple[Steps, Steps]:
    """Enter what a candidate is worth on the company's own routes, with a licence to be had after Phase 2 at most.

    A licence is sought where somebody would gain by taking it, and the company itself gains if it may choose. Returns
    its stages alone to the market, and by the best route.
    """
    twin, company, left, tries = LATE_WAYS[search]
    own = rolling.walk(company, kind, int(rolling.kinds["first_stage"][kind, 0]))
    licensee, second = roll_licence(rolling, table, chains.LICENSEE + twin, tries, kind, PHASE_3)
    alone = rolling.walk(left, kind, PHASE_3)
    enter(table, chains.OWN + twin, kind, own)
    enter(table, chains.ALONE + twin, kind, alone)
    found = rolling.search(tries, licensee[PHASE_3], second[PHASE_3], alone[PHASE_3])
    go_alone = rolling.gated(own[PHASE_3], COMPANY)
    table.searching[search, kind] = found[COMPANY].mean(axis=0)
    taken = (licensee[PHASE_3][OTHERS].mean(axis=0) >= 0) | (not rolling.rational)
    better = taken & (found[COMPANY].mean(axis=0) >= go_alone[COMPANY].mean(axis=0))
    best = rolling.back_to(kind, PHASE_2, np.where(better, found, go_alone), company)
    enter(table, chains.BEST + twin, kind, best)
    if search == LATE_SEARCH:
        licensing = rolling.back_to(kind, PHASE_2, np.where(taken, found, go_alone))
        enter(table, chains.LICENSE, kind, licensing)
        licensing[PHASE_3] = np.where(taken, found, go_alone)
        licensing[REVIEW] = price_in_review(rolling, kind, own)
        for stage, step in licensing.items():
            table.price[kind, stage] = step[COMPANY].mean(axis=0)
        table.price[kind, MARKET] = own[MARKET][COMPANY].mean(axis=0)
    return own, best


def price_in_review(rolling: Rolling, kind: int, own: Steps) -> Step:
    """Return what licensing a candidate is worth to the company as review starts, nothing due any more for the filing.

    What is due later is in money of this signing. As before Phase 3 nobody takes what would bring it a loss; then the
    company goes on by itself.
    """
    steps, found = [], rolling.found
    in_phase_3 = np.minimum(found.lasts[kind, PHASE_3], len(rolling.rules["real_start"]) - 1)
    for way in (FIRST_TRY, SECOND_TRY):
        filed, approved = (found.stages[way, kind, stage].T[:, :, None] for stage in (REVIEW, MARKET))
        approved = approved / rolling.rules["real_start"][in_phase_3][None, :, None] + rolling.market(way, kind)
        step = rolling.stage(way, kind, REVIEW, rolling.gated(approved, OTHERS)) + rolling.fee(kind)
        step[OTHERS] += filed[COMPANY]
        step[COMPANY] -= filed[COMPANY]
        steps.append(step)
    alone = rolling.stage(LEFT_ALONE, kind, REVIEW, rolling.gated(rolling.approved(LEFT_ALONE, kind), COMPANY))
    search = rolling.search((FIRST_TRY, SECOND_TRY), steps[0], steps[1], alone)
    taken = (steps[0][OTHERS].mean(axis=0) >= 0) | (not rolling.rational)
    return np.where(taken, search, rolling.gated(own[REVIEW], COMPANY))


def roll_early(rolling: Rolling, table: Worth, kind: int, best: Steps, refused: Steps) -> None:
    """Enter what a candidate is worth that may be licensed at its IND; refused twice, it takes its best late route."""
    tries = (EARLY_FIRST, EARLY_SECOND)
    licensee, second = roll_licence(rolling, table, chains.EARLY_LICENSEE, tries, kind, PHASE_1)
    found = rolling.search(tries, licensee[PHASE_1], second[PHASE_1], refused[PHASE_1])
    go_on = rolling.gated(best[PHASE_1], COMPANY)
    table.searching[EARLY_SEARCH, kind] = found[COMPANY].mean(axis=0)
    taken = (licensee[PHASE_1][OTHERS].mean(axis=0) >= 0) | (not rolling.rational)
    better = taken & (found[COMPANY].mean(axis=0) >= go_on[COMPANY].mean(axis=0))
    licensing = rolling.back_to(kind, PRECLINICAL, np.where(taken, found, go_on))
    enter(table, chains.EARLY, kind, licensing)
    table.price[kind, PRECLINICAL] = licensing[PRECLINICAL][COMPANY].mean(axis=0)
    enter(table, chains.BEST, kind, rolling.back_to(kind, PRECLINICAL, np.where(better, found, go_on)))


def roll_deal(rolling: Rolling, table: Worth, kind: int, own: Steps) -> None:
    """Enter what a candidate of the deal is worth, which the partner runs from the start or may opt into."""
    option = int(rolling.rules["option"])
    partner = rolling.walk(BY_PARTNER, kind, int(rolling.kinds["first_stage"][kind, 0]))
    run = {stage: step for stage, step in partner.items() if stage > option}
    enter(table, chains.PARTNER, kind, run)
    enter_rights(rolling, table, chains.PARTNER, BY_PARTNER, kind, run)
    if rolling.rules["offered"]:
        table.opting_in[kind] = rolling.co_promotion(kind)[COMPANY].mean(axis=0)
    if option == NONE:
        return
    taken = partner[option + 1] + rolling.found.option[kind].T[:, :, None]
    left = rolling.gated(own[option + 1], COMPANY)
    table.taking_up[kind] = taken[PARTNER].mean(axis=0)
    takes = (taken[PARTNER].mean(axis=0) >= left[PARTNER].mean(axis=0)) | (not rolling.rational)
    enter(table, chains.OPTION, kind, rolling.back_to(kind, option, np.where(takes, taken, left)))
