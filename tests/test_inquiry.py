"""Questions put to the base case with few ranges: what each answer promises, against the model asked directly."""

import numpy as np
import pandas as pd
import pytest
from helpers import load, with_leaves
from inquiries import real

from partnering.analysis.asked import PARTNER, Inquiry
from partnering.analysis.bridge import ALL_ELSE, bridge, factors_of, upfront_of
from partnering.analysis.information import value_information
from partnering.analysis.store import ANSWERS, ask_all
from partnering.analysis.what_if import ask
from partnering.inputs.analysis import Axis, Map, ranged
from partnering.results.schema import VIEW
from partnering.results.statistics import standard_error

PATHS = 2048
SCALE, LEAD_COST, PEAK = "deal.royalty.scale", "leads.cost_per_lead_musd", "sales.peak_median_musd"
SUCCESS, CASH, HAIRCUT = "success.phase_2_prob", "company.opening_cash_musd", "financing.sale_haircut"
NOT_OFFERED, BY_CHANCE = "deal.copromotion.us_profit_share", "deal.extension_prob"
KEPT = (SCALE, LEAD_COST, PEAK, SUCCESS, HAIRCUT, CASH, NOT_OFFERED, BY_CHANCE)
SIGN = "partnership"
MAPS = (
    Map(title="drawn", x=Axis(leaf=PEAK, levels=(130, 260, 450)), y=Axis(leaf=SUCCESS, levels=(0.28, 0.56))),
    Map(title="set", x=Axis(leaf=CASH, levels=(40, 101)), y=Axis(leaf=SCALE, levels=(0.6, 1.45))),
)


@pytest.fixture(scope="module")
def inquiry() -> Inquiry:
    return real(KEPT, PATHS, maps=MAPS)


@pytest.fixture(scope="module")
def tables(inquiry: Inquiry) -> dict[str, pd.DataFrame]:
    return ask_all(inquiry)


@pytest.fixture(scope="module")
def lead(inquiry: Inquiry) -> str:
    return f"{SIGN}-{inquiry.slugs[inquiry.nearest]}"


def test_every_table_has_its_columns_and_rows(tables: dict[str, pd.DataFrame]) -> None:
    assert {name: list(table.columns) for name, table in tables.items()} == ANSWERS
    assert all(len(table) for table in tables.values())


def test_what_was_asked_is_not_asked_again(inquiry: Inquiry, tables: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partnering.analysis.asked.ask", None)
    for name, table in ask_all(inquiry).items():
        pd.testing.assert_frame_equal(table, tables[name])


def test_what_moves_nothing_is_not_asked(inquiry: Inquiry, tables: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle inputs, and fixed ones at the value they have; an uncertain one set at its value is a question."""
    middle = inquiry.scenario[PEAK]
    assert (inquiry.ask([{PEAK: middle}], 64) != inquiry.ask([{}], 64)).any()
    monkeypatch.setattr("partnering.analysis.asked.ask", None)
    still, known = inquiry.ask([{NOT_OFFERED: 0.3, CASH: inquiry.scenario[CASH]}, {CASH: 101.0, PEAK: middle}], 64)
    assert still.tobytes() == inquiry.ask([{}], 64).tobytes() != known.tobytes()


# The tornado.


def test_every_input_with_a_range_is_in_the_tornado_and_has_a_verdict(
    inquiry: Inquiry, tables: dict[str, pd.DataFrame], lead: str
) -> None:
    paths = [leaf.path for leaf in ranged(inquiry.scenario)]
    assert set(paths) == set(KEPT)
    table = tables["tornado"]
    assert list(table["input"]) == [path for path in paths for _ in range(len(inquiry.slugs) + 1)]
    assert list(table["strategy"]) == [*inquiry.slugs, lead] * len(paths)
    assert list(tables["breakeven"]["input"].drop_duplicates()) == paths


def test_an_input_without_effect_has_no_swing_and_no_error(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["tornado"].set_index("input")
    assert (rows.loc[[NOT_OFFERED, BY_CHANCE], ["swing", "swing_se"]] == 0).all(axis=None)
    assert (rows.loc[[SCALE, LEAD_COST, PEAK, SUCCESS], "swing_se"] > 0).any(axis=None)


def test_a_wide_input_at_an_end_is_the_paired_mean_by_hand(
    inquiry: Inquiry, tables: dict[str, pd.DataFrame], lead: str
) -> None:
    wide = tables["tornado"].query("input == @PEAK and strategy == @lead")
    leaf = inquiry.scenario.leaves[wide["input"].iloc[0]]
    low, high, base = ask(inquiry.scenario, inquiry.seed, [{leaf.path: leaf.low}, {leaf.path: leaf.high}, {}], 128)[
        :, :, 0
    ]
    rivals = [inquiry.slugs.index(wide[f"{end}_rival"].iloc[0]) for end in ("low", "high")]
    moved = [values[0] - base[0] - (values[at] - base[at]) for values, at in zip((low, high), rivals, strict=True)]
    full = [(inquiry.values[0] - inquiry.values[at]).mean() for at in rivals]
    assert wide["at_low"].iloc[0] == pytest.approx(full[0] + moved[0].mean(), abs=1e-9)
    assert wide["at_high_se"].iloc[0] == pytest.approx(standard_error(moved[1]), abs=1e-9)
    assert wide["swing"].iloc[0] == pytest.approx(full[1] + moved[1].mean() - full[0] - moved[0].mean(), abs=1e-9)


def test_the_tornado_and_the_turns_say_the_same_of_an_end(tables: dict[str, pd.DataFrame], lead: str) -> None:
    """Of inputs whose least lead is at an end of their range."""
    ends = tables["tornado"].query("strategy == @lead").set_index("input")
    turns = tables["breakeven"].drop_duplicates("input").set_index("input")
    turns = turns[(turns["least_at"] == ends["low_input"]) | (turns["least_at"] == ends["high_input"])]
    least = ends.loc[turns.index, ["at_low", "at_high"]].min(axis="columns")
    assert len(turns) > 1 and turns["least_lead"].tolist() == pytest.approx(least.tolist(), abs=1e-9)


def test_directions(inquiry: Inquiry, tables: dict[str, pd.DataFrame], lead: str) -> None:
    """More royalty is good for signing alone; dear leads are bad for it; large markets are bad for nobody."""
    swing = tables["tornado"].set_index(["input", "strategy"])["swing"]
    assert swing[SCALE, lead] == pytest.approx(swing[SCALE, SIGN]) and swing[SCALE, SIGN] > 0
    assert swing[LEAD_COST, SIGN] < 0
    assert all(swing[PEAK, slug] >= 0 for slug in inquiry.slugs) and swing[PEAK, SIGN] > 0


# The bridge and the bargain.


def test_without_what_signing_brings_it_is_the_alternative(inquiry: Inquiry) -> None:
    """Every factor undone, each future is worth exactly what it is worth alone, whichever way of going alone.

    With all the money it could want: what the market knows of going on, which decides what a raise brings, stays.
    """
    scenario, rich = inquiry.scenario, {"financing.capital": "unlimited"}
    rivals = [slug for slug in inquiry.slugs[1:] if scenario[f"strategies.{slug}.family"] == "alone"]
    undone = [factors_of(scenario, SIGN, rival).values() for rival in rivals]
    changes = [{path: value for factor in factors for path, value in factor.items()} for factors in undone]
    answers = inquiry.ask([*(change | rich for change in changes), rich], 64)
    assert len(rivals) > 1
    for rival, signed in zip(rivals, answers[:-1, 0], strict=True):
        assert signed.tobytes() == answers[-1, inquiry.slugs.index(rival)].tobytes()


def test_the_steps_add_up_to_the_lead_of_the_run_both_ways(inquiry: Inquiry, tables: dict[str, pd.DataFrame]) -> None:
    table, run = tables["bridge"], inquiry.values[0] - inquiry.values[inquiry.nearest]
    assert table["value"].sum() == pytest.approx(run.mean(), abs=1e-9)
    assert table["backwards"].sum() == pytest.approx(run.mean(), abs=1e-9)
    steps = list(factors_of(inquiry.scenario, SIGN, inquiry.slugs[inquiry.nearest]))
    assert list(table["step"]) in (steps, [ALL_ELSE, *steps])


def test_what_the_factors_do_not_undo_is_a_step_of_its_own() -> None:
    """A dearer rate for those who sign is no factor of the deal: its step is what it does to the alternative."""
    scenario = with_leaves(load(), {f"strategies.{SIGN}.rate_spread": 0.02, "financing.capital": "unlimited"})
    inquiry, alone = real([SCALE], 16, scenario), "best"
    inquiry.__dict__["nearest"] = inquiry.slugs.index(alone)  # so few futures may have another rival ahead
    table = bridge(inquiry, 16)
    dearer = ask(inquiry.scenario, inquiry.seed, [{f"strategies.{alone}.rate_spread": 0.02}, {}], 16)[
        :, inquiry.nearest, 0
    ]
    assert len(table) == 5 and table["value"].iloc[0] == pytest.approx(table["backwards"].iloc[0], abs=1e-9)
    first, *_, last = factors_of(inquiry.scenario, SIGN, alone).values()
    without_first, without_last, full = ask(inquiry.scenario, inquiry.seed, [first, last, {}], 16)[:, 0, 0]
    assert table["backwards"].iloc[1] == pytest.approx((full - without_first).mean(), abs=1e-9)
    assert table["value"].iloc[-1] == pytest.approx((full - without_last).mean(), abs=1e-9)
    assert table["value"].iloc[0] == pytest.approx((dearer[0] - dearer[1]).mean(), abs=1e-9)


def test_a_transfer_of_nothing_is_the_run_and_money_moves_from_one_to_the_other(
    inquiry: Inquiry, tables: dict[str, pd.DataFrame]
) -> None:
    """The partner pays it before tax, dollar for dollar. Less than the deal's may end the company early."""
    table = tables["bargain"]
    assert table["transfer_musd"].is_monotonic_increasing and table["transfer_musd"].is_unique
    nothing = table.set_index("transfer_musd").loc[0.0]
    assert nothing["company_financed"] == pytest.approx(inquiry.values[0].mean(), abs=1e-9)
    partner = inquiry.run.paths[f"npv.{VIEW}.{SIGN}.partner"]
    assert nothing["partner_aftertax"] == pytest.approx(partner.mean(), abs=1e-9)
    assert nothing["partner_aftertax_se"] == pytest.approx(standard_error(partner), abs=1e-12)
    assert table["company_financed"].is_monotonic_increasing
    kept = 1 - inquiry.scenario["tax.partner_rate"]
    assert table["partner_aftertax"].is_monotonic_decreasing
    for row in table.query("transfer_musd > 0").itertuples():
        paid = kept * row.transfer_musd
        assert row.partner_aftertax == pytest.approx(nothing["partner_aftertax"] - paid, abs=1e-9)


def test_an_upfront_moves_no_extension(inquiry: Inquiry) -> None:
    """What is paid at signing leaves the partner every later payment as it is, on every future."""
    change = upfront_of(inquiry.scenario, 20.0)
    richer, base = inquiry.ask([change, {}], 64, party=PARTNER)[:, 0]
    paid = 20.0 - inquiry.scenario["deal.upfront_musd"]
    assert base - richer == pytest.approx(paid * (1 - inquiry.scenario["tax.partner_rate"]), abs=1e-9)


# Maps, information.


@pytest.mark.parametrize(("title", "x_path", "y_path"), [("drawn", PEAK, SUCCESS), ("set", CASH, SCALE)])
def test_a_map_is_what_is_asked_at_its_points(
    inquiry: Inquiry, tables: dict[str, pd.DataFrame], title: str, x_path: str, y_path: str
) -> None:
    table = tables["maps"].query("map == @title")
    wanted = next(one for one in MAPS if one.title == title)
    points = [(x, y) for y in wanted.y.levels for x in wanted.x.levels]
    assert list(zip(table["x"], table["y"], strict=True)) == points and set(table["how"]) == {"asked"}
    for row in table.iloc[[0, -1]].itertuples():
        change, paths = {x_path: row.x, y_path: row.y}, inquiry.settings.paths
        rival, least = inquiry.least(ask(inquiry.scenario, inquiry.seed, [change], paths)[0, :, 0])
        assert (row.lead, row.lead_se, row.rival) == (*least, inquiry.slugs[rival])


def test_knowing_one_input_is_worth_what_nested_simulation_finds(inquiry: Inquiry) -> None:
    """Sign or take its mean for sure: the gain from knowing the peak, from nine pins and from the draws of the run."""
    nodes, few = 9, 256
    draw, values = inquiry.run.paths[f"theta.{PEAK}"], inquiry.values[0]
    pins = [{PEAK: float(np.quantile(draw, (node + 0.5) / nodes))} for node in range(nodes)]
    answers = inquiry.ask([*pins, {}], few)[:, 0]
    gains = answers[:-1] - answers[-1]  # on the same futures, so that most of the luck is gone
    chosen = gains.mean(axis=1) > 0
    nested, error = gains[chosen].sum(axis=0).mean() / nodes, standard_error(gains[chosen].sum(axis=0) / nodes)
    decisions = np.stack([values - values.mean(), np.zeros(PATHS)], axis=1)
    known = value_information(decisions, {PEAK: draw}, {PEAK: [PEAK]})[PEAK]
    assert known.distinct and nested > 3 * error
    assert abs(known.value - nested) <= 3 * np.hypot(known.error, error)
