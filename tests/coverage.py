"""Whether 90 % limits hold what they should nine times in ten: many small runs, each with a seed of its own."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from partnering.inputs import Scenario, load_analysis, load_scenario
from partnering.results.access import KEY_LENGTH
from partnering.results.digests import digest_files
from partnering.results.place import STUDY, Place
from partnering.results.simulate import Task, merge, prepare, simulate_block
from partnering.results.store import take_place, write_csv
from partnering.results.stored import run_key
from partnering.results.tables import tabulate_headline
from partnering.results.workers import Workers
from partnering.results.statistics import probability
from partnering.world.streams import BLOCK

KEY = ["strategy", "party", "view", "metric"]
COVERAGE = [*KEY, "truth", "seeds", "held", "share", "low", "high"]
PERCENTILES = ("npv_p", "trough", "runway", "winddown")
"""Beginnings of the metrics that are percentiles."""


def study_coverage(
    scenario: Scenario, seeds: range, paths: int, workers: int, say: Callable[[int, int], None] = lambda done, of: None
) -> pd.DataFrame:
    """Return how often the stated limits of each headline hold its truth, over runs of one seed each.

    The truth is the mean of all the runs' estimates, of a percentile their median, since percentiles of what falls in
    quarters move in steps. A figure whose limits are always empty is left out. The share has Wilson limits.
    """
    task = prepare(scenario, seeds[0], paths, 0)
    found = []
    for headline in _each(task, seeds, workers):
        found.append(headline)
        say(len(found), len(seeds))
    values, lows, highs = (np.stack([table[name].to_numpy() for table in found]) for name in ("value", "low", "high"))
    of_order = found[0]["metric"].str.startswith(PERCENTILES).to_numpy()
    truth = np.where(of_order, np.median(values, axis=0), values.mean(axis=0))
    return _tabulate(found[0][KEY], truth, held=(lows <= truth) & (truth <= highs), stated=~np.isnan(lows))


def _tabulate(keys: pd.DataFrame, truth: np.ndarray, held: np.ndarray, stated: np.ndarray) -> pd.DataFrame:
    """Return a row a figure; runs that state no limits of it are not counted."""
    rows = []
    for place, key in enumerate(keys.itertuples(index=False)):
        counted = held[stated[:, place], place]
        if len(counted):
            rows.append((*key, truth[place], len(counted), int(counted.sum()), *probability(counted)))
    return pd.DataFrame(rows, columns=COVERAGE)


def _each(task: Task, seeds: range, workers: int) -> Iterator[pd.DataFrame]:
    """Yield the headline table of every seed."""
    work = partial(_headline, task)
    if workers == 1:
        yield from map(work, seeds)
        return
    with Workers(workers) as pool:
        yield from pool.map(work, seeds)


def _headline(task: Task, seed: int) -> pd.DataFrame:
    """Return the headline table of one seed: its second block, which explains and checks nothing beyond its numbers."""
    second = replace(task, seed=seed, paths=BLOCK + task.paths)
    return tabulate_headline(merge(replace(task, seed=seed), [simulate_block(second, 1)]))


def measure_coverage(name: str, place: Place, workers: int, say: Callable[[int, int], None]) -> pd.DataFrame:
    """Return the study of a scenario: the stored one of the same digest, or a new one, stored."""
    folder = coverage_folder(name, place)
    if not folder.is_dir():
        scenario = load_scenario(name, place.params)
        asked = load_analysis(place.params, scenario).coverage
        first = place.run_size()[0] + 1  # not the seed of the run whose limits are stated
        table = study_coverage(scenario, range(first, first + asked.seeds), asked.paths, workers, say)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            write_csv(table, made / "coverage.csv")
            take_place(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return pd.read_csv(folder / "coverage.csv")


def stored_coverage(name: str, place: Place) -> pd.DataFrame:
    """Return the stored study of a scenario as it is now, without rows where it has not been measured."""
    file = coverage_folder(name, place) / "coverage.csv"
    return pd.read_csv(file) if file.is_file() else pd.DataFrame(columns=COVERAGE)


def coverage_folder(name: str, place: Place) -> Path:
    """Return where the study of a scenario is stored: beside its run, by size of the study and this code."""
    scenario = load_scenario(name, place.params)
    run = f"{scenario.name}-{run_key(scenario, place.project, *place.run_size())[:KEY_LENGTH]}"
    asked = load_analysis(place.params, scenario).coverage.model_dump_json(include={"seeds", "paths"})
    code = digest_files([Path(__file__)], Path(__file__).parent)
    return place.runs / f"{run}{STUDY}{hashlib.sha256((asked + code).encode()).hexdigest()[:KEY_LENGTH]}"
