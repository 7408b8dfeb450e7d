"""Strategic termination: three futures of one product by hand, and how often products are dropped, exactly."""

from functools import cache
from itertools import accumulate, pairwise

import numpy as np
import pytest
from helpers import (
    PLAIN_MARKET,
    SEED,
    World,
    believing,
    keep_world,
    load,
    sales_by_hand,
    standard_error,
    vary,
    with_leaves,
    without_ranges,
)

from partnering.model.draws import draw_candidates, draw_luck
from partnering.model.origins import INHERITED
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.run import reach
from partnering.model.stages import MARKET, NEVER, PHASE_1, PHASE_2, PHASE_3

GATES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
COMMIT = {"behaviour.gates": "commit"}
NO_LEADS = {"leads.cost_per_lead_musd": 1e12}

# One product by hand. Its second early candidate, a naked antibody on the full ladder, is preclinical for 6 quarters;
# then Phase 1 from quarter 6, Phase 2 from 12, Phase 3 from 22, review from 33, approval in 37, exclusive to 37 + 52.

EXAMPLE = PLAIN_MARKET | NO_LEADS | COMMIT | {f"success.{gate}_prob": 1.0 for gate in GATES}
EXAMPLE |= dict(zip([f"duration.{gate}_years" for gate in GATES], (1.75, 1.5, 2.5, 2.75, 1.0), strict=True))
EXAMPLE |= {f"cost.spread.{item}_log_sd": 0.0 for item in (*GATES[:4], "late_manufacturing")}
EXAMPLE |= {
    "candidates.inherited.years_to_ind": (0.75, 1.5, 2.0),
    "duration.eu_after_us_years": 0.75,
    "duration.japan_after_us_years": 1.5,
    "cost.partner.preclinical_musd": 8.0,
    "cost.partner.phase_1_musd": 16.0,
    "cost.partner.phase_2_musd": 25.0,
    "cost.partner.phase_3_musd": 92.0,
    "cost.partner.filing_musd": 4.0,
    "cost.partner.late_manufacturing_musd": 35.0,
    "cost.late_manufacturing_in_phase_3": 0.6,
    "deal.royalty.rates": (0.04, 0.06, 0.08),
    "deal.royalty.scale": 1.0,
    "deal.termination.excess_hazard_rate": 0.1,
    "deal.termination.relicense_prob": 0.3,
    "deal.termination.relicense_years": 1.0,
    "deal.termination.relicense_terms_share": 0.5,
    "deal.termination.partner_royalty_rate": 0.03,
}
LADDER = {"phase_1": 2.0, "phase_2": 4.0, "phase_3": 6.0, "bla": 4.0, "us": 8.0, "eu": 4.0, "japan": 2.0}
EXAMPLE |= {f"deal.ladder_full.{event}_musd": amount for event, amount in LADDER.items()}

DROPPED_AT, RESUMED_AT = 16, 20
TAKEN_UP, LOST, KEPT = range(3)
AFTER = np.exp(-0.1 * 2.3)  # at 10 % a year: dropped after 2.3 years in the clinic, so at the start of quarter 6 + 10
DROP_LUCK = {TAKEN_UP: (AFTER, 0.29), LOST: (AFTER, 0.31), KEPT: (1e-9, 0.29)}


@cache
def example() -> World:
    """Three paths that differ in whether the product is dropped, and whether another takes it up."""
    scenario = with_leaves(without_ranges(load()), EXAMPLE)
    packed, luck = believing(scenario), draw_luck(scenario, SEED, 0, len(DROP_LUCK))
    futures, drawn = draw_candidates(luck, *reach(packed), fixed_durations=True)
    for d, path in zip(drawn, np.repeat(range(3), 3), strict=False):  # the early three of each path come first
        d["drop"] = DROP_LUCK[path] if (d["origin"], d["number"]) == (INHERITED, 1) else DROP_LUCK[KEPT]
    return keep_world(World(scenario, luck, drawn, {}), futures, packed, ["partnership"])


@cache
def without_it() -> World:
    """The same with the product failing at once: what is left of the values is not its doing."""
    scenario = with_leaves(without_ranges(load()), EXAMPLE)
    world = example()
    drawn = world.drawn.copy()
    drawn["luck"][(drawn["origin"] == INHERITED) & (drawn["number"] == 1)] = 1.0
    packed = believing(scenario)
    futures, _ = draw_candidates(world.luck, *reach(packed), fixed_durations=True)
    return keep_world(World(scenario, world.luck, drawn, {}), futures, packed, ["partnership"])


def by_party(path: int) -> dict[int, float]:
    """What each party nets on the product from Phase 1 on, at signing: preclinical work is done in any case."""
    worlds = example(), without_it()
    return {p: float(np.subtract(*(world.value("partnership", p)[path] for world in worlds))) for p in range(3)}


def real(quarter: float) -> float:
    """A dollar of the contract paid at a quarter, today."""
    return 1.025 ** -(quarter / 4) * 1.11 ** -(quarter / 4)


def spread(cost: float, quarters: int, first: int, last: int) -> float:
    """The part of a stage's cost that falls into quarters first to last, of those it is spread over."""
    return sum(cost / quarters * 1.11 ** -((quarter + 0.5) / 4) for quarter in range(first, last))


BEFORE = spread(16.0, 6, 6, 12)
"""Phase 1: the partner's in any case."""


def market(launch: int, share: float, to_partner: float) -> tuple[float, float, float]:
    """(margin, royalties, reversion royalty) on sales from launch to the horizon, exclusive to quarter 89."""
    margin = royalties = back = year = 0.0
    for quarter, sales in sales_by_hand(example().scenario, 700.0, launch, 37 + 52):
        factor, inflated = 1.11 ** -((quarter + 0.5) / 4), 1.025 ** ((quarter + 0.5) / 4)
        margin += factor * sales * (1 - 0.20 - 0.25 - (0.05 if quarter < launch + 32 else 0))
        year = 0.0 if quarter % 4 == 0 else year
        if quarter < launch + 48:
            for rate, lower, upper in ((0.04, 0, 250), (0.06, 250, 500), (0.08, 500, np.inf)):
                part = max(min(year + sales * inflated, upper) - max(year, lower), 0) / inflated
                royalties += factor * share * rate * part
            back += factor * to_partner * sales
        year += sales * inflated
    return margin, royalties, back


def test_a_product_that_is_kept() -> None:
    margin, royalties, _ = market(37, 1.0, 0.0)
    quarters = (6, 12, 22, 33, 37, 40, 43)
    milestones = sum(amount * real(q) for amount, q in zip(LADDER.values(), quarters, strict=True))
    costs = BEFORE + spread(25.0, 10, 12, 22) + spread(92.0 + 0.6 * 35, 11, 22, 33)
    costs += 4 * 1.11 ** -(33 / 4) + spread(0.4 * 35, 4, 33, 37)
    found = by_party(KEPT)
    assert found[COMPANY] == pytest.approx(milestones + royalties, rel=1e-5)
    assert found[PARTNER] == pytest.approx(margin - royalties - milestones - costs, rel=1e-5)
    assert found[OTHERS] == pytest.approx(0, abs=1e-9)


def test_a_product_that_is_lost() -> None:
    """Four of ten quarters of Phase 2 are paid for; of the milestones, those of its start and the one before."""
    found, milestones = by_party(LOST), 2 * real(6) + 4 * real(12)
    assert found[COMPANY] == pytest.approx(milestones, abs=1e-9)
    assert found[PARTNER] == pytest.approx(-milestones - BEFORE - spread(25.0, 10, 12, DROPPED_AT), abs=1e-9)
    assert found[OTHERS] == pytest.approx(0, abs=1e-9)


def test_a_product_that_another_takes_up() -> None:
    """A year later it goes on where it stood; approval is a year later too, the end of exclusivity is not.

    The licensee pays what is left of Phase 2, all after it, half of the terms to come, and the partner 3 % of sales.
    """
    margin, royalties, back = market(41, 0.5, 0.03)
    by_partner = 2 * real(6) + 4 * real(12)
    quarters = (26, 37, 41, 44, 47)
    by_others = sum(0.5 * LADDER[e] * real(q) for e, q in zip(list(LADDER)[2:], quarters, strict=True))
    costs = spread(25.0, 10, RESUMED_AT, 26) + spread(92.0 + 0.6 * 35, 11, 26, 37)
    costs += 4 * 1.11 ** -(37 / 4) + spread(0.4 * 35, 4, 37, 41)
    found = by_party(TAKEN_UP)
    assert found[COMPANY] == pytest.approx(by_partner + by_others + royalties, rel=1e-5)
    spent = BEFORE + spread(25.0, 10, 12, DROPPED_AT)
    assert found[PARTNER] == pytest.approx(back - by_partner - spent, rel=1e-5)
    assert found[OTHERS] == pytest.approx(margin - royalties - back - by_others - costs, rel=1e-5)


def test_its_dates() -> None:
    found = example().courses("partnership")[1]
    up, lost, kept = found[(found["number"] == 1) & (found["origin"] == INHERITED)]
    assert (up["handed"], up["resumed"]) == (DROPPED_AT, RESUMED_AT)
    assert (lost["handed"], lost["resumed"], lost["launch"]) == (DROPPED_AT, NEVER, NEVER)
    assert (kept["handed"], kept["resumed"]) == (NEVER, NEVER)
    assert list(kept["start"]) == [0, 6, 12, 22, 33, 37] and list(up["start"]) == [0, 6, 12, 26, 37, 41]
    assert lost["end"][PHASE_2] == DROPPED_AT and not lost["entered"][PHASE_3:].any()
    assert up["launch"] == kept["launch"] + 4 and up["loss_of_exclusivity"] == kept["loss_of_exclusivity"] == 89


# How often


def dropped_exactly(years: dict[str, float], p: dict[str, float], hazard: float) -> float:
    """Chance that a partner drops a candidate, stage by stage and quarter by quarter; dates counted from Phase 1."""
    clinic = GATES[1:]
    ends = list(accumulate((int(np.rint(4 * years[gate])) for gate in clinic), initial=0))
    entered = list(accumulate((p[gate] for gate in GATES[:4]), lambda a, b: a * b))
    chance = 0.0
    for under_way, (first, last) in zip(entered, pairwise(ends), strict=True):
        for quarter in range(max(first, 1), last):  # in the quarter after the hazard strikes
            chance += under_way * (np.exp(-hazard * (quarter - 1) / 4) - np.exp(-hazard * quarter / 4))
    return chance


@pytest.mark.parametrize("hazard", [0.01, 0.08, 0.5])
def test_products_are_dropped_as_often_as_the_hazard_says(hazard: float) -> None:
    fixed = without_ranges(load())
    leaves = NO_LEADS | COMMIT | {"deal.termination.excess_hazard_rate": hazard, "success.alliance_odds": 1.0}
    years, p = ({g: fixed[leaf.format(g)] for g in GATES} for leaf in ("duration.{}_years", "success.{}_prob"))
    expected = 3 * dropped_exactly(years, p, hazard)
    world = vary(leaves, 4096, fixed, fixed_durations=True, slugs=["partnership"], brief=True)
    path, found = world.courses("partnership")
    back = found["handed"] < NEVER
    count, again = np.bincount(path[back], minlength=world.paths), found["resumed"][back] < NEVER
    assert abs(count.mean() - expected) < 4 * standard_error(count)
    chance = fixed["deal.termination.relicense_prob"]
    assert abs(again.mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / len(again))


@cache
def at_hazard(hazard: float) -> World:
    return vary({"deal.termination.excess_hazard_rate": hazard, "deal.extension_rule": "never"}, 1024, brief=True)


def test_without_a_hazard_nothing_comes_back_and_with_more_no_less_and_no_later() -> None:
    none, some, more = (at_hazard(hazard).courses("partnership")[1] for hazard in (0.0, 0.05, 0.10))
    assert (none["handed"] == NEVER).all() and (some["handed"] < NEVER).any()
    assert (more["handed"] <= some["handed"]).all() and (more["handed"] < some["handed"]).any()
    assert (some["entered"] <= none["entered"]).all() and (some["launch"] >= none["launch"]).all()


def test_only_the_partner_drops_products_and_only_in_the_clinic() -> None:
    for slug in at_hazard(0.10).played:
        found = at_hazard(0.10).courses(slug)[1]
        back = found[found["handed"] < NEVER]
        assert (len(back) > 0) == (slug == "partnership")
        assert (back["collaboration"] == 1).all() and (back["common"] == 0).all()
        in_clinic = back["start"][:, PHASE_1] < back["handed"]
        in_clinic &= (back["handed"] < back["start"][:, MARKET]) | (back["entered"][:, MARKET] == 0)
        assert in_clinic.all()
