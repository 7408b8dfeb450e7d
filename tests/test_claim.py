"""The claim of products: with research of its own on both sides, against the plan alone with most that return."""

from pathlib import Path

import numpy as np
import pytest
from helpers import SEED, load
from interface import FAMILIES, rows
from numpy.typing import NDArray

from partnering.model.pack import Packed
from partnering.model.run import Keep, pack, play_block
from partnering.model.views import FINANCED, PLANNED
from partnering.results.schema import READINGS
from partnering.results.statistics import Z90
from partnering.results.variants import choose

PATHS = 400
SIGN, ALONE = FAMILIES["sign"][0], FAMILIES["alone"]
VIEWS = {"planned": PLANNED, "financed": FINANCED}


@pytest.fixture(scope="module")
def packed() -> list[Packed]:
    return pack(load())


@pytest.fixture(scope="module")
def counted(packed: list[Packed]) -> dict[str, NDArray]:
    """Products of every strategy with research of its own, (view, reading, path)."""
    first = {each.slug: each for each in reversed(packed) if each.family != "give_up" and each.variant.research}
    _, played = play_block(load(), list(first.values()), SEED, 0, PATHS, Keep(views=(PLANNED, FINANCED)))
    return {
        each.packed.slug: np.array([[each.kept.out[view][name] for name in READINGS] for view in VIEWS.values()])
        for each in played
    }


def limits(above: NDArray, below: NDArray) -> tuple[float, float, float]:
    """A ratio of means with its limits, from leaving out one future at a time."""
    n, ratio = len(above), above.sum() / below.sum()
    without = (above.sum() - above) / (below.sum() - below)
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return ratio, ratio - Z90 * error, ratio + Z90 * error


def test_it_counts_products_with_research_whichever_variant_stands(
    packed: list[Packed], counted: dict[str, NDArray]
) -> None:
    standing, claim = choose(load(), packed, SEED, PATHS, 1)
    assert not all(each.variant.research for each in standing)  # or the promise would be empty
    most = max(ALONE, key=lambda slug: counted[slug][0, READINGS.index("returning")].mean())
    assert set(claim["alone_strategy"]) == {most} and set(claim["paths"]) == {PATHS}
    table = claim.set_index(["view", "reading"])
    assert list(table.index) == [(view, reading) for view in VIEWS for reading in READINGS]
    for at, view in enumerate(VIEWS):
        for place, reading in enumerate(READINGS):
            row, signed, alone = table.loc[view, reading], counted[SIGN][at, place], counted[most][at, place]
            assert row["signing"] == signed.mean() and row["alone"] == alone.mean()
            assert list(row[["ratio", "low", "high"]]) == pytest.approx(limits(signed, alone), rel=0.02)


def test_the_file_of_a_run_is_read_as_the_claim_of_its_pages(folder: Path) -> None:
    """Approved products are no fewer than those that return, and paying candidates no fewer than those approved."""
    table = {(row["view"], row["reading"]): row for row in rows(folder / "claim.csv")}
    for view in VIEWS:
        for side in ("signing", "alone"):
            returning, approved, paying = (float(table[view, r][side]) for r in ("returning", "approved", "paying"))
            assert 0 < returning <= approved <= paying
        assert {row["alone_strategy"] for row in table.values()} <= set(ALONE)
    assert all(float(row["low"]) <= float(row["ratio"]) <= float(row["high"]) for row in table.values())
