"""The capital market: its window and its swings have the statistics of the inputs, and luck of their own."""

from math import log, sqrt
from typing import Any

import numpy as np
import pytest
from helpers import ALWAYS_OPEN, NEVER_OPEN, SEED, load, standard_error, vary, with_leaves, without_ranges
from numpy.typing import NDArray

from partnering.model import draws
from partnering.model.draws import BLOCK, draw_candidates, draw_luck
from partnering.model.futures import draw_market
from partnering.model.records import Market
from partnering.model.views import PLANNED

FIXED = without_ranges(load())


def market(changes: dict[str, Any] | None = None, block: int = 0, size: int = BLOCK) -> Market:
    """Arrays (path, quarter) of a block."""
    return draw_market(draw_luck(with_leaves(FIXED, changes or {}), SEED, block, size))


def near(values: NDArray, expected: float, errors: float = 3.0) -> bool:
    return abs(values.mean() - expected) < errors * standard_error(values)


@pytest.mark.parametrize("share", [0.15, 0.30, 0.50])
@pytest.mark.parametrize("years", [0.5, 1.5, 3.0])
def test_the_window_is_shut_for_its_share_of_the_time_and_in_spells_of_its_length(share: float, years: float) -> None:
    changes = {"financing.window_shut_share": share, "financing.window_shut_years": years}
    shut = market(changes).open.T == 0
    opens, late = 1 / (4 * years), slice(60, None)
    shuts = opens * share / (1 - share)
    assert (1 - opens - shuts) ** 60 < 0.01  # what the day still says of quarter 60
    assert near(shut[late].mean(axis=0), share)
    begins, spells = np.nonzero((~shut[:-1] & shut[1:])[:60].T)[::-1], []
    for quarter, path in zip(*begins, strict=True):
        rest = shut[quarter + 1 :, path]
        spells.append(int(np.argmin(rest)) if not rest.all() else len(rest))
    assert near(np.array(spells), 4 * years)


@pytest.mark.parametrize("today", [True, False])
def test_the_window_is_on_the_day_as_the_inputs_say_and_forgets_it(today: bool) -> None:
    opened = market({"financing.window_open_today": today}).open.T
    assert (opened[0] == today).all()
    share, opens = FIXED["financing.window_shut_share"], 1 / (4 * FIXED["financing.window_shut_years"])
    keeps = 1 - opens - opens * share / (1 - share)
    for quarter in (1, 4, 12):  # a two-state chain goes back to its shares at the rate of its second eigenvalue
        expected = (1 - share) + (today - (1 - share)) * keeps**quarter
        assert near(opened[quarter].astype(float), expected, 3.5)


def test_the_shut_share_is_each_path_s_own() -> None:
    """With its range, paths with a higher share are shut for longer: what is not known is drawn once a path."""
    luck = draw_luck(load(), SEED, 0)
    share, opened = luck.theta["financing.window_shut_share"], draw_market(luck).open[:, 60:]
    for half in (share < np.median(share), share >= np.median(share)):
        assert near(1.0 - opened[half].mean(axis=1) - share[half], 0.0)


def test_always_open_and_never_open() -> None:
    assert market(ALWAYS_OPEN).open.all()
    assert not market(NEVER_OPEN).open.any()


def test_a_swing_has_mean_one_in_every_quarter_and_starts_from_today_s_price() -> None:
    swing = np.concatenate([market(block=block).swing for block in range(3)]).T
    assert np.array_equal(swing[0], np.ones(swing.shape[1]))
    off = [abs(row.mean() - 1) / standard_error(row) for row in swing[1:]]
    assert max(off) < 4
    assert sum(one > 2 for one in off) < 20  # of 139: far more than luck would have if the mean were not one


@pytest.mark.parametrize(("sd", "half_life"), [(0.5, 1.0), (0.3, 3.0)])
def test_swings_have_the_spread_and_the_half_life_of_the_inputs(sd: float, half_life: float) -> None:
    size = BLOCK
    logs = np.log(market({"financing.market_log_sd": sd, "financing.market_half_life_years": half_life}).swing.T)
    later = int(4 * half_life)
    for quarter in (80, 139):
        assert logs[quarter].std() == pytest.approx(sd, abs=4 * sd / sqrt(2 * size))
    assert logs[later].std() == pytest.approx(sd * sqrt(1 - 0.25), abs=4 * sd / sqrt(2 * size))  # a half-life after
    kept = np.corrcoef(logs[80], logs[80 + later])[0, 1]
    assert kept == pytest.approx(0.5, abs=4 * (1 - 0.25) / sqrt(size))
    assert log(np.median(np.exp(logs[139]))) == pytest.approx(-(sd**2) / 2, abs=4 * sd * sqrt(1.5708 / size))


def test_a_path_s_market_depends_on_its_block_and_place_only() -> None:
    whole, few = market(), market(size=50)
    assert np.array_equal(whole.open[:50], few.open) and np.array_equal(whole.swing[:50], few.swing)
    other = market(block=1)
    assert not np.array_equal(other.swing, whole.swing)
    assert abs(np.corrcoef(np.log(whole.swing[:, 40]), np.log(other.swing[:, 40]))[0, 1]) < 4 / sqrt(BLOCK)
    shorter = market({"valuation.horizon_years": 10.0})
    assert np.array_equal(shorter.open, whole.open[:, :40]) and np.array_equal(shorter.swing, whole.swing[:, :40])


def test_window_swing_and_inputs_are_independent() -> None:
    luck = draw_luck(load(), SEED, 0)
    met = draw_market(luck)
    for quarter in (4, 40):
        opened, level = met.open[:, quarter], np.log(met.swing[:, quarter])
        assert abs(np.corrcoef(opened, level)[0, 1]) < 4 / sqrt(BLOCK)
        assert abs(np.corrcoef(level, luck.theta["sales.peak_median_musd"])[0, 1]) < 4 / sqrt(BLOCK)


def test_the_market_has_streams_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other draw reads them, so that drawing a market or none moves nothing else."""
    read: list[str] = []
    honest = draws.uniforms

    def listed(seed: int, name: str, *rest: int) -> NDArray:
        read.append(name)
        return honest(seed, name, *rest)

    monkeypatch.setattr(draws, "uniforms", listed)
    luck = draw_luck(load(), SEED, 0, 30)
    futures, drawn = draw_candidates(luck, 60.0, 5.0)
    assert read and not [name for name in read if name.startswith("capital/")]
    moved = draw_luck(with_leaves(load(), {"financing.market_log_sd": 1.0} | NEVER_OPEN), SEED, 0, 30)
    again = draw_candidates(moved, 60.0, 5.0)
    assert np.array_equal(futures, again[0]) and np.array_equal(drawn, again[1])


def test_the_planned_view_has_no_use_for_the_market() -> None:
    one, other = (vary(changes, views=(PLANNED,)) for changes in ({}, NEVER_OPEN))
    for slug in one.played:
        assert np.array_equal(one.value(slug, view=PLANNED), other.value(slug, view=PLANNED))
