"""Every labelled number of a report's pages: what a table or a sentence calls it, and what it says it is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bs4 import BeautifulSoup, Tag
from said import plain

TINY = 1e-9
NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?")
BASES = {"planned": r"\bas planned\b|\bplanned\b", "before tax": r"before tax|pre-tax", "financed": r"as financed"}
"""What a label or the words around a table may say a number is counted in."""

SPOKEN = {
    "standard error of the lead": r"lead is known to within \$(\d+(?:\.\d+)?) million",
    "numbers assumed": r"(\d+) of \d+ numbers are (?:guesses|assumptions)",
    "share that guesses carry": r"(?:guesses|assumptions|they) carry (\d+) %",
}
"""Headline numbers of sentences, by what is said around them."""

ALIASES = {
    r"lead, \$ million: signing over (.+)": r"lead over \1",
    r"mean lead \(.*\): [a-z ]+: (.+)": r"lead over \1",
    r"lead over (.+): (?:base case|this scenario)": r"lead over \1",
    r"ahead of (.+) in: (?:base case|this scenario)": r"ahead of \1",
    r"value of (.+): (?:base case|this scenario)": r"value of \1",
    r"(.+) loses money in: (?:base case|this scenario)": r"loss of \1",
    r"futures in which signing is ahead: signing over (.+)": r"ahead of \1",
    r"signing is ahead in: [a-z ]+: (.+)": r"ahead of \1",
    r"value, \$ million: (.+)": r"value of \1",
    r"(.+): as financed, after tax": r"value of \1",
    r"(.+): loses money in": r"loss of \1",
    r"futures that lose money: (.+)": r"loss of \1",
    r"(.+): dilutes owners by": r"dilution of \1",
    r"share of the company sold: (.+)": r"dilution of \1",
    r".*: lead, \$ million": "lead over the nearest",
    r"all futures: lead of signing, \$ million": "lead over the nearest",
}
"""Words of pages that say the same."""


class Said(NamedTuple):
    """A number with its label: on which page, of which scenario, on which basis."""

    label: str
    scenario: str
    basis: str
    page: str
    low: float  # what it may be, as it is rounded
    high: float


def read_number(text: str) -> tuple[float, float] | None:
    """Return the least and the most that a rounded number may be; None where a text is no single number."""
    text = plain(text).strip().removesuffix(" million").removesuffix("m").removesuffix("%").strip()
    if not NUMBER.fullmatch(text):
        return None
    digits = text.replace("$", "").replace(",", "")
    half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
    return float(digits) - half, float(digits) + half


def collect(page: str, html: str, runs: Mapping[str, Mapping[str, Any]]) -> Iterator[Said]:
    """Yield the labelled numbers of a page's tables, by row and column, and the headline numbers of its sentences.

    `runs` are the manifests of the runs behind the report, by scenario: they know what a strategy is called.
    """
    soup = BeautifulSoup(html, "html.parser")
    head = soup.find(attrs={"data-scenario": True})
    scenario = str(head["data-scenario"]) if isinstance(head, Tag) else ""
    for table in soup.select("figure.table table, .answer table"):
        yield from _of_table(page, scenario, table, runs)
    for box in soup.select(".answer, .text > blockquote, .text > ul"):
        said = " ".join(plain(box.get_text(" ")).split())
        for label, pattern in SPOKEN.items():
            found = re.findall(pattern, said, re.IGNORECASE)
            if ends := read_number(found[0]) if len(found) == 1 else None:
                yield Said(label, scenario, "", page, *ends)


def _of_table(page: str, scenario: str, table: Tag, runs: Mapping[str, Mapping[str, Any]]) -> Iterator[Said]:
    headers = [" ".join(plain(cell.get_text()).split()) for cell in table.select("thead th")]
    figure = table.find_parent("figure")
    around = (
        " ".join(plain(part.get_text()) for part in figure.select("figcaption, .note")) if figure else "as financed"
    )
    it = ""
    for row in table.select("tbody tr"):
        name, *cells = row(["th", "td"])
        told = " ".join(plain(name.get_text()).split())
        it = told.removeprefix("Lead over ") if told.startswith("Lead over ") else it
        told = told.replace("head of it in", f"head of {it} in") if it else told
        for header, cell in zip(headers[1:], cells, strict=True):
            if ends := read_number((cell.strong or cell).get_text()):
                label = f"{told}: {header}"
                basis = basis_of(f"{label} {headers[0]}", around)
                yield Said(*_canonical(label, scenario, runs), basis, page, *ends)


def _canonical(label: str, scenario: str, runs: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Return the label that words saying the same share, strategies by slug, and the scenario that it is about."""
    about = next((name for name, run in runs.items() if label.startswith(f"{run['title']}: ")), scenario)
    about = "base" if label.endswith(": Base case") else about
    text = (
        label.replace(f"{runs[scenario]['paths']:,}: ", "all futures: ").lower() if scenario in runs else label.lower()
    )
    for pattern, same in ALIASES.items():
        text, hits = re.subn(f"^{pattern}$", same, text)
        if hits:
            break
    for slug, strategy in runs.get(about, {}).get("strategies", {}).items():
        for name in (strategy["title"], strategy["phrase"]):
            text = re.sub(rf"\b{re.escape(name.lower())}$", slug, text)
    return text, about


def basis_of(label: str, around: str) -> str:
    """Return what a number is counted in, by its own labels, or else by what the words around its table say first."""
    if found := [basis for basis, words in BASES.items() if re.search(words, label, re.IGNORECASE)]:
        return ", ".join(found)
    places = {basis: re.search(words, around, re.IGNORECASE) for basis, words in BASES.items()}
    return min((at.start(), basis) for basis, at in places.items() if at)[1] if any(places.values()) else ""


def disagreements(said: list[Said]) -> list[tuple[Said, Said]]:
    """Return pairs of numbers of different pages with the same words, basis and scenario that cannot both be right."""
    first: dict[tuple[str, str, str], list[Said]] = {}
    for number in said:
        first.setdefault((number.label, number.scenario, number.basis), []).append(number)
    return [
        (one, other)
        for same in first.values()
        for place, one in enumerate(same)
        for other in same[place + 1 :]
        if one.page != other.page and (one.high <= other.low + TINY or other.high <= one.low + TINY)
    ]
