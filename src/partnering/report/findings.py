"""The finding of every figure and table, as its caption says it, and the notes below them."""

import pandas as pd

from partnering.inputs.lines import LEDGER
from partnering.report.money import COMMITTED
from partnering.report.style import count, level, listed, lowered, money, percent, span, times
from partnering.report.views import ADDED
from partnering.results.verdict import Claim, Verdict

WORTH_NOTE = "Present value at signing of the whole company, as financed and after tax, cash on the day not counted."
SUMMARY_NOTE = f"{WORTH_NOTE} Percentiles are over futures."


OPTIONS_NOTE = (
    "The same futures with and without each option, as financed and after tax. Extension: against a partner that never "
    "extends. Co-promotion: against none, at the assumed share and refund. Stopping: against a world in which "
    "everybody goes on after every success, licensees included, so it can cost a company that licenses."
)


CHANGES_NOTE = "All other inputs are those of the base case; the page of evidence has every one with its source."


ALTERNATIVES_NOTE = (
    "Value to the company as financed and after tax, cash on the day not counted; the lead is on the same futures. An "
    "alternative without a value says why it has none."
)


BAND_NOTE = (
    "Values are those of the programme, planned and before tax. A missed band does not stop a run: it says where the "
    "model departs from what was expected of it. The early candidates come found, so research alone understates what "
    "the partner's leads cost."
)


def say_distribution(verdict: Verdict) -> str:
    """Return the finding of the value distributions."""
    signing, alone = verdict.signing, verdict.nearest
    losses = f"Signing loses money in {percent(signing.p_loss)} of futures, {alone.phrase} in {percent(alone.p_loss)}"
    tail = f"; the mean of {alone.phrase} rests on its upper tail" if alone.p50 < 0 < alone.value.value else ""
    return f"{losses}{tail}"


def say_difference(verdict: Verdict) -> str:
    """Return the finding of the paired difference."""
    lead = verdict.difference.value
    by = f"by {money(lead)}" if lead >= 0 else f"and trails it by {money(-lead)}"
    ahead = f"beats {verdict.nearest.phrase} in {percent(verdict.p_better)} of futures"
    return f"On the same luck signing {ahead}, {by} on average"


def say_lines(verdict: Verdict, lines: pd.DataFrame, partner_loss: float) -> str:
    """Return the finding of the partnership's lines: what is committed, what is expected, what the partner has."""
    paid = lines[lines["party"] == "company"].set_index("line")["value"]
    partner = lines[lines["party"] == "partner"]["value"].sum()
    committed = sum(paid.get(line, 0.0) for line in COMMITTED)
    cost = -paid.get("research_cost", 0.0)
    depends = [line for line in LEDGER if line.part == "deal" and line.payer == "partner" and line.name in paid.index]
    terms = [f"{money(paid[line.name])} of {line.words.lower()}" for line in depends if line.name not in COMMITTED]
    hoped = listed(terms) if terms else "nothing else"
    return (
        f"{money(committed)} is committed, and the research done for it costs {money(cost)}; "
        f"expected beyond that: {hoped}. "
        f"{verdict.partner} is left with {money(partner)} on average after tax and loses in {percent(partner_loss)} of "
        "futures"
    )


def say_all_lines(verdict: Verdict) -> str:
    """Return the finding of the table of lines by strategy."""
    signing, alone = money(verdict.signing.value.value), money(verdict.nearest.value.value)
    return (
        f"After tax and as financed the lines add up to {signing} if signed and to {alone} for {verdict.nearest.phrase}"
    )


def say_convergence(convergence: pd.DataFrame) -> str:
    """Return the finding of the convergence table."""
    last = convergence.iloc[-1]
    error = money(last["error_musd"])
    return f"With {int(last['paths']):,} paths the expected lead is known to within {error} (one standard error)"


def say_bands(bands: pd.DataFrame) -> str:
    """Return which sanity bands the run misses."""
    outside = list(bands[bands["verdict"] == "outside"].itertuples())
    if not outside:
        return f"All {len(bands)} sanity bands are met"
    missed = "is missed" if len(outside) == 1 else "are missed"
    ends = [[level(at, row.unit) for at in (row.value, row.low, row.high)] for row in outside]
    told = zip(outside, ends, strict=True)
    names = listed(f"{lowered(row.band)} ({at[0]}, not {at[1]} to {at[2]})" for row, at in told)
    plain = int((bands["plain_verdict"] == "outside").sum())
    drawn = f"; where nobody stops for commercial reasons, as the bands were drawn up, {plain} of {len(bands)}"
    without = drawn if bands["plain"].notna().any() else ""
    return f"{len(outside)} of {len(bands)} sanity bands {missed}: {names}{without}"


def say_products(claims: list[Claim]) -> str:
    """Return the finding of the products figure."""
    claim = next(c for c in claims if c.reading == "returning")
    return (
        f"Signing brings {count(claim.signing)} products that provide a return against {count(claim.alone)} by the "
        f"plan alone with most of them, {times(claim.ratio.value)} as many"
    )


def alt_of(kind: str, finding: str) -> str:
    """Return the text alternative of a figure: what it shows, and its finding with the numbers."""
    return f"{kind} {finding}."


def say_summary(verdict: Verdict) -> str:
    """Return the finding of the summary table."""
    signing, alone = (span(option.p05, option.p95) for option in (verdict.signing, verdict.nearest))
    return f"In nine futures of ten signing is worth {signing}, {verdict.nearest.phrase} {alone}"


def say_alternatives(considered: pd.DataFrame) -> str:
    """Return the finding of the table of alternatives."""
    valued = considered.dropna(subset=["value"])
    best = valued.loc[valued["value"].idxmax()]
    return (
        f"Of {len(considered)} alternatives considered {len(valued)} have a value of their own; the highest is "
        f"{money(best['value'])}: {lowered(best['considered'])}"
    )


def say_identities(checks: pd.DataFrame) -> str:
    """Return the finding of the identities table."""
    held = int((checks["passed"] == "holds").sum())
    return f"{held} of {len(checks)} identities hold"


def say_no_changes() -> str:
    """Return what stands where a scenario changes nothing."""
    return "Nothing: this is the base case that the others change."


def say_changes(changes: pd.DataFrame) -> str:
    """Return the finding of the table of changes."""
    added = int((changes["From"] == ADDED).sum())
    many = "any" if added == len(changes) else added
    differ = "One input differs" if len(changes) == 1 else f"{len(changes)} inputs differ"
    return f"{differ} from the base case{f', which does not have {many} of them' if added else ''}"


def say_candidates(candidates: pd.DataFrame) -> str:
    """Return the finding of the table of candidates by origin."""
    found, _, _, approved = candidates.iloc[:, 1:].sum()
    return f"If signed, {found:.1f} candidates become {approved:.2f} approved products, kept and licensed ones included"
