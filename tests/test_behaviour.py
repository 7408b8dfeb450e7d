"""What research finds under whose money and when, and whose candidates they are."""

from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from decided import books_of
from helpers import World, identities, load, vary, with_leaves, without_ranges
from numpy.typing import NDArray
from sharp import design

from partnering.course.research import NEVER, crossing_quarter, research_quarters
from partnering.course.strategies import Party
from partnering.deal.ledger import DEAL_LINES, by_path_and_quarter
from partnering.results.statistics import standard_error
from partnering.world.candidates import Candidates, Origin, Stage

# Research: who pays, which leads it finds, and when

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
        (NEVER, 0, (6, 6, 6, 6, 6)),
        (0, 0, (16, 12, 8, 6, 6)),
        (0, 1, (16, 12, 8, 20, 6)),
        (0, 2, (16, 12, 8, 20, 20)),
        (4, 0, (6, 16, 12, 8, 6)),
        (4, 2, (6, 16, 12, 8, 20)),  # what the last option pays for lies outside the window
    ],
)
def test_leads_arise_in_the_quarter_that_pays_for_them(signing: int, extensions: int, by_year: tuple[int, ...]) -> None:
    """One lead for every 5 million, counted on fingers: 6 a year is 1.5 a quarter, so the first comes in the fourth."""
    spent = research_quarters(with_leaves(load(), RESEARCH), signing, extensions)
    assert [round(float(year), 9) for year in spent.reshape(5, 4).sum(axis=1)] == list(by_year)
    needed, expected, total = np.arange(5.0, 85.0, 5.0), [], 0.0
    for quarter in range(20):
        total += by_year[quarter // 4] / 4
        while len(expected) < len(needed) and total >= needed[len(expected)]:
            expected.append(quarter)
    found = crossing_quarter(needed, spent)
    assert list(found[: len(expected)]) == expected
    assert (found[len(expected) :] > 1000).all()
    if signing == NEVER:
        assert expected == [3, 6, 9, 13, 16, 19]


def test_mean_leads_are_research_over_the_cost_of_a_lead():
    """Unit exponential waits make leads a Poisson count: 30 of own research at 14 a lead, 76 of the partner's."""
    leaves = RESEARCH | {"leads.cost_per_lead_musd": 14.0, "deal.extension_rule": "always"}
    world = vary(leaves, 4096, without_ranges(load()), slugs=["partnership", "market"])
    for slug, research in (("market", 30), ("partnership", 36 + 2 * 20)):
        course = world.books[slug].course
        leads = np.bincount(course.path[course.candidates.origin == Origin.LEAD], minlength=world.paths)
        assert abs(leads.mean() - research / 14) < 4 * standard_error(leads)
        assert leads.var() == pytest.approx(research / 14, rel=0.1)


def test_a_lead_is_the_same_molecule_in_every_strategy_only_its_date_differs():
    world = vary({}, 300)
    compared = Counter()
    for slug in ("market", "concept", "best"):
        signed, alone = (world.books[s].course for s in ("partnership", slug))
        place = {who: row for row, who in enumerate(identities(signed.candidates))}
        for row, who in enumerate(identities(alone.candidates)):
            if who in place:
                for name in (f.name for f in fields(Candidates)):
                    mine, other = getattr(alone.candidates, name)[row], getattr(signed.candidates, name)[place[who]]
                    assert np.array_equal(mine, other), (who, name)
                compared[who[1]] += 1
    assert compared[Origin.INHERITED] == 3 * 3 * 300 and compared[Origin.LEAD] > 500


@pytest.mark.parametrize("signing", [0, 2])
def test_no_own_research_is_charged_while_the_partner_funds_it(signing: int) -> None:
    later = {"deal.research_cost_share": 0.8, "strategies.partnership.signing_years": signing / 4}
    world = vary(RESEARCH | later, 400, slugs=["partnership", "market"])
    books = world.books["partnership"]
    lines = ("own_research", "research_cost", "extension_research")
    own, committed, extended = (spent_by_quarter(world, "partnership", line) for line in lines)
    funded = committed + extended
    quarter, until = np.arange(world.horizon), signing + 4 * (3 + books.plan.extensions)[:, None]
    paid = (quarter >= signing) & (quarter < until)
    assert np.array_equal(own, np.where(~paid & (quarter < 20), 6 / 4, 0.0))
    assert np.array_equal(funded > 0, paid)
    assert not committed[:, signing + 12 :].any() and not extended[:, : signing + 12].any()
    assert funded.sum(axis=1) == pytest.approx(0.8 * (36 + 20 * books.plan.extensions))
    alone = spent_by_quarter(world, "market", "own_research")
    assert alone.sum(axis=1) == pytest.approx(30)


def spent_by_quarter(world: World, slug: str, *lines: str) -> NDArray[np.float64]:
    flows = [flow for flow in world.books[slug].flows if flow.line in lines]
    return sum(by_path_and_quarter(flow, world.paths, world.horizon) for flow in flows)


def test_more_research_funding_never_loses_or_delays_a_lead():
    base = vary({})
    richer = tuple(year + 2.0 for year in load()["deal.research_schedule_musd"])
    ceiling = load()["deal.committed_ceiling_musd"] + 11.0
    more = vary({"deal.research_schedule_musd": richer, "deal.committed_ceiling_musd": ceiling})
    before, after = (lead_dates(world) for world in (base, more))
    assert set(before) < set(after)
    assert all(after[who] <= before[who] for who in before)


def lead_dates(world: World) -> dict[tuple[int, int, int], int]:
    course = world.books["partnership"].course
    leads = course.take(course.candidates.origin == Origin.LEAD)
    return dict(zip(identities(leads.candidates), leads.crossing, strict=True))


# A deal that is signed later, if at all

LATER = [(number, rational) for number in range(3) for rational in (True, False)]
"""Designs in which the last strategy signs later, in half of the futures."""


def test_a_deal_signed_later_owes_nothing_for_what_came_before() -> None:
    dosed_before = 0
    for at in LATER:
        books = books_of(design(*at).task, "best", design(*at).draws)
        course, signing = books.course, books.plan.signing
        assert 0.3 < (signing < NEVER).mean() < 0.7
        for flow in books.flows:
            assert flow.line not in DEAL_LINES or (flow.first >= signing[flow.path]).all(), flow.line
        taken, handed = signing[course.path], course.handed < NEVER
        assert handed.any() and (course.handed > taken)[handed].all()
        assert not course.collaboration[taken == NEVER].any()
        dosed = course.entered[:, Stage.PHASE_1] & (course.start[:, Stage.PHASE_1] < taken)
        dosed_before += int((dosed & course.collaboration).sum())
    assert dosed_before > 20  # else there was nothing to owe


@pytest.mark.parametrize(("number", "rational"), LATER)
def test_until_a_deal_is_signed_the_company_pays(number: int, rational: bool) -> None:
    of = design(number, rational)
    books = books_of(of.task, "best", of.draws)
    signing, stages = books.plan.signing, ("preclinical", "phase_1", "phase_2", "phase_3")
    spent = [flow for flow in books.flows if flow.line in stages and flow.programme]
    for flow in spent:
        funded = books.course.collaboration[flow.row]
        if flow.payer == Party.COMPANY:
            assert (flow.last <= signing[flow.path])[funded].all()
        elif flow.payer == Party.PARTNER:
            assert funded.all() and (flow.first >= signing[flow.path]).all()
    payers = {flow.payer for flow in spent if books.course.collaboration[flow.row].any()}
    assert {Party.COMPANY, Party.PARTNER} <= payers
