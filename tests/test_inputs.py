"""The input floor: what is read, what it means, and what may change it."""

import csv
import io
import pickle
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from scipy import stats

from partnering.__main__ import main
from partnering.inputs import (
    Case,
    InputError,
    list_scenarios,
    load_contradictions,
    load_run_settings,
    load_scenario,
    schema_paths,
)
from partnering.inputs.hindsight import all_facts, load_hindsight
from partnering.inputs.paths import kind_at
from partnering.inputs.ranges import fit, implied_mean, quantile
from partnering.inputs.scenario import Leaf
from partnering.inputs.schema import Params
from partnering.inputs.tables import COLUMNS, tabulate_inputs
from partnering.inputs.units import Entry
from partnering.inputs.yamlfile import read_yaml
from partnering.report.term_file import SOURCE as TERM_SHEET

PARAMS = Path(__file__).parents[1] / "params"
BASE = load_scenario("base", PARAMS)
ALL = [*list_scenarios(PARAMS), *list_scenarios(PARAMS, "deals")]
DRAWN = BASE.drawn()


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PARAMS, tmp_path / "params"))


def named(path: str, **changes: object) -> Leaf:
    return replace(BASE.leaves[path], **changes)  # type: ignore[arg-type]


# What is there.


def test_schema_and_base_file_have_the_same_keys_in_the_same_order() -> None:
    """But for strategies, of which each says what it does not do by default."""
    data = read_yaml(PARAMS / "base.yaml").data

    def walk(group: Mapping[str, Any], prefix: str = "") -> list[str]:
        if "value" in group:
            return [prefix.rstrip(".")]
        return [path for name, child in group.items() for path in walk(child, f"{prefix}{name}.")]

    generic = [re.sub(r"^strategies\.\w+", "strategies.*", path) for path in walk(data)]
    every, here, there = "strategies.", dict.fromkeys(generic), list(schema_paths())
    assert [path for path in here if not path.startswith(every)] == [p for p in there if not p.startswith(every)]
    defaults = {f"{every}*.{name}" for name in data["strategy_defaults"]}
    assert {path for path in here if path.startswith(every)} | defaults == {p for p in there if p.startswith(every)}
    assert [p for p in BASE.leaves if not p.startswith(every)] == [p for p in walk(data) if not p.startswith(every)]
    assert {f"{every}*.{path.split('.')[2]}" for path in BASE.leaves if path.startswith(every)} >= defaults


def test_every_source_is_listed_and_every_listed_source_is_used() -> None:
    used = {leaf.source for name in ALL for leaf in load_scenario(name, PARAMS).leaves.values()}
    later = {fact.source for _, fact in all_facts(load_hindsight(PARAMS, BASE))}
    differing = {v.source for point in load_contradictions(PARAMS, BASE).values() for v in point.versions}
    assert later and used | later | differing | {TERM_SHEET} == set(BASE.sources)  # that of files a page writes


def test_leaves_are_plain_frozen_values() -> None:
    assert BASE["valuation.date"] == BASE.leaves["valuation.date"].value
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", BASE["valuation.date"])
    assert isinstance(BASE["deal.upfront_musd"], float) and isinstance(BASE["deal.royalty.rates"], tuple)
    assert BASE.children("deal")[0] == "upfront_musd" and BASE.children("nowhere") == ()
    assert BASE.children("strategies") == ("partnership", "market", "concept", "ind", "best", "shrink", "wind_up")
    with pytest.raises(TypeError):
        BASE.leaves["x"] = 1  # type: ignore[index]
    assert pickle.loads(pickle.dumps(BASE)).digest == BASE.digest


def test_labels_units_bounds_and_drawing() -> None:
    assert all(leaf.label and leaf.unit for leaf in BASE.leaves.values())
    leaf = BASE.leaves["success.phase_1_prob"]
    assert (leaf.unit, leaf.lower_bound, leaf.upper_bound, leaf.drawn) == ("prob", 0, 1, True)
    assert BASE.leaves["duration.phase_1_years"].upper_bound == 100
    assert BASE.leaves["deal.upfront_musd"].upper_bound is None
    assert not BASE.leaves["valuation.discount_rate"].drawn and BASE.leaves["valuation.discount_rate"].low


def choices(path: str) -> set[str]:
    """The names a leaf may have for its value, or for an item of it."""
    kind = kind_at(tuple(path.split(".")))
    assert isinstance(kind, type) and issubclass(kind, Entry)
    found = get_args(kind.model_fields["value"].annotation)
    return {name for part in found if part is not ... for name in (get_args(part) or (part,))}


def first_column(table: str) -> set[str]:
    """What the first column of a table in a text names."""
    rows = table.splitlines()[2:]
    return {word for row in rows for word in re.findall("`([a-z_.0-9]+)`", row.split("|")[1])}


def test_readme_says_every_unit_key_route_and_rule() -> None:
    """The tables of params/README.md list what the schema knows, and nothing else."""
    tables = [text for text in (PARAMS / "README.md").read_text("utf-8").split("\n\n") if text.startswith("|")]
    leaf, units, dists, terms, cases, strategy, routes, money, rules = tables
    assert {f"deal.{name}" for name in first_column(terms) if name[0] != "."} <= set(schema_paths())
    assert first_column(cases) == set(Case.model_fields)
    assert first_column(leaf) == set(Entry.model_fields)
    assert first_column(units) == {leaf.unit for leaf in BASE.leaves.values()}
    assert first_column(dists) == set(get_args(get_args(Entry.model_fields["dist"].annotation)[0]))
    keys = {path.removeprefix("strategies.*.") for path in schema_paths() if path.startswith("strategies.*.")}
    assert first_column(strategy) == keys
    assert first_column(routes) == choices("strategies.x.inherited_routes")
    own = first_column(routes) - {"partner_run"}
    assert own == choices("behaviour.common_route") == choices("strategies.x.own_lead_route")
    assert first_column(money) == {"company", "financing", "tax", "announcement"} <= set(Params.model_fields)
    decided = {"behaviour.conduct", "behaviour.gates", "deal.extension_rule", "financing.capital"}
    assert first_column(rules) == {"behaviour.common_route", *decided}
    of_strategy = [f"strategies.x.{key}" for key in ("exit_stage", "family", "sells", "own_research")]
    said = dict.fromkeys(sorted(decided), rules) | dict.fromkeys(of_strategy, strategy)
    assert [name for path, table in said.items() for name in choices(path) if f"`{name}`" not in table] == []


def test_run_settings() -> None:
    settings = load_run_settings(PARAMS)
    assert settings.paths > 0 and settings.seed >= 0


def test_kind_of_an_unknown_place_is_none() -> None:
    assert kind_at(("deal", "nothing", "here")) is None


def test_digest_moves_with_values_and_ranges_not_with_words(params: Path) -> None:
    base = params / "base.yaml"
    text = base.read_text()

    def digests(old: str, new: str) -> tuple[bool, bool]:
        assert old in text
        base.write_text(text.replace(old, new, 1))
        scenario = load_scenario("base", params)
        return scenario.digest == BASE.digest, scenario.text_digest == BASE.text_digest

    assert digests("label: Upfront", "label: Upfront") == (True, True)
    assert digests("label: Upfront", "label: Signing fee") == (True, False)
    assert digests("note: allocation of the total", "note: a guess") == (True, False)
    assert digests("committed_ceiling_musd: {value: 99", "committed_ceiling_musd: {value: 98") == (False, False)
    assert digests("low: 0.28", "low: 0.27") == (False, False)
    assert digests("# Every number", "# All numbers") == (True, True)
    assert load_scenario("extension_never", params).digest != BASE.digest


def test_all_problems_of_a_file_are_reported_in_order(params: Path) -> None:
    base = params / "base.yaml"
    text = base.read_text()
    text = re.sub(r"upfront_musd: \{value: [\d.]+", "upfront_musd: {value: -1", text, count=1)
    text = re.sub(r"discount_rate: \{value: [\d.]+", "discount_rate: {value: 11", text, count=1)
    base.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario("base", params)
    lines = [int(problem.split(":")[1]) for problem in caught.value.problems]
    assert len(lines) == 2 and lines == sorted(lines)


# Ranges.


@pytest.mark.parametrize("leaf", DRAWN, ids=lambda leaf: leaf.path)
def test_every_drawn_leaf_has_values_within_bounds_and_a_mean(leaf: Leaf) -> None:
    u = (np.arange(4096) + 0.5) / 4096
    values, mean = quantile(leaf, u), implied_mean(leaf)
    assert np.all(np.diff(values) >= 0) and np.all(np.isfinite(quantile(leaf, np.array([1e-12, 1 - 1e-12]))))
    assert values.min() >= (leaf.lower_bound or 0) and values.max() <= (leaf.upper_bound or np.inf)
    assert mean == pytest.approx(values.mean(), rel=2e-3)


@pytest.mark.parametrize("dist", ["triangular", "pert"])
@pytest.mark.parametrize("low, value, high", [(1.0, 2.0, 5.0), (1.0, 1.0, 2.0), (1.0, 2.0, 2.0), (10.0, 13.0, 17.0)])
def test_triangular_and_pert_hit_both_percentiles_and_the_mode(
    dist: str, low: float, value: float, high: float
) -> None:
    leaf = named("duration.phase_1_years", dist=dist, low=low, value=value, high=high, lower_bound=None)
    assert quantile(leaf, np.array([0.05, 0.95])) == pytest.approx([low, high], abs=1e-6)
    density = fit(dist, low, value, high).pdf(np.array([value - 0.05, value, value + 0.05]))
    assert density[1] == max(density)


def test_lognormal_has_its_median_and_the_ratio_of_its_range() -> None:
    leaf = named("cost.company.phase_1_musd", low=4.0, value=8.0, high=20.0)
    p05, p50, p95 = quantile(leaf, np.array([0.05, 0.5, 0.95]))
    assert p50 == pytest.approx(8) and p95 / p05 == pytest.approx(5)
    assert implied_mean(leaf) == pytest.approx(8 * np.exp((np.log(5) / 3.29) ** 2 / 2), rel=1e-4)


def test_beta_has_its_mean_and_no_other_weight_comes_closer() -> None:
    leaf = named("success.phase_2_prob", low=0.28, value=0.42, high=0.56)
    assert implied_mean(leaf) == pytest.approx(0.42)
    weight = sum(fit("beta", 0.28, 0.42, 0.56).args)

    def miss(scale: float) -> float:
        ends = stats.beta.ppf([0.05, 0.95], scale * weight * 0.42, scale * weight * 0.58)
        return float(np.sum((ends - (0.28, 0.56)) ** 2))

    assert miss(1) < 1e-4 and miss(1) < min(miss(0.98), miss(1.02))


@pytest.mark.parametrize("leaf", [leaf for leaf in DRAWN if leaf.dist in ("beta", "pert")], ids=lambda leaf: leaf.path)
def test_tables_agree_with_the_exact_inverse(leaf: Leaf) -> None:
    u = np.random.Generator(np.random.Philox(1)).random(20_000)
    u[:3] = 1e-9, 1 - 1e-9, 0.5
    assert leaf.dist and leaf.low and leaf.high
    exact = fit(leaf.dist, leaf.low, leaf.value, leaf.high).ppf(u)
    assert np.abs(quantile(leaf, u) - exact).max() < 1e-4


def test_values_are_clipped_at_natural_bounds_and_the_mean_knows() -> None:
    leaf = BASE.leaves["license.upfront_elasticity"]
    assert leaf.dist and leaf.low is not None and leaf.high
    assert fit(leaf.dist, leaf.low, leaf.value, leaf.high).support()[0] < 0
    assert quantile(leaf, np.array([1e-6]))[0] == 0
    mean = implied_mean(leaf)
    assert mean == pytest.approx(quantile(leaf, (np.arange(200_000) + 0.5) / 200_000).mean(), abs=1e-6)


def test_a_leaf_without_distribution_has_no_quantile() -> None:
    assert implied_mean(BASE.leaves["valuation.discount_rate"]) is None
    with pytest.raises(ValueError, match=r"valuation\.discount_rate"):
        quantile(BASE.leaves["valuation.discount_rate"], np.array([0.5]))


def test_drawing_is_cheap() -> None:
    u = np.random.Generator(np.random.Philox(2)).random(4096)
    for leaf in DRAWN:
        quantile(leaf, u)
    start = time.perf_counter()
    for leaf in DRAWN:
        quantile(leaf, u)
    assert (time.perf_counter() - start) / (len(DRAWN) * 4096) < 200e-9  # 15 to 20 when nothing else runs


# Tables and commands.


def test_inputs_table_is_text_that_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--params", str(PARAMS), "inputs", "royalty_low"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    table = tabulate_inputs(load_scenario("royalty_low", PARAMS))
    assert rows == table.to_dict("records") and tuple(rows[0]) == COLUMNS
    by_path = {row["path"]: row for row in rows}
    assert by_path["deal.royalty.rates"]["changed_from"] == str(list(BASE["deal.royalty.rates"]))
    assert by_path["deal.upfront_musd"]["low"] == by_path["deal.upfront_musd"]["implied_mean"] == ""
    assert not any("nan" in cell.lower() for row in rows for cell in (row["value"], row["low"], row["implied_mean"]))


def test_check_and_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--params", str(PARAMS), "check"]) == 0
    said = capsys.readouterr()
    assert said.out == "" and re.fullmatch(r"\d+ scenarios, \d+ leaves: ok\n", said.err)
    assert main(["--params", str(PARAMS), "scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ALL and lines[0].startswith("base\t")
