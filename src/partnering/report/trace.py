"""What stands behind a headline number: the lines that make most of it, and the inputs that move it most."""

from collections.abc import Mapping

import pandas as pd

from partnering.analysis.store import Answers
from partnering.inputs.lines import LINE
from partnering.report.evidence import input_links
from partnering.report.exhibit import Links
from partnering.report.money import table_file
from partnering.report.sensitivity import PAIR
from partnering.report.views import in_view
from partnering.results.stored import Results
from partnering.results.verdict import leaves

MOVERS, LARGEST = 5, 3
"""Inputs and lines named behind a number: those that move it most, and those that make most of it."""


def tabulate_movers(results: Results, answers: Answers, names: Mapping[str, str]) -> pd.DataFrame:
    """Return, by strategy or pair of them, the largest lines of its value and the inputs that move it most.

    `names` are what they are called, by slug; of a pair it is the first less the second. Both are links.
    """
    lines = in_view(results, "lines").query("party == 'company'")
    made = lines.pivot_table("value", "line", "strategy", "sum", fill_value=0.0)
    swings = answers.table("tornado").pivot_table("swing", "input", "strategy", sort=False)
    file, labels, rows = table_file(results.manifest["scenario"], "lines"), leaves(results)["label"], []
    for slug, name in names.items():
        largest = ", ".join(LINE[line].words.lower() for line in _behind(made, slug).index[:LARGEST])
        movers = input_links(list(_behind(swings, slug).index[:MOVERS]), labels)
        rows.append((name, Links(((largest, file),)), movers))
    return pd.DataFrame(rows, columns=["Number", "Largest lines", "Moved most by"])


def _behind(values: pd.DataFrame, slug: str) -> pd.Series:
    """Return what is not nothing of a strategy, or of a pair's difference, the largest first."""
    signing, _, rival = slug.partition(PAIR)
    own = values[signing] - values.get(rival, 0.0)
    return own[own != 0].sort_values(key=lambda value: -value.abs(), kind="stable")
