"""Prose of a notebook: a cell that begins with `%%words` is Markdown with Jinja2, and numbers come from its variables.

`%%words name` keeps its text under that name, for the exhibit that needs a caption; without a name it is shown.
What it names and nobody has set, and a number that is none, stop the page. No figure is typed.
"""

import math
import re
from collections.abc import Mapping
from numbers import Real
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import Markdown, display
from jinja2 import Environment, StrictUndefined, Undefined

from partnering.report import style

FILTERS = {
    "musd": style.money,
    "tile": style.tile,
    "percent": style.percent,
    "times": style.times,
    "count": style.count,
    "level": style.level,
    "listed": style.listed,
    "lowered": style.lowered,
    "span": style.span,
    "begin": style.capitalised,
    "years": lambda years: f"{years:.1f} years",
}
"""What writes a number or a name, as pages write it everywhere."""


MARKUP = re.compile(r"([\\`*_\[\]<>|])")
"""What Markdown would take for its own in a name that somebody has typed."""


def unescaped(text: str) -> str:
    """Return words as they are where nothing reads them as Markdown: a caption."""
    return re.sub(r"\\([\\`*_\[\]<>|])", r"\1", text)


def _finite(value: Any) -> Any:
    """Return a value that may stand in a sentence, a text without the force of markup.

    Raises:
        ValueError: nothing, or a number that is not finite.
    """
    if isinstance(value, Undefined):
        str(value)  # raises: it says which name is not there
    if value is None or (isinstance(value, Real) and not math.isfinite(value)):
        raise ValueError(f"{value} cannot stand in a sentence")
    return MARKUP.sub(r"\\\1", value) if isinstance(value, str) else value


def _checked(write: Any) -> Any:
    return lambda value, *how: write(value if isinstance(value, str) else _finite(value), *how)


ENVIRONMENT = Environment(undefined=StrictUndefined, finalize=_finite, trim_blocks=True, lstrip_blocks=True)
ENVIRONMENT.filters |= {name: _checked(write) for name, write in FILTERS.items()}


def render(source: str, names: Mapping[str, Any]) -> str:
    """Return the Markdown of a cell's prose, numbers filled in.

    Raises:
        jinja2.TemplateError: no template, or a name that is not there.
        ValueError: a value that cannot be said, or nothing to say.
    """
    text = ENVIRONMENT.from_string(source).render(**names)
    if not text.strip():
        raise ValueError("these words say nothing")
    return text


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give a notebook the magic `%%words`, by `%load_ext partnering.report.words`."""

    def words(name: str, cell: str) -> None:
        """Show a cell's prose, or keep it under a name."""
        text = render(cell, shell.user_ns)
        if name:
            shell.user_ns[name] = text
        else:
            display(Markdown(text))

    shell.register_magic_function(words, "cell")  # type: ignore[arg-type]
