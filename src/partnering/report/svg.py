"""A figure as an SVG element of a page: the same bytes every time, ids of its own, marks that say what they are."""

import io
import re
from html import escape

import matplotlib as mpl
from matplotlib.figure import Figure

FONT = "'DejaVu Sans'"
TALLEST = 1.65  # heights over width from which a figure has a sheet of paper to itself
CSS_PX_PER_INCH = 96
TIP = "tip: "
"""How the group of a mark begins that says what it is: a reader who points at it is told the rest."""

TIPPED = re.compile(rf'<g id="{TIP}([^"]*)">(.*?)</g>', re.DOTALL)


def to_svg(figure: Figure, stem: str, alt: str) -> str:
    """Return the figure as an SVG element: same bytes every time, ids that no other figure on the page has."""
    drawn = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": stem}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    svg = re.sub(r"^.*?<svg ", "<svg ", drawn.getvalue(), flags=re.DOTALL)
    svg = re.sub(r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style.*?</defs>|\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = TIPPED.sub(_tipped, svg).replace(' target="_blank"', "")
    svg = re.sub(r">\s+<", "><", re.sub(r"<[^>]+>", lambda tag: _own_ids(tag.group(), stem), svg))
    box = re.search(r'viewBox="[^"]*"', svg)
    drawn_px = round(figure.get_figwidth() * CSS_PX_PER_INCH)
    shape = figure.get_figheight() / figure.get_figwidth()
    tall = "" if shape <= 1 else ' class="tall"' if shape < TALLEST else ' class="tall tallest"'
    role = "group" if "<a " in svg else "img"
    root = (
        f'<svg{tall} {box.group() if box else ""} role="{role}" aria-label="{escape(alt)}"'
        f' style="--drawn:{drawn_px}px;font-family:{FONT}"'
        ' preserveAspectRatio="xMinYMid meet" stroke-linejoin="round" stroke-linecap="butt">'
    )
    return re.sub(r"^<svg [^>]*>", lambda _: root, svg).strip()


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
