"""The negotiation's tables, figures and sentences: what they say follows from the run."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import PARAMS, load

from partnering.analysis.bargain import BARGAIN
from partnering.analysis.royalty import neutral_band, royalty_band
from partnering.inputs.lines import LEDGER
from partnering.report import negotiation, ranges
from partnering.results.stored import Results, load_run
from partnering.results.verdict import Verdict, judge

EXACT = 1e-9


@pytest.fixture(scope="module")
def run(folder: Path) -> Results:
    return load_run(folder, PARAMS.parent)


@pytest.fixture(scope="module")
def judged(run: Results) -> Verdict:
    return judge(run)


@pytest.fixture(scope="module")
def band() -> pd.DataFrame:
    return royalty_band(load(), np.arange(0, 25) / 4)


def means(run: Results, judged: Verdict, party: str, view: str = "pretax") -> float:
    return float(run.paths[f"npv.{view}.{judged.signing.slug}.{party}"].mean())


def test_both_sides_are_those_of_the_run(run: Results, judged: Verdict) -> None:
    sides = negotiation.tabulate_sides(run, judged).set_index("party")
    for name, party in ((judged.company, "company"), (judged.partner, "partner")):
        assert sides.loc[name, "pretax"] == pytest.approx(means(run, judged, party))
        assert sides.loc[name, "final"] == pytest.approx(means(run, judged, party, "financed"))
    assert sides.loc[judged.company, "regret"] == pytest.approx(1 - judged.p_better)
    assert sides.loc[judged.partner, "regret"] == (run.paths[f"npv.financed.{judged.signing.slug}.partner"] < 0).mean()
    if (sides["pretax"] > 0).all():
        assert sides["share"].sum() == pytest.approx(1) and (sides["share"] > 0).all()
    else:
        assert sides["share"].isna().all()


def test_one_more_of_a_term_is_a_million_or_a_point(run: Results, judged: Verdict) -> None:
    terms = negotiation.tabulate_terms(run, judged).set_index("path")
    units = run.table("exposures").query("party == 'company'").set_index("term")["unit_mean"]
    assert terms.loc["deal.upfront_musd", ["company", "partner", "upfront", "gap"]].tolist() == [1, -1, 1, 1]
    first, royalty = terms.loc["deal.royalty.rates[0]"], terms.loc["deal.royalty.rates"]
    assert (first["value"], first["more"]) == (pytest.approx(4), "point")
    assert first["company"] == pytest.approx(units["deal.royalty.rates[0]"] / 100)
    assert royalty["company"] == pytest.approx(units[units.index.str.startswith("deal.royalty.rates")].sum() / 100)
    assert royalty["gap"] == pytest.approx(-royalty["company"] / royalty["partner"])
    assert f"{royalty['company']:.1f}" in negotiation.say_terms(terms.reset_index(), judged)
    assert (terms["company"] != 0).all()


def test_the_band_is_said_with_its_ends_and_what_ends_it(band: pd.DataFrame, judged: Verdict) -> None:
    said, (low, high) = ranges.say_band(band, judged), neutral_band(band)
    fewer = band["takes"] < 1 - 1e-9
    first = band[fewer & (band["multiple"] > 1)]["multiple"].min()
    lost = band[(band["multiple"] == first) & fewer]["candidate"]
    assert said.startswith(f"From {low:g} to {high:g} times its rates the royalty moves money only; at {first:g} times")
    assert all(name in said for name in lost) and "to nothing at 6 times" in said
    calm = ranges.say_band(band.assign(takes=1.0, phase_3=1.0, review=1.0), judged)
    assert calm.startswith("From 0 to 6 times") and "takes on as many" in calm


def bargain_table(judged: Verdict, partner: float) -> pd.DataFrame:
    """A dollar at signing is worth 0.6 to the company and costs the partner 0.65."""
    transfer = np.array([-50.0, 0.0, 50.0])
    company, theirs = judged.nearest.value.value + 20 + 0.6 * transfer, partner - 0.65 * transfer
    values = np.column_stack([transfer, company, np.full(3, 2.5), theirs, np.full(3, 7.5)])
    return pd.DataFrame(values, columns=BARGAIN)


def test_where_both_could_meet_by_hand(judged: Verdict) -> None:
    """Gains 20 + 0.6 t and 30 - 0.65 t: from -33.3 to 46.2, equal at 8."""
    found = ranges.meet(bargain_table(judged, 30.0), judged)
    points = ranges.tabulate_meeting(found, judged).set_index("transfer")
    least, most = -20 / 0.6, 30 / 0.65
    assert list(points.index) == pytest.approx([0, least, most, 8])
    assert points["company"].tolist() == pytest.approx([20, 0, 20 + 0.6 * most, 24.8])
    assert points["partner"].iloc[[0, 2, 3]].tolist() == pytest.approx([30, 0, 24.8])
    said = ranges.say_meeting(found, judged).replace("\u00a0", " ")
    assert "from $33 million less to $46 million more" in said and "lies inside that range" in said
    assert ranges.plot_meeting(found, judged) is not None
    note = ranges.say_meeting_note(bargain_table(judged, 30.0)).replace("\u00a0", " ")
    assert "$2.5 million for the company's" in note and "$7.5 million for the partner's" in note


def test_it_says_so_where_they_cannot_meet(judged: Verdict) -> None:
    apart = ranges.meet(bargain_table(judged, -40.0), judged)
    assert "no payment at signing that both accept" in ranges.say_meeting(apart, judged)
    assert len(ranges.tabulate_meeting(apart, judged)) == 3 and ranges.plot_meeting(apart, judged) is not None
    neither = ranges.meet(bargain_table(judged, -40.0)[1:2], judged)  # asked about no transfer but none
    assert neither is None and ranges.plot_meeting(neither, judged) is None
    assert ranges.tabulate_meeting(neither, judged).empty
    assert ranges.say_meeting(neither, judged) == ranges.NO_MEETING


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
    assert negotiation.say_deals(deals).startswith("Of 2 deals") and "not run" in negotiation.say_deals(deals[:1])
