"""What is not known, by how much it moves the values and by what it would be worth to know before deciding."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.information import value_information
from partnering.analysis.shares import REST, Index, first_order, total_order
from partnering.analysis.surface import fit_surface, main_powers
from partnering.inquiry.asked import Inquiry

INFORMATION = [
    *("choice", "about", "kind", "title", "inputs", "value", "se", "floor", "distinct"),
    *("cost_musd", "months", "unit"),
]
SHARES = [
    *("of", "input", "first", "first_se", "floor"),
    *("expected_first", "expected_first_se", "expected_total", "expected_total_se", "unit"),
]
EVERYTHING, LUCK = "everything", "luck"
DEAL, NO_DEAL = "with the deal", "without the deal"
"""What is chosen from: all strategies, or the alternatives to signing."""


def _draws(inquiry: Inquiry) -> dict[str, NDArray[np.float64]]:
    return {leaf.path: inquiry.run.paths[f"theta.{leaf.path}"] for leaf in inquiry.task.scenario.drawn()}


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
    settings, leaves = inquiry.settings, inquiry.task.scenario.leaves
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

    First order of all variance over futures, straight from the draws; what is left is luck. First and total order of
    the variance of the expected value given the inputs: of the surface fitted to the run, for the inputs that explain
    most of the lead and for the rest together.
    """
    draws = _draws(inquiry)
    if not draws:
        return pd.DataFrame(columns=SHARES)
    size = len(next(iter(draws.values())))
    slugs, values = inquiry.slugs, inquiry.values[:, :size]
    outcomes = dict(zip(slugs, values, strict=True))
    outcomes |= {f"{slugs[0]}-{slugs[inquiry.alone]}": values[0] - values[inquiry.alone]}
    outcomes = {of: outcome for of, outcome in outcomes.items() if _varies(outcome)}
    if not outcomes:
        return pd.DataFrame(columns=SHARES)
    first = {of: first_order(draws, outcome) for of, outcome in outcomes.items()}
    by_lead = sorted(draws, key=lambda path: -list(first.values())[-1][path].value)
    alone, rest = by_lead[: inquiry.settings.surface_inputs], by_lead[inquiry.settings.surface_inputs :]
    rows, none = [], (None,) * 4
    for of, (luck, indices) in _expected_shares(inquiry, draws, outcomes, alone, rest).items():
        for path in draws:
            rows.append((of, path, *first[of][path], *indices.get(path, none), "share"))
        rows.append((of, REST, None, None, None, *indices.get(REST, none), "share"))
        rows.append((of, LUCK, luck, None, None, *none, "share"))
    return pd.DataFrame(rows, columns=SHARES)


def _varies(outcome: NDArray[np.float64]) -> bool:
    """Return whether an outcome is not the same on all paths: a company that ends on the day has nothing to explain."""
    return float(np.ptp(outcome)) > np.sqrt(np.finfo(float).eps) * float(np.abs(outcome).max())


def _expected_shares(
    inquiry: Inquiry, draws: Mapping[str, NDArray], outcomes: Mapping[str, NDArray], alone: list[str], rest: list[str]
) -> dict[str, tuple[float, dict[str, Index]]]:
    """Return, by outcome, the share of variance that is luck, and Sobol indices of the expected outcome by input."""
    names, columns = [*alone, *rest], np.stack(list(outcomes.values()), axis=1)
    powers = main_powers(len(names), range(len(alone)))
    surface = fit_surface(draws, names, columns, powers, chosen=True)
    if not surface.powers.any():
        return {of: (1.0, {}) for of in outcomes}
    shares = {}
    for place, (of, outcome) in enumerate(outcomes.items()):

        def model(points: NDArray, place: int = place) -> NDArray:
            """Return what the surface says of one row at points of the unit cube, (point,)."""
            return surface.at_scores(ndtri(points.T))[0][:, place]

        variance, found = total_order(model, alone, rest, inquiry.settings.surface_draws)
        shares[of] = 1 - variance / float(outcome.var()), found
    return shares
