"""What research finds under whose money and when, whose candidates they are, and what a deal signed later owes."""

import numpy as np
import pytest
from anywhere import any_beliefs
from helpers import (
    World,
    believing,
    identities,
    line,
    load,
    run_world,
    standard_error,
    vary,
    with_leaves,
    without_ranges,
)

from partnering.model import lines
from partnering.model.origins import LEAD
from partnering.model.parties import COMPANY, PARTNER
from partnering.model.plan import crossing_quarter
from partnering.model.stages import NEVER, PHASE_1

RESEARCH = {
    "leads.own_research_musd": 6.0,
    "leads.window_years": 5.0,
    "leads.target_multiplier": 1.0,
    "deal.research_schedule_musd": (16.0, 12.0, 8.0),
    "deal.research_total_musd": 36.0,
    "deal.upfront_musd": 12.0,
    "deal.committed_ceiling_musd": 88.0,  # leaves 20 for each extension year
    "valuation.inflation_rate": 0.0,
}


@pytest.mark.parametrize(
    ("signing", "extensions", "by_year"),
    [
        (None, 0, (6, 6, 6, 6, 6)),
        (0, 0, (16, 12, 8, 6, 6)),
        (0, 1, (16, 12, 8, 20, 6)),
        (0, 2, (16, 12, 8, 20, 20)),
        (4, 0, (6, 16, 12, 8, 6)),
        (4, 2, (6, 16, 12, 8, 20)),  # what the last option pays for lies outside the window
    ],
)
def test_leads_arise_in_the_quarter_that_pays_for_them(
    signing: int | None, extensions: int, by_year: tuple[int, ...]
) -> None:
    """One lead for every 5 million, counted on fingers: 6 a year is 1.5 a quarter, so the first comes in the fourth."""
    packed = believing(with_leaves(load(), RESEARCH | {"strategies.partnership.signing_years": (signing or 0) / 4}))
    (each,) = (each for each in packed if each.slug == "partnership")
    contract = each.contracts[-1 if signing is None else extensions]
    assert [round(float(x), 9) for x in np.diff(contract["found"][3:20:4], prepend=0.0)] == list(by_year)
    expected, total = [], 0.0
    for quarter in range(20):
        total += by_year[quarter // 4] / 4
        while total >= 5.0 * (len(expected) + 1):
            expected.append(quarter)
    found = [crossing_quarter(each.rules[0], contract, 5.0 * (lead + 1)) for lead in range(16)]
    assert found[: len(expected)] == expected and set(found[len(expected) :]) <= {NEVER}
    assert signing is not None or expected == [3, 6, 9, 13, 16, 19]


def test_mean_leads_are_research_over_the_cost_of_a_lead() -> None:
    """Unit exponential waits make leads a Poisson count: 30 of own research at 14 a lead, 76 of the partner's."""
    leaves = RESEARCH | {"leads.cost_per_lead_musd": 14.0, "deal.extension_rule": "always"}
    world = vary(leaves, 4096, without_ranges(load()), slugs=["partnership", "market"], brief=True)
    for slug, research in (("market", 30), ("partnership", 36 + 2 * 20)):
        path, found = world.courses(slug)
        leads = np.bincount(path[found["origin"] == LEAD], minlength=world.paths)
        assert abs(leads.mean() - research / 14) < 4 * standard_error(leads)
        assert leads.var() == pytest.approx(research / 14, rel=0.1)


@pytest.mark.parametrize("signing", [0, 2])
def test_no_own_research_is_charged_while_the_partner_funds_it(signing: int) -> None:
    later = {"deal.research_cost_share": 0.8, "strategies.partnership.signing_years": signing / 4}
    world = vary(RESEARCH | later, slugs=["partnership", "market"], by_line=True)
    names = ("own_research", "research_cost", "extension_research")
    own, committed, extended = (-world.paid("partnership", line(name)) for name in names)
    taken, quarter = world.played["partnership"].kept.extensions, np.arange(world.horizon)
    paid = (quarter >= signing) & (quarter < signing + 4 * (3 + taken)[:, None])
    assert np.array_equal(own, np.where(~paid & (quarter < 20), 6 / 4, 0.0))
    assert np.array_equal(committed + extended > 0, paid)
    assert not committed[:, signing + 12 :].any() and not extended[:, : signing + 12].any()
    assert (committed + extended).sum(axis=1) == pytest.approx(0.8 * (36 + 20 * taken))
    assert -world.paid("market", line("own_research")).sum(axis=1) == pytest.approx(30)


def test_more_research_funding_never_loses_or_delays_a_lead() -> None:
    richer = tuple(year + 2.0 for year in load()["deal.research_schedule_musd"])
    ceiling = load()["deal.committed_ceiling_musd"] + 11.0
    more = {"deal.research_schedule_musd": richer, "deal.committed_ceiling_musd": ceiling}
    before, after = (lead_dates(vary(leaves)) for leaves in ({}, more))
    assert before.keys() < after.keys()
    assert all(after[who] <= before[who] for who in before)


def lead_dates(world: World) -> dict[tuple[int, int, int], int]:
    path, found = world.courses("partnership")
    leads = found["origin"] == LEAD
    return dict(zip(identities(path[leads], found[leads]), found["crossing"][leads], strict=True))


# A deal that is signed later, if at all

LATER = {"strategies.best.signs_deal": True, "strategies.best.signing_years": 1.0, "strategies.best.signing_prob": 0.5}
LATER |= {"strategies.best.inherited_routes": ("partner_run",) * 3, "deal.termination.excess_hazard_rate": 0.1}
LATER |= {"candidates.inherited.years_to_ind": (0.5, 0.7, 1.0)}


def later(gates: str) -> World:
    """A world in which the last strategy signs in a year, in half of the futures, under beliefs by chance."""
    scenario = with_leaves(load(), LATER | {"behaviour.gates": gates})
    return run_world(scenario, 256, any_beliefs(scenario, 1), slugs=["best"], by_line=True)


@pytest.mark.parametrize("gates", ["rational", "commit"])
def test_a_deal_signed_later_owes_nothing_for_what_came_before(gates: str) -> None:
    world = later(gates)
    (path, found), kept = world.courses("best"), world.played["best"].kept
    signed = kept.extensions >= 0
    assert 0.3 < signed.mean() < 0.7
    deal = kept.paid[0, :, : lines.DEAL_LINES]
    assert not deal[~signed].any() and not deal[:, :, :4].any() and deal[signed, lines.UPFRONT, 4].all()
    taken, handed = found["taken"], found["handed"] < NEVER
    assert handed.any() and (found["handed"] > taken)[handed].all()
    assert not found["collaboration"][~signed[path]].any()
    dosed = (found["entered"][:, PHASE_1] == 1) & (found["start"][:, PHASE_1] < taken) & (found["collaboration"] == 1)
    assert dosed.sum() > 20  # else there was nothing to owe


@pytest.mark.parametrize("gates", ["rational", "commit"])
def test_until_a_deal_is_signed_the_company_pays(gates: str) -> None:
    """For its early candidates; from then on the partner does, for all that it is to develop."""
    scenario = with_leaves(load(), LATER | {"behaviour.gates": gates, "strategies.best.signing_prob": 1.0})
    scenario = with_leaves(scenario, {"leads.own_research_musd": 0.0})
    played = run_world(scenario, 128, any_beliefs(scenario, 2), slugs=["best"]).played["best"]
    stages = [lines.PRECLINICAL, lines.PHASE_1, lines.PHASE_2, lines.PHASE_3]
    spent = -played.books["total"][0, stages]
    assert spent[0, COMPANY, :4].all() and not spent[:, PARTNER, :4].any()
    assert spent[:, PARTNER, 4:].any() and not spent[:, COMPANY, 4:].any()
