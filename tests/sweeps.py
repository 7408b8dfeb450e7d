"""A small grid, and the command that sweeps it."""

from pathlib import Path

from helpers import PARAMS

from partnering.__main__ import main

SEED = 5
RATES, UPFRONTS = (0.1, 0.12), (6.0, 12.0)
POINTS = [{"valuation.discount_rate": rate, "deal.upfront_musd": upfront} for rate in RATES for upfront in UPFRONTS]
SMALL = f"title: T\nquestion: Q?\npaths: 64\nseed: {SEED}\nover:\n"
SMALL += f"  valuation.discount_rate: {[*RATES]}\n  deal.upfront_musd: {[*UPFRONTS]}\n"
"""Its points in order: the last leaf's values change first."""


def words(grid: str, out: Path, *more: str) -> list[str]:
    """The command's words, the grid written beside the folder."""
    file = out.parent / "grid.yaml"
    file.write_text(grid, "utf-8")
    return ["--params", str(PARAMS), "sweep", str(file), "--out", str(out), *more]


def sweep(grid: str, out: Path, *more: str) -> int:
    """The exit code of a sweep in this process."""
    return main(words(grid, out, *more))
