"""Tables that figures and pages show: chosen and joined from stored results, nothing simulated."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from partnering.analysis.influence import swings
from partnering.clock import discount, mid_years
from partnering.inputs import Source
from partnering.report.style import amount
from partnering.results.store import Results
from partnering.results.verdict import (
    READINGS,
    TIE_ERRORS,
    Flip,
    Verdict,
    judge,
    leaf,
    leaves,
    mean_cash,
    rates_that_flip,
    weigh_claim,
)
from partnering.value.statistics import standard_error

HISTOGRAM_BINS = 70
SHOWN_SHARE = 0.01
"""Share of futures beyond each end of a histogram's axis."""

FUNNEL = {
    "lead": "Early candidates and leads nominated",
    "ind": "Reach an IND",
    "phase_2": "Reach Phase 2",
    "phase_3": "Reach Phase 3",
    "bla": "Are filed",
    "approval": "Are approved",
    "licensed": "Are licensed to others after Phase 2",
}
RATE_STEPS = 41
CONVERGENCE_STEPS = 8


def tabulate_distributions(results: Results) -> pd.DataFrame:
    """Return histograms of the company's value by strategy on common bins: share of futures by bin."""
    values = {slug: results.paths[f"npv.{slug}.company"] for slug in results.manifest["strategies"]}
    edges = _edges(np.concatenate(list(values.values())))
    frames = [_histogram(value, edges).assign(strategy=slug) for slug, value in values.items()]
    return pd.concat(frames, ignore_index=True)[["strategy", "from_musd", "to_musd", "share"]]


def tabulate_difference(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return the histogram of signing minus the best alternative on the same futures, with an edge at zero."""
    signing, alone = (results.paths[f"npv.{o.slug}.company"] for o in (verdict.signing, verdict.alone))
    gap = signing - alone
    return _histogram(gap, _edges(gap))


def _edges(values: np.ndarray) -> np.ndarray:
    """Return bin edges of a round width, zero among them, over all but the outermost futures."""
    low, high = np.quantile(values, [SHOWN_SHARE, 1 - SHOWN_SHARE])
    width = max(np.ceil((high - low) / HISTOGRAM_BINS), 1.0)
    return np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width


def _histogram(values: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    inside, _ = np.histogram(values, edges)
    return pd.DataFrame({"from_musd": edges[:-1], "to_musd": edges[1:], "share": inside / len(values)})


def tabulate_summary(results: Results) -> pd.DataFrame:
    """Return one row per strategy: value to the company with its distribution, products, the partner's value."""
    head = results.table("headline").set_index(["strategy", "party", "metric"])["value"]
    rows = []
    for slug, about in results.manifest["strategies"].items():
        own = head.loc[slug, "company"]
        row = {"strategy": about["title"], "mean": own["npv_mean"], "error": own["npv_se"]}
        row |= {name: own[f"npv_{name}"] for name in ("p05", "p50", "p95")}
        row |= {"p_loss": own["p_loss"], "cvar05": own["cvar05"], "returning": own["returning_mean"]}
        rows.append(row | {"partner": head.loc[slug, "partner"]["npv_mean"]})
    return pd.DataFrame(rows)


def tabulate_products(results: Results) -> pd.DataFrame:
    """Return expected products by reading and strategy, with limits."""
    head = results.table("headline")
    wanted = [f"{reading}_mean" for reading in READINGS]
    rows = head[(head["party"] == "company") & head["metric"].isin(wanted)]
    rows = rows.assign(reading=rows["metric"].str.removesuffix("_mean"))
    return rows[["strategy", "reading", "value", "low", "high"]].reset_index(drop=True)


def tabulate_party_lines(results: Results, strategy: str) -> pd.DataFrame:
    """Return the lines of one strategy for company and partner, with errors."""
    lines = results.table("lines").query("strategy == @strategy and party in ('company', 'partner')")
    return lines[["line", "party", "value", "se"]].reset_index(drop=True)


def tabulate_rates(results: Results) -> pd.DataFrame:
    """Return the mean value of every strategy by common discount rate, decisions held as simulated."""
    rate = leaves(results).loc["valuation.discount_rate"]
    rates = np.linspace(float(rate["low"]) / 2, float(rate["high"]) + float(rate["low"]) / 4, RATE_STEPS)
    cash = {slug: mean_cash(results, slug) for slug in results.manifest["strategies"]}
    rows = [(slug, r, flows.value(r)) for slug, flows in cash.items() for r in rates]
    return pd.DataFrame(rows, columns=["strategy", "rate", "mean_musd"])


def tabulate_influence(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return how far signing minus alone moves from the lowest to the highest fifth of each uncertain input."""
    draws = {name.removeprefix("theta."): a for name, a in results.paths.items() if name.startswith("theta.")}
    n = results.manifest["sample_paths"]
    signing, alone = (results.paths[f"npv.{o.slug}.company"][:n] for o in (verdict.signing, verdict.alone))
    inputs = leaves(results)
    rows = [
        (path, inputs.loc[path, "label"], inputs.loc[path, "status"], swing.value, swing.error)
        for path, swing in swings(draws, signing - alone).items()
    ]
    frame = pd.DataFrame(rows, columns=["input", "label", "status", "swing_musd", "error_musd"])
    return frame.assign(clear=frame["swing_musd"].abs() > TIE_ERRORS * frame["error_musd"])


def tabulate_convergence(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return mean and error of signing minus alone on the first paths, doubling to all of them."""
    signing, alone = (results.paths[f"npv.{o.slug}.company"] for o in (verdict.signing, verdict.alone))
    gap = signing - alone
    sizes = [len(gap) // 2**k for k in reversed(range(CONVERGENCE_STEPS)) if len(gap) >> k > 1]
    rows = [(n, float(gap[:n].mean()), standard_error(gap[:n])) for n in sizes]
    return pd.DataFrame(rows, columns=["paths", "mean_musd", "error_musd"])


def tabulate_scenarios(runs: Sequence[Results]) -> pd.DataFrame:
    """Return one row per scenario: signing against its best alternative, and what the letter's claim counts."""
    return pd.DataFrame([_scenario_row(run) for run in runs])


def _scenario_row(run: Results) -> dict[str, object]:
    verdict = judge(run)
    returning = next(claim for claim in weigh_claim(run, verdict) if claim.reading == "returning")
    flip = rates_that_flip(run, verdict)[0].rate
    return {
        "scenario": run.manifest["title"],
        "page": f"scenario-{run.manifest['scenario']}.html",
        "signing": verdict.signing.value.value,
        "alone": verdict.alone.value.value,
        "best_alternative": verdict.alone.title,
        "difference": verdict.difference.value,
        "limits": f"{amount(verdict.difference.low or 0.0)} to {amount(verdict.difference.high or 0.0)}",
        "low": verdict.difference.low,
        "high": verdict.difference.high,
        "p_better": verdict.p_better,
        "product_ratio": returning.ratio.value,
        "claim_holds": returning.holds,
        "flip_rate": None if flip is None else flip.value,
    }


def tabulate_changes(results: Results) -> pd.DataFrame:
    """Return what a scenario changes: input, from, to, why. Empty for the base case."""
    inputs = results.table("inputs")
    changed = inputs[inputs["changed_from"] != ""]
    shown = changed.assign(
        **{"Input": changed["label"], "From": _bare(changed["changed_from"]), "To": _bare(changed["value"])},
        **{"Unit": changed["unit"], "Source": changed["source"]},
    )
    return shown[["Input", "From", "To", "Unit", "Source"]].reset_index(drop=True)


def _bare(values: pd.Series) -> pd.Series:
    """Return JSON text without brackets and quotes."""
    return values.str.replace(r'[\[\]"]', "", regex=True)


def tabulate_inputs_shown(results: Results) -> pd.DataFrame:
    """Return every input with value, range, unit, status, source and date known, as a reader sees it."""
    inputs = results.table("inputs")
    spread = inputs["low"].where(inputs["low"] == "", inputs["low"] + " to " + inputs["high"])
    shown = inputs.assign(**{"Input": inputs["label"], "Value": _bare(inputs["value"]), "Range given": spread})
    rest = {"unit": "Unit", "status": "Status", "source": "Source", "known": "Known", "path": "Path"}
    return shown.rename(columns=rest)[["Input", "Value", "Range given", *rest.values()]]


def tabulate_sources(results: Results, sources: Mapping[str, Source]) -> pd.DataFrame:
    """Return every source with how much of it was read and how many inputs rest on it."""
    used = results.table("inputs")["source"].value_counts()
    rows = [
        (i, s.title, s.publisher, str(s.date), s.read, int(used.get(i, 0)), s.note or "", s.url or "")
        for i, s in sources.items()
    ]
    return pd.DataFrame(rows, columns=["Source", "Title", "Publisher", "Date", "Read", "Inputs", "Note", "Where"])


def tabulate_identities(results: Results) -> pd.DataFrame:
    """Return the identities of the run with residuals and verdicts."""
    checks = results.table("checks")
    return checks.assign(passed=np.where(checks["passed"], "holds", "fails"))


def count_statuses(results: Results) -> Mapping[str, int]:
    """Return how many numbers among the inputs there are of each status; names, switches and dates are not counted."""
    inputs = results.table("inputs")
    numbers = inputs[~inputs["unit"].isin(["name", "switch", "date"])]
    return {str(status): int(n) for status, n in numbers["status"].value_counts().items()}


def count_published_later(results: Results) -> int:
    """Return how many inputs the parties knew on the valuation date that were published only after it."""
    published = results.table("inputs")["published"]
    return int(((published != "") & (published > results.manifest["valuation_date"])).sum())


def value_burn(results: Results) -> dict[str, float]:
    """Return the present value of the base burn by strategy, positive, at the common rate."""
    rate, cash = leaf(results, "valuation.discount_rate"), results.table("cash").query("line == 'base_burn'")
    present = cash.assign(value=-cash["mean"] * discount(mid_years(cash["quarter"]), rate))
    return present.groupby("strategy")["value"].sum().to_dict()


def assumed_terms(results: Results) -> list[str]:
    """Return the labels of the deal's royalty terms that are assumptions: what a contract would say."""
    inputs = results.table("inputs")
    chosen = inputs["path"].str.startswith("deal.royalty.") & (inputs["status"] == "assumption")
    return inputs.loc[chosen, "label"].tolist()


def flip_points(flips: Sequence[Flip]) -> dict[str, float]:
    """Return the rates at which an alternative is worth as much as signing, by alternative that has one."""
    return {flip.slug: flip.rate.value for flip in flips if flip.rate is not None}


def tabulate_all_lines(results: Results) -> pd.DataFrame:
    """Return the company's value by line for every strategy, net at the bottom."""
    lines = results.table("lines").query("party == 'company'")
    wide = lines.pivot_table("value", "line", "strategy", "sum", sort=False)[list(results.manifest["strategies"])]
    wide.loc["net"] = wide.sum()
    titles = {slug: f"{about['title']}, $ million" for slug, about in results.manifest["strategies"].items()}
    shown = wide.rename(columns=titles).reset_index(names="Line")
    return shown.assign(Line=shown["Line"].str.replace("_", " ").str.capitalize())


def tabulate_funnel(results: Results) -> pd.DataFrame:
    """Return expected candidates of the programme by event and strategy."""
    counts = results.table("counts").query("origin == 'all' and event in @FUNNEL")
    wide = counts.pivot_table("mean", "event", "strategy", sort=False)[list(results.manifest["strategies"])]
    titles = {slug: str(about["title"]) for slug, about in results.manifest["strategies"].items()}
    return wide.rename(index=FUNNEL, columns=titles).reset_index(names="Candidates")
