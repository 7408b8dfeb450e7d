"""The belief tables that strategies decide from, told: what a step is worth to each party."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import chains
from partnering.model.draws import STAGE_NAMES
from partnering.model.parties import OTHERS, PARTNER, PARTNER_RUN
from partnering.model.stages import NONE, PHASE_1, PHASE_3
from partnering.model.views import EARLY_SEARCH, LATE_SEARCH, REFUSED_SEARCH
from partnering.model.worth import NOT_OPEN
from partnering.results.schema import COLUMNS
from partnering.results.simulate import Lived, Run

STAGES = (*STAGE_NAMES, "market")
CHAINS = (
    *("partner", "own", "license", "best", "alone", "licensed", "technology", "option", "early", "early_licensed"),
    *("refused_own", "refused_license", "refused_best", "refused_alone", "refused_licensed"),
)
"""What a chain is called, in the order of the model's."""


SEARCHES = (
    ("early_search", EARLY_SEARCH, PHASE_1),
    ("search", LATE_SEARCH, PHASE_3),
    ("refused_search", REFUSED_SEARCH, PHASE_3),
)
"""Searches for a licensee, and the stage on entering which each is."""


def tabulate_beliefs(run: Run) -> pd.DataFrame:
    """Return the belief tables: what each step is worth to each party by candidate, stage and place of the forecast.

    A table has the name of the first strategy that decides from it. The forecast is empty before Phase 3.
    """
    names = kind_names(run.scenario)
    rows = [
        (slug, name, chain, stage, *row)
        for slug, lived in run.strategies.items()
        if table_of(run, slug) == slug
        for (chain, worth), (kind, name), (at, stage) in product(
            steps(lived).items(), enumerate(names), enumerate(STAGES)
        )
        for row in _worth_rows(worth[:, kind, at], lived.packed.table.place, at)
    ]
    return pd.DataFrame(rows, columns=COLUMNS["beliefs"])


def table_of(run: Run, slug: str) -> str:
    """Return the name of the belief table a strategy decides from: the first strategy's that does."""
    table = run.strategies[slug].packed.table
    return next(other for other, lived in run.strategies.items() if lived.packed.table is table)


def kind_names(scenario: Scenario) -> list[str]:
    """Return a name for each kind of candidate, in the order of belief tables."""
    named = [*scenario["candidates.inherited.names"], *scenario["candidates.common.names"]]
    leads = [f"{modality} lead, {ladder} ladder" for modality in ("naked", "conjugate") for ladder in ("short", "full")]
    return [*named, *leads, "technology licence"]


def steps(lived: Lived) -> dict[str, NDArray[np.float64]]:
    """Return what steps are worth under a strategy, (party, kind, stage, class) by chain; then search and opt-in."""
    table, rules = lived.packed.table, lived.packed.rules[0]
    found = dict(zip(CHAINS, table.worth, strict=True))
    for name, search, after in SEARCHES:
        found[name] = np.full_like(found["own"], NOT_OPEN)
        found[name][0, :, after], found[name][1:, :, after] = table.searching[search], np.nan
    taken = np.full_like(found["own"], NOT_OPEN)
    if (option := rules["option"]) != NONE:
        worth = found["partner"][:, :, option + 1]
        fee = worth[PARTNER] - table.taking_up
        taken[:, :, option + 1] = worth[0] + fee, worth[PARTNER] - fee, worth[OTHERS]
    return found | {"take_up": taken}


def _worth_rows(worth: NDArray[np.float64], place: NDArray[np.float64], stage: int) -> Iterator[tuple]:
    """Yield (place of the forecast, worth to each party) of a step; nothing where it is not open."""
    revealed = stage >= PHASE_3
    for at in np.flatnonzero(worth[0] > NOT_OPEN)[: None if revealed else 1]:
        yield (float(place[at]) if revealed else None, *worth[:, at].tolist())


def first_chains(lived: Lived) -> list[str]:
    """Return, by inherited candidate, what the chain is called that it starts on under a strategy."""
    waits = lived.packed.rules["option"][0] != NONE
    numbers = (chains.OPTION if waits and route == PARTNER_RUN else route for route in lived.packed.routes)
    return [CHAINS[number] for number in numbers]
