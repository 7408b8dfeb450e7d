"""The closed form of one candidate: its stages rolled back at each theta, for every party, durations fixed, pre-tax."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partnering.clock import discount, start_years
from partnering.course.gates import Chain
from partnering.course.pathway import opt_in_stage, search_quarters
from partnering.course.strategies import Party
from partnering.value.prospect import Prospect, Run
from partnering.value.rollback import STOP, Found, Node, roll_back
from partnering.world.candidates import Stage


@dataclass(frozen=True)
class ClosedForm:
    """A prospect developed along one chain."""

    prospect: Prospect
    chain: Chain

    def value(self, party: Party) -> NDArray[np.float64]:
        """Return a party's expected value at signing, shape (theta,)."""
        rate = self.prospect.rate
        return (discount(start_years(self.prospect.kind.first_quarter), rate) * roll_back(self.tree(), rate))[party]

    def table(self) -> Found:
        """Return the value of every named node at its own time, (trader, theta) each."""
        found: Found = {}
        roll_back(self.tree(), self.prospect.rate, found)
        return found

    def tree(self) -> Node:
        """Return the tree from the first stage still to come."""
        kind = self.prospect.kind
        runner = {Chain.PARTNER: Party.PARTNER, Chain.TECHNOLOGY: Party.OTHERS}.get(self.chain, Party.COMPANY)
        first = np.full(self.prospect.theta.size, kind.first_quarter)
        return self._gated(kind.first_stage, first, Run(self.chain, runner, since=first))

    def _gated(self, stage: Stage, quarter: NDArray[np.int64], run: Run) -> Node:
        """Return the start of a stage as whoever runs it sees it: go on, or stop where gates are rational."""
        node = self._market(quarter, run) if stage == Stage.MARKET else self._stage(stage, quarter, run)
        return Node(choices=(node, STOP), owner=run.runner) if self.prospect.policy.rational else node

    def _stage(self, stage: Stage, quarter: NDArray[np.int64], run: Run) -> Node:
        lasts, chance = self.prospect.lasts[stage], self.prospect.chance(stage, run.runner)
        cash = self.prospect.spending(stage, run.runner) + self.prospect.milestone(stage, quarter, run)
        if run.chain in (Chain.LICENSED, Chain.TECHNOLOGY) and stage == self._first_licensed(run):
            cash = cash + self.prospect.licence_fee(run)
        chances = tuple((chance * weight, _later(node, lasts)) for weight, node in self._after(stage, quarter, run))
        return Node(cash, chances=chances, name=(run.chain, stage, run.forecast))

    def _after(self, stage: Stage, quarter: NDArray[np.int64], run: Run) -> Iterator[tuple[float, Node]]:
        """Yield (weight, node) of what follows a success: by forecast class where Phase 2 reveals it."""
        ends = quarter + self.prospect.lasts[stage]
        classes = enumerate(self.prospect.policy.class_weight) if stage == Stage.PHASE_2 else [(run.forecast, 1.0)]
        for forecast, weight in classes:
            revealed = replace(run, forecast=forecast)
            if stage == self.prospect.exit_stage and run.chain in (Chain.LICENSE, Chain.BEST):
                yield weight, self._offer(ends, revealed)
            elif run.chain == Chain.OPTION and stage == opt_in_stage(self.prospect.scenario):
                yield weight, self._option(Stage(stage + 1), ends, revealed)
            else:
                yield weight, self._gated(Stage(stage + 1), ends, revealed)

    def _option(self, after: Stage, quarter: NDArray[np.int64], run: Run) -> Node:
        """Return the node at which the partner may take the candidate over; else the company goes on to the market."""
        stage = self._stage(after, quarter, Run(Chain.PARTNER, Party.PARTNER, since=quarter, forecast=run.forecast))
        taken = Node(self.prospect.opt_in_fee(quarter), chances=((1.0, stage),), name=("taking up", run.forecast))
        if not self.prospect.policy.rational:
            return taken
        left = self._gated(after, quarter, replace(run, chain=Chain.OWN))
        return Node(choices=(taken, left), owner=Party.PARTNER)

    def _offer(self, quarter: NDArray[np.int64], run: Run) -> Node:
        """Return the node after the exit stage: look for a licensee, or go on alone where nobody would take it.

        A try takes as long whether it succeeds or not; the second starts a fixed wait after the first.
        """
        after, own = Stage(self._exit + 1), replace(run, chain=Chain.OWN)
        alone = self._gated(after, quarter, own)
        taker, (first, second) = self.prospect.theta.each("license.taker_prob"), search_quarters(self.prospect.scenario)
        ways = [
            (taker, first, Chain.LICENSED, Party.OTHERS),
            ((1 - taker) * taker, second, Chain.LICENSED, Party.OTHERS),
            ((1 - taker) ** 2, second, Chain.ALONE, Party.COMPANY),
        ]
        chances = []
        for chance, wait, chain, runner in ways:
            signed = Run(chain, runner, wait, quarter + wait, run.forecast)
            stage = self._stage if chain == Chain.LICENSED else self._gated
            chances.append((chance, _later(stage(after, quarter + wait, signed), wait)))
        search = Node(chances=tuple(chances), name=("search", run.forecast))
        if self.prospect.policy.rational and not self._taken(chances[0][1]):
            return Node(chances=((0.0, search), (1.0, alone)))  # the table says why nobody would take it
        return Node(choices=(search, alone), owner=Party.COMPANY) if run.chain == Chain.BEST else search

    def _taken(self, licensed: Node) -> bool:
        """Return whether a licensee gains by signing."""
        return bool(roll_back(licensed, self.prospect.rate)[Party.OTHERS].mean() >= 0)

    @property
    def _exit(self) -> Stage:
        assert self.prospect.exit_stage is not None, "a chain that licenses has an exit stage"
        return self.prospect.exit_stage

    def _first_licensed(self, run: Run) -> Stage:
        return self.prospect.kind.first_stage if run.chain == Chain.TECHNOLOGY else Stage(self._exit + 1)

    def _market(self, approval: NDArray[np.int64], run: Run) -> Node:
        """Return the node at approval; the company may then opt into co-promotion where the deal offers it."""
        cash, name = self.prospect.market_cash(approval, run), (run.chain, Stage.MARKET, run.forecast)
        if run.runner != Party.PARTNER or not self.prospect.scenario["deal.copromotion.offered"]:
            return Node(cash, name=name)
        gain = Node(self.prospect.opting_in(approval, run), name=("opting in", run.forecast))
        return Node(
            cash, choices=(Node(self.prospect.refund(), chances=((1.0, gain),)), STOP), owner=Party.COMPANY, name=name
        )


def _later(node: Node, quarters: NDArray[np.int64] | int) -> Node:
    return replace(node, years=start_years(quarters))
