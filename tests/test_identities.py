"""The identities of every run: they hold whatever the inputs, each of them can fail, and the files obey them too."""

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import World, load, run_world, with_leaves
from hypothesis import given, settings
from hypothesis import strategies as st

from partnering.clock import discount, mid_years, start_years
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import Flow
from partnering.inputs import Scenario
from partnering.inputs.rules import find_problems
from partnering.results.simulate import simulate
from partnering.results.store import MAKERS, write_run
from partnering.results.stored import Results
from partnering.results.tables import lines_add_up
from partnering.value.identities import check_books
from partnering.world.candidates import Stage

BASE = load()
PATHS, SEED = 200, 5
ROUTES = ("own_launch", "license_out")
STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
LADDERS = {name: BASE.children(f"deal.{name}")[:-1] for name in ("ladder_full", "ladder_short")}
STEPS = [f"deal.{name}.{step}" for name, steps in LADDERS.items() for step in steps]


# They hold whatever the inputs.


def listed(low: float, high: float, size: int) -> st.SearchStrategy[tuple[float, ...]]:
    return st.tuples(*[st.floats(low, high)] * size)


def rising(low: int, high: int, size: int) -> st.SearchStrategy[tuple[float, ...]]:
    steps = st.lists(st.integers(low, high), min_size=size, max_size=size, unique=True)
    return steps.map(lambda found: tuple(float(step) for step in sorted(found)))


LEAVES = {leaf.path: st.floats(leaf.low, leaf.high) for leaf in BASE.leaves.values() if leaf.low is not None} | {
    **{f"success.{stage}_prob": st.floats(0, 1) for stage in STAGES},
    **{f"duration.{stage}_years": st.floats(0.1, 6) for stage in STAGES},
    **{f"cost.partner.{stage}_musd": st.floats(0, 200) for stage in STAGES[:4]},
    **{f"strategies.{slug}.rate_spread": st.floats(-0.1, 0.2) for slug in BASE.children("strategies")},
    **{step: st.floats(0, 60) for step in STEPS},
    "valuation.discount_rate": st.floats(0.1, 0.3),
    "valuation.inflation_rate": st.floats(0, 0.1),
    "valuation.horizon_years": st.floats(5, 45),
    "leads.cost_per_lead_musd": st.floats(5, 80),
    "leads.window_years": st.floats(0.25, 8),
    "leads.own_research_musd": st.floats(0, 20),
    "leads.discovery_lag_years": st.floats(0, 3),
    "duration.spread_cv": st.just(0.0) | st.floats(0.05, 1),
    "sales.years_to_peak": rising(1, 12, 3),
    "sales.company_launch_delay_years": st.floats(0, 6),
    "sales.erosion_loss": st.floats(0, 1),
    "license.taker_prob": st.floats(0, 1),
    "license.retry_years": st.floats(0, 4),
    "license.deal_years": st.floats(0, 2),
    "behaviour.common_route": st.sampled_from(ROUTES),
    "strategies.partnership.own_lead_routes": st.sampled_from([ROUTES, ROUTES[::-1], ROUTES[:1], ROUTES[1:]]),
    "strategies.market.inherited_route": st.sampled_from(ROUTES),
}


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Leaves of a deal that belong together."""
    years, tiers, options = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 3))
    schedule, upfront = draw(listed(0, 60, years)), draw(st.floats(0, 200))
    first = draw(st.floats(0, years))
    return {
        "deal.upfront_musd": upfront,
        "deal.research_schedule_musd": schedule,
        "deal.research_total_musd": sum(schedule),
        "deal.committed_ceiling_musd": upfront + sum(schedule) + draw(st.floats(0.01, 100)),
        "deal.extension_count": options,
        "deal.extension_decision_years": tuple(accumulate([first, 1.0, 1.0][:options])),
        "deal.extension_alive_needed": draw(st.tuples(*[st.integers(0, 4)] * options)),
        "deal.extension_rule": draw(st.sampled_from(["alive", "never", "always"])),
        "deal.royalty.thresholds_musd": (0.0, *draw(rising(1, 2000, tiers - 1))),
        "deal.royalty.rates": draw(listed(0, 0.5, tiers)),
    }


@st.composite
def portfolios(draw: st.DrawFn) -> dict[str, Any]:
    """Lists of named candidates, from none to four of a kind."""
    early, common = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    kind, ladder = st.sampled_from(["conjugate", "naked"]), st.sampled_from(["full", "short"])
    return {
        "candidates.inherited.names": tuple("abcd"[:early]),
        "candidates.inherited.modality": draw(st.tuples(*[kind] * early)),
        "candidates.inherited.ladder": draw(st.tuples(*[ladder] * early)),
        "candidates.inherited.years_to_ind": draw(listed(0, 4, early)),
        "candidates.common.names": tuple("abc"[:common]),
        "candidates.common.modality": draw(st.tuples(*[kind] * common)),
        "candidates.common.phase_2_left": draw(listed(0, 1, common)),
        "candidates.common.territory_share": draw(listed(0, 1, common)),
    }


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """The base case with leaves moved anywhere the rules allow."""
    leaves = draw(st.fixed_dictionaries({}, optional=LEAVES))
    leaves |= draw(st.just({}) | contracts()) | draw(st.just({}) | portfolios())
    scenario = with_leaves(BASE, leaves)
    totals = {f"deal.{name}.total_musd": sum(scenario[f"deal.{name}.{s}"] for s in LADDERS[name]) for name in LADDERS}
    return with_leaves(scenario, totals)


@settings(max_examples=20, deadline=None, derandomize="CI" in os.environ)
@given(scenarios())
def test_identities_hold_for_any_valid_scenario(scenario: Scenario) -> None:
    assert [str(problem) for problem in find_problems(scenario)] == []
    run = simulate(scenario, SEED, PATHS, PATHS)
    tables = {name: make(run) for name, make in MAKERS.items()}
    assert tables["checks"].query("not passed").empty and len(tables["checks"]) == 30, tables["checks"].to_string()
    assert np.isfinite(tables["headline"]["value"]).all() and np.isfinite(tables["cash"]["mean"]).all()


# Each of them can fail.


@pytest.fixture(scope="module")
def world() -> World:
    return run_world(BASE, PATHS)


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


def phase_2_early(books: Books) -> Books:
    start = books.course.start.copy()
    start[:, Stage.PHASE_2] -= 1
    return replace(books, course=replace(books.course, start=start))


def phase_2_skipped(books: Books) -> Books:
    entered = books.course.entered.copy()
    entered[:, Stage.PHASE_2] = False
    return replace(books, course=replace(books.course, entered=entered))


def first_twice(books: Books) -> Books:
    return replace(books, course=books.course.take(np.array([0, *range(len(books.course.path))])))


TRANSFERS = ("upfront", "research_funding", "extension_funding", "milestones", "royalties")
RECEIPTS = [("partnership", "milestones"), ("partnership", "royalties"), ("market", "net_sales")]
RECEIPTS += [("concept", "license_upfront"), ("concept", "license_royalties")]
EARLY = "nothing received before its event"
FAULTS = [
    ("market", "books sum to zero", "money to nobody", on("cogs", to_nobody)),
    ("market", "present value of the sum is the sum of present values", "a third timing", on("cogs", untimed)),
    *(
        ("partnership", "transfers are terms times exposures", f"{line} altered", on(line, lambda f: f.scaled(1.001)))
        for line in TRANSFERS
    ),
    ("partnership", "transfers are terms times exposures", "paid late", on("royalties", lambda f: moved(f, 1))),
    *((slug, EARLY, f"{line} early", on(line, lambda f: moved(f, -1))) for slug, line in RECEIPTS),
    ("partnership", EARLY, "milestones before approval", step_early("milestones", Stage.MARKET)),
    ("concept", EARLY, "license milestones before filing", step_early("license_milestones", Stage.REVIEW)),
    ("partnership", "stages follow each other", "a stage too early", phase_2_early),
    ("market", "stages follow each other", "a stage left out", phase_2_skipped),
    ("concept", "no candidate in two places", "a candidate twice", first_twice),
    ("market", "no negative payment", "a cost refunded", on("selling", negated)),
]
"""Strategy, the identity that must fail, what was done, and the books with it done."""


@pytest.mark.parametrize(("slug", "identity", "plant"), [pytest.param(s, i, p, id=name) for s, i, name, p in FAULTS])
def test_a_planted_fault_is_caught_by_its_identity(
    world: World, slug: str, identity: str, plant: Callable[[Books], Books]
) -> None:
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
    means = stored.table("headline").query("metric == 'npv_mean'").set_index(["strategy", "party"])["value"]
    gap = stored.table("lines").groupby(["strategy", "party"])["value"].sum().sub(means, fill_value=0)
    assert gap.abs().max() < 1e-9 and len(gap) == 9


def test_discounted_cash_gives_the_lines(stored: Results) -> None:
    lines = stored.table("lines").set_index(["strategy", "party", "line"])
    leaves = stored.table("inputs").set_index("path")["value"]
    cash = stored.table("cash").join(lines["timing"], on=lines.index.names)
    shared = cash["line"].str.startswith("common_") | cash["line"].isin(["base_burn", "net", "cash_balance"])
    assert (shared == cash["timing"].isna()).all()  # what every strategy shares is cash, but no line of a programme
    cash = cash.dropna(subset="timing")
    spread = {slug: float(leaves[f"strategies.{slug}.rate_spread"]) for slug in stored.manifest["strategies"]}
    own = np.where(cash["party"] == "company", cash["strategy"].map(spread), 0.0)  # others use the common rate
    rate = float(leaves["valuation.discount_rate"]) + own
    years = np.where(cash["timing"] == "start", start_years(cash["quarter"]), mid_years(cash["quarter"]))
    present = (cash["mean"] * discount(years, rate)).groupby([cash[name] for name in lines.index.names]).sum()
    assert np.allclose(present.reindex(lines.index), lines["value"], rtol=1e-9, atol=0)


def test_cash_adds_up_over_lines_and_parties(stored: Results) -> None:
    cash = stored.table("cash").set_index(["strategy", "party", "quarter", "line"])["mean"].unstack().fillna(0.0)
    lines = cash.drop(columns=["net", "cash_balance"])
    assert {"base_burn", "common_phase_2", "common_license_royalties"} <= set(lines.columns)
    assert (lines.sum(axis=1) - cash["net"]).abs().max() < 1e-9
    paid = lines[[line for line in lines if line in TRANSFERS or "license_" in line]]
    assert paid.groupby(["strategy", "quarter"]).sum().abs().to_numpy().max() < 1e-9 < paid.abs().to_numpy().max()
    company = cash.xs("company", level="party")
    balance = company["net"].groupby("strategy").cumsum() + BASE["company.opening_cash_musd"]
    assert (company["cash_balance"] - balance).abs().max() < 1e-9


def test_a_line_that_does_not_add_up_is_caught() -> None:
    run = simulate(BASE, SEED, 20, 20)
    assert all(check.passed for check in lines_add_up(run))
    slug, result = next(iter(run.strategies.items()))
    next(iter(result.line_sums.values()))[0] += 1e-6
    assert [check.name for check in lines_add_up(run) if not check.passed] == [f"{slug}: lines of the company add up"]
