"""The page of a scenario and the menu of all: what they say for every verdict, and that their numbers are the runs'."""

import json
from dataclasses import replace
from typing import Any, get_args

import pandas as pd
import pytest
from helpers import PARAMS, SEED
from said import plain
from verdicts import near, option, rival, verdict_of, with_lead

from partnering.inputs import load_scenario, load_scenarios
from partnering.inputs.files import Family
from partnering.report import scenarios, sentences
from partnering.report.words import render
from partnering.results.statistics import Estimate
from partnering.results.stored import Results
from partnering.results.verdict import Claim, Verdict, judge, weigh_claim

NOTEBOOKS = PARAMS.parent / "notebooks"
MOST_EXHIBITS = 6
RUNS = ("base", "haircut_low", "market_weak", "royalty_low")


def cells(notebook: str) -> dict[str, dict[str, Any]]:
    read = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text("utf-8"))["cells"]
    return {cell["id"]: cell | {"source": "".join(cell["source"])} for cell in read}


def words(notebook: str, cell: str, **names: object) -> str:
    """What a cell of words says with these variables."""
    return plain(render(cells(notebook)[cell]["source"].removeprefix("%%words\n"), names))


# Words, for every verdict.

SIGNING = option("a", "Sign", "signing", 94.4, 0.86)
WINS = verdict_of(
    SIGNING,
    rival("alone", option("b", "Go alone", "going alone to market", 20.1), near(74.3), 0.84),
    rival("give_up", option("d", "Wind up", "winding up", 34.0), near(60.4), 0.7),
)
LOSES, TIED = with_lead(WINS, "alone", near(-45.4), 0.2), with_lead(WINS, "give_up", near(0.4), 0.5)
UNSURE, NOT_BY_MUCH = with_lead(WINS, "alone", near(65.0), 0.55), with_lead(WINS, "alone", near(-4.0), 0.45)
NOTHING, SOMETHING = pd.DataFrame(), pd.DataFrame({"Input": ["a"]})


def answer(judged: Verdict, was: Verdict = WINS, changes: pd.DataFrame = SOMETHING, vintage: str | None = None) -> str:
    surely = [each.sure(judged.sure_prob) and each.outcome == judged.outcome for each in judged.rivals]
    sure = all(surely) if judged.outcome == "sign" else judged.sure
    told = {"judged": judged, "was": was, "changes": changes, "vintage": vintage, "sure": sure}
    return words("scenario", "answer", families=sentences.FAMILY_WORDS, **told)


@pytest.mark.parametrize(
    ("judged", "opening"),
    [
        (WINS, "> **Sign: it is worth more than every alternative.**"),
        (UNSURE, "> **Signing leads on average, though that is not certain.**"),
        (LOSES, "> **Do not sign: going alone to market is worth more.**"),
        (NOT_BY_MUCH, "> **Not signing is better on average, though that is not certain.**"),
        (TIED, "> **Too close to call: nothing separates signing from winding up.**"),
    ],
)
def test_the_answer_opens_the_page_in_one_sentence(judged: Verdict, opening: str) -> None:
    said = answer(judged)
    assert said.startswith(opening + "\n") and said.count("\n> - ") == len(judged.rivals)


def test_the_answer_names_both_rivals_and_no_negative_lead() -> None:
    assert "> - $74 million over going alone to market, the best way of going alone: ahead in 84 % of" in answer(WINS)
    assert "> - $60 million over winding up, the best way of giving up: ahead in 70 % of futures." in answer(WINS)
    assert "> - $45 million behind going alone to market, the best way of going alone: ahead in 20 %" in answer(LOSES)
    assert "> - Level with winding up" in answer(TIED)
    assert "-$" not in answer(LOSES) + answer(NOT_BY_MUCH)


def test_a_scenario_says_whether_it_reverses_the_base_case() -> None:
    assert "The answer of the base case stands." in answer(UNSURE)
    assert "reverses the answer: in the base case signing leads." in answer(LOSES)
    assert "reverses the answer: in the base case signing trails." in answer(WINS, LOSES)
    assert "This is the base case." in answer(WINS, changes=NOTHING)
    assert "evidence up to 2024-12-31, which nobody had" in answer(WINS, vintage="2024-12-31")
    assert "evidence" not in answer(WINS)


def effect_of(move: float, here: float, base: float) -> pd.DataFrame:
    rows = {
        f"{kind}_{family}": [move, 1.0, here, base] for family in ("alone", "give_up") for kind in ("lead", "share")
    }
    return pd.DataFrame.from_dict(rows, "index", columns=["move", "error", "here", "base"])


@pytest.mark.parametrize(
    ("move", "here", "said"),
    [
        (
            -12.0,
            0.41,
            "falls by $12 million. Signing is ahead of it in 41 % of futures, against 50 % in the base case.",
        ),
        (12.0, 0.6, "rises by $12 million. Signing is ahead of it in 60 % of futures, against 50 % in the base case."),
        (0.5, 0.5, "hardly moves. Signing is ahead of it in 50 % of futures, as in the base case."),
    ],
)
def test_what_a_scenario_did_is_said_over_both_rivals(move: float, here: float, said: str) -> None:
    told = {"judged": WINS, "was": WINS, "effect": effect_of(move, here, 0.5), "families": sentences.FAMILY_WORDS}
    text = words("scenario", "effect-words", changes=SOMETHING, **told)
    assert f"- The lead over the best way of going alone {said}" in text
    assert f"- The lead over the best way of giving up {said}" in text
    alone = told | {"was": replace(WINS, rivals=WINS.rivals[:1])}
    assert "giving up" not in words("scenario", "effect-words", changes=SOMETHING, **alone)
    assert "held against these numbers" in words("scenario", "effect-words", changes=NOTHING, **told)


@pytest.mark.parametrize(("ratio", "verdict"), [(2.0, "holds"), (1.2, "fails")])
def test_the_claim_is_told_as_planned_and_as_financed(ratio: float, verdict: str) -> None:
    planned = Claim("returning", 0.3 * ratio, 0.3, near(ratio, 0.1), 1.5)
    said = words("scenario", "claim-words", planned=planned, financed=planned)
    assert f"more products **{verdict}**" in said and f"{ratio:.2f} times as many; 1.5 times are needed" in said
    endless = Claim("returning", 0.1, 0.0, Estimate(float("inf"), None, None), 1.5)
    assert "times as many" not in words("scenario", "claim-words", planned=endless, financed=endless)


@pytest.mark.parametrize(
    ("behind", "close", "failed", "said"),
    [
        ([], [], [], ["leads its nearest rival in all 3 scenarios", "holds in every scenario"]),
        (
            ["a b"],
            [],
            ["c", "a b"],
            ["in 2 of 3 scenarios", "- Another way is ahead: a b.", "fails in 2 of 3 scenarios: c"],
        ),
        (["a"], ["c"], [], ["in 1 of 3 scenarios", "- Too close to call: c."]),
    ],
)
def test_the_menu_opens_with_how_many_scenarios_signing_leads(
    behind: list[str], close: list[str], failed: list[str], said: list[str]
) -> None:
    menu = pd.DataFrame({"link": ["Base case: signing leads", "b", "c"]})
    text = words("scenarios", "answer", menu=menu, behind=behind, close=close, failed=failed)
    assert text.startswith("> **Signing leads") and all(part in text for part in said)
    alone = words("scenarios", "answer", menu=menu.head(1), behind=[], close=[], failed=[])
    assert alone.startswith("> Only one scenario was run: **base case: signing leads**.")


# The notebooks.


def test_a_scenario_page_opens_with_what_changed_and_shows_little() -> None:
    page = cells("scenario")
    exhibits = [name for name, cell in page.items() if "exhibit.show_" in cell["source"] and name != "header"]
    assert len(exhibits) <= MOST_EXHIBITS and exhibits[:2] == ["changes", "effect"]
    shown = [name for name, cell in page.items() if cell["source"].startswith(("%%words", "##")) or name in exhibits]
    assert shown[:5] == ["answer", "changed-heading", "changes", "effect-heading", "effect-words"]


# Numbers.


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    from partnering.results.simulate import simulate
    from partnering.results.store import write_run

    folder = tmp_path_factory.mktemp("runs")
    made = {name: simulate(load_scenario(name, PARAMS), SEED, 64) for name in RUNS}
    return {name: write_run(run, folder / name, PARAMS.parent) for name, run in made.items()}


def test_the_menu_lists_every_scenario_once_with_its_family_and_the_runs_numbers(runs: dict[str, Results]) -> None:
    menu = scenarios.tabulate_menu(list(runs.values()), load_scenarios(RUNS, PARAMS)).set_index("page")
    assert (
        sorted(menu.index) == sorted(f"scenario-{name}.html" for name in RUNS) and menu["family"].iloc[0] == "Base case"
    )
    for name, run in runs.items():
        row, judged = menu.loc[f"scenario-{name}.html"], judge(run)
        pair = f"{judged.signing.slug}-{judged.nearest.slug}"
        table = run.table("headline")
        lead = table[(table["strategy"] == pair) & (table["view"] == "financed")].set_index("metric")["value"]
        assert (row["lead"], row["ahead"]) == (lead["difference_mean"], lead["p_better"])
        assert row["scenario"] == run.manifest["title"] and row["rival"] == judged.nearest.phrase
        assert row["claim"] == ("holds" if scenarios.claim_of(run, "planned").holds else "fails")
    assert menu.loc["scenario-royalty_low.html", "family"] == scenarios.FAMILIES["terms"]
    assert set(scenarios.FAMILIES) == set(get_args(Family))
    order = [scenarios.BASE_CASE, *scenarios.FAMILIES.values()]
    assert [order.index(family) for family in menu["family"]] == sorted(map(order.index, menu["family"]))


def test_a_scenario_without_a_family_is_listed_last(runs: dict[str, Results]) -> None:
    bare = [replace(each, family=None) for each in load_scenarios(RUNS, PARAMS)]
    menu = scenarios.tabulate_menu(list(runs.values()), bare)
    assert list(menu["family"]) == [scenarios.BASE_CASE, *[scenarios.OTHER] * (len(RUNS) - 1)]


@pytest.mark.parametrize("name", RUNS)
def test_the_effect_is_the_paired_difference_of_two_runs(runs: dict[str, Results], name: str) -> None:
    effect, judged, was = scenarios.tabulate_effect(runs[name], runs["base"]), judge(runs[name]), judge(runs["base"])
    assert effect["move"].to_numpy() == pytest.approx((effect["here"] - effect["base"]).to_numpy(), nan_ok=True)
    assert effect.loc["value", "here"] == pytest.approx(judged.signing.value.value, rel=1e-5)
    assert effect.loc["share_loss", "here"] == pytest.approx(judged.signing.p_loss)
    for column, side in (("here", judged), ("base", was)):
        for each in side.rivals:
            assert effect.loc[f"lead_{each.family}", column] == pytest.approx(each.difference.value, rel=1e-5)
            assert effect.loc[f"share_{each.family}", column] == pytest.approx(each.p_better)
    claim = next(c for c in weigh_claim(runs[name], "planned") if c.reading == "returning")
    assert effect.loc["claim", "here"] == claim.ratio.value
    shown = scenarios.dress_effect(effect)
    assert list(shown) == (
        ["Measure", "Base case"] if name == "base" else ["Measure", "This scenario", "Moved by", "Base case"]
    )


def test_another_rival_than_in_the_base_case_is_named(runs: dict[str, Results]) -> None:
    effect = scenarios.tabulate_effect(runs["market_weak"], runs["base"])
    changed = [
        f
        for f in ("alone", "give_up")
        if judge(runs["market_weak"]).over(f).option.slug != judge(runs["base"]).over(f).option.slug
    ]
    assert changed
    for family in ("alone", "give_up"):
        assert ("; in the base case lead over " in effect.loc[f"lead_{family}", "measure"]) == (family in changed)


def test_lines_add_up_to_the_value_of_signing(runs: dict[str, Results]) -> None:
    lines = scenarios.tabulate_lines(runs["royalty_low"], runs["base"])
    values = [judge(runs[name]).signing.value.value for name in ("base", "royalty_low")]
    assert lines.loc["Net", ["base", "company"]].to_list() == pytest.approx(values, rel=1e-4)
    assert lines.loc["Upfront", "company"] == -lines.loc["Upfront", "partner"]


def test_moves_are_written_with_their_sign() -> None:
    rows = {"value": ("Value", 10.0, 22.0, 12.0, 1.0), "share_loss": ("Loses", 0.4, 0.3, -0.1, 0.0)}
    rows |= {"lead_alone": ("Lead", float("nan"), 1.0, float("nan"), 0.0), "claim": ("Times", 1.5, 1.5, 0.0, 0.0)}
    effect = pd.DataFrame.from_dict(rows, "index", columns=["measure", "base", "here", "move", "error"])
    moved = scenarios.dress_effect(effect)["Moved by"]
    assert [plain(text) for text in moved] == ["+$12m", "-10 points", "–", "0"]
