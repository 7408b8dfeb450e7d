"""Decisions of those who pay, against other means: who takes a licence, when a product is withdrawn, what classes cost.

The closed form with decisions is held against the model in test_closed_form.py.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from analytic.market import Product, value_market
from analytic.peak import peak_given
from analytic.prospect import Prospect, Run
from analytic.table import analytic_table, belief_policy, belief_theta, kinds_of
from analytic.tree import ClosedForm
from closed_forms import (
    CERTAIN,
    ERRORS,
    Drawn,
    beliefs_of,
    draw,
    followed,
    inherited_kind,
    known,
    lived,
    one,
    packed_in,
    packed_of,
    scenario_of,
)
from helpers import PLAIN_MARKET, load, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.analysis.rollback import roll_back
from partnering.clock import discount, mid_years, start_years, to_quarters
from partnering.inputs import Scenario
from partnering.model import lines
from partnering.model.beliefs import believe
from partnering.model.chains import BEST, LICENSE, LICENSEE, OWN, PARTNER, REFUSED
from partnering.model.origins import INHERITED, LEAD
from partnering.model.parties import COMPANY, OTHERS
from partnering.model.parties import PARTNER as THE_PARTNER
from partnering.model.run import slugs_of
from partnering.model.stages import MARKET, NEVER, PHASE_1, PHASE_2, PHASE_3, PRECLINICAL
from partnering.model.views import EARLY, LATE_SEARCH, PRETAX, REFUSED_SEARCH
from partnering.results.statistics import standard_error

# A product that sells too little is withdrawn

COSTS = [lines.COGS, lines.SELLING, lines.LAUNCH_BUILD, lines.LIFECYCLE]
FIRST_YEAR = 4


def sold_alone(leaves: dict[str, float]) -> tuple[Scenario, NDArray[np.float64]]:
    """Certain products with a wide spread of peaks, and the least sales that management goes on with."""
    wide = {"sales.peak_log_sd": 1.4, "sales.erosion_loss": 0.6, "sales.peak_median_musd": 120.0}
    scenario = with_leaves(scenario_of("fixed"), CERTAIN | leaves | wide)
    return scenario, believe(with_leaves(scenario, {"behaviour.gates": "rational"}), "market").least_sales


def lasting(scenario: Scenario, courses: NDArray) -> NDArray[np.int64]:
    """For how many quarters products are sold."""
    horizon = int(to_quarters(scenario["valuation.horizon_years"]))
    return np.minimum(courses["withdrawn"], horizon) - courses["launch"]


@pytest.mark.parametrize("number", [0, 1], ids=["conjugate", "naked"])
def test_withdrawal_in_expectation_is_withdrawal_product_by_product(number: int) -> None:
    scenario, least = sold_alone({})
    drawn = one(draw(scenario, 0, 4096), INHERITED, number)
    packed = packed_in(scenario, "market", replace(beliefs_of("fixed"), least_sales=least))
    courses = followed(packed, drawn).courses[:, 0]
    (launch,), (exclusive_until,) = set(courses["launch"]), set(courses["loss_of_exclusivity"])
    assert 0.5 < lasting(scenario, courses).mean() / (140 - launch) < 0.95  # it happens, and not everywhere
    at = (np.array([launch]), np.array([exclusive_until]), number == 0, True, 1.0, False)
    theta = known(scenario)
    form = value_market(theta, Product(*at, least[int(number == 0)]), 0.11, peak_given(theta, None), 8)
    found = lived(packed, drawn)[:, :, COMPANY] / discount(start_years(launch), 0.11)
    for values, expected in ((found[:, lines.NET_SALES], form.net_sales), (-found[:, COSTS].sum(axis=1), form.costs)):
        assert abs(values.mean() - float(expected[0, 0])) < ERRORS * standard_error(values)


@pytest.mark.parametrize("number", [0, 1], ids=["conjugate", "naked"])
def test_a_product_is_sold_exactly_as_long_as_pays_best(number: int) -> None:
    """Where the market is as expected, every product is dropped at the best of all possible quarters."""
    scenario, least = sold_alone(PLAIN_MARKET)
    drawn, table = one(draw(scenario, 0, 200), INHERITED, number), beliefs_of("fixed")
    packed = packed_in(scenario, "market", replace(table, least_sales=least))
    courses = followed(packed, drawn).courses[:, 0]
    lasted, (launch,) = lasting(scenario, courses), set(courses["launch"])
    on = [lines.NET_SALES, lines.COGS, lines.SELLING, lines.LIFECYCLE]
    paid = followed(packed_in(scenario, "market", table), drawn, told=200).paid[PRETAX]
    earned = paid[:, on, launch:].sum(axis=1)
    total = np.cumsum(earned * discount(mid_years(np.arange(earned.shape[1])), 0.11), axis=1)
    best = total[:, FIRST_YEAR - 1 :].max(axis=1)  # the first year is sold in any case
    assert total[np.arange(len(lasted)), lasted - 1] == pytest.approx(best, abs=1e-4)
    assert (lasted == FIRST_YEAR).any() and len(set(lasted)) > 20 and best.max() > 10


# What the classes of forecast cost


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("chain", "party"), [(PARTNER, THE_PARTNER), (OWN, COMPANY), (LICENSE, COMPANY), (BEST, COMPANY)]
)
def test_classes_of_a_quarter_of_a_standard_deviation_are_fine_enough_to_believe(
    chain: int, party: int, number: int
) -> None:
    """Whoever decides finds its candidates worth the same, within 0.5 million, in classes a fifth as wide."""
    theta, values = known(scenario_of("rational")), []
    for policy in (belief_policy(theta), belief_policy(theta, np.arange(-80, 91) / 20)):
        prospect = Prospect(theta, inherited_kind(number), (0.11,) * 3, policy)
        values.append(float(ClosedForm(prospect, chain).value()[party, 0]))
    assert values[0] == pytest.approx(values[1], abs=0.5) and (values[0] != values[1] or values == [0.0, 0.0])


@pytest.mark.parametrize("slug", ["partnership", "market", "concept", "best"])
def test_classes_of_a_quarter_of_a_standard_deviation_are_fine_enough_to_decide(slug: str) -> None:
    """Read along straight lines, they decide as classes less than half as wide on all but one candidate in 200."""
    scenario = scenario_of("rational")
    coarse = packed_in(scenario, slug, analytic_table(scenario, 0.11, draws=1))
    one, other = (followed(packed, draw(scenario, 0, 2048)) for packed in (packed_of("rational", slug), coarse))
    differs = (one.courses["entered"] != other.courses["entered"]).any(axis=2)
    differs |= one.courses["taken"] != other.courses["taken"]
    assert differs.mean() < 0.005
    values = [kept.out["npv"][PRETAX, :, COMPANY] for kept in (one, other)]
    assert abs((values[0] - values[1]).mean()) < 1.0


# The company shares in the business where its forecast pays for it


def test_the_company_opts_in_where_its_forecast_pays_for_the_refund() -> None:
    """Product by product: what the table expects to move at that forecast, against half of what the partner spent."""
    terms = {"deal.copromotion.us_profit_share": 0.5, "deal.copromotion.opt_in_cost_share": 0.5}
    scenario = with_leaves(load(), {"behaviour.gates": "commit", "deal.copromotion.offered": True} | terms)
    table, drawn = believe(scenario, slugs_of(scenario)[0]), draw(scenario, 0, 1024)
    kept = followed(packed_in(scenario, slugs_of(scenario)[0], table), drawn, told=len(drawn.futures))
    course = parts(kept.courses)[0]
    on_market = (course["collaboration"] == 1) & (course["launch"] < NEVER) & (course["resumed"] == NEVER)
    spent, opted = 0.5 * course["partner_spent"], course["opted"] == 1
    assert np.array_equal(opted, on_market & (read(table.opting_in, course) >= spent))
    assert (on_market & ~opted).any() and opted.any()
    refunds, (path, number) = np.zeros(kept.paid.shape[1::2]), np.nonzero(opted)
    np.add.at(refunds, (path, course["start"][path, number, MARKET]), spent[path, number])
    assert kept.paid[PRETAX, :, lines.COPROMOTION_REFUND] == pytest.approx(-refunds)


# A licensee takes what it gains by


@cache
def licensing() -> Drawn:
    """Candidates of the base case but for leads."""
    return draw(load(), 0, 2048)


def courses_of(gates: str, slug: str) -> NDArray:
    """The course of every inherited and kept candidate, (path, candidate)."""
    scenario = with_leaves(load(), {"behaviour.gates": gates})  # nobody's beliefs but whether they may stop
    return followed(packed_in(scenario, slug, believe(load(), slug)), licensing()).courses


def takers(courses: NDArray) -> NDArray[np.bool_]:
    """Candidates with a good Phase 2 whom luck brings a taker inside the horizon; odds are one in the base case."""
    scenario, futures = load(), licensing().futures
    assert scenario["success.conjugate_odds"] == 1
    alone = futures["success"][:, : PHASE_2 + 1].prod(axis=1)[:, None]
    chance = np.where(courses["common"] == 1, futures["common_phase_2"][:, None], alone)
    good = (courses["entered"][:, :, PHASE_2] == 1) & (courses["luck"] < chance)
    comes = courses["taker"] < futures["taker"][:, None, None]
    closing, retry = (to_quarters(scenario[f"license.{name}_years"]) for name in ("deal", "retry"))
    waits = np.where(comes[:, :, 0], closing, closing + retry)
    horizon = to_quarters(scenario["valuation.horizon_years"])
    return good & comes.any(axis=2) & (courses["end"][:, :, PHASE_2] + waits < horizon)


def read(table: NDArray[np.float64], courses: NDArray) -> NDArray[np.float64]:
    """A belief (kind, class) about every candidate at its forecast: along straight lines."""
    place, found = believe(load(), slugs_of(load())[0]).place, np.zeros(courses.shape)
    for kind in set(courses["kind"].ravel()):
        found = np.where(courses["kind"] == kind, np.interp(courses["forecast"], place, table[kind]), found)
    return found


def licensed_early(courses: NDArray) -> NDArray[np.bool_]:
    """Candidates that somebody took at their IND."""
    return (courses["signed"] < NEVER) & (courses["licence"] == EARLY)


def gains(slug: str, courses: NDArray) -> NDArray[np.bool_]:
    """Whether a licensee expects to gain."""
    return read(believe(load(), slug).going_on[LICENSEE][:, PHASE_3], courses) >= 0


def parts(courses: NDArray) -> tuple[NDArray, NDArray]:
    """Inherited candidates, and kept ones."""
    inherited = int((courses["common"][0] == 0).sum())
    return courses[:, :inherited], courses[:, inherited:]


@pytest.mark.parametrize("part", [0, 1], ids=["inherited", "kept"])
def test_no_licence_is_signed_where_the_licensee_expects_to_lose(part: int) -> None:
    course = parts(courses_of("rational", "concept"))[part]
    found = takers(course)
    gain = gains("concept", course)
    assert np.array_equal(course["signed"] < NEVER, found & gain)
    assert (found & gain).sum() > 100 and (found & ~gain).sum() > 20
    refused = course[found & ~gain]  # no time is lost on who would not take it
    assert np.array_equal(refused["start"][:, PHASE_3], refused["end"][:, PHASE_2])


def test_the_best_route_signs_only_where_both_gain() -> None:
    """After Phase 2; one that was refused at the IND has had less exclusivity left ever since, and believes so."""
    course, _ = parts(courses_of("rational", "best"))
    table, early = believe(load(), "best"), licensed_early(course)
    found, believes = takers(course) & ~early, {}
    for twin, search in ((0, LATE_SEARCH), (REFUSED, REFUSED_SEARCH)):
        alone, licensee = (table.going_on[chain + twin][:, PHASE_3] for chain in (OWN, LICENSEE))
        wanted = read(table.searching[search], course) >= np.maximum(read(alone, course), 0)
        believes[twin] = wanted, read(licensee, course) >= 0
    refused = course["refused"] == 1
    wanted, gain = (np.where(refused, believes[REFUSED][k], believes[0][k]) for k in range(2))
    assert np.array_equal((course["signed"] < NEVER) & ~early, found & gain & wanted)
    assert all(each.sum() > 20 for each in (found & gain & wanted, found & gain & ~wanted, found & ~gain & wanted))


@pytest.mark.parametrize("part", [0, 1], ids=["inherited", "kept"])
def test_without_rational_gates_every_taker_takes(part: int) -> None:
    course = parts(courses_of("commit", "concept"))[part]
    found = takers(course)
    assert np.array_equal(course["signed"] < NEVER, found)
    assert (found & ~gains("concept", course)).sum() > 20


@cache
def selling_early(upfront: float) -> Scenario:
    """A sale at the IND, the inputs known."""
    return with_leaves(without_ranges(load()), {"license.early.upfront_musd": upfront})


@pytest.mark.parametrize(("upfront", "signs"), [(5.0, True), (500.0, False)])
def test_at_the_ind_a_licensee_takes_it_at_a_fair_price_and_not_at_any(upfront: float, signs: bool) -> None:
    scenario = selling_early(upfront)
    packed = packed_in(scenario, "ind", believe(scenario, "ind"))
    course, _ = parts(followed(packed, draw(scenario, 0, 512)).courses)
    good = course["luck"] < scenario["success.preclinical_prob"]
    found = (course["entered"][:, :, PRECLINICAL] == 1) & good
    found &= (course["early_taker"] < scenario["license.early.taker_prob"]).any(axis=2)
    assert found.sum() > 100
    assert np.array_equal(licensed_early(course), found & signs)
    assert np.array_equal(course["refused"] == 1, good & (course["entered"][:, :, PRECLINICAL] == 1) & ~found & signs)


def test_the_kept_candidates_do_the_same_in_every_strategy() -> None:
    scenario = selling_early(5.0)
    drawn = draw(scenario, 0, 512)
    packed = [packed_in(scenario, slug, believe(scenario, slug)) for slug in slugs_of(scenario)]
    first, *others = (parts(followed(each, drawn).courses)[1] for each in packed)
    assert (first["signed"] < NEVER).any() and first["entered"][:, :, -1].any()
    for course in others:
        assert np.array_equal(course["entered"], first["entered"])
        assert np.array_equal(course["signed"], first["signed"])


def test_the_table_knows_a_licence_by_the_shorter_wait() -> None:
    """A licence found at the first try has more exclusivity left: that is what a licensee is asked about."""
    scenario, theta = load(), belief_theta(load())
    prospect = Prospect(theta, inherited_kind(0), (0.11,) * 3, belief_policy(theta))
    good = sum(prospect.lasts[stage] for stage in (PRECLINICAL, PHASE_1, PHASE_2))
    table, worth = analytic_table(scenario, 0.11).going_on[LICENSEE, 0, PHASE_3], []
    first = int(to_quarters(scenario["license.deal_years"]))
    for wait in (first, first + int(to_quarters(scenario["license.retry_years"]))):
        runs = [Run(LICENSEE, OTHERS, wait, good + wait, forecast, PHASE_3) for forecast in range(len(table))]
        signed = [ClosedForm(prospect, LICENSE).stage(PHASE_3, good + wait, run) for run in runs]
        worth.append([roll_back(node, prospect.rate)[OTHERS].mean() for node in signed])
    assert table == pytest.approx(worth[0], rel=1e-9)
    assert np.all(np.array(worth[0]) >= worth[1]) and worth[0] != worth[1]


@pytest.mark.parametrize("gates", ["rational", "commit"])
def test_a_lead_is_worth_to_the_partner_what_it_would_do_with_it(gates: str) -> None:
    """Where trials are so dear that leads lose, it is worth nothing to who may stop, and its loss to who may not."""
    shares = {"leads.conjugate_share": 0.25, "leads.partner_target_share": 0.4}
    dear = shares | {"behaviour.gates": gates, "cost.partner.phase_3_musd": 900.0}
    scenario = with_leaves(without_ranges(load()), dear)
    table = believe(scenario, slugs_of(scenario)[0])
    leads = [kind for kind, at in enumerate(kinds_of(load())) if at.origin == LEAD]
    naked_short, naked_full, conjugate_short, conjugate_full = table.going_on[PARTNER, leads, 0, 0]
    mean = 0.75 * (0.4 * naked_short + 0.6 * naked_full) + 0.25 * (0.4 * conjugate_short + 0.6 * conjugate_full)
    assert max(naked_short, conjugate_short) < 0 and mean < 0
    assert table.lead_to_partner == pytest.approx(0.0 if gates == "rational" else mean)
