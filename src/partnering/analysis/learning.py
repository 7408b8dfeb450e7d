"""What is not known, by how much it moves the values and by what it would be worth to know before deciding."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.asked import Inquiry
from partnering.analysis.information import value_information
from partnering.analysis.shares import first_order

INFORMATION = [
    *("choice", "about", "kind", "title", "inputs", "value", "se", "floor", "distinct"),
    *("cost_musd", "months", "unit"),
]
SHARES = ["of", "input", "first", "first_se", "floor", "unit"]
EVERYTHING, LUCK = "everything", "luck"
DEAL, NO_DEAL = "with the deal", "without the deal"
"""What is chosen from: all strategies, or the alternatives to signing."""


def _draws(inquiry: Inquiry) -> dict[str, NDArray[np.float64]]:
    return {leaf.path: inquiry.run.paths[f"theta.{leaf.path}"] for leaf in inquiry.scenario.drawn()}


def tabulate_information(inquiry: Inquiry) -> pd.DataFrame:
    """Return what knowing inputs before choosing a strategy is worth: each, by group, by study, and everything.

    With the deal on the table, and, inputs together only, without it. What a choice brings is as financed, after tax.
    """
    draws = _draws(inquiry)
    size = len(next(iter(draws.values()))) if draws else 0
    values, wanted = inquiry.values[:, :size].T, list(_wanted(inquiry, draws))
    together = [one for one in wanted if one.kind != "input" and not all(p.startswith("deal.") for p in one.inputs)]
    choices = ((DEAL, values, wanted), (NO_DEAL, values[:, 1:], together if values.shape[1] > 2 else []))
    rows = [row for choice in choices for row in _told(*choice, draws)]
    return pd.DataFrame(rows, columns=INFORMATION)


class _Wanted(NamedTuple):
    """What might be known: inputs, and what finding out about them takes."""

    about: str
    kind: str
    title: str
    inputs: list[str]
    cost_musd: float | None = None
    months: int | None = None


def _told(choice: str, values: NDArray, wanted: list[_Wanted], draws: Mapping[str, NDArray]) -> Iterator[tuple]:
    groups = {f"{one.kind}/{one.about}": one.inputs for one in wanted}
    found = value_information(values, draws, groups) if groups else {}
    for one in wanted:
        signal, cost = found[f"{one.kind}/{one.about}"], (one.cost_musd, one.months)
        yield choice, one.about, one.kind, one.title, " ".join(one.inputs), *signal, signal.distinct, *cost, "musd"


def _wanted(inquiry: Inquiry, draws: Mapping[str, NDArray]) -> Iterator[_Wanted]:
    """Yield what might be known, all that concerns what is not; a study learns what is not known yet."""
    settings, leaves = inquiry.settings, inquiry.scenario.leaves
    found = [_Wanted(path, "input", leaves[path].label, [path]) for path in draws]
    for name in settings.groups:
        found.append(_Wanted(name, "group", name.capitalize(), [p for p in draws if settings.group_of(p) == name]))
    for name, study in settings.studies.items():
        learns = [path for path in study.learns if path in draws]
        found.append(_Wanted(name, "study", study.title, learns, study.cost_musd, study.months))
    found.append(_Wanted(EVERYTHING, "everything", "All that is not known", list(draws)))
    yield from (one for one in found if one.inputs)


def tabulate_shares(inquiry: Inquiry) -> pd.DataFrame:
    """Return the shares of variance inputs explain, of every strategy's value and of the lead over the best other.

    Shares are of all variance over futures. What no input explains by itself is luck, and what inputs do together.
    """
    draws = _draws(inquiry)
    size = len(next(iter(draws.values()))) if draws else 0
    slugs, values = inquiry.slugs, inquiry.values[:, :size]
    outcomes = dict(zip(slugs, values, strict=True))
    outcomes[f"{slugs[0]}-{slugs[inquiry.alone]}"] = values[0] - values[inquiry.alone]
    rows: list[tuple] = []
    for of, outcome in outcomes.items() if draws else ():
        if _varies(outcome):
            found = first_order(draws, outcome)
            luck = 1 - sum(share.value for share in found.values())
            rows += [(of, path, *share, "share") for path, share in found.items()]
            rows.append((of, LUCK, luck, None, None, "share"))
    return pd.DataFrame(rows, columns=SHARES)


def _varies(outcome: NDArray[np.float64]) -> bool:
    """Return whether an outcome is not the same on all paths: a company that ends on the day has nothing to explain."""
    return float(np.ptp(outcome)) > np.sqrt(np.finfo(np.float32).eps) * float(np.abs(outcome).max())
