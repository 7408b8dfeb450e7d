"""How often the 90 % limits of a run's headlines hold what they should: many small runs of the base case.

`make coverage` prints a row a headline as CSV and ends with a failure if one is outside what will do. It takes
minutes. The truth is the mean of all the runs' estimates, of a percentile their median, since percentiles of what falls
in quarters move in steps.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from helpers import firsts

from partnering.inputs import Scenario, load_scenario
from partnering.model.run import pack
from partnering.results.parallel import cores, in_order
from partnering.results.simulate import simulate_block
from partnering.results.statistics import probability
from partnering.results.tables import tabulate_headline

PARAMS = Path(__file__).parents[1] / "params"
SEEDS, PATHS = range(1, 401), 2000
LEAST, MOST = 0.86, 0.94
"""Shares of runs that will do."""

KEY = ["strategy", "party", "view", "metric"]
OF_ORDER = ("npv_p", "trough", "runway", "winddown")
"""Beginnings of the metrics that are percentiles."""


def headline(scenario: Scenario, seed: int) -> pd.DataFrame:
    """The headline table of one seed: its second block, of which nothing is explained or checked."""
    run = simulate_block(scenario, firsts(pack(scenario)), seed, 1, PATHS)
    return tabulate_headline(scenario, run.outs(), run.drawn)


def study(found: list[pd.DataFrame]) -> pd.DataFrame:
    """How often limits hold the truth, a row a headline that has limits in some run; shares have Wilson limits."""
    keys = [pd.MultiIndex.from_frame(table[KEY]) for table in found]
    always = keys[0][np.logical_and.reduce([keys[0].isin(each) for each in keys])]  # rivals differ from run to run
    found = [table.set_index(KEY).loc[always].reset_index() for table in found]
    values, lows, highs = (np.stack([table[name].to_numpy() for table in found]) for name in ("value", "low", "high"))
    of_order = found[0]["metric"].str.startswith(OF_ORDER).to_numpy()
    truth = np.where(of_order, np.median(values, axis=0), values.mean(axis=0))
    held, stated = (lows <= truth) & (truth <= highs), ~np.isnan(lows)
    rows = []
    for place, key in enumerate(found[0][KEY].itertuples(index=False)):
        counted = held[stated[:, place], place]
        if len(counted):
            rows.append((*key, truth[place], len(counted), *probability(counted)))
    return pd.DataFrame(rows, columns=[*KEY, "truth", "seeds", "share", "low", "high"])


def main() -> int:
    """Print the study; 1 if a headline's limits hold too little or too much."""
    table = study(list(in_order(partial(headline, load_scenario("base", PARAMS)), SEEDS, cores())))
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    return int(outside(table).any())


def outside(table: pd.DataFrame) -> pd.Series:
    """Which headlines' limits hold the truth surely too rarely, or surely too often."""
    return (table["high"] < LEAST) | (table["low"] > MOST)


if __name__ == "__main__":
    sys.exit(main())
