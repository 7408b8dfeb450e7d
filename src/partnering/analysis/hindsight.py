"""The forecast made at signing held against what became known later. Nothing here enters a run or its answers."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.foreseen import GROUPS, RIGHTS, Foreseen, foresee
from partnering.analysis.payments import Payment, present_value
from partnering.clock import QUARTERS
from partnering.inputs import Scenario, load_scenario
from partnering.inputs.hindsight import STAGES, Hindsight, Paid, load_hindsight, years_since
from partnering.model.stages import MARKET, PHASE_1, PHASE_2, PHASE_3
from partnering.results.place import Place
from partnering.results.statistics import TAIL

MODEL_STAGES = dict(zip(STAGES, (PHASE_1, PHASE_2, PHASE_3, MARKET), strict=True))
GROUP_OF = {"buy_out": RIGHTS}
"""The group of lines of the forecast in whose place a payment came."""

AGREED = {"upfront": "deal.upfront_musd", "research_funding": "deal.research_schedule_musd"}
"""What the contract had fixed on the day, by line."""

TOTAL, SIDE = "total", "side"
PRODUCTS, PAYMENTS = "products below", "payments below"
"""Where the sources of a fact stand that rests on several."""

LEVELS = {"p05": TAIL, "p50": 0.5, "p95": 1 - TAIL}


class Lessons(NamedTuple):
    """What one outcome says about the forecast's number of approved products."""

    happened: int
    mean: float
    seen: float  # how likely the outcome was
    published_later: int  # terms that were read in what was published after the day


LADDERS = "candidates.inherited.ladder"
"""A term of the contract that stands with the candidates."""


@dataclass(frozen=True)
class LookBack:
    """A deal's later facts beside what was foreseen of it."""

    scenario: Scenario
    facts: Hindsight
    foreseen: Foreseen

    def years(self, day: dt.date) -> float:
        """Return the years from signing to a day."""
        return years_since(self.scenario, day)

    @property
    def until(self) -> dt.date:
        """The day until which later facts were looked for."""
        return self.facts.looked_until.value

    @cached_property
    def buy_out(self) -> Paid:
        """The last payment of the deal: what all later rights were given up for."""
        return next(payment for payment in self.facts.payments if payment.line == "buy_out")

    def payment(self, paid: Paid) -> Payment:
        """Return a payment as the ledger would see it, in the group of lines it stands for."""
        first = self.years(paid.date)
        lasts = self.years(paid.until) - first if paid.until else 0.0
        return Payment(GROUP_OF.get(paid.line, paid.line), paid.value, first, lasts)

    @cached_property
    def agreed(self) -> list[Payment]:
        """What the contract had fixed on the day, paid as agreed: the upfront and the committed research."""
        upfront, research = (self.scenario[path] for path in AGREED.values())
        years = (Payment("research_funding", musd, float(year), 1.0) for year, musd in enumerate(research))
        return [Payment("upfront", upfront, 0.0), *years]

    @cached_property
    def received(self) -> list[Payment]:
        """All the deal paid the company, side agreements left out."""
        return [*self.agreed, *(self.payment(paid) for paid in self.facts.payments if paid.line != SIDE)]

    def worth(self, payments: Sequence[Payment]) -> float:
        """Return what payments are worth at signing, at the rate of the company that signs."""
        return present_value(self.scenario, payments, self.foreseen.rate)

    def reached(self, stage: str, day: dt.date) -> int:
        """Return how many named products had started a stage by a day."""
        starts = [getattr(product, stage) for product in self.facts.products]
        return sum(start is not None and start.value <= day for start in starts)

    def in_groups(self, *groups: str) -> list[Payment]:
        """Return the payments that stand for some groups of lines."""
        return [payment for payment in self.received if payment.line in groups]


def look_back(scenario: str, place: Place) -> LookBack:
    """Return what was foreseen of a scenario's deal and what happened, on the run's own first futures.

    Raises InputError, and LookupError where no later facts are on record about the deal.
    """
    chosen = load_scenario(scenario, place.params)
    facts = load_hindsight(place.params, chosen)
    if facts is None:
        raise LookupError(f"{scenario}: no later facts on record about this deal")
    return LookBack(chosen, facts, foresee(chosen, *place.run_size()[:2]))


# What happened against what was foreseen


def tabulate_facts(back: LookBack) -> pd.DataFrame:
    """Return every fact with its forecast and its place in it."""
    return pd.DataFrame([*_products(back), *_money(back)])


def _products(back: LookBack) -> Iterator[dict[str, object]]:
    facts, foreseen = back.facts, back.foreseen
    for stage, day in [("phase_1", facts.early_count.value), *((stage, back.until) for stage in STAGES)]:
        draws = foreseen.starts(MODEL_STAGES[stage], back.years(day))
        yield held(stage, "products", day, back.reached(stage, day), draws) | {"source": PRODUCTS}
    first = foreseen.first_approval_years
    there, approvals = first[np.isfinite(first)], [p.approval for p in facts.products if p.approval is not None]
    if len(there) and approvals:
        approval = min(approvals, key=lambda day: day.value)
        years = back.years(approval.value)
        yield held("first_approval", "years", None, years, there) | {"source": approval.source}


def _money(back: LookBack) -> Iterator[dict[str, object]]:
    facts, foreseen, end = back.facts, back.foreseen, back.buy_out.date
    total = facts.milestones_total
    for group, day, source in (
        ("extension_funding", back.until, PAYMENTS),
        ("milestones", total.known, total.source),
        (RIGHTS, end, back.buy_out.source),
    ):
        draws = foreseen.received_by([group], back.years(day))
        paid = sum(payment.value for payment in facts.payments if payment.line == group and payment.date <= day)
        yield held(group, "musd", day, paid, draws) | {"source": source}
    paid, draws = sum(payment.musd for payment in back.received), foreseen.received_by(GROUPS, back.years(end))
    yield held(TOTAL, "musd", end, paid, draws) | {"source": PAYMENTS}
    rights = foreseen.worth(["milestones", RIGHTS], int(back.years(end) * QUARTERS))
    yield held("buy_out", "musd", None, back.buy_out.value, rights) | {"source": back.buy_out.source}
    yield held("value", "musd", None, back.worth(back.received), foreseen.worth(GROUPS)) | {"source": PAYMENTS}


def held(what: str, unit: str, by: dt.date | None, happened: float, draws: NDArray) -> dict[str, object]:
    """Return a fact with its forecast and its place in it: the shares of draws below it, and not above it."""
    below, not_above, levels = float(np.mean(draws < happened)), float(np.mean(draws <= happened)), _levels(draws)
    return {
        **{"what": what, "unit": unit, "by": by, "happened": float(happened)},
        **levels,
        **{"below": below, "not_above": not_above, "place": (below + not_above) / 2},
        "inside": levels["p05"] <= happened <= levels["p95"],
    }


def _levels(draws: NDArray) -> dict[str, float]:
    return dict(zip(LEVELS, np.quantile(draws, list(LEVELS.values())).tolist(), strict=True))


# The money


def tabulate_receipts(back: LookBack) -> pd.DataFrame:
    """Return what the deal paid by group of lines, nominal up to its last payment and valued at signing."""
    last, rows = back.years(back.buy_out.date), []
    for name, groups in [*((group, (group,)) for group in GROUPS), (TOTAL, GROUPS)]:
        paid, worth = back.in_groups(*groups), back.foreseen.worth(groups)
        nominal = back.foreseen.received_by(groups, last)
        row = {"line": name, "paid": sum(p.musd for p in paid), "paid_mean": nominal.mean()}
        row |= {f"paid_{level}": value for level, value in _levels(nominal).items()}
        row |= {"value": back.worth(paid), "value_mean": worth.mean()}
        rows.append(row | {f"value_{level}": value for level, value in _levels(worth).items()})
    return pd.DataFrame(rows)


def lessons(back: LookBack) -> Lessons:
    """Return what the number of approved products says about its forecast."""
    counts, signed = back.foreseen.starts(MARKET, back.years(back.until)), back.scenario["valuation.date"]
    happened = back.reached("approval", back.until)
    contract = [leaf for path, leaf in back.scenario.leaves.items() if path.startswith("deal.") or path == LADDERS]
    later = [leaf for leaf in contract if leaf.published is not None and leaf.published > signed]
    return Lessons(happened, float(counts.mean()), float(np.mean(counts == happened)), len(later))
