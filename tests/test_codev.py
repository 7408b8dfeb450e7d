"""A published co-development contract, cell by cell: a royalty changes what the licensee does, so it is no transfer."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from helpers import read_yaml
from numpy.typing import NDArray
from scipy.optimize import brentq

from partnering.value.rollback import STOP, Node, roll_back

CASE = read_yaml(Path(__file__).parent / "cases" / "codev_contract_fair_terms.yaml")
INPUTS, TOL = CASE["inputs"], CASE["tol"]
LICENSOR, LICENSEE = 0, 1


def contract(uncertainty: float, royalty: float, milestone: float = 0.0) -> Node:
    """The tree to both sides, (licensor, licensee): the licensee launches only where its own share pays for it."""
    share, launch = INPUTS["cost_share_licensor"], INPUTS["launch_cost"]

    def state(move: float) -> Node:
        sales = INPUTS["base_sales"] * (1 + move)
        sold = Node(np.array([royalty * sales, (1 - royalty) * sales - launch]))
        return Node(choices=(sold, STOP), owner=LICENSEE)

    p_up = INPUTS["p_up"]
    works = Node(
        np.array([milestone, -milestone]), chances=((p_up, state(uncertainty)), (1 - p_up, state(-uncertainty)))
    )
    cost = -INPUTS["development_cost"] * np.array([share, 1 - share])
    return Node(cost, chances=((INPUTS["p_technical"], works),))


def alone(uncertainty: float) -> float:
    """The project to one firm that has it all: it launches where sales pay for it."""
    sold = [Node(INPUTS["base_sales"] * (1 + move) - INPUTS["launch_cost"]) for move in (uncertainty, -uncertainty)]
    states = tuple((0.5, Node(choices=(node, STOP))) for node in sold)
    works = Node(chances=states)
    return float(roll_back(Node(-INPUTS["development_cost"], chances=((INPUTS["p_technical"], works),))))


def values(royalty: float, uncertainty: float = INPUTS["base_uncertainty"], milestone: float = 0.0) -> NDArray:
    return roll_back(contract(uncertainty, royalty, milestone))


@pytest.mark.parametrize(
    ("uncertainty", "project", "licensor", "licensee"), CASE["published_uncertainty"], ids=lambda value: f"{value:g}"
)
def test_value_by_uncertainty(uncertainty, project, licensor, licensee):
    found = roll_back(contract(uncertainty, INPUTS["base_royalty"], INPUTS["base_milestone"]))
    assert list(found) == pytest.approx([licensor, licensee], abs=TOL, rel=0)
    assert alone(uncertainty) == pytest.approx(project, abs=TOL, rel=0)


TERMS = CASE["published_fair_terms"]


@pytest.mark.parametrize("milestone", TERMS["by_milestone"])
def test_fair_terms(milestone):
    found = [values(royalty, milestone=milestone) for royalty in TERMS["royalties"]]
    gaps = [licensee - licensor for licensor, licensee in found]
    assert gaps == pytest.approx(TERMS["by_milestone"][milestone], abs=TOL, rel=0)


def test_a_royalty_is_a_transfer_until_it_stops_the_launch():
    """Joint value 1.0 at 11 % and -0.5 at 12 %: past one ninth the low state is not launched."""
    assert list(values(0.11)) == pytest.approx([0.80, 0.20], abs=TOL)
    assert list(values(0.12)) == pytest.approx([-0.52, 0.02], abs=TOL)
    joint = [values(royalty).sum() for royalty in (0.0, 0.05, 0.11, 0.12, 0.20)]
    assert joint == pytest.approx([1.0, 1.0, 1.0, -0.5, -0.5], abs=TOL)
    turn = brentq(lambda royalty: values(royalty).sum() - 0.25, 0.10, 0.13)
    assert turn == pytest.approx(1 / 9, abs=1e-9)


def test_a_milestone_is_a_transfer_whatever_it_is():
    at = partial(values, 0.11)
    assert {round(float(at(milestone=paid).sum()), 9) for paid in (-5.0, 0.0, 5.0)} == {1.0}
    gain = at(milestone=5.0) - at(milestone=0.0)
    assert list(gain) == pytest.approx([1.5, -1.5], abs=TOL)  # 5 at a chance of 0.30
