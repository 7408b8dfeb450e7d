"""The negotiation's tables and its words: what they say follows from the run, whatever the verdict."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from brief import NOTEBOOKS, a_verdict, words_of
from helpers import PARAMS
from verdicts import near

from partnering.analysis.bargain import BARGAIN
from partnering.analysis.negotiation import bargain
from partnering.inputs.lines import LEDGER
from partnering.report import negotiation
from partnering.report.words import render
from partnering.results.stored import Results, load_run
from partnering.results.verdict import Verdict, judge

EXACT = 1e-9


@pytest.fixture(scope="module")
def run(folder: Path) -> Results:
    return load_run(folder, PARAMS.parent)


@pytest.fixture(scope="module")
def judged(run: Results) -> Verdict:
    return judge(run)


def means(run: Results, judged: Verdict, party: str, view: str = "pretax") -> float:
    return float(run.paths[f"npv.{view}.{judged.signing.slug}.{party}"].mean())


def test_one_more_of_a_term_is_a_million_or_a_point(run: Results, judged: Verdict) -> None:
    terms = negotiation.tabulate_terms(run, judged).set_index("path")
    units = run.table("exposures").query("party == 'company'").set_index("term")["unit_mean"]
    assert terms.loc["deal.upfront_musd", ["company", "partner", "upfront", "gap"]].tolist() == [1, -1, 1, 1]
    first, royalty = terms.loc["deal.royalty.rates[0]"], terms.loc["deal.royalty.rates"]
    assert (first["value"], first["more"]) == (pytest.approx(4), "point")
    assert first["company"] == pytest.approx(units["deal.royalty.rates[0]"] / 100)
    assert royalty["company"] == pytest.approx(units[units.index.str.startswith("deal.royalty.rates")].sum() / 100)
    assert royalty["gap"] == pytest.approx(-royalty["company"] / royalty["partner"])
    assert (terms["company"] != 0).all()


def bargain_table(judged: Verdict, partner: float) -> pd.DataFrame:
    """A dollar at signing is worth 0.6 to the company and costs the partner 0.65."""
    transfer = np.array([-50.0, 0.0, 50.0])
    company, theirs = judged.nearest.value.value + 20 + 0.6 * transfer, partner - 0.65 * transfer
    values = np.column_stack([transfer, company, np.full(3, 2.5), theirs, np.full(3, 7.5)])
    return pd.DataFrame(values, columns=BARGAIN)


def test_where_both_could_meet_by_hand(judged: Verdict) -> None:
    """Gains 20 + 0.6 t and 30 - 0.65 t: from -33.3 to 46.2, equal at 8."""
    found = negotiation.meet(bargain_table(judged, 30.0), judged)
    assert found is not None and found.exists
    assert (found.least, found.most, found.equal_split) == pytest.approx((-20 / 0.6, 30 / 0.65, 8))
    assert found.actual == pytest.approx((20, 30)) and found.gains.at(8) == pytest.approx((24.8, 24.8))


def test_it_is_known_where_they_cannot_meet(judged: Verdict) -> None:
    apart = negotiation.meet(bargain_table(judged, -40.0), judged)
    assert apart is not None and not apart.exists and apart.equal_split is None
    assert negotiation.meet(bargain_table(judged, -40.0)[1:2], judged) is None  # asked about no transfer but none


def test_deals_side_by_side(run: Results, judged: Verdict) -> None:
    deals = negotiation.tabulate_deals([run, run])
    lines = run.table("lines").query("view == 'pretax' and party == 'company' and strategy == @judged.signing.slug")
    assert deals.loc[0, "upfront"] == pytest.approx(
        lines.loc[lines["line"].isin([line.name for line in LEDGER if line.part == "deal"]), "value"].sum(), abs=EXACT
    )
    assert deals.loc[0, "pretax"] == pytest.approx(means(run, judged, "company"))
    assert deals.loc[1, "financed"] == judged.signing.value.value
    assert deals.drop(columns="deal").loc[0].equals(deals.drop(columns="deal").loc[1])
    assert deals["deal"].tolist() == ["The deal on the table", run.manifest["title"]]


# Words, without a kernel.

WORDS = words_of(next(file for file in NOTEBOOKS if file.stem == "negotiation"))


def names_for(alone: float, partner: float, deals: int = 2) -> dict[str, Any]:
    """What the words of the page name: signing leads by so much, and leaves the partner so much."""
    v = a_verdict(alone=alone)
    transfer = np.array([-50.0, 0.0, 50.0])
    found = bargain(transfer, alone + 0.6 * transfer, partner - 0.65 * transfer, 0.0, 0.0)
    point = SimpleNamespace(company=9.0, partner=-10.0, upfront=9.0)
    beside = pd.DataFrame(
        {"deal": ["This deal", "Another"], "financed": [1.0, 2.0], "verdict": ["yes", "Big would not"]}
    )
    beside = beside.assign(upfront=30.0).iloc[:deals]
    return {
        "v": v, "found": found, "theirs": near(partner), "upfront": 12.0,
        "priced": pd.DataFrame([vars(point)]), "same": "1 times",
        "widest": SimpleNamespace(gap=0.9, term="A milestone"),
        "low": 0.5, "high": 2.0, "joint": pd.Series([50.0, 40.0], index=[1.0, 3.0]), "agreed": 50.0,
        "first": pd.DataFrame({"multiple": [3.0], "after": [0.0], "candidate": ["A"]}),
        "error": SimpleNamespace(company_financed_se=1.0, partner_aftertax_se=2.0),
        "beside": beside, "refused": beside[beside["verdict"] != "yes"], "best": beside.iloc[-1],
    }  # fmt: skip


CASES = {
    "the deal wins": (names_for(52.0, 30.0), "Both do better with this deal than without it: Acme by $52 million"),
    "going alone wins": (names_for(-30.0, 40.0), "Acme should not sign unless Big pays $50 million more at signing."),
    "the partner leaves": (names_for(30.0, -13.0), "Big would not sign unless it pays $20 million less at signing."),
    "no meeting": (names_for(-30.0, -13.0), "No payment at signing suits both: they are $70 million apart."),
    "no deal suits": (names_for(-30.0, 4.0) | {"found": None}, "No payment at signing makes this deal better"),
    "alone on the table": (names_for(0.1, 4.0, 1) | {"first": pd.DataFrame({"multiple": []})}, "Both do better"),
}


@pytest.mark.parametrize(("names", "answer"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_the_words_follow_the_verdict(names: dict[str, Any], answer: str) -> None:
    said = {cell: render(text, names).replace("\u00a0", " ").replace("\u2060", "") for cell, text in WORDS.items()}
    assert said["answer-words"].startswith(f"> **{answer}")
    assert ("would not" in said["deals-words"]) == (len(names["beside"]) > 1)
    assert ("no longer takes on A" in said["band-words"]) == (len(names["first"]) > 0)
