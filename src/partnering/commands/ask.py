"""Commands that ask a run what would change its answer, and how well it knows it."""

import argparse
import sys
from typing import TYPE_CHECKING

from partnering.commands.common import DONE, FAULT, progress, to_stderr

if TYPE_CHECKING:
    from partnering.inquiry.asked import Inquiry


def analyse(arguments: argparse.Namespace) -> int:
    """Ask a scenario everything beyond its values and write the answers."""
    from partnering.inquiry.store import ANSWERS, write_answers

    write_answers(_inquire(arguments), arguments.out)
    print(*sorted(f"{name}.csv" for name in ANSWERS), sep="\n")
    return DONE


def breakeven(arguments: argparse.Namespace) -> int:
    """Print, as CSV, where in a range of one input signing stops leading: a row a turn, or one that says so."""
    from partnering.inputs import load_scenario
    from partnering.inputs.analysis import leaf_over
    from partnering.inquiry.turns import break_even_of

    leaf = leaf_over(
        load_scenario(arguments.scenario, arguments.params), arguments.input, arguments.low, arguments.high
    )
    table = break_even_of(_inquire(arguments), leaf)
    sys.stdout.write(table.to_csv(index=False, lineterminator="\n"))
    return DONE


def coverage(arguments: argparse.Namespace) -> int:
    """Measure how often the stated limits of a scenario hold what they should; print the headlines of its brief."""
    from partnering.inputs import load_analysis, load_scenario
    from partnering.inquiry.coverage import measure_coverage
    from partnering.report.covered import say_coverage, tabulate_headlines
    from partnering.results.access import results
    from partnering.results.place import Place
    from partnering.results.verdict import judge

    place = Place(arguments.params.resolve().parent, arguments.reports)
    asked = load_analysis(arguments.params, load_scenario(arguments.scenario, arguments.params)).coverage
    study = measure_coverage(arguments.scenario, place, arguments.workers, progress(arguments.scenario, "run"))
    headlines = tabulate_headlines(study, judge(results(arguments.scenario, place)), asked)
    sys.stdout.write(headlines.to_csv(index=False, lineterminator="\n"))
    print(say_coverage(study, headlines, asked).replace("\u00a0", " "), file=sys.stderr)
    return DONE if headlines["inside"].all() else FAULT


def _inquire(arguments: argparse.Namespace) -> "Inquiry":
    """Return a run of the scenario, stored or simulated now, ready to be asked."""
    from partnering.inputs import load_analysis, load_scenario
    from partnering.inquiry.store import open_inquiry
    from partnering.results.access import results
    from partnering.results.place import Place

    place = Place(arguments.params.resolve().parent, arguments.reports, arguments.paths)
    chosen = load_scenario(arguments.scenario, arguments.params)
    settings = load_analysis(arguments.params, chosen)
    return open_inquiry(chosen, results(arguments.scenario, place), settings, to_stderr)
