"""The negotiation: what each side has of the deal, what a term is worth in another, other deals beside it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from partnering.analysis.negotiation import trading_gaps, worth_in
from partnering.report.style import NBSP, Columns, amount, count, listed, lowered, money, percent
from partnering.results.schema import PRETAX, VIEW
from partnering.results.statistics import Estimate
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict, judge, leaves, partner_loss

UPFRONT, ROYALTY = "deal.upfront_musd", "deal.royalty.rates"
POINTS = ("rate", "share")
"""Units of terms that move by a point, a hundredth; all others move by a million."""

PARTIES = ("company", "partner")
ACTUAL = "The deal on the table"
HELD = "Decisions are held as simulated: the band of the royalty says how far that is true."

SIDES: Columns = {
    "party": ("Party", None),
    "pretax": ("Programme, before tax, $ million", amount),
    "limits": ("90 % limits", str),
    "share": ("Share of joint value", percent),
    "final": ("After tax, as financed", amount),
    "final_limits": ("its 90 % limits", str),
    "regret": ("Worse off than without it in", percent),
}

TERMS: Columns = {
    "term": ("Term", None),
    "value": ("In the deal", "{:,.4g}"),
    "more": ("One more", None),
    "company": ("Worth to the company, $ million", count),
    "partner": ("to the partner", count),
    "upfront": ("Worth as much upfront", count),
    "gap": ("Company's over partner's", count),
}

DEALS: Columns = {
    "deal": ("Deal", None),
    "pretax": ("Programme to the company, before tax, $ million", amount),
    "partner": ("to the partner", amount),
    "share": ("Company's share", percent),
    "partner_after": ("Partner, after tax", amount),
    "upfront": ("All it pays, as upfront", amount),
    "financed": ("Company, after tax, as financed", amount),
    "products": ("Products that return", count),
    "per_share": ("Value per share today, $", count),
    "verdict": ("Would both sign?", None),
}


SIDES_NOTE = (
    "Programme: what the candidates and the deal bring, as planned. After tax: the whole company as financed; the "
    "partner's programme. Worse off: the company than with its best alternative on the same luck, the partner than "
    "with nothing."
)
TERMS_NOTE = (
    "Present value before tax, mean over futures, of one more million as the contract states it, or of one more point "
    "of a rate. Company's over partner's: above one where others pay part of it, or rates differ. Research "
    f"funding also buys research and leads, which is not in it. * an assumption, not read in a contract. {HELD}"
)
DEALS_NOTE = (
    "Same candidates, company and luck. All it pays: the deal's payments to the company before tax, worth as much as "
    "this upfront; the research done for them is not taken off."
)


def say_title(verdict: Verdict) -> str:
    """Return the title of the page."""
    return f"{verdict.company} and {verdict.partner}: the negotiation"


QUESTION = "What is each side's walk-away, how is value split, and what is a term worth in another term?"


# What each side has


def tabulate_sides(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return what the actual terms are worth to both, how they split the programme, how often each would regret."""
    table, slug = Headline(results), verdict.signing.slug
    before, after = ([table.estimate(slug, "npv_mean", party, view) for party in PARTIES] for view in (PRETAX, VIEW))
    shares, regret = _shares(*(e.value for e in before)), (1 - verdict.p_better, partner_loss(results, verdict))
    rows = []
    names = verdict.company, verdict.partner
    for name, planned, share, final, sorry in zip(names, before, shares, after, regret, strict=True):
        limits = [f"{amount(e.low or 0.0)} to {amount(e.high or 0.0)}" for e in (planned, final)]
        rows.append((name, planned.value, limits[0], share, final.value, limits[1], sorry))
    return pd.DataFrame(rows, columns=list(SIDES))


def _shares(ours: float, theirs: float) -> tuple[float, float]:
    """Return the shares of joint value; none where one of the two loses."""
    joint = ours + theirs if min(ours, theirs) > 0 else np.nan
    return ours / joint, theirs / joint


def say_sides(sides: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the table of both sides."""
    ours, theirs = sides.itertuples()
    split = "" if np.isnan(ours.share) else f", {percent(ours.share)} and {percent(theirs.share)}"
    return (
        f"Of the programme {ours.party} has {money(ours.pretax)} and {theirs.party} {money(theirs.pretax)} before tax"
        f"{split}; {theirs.party} loses in {percent(theirs.regret)} of "
        f"futures, and {verdict.nearest.phrase} would have been better for {ours.party} in {percent(ours.regret)}"
    )


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
    return pd.DataFrame(rows, columns=["path", *TERMS])


def say_terms(terms: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the table of terms: what a point of royalty is worth in upfront, where values differ."""
    royalty, widest = (terms[terms["path"] == ROYALTY].iloc[0], terms.loc[(terms["gap"] - 1).abs().idxmax()])
    return (
        f"One more point of royalty on every tier is worth {money(royalty['company'])} to {verdict.company} and costs "
        f"{verdict.partner} {money(-royalty['partner'])}: as much as {money(royalty['upfront'])} more upfront; no term "
        f"is worth more than {percent(abs(widest['gap'] - 1), 1)} more or less to the one than to the other"
    )


# Other deals


def tabulate_deals(runs: Sequence[Results]) -> pd.DataFrame:
    """Return one row per deal, each on the same candidates: value to both, what it pays, products, value per share."""
    rows = [(name, *_deal_row(run)) for name, run in zip(_names(runs), runs, strict=True)]
    return pd.DataFrame(rows, columns=list(DEALS))


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
        _shares(ours, theirs)[0],
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


def say_deals(deals: pd.DataFrame) -> str:
    """Return the finding of the deals side by side: the best for the company, and the best for both together."""
    if len(deals) == 1:
        return f"Other deals were not run; this one pays as much as {money(deals['upfront'].iloc[0])} of upfront"
    best = deals.loc[deals["financed"].idxmax()]
    refused = [f"{lowered(row.deal)} ({row.verdict})" for row in deals.itertuples() if row.verdict != "yes"]
    not_all = f"; not all would be signed: {listed(refused)}" if refused else "; both would sign each of them"
    worth = f"{lowered(best['deal'])} is worth most to the company as financed, {money(best['financed'])}"
    return f"Of {len(deals)} deals {worth}{not_all}"
