"""One sentence, one function of a verdict or a table: what a page says can never disagree with what it shows."""

import pandas as pd

from partnering.report.style import NBSP, READING_LABELS, count, listed, lowered, money, percent, span, times
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
        head = "Sign" if surely else "Signing leads on average, though that is not certain"
    else:
        head = "Do not sign" if v.sure else "Not signing is better on average, though that is not certain"
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


def _reach(rival: Rival) -> str:
    low, high = rival.inputs
    return f"between {span(low.value, high.value, 'and')}"


def _about(option: Option) -> str:
    """Return the chance of loss and the spread over futures of a strategy's value."""
    return f"loses in {percent(option.p_loss)} of futures; {_spread(option)}"


def _spread(option: Option) -> str:
    return f"nine in ten between {span(option.p05, option.p95, 'and').replace(f'{NBSP}million', 'm')}"


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


def say_title(verdict: Verdict) -> str:
    """Return the title of the brief."""
    return f"{verdict.company} and {verdict.partner}: sign, or go it alone?"
