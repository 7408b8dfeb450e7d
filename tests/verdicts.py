"""Verdicts for tests: signing held against a way of going alone and, where asked, a way of giving up."""

from dataclasses import replace

from partnering.results.statistics import Estimate
from partnering.results.verdict import Option, Rival, Verdict

SURE = 0.667


def near(value: float, half: float = 1.0) -> Estimate:
    """A value with limits."""
    return Estimate(value, value - half, value + half)


def option(slug: str, title: str, phrase: str, value: float, returning: float = 0.5, variant: str = "") -> Option:
    """A strategy worth so much on average, with so many products that return."""
    products = {"approved": 2 * returning, "returning": returning, "paying": 3 * returning}
    spread = (value - 100, value - 20, value + 300)
    return Option(slug, title, phrase, variant, near(value), *spread, 0.4, products, 0.5)


def rival(family: str, best: Option, lead: Estimate, p_better: float, tied: tuple[Option, ...] = ()) -> Rival:
    """The best of a family, led by so much; inputs move the expected lead by 20, luck has three quarters."""
    inputs = (near(lead.value - 30), near(lead.value + 35))
    return Rival(family, best, tied, lead, p_better, inputs, near(20.0), Estimate(0.75, 0.7, 0.8))


def verdict_of(signing: Option, *rivals: Rival, others: tuple[Option, ...] = ()) -> Verdict:
    """Signing against rivals, between Acme and Big."""
    return Verdict("Acme", "Big", "2001-02-03", signing, rivals, others, SURE)


def with_lead(verdict: Verdict, family: str, lead: Estimate, p_better: float) -> Verdict:
    """The verdict with another lead over the rival of a family."""
    changed = (
        replace(each, difference=lead, p_better=p_better) if each.family == family else each for each in verdict.rivals
    )
    return replace(verdict, rivals=tuple(changed))
