"""The finding of every figure and table, as its caption says it, and the notes below them."""


def alt_of(kind: str, finding: str) -> str:
    """Return the text alternative of a figure: what it shows, and its finding with the numbers."""
    return f"{kind} {finding}."
