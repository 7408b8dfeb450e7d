"""From every headline number to its file and to the inputs behind it."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd
from numpy.typing import NDArray

from partnering.analysis.influence import swings
from partnering.inquiry.store import Answers
from partnering.report.evidence import input_links
from partnering.report.exhibit import Links
from partnering.report.mind import PAIR
from partnering.report.money import table_file
from partnering.report.style import LINE_GROUPS, count, group_of, money, percent
from partnering.report.views import in_view
from partnering.results.schema import PLANNED, VIEW
from partnering.results.stored import Results
from partnering.results.verdict import TIE_ERRORS, Flip, Headline, Option, Verdict, leaf, leaves
from partnering.results.statistics import Estimate

MOVERS = 3
"""Inputs named behind a number: those that move it most."""


class Kind(NamedTuple):
    """A kind of number that each strategy has: what it is, its metric, how it is written, and what inputs move of it.

    That is an outcome by path: the values named, or whether they reach what the number says.
    """

    name: str
    metric: str
    write: Callable[[float], str]
    values: str
    outcome: Callable[[NDArray, float], NDArray] = lambda values, found: values


def _below(values: NDArray, found: float) -> NDArray:
    return (values <= found).astype(float)


def _above(values: NDArray, found: float) -> NDArray:
    return (values >= found).astype(float)


WORTH, PRODUCTS = f"npv.{VIEW}.{{}}.company", f"count.{VIEW}.{{}}.returning"
KINDS = (
    Kind("products that provide a return", "returning_mean", count, PRODUCTS),
    Kind("chance of at least one of them", "p_returning_1", percent, PRODUCTS, lambda values, _: _above(values, 1)),
    Kind("chance of a loss", "p_loss", percent, WORTH, lambda values, _: _below(values, 0)),
    Kind("5th percentile of value", "npv_p05", money, WORTH, _below),
    Kind("95th percentile of value", "npv_p95", money, WORTH, _above),
    Kind("share of the company sold", "dilution", percent, f"company.{VIEW}.{{}}.dilution"),
    Kind("value per share today, $", "value_per_share", count, f"company.{VIEW}.{{}}.value_per_share"),
)
RUNWAY = Kind(
    "no cash in the bad tenth of futures", "runway_p10_years", str, f"company.{PLANNED}.{{}}.cash_out_years", _below
)


class Number(NamedTuple):
    """A number of the brief: what it is, what it shows, where it stands, and the inputs that move it most, by path."""

    name: str
    shown: str
    limits: str
    stands: str
    movers: Sequence[str]


NUMBERS_NOTE = (
    "Files are in tables, in this scenario's folder; a row is named by strategy, party, view and metric. Leads and "
    "values are moved by every input with a range; counts, chances and percentiles by those that a run draws, from the "
    "lowest to the highest fifth of their draws, noise left out. Each input leads to its row below, and that to its "
    "source."
)
LINES_NOTE = (
    "Every figure in exhibits by line is a sum of these. What decides on the way – who goes on, who is asked, what is "
    "put off – depends on all inputs."
)


def tabulate_numbers(results: Results, answers: Answers, verdict: Verdict, flips: Sequence[Flip]) -> pd.DataFrame:
    """Return every headline number of the brief with its limits, its row in a file and the inputs that move it most."""
    labels = leaves(results)["label"]
    numbers = [*_leads(results, answers, verdict, flips)]
    for option in (verdict.signing, verdict.alone):
        numbers += _of_strategy(results, answers, option)
    rows = [(*number[:-1], input_links(list(number.movers[:MOVERS]), labels)) for number in numbers]
    return pd.DataFrame(rows, columns=["Number", "Shown", "90 % limits", "Stands in", "Moved most by"])


def _leads(results: Results, answers: Answers, verdict: Verdict, flips: Sequence[Flip]) -> Iterator[Number]:
    """Yield what compares signing with the best alternative."""
    signing, alone = verdict.signing.slug, verdict.alone.slug
    pair, behind, lead = f"{signing}-{alone}", _by_ranges(answers, f"{signing}{PAIR}{alone}"), verdict.difference
    yield Number("Lead of signing", money(lead.value), _limits(lead, money), _row(pair, "difference_mean"), behind)
    ahead = _values(results, f"npv.{VIEW}.{signing}.company") > _values(results, f"npv.{VIEW}.{alone}.company")
    share, movers = Headline(results).pair(signing, alone, "p_better"), _by_draws(results, ahead.astype(float))
    limits = _limits(share, percent)
    yield Number("Futures in which signing is better", percent(share.value), limits, _row(pair, "p_better"), movers)
    theirs = Headline(results).estimate(signing, "p_loss", "partner")
    movers = _by_draws(results, _below(_values(results, f"npv.{VIEW}.{signing}.partner"), 0))
    row = _row(signing, "p_loss", "partner")
    yield Number("Futures in which the partner loses", percent(theirs.value), _limits(theirs, percent), row, movers)
    rate = flips[0].rate
    shown = ("none", "") if rate is None else (_fine(rate.value), _limits(rate, _fine))
    yield Number("Discount rate that flips the answer", *shown, "cash.csv, by the timing in lines.csv", behind)


def _of_strategy(results: Results, answers: Answers, option: Option) -> Iterator[Number]:
    """Yield what is told of one strategy."""
    table, slug, of = Headline(results), option.slug, f"{option.title}: "
    limits = _limits(option.value, money)
    behind = _by_ranges(answers, slug)
    yield Number(f"{of}value", money(option.value.value), limits, _row(slug, "npv_mean"), behind)
    horizon = leaf(results, "valuation.horizon_years")
    for kind in (*KINDS, RUNWAY._replace(write=lambda years: "never" if years >= horizon else f"{years:.1f} years")):
        found = table.estimate(slug, kind.metric)
        movers = _by_draws(results, kind.outcome(_values(results, kind.values.format(slug)), found.value))
        shown, limits = kind.write(found.value), _limits(found, kind.write)
        yield Number(f"{of}{kind.name}", shown, limits, _row(slug, kind.metric), movers)


def _fine(share: float) -> str:
    return percent(share, 1)


def _limits(estimate: Estimate, write: Callable[[float], str]) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = write(estimate.low), write(estimate.high)
    return low if low == high else f"{low} to {high}"


def _row(strategy: str, metric: str, party: str = "company") -> str:
    return f"headline.csv: {strategy}, {party}, {VIEW}, {metric}"


def _values(results: Results, name: str) -> NDArray:
    return results.paths[name].astype(float)


def _by_ranges(answers: Answers, strategy: str) -> list[str]:
    """Return the inputs whose ranges move a value, the widest first."""
    rows = answers.table("tornado").query("strategy == @strategy and swing != 0")
    return list(rows.sort_values("swing", key=lambda swing: -swing.abs(), kind="stable")["input"])


def _by_draws(results: Results, outcome: NDArray) -> list[str]:
    """Return the inputs whose draws move an outcome by more than noise, the widest first."""
    sample = results.manifest["paths"]
    draws = results.draws()
    found = swings(draws, outcome[:sample])
    return [path for path, swing in found.items() if abs(swing.value) > TIE_ERRORS * swing.error]


def say_numbers(numbers: pd.DataFrame) -> str:
    """Return the finding of the table of numbers."""
    return f"The {len(numbers)} headline numbers of the brief, the row of a file each is, and what moves it most"


HEADLINE, CASH, LINES, COUNTS = "headline", "cash", "lines", "counts"
EXHIBITS = {
    "views": ("What each strategy is worth in each view", (HEADLINE,), "npv_mean, constraint_mean"),
    "glance": ("When the money runs out", (HEADLINE, "survival"), "runway, winddown, raised, dilution, value a share"),
    "distributions": ("Values over futures", (HEADLINE,), "npv_p05, npv_p50, npv_p95, p_loss"),
    "rates": ("Values by discount rate", (CASH, LINES), "means by quarter, discounted by the timing of the line"),
    "tornado": ("One input at a time", ("tornado",), "the pair of signing and the best alternative"),
    "map": ("Two inputs at a time", ("maps",), "the first map"),
    "bridge": ("From going alone to signing", ("bridge",), "every row a step"),
    "fan": ("Cash by year", (CASH,), "cash_balance"),
    "survival": ("The company's survival", ("survival",), "by year"),
    "sources-signed": (
        "Sources and uses, signed",
        (CASH,),
        "lines summed over a fiscal year",
    ),
    "sources-alone": ("Sources and uses, alone", (CASH,), "the same for the best alternative"),
    "finance": ("Guaranteed, payback, peak need", (CASH, LINES), "cumulated means"),
    "moved": ("Put off and sold for want of money", (COUNTS,), "delayed, sold; origin all"),
    "announcement": ("Against the market", (HEADLINE, "inputs"), "difference_mean and value_per_share; announcement."),
    "products": ("Products that provide a return", (HEADLINE,), "approved_mean, returning_mean, paying_mean"),
    "tree": ("What is decided when", ("beliefs",), "the first early candidate"),
    "options": ("What options are worth", (HEADLINE,), "npv_mean, against the scenarios without them"),
    "party-lines": ("Where the money comes from", (LINES, HEADLINE), "company and partner; p_loss of the partner"),
    "scenario-lead": ("Every scenario", (HEADLINE,), "of each scenario's folder: difference_mean"),
    "scenario-table": ("The scenarios as a table", (HEADLINE,), "of each scenario's folder"),
}
"""Exhibits of the brief by cell: what they show, the files that hold it, and the rows."""

EXHIBITS_NOTE = (
    "Amounts are in money of the day of signing, present values where the exhibit says so. What ending on the day "
    "would bring is winding_down of the first quarter in quarters.csv, and cash."
)


def tabulate_exhibits(scenario: str) -> pd.DataFrame:
    """Return every exhibit of the brief with the files that hold its numbers, and which rows of them."""
    rows = [
        (what, Links(tuple((f"{file}.csv", table_file(scenario, file)) for file in files)), how)
        for what, files, how in EXHIBITS.values()
    ]
    return pd.DataFrame(rows, columns=["Exhibit of the brief", "Files", "Rows"])


def say_exhibits(exhibits: pd.DataFrame) -> str:
    """Return the finding of the table of exhibits."""
    return f"The {len(exhibits)} exhibits of the brief, and the files their numbers come from"


BEHIND = {
    "Upfront": ("deal.upfront",),
    "Committed funding": ("deal.research_total", "deal.research_schedule"),
    "Extension funding": ("deal.committed_ceiling", "deal.extension"),
    "Milestones": ("deal.ladder", "success", "duration"),
    "Royalties": ("deal.royalty", "sales", "success"),
    "Shares above their price": ("deal.equity", "company.pre_deal"),
    "Sales milestones": ("deal.sales_milestones", "sales"),
    "Opt-in fees": ("deal.opt_in", "success"),
    "Profit sharing": ("deal.sharing", "sales"),
    "Cost sharing": ("deal.sharing", "cost.partner"),
    "Co-promotion": ("deal.copromotion", "sales"),
    "Returned products": ("deal.termination",),
    "Licences to others": ("license", "sales", "success"),
    "Sales less their costs": ("sales", "success"),
    "Research": ("leads", "deal.research_cost"),
    "Kept candidates": ("candidates.common",),
    "Technology licences": ("technology",),
    "Base burn": ("company.other_burn", "company.rights_only_burn"),
    "Rights sold": ("financing.sale",),
    "Tax": ("tax",),
    "Fees, unpaid bills": ("financing.issue",),
    "Development": ("cost", "duration"),
}
"""By group of lines: beginnings of the inputs it is made of."""


def tabulate_line_inputs(results: Results, verdict: Verdict) -> pd.DataFrame:
    """Return every group of lines with its value, signed and alone, and the inputs it is made of that move it."""
    lines, inputs = in_view(results, "lines").query("party == 'company'"), leaves(results)
    wide = lines.assign(group=lines["line"].map(group_of)).pivot_table("value", "group", "strategy", "sum")
    rows = []
    for group in LINE_GROUPS:
        if group in wide.index:
            values = [wide.loc[group].get(option.slug, 0.0) for option in (verdict.signing, verdict.alone)]
            behind = [path for beginning in BEHIND[group] for path in _foremost(inputs, beginning)]
            rows.append((group, *values, input_links(behind, inputs["label"])))
    titles = [f"{option.title}, $ million" for option in (verdict.signing, verdict.alone)]
    return pd.DataFrame(rows, columns=["Lines", *titles, "Made of"])


def _foremost(inputs: pd.DataFrame, beginning: str) -> list[str]:
    """Return the first inputs of a group, those with a range before others."""
    paths = [path for path in inputs.index if path.startswith(beginning)]
    return sorted(paths, key=lambda path: inputs.loc[path, "low"] == "")[:MOVERS]


def say_line_inputs(table: pd.DataFrame) -> str:
    """Return the finding of the table of lines."""
    totals = [f"{money(table[column].sum())} ({column.split(',')[0].lower()})" for column in table.columns[1:3]]
    return f"The lines of the books add up to {' and '.join(totals)}; the inputs each is made of"
