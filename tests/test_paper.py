"""A board paper: its tables, its answer box on the page, and words that stop the page by the name of their cell."""

import os
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from helpers import PARAMS, load
from nbformat.v4 import new_code_cell, new_notebook, new_output

from partnering.analysis.negotiation import bargain
from partnering.report import paper, plot_paper, publish, scenarios, views
from partnering.report.execute import ExecutionError, execute_notebook
from partnering.results.simulate import simulate
from partnering.results.store import write_run
from partnering.results.stored import Results
from partnering.results.verdict import judge

TEMPLATE = Path(publish.__file__).parent / "template"
YEARS = 3
SPEC = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Results]:
    folder = tmp_path_factory.mktemp("paper")
    names = ("base", "cash_little", "market_weak", "royalty_low", "gates_commit")
    return [write_run(simulate(load(name), 731, 64, 16), folder / name, PARAMS.parent) for name in names]


def test_cash_is_that_of_companies_still_there(runs: list[Results]) -> None:
    verdict = judge(runs[0])
    cash = paper.tabulate_cash(runs[0], [verdict.signing, verdict.nearest], YEARS)
    assert set(cash["strategy"]) == {verdict.signing.slug, verdict.nearest.slug} and cash["years"].max() <= YEARS
    assert (cash["p5"] <= cash["p50"]).all() and (cash["p50"] <= cash["p95"]).all() and cash["p50"].notna().all()
    means = views.in_view(runs[0], "cash").query("party == 'company' and line == 'cash_balance' and quarter == 0")
    first = cash[cash["strategy"] == verdict.signing.slug].iloc[0]
    assert first["p5"] <= means.set_index("strategy").loc[verdict.signing.slug, "mean"] <= first["p95"]


def test_scenarios_are_in_the_family_of_what_they_change_and_the_base_case_in_none(runs: list[Results]) -> None:
    chosen = [load(run.manifest["scenario"]) for run in runs]
    found = paper.sort_into_families(views.tabulate_scenarios(runs), chosen)
    assert list(found["family"]) == ["terms", "market", "money", "method"]


def test_numbers_of_the_claim_are_those_of_the_run(runs: list[Results]) -> None:
    verdict = judge(runs[0])
    chances = paper.chance_of_two(runs[0], verdict)
    counts = runs[0].paths[f"count.financed.{verdict.signing.slug}.returning"]
    assert chances[verdict.signing.slug] == pytest.approx(float((counts >= 2).mean()))
    assert scenarios.claim_of(runs[0], "planned").reading == "returning"


def test_another_deal_stands_at_the_upfront_at_which_this_one_is_worth_as_much() -> None:
    steps = np.array([-10.0, 10.0])
    found = bargain(steps, 100.0 + steps, 50.0 - steps, 60.0, 0.0)
    deals = pd.DataFrame({"deal": ["This", "Better", "No"], "financed": [100.0, 107.0, 140.0], "verdict": "yes"})
    deals.loc[2, "verdict"] = "Big would not"
    (row,) = paper.as_upfront(deals, found, 12.0, 60.0).to_dict("records")
    assert row["deal"] == "Better" and row["upfront"] == pytest.approx(19.0)


def test_the_widest_inputs_are_named_with_unit_and_guess() -> None:
    rows = [(f"Input {place}", "musd", "assumption" if place else "term") for place in range(20)]
    top = paper.widest(pd.DataFrame(rows, columns=["label", "unit", "status"]))
    assert len(top) == paper.MOST_INPUTS and list(top["name"][:2]) == [
        "Input 0, $ million",
        "Input 1, $ million\u00a0*",
    ]


def test_a_text_alternative_has_every_mark_it_can_and_says_how_many_are_left() -> None:
    names = [f"Strategy {place}" for place in range(60)]
    alt = plot_paper.alt_of("Values", names, ["12"] * 60)
    assert alt.startswith("Values: Strategy 0 12; Strategy 1 12; ") and len(alt) <= 250
    told = alt.count(" 12;")
    assert alt.endswith(f"and {60 - told} more.") and plot_paper.alt_of("V", ["a"], ["1"]) == "V: a 1."


# On the page


def page_of(folder: Path, text: str) -> BeautifulSoup:
    """The page of a notebook that shows a header, an answer box and a figure's caption."""
    shown = '<header class="report" data-scenario="base"><h1>Sign?</h1></header>'
    table = (
        '<figure class="exhibit table" id="t"><figcaption>Found</figcaption><table><tr><td>1</td></tr></table></figure>'
    )
    outputs = [
        new_output("display_data", {"text/html": shown}),
        new_output("display_data", {"text/markdown": text}, metadata={"box": "vote"}),
        new_output("display_data", {"text/html": table}),
    ]
    file = folder / "index.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("f()", id="c", outputs=outputs)], metadata={}), file)
    return BeautifulSoup(publish.render_page(file, TEMPLATE, [], {"Seed": 7}), "html.parser")


def test_the_answer_in_words_makes_a_board_paper(tmp_path: Path) -> None:
    page = page_of(tmp_path, "**Resolution**\n\n## Sign\n\n| A | B |\n|---|---|\n| <i>x</i> | rNPV |\n")
    answer = page.find("section", class_="answer")
    assert answer is not None and answer["id"] == "vote" and answer.h2 is not None and answer.h2.string == "Sign"
    assert answer.find("i") is None and answer.find("table") is not None  # markup in a name stays a name
    assert page.find(class_="label").string == "Exhibit 1"
    assert page.find(class_="contents") is None and page.find(class_="words") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("%%words\nWorth {{ nobody | musd }}.", "UndefinedError: 'nobody' is undefined"),
        ("%%words kept\nWorth {{ nothing | musd }}.", "ValueError: nan cannot stand in a sentence"),
        ("%%words\n{% if nothing > 1 %}never{% endif %}", "ValueError: these words say nothing"),
    ],
)
def test_words_that_cannot_be_said_stop_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PARAMS.parent / "src"), os.environ.get("PYTHONPATH", "")]))
    start = '%load_ext partnering.report.words\nnothing = float("nan")'
    cells = [new_code_cell('scenario = "base"', id="p", metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(start, id="load"), new_code_cell(source, id="said")]
    nbformat.write(new_notebook(cells=cells, metadata=SPEC), tmp_path / "page.ipynb")
    with pytest.raises(ExecutionError, match=f"page.ipynb: cell 'said': {reason}"):
        execute_notebook(tmp_path / "page.ipynb", tmp_path / "out" / "page.ipynb", {"scenario": "base"}, 60.0)
