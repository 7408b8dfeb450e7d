"""The real pages in a real browser: nothing leaves the page, nothing overflows, nothing bars a reader."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from project import copy_project, published, report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # reports are made, on two cores that others use too

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ("no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-sync")
ANSWERS = ("index.html", "scenario-base.html")
DRAWN = (*ANSWERS, "mind.html", "negotiation.html", "hindsight.html", "convergence.html")
PAGES = (*DRAWN, "evidence.html", "record.html")
SMALLEST_TEXT_PX = 9
FIRST_SCREEN = (1280, 720)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project(tmp_path_factory.mktemp("pages"), "base", "royalty_high")
    report(folder)
    return folder / "reports"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "no Chromium; install it to test the pages"
        pytest.fail(reason) if os.environ.get("REQUIRE_TOOLS") else pytest.skip(reason)
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=[f"--{flag}" for flag in QUIET])
        yield found
        found.close()


def open_page(browser: Browser, file: Path, width: int, height: int, scheme: str = "light") -> tuple[Page, list[str]]:
    """The page, opened offline, and everything that went wrong or out."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, color_scheme=scheme)
    page, trouble = context.new_page(), []
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else trouble.append(request.url)
    )
    page.on("requestfailed", lambda request: trouble.append(request.url))
    page.goto(file.as_uri())
    return page, trouble


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_reader_is_shut_out(browser: Browser, reports: Path, name: str, size: tuple[int, int], scheme: str) -> None:
    page, trouble = open_page(browser, reports / name, *size, scheme)
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:80]}" for v in found] == []
    assert trouble == []
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_scrolls_sideways(browser: Browser, reports: Path, name: str, width: int) -> None:
    page, _ = open_page(browser, reports / name, width, 800)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("name", ANSWERS)
def test_the_first_screen_is_the_answer(browser: Browser, reports: Path, name: str) -> None:
    page, _ = open_page(browser, reports / name, *FIRST_SCREEN)
    box = page.locator("section.answer").bounding_box()
    assert box is not None and box["y"] + box["height"] <= FIRST_SCREEN[1]
    answer = page.locator("section.answer").inner_text().replace("\u00a0", " ")
    assert "simulation limits" in answer and "nine in ten between" in answer and "assumptions" in answer
    visible = page.locator("pre").evaluate_all("nodes => nodes.filter(node => node.checkVisibility()).length")
    assert visible == 0
    page.context.close()


@pytest.mark.parametrize("name", DRAWN)
def test_figures_have_numbers_to_read_and_to_hear(browser: Browser, reports: Path, name: str) -> None:
    page, _ = open_page(browser, reports / name, 390, 844)
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('figure svg text')].map(text =>
             parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b))"""
    )
    assert sizes and min(sizes) >= SMALLEST_TEXT_PX
    labels = page.locator("figure svg").evaluate_all("all => all.map(svg => svg.getAttribute('aria-label'))")
    assert all(label and len(label) >= 40 and re.search(r"\d", label) for label in labels)
    page.context.close()


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_of_a_figure_is_cut_or_overlaps(browser: Browser, reports: Path, name: str) -> None:
    page, _ = open_page(browser, reports / name, 1280, 720)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('figure svg')].map(svg => ({id: svg.closest('figure').id,
             frame: svg.getBoundingClientRect().toJSON(),
             texts: [...svg.querySelectorAll('text')].map(
                 text => ({said: text.textContent, ...text.getBoundingClientRect().toJSON()}))}))"""
    )
    for figure in boxes:
        for text in figure["texts"]:
            inside = text["left"] >= figure["frame"]["left"] - 1 and text["right"] <= figure["frame"]["right"] + 1
            assert inside, f"{figure['id']}: {text['said']!r} is cut off"
        for index, one in enumerate(figure["texts"]):
            for other in figure["texts"][index + 1 :]:
                wide = min(one["right"], other["right"]) - max(one["left"], other["left"])
                high = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                assert wide <= 2 or high <= 6, f"{figure['id']}: {one['said']!r} over {other['said']!r}"
    page.context.close()


def test_it_reads_without_scripts_and_prints_as_a_document(browser: Browser, reports: Path, tmp_path: Path) -> None:
    for name, text in published(reports).items():
        if name.endswith(".html"):
            assert b"<script" not in text and b"default-src 'none'" in text
    page, _ = open_page(browser, reports / "index.html", 1280, 720)
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 16
    page.context.close()
