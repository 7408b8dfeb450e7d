"""Run to tables: one function per file of a run. The schema of every table is in `schema.py` of this floor."""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.course.gates import Chain
from partnering.course.pathway import opt_in_stage
from partnering.course.strategies import Party, Strategy
from partnering.deal.ledger import LINES
from partnering.results.adapter import quarterly_percentiles
from partnering.results.counting import table_order
from partnering.results.measure import PARTIES, LineKey, StrategyResult
from partnering.results.schema import COLUMNS, FINANCED, PERCENTILES, PLANNED, PRETAX
from partnering.results.simulate import Run
from partnering.value.beliefs import NOT_OPEN, belief_key, kind_names
from partnering.value.identities import Check
from partnering.results.statistics import Estimate, ahead, mean, percentile, probability, standard_error, tail_mean
from partnering.world.candidates import Stage

BAD_TENTH = 0.1
"""The share of futures that a bad case speaks of."""

STEP_UNITS = {"new_shares": "millions", "paused": "switch"}
"""Units of the sub-steps of a quarter that are not money."""

PERCENTILE_NAMES = tuple(f"p{p:02d}" for p in PERCENTILES)

Row = tuple[str, Estimate, str]
"""(metric, estimate, unit)."""


def tabulate_headline(run: Run) -> pd.DataFrame:
    """Return every headline metric of every strategy and party, then of every pair of strategies."""
    rows = []
    for view, slug, result in _views(run):
        for party, npv in result.npv.items():
            metrics = [*value_metrics(npv), *(count_metrics(result) if party == "company" else [])]
            if party == "company" and view != PRETAX:
                planned = run.views[PLANNED][slug] if view == FINANCED else None
                metrics += company_metrics(result, planned, run.task.scenario["valuation.horizon_years"])
            rows += [(slug, party, view, metric, *estimate, unit) for metric, estimate, unit in metrics]
    for view, results in run.views.items():
        for (a, first), (b, second) in combinations(results.items(), 2):
            pair = list(pair_metrics(first.npv["company"], second.npv["company"]))
            if view == FINANCED:
                shares = first.company["value_per_share"] - second.company["value_per_share"]
                pair.append(("value_per_share", mean(shares), "usd_per_share"))
            rows += [(f"{a}-{b}", "company", view, metric, *estimate, unit) for metric, estimate, unit in pair]
    return pd.DataFrame(rows, columns=COLUMNS["headline"])


def _views(run: Run) -> Iterator[tuple[str, str, StrategyResult]]:
    """Yield every view, strategy and result."""
    for view, results in run.views.items():
        for slug, result in results.items():
            yield view, slug, result


def company_metrics(result: StrategyResult, planned: StrategyResult | None, horizon: float) -> Iterator[Row]:
    """Yield what the company's money does; as financed (`planned` given) what it raises and what its owners keep."""
    company = {name: values.astype(float) for name, values in result.company.items()}
    yield "programme_mean", mean(result.programme), "musd"
    yield "trough_musd", percentile(np.sort(company["trough_musd"]), 0.5), "musd"
    yield "p_winddown", probability(company["forced"] > 0), "prob"
    yield "p_exit", probability((company["ended_years"] < horizon) & (company["forced"] == 0)), "prob"
    if planned is None:
        return
    yield "raised_musd", mean(company["raised_musd"]), "musd"
    yield "dilution", mean(company["dilution"]), "ratio"
    yield "value_per_share", mean(company["value_per_share"]), "usd_per_share"
    runway = np.sort(planned.company["cash_out_years"].astype(float))
    yield "runway_years", percentile(runway, 0.5), "years"
    yield "runway_p10_years", percentile(runway, BAD_TENTH), "years"
    yield "winddown_p10_years", percentile(np.sort(company["ended_years"]), BAD_TENTH), "years"
    yield "constraint_mean", mean(planned.npv["company"] - result.npv["company"]), "musd"


def tabulate_survival(run: Run) -> pd.DataFrame:
    """Return, by year since signing: futures in which the company has ended, by force or choice, or spent its cash."""
    rows = []
    years = int(run.task.scenario["valuation.horizon_years"])
    for view, slug, result in _views(run):
        if view == PRETAX:
            continue
        ended, forced = result.company["ended_years"], result.company["forced"] > 0
        for year in range(1, years + 1):
            over = ended <= year
            shares = [float(np.mean(which)) for which in (over & forced, over & (ended < years) & ~forced)]
            rows.append((slug, view, year, *shares, float(np.mean(result.company["cash_out_years"] <= year))))
    return pd.DataFrame(rows, columns=COLUMNS["survival"])


def tabulate_quarters(run: Run) -> pd.DataFrame:
    """Return the company's quarters as financed in the first futures, step by step, as long as it is there."""
    rows = []
    for slug, result in run.views[FINANCED].items():
        for path in range(next(iter(result.told.values())).shape[1] if result.told else 0):
            lasts = int(np.ceil(QUARTERS * result.company["ended_years"][path]))
            for quarter in range(lasts):
                for step, page in result.told.items():
                    rows.append((slug, path, quarter, step, float(page[quarter, path]), STEP_UNITS.get(step, "musd")))
    return pd.DataFrame(rows, columns=COLUMNS["quarters"])


def value_metrics(npv: NDArray[np.float64]) -> Iterator[Row]:
    """Yield mean, error, percentiles, probability of loss and expected shortfall of values by path."""
    ordered = np.sort(npv)
    yield "npv_mean", mean(npv), "musd"
    yield "npv_se", Estimate(standard_error(npv), None, None), "musd"
    for level in (5, 50, 95):
        yield f"npv_p{level:02d}", percentile(ordered, level / 100), "musd"
    yield "p_loss", probability(npv < 0), "prob"
    yield "cvar05", tail_mean(ordered), "musd"


def count_metrics(result: StrategyResult) -> Iterator[Row]:
    """Yield products in the three readings: approved and paying, returning, paying candidates."""
    approved, returning = result.counts["approved"], result.counts["returning"]
    yield "approved_mean", mean(approved), "count"
    for k in (1, 2, 3):
        yield f"p_approved_{k}", probability(approved >= k), "prob"
    yield "returning_mean", mean(returning), "count"
    for k in (1, 2):
        yield f"p_returning_{k}", probability(returning >= k), "prob"
    yield "paying_mean", mean(result.counts["paying"]), "count"


def pair_metrics(first: NDArray[np.float64], second: NDArray[np.float64]) -> Iterator[Row]:
    """Yield the paired difference first minus second on the same paths, and the chance that the first is better."""
    difference = first - second
    yield "difference_mean", mean(difference), "musd"
    yield "difference_se", Estimate(standard_error(difference), None, None), "musd"
    yield "p_better", probability(ahead(difference)), "prob"


def tabulate_lines(run: Run) -> pd.DataFrame:
    """Return the present value of every programme line by party; a party's lines add up to its mean value."""
    rows = []
    for view, slug, result in _views(run):
        for key in _ordered(result):
            party, line, timing, counted = key
            if counted:
                rows.append((slug, party, view, line, timing, *_mean_and_error(result.line_sums[key], run), "musd"))
    return pd.DataFrame(rows, columns=COLUMNS["lines"])


def tabulate_exposures(run: Run) -> pd.DataFrame:
    """Return what one unit of each term of the deal is worth to each party, by strategy that signs.

    Terms times their units add up to the deal's lines of the party before tax.
    """
    rows = []
    for slug, result in run.strategies.items():
        for key in sorted(result.units, key=lambda key: list(PARTIES).index(key[0])):
            rows.append((slug, *key, *_mean_and_error(result.units[key], run), "musd"))
    return pd.DataFrame(rows, columns=COLUMNS["exposures"])


def _mean_and_error(sums: NDArray[np.float64], run: Run) -> tuple[float, float]:
    n = run.task.paths
    value = sums[0] / n
    spread = max(sums[1] / n - value**2, 0.0)
    return float(value), float(np.sqrt(spread / max(n - 1, 1)))


def _ordered(result: StrategyResult) -> list[LineKey]:
    """Return the lines of a strategy in the order of parties and of the ledger."""
    parties = list(PARTIES)
    return sorted(result.line_sums, key=lambda key: (parties.index(key[0]), LINES.index(key[1])))


def tabulate_cash(run: Run) -> pd.DataFrame:
    """Return cash by quarter: the mean over all paths, and percentiles.

    Percentiles of lines are over the first block of paths, of net cash and the cash balance over the sample paths.
    """
    parts = []
    for view, slug, result in _views(run):
        keys = [key for key in _ordered(result) if view == PRETAX or key[0] == "company"]
        for key in keys:
            average = result.line_quarters[key] / run.task.paths
            parts.append(_cash_rows(view, slug, key[0], key[1], average, None))
        for party, net in result.net.items():
            mine = [result.line_quarters[key] for key in keys if key[0] == party]
            if mine:
                average = np.sum(mine, axis=0) / run.task.paths
                parts.append(_cash_rows(view, slug, party, "net", average, quarterly_percentiles(net)))
                if party == "company":
                    opening = run.task.scenario["company.opening_cash_musd"]
                    balance = opening + np.cumsum(net, axis=1, dtype=float)
                    spread = quarterly_percentiles(balance)
                    parts.append(_cash_rows(view, slug, party, "cash_balance", opening + np.cumsum(average), spread))
    return pd.concat(parts, ignore_index=True)


def _cash_rows(view: str, slug: str, party: str, line: str, average: NDArray, spread: NDArray | None) -> pd.DataFrame:
    """Return a line by quarter, with its percentiles (percentile, quarter) where there are any."""
    fixed = {"strategy": slug, "party": party, "view": view, "line": line, "unit": "musd"}
    columns = (
        dict.fromkeys(PERCENTILE_NAMES, np.nan) if spread is None else dict(zip(PERCENTILE_NAMES, spread, strict=True))
    )
    frame = pd.DataFrame({"quarter": np.arange(len(average)), "mean": average, **columns})
    return frame.assign(**fixed)[COLUMNS["cash"]]


def tabulate_counts(run: Run) -> pd.DataFrame:
    """Return mean counts of candidates by origin, modality and event, and the chance of one and of two."""
    n, rows = run.task.paths, []
    for slug, result in run.strategies.items():
        events = result.events | run.views[FINANCED][slug].events
        for (origin, modality, event), tally in sorted(events.items(), key=lambda item: table_order(item[0])):
            rows.append((slug, origin, modality, event, *(float(count) / n for count in tally)))
    return pd.DataFrame(rows, columns=COLUMNS["counts"])


def tabulate_decisions(run: Run) -> pd.DataFrame:
    """Return every decision of the first futures."""
    rows = [decision for result in run.strategies.values() for decision in result.decisions]
    return pd.DataFrame(rows, columns=COLUMNS["decisions"])


def tabulate_beliefs(run: Run) -> pd.DataFrame:
    """Return the belief tables: what each step is worth to each party by candidate, stage and place of the forecast.

    A table has the name of the first strategy that decides from it. The forecast is empty before Phase 3.
    """
    rows: dict[str, list[tuple]] = {}
    names = list(enumerate(kind_names(run.task.scenario)))
    for strategy, beliefs in zip(run.task.strategies, run.task.beliefs, strict=True):
        if table_of(run, strategy) not in rows:
            after = Stage(belief_key(strategy)[1] + 1)  # a licence is sought on entering this stage
            search = np.full(beliefs.worth[Chain.OWN].shape, NOT_OPEN)
            search[:, :, after] = beliefs.searching, *np.full((2, *beliefs.searching.shape), np.nan)
            taken = np.full(beliefs.worth[Chain.PARTNER].shape, NOT_OPEN)
            if (option := opt_in_stage(run.task.scenario)) is not None:
                worth = beliefs.worth[Chain.PARTNER, :, :, option + 1]
                fee = worth[Party.PARTNER] - beliefs.taking_up
                taken[:, :, option + 1] = worth[0] + fee, worth[1] - fee, worth[2]
            chains = {chain.name.lower(): beliefs.worth[chain] for chain in Chain} | {
                "search": search,
                "take_up": taken,
            }
            rows[strategy.slug] = [
                (strategy.slug, name, chain, stage.name.lower(), *row)
                for (chain, worth), (kind, name), stage in product(chains.items(), names, Stage)
                for row in _worth_rows(worth[:, kind, stage], beliefs.class_z, stage)
            ]
    return pd.DataFrame([row for table in rows.values() for row in table], columns=COLUMNS["beliefs"])


def table_of(run: Run, strategy: Strategy) -> str:
    """Return the name of the belief table a strategy decides from: the first strategy's that does."""
    return next(other.slug for other in run.task.strategies if belief_key(other) == belief_key(strategy))


def _worth_rows(worth: NDArray[np.float64], class_z: NDArray[np.float64], stage: Stage) -> Iterator[tuple]:
    """Yield (place of the forecast, worth to each party) of a step; nothing where it is not open."""
    revealed = stage >= Stage.PHASE_3
    for place in np.flatnonzero(worth[0] > NOT_OPEN)[: None if revealed else 1]:
        yield (float(class_z[place]) if revealed else None, *(float(value) for value in worth[:, place]))


def tabulate_checks(run: Run) -> pd.DataFrame:
    """Return every identity with its residual; the sum of lines against the mean value is taken on all paths."""
    rows = [(c.name, c.residual, c.tolerance, c.passed) for c in [*run.checks, *lines_add_up(run)]]
    return pd.DataFrame(rows, columns=COLUMNS["checks"])


def lines_add_up(run: Run) -> Iterator[Check]:
    """Yield, by strategy and party, the gap between the sum of the lines and the mean of the values by path."""
    for view, slug, result in _views(run):
        for party, npv in result.npv.items():
            lines = sum(s[0] for key, s in result.line_sums.items() if key[0] == party and key[3]) / run.task.paths
            yield Check(f"{slug}: lines of the {party} add up, {view}", abs(float(lines - npv.mean())))
