"""Every alternative a board would ask about has its value or the reason it has none."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from helpers import PARAMS, load

from partnering.inputs import Alternative, load_alternatives
from partnering.report import views
from partnering.results.stored import Results, load_run

CONSIDERED = load_alternatives(PARAMS)


@pytest.fixture(scope="module")
def run(folder: Path) -> Results:
    return load_run(folder, PARAMS.parent)


def test_each_names_a_strategy_of_its_scenario_or_says_why_it_has_none() -> None:
    for name, one in CONSIDERED.items():
        assert (one.strategy is None) == bool(one.why_none), name
        if one.strategy is not None:
            assert one.strategy in load(one.scenario or "base").children("strategies"), name
    named = {one.strategy for one in CONSIDERED.values() if one.scenario is None and one.strategy}
    _, *others = load().children("strategies")
    assert named == set(others)  # all but signing, each once
    assert sum(one.strategy is not None and one.scenario is None for one in CONSIDERED.values()) == len(others)


def test_the_table_has_all_of_them_with_the_value_and_lead_of_the_run(run: Results) -> None:
    table = views.tabulate_alternatives(CONSIDERED, run, [run]).set_index("considered")
    assert list(table.index) == [one.considered for one in CONSIDERED.values()]
    head = run.table("headline").set_index(["strategy", "party", "view", "metric"])["value"]
    signing = next(iter(run.manifest["strategies"]))
    for one in CONSIDERED.values():
        row = table.loc[one.considered]
        if one.strategy is None:
            assert pd.isna(row["value"]) and row["why"] == one.why_none
        elif one.scenario is None:
            pair = f"{signing}-{one.strategy}", "company", "financed"
            assert row["value"] == head[one.strategy, "company", "financed", "npv_mean"]
            assert (row["lead"], row["ahead"]) == (head[*pair, "difference_mean"], head[*pair, "p_better"])
            assert row["why"].startswith(run.manifest["strategies"][one.strategy]["phrase"])
        else:
            assert pd.isna(row["value"]) and row["why"] == "not part of what was run here"


def test_one_that_stands_in_another_scenario_takes_its_value_from_there(run: Results) -> None:
    elsewhere = replace(run, manifest=run.manifest | {"scenario": "bidder", "title": "A bidder"})
    one = Alternative(considered="Wait", strategy="ind", scenario="bidder")
    table = views.tabulate_alternatives({"wait": one}, run, [run, elsewhere])
    assert table["value"].notna().all() and table["why"][0].endswith("scenario: A bidder")
