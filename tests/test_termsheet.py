"""The live term sheet in Python: exact at the deal, exact at other terms, packed and unpacked."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers import SEED, World, load, run_world, with_leaves
from inquiries import SETTINGS, arrays_of

from partnering.analysis.asked import Inquiry
from partnering.analysis.terms import gather_terms, rates_of, stratified, terms_of
from partnering.analysis.termsheet import EXTENSION, Offer, TermSheet, assess
from partnering.inputs import Analysis, Scenario
from partnering.model.pack import Variant
from partnering.model.parties import PARTNER
from partnering.model.run import pack as pack_strategies
from partnering.model.views import PRETAX
from partnering.report.packed import pack, sheet_of, unpack
from partnering.results.simulate import Run, simulate
from partnering.results.statistics import ahead, mean
from partnering.results.variants import chosen

PATHS = 300
BASE = load()
DEAL = "partnership"
NAMED = set(BASE["candidates.inherited.names"])
RULES = {1: "never", 3: "always"}
"""Rules that name a number of extensions, by the place of the choice."""

PLAIN = {"behaviour.gates": "commit", f"strategies.{DEAL}.own_lead_route": "own_launch"}
"""Nobody weighs a decision: all values are straight lines, at any rate."""


def sheet_for(scenario: Scenario, paths: int = PATHS) -> tuple[Run, TermSheet]:
    """A run of a scenario and its term sheet."""
    run = simulate(scenario, SEED, paths)
    return run, gather_terms(inquiry_into(run))


def inquiry_into(run: Run, workers: int = 1) -> Inquiry:
    return Inquiry(run.scenario, SEED, SimpleNamespace(paths=arrays_of(run)), Analysis(**SETTINGS), workers)


@pytest.fixture(scope="module")
def base() -> tuple[Run, TermSheet]:
    return sheet_for(BASE)


@pytest.fixture(scope="module")
def plain() -> tuple[Scenario, TermSheet]:
    scenario = with_leaves(BASE, PLAIN)
    return scenario, sheet_for(scenario)[1]


def at_deal(sheet: TermSheet, scenario: Scenario = BASE, choice: int = 0) -> Offer:
    return Offer(sheet.actual, choice, rates_of(scenario).index(scenario["valuation.discount_rate"]))


@pytest.mark.parametrize("name", ["base", "rates_unequal", "partner_drops"])
def test_at_the_deal_every_number_is_that_of_the_run(name: str) -> None:
    """With a sample of all futures shares are the run's too; unequal rates and returned products included."""
    scenario = load(name)
    run, sheet = sheet_for(scenario)
    found = assess(sheet, at_deal(sheet, scenario))
    values = {slug: out["npv"][PRETAX].T for slug, out in run.outs().items()}
    for party, worth in enumerate((found.company, found.partner)):
        expected = mean(values[DEAL][party])
        assert worth.mean == pytest.approx(expected.value, abs=1e-9)
        assert worth.error == pytest.approx(np.std(values[DEAL][party], ddof=1) / np.sqrt(PATHS), rel=1e-9)
        assert worth.loses == (values[DEAL][party] < 0).mean()
        assert worth.low == pytest.approx(np.quantile(values[DEAL][party], 0.05, method="hazen"))
    for slug, lead in zip(sheet.alternatives, found.leads, strict=True):
        gap = values[DEAL][0] - values[slug][0]
        assert lead.mean == pytest.approx(gap.mean(), abs=1e-9)
        assert lead.error == pytest.approx(np.std(gap, ddof=1) / np.sqrt(PATHS), rel=1e-9)
        assert lead.better == ahead(gap).mean()


def changed(sheet: TermSheet, amounts: np.ndarray, choice: int, rate: float) -> dict[str, Any]:
    """The leaves of an offer, as a scenario would set them; funding of research is left alone, since it buys leads."""
    leaves: dict[str, Any] = {"valuation.discount_rate": rate}
    for term, amount in zip(sheet.terms, amounts, strict=True):
        path, _, place = term.rstrip("]").partition("[")
        if path == EXTENSION:
            continue
        if not place:
            leaves[path] = float(amount)
            continue
        old = leaves.get(path, BASE[path])
        leaves[path] = tuple(float(amount) if i == int(place) else v for i, v in enumerate(old))
    extension, count = amounts[sheet.terms.index(EXTENSION)], BASE["deal.extension_count"]
    committed = leaves["deal.upfront_musd"] + BASE["deal.research_total_musd"]
    leaves["deal.committed_ceiling_musd"] = committed + count * extension
    return leaves | ({"deal.extension_rule": RULES[choice]} if choice else {})


def run_variants(scenario: Scenario, stand: Mapping[str, Variant], slugs: Sequence[str]) -> World:
    """Strategies lived through in the variants that stand in the run."""
    packed = [each for each in pack_strategies(scenario) if each.variant == stand[each.slug]]
    return run_world(scenario, PATHS, packed, slugs=slugs)


@pytest.mark.slow
def test_at_other_terms_every_value_is_that_of_a_run_with_them(plain: tuple[Scenario, TermSheet]) -> None:
    """Twelve random term sheets, every choice of extensions that a rule can name, every rate."""
    scenario, sheet = plain
    luck, stand = np.random.default_rng(7), {each.slug: each.variant for each in chosen(scenario, SEED, PATHS)}
    moved = [not (term.startswith("deal.research") or term == EXTENSION) for term in sheet.terms]
    for trial in range(12):
        amounts = np.where(moved, sheet.actual * luck.uniform(0, 3, len(sheet.terms)), sheet.actual)
        choice, rate = (0, *RULES)[trial % 3], trial % len(sheet.rates)
        found = assess(sheet, Offer(amounts, choice, rate))
        leaves = changed(sheet, amounts, choice, sheet.rates[rate])
        world = run_variants(with_leaves(scenario, leaves), stand, [DEAL])
        ours, theirs = world.value(DEAL), world.value(DEAL, PARTNER)
        assert found.company.mean == pytest.approx(ours.mean(), rel=1e-9, abs=1e-9)
        assert found.partner.mean == pytest.approx(theirs.mean(), rel=1e-9, abs=1e-9)
        assert found.partner.loses == (theirs < 0).mean()
        at_rate = with_leaves(scenario, {"valuation.discount_rate": sheet.rates[rate]})
        others = run_variants(at_rate, stand, sheet.alternatives)
        for slug, lead in zip(sheet.alternatives, found.leads, strict=True):
            weighs = scenario[f"strategies.{slug}.own_lead_route"] != "own_launch"
            if sheet.rates[rate] == BASE["valuation.discount_rate"] or not weighs:
                gap = ours - others.value(slug)  # a route chosen, or a price, at another rate is another one
                assert lead.mean == pytest.approx(gap.mean(), rel=1e-9, abs=1e-9)
                assert lead.better == ahead(gap).mean()


def test_what_rounding_makes_of_equal_values_is_a_tie() -> None:
    """Otherwise shares would be those of the machine: two strategies alike in a future differ in their last bit."""
    assert ahead(np.array([1e-12, -1e-12, 0.0, 1.0, -1.0])).tolist() == [0.5, 0.5, 0.5, 1.0, 0.0]


def test_one_extension_lies_between_none_and_two(base: tuple[Run, TermSheet]) -> None:
    """And pays exactly one year: no rule of the model names it, so its funding is counted by hand."""
    _, sheet = base
    place = 1 + sheet.terms.index(EXTENSION)
    at = np.flatnonzero(sheet.rates == BASE["valuation.discount_rate"])[0]
    decided, none, one, two = sheet.company[:, at, place]
    years = BASE["deal.research_schedule_musd"]
    quarters = 4 * len(years) + np.arange(4) + 0.5
    deflated = (1 + BASE["valuation.inflation_rate"]) ** -(quarters / 4)
    assert none == 0 and one == pytest.approx((deflated * (1.11 ** -(quarters / 4)) / 4).sum(), rel=1e-9)
    assert none < decided < two and one < two < 2 * one


def test_what_can_be_moved_is_what_the_inputs_mark(base: tuple[Run, TermSheet]) -> None:
    terms, actual = terms_of(BASE)
    marked = {leaf.path for leaf in BASE.leaves.values() if leaf.slider and leaf.path.startswith("deal.")}
    assert {term.partition("[")[0] for term in terms} == marked | {EXTENSION}
    assert dict(zip(terms, actual, strict=True))[EXTENSION] == pytest.approx((99 - 12 - 50.7) / 2)
    assert base[1].terms == terms and sorted(rates_of(BASE)) == [0.09, 0.11, 0.15]
    for bends in ({"deal.royalty.floor_musd": 3.0}, {"deal.sharing.profit_share": 0.5}):
        assert not any(term.startswith("deal.royalty") for term in terms_of(with_leaves(BASE, bends))[0])
    none = with_leaves(
        BASE, {"deal.extension_count": 0, "deal.extension_decision_years": (), "deal.extension_alive_needed": ()}
    )
    assert EXTENSION not in terms_of(none)[0]


def test_the_sample_stands_for_all_futures() -> None:
    luck = np.random.default_rng(3)
    company, partner = luck.lognormal(4, 1, 20_000) - 20, luck.standard_t(3, 20_000) * 300
    others = np.stack([luck.lognormal(3, 1.5, 20_000) - 40, company - luck.normal(5, 20, 20_000)])
    chosen = stratified(company, partner, others)
    assert len(chosen) == 400 and (np.diff(chosen) > 0).all()
    for other in others:
        assert abs((company > other)[chosen].mean() - (company > other).mean()) < 0.02
    assert abs((partner < 0)[chosen].mean() - (partner < 0).mean()) < 0.02
    assert stratified(company[:7], partner[:7], others[:, :7]).tolist() == list(range(7))


def test_what_a_page_carries_is_the_sheet_in_single_precision(base: tuple[Run, TermSheet]) -> None:
    _, sheet = base
    layout, text = pack(sheet)
    back = sheet_of(unpack(layout, text), sheet)
    for name in ("company", "partner", "others", "taken"):
        assert np.array_equal(getattr(back, name), getattr(sheet, name)), name
    for name in ("sample_company", "sample_partner", "sample_others"):
        np.testing.assert_allclose(getattr(back, name), getattr(sheet, name), rtol=1e-6, atol=1e-4, err_msg=name)
    for choice in range(4):
        offer = Offer(2 * sheet.actual, choice, 0)
        np.testing.assert_allclose(assess(back, offer).numbers(), assess(sheet, offer).numbers(), rtol=1e-5, atol=1e-3)
    places = [first for *_, first in layout]
    sizes = [np.dtype(kind).itemsize for _, kind, *_ in layout]
    assert all(first % size == 0 for first, size in zip(places, sizes, strict=True)), (
        "a browser reads aligned arrays only"
    )


def test_a_sheet_is_the_same_in_other_processes(base: tuple[Run, TermSheet]) -> None:
    run, sheet = base
    again = gather_terms(inquiry_into(run, workers=2))
    same = [np.array_equal(getattr(again, field.name), getattr(sheet, field.name)) for field in fields(TermSheet)]
    assert all(same)
