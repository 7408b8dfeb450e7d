"""Terms that other deals have: each by hand, as a transfer, against its closed form, and in the company's cash.

Linearity is in test_linearity.py, any mixture of terms in test_identities.py and test_company.py.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from closed_forms import closed_form, inherited_kind, net_by_row, scenario_of, theta_of, world_of
from firms import NEVER_OPEN, NO_COMMON, NO_SEEDED, finance, started, states
from helpers import PLAIN_MARKET, World, base_task, load, run_world, sales_by_hand, vary, with_leaves, without_ranges
from plain_firm import ROUTES, plain
from sharp import coarsen

from partnering.course.gates import Chain
from partnering.course.research import NEVER
from partnering.course.strategies import Party, read_strategies
from partnering.results.simulate import Task, reach_of
from partnering.results.statistics import standard_error
from partnering.world.candidates import Origin

DEAL, EXACT = "partnership", 1e-9
STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
COSTS = dict(zip(STAGES[:4], (8.0, 16.0, 24.0, 92.0), strict=True)) | {"filing": 4.0, "late_manufacturing": 40.0}

# By hand: one naked antibody that cannot fail, every stage a year, so approved and launched in quarter 20, exclusive
# until quarter 72, sold as `sales_by_hand` has it with a peak of 700.

HAND: dict[str, Any] = {
    **NO_COMMON,
    **NO_SEEDED,
    **PLAIN_MARKET,
    **ROUTES,
    **{f"success.{stage}_prob": 1.0 for stage in STAGES},
    **{f"duration.{stage}_years": 1.0 for stage in STAGES},
    **{f"cost.spread.{stage}_log_sd": 0.0 for stage in (*STAGES[:4], "late_manufacturing")},
    **{f"cost.partner.{item}_musd": cost for item, cost in COSTS.items()},
    "cost.company.preclinical_musd": 6.0,
    "cost.company.phase_1_musd": 8.0,
    "cost.late_manufacturing_in_phase_3": 0.6,
    "technology.new_years": 0.0,
    "duration.spread_cv": 0.0,
    "candidates.inherited.names": ("one",),
    "candidates.inherited.modality": ("naked",),
    "candidates.inherited.ladder": ("full",),
    "candidates.inherited.years_to_ind": (1.0,),
    "leads.cost_per_lead_musd": 1e12,
    "deal.termination.excess_hazard_rate": 0.0,
    "behaviour.gates": "commit",
}
LAUNCH, EXCLUSIVE_UNTIL, LAST_IN_TERM = 20, 72, 67


def by_hand(leaves: dict[str, Any], rational: bool = False, **table: Any) -> World:
    scenario = with_leaves(without_ranges(load()), HAND | leaves)
    tables = tuple(replace(beliefs, rational=rational, **table) for beliefs in base_task().beliefs)
    strategies = read_strategies(scenario)
    task = Task(scenario, 1, 2, 1, strategies, tables, reach_of(scenario, strategies))
    return run_world(scenario, 2, slugs=[DEAL], task=task)


def paid(world: World, line: str, payer: Party = Party.PARTNER, payee: Party = Party.COMPANY) -> dict[int, float]:
    """Real payments on a line by quarter, the same on every path but for peaks that differ by next to nothing."""
    pages = np.zeros((world.paths, world.horizon))
    for flow in world.books[DEAL].flows:
        if flow.line == line and len(flow.path):
            assert (flow.payer, flow.payee) == (payer, payee)
            for place in range(len(flow.path)):
                pages[flow.path[place], flow.first[place] : flow.last[place]] += flow.amount[place]
    assert np.allclose(pages, pages[0], rtol=1e-5, atol=1e-5)
    return {int(quarter): float(pages[0, quarter]) for quarter in np.flatnonzero(pages[0])}


def nominal(quarter: int, middle: bool = True) -> float:
    """What a real dollar of a quarter is in money of the day."""
    return 1.025 ** ((quarter + 0.5 * middle) / 4)


@cache
def sold() -> dict[int, float]:
    return dict(sales_by_hand(with_leaves(without_ranges(load()), HAND), 700.0, LAUNCH, EXCLUSIVE_UNTIL))


def test_the_company_bears_a_quarter_of_what_the_partner_spends() -> None:
    """The whole of preclinical work is still to be done; late manufacturing runs over Phase 3 and review."""
    world = by_hand({"deal.sharing.cost_share": 0.25})
    yearly = (8.0, 16.0, 24.0, 92.0 + 0.6 * 40, 0.4 * 40)
    expected = {4 * year + quarter: 0.25 * cost / 4 for year, cost in enumerate(yearly) for quarter in range(4)}
    assert paid(world, "cost_sharing", Party.COMPANY, Party.PARTNER) == pytest.approx(expected)
    assert paid(world, "filing_sharing", Party.COMPANY, Party.PARTNER) == pytest.approx({16: 1.0})


def test_a_share_of_profit_takes_the_royaltys_place() -> None:
    """Of sales 20 % are cost of goods, 25 % selling, 5 % lifecycle in the first eight years; it has no term."""
    world = by_hand({"deal.sharing.profit_share": 0.4})
    expected = {q: 0.4 * s * (1 - 0.20 - 0.25 - 0.05 * (q - LAUNCH < 32)) for q, s in sold().items()}
    assert paid(world, "profit_sharing") == pytest.approx(expected)
    assert paid(world, "royalties") == {} and paid(by_hand({}), "royalties")


def test_sales_milestones_are_paid_with_the_sales_that_first_reach_them() -> None:
    expected, year = {}, 0.0
    for quarter, amount in sold().items():
        year = (0.0 if quarter % 4 == 0 else year) + amount * nominal(quarter)
        for threshold, milestone in ((400.0, 30.0), (1000.0, 50.0), (5000.0, 70.0)):
            if year >= threshold and threshold not in expected:
                expected[threshold] = (quarter, milestone / nominal(quarter))
    assert list(expected) == [400.0, 1000.0]  # seven hundred a year grows with prices, not to five thousand
    terms = {"thresholds_musd": (400.0, 1000.0, 5000.0), "amounts_musd": (30.0, 50.0, 70.0)}
    world = by_hand({f"deal.sales_milestones.{name}": value for name, value in terms.items()})
    assert paid(world, "sales_milestones") == pytest.approx(dict(expected.values()))


FLAT = {"deal.royalty.thresholds_musd": (0.0,), "deal.royalty.rates": (0.06,)}


def test_the_royalty_steps_down_with_exclusivity() -> None:
    """A term of fifteen years goes on for two after exclusivity, at a third of the rate."""
    world = by_hand(FLAT | {"deal.royalty.step_down_share": 1 / 3, "deal.royalty.term_years": 15.0})
    expected = {q: 0.06 * s / (1 if q < EXCLUSIVE_UNTIL else 3) for q, s in sold().items() if q < LAUNCH + 60}
    assert paid(world, "royalties") == pytest.approx(expected)


def test_a_year_that_pays_too_little_is_made_up_for_in_its_last_quarter() -> None:
    """A floor of 40 in money of the day, against 6 % of sales; years 5 to 16 lie whole inside the term."""
    expected = {}
    for year in range(LAUNCH // 4, (LAST_IN_TERM + 1) // 4):
        royalty = sum(0.06 * sold()[q] * nominal(q) for q in range(4 * year, 4 * year + 4))
        if royalty < 40:
            expected[4 * year + 3] = (40 - royalty) / nominal(4 * year + 3)
    world = by_hand(FLAT | {"deal.royalty.floor_musd": 40.0})
    assert 1 < len(expected) < 12 and paid(world, "royalty_floor") == pytest.approx(expected, rel=1e-4)


def test_the_partner_takes_over_after_the_stage_it_may_opt_in_after() -> None:
    """The company pays for its two stages at its own cost; then the fee, and milestones from Phase 2 on."""
    option = {"deal.opt_in.stage": "phase_1", "deal.opt_in.fee_musd": 10.0}
    world = by_hand(option)
    assert paid(world, "opt_in_fees") == pytest.approx({8: 10 / nominal(8, False)})
    for line, payer, cost in (("preclinical", 0, 6.0), ("phase_1", 0, 8.0), ("phase_2", 1, 24.0)):
        quarters = range(4 * STAGES.index(line), 4 * STAGES.index(line) + 4)
        assert paid(world, line, Party(payer), Party.SUPPLIERS) == pytest.approx(dict.fromkeys(quarters, cost / 4))
    whole = paid(by_hand({}), "milestones")
    assert paid(world, "milestones") == pytest.approx({q: amount for q, amount in whole.items() if q >= 8})
    assert paid(world, "royalties") == pytest.approx(paid(by_hand({}), "royalties")) and len(whole) == 7


def test_what_the_partner_leaves_the_company_takes_to_the_market() -> None:
    tables, shape = base_task().beliefs[0], base_task().beliefs[0].taking_up.shape
    willing = {"going_on": np.ones_like(tables.going_on), "least_sales": None}
    option = {"deal.opt_in.stage": "phase_1", "deal.opt_in.fee_musd": 10.0, "deal.sharing.cost_share": 0.5}
    left = by_hand(option, True, taking_up=np.full(shape, -1.0), **willing)
    taken = by_hand(option, True, taking_up=np.full(shape, 1.0), **willing)
    course = left.books[DEAL].course
    assert (course.taken == NEVER).all() and (course.chain[:, 2:] == Chain.OWN).all() and course.collaboration.all()
    terms = ("opt_in_fees", "milestones", "royalties", "cost_sharing", "license_upfront")
    assert all(not paid(left, line) for line in terms)
    assert min(paid(left, "net_sales", Party.SUPPLIERS, Party.COMPANY)) == LAUNCH + 4
    assert paid(taken, "opt_in_fees") and paid(taken, "milestones")


# Shares above their price


PRICE = {"deal.equity.amount_musd": 30.0, "deal.equity.premium_rate": 0.5, "deal.upfront_musd": 0.0}


def test_shares_above_their_price_by_hand() -> None:
    """At 200 / 40 = 5 a share the partner pays 7.5, so 30 buys 4 million shares worth 20 and brings 10 besides."""
    (state,) = states(plain(DEAL, PRICE).firm, 1)
    today = {name: float(amount[0]) for name, amount in state.today.items()}
    assert (today["placed"], today["receipts"]) == pytest.approx((20.0, 10.0))
    assert float(state.shares[0]) == pytest.approx(44.0)  # with this much cash it raises nothing
    taxed = ("receipts", "stages", "stage_fees", "contract_research", "own_research", "base_burn", "products")
    assert state.income[0] == pytest.approx(sum(today[name] for name in taxed))  # shares at their price are no income


def test_what_is_paid_for_shares_is_value_only_above_their_price() -> None:
    """Before tax the programme gains the premium, 10 of 30, and the partner loses it; neither sees the rest."""
    worlds = [by_hand(leaves) for leaves in ({}, PRICE | {"deal.upfront_musd": load()["deal.upfront_musd"]})]
    gains = {party: worlds[1].value(DEAL, party) - worlds[0].value(DEAL, party) for party in Party}
    assert gains[Party.COMPANY] == pytest.approx(10.0) and gains[Party.PARTNER] == pytest.approx(-10.0)
    assert paid(worlds[1], "equity_premium") == pytest.approx({0: 10.0})


def test_owners_keep_a_share_of_what_was_paid_above_the_price() -> None:
    """The ledger's cash is the company's; a fair placement dilutes at the price of the day."""
    lived = finance(PRICE, slugs=[DEAL])
    fair, shares = 30 / 1.5, load()["company.shares_millions"]
    assert lived.kept("placed", DEAL)[0] == pytest.approx(np.full(lived.paths, fair))
    issued = fair * shares / load()["company.pre_deal_value_musd"]
    assert (lived.life.state.shares >= shares + issued - EXACT).all()
    raised = lived.kept("raised", DEAL).any(axis=0)
    assert lived.life.state.shares[~raised] == pytest.approx(shares + issued)
    cash = lived.scenario["company.opening_cash_musd"] + np.cumsum(lived.net(DEAL), axis=0)
    assert np.abs(cash - lived.kept("closing_cash", DEAL)).max() < EXACT


# Transfers: whoever gains, the other loses it, path by path, as long as nobody changes course.


@pytest.mark.parametrize(
    ("leaves", "sign"),
    [
        ({"deal.sharing.cost_share": 0.3}, -1),
        ({"deal.sharing.profit_share": 0.5}, 1),
        ({"deal.equity.amount_musd": 40.0, "deal.equity.premium_rate": 1.0}, 1),
        ({"deal.sales_milestones.thresholds_musd": (60.0,), "deal.sales_milestones.amounts_musd": (25.0,)}, 1),
        ({"deal.royalty.step_down_share": 0.0}, -1),
        ({"deal.royalty.floor_musd": 12.0}, 1),
    ],
)
def test_a_term_moves_money_one_way_and_loses_none(leaves: dict[str, Any], sign: int) -> None:
    plain_terms = {"behaviour.gates": "commit", "deal.termination.relicense_prob": 0.0, "deal.royalty.term_years": 15.0}
    base, other = (vary(plain_terms | more, slugs=[DEAL]) for more in ({}, leaves))
    gain, loss = (other.value(DEAL, party) - base.value(DEAL, party) for party in (Party.COMPANY, Party.PARTNER))
    assert gain + loss == pytest.approx(0, abs=EXACT)
    assert (sign * gain).min() >= -EXACT and (sign * gain).max() > 1


@pytest.mark.parametrize("stage", ["preclinical", "phase_1", "phase_2"])
def test_an_option_moves_who_pays_for_the_stages_before_it(stage: str) -> None:
    """At equal costs, with nobody stopping, what both have together is the same: the fee and the timing cancel."""
    alike = {f"cost.partner.{item}_musd": load()[f"cost.company.{item}_musd"] for item in COSTS}
    alike |= {"behaviour.gates": "commit", "deal.termination.excess_hazard_rate": 0.0}
    option = {"deal.opt_in.stage": stage, "deal.opt_in.fee_musd": 7.0}
    base, other = (vary(alike | more, slugs=[DEAL]) for more in ({}, option))
    moved = [other.value(DEAL, party) - base.value(DEAL, party) for party in (Party.COMPANY, Party.PARTNER)]
    assert moved[0] + moved[1] == pytest.approx(0, abs=EXACT) and np.abs(moved[0]).max() > 1
    assert np.array_equal(base.books[DEAL].course.entered, other.books[DEAL].course.entered)


# Against the closed form, where the luck that both sides share leaves little but the term.


@pytest.mark.parametrize(
    ("setting", "line", "without"),
    [
        ("terms", "royalty_floor", {"deal.royalty.floor_musd": 0.0}),
        ("terms", "sales_milestones", {f"deal.sales_milestones.{n}_musd": () for n in ("thresholds", "amounts")}),
        ("terms", "cost_sharing", {"deal.sharing.cost_share": 0.0}),
        ("option", "profit_sharing", {"deal.sharing.profit_share": 0.0, "deal.royalty.rates": (0.0, 0.0, 0.0)}),
        ("option", "opt_in_fees", {"deal.opt_in.fee_musd": 0.0}),
    ],
)
def test_a_term_is_worth_what_its_closed_form_says(setting: str, line: str, without: dict[str, Any]) -> None:
    world, scenario = world_of(setting, 0), scenario_of(setting)
    chain = Chain.OPTION if setting == "option" else Chain.PARTNER
    values = [
        closed_form(with_leaves(scenario, leaves), theta_of(setting, 0), inherited_kind(0), chain, None)
        for leaves in ({}, without)
    ]
    form = np.subtract(*(value.value(Party.COMPANY)[0] for value in values))
    course = world.books[DEAL].course
    lines = (line, "filing_sharing") if line == "cost_sharing" else (line,)
    flows = [flow for flow in world.books[DEAL].flows if flow.line in lines]
    net = net_by_row(scenario, flows, Party.COMPANY, len(course.path))
    mine = (course.candidates.origin == Origin.INHERITED) & (course.candidates.number == 0)
    found = np.bincount(course.path[mine], net[mine], world.paths)
    assert abs(form) > 1 and abs(found.mean() - form) < max(4 * standard_error(found), 1e-3 * abs(form))
    assert standard_error(found) < 0.05 * abs(form)


# Choices, and the company's money


def test_a_dearer_option_is_taken_less_often_and_the_company_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    coarsen(monkeypatch)
    dear = {"deal.opt_in.stage": "phase_2", "deal.royalty.rates": (0.3, 0.3, 0.3)}
    taken, left = [], []
    for fee in (0.0, 200.0, 20000.0):
        world = run_world(with_leaves(load(), dear | {"deal.opt_in.fee_musd": fee}), 400, slugs=[DEAL])
        course = world.books[DEAL].course
        reached, takes = course.collaboration & course.reached[:, 3], course.collaboration & (course.taken < NEVER)
        taken.append(int(takes.sum()))
        left.append(int((reached & ~takes & course.approved).sum()))
        assert (course.taken[takes] == course.start[takes, 3]).all() and reached[takes].all()
    assert taken[0] > taken[1] > taken[2] == 0 and left[2] > left[0]


def test_want_of_money_puts_off_what_the_partner_has_not_taken_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages before the option are the company's own; what is nominal shrinks with the wait, cash adds up."""
    coarsen(monkeypatch)
    scarce = NEVER_OPEN | {"company.opening_cash_musd": 45.0, "financing.distress_years": 0.0}
    scarce |= {"behaviour.gates": "commit"}
    option = {"deal.opt_in.stage": "phase_1", "deal.opt_in.fee_musd": 12.0, "deal.sharing.cost_share": 0.1}
    lived = finance(scarce | option, slugs=[DEAL], own_beliefs=True)
    portfolio, state = lived.firm.portfolio, lived.life.state
    deal = portfolio.course.collaboration
    waited = deal & (state.shift > 0) & (portfolio.course.taken < NEVER) & (state.stage < 0)
    assert started(portfolio, state)[deal].any() and waited.sum() > 5
    cash = lived.scenario["company.opening_cash_musd"] + np.cumsum(lived.net(DEAL), axis=0)
    assert np.abs(cash - lived.kept("closing_cash", DEAL)).max() < EXACT
    fees = [flow for flow in lived.out[DEAL].books.flows if flow.line == "opt_in_fees" and not flow.reverses]
    amount, quarter = (np.concatenate([getattr(flow, name) for flow in fees]) for name in ("amount", "first"))
    assert amount == pytest.approx(12 / 1.025 ** (quarter / 4)) and len(amount) > waited.sum()
