"""No decision about money sees the future: what later quarters hold changes nothing decided by now."""

from collections.abc import Callable

import numpy as np
import pytest
from firm_futures import Future, Seen, decisions_changed
from firms import Founded, found, states

from partnering.company import stages, step
from partnering.company.diary import Entry
from partnering.company.firm import Firm
from partnering.company.portfolio import NONE, Portfolio
from partnering.company.state import State
from partnering.course.research import NEVER

UNTIL = (0, 3, 7, 12, 19, 30, 45)
TIGHT = {"company.opening_cash_musd": 60.0}


@pytest.fixture(scope="module")
def tight() -> tuple[Founded, list[State]]:
    """A firm short of money, on which every kind of decision falls either way."""
    founded = found(TIGHT, paths=150)
    return founded, states(founded.firm, max(UNTIL) + 1)


def changed(tight: tuple[Founded, list[State]], until: int) -> set[str]:
    founded, past = tight
    future = Future(founded.firm, past[until], until, np.random.default_rng(until))
    return decisions_changed(founded, until, future.another(), past)


@pytest.mark.parametrize("until", UNTIL)
def test_no_decision_depends_on_later_quarters(tight: tuple[Founded, list[State]], until: int) -> None:
    assert changed(tight, until) == set()


@pytest.mark.parametrize("until", UNTIL)
def test_nor_on_inputs_that_have_not_shown(tight: tuple[Founded, list[State]], until: int) -> None:
    founded, past = tight
    other = Seen(founded, past[: until + 1]).permuted(np.random.default_rng(until))
    moved = [
        ~np.array_equal(getattr(other.policy, n), getattr(founded.firm.policy, n)) for n in ("raise_limit", "tax_rate")
    ]
    assert any(moved)
    assert decisions_changed(founded, until, other, past) == set()


def test_every_decision_falls_either_way_and_futures_differ(tight: tuple[Founded, list[State]]) -> None:
    founded, past = tight
    last, lanes = past[-1], founded.firm.lanes
    assert 0 < (last.ended < NEVER).sum() < lanes and 0 < last.forced.sum() < (last.ended < NEVER).sum()
    assert 0 < (last.shares > founded.firm.policy.shares).sum() < lanes
    assert (last.sold < NEVER).any() and (last.price > 0).any()
    assert any(state.today["paused"].any() for state in past)
    assert ((last.shift > 0) & founded.firm.portfolio.mobile[:, None]).any()
    other = states(Future(founded.firm, past[12], 12, np.random.default_rng(0)).another(), 31)
    for name in ("ended", "shares", "sold", "cash", "running"):
        assert not np.array_equal(getattr(other[-1], name), getattr(past[30], name)), name


# Rules that cheat are caught by the same check.


def need_of_payments_to_come(patch: pytest.MonkeyPatch) -> None:
    """A need that knows the milestones of the next year."""
    honest = step.need

    def need(firm: Firm, state: State, quarter: int, ahead: int) -> np.ndarray:
        later = firm.diary.entries[Entry.START, quarter + 1 : quarter + 5].sum(axis=0)
        return honest(firm, state, quarter, ahead) - later

    patch.setattr(step, "need", need)


def market_of_tomorrow(patch: pytest.MonkeyPatch) -> None:
    honest = step.market_value
    patch.setattr(step, "market_value", lambda firm, state, quarter: honest(firm, state, quarter + 1))


def window_of_tomorrow(patch: pytest.MonkeyPatch) -> None:
    """A company that raises in any case where the window is about to shut."""
    honest = step.need

    def need(firm: Firm, state: State, quarter: int, ahead: int) -> np.ndarray:
        shuts = ~firm.open[min(quarter + 1, firm.policy.horizon - 1)]
        return honest(firm, state, quarter, ahead) + 100.0 * shuts

    patch.setattr(step, "need", need)


def stages_that_succeed(patch: pytest.MonkeyPatch) -> None:
    """Money is kept for the next stage only where the one under way will succeed."""
    honest = Portfolio.cost_after.func
    cheat = property(lambda portfolio: honest(portfolio) * (portfolio.follows != NONE))
    patch.setattr(Portfolio, "cost_after", cheat)


def end_known(patch: pytest.MonkeyPatch) -> None:
    """The expected end of a stage is its true end."""
    honest = stages._start

    def start(firm: Firm, state: State, quarter: int, row: np.ndarray) -> State:
        state = honest(firm, state, quarter, row)
        return state.change(expected_end=np.where(state.running >= 0, state.runs_until, state.expected_end))

    patch.setattr(stages, "_start", start)


def worth_of_tomorrow(patch: pytest.MonkeyPatch) -> None:
    """A company that winds down before bad news come in."""
    honest = step.going_concern

    def going_concern(firm: Firm, state: State, quarter: int, burn_ahead: int) -> np.ndarray:
        ahead = min(quarter + 1, firm.policy.horizon - 1)
        return honest(firm, state, quarter, burn_ahead) + firm.diary.entries[[Entry.OWN, Entry.HELD], ahead].sum(axis=0)

    patch.setattr(step, "going_concern", going_concern)


CHEATS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    function.__name__: function
    for function in (
        need_of_payments_to_come,
        market_of_tomorrow,
        window_of_tomorrow,
        stages_that_succeed,
        end_known,
        worth_of_tomorrow,
    )
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_rule_that_cheats_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    CHEATS[name](monkeypatch)
    founded = found(TIGHT, paths=150)
    past = states(founded.firm, 20)
    assert any(changed((founded, past), until) for until in (3, 7, 12, 19))


def test_a_rule_that_reads_inputs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company that knows for how much less it would sell its candidates, before it has sold any."""
    honest = step.need

    def need(firm: Firm, state: State, quarter: int, ahead: int) -> np.ndarray:
        return honest(firm, state, quarter, ahead) - 40.0 * firm.of_path(firm.policy.kept_in_sale)

    monkeypatch.setattr(step, "need", need)
    founded = found(TIGHT, paths=150)
    past = states(founded.firm, 20)
    caught = set()
    for until in (3, 7, 12, 19):
        other = Seen(founded, past[: until + 1]).permuted(np.random.default_rng(until))
        caught |= decisions_changed(founded, until, other, past)
    assert caught
