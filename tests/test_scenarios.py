"""Scenario files: what those of params/ say, how files lie over the base and each other, and what a vintage allows."""

import pickle
import re
import shutil
from pathlib import Path
from typing import get_args

import pytest

from partnering.inputs import InputError, Scenario, list_scenarios, load_scenario
from partnering.inputs.files import Family

PARAMS = Path(__file__).parents[1] / "params"
BASE = load_scenario("base", PARAMS)
ALL = {name: load_scenario(name, PARAMS) for name in [*list_scenarios(PARAMS), *list_scenarios(PARAMS, "deals")]}
DAY = BASE["valuation.date"]
MOVES = ("value", "low", "high", "dist", "drawn")
"""What of a leaf moves a result."""

UPFRONT = "{value: 20, unit: musd, status: assumption, source: mission, known: 2001-01-01}"


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PARAMS, tmp_path / "params"))


def write(
    params: Path, name: str, settings: str = "{}", combines: str = "[]", folder: str = "scenarios", vintage: str = ""
) -> Path:
    path = params / folder / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    first = f"title: T\nquestion: Q?\ncombines: {combines}\n" + (f"vintage: {vintage}\n" if vintage else "")
    path.write_text(f"{first}set: {settings}\n")
    return path


def known_on(known: str, path: str = "deal.upfront_musd") -> str:
    return f"\n  {path}: {UPFRONT.replace('2001-01-01', known)}"


# What is there.


@pytest.mark.parametrize("name", ALL)
def test_every_scenario_asks_something_and_states_only_what_it_changes(name: str) -> None:
    scenario = ALL[name]
    assert scenario.title and scenario.question.endswith("?")
    stated = [leaf for leaf in scenario.leaves.values() if leaf.changed_from is not None]
    added = {path for path in scenario.leaves if path not in BASE.leaves}
    slugs = {path.split(".")[1] for path in added if path.startswith("strategies.")}
    assert bool(stated or slugs) == (name != "base")
    assert added == {f"strategies.{slug}.{key}" for slug in slugs for key in BASE.children("strategies.market")}
    for leaf in stated:
        was = BASE.leaves[leaf.path]
        assert leaf.changed_from == was.value and any(getattr(leaf, f) != getattr(was, f) for f in MOVES), leaf.path
    unstated = set(BASE.leaves) - {leaf.path for leaf in stated}
    assert all(scenario.leaves[path] == BASE.leaves[path] for path in unstated)


def test_every_scenario_but_the_base_case_has_a_family(params: Path) -> None:
    families = {name: ALL[name].family for name in list_scenarios(PARAMS)}
    assert {name for name, family in families.items() if family is None} == {"base"}
    assert len(set(families.values()) - {None}) == len(get_args(Family))
    path = write(params, "mine", f"\n  deal.upfront_musd: {UPFRONT}")
    assert load_scenario("mine", params).family is None
    text = path.read_text()
    path.write_text(text.replace("set:", "family: terms\nset:"))
    assert load_scenario("mine", params).family == "terms"
    path.write_text(text.replace("set:", "family: weather\nset:"))
    with pytest.raises(InputError, match=r"mine.yaml:4: family: got \"weather\""):
        load_scenario("mine", params)


def test_no_two_scenarios_are_the_same() -> None:
    assert len({scenario.digest for scenario in ALL.values()}) == len(ALL)
    assert len({scenario.title for scenario in ALL.values()}) == len({s.question for s in ALL.values()}) == len(ALL)


def test_hindsight_is_read_only_under_a_vintage() -> None:
    """The base case and all but the scenarios that say so know nothing later than the day."""
    late = {n: [leaf for leaf in s.leaves.values() if leaf.known > DAY] for n, s in ALL.items()}
    assert {name for name, leaves in late.items() if leaves} == {n for n, s in ALL.items() if s.vintage}
    assert {n for n, s in ALL.items() if any(leaf.source == "evidence-modern" for leaf in s.leaves.values())} == {
        "evidence_modern"
    }
    assert BASE.vintage is None


# Overlays.


def test_overlay_keeps_label_and_slider_and_drops_the_range(params: Path) -> None:
    settings = (
        "\n  deal.royalty.scale: {value: 1.1, unit: ratio, status: assumption, source: mission, known: 2001-01-01}"
    )
    settings += f"\n  deal.upfront_musd: {UPFRONT}"
    write(params, "changed", settings)
    scenario = load_scenario("changed", params)
    scale, upfront = scenario.leaves["deal.royalty.scale"], scenario.leaves["deal.upfront_musd"]
    assert scale.label == BASE.leaves[scale.path].label and scale.low is None and not scale.drawn
    assert upfront.slider and (upfront.value, upfront.changed_from) == (20, BASE["deal.upfront_musd"])
    assert upfront.note is None and upfront.file.endswith("changed.yaml") and upfront.line == 6
    assert list(scenario.leaves) == list(BASE.leaves)


def test_combined_files_add_up_and_a_diamond_is_no_conflict(params: Path) -> None:
    write(params, "root", f"\n  deal.upfront_musd: {UPFRONT}", folder="deals")
    write(params, "left", combines="[root, royalty_low]")
    write(params, "right", combines="[root]")
    write(params, "both", combines="[left, right]")
    scenario = load_scenario("both", params)
    assert scenario["deal.upfront_musd"] == 20 and scenario["deal.royalty.rates"] != BASE["deal.royalty.rates"]
    assert scenario.combines == ("left", "right")
    assert "root" not in list_scenarios(params) and "root" in list_scenarios(params, "deals")


def test_a_leaf_set_twice_names_both_files_and_lines(params: Path) -> None:
    write(params, "root", f"\n  deal.upfront_musd: {UPFRONT}", folder="deals")
    write(params, "again", f"\n  deal.upfront_musd: {UPFRONT}", combines="[root]")
    with pytest.raises(InputError) as caught:
        load_scenario("again", params)
    (problem,) = caught.value.problems
    assert "scenarios/again.yaml:5: deal.upfront_musd: " in problem and "deals/root.yaml:5" in problem


def test_combining_in_a_circle_is_refused(params: Path) -> None:
    write(params, "one", combines="[two]")
    write(params, "two", combines="[one]")
    with pytest.raises(InputError, match=r"two.yaml:3: combines: .*circle"):
        load_scenario("one", params)


def test_a_file_outside_params_may_add_a_whole_strategy(params: Path, tmp_path: Path) -> None:
    text = (params / "base.yaml").read_text()
    block = re.search(r"  market:\n((?:    .*\n)+)", text)
    assert block
    settings = "\n" + block[1].replace("    ", "  strategies.other.")
    path = write(params, "mine", settings).rename(tmp_path / "mine.yaml")
    scenario = load_scenario(path, params)
    assert scenario.children("strategies") == (*BASE.children("strategies"), "other")
    path.write_text(path.read_text().replace("strategies.other.title", "strategies.third.title"))
    with pytest.raises(InputError) as caught:
        load_scenario(path, params)
    assert any("strategies.other.title: got nothing" in problem for problem in caught.value.problems)
    assert all("mine.yaml:" in problem for problem in caught.value.problems)


# Vintages.


def latest_of(scenario: Scenario) -> dict[str, str]:
    """The last day the file of each leaf may know of, where it is not the valuation date."""
    return {path: leaf.latest for path, leaf in scenario.leaves.items() if leaf.latest != DAY}


def test_a_vintage_lets_the_leaves_of_its_file_be_known_later() -> None:
    modern = ALL["evidence_modern"]
    stated = {path for path, leaf in modern.leaves.items() if leaf.changed_from is not None}
    assert modern.vintage == "2024-12-31" and modern["valuation.date"] == DAY
    assert latest_of(modern) == dict.fromkeys(stated, modern.vintage)
    assert {modern.leaves[path].known for path in stated} == {modern.vintage}
    copy = pickle.loads(pickle.dumps(modern))
    assert (copy.vintage, copy.digest, copy.text_digest) == (modern.vintage, modern.digest, modern.text_digest)


def test_a_vintage_is_text_to_a_run_and_moves_no_number(params: Path) -> None:
    path = write(params, "mine", known_on("2004-01-01"), vintage="2004-12-31")
    early = load_scenario("mine", params)
    path.write_text(path.read_text().replace("2004-12-31", "2005-12-31"))
    late = load_scenario("mine", params)
    assert (early.vintage, late.vintage) == ("2004-12-31", "2005-12-31")
    assert early.digest == late.digest and early.text_digest != late.text_digest


def test_combined_files_keep_the_latest_vintage_and_each_its_own_knowledge(params: Path) -> None:
    write(params, "old", known_on("2004-01-01"), vintage="2004-12-31")
    write(
        params, "new", known_on("2009-01-01", "deal.committed_ceiling_musd").replace("20,", "99,"), vintage="2010-12-31"
    )
    for combines in ("[old, new]", "[new, old]", "[old, new, royalty_low]"):
        write(params, "both", combines=combines)
        both = load_scenario("both", params)
        assert both.vintage == "2010-12-31"
        assert latest_of(both) == {"deal.upfront_musd": "2004-12-31", "deal.committed_ceiling_musd": "2010-12-31"}
    write(params, "old", known_on("2009-01-01"), vintage="2004-12-31")
    with pytest.raises(InputError, match=r"old.yaml:6: deal.upfront_musd: .* the vintage 2004-12-31 or before"):
        load_scenario("both", params)


def test_a_vintage_that_a_later_day_overtakes_says_nothing(params: Path) -> None:
    """A deal valued later than the evidence it is held against knows nothing it should not."""
    day = UPFRONT.replace("20,", "2020-01-31,").replace("musd", "date").replace("2001-01-01", "2020-01-31")
    write(params, "old", known_on("2004-01-01"), vintage="2004-12-31")
    write(params, "deal", f"\n  valuation.date: {day}", combines="[old]", folder="deals")
    scenario = load_scenario("deal", params)
    assert scenario.vintage is None and {leaf.latest for leaf in scenario.leaves.values()} == {"2020-01-31"}
