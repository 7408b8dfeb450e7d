"""The negotiation: what each side has of the deal, what a term is worth in another, other deals beside it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from partnering.analysis.negotiation import Bargain, bargain, trading_gaps, worth_in
from partnering.report.style import NBSP
from partnering.results.schema import PRETAX
from partnering.results.statistics import Estimate
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict, judge, leaves

UPFRONT, ROYALTY = "deal.upfront_musd", "deal.royalty.rates"
POINTS = ("rate", "share")
"""Units of terms that move by a point, a hundredth; all others move by a million."""

PARTIES = ("company", "partner")
ACTUAL = "The deal on the table"
TERMS = ["path", "term", "value", "more", "company", "partner", "upfront", "gap"]
DEALS = ["deal", "pretax", "partner", "share", "partner_after", "upfront", "financed", "products", "per_share"]
DEALS += ["verdict"]


# What a term is worth


def read_units(results: Results, verdict: Verdict, party: str) -> pd.DataFrame:
    """Return the terms of the deal with their values and what a unit of each is worth to a party, by term."""
    of = "strategy == @verdict.signing.slug and party == @party"
    return results.table("exposures").query(of).set_index("term")


def leaf_of(term: str) -> tuple[str, int | None]:
    """Return the path of the leaf that a term is, and its place in it if the leaf is a list."""
    path, _, place = term.removesuffix("]").partition("[")
    return path, int(place) if place else None


def tabulate_terms(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return what one more of every term is worth to both, in money and in upfront; lists by place and as a whole."""
    ours, theirs = (read_units(results, verdict, party) for party in PARTIES)
    units = pd.DataFrame({"company": ours["unit_mean"], "partner": theirs["unit_mean"]}).reindex(ours.index).dropna()
    units = units[units["company"] != 0]  # a term the deal does not have
    whole = units.groupby(units.index.str.replace(r"\[\d+\]$", "", regex=True), sort=False).sum()
    units = pd.concat([units, whole[~whole.index.isin(units.index)]])
    about, rates = leaves(results), worth_in(units["company"].to_dict(), UPFRONT)
    gaps = trading_gaps(units["company"].to_dict(), units["partner"].to_dict(), UPFRONT)
    rows = []
    for term, unit in units.iterrows():
        name, place = leaf_of(str(term))
        step = 1 / 100 if about["unit"].get(name) in POINTS else 1
        which = "" if term in about.index and term in ours.index else f" ({'all' if place is None else place + 1})"
        guess = f"{NBSP}*" if about["status"].get(name) == "assumption" else ""
        label = f"{about['label'].get(name, f'Funding, {name} year')}{which}{guess}"
        told = ours["value"].get(term, np.nan) / step, "point" if step < 1 else f"$1{NBSP}million"
        upfront = step * rates.get(str(term), np.nan)
        rows.append((term, label, *told, *(step * unit), upfront, gaps.get(term, np.nan)))
    return pd.DataFrame(rows, columns=TERMS)


# Other deals


def tabulate_deals(runs: Sequence[Results]) -> pd.DataFrame:
    """Return one row per deal, each on the same candidates: value to both, what it pays, products, value per share."""
    rows = [(name, *_deal_row(run)) for name, run in zip(_names(runs), runs, strict=True)]
    return pd.DataFrame(rows, columns=DEALS)


def _deal_row(run: Results) -> tuple[object, ...]:
    table, verdict = Headline(run), judge(run)
    slug, units = verdict.signing.slug, read_units(run, verdict, "company")
    ours, theirs = (table.estimate(slug, "npv_mean", party, PRETAX).value for party in PARTIES)
    pays = float((units["value"] * units["unit_mean"]).sum() / units.loc[UPFRONT, "unit_mean"])
    per_share = table.estimate(slug, "value_per_share").value
    after = table.estimate(slug, "npv_mean", "partner")
    said = verdict.signing.value.value, verdict.signing.products["returning"], per_share
    return (
        ours,
        theirs,
        ours / (ours + theirs) if min(ours, theirs) > 0 else np.nan,
        after.value,
        pays,
        *said,
        _would_sign(verdict, after),
    )


def _names(runs: Sequence[Results]) -> list[str]:
    """Return what deals are called side by side, the first of them the one on the table."""
    return [ACTUAL, *(run.manifest["title"] for run in runs[1:])]


def _would_sign(verdict: Verdict, partner: Estimate) -> str:
    """Return whether both would sign, where their limits let it be told."""
    if (partner.high or 0.0) < 0:
        return f"{verdict.partner} would not"
    if verdict.outcome == "alone":
        return f"{verdict.company} would not"
    sure = (partner.low or 0.0) > 0 and verdict.outcome == "sign"
    return "yes" if sure else "too close to call"


# Where both could meet


def meet(table: pd.DataFrame, verdict: Verdict) -> Bargain | None:
    """Return where both could meet: the company leaves for its best alternative, the partner for nothing.

    `table` has values by a transfer at signing over the actual terms. None where it has no other than none: the deal is
    worth less to both than walking away.
    """
    transfer, ours, theirs = table[["transfer_musd", "company_financed", "partner_aftertax"]].to_numpy().T
    return bargain(transfer, ours, theirs, verdict.nearest.value.value, 0.0) if len(transfer) > 1 else None
