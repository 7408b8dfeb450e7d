"""The tree of one candidate: from the table its strategy decides from, by the rules of the scenario."""

from pathlib import Path

import pytest
from helpers import PARAMS, load

from partnering.report.choices import EARLY, tabulate_tree
from partnering.results.simulate import simulate
from partnering.results.store import write_run
from partnering.results.stored import Results
from partnering.results.verdict import Option, judge


@pytest.fixture(scope="module", params=["base", "rates_unequal", "gates_commit"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder: Path = tmp_path_factory.mktemp("choices") / request.param
    return write_run(simulate(load(request.param), 731, 256, 16), folder, PARAMS.parent)


def test_a_tree_shows_the_table_its_strategy_decides_from(run: Results) -> None:
    tree, verdict, beliefs = tabulate_tree(run, judge(run)), judge(run), run.table("beliefs")
    by_rate: dict[float, str] = {}
    for slug in run.manifest["strategies"]:
        by_rate.setdefault(load(run.manifest["scenario"])[f"strategies.{slug}.rate_spread"], slug)
    assert set(beliefs["table"]) == set(by_rate.values())

    def early_worth(option: Option) -> None:
        spread = load(run.manifest["scenario"])[f"strategies.{option.slug}.rate_spread"]
        chain = run.manifest["strategies"][option.slug]["chains"][0]
        rows = beliefs[(beliefs["table"] == by_rate[spread]) & (beliefs["chain"] == chain)]
        mine = tree[tree["strategy"] == option.slug].set_index("stage")
        for stage in EARLY:
            expected = rows[(rows["stage"] == stage) & (rows["candidate"] == mine["candidate"].iloc[0])]
            assert mine.loc[stage, "company"] == expected["company"].item()

    for option in (verdict.signing, verdict.alone):
        early_worth(option)


def test_nobody_stops_where_nobody_may(run: Results) -> None:
    """With rational gates a low forecast is given up alone; without, each candidate goes on some way."""
    choices = tabulate_tree(run, judge(run))["choice"]
    assert ("stop" in set(choices)) == (load(run.manifest["scenario"])["behaviour.gates"] == "rational")
