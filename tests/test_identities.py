"""The identities that the model takes of its own books: each of them can fail, and they hold in every scenario.

That they hold whatever the inputs and beliefs is in test_company.py, that the files obey them in test_results.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from by_hand import Record
from helpers import PARAMS, World, base_packed, believing, load, run_world, with_leaves
from numpy.typing import NDArray

from partnering.model import checks, lines
from partnering.model.books import pay
from partnering.model.parties import COMPANY, PARTNER, SUPPLIERS
from partnering.model.stages import MARKET, NEVER, PHASE_1, PHASE_2

CLAUSES: dict[str, Any] = {
    "deal.termination.excess_hazard_rate": 0.15,
    "deal.termination.relicense_prob": 0.6,
    "deal.copromotion.offered": True,
    "deal.equity.amount_musd": 30.0,
    "deal.equity.premium_rate": 0.5,
    "deal.sales_milestones.thresholds_musd": (50.0, 400.0),
    "deal.sales_milestones.amounts_musd": (5.0, 40.0),
    "deal.royalty.floor_musd": 30.0,
    "deal.sharing.cost_share": 0.4,
    **{f"success.{stage}_prob": 0.95 for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")},
}
"""Products come back, the company co-promotes what does not, and most clauses pay."""


@pytest.mark.parametrize("name", sorted(file.stem for file in (PARAMS / "scenarios").glob("*.yaml")))
def test_identities_hold_for_every_scenario_of_params(name: str) -> None:
    for played in run_world(load(name), 64).played.values():
        assert played.books["residual"][0, :3].max() < 1e-7 and not played.books["residual"][0, 3:].any()


Page = tuple[Record, Record, NDArray, int]
"""Rules, books and candidates of the last path of a block, and when the deal was signed."""


@pytest.fixture(scope="module")
def lived() -> World:
    scenario = with_leaves(load(), CLAUSES | {"behaviour.gates": "commit"})
    gains = np.full_like(base_packed()[0].table.opting_in, 1e9)
    return run_world(scenario, 9, believing(scenario, opting_in=gains))


def page_of(world: World, slug: str) -> Page:
    played = world.played[slug]
    path, found = world.courses(slug)
    books = played.books.copy()
    books["residual"] = 0.0
    return played.packed.rules[0], books[0], found[path == world.paths - 1].copy(), int(slug != "partnership") * NEVER


def failed(page: Page) -> list[int]:
    """Which identities do not hold on the page, in the order of the checks."""
    rules, book, work, signed = page
    checks.check_path(rules, book, work, len(work), signed)
    return [place for place, residual in enumerate(book["residual"]) if residual > 1e-7]


@pytest.mark.parametrize("slug", ["partnership", "market", "concept", "best"])
def test_books_without_a_fault_pass(lived: World, slug: str) -> None:
    assert failed(page_of(lived, slug)) == []


BOOKS, VALUES, TERMS, EARLY, STAGES, TWICE, NEGATIVE = range(7)


def to_nobody(page: Page) -> None:
    page[1]["page"][lines.COGS, SUPPLIERS] *= 0.5


def untimed(page: Page) -> None:
    """Money of the middle of a quarter counted at its start."""
    net = page[1]["net"]
    net[COMPANY] = net[COMPANY][::-1].copy()


def altered(page: Page) -> None:
    page[1]["value"][lines.ROYALTIES] *= 1.001
    page[1]["net"][:, 0, 0] += 0.001 * page[1]["value"][lines.ROYALTIES] / 1.001 / page[1]["factor"][[1, 0, 0], 0, 0]


def paid_early(line: int) -> Callable[[Page], None]:
    """A receipt a quarter before the event that it could be for."""

    def plant(page: Page) -> None:
        _, book, work, signed = page
        of = work[work["common"] == 0]
        event = max(min(checks.earliest(c, lines.EVENT[line]) for c in of), signed if line < lines.DEAL_LINES else 0)
        assert 0 < event < NEVER
        book["page"][line, COMPANY, event - 1] += 1.0
        book["page"][line, SUPPLIERS, event - 1] -= 1.0
        book["touched"][line] = 1

    return plant


def before_the_signing(page: Page) -> list[int]:
    return failed((*page[:3], 1))


def stage_early(page: Page) -> None:
    c = page[2][page[2]["entered"][:, PHASE_2] == 1]
    assert len(c)
    page[2]["start"][:, PHASE_2] = page[2]["start"][:, PHASE_1]


def stage_left_out(page: Page) -> None:
    page[2]["entered"][page[2]["entered"][:, MARKET] == 1, PHASE_2] = 0


def candidate_twice(page: Page) -> None:
    page[2][1] = page[2][0]


def cost_refunded(page: Page) -> None:
    pay(page[1], lines.SELLING, COMPANY, SUPPLIERS, 3, -1.0)
    page[1]["value"][lines.SELLING, COMPANY] += 0.0


FAULTS: list[tuple[str, str, int, Callable[[Page], None]]] = [
    ("money to nobody", "market", BOOKS, to_nobody),
    ("a third timing", "market", VALUES, untimed),
    ("a royalty altered", "partnership", TERMS, altered),
    *(
        (f"{lines.LINES[line]} early", slug, EARLY, paid_early(line))
        for slug, line in (
            ("partnership", lines.ROYALTIES),
            ("partnership", lines.MILESTONES),
            ("partnership", lines.COPROMOTION_REFUND),
            ("market", lines.NET_SALES),
        )
    ),
    ("a stage too early", "partnership", STAGES, stage_early),
    ("a stage left out", "market", STAGES, stage_left_out),
    ("a candidate twice", "market", TWICE, candidate_twice),
    ("a cost refunded", "market", NEGATIVE, cost_refunded),
]


@pytest.mark.parametrize(("slug", "identity", "plant"), [pytest.param(*rest, id=name) for name, *rest in FAULTS])
def test_a_planted_fault_is_caught_by_its_identity(lived: World, slug: str, identity: int, plant: Callable) -> None:
    page = page_of(lived, slug)
    plant(page)
    assert identity in failed(page)


def test_an_upfront_before_the_signing_is_caught(lived: World) -> None:
    """A deal that pays from the day but is signed a quarter later."""
    assert before_the_signing(page_of(lived, "partnership")) == [EARLY]
    assert page_of(lived, "partnership")[1]["page"][lines.UPFRONT, PARTNER, 0] < 0


def test_every_identity_has_a_planted_fault() -> None:
    assert {identity for _, _, identity, _ in FAULTS} == set(range(7))
