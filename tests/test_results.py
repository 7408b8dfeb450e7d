"""The files of a run: they obey the identities, each of which can fail, whoever simulates and however long it is."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from helpers import PARAMS, load, with_leaves
from numpy.typing import NDArray

from partnering.clock import discount, mid_years, start_years
from partnering.inputs import Scenario
from partnering.inputs.lines import LEDGER, OF_KEPT
from partnering.model import run as kernel
from partnering.model.draws import BLOCK
from partnering.results.faults import IdentityError
from partnering.results.identities import CHECKS, check
from partnering.results.schema import COLUMNS, PRETAX, VIEWS
from partnering.results.simulate import Run, simulate
from partnering.results.statistics import percentile
from partnering.results.store import path_arrays, refuse_failed_checks, tables_of, write_run
from partnering.results.stored import Results
from partnering.results.tables import tabulate_checks

SEED, PATHS = 5, 300
LONG = 2 * BLOCK + 100  # two blocks and a partial one
MOST_BYTES = 20 * 2**20  # of the folder of a run of 20,000 paths
BETWEEN = {line.name for line in LEDGER if line.part == "deal" or line.name.startswith("technology_")}
OWNERS = {line.name for line in LEDGER if line.part == "capital"}


@pytest.fixture(scope="module")
def short() -> Scenario:
    """A quick scenario: the base case to a near horizon, at which nobody would go on who asked whether it pays."""
    return with_leaves(load(), {"valuation.horizon_years": 8.0, "behaviour.gates": "commit"})


@pytest.fixture(scope="module")
def short_run(short: Scenario) -> Run:
    return simulate(short, SEED, LONG)


@pytest.fixture(scope="module", params=["base", "rates_unequal"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("runs") / request.param
    return write_run(simulate(load(request.param), SEED, PATHS), folder, PARAMS.parent)


def digests(run: Run, folder: Path) -> dict[str, str]:
    """Sha256 of every file of a run, the manifest too."""
    write_run(run, folder, PARAMS.parent)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def same(one: Mapping[str, NDArray], other: Mapping[str, NDArray]) -> bool:
    """Whether two groups of arrays have the same names and the same bits."""
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


# What the files say adds up.


def test_lines_add_up_to_the_mean_value(stored: Results) -> None:
    key = ["view", "strategy", "party"]
    means = stored.table("headline").query("metric == 'npv_mean'").set_index(key)["value"]
    gap = stored.table("lines").groupby(key)["value"].sum().sub(means, fill_value=0)
    assert gap.abs().max() < 1e-9 and len(gap) == 3 * len(VIEWS) * len(load().children("strategies"))


def test_discounted_cash_gives_the_lines(stored: Results) -> None:
    """Every line of every party before tax; after it every line of the company, whose money it is about."""
    key = ["view", "strategy", "party", "line"]
    lines = stored.table("lines").query(f"view == '{PRETAX}' or party == 'company'").set_index(key)
    leaves = stored.table("inputs").set_index("path")["value"]
    cash = stored.table("cash").join(lines["timing"], on=key)
    outside = {line.name for line in LEDGER if line.group == OF_KEPT or line.part == "company"}
    undated = (cash["line"].isin(outside) & (cash["view"] == PRETAX)) | cash["line"].isin(
        ["net", "cash_balance", *OWNERS]
    )
    assert (undated == cash["timing"].isna()).all()  # what is cash, but no part of the view's value
    cash = cash.dropna(subset="timing")
    spread = {slug: float(leaves[f"strategies.{slug}.rate_spread"]) for slug in stored.manifest["strategies"]}
    own = np.where(cash["party"] == "company", cash["strategy"].map(spread), 0.0)  # others use the common rate
    rate = float(leaves["valuation.discount_rate"]) + own
    years = np.where(cash["timing"] == "start", start_years(cash["quarter"]), mid_years(cash["quarter"]))
    present = (cash["mean"] * discount(years, rate)).groupby([cash[name] for name in key]).sum()
    pair = lines.assign(present=present.reindex(lines.index))[["value", "present"]]
    off = ~np.isclose(pair["present"], pair["value"], rtol=1e-9, atol=1e-12)  # a line handed over whole cancels
    assert pair[off].empty, pair[off].to_string(float_format=repr)


def test_cash_adds_up_over_lines_and_parties(stored: Results) -> None:
    key = ["view", "strategy", "party", "quarter"]
    cash = stored.table("cash").set_index([*key, "line"])["mean"].unstack().fillna(0.0)
    lines = cash.drop(columns=["net", "cash_balance"])
    assert {"base_burn", "common_phase_2", "technology_fees", "tax", "issue_fee", "equity_raise"} <= set(lines.columns)
    assert (lines.sum(axis=1) - cash["net"]).abs().max() < 1e-9
    paid = lines.loc[PRETAX, [line for line in lines if line in BETWEEN or "license_" in line]]
    assert paid.groupby(["strategy", "quarter"]).sum().abs().to_numpy().max() < 1e-9 < paid.abs().to_numpy().max()
    company = cash.xs("company", level="party")
    balance = company["net"].groupby(["view", "strategy"]).cumsum() + load()["company.opening_cash_musd"]
    assert (company["cash_balance"] - balance).abs().max() < 1e-9


# Every check of a run can fail, and then nothing is written.


@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_a_line_that_does_not_add_up_is_caught(view: int) -> None:
    run = simulate(load(), SEED, 20)
    assert all(residual <= 1e-9 for _, residual in check(run))
    slug, lived = next(iter(run.strategies.items()))
    lived.sums["value_sum"][view, 0, 0, 0] += 1e-6
    failed = [name for name, residual in check(run) if not residual <= 1e-9]
    assert failed == [f"{slug}: lines of the company add up, {VIEWS[view]}"]


@pytest.mark.parametrize("view", [1, 2])
def test_cash_that_no_payment_explains_is_caught(view: int) -> None:
    run = simulate(load(), SEED, 20)
    slug, lived = next(iter(run.strategies.items()))
    lived.sums["balance"][view, 1] += 1e-6
    failed = [name for name, residual in check(run) if not residual <= 1e-9]
    assert failed == [f"{slug}: cash is conserved, {VIEWS[view]}"]


@pytest.mark.parametrize(("place", "residual"), [*((at, 1e-6) for at in range(len(CHECKS))), (0, np.nan)])
def test_a_residual_of_the_kernel_stops_a_run_before_anything_is_written(
    place: int, residual: float, tmp_path: Path
) -> None:
    run = simulate(load(), SEED, 20)
    slug, lived = next(iter(run.strategies.items()))
    assert lived.first is not None
    lived.first.residual[place] = residual
    with pytest.raises(IdentityError, match=f"{slug}: {CHECKS[place]}: residual"):
        write_run(run, tmp_path / "run", PARAMS.parent)
    assert list(tmp_path.iterdir()) == []
    refuse_failed_checks(tabulate_checks(simulate(load(), SEED, 20)))


# How long a run is, and who computes it.


@pytest.mark.parametrize("paths", [1, PATHS, BLOCK + 100])
def test_first_paths_of_a_longer_run_are_those_of_a_shorter_one(short: Scenario, short_run: Run, paths: int) -> None:
    """Wherever the same variant stands, which is seen in the first block: so it does in all that fill one."""
    shorter = simulate(short, SEED, paths)
    variants = [{slug: lived.packed.variant for slug, lived in run.strategies.items()} for run in (shorter, short_run)]
    assert paths < BLOCK or variants[0] == variants[1]
    other = {slug for slug in variants[0] if variants[0][slug] != variants[1][slug]}
    few, many = (
        {
            name: array
            for name, array in path_arrays(run).items()
            if not name.startswith("batch.") and other.isdisjoint(name.split("."))
        }
        for run in (shorter, short_run)
    )
    assert same(few, {name: array[: len(few[name])] for name, array in many.items()})
    assert any(name.startswith("npv.") for name in few)


def test_workers_change_no_byte_of_any_file(short: Scenario, short_run: Run, tmp_path: Path) -> None:
    one = digests(short_run, tmp_path / "one")
    assert len(one) == len(COLUMNS) + 2
    for workers in (2, 3):
        assert digests(simulate(short, SEED, LONG, workers), tmp_path / f"{workers}") == one, f"{workers} workers"


@pytest.mark.slow
def test_workers_change_no_byte_of_the_base_case(tmp_path: Path) -> None:
    runs = [simulate(load(), SEED, LONG, workers) for workers in (1, 2)]
    assert len({tuple(sorted(digests(run, tmp_path / str(n)).items())) for n, run in enumerate(runs)}) == 1


def test_sums_over_blocks_are_of_all_paths_and_percentiles_of_the_first_block(short: Scenario, short_run: Run) -> None:
    whole, first = tables_of(short_run)["cash"], tables_of(simulate(short, SEED, BLOCK))["cash"]
    levels = ["p05", "p25", "p50", "p75", "p95"]
    has = whole["line"].isin(["net", "cash_balance"])
    assert whole.loc[~has, levels].isna().all(axis=None) and whole.loc[has, levels].notna().all(axis=None)
    key = ["view", "strategy", "party", "line", "quarter"]
    both = whole[has].merge(first, on=key, suffixes=("", "_first"))
    assert len(both) == has.sum() and all((both[level] == both[f"{level}_first"]).all() for level in levels)
    assert (both["mean"] != both["mean_first"]).any()
    lived = next(iter(short_run.strategies.values()))
    assert lived.first is not None
    ours = both[(both["strategy"] == lived.packed.slug) & (both["view"] == "financed") & (both["line"] == "net")]
    assert ours["p05"].le(ours["p95"]).all() and len(ours) == 32
    assert lived.first.cash.dtype == np.float32 and lived.first.cash.shape[1] == 256


def test_percentiles_lie_on_a_straight_line_between_two_values() -> None:
    assert percentile(np.array([0.0, 10.0, 20.0]), 0.25).value == 5.0


def test_a_run_of_a_page_is_no_larger_than_promised(tmp_path: Path) -> None:
    """Reckoned from fewer paths: arrays by path grow with them, tables do not."""
    sizes, few, more = {}, 1000, 3000
    for paths in (few, more):
        folder = write_run(simulate(load(), SEED, paths), tmp_path / str(paths), PARAMS.parent).folder
        sizes[paths] = (folder / "paths.npz").stat().st_size
    tables = sum(file.stat().st_size for file in folder.glob("*.csv"))
    assert tables + sizes[more] + (20_000 - more) * (sizes[more] - sizes[few]) / (more - few) < MOST_BYTES


def test_an_amount_that_is_no_number_names_its_path_whatever_the_block(
    short: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = kernel.live_paths

    def spoilt(rules, contracts, routes, beliefs, futures, drawn, market, brought, books, room, kept) -> None:
        real(rules, contracts, routes, beliefs, futures, drawn, market, brought, books, room, kept)
        books["bad_line"][0], books["bad_path"][0] = 0, 7

    monkeypatch.setattr(kernel, "live_paths", spoilt)
    with pytest.raises(kernel.NonFinite, match="path 7: upfront is not a finite number"):
        simulate(short, SEED, 20)
