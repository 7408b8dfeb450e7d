"""The live term sheet in a real browser, as in a meeting: its numbers, its link and its file hold."""

import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import chromium, open_page
from live import cell, expected, put, random_offers, shown
from playwright.sync_api import Browser, Page, expect
from project import copy_project, report

from partnering.analysis.store import answers
from partnering.analysis.termsheet import EXTENSION, Offer, TermSheet, assess
from partnering.inputs import Scenario, load_scenario
from partnering.model.parties import COMPANY, PARTNER
from partnering.model.views import PRETAX
from partnering.report.packed import pack, sheet_of, unpack
from partnering.report.style import JOINER, amount, money, percent
from partnering.results.place import Place
from partnering.results.simulate import simulate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SHEETS = ("negotiation.html",)
CHANGE_MS = 16
CARRIED = """() => { const panel = document.querySelector(".panel"), about = JSON.parse(panel.dataset.about);
    about.actual = about.checks[0].amounts;
    globalThis.known = [unpack(about.layout, panel.dataset.bytes), about]; return about; }"""
ASSESS = """(offers) => offers.map((offer) => { const [sheet, about] = known;
    const found = assess(sheet, offer, about);
    return [...found.company, ...found.partner, ...found.leads.flat()]; })"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project(tmp_path_factory.mktemp("live"), "base")
    report(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def sheet(project: Path) -> TermSheet:
    """The term sheet as the page carries it."""
    stored = answers("base", Place(project, project / "reports")).term_sheet()
    return sheet_of(unpack(*pack(stored)), stored)


@pytest.fixture
def page(browser: Browser, project: Path) -> Iterator[Page]:
    found, trouble = open_page(browser, project / "reports" / "negotiation.html", 1280, 720)
    yield found
    assert trouble == []
    found.context.close()


def test_page_and_python_agree_on_random_terms(page: Page, sheet: TermSheet) -> None:
    """Two hundred term sheets: every number of the outcome, to 1e-9."""
    about = page.evaluate(CARRIED)
    assert [control["term"] for control in about["controls"]] == list(sheet.terms)
    offers = random_offers(sheet, 200, 5)
    asked = [{"amounts": o.amounts.tolist(), "choice": o.choice, "rate": o.rate} for o in offers]
    for offer, numbers in zip(offers, page.evaluate(ASSESS, asked), strict=True):
        np.testing.assert_allclose(numbers, assess(sheet, offer).numbers(), rtol=1e-9, atol=1e-9)


def test_the_panel_writes_numbers_as_pages_do(page: Page) -> None:
    """Halves and a negative nothing too: every other percentage of eight hundred futures is a half."""
    shares = [count / 800 for count in range(801)]
    amounts = [sixteenth / 16 for sixteenth in range(-400, 401)]
    assert page.evaluate("(shares) => shares.map((share) => percent(share))", shares) == [percent(s) for s in shares]
    assert page.evaluate("(amounts) => amounts.map(amount)", amounts) == [amount(musd) for musd in amounts]
    in_words = [money(musd).replace(JOINER, "") for musd in amounts]
    assert page.evaluate("(amounts) => amounts.map(money)", amounts) == in_words


def test_what_is_typed_is_what_is_shown(page: Page, sheet: TermSheet) -> None:
    assert shown(page) == expected(sheet, Offer(sheet.actual, 0, 1))
    for offer in random_offers(sheet, 8, 6):
        put(page, sheet, offer)
        assert shown(page) == expected(sheet, offer)
        assert cell(page, "company", "deal")[0] == amount(
            assess(sheet, Offer(sheet.actual, 0, offer.rate)).company.mean
        )
    page.locator("[data-do=reset]").click()
    assert shown(page) == expected(sheet, Offer(sheet.actual, 0, 1))


@pytest.mark.parametrize("name", SHEETS)
def test_a_change_takes_less_than_a_frame(browser: Browser, project: Path, name: str) -> None:
    page, _ = open_page(browser, project / "reports" / name, 1280, 720)
    times = page.evaluate(
        """() => [...document.querySelectorAll("[data-slider]")].flatMap((slider) => [1, 2, 3].map((times) => {
             slider.value = times;
             const start = performance.now();
             slider.dispatchEvent(new Event("input"));
             document.body.offsetHeight;
             return performance.now() - start; }))"""
    )
    assert len(times) > 60 and statistics.median(times) < CHANGE_MS
    page.context.close()


def test_a_key_moves_a_slider_and_a_screen_reader_is_told(page: Page, sheet: TermSheet) -> None:
    slider = page.locator("[data-slider='0']")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    raised = sheet.actual.copy()
    raised[0] = 14.0
    assert page.locator("[data-term='0']").input_value() == "14"
    assert shown(page) == expected(sheet, Offer(raised, 0, 1))
    value = amount(assess(sheet, Offer(raised, 0, 1)).company.mean)
    expect(page.get_by_role("status")).to_contain_text(f"signing is worth ${value}\u00a0million")
    for control in ("Upfront", "Extensions taken", "Real discount rate of both"):
        assert page.get_by_label(control, exact=True).count() == 1


def test_a_link_brings_a_colleague_to_the_same_terms(
    page: Page, browser: Browser, sheet: TermSheet, project: Path
) -> None:
    offer = random_offers(sheet, 1, 9)[0]._replace(choice=2, rate=0)
    put(page, sheet, offer)
    expect(page).to_have_url(re.compile("rate=0.09"))
    link = page.url
    assert "extensions=1" in link and "negotiation.html#term-sheet?" in link
    other = browser.new_context(viewport={"width": 390, "height": 844}, offline=True).new_page()
    other.goto(link)
    assert shown(other) == shown(page) == expected(sheet, offer)
    assert other.evaluate("scrollY") > 0
    other.context.close()


@pytest.mark.parametrize(
    "fragment",
    [
        "term-sheet?deal.upfront_musd=-4&rate=0.5&extensions=9",
        "term-sheet?deal.upfront_musd=x",
        "term-sheet?deal.royalty.rates%5B0%5D=5&extensions=1.5",
        "answer",
        "term-sheet?%%%",
    ],
)
def test_a_link_that_makes_no_sense_leaves_the_deal(
    browser: Browser, project: Path, sheet: TermSheet, fragment: str
) -> None:
    page, trouble = open_page(browser, project / "reports" / "negotiation.html", 1280, 720, fragment=fragment)
    assert shown(page) == expected(sheet, Offer(sheet.actual, 0, 1)) and trouble == []
    assert page.locator(".moves").inner_text().startswith("Part of the link") == ("?" in fragment)
    page.context.close()


def test_a_link_followed_on_an_open_page_is_taken_up(page: Page, sheet: TermSheet) -> None:
    raised = sheet.actual.copy()
    raised[sheet.terms.index("deal.upfront_musd")] = 20
    page.evaluate("location.hash = 'term-sheet?deal.upfront_musd=20&odd=1'")
    expect(page.locator(".moves")).to_contain_text("made no sense and was left out: odd.")
    assert shown(page) == expected(sheet, Offer(raised, 0, 1))


def test_a_number_that_cannot_be_is_marked_and_moves_nothing(page: Page, sheet: TermSheet) -> None:
    field = page.locator("[data-term='0']")
    for wrong in ("-3", ""):
        field.fill(wrong)
        assert field.get_attribute("aria-invalid") == "true"
        assert "Upfront: expected a number from 0 up." in page.get_by_role("alert").inner_text()
        assert shown(page) == expected(sheet, Offer(sheet.actual, 0, 1))
    field.fill("13")
    assert page.get_by_role("alert").count() == 0
    assert page.locator(".term.moved .unit").all_inner_texts() == ["was $12m"]
    royalty = next(place for place, term in enumerate(sheet.terms) if term.startswith("deal.royalty"))
    page.locator(f"[data-term='{royalty}']").fill("101")
    assert page.locator(f"[data-term='{royalty}']").get_attribute("aria-invalid") == "true"


def file_of(page: Page, project: Path, name: str) -> Scenario:
    """The scenario that the page writes, saved and loaded as anybody's."""
    text = page.locator("[data-file]").input_value()
    (project / "params" / "scenarios" / f"{name}.yaml").write_text(text, "utf-8")
    try:
        return load_scenario(name, project / "params")
    finally:
        (project / "params" / "scenarios" / f"{name}.yaml").unlink()


def test_the_file_says_the_terms_whatever_they_are(page: Page, sheet: TermSheet, project: Path) -> None:
    """Random terms, extensions and rates: the file passes every check and has the amounts of the panel."""
    for trial, offer in enumerate(random_offers(sheet, 6, 12)):
        offer = offer._replace(choice=trial % 4)
        put(page, sheet, offer)
        scenario = file_of(page, project, "my_terms")
        for term, said in zip(sheet.terms, offer.amounts, strict=True):
            path, _, place = term.rstrip("]").partition("[")
            if path != EXTENSION:
                value = scenario[path][int(place)] if place else scenario[path]
                assert value == pytest.approx(said, rel=1e-6, abs=1e-6), term
        assert scenario["valuation.discount_rate"] == sheet.rates[offer.rate]
        rule, count = scenario["deal.extension_rule"], scenario["deal.extension_count"]
        assert (rule, count) == [("alive", 2), ("never", 2), ("always", 1), ("always", 2)][offer.choice]
        paid = scenario["deal.upfront_musd"] + scenario["deal.research_total_musd"]
        a_year = (scenario["deal.committed_ceiling_musd"] - paid) / count
        assert a_year == pytest.approx(offer.amounts[sheet.terms.index(EXTENSION)], rel=1e-6, abs=1e-6)


def test_a_run_of_the_file_has_the_numbers_of_the_page(page: Page, sheet: TermSheet, project: Path) -> None:
    """An upfront and exactly one extension move no decision: run and page agree on both parties' means."""
    amounts = sheet.actual.copy()
    amounts[sheet.terms.index("deal.upfront_musd")] = 31.5
    offer = Offer(amounts, 2, 1)
    put(page, sheet, offer)
    scenario = file_of(page, project, "my_terms")
    made = json.loads(manifest(project))
    research = "no" if made["strategies"]["partnership"]["variant"].startswith("without") else "yes"
    scenario = scenario.with_values({"strategies.partnership.own_research": research})  # the variant of the page
    run = simulate(scenario, made["seed"], len(sheet.taken), 1)
    (signing, *_) = run.strategies.values()
    found = assess(sheet, offer)
    assert found.company.mean == pytest.approx(signing.out[PRETAX]["npv"][:, COMPANY].mean(), rel=1e-9)
    assert found.partner.mean == pytest.approx(signing.out[PRETAX]["npv"][:, PARTNER].mean(), rel=1e-9)
    assert page.locator(".moves li").count() == 0


def manifest(project: Path) -> str:
    return (project / "reports" / "tables" / "base" / "manifest.json").read_text("utf-8")


def test_it_says_what_is_held_as_simulated(page: Page, sheet: TermSheet) -> None:
    assert "Decisions are held as simulated at any terms" in page.locator(".panel > .note").last.inner_text()
    put(page, sheet, Offer(sheet.actual, 0, 0))
    assert [text[:19] for text in page.locator(".moves li").all_inner_texts()] == ["Decisions are those"]
    first = sheet.terms.index("deal.research_schedule_musd[0]")
    put(page, sheet, Offer(np.where(np.arange(len(sheet.terms)) == first, 30, sheet.actual), 0, 1))
    assert [text[:16] for text in page.locator(".moves li").all_inner_texts()] == ["Funding also pay"]


def test_copying(browser: Browser, project: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto((project / "reports" / "negotiation.html").as_uri())
    page.locator("[data-term='0']").fill("20")
    for button, start in (("link", "file:///"), ("file", "title: ")):
        page.locator(f"[data-do={button}]").click()
        expect(page.locator(f"[data-do={button}]")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()").startswith(start)
    assert "deal.upfront_musd: {value: 20, unit: " in page.evaluate("navigator.clipboard.readText()")
    context.close()


def test_a_page_that_was_tampered_with_shows_no_numbers_of_its_own(
    browser: Browser, project: Path, tmp_path: Path
) -> None:
    text = (project / "reports" / "negotiation.html").read_text("utf-8")
    place = text.index('data-bytes="') + 200
    swapped = "B" if text[place] == "A" else "A"
    (tmp_path / "negotiation.html").write_text(text[:place] + swapped + text[place + 1 :], "utf-8")
    page, _ = open_page(browser, tmp_path / "negotiation.html", 1280, 720)
    assert (
        page.locator(".waiting").is_hidden()
        and page.locator(".live").is_hidden()
        and page.locator(".broken").is_visible()
    )
    page.context.close()


@pytest.mark.parametrize("name", SHEETS)
def test_without_scripts_it_shows_the_deal(browser: Browser, project: Path, sheet: TermSheet, name: str) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((project / "reports" / name).as_uri())
    found = assess(sheet, Offer(sheet.actual, 0, 1))
    for key, value in (("company", found.company.mean), ("partner", found.partner.mean)):
        for which in ("deal", "yours"):
            assert page.locator(f"[data-out='{which}-{key}'] b").inner_text() == amount(value)
    assert page.locator("[data-term]").first.is_disabled() and page.get_by_text("Its script has not run").is_visible()
    context.close()
