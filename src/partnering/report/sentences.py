"""One sentence, one function of a verdict or a table: what a page says can never disagree with what it shows."""

from collections.abc import Mapping

import pandas as pd

from partnering.report.style import READING_LABELS, count, listed, lowered, money, percent, span, tile
from partnering.results.verdict import Claim, Option, Verdict
from partnering.value.statistics import Estimate


def say_answer(verdict: Verdict) -> str:
    """Return the answer in one sentence: which strategy, by how much, in what share of futures, how many products."""
    v, best = verdict, f"the best alternative, {verdict.alone.phrase}"
    gap = f"{money(abs(v.difference.value))} (Monte Carlo limits {_limits(v.difference)})"
    share, products = percent(v.p_better), _products(v)
    if v.outcome == "tie":
        return (
            f"Nothing separates signing with {v.partner} from {best}: the expected difference is "
            f"{money(v.difference.value)}, within its Monte Carlo limits of {_limits(v.difference)}; "
            f"signing is better in {share} of futures, with {products}."
        )
    if v.outcome == "sign":
        lead = "Sign" if v.sure else "Signing leads on average, but not surely"
        return (
            f"{lead}: the deal is worth {gap} more to {v.company} than {best}, "
            f"and better in {share} of futures, with {products}."
        )
    lead = "Go alone" if v.sure else "Going alone leads on average, but not surely"
    return (
        f"{lead}: {v.alone.phrase} is worth {gap} more to {v.company} than signing with {v.partner}, "
        f"though signing is better in {share} of futures, with {products}."
    )


def _products(verdict: Verdict) -> str:
    signing, alone = (o.products["returning"] for o in (verdict.signing, verdict.alone))
    return f"{count(signing)} products that provide a return expected if signed against {count(alone)} alone"


def _limits(estimate: Estimate) -> str:
    low, high = sorted(abs(x or 0.0) for x in (estimate.low, estimate.high))
    if (estimate.low or 0.0) < 0 < (estimate.high or 0.0):
        return span(estimate.low or 0.0, estimate.high or 0.0)
    return span(low, high)


def answer_facts(
    verdict: Verdict, flips: Mapping[str, Estimate | None], statuses: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    """Return the tiles under the answer: both values with their spread, the rate that flips it, what it rests on."""
    v = verdict
    rates = [rate for rate in flips.values() if rate is not None]
    rate = max(rates, key=lambda r: r.value) if rates else None
    return [
        ("Sign", tile(v.signing.value.value), f"half of futures below {money(v.signing.p50)}; {_spread(v.signing)}"),
        (v.alone.title, tile(v.alone.value.value), f"half of futures below {money(v.alone.p50)}; {_spread(v.alone)}"),
        (
            "Discount rate that flips it",
            percent(rate.value, 1) if rate else "none",
            f"limits {percent(rate.low or 0, 1)} to {percent(rate.high or 0, 1)}; a lower rate favours going alone"
            if rate and rate.low is not None and rate.high is not None
            else "no common rate makes both worth the same",
        ),
        (
            "Rests on",
            f"{statuses.get('assumption', 0)} of {sum(statuses.values())}",
            "inputs that are assumptions; pre-tax, and money is never short",
        ),
    ]


def _spread(option: Option) -> str:
    return f"nine in ten between {span(option.p05, option.p95, 'and')}"


def say_rivals(verdict: Verdict) -> str:
    """Return which alternative signing is held against, naming those that cannot be told from it."""
    if not verdict.tied:
        return f"The best alternative is {verdict.alone.phrase}, chosen by expected value before any luck is known."
    names = listed(option.phrase for option in (verdict.alone, *verdict.tied))
    return f"The alternatives {names} lie within two standard errors of each other; signing is held against the first."


def say_changes_of_mind(verdict: Verdict, flips: Mapping[str, Estimate | None], scenarios: pd.DataFrame) -> list[str]:
    """Return what would change the answer: the discount rate, the scenarios, the lines it does or does not need."""
    return [_say_rates(verdict, flips), say_scenarios(scenarios)]


def _say_rates(verdict: Verdict, flips: Mapping[str, Estimate | None]) -> str:
    rates = [rate for rate in flips.values() if rate is not None]
    if not rates:
        return f"The discount rate: no common rate makes going alone worth as much as {verdict.leader.phrase}."
    rate = max(rates, key=lambda r: r.value)
    limits = f" ({percent(rate.low, 1)} to {percent(rate.high, 1)})" if rate.low and rate.high else ""
    return (
        f"The discount rate: at a common real rate below {percent(rate.value, 1)}{limits} going alone is worth more "
        f"than signing, above it signing is. The base case takes one rate for every strategy."
    )


def say_scenarios(scenarios: pd.DataFrame) -> str:
    """Return how the answer fares across scenarios."""
    low, high = scenarios.loc[scenarios["difference"].idxmin()], scenarios.loc[scenarios["difference"].idxmax()]
    against = scenarios[scenarios["difference"] < 0]
    ends = [f"{money(end['difference'])} ({lowered(end['scenario'])})" for end in (low, high)]
    reach = f"from {ends[0]} to {ends[1]}"
    if len(scenarios) == 1:
        return f"Only one scenario was run: the lead of signing is {money(low['difference'])}."
    if against.empty:
        return f"None of the {len(scenarios)} scenarios turns the answer: the lead of signing runs {reach}."
    turned = listed(lowered(title) for title in against["scenario"])
    return (
        f"{len(against)} of {len(scenarios)} scenarios put going alone ahead ({turned}); "
        f"the lead of signing runs {reach}."
    )


def say_without(verdict: Verdict, lines: pd.DataFrame) -> str:
    """Return whether signing still leads with royalties, or milestones too, left out: what its lead rests on."""
    paid = lines[(lines["strategy"] == verdict.signing.slug) & (lines["party"] == "company")].set_index("line")["value"]
    without = verdict.difference.value - paid.get("royalties", 0.0)
    bare = without - paid.get("milestones", 0.0)
    first = "still leads by" if without > 0 else "trails by"
    second = "still leads by" if bare > 0 else "trails by"
    return (
        f"The undisclosed royalty: without any royalty signing {first} {money(abs(without))}, "
        f"and without milestones either it {second} {money(abs(bare))}."
    )


def say_claim(claims: list[Claim]) -> str:
    """Return the letter's claim with its verdict, and what would make it false."""
    claim = next(c for c in claims if c.reading == "returning")
    word = "holds" if claim.holds else "does not hold"
    return (
        f"The claim of substantially more products {word}: {count(claim.signing)} products that provide a return if "
        f"signed against {count(claim.alone)} alone, {claim.ratio.value:.2f} times as many "
        f"({(claim.ratio.low or 0):.2f} to {(claim.ratio.high or 0):.2f}) where {claim.needed:g} times was asked for."
    )


def say_claim_readings(claims: list[Claim], other_ratios: list[float]) -> list[str]:
    """Return the claim in the other readings and at the other meanings of substantially more."""
    said = [
        f"{READING_LABELS[c.reading]}: {count(c.signing)} against {count(c.alone)}, {c.ratio.value:.2f} times."
        for c in claims
    ]
    returning = next(c for c in claims if c.reading == "returning")
    for needed in other_ratios:
        verdict = "holds" if (returning.ratio.low or 0.0) >= needed else "does not hold"
        said.append(f"If substantially more means {needed:g} times as many, the claim {verdict}.")
    return said


def say_limits(statuses: Mapping[str, int], assumed_terms: list[str], influence: pd.DataFrame, view: str) -> list[str]:
    """Return the limits of the result: what is assumed, what the view leaves out."""
    total, assumed = sum(statuses.values()), statuses.get("assumption", 0)
    above_noise = influence["rank_correlation"].abs() > influence["noise_floor"]
    guesses = influence.loc[(influence["status"] == "assumption") & above_noise, "label"].head(3)
    most = f" The most influential of them: {listed(map(lowered, guesses))}." if len(guesses) else ""
    terms = f"Undisclosed terms that are assumed here: {listed(map(lowered, assumed_terms))}." if assumed_terms else ""
    said = [
        f"{assumed} of {total} inputs are assumptions, {statuses.get('term', 0)} are terms of the deal, "
        f"{statuses.get('sourced', 0)} are sourced and {statuses.get('derived', 0)} derived.{most}",
        terms,
        f"This is the {view} view: money is always there when it is needed, no tax is paid, and every candidate that "
        "succeeds goes on. It flatters the strategies that need most capital.",
        "Not in the model yet: co-promotion, the partner dropping products, technology licences to others, tax, "
        "financing and dilution.",
        "Monte Carlo limits say how well the simulation knows an expected value, not how widely the futures spread; "
        "the spread is shown beside it.",
    ]
    return [sentence for sentence in said if sentence]


def say_title(verdict: Verdict) -> str:
    """Return the title of the brief."""
    return f"{verdict.company} and {verdict.partner}: sign, or go it alone?"


def say_question(verdict: Verdict) -> str:
    """Return the question of the brief."""
    return f"On what was known on {verdict.date}: by how much, how surely, and what would change our mind?"
