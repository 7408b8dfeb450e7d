"""What notebook cells call to show something: header, answer, text, figure, table.

Every function displays HTML, or Markdown that publishing turns into it, and returns None. All text is escaped; only
what matplotlib draws is passed on as markup.
`stem` is the id of the exhibit and of the notebook cell that shows it. Numbers ("Figure 1") are given at publishing.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML, Markdown, display
from jinja2 import Environment, FileSystemLoader
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from partnering.report.style import Format
from partnering.report.svg import to_svg
from partnering.report.words import unescaped

TEMPLATES = FileSystemLoader(Path(__file__).with_name("template"))
ENVIRONMENT = Environment(loader=TEMPLATES, autoescape=True, trim_blocks=True)
MARKUP: Any = ENVIRONMENT.get_template("exhibits.html.j2").module
PANEL: Any = ENVIRONMENT.get_template("panel.html.j2").module
PLACEHOLDER_ALT = "No description has been provided"
SHORTEST_ALT = 40
LARGEST_DOWNLOAD = 30_000  # bytes of CSV carried inside the page
FEWEST_FACTS, MOST_FACTS = 3, 6
MOST_ROWS_UNBROKEN = 8  # a longer table may go on overleaf, under its header
FEWEST_COLUMNS_BROAD = 9  # that many only fit a sheet of paper in small print
MOST_COLUMNS_FEW = 6  # so few leave room for whole names of rows
MISSING = "–"


@dataclass(frozen=True)
class Links:
    """A cell of a table that leads elsewhere: texts with their addresses."""

    to: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Return the texts alone, as a download has them."""
        return "; ".join(text for text, _ in self.to)


def show_header(title: str, scenario: str, question: str, stamp: Mapping[str, object]) -> None:
    """Show the head of a page: title, question and a line of facts; carries `data-scenario` for the runner to check."""
    _show("header", title=title, scenario=scenario, question=question, stamp=stamp)


def show_text(stem: str, paragraphs_or_items: Sequence[str], kind: Literal["p", "ul"] = "p") -> None:
    """Show paragraphs, or a list.

    Raises:
        ValueError: nothing to show, or a single string where a sequence is meant.
    """
    if isinstance(paragraphs_or_items, str) or not paragraphs_or_items:
        raise ValueError(f"{stem}: expected a list with at least one text")
    _show("text", stem=_id(stem), texts=paragraphs_or_items, tag="li" if kind == "ul" else "p")


def show_markdown(text: str, box: str = "") -> None:
    """Show prose as Markdown; publishing renders it like a cell of the notebook, or as the answer box of this id."""
    display(Markdown(text), metadata={"box": _id(box)} if box else {})


def show_details(stem: str, summary: str, meanings: Mapping[str, str]) -> None:
    """Show what words mean, by word, behind a line that opens."""
    _show("details", stem=_id(stem), summary=summary, meanings=meanings)


def show_figure(
    figure_or_axes: Figure | Axes, stem: str, title: str, alt: str, data: pd.DataFrame | None = None, source: str = ""
) -> None:
    """Show a figure as inline SVG under its finding, with its data as a download, and close it.

    Args:
        figure_or_axes: what a `plot_` function returned.
        stem: id of the exhibit.
        title: the finding, one sentence; lines below it say on which basis and in which units.
        alt: what a reader who cannot see the figure needs: what is shown and at least one number from it.
        data: the numbers drawn.
        source: address of a larger table that they are in, instead.

    Raises:
        ValueError: an alt text that describes nothing.
    """
    _check_alt(_id(stem), alt)
    figure = figure_or_axes if isinstance(figure_or_axes, Figure) else figure_or_axes.get_figure(root=True)
    if figure is None:
        raise ValueError(f"{stem}: these axes belong to no figure")
    svg = to_svg(figure, stem, alt)
    plt.close(figure)
    finding, _, basis = unescaped(title.strip()).partition("\n")
    _show(
        "figure",
        stem=stem,
        title=finding.removesuffix("."),
        basis=basis.strip(),
        drawing=svg,
        download={} if data is None else _download(stem, data),
        source=source,
    )


def show_table(
    frame: pd.DataFrame,
    stem: str,
    title: str,
    formats: Mapping[str, Format] | None = None,
    note: str | None = None,
    row_links: Sequence[str] | None = None,
    source: str = "",
    row_ids: Sequence[str] | None = None,
    data: pd.DataFrame | None = None,
) -> None:
    """Show a table under its finding, scrolling inside its own box, with its unrounded numbers as a download.

    Args:
        frame: columns as shown, the first of them naming the rows; a named index becomes the first column.
        stem: id of the exhibit.
        title: the finding, one sentence.
        formats: by column, a format string such as `"{:,.1f}"` or a function; numbers default to `"{:,}"` and
            `"{:,.1f}"`, missing values to a dash.
        note: a line under the table.
        row_links: address of each row's page, linked from its first cell.
        source: address of the larger table that this one is taken from.
        row_ids: id of each row, for links that lead to it.
        data: what to download instead of the table shown.

    Raises:
        ValueError: no rows, columns without a name of their own, or a format for a column that is not there.
    """
    shown, formats = _with_index(frame), formats or {}
    _check_table(shown, stem, formats)
    columns = [(name, _is_number(shown[name]) or name in formats) for name in shown]
    rows = list(zip(*(_formatted(shown[name], formats.get(name)) for name in shown), strict=True))
    links = row_links or [""] * len(rows)
    download = _download(_id(stem), frame if data is None else data)
    about = {"links": links, "ids": row_ids or [""] * len(rows), "note": note, "source": source, "download": download}
    about["shape"] = _shape(len(rows), [number for _, number in columns])
    title = unescaped(title.strip()).removesuffix(".")
    _show("table", stem=stem, title=title, columns=columns, rows=rows, **about)


def show_panel(stem: str, title: str, panel: object) -> None:
    """Show the live term sheet, a `termsheet.Panel`; publishing gives a page that has one the script it needs."""
    display(HTML(str(PANEL.panel(_id(stem), title, panel)).strip()))


def show_table_if_any(frame: pd.DataFrame, stem: str, title: str, otherwise: str, *how: Any) -> None:
    """Show a table, with the formats and note of `show_table`, or where it has no rows a sentence that says so."""
    if frame.empty:
        show_text(stem, [otherwise])
    else:
        show_table(frame, stem, title, *how)


def show_figure_if_any(axes: Axes | None, stem: str, title: str, *about: Any) -> None:
    """Show a figure, with the alt text and data of `show_figure`, or where there is none the sentence that says so."""
    if axes is None:
        show_text(stem, [unescaped(title.strip()).partition("\n")[0]])
    else:
        show_figure(axes, stem, title, *about)


def _shape(rows: int, numbers: Sequence[bool]) -> str:
    """Return classes that tell the style how a table can be laid out, on paper and on a phone."""
    held = {
        " long": rows > MOST_ROWS_UNBROKEN,
        " broad": len(numbers) >= FEWEST_COLUMNS_BROAD,
        " few": len(numbers) <= MOST_COLUMNS_FEW,
        " numbers": all(numbers[1:]),
    }
    return "".join(name for name, holds in held.items() if holds)


def _check_table(shown: pd.DataFrame, stem: str, formats: Mapping[str, Format]) -> None:
    unknown = sorted(set(formats) - set(shown.columns))
    unnamed = any(not str(column).strip() for column in shown.columns)
    if shown.empty or unnamed or not shown.columns.is_unique:
        raise ValueError(f"{stem}: a table needs rows and columns with different names")
    if unknown:
        raise ValueError(f"{stem}: formats for columns that are not there: {', '.join(unknown)}")


def _formatted(column: pd.Series, how: Format | None) -> list[str] | list[Links]:
    """Return the texts of one column, or its links; numbers with a true minus sign."""
    if isinstance(column.iloc[0], Links):
        return list(column)
    if how is None:
        how = "{}" if not _is_number(column) else "{:,}" if pd.api.types.is_integer_dtype(column) else "{:,.1f}"
    render = how if callable(how) else how.format
    texts = [MISSING if pd.isna(value) else render(value) for value in column]
    if not _is_number(column):
        return texts
    return [re.sub(r"^-(?=0(\.0+)?$)", "", text).replace("-", "−") for text in texts]  # nothing has no sign


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with a named index as first columns; an unnamed one says nothing and is dropped."""
    return frame.reset_index(drop=not any(frame.index.names))


def _download(stem: str, data: pd.DataFrame) -> dict[str, str]:
    """Return the name of a table's file, and its address inside the page where it is small enough."""
    csv = _with_index(data).to_csv(index=False, lineterminator="\n").encode()
    if len(csv) > LARGEST_DOWNLOAD:
        return {"name": f"{stem}.csv"}
    return {"name": f"{stem}.csv", "address": f"data:text/csv;base64,{base64.b64encode(csv).decode()}"}


def _check_alt(stem: str, alt: str) -> None:
    if len(alt.strip()) < SHORTEST_ALT or PLACEHOLDER_ALT in alt or not re.search(r"\d", alt):
        raise ValueError(f"{stem}: alt text needs {SHORTEST_ALT} characters and a number from the figure, got {alt!r}")


def _id(stem: str) -> str:
    """Return the stem if it can be an id of a page and of a notebook cell.

    Raises:
        ValueError: it cannot.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", stem):
        raise ValueError(f"{stem!r} cannot be an id: letters, digits, - and _ only")
    return stem


def _show(exhibit: str, **parts: object) -> None:
    display(HTML(str(getattr(MARKUP, exhibit)(**parts)).strip()))
