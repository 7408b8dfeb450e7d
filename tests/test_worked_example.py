"""One candidate over three years, by hand in worked_example.yaml, against the model.

The file is written to be read by somebody who knows finance and no Python. All paths are alike, so each must agree.
"""

import ast
import operator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import World, base_packed, believing, line, load, read_yaml, run_world, with_leaves, without_ranges
from terms import PLACES

from partnering.inputs.lines import LEDGER
from partnering.model import parties

HAND = read_yaml(Path(__file__).parent / "worked_example.yaml")
HUNDRED_DOLLARS = 1e-4  # to which lines are rounded, in millions
THOUSAND_DOLLARS = 1e-3  # to which a total of rounded lines holds
SELLER = {"partnership": "partner", "market": "company_alone"}
SELLS = {"partnership": parties.PARTNER, "market": parties.COMPANY}
SOLD = {"partnership": "partner_sales", "market": "company_sales"}

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def work_out(node: ast.expr) -> float:
    """Value of a written sum: numbers, + - * / ** and brackets, nothing else."""
    if isinstance(node, ast.Constant):
        return float(node.value)
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](work_out(node.left), work_out(node.right))
    raise ValueError(f"not a plain sum: {ast.unparse(node)}")


def total(line: dict[str, Any]) -> float:
    return work_out(ast.parse(str(line["sum"]), mode="eval").body)


def without_inputs(group: dict[str, Any]) -> dict[str, Any]:
    """A part of the file without what it changes in the inputs."""
    return {k: without_inputs(v) if isinstance(v, dict) else v for k, v in group.items() if k != "inputs"}


def lines(group: dict[str, Any], name: str = "") -> dict[str, dict[str, Any]]:
    """Every line of a part of the file, by its full name."""
    if "sum" in group:
        return {name: group}
    parts = (lines(part, f"{name} {key}".strip()) for key, part in group.items())
    return {key: line for part in parts for key, line in part.items()}


ALL_LINES = lines(without_inputs(HAND))


def example_with(changes: dict[str, Any]) -> World:
    """A handful of paths of the example, on which the company co-promotes what it may."""
    scenario = with_leaves(without_ranges(load()), HAND["inputs"] | changes)
    gains = np.full_like(base_packed()[0].table.opting_in, 1e9)
    return run_world(scenario, 5, believing(scenario, opting_in=gains), fixed_durations=True)


@cache
def world() -> World:
    return example_with({})


@cache
def copromoted() -> World:
    return example_with(HAND["copromotion"]["inputs"])


@pytest.mark.parametrize("name", ALL_LINES)
def test_the_arithmetic_of_the_page(name: str) -> None:
    assert total(ALL_LINES[name]) == pytest.approx(ALL_LINES[name]["is"], abs=HUNDRED_DOLLARS)


@pytest.mark.parametrize("slug", SOLD)
def test_sales_by_quarter(slug: str) -> None:
    paid = world().played[slug].books["total"][0, line("net_sales"), SELLS[slug], :12] / world().paths
    expected = {quarter: total(line) for quarter, line in HAND[SOLD[slug]].items()}
    assert list(np.flatnonzero(paid)) == list(expected)
    assert paid[list(expected)] == pytest.approx(list(expected.values()), abs=HUNDRED_DOLLARS)


def test_what_each_term_of_the_deal_pays() -> None:
    check_terms(world(), HAND["deal"])


def check_terms(example: World, by_hand: dict[str, Any]) -> None:
    played = example.played["partnership"]
    paid = np.abs(played.kept.units[:, :, parties.COMPANY]) * played.packed.rules["term"][0]
    assert paid[:, [PLACES[term] for term in by_hand]] == pytest.approx(
        np.tile([total(line) for line in by_hand.values()], (example.paths, 1)), abs=HUNDRED_DOLLARS
    )
    assert not np.delete(paid, [PLACES[term] for term in by_hand], axis=1).any()  # extensions and the other ladder


def test_what_copromotion_moves() -> None:
    plain, shared, by_hand = world(), copromoted(), HAND["copromotion"]
    assert shared.courses("partnership")[1]["opted"].sum() == shared.paths
    check_terms(shared, HAND["deal"] | by_hand["paid"])
    for party, sign in ((parties.COMPANY, 1), (parties.PARTNER, -1)):
        moved = shared.value("partnership", party) - plain.value("partnership", party)
        assert moved == pytest.approx(sign * total(by_hand["company_gains"]), abs=THOUSAND_DOLLARS)


@pytest.mark.parametrize("slug", SELLS)
def test_what_development_and_trade_cost_and_bring(slug: str) -> None:
    """A line of research is the company's in both; nobody else pays for the product."""
    expected = {name: total(line) for name, line in HAND[SELLER[slug]].items() if name != "own_research"}
    found = {each.name: world().mean(slug, line(each.name), SELLS[slug]) for each in LEDGER if each.part == "programme"}
    paid = {name: abs(value) for name, value in found.items() if value and "research" not in name}
    assert paid == pytest.approx(expected, abs=HUNDRED_DOLLARS)


def test_research() -> None:
    assert -world().mean("partnership", line("research_cost")) == pytest.approx(
        total(HAND["research_cost"]), abs=HUNDRED_DOLLARS
    )
    assert world().mean("partnership", line("own_research")) == 0
    alone = total(HAND["company_alone"]["own_research"])
    assert -world().mean("market", line("own_research")) == pytest.approx(alone, abs=HUNDRED_DOLLARS)


@pytest.mark.parametrize(
    ("name", "slug", "party"),
    [
        ("company_signing", "partnership", parties.COMPANY),
        ("partner_signing", "partnership", parties.PARTNER),
        ("company_alone", "market", parties.COMPANY),
    ],
)
def test_what_it_all_comes_to(name: str, slug: str, party: int) -> None:
    """On every path."""
    assert world().value(slug, party) == pytest.approx(HAND["totals"][name]["is"], abs=THOUSAND_DOLLARS)
