"""The next deal needs a file and no code: another company's term sheet, and deals that lack what this one has."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from edits import scenario_text
from helpers import PARAMS, load

from partnering.__main__ import main
from partnering.inputs import Scenario, load_scenario

INVENTED = Path(__file__).parent / "data" / "invented_deal.yaml"
NAMES = (
    *("parties.company", "parties.partner", "candidates.inherited.names", "candidates.common.names"),
    "technology.seeded_names",
)
"""Leaves that name somebody or something of the deal at hand."""

BASE = load()
SLUGS = BASE.children("strategies")
NO_EARLY = {f"candidates.inherited.{part}": [] for part in ("names", "modality", "ladder", "years_to_ind")}
NO_EARLY |= {f"strategies.{slug}.inherited_routes": [] for slug in SLUGS}
NO_COMMON = {f"candidates.common.{part}": [] for part in ("names", "modality", "phase_2_left", "territory_share")}
NO_LICENSES = {f"technology.seeded_{part}": [] for part in ("names", "stage", "years_left")}
NO_LICENSES |= {"technology.new_years": 0.0}
NO_OPTIONS = {f"deal.extension_{part}": [] for part in ("decision_years", "alive_needed")}
NO_OPTIONS |= {"deal.extension_count": 0}
NO_RESEARCH: dict[str, Any] = {"deal.research_total_musd": 0.0, "deal.research_schedule_musd": []}

Tables = dict[str, list[dict[str, str]]]


def told(scenario: Scenario) -> set[str]:
    """All names a deal brings, single or listed."""
    values = [scenario[path] for path in NAMES]
    return {name for value in values for name in ((value,) if isinstance(value, str) else value)}


def run(file: Path, out: Path) -> Tables:
    """The tables of a run of a scenario file through the command, every identity held."""
    assert main(["--params", str(PARAMS), "run", str(file), "--paths", "64", "--out", str(out)]) == 0
    tables = {}
    for table in out.glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as stream:
            tables[table.stem] = list(csv.DictReader(stream))
    assert all(row["passed"] == "True" for row in tables["checks"])
    return tables


def test_another_companys_deal_runs_and_says_nothing_of_this_one(tmp_path: Path) -> None:
    deal = load_scenario(INVENTED, PARAMS)
    assert told(deal).isdisjoint(told(BASE)) and len(deal["candidates.inherited.names"]) != 3
    tables = run(INVENTED, tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))
    assert manifest["valuation_date"] == "2019-03-01" and manifest["parties"]["company"] == deal["parties.company"]
    decided = {row["candidate"] for row in tables["decisions"] if row["candidate"]}
    assert {name for name in decided if not name.startswith("lead ")} == set(deal["candidates.inherited.names"])
    assert told(BASE).isdisjoint(row["candidate"] for row in tables["beliefs"])
    assert {"equity_premium", "opt_in_fees", "royalties"} <= lines_of(tables, SLUGS[0])
    assert any(row["decision"] == "opt in" and row["party"] == "partner" for row in tables["decisions"])


@pytest.mark.parametrize("party", ['""', "null", None])
def test_a_deal_without_a_party_is_refused_in_one_line(
    party: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name is empty, or nothing, or the deal's own base has none."""
    params, file = Path(shutil.copytree(PARAMS, tmp_path / "params")), tmp_path / "mine.yaml"
    text, place, base = INVENTED.read_text("utf-8"), "mine.yaml:6: ", params / "base.yaml"
    file.write_text(re.sub(r"(parties\.partner: \{value: )\"[^\"]*\"", rf"\g<1>{party}", text), "utf-8")
    if party is None:
        place = "base.yaml:"
        base.write_text(re.sub(r"\n  partner: \{value.*", "", base.read_text("utf-8"), count=1), "utf-8")
    command = ["--params", str(params), "run", str(file), "--paths", "64", "--out", str(tmp_path / "run")]
    assert main(command) == 2 and not (tmp_path / "run").exists()
    said = capsys.readouterr()
    (problem,) = said.err.splitlines()
    assert said.out == "" and place in problem and ": parties.partner" in problem and ", expected " in problem


def lines_of(tables: Tables, slug: str) -> set[str]:
    return {row["line"] for row in tables["lines"] if row["strategy"] == slug}


def mean_of(tables: Tables, origin: str, event: str) -> float:
    """The mean count of an event over all strategies and modalities."""
    rows = [row for row in tables["counts"] if (row["origin"], row["event"]) == (origin, event)]
    assert rows
    return sum(float(row["mean"]) for row in rows)


def without(leaves: dict[str, Any], folder: Path) -> Tables:
    """The tables of the base case with these leaves."""
    (folder / "mine.yaml").write_text(scenario_text(leaves), "utf-8")
    return run(folder / "mine.yaml", folder / "run")


def test_a_deal_may_take_no_early_candidate(tmp_path: Path) -> None:
    tables = without(NO_EARLY, tmp_path)
    assert mean_of(tables, "inherited", "lead") == 0 < mean_of(tables, "collaboration", "lead")
    assert all(row["candidate"].startswith("lead ") for row in tables["decisions"] if row["decision"] != "extend")


def test_there_may_be_nothing_outside_the_deal(tmp_path: Path) -> None:
    tables = without(NO_COMMON | NO_LICENSES, tmp_path)
    for slug in SLUGS:
        assert not any(line.startswith(("common_", "technology_")) for line in lines_of(tables, slug))
    assert mean_of(tables, "common", "lead") == mean_of(tables, "technology", "lead") == 0


def test_a_deal_may_have_no_extension(tmp_path: Path) -> None:
    ceiling = {"deal.committed_ceiling_musd": BASE["deal.upfront_musd"] + BASE["deal.research_total_musd"]}
    tables = without(NO_OPTIONS | ceiling, tmp_path)
    assert not any(line.startswith("extension") for line in lines_of(tables, SLUGS[0]))
    assert not any(row["decision"] == "extend" for row in tables["decisions"])


def test_a_deal_may_be_an_upfront_for_nothing(tmp_path: Path) -> None:
    """No candidate, research or option: before tax, signing is worth going alone by the best route, and the upfront."""
    ceiling = {"deal.committed_ceiling_musd": BASE["deal.upfront_musd"]}
    tables = without(NO_EARLY | NO_RESEARCH | NO_OPTIONS | ceiling, tmp_path)
    worth = {
        (r["strategy"], r["party"], r["metric"]): float(r["value"]) for r in tables["headline"] if r["view"] == "pretax"
    }
    lead = worth["partnership-best", "company", "difference_mean"]
    assert lead == pytest.approx(BASE["deal.upfront_musd"], rel=1e-12)
    assert worth["partnership-best", "company", "p_better"] == 1
    assert worth["partnership", "partner", "npv_mean"] == pytest.approx(-BASE["deal.upfront_musd"], rel=1e-12)
