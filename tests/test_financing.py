"""What raising money costs the owners, and what having it is worth: by hand, and as directions of the model."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from firms import ALONE, NEVER_OPEN, Lived, base_life, finance, not_below, states, today
from helpers import load

from partnering.analysis.cases.rounds import ownership_sold
from partnering.company.shares import new_shares, value_per_share
from partnering.course.research import NEVER

PATHS = 600
EXACT = 1e-9

# Three rounds by hand


def after_rounds(fee: float = 0.0, discount: float = 0.0) -> list[float]:
    """Value per existing share before three rounds of 30, 45 and 75, and after each.

    On the day the company has 50 in cash and flows worth 100: 150 for 40 million shares. The market values it at what
    its owners expect: 150, then 180, then 225, fees apart.
    """
    shares, raised, fees, found = 40.0, 0.0, 0.0, [150 / 40]
    for gross, value in ((30, 150), (45, 180), (75, 225)):
        shares += float(new_shares(gross, value, shares, discount))
        raised, fees = raised + gross, fees + fee * gross
        found.append(float(value_per_share(50, 100 - fees, raised, shares)))
    return found


def test_fairly_priced_rounds_cost_the_owners_nothing() -> None:
    assert after_rounds() == pytest.approx([3.75] * 4, abs=1e-12)
    assert float(new_shares(30, 150, 40)) == pytest.approx(8)
    assert ownership_sold(30, 150) == pytest.approx(30 / 180)


def test_a_fee_is_shared_by_old_and_new_shares() -> None:
    """At 6 % the rounds cost 1.8, 4.5 and 9.0 in all, over 48, 60 and 80 million shares."""
    expected = [3.75, (180 - 1.8) / 48, (225 - 4.5) / 60, (300 - 9.0) / 80]
    assert after_rounds(fee=0.06) == pytest.approx(expected, abs=1e-12)


def test_a_discount_gives_new_shares_for_nothing() -> None:
    """At 10 % the first 30 buy 30 / (0.9 x 3.75) = 8.889 million shares instead of 8, and so on from there."""
    first = 40 * (1 + 30 / 135)
    second = first * (1 + 45 / 162)
    third = second * (1 + 75 / 202.5)
    assert after_rounds(discount=0.10) == pytest.approx([3.75, 180 / first, 225 / second, 300 / third], abs=1e-12)
    assert first == pytest.approx(48 + 8 / 9)


def test_a_fair_price_is_fair_on_average() -> None:
    """What becomes of the flows later, 240 or 0 at even odds, changes what each owner gets but not what he expects."""
    shares = 40 + float(new_shares(30, 50 + 120, 40))
    ends = [float(value_per_share(50, flows, 30, shares)) for flows in (240, 0)]
    assert np.mean(ends) == pytest.approx(170 / 40) and ends[0] - ends[1] == pytest.approx(240 / shares)


# Raises of the model


def test_raises_keep_to_the_rule() -> None:
    lived = base_life()
    policy, found = lived.firm.policy, states(lived.firm)
    gross, value, need, issued = (today(found, name) for name in ("raised", "market_value", "need", "new_shares"))
    raised, limit = gross > 0, lived.firm.of_path(policy.raise_limit)
    assert raised.sum() > 100 and lived.firm.open[raised].all()
    assert (gross[raised] >= policy.raise_least - EXACT).all()
    assert (gross[raised] <= (limit * value)[raised] + EXACT).all()
    fee = today(found, "issue_fee")
    assert np.abs(fee + policy.fee * gross).max() < EXACT
    for lane in np.flatnonzero(raised.sum(axis=0) > 1):
        assert np.diff(np.flatnonzero(raised[:, lane])).min() >= policy.raise_gap
    in_hand = today(found, "opening_cash") + today(found, "receipts")
    assert (in_hand < need)[raised].all()  # never without being short
    limits = np.isclose(gross, limit * value) & raised
    assert limits.any() and (raised & ~limits).any()
    shares = policy.shares
    for quarter, state in enumerate(found):
        paid = issued[quarter] * value[quarter] * (1 - policy.discount) / shares  # at the price before the raise
        assert np.abs(np.where(raised[quarter], paid, 0.0) - gross[quarter]).max() < EXACT
        assert not issued[quarter][~raised[quarter]].any()
        shares = shares + issued[quarter]
        assert np.allclose(state.shares, shares, rtol=1e-12)


def test_a_short_company_raises_where_it_may() -> None:
    """Short, open, no raise within the year, a market that takes the least: then it does raise."""
    lived = base_life()
    policy, found = lived.firm.policy, states(lived.firm)
    gross, need = today(found, "raised"), today(found, "need")
    last, missed, must = np.full(lived.firm.lanes, -NEVER), 0, 0
    for quarter, state in enumerate(found):
        ends_before = (state.ended <= 2 * quarter + 1) & (state.ended > 0)
        short = state.today["opening_cash"] + state.today["receipts"] < need[quarter] - EXACT
        takes = lived.firm.of_path(policy.raise_limit) * state.today["market_value"] >= policy.raise_least
        may = short & takes & lived.firm.open[quarter] & (quarter - last >= policy.raise_gap) & ~ends_before
        missed, must = missed + int((may & (gross[quarter] == 0)).sum()), must + int(may.sum())
        last = np.where(gross[quarter] > 0, quarter, last)
    assert must > 100 and missed == 0


# More cash in hand


PASSIVE: dict[str, Any] = {
    **{f"candidates.common.{part}": () for part in ("names", "modality", "phase_2_left", "territory_share")},
    "leads.own_research_musd": 0.0,
    "financing.distress_years": 0.0,
}


def passive(cash: float) -> Lived:
    """The deal alone, with nothing that the company pays for or could sell early: starts do not depend on cash."""
    return finance(NEVER_OPEN | PASSIVE | {"company.opening_cash_musd": cash}, slugs=["partnership"])


def test_with_nothing_to_start_more_cash_never_ends_a_path_earlier() -> None:
    """Nor does it make its owners poorer on average; on a path it may: what would have been sold may fail later.

    Flows alone may be worth less: a company that ends in any case before its milestones burns more until it does.
    """
    lives = [passive(cash) for cash in (12.0, 20.0, 40.0, 100.0)]
    assert not lives[0].firm.portfolio.mobile.any()
    for less, more in pairwise(lives):
        assert (more.ended("partnership") >= less.ended("partnership")).all()
        assert (more.forced("partnership") <= less.forced("partnership")).all()
        assert not less.kept("raised", "partnership").any()
        same = more.ended("partnership") == less.ended("partnership")
        assert np.abs((more.value("partnership") - less.value("partnership"))[same]).max(initial=0.0) < EXACT
        wealth = [one.firm.policy.opening_cash + one.value("partnership") for one in (more, less)]
        assert not_below(*wealth) and wealth[0].mean() > wealth[1].mean()
    assert (lives[0].ended("partnership") < lives[-1].ended("partnership")).any()


@cache
def varied(leaf: str | None = None, value: Any = None) -> Lived:
    """The base case, or one leaf of it changed."""
    return finance({leaf: value} if leaf else {}, paths=PATHS)


def test_more_opening_cash_forces_no_more_companies_to_end() -> None:
    base, cash = varied(), load()["company.opening_cash_musd"]
    more = [varied("company.opening_cash_musd", cash * factor) for factor in (1.5, 2.0)]
    for lived in more:
        for slug in base.world.books:
            assert not_below(base.forced(slug), lived.forced(slug)), slug
    less = varied("company.opening_cash_musd", cash / 2)
    for slug in ALONE:
        assert less.forced(slug).mean() > base.forced(slug).mean()


# Directions


def test_a_fee_is_paid_on_every_raise_and_a_higher_one_costs_more() -> None:
    """Its part of what is raised leaves the company. What it does to value is not sure: it may also end it sooner."""
    dear = varied("financing.issue_fee_rate", 0.20)
    for slug in ALONE:
        raised, fee = dear.kept("raised", slug), -dear.kept("issue_fee", slug)
        assert raised.any() and np.allclose(fee, 0.20 * raised, rtol=0, atol=1e-12)
        assert fee.sum() > -varied().kept("issue_fee", slug).sum()


def test_a_deeper_discount_lowers_value_per_share_alone() -> None:
    """No money leaves: the same company, more shares."""
    cheap = varied("financing.issue_discount_rate", 0.30)
    for slug in ALONE:
        assert np.array_equal(cheap.value(slug), varied().value(slug))
        lanes, raised = cheap.lanes(slug), cheap.kept("raised", slug).any(axis=0)
        more, before = cheap.life.state.shares[lanes], varied().life.state.shares[lanes]
        assert raised.any() and (more > before)[raised].all() and np.array_equal(more[~raised], before[~raised])


def test_a_deeper_haircut_lowers_the_value_of_going_alone_and_forces_more_ends() -> None:
    """Sales under pressure bring less: less value in themselves, and less money to go on with."""
    light, deep = varied("financing.sale_haircut", 0.25), varied("financing.sale_haircut", 0.75)
    for slug in ALONE:
        assert not not_below(deep.value(slug), light.value(slug)), slug
        assert deep.forced(slug).mean() > light.forced(slug).mean()


def test_a_heavier_burn_shortens_lives_and_does_not_raise_value() -> None:
    """It is spent as long as the company lives; it then ends earlier, forced or because going on is worth less."""
    heavy = varied("company.other_burn_musd", 24.0)
    for slug in ALONE:
        end = [np.minimum(one.ended(slug), 2 * one.world.horizon) for one in (heavy, varied())]
        assert not not_below(*end), slug
        assert not_below(varied().value(slug), heavy.value(slug)), slug
    assert not not_below(heavy.value("partnership"), varied().value("partnership"))


def test_a_window_that_never_opens_shortens_going_alone_more_than_the_deal() -> None:
    """Going alone lives on raises; the deal pays as it goes. The company ends sooner, by force or by choice."""
    shut = finance(NEVER_OPEN, paths=PATHS)
    lasts = {
        slug: [np.minimum(lived.ended(slug), 2.0 * lived.world.horizon) for lived in (shut, varied())]
        for slug in shut.world.books
    }
    lost = {slug: float(np.mean(before - after)) for slug, (after, before) in lasts.items()}
    for slug in ALONE:
        assert not not_below(*lasts[slug]), slug
        assert lost[slug] > lost["partnership"] >= 0
        assert not shut.kept("raised", slug).any()


def test_a_deal_raises_less() -> None:
    for slug in ALONE:
        assert varied().kept("raised", "partnership").sum() < varied().kept("raised", slug).sum()
