"""The finding of every figure and table, as its caption says it, and the notes below them."""

from collections.abc import Mapping

import pandas as pd

from partnering.report.style import count, listed, lowered, money, percent, span
from partnering.results.verdict import Claim, Option, Verdict
from partnering.value.statistics import Estimate

SUMMARY_NOTE = "Present value at signing, pre-tax and planned, programme flows only. Percentiles are over futures."

SCENARIO_NOTE = (
    "Limits are 90 % Monte Carlo limits. The last column is the common discount rate below which an alternative is "
    "worth more than signing, decisions held as simulated."
)

BAND_NOTE = (
    "A missed band does not stop a run: it says where the model departs from what was expected of it. The early "
    "candidates come found, so research alone understates what the partner's leads cost."
)


def say_distribution(verdict: Verdict) -> str:
    """Return the finding of the value distributions."""
    v = verdict
    return (
        f"Signing loses money in {percent(v.signing.p_loss)} of futures, {v.alone.phrase} in {percent(v.alone.p_loss)}"
    ) + _say_tail(v.alone)


def _say_tail(option: Option) -> str:
    """Return the warning that a mean is all tail, where it is."""
    return "; its mean rests on its upper tail" if option.p50 < 0 < option.value.value else ""


def say_difference(verdict: Verdict) -> str:
    """Return the finding of the paired difference."""
    return (
        f"On the same luck signing beats {verdict.alone.phrase} in {percent(verdict.p_better)} of futures, "
        f"by {money(verdict.difference.value)} on average"
    )


def say_lines(verdict: Verdict, lines: pd.DataFrame) -> str:
    """Return the finding of the partnership's lines: what brings the company's money and what it costs the partner."""
    company = lines[lines["party"] == "company"].set_index("line")["value"]
    partner = lines[lines["party"] == "partner"].set_index("line")["value"]
    certain = sum(company.get(line, 0.0) for line in ("upfront", "research_funding"))
    return (
        f"Upfront and committed funding bring {money(certain)}, royalties {money(company.get('royalties', 0.0))} and "
        f"milestones {money(company.get('milestones', 0.0))}; {verdict.partner} is left with {money(partner.sum())}"
    )


def say_rates_figure(verdict: Verdict, flips: Mapping[str, Estimate | None]) -> str:
    """Return the finding of the value against discount rate."""
    rates = [rate.value for rate in flips.values() if rate is not None]
    if not rates:
        return "No common discount rate shown makes an alternative worth as much as signing"
    rate = percent(max(rates), 1)
    return f"Signing leads at every common discount rate above {rate}; a lower rate favours going alone"


def say_influence(influence: pd.DataFrame) -> str:
    """Return the finding of the influence figure: what moves the lead most."""
    strong = influence[influence["rank_correlation"].abs() > influence["noise_floor"]]
    if strong.empty:
        return "No single uncertain input can be told from noise"
    names = listed(lowered(label) for label in strong["label"].head(3))
    return f"The lead of signing moves most with {names}"


def say_convergence(convergence: pd.DataFrame) -> str:
    """Return the finding of the convergence table."""
    last = convergence.iloc[-1]
    error = money(last["error_musd"])
    return f"With {int(last['paths']):,} paths the expected lead is known to within {error} (one standard error)"


def say_bands(bands: pd.DataFrame) -> str:
    """Return which sanity bands the run misses."""
    outside = bands[bands["verdict"] == "outside"]["band"].tolist()
    if not outside:
        return f"All {len(bands)} sanity bands are met"
    missed = "is missed" if len(outside) == 1 else "are missed"
    return f"{len(outside)} of {len(bands)} sanity bands {missed}: {listed(map(lowered, outside))}"


def say_products(claims: list[Claim]) -> str:
    """Return the finding of the products figure."""
    claim = next(c for c in claims if c.reading == "returning")
    return (
        f"Signing brings {count(claim.signing)} products that provide a return against {count(claim.alone)} for the "
        f"best alternative, {claim.ratio.value:.2f} times as many"
    )


def alt_of(kind: str, finding: str) -> str:
    """Return the text alternative of a figure: what it shows, and its finding with the numbers."""
    return f"{kind} {finding}."


def say_summary(verdict: Verdict) -> str:
    """Return the finding of the summary table."""
    v = verdict
    return (
        f"In nine futures of ten signing is worth {span(v.signing.p05, v.signing.p95)}, "
        f"{v.alone.phrase} {span(v.alone.p05, v.alone.p95)}"
    )


def say_scenario_table(scenarios: pd.DataFrame) -> str:
    """Return the finding of the scenario table."""
    ahead = int((scenarios["low"] > 0).sum())
    return f"Signing leads beyond Monte Carlo limits in {ahead} of {len(scenarios)} scenarios"


def say_influence_numbers(influence: pd.DataFrame) -> str:
    """Return the strongest inputs with their rank correlations."""
    top = influence.head(3)
    return listed(f"{lowered(row.label)} {row.rank_correlation:+.2f}" for row in top.itertuples())


def say_identities(checks: pd.DataFrame) -> str:
    """Return the finding of the identities table."""
    held = int((checks["passed"] == "holds").sum())
    return f"{held} of {len(checks)} identities hold"


def say_inputs(inputs: pd.DataFrame) -> str:
    """Return the finding of the inputs table."""
    assumed = int((inputs["Status"] == "assumption").sum())
    return f"{len(inputs)} inputs, {assumed} of them assumptions that say so"


def say_sources(sources: pd.DataFrame) -> str:
    """Return the finding of the sources table."""
    excerpts = int((sources["Read"] == "excerpt").sum())
    return f"{len(sources)} sources; {excerpts} of them were read as excerpts only"


def say_no_changes() -> str:
    """Return what stands where a scenario changes nothing."""
    return "Nothing: this is the base case that the others change."


def say_changes(changes: pd.DataFrame) -> str:
    """Return the finding of the table of changes."""
    return (
        f"{len(changes)} inputs differ from the base case"
        if len(changes) != 1
        else "One input differs from the base case"
    )
