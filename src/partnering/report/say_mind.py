"""What would change our mind, in sentences: each a function of a table of answers."""

from collections.abc import Sequence

import pandas as pd

from partnering.report.style import level, listed, lowered, money, span
from partnering.results.verdict import Verdict

TORNADO_NOTE = (
    "Each input at the 5th and the 95th percentile of what is not known about it, on the same futures. It is set there "
    "as a scenario would set it: everybody knows it and decides by it. The lead is over the rival nearest there; †: "
    "another one than in the base case."
)
MAP_NOTE = (
    "Lead of signing over its nearest rival at that point, $ million, every point simulated anew; a question mark "
    "where zero lies inside the 90 % limits. Maps on which the same side is ahead everywhere are in the download alone."
)
INFORMATION_NOTE = (
    "The most it could be worth to know an input for certain before choosing a strategy; decisions on the way stay as "
    "they are. An input that a run takes as fixed is not among them: what it moves stands with the inputs one at a "
    "time. From regressions on the futures of the run, learnt on three quarters of them and paid on the fourth. "
    "What lies below what shuffled inputs give, or within its own error, is too small to tell from zero. "
    "Estimates err downwards."
)
TURNS_NOTE = (
    "The lead is over the nearest rival there. Ranges are asked at both ends, and inside where an end "
    "takes half of the lead; a turn is found by bisection and its limits carry the simulation error."
)
RISK_NOTE = (
    "A board with a risk tolerance of R values a gamble V at −R log E exp(−V / R): R is about the largest sum for "
    "which it would take a fair coin that wins R and loses half of R."
)
REGRET_NOTE = (
    "Value of the best strategy in a scenario less that of each, as financed and after tax: what a board that had "
    "chosen it would have missed there on average."
)
QUESTION = "Which inputs reverse the answer, what is worth finding out first, and does caution change the choice?"
CLOSE = 2
"""Inputs named as moving the lead most, or as coming closest to turning it."""


def say_title(verdict: Verdict) -> str:
    """Return the title of the page."""
    return f"{verdict.company} and {verdict.partner}: what would change our mind"


def say_turns(turns: pd.DataFrame) -> str:
    """Return which single inputs reverse the answer inside their range, or how close any comes."""
    inputs = turns["input"].nunique()
    found = turns[turns["value"].notna()]
    if found.empty and (turns["least_lead"] < 0).all():
        return f"No single one of {inputs} inputs brings signing ahead wherever its range was asked."
    if found.empty:
        worst = turns.drop_duplicates("input").head(CLOSE)
        near = listed(
            f"{lowered(row.label)} at {row.worst_at} ({money(row.least_lead)}, {row.limits})"
            for row in worst.itertuples()
        )
        return (
            f"No single one of the {inputs} inputs with a declared range reverses the answer at either end of it, or "
            f"inside where it comes near. Signing keeps least of its lead with {near}.{_beyond(turns)}"
        )
    named = listed(f"{lowered(row.label)} at {row.turns_at}" for row in found.itertuples())
    return f"{found['input'].nunique()} of {inputs} inputs reverse the answer by themselves: {named}.{_beyond(turns)}"


def _beyond(turns: pd.DataFrame) -> str:
    """Return which inputs a scenario takes beyond their range, to where they reverse the answer."""
    rows = turns[turns["value"].isna() & turns["beyond"].notna()]
    named = listed(f"{lowered(row.label)} at {level(row.beyond, row.unit)}" for row in rows.itertuples())
    return f" A scenario goes beyond the range, and reverses it with {named}." if len(rows) else ""


def say_tornado(table: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the tornado: what moves the lead most."""
    top = [
        f"{lowered(row.label)} ({money(row.at_low)} at {row.low_text}, {money(row.at_high)} at {row.high_text})"
        for row in table.head(CLOSE).itertuples()
    ]
    return f"The lead of signing over its nearest rival, {verdict.nearest.phrase}, moves most with {listed(top)}"


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


def say_maps(turned: Sequence[pd.DataFrame], drawn: int) -> str:
    """Return the finding of the decision maps that have a boundary, of so many that were drawn."""
    if not turned:
        return f"On none of {drawn} maps of two inputs does the choice turn: the same side is ahead at every point."
    if len(turned) == 1:
        return say_map(turned[0])
    return ". ".join(f"{part['map'].iloc[0]}: {lowered(say_map(part))}" for part in turned)


def say_bridge(bridge: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the bridge: which factor brings most of the lead."""
    most = bridge.loc[bridge["value"].idxmax()]
    lead = verdict.signing.value.value - verdict.nearest.value.value
    either = sorted((most["value"], most["backwards"]))
    return (
        f"Of the {money(lead)} between {verdict.nearest.phrase} and signing, {span(*either)}, by the order of the "
        f"steps, come with: {lowered(most['step'])}"
    )


def say_order(bridge: pd.DataFrame) -> str:
    """Return how far the order of the factors matters."""
    moved = (bridge["value"] - bridge["backwards"]).abs()
    most = bridge.loc[moved.idxmax()]
    return (
        f"The order matters by up to {money(moved.max())}: {lowered(most['step'])} adds {money(most['value'])} in this "
        f"one and {money(most['backwards'])} in the opposite"
    )


def say_information(studies: pd.DataFrame, everything: pd.DataFrame) -> str:
    """Return what it is worth to know first with the deal on the table, in money and as the study it would pay for."""
    whole = everything.iloc[0]
    all_of_it = (
        f"Knowing all that a run draws ({_drawn(whole)}) before deciding would be worth {money(whole['value'])} at most"
    )
    if not whole["distinct"]:
        all_of_it = (
            f"Knowing all that a run draws ({_drawn(whole)}) before deciding is worth too little to tell from nothing"
        )
    paying = studies[studies["distinct"] & (studies["pays"] > 0)]
    if paying.empty:
        return f"{all_of_it}: no study would change the choice often enough to pay for itself."
    return f"{all_of_it}. To find out first: {_study(paying.iloc[0])}."


def _drawn(everything: pd.Series) -> str:
    return f"{len(str(everything['inputs']).split())} inputs"


def _study(study: pd.Series) -> str:
    return f"{lowered(study['title'])}, worth {money(study['value'])} at most, for {money(study['cost_musd'])}"


def say_risk(risk: pd.DataFrame, flips: pd.DataFrame, verdict: Verdict) -> str:
    """Return whether caution turns the choice."""
    low, high = risk["tolerance_musd"].min(), risk["tolerance_musd"].max()
    turned = flips[flips["tolerance_musd"].notna()]
    at = risk[risk["tolerance_musd"] == low].set_index("strategy")["certainty_equivalent"]
    cautious = (
        f"a board with a tolerance of {money(low)} would hold signing worth {money(at[verdict.signing.slug])} and "
        f"{verdict.nearest.phrase} {money(at[verdict.nearest.slug])}"
    )
    if turned.empty:
        return f"No risk tolerance from {span(low, high)} turns the choice; {cautious}"
    names = listed(f"{_phrase(verdict, row.rival)} at {money(row.tolerance_musd)}" for row in turned.itertuples())
    return f"The choice turns with the risk tolerance: against {names}; {cautious}"


def say_regret(table: pd.DataFrame, verdict: Verdict) -> str:
    """Return which strategy's largest regret over the scenarios is smallest."""
    worst = table.iloc[-1].drop("scenario").astype(float)
    best = str(worst.idxmin())
    rest = worst.drop(best)
    others = f"; next is {_phrase(verdict, str(rest.idxmin()))} with {money(rest.min())}" if len(rest) else ""
    least = f"{money(worst.min())} at most" if worst.min() else "nothing"
    return f"Over the scenarios {_phrase(verdict, best)} misses {least}{others}"


def _phrase(verdict: Verdict, slug: str) -> str:
    """Return a strategy as a sentence calls it."""
    return next(o.phrase for o in (verdict.signing, verdict.nearest, *verdict.others) if o.slug == slug)


def say_reasons(turns: pd.DataFrame, maps: Sequence[pd.DataFrame], information: str) -> list[str]:
    """Return the brief's answers to what would change our mind: inputs by themselves, in pairs, what to find out."""
    worst = max(maps, key=lambda part: (part["lead"] < 0).mean(), default=None)
    pairs = [] if worst is None else [f"Two inputs together: {lowered(worst['map'].iloc[0])}. {say_map(worst)}."]
    return [say_turns(turns), *pairs, information]
