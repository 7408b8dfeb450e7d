"""A forecast and what became of it: tables as a meeting sees them."""

from collections.abc import Callable, Sequence

import pandas as pd

from partnering.analysis.foreseen import RIGHTS
from partnering.analysis.hindsight import SIDE, TOTAL
from partnering.inputs.lines import LINE
from partnering.report.style import Columns, amount
from partnering.report.views import in_view
from partnering.results.stored import Results
from partnering.results.verdict import Verdict

FACTS = {
    "phase_1": "Products that reached Phase 1",
    "phase_2": "Products that reached Phase 2",
    "phase_3": "Products that reached Phase 3",
    "approval": "Products approved",
    "first_approval": "Years to the first approval, if there is one",
    "extension_funding": "Extension funding received",
    "milestones": "Milestones received",
    RIGHTS: "Royalties received",
    TOTAL: "Received in all",
    "buy_out": "Price of the rights given up, against their worth",
    "value": "All of it, valued at signing",
}
"""What a fact is called."""

TECHNOLOGY = "Technology licences"
RIGHTS_WORDS = "Royalties; in their place the buy-out"
OTHER_LINES = {RIGHTS: RIGHTS_WORDS, "buy_out": "Buy-out of all later rights", SIDE: "Side agreement", TOTAL: "All"}
UNITS = {"musd": ", $ million"}


def dress_facts(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the facts with names, and with numbers written as their units ask."""
    shown = facts.copy()
    shown["fact"] = name_facts(facts)
    shown["happened_text"], shown["p50_text"] = _each(facts, "happened", _exact), _each(facts, "p50", _written)
    shown["interval"] = _between(_each(facts, "p05", _written), _each(facts, "p95", _written))
    shown["place_text"] = _between(*([f"{100 * share:.0f}" for share in facts[end]] for end in ("below", "not_above")))
    return shown


def name_facts(facts: pd.DataFrame) -> list[str]:
    """Return the name of each fact with its day and unit."""
    days = ["" if pd.isna(day) else f" by {day}" for day in facts["by"]]
    units = [UNITS.get(unit, "") for unit in facts["unit"]]
    return [f"{FACTS[what]}{day}{unit}" for what, day, unit in zip(facts["what"], days, units, strict=True)]


def _each(facts: pd.DataFrame, column: str, how: Callable[[float, str], str]) -> list[str]:
    return [how(value, unit) for value, unit in zip(facts[column], facts["unit"], strict=True)]


def _written(value: float, unit: str) -> str:
    """Return a value as its unit is written: products whole, years and small amounts with a decimal."""
    return f"{value:.0f}" if unit == "products" else f"{value:.1f}" if unit == "years" else amount(value)


def _exact(value: float, unit: str) -> str:
    """Return what happened: products whole, all else with a decimal."""
    return f"{value:.0f}" if unit == "products" else f"{value:,.1f}"


def _between(lows: Sequence[str], highs: Sequence[str]) -> list[str]:
    return [low if low == high else f"{low} to {high}" for low, high in zip(lows, highs, strict=True)]


def name_line(line: str) -> str:
    """Return what a line is called on this page: the ledger's, and those that stand for several or for none."""
    return OTHER_LINES.get(line) or LINE[line].words


def dress_receipts(receipts: pd.DataFrame) -> pd.DataFrame:
    """Return what the deal paid by line, with the spread of the forecast as text."""
    shown = receipts.assign(name=receipts["line"].map(name_line))
    for kind in ("paid", "value"):
        ends = ([amount(value) for value in receipts[f"{kind}_{level}"]] for level in ("p05", "p95"))
        shown[f"{kind}_interval"] = _between(*ends)
    return shown


def share_there(run: Results, verdict: Verdict, years: float) -> float:
    """Return the share of futures in which the company that signs is still there after some whole years."""
    table = in_view(run, "survival").set_index(["strategy", "year"])
    row = table.loc[(verdict.signing.slug, min(int(years), table.index.get_level_values("year").max()))]
    return float(1 - row["p_winddown"] - row["p_exit"])


def technology_value(run: Results, verdict: Verdict) -> float:
    """Return what all licences of the technology were expected to be worth to the company at signing."""
    lines = in_view(run, "lines").query("party == 'company'")
    mine = lines[lines["strategy"] == verdict.signing.slug]
    return float(mine.loc[[LINE[name].group == TECHNOLOGY for name in mine["line"]], "value"].sum())


FACT_COLUMNS: Columns = {
    "fact": ("Fact", None),
    "happened_text": ("Happened", str),
    "p50_text": ("Foreseen: median", str),
    "interval": ("5th to 95th percentile", str),
    "place_text": ("Percentile of it", str),
    "source": ("Source", None),
}
RECEIPT_COLUMNS: Columns = {
    "name": ("Line", None),
    "paid": ("Received, nominal, $ million", "{:,.1f}"),
    "paid_mean": ("Foreseen by then: mean", amount),
    "paid_interval": ("5th to 95th percentile", str),
    "value": ("Valued at signing", "{:,.1f}"),
    "value_mean": ("Foreseen over its life: mean", amount),
    "value_interval": ("its 5th to 95th percentile", str),
}
PRODUCT_COLUMNS: Columns = {
    "name": ("Product", None),
    "form": ("Form", None),
    "phase_1": ("Phase 1", None),
    "phase_2": ("Phase 2", None),
    "phase_3": ("Phase 3", None),
    "approval": ("Approved", None),
    "fate": ("Fate", None),
    "source": ("Source", None),
}
ALTERNATIVE_COLUMNS: Columns = {
    "product": ("Product", None),
    "what": ("What", None),
    "day": ("Day", None),
    "years": ("Years after signing", "{:.1f}"),
    "amount": ("Amount, $ million or $ a share", "{:,.2f}"),
    "value": ("Valued at signing", "{:,.2f}"),
    "source": ("Source", None),
}
