"""What the array engine told of a block, read of the kernel's books: for `parity.py` alone."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.counting import PROGRAMME_PLACES
from partnering.model.pack import Packed, pack_strategy
from partnering.model.parties import PARTIES
from partnering.model.run import Played
from partnering.model.told import TOLD
from partnering.model.views import FINANCED, PRETAX
from partnering.model.worth import Table
from partnering.results.terms import terms_of

VIEWS, TIMINGS = ("pretax", "planned", "financed"), ("mid", "start")
PLANNED_EVENTS = (
    *("lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"),
    *("licensed", "returned", "copromoted"),
)
EVENTS = (*PLANNED_EVENTS, "delayed", "sold")
PLACES = [(o, m) for o in ("inherited", "collaboration", "own", "common", "technology") for m in ("naked", "conjugate")]
STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing", "launch_build")
RECURRING = tuple(line for line, recurs in zip(lines.LINES, lines.RECURS, strict=True) if recurs)
STEPS: dict[str, tuple[str, ...]] = {
    **{"raised": ("equity_raise",), "issue_fee": ("issue_fee",), "sold": ("rights_sold",), "tax": ("tax",)},
    **{"paid_out": ("paid_to_owners",), "unpaid": ("unpaid_bills",), "placed": ("share_placement",)},
    "receipts": tuple(
        line
        for line, at_start in zip(lines.LINES[: lines.TAX], lines.AT_START[: lines.TAX], strict=True)
        if at_start and not line.endswith("filing")
    ),
    "stage_fees": ("filing", "common_filing"),
    "stages": (*STAGES, *(f"common_{line}" for line in STAGES)),
    "contract_research": ("research_funding", "extension_funding", "research_cost", "extension_research"),
    **{"own_research": ("own_research",), "base_burn": ("base_burn",)},
    "products": (*RECURRING, "sales_milestones", "royalty_floor"),
}
Key = tuple[str, str, str, bool]  # party, line, timing, whether it is part of the party's value


def pack_believing(scenario: Scenario, tables: list[tuple[str, Any]]) -> list[Packed]:
    """Pack a scenario with the oracle's belief tables in place of the kernel's own."""
    read = {slug: as_table(table) for slug, table in tables}
    worth = next(iter(read.values())).licence_worth
    return [pack_strategy(scenario, slug, table, worth) for slug, table in read.items()]


def as_table(old: SimpleNamespace) -> Table:
    """The oracle's belief table as the kernel's type."""
    o = old.outlook
    least = np.full((2, o.run_on.shape[1]), -np.inf) if old.least_sales is None else old.least_sales
    arrays = old.class_z, old.worth, old.going_on, old.searching, old.taking_up, old.opting_in
    later = o.lead_worth, old.lead_to_partner, *old.leads_per_musd, o.licence_worth, o.licences_a_year
    return Table(
        old.rational, *arrays, o.cost_musd, o.quarters, o.run_on, least, *later, o.research_cost_share, o.kept_in_sale
    )


def read_part(scenario: Scenario, played: Played, place: int) -> dict[str, Any]:
    """All that is compared of a strategy in a view."""
    book, out, kept, pretax = played.books[place], played.kept.out[place], played.kept, place == PRETAX
    sums, horizon = dict(line_keys(played, place)), int(played.packed.rules["horizon"][0])
    net = {"company": np.diff(kept.balance[place], axis=1, prepend=played.packed.rules["opening_cash"][0])}
    return {
        "programme": out["programme"],
        "counts": out,
        "company": out,
        "npv": dict(zip(PARTIES, out["npv"].T, strict=True)),
        "net": dict(zip(PARTIES, kept.net, strict=True)) if pretax else net,
        "told": {} if pretax else told(played, place),
        "events": dict(events(book, place)),
        "line_sums": sums,
        "line_quarters": {key: quarter(scenario, book, key, horizon) for key in sums},
        "units": dict(units(scenario, played)) if pretax else {},
    }


def line_keys(played: Played, view: int) -> Iterator[tuple[Key, NDArray]]:
    """Sums of present values and of their squares, by line that pays anything."""
    book, programme = played.books[view], lines.PROGRAMME_LINES
    for k, party in enumerate(PARTIES):
        for place, line in enumerate(lines.LINES):
            if book["total"][place, k].any():
                counted = place < (lines.CAPITAL_LINES if view and k == 0 else programme)
                yield (party, line, TIMINGS[lines.AT_START[place]], counted), book["value_sum"][:, place, k].copy()
        for start, timing in enumerate(TIMINGS):
            if view and k and book["total"][:programme, k][lines.AT_START[:programme] == start].any():
                yield (party, "tax", timing, True), book["tax_sum"][k, start].copy()


def quarter(scenario: Scenario, book: Any, key: Key, horizon: int) -> NDArray:
    """The sum over paths of a line by quarter, as a party sees it."""
    party, line, timing, _ = key
    total = book["total"][:, PARTIES.index(party), :horizon]
    if line == "tax" and party != "company":
        mine = lines.AT_START[: lines.PROGRAMME_LINES] == TIMINGS.index(timing)
        return -scenario["tax.partner_rate"] * total[: lines.PROGRAMME_LINES][mine].sum(axis=0)
    return total[lines.LINES.index(line)].copy()


def events(book: Any, view: int) -> Iterator[tuple[tuple[str, str, str], NDArray]]:
    """Counts by (origin, modality, event): before tax of what was planned, as financed of what money moved."""
    for number, event in enumerate(EVENTS if view in (PRETAX, FINANCED) else ()):
        if (event in PLANNED_EVENTS) == (view == PRETAX):
            yield ("all", "all", event), book["events_all"][number].copy()
            for place, about in enumerate(PLACES if view == PRETAX else PLACES[: PROGRAMME_PLACES + 2]):
                yield (*about, event), book["events"][number, place].copy()


def told(played: Played, view: int) -> dict[str, NDArray]:
    """The sub-steps of the first futures' quarters, (quarter, path) each."""
    paid = played.kept.paid[view]
    seen = dict(zip(TOLD, played.kept.told[view].transpose(1, 2, 0), strict=True))
    pages = {step: paid[:, [lines.LINES.index(line) for line in by]].sum(axis=1).T for step, by in STEPS.items()}
    closing = seen["closing_cash"]
    seen["opening_cash"] = np.vstack([np.full(closing.shape[1], played.packed.rules["opening_cash"][0]), closing[:-1]])
    return pages | seen


def units(scenario: Scenario, played: Played) -> Iterator[tuple[tuple[str, str, float], NDArray]]:
    """What a unit of each term is worth to each party it concerns: sum over paths, and that of the squares."""
    rules, sums = played.packed.rules[0], played.books[0]["unit_sum"].transpose(1, 2, 0)
    for term, path, parties, always in terms_of(scenario) if rules["signs"] else ():
        for party in parties if always or sums[term].any() else ():
            yield (PARTIES[party], path, float(rules["term"][term])), sums[term, party].copy()
