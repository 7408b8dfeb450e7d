"""What other terms make of signing, as financed and after tax: re-runs on common futures, and a surface through them.

Alternatives do not depend on terms, so only the strategy that signs is lived again, each time as a scenario with those
terms would have it. The surface is a sum of products of coordinates, fitted to some term sheets, held against others.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from partnering.analysis.asked import PARTNER, Inquiry
from partnering.analysis.offers import RESEARCH, YEARS, Control, Offer, actual_of, controls_of, leaves_of
from partnering.analysis.what_if import known_of
from partnering.inputs.scenario import Scenario
from partnering.model.beliefs import believe, believe_at
from partnering.model.draws import BLOCK
from partnering.model.pack import Packed, pack_strategy, set_going_on
from partnering.model.run import Keep, Known, play_block
from partnering.model.views import FINANCED
from partnering.results.parallel import in_order
from partnering.results.schema import VIEW
from partnering.results.statistics import ahead, solve
from partnering.results.variants import chosen

STIFF = 256
"""How much the sheets weigh against the slight ridge that keeps weights small."""


@dataclass(frozen=True)
class Surface:
    """What a term sheet moves, by outcome: value to both as financed after tax, then the share ahead of each rival."""

    controls: tuple[Control, ...]
    rivals: tuple[str, ...]
    actual: NDArray[np.float64]  # (outcome,): the deal as it is, in the full run
    weights: NDArray[np.float64]  # (term, outcome)
    largest_error: NDArray[np.float64]  # (outcome,): over the term sheets held out
    fitted: int
    held_out: int

    def at(self, offer: Offer) -> NDArray[np.float64]:
        """Return the outcomes of a term sheet."""
        return self.actual + (terms_of(self.controls, [offer])[0][:, None] * self.weights).sum(axis=0)

    def to_json(self) -> str:
        """Return the surface as text, to the last digit."""
        return json.dumps(asdict(self), default=np.ndarray.tolist)

    @staticmethod
    def from_json(text: str) -> "Surface":
        """Return the surface that a text has."""
        found = json.loads(text)
        arrays = {name: np.array(found[name]) for name in ("actual", "weights", "largest_error")}
        controls = tuple(Control(**{**each, "choices": tuple(each["choices"])}) for each in found["controls"])
        return Surface(**found | arrays | {"controls": controls, "rivals": tuple(found["rivals"])})


def measure(inquiry: Inquiry) -> Surface:
    """Return the surface of a run's deal, fitted to some term sheets and held against others."""
    scenario, slugs, fitted = inquiry.scenario, inquiry.slugs, inquiry.settings.term_sheets
    controls, paths = controls_of(scenario), min(len(inquiry.values[0]), BLOCK)
    offers = [actual_of(controls), *draw_offers(controls, fitted), *draw_offers(controls, inquiry.settings.held_out)]
    stands = signing_of(scenario, inquiry.seed, paths)
    call = partial(_outcomes, scenario, stands, inquiry.values[1:, :paths], inquiry.seed)
    outcomes = np.array(list(in_order(call, offers, inquiry.workers)))
    moved, terms = outcomes[1:] - outcomes[0], terms_of(controls, offers[1:])
    both = np.hstack([terms, moved])[:fitted]
    weights = solve(STIFF * (terms[:fitted, :, None] * both[:, None]).sum(axis=0))
    off = np.abs((terms[fitted:, :, None] * weights).sum(axis=1) - moved[fitted:]).max(axis=0)
    full = [inquiry.values[0].mean(), inquiry.of_run(VIEW, slugs[0], "partner").mean()]
    full += [ahead(inquiry.values[0] - rival).mean() for rival in inquiry.values[1:]]
    return Surface(controls, slugs[1:], np.array(full), weights, off, fitted, inquiry.settings.held_out)


def signing_of(scenario: Scenario, seed: int, paths: int) -> tuple[Packed, Known]:
    """Return the variant that signs in a run, and what the market knows of going on: both hold at all terms."""
    return chosen(scenario, seed, paths)[0], known_of(scenario)


def live_again(scenario: Scenario, stands: tuple[Packed, Known], seed: int, paths: int, offer: Offer) -> NDArray:
    """Return both parties' values on the first futures at other terms, (party, path), as financed and after tax."""
    (signs, known), asked = stands, scenario.with_values(leaves_of(scenario, offer))
    rate = asked["valuation.discount_rate"]
    packed = pack_strategy(asked, signs.slug, signs.variant, believe(asked, signs.slug), believe_at(asked, rate))
    if (signs.slug, signs.variant) in known:
        set_going_on(packed, known[signs.slug, signs.variant])
    packed.rules[0]["franchise"] = signs.rules[0]["franchise"]
    _, played = play_block(asked, [packed], seed, 0, paths, Keep(views=(FINANCED,)))
    return next(played).kept.out["npv"][FINANCED, :, : PARTNER + 1].T.copy()


def _outcomes(
    scenario: Scenario, stands: tuple[Packed, Known], rivals: NDArray[np.float64], seed: int, offer: Offer
) -> list[float]:
    company, partner = live_again(scenario, stands, seed, rivals.shape[1], offer)
    return [company.mean(), partner.mean(), *(ahead(company - rival).mean() for rival in rivals)]


def draw_offers(controls: Sequence[Control], count: int) -> list[Offer]:
    """Return term sheets spread evenly over all that can be asked, the same every time."""
    places = qmc.Sobol(len(controls), seed=count).random(2 ** int(np.ceil(np.log2(count))))[:count]
    return [{c.name: _at(c, part) for c, part in zip(controls, place, strict=True)} for place in places]


def _at(control: Control, part: float) -> float:
    if control.choices:
        return float(int(part * len(control.choices)))
    return float(control.low + part * (control.high - control.low))


def coordinates_of(controls: Sequence[Control], offer: Offer) -> tuple[list[float], list[float]]:
    """Return distances from the deal and choices made otherwise, which work together, and which pair it is.

    A pair of research and years stands for itself: whole leads make value jump from one to the next.
    """
    together, pair, pairs = [], 0, 1
    for control in controls:
        at = offer[control.name]
        if control.name != YEARS:
            together.append((at - control.actual) / max(control.high - control.low, 1.0))
        else:
            together += [float(at == place) for place in range(1, len(control.choices))]
        if control.name in (RESEARCH, YEARS):
            pair, pairs = pair * len(control.choices) + int(at), pairs * len(control.choices)
    return together, [float(pair == place) for place in range(pairs)]


def terms_of(controls: Sequence[Control], offers: Sequence[Offer]) -> NDArray[np.float64]:
    """Return what weights are multiplied with, (offer, term): coordinates, every two of them, pairs; 0 at the deal."""
    rows = []
    for offer in [actual_of(controls), *offers]:
        together, pairs = coordinates_of(controls, offer)
        products = [one * other for one, other in combinations_with_replacement(together, 2)]
        rows.append([*together, *products, *pairs])
    return np.array(rows[1:]) - rows[0]
