"""No decision sees the future: with all that is later drawn again, every amount up to a quarter is what it was."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from other_futures import another, block, changed, differing

from partnering.model import lines, portfolio, stages, told, views
from partnering.model.records import Market

COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]
PATHS, HORIZON = (256, 140) if COMPILED else (16, 60)
"""Uncompiled a future takes some hundred times as long."""

SLUGS = ("partnership", "market", "concept", "best")
UNTIL = (0, 3, 8, 12, 19, 30, 45)


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_later_moves_what_is_decided_by_now(slug: str) -> None:
    """Cash, what management and the market saw, every line of the company, in all views, up to and in the quarter.

    Drawn again are the market, ends of stages under way and all of later ones, leads and licences not found, answers
    to offers of a licence, drops, peak sales; and what is not known of sales, where there have been none.
    """
    given = block(slug, PATHS, HORIZON)
    before = given.lived()
    assert [until for until in UNTIL if changed(given, until, before)] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_later_futures_differ_and_every_decision_is_taken(slug: str) -> None:
    """Else the check above would hold for nothing."""
    given = block(slug, PATHS, HORIZON)
    before, after = given.lived(), another(given, given.lived(), 8).lived()
    assert (before.balance[:, :, 50] != after.balance[:, :, 50]).mean() > 0.3
    taken, paused = before.paid[views.FINANCED].any(axis=(0, 2)), before.told[views.FINANCED, :, told.PAUSED]
    assert taken[[lines.EQUITY_RAISE, lines.RIGHTS_SOLD, lines.PAID_TO_OWNERS]].all()
    assert slug == "partnership" or 0 < paused.mean() < 1


@pytest.mark.parametrize("slug", SLUGS)
def test_a_future_is_the_same_whatever_was_lived_before_it(slug: str) -> None:
    """To the last bit, from the first to the last and the other way round; what is told of it is its own."""
    given = block(slug, PATHS, HORIZON)
    before = given.lived()
    market = Market(*(np.ascontiguousarray(each[::-1]) for each in given.market))
    turned = replace(given, futures=given.futures[::-1].copy(), market=market)
    assert differing(before, turned.lived(), backwards=True) == set()
    issued, paid = before.told[views.FINANCED, :, told.NEW_SHARES], before.paid[views.FINANCED, :, lines.EQUITY_RAISE]
    np.testing.assert_array_equal(issued > 0, paid > 0)


# Rules that cheat are caught by the same check.

Rule = Callable[..., Any]


def market_of_tomorrow(honest: Rule) -> Rule:
    def market_value(rules: Any, contract: Any, firm: Any, cash: float, q: int) -> float:
        return honest(rules, contract, firm, cash, q) * firm["swing"][tomorrow(q)] / firm["swing"][q]

    return market_value


def tomorrow(q: int) -> int:
    return min(q + 1, HORIZON - 1)


def window_of_tomorrow(honest: Rule) -> Rule:
    def need(rules: Any, contract: Any, firm: Any, *rest: Any) -> float:
        return honest(rules, contract, firm, *rest) + 100.0 * (1 - firm["open"][tomorrow(rest[-1])])

    return need


def real_end(honest: Rule) -> Rule:
    def spending_ahead(c: Any, q: int, ahead: int) -> float:
        stage, left = c["running"], max(c["runs_until"] - q, 1)
        return honest(c, q, ahead) if stage == stages.MARKET else portfolio.spending(c, stage) * min(left, ahead)

    return spending_ahead


def only_if_it_succeeds(honest: Rule) -> Rule:
    return lambda c, stage: honest(c, stage) if c["next"] != stages.NONE else 0.0


def outcome(honest: Rule) -> Rule:
    return lambda rules, beliefs, c, stage: honest(rules, beliefs, c, stage) and c["luck"] < 0.3


def peak(honest: Rule) -> Rule:
    return lambda rules, beliefs, c, stage: honest(rules, beliefs, c, stage) and c["peak"] > 200


def taker(honest: Rule) -> Rule:
    return lambda rules, beliefs, c, *rest: honest(rules, beliefs, c, *rest) and c["taker"].min() < 0.5


def two_years_on(honest: Rule) -> Rule:
    return lambda c, q: honest(c, q + 8)


def sales_of_the_company(honest: Rule) -> Rule:
    def raise_equity(rules: Any, future: Any, firm: Any, book: Any, value: float, wanted: float, q: int) -> float:
        return honest(rules, future, firm, book, value * future["company_ceiling"], wanted, q)

    return raise_equity


CHEATS: dict[str, tuple[str, Callable[[Rule], Rule], str, tuple[int, ...]]] = {
    "the market value knows tomorrow's swing": ("market_value", market_of_tomorrow, "market", (3, 12)),
    "a need knows whether the window is about to shut": ("need", window_of_tomorrow, "market", (3, 12)),
    "a need knows when the stage under way ends": ("spending_ahead", real_end, "market", (3, 12)),
    "a need knows whether it succeeds": ("cost_after", only_if_it_succeeds, "market", (3, 12)),
    "a gate knows the outcome": ("goes_on", outcome, "partnership", (3, 12)),
    "a gate knows the peak": ("goes_on", peak, "market", (3, 12)),
    "a search knows the taker": ("wants_licence", taker, "best", (3, 8, 12)),
    "an extension knows who will be dosed": ("dosed_and_alive", two_years_on, "partnership", (8, 12)),
    "a raise knows inputs that only sales show": ("raise_equity", sales_of_the_company, "market", (3, 12)),
}


@pytest.mark.skipif(COMPILED, reason="a rule of compiled code cannot be replaced")
@pytest.mark.parametrize("name", CHEATS)
def test_a_rule_that_cheats_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is replaced wherever the kernel knows it by its name."""
    rule, cheat, slug, untils = CHEATS[name]
    given = block(slug, PATHS, HORIZON)
    known = [m for at, m in sys.modules.items() if at.startswith("partnering.model.") and hasattr(m, rule)]
    planted = cheat(getattr(known[0], rule))
    for module in known:
        monkeypatch.setattr(module, rule, planted)
    assert any(changed(given, until) for until in untils)
