"""The real pages in a real browser: nothing leaves the page, nothing overflows, nothing bars a reader."""

import base64
import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import chromium, open_page
from playwright.sync_api import Browser
from project import copy_project, report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # reports are made, on two cores that others use too

MENU = "scenarios.html"
DRAWN = ("index.html", "scenario-base.html", "sensitivity.html", "negotiation.html", "hindsight.html")
PAGES = (*DRAWN, MENU, "evidence.html", "model.html")
SMALLEST_TEXT_PX = {(1280, 720): 14, (390, 844): 12}
LIVE = ("negotiation.html",)
SCRIPTED = (*DRAWN, MENU)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
EMPTIEST = 0.3
"""The least share of a printed page, but for the last, down to which something stands."""

WORD = re.compile(r"[^,\n]*[A-Za-z]{3}[^,\n]*")
"""A field of a table that names something; the name may hold a digit."""

FIRST_MS = 1000
FEWEST_WORDS = 3  # of the last line of a heading: one that ends in a unit may be any table's
FIRST_SCREEN = (1280, 720)
LONGEST_HEADLINE, MOST_WORDS, EXHIBITS, MOST_SCREENS, MOST_SHEETS = 20, 1200, 8, 7, 4


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project(tmp_path_factory.mktemp("pages"), "base", "royalty_high")
    report(folder)
    return folder / "reports"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_reader_is_shut_out(browser: Browser, reports: Path, name: str, size: tuple[int, int], scheme: str) -> None:
    page, trouble = open_page(browser, reports / name, *size, scheme)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:80]}" for v in found] == []
    assert trouble == []
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_scrolls_sideways(browser: Browser, reports: Path, name: str, width: int) -> None:
    page, _ = open_page(browser, reports / name, width, 800)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("size", [FIRST_SCREEN, (390, 844)])
def test_the_first_screen_is_the_answer(browser: Browser, reports: Path, size: tuple[int, int]) -> None:
    """Resolution, answer, three numbers over both rivals, two conditions; beside it, given room, Exhibit 1."""
    page, _ = open_page(browser, reports / "index.html", *size)
    box = page.locator("section.answer").bounding_box()
    assert box is not None and box["y"] + box["height"] <= size[1]
    answer = page.locator("section.answer").inner_text().replace("\u00a0", " ")
    assert answer.startswith("Resolution put to the board: that")
    assert len(page.locator("section.answer h2").inner_text().split()) <= LONGEST_HEADLINE
    assert page.locator("section.answer tbody tr").count() == 3 and page.locator("section.answer th").count() == 3
    assert page.locator("section.answer li").count() == 2
    exhibit = page.locator("section.answer + figure").bounding_box()
    assert exhibit is not None and (size[0] < 1000 or exhibit["y"] + exhibit["height"] <= size[1])
    page.context.close()


def test_the_brief_is_a_board_paper(browser: Browser, reports: Path, tmp_path: Path) -> None:
    page, _ = open_page(browser, reports / "index.html", *FIRST_SCREEN)
    assert page.evaluate("document.documentElement.scrollHeight") <= MOST_SCREENS * FIRST_SCREEN[1]
    labels = page.locator("figure.exhibit figcaption .label, #scenarios:not(figure), #deal:not(figure)")
    assert labels.count() == EXHIBITS
    words = page.evaluate(
        """() => { const main = document.querySelector("main").cloneNode(true);
             main.querySelectorAll("table, svg, details, .data, .stamp").forEach((part) => part.remove());
             return main.textContent.split(/\\s+/).filter((word) => /\\w/.test(word)).length; }"""
    )
    assert 300 < words <= MOST_WORDS
    page.pdf(path=tmp_path / "brief.pdf", format="A4", print_background=True)
    assert len(sheets_of(tmp_path / "brief.pdf")) <= MOST_SHEETS
    page.context.close()


def test_a_scenario_opens_with_its_answer_and_what_changed(browser: Browser, reports: Path) -> None:
    page, _ = open_page(browser, reports / "scenario-royalty_high.html", *FIRST_SCREEN)
    for found in ("blockquote", "#changes tbody tr"):
        box = page.locator(found).first.bounding_box()
        assert box is not None and box["y"] + box["height"] <= FIRST_SCREEN[1], found
    assert page.locator("figure.exhibit").count() <= 6
    page.context.close()


def test_the_menu_is_sorted_and_filtered(browser: Browser, reports: Path) -> None:
    page, trouble = open_page(browser, reports / MENU, 1280, 720)
    names, leads = page.locator("#menu tbody th"), page.locator("#menu tbody td:nth-child(2)")
    assert names.count() == 2 and names.first.inner_text().startswith("Base case")
    for down in (True, False):
        page.get_by_role("button", name="Lead").click()
        shown = [float(text.replace("\u2212", "-")) for text in leads.all_inner_texts()]
        assert shown == sorted(shown, reverse=down)
        assert page.locator("#menu th[aria-sort]").get_attribute("aria-sort") == ("descending" if down else "ascending")
    page.get_by_role("button", name="Deal and partner").press("Enter")
    assert [text.split(":")[0] for text in names.filter(visible=True).all_inner_texts()] == ["Royalty high"]
    page.get_by_role("button", name="All", exact=True).click()
    assert names.filter(visible=True).count() == 2 and trouble == []
    page.context.close()


SHOWN = "[...document.querySelectorAll('figure svg')].filter((svg) => svg.getBoundingClientRect().width)"


@pytest.mark.parametrize("size", SMALLEST_TEXT_PX)
@pytest.mark.parametrize("name", DRAWN)
def test_figures_have_numbers_to_read_and_to_hear(
    browser: Browser, reports: Path, name: str, size: tuple[int, int]
) -> None:
    page, _ = open_page(browser, reports / name, *size)
    sizes = page.evaluate(
        f"""() => {SHOWN}.flatMap((svg) => [...svg.querySelectorAll('text')]).map(text =>
             parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b))"""
    )
    assert sizes and min(sizes) >= SMALLEST_TEXT_PX[size]
    labels = page.evaluate(f"{SHOWN}.map((svg) => svg.getAttribute('aria-label'))")
    assert len(labels) == page.locator("figure.figure").count()
    assert all(label and len(label) >= 40 and re.search(r"\d", label) for label in labels)
    page.context.close()


@pytest.mark.parametrize("size", SMALLEST_TEXT_PX)
@pytest.mark.parametrize("name", DRAWN)
def test_no_text_of_a_figure_is_cut_or_overlaps(
    browser: Browser, reports: Path, name: str, size: tuple[int, int]
) -> None:
    page, _ = open_page(browser, reports / name, *size)
    boxes = page.evaluate(
        f"""() => {SHOWN}.map(svg => ({{id: svg.closest('figure').id,
             frame: svg.getBoundingClientRect().toJSON(),
             texts: [...svg.querySelectorAll('text')].map(
                 text => ({{said: text.textContent, ...text.getBoundingClientRect().toJSON()}}))}}))"""
    )
    found = []
    for figure in boxes:
        for index, one in enumerate(figure["texts"]):
            if one["left"] < figure["frame"]["left"] - 1 or one["right"] > figure["frame"]["right"] + 1:
                found.append(f"{figure['id']}: {one['said']!r} is cut off")
            for other in figure["texts"][index + 1 :]:
                wide = min(one["right"], other["right"]) - max(one["left"], other["left"])
                high = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                if wide > 2 and high > 6:
                    found.append(f"{figure['id']}: {one['said']!r} over {other['said']!r}")
    assert found == []
    page.context.close()


@pytest.mark.parametrize("name", DRAWN)
def test_an_exhibit_fits_a_screen(browser: Browser, reports: Path, name: str) -> None:
    page, _ = open_page(browser, reports / name, *FIRST_SCREEN)
    heights = page.locator("figure.figure").evaluate_all("all => all.map(one => [one.id, one.offsetHeight])")
    assert [one for one in heights if one[1] > FIRST_SCREEN[1]] == []
    page.context.close()


@pytest.mark.parametrize("name", ["index.html", "scenario-base.html"])
def test_marks_say_what_they_are(browser: Browser, reports: Path, name: str) -> None:
    """Pointed at, or reached by arrow keys; without a script as the title of a mark."""
    assert all("<title>" in drawing for drawing in re.findall("<svg.*?</svg>", (reports / name).read_text("utf-8")))
    page, trouble = open_page(browser, reports / name, *FIRST_SCREEN)
    drawing = page.locator("figure svg.wide").first
    drawing.focus()
    said = []
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        said.append(page.locator(".tip").inner_text())
    assert all(re.search(r"\d", text) for text in said) and said[0] != said[1]
    assert drawing.locator(".faded").count() > 0
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden() and drawing.locator(".faded").count() == 0 and trouble == []
    page.context.close()


@pytest.mark.parametrize("name", ["index.html", "scenario-base.html"])
def test_what_is_heard_of_a_chart_is_in_its_table(browser: Browser, reports: Path, name: str) -> None:
    """Every number, rounded; a share may be that of all bars above zero."""
    page, _ = open_page(browser, reports / name, *FIRST_SCREEN)
    for figure in page.locator("figure.figure").all():
        alt = str(figure.locator("svg.wide").get_attribute("aria-label"))
        address = figure.locator(".data a[download]").get_attribute("href") or ""
        held = address.startswith("data:")
        text = base64.b64decode(address.partition(",")[2]).decode() if held else (reports / address).read_text("utf-8")
        table = pd.read_csv(io.StringIO(text))
        values = table.select_dtypes("number").to_numpy().ravel().tolist()
        values += [table.loc[table["from_musd"] >= 0, "share"].sum()] if "from_musd" in table else []
        said = re.sub("|".join(map(re.escape, sorted(set(WORD.findall(text)), key=len, reverse=True))), "", alt)
        said = re.sub(r"and \d+ more", "", said).replace("under 1", "0")
        for number, percent in re.findall(r"(?<![\w.])(\u2212?\d[\d,]*(?:\.\d+)?)(\s%)?", said):
            shown, digits = float(number.replace("\u2212", "-").replace(",", "")), len(number.partition(".")[2])
            near, scale = 0.5 * 10**-digits + 1e-9, 100 if percent else 1
            assert any(abs(scale * value - shown) <= near for value in values), f"{number} in {alt}"
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_it_reads_without_scripts(browser: Browser, reports: Path, name: str) -> None:
    """The same words, links and figures; most pages have no script to be without."""
    text = (reports / name).read_text("utf-8")
    assert text.count("<script") == (name in SCRIPTED) and "default-src 'none'" in text
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((reports / name).as_uri())
    with_scripts, _ = open_page(browser, reports / name, 1280, 720)
    for found in ("h1, h2, figcaption", "main svg", "main td"):
        assert page.locator(found).count() == with_scripts.locator(found).count(), found
    assert page.locator("h1").is_visible() and page.locator("main").inner_text().count(" ") > (
        100 if name == MENU else 500
    )
    context.close()
    with_scripts.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_the_first_interaction_comes_at_once(browser: Browser, reports: Path, name: str) -> None:
    page, _ = open_page(browser, reports / name, 1280, 720)
    timing = "performance.getEntriesByType('navigation')[0]"
    assert page.evaluate(f"{timing}.domInteractive") < FIRST_MS and page.evaluate(f"{timing}.loadEventEnd") < FIRST_MS
    if name in LIVE:
        assert page.locator("[data-term]").first.is_enabled()
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_exhibits_are_numbered_without_a_gap(browser: Browser, reports: Path, name: str) -> None:
    page, _ = open_page(browser, reports / name, 1280, 720)
    paper = name == "index.html"
    kinds = {"Exhibit": "figure.exhibit"} if paper else {"Figure": "figure.figure", "Table": "figure.table"}
    for word, kind in kinds.items():
        labels = page.locator(f"{kind} figcaption .label").all_inner_texts()
        assert labels == [f"{word} {number}" for number in range(1, len(labels) + 1)]
        assert len(labels) == page.locator(kind).count()
    anchors = page.locator("nav.contents.wide a").evaluate_all("all => all.map(a => a.hash.slice(1))")
    assert (anchors or paper) and all(page.locator(f"[id='{anchor}']").count() == 1 for anchor in anchors)
    page.context.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["index.html", "negotiation.html", "scenario-base.html"])
def test_it_prints_as_a_document(browser: Browser, reports: Path, tmp_path: Path, name: str, paper: str) -> None:
    """No sheet but the last is left mostly empty, and no heading or caption ends a sheet."""
    page, _ = open_page(browser, reports / name, 1280, 720)
    said = " ".join(page.locator("main").inner_text().split())
    heads = [" ".join(text.split()) for text in page.locator("h2, figcaption").all_inner_texts()]
    bare = [re.sub(r"^(Figure|Table|Exhibit) \d+ ", "", head) for head in heads]
    heads = [head for head in bare if said.count(head) == 1]  # a sentence may say the same
    page.pdf(path=tmp_path / "page.pdf", format=paper, print_background=True)
    page.context.close()
    sheets = sheets_of(tmp_path / "page.pdf")
    assert 3 <= len(sheets) <= 20
    for number, (height, lines) in enumerate(sheets[:-1], start=1):
        body = sorted((bottom, text) for bottom, text in lines if bottom < 0.93 * height)
        assert body and body[-1][0] > EMPTIEST * height, f"sheet {number} is almost empty"
        last = body[-1][1]
        ends = [head for head in heads if head.endswith(last) and len(last.split()) >= FEWEST_WORDS]
        assert ends == [], f"sheet {number} ends with a heading"


def sheets_of(file: Path) -> list[tuple[float, list[tuple[float, str]]]]:
    """Height and lines of every sheet: where each ends, and what it says."""
    said = subprocess.run(["pdftotext", "-bbox-layout", file, "-"], capture_output=True, check=True, text=True).stdout
    sheets = []
    for height, body in re.findall(r'<page [^>]*height="([\d.]+)">(.*?)</page>', said, re.DOTALL):
        lines = re.findall(r'<line [^>]*yMax="([\d.]+)">(.*?)</line>', body, re.DOTALL)
        words = [(float(bottom), " ".join(re.findall(r">([^<>]+)</word>", line))) for bottom, line in lines]
        sheets.append((float(height), words))
    return sheets
