"""Turn an executed notebook into one HTML page that opens from disk, asks nothing of a network and runs no script.

The look is the template's. Here markdown becomes HTML, exhibits get their numbers and the page its list of contents;
then the finished page is read once more as a browser would, and refused if a board should not see it.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # compiles 35 unused grammars: 2.5 s per process

import base64  # noqa: E402
import hashlib  # noqa: E402
import html  # noqa: E402
import re  # noqa: E402
from collections.abc import Mapping, Sequence  # noqa: E402
from html.parser import HTMLParser  # noqa: E402
from pathlib import Path  # noqa: E402

import mistune  # noqa: E402
import nbformat  # noqa: E402
from nbconvert import HTMLExporter  # noqa: E402
from nbformat import NotebookNode  # noqa: E402

from partnering.report.errors import ReportError  # noqa: E402

PLACEHOLDER_ALT = "No description has been provided"
SHORTEST_ALT = 40
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
SCRIPT = "script.js"  # the only script a page may have, if the template brings one
LABELS = {"figure": "Figure", "table": "Table"}
EXHIBIT = re.compile(r'(<figure class="exhibit (figure|table)" id="([^"]+)"><figcaption>)(.*?)</figcaption>', re.DOTALL)
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
ANSWER = re.compile(r'<section class="answer" id="([^"]+)"')
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
RAW_TEX = re.compile(r"\$(?=\S)[^$\n]*(?<=\S)\$(?!\d)|\$\$|\\[A-Za-z]{2,}|\\[(\[]")
RESOURCE_ATTRIBUTES = {"src", "srcset", "poster", "data", "background", "xlink:href"}
RESOURCE_LINKS = {"link", "image", "use", "feimage"}
INLINE = {"a", "abbr", "b", "code", "dfn", "em", "i", "span", "strong", "sub", "sup", "tspan"}
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
        template_dir: folder with `conf.json`, `index.html.j2`, `style.css` and perhaps `script.js`.
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
        page: dict[str, object] = {
            "nav": list(nav),
            "here": here or f"{executed.stem}.html",
            "banner": banner,
            "footer": {key: str(value) for key, value in footer.items()},
            "contents": _prepare(notebook),
            "title": _title(notebook),
        }
        return _rendered(notebook, template_dir, page)
    except PublishError as error:
        raise PublishError(f"{executed.name}: {error}") from None


def _rendered(notebook: NotebookNode, template_dir: Path, page: dict[str, object]) -> str:
    """Return the checked page; the template finds `page`, with style and script added, in `resources.page`."""
    script = template_dir / SCRIPT
    code = script.read_text(encoding="utf-8") if script.exists() else ""
    page |= {"style": (template_dir / "style.css").read_text(encoding="utf-8"), "script": code, "policy": _policy(code)}
    exporter = HTMLExporter(
        template_name=template_dir.name, extra_template_basedirs=[str(template_dir.parent)], exclude_raw=True
    )
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
            kinds = output.get("data", {})
            if output.output_type == "error":
                raise PublishError(f"cell '{cell.id}' failed with {output.ename}")
            if any(kind.startswith("image/") for kind in kinds):
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
    reader = _PageReader()
    reader.feed(text)
    reader.close()
    if tex := RAW_TEX.search("".join(reader.prose)):
        raise PublishError(f"shows raw TeX: {' '.join(tex.group().split())[:60]}")
    for tag, expected in (("h1", 1), ("script", scripts)):
        if reader.tags.count(tag) != expected:
            raise PublishError(f"has {reader.tags.count(tag)} <{tag}> elements, expected {expected}")


def _prepare(notebook: NotebookNode) -> list[dict[str, object]]:
    """Render the markdown and number the exhibits in place; return the list of contents."""
    to_html = mistune.create_markdown(escape=True)
    contents: list[dict[str, object]] = []
    counts = dict.fromkeys(LABELS, 0)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _with_anchors(str(to_html(cell.source)), contents)
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}) and output.output_type == "display_data":
                markup = output.data["text/html"]
                contents += [_entry("The answer", stem, "h2") for stem in ANSWER.findall(markup)]
                output.data["text/html"] = _numbered(markup, counts, contents)
    return contents


def _with_anchors(markup: str, contents: list[dict[str, object]]) -> str:
    """Give every second-level heading an id and a line in the contents."""

    def anchored(match: re.Match[str]) -> str:
        title = _plain(match[1])
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "part"
        taken = sum(str(entry["id"]).startswith(f"section-{slug}") for entry in contents)
        contents.append(_entry(title, f"section-{slug}" + (f"-{taken + 1}" if taken else ""), "h2"))
        return f'<h2 id="{contents[-1]["id"]}">{match[1]}</h2>'

    return HEADING.sub(anchored, markup)


def _numbered(markup: str, counts: dict[str, int], contents: list[dict[str, object]]) -> str:
    """Give every exhibit its number and a line in the contents."""

    def numbered(match: re.Match[str]) -> str:
        opening, kind, stem, title = match.groups()
        counts[kind] += 1
        label = f"{LABELS[kind]} {counts[kind]}"
        contents.append(_entry(_plain(title), stem, "exhibit", label))
        return f'{opening}<span class="label">{label}</span> {title}</figcaption>'

    return EXHIBIT.sub(numbered, markup)


def _entry(title: str, target: str, level: str, label: str = "") -> dict[str, object]:
    return {"title": title, "id": target, "level": level, "label": label}


def _title(notebook: NotebookNode) -> str:
    """Return the plain text of the page's heading, "" where there is none (the page is then refused)."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    texts += [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    return next((_plain(match[1]) for match in map(TITLE.search, texts) if match), "")


def _policy(script: str) -> str:
    """Return the content security policy; the browser then keeps the promise that nothing is loaded."""
    if not script:
        return POLICY
    return f"{POLICY}; script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


class _PageReader(HTMLParser):
    """Reads a page as a browser would; refuses what it may not hold, collects tags and prose."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.prose: list[str] = []
        self._ids: set[str] = set()
        self._where = "page"
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check one element and its attributes."""
        self.tags.append(tag)
        attributes = {name: value or "" for name, value in attrs}
        if own := attributes.get("id"):
            self._require(own not in self._ids, f"id '{own}' is used twice")
            self._ids.add(own)
            self._where = own
        self._require(tag not in UNWANTED, f"holds <{tag}>")
        for name, value in attributes.items():
            self._check_attribute(tag, name, value.strip())
        alt = attributes.get("aria-label" if tag == "svg" else "alt", "")
        self._require(tag not in ("svg", "img") or len(alt) >= SHORTEST_ALT, f"<{tag}> without a full alt text")
        if tag in ("script", "style", "pre"):
            self._silent.append(tag)
        if tag not in INLINE:
            self.prose.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Listen to prose again after a script, style or code block; end its line at the end of a block."""
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()
        if tag not in INLINE:
            self.prose.append("\n")

    def handle_data(self, data: str) -> None:
        """Collect prose and check style sheets."""
        if self._silent:
            self._check_style(data if self._silent[-1] == "style" else "")
        else:
            self.prose.append(data)

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        loads = name in RESOURCE_ATTRIBUTES or (name == "href" and tag in RESOURCE_LINKS)
        self._require(not loads or value.startswith(("data:", "#")), f'loads {name}="{value[:60]}"')
        self._require(not name.startswith("on"), f"has a handler {name}")
        unsafe = re.match(r"(javascript|vbscript|file):", value, re.IGNORECASE)
        self._require(not (name == "href" and unsafe), f'links to "{value[:60]}"')
        self._check_style(value if name not in ("alt", "aria-label", "content") else "")

    def _check_style(self, text: str) -> None:
        found = re.search(r"url\(\s*['\"]?(?!#|data:)[^)]{0,60}|@import", text, re.IGNORECASE)
        self._require(found is None, f"loads {found.group() if found else ''}")

    def _require(self, holds: bool, problem: str) -> None:
        if not holds:
            raise PublishError(f"'{self._where}': {problem}")
