"""Published valuations, reproduced by the model's own functions: every printed figure within its own tolerance.

A case is a file in cases/: inputs, conventions, source, and what was published. `unpublished_checks` there are our own
computations from the same inputs: they pin the tree, but nobody printed them.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dilution import vc_method
from helpers import SEED, load, read_yaml, with_leaves
from scipy.optimize import brentq

from partnering.clock import discount
from partnering.course.sales import Sales
from partnering.deal.events import marginal, tier_slices
from partnering.value.rollback import STOP, Node, roll_back
from partnering.value.statistics import standard_error
from partnering.world.streams import uniforms

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = {
    file.stem: case for file in FILES if "published" in (case := read_yaml(file))
}  # grids have a file of their own
ROUNDING = 1e-12
PRINTED = 0.005  # our own computations are noted to two decimals


def outcomes(node: Node, rate: float = 0.0, probability: float = 1.0) -> Iterator[tuple[float, float, bool]]:
    """Every end of a tree under the best choices: net present cash, probability, and whether its last node pays in."""
    branches = node.chances
    if node.choices:
        branches = ((1.0, max(node.choices, key=lambda n: discount(n.years, rate) * roll_back(n, rate))),)
    left = 1 - sum(chance for chance, _ in branches)
    if left > ROUNDING:
        yield float(node.cash), probability * left, not branches and node.cash > 0
    for chance, branch in branches:
        for value, p, paid in outcomes(branch, rate, probability * chance):
            yield float(node.cash + discount(branch.years, rate) * value), p, paid


def without_stop(node: Node) -> Node:
    """The same tree for an owner who may never stop."""
    choices = tuple(without_stop(choice) for choice in node.choices if choice is not STOP)
    return replace(node, choices=choices, chances=tuple((p, without_stop(branch)) for p, branch in node.chances))


def spread(node: Node, rate: float = 0.0) -> float:
    """Standard deviation of the net present cash of a tree."""
    values, weights, _ = (np.array(column) for column in zip(*outcomes(node, rate), strict=True))
    return float(np.sqrt(np.sum(weights * values**2) - np.sum(weights * values) ** 2))


# Davanrik: a licensee's tree, the licensor's share of it, and both sides together


def davanrik_tree(
    inputs: dict, p1: float | None = None, weight_launch: float | None = None, royalty: float = 0
) -> Node:
    """The licensee's tree; after every outcome it goes on or stops."""

    def launch(chance: dict) -> tuple[float, Node]:
        cost = weight_launch if weight_launch and chance["launch"] == 100 else chance["launch"]
        return chance["p"], Node(choices=(Node((1 - royalty) * chance["pv"] - cost), STOP))

    def phase_3(indication: str) -> Node:
        stage = inputs["phase3"][indication]
        go = Node(-stage["cost"], chances=tuple(launch(chance) for chance in stage["launches"]))
        return Node(choices=(go, STOP))

    two = inputs["phase2"]
    phase_2 = Node(-two["cost"], chances=tuple((two[f"p_{i}"], phase_3(i)) for i in inputs["phase3"]))
    one = inputs["phase1"]
    return Node(-one["cost"], chances=((one["p"] if p1 is None else p1, Node(choices=(phase_2, STOP))),))


def davanrik_licensor(inputs: dict, fees: bool, royalty: float = 0.0) -> Node:
    """The licensor's tree while the licensee goes on wherever the drug works: fees at starts, a royalty on launch."""
    branches = []
    for indication, stage in inputs["phase3"].items():
        launches = tuple((chance["p"], Node(royalty * chance["pv"])) for chance in stage["launches"])
        branches.append((inputs["phase2"][f"p_{indication}"], Node(fees * stage["fee"], chances=launches)))
    phase_2 = Node(fees * inputs["phase2"]["fee"], chances=tuple(branches))
    return Node(fees * inputs["phase1"]["fee"], chances=((inputs["phase1"]["p"], phase_2),))


def davanrik(inputs: dict) -> dict[str, float]:
    tree, royalty = davanrik_tree(inputs), inputs["royalty"]
    value, fees = roll_back(tree), roll_back(davanrik_licensor(inputs, fees=True))
    grossed_up = roll_back(davanrik_licensor(inputs, fees=False, royalty=royalty / (1 - royalty)))
    of_stated = roll_back(davanrik_licensor(inputs, fees=False, royalty=royalty))
    return {
        "ev_licensee": value,
        "sd_outcomes": spread(tree),
        "p_no_approval": 1 - sum(p for _, p, launched in outcomes(tree) if launched),
        "breakeven_phase1_p": brentq(lambda p: roll_back(davanrik_tree(inputs, p)), 0.01, 1),
        "value_of_guaranteed_phase1": roll_back(davanrik_tree(inputs, 1.0)) - value,
        "licensor_milestones_ev": fees,
        "licensor_royalty_ev_A": grossed_up,
        "licensor_total_A": fees + grossed_up,
        "joint_total_A": value + fees + grossed_up,
        "licensor_share_A": (fees + grossed_up) / (value + fees + grossed_up),
        "licensor_total_B": fees + of_stated,
        "ev_licensee_net_of_royalty_B": roll_back(davanrik_tree(inputs, royalty=royalty)),
        "ev_if_weight_launch_225": roll_back(davanrik_tree(inputs, weight_launch=inputs["variant_weight_launch"])),
    }


# Abgenix: dated fees and a royalty, each flow weighted by its own probability


def abgenix(inputs: dict) -> dict[str, float]:
    fees, sales = np.array(inputs["fees"]), np.array(inputs["partner_sales_M1_M10"])
    rate, p = inputs["discount_rate"], inputs["p_approval"]
    year = np.arange(1, len(fees) + len(sales) + 1)
    worth = discount(year, rate)
    royalties = inputs["royalty"] * sales
    npv_fees = np.sum(fees * inputs["fee_probabilities"] * worth[: len(fees)])
    npv_royalties = np.sum(p * royalties * worth[len(fees) :])
    success, failure = fees.sum() + royalties.sum(), fees[:-1].sum()
    return {
        "npv_fees": npv_fees,
        "npv_royalties": npv_royalties,
        "npv_total": npv_fees + npv_royalties,
        "undiscounted_success": success,
        "undiscounted_failure": failure,
        "undiscounted_ev": roll_back(Node(chances=((p, Node(success)), (1 - p, Node(failure))))),
    }


# Newdrug: three stages in a row


def newdrug_tree(inputs: dict) -> Node:
    node, years = Node(inputs["payoff"]), 0.0
    for phase in reversed(inputs["phases"]):
        node = Node(-phase["cost"], chances=((phase["p"], replace(node, years=phase["years"])),))
    return replace(node, years=years)


def newdrug(inputs: dict) -> dict[str, float]:
    tree, rate = newdrug_tree(inputs), inputs["discount_rate"]
    return {"undiscounted": roll_back(tree), "npv": roll_back(tree, rate), "sd_npv": spread(tree, rate)}


# Brealey, Myers and Allen: the option to stop before Phase III


def bma_phase_3(inputs: dict, launch_pv: float, p3: float | None = None) -> Node:
    three = inputs["phase3"]
    chance = three["p"] if p3 is None else p3
    return Node(-three["cost"], chances=((chance, Node(launch_pv, years=three["years"])),))


def bma_tree(inputs: dict, upside: float = 0, p3: float | None = None, extra: float = 0) -> Node:
    two, branches = inputs["phase2"], []
    for launch in inputs["launch_pv"]:
        best = launch["pv"] == max(other["pv"] for other in inputs["launch_pv"])
        go = bma_phase_3(inputs, upside if upside and best else launch["pv"], p3)
        branches.append((two["p"] * launch["p"], Node(years=two["years"], choices=(go, STOP))))
    return Node(-two["cost"] - extra, chances=tuple(branches))


def bma(inputs: dict) -> dict[str, float]:
    rate, more = inputs["discount_rate"], inputs["extension"]
    up, likely, down = (
        roll_back(Node(choices=(bma_phase_3(inputs, launch["pv"]), STOP)), rate) for launch in inputs["launch_pv"]
    )
    npv, bound = roll_back(bma_tree(inputs), rate), roll_back(without_stop(bma_tree(inputs)), rate)
    wider = {"upside": more["upside_pv"], "extra": more["extra_cost"]}
    p75 = more["p3_alternative"]
    return {
        "node_upside": up,
        "node_likely": likely,
        "node_downside_after_option": down,
        "npv": npv,
        "npv_without_abandonment": bound,
        "option_value": npv - bound,
        "npv_extension": roll_back(bma_tree(inputs, **wider), rate),
        "npv_extension_p75": roll_back(bma_tree(inputs, **wider, p3=p75), rate),
        "npv_base_p75": roll_back(bma_tree(inputs, p3=p75), rate),
    }


# Avance: tiers are marginal


def avance(inputs: dict) -> dict[str, float]:
    lower = [0, *(tier["upto"] for tier in inputs["tiers"][:-1])]
    upper, rates = [*lower[1:], np.inf], np.array([tier["rate"] for tier in inputs["tiers"]])
    slices = [float(marginal(np.array(inputs["sales"]), lo, hi)) for lo, hi in zip(lower, upper, strict=True)]
    reached = rates[np.array(slices) > 0]
    return {"royalty": rates @ slices, "wrong_all_sales_at_top_rate": reached[-1] * inputs["sales"]}


WORKED = {
    "davanrik_licensing_tree": davanrik,
    "abgenix_pharmacol_license": abgenix,
    "newdrug_staged_tree": newdrug,
    "bma_abandonment": bma,
    "avance_tiered_royalty": avance,
    "vc_method_dilution": vc_method,
}
FIGURES = [(case, f["name"], f["value"], f["tol"]) for case in CASES for f in CASES[case]["published"]] + [
    (case, f["name"], f["value"], PRINTED) for case in CASES for f in CASES[case].get("unpublished_checks", ())
]


@pytest.mark.parametrize(("case", "name", "value", "tol"), FIGURES, ids=[f"{f[0]}-{f[1]}" for f in FIGURES])
def test_figure(case, name, value, tol):
    assert float(WORKED[case](CASES[case]["inputs"])[name]) == pytest.approx(value, abs=tol, rel=0)


def test_every_case_and_every_figure_is_worked():
    assert set(WORKED) == set(CASES)
    for case, work in WORKED.items():
        assert set(work(CASES[case]["inputs"])) == {name for c, name, _, _ in FIGURES if c == case}


# What a wrong reading would give: each differs from the published figure by more than its tolerance


def inputs_of(case: str) -> dict:
    return CASES[case]["inputs"]


def test_davanrik_outcomes_are_those_of_the_solved_spreadsheet():
    table = [(value, p) for value, p, _ in outcomes(davanrik_tree(inputs_of("davanrik_licensing_tree")))]
    read = CASES["davanrik_licensing_tree"]["outcome_table"]
    merged = {value: sum(p for v, p in table if v == pytest.approx(value)) for value, _ in read}
    assert merged == {value: pytest.approx(p, abs=1e-12) for value, p in read}
    assert sum(p for _, p in table) == pytest.approx(1, abs=1e-12)


def test_davanrik_the_right_to_stop_saves_exactly_the_branch_that_loses():
    inputs = inputs_of("davanrik_licensing_tree")
    tree = davanrik_tree(inputs)
    assert roll_back(without_stop(tree)) == pytest.approx(roll_back(tree))  # worth nothing at the stated figures
    dear = davanrik_tree(inputs, weight_launch=inputs["variant_weight_launch"])
    assert roll_back(dear) - roll_back(without_stop(dear)) == pytest.approx(0.60 * 0.15 * 60)


def test_davanrik_both_treatments_of_the_royalty_differ():
    found = davanrik(inputs_of("davanrik_licensing_tree"))
    assert found["licensor_total_A"] - found["licensor_total_B"] == pytest.approx(
        0.37, abs=0.006 + 0.005
    )  # of rounded totals
    assert found["ev_licensee"] != pytest.approx(13.69, abs=PRINTED)  # the widely circulated spreadsheet


def test_abgenix_needs_its_weights_and_its_timing():
    inputs, found = inputs_of("abgenix_pharmacol_license"), abgenix(inputs_of("abgenix_pharmacol_license"))
    unweighted = abgenix(inputs | {"fee_probabilities": [1] * 5, "p_approval": 1.0})
    assert unweighted["npv_fees"] - found["npv_fees"] > 0.5 and unweighted["npv_royalties"] > 2 * 35
    a_year_early = {name: found[name] * (1 + inputs["discount_rate"]) for name in ("npv_fees", "npv_royalties")}
    assert abs(a_year_early["npv_fees"] - 14) > 0.5 and abs(a_year_early["npv_royalties"] - 35) > 0.5


def test_newdrug_unweighted_and_its_monte_carlo_twin():
    case, inputs = CASES["newdrug_staged_tree"], inputs_of("newdrug_staged_tree")
    sure = inputs | {"phases": [phase | {"p": 1.0} for phase in inputs["phases"]]}
    assert newdrug(sure)["npv"] > 10 * 43.18
    cost = [phase["cost"] for phase in inputs["phases"]]
    starts = discount(np.cumsum([0, *(phase["years"] for phase in inputs["phases"])]), inputs["discount_rate"])
    luck = uniforms(SEED, "newdrug", 0, 5).ravel()  # one luck for all stages, as the model draws it
    reached = luck < np.cumprod([1, *(phase["p"] for phase in inputs["phases"])])[:, None]
    values = np.sum(reached * (np.array([*(-c for c in cost), inputs["payoff"]]) * starts)[:, None], axis=0)
    assert abs(values.mean() - case["monte_carlo"]["published"]) < 4 * standard_error(values)
    assert values.std() == pytest.approx(217.21, rel=0.02)


def test_bma_extension_is_not_worth_its_cost():
    found = bma(inputs_of("bma_abandonment"))
    assert found["npv_extension"] < found["npv"]
    assert found["option_value"] > 0


def test_avance_tiers_by_the_slices_the_deal_uses():
    tiers = {"deal.royalty.thresholds_musd": (0, 200), "valuation.inflation_rate": 0.0}
    year = np.arange(4)
    sales = Sales(row=np.zeros(4, dtype=int), quarter=8 + year, since_launch=8 + year, amount=np.full(4, 300 / 4))
    slices = tier_slices(with_leaves(load(), tiers), sales).sum(axis=1)
    assert slices == pytest.approx([200, 100])
    rates = np.array([tier["rate"] for tier in inputs_of("avance_tiered_royalty")["tiers"]])
    assert rates @ slices == pytest.approx(32, abs=1e-12) and rates[-1] * slices.sum() == pytest.approx(36)
