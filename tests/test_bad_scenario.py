"""Scenario files that say what cannot be: one line each, naming file, line, leaf, what was got and what was expected.

Every case is a file somebody might write: whole leaves of known paths, each of the right unit, that do not fit
together or say what no leaf may say. Nothing is run and nothing is written.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from edits import few_params, leaf_line, line_of, not_run, refused, scenario_text, write
from helpers import PARAMS, load

from partnering.inputs import InputError, load_alternatives, load_scenario, schema_paths

SIGN, OWN, SELL, BEST = (f"strategies.{slug}" for slug in ("partnership", "market", "concept", "best"))
DAY = "the valuation date 2003-07-31"
ROUTES = "'partner_run', 'own_launch', 'license_out' or 'best'"
FRACTION = "expected at most 1 (a fraction, not a percent)"
NO_PARTNER = {
    f"{SIGN}.inherited_routes": ["best", "best", "best"],
    "deal.research_total_musd": 0.0,
    "deal.research_schedule_musd": [0.0, 0.0, 0.0],
}
"""A deal in which the partner develops nothing."""

# name: (leaves, what the line says after the leaf's own path)
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "an extension rule that does not exist": (
        {"deal.extension_rule": "sometimes"},
        ".value: got \"sometimes\", expected 'alive', 'never', 'always', 'chance' or 'value'",
    ),
    "gates that do not exist": (
        {"behaviour.gates": "reasonable"},
        ".value: got \"reasonable\", expected 'rational' or 'commit'",
    ),
    "a route that does not exist": (
        {f"{SIGN}.inherited_routes": ["partner_run", "partner", "best"]},
        f'.value[1]: got "partner", expected {ROUTES}',
    ),
    "own leads given to the partner": (
        {f"{SIGN}.own_lead_route": "partner_run"},
        ".value: got \"partner_run\", expected 'own_launch', 'license_out' or 'best'",
    ),
    "an exit stage that does not exist": (
        {f"{SELL}.exit_stage": "phase_3"},
        ".value: got \"phase_3\", expected 'none', 'preclinical' or 'phase_2'",
    ),
    "an exit stage where nothing is licensed": (
        {f"{OWN}.exit_stage": "phase_2"},
        ": got 'phase_2' for a strategy that never licenses, expected 'none', or a route that licenses",
    ),
    "a licence sought after no stage": (
        {f"{SELL}.exit_stage": "none"},
        ": got 'none' with a route 'license_out', expected the stage after which it licenses",
    ),
    "the best route, but a licence after no stage": (
        {f"{BEST}.exit_stage": "none"},
        ": got 'none' with a route 'best', expected the stage after which it licenses",
    ),
    "an extension by value where the partner develops nothing": (
        NO_PARTNER | {"deal.extension_rule": "value"},
        ": got 'value' where the partner develops nothing, expected a rule that needs no account of the partner",
    ),
    "routes for two of three candidates": (
        {f"{BEST}.inherited_routes": ["best", "best"]},
        ": got 2 items, expected 3 as in candidates.inherited.names, or none",
    ),
    "the partner as developer without a deal": (
        {f"{OWN}.inherited_routes": ["own_launch", "own_launch", "partner_run"]},
        ": got 'partner_run' without the deal, expected 'own_launch', 'license_out' or 'best'",
    ),
    "two that surely sign today": (
        {f"{OWN}.signs_deal": True},
        ": got 2 strategies that surely sign the deal on the day, expected exactly one",
    ),
    "one that signs, of another family": (
        {f"{SIGN}.family": "alone"},
        ": got 'alone' for the strategy that signs, expected 'sign'",
    ),
    "none that signs": (
        {f"{SIGN}.inherited_routes": ["best", "best", "best"], f"{SIGN}.signs_deal": False},
        ": got 0 strategies that surely sign the deal on the day, expected exactly one",
    ),
    "none that surely signs": (
        {f"{SIGN}.signing_prob": 0.9},
        ": got 0 strategies that surely sign the deal on the day, expected exactly one",
    ),
    "none that signs today": (
        {f"{SIGN}.signing_years": 0.5},
        ": got 0 strategies that surely sign the deal on the day, expected exactly one",
    ),
    "a signing before the day": ({f"{SIGN}.signing_years": -0.5}, ".value: got -0.5, expected at least 0"),
    "a signing more than certain": ({f"{SIGN}.signing_prob": 1.5}, f".value: got 1.5, {FRACTION}"),
    "a licence of the technology that ended its stage before the day": (
        {"technology.seeded_years_left": [0.9, -1.2, 1.0]},
        ": got -1.2: a stage still to come is dated before signing, expected 0 or more",
    ),
    "a licence of the technology in a stage that cannot be": (
        {"technology.seeded_stage": ["phase_1", "phase_3", "preclinical"]},
        ".value[1]: got \"phase_3\", expected 'preclinical', 'phase_1' or 'phase_2'",
    ),
    "fewer stages than licences of the technology": (
        {"technology.seeded_stage": ["phase_1", "phase_1"]},
        ": got 2 items, expected 3 as in technology.seeded_names",
    ),
    "more years than licences of the technology": (
        {"technology.seeded_years_left": [0.9, 1.2, 1.0, 0.5]},
        ": got 4 items, expected 3 as in technology.seeded_names",
    ),
    "no technology licence at all": ({"technology.new_per_year": 0.0}, ".value: got 0.0, expected more than 0"),
    "a share of research cost above one": ({"deal.research_cost_share": 1.2}, f".value: got 1.2, {FRACTION}"),
    "a refund above the cost": ({"deal.copromotion.opt_in_cost_share": 1.2}, f".value: got 1.2, {FRACTION}"),
    "products that sell nothing": ({"sales.peak_median_musd": 0.0}, ".value: got 0.0, expected more than 0"),
    "sales that end with exclusivity": ({"sales.erosion_loss": 1.0}, ".value: got 1.0, expected less than 1"),
    "sales that begin with nothing": (
        {"sales.uptake": [0.0, 0.5, 1.0]},
        ": got [0.0, 0.5, 1.0], expected shares above 0 that never fall and end at 1",
    ),
    "products that cost more than they sell": (
        {"sales.cogs_rate": 0.3, "sales.lifecycle_rate": 0.1, "sales.selling_rate": 0.6},
        ": got costs of up to 1.1 of sales with those beside it, expected less than 1",
    ),
    "three milestones of a licence after Phase 2": (
        {"license.milestone_shares": [0.2, 0.5, 0.3]},
        ": got 3 that add up to 1, expected 4 that add up to 1",
    ),
    "milestones of a licence at the IND that are too much": (
        {"license.early.milestone_shares": [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]},
        ": got 7 that add up to 1.3, expected 7 that add up to 1",
    ),
    "milestones of the technology that are too little": (
        {"technology.milestone_shares": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]},
        ": got 7 that add up to 0.7, expected 7 that add up to 1",
    ),
}


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return few_params(tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_scenario_is_refused_in_one_line(case: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves, expected = CASES[case]
    *_, culprit = leaves
    number = line_of(write(params, scenario_text(leaves)), f"{culprit}:")
    said = [f"params/scenarios/mine.yaml:{number}: {culprit}{expected}"]
    assert refused(capsys, "check") == not_run(capsys, "mine") == said


NEAREST = 0.1
"""Years that are no whole quarter: the nearest is the day itself."""


def test_the_day_is_the_quarter_the_day_is_in(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(params, scenario_text({f"{SIGN}.signing_years": NEAREST}))
    assert load_scenario("mine", params)
    lines = write(params, scenario_text({f"{OWN}.signs_deal": True, f"{OWN}.signing_years": NEAREST}))
    (said,) = refused(capsys, "check")
    number = line_of(lines, f"{OWN}.signing_years")
    assert said.startswith(f"params/scenarios/mine.yaml:{number}: {OWN}.signing_years: got 2 strategies")


# What was known when.

ONLY = "deal.upfront_musd: got a leaf known only on"

# name: (line of the vintage, day the leaf was known, line that refuses it)
VINTAGES: dict[str, tuple[str, str, str]] = {
    "known after the day, without a vintage": (
        "",
        "2003-08-01",
        f"{ONLY} 2003-08-01, expected one known on {DAY} or before",
    ),
    "known after the vintage": (
        "vintage: 2024-12-31",
        "2025-01-01",
        f"{ONLY} 2025-01-01, expected one known on the vintage 2024-12-31 or before",
    ),
    "a vintage that is no date": (
        "vintage: lately",
        "2003-07-31",
        'vintage: got "lately", expected a date such as 2001-12-31',
    ),
    "a vintage in a thirteenth month": (
        "vintage: 2024-13-31",
        "2003-07-31",
        'vintage: got "2024-13-31", expected a readable date or number',
    ),
    "a vintage that is a year": (
        "vintage: 2024",
        "2003-07-31",
        "vintage: got 2024, expected a date such as 2001-12-31",
    ),
    "a vintage that allows nothing later": (
        "vintage: 2003-07-31",
        "2003-07-31",
        f"vintage: got 2003-07-31, expected a day after {DAY}",
    ),
}


@pytest.mark.parametrize("case", VINTAGES)
def test_what_was_known_too_late_is_refused(case: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vintage, known, expected = VINTAGES[case]
    text = f"title: T\nquestion: Q?\n{vintage}\nset:\n  {leaf_line('deal.upfront_musd', 20.0, known)}\n"
    number = line_of(write(params, text), expected.split(":")[0])
    said = [f"params/scenarios/mine.yaml:{number}: {expected}"]
    assert refused(capsys, "check") == not_run(capsys, "mine") == said


def test_one_vintage_does_not_loosen_the_leaves_of_another_file(
    params: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a file that combines it nor one it combines, nor the base file."""
    late, early = leaf_line("deal.upfront_musd", 20.0, "2024-12-31"), leaf_line("deal.royalty.scale", 1.0, "2024-06-30")
    head = "title: T\nquestion: Q?\n"
    write(params, f"{head}set:\n  {early}\n", "plain")
    write(params, f"{head}vintage: 2024-12-31\ncombines: [plain]\nset:\n  {late}\n", "above")
    write(params, f"{head}vintage: 2024-12-31\nset:\n  {late}\n", "below")
    write(params, f"{head}combines: [below]\nset:\n  {early}\n", "mine")
    text = f"deal.royalty.scale: got a leaf known only on 2024-06-30, expected one known on {DAY} or before"
    assert refused(capsys, "check", "below", "above") == [f"params/scenarios/plain.yaml:4: {text}"]
    assert refused(capsys, "check", "mine") == [f"params/scenarios/mine.yaml:5: {text}"]
    base = params / "base.yaml"
    base.write_text(re.sub(r"(peak_median_musd: .*known: )[\d-]+", r"\g<1>2024-06-30", base.read_text(), count=1))
    (said,) = refused(capsys, "check", "below")
    assert re.match(r"params/base\.yaml:\d+: sales\.peak_median_musd: got a leaf known only on 2024-06-30", said)


# A new strategy.


def test_a_new_strategy_says_everything_a_strategy_says(params: Path) -> None:
    """But what the defaults say: that it does unless it says otherwise."""
    keys = [path.removeprefix("strategies.*.") for path in schema_paths() if path.startswith("strategies.*.")]
    base = load()
    defaults = {
        path.removeprefix("strategy_defaults.") for path in base.leaves if path.startswith("strategy_defaults.")
    }
    assert defaults < set(keys)
    leaves = {key: leaf_line(f"{OWN}.{key}", base[f"{OWN}.{key}"]).replace(OWN, "strategies.other", 1) for key in keys}
    labelled = {key: text.replace("status:", "label: L, status:") for key, text in leaves.items()}
    for missing in set(keys) - defaults:
        kept = "".join(f"  {text}\n" for key, text in labelled.items() if key != missing)
        write(params, f"title: T\nquestion: Q?\nset:\n{kept}")
        with pytest.raises(InputError) as caught:
            load_scenario("mine", params)
        where = (params / "scenarios" / "mine.yaml").relative_to(Path.cwd())
        assert caught.value.problems == [f"{where}:4: strategies.other.{missing}: got nothing, expected a value"]
    write(params, "title: T\nquestion: Q?\nset:\n" + "".join(f"  {text}\n" for text in labelled.values()))
    assert load_scenario("mine", params).children("strategies") == (*base.children("strategies"), "other")
    own = "".join(f"  {text}\n" for key, text in labelled.items() if key not in defaults)
    write(params, f"title: T\nquestion: Q?\nset:\n{own}")
    found = load_scenario("mine", params)
    assert all(found[f"strategies.other.{key}"] == found[f"strategy_defaults.{key}"] for key in defaults)


def test_cases_are_right_but_for_their_fault(params: Path) -> None:
    """A file made as the bad ones are, of the values the base case has, is a good one."""
    base = load()
    leaves = {path: base[path] for case, _ in CASES.values() for path in case}
    write(params, scenario_text(leaves))
    assert load_scenario("mine", params).digest != base.digest  # the same values, their ranges gone


def test_an_alternative_stands_for_a_strategy_that_exists(params: Path) -> None:
    """Else one clear line names those that do, of the scenario it is to be found in."""
    assert load_alternatives(PARAMS)
    file, later = params / "alternatives.yaml", Path("scenarios", "bidder_later.yaml")
    (params / later).write_text((PARAMS / later).read_text("utf-8"), "utf-8")
    text = (PARAMS / "alternatives.yaml").read_text("utf-8")
    known = "partnership, market, concept, ind, best, shrink, wind_up"
    for old, new, names in (
        ("strategy: ind", "strategy: idn", known),
        ("strategy: later", "strategy: latter", f"{known}, later"),
    ):
        file.write_text(text.replace(old, new), "utf-8")
        with pytest.raises(InputError) as caught:
            load_alternatives(params)
        (problem,) = caught.value.problems
        said = f"got strategy '{new.removeprefix('strategy: ')}', expected one of {names}"
        assert re.fullmatch(rf".*alternatives\.yaml:\d+: \w+\.strategy: {said}", problem)
