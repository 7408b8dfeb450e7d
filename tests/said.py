"""Sentences of the report as a test reads them."""

from pathlib import Path
from typing import Any

import pandas as pd
from brief import sources, words_of

from partnering.report import style
from partnering.report.words import render

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def plain(text: str) -> str:
    """Return a sentence with spaces that break and a minus as on a keyboard."""
    return text.replace(style.NBSP, " ").replace(style.MINUS, "-").replace(style.JOINER, "")


def words(notebook: str, cell: str, **names: Any) -> str:
    """What a cell of words says with these variables."""
    return plain(render(words_of(NOTEBOOKS / f"{notebook}.ipynb")[cell], names))


def worked(notebook: str, *cells: str, **names: Any) -> dict[str, Any]:
    """The variables after some cells of a notebook have run on these."""
    for cell in cells:
        exec(sources(NOTEBOOKS / f"{notebook}.ipynb")[cell], names)
    return names


FIGURES = pd.DataFrame({"figure": ["npv", "share"], "label": "A case", "kind": "published", "holds": True})
NO_BANDS = pd.DataFrame({"band": [], "value": [], "low": [], "high": [], "unit": [], "verdict": []})


def checked(figures: pd.DataFrame = FIGURES, measured: pd.DataFrame = NO_BANDS, **others: Any) -> dict[str, Any]:
    """What the page of evidence says of the world outside, for a decision without an announcement."""
    kinds = figures["kind"].value_counts().reindex(["published", "recalled", "own check"], fill_value=0)
    out = measured[measured["verdict"] == "outside"]
    found = {"figures": figures, "missed": figures[~figures["holds"]], "cases": ["A case"], "kinds": kinds}
    found |= {"wrong": ["A reading"], "passed": [], "measured": measured, "out": out, "plain_out": None}
    return found | {"announced": False} | others
