"""What would change the answer, in words: each cell says what its table holds, for every verdict; and its charts."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from brief import NOTEBOOKS, a_verdict, sentences, sources, words_of
from said import plain

from partnering.report import paper, plot_sensitivity, sensitivity
from partnering.report.words import render
from partnering.results.verdict import Verdict

PAGE = next(file for file in NOTEBOOKS if file.stem == "sensitivity")
WORDS = words_of(PAGE)
LONGEST_SENTENCE, LONGEST_CAPTION, EXHIBITS = 25, 14, 12
BANNED = re.compile(r"\b(surely|flip|want of|diary|turns? the answer|told|anew)\b")


def said(names: dict[str, Any], *cells: str) -> str:
    """What these cells of the page say, all of them if none is named."""
    return plain("\n\n".join(render(WORDS[cell], names) for cell in cells or WORDS)).replace(" %", "%")


def turns_of(*rows: tuple) -> pd.DataFrame:
    columns = ["label", "unit", "value", "beyond", "least_at", "least_lead"]
    return pd.DataFrame(rows, columns=columns).astype({"value": float, "beyond": float})


NEVER = ("Rate", "rate", None, None, 0.14, 12.0), ("Peak sales", "musd", None, None, 130.0, 30.0)
TURNS = ("Rate", "rate", 0.1, None, 0.14, -4.0), NEVER[1]


def decision_map(*leads: float, title: str = "Cash and rate", close: tuple[bool, ...] = ()) -> pd.DataFrame:
    rows = [(title, "Cash", "musd", 10.0 * place, "Rate", "rate", 0.1, lead) for place, lead in enumerate(leads)]
    table = pd.DataFrame(rows, columns=["map", "x_label", "x_unit", "x", "y_label", "y_unit", "y", "lead"])
    return table.assign(over="winding up", close=list(close) or [False] * len(leads))


STUDIES = pd.DataFrame(
    [("A study", 3.0, True, 0.5), ("Another", 3.0, True, 4.0), ("A third", 9.0, False, 1.0)],
    columns=["title", "value", "distinct", "cost_musd"],
)
NOTHING = STUDIES.head(0)


def names_for(
    v: Verdict, turns: pd.DataFrame, maps: pd.DataFrame, paying: pd.DataFrame = NOTHING, flips: dict | None = None
) -> dict[str, Any]:
    """Everything that the words of the page name."""
    options, trails = (v.signing, v.nearest, *v.others), v.outcome == "alone"
    slugs, lead = [option.slug for option in options], v.difference.value
    inputs = pd.DataFrame({"label": ["Peak sales"], "unit": "musd", "low_input": 40.0, "high_input": 90.0})
    inputs = inputs.assign(at_low=lead - 20, at_high=lead + 20)
    bridge = pd.Series({"step": "The upfront", "low": -3.0, "high": 11.0})
    chosen = v.nearest.slug if trails else v.signing.slug
    sums = pd.Series([4.6, 40.0, 30.0][: len(slugs)], index=slugs)
    worst = pd.DataFrame({"choice": [option.title for option in options], "most": [5.0, 30.0, 40.0][: len(slugs)]})
    edges = sensitivity.with_boundary(maps)
    return {
        **{"v": v, "trails": trails, "inputs": inputs, "by_input": turns, "turned": turns.dropna(subset=["value"])},
        "beyond": turns[turns["value"].isna() & turns["beyond"].notna()],
        "closest": sensitivity.find_closest(inputs, turns, trails),
        **{"maps": maps, "edges": edges, "close": edges[edges["close"]]},
        "behind": (edges["lead"] < 0) & ~edges["close"],
        "pairs": sensitivity.find_reversed(maps, trails).head(1),
        **{"phrases": {option.slug: option.phrase for option in options}, "chosen": chosen, "sums": sums},
        **{"cautious": slugs[1] if flips else chosen, "other": slugs[1], "tolerances": pd.Series([25.0, 1600.0])},
        "flips": pd.DataFrame(flips or {}, columns=["rival", "tolerance_musd"]),
        **{"paying": paying, "studies": STUDIES, "grade": SimpleNamespace(first=("Rate",) if len(paying) else ())},
        "everything": pd.DataFrame({"value": [5.0], "distinct": [bool(len(paying))]}),
        **{"most": bridge, "worst": worst, "missed": pd.DataFrame({"sign": [0.0, 5.0]})},
        **{"considered": worst, "valued": pd.DataFrame({"considered": ["Wind up"], "value": [48.0]})},
        "options": pd.DataFrame({"option": ["Co-promotion"], "signing": [-2.0 if trails else 3.0]}),
    }


MAPS = pd.concat([decision_map(-20, 1, 60, close=(False, True, False)), decision_map(1, 2, 3, title="Calm")])
WINS, LOSES, TIED = a_verdict(), a_verdict(alone=-45.0, ahead=0.2), a_verdict(alone=0.2, half=3.0, ahead=0.5)
CASES = {
    "the deal wins, and nothing reverses it": names_for(WINS, turns_of(*NEVER), decision_map(1, 2, 3)),
    "the deal wins, but for a rate": names_for(
        WINS, turns_of(*TURNS), MAPS, STUDIES.head(1), {"rival": ["alone"], "tolerance_musd": [76.0]}
    ),
    "going alone wins": names_for(LOSES, turns_of(*((*row[:-1], -row[-1]) for row in NEVER)), MAPS),
    "a tie": names_for(TIED, turns_of(*TURNS), MAPS),
    "little was asked": names_for(WINS, turns_of(*NEVER[:1]), MAPS.head(0))
    | {"options": pd.DataFrame(), "studies": NOTHING},
}
CALM, TORN = CASES["the deal wins, and nothing reverses it"], CASES["the deal wins, but for a rate"]
BEHIND = CASES["going alone wins"]


# The words.


@pytest.mark.parametrize("case", CASES)
def test_it_opens_with_one_sentence_and_every_sentence_is_short(case: str) -> None:
    names = CASES[case]
    answer = said(names, "answer")
    (opening,) = re.findall(r"^> \*\*(.*?)\*\*$", answer, re.MULTILINE)
    assert answer.startswith(f"> **{opening}") and opening.count(".") == 1
    shown = said(names, *(cell for cell in WORDS if not cell.endswith("-caption")))
    assert [one for one in sentences(shown) if len(one.split()) > LONGEST_SENTENCE] == []
    captions = [said(names, cell).strip().splitlines()[0] for cell in WORDS if cell.endswith("-caption")]
    assert [line for line in captions if len(line.split()) > LONGEST_CAPTION] == []
    assert not re.search(r"\b(nan|inf|None\.)\b", said(names)) and BANNED.findall(said(names)) == []
    assert sum(text.count("exhibit.show_") for text in sources(PAGE).values()) - 2 <= EXHIBITS  # header and details


def test_the_answer_is_the_verdict_over_the_nearest_rival() -> None:
    assert "is to sign: on average signing is worth $52m more than going alone to market." in said(CALM, "answer")
    assert "is not to sign: on average signing is worth $45m less than going alone" in said(BEHIND, "answer")
    assert "too close to call: signing and going alone to market are" in said(CASES["a tie"], "answer")


def test_no_input_reverses_the_answer_and_the_closest_is_named() -> None:
    answer = said(CALM, "answer")
    assert answer.startswith("> **None of 2 inputs reverses the answer alone, inside the range we think likely.**")
    assert "- **Closest** of all single inputs: rate at 14% leaves a lead of $12m." in answer
    assert "No input reverses the answer; the least lead left is $12m" in said(CALM, "turns-caption")


def test_an_input_that_reverses_it_is_named_with_its_threshold_and_side() -> None:
    answer = said(TORN, "answer")
    assert answer.startswith("> **1 of 2 inputs reverses the answer alone") and "Closest" not in answer
    assert "- **Reversed** where rate is above 10%." in answer
    turned = turns_of(("Rate", "rate", 0.1, None, 0.14, -40.0))
    assert "- **Turns** where rate is below 10%." in said(BEHIND | {"turned": turned}, "answer")


def test_an_input_that_a_scenario_takes_beyond_its_range_is_named_wherever_others_stand() -> None:
    """No list of inputs denies what a scenario of one input shows."""
    for names in (CALM, TORN):
        further = turns_of(("Peak sales", "musd", None, 52.0, 130.0, 30.0))
        answer = said(names | {"beyond": further}, "answer")
        assert "- **Beyond its range**: a scenario sets peak sales further out, and $52 million reverses" in answer
        assert "Beyond" not in said(names, "answer")


def test_where_signing_trails_throughout_the_largest_lead_is_the_closest() -> None:
    assert "rate at 14% leaves signing behind by $12m" in said(BEHIND, "answer")
    assert "No input reverses the answer inside its likely range" in said(BEHIND, "turns-caption")


def test_two_inputs_reverse_it_only_beyond_the_error() -> None:
    assert "- **Reversed** with cash at $0 million and rate at 10%." in said(TORN, "answer")
    assert "- **Ahead** with cash at $0 million and rate at 10%." in said(BEHIND, "answer")
    assert "Signing trails at 1 of 3 points, and 1 is too close to call" in said(TORN, "maps-caption")
    assert "maps on which the answer is reversed: 1 of 2." in said(TORN, "maps-words")
    assert "On none of 1 maps" in said(CALM, "maps-words") and "with cash" not in said(CALM, "answer")
    assert "No pair of inputs was asked for." in said(CASES["little was asked"], "maps-words")


def test_a_study_is_recommended_only_where_it_is_told_from_noise_and_pays() -> None:
    advice = said(TORN, "studies-words")
    assert "Find out first: a study. It is worth at most $3.0m and costs $0.5m." in advice and "$5.0m" in advice
    assert "because it could change the vote: rate." in advice and "**Find out first**: a study" in said(TORN, "answer")
    assert "1 of 3 studies pays for itself" in said(TORN, "studies-caption")
    none = said(CALM, "studies-words", "studies-caption", "answer")
    assert (
        "too little to tell from noise" in none
        and none.count("No study pays for itself") == none.count("**No study") + 1
    )
    assert "Firming up any single input would hardly ever change the vote." in none and "None of 3 studies" in none
    unsure = said(CALM | {"turned": TORN["turned"]}, "studies-words")
    assert "What reverses the answer does so by less than sampling error." in unsure


def test_caution_is_said_to_change_the_choice_only_where_it_does() -> None:
    assert "**Caution** changes nothing: signing is worth most even to the most cautious" in said(CALM, "answer")
    assert "The choice is the same at every risk tolerance from $25m to $1,600m." in said(CALM, "risk-words")
    assert "the most cautious board would choose going alone to market." in said(TORN, "answer")
    assert "- Going alone to market is worth more than signing to a board with a risk tolerance below $76m." in said(
        TORN, "risk-words"
    )
    caption = said(TORN, "risk-caption")
    assert caption.strip().startswith("To the most cautious board signing is worth $4.6m, going alone to market $40m")


def test_the_least_regret_and_the_best_alternative_are_named() -> None:
    assert said(CALM, "regret-caption").strip() == "Sign misses least at worst: $5.0m"
    best = CALM["worst"].assign(most=0.0)
    assert said(CALM | {"worst": best}, "regret-caption").strip() == "Sign is worth most in every scenario"
    assert "wind up, $48m" in said(CALM, "alternatives-caption")
    assert "None of the alternatives" in said(CALM | {"valued": CALM["valued"].head(0)}, "alternatives-caption")


def test_a_step_is_told_in_both_orders_and_an_option_by_its_sign() -> None:
    assert "The upfront: -$3.0m to $11m, by the order" in said(CALM, "bridge-caption")
    assert "Co-promotion adds most to signing: $3.0m" in said(CALM, "options-caption")
    assert "Co-promotion costs signing least: -$2.0m" in said(BEHIND, "options-caption")


# The tables and charts.


def test_only_maps_with_a_boundary_beyond_the_error_are_drawn() -> None:
    maps = pd.concat([MAPS, decision_map(-4, 5, 6, title="Close", close=(True, False, False))])
    assert list(sensitivity.with_boundary(maps)["map"].unique()) == ["Cash and rate"]
    assert plot_sensitivity.plot_maps(maps.head(0)) is None
    assert list(sensitivity.find_reversed(maps, trails=False)["lead"]) == [-20]


def test_tiles_are_bare_where_it_is_too_close_to_call() -> None:
    ax = plot_sensitivity.plot_maps(decision_map(-20, 1, 60, close=(False, True, False)))
    assert ax is not None
    assert [tile.get_alpha() > 0 for tile in ax.patches] == [True, False, True]
    assert [text.get_text() for text in ax.texts] == ["\u221220", "1.0 ?", "60"]
    assert ax.patches[0].get_gid() == "tip: Cash $0\u00a0million, Rate 10\u00a0%: lead \u2212\u2060$20m over winding up"


def test_steps_stand_in_both_orders() -> None:
    rows = {"step": ["One", "Two"], "value": [10.0, -2.0], "backwards": [4.0, 4.0], "se": 1.0, "backwards_se": 1.0}
    texts = [text.get_text() for text in plot_sensitivity.plot_bridge(pd.DataFrame(rows)).texts]
    assert texts == ["10", "4.0", "\u22122.0", "4.0"]


def test_names_beside_lines_keep_apart() -> None:
    rows = [
        (t, slug, t / 10 + place / 100) for place, slug in enumerate(("sign", "alone", "end")) for t in (25.0, 50.0)
    ]
    risk = pd.DataFrame(rows, columns=["tolerance_musd", "strategy", "certainty_equivalent"])
    risk = risk.assign(low=risk["certainty_equivalent"], high=risk["certainty_equivalent"])
    titles = {"sign": "Sign", "alone": "Go alone", "end": "Wind up"}
    ax = plot_sensitivity.plot_risk(risk, titles, WINS)
    heights = [text.xy[1] for text in ax.texts]
    room = plot_sensitivity.APART * (ax.get_ylim()[1] - ax.get_ylim()[0])
    assert len(heights) == 3 and np.all(-np.diff(heights) >= 0.99 * room)


def test_what_to_ask_for_is_never_what_somebody_would_refuse() -> None:
    columns = ["deal", "partner_after", "financed", "products", "verdict"]
    rows = [("Base", 70.0, 98.0, 0.7, "yes"), ("Greedy", -4.0, 300.0, 0.9, "Bigco would not")]
    deals = pd.DataFrame([*rows, ("Better", 20.0, 150.0, 0.6, "yes")], columns=columns)
    assert list(paper.best_ask(deals)["deal"]) == ["Better"] and paper.best_ask(deals.iloc[:2]).empty
