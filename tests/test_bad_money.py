"""Scenario files whose company cannot be: cash, shares, capital market and tax that no file may state.

Every case is one leaf, or two that do not fit; check and run both refuse it in one line, with exit code 2.
"""

from pathlib import Path
from typing import Any

import pytest
from edits import few_params, line_of, not_run, refused, scenario_text, write
from helpers import load

from partnering.inputs import load_scenario

AT_LEAST = "expected at least 0"
ABOVE = "expected more than 0"
BELOW = "expected less than 1"
FRACTION = "expected at most 1 (a fraction, not a percent)"
LOOK, COVER = "financing.look_ahead_years", "financing.raise_for_years"

# leaf, value, what the line says after the leaf's own path
VALUES: tuple[tuple[str, Any, str], ...] = (
    ("company.opening_cash_musd", -1.0, f"got -1.0, {AT_LEAST}"),
    ("company.other_burn_musd", -16.0, f"got -16.0, {AT_LEAST}"),
    ("company.rights_only_burn_musd", -3.0, f"got -3.0, {AT_LEAST}"),
    ("company.shares_millions", -40.6, f"got -40.6, {ABOVE}"),
    ("company.shares_millions", 0.0, f"got 0.0, {ABOVE}"),
    ("company.pre_deal_value_musd", 0.0, f"got 0.0, {ABOVE}"),
    ("company.franchise_years", 0.0, f"got 0.0, {ABOVE}"),
    ("company.fiscal_year_end_month", 13, "got 13, expected at most 12"),
    ("company.fiscal_year_end_month", 0, "got 0, expected at least 1"),
    ("company.fiscal_year_end_month", 6.5, "got 6.5, expected a whole number"),
    ("financing.capital", "plenty", "got \"plenty\", expected 'limited' or 'unlimited'"),
    ("financing.window_shut_share", -0.1, f"got -0.1, {AT_LEAST}"),
    ("financing.window_shut_share", 1.0, f"got 1.0, {BELOW}"),
    ("financing.window_shut_share", 30.0, f"got 30.0, {BELOW}"),
    ("financing.window_shut_years", 0.0, f"got 0.0, {ABOVE}"),
    ("financing.window_open_today", "yes", 'got "yes", expected true or false'),
    ("financing.raise_limit_share", 1.2, f"got 1.2, {FRACTION}"),
    ("financing.raise_least_musd", -10.0, f"got -10.0, {AT_LEAST}"),
    ("financing.raise_gap_years", -1.0, f"got -1.0, {AT_LEAST}"),
    ("financing.look_ahead_years", 0.0, f"got 0.0, {ABOVE}"),
    ("financing.buffer_years", -0.5, f"got -0.5, {AT_LEAST}"),
    ("financing.distress_years", -1.0, f"got -1.0, {AT_LEAST}"),
    ("financing.postpone_years", -2.0, f"got -2.0, {AT_LEAST}"),
    ("financing.issue_fee_rate", 1.0, f"got 1.0, {BELOW}"),
    ("financing.issue_discount_rate", 6.0, f"got 6.0, {BELOW}"),
    ("financing.market_log_sd", -0.5, f"got -0.5, {AT_LEAST}"),
    ("financing.sale_haircut", -0.25, f"got -0.25, {AT_LEAST}"),
    ("financing.sale_haircut", 1.5, f"got 1.5, {FRACTION}"),
    ("tax.company_rate", 1.0, f"got 1.0, {BELOW}"),
    ("tax.partner_rate", 38.0, f"got 38.0, {BELOW}"),
    ("tax.losses_musd", -150.0, f"got -150.0, {AT_LEAST}"),
    ("tax.losses_years", 0.0, f"got 0.0, {ABOVE}"),
    ("announcement.price_before_usd", 0.0, f"got 0.0, {ABOVE}"),
)

# leaves, the one the line is about, and what it says
PAIRS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a look ahead longer than a raise covers": ({LOOK: 3.0}, LOOK, f"got 3 years, expected at most the 2 of {COVER}"),
    "a raise for less than the look ahead": ({COVER: 0.5}, COVER, f"got 0.5 years, expected at least the 1 of {LOOK}"),
    "both changed": ({LOOK: 2.0, COVER: 1.5}, COVER, f"got 1.5 years, expected at least the 2 of {LOOK}"),
}


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return few_params(tmp_path)


@pytest.mark.parametrize("path, value, expected", VALUES, ids=[f"{path}={value}" for path, value, _ in VALUES])
def test_what_no_company_has_is_refused_in_one_line(
    path: str, value: Any, expected: str, params: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = line_of(write(params, scenario_text({path: value})), f"{path}:")
    said = [f"params/scenarios/mine.yaml:{number}: {path}.value: {expected}"]
    assert refused(capsys, "check", "mine") == not_run(capsys, "mine") == said


@pytest.mark.parametrize("case", PAIRS)
def test_a_raise_covers_what_cash_must_do_for(case: str, params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves, path, expected = PAIRS[case]
    number = line_of(write(params, scenario_text(leaves)), f"{path}:")
    said = [f"params/scenarios/mine.yaml:{number}: {path}: {expected}"]
    assert refused(capsys, "check", "mine") == not_run(capsys, "mine") == said


def test_a_range_may_not_leave_what_a_value_may_not(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A window shut for good at the end of its range would leave no market to return to."""
    path = "financing.window_shut_share"
    text = scenario_text({path: 0.5}).replace("value: 0.5,", "value: 0.5, low: 0.2, high: 1.0, dist: triangular,")
    number = line_of(write(params, text), f"{path}:")
    assert refused(capsys, "check", "mine") == [f"params/scenarios/mine.yaml:{number}: {path}.high: got 1.0, {BELOW}"]


def test_a_look_ahead_as_long_as_a_raise_covers_is_accepted(params: Path) -> None:
    write(params, scenario_text({LOOK: 2.0, COVER: 2.0}))
    assert load_scenario("mine", params)[LOOK] == 2.0


def test_cases_are_right_but_for_their_fault(params: Path) -> None:
    base = load()
    paths = {path for path, _, _ in VALUES} | {LOOK, COVER}
    write(params, scenario_text({path: base[path] for path in sorted(paths)}))
    assert load_scenario("mine", params).digest != base.digest  # the same values, their ranges gone
