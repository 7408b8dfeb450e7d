"""The company's quarters in the first futures, as financed, by the sub-steps of a quarter."""

from collections.abc import Iterator

import numpy as np

from partnering.clock import QUARTERS
from partnering.inputs.lines import LEDGER
from partnering.model.run import Played
from partnering.model.told import TOLD
from partnering.model.views import FINANCED

ORDER = (
    *("opening_cash", "raised", "issue_fee", "sold", "tax", "paid_out", "unpaid", "receipts", "placed", "going_on"),
    *("winding_down", "wind_up", "need", "market_value", "new_shares", "stage_fees", "stages", "contract_research"),
    *("own_research", "base_burn", "products", "paused", "closing_cash"),
)
"""The sub-steps in the order in which they happen: lines of the ledger, and what management and the market saw."""

RARE = ("placed", "wind_up")
"""Sub-steps of which nothing is said in a strategy that never has them: shares placed, and what shrinking costs."""

UNITS = {"new_shares": "millions", "paused": "switch"}
"""Units of the sub-steps that are not money."""

Step = tuple[str, int, int, str, float, str]
"""(strategy, path, quarter, sub-step, amount, unit)."""


def tell_quarters(played: Played) -> list[Step]:
    """Return what the first futures' quarters bring the company, as long as it is there or has bills to settle."""
    kept = played.kept
    seen = dict(zip(TOLD, kept.told[FINANCED].transpose(1, 0, 2), strict=True))
    seen["opening_cash"] = np.roll(seen["closing_cash"], 1, axis=1)
    seen["opening_cash"][:, 0] = played.packed.rules["opening_cash"][0]
    for place, line in enumerate(LEDGER):
        if line.step:
            seen[line.step] = seen.get(line.step, 0.0) + kept.paid[FINANCED, :, place]
    steps = [step for step in ORDER if step not in RARE or seen[step].any()]
    return list(_rows(played, seen, steps))


def _rows(played: Played, seen: dict[str, np.ndarray], steps: list[str]) -> Iterator[Step]:
    for path in range(played.kept.told.shape[1]):
        ends = int(np.ceil(QUARTERS * played.kept.out["ended_years"][FINANCED, path]))
        settled = np.flatnonzero(played.kept.paid[FINANCED, path].any(axis=0)) + 1
        for quarter in range(max(ends, *settled[-1:])):
            for step in steps:
                amount = float(seen[step][path, quarter])
                yield played.packed.slug, path, quarter, step, amount, UNITS.get(step, "musd")
