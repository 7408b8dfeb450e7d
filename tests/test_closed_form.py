"""The model against the closed form, candidate by candidate, route by route, party by party."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from analytic.prospect import Kind
from analytic.table import analytic_table, chain_of
from closed_forms import (
    BATCH,
    BLOCKS,
    ERRORS,
    OF_KEPT,
    OF_PROGRAMME,
    PATHS,
    WAYS,
    Drawn,
    agrees,
    by_batch,
    cases,
    check,
    closed_form,
    draw,
    drawn_of,
    followed,
    inherited,
    inherited_kind,
    known,
    lived,
    one,
    only,
    packed_in,
    packed_of,
    scenario_of,
    theta_of,
    values_of,
)
from helpers import SEED, load, with_leaves

from partnering.model import lines
from partnering.model.draws import draw_luck
from partnering.model.origins import COMMON, INHERITED, LEAD
from partnering.model.parties import COMPANY, PARTNER
from partnering.model.run import slugs_of
from partnering.model.stages import PHASE_2, PHASE_3
from partnering.model.views import PRETAX
from partnering.results.statistics import standard_error

NUMBERS = range(len(load()["candidates.inherited.names"]))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("setting", "slug", "party"), cases(*PATHS))
def test_inherited(setting: str, number: int, slug: str, party: int) -> None:
    check(setting, inherited_kind(number), slug, party, lambda block: inherited(setting, block, slug, number))


OPTIONS_OFF = {
    "behaviour.gates": "commit",
    "deal.extension_rule": "never",
    "deal.copromotion.offered": False,
    "deal.termination.excess_hazard_rate": 0.0,
    "strategies.best.inherited_routes": ("own_launch",) * len(NUMBERS),
    "strategies.ind.inherited_routes": ("own_launch",) * len(NUMBERS),
}
KEEPERS = [slug for slug in slugs_of(load()) if load()[f"strategies.{slug}.sells"] == "none"]
"""Strategies that keep their candidates."""


@pytest.mark.parametrize("scenario", ["base", "rates_unequal"])
@pytest.mark.parametrize("slug", KEEPERS)
def test_early_candidates_with_nothing_to_decide_agree_at_each_paths_own_inputs(scenario: str, slug: str) -> None:
    """All that is inherited, for the company, at its own rate."""
    plain = load(scenario).with_values(OPTIONS_OFF)
    theta, rate = draw_luck(plain, SEED, 0, 2048), plain["valuation.discount_rate"]
    own_rate, form = rate + plain[f"strategies.{slug}.rate_spread"], np.zeros(2048)
    routes = plain[f"strategies.{slug}.inherited_routes"] or (plain[f"strategies.{slug}.own_lead_route"],) * len(
        NUMBERS
    )
    for number, route in enumerate(routes):
        of = closed_form(theta, inherited_kind(number), chain_of(plain, route), own_rate)
        form += of.value()[COMPANY]
    drawn = draw(plain, 0, 2048)
    drawn = only(drawn, drawn.candidates["origin"] == INHERITED)
    found = lived(packed_in(plain, slug, analytic_table(plain, own_rate, draws=1)), drawn)
    assert agrees(found[:, OF_PROGRAMME, COMPANY].sum(axis=1) - by_batch(form))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("setting", ["drawn", "fixed"])
def test_the_best_route_is_one_of_the_two_it_chooses_between_on_every_path(setting: str, number: int) -> None:
    drawn = one(drawn_of(setting, 0), INHERITED, number)
    best, alone, licensed = (followed(packed_of(setting, slug), drawn) for slug in ("best", "market", "concept"))
    course = best.courses[:, 0]
    waits, reached = course["start"][:, PHASE_3] > course["end"][:, PHASE_2], course["entered"][:, PHASE_3] == 1
    assert (reached & waits).any() and (reached & ~waits).any()
    values = [kept.out["npv"][PRETAX] for kept in (best, alone, licensed)]
    assert np.array_equal(values[0], np.where(waits[:, None], values[2], values[1]))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("party", "sign"), [(COMPANY, 1), (PARTNER, -1)])
def test_copromotion_moves_what_its_closed_form_says(number: int, party: int, sign: int) -> None:
    """On the same luck, which leaves little but the change. The refund is of actual cost, in the form of expected."""
    form = [values_of(setting, 0, inherited_kind(number), "partnership")[party][0] for setting in ("fixed", "shared")]
    moved = [
        inherited("shared", block, "partnership", number) - inherited("fixed", block, "partnership", number)
        for block in range(BLOCKS["shared"])
    ]
    gap = np.concatenate(moved)[:, party] - (form[1] - form[0])
    assert sign * (form[1] - form[0]) > 3
    assert agrees(gap) and standard_error(gap) < 0.6


KEPT = [c for c in cases("drawn", "fixed", "certain") if c.values[1] in ("market", "concept", "best")]
KEPT += [c for c in cases("rational") if c.values[1] == "best"]  # the route that the table there is about


@cache
def kept(setting: str, block: int, slug: str, number: int) -> np.ndarray:
    """What a candidate kept in every strategy is worth on the route of a strategy, mean by batch, (batch, party)."""
    scenario = with_leaves(scenario_of(setting), {"behaviour.common_route": WAYS[slug].route})
    packed = packed_in(scenario, "market", packed_of(setting, "market").table)
    return lived(packed, one(drawn_of(setting, block), COMMON, number))[:, OF_KEPT].sum(axis=1)


@pytest.mark.parametrize("number", range(len(load()["candidates.common.names"])))
@pytest.mark.parametrize(("setting", "slug", "party"), KEPT)
def test_common(setting: str, number: int, slug: str, party: int) -> None:
    modality = load()["candidates.common.modality"][number]
    kind = Kind(COMMON, number, modality == "conjugate", "full", first_stage=PHASE_2)
    check(setting, kind, slug, party, lambda block: kept(setting, block, slug, number))


CROSSING = 7  # the quarter whose research pays for the leads below


@cache
def leads(conjugate: bool, partner_target: bool) -> Drawn:
    """Leads of a kind on one block of paths with theta fixed."""
    drawn = draw(scenario_of("fixed"), 0, PATHS["fixed"], research=600.0)
    of, full = drawn.candidates["origin"] == LEAD, drawn.candidates["full"] == 0
    return only(drawn, of & (drawn.candidates["conjugate"] == conjugate) & (full == partner_target))


@cache
def worth_of_leads(conjugate: bool, partner_target: bool, slug: str) -> tuple[np.ndarray, np.ndarray]:
    """What leads found in one quarter are worth, mean by batch, (batch, party), and how many a path has by batch."""
    packed, drawn = packed_of("fixed", slug), leads(conjugate, partner_target)
    found = packed.contracts[0 if slug == "partnership" else -1]["found"]
    drawn.candidates["effort"] = (found[CROSSING - 1] + found[CROSSING]) / 2
    counts = drawn.futures["count"].sum(axis=1).reshape(-1, BATCH).mean(axis=1)
    return lived(packed, drawn)[:, OF_PROGRAMME].sum(axis=1), counts


@pytest.mark.parametrize(("conjugate", "partner_target"), [(True, False), (False, True)])
@pytest.mark.parametrize(("slug", "party"), [c.values[1:] for c in cases("fixed")])
def test_lead(conjugate: bool, partner_target: bool, slug: str, party: int) -> None:
    first = CROSSING + int(4 * load()["leads.discovery_lag_years"])
    kind = Kind(LEAD, 0, conjugate, "short" if partner_target else "full", first)
    found, counts = worth_of_leads(conjugate, partner_target, slug)
    assert first > CROSSING and counts.min() > 1
    assert agrees(found[:, party] - counts * values_of("fixed", 0, kind, slug)[party])


TERMS: list[tuple[str, int, dict[str, Any]]] = [
    ("terms", lines.ROYALTY_FLOOR, {"deal.royalty.floor_musd": 0.0}),
    ("terms", lines.SALES_MILESTONES, {f"deal.sales_milestones.{n}_musd": () for n in ("thresholds", "amounts")}),
    ("terms", lines.COST_SHARING, {"deal.sharing.cost_share": 0.0}),
    ("option", lines.PROFIT_SHARING, {"deal.sharing.profit_share": 0.0, "deal.royalty.rates": (0.0, 0.0, 0.0)}),
    ("option", lines.OPT_IN_FEES, {"deal.opt_in.fee_musd": 0.0}),
]


@pytest.mark.parametrize(("setting", "line", "without"), TERMS, ids=[lines.LINES[line] for _, line, _ in TERMS])
def test_a_term_is_worth_what_its_closed_form_says(setting: str, line: int, without: dict[str, Any]) -> None:
    scenario, kind = scenario_of(setting), inherited_kind(0)
    chain = chain_of(scenario, "partner_run")
    thetas = (theta_of(setting, 0), known(with_leaves(scenario, without)))
    form = np.subtract(*(closed_form(theta, kind, chain).value()[COMPANY, 0] for theta in thetas))
    found = lived(packed_of(setting, "partnership"), one(drawn_of(setting, 0), INHERITED, 0))[:, :, COMPANY]
    found = found[:, line] + (found[:, lines.FILING_SHARING] if line == lines.COST_SHARING else 0.0)
    assert abs(form) > 1 and abs(found.mean() - form) < max(ERRORS * standard_error(found), 1e-3 * abs(form))
    assert standard_error(found) < 0.05 * abs(form)
