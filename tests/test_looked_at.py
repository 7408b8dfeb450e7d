"""What a reader saw by looking: scenarios that add something, labels that are whole, captions and numbers alike."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import PARAMS, load
from matplotlib.colors import to_rgb
from said import checked, words

from partnering.report import exhibit, plot_paper, style, views
from partnering.results.simulate import simulate
from partnering.results.store import write_run
from partnering.results.stored import Results

ADDS, CHANGES = "bidder_later", "cash_little"
"""A scenario that only adds a strategy, and one that only changes a number."""

GAMMA, LEAST_APART = 2.2, 0.15
DEUTERANOPE = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])


def run_of(scenario: str, folder: Path) -> Results:
    return write_run(simulate(load(scenario), 5, 8, 8), folder / scenario, PARAMS.parent)


# What a scenario does to the base case.


def test_a_strategy_that_a_scenario_adds_is_shown_as_added(tmp_path: Path) -> None:
    base, chosen = load(), load(ADDS)
    changes = views.tabulate_changes(run_of(ADDS, tmp_path), chosen, base)
    added = {leaf.label for path, leaf in chosen.leaves.items() if path not in base.leaves}
    assert added and set(changes["Input"]) == added and set(changes["From"]) == {views.ADDED}


def test_a_number_that_a_scenario_changes_has_its_unit_in_words(tmp_path: Path) -> None:
    changes = views.tabulate_changes(run_of(CHANGES, tmp_path), load(CHANGES), load())
    assert list(changes["Unit"]) == ["$ million"] and views.ADDED not in set(changes["From"])
    assert views.tabulate_changes(run_of("base", tmp_path), load(), load()).empty


# Figures.


def scenarios(*leads: float, error: float = 1.0) -> pd.DataFrame:
    names = [f"A scenario with quite a long name, {place}" for place in range(len(leads))]
    table = pd.DataFrame({"scenario": names, "difference": leads, "p_better": 0.5, "family": "money", "page": "a.html"})
    return table.assign(low=table["difference"] - error, high=table["difference"] + error)


def test_the_label_under_long_names_is_whole() -> None:
    style.set_style()
    axes = plot_paper.plot_families(scenarios(80.0, 0.5, -30.0), 50.0)
    figure = axes.get_figure()
    figure.canvas.draw()
    label = axes.xaxis.label.get_window_extent()
    assert figure.bbox.x0 <= label.x0 and label.x1 <= figure.bbox.x1


def test_a_scenario_too_close_to_call_has_no_side() -> None:
    dots = plot_paper.plot_families(scenarios(80.0, 0.5, -30.0), 50.0).lines[:3]
    assert [dot.get_color() for dot in dots] == [style.RIVAL, style.QUIET, style.SIGNING]
    assert [dot.get_marker() for dot in dots] == ["X", "X", "o"] and {dot.get_url() for dot in dots} == {"a.html"}


def test_colours_are_told_apart_by_readers_who_do_not_see_red_from_green() -> None:
    """Distances as seen with two kinds of cones, by Viénot, Brettel and Mollon (1999); light and dark."""
    sheet = (Path(style.__file__).parent / "template" / "style.css").read_text("utf-8")
    for names in (("signing", "rival", "other"), ("company", "partner")):
        for scheme in zip(*(re.findall(rf"--{name}: (#\w+)", sheet) for name in names), strict=True):
            seen = [as_seen(colour) for colour in scheme]
            pairs = [(a, b) for place, a in enumerate(seen) for b in seen[place + 1 :]]
            assert min(float(np.linalg.norm(a - b)) for a, b in pairs) > LEAST_APART


def as_seen(colour: str) -> np.ndarray:
    """The colour as a reader without one kind of cone sees it, red, green and blue from 0 to 1."""
    linear = np.array(to_rgb(colour)) ** GAMMA
    return np.clip(DEUTERANOPE @ linear, 0, 1) ** (1 / GAMMA)


# Words and numbers.


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Phase 2 success", "Phase 2 success"),
        ("INDs a year", "INDs a year"),
        ("US share of world sales", "US share of world sales"),
        ("A second bidder", "a second bidder"),
        ("Nominated lead to IND", "nominated lead to IND"),
    ],
)
def test_names_keep_their_capitals_inside_a_sentence(title: str, said: str) -> None:
    assert style.lowered(title) == said


def test_bands_are_told_with_their_units_and_out_of_how_many() -> None:
    missed = {"band": "Return", "value": 0.0382, "low": -0.03, "high": 0.03, "unit": "rate", "verdict": "outside"}
    met = missed | {"band": "Value", "verdict": "inside"}
    bands = pd.DataFrame([missed, met]).assign(plain=1.0, plain_verdict="inside")
    said = words("evidence", "outside-words", **checked(measured=bands, plain_out=0))
    assert "The base case misses 1 of 2 bands: return (3.8 %, not -3 % to 3 %)." in said
    assert "as the bands were drawn up, it misses 0." in said


def test_captions_end_alike_and_nothing_has_no_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(exhibit, "display", lambda html: shown.append(html.data))
    table = pd.DataFrame({"Day": ["by 2008-10-27", "2003-07-31"], "Amount": [-0.04, -1.26]})
    exhibit.show_table(table, "alike", "One finding. And another.")
    assert "<figcaption>One finding. And another</figcaption>" in shown[0]
    assert ">0.0</td>" in shown[0] and f">{style.MINUS}1.3</td>" in shown[0] and f"{style.MINUS}0.0" not in shown[0]
