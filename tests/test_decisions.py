"""No decision sees the future or the inputs' true values: other futures and other thetas change nothing decided yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from decided import KINDS, Draws, books_of, decisions
from helpers import SEED, base_task, load, run_world, with_leaves
from numpy.typing import NDArray
from scipy.special import ndtri
from sharp import Design, coarsen, design

from partnering.course import extension, pathway, plan
from partnering.course.extension import decide_extensions, dosed_and_alive
from partnering.course.gates import Beliefs, Chain, Gates, gates_of
from partnering.course.sales import Sales, sell, withdraw
from partnering.deal import books, copromotion
from partnering.inputs import Scenario
from partnering.results.simulate import chances_of, prepare
from partnering.value.beliefs import kinds_of
from partnering.world.candidates import Candidates, Origin, Stage, draw_candidates
from partnering.world.theta import Theta, draw_theta

DESIGNS = [(number, rational) for rational in (True, False) for number in range(3)]
QUARTERS = (1, 8, 12, 26, 45)
APPROVALS = (17, 20, 23, 26)
STRATEGIES = ("partnership", "market", "concept", "best")
LUCK, THETA = "luck that comes later", "inputs that nobody knows"


def changed(
    of: Design, what: str, slugs: Iterable[str] = STRATEGIES, quarters: Iterable[int] = QUARTERS
) -> dict[tuple[str, int], set[str]]:
    """Kinds of decision taken by a quarter that another future (and theta) would change, by strategy and quarter."""
    found = {}
    for slug in slugs:
        for until in quarters:
            past, rng = of.past(slug, until), np.random.default_rng(until)
            draws = past.another(past.permuted(rng) if what == THETA else of.draws.theta, rng)
            taken = decisions(of.scenario, of.draws, past.books, until)
            retaken = decisions(of.scenario, draws, books_of(of.task, slug, draws), until)
            if kinds := {kind for kind in KINDS if not np.array_equal(taken[kind], retaken[kind])}:
                found[slug, until] = kinds
    return found


@pytest.mark.parametrize("what", [LUCK, THETA])
@pytest.mark.parametrize(("number", "rational"), DESIGNS)
def test_no_decision_depends_on_what_has_not_been_seen(number: int, rational: bool, what: str) -> None:
    assert changed(design(number, rational, ("none", "phase_2", "phase_1")[number]), what) == {}


@pytest.mark.parametrize("what", [LUCK, THETA])
def test_nor_does_one_of_the_base_case_with_its_own_belief_table(what: str) -> None:
    task, theta = base_task(), draw_theta(base_task().scenario, SEED, 0, 300)
    candidates = draw_candidates(task.scenario, theta, SEED, 0, task.reach)
    base = Design(task, Draws(theta, candidates, chances_of(task, 0, 300)))
    assert changed(base, what, quarters=(8, 12, 30)) == {}


def test_the_designs_have_every_decision_fall_either_way_and_the_futures_differ() -> None:
    either = {kind: set() for kind in KINDS}
    for number, rational in DESIGNS[:3]:
        of = design(number, rational)
        for slug in STRATEGIES:
            past, rng = of.past(slug, 26), np.random.default_rng(0)
            taken = decisions(of.scenario, of.draws, past.books, 140)
            for kind in KINDS:
                late = taken[kind][taken[kind][:, 4] > 20]
                either[kind] |= set((late[:, 5] > 0) if kind != "withdrawal" else late[:, 5] < 140 - late[:, 4])
            other = past.another(of.draws.theta, rng)
            retaken = decisions(of.scenario, other, books_of(of.task, slug, other), 140)
            assert not any(np.array_equal(taken[kind], retaken[kind]) for kind in ("gate", "launch"))
    assert either == {kind: {True, False} for kind in KINDS if kind != "extension"} | {"extension": set()}


# Rules that cheat are caught by the same check.

Planter = Callable[[pytest.MonkeyPatch], None]


def gates_read(module: object, secret: Callable[[Candidates], NDArray]) -> Planter:
    """Gates that take something else for the forecast, whatever the stage."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        def gates(scenario: Scenario, candidates: Candidates) -> Gates:
            return replace(gates_of(scenario, candidates), forecast_z=secret(candidates))

        patch.setattr(module, "gates_of", gates)

    return plant


def the_peak(candidates: Candidates) -> NDArray[np.float64]:
    return np.log(candidates.peak_musd / 200)


def the_end(candidates: Candidates) -> NDArray[np.float64]:
    return ndtri(1 - candidates.luck)


def the_taker(candidates: Candidates) -> NDArray[np.float64]:
    return ndtri(candidates.taker_luck.min(axis=1))


def read_at_once(patch: pytest.MonkeyPatch) -> None:
    """Gates that know the forecast before Phase 2 has read out."""

    def go_on(self: Beliefs, chain: NDArray, rows: Gates, stage: Stage) -> NDArray[np.bool_]:
        return self.read(self.going_on[:, :, Stage.PHASE_3], rows, chain) >= 0

    patch.setattr(Beliefs, "go_on", go_on)


def one_quarter_ahead(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(extension, "dosed_and_alive", lambda course, at, paths: dosed_and_alive(course, at + 1, paths))


def leads_before_nomination(patch: pytest.MonkeyPatch) -> None:
    def decide(scenario: Scenario, *rest: object) -> NDArray[np.int64]:
        return decide_extensions(with_leaves(scenario, {"leads.discovery_lag_years": 0.0}), *rest)

    patch.setattr(plan, "decide_extensions", decide)


def deal_before_signing(patch: pytest.MonkeyPatch) -> None:
    """Gates that know before a deal is signed whether it will be."""
    walk = plan.walk_stages
    patch.setattr(plan, "walk_stages", lambda *given: walk(*given[:5]))


def true_chances(patch: pytest.MonkeyPatch) -> None:
    """Gates that know how likely Phase 3 is to succeed."""
    walk = plan.walk_stages

    def knowing(scenario: Scenario, theta: Theta, *rest: object) -> pathway.Course:
        chance = theta.each("success.phase_3_prob")
        gates_read(pathway, lambda candidates: ndtri(chance[candidates.path]))(patch)
        return walk(scenario, theta, *rest)

    patch.setattr(plan, "walk_stages", knowing)


def true_cost_of_leads(patch: pytest.MonkeyPatch) -> None:
    """An extension taken where leads are cheap."""
    planned = books.plan_programme

    def knowing(scenario: Scenario, theta: Theta, *rest: object) -> plan.Plan:
        cheap = theta.each("leads.cost_per_lead_musd") < 12
        patch.setattr(plan, "decide_extensions", lambda *_: 2 * cheap)
        return planned(scenario, theta, *rest)

    patch.setattr(books, "plan_programme", knowing)


CHEATS = [
    ("gates read the peak", gates_read(pathway, the_peak), LUCK, "market", (26,), {"gate", "launch", "search"}),
    ("gates know the outcome", gates_read(pathway, the_end), LUCK, "partnership", (26,), {"gate", "launch"}),
    ("a search knows the taker", gates_read(pathway, the_taker), LUCK, "market", (20,), {"search"}),
    ("the forecast is read too early", read_at_once, LUCK, "partnership", (8,), {"gate"}),
    ("an extension looks ahead", one_quarter_ahead, LUCK, "partnership", (8,), {"extension"}),
    ("an extension counts leads to come", leads_before_nomination, LUCK, "partnership", (8, 12), {"extension"}),
    (
        "co-promotion reads the peak",
        gates_read(copromotion, the_peak),
        LUCK,
        "partnership",
        APPROVALS,
        {"co-promotion"},
    ),
    ("a deal is known before it is signed", deal_before_signing, LUCK, "best", (1,), {"gate"}),
    ("gates know the chances", true_chances, THETA, "market", (26,), {"gate", "launch", "search"}),
    ("extensions know the cost of leads", true_cost_of_leads, THETA, "partnership", (8,), {"extension"}),
]
NUMBER = {leads_before_nomination: 1, deal_before_signing: 1}
"""The design to plant a rule in, if not the first: that which extends by value, and one in which it shows."""


@pytest.mark.parametrize(("plant", "what", "slug", "at", "kinds"), [pytest.param(*c[1:], id=c[0]) for c in CHEATS])
def test_a_rule_that_cheats_is_caught(
    monkeypatch: pytest.MonkeyPatch, plant: Planter, what: str, slug: str, at: tuple[int, ...], kinds: set[str]
) -> None:
    of = design(NUMBER.get(plant, 0), True)
    assert changed(of, what, [slug], at) == {}
    plant(monkeypatch)
    assert kinds <= set().union(*changed(of, what, [slug], at).values())


def test_what_only_theta_tells_is_not_what_luck_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that knows the inputs but not the future passes the one check: it takes the other to see it."""
    true_chances(monkeypatch)
    assert changed(design(0, True), LUCK, ["market"], (26,)) == {}
    assert changed(design(0, True), THETA, ["market"], (26,)) != {}


# A product is withdrawn for what it has sold, not for what it will.


def sold_on(rule: Callable[..., Sales], of: Design, until: int, later: float) -> list[set[tuple[int, int]]]:
    """(product, quarter) still sold under a rule by a quarter, and after it, if sales from then on are scaled."""
    course = books_of(of.task, "market", of.draws).course
    every = sell(of.scenario, of.draws.theta, course)
    scaled = replace(every, amount=np.where(every.quarter >= until, later * every.amount, every.amount))
    kept = rule(course, scaled, of.task.beliefs[1].least_sales)
    return [set(zip(kept.row[here], kept.quarter[here], strict=True)) for here in _split(kept.quarter <= until)]


def _split(chosen: NDArray[np.bool_]) -> tuple[NDArray, NDArray]:
    return chosen, ~chosen


def by_the_quarter_to_come(course: pathway.Course, every: Sales, least: NDArray[np.float64]) -> Sales:
    """Withdraw for what a product is about to sell."""
    return withdraw(course, replace(every, amount=np.append(every.amount[1:], 0.0)), least)


@pytest.mark.parametrize(("rule", "honest"), [(withdraw, True), (by_the_quarter_to_come, False)])
def test_a_product_is_withdrawn_for_what_it_has_sold(rule: Callable[..., Sales], honest: bool) -> None:
    alike = []
    for until in (24, 32, 40, 48):
        (by_now, later), (by_now_too, less) = (sold_on(rule, design(0, True), until, x) for x in (1.0, 0.1))
        alike.append(by_now == by_now_too)
        assert less < later
    assert all(alike) == honest


# The belief table knows what everybody knows, and no more.


@pytest.fixture(scope="module")
def coarse() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        coarsen(patch)
        yield


def test_the_belief_table_is_the_same_whatever_the_run(coarse: None) -> None:
    one, other = (prepare(load("rates_unequal"), seed, paths, 1).beliefs for seed, paths in ((1, 1), (2, 5000)))
    assert len({id(table) for table in one}) == 2  # one for each rate of the company
    for here, there in zip(one, other, strict=True):
        assert all(same(getattr(here, field.name), getattr(there, field.name)) for field in fields(Beliefs))


def same(one: object, other: object) -> bool:
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return np.array_equal(one, other)


def test_no_table_knows_a_forecast_before_phase_2_has_shown_it(coarse: None) -> None:
    task = prepare(load("sell_at_ind"), SEED, 1, 1)
    programme = [kind.origin in (Origin.INHERITED, Origin.LEAD) for kind in kinds_of(task.scenario)]
    for strategy, table in zip(task.strategies, task.beliefs, strict=True):
        assert not np.ptp(table.going_on[:, :, : Stage.PHASE_3], axis=3).any()
        assert np.ptp(table.going_on[Chain.OWN][programme, Stage.PHASE_3 :], axis=2).all()
        known = np.ptp(table.searching[programme], axis=1) > 0
        assert known.all() if strategy.exit_stage != Stage.PRECLINICAL else not known.any()


def test_what_lies_outside_the_programme_is_the_same_in_every_strategy(coarse: None) -> None:
    """Whatever the stage after which a strategy seeks its licences: the common candidates have their own."""
    world = run_world(load("sell_at_ind"), 300)
    for part in (0, 1):
        first, *others = (books.outside[part].course for books in world.books.values())
        assert all(np.array_equal(first.entered, course.entered) for course in others)
        assert all(np.array_equal(first.taken, course.taken) for course in others)
    assert (first.entered[:, Stage.PHASE_3]).any()
