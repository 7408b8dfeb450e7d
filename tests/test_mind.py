"""What would change our mind, in sentences: each says what its table holds, whatever it holds."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from said import plain
from verdicts import near, option, rival, verdict_of

from partnering.analysis.risk import FLIPS, RISK
from partnering.report import mind, paper, plot_mind, say_mind
from partnering.results.verdict import Verdict

TURNS = ["input", "label", "value", "turns_at", "least_lead", "limits", "worst_at"]
MAP = ["map", "x_label", "x_unit", "x", "y_label", "y_unit", "y", "lead", "lead_se", "close", "how"]
KNOWN = ["title", "value", "distinct", "pays", "cost_musd", "kind", "inputs"]


def said_of(say: Callable[..., str], *of: object) -> str:
    return plain(say(*of))


def verdict() -> Verdict:
    signing, alone = option("a", "Signing", "signing", 98.0), option("b", "Going alone", "going alone", 33.0)
    over = rival("alone", alone, near(65.0), 0.66)
    return replace(verdict_of(signing, over), company="Smallco", partner="Bigco")


def turns(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=TURNS).astype({"value": float}).assign(unit="musd", beyond=np.nan)


NEVER = [
    ("a", "Rate", None, "cannot flip it", 12.0, "5 to 19", "14 %"),
    ("b", "Peak sales", None, "cannot flip it", 30.0, "25 to 35", "130"),
]


def test_no_input_turns_the_answer_and_the_closest_is_named() -> None:
    said = said_of(say_mind.say_turns, turns(*NEVER))
    assert "No single one of the 2 inputs with a declared range reverses the answer" in said
    assert "rate at 14 %" in said and "5 to 19" in said


def test_an_input_that_turns_it_is_named_with_its_place_and_limits() -> None:
    said = said_of(
        say_mind.say_turns, turns(("a", "Rate", 0.1, "10 % (9 % to 11 %)", -4.0, "-8 to 0", "14 %"), NEVER[1])
    )
    assert said.startswith("1 of 2 inputs reverse the answer by themselves") and "rate at 10 % (9 % to 11 %)" in said


def test_an_input_that_a_scenario_takes_beyond_its_range_is_named_wherever_others_stand() -> None:
    """No list of inputs denies what a scenario of one input shows."""
    calm, torn = turns(*NEVER), turns(("c", "Odds", 2.0, "2", -4.0, "-8 to 0", "3"), NEVER[1])
    for table in (calm, torn):
        table.loc[1, "beyond"] = 52.0
        assert said_of(say_mind.say_turns, table).endswith("and reverses it with peak sales at $52 million.")
    assert "beyond" not in said_of(say_mind.say_turns, turns(*NEVER))


def test_where_signing_trails_throughout_no_input_brings_it_ahead() -> None:
    behind = [(*row[:3], "behind throughout", -row[4], *row[5:]) for row in NEVER]
    assert (
        said_of(say_mind.say_turns, turns(*behind))
        == "No single one of 2 inputs brings signing ahead wherever its range was asked."
    )


def decision_map(*leads: float, close: tuple[bool, ...] = (False, False, False)) -> pd.DataFrame:
    rows = [
        ("Cash and rate", "Cash", "musd", 10.0 * place, "Rate", "rate", 0.1, lead, 2.0, near, "asked")
        for place, (lead, near) in enumerate(zip(leads, close, strict=True))
    ]
    return pd.DataFrame(rows, columns=MAP)


def test_a_map_counts_its_points_and_names_the_worst() -> None:
    ahead = said_of(say_mind.say_map, decision_map(20, 40, 60))
    assert ahead.startswith("Signing leads at 3 of 3 points") and "cash $0 million and rate 10" in ahead
    mixed = said_of(say_mind.say_map, decision_map(-20, 1, 60, close=(False, True, False)))
    assert "leads at 1 of 3 points and trails at 1, 1 too close to call" in mixed and "20" in mixed


def known(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([(*row, "one two") for row in rows], columns=KNOWN)


NOTHING = ("All", -0.2, False, None, None, "everything")


def test_a_study_is_recommended_only_where_it_is_told_from_noise_and_pays() -> None:
    paying, dear = ("A study", 3.0, True, 2.5, 0.5, "study"), ("Another", 3.0, True, -1.0, 4.0, "study")
    noise = ("A third", 9.0, False, 8.0, 1.0, "study")
    everything = known(("All", 5.0, True, None, None, "everything"))
    said = said_of(say_mind.say_information, known(noise, dear, paying), everything)
    assert "To find out first: a study, worth $3.0" in said and "$5.0" in said
    none = said_of(say_mind.say_information, known(noise, dear), known(NOTHING))
    assert "worth too little to tell from nothing" in none and "no study would change the choice" in none


def test_caution_is_said_to_turn_the_choice_only_where_it_does() -> None:
    judged = verdict()
    slugs = [judged.signing.slug, judged.nearest.slug]
    risk = pd.DataFrame([(t, s, t / 10, 0, 0, "musd") for t in (25.0, 50.0) for s in slugs], columns=RISK)
    calm = pd.DataFrame([(slugs[1], "cannot flip it", None, "musd")], columns=FLIPS)
    assert "turns the choice" in (said := said_of(say_mind.say_risk, risk, calm, judged)) and said.startswith(
        "No risk tolerance"
    )
    torn = calm.assign(verdict="flips it", tolerance_musd=40.0)
    assert f"against {judged.nearest.phrase} at $40" in said_of(say_mind.say_risk, risk, torn, judged)


def test_what_to_ask_for_is_never_what_somebody_would_refuse() -> None:
    columns = ["deal", "partner_after", "financed", "products", "verdict"]
    rows = [("Base", 70.0, 98.0, 0.7, "yes"), ("Greedy", -4.0, 300.0, 0.9, "Bigco would not")]
    deals = pd.DataFrame([*rows, ("Better", 20.0, 150.0, 0.6, "yes")], columns=columns)
    assert list(paper.best_ask(deals)["deal"]) == ["Better"] and paper.best_ask(deals.iloc[:2]).empty


def test_only_maps_with_a_boundary_are_drawn_and_long_tables_show_their_first_rows() -> None:
    maps = [decision_map(1, 2, 3), decision_map(-4, 5, 6), decision_map(-4, -5, -6)]
    turned = mind.with_boundary(maps)
    assert [part["lead"].iloc[0] for part in turned] == [-4]
    assert said_of(say_mind.say_maps, turned, 3).startswith("Signing leads at 2 of 3 points and trails at 1")
    assert "On none of 3 maps" in said_of(say_mind.say_maps, [], 3) and plot_mind.plot_maps([]) is None
    assert len(mind.foremost(pd.DataFrame({"x": range(100)}))) == mind.SHOWN


def test_the_largest_regret_of_each_strategy_stands_last() -> None:
    judged = verdict()
    table = pd.DataFrame(
        {judged.signing.slug: [0.0, 5.0, 5.0], judged.nearest.slug: [30.0, 0.0, 30.0], "scenario": ["a", "b", "worst"]}
    )
    assert f"{judged.signing.phrase} misses $5.0" in said_of(say_mind.say_regret, table, judged)
