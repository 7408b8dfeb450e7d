"""From every headline number to its table, its lines and the inputs that move it most."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from partnering.analysis.store import Answers
from partnering.inputs.lines import LINE
from partnering.report.evidence import input_links
from partnering.report.exhibit import Links
from partnering.report.money import table_file
from partnering.report.sensitivity import PAIR
from partnering.report.style import count, money, percent
from partnering.report.views import in_view
from partnering.results.schema import VIEW
from partnering.results.stored import Results
from partnering.results.verdict import Headline, Verdict, leaves

MOVERS, LARGEST = 5, 3
"""Inputs and lines named behind a number: those that move its value most, and those that make most of it."""

LEADS = (
    ("lead", "difference_mean", money),
    ("futures in which signing is better", "p_better", percent),
    ("luck's share of the variance of the lead", "luck_share", percent),
    ("standard deviation of the expected lead over inputs", "lead_sd_inputs", money),
    ("5th percentile of the expected lead over inputs", "lead_p05_inputs", money),
    ("95th percentile of the expected lead over inputs", "lead_p95_inputs", money),
)
"""Numbers of a lead: what each is, its metric, how it is written."""

METRICS = (
    ("value", "npv_mean", money),
    ("products that provide a return", "returning_mean", count),
    ("chance of at least one of them", "p_returning_1", percent),
    ("chance of a loss", "p_loss", percent),
    ("5th percentile of value", "npv_p05", money),
    ("95th percentile of value", "npv_p95", money),
    ("share of the company sold", "dilution", percent),
    ("value per share today, $", "value_per_share", count),
)
"""Numbers of a strategy: what each is, its metric, how it is written."""

NOTE = (
    "Row: strategy, party, view and metric in the table of headlines. Lines: those that make most of the value behind "
    "a number. Inputs: those whose ranges move that value most; each leads to its row below, and that to its source."
)


class Number(NamedTuple):
    """A headline number, its row in the table, and the strategies whose value stands behind it."""

    name: str
    shown: str
    row: str
    strategies: tuple[str, ...]


def tabulate_numbers(results: Results, answers: Answers, verdict: Verdict) -> pd.DataFrame:
    """Return every headline number with its row, its largest lines and the five inputs that move its value most."""
    labels, scenario = leaves(results)["label"], results.manifest["scenario"]
    rows = []
    for number in (*_leads(results, verdict), *_of_strategies(results, verdict)):
        row = Links(((number.row, table_file(scenario, "headline")),))
        lines = Links(((_largest_lines(results, number.strategies), table_file(scenario, "lines")),))
        movers = input_links(_movers(answers, number.strategies), labels)
        rows.append((number.name, number.shown, row, lines, movers))
    return pd.DataFrame(rows, columns=["Number", "Shown", "Row", "Lines", "Moved most by"])


def _leads(results: Results, verdict: Verdict) -> Iterator[Number]:
    """Yield what compares signing with each rival."""
    for rival in verdict.rivals:
        pair = verdict.signing.slug, rival.option.slug
        for name, metric, write in LEADS:
            shown = write(Headline(results).pair(*pair, metric).value)
            row = f"{PAIR.join(pair)}, company, {VIEW}, {metric}"
            yield Number(f"Signing against {rival.option.phrase}: {name}", shown, row, pair)


def _of_strategies(results: Results, verdict: Verdict) -> Iterator[Number]:
    """Yield what is told of signing and of each rival."""
    for option in (verdict.signing, *(rival.option for rival in verdict.rivals)):
        for name, metric, write in METRICS:
            shown = write(Headline(results).estimate(option.slug, metric).value)
            yield Number(f"{option.title}: {name}", shown, f"{option.slug}, company, {VIEW}, {metric}", (option.slug,))


def _largest_lines(results: Results, strategies: tuple[str, ...]) -> str:
    """Return the lines that make most of a value, or of the difference between two."""
    lines = in_view(results, "lines").query("party == 'company'")
    wide = lines.pivot_table("value", "line", "strategy", "sum", fill_value=0.0).reindex(columns=list(strategies))
    made = wide[strategies[0]] - wide[strategies[-1]] if len(strategies) > 1 else wide[strategies[0]]
    return ", ".join(LINE[name].words.lower() for name in made.abs().nlargest(LARGEST).index)


def _movers(answers: Answers, strategies: tuple[str, ...]) -> list[str]:
    """Return the inputs whose ranges move a value, or the difference between two, most, the widest first."""
    swings = answers.table("tornado").pivot_table("swing", "input", "strategy", sort=False)
    moved = swings[strategies[0]] - swings[strategies[1]] if len(strategies) > 1 else swings[strategies[0]]
    return list(moved[moved != 0].sort_values(key=lambda swing: -swing.abs(), kind="stable").head(MOVERS).index)


def say_numbers(numbers: pd.DataFrame) -> str:
    """Return the finding of the table of numbers."""
    return f"The {len(numbers)} headline numbers, the row of a file that each is, and what moves it most"
