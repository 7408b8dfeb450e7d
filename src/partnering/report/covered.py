"""How often the stated limits hold what they should: the study of many small runs, as a meeting sees it."""

import pandas as pd

from partnering.inputs.analysis import Coverage
from partnering.report.style import Columns, percent
from partnering.results.schema import VIEW
from partnering.results.verdict import Verdict

TOLD = ("npv_mean", "npv_p05", "npv_p50", "npv_p95", "p_loss", "returning_mean", "p_returning_1", "value_per_share")
"""What the brief tells of each strategy."""

COMPARED = ("difference_mean", "p_better")
"""And of a pair of them."""

NOT_MEASURED = (
    "How often the stated limits hold what they should has not been measured for these inputs and this model; "
    "make coverage does it, before the report."
)
NOTE = (
    "Each run has a seed of its own; the truth is the mean of all runs, of a percentile their median. A coverage "
    "measured in so many runs is itself uncertain, by the limits shown. The other figures are those of every strategy, "
    "party, view and pair."
)


def tabulate_headlines(study: pd.DataFrame, verdict: Verdict, asked: Coverage) -> pd.DataFrame:
    """Return the coverage of every headline of the brief, with a verdict: within what will do, or not."""
    titles = {option.slug: option.title for option in (verdict.signing, verdict.alone)}
    pair = f"{verdict.signing.slug}-{verdict.alone.slug}", f"{verdict.alone.slug}-{verdict.signing.slug}"
    own = study["strategy"].isin(titles) & study["metric"].isin(TOLD)
    chosen = (own | study["strategy"].isin(pair) & study["metric"].isin(COMPARED)) & (study["view"] == VIEW)
    rows = study[chosen & (study["party"] == "company")].reset_index(drop=True)
    inside = rows["share"].between(asked.low, asked.high)
    figure = rows["strategy"].map(titles).fillna("Lead of signing") + ": " + rows["metric"].map(NAMES)
    return rows.assign(figure=figure, inside=inside, verdict=inside.map({True: "✓ holds", False: "✗ fails"}))


NAMES = {
    "npv_mean": "value",
    "npv_p05": "5th percentile",
    "npv_p50": "median",
    "npv_p95": "95th percentile",
    "p_loss": "chance of a loss",
    "returning_mean": "products that provide a return",
    "p_returning_1": "chance of at least one of them",
    "value_per_share": "value per share",
    "difference_mean": "value",
    "p_better": "share of futures",
}


def say_coverage(study: pd.DataFrame, headlines: pd.DataFrame, asked: Coverage) -> str:
    """Return the finding of the study: how often limits hold, whether that will do, and what fails."""
    if study.empty:
        return NOT_MEASURED
    runs, failed = int(study["seeds"].max()), headlines[~headlines["inside"]]
    least, most = percent(headlines["share"].min()), percent(headlines["share"].max())
    held = f"Over {runs} runs of {asked.paths:,} futures, 90 % limits hold the truth in {least} to {most}"
    below = int((study["share"] < asked.low).sum())
    whole = f"{percent(study['share'].mean())} on average over all {len(study)} figures of a run, {below} of them below"
    will_do = f"between {percent(asked.low)} and {percent(asked.high)}"
    if failed.empty:
        return f"{held} for each of {len(headlines)} headlines, all {will_do}; {whole} that"
    return f"{held} for each of {len(headlines)} headlines, {len(failed)} of them not {will_do}; {whole} that"


COVERED: Columns = {
    "figure": ("Headline", None),
    "share": ("Limits hold it in", percent),
    "low": ("90 % limits of that, low", percent),
    "high": ("high", percent),
    "seeds": ("Runs", "{:,}"),
    "verdict": ("Verdict", None),
}
