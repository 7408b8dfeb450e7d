"""Every labelled number of a report's pages: what a table or a sentence calls it, and what it says it is."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag
from said import plain

NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?")
BASES = {"planned": r"\bas planned\b|\bplanned\b", "before tax": r"before tax|pre-tax", "financed": r"as financed"}
"""What a label or the words around a table may say a number is counted in."""

SPOKEN = {
    "signing ahead": r"ahead (?:of [^.]{1,80} )?in (over 99|under 1|\d+) %",
    "standard error of the lead": r"lead is known to within \$(\d+(?:\.\d+)?) million",
    "numbers assumed": r"(\d+) of \d+ numbers are (?:guesses|assumptions)",
    "share that guesses carry": r"(?:guesses|assumptions|they) carry (\d+) %",
}
"""Headline numbers of sentences, by what is said around them."""


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


def collect(page: str, html: str) -> Iterator[Said]:
    """Yield the labelled numbers of a page's tables, by row and column, and the headline numbers of its sentences."""
    soup = BeautifulSoup(html, "html.parser")
    head = soup.find(attrs={"data-scenario": True})
    scenario = str(head["data-scenario"]) if isinstance(head, Tag) else ""
    for figure in soup.select("figure.table"):
        yield from _of_table(page, scenario, figure)
    for box in soup.select(".answer, .text > blockquote, .text > ul, .text > p"):
        said = " ".join(plain(box.get_text(" ")).split())
        for label, pattern in SPOKEN.items():
            found = re.findall(pattern, said, re.IGNORECASE)
            ends = read_number(found[0]) if len(found) == 1 else None
            if ends and label != "signing ahead":  # of whom, its list says: compared by the table of scenarios
                yield Said(label, scenario, "", page, *ends)


def _of_table(page: str, scenario: str, figure: Tag) -> Iterator[Said]:
    headers = [" ".join(plain(cell.get_text()).split()) for cell in figure.select("thead th")]
    around = " ".join(plain(part.get_text()) for part in figure.select("figcaption, .note"))
    for row in figure.select("tbody tr"):
        name, *cells = row(["th", "td"])
        told = " ".join(plain(name.get_text()).split())
        for header, cell in zip(headers[1:], cells, strict=True):
            if ends := read_number(cell.get_text()):
                label = f"{told}: {header}"
                yield Said(label.lower(), scenario, basis_of(f"{label} {headers[0]}", around), page, *ends)


def basis_of(label: str, around: str) -> str:
    """Return what a number is counted in, by its own labels, or else by the words around its table."""
    for text in (label, around):
        if found := [basis for basis, words in BASES.items() if re.search(words, text, re.IGNORECASE)]:
            return ", ".join(found)
    return ""


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
        if one.page != other.page and (one.high < other.low or other.high < one.low)
    ]
