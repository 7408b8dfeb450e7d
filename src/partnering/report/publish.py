"""Turn an executed notebook into one HTML page that opens from disk and asks nothing of a network.

The look is the template's; only panels, the list of scenarios and charts have a script. Here markdown becomes HTML,
exhibits get their numbers and the page its list of contents; then the finished page is read once more as a browser
would, and refused if a board should not see it.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # compiles 35 unused grammars: 2.5 s per process

import base64  # noqa: E402
import hashlib  # noqa: E402
import html  # noqa: E402
import re  # noqa: E402
from collections.abc import Iterator, Mapping, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

import mistune  # noqa: E402
import nbformat  # noqa: E402
from bs4 import BeautifulSoup, Tag  # noqa: E402
from nbconvert import HTMLExporter  # noqa: E402
from nbformat import NotebookNode  # noqa: E402

from partnering.report.errors import ReportError  # noqa: E402
from partnering.report.footnotes import number_links  # noqa: E402
from partnering.report.glossary import link_first_uses, used_terms  # noqa: E402

PLACEHOLDER_ALT = "No description has been provided"
SHORTEST_ALT = 40
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
PANEL = '<section class="panel"'
SCRIPTS = {PANEL: ("panel.js",), ' id="menu"><figcaption': ("menu.js",), "<g><title>": ("charts.js",)}
"""Parts of the only script a page may have, by what needs them."""

STYLES = ("style.css", "paper.css", "print.css")  # the screen, and what paper changes
WORDS, WORDS_ID = "Words used here", "words"
LABELS = {"figure": "Figure", "table": "Table"}
PAPER_LABELS = dict.fromkeys(LABELS, "Exhibit")  # of a page that opens with an answer in words: a board paper
EXHIBIT = re.compile(
    r'(<figure class="exhibit (figure|table)[^"]*" id="([^"]+)"><figcaption>)(.*?)</figcaption>', re.DOTALL
)
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
ANSWER = re.compile(r'<section class="answer" id="([^"]+)"')
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
RAW_TEX = re.compile(r"\$(?=\S)[^$\n]*(?<=\S)\$(?!\d)|\$\$|\\[A-Za-z]{2,}|\\[(\[]")
RESOURCE_ATTRIBUTES = {"src", "srcset", "poster", "data", "background", "xlink:href"}
RESOURCE_LINKS = {"link", "image", "use", "feimage"}
INLINE = {"a", "abbr", "b", "code", "dfn", "em", "i", "span", "strong", "sub", "sup", "tspan"}
UNSAFE_LINK = re.compile(r"(javascript|vbscript|file):", re.IGNORECASE)
LOADING_STYLE = re.compile(r"url\(\s*['\"]?(?!#|data:)[^)]{0,60}|@import", re.IGNORECASE)
UNWANTED = {"iframe", "object", "embed", "base", "form", "video", "audio"}


class PublishError(ReportError):
    """A page that must not be published; the message is one line."""


def render_page(
    executed: Path,
    template_dir: Path,
    nav: Sequence[tuple[str, str]],
    footer: Mapping[str, object],
    here: str | None = None,
    banner: str = "",
) -> str:
    """Return the finished page of an executed notebook: same inputs, same bytes.

    Args:
        executed: notebook whose cells all ran.
        template_dir: folder with `conf.json`, `index.html.j2`, the style sheets and the scripts of the live term sheet.
        nav: (title, href) of every page of the report.
        footer: where the page comes from, shown as label and value.
        banner: a warning shown above everything, such as that this is a draft.
        here: href of this page in `nav`; by default the notebook's name with `.html`.

    Raises:
        PublishError: one line that names the notebook and what is wrong with it or with its page.
    """
    try:
        notebook = nbformat.read(executed, as_version=4)
        check_executed(notebook)
        page = {"nav": nav, "here": here or f"{executed.stem}.html", "banner": banner, "footer": footer}
        return _rendered(notebook, template_dir, page | _prepare(notebook))
    except PublishError as error:
        raise PublishError(f"{executed.name}: {error}") from None


def _rendered(notebook: NotebookNode, template_dir: Path, page: dict[str, object]) -> str:
    """Return the checked page; the template finds `page`, with style and script added, in `resources.page`."""
    code = "\n".join((template_dir / name).read_text("utf-8") for name in page["scripts"])  # type: ignore[attr-defined]
    look = "".join((template_dir / name).read_text("utf-8") for name in STYLES)
    page |= {"style": look, "script": code, "policy": _policy(code)}
    parent = str(template_dir.parent)
    exporter = HTMLExporter(template_name=template_dir.name, extra_template_basedirs=[parent], exclude_raw=True)
    text, _ = exporter.from_notebook_node(notebook, resources={"page": page})
    check_page(text, scripts=1 if code else 0)
    return text.strip() + "\n"


def check_executed(notebook: NotebookNode) -> None:
    """Refuse a notebook that failed, or that shows something without going through an exhibit.

    Raises:
        PublishError: an error output, papermill's mark of a failed run, or a bare image.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise PublishError(f"cell '{cell.id}' failed with {output.ename}")
            if any(kind.startswith("image/") for kind in output.get("data", {})):
                raise PublishError(f"cell '{cell.id}' draws a figure without title and alt text; use show_figure")
    if notebook.metadata.get("papermill", {}).get("exception"):
        raise PublishError("its run was stopped by an exception")


def check_page(text: str, scripts: int = 0) -> None:
    """Refuse a page that breaks a promise of the report.

    Raises:
        PublishError: something loaded from elsewhere, a script or handler, a figure without alt text, raw TeX, an id
            used twice, or not exactly one title.
    """
    if PLACEHOLDER_ALT in text:
        raise PublishError(f"holds the placeholder alt text '{PLACEHOLDER_ALT} ...'")
    soup = BeautifulSoup(text, "html.parser", multi_valued_attributes=None)
    tags, where = soup.find_all(True), "page"
    ids: set[str] = set()
    for tag in tags:
        if own := str(tag.get("id", "")):
            _require(own not in ids, where, f"id '{own}' is used twice")
            ids.add(own)
            where = own
        _check_element(tag, where)
    names = [tag.name for tag in tags]
    if tex := RAW_TEX.search(_prose(soup)):
        raise PublishError(f"shows raw TeX: {' '.join(tex.group().split())[:60]}")
    for name, expected in (("h1", 1), ("script", scripts)):
        if names.count(name) != expected:
            raise PublishError(f"has {names.count(name)} <{name}> elements, expected {expected}")


def _prepare(notebook: NotebookNode) -> dict[str, object]:
    """Render the markdown and number the exhibits in place; return the page's title and its list of contents."""
    to_html = mistune.create_markdown(escape=True, plugins=["table"])
    contents: list[dict[str, object]] = []
    titles: list[str] = []
    counts, paper = dict.fromkeys(("Figure", "Table", "Exhibit"), 0), is_paper(notebook)
    labels = PAPER_LABELS if paper else LABELS
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _with_anchors(str(to_html(cell.source)), contents)
            titles += TITLE.findall(cell.source)
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):  # prose that has its home in a file
                prose = _with_anchors(str(to_html(output.data["text/markdown"])), contents)
                box = output.metadata.get("box")
                opening = (
                    f'<section class="answer" id="{box}" aria-label="The answer">' if box else '<div class="text">'
                )
                output.data = NotebookNode({"text/html": f"{opening}{prose}</{'section' if box else 'div'}>"})
            elif "text/html" in output.get("data", {}) and output.output_type == "display_data":
                markup = output.data["text/html"]
                titles += TITLE.findall(markup)
                contents += [_entry("The answer", stem, "h2") for stem in ANSWER.findall(markup)]
                markup = _with_code(_numbered(markup, counts, contents, labels), cell.id)
                output.data["text/html"] = markup
    title, shown = _plain(titles[0]) if titles else "", [part[key] for part, key in _fragments(notebook)]
    scripts = [name for mark, names in SCRIPTS.items() if any(mark in markup for markup in shown) for name in names]
    named = {"title": title, "running": _quoted(title), "paper": paper}
    return {"contents": contents, "scripts": scripts, **named, **_end_notes(notebook, contents, paper)}


def is_paper(notebook: NotebookNode) -> bool:
    """Return whether a page is a board paper: its answer is words, and other pages hold the rest."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return any(output.get("metadata", {}).get("box") for output in outputs)


def _end_notes(notebook: NotebookNode, contents: list[dict[str, object]], paper: bool) -> dict[str, object]:
    """Link words and number addresses in place; return the words and addresses that the page ends with."""
    if paper:
        return {"words": [], "addresses": []}
    shown = [(part, key) for part, key in _fragments(notebook) if PANEL not in part[key]]
    markup, addresses = [str(part[key]) for part, key in shown], list[str]()
    words = used_terms(" ".join(map(_plain, markup)))
    for (part, key), linked in zip(shown, link_first_uses(markup), strict=True):
        part[key] = number_links(linked, addresses)
    if words:
        contents.append(_entry(WORDS, WORDS_ID, "h2"))
    return {"words": words, "addresses": addresses}


def _fragments(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    """Yield what holds each piece of the page, in order, and under which key."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell, "source"
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}) and output.output_type == "display_data":
                yield output.data, "text/html"


def _with_code(markup: str, cell: str) -> str:
    """Return an exhibit with a link to the cell that made it; following it opens the code."""
    return markup.replace("</figure>", f'<p class="data"><a href="#code-{cell}">Code</a></p></figure>')


def _quoted(title: str) -> str:
    """Return a title as a string of a style sheet, from which no markup can break out."""
    return '"' + re.sub(r'[\\"<>&\n]', lambda found: f"\\{ord(found.group()):x} ", title) + '"'


def _with_anchors(markup: str, contents: list[dict[str, object]]) -> str:
    """Give every second-level heading an id and a line in the contents, and every table a box of its own to scroll."""

    def anchored(match: re.Match[str]) -> str:
        """Return a heading that can be linked to, and note it in the contents."""
        title = _plain(match[1])
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "part"
        taken = sum(str(entry["id"]).startswith(f"section-{slug}") for entry in contents)
        contents.append(_entry(title, f"section-{slug}" + (f"-{taken + 1}" if taken else ""), "h2"))
        return f'<h2 id="{contents[-1]["id"]}">{match[1]}</h2>'

    return TABLE.sub(_boxed, HEADING.sub(anchored, markup))


def _boxed(match: re.Match[str]) -> str:
    """Return a table of a text in a box that scrolls, named by the table's columns."""
    columns = [_plain(name) for name in re.findall(r"<th[^>]*>(.*?)</th>", match[0], re.DOTALL)]
    name = html.escape(", ".join(columns), quote=True)
    table = match[0].replace("<th>", '<th scope="col">')
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">{table}</div>'


def _numbered(markup: str, counts: dict[str, int], contents: list[dict[str, object]], labels: Mapping[str, str]) -> str:
    """Give every exhibit its number and a line in the contents."""

    def numbered(match: re.Match[str]) -> str:
        """Return an exhibit with its number, and note it in the contents."""
        opening, kind, stem, title = match.groups()
        counts[labels[kind]] += 1
        label = f"{labels[kind]} {counts[labels[kind]]}"
        contents.append(_entry(_plain(title), stem, "exhibit", label))
        return f'{opening}<span class="label">{label}</span> {title}</figcaption>'

    return EXHIBIT.sub(numbered, markup)


def _entry(title: str, target: str, level: str, label: str = "") -> dict[str, object]:
    return {"title": title, "id": target, "level": level, "label": label}


def _policy(script: str) -> str:
    """Return the content security policy; the browser then keeps the promise that nothing is loaded."""
    if not script:
        return POLICY
    return f"{POLICY}; script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def _check_element(tag: Tag, where: str) -> None:
    """Refuse an element that a page may not hold, or that loads something from elsewhere."""
    _require(tag.name not in UNWANTED, where, f"holds <{tag.name}>")
    for name, value in tag.attrs.items():
        value = str(value).strip()
        loads = name in RESOURCE_ATTRIBUTES or (name == "href" and tag.name in RESOURCE_LINKS)
        _require(not loads or value.startswith(("data:", "#")), where, f'loads {name}="{value[:60]}"')
        _require(not name.startswith("on"), where, f"has a handler {name}")
        _require(name != "href" or not UNSAFE_LINK.match(value), where, f'links to "{value[:60]}"')
        _check_style(value if name not in ("alt", "aria-label", "content") else "", where)
    if tag.name in ("svg", "img"):
        alt = str(tag.get("aria-label" if tag.name == "svg" else "alt", ""))
        _require(len(alt) >= SHORTEST_ALT, where, f"<{tag.name}> without a full alt text")
    _check_style(tag.get_text() if tag.name == "style" else "", where)


def _check_style(text: str, where: str) -> None:
    found = LOADING_STYLE.search(text)
    _require(found is None, where, f"loads {found.group() if found else ''}")


def _require(holds: bool, where: str, problem: str) -> None:
    if not holds:
        raise PublishError(f"'{where}': {problem}")


def _prose(soup: BeautifulSoup) -> str:
    """Return what a page says, a line for each block, without its styles, scripts and code; takes the page apart."""
    for tag in soup.find_all(["script", "style", "pre"]):
        tag.decompose()
    for tag in soup.find_all(INLINE):
        tag.unwrap()
    soup.smooth()
    return soup.get_text("\n")
