"""The kinds of leaf: for each unit, the type and natural bounds of its value and of its range."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Generic, Literal, TypeVar

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel, ConfigDict

Unit = TypeVar("Unit")
Value = TypeVar("Value")
Bounded = TypeVar("Bounded")

Text = Annotated[str, MinLen(1)]


class Closed(BaseModel):
    """Strict, frozen, and closed against unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Entry(Closed, Generic[Unit, Value, Bounded]):
    """One leaf as written: its unit, the type of its value, and the type of its range (None: it has none)."""

    value: Value
    low: Bounded | None = None
    high: Bounded | None = None
    dist: Literal["triangular", "pert", "lognormal", "beta"] | None = None
    drawn: bool | None = None
    unit: Unit
    status: Literal["term", "sourced", "derived", "assumption"]
    source: Text
    known: dt.date
    published: dt.date | None = None
    label: Text
    note: Text | None = None
    slider: bool = False


LONGEST_LIST = 32
"""Most items of a list, and most extensions: the model's records have room for so many."""

BEHAVIOURAL = "behavioural"
"""Marks a term that changes what somebody does: the value is no straight line in it."""

Positive = Annotated[float, Gt(0)]
NotNegative = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
Signed = Annotated[float, Ge(-1), Le(1)]
Lag = Annotated[float, Ge(0), Le(100)]
Span = Annotated[float, Gt(0), Le(100)]
Moment = Annotated[float, Le(100)]  # the rules say what a moment before signing is

Part = Annotated[float, Ge(0), Lt(1)]
Horizon = Annotated[float, Ge(1), Le(100)]

Musd = Entry[Literal["musd"], NotNegative, NotNegative]
SignedMusd = Entry[Literal["musd"], float, None]
PositiveMusd = Entry[Literal["musd"], Positive, Positive]
MusdList = Entry[Literal["musd"], tuple[NotNegative, ...], None]
MusdPerYear = Entry[Literal["musd_per_year"], NotNegative, NotNegative]
PositiveMusdPerYear = Entry[Literal["musd_per_year"], Positive, Positive]
MusdPerYearList = Entry[Literal["musd_per_year"], tuple[NotNegative, ...], None]
Prob = Entry[Literal["prob"], Fraction, Fraction]
Share = Entry[Literal["share"], Fraction, Fraction]
PartShare = Entry[Literal["share"], Part, Part]
ShareList = Entry[Literal["share"], tuple[Fraction, ...], None]
Rate = Entry[Literal["rate"], Fraction, Fraction]
RateList = Entry[Literal["rate"], tuple[Fraction, ...], None]
PartRate = Entry[Literal["rate"], Part, Part]
RateSpread = Entry[Literal["rate"], Signed, Signed]
Years = Entry[Literal["years"], Span, Span]
HorizonYears = Entry[Literal["years"], Horizon, None]
ThreeYears = Entry[Literal["years"], tuple[Span, Span, Span], None]
LagYears = Entry[Literal["years"], Lag, Lag]
LagYearsList = Entry[Literal["years"], tuple[Lag, ...], None]
YearsToComeList = Entry[Literal["years"], tuple[Moment, ...], None]
MomentList = Entry[Literal["years"], tuple[Moment, ...], None]
Ratio = Entry[Literal["ratio"], NotNegative, NotNegative]
PerYear = Entry[Literal["per_year"], Positive, Positive]
PositiveRatio = Entry[Literal["ratio"], Positive, Positive]
LogSd = Entry[Literal["log_sd"], NotNegative, NotNegative]
PositiveLogSd = Entry[Literal["log_sd"], Positive, Positive]
Count = Entry[Literal["count"], Annotated[int, Ge(0)], None]
CountList = Entry[Literal["count"], tuple[Annotated[int, Ge(0)], ...], None]
Millions = Entry[Literal["millions"], Positive, Positive]
Price = Entry[Literal["usd_per_share"], Positive, None]
Month = Entry[Literal["month"], Annotated[int, Ge(1), Le(12)], None]
Capital = Entry[Literal["name"], Literal["limited", "unlimited"], None]
Date = Entry[Literal["date"], dt.date, None]
Switch = Entry[Literal["switch"], bool, None]
Name = Entry[Literal["name"], Text, None]
NameList = Entry[Literal["name"], tuple[Text, ...], None]
ModalityList = Entry[Literal["name"], tuple[Literal["conjugate", "naked"], ...], None]
LadderList = Entry[Literal["name"], tuple[Literal["full", "short"], ...], None]
ExtensionRule = Entry[Literal["name"], Literal["alive", "never", "always", "chance", "value"], None]
Gates = Entry[Literal["name"], Literal["rational", "commit"], None]
RouteList = Entry[Literal["name"], tuple[Literal["partner_run", "own_launch", "license_out", "best"], ...], None]
OwnRoute = Entry[Literal["name"], Literal["own_launch", "license_out", "best"], None]
ExitStage = Entry[Literal["name"], Literal["none", "preclinical", "phase_2"], None]
Family = Entry[Literal["name"], Literal["sign", "alone", "give_up"], None]
Sells = Entry[Literal["name"], Literal["none", "candidates", "everything"], None]
OwnResearch = Entry[Literal["name"], Literal["yes", "no", "better"], None]
Conduct = Entry[Literal["name"], Literal["carry_on", "exit_when_better"], None]
OptInStage = Entry[Literal["name"], Literal["none", "preclinical", "phase_1", "phase_2"], None]
SeededStageList = Entry[Literal["name"], tuple[Literal["preclinical", "phase_1", "phase_2"], ...], None]


def natural_bounds(kind: type[Entry]) -> tuple[float | None, float | None]:
    """Lowest and highest value a range of this kind may reach, in its unit; None where there is no such limit."""
    limits: dict[str, float] = {}
    for limit in getattr(kind.__pydantic_generic_metadata__["args"][2], "__metadata__", ()):
        limits |= asdict(limit)
    return limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
