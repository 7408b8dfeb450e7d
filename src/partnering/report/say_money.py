"""What is said about the company's money: findings of its exhibits, and what has to be admitted."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from partnering.report.money import EARLY, LATE
from partnering.report.style import NBSP, Columns, Format, amount, count, money, percent, span


def flow(musd: float) -> str:
    """Return an amount in a column that adds up: one decimal, none of them a negative nothing."""
    text = f"{musd:,.1f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def flows(frame: pd.DataFrame) -> dict[str, Format]:
    """Return formats of a table of flows."""
    return dict.fromkeys(frame.select_dtypes("number").columns, flow)


def years(value: float) -> str:
    """Return a time in years."""
    return f"{value:.1f}"


VIEWS: Columns = {
    "strategy": ("Strategy, $ million", None),
    "pretax": ("Programme, planned, before tax", amount),
    "planned": ("Company, planned, after tax", amount),
    "financed": ("Company, as financed, after tax", amount),
    "constraint": ("Cost of cash shortages", amount),
}

GLANCE: Columns = {
    "strategy": ("Strategy", None),
    "runway": ("Cash gone in, years", years),
    "ended": ("Company ended in, years", years),
    "ended_early": (f"Ended within {EARLY} years", percent),
    "forced_early": ("of it short of cash", percent),
    "ended_late": (f"Ended within {LATE} years", percent),
    "forced_late": ("short of cash", percent),
    "raised": ("Raised, $ million", amount),
    "dilution": ("Sold to new owners", percent),
    "per_share": ("Value per share today, $", count),
}

FINANCE: Columns = {
    "strategy": ("Strategy", None),
    "guaranteed": ("Guaranteed, present value, $ million", amount),
    "payback": ("Paid back from year", "{:.0f}"),
    "need": ("Peak need, $ million", amount),
    "need_years": ("reached after, years", years),
}


ANNOUNCEMENT: Columns = {
    "what": ("The deal", None),
    "traded": ("Market", count),
    "model": ("Model, as financed", count),
    "low": ("90 % limits, low", count),
    "high": ("high", count),
}

VIEWS_NOTE = (
    "Present value at signing, cash on the day not counted. Programme: what the candidates and the deal bring, as "
    "planned, before tax. Company: with kept candidates, licences, base burn and tax; planned with all the money it "
    "could want, or as financed. Cost of cash shortages: planned less as financed, future by future."
)
GLANCE_NOTE = (
    "Cash gone: in the bad tenth of futures, if nothing is raised and all goes on as planned. Ended: when the worst "
    "tenth of futures has ended as financed, by a cash shortage or with nothing left to do. A dash: "
    "not within the horizon. Value per share: cash on the day, value and money raised over all shares there are in the "
    "end."
)
FAN_NOTE = (
    "Cash by year: a company that has ended has none, what is left is paid to its owners; a band that meets the top of "
    "its panel goes on above it."
)
FINANCE_NOTE = (
    "Guaranteed: upfront and committed research funding less the research done for it, if the company is there to do "
    "it. Payback and peak need: cumulated mean cash after tax, as financed, without money raised and cash on the day."
)
SOURCES_NOTE = (
    "Mean over futures, as financed, $ million; a company that has ended counts as none. Fiscal years by the middle of "
    "each quarter."
)
ANNOUNCEMENT_LIMITS = (
    "A check and no target: one day's trading, in which the whole market may have moved; a price also holds what is "
    "expected of other things, and investors did not know all the terms that are valued here."
)


def _within(value: float) -> str:
    return "never" if pd.isna(value) else f"in {years(value)} years"


def _pair(table: pd.DataFrame) -> tuple[Any, Any]:
    """Return the rows of signing and of the best alternative."""
    signed, alone, *_ = table.itertuples()
    return signed, alone


def say_sources_uses(sources: pd.DataFrame, phrase: str) -> str:
    """Return the finding of sources and uses: from which cash to which, and the year with the least."""
    by_line = sources.set_index("$ million")
    closing = by_line.loc["Closing cash"]
    return (
        f"Sources and uses of cash, {phrase}: from {money(by_line.iloc[0, 0])} to {money(closing.iloc[-1])} at the end "
        f"of fiscal {closing.index[-1]} on average, least {money(closing.min())} at the end of {closing.idxmin()}"
    )


def say_finance(finance: pd.DataFrame) -> str:
    """Return the finding of the table for the finance lead."""
    signed, alone = _pair(finance)
    return (
        f"Signing guarantees {money(signed.guaranteed)} after the research it pays for and {_need(signed)}; the "
        f"nearest rival {_need(alone)}"
    )


def _need(row: Any) -> str:
    """Return how far mean cash falls and when it is back, if it falls at all."""
    if row.need == 0:
        return "needs no cash on average"
    back = "is never paid back" if pd.isna(row.payback) else f"is paid back from year {row.payback:.0f}"
    return f"needs {money(row.need)} at the peak, which {back}"


def say_announcement(table: pd.DataFrame) -> str:
    """Return the outside check: what the market added beside what the model adds."""
    share, whole = table.iloc[-2], table.iloc[-1]
    inside = "inside" if share["low"] <= share["traded"] <= share["high"] else "outside"
    return (
        f"On the announcement the market added {money(whole['traded'])}, ${count(share['traded'])} a share; as "
        f"financed the model adds {money(whole['model'])} ({span(whole['low'], whole['high'])}), "
        f"${count(share['model'])} a share, and the market's figure is {inside} its simulation limits"
    )


def say_announcement_limits(notes: Sequence[str], research_musd: Sequence[float]) -> list[str]:
    """Return why the outside check is no target: in general, and what the notes of its inputs say."""
    exact = f"${sum(research_musd):.1f}{NBSP}million"
    known = f"The model values {exact} of committed research funding, as disclosed later."
    return [ANNOUNCEMENT_LIMITS, known, *(f"{note}." for note in notes)]
