"""Every published case worked and held against its figures, and every wrong reading that must miss them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from partnering.analysis.cases.licences import work_abgenix, work_avance, work_codev, work_davanrik
from partnering.analysis.cases.portfolios import work_megafund, work_moore
from partnering.analysis.cases.programmes import work_asclepius, work_bma, work_mckinsey, work_newdrug, work_paul
from partnering.analysis.cases.rounds import work_vc_method
from partnering.analysis.cases.tree import Figures, Inputs
from partnering.inputs.cases import Case, Figure, Misreading

WORKED: Mapping[str, Callable[[Inputs], Figures]] = {
    "abgenix_pharmacol_license": work_abgenix,
    "asclepius_adagrasib": work_asclepius,
    "avance_tiered_royalty": work_avance,
    "bma_abandonment": work_bma,
    "codev_contract_fair_terms": work_codev,
    "davanrik_licensing_tree": work_davanrik,
    "mckinsey_breakeven": work_mckinsey,
    "megafund_binomial": work_megafund,
    "moore_monte_carlo": work_moore,
    "newdrug_staged_tree": work_newdrug,
    "paul2010_rd_productivity": work_paul,
    "vc_method_dilution": work_vc_method,
}
"""By the name of a case: the function that works it."""


class Checked(NamedTuple):
    """A figure worked out, what it is held against, and whether it holds; nan where nothing works it."""

    case: str
    label: str
    source: str
    unit: str
    figure: str
    computed: float
    published: float
    tolerance: float
    kind: str  # published (read in a source), recalled or own check
    holds: bool


class Control(NamedTuple):
    """A wrong reading of a case, what it gives, and whether it misses the figure, as it must."""

    control: str
    case: str
    label: str
    figure: str
    wrong: float
    published: float
    tolerance: float
    fails: bool


def verdicts(cases: Iterable[Case]) -> list[Checked]:
    """Return every figure of every case that is to be worked, published ones first, in order."""
    rows = []
    for case in cases:
        if case.not_worked is None:
            found = work(case)
            rows += [_checked(case, figure, found.get(figure.name, float("nan"))) for figure in case.figures]
    return rows


def controls(cases: Iterable[Case]) -> list[Control]:
    """Return what every wrong reading of these cases gives."""
    return [_control(case, wrong) for case in cases for wrong in case.wrong_readings]


def work(case: Case, **instead: Any) -> Figures:
    """Return the figures of a case, with other inputs where given; none where no function works it."""
    return WORKED[case.id](case.inputs | instead) if case.id in WORKED else {}


def _checked(case: Case, figure: Figure, computed: float) -> Checked:
    about = (case.id, case.label, case.source.original, case.unit, figure.name, computed, figure.value, figure.tol)
    return Checked(*about, case.kind_of(figure), abs(computed - figure.value) <= figure.tol)


def _control(case: Case, wrong: Misreading) -> Control:
    figure = next(figure for figure in case.figures if figure.name == wrong.figure)
    gives = wrong.printed
    if gives is None:
        gives = work(case, **wrong.instead).get(wrong.taken or wrong.figure, float("nan"))
    fails = abs(gives - figure.value) > figure.tol
    return Control(wrong.reading, case.id, case.label, figure.name, gives, figure.value, figure.tol, fails)
