"""What a cautious board would make of the futures: certainty equivalents, and where the choice turns."""

import numpy as np
import pandas as pd

from partnering.analysis.asked import Inquiry
from partnering.analysis.risk import certainty_equivalent, tolerance_flips

RISK = ["tolerance_musd", "strategy", "certainty_equivalent", "low", "high", "unit"]
FLIPS = ["rival", "verdict", "tolerance_musd", "unit"]


def tabulate_risk(inquiry: Inquiry) -> pd.DataFrame:
    """Return the sure amount each strategy is worth by risk tolerance."""
    rows = [
        (tolerance, slug, *certainty_equivalent(values, tolerance), "musd")
        for tolerance in inquiry.settings.risk_tolerances_musd
        for slug, values in zip(inquiry.slugs, inquiry.values, strict=True)
    ]
    return pd.DataFrame(rows, columns=RISK)


def tabulate_flips(inquiry: Inquiry) -> pd.DataFrame:
    """Return the risk tolerances at which the choice between signing and each alternative turns, or that none does."""
    tolerances = np.array(inquiry.settings.risk_tolerances_musd)
    rows: list[tuple] = []
    for slug, values in zip(inquiry.slugs[1:], inquiry.values[1:], strict=True):
        found = tolerance_flips(inquiry.values[0], values, tolerances)
        rows += [(slug, "flips it", flip, "musd") for flip in found]
        rows += [] if found else [(slug, "cannot flip it", None, "musd")]
    return pd.DataFrame(rows, columns=FLIPS)
