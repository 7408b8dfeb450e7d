"""Exhibits and pages: what is shown is escaped, numbered, described, and asks nothing of a network."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from browser import chromium
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from partnering.report import exhibit, publish
from partnering.report.publish import PublishError, render_page

TEMPLATE = Path(publish.__file__).parent / "template"
ALT = "Two curves over five years: the first ends at 16, the second at 25."
NAV = [("The brief", "index.html"), ("Scenario: base", "scenario-base.html")]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'
WIDE = pd.DataFrame({"Case": ["base", "high"], **{f"Column number {i}": [1.5 * i, -i / 3] for i in range(9)}})


@pytest.fixture
def shown(monkeypatch):
    """Call an exhibit as a cell would; return the HTML it displays."""
    displayed = []
    monkeypatch.setattr(exhibit, "display", displayed.append)

    def call(function, *args, **kwargs):
        assert function(*args, **kwargs) is None
        return displayed.pop().data

    return call


@pytest.fixture
def page(tmp_path):
    """Render a page from markdown (str) and outputs (lists) as if it had been executed."""

    def render(*parts, head=True, nav=NAV, metadata=None, **options):
        header = '<header class="report" data-scenario="base"><h1>Sign or &lt;not&gt;</h1></header>'
        cells = [new_code_cell("head()", id="head", outputs=[html_output(header)])] if head else []
        for i, part in enumerate(parts):
            is_text = isinstance(part, str)
            cell = new_markdown_cell(part, id=f"m{i}") if is_text else new_code_cell("f()", id=f"c{i}", outputs=part)
            cells.append(cell)
        path = tmp_path / "index.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"papermill": metadata or {}}), path)
        return render_page(path, TEMPLATE, nav, {"Inputs": "sha256 12ab", "Seed": 7}, **options)

    return render


def html_output(markup):
    return new_output("display_data", {"text/html": markup, "text/plain": "<HTML>"})


def draw():
    axes = plt.figure(figsize=(7, 4)).add_subplot()
    axes.plot(range(5), np.arange(5) ** 2, label="a <b> & url(#x)")
    axes.fill_between(range(5), np.arange(5) ** 2, hatch="//", clip_on=True)
    axes.legend()
    return axes


# Exhibits


@pytest.mark.parametrize(
    "alt", ["", "A chart.", "No description has been provided for this image 1" * 2, "words " * 20]
)
def test_an_alt_text_that_describes_nothing(alt):
    with pytest.raises(ValueError, match="alt text needs"):
        exhibit.show_figure(draw(), "growth", "Growth", alt)
    plt.close("all")


def test_figures_repeat_to_the_byte_share_no_ids_and_are_closed(shown):
    first, again = (shown(exhibit.show_figure, draw(), "growth", "Growth", ALT) for _ in range(2))
    other = shown(exhibit.show_figure, draw(), "other", "Growth", ALT)
    assert first == again and plt.get_fignums() == []
    ids, others = (set(re.findall(r'\sid="([^"]+)"', text)) for text in (first, other))
    assert len(ids) > 1 and not ids & others
    assert {ref for pair in re.findall(r'href="#([^"]+)|url\(#([^)]+)\)"', first) for ref in pair if ref} <= ids
    assert "a &lt;b&gt; &amp; url(#x)" in first
    assert "<style" not in first and "<metadata" not in first and "xlink" not in first.replace("xmlns:xlink", "")


def test_all_text_is_escaped_everywhere(shown):
    frame = pd.DataFrame({HOSTILE: [HOSTILE, "b"], "n": [1.0, 2.0]})
    texts = [
        shown(exhibit.show_header, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}),
        shown(exhibit.show_text, "text", [HOSTILE], kind="ul"),
        shown(exhibit.show_table, frame, "table", HOSTILE, note=HOSTILE),
        shown(exhibit.show_figure, draw(), "figure", HOSTILE, HOSTILE + ALT),
    ]
    for text in texts:
        tags = set()
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, attrs, tags=tags: tags.update([tag, *(name for name, _ in attrs)])
        parser.feed(text)
        assert not tags & {"script", "img", "onerror"}
    with pytest.raises(ValueError, match="cannot be an id"):
        exhibit.show_text('x" onload="', ["text"])


def test_a_table_is_semantic_formatted_and_downloadable(shown):
    frame = pd.DataFrame(
        {"n": [1, -2000], "x": [0.1 + 0.2, np.nan], "p": [0.5, 0.25]}, index=pd.Index(["a", "b"], name="Line")
    )
    text = shown(exhibit.show_table, frame, "lines", "Lines", {"p": "{:.0%}"})
    assert '<th scope="col">Line</th><th scope="col" class="number">n</th>' in text
    assert '<tr><th scope="row">b</th><td class="number">−2,000</td><td class="number">–</td>' in text
    assert ">0.3<" in text and ">50%<" in text and "<caption" in text and 'tabindex="0"' in text
    assert 'download="lines.csv"' in text
    long = pd.DataFrame({"n": range(9000)})
    assert "lines.csv, in the report folder" in shown(exhibit.show_table, long, "lines", "Lines")
    for bad in (frame[:0], frame.rename(columns={"n": " "}), frame.rename(columns={"n": "x"})):
        with pytest.raises(ValueError, match="different names"):
            exhibit.show_table(bad, "lines", "Lines")


# Pages


def test_a_page_is_numbered_listed_and_repeats_to_the_byte(page, shown):
    figures = [html_output(shown(exhibit.show_figure, draw(), stem, f"About {stem}", ALT)) for stem in ("one", "two")]
    table = html_output(shown(exhibit.show_table, WIDE, "wide", "A table"))
    parts = ("## What & why", figures, "## What & why", [table])
    text = page(*parts)
    assert text == page(*parts)
    assert '<span class="label">Figure 2</span> About two</figcaption>' in text
    assert '<span class="label">Table 1</span> A table</figcaption>' in text
    for target in ("section-what-why", "section-what-why-2", "one", "wide"):
        assert text.count(f'href="#{target}"') == 2 and text.count(f'id="{target}"') == 1
    assert "<title>Sign or &lt;not&gt;</title>" in text and '<html lang="en">' in text
    assert '<a aria-current="page" href="index.html">' in text or 'href="index.html" aria-current="page"' in text
    assert "sha256 12ab" in text and text.count("<h1") == 1


def test_a_page_loads_nothing_and_says_so(page, tmp_path):
    text = page("See [the source](https://example.org/a).")
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"" in text
    assert "<script" not in text and 'href="https://example.org/a"' in text
    assert not re.search(r'src="|@import|<link', text)


def test_markup_in_markdown_is_shown_as_text(page):
    text = page(HOSTILE + "\n\n[x](javascript:alert(3)) <b onclick='x'>b</b>")
    assert "&lt;script&gt;alert(1)" in text and "<img" not in text and "<b " not in text
    assert not re.search(r'href="\s*javascript', text)


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ('<img src="https://example.org/a.png" alt="' + ALT + '">', "loads src"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "loads href"),
        ("<style>p { background: url( 'http://example.org/a') }</style>", "loads url("),
        ('<p style="background: url(a.png)">x</p>', "loads url("),
        ("<style>@import 'a.css';</style>", "loads @import"),
        ("<script>1</script>", "has 1 <script> elements, expected 0"),
        ('<p onclick="x()">x</p>', "has a handler onclick"),
        ('<a href=" JavaScript:x()">x</a>', "links to"),
        ("<iframe></iframe>", "holds <iframe>"),
        ('<img src="data:image/png;base64,AA" alt="No description has been provided for this image">', "placeholder"),
        ('<img src="data:image/png;base64,AA">', "placeholder"),  # nbconvert puts it there
        ('<img src="data:image/png;base64,AA" alt="A chart.">', "without a full alt text"),
        ("<svg></svg>", "without a full alt text"),
        ('<p id="x">a</p><p id="x">b</p>', "id 'x' is used twice"),
        ("<h1>Another</h1>", "has 2 <h1>"),
        (r"<p>$NPV = \sum_t c_t$</p>", "raw TeX: $NPV"),
        ("<p>$a<em>b</em>$</p>", "raw TeX: $ab$"),
        ("<p>$$x$$</p>", "raw TeX"),
        (r"<p>a \frac b</p>", "raw TeX: \\frac"),
    ],
)
def test_what_a_board_should_not_see_is_refused(page, markup, reason):
    with pytest.raises(PublishError, match=r"^index\.ipynb: [^\n]*" + re.escape(reason)):
        page([html_output(markup)])


def test_raw_tex_in_markdown_is_refused_and_dollars_are_not(page):
    assert "$50m" in page("Between $50m and $60m, or $1/$2; in $ million, **US$ 3**.")
    with pytest.raises(PublishError, match="raw TeX"):
        page("The value is $x_1 + y_1$ here.")


@pytest.mark.parametrize(
    ("output", "metadata", "reason"),
    [
        (new_output("error", ename="KeyError", evalue="x", traceback=[]), {}, "cell 'c0' failed with KeyError"),
        (html_output("<p>x</p>"), {"exception": True}, "stopped by an exception"),
        (new_output("display_data", {"image/png": "AA"}), {}, "cell 'c0' draws a figure without title"),
    ],
)
def test_a_failed_notebook_or_a_bare_figure_is_refused(page, output, metadata, reason):
    with pytest.raises(PublishError, match=reason):
        page([output], metadata=metadata)


def test_a_page_without_title_is_refused(page):
    with pytest.raises(PublishError, match="has 0 <h1>"):
        page("## Only a section", head=False)


def test_prints_and_bare_values_go_to_the_appendix(page):
    outputs = [
        new_output("stream", name="stderr", text="a <warning>"),
        new_output("execute_result", {"text/plain": "42"}),
    ]
    main, appendix = page(outputs).split('<details class="code">')
    assert "warning" not in main and "a &lt;warning&gt;" in appendix and ">42<" in appendix


def test_one_script_of_the_template_is_allowed_by_its_hash(page, tmp_path, monkeypatch):
    folder = tmp_path / "template"
    folder.mkdir()
    for file in TEMPLATE.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "panel.js").write_text("document.title = 'a < b && c';")
    monkeypatch.setitem(globals(), "TEMPLATE", folder)
    panel = [html_output('<section class="panel" id="live">12</section>')]
    (script,) = re.findall(r"<script>(.*?)</script>", page(panel), re.DOTALL)
    assert script.startswith("document.title = 'a < b && c';")
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in page(panel)
    assert "<script" not in page("text") and "script-src" not in page("text")


# In a browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def sample(page, shown, tmp_path):
    """A page with one of everything, on disk."""
    outputs = [
        shown(exhibit.show_figure, draw(), "growth", "Growth is quadratic", ALT, WIDE),
        shown(exhibit.show_table, WIDE, "wide", "A table wider than a phone", note="In $ million."),
        shown(exhibit.show_text, "items", ["One.", "a" * 90], kind="ul"),
    ]
    parts = [[html_output(markup)] for markup in outputs]
    many = NAV + [(f"Scenario: number {i}", f"s{i}.html") for i in range(9)]
    path = tmp_path / "index.html"
    path.write_text(page(parts[0], "## Results\n\nSome `code`, a [link](https://example.org).", *parts[1:], nav=many))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (390, 844), (320, 640), (1920, 1080)])
def test_a_browser_finds_nothing_wrong(browser, sample, size, scheme):
    from axe_playwright_python.sync_playwright import Axe

    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, offline=True, bypass_csp=False)
    tab, problems = context.new_page(), []
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("requestfailed", lambda request: problems.append(request.url))
    tab.goto(sample.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert tab.locator("svg:visible").bounding_box()["width"] <= size[0]
    assert problems == []
    found = Axe().run(tab).response["violations"]
    assert not found, json.dumps([(rule["id"], rule["nodes"][0]["html"]) for rule in found])
    context.close()
