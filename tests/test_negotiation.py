"""What terms are worth in each other, and where two parties may meet: worked by hand, in the limits, and in a run."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from helpers import SEED, load, with_leaves
from hypothesis import given, settings
from hypothesis import strategies as st

from partnering.analysis.negotiation import Bargain, Gains, bargain, trading_gaps, worth_in
from partnering.analysis.royalty import NEW_LEAD, neutral_band, royalty_band, scale_royalty, turning_points
from partnering.inputs.lines import LEDGER
from partnering.model import chains, parties
from partnering.model.parties import PARTNER_RUN
from partnering.model.run import pack
from partnering.model.stages import PRECLINICAL
from partnering.results.simulate import simulate
from partnering.results.tables import tabulate_exposures, tabulate_lines

EXACT = 1e-9

# Exposures of a run


def test_terms_times_units_are_the_deal_for_every_party_that_has_a_part_in_it():
    """Where it may be signed later too, the company pays part of it, products come back and rates are unequal."""
    run = simulate(with_leaves(load("bidder_later"), EVERYTHING), SEED, 300)
    units, lines = tabulate_exposures(run), tabulate_lines(run).query("view == 'pretax'")
    lines = lines[lines["line"].isin([line.name for line in LEDGER if line.part == "deal"])]
    paid = (units["value"] * units["unit_mean"]).groupby([units["strategy"], units["party"]]).sum()
    moved = lines.groupby(["strategy", "party"])["value"].sum()
    assert len(moved) == 6 and (moved.abs() > 0.01).all()
    assert np.abs(paid.sub(moved, fill_value=0.0)).max() < EXACT
    assert not units.duplicated(["strategy", "party", "term"]).any()
    assert {"copromotion_refund", "returned_milestones", "reversion_royalties"} <= set(lines["line"])


EVERYTHING = {
    "deal.copromotion.offered": True,
    "deal.termination.excess_hazard_rate": 0.05,
    "strategies.partnership.rate_spread": -0.01,
}


# Exchange rates

COMPANY = {"upfront": 1.0, "milestone": 0.5, "royalty": 250.0}
PARTNER = {"upfront": -1.0, "milestone": -0.4, "royalty": -250.0, "nothing": 0.0}


def test_terms_in_upfront_by_hand():
    assert worth_in(COMPANY, "upfront") == COMPANY and worth_in(COMPANY, "milestone")["royalty"] == 500
    assert worth_in(PARTNER, "upfront") == {"upfront": 1.0, "milestone": 0.4, "royalty": 250.0}  # none of nothing
    assert worth_in({"royalty": 2.0}, "upfront") == {}


def test_both_gain_by_trading_a_term_that_one_of_them_values_more():
    """A dollar more of milestones brings the company 0.5 and costs the partner 0.4: at 0.45 less upfront both gain."""
    gaps = trading_gaps(COMPANY, PARTNER, "upfront")
    assert gaps == pytest.approx({"upfront": 1, "milestone": 1.25, "royalty": 1})
    company, partner = (units["milestone"] - 0.45 * units["upfront"] for units in (COMPANY, PARTNER))
    assert company > 0 and partner > 0


# The bargain


def linear(**walk_away: float) -> Bargain:
    """The company has 50 and keeps every dollar; the partner has 30 and loses one."""
    transfer = np.array([-10.0, 10.0])
    return bargain(transfer, 50 + transfer, 30 - transfer, **walk_away)


def test_a_bargain_by_hand():
    found = linear(company_walk_away=40.0, partner_walk_away=0.0)
    assert found.actual == (10, 30) and found.exists
    assert [found.least, found.most] == pytest.approx([-10, 30])  # beyond the table too
    assert found.equal_split == pytest.approx(10)


def test_who_keeps_less_of_a_dollar_gets_more_of_them_to_be_equal():
    """Of a dollar the company keeps 0.6: gains 0.6 t and 30 - t; equal at 18.75."""
    transfer = np.array([0.0, 30.0])
    found = bargain(transfer, 0.6 * transfer, 30 - transfer, 0.0, 0.0)
    assert found.equal_split == pytest.approx(18.75)
    assert (found.least, found.most) == pytest.approx((0, 30))


def test_a_bargain_between_knots_by_hand():
    """A dollar is worth 2 to the company up to 10 and 0.5 beyond: both gain 20 at the knot."""
    transfer = np.array([0.0, 10.0, 40.0])
    found = bargain(transfer, np.array([0.0, 20.0, 35.0]), 30 - transfer, 0.0, 0.0)
    assert found.equal_split == pytest.approx(10)
    assert found.most == pytest.approx(30)


def test_where_there_is_no_range_it_says_so():
    """50 + 30 to share; walk-aways of 60 and 20 leave one point, a dollar more leaves none."""
    one_point = linear(company_walk_away=60.0, partner_walk_away=20.0)
    assert one_point.exists and one_point.actual[0] < 0
    assert [one_point.least, one_point.most, one_point.equal_split] == pytest.approx([10, 10, 10])
    none = linear(company_walk_away=61.0, partner_walk_away=20.0)
    assert not none.exists and none.least - none.most == pytest.approx(1)
    assert none.equal_split is None


amounts = st.floats(-50, 50)
slopes = st.floats(0.2, 3)


@settings(max_examples=30, deadline=None)
@given(company=amounts, partner=amounts, rises=st.lists(slopes, min_size=3, max_size=3), falls=st.tuples(*[slopes] * 3))
def test_points_lie_in_the_range(company, partner, rises, falls):
    transfer = np.array([-20.0, -5.0, 0.0, 25.0])
    ours, theirs = (np.cumsum([start, *(np.diff(transfer) * s)]) for start, s in ((company, rises), (-partner, falls)))
    found, gains = bargain(transfer, ours, -theirs, 0.0, 0.0), Gains(transfer, ours, -theirs)
    joint = max(min(gains.at(t)) for t in np.linspace(-300, 300, 601))
    assert found.exists or joint <= 0
    assert gains.at(found.least)[0] == pytest.approx(0, abs=1e-6)
    assert gains.at(found.most)[1] == pytest.approx(0, abs=1e-6)
    if found.equal_split is not None:
        assert found.least - EXACT <= found.equal_split <= found.most + EXACT
        assert gains.at(found.equal_split)[0] == pytest.approx(gains.at(found.equal_split)[1], abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(company=amounts, partner=amounts, rise=slopes, fall=slopes)
def test_parties_that_change_places_meet_at_the_same_point(company, partner, rise, fall):
    transfer = np.array([-30.0, 30.0])
    one = bargain(transfer, company + rise * transfer, partner - fall * transfer, 0.0, 0.0)
    two = bargain(transfer, partner + fall * transfer, company - rise * transfer, 0.0, 0.0)
    assert [two.least, two.most] == pytest.approx([-one.most, -one.least], abs=1e-6)
    assert one.exists == two.exists or one.most == pytest.approx(one.least, abs=1e-6)
    if one.exists and two.exists:
        assert two.equal_split == pytest.approx(-one.equal_split, abs=1e-6)


def test_gains_that_make_no_sense_are_refused():
    rising = np.array([0.0, 1.0])
    for gains in ((rising, rising, rising), (rising, -rising, -rising), (-rising, rising, -rising)):
        with pytest.raises(ValueError, match="gains need"):
            Gains(*gains)


# The band in which a royalty moves no decision


@cache
def band() -> pd.DataFrame:
    return royalty_band(load(), (0.0, 0.5, 1.0, 1.25, 2.0, 4.0, 8.0))


def test_at_the_actual_rates_it_is_the_table_that_decides():
    packed = pack(load())[0]
    worth = packed.table.worth[chains.PARTNER, :, :, PRECLINICAL, 0]
    actual = list(band().query("multiple == 1").itertuples())
    for place, response in zip(np.flatnonzero(packed.routes == PARTNER_RUN), actual[:-1], strict=True):
        assert (response.company, response.partner) == (worth[parties.COMPANY, place], worth[parties.PARTNER, place])
        assert response.takes == pytest.approx(1) and 0 < response.phase_3 < 1
    assert actual[-1].candidate == NEW_LEAD
    assert actual[-1].partner == pytest.approx(packed.table.lead_to_partner, abs=EXACT)


def test_a_royalty_moves_value_until_it_moves_a_decision_and_then_destroys_it():
    for _, mine in band().groupby("candidate"):
        mine = mine.set_index("multiple")
        joint, ours, theirs = mine["company"] + mine["partner"], mine["company"], mine["partner"]
        assert joint[1.25] == pytest.approx(joint[1], abs=EXACT) and ours[1.25] > ours[1]
        assert ours[1.25] - ours[1] == pytest.approx(theirs[1] - theirs[1.25], abs=EXACT)
        assert 0.99 * joint[1] < joint[2] <= joint[1] + EXACT  # some of the lowest forecasts are dropped by then
        assert (mine.loc[8, ["takes", "company", "partner"]] == 0).all() and joint[1] > 1
        assert theirs.is_monotonic_decreasing


def test_turns_and_the_band_between_them():
    low, high = neutral_band(band())
    assert 0 <= low <= 1 and 1.25 <= high < 8
    turns = turning_points(band())
    assert set(turns.query("decision == 'takes'")["candidate"]) == set(band()["candidate"])
    for turn in turns.itertuples():
        assert not low < turn.multiple <= high
        assert turn.decision != "takes" or (turn.before > turn.after and turn.multiple > 1)
    assert neutral_band(band().query("multiple in (1, 1.25)")) == (1.0, 1.25)


def test_without_commercial_stops_a_royalty_is_a_transfer_whatever_it_is():
    plain = royalty_band(load("gates_commit"), (1.0, 8.0))
    assert turning_points(plain).empty and (plain[["takes", "phase_3", "review"]] == 1).all(axis=None)
    wide = plain.pivot_table(["company", "partner"], "candidate", "multiple")
    joint = wide["company"] + wide["partner"]
    assert joint[1.0].to_numpy() == pytest.approx(joint[8.0].to_numpy(), abs=EXACT)
    assert (wide["partner"][8.0] < 0).all()


def test_scaling_the_royalty_scales_every_tier_and_nothing_else():
    scaled, base = scale_royalty(load(), 2.0), load()
    changed = {path for path in base.leaves if scaled[path] != base[path]}
    assert changed == {"deal.royalty.rates"}
    assert scaled["deal.royalty.rates"] == tuple(2 * rate for rate in base["deal.royalty.rates"])


def test_an_option_the_partner_does_not_take_leaves_the_candidate_with_the_company():
    """Dearer royalties end what the partner takes; the company goes on, and nothing it keeps owes a royalty."""
    for _, mine in royalty_band(load("late_stage"), (1.0, 2.0, 30.0)).groupby("candidate"):
        one, two, dear = mine.itertuples()
        assert 0 < two.takes <= one.takes < 1 and dear.takes == dear.partner == 0
        assert dear.company > 0 and one.partner >= two.partner > 0
