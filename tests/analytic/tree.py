"""The closed form of one candidate: its stages rolled back at each theta, for every party, durations fixed, pre-tax."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analytic.prospect import Prospect, Run, opt_in_stage
from partnering.analysis.rollback import STOP, Found, Node, roll_back
from partnering.clock import discount, start_years, to_quarters
from partnering.model.chains import (
    ALONE,
    BEST,
    EARLY,
    EARLY_LICENSEE,
    LICENSE,
    LICENSEE,
    OPTION,
    OWN,
    PARTNER,
    REFUSED,
    TECHNOLOGY,
)
from partnering.model.parties import COMPANY, OTHERS
from partnering.model.parties import PARTNER as THE_PARTNER
from partnering.model.stages import MARKET, PHASE_2, PRECLINICAL
from partnering.model.views import EARLY_SEARCH, LATE_SEARCH, REFUSED_SEARCH

OWNER = {PARTNER: THE_PARTNER} | dict.fromkeys((LICENSEE, TECHNOLOGY, EARLY_LICENSEE, LICENSEE + REFUSED), OTHERS)
"""Who runs a candidate on a chain, where it is not the company."""

OFFERED = {PRECLINICAL: (EARLY, BEST), PHASE_2: (LICENSE, BEST, BEST + REFUSED)}
"""By stage: on which chains a licence may be sought after it."""


@dataclass(frozen=True)
class ClosedForm:
    """A prospect developed along one chain."""

    prospect: Prospect
    chain: int

    def value(self) -> NDArray[np.float64]:
        """Return everybody's expected value at signing, shape (trader, theta)."""
        rate = self.prospect.rate
        return discount(start_years(self.prospect.kind.first_quarter), rate) * roll_back(self.tree(), rate)

    def table(self) -> Found:
        """Return the value of every named node at its own time, (trader, theta) each."""
        found: Found = {}
        roll_back(self.tree(), self.prospect.rate, found)
        return found

    def tree(self) -> Node:
        """Return the tree from the first stage still to come."""
        kind = self.prospect.kind
        runner = {PARTNER: THE_PARTNER, TECHNOLOGY: OTHERS}.get(self.chain, COMPANY)
        first = np.full(self.prospect.theta.size, kind.first_quarter)
        return self._gated(kind.first_stage, first, Run(self.chain, runner, since=first))

    def _gated(self, stage: int, quarter: NDArray[np.int64], run: Run) -> Node:
        """Return the start of a stage as whoever runs it sees it: go on, or stop where gates are rational."""
        node = self._market(quarter, run) if stage == MARKET else self.stage(stage, quarter, run)
        return Node(choices=(node, STOP), owner=run.runner) if self.prospect.policy.rational else node

    def stage(self, stage: int, quarter: NDArray[np.int64], run: Run) -> Node:
        """Return a stage from its start."""
        prospect = self.prospect
        lasts, chance = prospect.lasts[stage], prospect.chance(stage, run.runner)
        filed = self._filed(stage, run.runner)
        at_once = prospect.milestone(stage, quarter, run) + filed
        first = prospect.kind.first_stage if run.chain == TECHNOLOGY else run.signed
        if stage == first:
            at_once = at_once + prospect.licence_fee(run)
        chances = tuple((chance * weight, _later(node, lasts)) for weight, node in self._after(stage, quarter, run))
        return _begun(at_once, Node(prospect.spending(stage, run.runner) - filed, chances=chances), stage, run)

    def _filed(self, stage: int, runner: int) -> NDArray[np.float64]:
        """Return what the partner pays as a stage starts, in part perhaps from the company's purse; (trader, theta)."""
        shared = self.prospect.scenario["deal.sharing.cost_share"] if runner == THE_PARTNER else 0.0
        cost = self.prospect.stage_cost(stage, runner)[0] if runner == THE_PARTNER else 0.0
        return -np.array([[shared], [1 - shared], [0.0]]) * np.broadcast_to(cost, (1, self.prospect.theta.size))

    def _after(self, stage: int, quarter: NDArray[np.int64], run: Run) -> Iterator[tuple[float, Node]]:
        """Yield (weight, node) of what follows a success: by forecast class where Phase 2 reveals it."""
        ends = quarter + self.prospect.lasts[stage]
        classes = enumerate(self.prospect.policy.weight) if stage == PHASE_2 else [(run.forecast, 1.0)]
        for forecast, weight in classes:
            revealed = replace(run, forecast=forecast)
            if run.chain in OFFERED.get(stage, ()):
                yield weight, self.offer(stage + 1, ends, revealed)
            elif run.chain == OPTION and stage == opt_in_stage(self.prospect.scenario):
                yield weight, self._option(stage + 1, ends, revealed)
            else:
                yield weight, self._gated(stage + 1, ends, revealed)

    def _option(self, after: int, quarter: NDArray[np.int64], run: Run) -> Node:
        """Return the node at which the partner may take the candidate over; else the company goes on to the market."""
        stage = self.stage(after, quarter, Run(PARTNER, THE_PARTNER, since=quarter, forecast=run.forecast))
        taken = Node(self.prospect.opt_in_fee(quarter), chances=((1.0, stage),), name=("taking up", run.forecast))
        if not self.prospect.policy.rational:
            return taken
        left = self._gated(after, quarter, replace(run, chain=OWN))
        return Node(choices=(taken, left), owner=THE_PARTNER)

    def offer(self, after: int, quarter: NDArray[np.int64], run: Run, past: bool = False) -> Node:
        """Return the node before a stage: look for a licensee, or go on alone where nobody would take it.

        A try takes as long whether it succeeds or not; the second starts a fixed wait after the first. Refused at the
        IND, the company takes the best route that is left; after Phase 2, the market. `past`: the stage has begun.
        """
        early, scenario, twin = after <= PHASE_2, self.prospect.scenario, REFUSED * (run.chain == BEST + REFUSED)
        first = int(to_quarters(scenario["license.deal_years"]))
        second = first + int(to_quarters(scenario["license.retry_years"]))
        chain = EARLY_LICENSEE if early else LICENSEE + twin
        licensed = [
            self._licensed(after, quarter, wait, replace(run, chain=chain, past=past)) for wait in (first, second)
        ]
        taker = self.prospect.theta.each("license.early.taker_prob" if early else "license.taker_prob")
        left = replace(run, chain=BEST + REFUSED if early else ALONE + twin, wait=run.wait + second)
        none = _later(self._gated(after, quarter + second, left), second)
        chances = ((taker, licensed[0]), ((1 - taker) * taker, licensed[1]), ((1 - taker) ** 2, none))
        which = EARLY_SEARCH if early else REFUSED_SEARCH if twin else LATE_SEARCH
        search = Node(chances=chances, name=("search", which, run.forecast))
        alone = self._gated(after, quarter, replace(run, chain=BEST if early else OWN + twin))
        taken = roll_back(licensed[0], self.prospect.rate)[OTHERS].mean() >= 0
        if self.prospect.policy.rational and not taken:
            return Node(chances=((0.0, search), (1.0, alone)))  # the table says why nobody would take it
        choose = run.chain in (BEST, BEST + REFUSED)
        return Node(choices=(search, alone), owner=COMPANY) if choose else Node(chances=((1.0, search), (0.0, alone)))

    def _licensed(self, after: int, quarter: NDArray[np.int64], wait: int, run: Run) -> Node:
        """Return the next stage by a licensee, signed after a wait."""
        signed = replace(run, runner=OTHERS, wait=run.wait + wait, since=quarter + wait, signed=after)
        return _later(self.stage(after, quarter + wait, signed), wait)

    def _market(self, approval: NDArray[np.int64], run: Run) -> Node:
        """Return the node at approval; the company may then opt into co-promotion where the deal offers it."""
        at_once = self.prospect.approval_milestone(approval, run)
        later = Node(self.prospect.market_cash(approval, run) - at_once)
        if run.runner == THE_PARTNER and self.prospect.scenario["deal.copromotion.offered"]:
            gain = Node(self.prospect.opting_in(approval, run), name=("opting in", run.forecast))
            shares = Node(self.prospect.refund(), chances=((1.0, gain),))
            later = replace(later, choices=(shares, STOP), owner=COMPANY)
        return _begun(at_once, later, MARKET, run)


def _begun(at_once: NDArray[np.float64], then: Node, stage: int, run: Run) -> Node:
    """Return the start of a stage: what it pays at once, and a node of its own for what is then to come."""
    begun = replace(then, name=("held", run.chain, stage, run.forecast))
    return Node(at_once, chances=((1.0, begun),), name=(run.chain, stage, run.forecast))


def _later(node: Node, quarters: NDArray[np.int64] | int) -> Node:
    return replace(node, years=start_years(quarters))
