"""What is not known, by how much it moves the values and by what it would be worth to know before deciding."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.asked import Inquiry
from partnering.analysis.information import value_information
from partnering.analysis.scores import first_order

INFORMATION = [
    *("about", "kind", "title", "inputs", "value", "se", "floor", "distinct", "cost_musd", "months", "unit"),
]
SHARES = ["input", "first", "unit"]
EVERYTHING, LUCK = "everything", "luck"


def _draws(inquiry: Inquiry) -> dict[str, NDArray[np.float64]]:
    return {leaf.path: inquiry.run.paths[f"theta.{leaf.path}"] for leaf in inquiry.scenario.drawn()}


def tabulate_information(inquiry: Inquiry) -> pd.DataFrame:
    """Return what it is worth to know what a study learns, or everything, before choosing a strategy.

    What a choice brings is as financed, after tax.
    """
    draws = _draws(inquiry)
    wanted = list(_wanted(inquiry, draws))
    if not wanted:
        return pd.DataFrame(columns=INFORMATION)
    values = inquiry.values[:, : len(next(iter(draws.values())))].T
    found = value_information(values, draws, {one.about: one.inputs for one in wanted})
    rows = []
    for one in wanted:
        signal, cost = found[one.about], (one.cost_musd, one.months)
        rows.append((one.about, one.kind, one.title, " ".join(one.inputs), *signal, signal.distinct, *cost, "musd"))
    return pd.DataFrame(rows, columns=INFORMATION)


class _Wanted(NamedTuple):
    """What might be known: inputs, and what finding out about them takes."""

    about: str
    kind: str
    title: str
    inputs: list[str]
    cost_musd: float | None = None
    months: int | None = None


def _wanted(inquiry: Inquiry, draws: Mapping[str, NDArray]) -> Iterator[_Wanted]:
    """Yield what might be known; a study learns what is not known yet."""
    for name, study in inquiry.settings.studies.items():
        learns = [path for path in study.learns if path in draws]
        if learns:
            yield _Wanted(name, "study", study.title, learns, study.cost_musd, study.months)
    if draws:
        yield _Wanted(EVERYTHING, "everything", "All that is not known", list(draws))


def tabulate_shares(inquiry: Inquiry) -> pd.DataFrame:
    """Return the shares of variance that inputs explain of the lead over the best alternative.

    Shares are of all variance over futures. What no input explains by itself is luck, and what inputs do together.
    """
    draws = _draws(inquiry)
    size = len(next(iter(draws.values()))) if draws else 0
    lead = (inquiry.values[0] - inquiry.values[inquiry.nearest])[:size]
    if not draws or not _varies(lead):
        return pd.DataFrame(columns=SHARES)
    found = first_order(draws, lead)
    found[LUCK] = 1 - sum(found.values())
    return pd.DataFrame([(path, share, "share") for path, share in found.items()], columns=SHARES)


def _varies(outcome: NDArray[np.float64]) -> bool:
    """Return whether an outcome is not the same on all paths: a company that ends on the day has nothing to explain."""
    return float(np.ptp(outcome)) > np.sqrt(np.finfo(np.float32).eps) * float(np.abs(outcome).max())
