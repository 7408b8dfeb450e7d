"""The lines of the ledger, from the one list of them there is: `lines.yaml` beside this file."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

from ruamel.yaml import YAML

KEPT, OF_KEPT = "common_", "Kept candidates"
"""What the twin of a line is called by that pays for candidates kept in every strategy, and its group."""


class Line(NamedTuple):
    """A line: who pays whom under it, when in a quarter, how it is told."""

    name: str
    part: Literal["deal", "programme", "kept", "company", "capital"]
    group: str  # of a chart
    statement: str  # of sources and uses of cash
    words: str
    start: bool = False  # paid at the start of a quarter, else over it
    taxed: bool = True  # income of the company, or a cost of it
    recurs: bool = False  # expected again in the next quarter
    committed: bool = False  # owed from the day the deal is signed
    sure: bool = False  # committed, or fixed: may be discounted at another rate
    step: str = ""  # of a quarter, in which the company pays or is paid
    event: str = ""  # of a candidate, before which nothing may be paid
    payer: str = ""
    payee: str = ""

    @property
    def timing(self) -> str:
        """When in a quarter it is paid, as tables say it."""
        return "start" if self.start else "mid"


def _read() -> tuple[Line, ...]:
    document: dict[str, list[dict[str, Any]]] = YAML(typ="safe").load(Path(__file__).with_suffix(".yaml"))
    found = {part: [_line(part, entry) for entry in entries] for part, entries in document.items()}
    kept = [
        line._replace(name=KEPT + line.name, part="kept", group=OF_KEPT, words=f"{line.words}, {OF_KEPT.lower()}")
        for line in found["programme"]
    ]
    return (*found["deal"], *found["programme"], *kept, *found["company"], *found["capital"])


def _line(part: str, entry: dict[str, Any]) -> Line:
    about = {name: value for name, value in entry.items() if name not in ("from", "to")}
    return Line(part=part, payer=entry["from"], payee=entry["to"], **about)  # type: ignore[arg-type]


LEDGER = _read()
"""Every line, in the order of the books: the deal, the programme, its twins, the company, its capital."""

LINE = {line.name: line for line in LEDGER}
"""A line by its name."""
