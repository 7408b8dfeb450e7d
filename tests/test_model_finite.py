"""An amount that is no finite number stops a run: one line names scenario, strategy, path and line."""

from typing import Any

import numpy as np
import pytest
from helpers import SEED, base_packed, load
from other_futures import block

from partnering.model import run

PATHS, HORIZON = 6, 24


def said(slug: str, first: int = 0, **replaced: Any) -> str:
    """What is said of a strategy with some of its draws replaced; the block's first path has this number."""
    given = block(slug, PATHS, HORIZON)
    draws = {"futures": given.futures, "drawn": given.drawn, "market": given.market} | replaced
    with pytest.raises(run.NonFinite) as found:
        list(run.finite(run.play([given.packed], **draws, keep=run.Keep(told=1)), "base", first))
    return str(found.value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # uncompiled, NumPy itself says what is about to happen
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_input_that_is_no_number_is_named_by_the_first_line_it_reaches(bad: float) -> None:
    """What Phase 1 costs a company, from path 2 on; a block that begins with path 4,096 counts from there."""
    futures = block("market", PATHS, HORIZON).futures.copy()
    futures["cost"][2:, 1] = bad
    assert said("market", futures=futures) == "scenario base, strategy market, path 2: phase_1 is not a finite number"
    assert said("market", 4096, futures=futures).startswith("scenario base, strategy market, path 4098: ")


def test_so_is_the_luck_of_one_candidate() -> None:
    """The last inherited candidate's cost of preclinical work, borne by the partner: they stand path by path."""
    drawn = block("partnership", PATHS, HORIZON).drawn.copy()
    drawn["cost_factor"][3 * PATHS - 1, 0] = np.nan
    said_of = f"scenario base, strategy partnership, path {PATHS - 1}: preclinical is not a finite number"
    assert said("partnership", drawn=drawn) == said_of


def test_a_number_of_shares_is_no_line_but_is_told_too() -> None:
    """The company raises at a market value that is none: what a share is worth, if not the raise itself, is said."""
    given = block("market", PATHS, HORIZON)
    market = given.market._replace(swing=np.full_like(given.market.swing, np.nan))
    assert said("market", market=market).split(": ")[1].split()[0] in ("value_per_share", "equity_raise")


def test_a_block_of_a_run_stops_with_that_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws as a run makes them, of its second block, with one leaf spoilt: the first strategy that meets it."""
    honest = run.draw_candidates

    def spoilt(*given: Any) -> Any:
        futures, drawn = honest(*given)
        futures["cost"][1, 0] = np.nan
        return futures, drawn

    monkeypatch.setattr(run, "draw_candidates", spoilt)
    played = run.play_block(load(), base_packed(), SEED, 1, 2)[1]
    assert next(played).packed.slug == "partnership"  # where the partner pays for it
    with pytest.raises(run.NonFinite) as found:
        next(played)
    assert str(found.value) == "scenario base, strategy market, path 4097: preclinical is not a finite number"
