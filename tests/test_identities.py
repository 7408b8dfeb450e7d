"""The identities of every run: they hold whatever the inputs, each of them can fail, and the files obey them too."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from anywhere import scenarios
from clauses import CLAUSES, OTHERWISE, PATHS, with_clauses
from helpers import PARAMS, World, base_task, load, run_world
from hypothesis import Phase, given, note, settings
from sharp import coarsen

from partnering.clock import discount, mid_years, start_years
from partnering.course.pathway import Course
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import CAPITAL_LINES, DEAL_LINES, TECHNOLOGY_LINES, Flow
from partnering.inputs import Scenario
from partnering.inputs.rules import find_problems
from partnering.results.schema import FINANCED, PRETAX, VIEWS
from partnering.results.simulate import simulate
from partnering.results.store import MAKERS, write_run
from partnering.results.stored import Results
from partnering.results.tables import lines_add_up
from partnering.value.identities import check_books, check_cash
from partnering.world.candidates import Stage

BASE = load()
SEED = 5
OF_BOOKS = 7
CHECKS = OF_BOOKS + 2 + len(VIEWS) * 3  # of every strategy: its books, its cash after tax, the lines of three parties

PHASES = (Phase.reuse, Phase.generate)  # a run takes too long to shrink what it found; the note says which leaves moved

# They hold whatever the inputs.


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    """No identity depends on what anybody believes: tables that are made in a moment do."""
    with pytest.MonkeyPatch.context() as patch:
        coarsen(patch)
        yield


def hold(scenario: Scenario) -> None:
    """Every identity of a run of a scenario, and nothing that is not a number in its tables."""
    note(str({path: leaf.value for path, leaf in scenario.leaves.items() if leaf.value != BASE[path]}))
    assert [str(problem) for problem in find_problems(scenario)] == []
    run = simulate(scenario, SEED, PATHS, PATHS)
    tables = {name: make(run) for name, make in MAKERS.items()}
    assert tables["checks"].query("not passed").empty, tables["checks"].to_string()
    assert len(tables["checks"]) == CHECKS * len(run.strategies)
    assert np.isfinite(tables["headline"]["value"]).all() and np.isfinite(tables["cash"]["mean"]).all()


@settings(max_examples=8, deadline=None, phases=PHASES, derandomize="CI" in os.environ)
@given(scenarios())
def test_identities_hold_for_any_valid_scenario(scenario: Scenario) -> None:
    hold(scenario)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, phases=PHASES, derandomize="CI" in os.environ)
@given(scenarios())
def test_identities_hold_for_many_valid_scenarios(scenario: Scenario) -> None:
    hold(scenario)


@pytest.mark.parametrize("name", sorted(file.stem for file in (PARAMS / "scenarios").glob("*.yaml")))
def test_identities_hold_for_every_scenario_of_params(name: str) -> None:
    world = run_world(load(name), PATHS)
    checks = [check for books in world.books.values() for check in check_books(books, PATHS, world.horizon)]
    assert [check.name for check in checks if not check.passed] == []
    assert len(checks) == OF_BOOKS * len(world.books)


# Each of them can fail.


@pytest.fixture(scope="module")
def world() -> World:
    """Products come back, the company co-promotes what does not, and most clauses pay."""
    return with_clauses(CLAUSES, opting_in=np.full_like(base_task().beliefs[0].opting_in, 1e9))


@pytest.fixture(scope="module")
def optional() -> World:
    """The partner opts in, and profit is shared."""
    return with_clauses(OTHERWISE, rational=False)


def on(line: str, change: Callable[[Flow], Flow]) -> Callable[[Books], Books]:
    """A fault in every flow of one line."""

    def plant(books: Books) -> Books:
        assert any(flow.line == line and len(flow.path) for flow in books.flows), line
        return replace(books, flows=[change(flow) if flow.line == line else flow for flow in books.flows])

    return plant


def to_nobody(flow: Flow) -> Flow:
    return replace(flow, payee=len(Party))  # type: ignore[arg-type]


def untimed(flow: Flow) -> Flow:
    return replace(flow, timing="end")


def moved(flow: Flow, quarters: int) -> Flow:
    return replace(flow, first=flow.first + quarters)


def negated(flow: Flow) -> Flow:
    return replace(flow, amount=flow.amount * np.where(np.arange(len(flow.amount)) == 0, -1, 1))


def step_early(line: str, stage: Stage) -> Callable[[Books], Books]:
    """Milestones of a stage (of approval: Europe's and Japan's too) a quarter before it starts."""

    def plant(books: Books) -> Books:
        start = books.course.start[:, stage]

        def early(flow: Flow) -> Flow:
            due = flow.line == line and len(flow.path) > 0 and (flow.first >= start[flow.row]).all()
            return replace(flow, first=start[flow.row] - 1) if due else flow

        exposures = [replace(exposure, unit=early(exposure.unit)) for exposure in books.exposures]
        return replace(books, flows=[early(flow) for flow in books.flows], exposures=exposures)

    return plant


def on_course(books: Books, course: Course) -> Books:
    return replace(books, plan=replace(books.plan, course=course))


def phase_2_early(books: Books) -> Books:
    start = books.course.start.copy()
    start[:, Stage.PHASE_2] -= 1
    return on_course(books, replace(books.course, start=start))


def phase_2_skipped(books: Books) -> Books:
    entered = books.course.entered.copy()
    entered[:, Stage.PHASE_2] = False
    return on_course(books, replace(books.course, entered=entered))


def first_twice(books: Books) -> Books:
    return on_course(books, books.course.take(np.array([0, *range(len(books.course.path))])))


def before_it_is_taken_up(books: Books) -> Books:
    """Milestones of returned products paid by the new licensee a quarter before it has them."""

    def early(flow: Flow) -> Flow:
        returned = flow.line == "returned_milestones" and len(flow.path)
        return replace(flow, first=books.course.resumed[flow.row] - 1) if returned else flow

    return replace(books, flows=[early(flow) for flow in books.flows])


def signed_later(books: Books) -> Books:
    """A deal that pays from the day but is signed a quarter later."""
    return replace(books, plan=replace(books.plan, signing=books.plan.signing + 1))


RECEIPTS = [("partnership", line) for line in ("milestones", "royalties", "copromotion_profit", "copromotion_refund")]
RECEIPTS += [("partnership", "returned_royalties"), ("partnership", "reversion_royalties"), ("market", "net_sales")]
RECEIPTS += [("concept", "license_upfront"), ("concept", "license_royalties")]
OPTIONAL = ("opt_in_fees", "profit_sharing", "cost_sharing", "filing_sharing")
RECEIPTS += [("partnership", line) for line in OPTIONAL]
EARLY = "nothing received before its event"
FAULTS = [
    ("market", "books sum to zero", "money to nobody", on("cogs", to_nobody)),
    ("partnership", "books sum to zero", "a refund to nobody", on("copromotion_refund", to_nobody)),
    ("market", "present value of the sum is the sum of present values", "a third timing", on("cogs", untimed)),
    *(
        ("partnership", "transfers are terms times exposures", f"{line} altered", on(line, lambda f: f.scaled(1.001)))
        for line in DEAL_LINES
    ),
    ("partnership", "transfers are terms times exposures", "paid late", on("royalties", lambda f: moved(f, 1))),
    *((slug, EARLY, f"{line} early", on(line, lambda f: moved(f, -1))) for slug, line in RECEIPTS),
    ("partnership", EARLY, "milestones before approval", step_early("milestones", Stage.MARKET)),
    ("partnership", EARLY, "returned milestones before approval", step_early("returned_milestones", Stage.MARKET)),
    ("partnership", EARLY, "milestones before a product is taken up", before_it_is_taken_up),
    ("partnership", EARLY, "an upfront before the signing", signed_later),
    ("concept", EARLY, "license milestones before filing", step_early("license_milestones", Stage.REVIEW)),
    ("partnership", "stages follow each other", "a stage too early", phase_2_early),
    ("market", "stages follow each other", "a stage left out", phase_2_skipped),
    ("concept", "no candidate in two places", "a candidate twice", first_twice),
    ("market", "no negative payment", "a cost refunded", on("selling", negated)),
    ("partnership", "no negative payment", "a royalty paid back", on("reversion_royalties", negated)),
]
"""Strategy, the identity that must fail, what was done, and the books with it done."""


def test_books_without_a_fault_pass(world: World) -> None:
    checks = [check for books in world.books.values() for check in check_books(books, PATHS, world.horizon)]
    assert all(check.passed for check in checks)


@pytest.mark.parametrize(("slug", "identity", "plant"), [pytest.param(s, i, p, id=name) for s, i, name, p in FAULTS])
def test_a_planted_fault_is_caught_by_its_identity(
    world: World, optional: World, request: pytest.FixtureRequest, slug: str, identity: str, plant: Callable
) -> None:
    world = optional if any(line in request.node.name for line in OPTIONAL) else world
    checks = check_books(plant(world.books[slug]), PATHS, world.horizon)
    assert f"{slug}: {identity}" in [check.name for check in checks if not check.passed]


def test_every_identity_has_a_planted_fault(world: World) -> None:
    names = {check.name.split(": ")[1] for check in check_books(world.books["market"], PATHS, world.horizon)}
    assert names == {identity for _, identity, _, _ in FAULTS}


# The files.


@pytest.fixture(scope="module", params=["base", "rates_unequal"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("runs") / request.param
    return write_run(simulate(load(request.param), SEED, PATHS, PATHS), folder, Path(__file__).parents[1])


def test_lines_add_up_to_the_mean_value(stored: Results) -> None:
    key = ["view", "strategy", "party"]
    means = stored.table("headline").query("metric == 'npv_mean'").set_index(key)["value"]
    gap = stored.table("lines").groupby(key)["value"].sum().sub(means, fill_value=0)
    assert gap.abs().max() < 1e-9 and len(gap) == 3 * len(VIEWS) * len(BASE.children("strategies"))


def test_discounted_cash_gives_the_lines(stored: Results) -> None:
    """Every line of every party before tax; after it every line of the company, whose money it is about."""
    key = ["view", "strategy", "party", "line"]
    lines = stored.table("lines").query(f"view == '{PRETAX}' or party == 'company'").set_index(key)
    leaves = stored.table("inputs").set_index("path")["value"]
    cash = stored.table("cash").join(lines["timing"], on=key)
    shared = cash["line"].str.startswith("common_") | cash["line"].isin(["base_burn", *TECHNOLOGY_LINES.values()])
    undated = (shared & (cash["view"] == PRETAX)) | cash["line"].isin(["net", "cash_balance", *CAPITAL_LINES])
    assert (undated == cash["timing"].isna()).all()  # what is cash, but no part of the view's value
    cash = cash.dropna(subset="timing")
    spread = {slug: float(leaves[f"strategies.{slug}.rate_spread"]) for slug in stored.manifest["strategies"]}
    own = np.where(cash["party"] == "company", cash["strategy"].map(spread), 0.0)  # others use the common rate
    rate = float(leaves["valuation.discount_rate"]) + own
    years = np.where(cash["timing"] == "start", start_years(cash["quarter"]), mid_years(cash["quarter"]))
    present = (cash["mean"] * discount(years, rate)).groupby([cash[name] for name in key]).sum()
    assert set(lines.reset_index()["view"]) == set(VIEWS)
    pair = lines.assign(present=present.reindex(lines.index))[["value", "present"]]
    off = ~np.isclose(pair["present"], pair["value"], rtol=1e-9, atol=1e-12)  # a line handed over whole cancels
    assert pair[off].empty, pair[off].to_string(float_format=repr)


def test_cash_adds_up_over_lines_and_parties(stored: Results) -> None:
    key = ["view", "strategy", "party", "quarter"]
    cash = stored.table("cash").set_index([*key, "line"])["mean"].unstack().fillna(0.0)
    lines = cash.drop(columns=["net", "cash_balance"])
    expected = {"base_burn", "common_phase_2", "common_license_royalties", *TECHNOLOGY_LINES.values()}
    assert expected | {"tax", "issue_fee", *CAPITAL_LINES} - {"share_placement"} <= set(lines.columns)
    assert (lines.sum(axis=1) - cash["net"]).abs().max() < 1e-9
    between = {*DEAL_LINES, *TECHNOLOGY_LINES.values()}
    paid = lines.loc[PRETAX, [line for line in lines if line in between or "license_" in line]]
    assert paid.groupby(["strategy", "quarter"]).sum().abs().to_numpy().max() < 1e-9 < paid.abs().to_numpy().max()
    company = cash.xs("company", level="party")
    balance = company["net"].groupby(["view", "strategy"]).cumsum() + BASE["company.opening_cash_musd"]
    assert (company["cash_balance"] - balance).abs().max() < 1e-9


def test_cash_that_no_payment_explains_is_caught() -> None:
    cash = np.full((4, 3), BASE["company.opening_cash_musd"])
    assert check_cash("market", FINANCED, [], cash, BASE).passed
    cash[2, 1] += 1e-6
    assert not check_cash("market", FINANCED, [], cash, BASE).passed


@pytest.mark.parametrize("view", VIEWS)
def test_a_line_that_does_not_add_up_is_caught(view: str) -> None:
    run = simulate(BASE, SEED, 20, 20)
    assert all(check.passed for check in lines_add_up(run))
    slug, result = next(iter(run.views[view].items()))
    party, *_ = next(key for key in result.line_sums if key[-1])
    next(sums for key, sums in result.line_sums.items() if key[-1])[0] += 1e-6
    failed = [check.name for check in lines_add_up(run) if not check.passed]
    assert failed == [f"{slug}: lines of the {party} add up, {view}"]
