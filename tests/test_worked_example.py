"""One candidate over three years, by hand in worked_example.yaml, against the functions that do it in the model.

The file is written to be read by somebody who knows finance and no Python. All paths are alike, so each must agree.
"""

import ast
import operator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from helpers import World, load, read_yaml, run_world, with_leaves, without_ranges

from partnering.course.sales import sell
from partnering.course.strategies import Party
from partnering.deal.costs import develop, trade
from partnering.deal.exposures import expose
from partnering.deal.ledger import Exposure
from partnering.value import beliefs

HAND = read_yaml(Path(__file__).parent / "worked_example.yaml")
HUNDRED_DOLLARS = 1e-4  # to which lines are rounded, in millions
THOUSAND_DOLLARS = 1e-3  # to which a total of rounded lines holds
SELLER = {"partnership": "partner", "market": "company_alone"}
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
    """A handful of paths of the example; the kept clinical candidates are no part of it."""
    with patch.object(beliefs, "BELIEF_DRAWS", 1):  # nothing is left to be uncertain of
        return run_world(with_leaves(without_ranges(load()), HAND["inputs"] | changes), 5, fixed_durations=True)


@cache
def world() -> World:
    return example_with({})


@cache
def copromoted() -> World:
    return example_with(HAND["copromotion"]["inputs"])


@pytest.mark.parametrize("name", ALL_LINES)
def test_the_arithmetic_of_the_page(name):
    assert total(ALL_LINES[name]) == pytest.approx(ALL_LINES[name]["is"], abs=HUNDRED_DOLLARS)


@pytest.mark.parametrize("slug", SOLD)
def test_sales_by_quarter(slug):
    example, course = world(), world().books[slug].course
    sales = sell(example.scenario, example.theta, course)
    expected = {quarter: total(line) for quarter, line in HAND[SOLD[slug]].items()}
    for row in range(5):
        mine = sales.row == row
        assert list(sales.quarter[mine]) == list(expected)
        assert sales.amount[mine] == pytest.approx(list(expected.values()), abs=HUNDRED_DOLLARS)


def test_what_each_term_of_the_deal_pays():
    example, books = world(), world().books["partnership"]
    exposures = expose(example.scenario, example.theta, books.plan, books.sales, books.opted)
    check_terms(example, exposures, HAND["deal"])


def check_terms(example: World, exposures: list[Exposure], by_hand: dict[str, Any]) -> None:
    paid = {exposure.term: np.zeros(example.paths) for exposure in exposures}
    for exposure in exposures:
        paid[exposure.term] += example.present("partnership", exposure.transfer)
    for term, line in by_hand.items():
        assert paid.pop(term) == pytest.approx(total(line), abs=HUNDRED_DOLLARS), term
    assert all((other == 0).all() for other in paid.values())  # extensions and the other ladder


def test_what_copromotion_moves():
    plain, shared, by_hand = world(), copromoted(), HAND["copromotion"]
    assert shared.books["partnership"].opted.all()
    check_terms(shared, shared.books["partnership"].exposures, HAND["deal"] | by_hand["paid"])
    for party, sign in ((Party.COMPANY, 1), (Party.PARTNER, -1)):
        moved = shared.value("partnership", party) - plain.value("partnership", party)
        assert moved == pytest.approx(sign * total(by_hand["company_gains"]), abs=THOUSAND_DOLLARS)


@pytest.mark.parametrize(("slug", "party"), [("partnership", Party.PARTNER), ("market", Party.COMPANY)])
def test_what_development_and_trade_cost_and_bring(slug, party):
    example, books = world(), world().books[slug]
    flows = develop(example.scenario, example.theta, books.course)
    flows += trade(example.scenario, example.theta, books.course, books.sales)
    assert all(party in (flow.payer, flow.payee) for flow in flows if len(flow.path))
    expected = {name: total(line) for name, line in HAND[SELLER[slug]].items() if name != "own_research"}
    assert {flow.line for flow in flows if len(flow.path)} == set(expected)
    for line, value in expected.items():
        found = sum(example.present(slug, flow) for flow in flows if flow.line == line)
        assert found == pytest.approx(value, abs=HUNDRED_DOLLARS), line


def test_research():
    assert world().line("partnership", "research_cost") == pytest.approx(
        total(HAND["research_cost"]), abs=HUNDRED_DOLLARS
    )
    assert (world().line("partnership", "own_research") == 0).all()
    alone = total(HAND["company_alone"]["own_research"])
    assert world().line("market", "own_research") == pytest.approx(alone, abs=HUNDRED_DOLLARS)


@pytest.mark.parametrize(
    ("name", "slug", "party"),
    [
        ("company_signing", "partnership", Party.COMPANY),
        ("partner_signing", "partnership", Party.PARTNER),
        ("company_alone", "market", Party.COMPANY),
    ],
)
def test_what_it_all_comes_to(name, slug, party):
    assert world().value(slug, party) == pytest.approx(HAND["totals"][name]["is"], abs=THOUSAND_DOLLARS)
