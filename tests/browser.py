"""A real browser for tests of pages, and what goes wrong or out while one is open."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ("no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-sync")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without one the test is skipped, or fails where tools are required."""
    if CHROMIUM is None:
        reason = "no Chromium; install it to test the pages"
        pytest.fail(reason) if os.environ.get("REQUIRE_TOOLS") else pytest.skip(reason)
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=[f"--{flag}" for flag in QUIET])
        yield found
        found.close()


def open_page(
    browser: Browser, file: Path, width: int, height: int, scheme: str = "light", fragment: str = ""
) -> tuple[Page, list[str]]:
    """The page, opened offline, and everything that went wrong or out."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, color_scheme=scheme)
    page, trouble = context.new_page(), []
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else trouble.append(request.url)
    )
    page.on("requestfailed", lambda request: trouble.append(request.url))
    page.goto(file.as_uri() + (f"#{fragment}" if fragment else ""))
    return page, trouble
