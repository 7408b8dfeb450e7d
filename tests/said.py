"""Sentences of the report as a test reads them."""

from partnering.report import style


def plain(text: str) -> str:
    """Return a sentence with spaces that break and a minus as on a keyboard."""
    return text.replace(style.NBSP, " ").replace(style.MINUS, "-").replace(style.JOINER, "")
