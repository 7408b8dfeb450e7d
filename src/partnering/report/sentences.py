"""One sentence, one function of a verdict or a table: what a page says can never disagree with what it shows."""

from partnering.report.style import listed, money, percent
from partnering.results.verdict import Rival, Verdict

FINAL = "as financed and after tax"
"""The view whose values lead, in words."""


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
