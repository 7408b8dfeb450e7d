"""What pages, questions and tests read of a block, from the books of the kernel."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.counting import PROGRAMME_PLACES
from partnering.model.parties import PARTIES
from partnering.model.run import Played
from partnering.model.told import TOLD
from partnering.results.counting import EVENTS, MODALITIES, MOVED, ORIGINS
from partnering.results.decisions import explain
from partnering.results.measure import LineKey, StrategyResult, UnitKey
from partnering.results.schema import ALL, FINANCED, PERCENTILES, PRETAX, VIEWS
from partnering.results.terms import terms_of
from partnering.value.identities import Check

CHECKS = (
    "books sum to zero",
    "present value of the sum is the sum of present values",
    "transfers are terms times exposures",
    "nothing received before its event",
    "stages follow each other",
    "no candidate in two places",
    "no negative payment",
)
"""What is checked, in the order of a book's residuals."""

METRICS = ("trough_musd", "raised_musd", "dilution", "value_per_share", "ended_years", "forced", "cash_out_years")
TIMINGS = ("mid", "start")
_STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing", "launch_build")
_RECURRING = tuple(line for line, recurs in zip(lines.LINES, lines.RECURS, strict=True) if recurs)
STEPS: dict[str, tuple[str, ...]] = {
    **{"raised": ("equity_raise",), "issue_fee": ("issue_fee",), "sold": ("rights_sold",), "tax": ("tax",)},
    **{"paid_out": ("paid_to_owners",), "unpaid": ("unpaid_bills",), "placed": ("share_placement",)},
    "receipts": tuple(
        line
        for line, at_start in zip(lines.LINES[: lines.TAX], lines.AT_START[: lines.TAX], strict=True)
        if at_start and not line.endswith("filing")
    ),
    "stage_fees": ("filing", "common_filing"),
    "stages": (*_STAGES, *(f"common_{line}" for line in _STAGES)),
    "contract_research": ("research_funding", "extension_funding", "research_cost", "extension_research"),
    **{"own_research": ("own_research",), "base_burn": ("base_burn",)},
    "products": (*_RECURRING, "sales_milestones", "royalty_floor"),
}
"""Lines of the ledger that the sub-steps of a quarter pay."""

ORDER = (
    *("opening_cash", "raised", "issue_fee", "sold", "tax", "paid_out", "unpaid", "receipts", "placed", "going_on"),
    *("winding_down", "need", "market_value", "new_shares", "stage_fees", "stages", "contract_research"),
    *("own_research", "base_burn", "products", "paused", "closing_cash"),
)
"""The sub-steps in the order of the table."""


def read_strategy(scenario: Scenario, played: Played, first: bool) -> dict[str, StrategyResult]:
    """Return the results of one strategy over a block, by view; identities and decisions of the first block only."""
    results = {}
    for place, view in enumerate(VIEWS):
        book, out, kept = played.books[place], played.kept.out[place], played.kept
        sums = dict(line_keys(played, place))
        horizon = int(played.packed.rules["horizon"][0])
        quarters = {key: quarter(scenario, book, key, horizon) for key in sums}
        counted = [key for key in quarters if key[0] == "company" and key[3]]
        cash = np.array([sum((quarters[k] for k in counted if k[2] == t), np.zeros(horizon)) for t in ("start", "mid")])
        net = dict(zip(PARTIES, kept.net, strict=True)) if view == PRETAX else {"company": net_cash(played, place)}
        results[view] = StrategyResult(
            npv={party: out["npv"][:, k].copy() for k, party in enumerate(PARTIES)},
            programme=out["programme"].copy(),
            counts={name: out[name].astype(np.int16) for name in ("approved", "returning", "paying")},
            events=dict(events(book, view)),
            line_sums=sums,
            line_quarters=quarters,
            sample={},
            net={party: page.astype(np.float32) for party, page in net.items()},
            decisions=explain(scenario, played) if first and view == PRETAX else [],
            batches=(cash / len(out))[None],
            company={name: out[name].astype(np.float32) for name in METRICS} if view != PRETAX else {},
            told=told(played, place) if first and view != PRETAX else {},
            units=dict(units(scenario, played)) if view == PRETAX else {},
        )
    return results


def line_keys(played: Played, view: int) -> Iterator[tuple[LineKey, NDArray[np.float64]]]:
    """Yield (key, sum of present values and of their squares) of every line that pays anything in a view."""
    book = played.books[view]
    for k, party in enumerate(PARTIES):
        for place, line in enumerate(lines.LINES):
            if book["total"][place, k].any():
                counted = place < (lines.CAPITAL_LINES if view and k == 0 else lines.PROGRAMME_LINES)
                yield (party, line, TIMINGS[lines.AT_START[place]], counted), book["value_sum"][:, place, k].copy()
        for start, timing in enumerate(TIMINGS):
            if (
                view
                and k
                and book["total"][: lines.PROGRAMME_LINES, k][lines.AT_START[: lines.PROGRAMME_LINES] == start].any()
            ):
                yield (party, "tax", timing, True), book["tax_sum"][k, start].copy()


def quarter(scenario: Scenario, book: Any, key: LineKey, horizon: int) -> NDArray[np.float64]:
    """Return the sum over paths of a line by quarter, as a party sees it."""
    party, line, timing, _ = key
    total = book["total"][:, PARTIES.index(party), :horizon]
    if line == "tax" and party != "company":
        mine = lines.AT_START[: lines.PROGRAMME_LINES] == TIMINGS.index(timing)
        return -scenario["tax.partner_rate"] * total[: lines.PROGRAMME_LINES][mine].sum(axis=0)
    return total[lines.LINES.index(line)].copy()


def net_cash(played: Played, view: int) -> NDArray[np.float64]:
    """Return the company's net cash of the sample paths, (path, quarter)."""
    return np.diff(played.kept.balance[view], axis=1, prepend=played.packed.rules["opening_cash"][0])


def events(book: Any, view: str) -> Iterator[tuple[tuple[str, str, str], NDArray[np.int64]]]:
    """Yield counts by (origin, modality, event): before tax of what was planned, as financed of what money moved."""
    if view not in (PRETAX, FINANCED):
        return
    for number, event in enumerate((*EVENTS, *MOVED)):
        if (event in EVENTS) == (view == PRETAX):
            yield (ALL, ALL, event), book["events_all"][number].copy()
            places = [(origin, modality) for origin in ORIGINS for modality in MODALITIES]
            for place, (origin, modality) in enumerate(places):
                if view == PRETAX or place < PROGRAMME_PLACES + 2:
                    yield (origin, modality, event), book["events"][number, place].copy()


def quarterly_percentiles(by_path: NDArray) -> NDArray[np.float64]:
    """Return the printed percentiles of an array (path, quarter), by quarter: the smallest value reached by a share."""
    rank = [max(min(int(np.ceil(p / 100 * len(by_path))), len(by_path)) - 1, 0) for p in PERCENTILES]
    ordered = np.partition(np.ascontiguousarray(by_path.T), rank, axis=1)
    return np.array([ordered[:, r].astype(float) for r in rank])


def told(played: Played, view: int) -> dict[str, NDArray[np.float64]]:
    """Return the sub-steps of the first futures' quarters, (quarter, path) each."""
    paid, seen = played.kept.paid[view], dict(zip(TOLD, played.kept.told[view].transpose(1, 2, 0), strict=True))
    pages = {
        step: paid[:, [lines.LINES.index(line) for line in paid_by]].sum(axis=1).T for step, paid_by in STEPS.items()
    }
    closing = seen["closing_cash"]
    seen["opening_cash"] = np.vstack([np.full(closing.shape[1], played.packed.rules["opening_cash"][0]), closing[:-1]])
    if not pages["placed"].any():
        del pages["placed"]
    return {step: (pages | seen)[step] for step in ORDER if step in pages | seen}


def units(scenario: Scenario, played: Played) -> Iterator[tuple[UnitKey, NDArray[np.float64]]]:
    """Yield what a unit of each term is worth to each party it concerns: sum over paths, and that of the squares."""
    rules, sums = played.packed.rules[0], played.books[0]["unit_sum"].transpose(1, 2, 0)
    for term, path, parties, always in terms_of(scenario) if rules["signs"] else ():
        for party in parties if always or sums[term].any() else ():
            yield (PARTIES[party], path, float(rules["term"][term])), sums[term, party].copy()


def check_books(played: Played) -> Iterator[Check]:
    """Yield the identities of a strategy, taken by path on the first ones."""
    for name, residual in zip(CHECKS, played.books[0]["residual"], strict=True):
        yield Check(f"{played.packed.slug}: {name}", float(residual))


def check_cash(played: Played, view: int, size: int) -> Check:
    """Return the largest gap, by quarter, between the company's mean cash and what the ledger makes of it."""
    book, horizon = played.books[view], int(played.packed.rules["horizon"][0])
    ledger = played.packed.rules["opening_cash"][0] + np.cumsum(book["total"][:, 0, :horizon].sum(axis=0)) / size
    gap = np.abs(ledger - book["balance"][:horizon] / size).max()
    return Check(f"{played.packed.slug}: cash is conserved, {VIEWS[view]}", float(gap))
