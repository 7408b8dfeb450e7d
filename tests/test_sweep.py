"""A sweep: every scenario as a run of its own would have it, parts never made twice, the same bytes wherever made."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from edits import scenario_text
from helpers import PARAMS
from interface import contents, rows
from sources import ROOT
from sweeps import POINTS, SEED, SMALL, sweep

from partnering.__main__ import main
from partnering.analysis import sweep as sweeping
from partnering.analysis.sweep import SweepError
from partnering.inputs.grid import load_grid
from partnering.inputs.scenario import Scenario
from partnering.results.faults import IdentityError
from partnering.results.schema import SWEPT

TWO_BLOCKS = 4100


def own_run(scenario: str, paths: int, out: Path) -> list[dict[str, str]]:
    """The headline of a run of one scenario."""
    command = ["run", scenario, "--paths", str(paths), "--seed", str(SEED), "--out", str(out)]
    assert main(["--params", str(PARAMS), *command]) == 0
    return rows(out / "headline.csv")


def of_point(table: list[dict[str, str]], number: int) -> list[dict[str, str]]:
    """The rows of a scenario, without what sets it apart."""
    own = [row for row in table if row["number"] == str(number)]
    return [
        {key: text for key, text in row.items() if "." not in key and key not in ("number", "scenario")} for row in own
    ]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "parts").iterdir())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every scenario that this process simulates for a sweep, as it is begun: its digest."""
    begun: list[str] = []
    simulate = sweeping.simulate

    def counted(scenario: Scenario, seed: int, paths: int) -> Any:
        begun.append(scenario.digest)
        return simulate(scenario, seed, paths)

    monkeypatch.setattr(sweeping, "simulate", counted)
    return begun


def test_every_scenario_is_as_a_run_of_its_own_has_it(small: Path, tmp_path: Path) -> None:
    """A value of a grid is that of a scenario file which sets the leaf to it, without a range."""
    table = rows(small / "sweep.csv")
    told = list(dict.fromkeys((row["number"], row["scenario"], *(row[path] for path in POINTS[0])) for row in table))
    head, tail = [*SWEPT][:2], [*SWEPT][3:]
    assert [*table[0]] == [*head, *POINTS[0], *tail]
    assert told == [(str(n), "base", *map(str, point.values())) for n, point in enumerate(POINTS)]
    for number in (0, 3):
        (tmp_path / "own.yaml").write_text(scenario_text(POINTS[number]), "utf-8")
        assert of_point(table, number) == own_run(str(tmp_path / "own.yaml"), 64, tmp_path / f"run {number}")


@pytest.mark.slow
def test_scenarios_of_other_strategies_are_as_in_a_run_of_several_blocks(tmp_path: Path) -> None:
    """A drawn input that is set, and a list."""
    grid = f"title: T\nquestion: Q?\npaths: {TWO_BLOCKS}\nseed: 5\nscenarios: [base, second_platform]\nover:\n"
    grid += "  deal.royalty.rates: [[0.05, 0.07, 0.09]]\n  technology.new_years: [3]\n"
    assert sweep(grid, tmp_path / "out") == 0
    table = rows(tmp_path / "out/sweep.csv")
    assert {row["deal.royalty.rates"] for row in table} == {"[0.05, 0.07, 0.09]"}
    values = {"deal.royalty.rates": [0.05, 0.07, 0.09], "technology.new_years": 3}
    for number, name in enumerate(("base", "second_platform")):
        (tmp_path / "own.yaml").write_text(scenario_text(values, f"combines: [{name}]"), "utf-8")
        assert of_point(table, number) == own_run(str(tmp_path / "own.yaml"), TWO_BLOCKS, tmp_path / f"run {number}")


def test_what_is_there_is_not_made_again_and_what_is_damaged_is(small: Path, tmp_path: Path, made: list[str]) -> None:
    out = tmp_path / "out"
    (out / "parts").mkdir(parents=True)
    for file in files(small):
        (out / "parts" / file.name).write_bytes(file.read_bytes())
    assert sweep(SMALL, out) == 0 and made == [] and contents(out) == contents(small)
    cut, flipped, strange, gone = files(out)
    cut.write_bytes(cut.read_bytes()[:-100])
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    strange.write_text("nothing")
    assert sweep(SMALL, out) == 0 and len(made) == 3
    gone.unlink()
    assert sweep(SMALL, out) == 0 and len(made) == 4 and contents(out) == contents(small)


def test_a_part_has_another_name_for_whatever_it_depends_on(small: Path) -> None:
    first, second = list(load_grid(small.parent / "grid.yaml", PARAMS))[:2]
    job = sweeping.Job(first, SEED, 64, sweeping.made_by())
    others = {"point": second, "seed": SEED + 1, "paths": 65, "made_by": "another model"}
    named = {replace(job, **{field: value}).name(ROOT) for field, value in others.items()}
    assert {field.name for field in fields(job)} == others.keys()
    assert len(named | {job.name(ROOT), job.name(small)}) == len(others) + 2  # elsewhere is no lock
    assert job.name(ROOT) in {file.name for file in files(small)}


def test_a_worker_of_another_model_is_refused(small: Path) -> None:
    point = next(iter(load_grid(small.parent / "grid.yaml", PARAMS)))
    with pytest.raises(SweepError, match="another model"):
        sweeping.simulate_part(sweeping.Job(point, SEED, 64, "another"))


def test_a_failed_identity_names_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise IdentityError("books sum to zero: residual 1, tolerance 0")

    monkeypatch.setattr(sweeping, "refuse_failed_checks", fail)
    assert sweep(SMALL, tmp_path / "out") == 1
    said = capsys.readouterr()
    where = "in base where valuation.discount_rate is 0.1, deal.upfront_musd is 6.0"
    expected = f"partnering: identity failed: books sum to zero: residual 1, tolerance 0; {where}\n"
    assert (said.out, said.err) == ("", expected) and contents(tmp_path / "out") == {}
