"""What would change our mind, in sentences: each a function of a table of answers."""

from collections.abc import Sequence

import pandas as pd

from partnering.report.mind import luck_share
from partnering.report.style import amount, level, listed, lowered, money, percent, span
from partnering.results.verdict import Verdict

TORNADO_NOTE = (
    "Each input at the 5th and the 95th percentile of what is not known about it, on the same futures. An uncertain "
    "input is held there while nobody knows it, as in a run; one that a run takes as fixed is set there, everybody "
    "knows it and decides by it."
)
MAP_NOTE = (
    "Lead of signing over the alternative that comes closest, $ million; a question mark where zero lies inside the "
    "90 % limits. "
)
BRIDGE_NOTE = (
    "One factor after the other, as financed and after tax, every decision taken anew; the steps add up to the lead of "
    "the full run. The last column is what each adds when the factors come in the opposite order."
)
INFORMATION_NOTE = (
    "The most it could be worth to know an input for certain before choosing a strategy; decisions on the way stay as "
    "they are. From regressions on the futures of the run, learnt on three quarters of them and paid on the fourth. "
    "What lies below what shuffled inputs give, or within its own error, is called indistinguishable from zero."
)
SHARES_NOTE = (
    "Shares of the variance of the lead over futures. Alone: what the mean given the input explains. With all it works "
    "with: its total effect on the surface fitted to the run, which explains all but luck."
)
DOMINANCE_NOTE = (
    "First order: nowhere more likely to end below an amount. Second order: nowhere a larger expected shortfall "
    "from an amount, so that every cautious board would choose it."
)
CLOSE = 3
"""Inputs named as coming closest to turning the answer."""


def say_turns(turns: pd.DataFrame) -> str:
    """Return which single inputs turn the answer inside their range, or how close any comes."""
    inputs = turns["input"].nunique()
    found = turns[turns["value"].notna()]
    if found.empty and (turns["least_lead"] < 0).all():
        return f"No single one of {inputs} inputs brings signing ahead anywhere in its range."
    if found.empty:
        worst = turns.drop_duplicates("input").head(CLOSE)
        near = listed(
            f"{lowered(row.label)} at {row.worst_at} ({money(row.least_lead)}, {row.limits})"
            for row in worst.itertuples()
        )
        return (
            f"No single one of {inputs} inputs turns the answer anywhere in its range. Signing keeps least of its lead "
            f"with {near}."
        )
    named = listed(f"{lowered(row.label)} at {row.turns_at}" for row in found.itertuples())
    return f"{found['input'].nunique()} of {inputs} inputs turn the answer by themselves: {named}."


def say_tornado(table: pd.DataFrame) -> str:
    """Return the finding of the tornado: what moves the lead most."""
    top = [
        f"{lowered(row.label)} ({amount(row.at_low)} at {row.low_text}, {amount(row.at_high)} at {row.high_text})"
        for row in table.head(CLOSE).itertuples()
    ]
    return f"The lead of signing moves most with {listed(top)}, $ million"


def say_considered(considered: pd.DataFrame) -> str:
    """Return the finding of the table of every input."""
    ranged = int(considered["lead"].notna().sum())
    idle = int(considered["why"].str.startswith("no effect").sum())
    return (
        f"{len(considered)} inputs are declared; {ranged} have a range, and {idle} of those have no effect under the "
        "rules of this scenario"
    )


def say_map(part: pd.DataFrame) -> str:
    """Return the finding of a decision map: where signing leads, where not, where it is too close to call."""
    ahead, close = int(((part["lead"] > 0) & ~part["close"]).sum()), int(part["close"].sum())
    behind = len(part) - ahead - close
    worst = part.loc[part["lead"].idxmin()]
    where = (
        f"{lowered(worst['x_label'])} {level(worst['x'], worst['x_unit'])} and "
        f"{lowered(worst['y_label'])} {level(worst['y'], worst['y_unit'])}"
    )
    doubt = f", {close} too close to call" if close else ""
    least = f"least at {where}: {money(worst['lead'])}"
    if behind:
        return f"Signing leads at {ahead} of {len(part)} points and trails at {behind}{doubt}; {least}"
    return f"Signing leads at {ahead} of {len(part)} points{doubt}; {least}"


def say_map_note(part: pd.DataFrame) -> str:
    """Return the note under a decision map: how its values were found."""
    asked = part["how"].iloc[0] == "asked"
    how = "Every point was simulated anew." if asked else "Read off a cubic surface fitted to the futures of the run."
    return MAP_NOTE + how


def say_bridge(bridge: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the bridge: which factor brings most of the lead."""
    most = bridge.loc[bridge["value"].idxmax()]
    lead = verdict.signing.value.value - verdict.alone.value.value
    return f"Of the {money(lead)} between {verdict.alone.phrase} and signing, {money(most['value'])} come with: " + (
        lowered(most["step"])
    )


def say_information(studies: pd.DataFrame, everything: pd.DataFrame) -> str:
    """Return what it is worth to know first, in money and as the study it would pay for."""
    whole = everything.iloc[0]
    all_of_it = f"Knowing every input for certain before deciding would be worth {money(whole['value'])} at most"
    if not whole["distinct"]:
        all_of_it = "Not even knowing every input for certain before deciding can be told from worthless"
    paying = studies[studies["distinct"] & (studies["pays"] > 0)]
    if paying.empty:
        return f"{all_of_it}; no study pays for itself: none would change the choice often enough to tell from noise."
    first = paying.iloc[0]
    return (
        f"{all_of_it}. To find out first: {lowered(first['title'])}, worth {money(first['value'])} at most, for "
        f"{money(first['cost_musd'])}."
    )


def say_information_table(single: pd.DataFrame) -> str:
    """Return the finding of the table of what single inputs are worth knowing."""
    told = single[single["distinct"]]
    if told.empty:
        return f"None of {len(single)} is worth knowing first: each is indistinguishable from zero"
    best = told.iloc[0]
    return (
        f"{len(told)} of {len(single)} are worth knowing; most of all {lowered(best['title'])}: {money(best['value'])}"
    )


def say_shares(shares: pd.DataFrame) -> str:
    """Return the finding of the variance shares: luck against what could be known."""
    first = shares.iloc[0]
    return (
        f"{percent(luck_share(shares))} of the variance of the lead is luck that no study removes; of the inputs "
        f"{lowered(first['label'])} explains most, {percent(first['first'])}"
    )


def say_risk(risk: pd.DataFrame, flips: pd.DataFrame, verdict: Verdict) -> str:
    """Return whether caution turns the choice."""
    low, high = risk["tolerance_musd"].min(), risk["tolerance_musd"].max()
    turned = flips[flips["tolerance_musd"].notna()]
    at = risk[risk["tolerance_musd"] == low].set_index("strategy")["certainty_equivalent"]
    cautious = (
        f"a board with a tolerance of {money(low)} would hold signing worth {money(at[verdict.signing.slug])} and "
        f"{verdict.alone.phrase} {money(at[verdict.alone.slug])}"
    )
    if turned.empty:
        return f"No risk tolerance from {span(low, high)} turns the choice; {cautious}"
    names = listed(f"{_phrase(verdict, row.rival)} at {money(row.tolerance_musd)}" for row in turned.itertuples())
    return f"The choice turns with the risk tolerance: against {names}; {cautious}"


def say_dominance(dominance: pd.DataFrame, verdict: Verdict) -> str:
    """Return whether signing dominates the alternatives, to whoever prefers more, or is cautious besides."""
    mine = dominance[(dominance["first"] == verdict.signing.slug) & (dominance["verdict"] == "not ruled out")]
    by_order = {order: [_phrase(verdict, s) for s in rows["second"]] for order, rows in mine.groupby("order")}
    if not by_order:
        return "Signing dominates no alternative: each is better somewhere"
    said = [f"{listed(names)} in order {order}" for order, names in by_order.items()]
    return f"That signing dominates is not ruled out for {'; '.join(said)}"


def say_regret(table: pd.DataFrame, verdict: Verdict) -> str:
    """Return which strategy's largest regret over the scenarios is smallest."""
    worst = table.iloc[-1].drop("scenario").astype(float)
    best = str(worst.idxmin())
    rest = worst.drop(best)
    others = f"; next is {_phrase(verdict, str(rest.idxmin()))} with {money(rest.min())}" if len(rest) else ""
    return f"Over the scenarios {_phrase(verdict, best)} misses {money(worst.min())} at most{others}"


def _phrase(verdict: Verdict, slug: str) -> str:
    """Return a strategy as a sentence calls it."""
    return next(o.phrase for o in (verdict.signing, verdict.alone, *verdict.others) if o.slug == slug)


def say_reasons(turns: pd.DataFrame, maps: Sequence[pd.DataFrame], information: str) -> list[str]:
    """Return the brief's answers to what would change our mind: inputs by themselves, in pairs, what to find out."""
    worst = max(maps, key=lambda part: (part["lead"] < 0).mean(), default=None)
    pairs = [] if worst is None else [f"Two inputs together: {lowered(worst['map'].iloc[0])}. {say_map(worst)}."]
    return [say_turns(turns), *pairs, information]
