"""What it would be worth to know before deciding: by study, and which inputs are worth firming up."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.asked import Inquiry
from partnering.analysis.information import value_information

INFORMATION = [
    *("about", "kind", "title", "inputs", "value", "se", "floor", "distinct", "cost_musd", "months", "unit"),
]
EVERYTHING = "everything"


def tabulate_information(inquiry: Inquiry) -> pd.DataFrame:
    """Return what it is worth to know what a study learns, or everything, before choosing a strategy.

    What a choice brings is as financed, after tax. A study learns what a run draws.
    """
    draws = {leaf.path: inquiry.run.paths[f"theta.{leaf.path}"] for leaf in inquiry.scenario.drawn()}
    studies = inquiry.settings.studies
    groups = {name: [path for path in study.learns if path in draws] for name, study in studies.items()}
    groups = {name: inputs for name, inputs in (groups | {EVERYTHING: [*draws]}).items() if inputs}
    values: NDArray[np.float64] = inquiry.values[:, : len(next(iter(draws.values()), ()))].T
    found = value_information(values, draws, groups) if draws else {}
    rows: list[tuple] = []
    for about, signal in found.items():
        known = " ".join(groups[about]), *signal, signal.distinct
        if about == EVERYTHING:
            rows.append((about, EVERYTHING, "All that is not known", *known, None, None, "musd"))
        else:
            study = studies[about]
            rows.append((about, "study", study.title, *known, study.cost_musd, study.months, "musd"))
    return pd.DataFrame(rows, columns=INFORMATION)


def firm_up(turns: pd.DataFrame, information: pd.DataFrame) -> list[str]:
    """Return the inputs whose knowledge would be worth something to the decision, above the noise, the most first.

    Those that reverse the answer somewhere in their range, by more than the sampling error, and what a study learns
    that is worth more than its noise floor. Where there is none, firming up would hardly ever change the vote.
    """
    turned = turns[turns["value"].notna() & (turns["least_lead_high"] < 0)]
    alone = turned.sort_values("least_lead", kind="stable")["input"]
    studies = information[(information["kind"] == "study") & information["distinct"].astype(bool)]
    learnt = studies.sort_values("value", ascending=False, kind="stable")["inputs"].str.split().explode()
    return list(dict.fromkeys([*alone, *learnt.dropna()]))
