"""The roll-back of decisions: who chooses for whom, and that a choice is never worth less than none."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from analytic.prospect import Kind, Prospect
from analytic.table import belief_policy, belief_theta, kinds_of
from analytic.tree import OWNER, ClosedForm
from helpers import load

from partnering.analysis.rollback import STOP, Found, Node, roll_back
from partnering.model.beliefs import believe
from partnering.model.chains import BEST, EARLY, LICENSE, OWN, PARTNER, TECHNOLOGY
from partnering.model.draws import Luck
from partnering.model.origins import COMMON, INHERITED, LEAD
from partnering.model.origins import TECHNOLOGY as OF_OTHERS
from partnering.model.parties import COMPANY
from partnering.model.parties import PARTNER as THE_PARTNER
from partnering.model.run import slugs_of
from partnering.model.stages import PHASE_1, PHASE_2, PRECLINICAL

EXACT = 1e-9

# One choice for all entries


def worth(company: list[float], partner: list[float]) -> Node:
    """An end of a tree, by party and theta."""
    return Node(np.array([company, partner]))


LOSES, GAINS = worth([4.0, -6.0], [9.0, 9.0]), worth([6.0, -4.0], [-9.0, 1.0])  # to the company, on average


def test_without_an_owner_each_entry_takes_its_own_best():
    assert roll_back(Node(choices=(LOSES, STOP))).tolist() == [[4, 0], [9, 9]]


@pytest.mark.parametrize(
    ("owner", "choices", "chosen"),
    [
        (COMPANY, (LOSES, STOP), STOP),
        (COMPANY, (GAINS, STOP), GAINS),
        (THE_PARTNER, (LOSES, STOP), LOSES),
        (THE_PARTNER, (GAINS, STOP), STOP),
        (COMPANY, (STOP, LOSES, GAINS), GAINS),
        (THE_PARTNER, (STOP, GAINS, LOSES), LOSES),
    ],
)
def test_an_owner_makes_one_choice_for_all_by_its_own_average(owner, choices, chosen):
    found = roll_back(Node(choices=choices, owner=owner))
    assert np.array_equal(found, np.broadcast_to(chosen.cash, (2, 2)))


def test_of_equals_an_owner_takes_the_first():
    even, other = worth([3.0, -3.0], [1.0, 1.0]), worth([-2.0, 2.0], [5.0, 5.0])
    for first, second in ((even, other), (other, even), (even, STOP), (STOP, even)):
        found = roll_back(Node(choices=(first, second), owner=COMPANY))
        assert np.array_equal(found, np.broadcast_to(first.cash, (2, 2)))


def test_an_owner_compares_choices_as_they_are_worth_today_at_its_own_rate():
    """111 in a year is worth 100 at 11 %, and less than 101 today; at 9 % it is worth more."""
    later, now = Node(np.full((2, 1), 111.0), years=1.0), Node(np.full((2, 1), 101.0))
    rates = np.array([[0.11], [0.09]])
    assert roll_back(Node(choices=(later, now), owner=0), rates)[0, 0] == 101
    assert roll_back(Node(choices=(later, now), owner=1), rates)[1, 0] == pytest.approx(111 / 1.09)


def test_named_nodes_are_found_at_their_own_time_and_the_first_of_a_name_stays():
    child, twin = Node(10.0, years=1.0, name=("child",)), Node(20.0, years=2.0, name=("child",))
    found: Found = {}
    total = roll_back(Node(1.0, chances=((0.5, child), (0.25, twin)), name=("root",)), 0.25, found)
    assert {name: float(value) for name, value in found.items()} == {("child",): 10.0, ("root",): float(total)}
    assert total == pytest.approx(1 + 0.5 * 10 / 1.25 + 0.25 * 20 / 1.25**2)


# Choice is worth something to whoever has it, where what is believed is true: at each theta by itself

ORIGINS = ("inherited", "lead", "common", "technology")
KINDS = [pytest.param(kind, id=f"{ORIGINS[kind.origin]}-{at}") for at, kind in enumerate(kinds_of(load()))]
DEAL = (INHERITED, LEAD)
OWN_KINDS = [kind for kind in KINDS if kind.values[0].origin in DEAL][:4]  # either modality, either ladder
THETAS = 3


@cache
def believed(number: int) -> Luck:
    """One of the thetas that beliefs average over, of somebody who knows it."""
    drawn = belief_theta(load(), THETAS)
    values = {path: v[number : number + 1] if isinstance(v, np.ndarray) else v for path, v in drawn.theta.items()}
    return replace(drawn, theta=values, size=1)


@cache
def table(kind: Kind, chain: int, rational: bool, withdraws: bool) -> tuple[list[float], list]:
    """What a kind is worth on a chain to whoever decides there, at each theta, and the values of all nodes there."""
    values, nodes, decider = [], [], OWNER.get(chain, COMPANY)
    for number in range(THETAS):
        policy = replace(belief_policy(believed(number)), rational=rational)
        policy = policy if withdraws else replace(policy, least_sales=None)
        form = ClosedForm(Prospect(believed(number), kind, (0.11,) * 3, policy), chain)
        values.append(float(form.value()[decider, 0]))
        nodes.append({name: float(value[decider, 0]) for name, value in form.table().items()})
    return values, nodes


def single(kind: Kind) -> list[int]:
    """Chains on which one party decides everything."""
    if kind.origin == OF_OTHERS:
        return [TECHNOLOGY]
    return [OWN] if kind.origin == COMMON else [PARTNER, OWN]


@pytest.mark.parametrize("kind", KINDS)
def test_who_decides_alone_never_loses_by_the_right_to_stop(kind: Kind) -> None:
    for chain in single(kind):
        free, free_nodes = table(kind, chain, True, False)
        bound, bound_nodes = table(kind, chain, False, False)
        assert all(a >= max(b, 0.0) for a, b in zip(free, bound, strict=True)) and max(free) > 0
        gains = [a[at] - b[at] for a, b in zip(free_nodes, bound_nodes, strict=True) for at in b]
        assert min(gains) >= -EXACT and max(gains) > 1


@pytest.mark.parametrize("kind", OWN_KINDS)
def test_the_right_to_withdraw_a_product_is_worth_something(kind: Kind) -> None:
    """It follows from what is expected of the years to the peak, and loses in some futures, but not on the whole."""
    sells_on, _ = table(kind, OWN, True, False)
    withdraws, _ = table(kind, OWN, True, True)
    assert all(a >= b for a, b in zip(withdraws, sells_on, strict=True)) and max(withdraws) > max(sells_on)


@pytest.mark.parametrize("rational", [False, True], ids=["commit", "rational"])
@pytest.mark.parametrize("kind", OWN_KINDS)
def test_the_best_route_is_worth_at_least_each_of_those_it_chooses_from(kind: Kind, rational: bool) -> None:
    chains = (BEST, EARLY, OWN, LICENSE)
    gains, early = [], []
    for best, at_ind, *routes in zip(*(table(kind, c, rational, rational)[0] for c in chains), strict=True):
        gains.append(best - max(routes))
        early.append(best - at_ind)
    assert min(gains) >= -EXACT and min(early) >= -EXACT
    assert max(gains) > 1  # by forecast it is now the one, now the other


@pytest.mark.parametrize("place", [at for at, kind in enumerate(KINDS) if kind.values[0].origin in DEAL])
def test_so_it_is_on_average_over_what_is_not_known(place: int) -> None:
    """One choice for all that may be true, by its plain average: the table of the base case loses nothing by it."""
    going_on = believe(load(), slugs_of(load())[0]).going_on
    for stage in (PRECLINICAL, PHASE_1, PHASE_2):
        best, alone, licence = (going_on[chain][place, stage, 0] for chain in (BEST, OWN, LICENSE))
        assert best > max(alone, licence) > 0
