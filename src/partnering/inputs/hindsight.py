"""What became known after the deal was signed: params/hindsight.yaml, read by one page and by no run."""

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from annotated_types import Ge, MinLen
from pydantic import FiniteFloat

from partnering.inputs.errors import InputError, did_you_mean
from partnering.inputs.scenario import Scenario
from partnering.inputs.units import Closed, Text
from partnering.inputs.validate import marks_of, problem_at, validate
from partnering.inputs.yamlfile import Location, read_yaml

Unit = TypeVar("Unit")
Value = TypeVar("Value")
Finding = tuple[Location, str]
DAYS_IN_YEAR = 365.25
STAGES = ("phase_1", "phase_2", "phase_3", "approval")
"""What a product is dated by, in order."""


class Fact(Closed, Generic[Unit, Value]):
    """One later fact as written. `latest`: its day was not found, and it happened no later than on the one given."""

    value: Value
    unit: Unit
    status: Literal["sourced", "derived", "assumption"]
    source: Text
    known: dt.date
    label: Text
    note: Text | None = None
    latest: bool = False


NotNegative = Annotated[FiniteFloat, Ge(0)]
Amount = Fact[Literal["musd"], NotNegative]
Day = Fact[Literal["date"], dt.date]
Said = Fact[Literal["name"], Text]
Count = Fact[Literal["count"], Annotated[int, Ge(0)]]
SharePrice = Fact[Literal["usd_per_share"], NotNegative]


class Paid(Fact[Literal["musd"], NotNegative]):
    """A payment to the company on a day, or evenly from that day until another."""

    line: Literal["extension_funding", "milestones", "buy_out", "side", "royalties_sold"]
    date: dt.date
    until: dt.date | None = None


class Product(Closed):
    """A product of the deal: the days its stages started, as far as it came, and what became of it."""

    name: Text
    form: Text
    phase_1: Day
    phase_2: Day | None = None
    phase_3: Day | None = None
    approval: Day | None = None
    fate: Said


class About(Closed):
    """The parties of the deal that the facts are about."""

    company: Text
    partner: Text


class Licence(Closed):
    """What a licence of the technology alone brought the company."""

    name: Text
    payments: Annotated[tuple[Paid, ...], MinLen(1)]
    approval: Day


class Own(Closed):
    """The product that the company brought to the market itself, and what it cost and brought its owners."""

    name: Text
    first_patient: Day
    approval: Day
    deficit: Amount
    bought: Day
    price: Amount
    share_price: SharePrice


class Hindsight(Closed):
    """Every later fact on record about one deal."""

    about: About
    looked_until: Day
    early_count: Day
    payments: Annotated[tuple[Paid, ...], MinLen(1)]
    milestones_total: Amount
    products: Annotated[tuple[Product, ...], MinLen(1)]
    unnamed: Count
    licence: Licence
    own: Own


def load_hindsight(params_dir: Path | str, scenario: Scenario) -> Hindsight | None:
    """Return the later facts about a scenario's deal; None where there is no such file or it is about another deal.

    Raises InputError, one line for whatever was known by the valuation date, has no source or does not fit.
    """
    file = Path(params_dir, "hindsight.yaml")
    if not file.is_file():
        return None
    document = read_yaml(file)
    marks = marks_of(document)
    found = validate(Hindsight, document.data, marks)
    if (found.about.company, found.about.partner) != (scenario["parties.company"], scenario["parties.partner"]):
        return None
    if problems := [problem_at(at, text, marks) for at, text in _findings(found, scenario)]:
        raise InputError(problems)
    return found


def years_since(scenario: Scenario, day: dt.date) -> float:
    """Return the years from the valuation date to a day."""
    return (day - dt.date.fromisoformat(scenario["valuation.date"])).days / DAYS_IN_YEAR


def all_facts(part: object, at: Location = ()) -> Iterator[tuple[Location, Fact]]:
    """Yield every fact below a part of the record, with its place in the file."""
    if isinstance(part, Fact):
        yield at, part
    elif isinstance(part, Closed):
        for name in type(part).model_fields:
            yield from all_facts(getattr(part, name), (*at, name))
    elif isinstance(part, tuple):
        for number, item in enumerate(part):
            yield from all_facts(item, (*at, number))


def _findings(found: Hindsight, scenario: Scenario) -> Iterator[Finding]:
    signed = dt.date.fromisoformat(scenario["valuation.date"])
    for at, fact in all_facts(found):
        if fact.known <= signed:
            yield at, f"got a fact known on {fact.known}, expected one known after {signed}: others are for base.yaml"
        if fact.source not in scenario.sources:
            close = did_you_mean(fact.source, scenario.sources)
            yield at, f"got source {fact.source!r}, expected one in sources.yaml{close}"
        day = fact.date if isinstance(fact, Paid) else fact.value
        if isinstance(day, dt.date) and not signed < day <= found.looked_until.value:
            yield at, f"got the day {day}, expected one after {signed} and by {found.looked_until.value}"
        if isinstance(fact, Paid) and fact.until is not None and fact.until <= fact.date:
            yield at, f"got until {fact.until}, expected a day after {fact.date}"
    if (times := [paid.line for paid in found.payments].count("buy_out")) != 1:
        yield ("payments",), f"got {times} payments of the line buy_out, expected one, which ends the deal's receipts"
    yield from _milestones(found)
    for number, product in enumerate(found.products):
        yield from _stages(product, ("products", number))


def _milestones(found: Hindsight) -> Iterator[Finding]:
    """Milestones add up to their stated total, whose day is when it was known."""
    paid = sum(p.value for p in found.payments if p.line == "milestones" and p.date <= found.milestones_total.known)
    if not math.isclose(paid, found.milestones_total.value):
        text = f"got payments that add up to {paid:g}, expected the stated total {found.milestones_total.value:g}"
        yield ("milestones_total",), text


def _stages(product: Product, at: Location) -> Iterator[Finding]:
    """A product passes its stages in order, and skips none."""
    days = [getattr(product, stage) for stage in STAGES]
    for stage, earlier, day in zip(STAGES[1:], days, days[1:], strict=False):
        if day is not None and (earlier is None or earlier.value > day.value):
            before = "no stage" if earlier is None else str(earlier.value)
            yield (*at, stage), f"got {day.value} after {before}, expected the stage before it on that day or earlier"
