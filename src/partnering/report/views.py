"""Tables that figures and pages show: chosen and joined from stored results, nothing simulated."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from partnering.inputs import Alternative, Scenario
from partnering.report.style import PLAIN, amount
from partnering.results.schema import PLANNED, VIEW
from partnering.results.statistics import standard_error
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict, judge, weigh_claim

HISTOGRAM_BINS = 50
SHOWN_SHARE = 0.01
"""Share of futures beyond each end of a histogram's axis."""

ADDED = "not there"
"""What stands for the old value of an input that the base case does not have."""

UNCOUNTED = ("name", "switch", "date")
"""Units of inputs that are no numbers."""

CONVERGENCE_STEPS = 8


def in_view(results: Results, table: str, view: str = VIEW) -> pd.DataFrame:
    """Return the rows of a table in one view, by default the one that leads."""
    return results.table(table).query("view == @view")


def tabulate_difference(results: Results, verdict: Verdict, *beside: tuple[Results, Verdict]) -> pd.DataFrame:
    """Return the histogram of signing minus the best alternative on the same futures, with an edge at zero.

    Its bins hold the differences of other runs too, which are shown beside it.
    """
    gaps = [_gap(*each) for each in ((results, verdict), *beside)]
    return _histogram(gaps[0], _edges(np.concatenate(gaps)))


def _gap(results: Results, verdict: Verdict) -> np.ndarray:
    """Return signing minus the best alternative, by path."""
    signing, alone = (results.paths[f"npv.{VIEW}.{o.slug}.company"] for o in (verdict.signing, verdict.nearest))
    return signing - alone


def _edges(values: np.ndarray) -> np.ndarray:
    """Return bin edges of a round width, zero among them, over all but the outermost futures."""
    low, high = np.quantile(values, [SHOWN_SHARE, 1 - SHOWN_SHARE])
    width = max(np.ceil((high - low) / HISTOGRAM_BINS), 1.0)
    return np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width


def _histogram(values: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)  # the outermost bins hold what lies beyond
    return pd.DataFrame({"from_musd": edges[:-1], "to_musd": edges[1:], "share": counts / len(values)})


def tabulate_convergence(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return mean and error of signing minus alone on the first paths, doubling to all of them."""
    gap = _gap(results, verdict)
    sizes = [len(gap) // 2**k for k in reversed(range(CONVERGENCE_STEPS)) if len(gap) >> k > 1]
    rows = [(n, float(gap[:n].mean()), standard_error(gap[:n])) for n in sizes]
    return pd.DataFrame(rows, columns=["paths", "mean_musd", "error_musd"])


def tabulate_scenarios(runs: Sequence[Results]) -> pd.DataFrame:
    """Return one row per scenario: signing against its best alternative, and what the letter's claim counts."""
    return pd.DataFrame([_scenario_row(run) for run in runs])


def _scenario_row(run: Results) -> dict[str, object]:
    verdict = judge(run)
    claims = weigh_claim(run, PLANNED)
    returning = next(claim for claim in claims if claim.reading == "returning")
    return {
        "scenario": run.manifest["title"],
        "page": f"scenario-{run.manifest['scenario']}.html",
        "signing": verdict.signing.value.value,
        "alone": verdict.nearest.value.value,
        "best_alternative": verdict.nearest.title,
        "difference": verdict.difference.value,
        "limits": f"{amount(verdict.difference.low or 0.0)} to {amount(verdict.difference.high or 0.0)}",
        "low": verdict.difference.low,
        "high": verdict.difference.high,
        "p_better": verdict.p_better,
        "product_ratio": returning.ratio.value,
        **{f"{claim.reading}_low": claim.ratio.low or 0.0 for claim in claims},
        "claim_holds": returning.holds,
    }


def tabulate_alternatives(considered: Mapping[str, Alternative], run: Results, runs: Sequence[Results]) -> pd.DataFrame:
    """Return every alternative considered: its value, the lead of signing over it, or why it has none."""
    in_scenario = {one.manifest["scenario"]: one for one in runs}
    rows: list[tuple] = []
    for one in considered.values():
        of = run if one.scenario is None else in_scenario.get(one.scenario)
        if one.strategy is None:
            rows.append((one.considered, None, None, None, one.why_none))
        elif of is None or one.strategy not in of.manifest["strategies"]:
            rows.append((one.considered, None, None, None, "not part of what was run here"))
        else:
            rows.append((one.considered, *_held_against(of, one.strategy), _how(of, one)))
    return pd.DataFrame(rows, columns=["considered", "value", "lead", "ahead", "why"])


def _held_against(run: Results, strategy: str) -> tuple[float, float, float]:
    """Return what a strategy is worth, the lead of signing over it, and the share of futures with a lead."""
    table, signing = Headline(run), judge(run).signing.slug
    lead, ahead = (table.pair(signing, strategy, metric).value for metric in ("difference_mean", "p_better"))
    return table.estimate(strategy, "npv_mean").value, lead, ahead


def _how(run: Results, one: Alternative) -> str:
    about = run.manifest["strategies"][one.strategy]
    where = "" if one.scenario is None else f"scenario: {run.manifest['title']}"
    return "; ".join(part for part in (about["phrase"], about["variant"], where) if part)


def as_read(inputs: pd.DataFrame) -> pd.DataFrame:
    """Return inputs with their values and ranges as a reader sees them: no brackets, quotes or empty decimals."""
    without = {r'[\[\]"]': "", r"\.0\b": ""}
    return inputs.replace(dict.fromkeys(("value", "low", "high", "changed_from"), without), regex=True)


def tabulate_changes(results: Results, scenario: Scenario, base: Scenario) -> pd.DataFrame:
    """Return what a scenario changes or adds: input, old to new, source and why. Empty for the base case."""
    inputs = as_read(results.table("inputs")).replace({"unit": PLAIN})
    inputs.loc[~inputs["path"].isin(list(base.leaves)), "changed_from"] = ADDED
    changed = inputs[inputs["changed_from"] != ""]
    notes = [scenario.leaves[path].note or "" for path in changed["path"]]
    headers = {"label": "Input", "changed_from": "From", "value": "To", "unit": "Unit", "status": "Status"}
    shown = changed[[*headers, "source"]].rename(columns=headers | {"source": "Source"})
    return shown.assign(Why=notes).reset_index(drop=True)


def count_statuses(results: Results) -> Mapping[str, int]:
    """Return how many numbers among the inputs there are of each status; names, switches and dates are not counted."""
    inputs = results.table("inputs")
    numbers = inputs[~inputs["unit"].isin(UNCOUNTED)]
    return {str(status): int(n) for status, n in numbers["status"].value_counts().items()}


def assumed_terms(results: Results) -> list[str]:
    """Return the labels of the deal's royalty terms that are assumptions: what a contract would say."""
    inputs = results.table("inputs")
    chosen = inputs["path"].str.startswith("deal.royalty.") & (inputs["status"] == "assumption")
    return inputs.loc[chosen, "label"].tolist()
