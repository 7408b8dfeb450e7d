"""What raising money costs the owners, and what having it is worth: by hand, and as directions of the model."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from helpers import NEVER_OPEN, World, load, standard_error, vary
from numpy.typing import NDArray

from partnering.model import lines, told
from partnering.model.money import new_shares
from partnering.model.views import FINANCED

PATHS = 512
EXACT = 1e-9
ALONE = ("market", "concept", "ind", "best")

# Three rounds by hand


def after_rounds(fee: float = 0.0, discount: float = 0.0) -> list[float]:
    """Value per existing share before three rounds of 30, 45 and 75, and after each.

    On the day the company has 50 in cash and flows worth 100: 150 for 40 million shares. The market values it at what
    its owners expect: 150, then 180, then 225, fees apart.
    """
    shares, raised, fees, found = 40.0, 0.0, 0.0, [150 / 40]
    for gross, value in ((30, 150), (45, 180), (75, 225)):
        shares += new_shares(gross, value, shares, discount)
        raised, fees = raised + gross, fees + fee * gross
        found.append((50 + 100 - fees + raised) / shares)
    return found


def test_fairly_priced_rounds_cost_the_owners_nothing() -> None:
    assert after_rounds() == pytest.approx([3.75] * 4, abs=1e-12)
    assert new_shares(30, 150, 40, 0.0) == pytest.approx(8)


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


# The model


@cache
def varied(leaf: str | None = None, value: Any = None) -> World:
    """The base case, or one leaf of it changed."""
    return lived({leaf: value} if leaf else {})


def lived(leaves: dict[str, Any], **settings: Any) -> World:
    return vary(leaves, PATHS, by_line=True, views=(FINANCED,), **settings)


def value(world: World, slug: str) -> NDArray[np.float64]:
    return world.value(slug, view=FINANCED)


def out(world: World, slug: str, name: str) -> NDArray[np.float64]:
    return world.played[slug].kept.out[name][FINANCED].astype(float)


def not_below(high: NDArray, low: NDArray, errors: float = 3.0) -> bool:
    """Whether the mean of `high` is not below that of `low` by more than some standard errors, path by path."""
    gap = high - low
    return bool(gap.mean() >= -errors * standard_error(gap))


def test_a_share_is_worth_the_cash_of_the_day_flows_and_raises_by_the_final_shares() -> None:
    """Flows carry the fees of the raises; raises are gross. Dilution is what the old shares are no more part of."""
    for slug in ALONE:
        played = varied().played[slug]
        rules, factor = played.packed.rules[0], played.packed.factor[1, 1, : varied().horizon]
        shares = rules["shares"] + played.kept.told[FINANCED, :, told.NEW_SHARES].sum(axis=1)
        raised = varied().paid(slug, lines.EQUITY_RAISE, FINANCED)
        worth = rules["opening_cash"] + value(varied(), slug) + raised @ factor
        assert out(varied(), slug, "value_per_share") == pytest.approx(worth / shares)
        assert out(varied(), slug, "dilution") == pytest.approx(1 - rules["shares"] / shares)
        assert out(varied(), slug, "raised_musd") == pytest.approx(raised.sum(axis=1))


PASSIVE: dict[str, Any] = {
    **{f"candidates.common.{part}": () for part in ("names", "modality", "phase_2_left", "territory_share")},
    "leads.own_research_musd": 0.0,
    "financing.distress_years": 0.0,
}
"""With the deal alone, nothing that the company pays for or could sell early: starts do not depend on cash."""


def test_with_nothing_to_start_more_cash_never_ends_a_path_earlier() -> None:
    """Nor does it make its owners poorer on average; on a path it may: what would have been sold may fail later."""
    levels = (12.0, 20.0, 40.0, 100.0)
    lives = [lived(NEVER_OPEN | PASSIVE | {"company.opening_cash_musd": c}, slugs=["partnership"]) for c in levels]
    for (less, poorer), (more, richer) in pairwise(zip(lives, levels, strict=True)):
        end, forced, worth = (
            [out(one, "partnership", name) for one in (less, more)] for name in ("ended_years", "forced", "npv")
        )
        assert (end[1] >= end[0]).all() and (forced[1] <= forced[0]).all()
        same = (end[1] == end[0]) & (forced[1] == forced[0])  # who is not forced goes on to the end of its rights
        assert np.abs((worth[1] - worth[0])[same, 0]).max(initial=0.0) < EXACT
        assert not_below(richer + worth[1][:, 0], poorer + worth[0][:, 0])
    assert (out(lives[0], "partnership", "ended_years") < out(lives[-1], "partnership", "ended_years")).any()


def test_more_opening_cash_forces_no_more_companies_to_end() -> None:
    """The market pays for it as it is: what it pays for besides, the franchise among it, is the same."""
    cash, value = load()["company.opening_cash_musd"], load()["company.pre_deal_value_musd"]
    lives = []
    for more in (-cash / 2, 0.0, cash / 2, cash):
        leaves = {"company.opening_cash_musd": cash + more, "company.pre_deal_value_musd": value + more}
        lives.append(lived(leaves, slugs=ALONE))
    for slug in ALONE:
        forced = [out(world, slug, "forced") for world in lives]
        assert all(not_below(*each) for each in pairwise(forced)), slug
        assert forced[0].mean() > forced[1].mean() > forced[-1].mean(), slug


# Directions


def test_a_fee_is_paid_on_every_raise_and_a_higher_one_costs_more() -> None:
    """Its part of what is raised leaves the company. What it does to value is not sure: it may also end it sooner."""
    dear = varied("financing.issue_fee_rate", 0.20)
    for slug in ALONE:
        raised, fee = (dear.paid(slug, at, FINANCED) for at in (lines.EQUITY_RAISE, lines.ISSUE_FEE))
        assert raised.any() and np.allclose(-fee, 0.20 * raised, rtol=0, atol=1e-12)
        assert fee.sum() < varied().paid(slug, lines.ISSUE_FEE, FINANCED).sum()


def test_a_deeper_discount_lowers_value_per_share_alone() -> None:
    """No money leaves: the same company, more shares."""
    cheap = varied("financing.issue_discount_rate", 0.30)
    for slug in ALONE:
        assert np.array_equal(value(cheap, slug), value(varied(), slug))
        raised = out(cheap, slug, "raised_musd") > 0
        more, before = out(cheap, slug, "dilution"), out(varied(), slug, "dilution")
        assert raised.any() and (more > before)[raised].all() and np.array_equal(more[~raised], before[~raised])


def test_a_deeper_haircut_lowers_the_value_of_going_alone_and_forces_more_ends() -> None:
    """Sales under pressure bring less: less value in themselves, and less money to go on with."""
    light, deep = varied("financing.sale_haircut", 0.25), varied("financing.sale_haircut", 0.75)
    for slug in ALONE:
        assert not not_below(value(deep, slug), value(light, slug)), slug
        assert out(deep, slug, "forced").mean() > out(light, slug, "forced").mean()


def test_a_heavier_burn_shortens_lives_and_does_not_raise_value() -> None:
    """It is spent as long as the company lives; it then ends earlier, forced or because going on is worth less."""
    heavy = varied("company.other_burn_musd", 24.0)
    for slug in ALONE:
        assert not not_below(out(heavy, slug, "ended_years"), out(varied(), slug, "ended_years")), slug
        assert not_below(value(varied(), slug), value(heavy, slug)), slug
    assert not not_below(value(heavy, "partnership"), value(varied(), "partnership"))


def test_a_window_that_never_opens_shortens_going_alone_more_than_the_deal() -> None:
    """Going alone lives on raises; the deal pays as it goes. The company ends sooner, by force or by choice."""
    shut = lived(NEVER_OPEN)
    lasts = {slug: [out(world, slug, "ended_years") for world in (shut, varied())] for slug in shut.played}
    lost = {slug: float(np.mean(before - after)) for slug, (after, before) in lasts.items()}
    for slug in ALONE:
        assert not not_below(*lasts[slug]), slug
        assert lost[slug] > lost["partnership"] >= 0
        assert not out(shut, slug, "raised_musd").any()


def test_a_deal_raises_less() -> None:
    for slug in ALONE:
        assert out(varied(), "partnership", "raised_musd").sum() < out(varied(), slug, "raised_musd").sum()
