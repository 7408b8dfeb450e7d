"""The live term sheet: the deal's terms to move, and what a page needs to say what they are worth, at once and offline.

Python works the checks out from the very bytes the page carries; the page's script switches the panel off where it
does not find the same.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from partnering.analysis.store import Answers
from partnering.analysis.termsheet import EXTENSION, RATE, TAILS, Assessed, Lead, Offer, TermSheet, Worth, assess
from partnering.inputs.scenario import Scenario
from partnering.model.views import ROUNDING
from partnering.report.negotiation import leaf_of
from partnering.report.packed import pack, sheet_of, unpack
from partnering.report.style import amount, level, money, percent, span
from partnering.report.term_file import describe_file
from partnering.results.statistics import Z90
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict

PERCENT = 100
REACH = 3
"""Sliders reach to so many times the largest term of their group."""

STEPS = {"rate": 0.25, "musd": 0.5}
"""How far one key moves a slider, by the unit of the term: points, or millions."""

CHECKED = (0.0, 1.0, 2.0)
"""Multiples of the terms with which page and Python are compared, besides the deal itself."""

SIGNS, WALKS, TOO_CLOSE = "would sign", "would walk away", "too close to call"
GROUPS = (
    ("deal.ladder_full.", "Milestones a product, full ladder"),
    ("deal.ladder_short.", "Milestones a product, short ladder"),
    ("deal.royalty.", "Royalty on sales of a year"),
    ("", "Upfront and research"),
)
"""Beginnings of terms, and the heads they stand under."""


@dataclass(frozen=True)
class Control:
    """One term to move: where it stands, what it is called, its unit, and its amount as it is shown."""

    term: str
    group: str
    label: str
    unit: str
    value: float
    scale: float
    reach: float
    step: float


def tabulate_controls(scenario: Scenario, sheet: TermSheet) -> list[Control]:
    """Return the terms in the order of the sheet: sliders of a group share one scale."""
    heads = [next(head for start, head in GROUPS if term.startswith(start)) for term in sheet.terms]
    controls = []
    for term, head, value in zip(sheet.terms, heads, sheet.actual, strict=True):
        path, place = leaf_of(term)
        unit = scenario.leaves[path].unit if path in scenario.leaves else "musd"
        scale = PERCENT if unit == "rate" else 1
        most = max(a for a, other in zip(sheet.actual, heads, strict=True) if other == head)
        reach = float(np.ceil(REACH * scale * most)) or REACH
        label = _label(scenario, path, place)
        shown = {"rate": "%", "musd": "$ million"}[unit]
        controls.append(Control(term, head, label, shown, float(value * scale), scale, reach, STEPS[unit]))
    return controls


def _label(scenario: Scenario, path: str, place: int | None) -> str:
    """Return what a term is called under its head."""
    if path == EXTENSION:
        return "Funding of an extension year"
    label = scenario.leaves[path].label
    if path == "deal.royalty.rates":
        starts = [*scenario["deal.royalty.thresholds_musd"], None]
        low, high = starts[place or 0], starts[(place or 0) + 1]
        return f"Above {money(low)}" if high is None else span(low, high) if low else f"Up to {money(high)}"
    if place is not None:
        return f"{label.split(' by ')[0]}, year {place + 1}"
    return label.split(", ")[-1]


@dataclass(frozen=True)
class Panel:
    """What the panel shows before anything is moved, and what its script reads."""

    groups: dict[str, list[tuple[int, Control]]]
    choices: list[str]  # extensions taken
    rates: list[tuple[str, bool]]
    rows: list[tuple[str, str, str, str, str, str]]  # at the deal: what, its key, value, limits, spread, who would sign
    held: list[tuple[str, str]]  # values of the run that are not worked out again
    basis: str
    note: str
    about: str  # JSON
    data: str  # base 64


def make_panel(scenario: Scenario, run: Results, verdict: Verdict, answers: Answers) -> Panel:
    """Return the live term sheet of a run."""
    found = answers.term_sheet()
    layout, data = pack(found)
    sheet = sheet_of(unpack(layout, data), found)
    controls = tabulate_controls(scenario, sheet)
    actual = Offer(sheet.actual, 0, int(np.argmin(np.abs(sheet.rates - scenario[RATE]))))
    phrases = [run.manifest["strategies"][slug]["phrase"] for slug in sheet.alternatives]
    now, extensions = assess(sheet, actual), _choices(sheet)
    about = {
        "layout": layout,
        "controls": [asdict(control) for control in controls],
        "rate": actual.rate,
        "rates": sheet.rates.tolist(),
        "z": Z90,
        "rounding": ROUNDING,
        "tails": TAILS,
        "words": [SIGNS, WALKS, TOO_CLOSE],
        "names": {"company": verdict.company, "partner": verdict.partner},
        "alternatives": phrases,
        "futures": len(sheet.taken),
        "checks": [_check(sheet, offer) for offer in _offers(sheet, actual)],
        "research": [place for place, term in enumerate(sheet.terms) if term.startswith(("deal.research", EXTENSION))],
        "file": describe_file(scenario, sheet),
    }
    return Panel(
        groups={head: [(n, c) for n, c in enumerate(controls) if c.group == head] for head in _heads(controls)},
        choices=extensions,
        rates=[(level(rate, "rate"), place == actual.rate) for place, rate in enumerate(sheet.rates)],
        rows=list(_rows(now, verdict, phrases)),
        held=list(_held(run, verdict)),
        basis=say_basis(now, verdict, phrases),
        note=say_sample(len(sheet.taken), run.manifest["paths"]),
        about=json.dumps(about, separators=(",", ":")),
        data=data,
    )


def _heads(controls: Sequence[Control]) -> list[str]:
    """Return the heads in use: what is paid first stands first."""
    used = {control.group for control in controls}
    return [head for _, head in (GROUPS[-1], *GROUPS[:-1]) if head in used]


def _choices(sheet: TermSheet) -> list[str]:
    """Return what the extensions taken can be."""
    taken = range(len(sheet.company) - 1)
    return ["as decided", *("none" if not years else f"exactly {years}" for years in taken)]


def _offers(sheet: TermSheet, actual: Offer) -> Iterator[Offer]:
    """Yield the offers that Python and the page must agree on: every choice and rate, at terms far apart."""
    odd = np.arange(len(sheet.actual)) % 2
    for choice in range(len(sheet.company)):
        for rate in range(len(sheet.rates)):
            yield Offer(sheet.actual, choice, rate)
    for multiple in CHECKED:
        yield Offer(np.where(odd, multiple, 1) * sheet.actual, actual.choice, actual.rate)


def _check(sheet: TermSheet, offer: Offer) -> dict[str, object]:
    """Return an offer with Python's numbers for it."""
    numbers = assess(sheet, offer).numbers()
    return {"amounts": offer.amounts.tolist(), "choice": offer.choice, "rate": offer.rate, "numbers": numbers}


# What the panel says before anything is moved; its script says the same of other terms.


def _rows(found: Assessed, verdict: Verdict, phrases: Sequence[str]) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield (what, key, value, limits, spread, whether this party would sign) of the outcome."""
    parties = (
        (verdict.company, "company", found.company, say_company(found)),
        (verdict.partner, "partner", found.partner, say_partner(found)),
    )
    for name, key, worth, would in parties:
        spread = f"9 in 10: {amount(worth.low)} to {amount(worth.high)}"
        yield name, key, amount(worth.mean), _limits(worth), spread, would
    for place, (phrase, lead) in enumerate(zip(phrases, found.leads, strict=True)):
        yield f"Lead over {phrase}", f"lead-{place}", amount(lead.mean), _limits(lead), _better(lead), ""


def _limits(found: Worth | Lead) -> str:
    low, high = (amount(found.mean + sign * Z90 * found.error) for sign in (-1, 1))
    return f"({low} to {high})"


def _better(lead: Lead) -> str:
    return f"better in {percent(lead.better)}"


def say_company(found: Assessed) -> str:
    """Return whether the company would sign, planned and before tax."""
    lead = min(found.leads, key=lambda lead: lead.mean)
    return _would(lead.mean, lead.error)


def say_partner(found: Assessed) -> str:
    """Return whether the partner would sign, planned and before tax."""
    return _would(found.partner.mean, found.partner.error)


def _would(mean: float, error: float) -> str:
    if abs(mean) < Z90 * error:
        return TOO_CLOSE
    return SIGNS if mean > 0 else WALKS


def say_title(verdict: Verdict) -> str:
    """Return the title of the panel."""
    return f"Move a term: what {verdict.company} and {verdict.partner} would have of it"


def _held(run: Results, verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield (what, value with its limits) of the run as financed and after tax: no term moves it here."""
    table, signing, alone = Headline(run), verdict.signing, verdict.nearest
    for what, strategy, party in (
        (f"{verdict.company}, {signing.phrase}, as financed after tax", signing, "company"),
        (f"{verdict.company}, {alone.phrase}", alone, "company"),
        (f"{verdict.partner}, after tax", signing, "partner"),
    ):
        value = table.estimate(strategy.slug, "npv_mean", party)
        yield what, f"{amount(value.value)} ({amount(value.low or 0.0)} to {amount(value.high or 0.0)})"


def say_basis(found: Assessed, verdict: Verdict, phrases: Sequence[str]) -> str:
    """Return what the panel's values are of, beside what the brief's answer is of."""
    closest = min(range(len(phrases)), key=lambda place: found.leads[place].mean)
    rival = phrases[closest]
    other = f", against {verdict.nearest.phrase}" if rival != verdict.nearest.phrase else ""
    return (
        "Another basis than the brief's answer: here the programme, planned and before tax, where "
        f"{rival} comes closest; there the whole company, as financed and after tax{other}. So shares, walk-aways and "
        "the rate that reverses the answer differ between the two."
    )


def say_sample(futures: int, paths: int) -> str:
    """Return what is exact in the panel, and what comes from a sample."""
    within = percent(Z90 / (2 * np.sqrt(futures)))
    return (
        f"Means and their 90 % limits are worked out from all {paths:,} futures; percentiles and shares come from "
        f"{futures:,} of them, chosen to stand for all, and are good to about {within} of futures. 9 in 10: nine in "
        "ten futures lie between; better in: the share of futures in which signing is worth more. Decisions are held "
        "as simulated at any terms, with research and leads; a scenario file has them taken anew. For each number of "
        "extensions the deal was simulated anew."
    )
