"""The house style: one colour and marker per strategy and party, labels, number formats."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

INK, QUIET, GRID = "#1f2933", "#6b7780", "#d9dee3"
NBSP, MINUS, JOINER = "\u00a0", "\u2212", "\u2060"  # the joiner keeps a minus with its dollar sign
STAMP = 7  # characters of each digest in a page's version
WIDTH = 8.6  # inches, on a wide page
FONT_PT = 11  # of all text in charts; a page draws it no smaller than 12 px


Format = str | Callable[[Any], str]
"""How the values of a column are written: a format string, or a function of the value."""

Columns = Mapping[str, tuple[str, Format | None]]
"""By raw column: the header shown and how its values are written."""

Manifest = Mapping[str, Any]

PLAIN = {"musd": "$ million", "musd_per_year": "$ million a year", "usd_per_share": "$ a share", "per_year": "a year"}
PLAIN |= {"prob": "probability", "log_sd": "log sd", "ratio": "times", "count": "number"}
"""Units as a reader knows them; others are words already."""


SIGNING, RIVAL, OTHER = "#0072b2", "#d55e00", "#6f7780"
"""Signing, its nearest rival, everything else; so too where signing is ahead, and where it trails."""

PARTY_COLOURS: Mapping[str, str] = {"company": "#1b3a5b", "partner": "#b0558f", "others": "#8a8f94"}


PAINTS: Mapping[str, str] = {
    **{
        INK: "ink",
        QUIET: "muted",
        GRID: "rule",
        "#ffffff": "ground",
        SIGNING: "signing",
        RIVAL: "rival",
        OTHER: "other",
    },
    **{colour: party for party, colour in PARTY_COLOURS.items()},
}
"""What the style sheet calls the colours of charts, so that the dark has its own."""


def painted(markup: str) -> str:
    """Return markup with the colours of its charts by their names in the style sheet."""
    return re.sub("|".join(PAINTS), lambda colour: f"var(--{PAINTS[colour[0]]})", markup)


READING_LABELS: Mapping[str, str] = {
    "approved": "Approved and paying",
    "returning": "Approved, worth more than was spent",
    "paying": "Paying candidates (not products)",
}


def strategy_titles(manifest: Manifest) -> dict[str, str]:
    """Return the title of every strategy of a run, the one that signs first."""
    return {slug: about["title"] for slug, about in manifest["strategies"].items()}


def strategy_phrases(manifest: Manifest) -> dict[str, str]:
    """Return what sentences call every strategy of a run, by slug."""
    return {slug: about["phrase"] for slug, about in manifest["strategies"].items()}


def strategy_meanings(manifest: Manifest) -> dict[str, str]:
    """Return what every strategy of a run means, by the phrase sentences call it by."""
    return {about["phrase"]: about["meaning"] for about in manifest["strategies"].values()}


def stamp(manifest: Manifest) -> dict[str, object]:
    """Return the facts under the title of a page."""
    digests = manifest["digests"]
    version = f"{digests['inputs'][:STAMP]}-{digests['model'][:STAMP]}"
    return {"Valuation date": manifest["valuation_date"], "Scenario": manifest["title"], "Version": version}


def dress(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the columns a table shows, under the names it shows them by; units in words."""
    shown = frame[list(columns)].replace({"unit": PLAIN})
    return shown.rename(columns={raw: header for raw, (header, _) in columns.items()})


def formats(columns: Columns) -> dict[str, Format]:
    """Return the formats of a dressed table."""
    return {header: how for header, how in columns.values() if how is not None}


def set_style() -> None:
    """Make seaborn and matplotlib draw in the house style, the same bytes every time."""
    import seaborn as sns  # slow, and needed by nothing else here

    sized = ("font.", "axes.title", "axes.label", "xtick.label", "ytick.label", "legend.font")
    inks = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")
    edges = {"axes.titleweight": "bold", "axes.edgecolor": GRID, "axes.spines.top": False, "axes.spines.right": False}
    canvas = {"figure.facecolor": "none", "axes.facecolor": "none"}
    rules = {f"{name}size": FONT_PT for name in sized} | dict.fromkeys(inks, INK) | edges | canvas
    sns.set_theme(style="white", font="DejaVu Sans", rc=rules)


def money(musd: float) -> str:
    """Return an amount with its unit, as precise as it deserves: $74 million, $3.2 million, -$12 million."""
    sign = MINUS + JOINER if amount(musd).startswith(MINUS) else ""
    return f"{sign}${amount(abs(musd)) if amount(musd) != amount(0) else 0}{NBSP}million"


def amount(musd: float) -> str:
    """Return an amount without its unit: whole millions, or one decimal below ten."""
    text = f"{abs(musd):,.0f}" if abs(musd) >= 9.95 else f"{abs(musd):.1f}"
    return f"{MINUS}{text}" if musd < 0 and text != "0.0" else text


def tile(musd: float) -> str:
    """Return an amount as short as a tile needs: $74m."""
    return money(musd).replace(f"{NBSP}million", "m")


def span(low: float, high: float, joint: str = "to") -> str:
    """Return a range of amounts: $73 to $75 million, without saying million twice."""
    return f"{money(low).removesuffix(f'{NBSP}million')} {joint} {money(high)}"


MOVED_SHARE = 0.005
"""A share that moves by less is shown as the same."""


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage; a share that rounds to none or all says so."""
    if digits == 0 and 0 < share < MOVED_SHARE:
        return f"under 1{NBSP}%"
    if digits == 0 and 1 - MOVED_SHARE <= share < 1:
        return f"over 99{NBSP}%"
    return f"{100 * share:.{digits}f}{NBSP}%".replace("-", MINUS)


LEVELS: Mapping[str, Callable[[float], str]] = {
    "musd": money,
    "musd_per_year": lambda value: f"{money(value)} a year",
    "years": lambda value: f"{value:.3g} years",
    "per_year": lambda value: f"{value:.2g} a year",
    "ratio": lambda value: f"{value:.3g} times",
}
"""How the level of an input is written, by its unit; shares, rates and probabilities as percentages."""


def level(value: float, unit: str, bare: bool = False) -> str:
    """Return the level of an input with its unit; bare where the axis names the unit."""
    if unit in ("rate", "share", "prob"):
        return percent(value, 0 if bare or abs(100 * value - round(100 * value)) < 0.05 else 1)
    if bare or unit not in LEVELS:
        return f"{value:,.3g}"
    return LEVELS[unit](value)


def count(products: float) -> str:
    """Return an expected number of products: two decimals."""
    return f"{products:.2f}"


def times(ratio: float) -> str:
    """Return a ratio of counts: 2.07 times; where there is nothing to compare with, ∞ times."""
    return f"{ratio:.2f} times" if math.isfinite(ratio) else "∞ times"


NAMES = ("Phase", "European", "Japanese")


def listed(names: Iterable[str]) -> str:
    """Return names as a list in prose."""
    items = list(names) or [""]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def lowered(title: str) -> str:
    """Return a title as it stands inside a sentence: abbreviations and what is always a name keep their capitals."""
    first = title.split(" ", 1)[0]
    name = first in NAMES or any(letter.isupper() for letter in first[1:])
    return title if name else title[:1].lower() + title[1:]


def capitalised(text: str) -> str:
    """Return a text as it begins a sentence."""
    return text[:1].upper() + text[1:]
