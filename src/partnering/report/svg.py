"""A figure as two SVG elements of a page, of which it shows the one that fits: same bytes every time, ids of its own.

Marks say what they are, and colours are those of the style sheet.
"""

import io
import re
from html import escape
from textwrap import fill

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from partnering.report.style import FONT_PT, NBSP, painted

FONT = "'DejaVu Sans'"
SPARE_FONTS = "Verdana,sans-serif"  # as wide, or narrower
NARROW = 4.3  # inches: with its text, what a phone shows at 12 px
NAME_SHARE = 0.38
"""The share of a chart's width that names of rows may take."""
LETTER, LINE = 0.6, 1.35  # the width of a letter and the height of a line, in heights of the font
MARGIN = 1.1  # inches above and below the rows of a chart
POINTS = 72  # of an inch
TIP = "tip: "
"""How the group of a mark begins that says what it is: a reader who points at it is told the rest."""

TIPPED = re.compile(rf'<g id="{TIP}([^"]*)">(.*?)</g>', re.DOTALL)


def to_svg(figure: Figure, stem: str, alt: str) -> str:
    """Return the figure as SVG elements for a wide page and for a phone, with ids that no other figure has."""
    width, height = figure.get_size_inches()
    figure.set_layout_engine("tight", pad=0.3, w_pad=2)
    for line in figure.findobj(mpl.lines.Line2D):
        if not str(line.get_label()).startswith("_") and not line.get_gid():
            line.set_gid(f"{TIP}{line.get_label()}")
    drawings = []
    for name, inches in (("wide", width), ("narrow", NARROW)):
        figure.set_size_inches(inches, height)
        for ax in figure.axes:
            _fit_texts(ax, inches, height)
        drawings.append(_drawn(figure, f"{stem}-{name}", alt, name))
    return "".join(drawings)


def _fit_texts(ax: Axes, inches: float, height: float) -> None:
    """Break names of rows and axes where they have to, and make no text smaller than the others."""
    letters, place = inches * POINTS / FONT_PT / LETTER, ax.get_subplotspec()
    columns, rows = (place.get_gridspec().ncols, place.get_gridspec().nrows) if place else (1, 1)
    names = [_broken(label.get_text(), NAME_SHARE * letters) for label in ax.get_yticklabels()]
    if any(re.search(r"[A-Za-z]{3}", name) for name in names):
        ax.set_yticks(ax.get_yticks(), names)
        lines = len(names) * max(1 + name.count("\n") for name in names)
        ax.figure.set_figheight(max(height, MARGIN + lines * LINE * FONT_PT / POINTS))  # type: ignore[union-attr]
    room = letters / columns
    ax.set_xlabel(_broken(ax.get_xlabel(), 0.9 * room), x=1, ha="right")
    ax.set_ylabel(_broken(ax.get_ylabel(), 0.8 * letters * height / inches / rows))
    ax.set_title(_broken(ax.get_title("left"), 0.75 * room), loc="left")
    for text in ax.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), FONT_PT))


def _broken(text: str, letters: float) -> str:
    text = re.sub(r"[ \n]+", " ", text).replace("$ million", f"${NBSP}million")
    return fill(text, max(int(letters), 8), break_long_words=False)


def _drawn(figure: Figure, stem: str, alt: str, name: str) -> str:
    """Return one drawing of a figure."""
    drawn = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": stem}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    svg = re.sub(r"^.*?<svg ", "<svg ", drawn.getvalue(), flags=re.DOTALL)
    svg = re.sub(r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style.*?</defs>|\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = TIPPED.sub(_tipped, svg).replace(' target="_blank"', "")
    svg = re.sub(r">\s+<", "><", re.sub(r"<[^>]+>", lambda tag: _own_ids(tag.group(), stem), svg))
    box = re.search(r'viewBox="[^"]*"', svg)
    role = "group" if "<a " in svg else "img"
    root = (
        f'<svg class="{name}" {box.group() if box else ""} role="{role}" aria-label="{escape(alt)}"'
        f' style="--units:{round(figure.get_figwidth() * POINTS)};font-family:{FONT},{SPARE_FONTS}"'
        ' stroke-linejoin="round" stroke-linecap="butt">'
    )
    return re.sub(r"^<svg [^>]*>", lambda _: root, painted(svg)).strip()


def _tipped(match: re.Match[str]) -> str:
    """Return a mark with its title, and its link, if it has one, by that name and in this window."""
    links = match[2].replace(' target="_blank"', f' aria-label="{match[1]}"')
    return f"<g><title>{match[1]}</title>{links}</g>"


def _own_ids(tag: str, stem: str) -> str:
    """Return an SVG tag with its id and its references made the figure's own, and numbers no finer than the eye."""
    tag = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number.group()):.2f}", tag)
    tag = re.sub(r'(?<= d=")[^"]*', lambda drawn: _short(drawn.group()), tag)
    tag = re.sub(rf' transform="rotate\(-0 [^)]*\)"|; font-family: {FONT}|(?<=^<g) id="[^"]*"', "", tag)
    tag = re.sub(r'(?<= style=")[^"]*', lambda look: re.sub(r"([;:]) ", r"\1", look.group()), tag)
    return re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{stem}-", tag).replace("xlink:href=", "href=")


def _short(drawn: str) -> str:
    """Return what a path draws without spaces that nothing needs; straight lines to a tenth of a point."""
    if "C" not in drawn and "Q" not in drawn:
        drawn = re.sub(r"\d+\.\d+", lambda number: f"{float(number.group()):.1f}", drawn)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", drawn)
