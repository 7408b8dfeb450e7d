"""Driving the live term sheet as a reader does: offers, what is typed, what then stands there."""

import numpy as np
from playwright.sync_api import Page

from partnering.analysis.termsheet import Offer, TermSheet, assess
from partnering.report.style import amount, percent


def random_offers(sheet: TermSheet, count: int, seed: int) -> list[Offer]:
    luck = np.random.default_rng(seed)
    return [
        Offer(
            np.round(sheet.actual * luck.uniform(0, 3, len(sheet.actual)), 4),
            int(luck.integers(len(sheet.company))),
            int(luck.integers(len(sheet.rates))),
        )
        for _ in range(count)
    ]


def put(page: Page, sheet: TermSheet, offer: Offer) -> None:
    """Type an offer into the fields, as a reader would; only what differs from what stands there."""
    controls = page.evaluate("JSON.parse(document.querySelector('.panel').dataset.about).controls")
    for place, control in enumerate(controls):
        page.locator(f"[data-term='{place}']").fill(f"{offer.amounts[place] * control['scale']:.10g}")
    page.locator("#term-sheet-choice").select_option(index=offer.choice)
    page.locator("#term-sheet-rate").select_option(index=offer.rate)


def cell(page: Page, key: str, which: str = "yours") -> list[str]:
    """The texts of an outcome: value, limits, spread and, of a party, whether it would sign."""
    return page.locator(f"[data-out='{which}-{key}'] > *").all_inner_texts()


def expected(sheet: TermSheet, offer: Offer) -> dict[str, str]:
    found = assess(sheet, offer)
    values = {"company": found.company.mean, "partner": found.partner.mean}
    return {key: amount(value) for key, value in values.items()} | {
        f"lead-{place}": f"{amount(lead.mean)} better in {percent(lead.better)}"
        for place, lead in enumerate(found.leads)
    }


def shown(page: Page) -> dict[str, str]:
    said = {key: cell(page, key)[0] for key in ("company", "partner")}
    leads = page.locator("[data-out^='yours-lead-']").count()
    return said | {f"lead-{place}": " ".join(cell(page, f"lead-{place}")[::2]) for place in range(leads)}
