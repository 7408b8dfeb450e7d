"""One sentence, one function of a verdict or a table: what a page says can never disagree with what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from partnering.analysis.rates import Flip
from partnering.report.style import NBSP, READING_LABELS, count, listed, lowered, money, percent, span, tile, times
from partnering.results.verdict import Claim, Option, Rival, Verdict

Tile = tuple[str, str, str]
"""Label, value and detail of a fact under the answer."""

FINAL = "as financed and after tax"
"""The view whose values lead, in words."""

RATIONAL_LIMIT = (
    "Whoever pays goes on only where that pays on what is known then. Published success rates hold some such stops "
    "already, so some candidates are stopped twice; the scenario in which nobody stops shows the other end."
)
FINANCING_LIMIT = (
    "Values are after tax and as financed: one assumed rule for every strategy says when the company raises money, "
    "puts off, sells or ends. The beliefs it decides by are before tax."
)
COMMIT_LIMIT = (
    "Every candidate that succeeds goes on and no product is withdrawn; that weighs on alternatives that launch "
    "products themselves, and may decide which alternative is best."
)
NO_COPROMOTION = (
    "The option to co-promote is in the contract but its terms were not disclosed, so it has no value here; the table "
    "of options shows one reading of it."
)


def say_answer(verdict: Verdict) -> str:
    """Return the answer: which strategy, by how much over whom, in what share of futures, and how surely."""
    v, leads = verdict, listed([_say_lead(rival) for rival in verdict.rivals])
    worst = percent(v.signing.p_loss)
    if v.outcome == "tie":
        head = "Nothing separates signing from the best of the alternatives"
    elif v.outcome == "sign":
        surely = all(rival.sure(v.sure_prob) and rival.outcome == "sign" for rival in v.rivals)
        head = "Sign" if surely else "Signing leads on average, but not surely"
    else:
        head = "Do not sign" if v.sure else "Not signing is better on average, but not surely"
    return (
        f"{head}: {FINAL} signing with {v.partner} is worth {money(v.signing.value.value)} to {v.company} on average, "
        f"{leads}. It loses money in {worst} of futures."
    )


def _say_lead(rival: Rival) -> str:
    """Return the lead over a rival and the share of futures in which signing is worth more."""
    lead = rival.difference.value
    more = "about as much as" if rival.outcome == "tie" else f"{money(abs(lead))} {'more' if lead > 0 else 'less'} than"
    family, share = FAMILY_WORDS[rival.family], percent(rival.p_better)
    return f"{more} {family}, {rival.option.phrase} (ahead in {share} of futures)"


FAMILY_WORDS = {"alone": "the best way of going alone", "give_up": "the best way of giving up"}
"""What the best of a family is called."""


def say_luck(verdict: Verdict) -> str:
    """Return how much of the spread of each lead is luck, and how far the inputs move the expected lead."""
    said = [
        f"over {FAMILY_WORDS[rival.family].removeprefix('the best way of ')}, {percent(rival.luck_share.value)} of the "
        f"variance of the lead is luck, and inputs put the expected lead {_reach(rival)} nine times in ten (standard "
        f"deviation {money(rival.inputs_sd.value)})"
        for rival in verdict.rivals
    ]
    whole = "; ".join(said)
    return f"{whole[:1].upper()}{whole[1:]}."


def _reach(rival: Rival) -> str:
    low, high = rival.inputs
    return f"between {span(low.value, high.value, 'and')}"


def answer_facts(verdict: Verdict, flips: Sequence[Flip], cash: Tile) -> list[Tile]:
    """Return the tiles under the answer: both values, the rate that flips it, when cash is gone."""
    v, rate = verdict, flips[0].rate
    flips_to = (
        f"real; {side_of(flips[0])} it {flips[0].phrase} is worth more"
        if rate
        else "no common rate in its range turns it"
    )
    options = (v.signing, *(rival.option for rival in v.rivals))
    return [
        *((option.title, tile(option.value.value), _about(option)) for option in options),
        ("Discount rate that flips it", percent(rate.value, 1) if rate else "none", flips_to),
        cash,
    ]


def _about(option: Option) -> str:
    """Return the chance of loss and the spread over futures of a strategy's value."""
    return f"loses in {percent(option.p_loss)} of futures; {_spread(option)}"


def _spread(option: Option) -> str:
    return f"nine in ten between {span(option.p05, option.p95, 'and').replace(f'{NBSP}million', 'm')}"


def say_rivals(verdict: Verdict) -> list[str]:
    """Return which alternatives signing is held against, and how close the next ones are."""
    said = []
    for rival in verdict.rivals:
        variant = f" {rival.option.variant}" if rival.option.variant else ""
        chosen = f"{rival.option.phrase}{variant} ({money(rival.option.value.value)} on average)"
        words = FAMILY_WORDS[rival.family]
        tied = (
            f"; {listed(o.phrase for o in rival.tied)} cannot be told from it, within two standard errors"
            if rival.tied
            else ""
        )
        said.append(
            f"{words[:1].upper()}{words[1:]} is {chosen}, chosen by expected value before any luck is known{tied}."
        )
    others = listed(f"{o.phrase} ({money(o.value.value)})" for o in verdict.others)
    return [*said, *([f"The others: {others}."] if verdict.others else [])]


def say_meanings(meanings: Mapping[str, str]) -> list[str]:
    """Return what each strategy means, by its phrase."""
    return [f"{phrase[:1].upper()}{phrase[1:]}: {meaning}." for phrase, meaning in meanings.items()]


def side_of(flip: Flip) -> str:
    """Return on which side of its rate an alternative is worth more than signing."""
    return "below" if flip.below else "above"


def say_scenarios(scenarios: pd.DataFrame) -> str:
    """Return how the answer fares across scenarios."""
    low, high = scenarios.loc[scenarios["difference"].idxmin()], scenarios.loc[scenarios["difference"].idxmax()]
    against, ahead = scenarios[scenarios["high"] < 0], int((scenarios["low"] > 0).sum())
    close = scenarios[(scenarios["low"] <= 0) & (scenarios["high"] >= 0)]
    reach = " to ".join(f"{money(end['difference'])} ({lowered(end['scenario'])})" for end in (low, high))
    if len(scenarios) == 1:
        return f"Only one scenario was run: the lead of signing over its nearest rival is {money(low['difference'])}."
    if against.empty:
        all_of_them = "all" if ahead == len(scenarios) else f"{ahead} of"
        return f"Signing leads its nearest rival in {all_of_them} {len(scenarios)} scenarios: by {reach}."
    turned, near = (listed(map(lowered, part["scenario"])) for part in (against, close))
    put, doubt = "puts" if len(against) == 1 else "put", f", {len(close)} too close to call ({near})" if near else ""
    return (
        f"{len(against)} of {len(scenarios)} scenarios {put} another way ahead of signing ({turned}){doubt}; "
        f"the lead over the nearest rival runs from {reach}."
    )


def say_claim_scenarios(scenarios: pd.DataFrame) -> str:
    """Return in which scenarios the claim of substantially more products holds, and what makes it false."""
    failed = scenarios[~scenarios["claim_holds"]]
    if failed.empty:
        every = f"all {len(scenarios)} scenarios" if len(scenarios) > 1 else "the one scenario that was run"
        return f"The claim of substantially more products holds in {every}."
    names = listed(f"{lowered(row.scenario)} ({times(row.product_ratio)})" for row in failed.itertuples())
    return f"The claim of substantially more products fails in {len(failed)} of {len(scenarios)} scenarios: {names}."


def say_claim(claims: list[Claim]) -> str:
    """Return the letter's claim with its verdict, and what would make it false."""
    claim = next(c for c in claims if c.reading == "returning")
    word = "holds" if claim.holds else "does not hold"
    low, high = (times(end or 0) for end in (claim.ratio.low, claim.ratio.high))
    limits = f" ({low.removesuffix(' times')} to {high})" if low != high else ""
    return (
        f"The claim of substantially more products {word}: planned, with research of its own either way, "
        f"{count(claim.signing)} products that provide a return if signed against {count(claim.alone)} by the plan "
        f"alone with most of them, {times(claim.ratio.value)} as many{limits}, where substantially is read as "
        f"{claim.needed:g} times."
    )


def say_claim_readings(
    verdict: Verdict, claims: list[Claim], other_ratios: list[float], scenarios: pd.DataFrame | None = None
) -> list[str]:
    """Return the claim in the other readings and at the other meanings of substantially more."""
    chances = [percent(option.p_returning) for option in (verdict.signing, verdict.nearest)]
    said = [
        f"The chance of at least one such product is {chances[0]} signed and {chances[1]} alone. What a product "
        "pays the company differs between the strategies; this count treats all of them alike."
    ]
    said += [_say_reading(c, scenarios) for c in claims]
    returning = next(c for c in claims if c.reading == "returning")
    for needed in other_ratios:
        word = "holds" if replace(returning, needed=needed).holds else "does not hold"
        said.append(f"If substantially more means {needed:g} times as many, the claim {word}.")
    return said


def say_claim_views(financed: Sequence[Claim]) -> str:
    """Return the claim as financed, beside the planned course that leads."""
    claim = next(c for c in financed if c.reading == "returning")
    verb = "holds" if claim.holds else "does not hold"
    return (
        f"As financed, with companies that run out of money, the claim {verb}: {count(claim.signing)} against "
        f"{count(claim.alone)}, {times(claim.ratio.value)}."
    )


def _say_reading(claim: Claim, scenarios: pd.DataFrame | None) -> str:
    """Return a reading's counts and what would make the claim false in it, in numbers and in scenarios."""
    said = (
        f"{READING_LABELS[claim.reading]}: {count(claim.signing)} against {count(claim.alone)}, "
        f"{times(claim.ratio.value)}. The claim is false if signing brings fewer than "
        f"{count(claim.needed * claim.alone)} or going alone more than {count(claim.signing / claim.needed)}"
    )
    if scenarios is None:
        return f"{said}."
    false = scenarios.loc[scenarios[f"{claim.reading}_low"] < claim.needed, "scenario"]
    if false.empty:
        return f"{said}; in none of the {len(scenarios)} scenarios is that so."
    return f"{said}; it is so in {len(false)} of {len(scenarios)} scenarios: {listed(map(lowered, false))}."


def say_limits(
    statuses: Mapping[str, int],
    published_later: int,
    assumed_terms: list[str],
    guesses: Sequence[str],
    rational: bool,
    copromotion: bool,
) -> list[str]:
    """Return the limits of the result: what is assumed, what the view leaves out and which way that pushes."""
    total, assumed = sum(statuses.values()), statuses.get("assumption", 0)
    most = f" Those that move the lead most: {listed(map(lowered, guesses))}." if guesses else ""
    terms = f"Undisclosed terms that are assumed here: {listed(map(lowered, assumed_terms))}." if assumed_terms else ""
    late = f"{published_later} inputs were known to the parties on the day but published later."
    said = [
        f"{assumed} of {total} numbers are assumptions, {statuses.get('term', 0)} are terms of the deal, "
        f"{statuses.get('sourced', 0)} were read in a source and {statuses.get('derived', 0)} derived.{most}",
        terms,
        late if published_later else "",
        FINANCING_LIMIT,
        RATIONAL_LIMIT if rational else COMMIT_LIMIT,
        "" if copromotion else NO_COPROMOTION,
        "Simulation limits say how well an average is known, not how widely the futures spread, nor how wrong the "
        "assumptions are; the spread over futures carries both luck and what is not known about the inputs "
        "that a run draws. Those it takes as fixed, such as the discount rate, are not in it.",
    ]
    return [sentence for sentence in said if sentence]


def say_title(verdict: Verdict) -> str:
    """Return the title of the brief."""
    return f"{verdict.company} and {verdict.partner}: sign, or go it alone?"


def say_question(verdict: Verdict) -> str:
    """Return the question of the brief."""
    return f"On what was known on {verdict.date}: by how much, how surely, and what would change it?"
