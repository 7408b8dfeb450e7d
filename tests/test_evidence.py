"""The page of evidence: every input and every headline number leads to where it comes from."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from helpers import PARAMS, load
from said import worked

from partnering.__main__ import main
from partnering.inputs import load_contradictions
from partnering.inputs.tables import tabulate_inputs
from partnering.report import evidence, money, style, trace
from partnering.report.exhibit import Links
from partnering.results.stored import load_run
from partnering.results.verdict import judge

INPUTS = tabulate_inputs(load())
SWINGS = {"deal.royalty.scale": -40.0, "sales.peak_median_musd": 30.0, "technology.milestones_musd": 10.0}
"""By input: what its range does to the lead. The first is a guess, the others derived."""


def table_of(frames: dict[str, pd.DataFrame]) -> Any:
    return SimpleNamespace(table=lambda name: frames[name].copy())


def asked() -> Any:
    rows = [
        (path, load().leaves[path].label, strategy, swing, 1.0, 0.1, 0.2, "ratio", "wait", "wait")
        for path, swing in SWINGS.items()
        for strategy in ("sign", "sign-wait")
    ]
    columns = ["input", "label", "strategy", "swing", "swing_se", "low_input", "high_input", "unit"]
    columns += ["low_rival", "high_rival"]
    turns = pd.DataFrame({"input": [*SWINGS], "value": [0.15, None, None], "least_lead": -9.0, "least_lead_high": -5.0})
    none = pd.DataFrame(columns=["kind", "distinct", "value", "inputs"])
    return table_of({"tornado": pd.DataFrame(rows, columns=columns), "breakeven": turns, "information": none})


RUN = table_of({"inputs": INPUTS})
RUN.manifest = {"strategies": {"wait": {"phrase": "waiting"}}}


def evidence_table() -> pd.DataFrame:
    return evidence.tabulate_evidence(RUN, asked(), load())


def test_every_input_is_there_once_and_those_that_move_the_answer_most_come_first() -> None:
    table = evidence_table()
    assert sorted(table["path"]) == sorted(load().leaves)
    assert list(table["path"][:3]) == list(SWINGS) and list(table["swing"][:3]) == [40.0, 30.0, 10.0]
    assert table["swing"][3:].isna().all()
    ids = [evidence.input_id(path) for path in table["path"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-z0-9_-]+", i) for i in ids)


def test_guesses_and_recollections_are_marked() -> None:
    told = evidence_table().set_index("path")["told"]
    assert told["sales.peak_median_musd"] == "derived"  # from what was read
    assert told["deal.royalty.scale"] == "● assumption"
    assert told["company.opening_cash_musd"] == "● assumption, recalled"
    assert told["deal.upfront_musd"] == "term"
    guesses = INPUTS.loc[INPUTS["status"] == "assumption", "path"]
    assert all(told[path].startswith("●") for path in guesses) and told.str.startswith("●").sum() == len(guesses)


def test_every_input_leads_to_a_source_that_has_a_row() -> None:
    sources = evidence.tabulate_sources(RUN, load(), {})
    rows = {f"{evidence.PAGE}#{evidence.source_id(source)}" for source in sources["Source"]}
    assert all(href in rows for links in evidence_table()["source"] for _, href in links.to)
    assert sources["Inputs"].sum() == len(INPUTS)


def test_the_grade_weighs_the_swings_of_the_lead_alone() -> None:
    found = evidence.grade(asked(), RUN, SimpleNamespace(gate_share=0.5))  # type: ignore[arg-type]
    squares = {path: swing**2 - 1 for path, swing in SWINGS.items()}
    status = INPUTS.set_index("path")["status"]
    guessed = sum(square for path, square in squares.items() if status[path] == "assumption")
    assert found.share.value == pytest.approx(guessed / sum(squares.values()))
    assert found.first == ("Scale on all royalty rates",)  # of the three the one that reverses the answer
    assert not found.passed


def test_contradictions_say_what_is_used_and_leave_out_what_a_scenario_sets() -> None:
    points = load_contradictions(PARAMS, load())
    run = SimpleNamespace(table=lambda name: INPUTS.copy() if name == "inputs" else pd.DataFrame())
    plain = {name: point for name, point in points.items() if point.leaf}
    shown = evidence.tabulate_contradictions(run, plain)  # type: ignore[arg-type]
    assert len(shown) == len(plain)
    row = shown.set_index("Point").loc["Cash of the company on the day"]
    assert "110" in row["Sources say"] and row["Here"] == "101 (101 to 110), $ million"
    changed = INPUTS.assign(changed_from=INPUTS["path"].eq("company.opening_cash_musd").map({True: "101.0", False: ""}))
    fewer = evidence.tabulate_contradictions(table_of({"inputs": changed}), plain)
    assert len(fewer) == len(plain) - 1 and "Cash of the company on the day" not in set(fewer["Point"])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("leaf: company.opening_cash_musd", "leaf: company.opening_cash", "did you mean 'company.opening_cash_musd'"),
        ("leaf: company.opening_cash_musd", "note: none", "unknown key"),
        ("  leaf: company.opening_cash_musd\n", "", "expected one"),
        ("source: bioworld-2003", "source: bioworld", "did you mean 'bioworld-2003'"),
        ("known: 2003-07-31", "known: 2003-13-31", "expected"),
    ],
)
def test_a_bad_contradiction_is_one_line_and_nothing_else(
    old: str, new: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = shutil.copytree(PARAMS, tmp_path / "params")
    file = params / "contradictions.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    assert main(["--params", str(params), "check", "base"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err
    assert all(re.match(r".*contradictions\.yaml:\d+: \S+: got ", line) for line in err.strip().splitlines())
    assert expected in err


def test_every_headline_number_leads_to_its_table_its_lines_and_the_inputs_that_move_it_most(folder: Path) -> None:
    run = load_run(folder, PARAMS.parent)
    verdict = judge(run)
    rivals = [rival.option.slug for rival in verdict.rivals]
    rows = [
        (path, strategy, swing * (1 if strategy == verdict.signing.slug else -place))
        for strategy in (verdict.signing.slug, *rivals)
        for place, (path, swing) in enumerate(SWINGS.items())
    ]
    answers = table_of({"tornado": pd.DataFrame(rows, columns=["input", "strategy", "swing"])})
    pairs = {f"{verdict.signing.slug}-{slug}": f"Over {slug}" for slug in rivals}
    names = pairs | {slug: slug for slug in (verdict.signing.slug, *rivals)}
    movers = trace.tabulate_movers(run, answers, names).set_index("Number")
    assert list(movers.index) == list(names.values())
    for row in movers.to_dict("records"):
        ((largest, address),) = row["Largest lines"].to
        assert address.endswith("lines.csv") and largest.count(",") >= trace.LARGEST - 1  # one has a comma
        assert 0 < len(row["Moved most by"].to) <= trace.MOVERS
        assert all(href.startswith(f"{evidence.PAGE}#input-") for _, href in row["Moved most by"].to)
    first = {name: links.to[0][0] for name, links in movers["Moved most by"].items()}
    assert first[verdict.signing.slug] == load().leaves["deal.royalty.scale"].label  # 40 of its value; of the lead 60:
    assert first[f"Over {rivals[0]}"] == load().leaves["sales.peak_median_musd"].label
    head = run.table("headline").query("party == 'company' and view == 'financed'").set_index(["metric", "strategy"])
    told = {"each": {slug: slug for slug in (verdict.signing.slug, *rivals)}, "head": head["value"], "judged": verdict}
    told |= {"exhibit": SimpleNamespace(Links=Links, show_table=lambda *_, **__: None), "style": style, "pd": pd}
    told |= {"over": pairs, "scenario": "base", "money": money}
    for cell, subjects in (("leads", pairs), ("worths", told["each"])):
        told = worked("evidence", cell, **told)
        cells = told["shown"].set_index("As financed, after tax").stack()
        assert {links.to[0][1] for links in cells} == {f"#moves-{slug}" for slug in subjects}
        assert all(links.to[0][0] for links in cells) and told["source"].endswith("headline.csv")


def test_links_are_read_as_their_texts_in_a_download() -> None:
    assert str(Links((("A, first", "p#a"), ("B", "p#b")))) == "A, first; B"
