"""Published valuations come back by the model's own functions, wrong readings miss, and a planted fault shows."""

from functools import cache, partial

import numpy as np
import pytest
from helpers import PARAMS
from scipy.optimize import brentq

from partnering.analysis.cases.licences import dearer_weight, licensee_tree, value_contract
from partnering.analysis.cases.tree import break_even, outcomes, stages_in_a_row, without_stop
from partnering.analysis.cases.verdicts import WORKED, Checked, Control, controls, verdicts, work
from partnering.analysis.rollback import Node, roll_back
from partnering.inputs import Case, load_cases
from partnering.model.deal import tier_slice

CASES = {case.id: case for case in load_cases(PARAMS)}
FIGURES = [(case.id, figure.name) for case in CASES.values() for figure in case.figures if not case.not_worked]
READINGS = [(case.id, wrong.reading) for case in CASES.values() for wrong in case.wrong_readings]
CODEV, DAVANRIK = (CASES[name].inputs for name in ("codev_contract_fair_terms", "davanrik_licensing_tree"))
TOL = 1e-7


@cache
def checked(case: str) -> dict[str, Checked]:
    return {row.figure: row for row in verdicts([CASES[case]])}


@cache
def misread(case: str) -> dict[str, Control]:
    return {row.control: row for row in controls([CASES[case]])}


@pytest.mark.parametrize(("case", "figure"), FIGURES, ids=[f"{case}-{figure}" for case, figure in FIGURES])
def test_a_figure_comes_back(case: str, figure: str) -> None:
    row = checked(case)[figure]
    assert row.computed == pytest.approx(row.published, abs=row.tolerance, rel=0)
    assert row.holds


@pytest.mark.parametrize(("case", "reading"), READINGS)
def test_a_wrong_reading_misses(case: str, reading: str) -> None:
    row = misread(case)[reading]
    assert abs(row.wrong - row.published) > row.tolerance
    assert row.fails


def test_every_case_is_worked_or_says_why_not_and_has_a_wrong_reading() -> None:
    assert set(CASES) == set(WORKED) | {case.id for case in CASES.values() if case.not_worked}
    assert [case.id for case in CASES.values() if not case.wrong_readings] == []
    assert len(CASES) == 12 and len(FIGURES) > 300


# That the verdicts can be red.


def changed(case: Case, kind: str, place: int = 0, **fields: object) -> Case:
    """The case with one of its figures or readings another one."""
    rows = list(getattr(case, kind))
    rows[place] = rows[place].model_copy(update=fields)
    return case.model_copy(update={kind: tuple(rows)})


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
@pytest.mark.parametrize("side", [-1, 1])
def test_a_figure_moved_by_two_tolerances_is_red_and_no_other(case: Case, side: int) -> None:
    first = case.published[0]
    moved = changed(case, "published", value=checked(case.id)[first.name].computed + 2 * side * first.tol)
    assert [row.figure for row in verdicts([moved]) if not row.holds] == [first.name]


def test_a_wrong_reading_that_is_right_is_not_caught() -> None:
    same = changed(CASES["avance_tiered_royalty"], "wrong_readings", instead={})
    assert [row.fails for row in controls([same])] == [False]


def test_what_no_function_works_is_red() -> None:
    case = CASES["mckinsey_breakeven"]
    unknown, renamed = case.model_copy(update={"id": "another"}), changed(case, "published", name="another")
    assert [row.holds for row in verdicts([unknown])] == [False] * len(case.figures)
    assert [row.figure for row in verdicts([renamed]) if not row.holds] == ["another"]
    assert [row.fails for row in controls([unknown])] == [False]


def test_a_case_that_is_not_worked_has_no_figures() -> None:
    assert verdicts([CASES["mckinsey_breakeven"].model_copy(update={"not_worked": "a reason"})]) == []


def test_published_means_read_in_a_source() -> None:
    kinds = {case: {row.figure: row.kind for row in checked(case).values()} for case in CASES}
    assert set(kinds["paul2010_rd_productivity"].values()) == {"recalled"}
    fund = kinds["megafund_binomial"]
    assert {name for name, kind in fund.items() if kind == "published"} == {
        "success_value",
        "expected_multiple_rounded_pv",
    }
    assert (fund["p_at_least_2"], fund["p_at_least_1"]) == ("recalled", "own check")
    assert kinds["davanrik_licensing_tree"]["ev_licensee"] == "published"


# A licensing tree.


def test_the_ends_of_a_tree_are_all_that_can_happen() -> None:
    for inputs in (DAVANRIK, dearer_weight(DAVANRIK)):
        ends = list(outcomes(licensee_tree(inputs)))
        assert sum(p for _, p, _ in ends) == pytest.approx(1, abs=1e-12)
        assert sum(p * cash for cash, p, _ in ends) == pytest.approx(float(roll_back(licensee_tree(inputs))), abs=1e-9)


def test_the_right_to_stop_saves_exactly_the_branch_that_loses() -> None:
    tree, dear = licensee_tree(DAVANRIK), licensee_tree(dearer_weight(DAVANRIK))
    assert roll_back(without_stop(tree)) == pytest.approx(roll_back(tree))  # worth nothing at the stated figures
    assert roll_back(dear) - roll_back(without_stop(dear)) == pytest.approx(0.60 * 0.15 * 60)


def test_stages_in_a_row_by_hand() -> None:
    tree = stages_in_a_row([10, 20], [0.5, 0.4], [1, 2], 300)
    assert roll_back(tree) == pytest.approx(-10 + 0.5 * (-20 + 0.4 * 300))
    assert roll_back(tree, 0.1) == pytest.approx(-10 + 0.5 * (-20 + 0.4 * 300 / 1.21) / 1.1)


def test_a_break_even_is_where_the_lead_is_nothing_or_nowhere() -> None:
    assert break_even(lambda share: 3 * share - 1) == pytest.approx(1 / 3, abs=1e-12)
    assert np.isnan(break_even(lambda share: 1 + share))


def test_a_stop_is_an_end_that_pays_nothing() -> None:
    assert list(outcomes(Node(-5, chances=((0.25, Node(40)),)))) == [(-5.0, 0.75, False), (35.0, 0.25, True)]


# A contract to both sides.


def values(royalty: float, milestone: float = 0.0) -> np.ndarray:
    return value_contract(CODEV, CODEV["base_uncertainty"], royalty, milestone)


def test_a_royalty_is_a_transfer_until_it_stops_the_launch() -> None:
    """Joint value 1.0 at 11 % and -0.5 at 12 %: past one ninth the low state is not launched."""
    assert list(values(0.11)) == pytest.approx([0.80, 0.20, 1.0], abs=TOL)
    assert list(values(0.12)) == pytest.approx([-0.52, 0.02, -0.5], abs=TOL)
    joint = [values(royalty)[-1] for royalty in (0.0, 0.05, 0.11, 0.12, 0.20)]
    assert joint == pytest.approx([1.0, 1.0, 1.0, -0.5, -0.5], abs=TOL)
    assert brentq(lambda royalty: values(royalty)[-1] - 0.25, 0.10, 0.13) == pytest.approx(1 / 9, abs=1e-9)


def test_a_milestone_is_a_transfer_whatever_it_is() -> None:
    at = partial(values, 0.11)
    assert {round(float(at(milestone=paid)[-1]), 9) for paid in (-5.0, 0.0, 5.0)} == {1.0}
    gain = at(milestone=5.0) - at(milestone=0.0)
    assert list(gain) == pytest.approx([1.5, -1.5, 0], abs=TOL)  # 5 at a chance of 0.30


@pytest.mark.parametrize("uncertainty", CODEV["uncertainties"])
def test_both_sides_together_have_what_there_is(uncertainty: float) -> None:
    licensor, licensee, both = value_contract(CODEV, uncertainty, 0.10, -3)
    assert licensor + licensee == pytest.approx(both, abs=1e-12)


# What other cases say of themselves.


def test_tiers_are_those_that_the_deal_uses() -> None:
    """300 sold over four quarters of a year: 200 in the first tier and 100 above, as in one sum."""
    tiers = ((0.0, 200.0), (200.0, np.inf))
    slices = [sum(tier_slice(75.0 * q, 75.0, low, high) for q in range(4)) for low, high in tiers]
    assert slices == pytest.approx([200, 100])
    rates = np.array([tier["rate"] for tier in CASES["avance_tiered_royalty"].inputs["tiers"]])
    assert (rates * slices).sum() == pytest.approx(32, abs=1e-12)


def test_an_extension_may_not_be_worth_its_cost() -> None:
    found = work(CASES["bma_abandonment"])
    assert found["npv_extension"] < found["npv"]
    assert found["option_value"] == pytest.approx(found["npv"] - found["npv_without_abandonment"])


def test_what_rounds_leave_to_the_founders_and_what_they_sell_is_all_there_is() -> None:
    case = CASES["vc_method_dilution"]
    found = work(case)
    sold = sum(found[f"final_own_{one['name']}"] for one in case.inputs["rounds"])
    kept = found["retention_A"] * (1 - found["current_own_A"])
    assert sold + kept == pytest.approx(1, abs=1e-12)
    assert kept == pytest.approx(case.inputs["founder_shares"] / found["total_shares"], abs=1e-12)


def test_drawn_cases_do_not_rest_on_their_seed() -> None:
    for name in ("moore_monte_carlo", "newdrug_staged_tree"):
        case = CASES[name]
        other = case.model_copy(update={"inputs": case.inputs | {"simulation": {"seed": 2, "blocks": 12}}})
        rows = [row for row in verdicts([other]) if row.kind == "published"]
        assert [row.figure for row in rows if not row.holds] == []
        assert [row.computed for row in rows] != [checked(name)[row.figure].computed for row in rows]
