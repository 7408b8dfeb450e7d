"""What decides has a range: no number without one moves either lead by over $2 million for a fifth of its size."""

import numpy as np
import pytest
from helpers import SEED, load

from partnering.analysis.what_if import ask
from partnering.inputs import Leaf
from partnering.inputs.analysis import is_idle
from partnering.model.run import slugs_of

MOST, FIFTH, PATHS = 2.0, 0.2, 1024
BASE = load("base")

SCALED = {
    "candidates.inherited.years_to_ind": "candidates.inherited.years_scale",
    "candidates.common.territory_share": "candidates.common.territory_scale",
    "sales.years_to_peak": "sales.years_to_peak_scale",
    "sales.uptake": "sales.years_to_peak_scale",  # the curve stretches with it
    "deal.royalty.rates": "deal.royalty.scale",
}
"""Lists, which have no range of their own, and the input with a range that scales them."""

NO_GUESS = ("claim.", "announcement.", "strategies.", "strategy_defaults.", "valuation.horizon_years")
"""What the claim is held against, an outside check, and what strategies do: no guesses about the world."""


def numbers(leaf: Leaf) -> tuple[float, ...]:
    """Return the numbers of a leaf; none if it has names, switches or nothing but zeros."""
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    plain = all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    return values if plain and any(values) and leaf.unit != "month" else ()


def moved(leaf: Leaf, by: float) -> object:
    """Return a leaf's value a fifth larger or smaller; what is a part of something stays one."""
    most = 1.0 if leaf.unit in ("prob", "share", "rate") else np.inf
    values = [type(one)(round(one * by)) if isinstance(one, int) else min(one * by, most) for one in numbers(leaf)]
    return tuple(values) if isinstance(leaf.value, tuple) else values[0]


def deciding() -> list[Leaf]:
    """Return the numbers without a range that no contract fixes and that a run reads."""
    leaves = (leaf for leaf in BASE.leaves.values() if leaf.low is None and leaf.status != "term" and numbers(leaf))
    kept = (leaf for leaf in leaves if not leaf.path.startswith((*NO_GUESS, "deal.ladder", "deal.research_schedule")))
    return [leaf for leaf in kept if leaf.path not in SCALED and not is_idle(BASE, leaf.path)]


def test_every_list_that_is_scaled_has_a_range_by_its_scale() -> None:
    for path, scale in SCALED.items():
        assert BASE.leaves[path].low is None and BASE.leaves[scale].low is not None


@pytest.mark.slow
def test_no_number_without_a_range_decides() -> None:
    """Takes a minute: it holds the promise that the tornado leaves out nothing that matters."""
    leaves = [leaf for leaf in deciding() if not leaf.path.endswith("_shares")]  # of a whole: they add up to one
    assert len(leaves) >= 5
    changes = [{leaf.path: moved(leaf, by)} for leaf in leaves for by in (1 - FIFTH, 1 + FIFTH)]
    base, *asked = ask(BASE, SEED, [{}, *changes], PATHS)
    slugs, families = slugs_of(BASE), {slug: BASE[f"strategies.{slug}.family"] for slug in slugs_of(BASE)}

    def leads(values: np.ndarray) -> dict[str, np.ndarray]:
        mean = values[:, 0].mean(axis=1)
        best = {
            f: max((k for k, s in enumerate(slugs) if families[s] == f), key=mean.__getitem__)
            for f in ("alone", "give_up")
        }
        return {family: values[0, 0] - values[place, 0] for family, place in best.items()}

    before, found = leads(base), []
    for change, values in zip(changes, asked, strict=True):
        for family, lead in leads(values).items():
            gap = lead - before[family]
            sure = abs(gap.mean()) - 2 * gap.std() / np.sqrt(PATHS)
            found += [(change, family, gap.mean())] if sure > MOST else []
    assert not found
