"""Published licences: a tree to both parties, dated fees and royalties, tiers, and a royalty that changes a launch."""

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.cases.tree import Figures, Inputs, break_even, outcomes, spread
from partnering.analysis.rollback import STOP, Node, roll_back
from partnering.clock import discount
from partnering.model.deal import tier_slice

SIDES = ("licensor", "licensee", "both")
"""Whose value stands at which place of a contract's tree."""


def work_davanrik(inputs: Inputs) -> Figures:
    """Work a licensing tree: the licensee's value, spread and break-even, the licensor's share by both conventions."""
    tree, royalty = licensee_tree(inputs), inputs["royalty"]
    value, fees = float(roll_back(tree)), float(roll_back(licensor_tree(inputs, fees=True)))
    grossed_up = float(roll_back(licensor_tree(inputs, royalty=royalty / (1 - royalty))))
    of_stated = float(roll_back(licensor_tree(inputs, royalty=royalty)))
    ends = list(outcomes(tree))
    cash = {round(value) for value, _, _ in ends}
    return {
        "ev_licensee": value,
        "sd_outcomes": spread(tree),
        "p_no_approval": 1 - sum(p for _, p, launched in ends if launched),
        "breakeven_phase1_p": break_even(lambda p: float(roll_back(licensee_tree(inputs, p)))),
        "value_of_guaranteed_phase1": float(roll_back(licensee_tree(inputs, 1.0))) - value,
        "licensor_milestones_ev": fees,
        "licensor_royalty_ev_A": grossed_up,
        "licensor_total_A": fees + grossed_up,
        "joint_total_A": value + fees + grossed_up,
        "licensor_share_A": (fees + grossed_up) / (value + fees + grossed_up),
        "licensor_total_B": fees + of_stated,
        "ev_licensee_net_of_royalty_B": float(roll_back(licensee_tree(inputs, royalty=royalty))),
        "ev_if_weight_launch_225": float(roll_back(licensee_tree(dearer_weight(inputs)))),
    } | {f"probability[outcome {at}]": sum(p for end, p, _ in ends if round(end) == at) for at in cash}


def licensee_tree(inputs: Inputs, p1: float | None = None, royalty: float = 0.0) -> Node:
    """Return the licensee's tree; after every outcome it goes on or stops."""

    def launch(chance: Inputs) -> tuple[float, Node]:
        """Return the chance of an outcome, and the choice whether to launch then."""
        return chance["p"], Node(choices=(Node((1 - royalty) * chance["pv"] - chance["launch"]), STOP))

    def phase_3(stage: Inputs) -> Node:
        """Return the choice whether to pay for Phase 3."""
        go = Node(-stage["cost"], chances=tuple(launch(chance) for chance in stage["launches"]))
        return Node(choices=(go, STOP))

    one, two = inputs["phase1"], inputs["phase2"]
    found = tuple((two[f"p_{name}"], phase_3(stage)) for name, stage in inputs["phase3"].items())
    go_on = Node(choices=(Node(-two["cost"], chances=found), STOP))
    return Node(-one["cost"], chances=((one["p"] if p1 is None else p1, go_on),))


def licensor_tree(inputs: Inputs, fees: bool = False, royalty: float = 0.0) -> Node:
    """Return the licensor's tree while the licensee goes on wherever the drug works: fees at starts, then a royalty."""
    branches = []
    for name, stage in inputs["phase3"].items():
        launches = tuple((chance["p"], Node(royalty * chance["pv"])) for chance in stage["launches"])
        branches.append((inputs["phase2"][f"p_{name}"], Node(fees * stage["fee"], chances=launches)))
    phase_2 = Node(fees * inputs["phase2"]["fee"], chances=tuple(branches))
    return Node(fees * inputs["phase1"]["fee"], chances=((inputs["phase1"]["p"], phase_2),))


def dearer_weight(inputs: Inputs) -> Inputs:
    """Return the inputs with the dearer launch wherever the product is for weight loss alone."""
    dear = {"launch": inputs["variant_weight_launch"]}
    weight = inputs["phase3"]["weight"]["launches"][0]
    stages = {
        name: {**stage, "launches": [one | dear if one["pv"] == weight["pv"] else one for one in stage["launches"]]}
        for name, stage in inputs["phase3"].items()
    }
    return {**inputs, "phase3": stages}


def work_abgenix(inputs: Inputs) -> Figures:
    """Work a hand-off licence: dated fees and a royalty, each flow weighted by its own probability."""
    fees, royalties = np.array(inputs["fees"]), inputs["royalty"] * np.array(inputs["partner_sales_M1_M10"])
    worth = discount(np.arange(len(fees) + len(royalties)) + inputs["first_year"], inputs["discount_rate"])
    p = inputs["p_approval"]
    npv_fees = float(np.sum(fees * inputs["fee_probabilities"] * worth[: len(fees)]))
    npv_royalties = float(np.sum(p * royalties * worth[len(fees) :]))
    success, failure = float(fees.sum() + royalties.sum()), float(fees[:-1].sum())
    return {
        "npv_fees": npv_fees,
        "npv_royalties": npv_royalties,
        "npv_total": npv_fees + npv_royalties,
        "undiscounted_success": success,
        "undiscounted_failure": failure,
        "undiscounted_ev": float(roll_back(Node(chances=((p, Node(success)), (1 - p, Node(failure)))))),
    }


def work_avance(inputs: Inputs) -> Figures:
    """Work a tiered royalty: each rate on its own slice of sales."""
    royalty, low = 0.0, 0.0
    for tier in inputs["tiers"]:
        high = np.inf if tier["upto"] is None else float(tier["upto"])
        royalty += sum(tier["rate"] * tier_slice(0.0, float(sales), low, high) for sales in np.ravel(inputs["sales"]))
        low = high
    return {"royalty": royalty}


def work_codev(inputs: Inputs) -> Figures:
    """Work a contract by what is not known of sales, and its fairness by royalty and milestone."""
    base = inputs["base_royalty"], inputs["base_milestone"]
    found: Figures = {}
    for u in inputs["uncertainties"]:
        licensor, licensee, _ = value_contract(inputs, u, *base)
        alone = value_contract(inputs | {"launch_decided_by": SIDES[-1]}, u, *base)[-1]
        named = {"project": alone, "licensor": licensor, "licensee": licensee}
        found |= {f"{name}[uncertainty {u:.2f}]": float(value) for name, value in named.items()}
    for milestone in inputs["milestones"]:
        for royalty in inputs["royalties"]:
            licensor, licensee, _ = value_contract(inputs, inputs["base_uncertainty"], royalty, milestone)
            found[f"licensee_less_licensor[milestone {milestone}, royalty {royalty:.2f}]"] = float(licensee - licensor)
    return found


def value_contract(inputs: Inputs, uncertainty: float, royalty: float, milestone: float) -> NDArray[np.float64]:
    """Return a contract's value to licensor, licensee and both; whoever decides launches where its own part pays."""
    share, launch = inputs["cost_share_licensor"], inputs["launch_cost"]

    def state(move: float) -> Node:
        """Return the choice whether to launch once sales have moved, owned by whoever decides."""
        sales = inputs["base_sales"] * (1 + move)
        sold = Node(np.array([royalty * sales, (1 - royalty) * sales - launch, sales - launch]))
        return Node(choices=(sold, STOP), owner=SIDES.index(inputs["launch_decided_by"]))

    states = ((inputs["p_up"], state(uncertainty)), (1 - inputs["p_up"], state(-uncertainty)))
    works = Node(np.array([milestone, -milestone, 0]), chances=states)
    cost = inputs["development_cost"] * np.array([share, 1 - share, 1])
    return roll_back(Node(-cost, chances=((inputs["p_technical"], works),)))
