"""A forecast and what became of it, in sentences: each a function of a table or a small record."""

import pandas as pd

from partnering.analysis.hindsight import TOTAL, Lessons, LookBack
from partnering.report.hindsight import name_facts
from partnering.report.style import count, listed, lowered, money, percent, span
from partnering.results.verdict import Verdict

QUESTION = "What happened after the signing, how did the forecast made on the day fare, and what does that teach?"
NO_RECORD = (
    "No later facts are on record about this deal, so there is nothing to hold its forecast against. They would stand "
    "in a file of their own that this page alone reads."
)
NOTHING_ENTERS = (
    "The facts below became known after the signing. Their file is read by this page alone, by no run, no belief, no "
    "answer and no other page, and a fact known by the valuation date is refused. Whoever judged the inputs could "
    "know them: no rule about dates undoes that."
)
FACTS_NOTE = (
    "Products are those of the deal that were named. Foreseen: the futures of a signing, planned and before tax. "
    "Percentile: the share of futures below the fact, to the share not above it. The worth of the rights given up is "
    "seen from the day of signing, not with what was known when they were."
)
RECEIPTS_NOTE = (
    "Upfront and committed research count as paid as agreed. Not in it, as their amounts were not found: manufacture "
    "and other work for the partner, and milestones after those on record; nor side agreements. "
    "Valued with the forecast's own conventions: the quarter of the day, inflation and discount rate of the leading "
    "scenario."
)
LIMITS = (
    "Both came about in a company that had signed: neither is what going alone would have brought.",
    "The alternatives that failed are not named here as these are: what is looked at was picked because it worked.",
)


def say_title(verdict: Verdict) -> str:
    """Return the title of the page."""
    return f"{verdict.company} and {verdict.partner}: what happened, against what was foreseen"


def say_opening(back: LookBack, lessons: Lessons) -> list[str]:
    """Return what the reader must know first: nothing enters the forecast, and what of it is no test."""
    leaked = (
        f"{lessons.published_later} terms of the contract were fixed on the day but read in what was published later; "
        "the first steps of the milestone ladders were read off payments that are listed here. For their amounts this "
        "page is no test."
    )
    return [NOTHING_ENTERS, leaked, f"Facts were looked for until {back.until}."]


def say_facts(facts: pd.DataFrame) -> str:
    """Return how many facts lie inside the forecast's nine tenths, and which do not."""
    outside = facts[~facts["inside"]]
    if outside.empty:
        return f"All {len(facts)} facts lie inside the 5th to 95th percentile of the forecast"
    named = listed(
        f"{lowered(name)} ({_side(row.place)})"
        for name, row in zip(name_facts(outside), outside.itertuples(), strict=True)
    )
    inside = int(facts["inside"].sum())
    return f"{inside} of {len(facts)} facts lie inside the 5th to 95th percentile of the forecast; outside: {named}"


def _side(place: float) -> str:
    return f"above {percent(place)} of futures" if place > 1 - place else f"below {percent(1 - place)} of futures"


def say_places(facts: pd.DataFrame) -> str:
    """Return on which side of the forecast's median the facts lie, and nothing more: they move together."""
    above, below = (int((facts["happened"] > facts["p50"]).sum()), int((facts["happened"] < facts["p50"]).sum()))
    at = f", {len(facts) - above - below} at it" if above + below < len(facts) else ""
    return f"Of {len(facts)} facts {above} lie{'s' * (above == 1)} above the median foreseen and {below} below it{at}"


def say_receipts(receipts: pd.DataFrame) -> str:
    """Return what the deal paid and was worth, against its forecast."""
    row = receipts.set_index("line").loc[TOTAL]
    where = "inside" if row["value_p05"] <= row["value"] <= row["value_p95"] else "outside"
    side = "less" if row["value"] < row["value_mean"] else "more"
    return (
        f"Valued at signing the deal paid {money(row['value'])}, {side} than the mean foreseen of "
        f"{money(row['value_mean'])} and {where} its nine tenths of futures, "
        f"{span(row['value_p05'], row['value_p95'])}; in money of the day {money(row['paid'])}"
    )


def say_products(products: pd.DataFrame, lessons: Lessons) -> str:
    """Return how many named products were approved, against the forecast."""
    verb = "was" if lessons.happened == 1 else "were"
    return (
        f"Of {len(products)} named products {lessons.happened} {verb} approved; the forecast expected "
        f"{count(lessons.mean)} and gave exactly {lessons.happened} a chance of {percent(lessons.seen)}"
    )


def say_unnamed(back: LookBack) -> str:
    """Return what is left out of the counts."""
    unnamed = back.facts.unnamed
    return (
        f"{unnamed.label}: {unnamed.value}; the counts are at least these. A day with by before it is the last one it "
        "can have been: the product was that far by then."
    )


def say_alternatives(table: pd.DataFrame, back: LookBack) -> str:
    """Return what the licence and the own product brought."""
    licence, own = back.facts.licence.name, back.facts.own
    paid = table[(table["product"] == licence) & table["amount"].notna()]
    return (
        f"{licence}, a licence of the technology, brought at least {money(paid['amount'].sum())} after the signing, "
        f"{money(paid['value'].sum())} at signing; {own.name}, the company's own product, was approved "
        f"{back.years(own.approval.value):.1f} years after it, when the company's losses had added up "
        f"to {money(own.deficit.value)}"
    )


def say_fates(table: pd.DataFrame, back: LookBack, technology: float) -> list[str]:
    """Return what the fates of the alternatives say about going alone, and what they do not."""
    licence, own, scenario = back.facts.licence, back.facts.own, back.scenario
    paid = table.loc[(table["product"] == licence.name) & (table["unit"] == "musd"), "value"].sum()
    whole, share = table.loc[table["what"].str.startswith((own.price.label, own.share_price.label)), "value"]
    before = scenario["company.pre_deal_value_musd"] / scenario["company.shares_millions"]
    side = "less" if share < before else "more"
    more = "more" if paid > technology else "less"
    return [
        f"{licence.name}: {money(paid)} at signing at the least, {more} than the {money(technology)} expected of all "
        "licences of the technology together. The company kept that route in every strategy.",
        f"{own.name}: the company was bought {back.years(own.bought.value):.1f} years after the signing for "
        f"{money(own.price.value)}, {money(whole)} at signing. That belongs to all who had put in money by then: "
        f"a share fetched ${own.share_price.value:.2f}, at signing ${share:.2f}, {side} than the ${before:.2f} it cost "
        "the day before, if shares were not split since.",
        *LIMITS,
    ]


def say_lessons(lessons: Lessons, facts: pd.DataFrame, back: LookBack, there: float) -> list[str]:
    """Return what one deal can teach, and what it cannot."""
    impossible = [row.what for row in facts.itertuples() if row.not_above == 0 or row.below == 1]
    missed = (
        f"{len(impossible)} of {len(facts)} facts lie beyond every future simulated: there the model leaves something "
        "out."
        if impossible
        else f"None of the {len(facts)} facts lies beyond every future simulated, so none contradicts it outright."
    )
    return [
        f"It can show a fault. {missed}",
        "It can show what the model lets nobody do: that the rights were bought out for one sum "
        f"({money(back.buy_out.value)}) is in no future of it.",
        f"{len(facts)} facts are not {len(facts)} trials: they follow from the same few products and move together.",
        f"The deal is looked at because the company lived to be looked at: in {percent(there)} of the futures of a "
        "signing it was still there on the day it was bought. A deal of a company that ended leaves no such record.",
    ]


def say_record(sources: pd.DataFrame) -> str:
    """Return the finding of the table of sources."""
    excerpts = int((sources["Read"] == "excerpt").sum())
    return f"{len(sources)} sources of later facts; {excerpts} of them were read as excerpts only"
