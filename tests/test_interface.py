"""The machine interface: what scripts may rely on, held on real runs made through the command."""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import load
from interface import (
    COLUMNS,
    DECISIONS,
    EVENTS,
    FAMILIES,
    INPUTS,
    KEYS,
    MODALITIES,
    MOVED,
    NUMBERS,
    ORIGINS,
    PAIRS,
    PARTIES,
    PATHS,
    PRODUCTS,
    ROOT,
    SEED,
    STRATEGIES,
    UNIT_OF,
    UNITS,
    VALUES,
    VIEWS,
    contents,
    rows,
)

from partnering.inputs.lines import LEDGER

DEAL_LINES = {line.name for line in LEDGER if line.part == "deal"}


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def test_a_run_writes_exactly_the_files_promised_and_names_them(made: tuple[Path, Any]) -> None:
    folder, done = made
    expected = sorted([*COLUMNS, "paths.npz", "manifest.json"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == expected == sorted(contents(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("name", COLUMNS)
def test_tables_are_plain_text_with_numbers_that_round_trip(folder: Path, name: str) -> None:
    raw = (folder / name).read_bytes()
    assert b"\r" not in raw and raw.endswith(b"\n") and not raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode().splitlines()[0] == COLUMNS[name]
    for row in rows(folder / name):
        assert None not in row and None not in row.values()
        for column, text in row.items():
            choice = row.get("path", "").endswith((".exit_stage", ".opt_in.stage", ".sells"))
            none = {"none"} if choice and column == "value" else set()  # its name
            assert text.lower() not in {"nan", "none", "inf", "-inf", "<na>"} - none, row
            if column in NUMBERS and text and name != "inputs.csv":
                assert repr(float(text)) == text and text != "-0.0", row
        assert "unit" not in row or name == "inputs.csv" or row["unit"] in UNITS
    text = pd.read_csv(folder / name, dtype=str)
    assert (text.isna() == (pd.read_csv(folder / name, dtype=str, keep_default_na=False) == "")).all(axis=None)


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_have_unique_keys_and_strategies_in_order(folder: Path, name: str) -> None:
    keys = [tuple(row.values())[: KEYS[name]] for row in rows(folder / name)]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    if "strategy" in COLUMNS[name].split(",") and name != "headline.csv":
        place = COLUMNS[name].split(",").index("view") if "view" in COLUMNS[name] else None
        blocks = list(dict.fromkeys((None if place is None else key[place], key[0]) for key in keys))
        views = [None] if place is None else [view for view in VIEWS if name != "survival.csv" or VIEWS[view]]
        some = STRATEGIES[:1] if name == "exposures.csv" else STRATEGIES  # only the deal has terms
        assert blocks == [(view, slug) for view in views for slug in some]
        order = [blocks.index((None if place is None else key[place], key[0])) for key in keys]
        assert order == sorted(order)


def expected_headline(rivals: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Every strategy, then signing against each other one and the two rivals against each other."""
    for view, whole in VIEWS.items():
        for strategy in STRATEGIES:
            for party in PARTIES:
                metrics = VALUES + PRODUCTS + whole if party == "company" else VALUES
                yield from ((strategy, party, view, metric) for metric in metrics)
    signing, *others = STRATEGIES
    against = [f"{signing}-{slug}" for slug in others] + ["-".join(rivals)]
    for view in VIEWS:
        pairs = PAIRS + (["value_per_share"] if view == "financed" else [])
        yield from ((pair, "company", view, metric) for pair in against for metric in pairs)
    yield from ((pair, "company", "financed", metric) for pair in against for metric in INPUTS)


def test_headline_has_every_metric_in_order_with_its_limits(folder: Path) -> None:
    table = rows(folder / "headline.csv")
    means = {
        row["strategy"]: float(row["value"])
        for row in table
        if row["metric"] == "npv_mean"
        if row["party"] == "company"
    }
    rivals = [max(FAMILIES[family], key=means.__getitem__) for family in ("alone", "give_up")]
    assert [tuple(row.values())[:4] for row in table] == list(expected_headline(rivals))
    for row in table:
        metric, value, chance = row["metric"], float(row["value"]), row["unit"] == "prob"
        told = {unit for names, unit in UNIT_OF.items() if re.match(names, metric)}
        assert told == ({row["unit"]} if not metric.startswith("p_") else {"prob"}), row
        if metric.endswith("_se"):
            assert (row["low"], row["high"]) == ("", "") and value >= 0
            continue
        low, high = float(row["low"]), float(row["high"])
        assert low <= value <= high, row
        assert not chance or 0 <= low <= high <= 1, row


def test_lines_and_cash_are_dated_and_complete(folder: Path) -> None:
    lines, cash = rows(folder / "lines.csv"), rows(folder / "cash.csv")
    assert {row["timing"] for row in lines} == {"start", "mid"}
    assert {row["view"] for row in lines} == {row["view"] for row in cash} == set(VIEWS)
    assert all(float(row["se"]) >= 0 for row in lines)
    quarters: dict[tuple[str, ...], list[int]] = {}
    for row in cash:
        key = (row["view"], row["strategy"], row["party"], row["line"])
        quarters.setdefault(key, []).append(int(row["quarter"]))
        if row["line"] not in ("net", "cash_balance"):
            assert {row[f"p{p}"] for p in ("05", "25", "50", "75", "95")} == {""}  # means by line
            continue
        assert float(row["p05"]) <= float(row["p25"]) <= float(row["p50"]) <= float(row["p75"]) <= float(row["p95"])
    assert set(map(tuple, quarters.values())) == {tuple(range(int(load()["valuation.horizon_years"]) * 4))}
    dated = [row for row in lines if row["view"] == "pretax" or row["party"] == "company"]
    assert {(row["view"], row["strategy"], row["party"], row["line"]) for row in dated} <= quarters.keys()
    totals = product(VIEWS, STRATEGIES, ["company"], ["net", "cash_balance"])
    assert set(totals) <= quarters.keys()


def test_terms_times_what_a_unit_of_each_pays_are_the_lines_of_the_deal(folder: Path) -> None:
    lines, units = rows(folder / "lines.csv"), rows(folder / "exposures.csv")
    assert {"company", "partner"} <= {row["party"] for row in units} <= set(PARTIES)
    for party in {row["party"] for row in units}:
        mine = [
            row for row in lines if (row["strategy"], row["party"], row["view"]) == (STRATEGIES[0], party, "pretax")
        ]
        moved = sum(float(row["value"]) for row in mine if row["line"] in DEAL_LINES)
        paid = [float(row["value"]) * float(row["unit_mean"]) for row in units if row["party"] == party]
        assert moved == pytest.approx(sum(paid), abs=1e-9) and moved != 0
    unit = {(row["party"], row["term"]): (float(row["unit_mean"]), float(row["unit_se"])) for row in units}
    assert unit["company", "deal.upfront_musd"] == (1, 0) and unit["partner", "deal.upfront_musd"] == (-1, 0)
    assert {row["value"] for row in units if row["term"] == "deal.upfront_musd"} == {str(load()["deal.upfront_musd"])}


def test_counts_hold_every_event_once_and_chances_that_agree(folder: Path) -> None:
    table = rows(folder / "counts.csv")
    kinds = [{row[column] for row in table} for column in ("origin", "modality", "event")]
    assert kinds == [ORIGINS, MODALITIES, EVENTS | MOVED]
    own, places = len(ORIGINS) - 1, len(MODALITIES) - 1
    events = len(EVENTS) * (1 + own * places) + len(MOVED) * (1 + (own - 1) * places)
    assert len(table) == len(STRATEGIES) * events
    for row in table:
        mean, one, two = (float(row[column]) for column in ("mean", "p_at_least_1", "p_at_least_2"))
        assert 0 <= two <= one <= min(1, mean + 1e-12) and mean >= one + two - 1e-12, row


def test_what_has_no_deal_has_nothing_of_the_deal(folder: Path) -> None:
    """Neither its lines nor its events; and what is the same in every strategy is booked the same."""
    lines, counts = rows(folder / "lines.csv"), rows(folder / "counts.csv")
    booked = {slug: {row["line"] for row in lines if row["strategy"] == slug} for slug in STRATEGIES}
    assert all(booked[slug].isdisjoint(DEAL_LINES) for slug in STRATEGIES[1:])
    assert {"upfront", "research_funding", "milestones", "royalties"} <= booked[STRATEGIES[0]]
    assert set().union(*booked.values()) <= {line.name for line in LEDGER}
    of_the_deal = [r for r in counts if r["origin"] == "collaboration" or r["event"] in ("partner_target", "returned")]
    assert {float(row["mean"]) for row in of_the_deal if row["strategy"] != STRATEGIES[0]} == {0.0}
    outside = [row for row in counts if row["origin"] in ("common", "technology") and row["event"] not in MOVED]
    shared = [row for row in rows(folder / "cash.csv") if re.match("common_|technology_", row["line"])]
    outside += [row for row in shared if row["view"] == "pretax"]  # money and an early end tell strategies apart
    by_strategy = {slug: [list(row.values())[1:] for row in outside if row["strategy"] == slug] for slug in STRATEGIES}
    signed, *alone = (by_strategy[slug] for slug in STRATEGIES if slug not in FAMILIES["give_up"])
    assert signed and all(booked_alike == signed for booked_alike in alone)


def test_who_gives_up_sells_its_candidates_and_only_shrinking_keeps_licences(folder: Path) -> None:
    booked = {
        (row["strategy"], row["line"]): float(row["value"])
        for row in rows(folder / "lines.csv")
        if row["party"] == "company"
    }
    kept = {slug: {line for of, line in booked if of == slug} for slug in STRATEGIES}
    sold, licences = {"rights_sold", "common_rights_sold", "wind_up_cost"}, {"technology_fees", "technology_royalties"}
    assert all(sold <= kept[slug] for slug in FAMILIES["give_up"])
    assert all("wind_up_cost" not in kept[slug] for slug in STRATEGIES if slug not in FAMILIES["give_up"])
    assert licences <= kept["shrink"] and kept["wind_up"].isdisjoint(licences)
    ways = {"research", "own_research", "phase_1", "phase_2", "phase_3", "common_phase_2", "equity_raise"}
    assert all(kept[slug].isdisjoint(ways) for slug in FAMILIES["give_up"])


def test_beliefs_and_decisions_say_what_was_known(folder: Path) -> None:
    """The forecast only once Phase 2 has shown it; a stage is started where its worth to whoever decides is no loss.

    A licence sought or taken at the IND is so without a forecast: of candidates not in Phase 2 on the day or since.
    """
    beliefs, decisions = rows(folder / "beliefs.csv"), rows(folder / "decisions.csv")
    late = {"phase_3", "review", "market"}
    assert {row["table"] for row in beliefs} <= set(STRATEGIES)
    assert all((row["forecast_z"] != "") == (row["stage"] in late) for row in beliefs)
    begun = {(*place_of(row), int(row["quarter"])) for row in decisions if row["decision"] == "start phase_2"}
    in_phase_2 = {(slug, path, name): q for slug, path, name, q in begun}
    kept, early = set(load()["candidates.common.names"]), 0
    for row in decisions:
        assert row["party"] in PARTIES and row["decision"] in DECISIONS and row["taken"] in ("True", "False"), row
        what = row["decision"]
        known = what.removeprefix("start ") in late or what in (
            "launch",
            "seek a licence",
            "take a licence",
            "co-promote",
        )
        if what.endswith("a licence") and row["candidate"] not in kept:
            known = in_phase_2.get(place_of(row), math.inf) < int(row["quarter"])
            early += not known
        assert (row["forecast_z"] != "") == known, row
        weighed = what in ("launch", "take a licence") or what.startswith("start")
        assert not weighed or (float(row["belief_musd"]) >= 0) == (row["taken"] == "True"), row
    dated = [(STRATEGIES.index(row["strategy"]), int(row["path"]), int(row["quarter"])) for row in decisions]
    assert dated == sorted(dated) and early > 0


def place_of(row: dict[str, str]) -> tuple[str, str, str]:
    """Whose a decision is."""
    return row["strategy"], row["path"], row["candidate"]


def test_checks_state_what_is_left_of_each_identity(folder: Path) -> None:
    for row in rows(folder / "checks.csv"):
        assert row["passed"] == "True" and 0 <= float(row["residual"]) <= float(row["tolerance"]) <= 1e-9


def test_arrays_by_path_agree_with_the_headline(folder: Path) -> None:
    headline = {tuple(row.values())[:4]: float(row["value"]) for row in rows(folder / "headline.csv")}
    with np.load(folder / "paths.npz", allow_pickle=False) as arrays:
        for view, slug, party in product(VIEWS, STRATEGIES, PARTIES):
            npv = arrays[f"npv.{view}.{slug}.{party}"]
            assert npv.shape == (PATHS,) and npv.dtype == np.float32 and np.isfinite(npv).all()
            near = pytest.approx(npv.mean(dtype=float), abs=1e-6 * np.abs(npv).mean(dtype=float))
            assert headline[slug, party, view, "npv_mean"] == near
            assert headline[slug, party, view, "p_loss"] == np.mean(npv < 0)
        for view, slug in product(("planned", "financed"), STRATEGIES):
            ended, forced = (arrays[f"company.{view}.{slug}.{name}"] for name in ("ended_years", "forced"))
            assert headline[slug, "company", view, "p_winddown"] == np.mean(forced > 0)
            exits = (ended < load()["valuation.horizon_years"]) & (forced == 0)
            assert headline[slug, "company", view, "p_exit"] == np.mean(exits)
        for slug in STRATEGIES:
            money = {name: arrays[f"company.financed.{slug}.{name}"] for name in ("raised_musd", "dilution")}
            for name, values in money.items():
                assert headline[slug, "company", "financed", name] == pytest.approx(values.mean(dtype=float), rel=1e-6)
            assert arrays[f"cash.financed.{slug}.company"].shape == (
                min(PATHS, 256),
                4 * load()["valuation.horizon_years"],
            )
        assert {arrays[f"theta.{leaf.path}"].shape for leaf in load().drawn()} == {(PATHS,)}


def test_manifest_says_what_made_the_run_and_its_digests_are_true(folder: Path, manifest: dict[str, Any]) -> None:
    base = load()
    expected = {"scenario": "base", "title": base.title, "seed": SEED, "paths": PATHS, "block": 4096}
    expected |= {"schema_version": 1, "valuation_date": base["valuation.date"]}
    assert expected.items() <= manifest.items()
    assert manifest["parties"]["company"] == base["parties.company"] and manifest["vintage"] is None
    assert {slug: told["signs_today"] for slug, told in manifest["strategies"].items()} == {
        slug: slug == STRATEGIES[0] for slug in STRATEGIES
    }
    assert manifest["digests"]["inputs"] == base.digest
    assert manifest["digests"]["lock"] == hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    parts = manifest["digests"].pop("parts")
    assert {"inputs", "model", "report", "lock"} <= manifest["digests"].keys()
    assert [*parts] == ["clock", "inputs", "model", "results"]
    digests = [*manifest["digests"].values(), *parts.values()]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests) and len({*digests}) == len(digests)
    assert manifest["platform"].keys() == {"python", "numpy", "scipy", "machine"}
    assert manifest["files"].keys() == {*COLUMNS, "paths.npz"}
    for name, about in manifest["files"].items():
        assert about["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert about["rows"] == (PATHS if name == "paths.npz" else len(rows(folder / name)))
