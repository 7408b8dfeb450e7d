"""The record of what became known later, as tables: products and their fates, what the alternatives brought.

Amounts are nominal; values are those at signing, by the conventions of the forecast.
"""

import datetime as dt

import numpy as np
import pandas as pd

from partnering.analysis.hindsight import LookBack
from partnering.analysis.payments import Payment
from partnering.inputs.hindsight import STAGES, Day, Fact, all_facts


def tabulate_products(back: LookBack) -> pd.DataFrame:
    """Return every named product with the days its stages started and its fate."""
    rows = []
    for product in back.facts.products:
        days = {stage: _day(getattr(product, stage)) for stage in STAGES}
        fate = product.fate
        rows.append({"name": product.name, "form": product.form, **days, "fate": fate.value, "source": fate.source})
    return pd.DataFrame(rows)


def tabulate_alternatives(back: LookBack) -> pd.DataFrame:
    """Return what the alternatives brought: a licence of the technology, and the company's own product."""
    licence, own = back.facts.licence, back.facts.own
    dated = [(licence.name, licence.approval), (own.name, own.first_patient), (own.name, own.approval)]
    rows: list[tuple[str, Fact, str | None, dt.date]] = [
        *((licence.name, paid, _told(paid.date, paid.latest), paid.date) for paid in licence.payments),
        *((name, fact, _day(fact), fact.value) for name, fact in dated),
        (own.name, own.deficit, str(own.deficit.known), own.deficit.known),
        *((own.name, fact, _day(own.bought), own.bought.value) for fact in (own.price, own.share_price)),
    ]
    table = []
    for name, fact, told, day in rows:
        years, money = back.years(day), fact.unit != "date"
        amount = float(fact.value) if money else np.nan
        paid = money and fact is not own.deficit  # losses of many years fall on no day
        worth = back.worth([Payment(name, amount, years)]) if paid else np.nan
        row = {"product": name, "what": _noted(fact), "day": told, "years": years, "unit": fact.unit, "amount": amount}
        table.append(row | {"value": worth, "source": fact.source})
    return pd.DataFrame(table)


def _day(day: Day | None) -> str | None:
    return None if day is None else _told(day.value, day.latest)


def _told(day: dt.date, latest: bool) -> str:
    return f"by {day}" if latest else str(day)


def _noted(fact: Fact) -> str:
    """Return what a fact is about, with its note."""
    return f"{fact.label} ({fact.note})" if fact.note else fact.label


def tabulate_sources(back: LookBack) -> pd.DataFrame:
    """Return every source that a later fact rests on, with how much of it was read."""
    cited = {fact.source for _, fact in all_facts(back.facts)}
    named = [(name, source) for name, source in back.scenario.sources.items() if name in cited]
    rows = [(i, s.title, s.publisher, str(s.date), s.read, s.note or "", s.url or "") for i, s in named]
    return pd.DataFrame(rows, columns=["Source", "Title", "Publisher", "Date", "Read", "Note", "Where"])
