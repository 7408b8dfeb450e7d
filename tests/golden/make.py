"""Makes the golden results anew: `python tests/golden/make.py`. A number moves only with a line in CHANGELOG.md."""

from pathlib import Path

import pandas as pd

from partnering.inputs import load_scenario
from partnering.model.draws import BLOCK
from partnering.results.simulate import simulate
from partnering.results.tables import tabulate_headline

GOLDEN = Path(__file__).parent / "headline_base.csv"
PATHS, SEED = 2 * BLOCK, 731
DIGITS = 12  # what 1e-9 relative needs, and no more than another machine can repeat
KEY = ["strategy", "party", "view", "metric"]


def headline() -> pd.DataFrame:
    """The headline of the base case at two blocks of paths."""
    scenario = load_scenario("base", Path(__file__).parents[2] / "params")
    run = simulate(scenario, SEED, PATHS)
    return tabulate_headline(scenario, run.outs(), run.drawn)


def write(table: pd.DataFrame, file: Path) -> None:
    """Write a headline table with its numbers rounded to significant digits."""
    table.to_csv(file, index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")


if __name__ == "__main__":
    write(headline(), GOLDEN)
