"""The identities of a run: what every number must satisfy, with how far it is off."""

from collections.abc import Iterator

import numpy as np

from partnering.model.parties import PARTIES
from partnering.model.views import PRETAX
from partnering.results.schema import VIEWS
from partnering.results.simulate import Lived, Run, counted_lines


def each_view(run: Run) -> Iterator[tuple[int, str, Lived]]:
    """Yield every view and strategy."""
    for view in range(len(VIEWS)):
        for slug, lived in run.strategies.items():
            yield view, slug, lived


CHECKS = (
    "books sum to zero",
    "present value of the sum is the sum of present values",
    "transfers are terms times exposures",
    "nothing received before its event",
    "stages follow each other",
    "no candidate in two places",
    "no negative payment",
)
"""What is checked by path, in the order of a book's residuals."""


def check(run: Run) -> Iterator[tuple[str, float]]:
    """Yield the name and the residual of every identity.

    By path on the first ones; then the company's mean cash by quarter against the ledger, and a party's lines against
    its mean value, both on all paths.
    """
    for slug, lived in run.strategies.items():
        residuals = zip(CHECKS, lived.first.residual, strict=True) if lived.first else ()
        yield from ((f"{slug}: {name}", float(residual)) for name, residual in residuals)
    for view, slug, lived in each_view(run):
        if view != PRETAX:
            cash = (
                lived.packed.rules["opening_cash"][0]
                + np.cumsum(lived.sums["total"][view, :, 0].sum(axis=0)) / run.paths
            )
            gap = np.abs(cash - lived.sums["balance"][view] / run.paths).max()
            yield f"{slug}: cash is conserved, {VIEWS[view]}", float(gap)
    for view, slug, lived in each_view(run):
        for party, of in enumerate(PARTIES):
            counted = lived.sums["value_sum"][view, 0, : counted_lines(view, party), party].sum()
            counted += lived.sums["tax_sum"][view, party, :, 0].sum() if view != PRETAX else 0.0
            gap = abs(float(counted / run.paths - lived.out[view]["npv"][:, party].mean()))
            yield f"{slug}: lines of the {of} add up, {VIEWS[view]}", gap
