"""What is not known, by how much it moves the values and by what it would be worth to know before deciding."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.information import value_information
from partnering.analysis.shares import REST, first_order, total_order
from partnering.analysis.surface import fit_surface, main_powers
from partnering.inquiry.asked import Inquiry

INFORMATION = ["about", "kind", "title", "inputs", "value", "se", "floor", "distinct", "cost_musd", "months", "unit"]
SHARES = ["of", "input", "first", "first_se", "floor", "total", "total_se", "unit"]
EVERYTHING, LUCK = "everything", "luck"


def _draws(inquiry: Inquiry) -> dict[str, NDArray[np.float64]]:
    return {leaf.path: inquiry.run.paths[f"theta.{leaf.path}"] for leaf in inquiry.task.scenario.drawn()}


def tabulate_information(inquiry: Inquiry) -> pd.DataFrame:
    """Return what knowing inputs before deciding is worth: each, by group, by study, and everything.

    The decision is the strategy, taken once, on the day; what it is worth is as financed and after tax.
    """
    draws = _draws(inquiry)
    size = len(next(iter(draws.values()))) if draws else 0
    wanted = list(_wanted(inquiry, draws))
    groups = {f"{kind}/{name}": inputs for name, kind, _, inputs, *_ in wanted}
    found = value_information(inquiry.values[:, :size].T, draws, groups) if draws else {}
    rows = [
        (name, kind, title, " ".join(inputs), *found[f"{kind}/{name}"], found[f"{kind}/{name}"].distinct, *cost, "musd")
        for name, kind, title, inputs, *cost in wanted
    ]
    return pd.DataFrame(rows, columns=INFORMATION)


def _wanted(inquiry: Inquiry, draws: Mapping[str, NDArray]) -> Iterator[tuple]:
    """Yield (name, kind, title, inputs, cost, months) of what might be known; a study learns what is not known yet."""
    settings, leaves = inquiry.settings, inquiry.task.scenario.leaves
    yield from ((path, "input", leaves[path].label, [path], None, None) for path in draws)
    for name in settings.groups:
        inputs = [path for path in draws if settings.group_of(path) == name]
        yield from [(name, "group", name.capitalize(), inputs, None, None)] if inputs else []
    for name, study in settings.studies.items():
        inputs = [path for path in study.learns if path in draws]
        yield from [(name, "study", study.title, inputs, study.cost_musd, study.months)] if inputs else []
    yield from [(EVERYTHING, "everything", "All that is not known", list(draws), None, None)] if draws else []


def tabulate_shares(inquiry: Inquiry) -> pd.DataFrame:
    """Return the share of variance each input explains, of every strategy's value and of the lead over the best other.

    First order is of all variance. Total order, of the inputs that explain most of the lead and of the rest together,
    is of the surface fitted to the run, times what that explains; luck is what it does not.
    """
    draws = _draws(inquiry)
    if not draws:
        return pd.DataFrame(columns=SHARES)
    size = len(next(iter(draws.values())))
    slugs, values = inquiry.slugs, inquiry.values[:, :size]
    outcomes = dict(zip(slugs, values, strict=True))
    outcomes |= {f"{slugs[0]}-{slugs[inquiry.alone]}": values[0] - values[inquiry.alone]}
    outcomes = {of: outcome for of, outcome in outcomes.items() if _varies(outcome)}
    first = {of: first_order(draws, outcome) for of, outcome in outcomes.items()}
    by_lead = sorted(draws, key=lambda path: -list(first.values())[-1][path].value)
    alone, rest = by_lead[: inquiry.settings.surface_inputs], by_lead[inquiry.settings.surface_inputs :]
    total = _total_shares(inquiry, draws, outcomes, alone, rest)
    rows = []
    for of, shares in first.items():
        singles = {path: (share.value, share.error, share.floor) for path, share in shares.items()}
        for name in (*draws, REST, LUCK):
            rows.append((of, name, *singles.get(name, (None,) * 3), *total[of].get(name, (None, None)), "share"))
    return pd.DataFrame(rows, columns=SHARES)


def _varies(outcome: NDArray[np.float64]) -> bool:
    """Return whether an outcome is not the same on all paths: a company that ends on the day has nothing to explain."""
    return float(np.ptp(outcome)) > np.sqrt(np.finfo(float).eps) * float(np.abs(outcome).max())


def _total_shares(
    inquiry: Inquiry, draws: Mapping[str, NDArray], outcomes: Mapping[str, NDArray], alone: list[str], rest: list[str]
) -> dict[str, dict[str, tuple[float, float | None]]]:
    """Return, by outcome and input or group, the share of variance its total effect has, and its standard error."""
    names, columns = [*alone, *rest], np.stack(list(outcomes.values()), axis=1)
    powers = main_powers(len(names), range(len(alone)))
    surface = fit_surface(draws, names, columns, powers, chosen=True)
    shares: dict[str, dict[str, tuple[float, float | None]]] = {}
    for place, (of, outcome) in enumerate(outcomes.items()):

        def model(points: NDArray, place: int = place) -> NDArray:
            return surface.at_scores(ndtri(points.T))[0][:, place]

        variance, found = total_order(model, alone, rest, inquiry.settings.surface_draws)
        explained = variance / float(outcome.var())
        shares[of] = {name: (index.total * explained, index.total_error * explained) for name, index in found.items()}
        shares[of][LUCK] = 1 - explained, None
    return shares
