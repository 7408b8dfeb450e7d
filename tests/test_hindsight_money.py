"""Payments that came are valued as the forecast values those it foresees, and add up to what is on record."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import SEED, load, run_world
from later import PATHS, back, facts, foreseen

from partnering.analysis.foreseen import GROUPS, RIGHTS
from partnering.analysis.happened import tabulate_alternatives
from partnering.analysis.hindsight import TOTAL, LookBack, tabulate_facts, tabulate_receipts
from partnering.analysis.payments import Payment, present_value
from partnering.model.lines import DEAL_LINES
from partnering.model.run import slugs_of
from partnering.model.stages import MARKET, PHASE_2

RATE = load()["valuation.discount_rate"]
DEAL = slugs_of(load())[0]


def test_payments_by_hand() -> None:
    """12 on the day; 30 in quarter 55: 30 / (1.11 x 1.025)^13.75; 4 over a year: quarters' middles."""
    scenario, both = load(), 1.11 * 1.025
    assert present_value(scenario, [Payment("upfront", 12, 0.0)], RATE) == pytest.approx(12)
    assert present_value(scenario, [Payment("buy_out", 30, 13.82)], RATE) == pytest.approx(30 / both**13.75)
    spread = sum(1 / both ** (q / 4 + 1 / 8) for q in range(12, 16))
    assert present_value(scenario, [Payment("extension_funding", 4, 3.09, 0.997)], RATE) == pytest.approx(spread)
    assert present_value(scenario, [Payment("late", 5, 35.0)], RATE) == 0


def test_a_payment_falls_in_the_quarter_of_its_day() -> None:
    assert Payment("a", 1, 0.2499).quarters.tolist() == [0]
    assert Payment("a", 1, 0.25).quarters.tolist() == [1]
    assert Payment("a", 8, 1.1, 1.0).quarters.tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize("line", ["upfront", "research_funding"])
def test_what_was_agreed_is_worth_what_the_forecast_says_to_the_last_digit(line: str) -> None:
    worth = present_value(load(), back().in_groups(line), RATE)
    assert foreseen().worth([line]) == pytest.approx(np.full(PATHS, worth), rel=1e-13)


def test_what_came_is_valued_at_the_rate_of_the_company_that_signs() -> None:
    dear = replace(foreseen(), rate=0.15)
    looked = LookBack(load(), facts(), dear)
    for line in ("upfront", "research_funding"):
        assert dear.worth([line]) == pytest.approx(np.full(PATHS, looked.worth(looked.in_groups(line))))
    assert looked.worth(looked.received) < back().worth(back().received)


def test_the_forecasts_own_stream_of_a_future_is_worth_what_the_forecast_says() -> None:
    """Milestones and extensions of single futures, put in as if they had come."""
    milestones, extension = foreseen().received(["milestones"]), foreseen().received(["extension_funding"])
    for path in range(0, PATHS, 40):
        came = [Payment("milestones", musd, q / 4) for q, musd in enumerate(milestones[path]) if musd]
        assert present_value(load(), came, RATE) == pytest.approx(foreseen().worth(["milestones"])[path])
        years = extension[path].reshape(-1, 4).sum(axis=1)
        taken = [Payment("extension_funding", musd, float(year), 1.0) for year, musd in enumerate(years) if musd]
        assert present_value(load(), taken, RATE) == pytest.approx(foreseen().worth(["extension_funding"])[path])


def test_what_is_foreseen_is_the_model_s_own() -> None:
    """Receipts are the lines of the deal of the strategy that signs, path by path; approvals those of its products."""
    world = run_world(load(), PATHS, slugs=[DEAL], seed=SEED)
    played = world.played[DEAL]
    lines = played.books["value_sum"][0, 0, :DEAL_LINES, 0] / PATHS
    assert foreseen().worth(GROUPS).mean() == pytest.approx(lines.sum(), abs=1e-9)
    path, course = world.courses(DEAL)
    approved = (course["collaboration"] == 1) & (course["entered"][:, MARKET] == 1)
    mine = np.bincount(path[approved], minlength=PATHS)
    assert np.array_equal(foreseen().starts(MARKET, load()["valuation.horizon_years"]), mine)
    assert np.array_equal(np.isfinite(foreseen().first_approval_years), mine > 0)


def test_later_days_have_seen_as_much_or_more() -> None:
    days = np.arange(0.0, 35.0, 2.5)
    for grown in (
        [foreseen().starts(PHASE_2, years) for years in days],
        [foreseen().received_by(("milestones", RIGHTS), years) for years in days],
    ):
        assert (np.diff(np.array(grown), axis=0) >= -1e-9).all() and np.any(grown[-1] > grown[0])
    first = foreseen().first_approval_years
    for years in days:
        assert np.array_equal(first <= years, foreseen().starts(MARKET, years) > 0)


def test_worth_from_a_later_day_on_adds_up() -> None:
    """What comes before a quarter, and what comes from it on brought back to signing, are the whole."""
    since, groups = 20, ["milestones", "extension_funding", RIGHTS]
    both = (1.11 * 1.025) ** (since / 4)
    early = [Payment("milestones", m, q / 4) for q, m in enumerate(foreseen().received(["milestones"])[0][:since]) if m]
    later = foreseen().worth(["milestones"], since)[0]
    assert present_value(load(), early, RATE) + later / both == pytest.approx(foreseen().worth(["milestones"])[0])
    assert (foreseen().worth(groups, since) / both <= foreseen().worth(groups) + 1e-9).all()


# What is on record


def test_the_sums_are_those_of_the_evidence() -> None:
    """12 + 50.7 + 18.2 + 10.4 = 91.3 committed, within the 99 that holds the 12; 20.5 and 30 more; 7 apart."""
    receipts = tabulate_receipts(back()).set_index("line")["paid"]
    committed = receipts[["upfront", "research_funding", "extension_funding"]].sum()
    assert committed == pytest.approx(91.3) and committed < load()["deal.committed_ceiling_musd"]
    assert receipts[TOTAL] == pytest.approx(141.8) == committed + receipts["milestones"] + receipts[RIGHTS]
    assert sum(paid.value for paid in facts().payments if paid.line == "side") == pytest.approx(7.0)


def test_values_add_up_by_line_and_by_payment() -> None:
    receipts, under = tabulate_receipts(back()).set_index("line"), sum(back().worth([paid]) for paid in back().received)
    assert receipts.loc[TOTAL, "value"] == pytest.approx(under) == receipts.drop(TOTAL)["value"].sum()
    assert receipts.loc[TOTAL, "value_mean"] == pytest.approx(receipts.drop(TOTAL)["value_mean"].sum())
    assert set(receipts.index) == {*GROUPS, TOTAL}


def test_products_are_counted_by_their_days() -> None:
    table = tabulate_facts(back())
    products = table[table["unit"] == "products"]
    assert products["happened"].tolist() == [5, 6, 5, 2, 1]
    assert not any("SAR428926" in product.name for product in facts().products)
    first = table.set_index("what").loc["first_approval"]
    assert first["happened"] == pytest.approx(16.67, abs=0.01)


def test_a_fact_that_moves_moves_its_place() -> None:
    """Twenty times the buy-out: outside nine tenths of futures; nothing of what was foreseen moves."""
    paid = [p.model_copy(update={"value": 20 * p.value}) if p.line == "buy_out" else p for p in facts().payments]
    before, after = tabulate_facts(back()), tabulate_facts(back(payments=tuple(paid)))
    drawn = ["p05", "p50", "p95"]
    assert before[drawn].equals(after[drawn])
    moved = (before.set_index("what")["happened"] != after.set_index("what")["happened"]).pipe(
        lambda m: set(m[m].index)
    )
    assert moved == {TOTAL, "buy_out", "value"}
    at = [table.set_index("what").loc[TOTAL] for table in (before, after)]
    assert at[1]["place"] > at[0]["place"] and at[0]["inside"] and not at[1]["inside"]


def test_the_alternatives_by_hand() -> None:
    """34 + 200 + 65 = 299; a share at 31.26 after 20 and a half years: 31.26 / (1.11 x 1.025)^20.5."""
    table = tabulate_alternatives(back())
    assert table.loc[table["product"] == facts().licence.name, "amount"].sum() == pytest.approx(299)
    share = table[table["unit"] == "usd_per_share"].iloc[0]
    assert share["value"] == pytest.approx(31.26 / (1.11 * 1.025) ** 20.5)
