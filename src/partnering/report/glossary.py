"""The words of a page: which terms of the glossary occur on it, what they mean, and a quiet link from the first use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GLOSSARY = Path(__file__).with_name("GLOSSARY.md")
ENTRY = re.compile(r"^- \*\*(.+?)\*\*(?: \((.+?)\))?: (.+)$", re.MULTILINE)
TAG = re.compile(r"(<[^>]+>)")
LINKED = ("<p>", "<li>", '<p class="note">')
"""Where a term is linked: running text, and notes under tables; never titles, labels, figures or other links."""


@dataclass(frozen=True)
class Term:
    """A word of the field, the spellings it is found by, and what it means."""

    name: str
    spellings: tuple[str, ...]
    meaning: str

    @property
    def id(self) -> str:
        """Return where a page explains it."""
        return "word-" + re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what finds it as a word of its own."""
        found = "|".join(re.escape(spelling).replace(r"\ ", r"\s") for spelling in (self.name, *self.spellings))
        return re.compile(rf"(?<![\w-])(?:{found})(?![\w-])")


@cache
def terms(file: Path = GLOSSARY) -> tuple[Term, ...]:
    """Return the glossary in the order of the alphabet."""
    found = [
        Term(name, tuple(filter(None, (others or "").split(", "))), meaning)
        for name, others, meaning in ENTRY.findall(file.read_text("utf-8"))
    ]
    return tuple(sorted(found, key=lambda term: term.name.lower()))


def used_terms(text: str) -> list[Term]:
    """Return the terms that occur in a text."""
    return [term for term in terms() if term.pattern.search(text)]


def link_first_uses(fragments: Sequence[str]) -> list[str]:
    """Return the fragments of a page in order, each term linked to its meaning where running text first uses it."""
    left = list(terms())
    return [_linked(markup, left) for markup in fragments]


def _linked(markup: str, left: list[Term]) -> str:
    """Return markup with its first uses linked; what was linked is taken from the terms left."""
    parts, inside, linking = TAG.split(markup), False, 0
    for place, part in enumerate(parts):
        if part.startswith("<"):
            inside = part in LINKED or (inside and not part.startswith(("</p", "</li", "<ul", "<table")))
            linking += part.startswith(("<a ", "<code")) - part.startswith(("</a", "</code"))
        elif inside and not linking and part.strip():
            parts[place] = _link_text(part, left)
    return "".join(parts)


def _link_text(text: str, left: list[Term]) -> str:
    """Return a text in which every term still left is linked once, later ones first so that places stay true."""
    hits: list[tuple[int, int, Term]] = []
    for term in left:
        found = term.pattern.search(text)
        if found and all(found.end() <= start or found.start() >= end for start, end, _ in hits):
            hits.append((found.start(), found.end(), term))
    for start, end, term in sorted(hits, key=lambda hit: -hit[0]):
        text = f'{text[:start]}<a class="word" href="#{term.id}">{text[start:end]}</a>{text[end:]}'
        left.remove(term)
    return text
