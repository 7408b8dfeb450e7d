"""Run to tables: one function per file of a run. The columns of every table are in `interface.json`."""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.parties import PARTIES
from partnering.model.views import FINANCED, PLANNED, PRETAX
from partnering.results.identities import check, each_view
from partnering.results.ignorance import tell_apart
from partnering.results.schema import ALL, COLUMNS, FAMILIES, PERCENTILES, VIEWS
from partnering.results.simulate import Lived, Run, counted_lines
from partnering.results.statistics import Estimate, ahead, mean, percentile, probability, standard_error, tail_mean
from partnering.results.terms import terms_of

BAD_TENTH = 0.1
"""The share of futures that a bad case speaks of."""

EXACT = 1e-9
"""Largest residual, in musd on one path, that rounding may leave."""

TIMINGS = ("mid", "start")

Row = tuple[str, Estimate, str]
"""(metric, estimate, unit)."""


def tabulate_headline(
    scenario: Scenario, outs: Mapping[str, NDArray], drawn: Mapping[str, NDArray[np.float64]]
) -> pd.DataFrame:
    """Return every headline metric of every strategy and party, then of every pair that is compared.

    `outs` are what is kept of every path by strategy, (view, path); `drawn` the uncertain inputs, (path,) by path.
    """
    rows: list[tuple] = []
    for view, name in enumerate(VIEWS):
        for slug, out in outs.items():
            for party, of in enumerate(PARTIES):
                metrics = [*value_metrics(out[view]["npv"][:, party])]
                if party == 0:
                    metrics += [*count_metrics(out[view]), *company_metrics(out, view, scenario)]
                rows += [(slug, of, name, metric, *estimate, unit) for metric, estimate, unit in metrics]
    pairs = pairs_of(scenario, outs)
    for view, name in enumerate(VIEWS):
        for a, b in pairs:
            pair = pair_metrics(outs[a][view], outs[b][view], view)
            rows += [(f"{a}-{b}", PARTIES[0], name, metric, *estimate, unit) for metric, estimate, unit in pair]
    gaps = {pair: np.subtract(*(outs[slug][FINANCED]["npv"][:, 0] for slug in pair)) for pair in pairs}
    for (a, b), metrics in zip(gaps, tell_apart(np.stack(list(gaps.values())), drawn), strict=True):
        rows += [
            (f"{a}-{b}", PARTIES[0], VIEWS[FINANCED], metric, *estimate, unit) for metric, estimate, unit in metrics
        ]
    return pd.DataFrame(rows, columns=COLUMNS["headline"])


def pairs_of(scenario: Scenario, outs: Mapping[str, NDArray]) -> list[tuple[str, str]]:
    """Return signing against each other strategy, and the better of going alone against the better of giving up."""
    signing, *others = outs
    means = {slug: float(outs[slug][FINANCED]["npv"][:, 0].mean()) for slug in others}
    best = [
        max(some, key=means.__getitem__)
        for family in FAMILIES
        if (some := [slug for slug in others if scenario[f"strategies.{slug}.family"] == family])
    ]
    return [(signing, slug) for slug in others] + ([(best[0], best[1])] if len(best) > 1 else [])


def company_metrics(out: NDArray, view: int, scenario: Scenario) -> Iterator[Row]:
    """Yield what the company's money does after tax; as financed what it raises and what its owners keep as well."""
    if view == PRETAX:
        return
    company, horizon = out[view], scenario["valuation.horizon_years"]
    yield "programme_mean", mean(company["programme"]), "musd"
    yield "trough_musd", percentile(np.sort(company["trough_musd"]), 0.5), "musd"
    yield "p_winddown", probability(company["forced"] > 0), "prob"
    yield "p_exit", probability((company["ended_years"] < horizon) & (company["forced"] == 0)), "prob"
    if view == PLANNED:
        return
    yield "raised_musd", mean(company["raised_musd"]), "musd"
    yield "dilution", mean(company["dilution"]), "ratio"
    yield "value_per_share", mean(company["value_per_share"]), "usd_per_share"
    runway = np.sort(out[PLANNED]["cash_out_years"])
    yield "runway_years", percentile(runway, 0.5), "years"
    yield "runway_p10_years", percentile(runway, BAD_TENTH), "years"
    yield "winddown_p10_years", percentile(np.sort(company["ended_years"]), BAD_TENTH), "years"
    yield "constraint_mean", mean(out[PLANNED]["npv"][:, 0] - company["npv"][:, 0]), "musd"


def value_metrics(npv: NDArray[np.float64]) -> Iterator[Row]:
    """Yield mean, error, percentiles, probability of loss and expected shortfall of values by path."""
    ordered = np.sort(npv)
    yield "npv_mean", mean(npv), "musd"
    yield "npv_se", Estimate(standard_error(npv), None, None), "musd"
    for level in (5, 50, 95):
        yield f"npv_p{level:02d}", percentile(ordered, level / 100), "musd"
    yield "p_loss", probability(npv < 0), "prob"
    yield "cvar05", tail_mean(ordered), "musd"


def count_metrics(out: NDArray) -> Iterator[Row]:
    """Yield products in the three readings: approved and paying, returning, paying candidates."""
    approved, returning = out["approved"], out["returning"]
    yield "approved_mean", mean(approved), "count"
    for k in (1, 2, 3):
        yield f"p_approved_{k}", probability(approved >= k), "prob"
    yield "returning_mean", mean(returning), "count"
    for k in (1, 2):
        yield f"p_returning_{k}", probability(returning >= k), "prob"
    yield "paying_mean", mean(out["paying"]), "count"


def pair_metrics(first: NDArray, second: NDArray, view: int) -> Iterator[Row]:
    """Yield the paired difference first minus second on the same paths, and the chance that the first is better."""
    difference = first["npv"][:, 0] - second["npv"][:, 0]
    yield "difference_mean", mean(difference), "musd"
    yield "difference_se", Estimate(standard_error(difference), None, None), "musd"
    yield "p_better", probability(ahead(difference)), "prob"
    if view == FINANCED:
        yield "value_per_share", mean(first["value_per_share"] - second["value_per_share"]), "usd_per_share"


def tabulate_survival(run: Run) -> pd.DataFrame:
    """Return, by year since signing: futures in which the company has ended, by force or choice, or spent its cash."""
    rows = []
    years = int(run.scenario["valuation.horizon_years"])
    for view in (PLANNED, FINANCED):
        for slug, out in run.outs().items():
            ended, forced, spent = (out[view][name] for name in ("ended_years", "forced", "cash_out_years"))
            for year in range(1, years + 1):
                by_force, by_choice = (ended <= year) & (forced > 0), (ended <= year) & (ended < years) & (forced == 0)
                shares = (float(np.mean(which)) for which in (by_force, by_choice, spent <= year))
                rows.append((slug, VIEWS[view], year, *shares))
    return pd.DataFrame(rows, columns=COLUMNS["survival"])


def tabulate_lines(run: Run) -> pd.DataFrame:
    """Return the present value of every programme line by party; a party's lines add up to its mean value."""
    rows = []
    for view, slug, lived in each_view(run):
        for party, line, timing in lines_of(lived, view):
            place = lines.LINES.index(line)
            if place < counted_lines(view, party):
                sums = lived.sums["value_sum"][view, :, place, party]
            elif party and place == lines.TAX:
                sums = lived.sums["tax_sum"][view, party, TIMINGS.index(timing)]
            else:
                continue
            rows.append((slug, PARTIES[party], VIEWS[view], line, timing, *_mean_and_error(sums, run.paths), "musd"))
    return pd.DataFrame(rows, columns=COLUMNS["lines"])


def lines_of(lived: Lived, view: int) -> Iterator[tuple[int, str, str]]:
    """Yield (party, line, timing) of every line that pays anything; a large firm's tax is on all that counts."""
    total = lived.sums["total"][view]
    for party in range(len(PARTIES)):
        for place, line in enumerate(lines.LINES):
            if total[place, party].any():
                yield party, line, TIMINGS[lines.AT_START[place]]
            elif place == lines.TAX and view != PRETAX and party:
                yield from ((party, line, timing) for timing in TIMINGS if _taxed(total, party, timing).any())


def _taxed(total: NDArray, party: int, timing: str) -> NDArray[np.float64]:
    """Return what a large firm pays tax on, (line, quarter), of what is paid at the start or the middle of quarters."""
    return total[: lines.PROGRAMME_LINES][TIMINGS.index(timing) == lines.AT_START[: lines.PROGRAMME_LINES], party]


def tabulate_exposures(run: Run) -> pd.DataFrame:
    """Return what one unit of each term of the deal is worth to each party, by strategy that signs.

    Terms times their units add up to the deal's lines of the party before tax.
    """
    rows = []
    for slug, lived in run.strategies.items():
        rules, sums = lived.packed.rules[0], lived.sums["unit_sum"][PRETAX]
        for party, of in enumerate(PARTIES):
            for term, path, parties, always in terms_of(run.scenario) if rules["signs"] else ():
                if party in parties and (always or sums[:, term].any()):
                    unit = _mean_and_error(sums[:, term, party], run.paths)
                    rows.append((slug, of, path, float(rules["term"][term]), *unit, "musd"))
    return pd.DataFrame(rows, columns=COLUMNS["exposures"])


def _mean_and_error(sums: NDArray[np.float64], n: int) -> tuple[float, float]:
    """Return a mean and its standard error from a sum over paths and that of the squares."""
    spread = max(sums[1] / n - (sums[0] / n) ** 2, 0.0)
    return float(sums[0] / n), float(np.sqrt(spread / max(n - 1, 1)))


def tabulate_cash(run: Run) -> pd.DataFrame:
    """Return cash by quarter: the mean over all paths; of net cash and the balance percentiles, over the first block.

    After tax it is that of the company alone.
    """
    parts = []
    for view, slug, lived in each_view(run):
        for party in range(len(PARTIES) if view == PRETAX else 1):
            total = lived.sums["total"][view, :, party] / run.paths
            paid = {line: total[lines.LINES.index(line)] for of, line, _ in lines_of(lived, view) if of == party}
            if not paid:
                continue
            paid["net"] = np.sum(list(paid.values()), axis=0)
            if party == 0:
                paid["cash_balance"] = lived.packed.rules["opening_cash"][0] + np.cumsum(paid["net"])
            about = {"strategy": slug, "party": PARTIES[party], "view": VIEWS[view], "unit": "musd"}
            parts.append(_cash_rows(lived, view, party, paid).assign(**about))
    return pd.concat(parts, ignore_index=True)[COLUMNS["cash"]]


def _cash_rows(lived: Lived, view: int, party: int, paid: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return lines by quarter, with their percentiles where there are any."""
    none = np.full((len(PERCENTILES), len(paid["net"])), np.nan)
    levels = np.hstack([lived.first.spread.get((view, line, party), none) if lived.first else none for line in paid])
    of = pd.MultiIndex.from_product([paid, range(len(paid["net"]))], names=["line", "quarter"])
    rows = np.vstack([np.concatenate(list(paid.values())), levels]).T
    return pd.DataFrame(rows, of, ["mean", *(f"p{level:02d}" for level in PERCENTILES)]).reset_index()


ORIGINS = ("inherited", "collaboration", "own", "common", "technology")
MODALITIES = ("naked", "conjugate")
EVENTS = (
    *("lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"),
    *("licensed", "returned", "copromoted"),
)
MOVED = ("delayed", "sold")
"""What lack of money does to candidates, as financed: not to licences of the technology, which others pay for."""


def tabulate_counts(run: Run) -> pd.DataFrame:
    """Return mean counts of candidates by origin, modality and event, and the chance of one and of two."""
    rows = []
    for slug, lived in run.strategies.items():
        tallies = {(ALL, ALL): lived.sums["events_all"]}
        for place, about in enumerate(product(ORIGINS, MODALITIES)):
            tallies[about] = lived.sums["events"][:, :, place]
        for about, tally in tallies.items():
            for number, event in enumerate(EVENTS if about[0] == ORIGINS[-1] else (*EVENTS, *MOVED)):
                counts = tally[FINANCED if event in MOVED else PRETAX, number] / run.paths
                rows.append((slug, *about, event, *counts.tolist()))
    return pd.DataFrame(rows, columns=COLUMNS["counts"])


def tabulate_decisions(run: Run) -> pd.DataFrame:
    """Return every decision of the first futures."""
    rows = [decision for lived in run.strategies.values() if lived.first for decision in lived.first.decisions]
    return pd.DataFrame(rows, columns=COLUMNS["decisions"])


def tabulate_quarters(run: Run) -> pd.DataFrame:
    """Return the company's quarters as financed in the first futures, step by step, as long as it is there."""
    rows = [step for lived in run.strategies.values() if lived.first for step in lived.first.quarters]
    return pd.DataFrame(rows, columns=COLUMNS["quarters"])


def tabulate_checks(run: Run) -> pd.DataFrame:
    """Return every identity with its residual, and whether that is rounding only: a number that is none is not."""
    rows = [(name, residual, EXACT, bool(residual <= EXACT)) for name, residual in check(run)]
    return pd.DataFrame(rows, columns=COLUMNS["checks"])
