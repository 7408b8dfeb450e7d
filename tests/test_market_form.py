"""The market in expectation: what the closed form integrates over peaks and years to them, by other means."""

from itertools import pairwise

import numpy as np
import pytest
from analytic.market import Market, Product, value_market
from analytic.peak import limited_expectation, peak_given
from closed_forms import draw, known
from helpers import PLAIN_MARKET, load, sales_by_hand, with_leaves, without_ranges
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from partnering.inputs import Scenario
from partnering.model.deal import tier_slice
from partnering.model.draws import BLOCK, triangular_quantile
from partnering.results.statistics import standard_error

NODES = 4  # on each side of the likeliest years to peak, as the closed form has it


def plain() -> Scenario:
    return without_ranges(load())


def value(scenario: Scenario, product: Product, forecast_z: list[float] | None = None) -> Market:
    """Expected flows of a product at 11 % with every leaf at its own value, by class of forecast."""
    theta = known(scenario)
    return value_market(theta, product, 0.11, peak_given(theta, forecast_z), NODES)


def drawn(scenario: Scenario) -> NDArray:
    return draw(scenario, 0, BLOCK).candidates


@pytest.mark.parametrize("limit", [1.0, 90.0, 260.0, 1000.0, 4000.0, 1e6])
@pytest.mark.parametrize("log_sd", [0.2, 1.4])
def test_limited_expectation_is_the_integral(limit, log_sd):
    median, knee = 260.0, (np.log(limit) - np.log(260.0)) / log_sd
    below, _ = quad(lambda z: median * np.exp(log_sd * z) * norm.pdf(z), -12, min(max(knee, -12), 12), epsabs=1e-10)
    expected = below + limit * norm.sf(knee)
    found = limited_expectation(np.array(limit), np.array(median), np.array(log_sd))
    assert float(found) == pytest.approx(expected, rel=1e-7)


def test_the_cap_binds_in_expectation_as_it_does_on_paths():
    leaves = {"sales.peak_cap_musd": 600.0, "sales.peak_median_musd": 260.0, "sales.peak_log_sd": 1.4}
    scenario = with_leaves(plain(), leaves)
    peaks = drawn(scenario)["peak"]
    expected = limited_expectation(np.array(600.0), np.array(260.0), np.array(1.4))
    assert peaks.max() == 600.0
    assert abs(peaks.mean() - expected) < 4 * standard_error(peaks)


def test_the_forecast_carries_its_share_of_the_spread_of_peaks():
    leaves = {"sales.peak_cap_musd": 1e12, "sales.peak_log_sd": 1.4, "sales.forecast_share": 0.3}
    leaves |= {"sales.peak_median_musd": 260.0}
    found = drawn(with_leaves(plain(), leaves))
    forecast, peak = np.log(found["forecast_ratio"]), np.log(found["peak"] / 260.0)
    for values in (peak**2 - 1.4**2, forecast**2 - 0.3 * 1.4**2, forecast * (peak - forecast)):
        assert abs(values.mean()) < 4 * standard_error(values)


def test_years_to_peak_are_integrated_well_enough():
    """A fine grid of products, each with certain years to its peak, averages to what eight nodes give."""
    scenario, (least, likeliest, most) = plain(), load()["sales.years_to_peak"]
    product = Product(np.array([41]), np.array([93]), True, True, 1.0, True)
    form = value(scenario, product)
    grid = []
    for luck in (np.arange(100) + 0.5) / 100:
        years = float(triangular_quantile(np.array(luck), least, likeliest, most))
        one = with_leaves(scenario, {"sales.years_to_peak": (years - 1e-9, years, years + 1e-9)})
        grid.append(value(one, product))
    for name in ("net_sales", "costs", "sales_in_term", "tiers"):
        assert getattr(form, name) == pytest.approx(np.mean([getattr(g, name) for g in grid], axis=0), rel=2e-4), name


def test_a_certain_peak_gives_what_a_calculator_gives():
    """With (almost) no spread the integrals over peak and years to peak are one product, summed here in plain loops."""
    scenario = with_leaves(plain(), PLAIN_MARKET)
    launch, exclusive_until = 41, 89
    product = Product(np.array([launch]), np.array([exclusive_until]), True, False, 1.0, True)
    form = value(scenario, product)
    tiers, in_term, year = [0.0, 0.0, 0.0], 0.0, 0.0
    for quarter, real in sales_by_hand(scenario, 700.0, launch, exclusive_until):
        inflated = 1.025 ** ((quarter + 0.5) / 4)
        year = 0.0 if quarter % 4 == 0 else year
        if quarter - launch < 48:  # twelve years
            factor = 1.11 ** -((quarter - launch + 0.5) / 4)
            in_term += real * factor
            for tier, (lower, upper) in enumerate([(0, 250), (250, 500), (500, np.inf)]):
                part = max(min(year + real * inflated, upper) - max(year, lower), 0)
                tiers[tier] += part / inflated * factor
        year += real * inflated
    assert form.tiers[:, 0, 0] == pytest.approx(tiers, rel=1e-6)
    assert float(form.sales_in_term[0, 0]) == pytest.approx(in_term, rel=1e-6)


def test_a_certain_peak_costs_the_company_what_a_calculator_says():
    scenario = with_leaves(plain(), PLAIN_MARKET | {"sales.peak_median_musd": 300.0})
    launch, exclusive_until = 41, 89
    product = Product(np.array([launch]), np.array([exclusive_until]), True, True, 1.0, False)
    form = value(scenario, product)
    costs = sold = 0.0
    for quarter, real in sales_by_hand(scenario, 300.0 * 0.70, launch, exclusive_until):
        since = quarter - launch
        selling = 120 / 4 if since < 4 else max(0.25 * real, 30 / 4)
        factor = 1.11 ** -((since + 0.5) / 4)
        costs += factor * ((0.20 + 0.05) * real + selling + (0.05 * real if since < 32 else 0))
        sold += factor * real
    assert float(form.costs[0, 0]) == pytest.approx(costs, rel=1e-6)
    assert float(form.net_sales[0, 0]) == pytest.approx(sold, rel=1e-6)


PRODUCTS = {
    "company": Product(np.array([41]), np.array([93]), True, True, 1.0, False),
    "company, withdrawn": Product(np.array([41]), np.array([93]), True, True, 1.0, False, np.full(140, 50.0)),
    "partner": Product(np.array([41]), np.array([93]), False, False, 1.0, True),
}


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)
def test_classes_of_forecast_average_to_the_peak_as_one_lottery(product):
    scenario, (points, weights) = plain(), hermegauss(80)  # nodes of a normal forecast
    whole, by_class = value(scenario, product), value(scenario, product, list(points))
    for name in Market.__dataclass_fields__:
        mean = (getattr(by_class, name)[..., 0] * weights).sum(axis=-1) / weights.sum()
        assert mean == pytest.approx(getattr(whole, name)[..., 0, 0], rel=1e-4), name
    assert (np.diff(by_class.net_sales[:, 0]) >= 0).all()


def test_a_better_forecast_lifts_the_median_and_leaves_the_surprise():
    scenario = with_leaves(
        plain(), {"sales.peak_median_musd": 260.0, "sales.peak_log_sd": 1.4, "sales.forecast_share": 0.3}
    )
    peak = peak_given(known(scenario), [0.0, 1.0])
    assert peak.median[:, 0, 0] == pytest.approx(260.0 * np.exp([0.0, np.sqrt(0.3) * 1.4]))
    assert peak.log_sd.ravel() == pytest.approx([np.sqrt(0.7) * 1.4])


@pytest.mark.parametrize("least", [0.0, 40.0, 260.0, 3999.0, 4001.0])
def test_the_tail_of_the_capped_peak_is_the_integral(least):
    leaves = {"sales.peak_median_musd": 260.0, "sales.peak_log_sd": 1.4, "sales.peak_cap_musd": 4000.0}
    peak = peak_given(known(with_leaves(plain(), leaves)), None)
    mass, chance = (float(x[0, 0, 0]) for x in peak.tail(np.full((1, 1, 1), least)))

    def dollars(z: float) -> float:
        return min(260.0 * np.exp(1.4 * z), 4000.0) * norm.pdf(z)

    low, cap = np.log(max(least, 1e-9) / 260.0) / 1.4, np.log(4000.0 / 260.0) / 1.4
    within = [max(low, -12.0), cap, 12.0] if least <= 4000.0 else [12.0, 12.0, 12.0]
    expected = sum(quad(dollars, a, b, epsabs=1e-10)[0] for a, b in pairwise(within))
    assert mass == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert chance == pytest.approx(norm.sf(low) if least <= 4000.0 else 0.0, rel=1e-9)


def royalty_of_year(total: float, rates: tuple[float, ...]) -> float:
    """The royalty the model counts on a year's nominal sales that come in unevenly, with tiers from 0, 250 and 500."""
    before, owed = 0.0, 0.0
    for now in (0.1 * total, 0.2 * total, 0.3 * total, 0.4 * total):
        for rate, low, high in zip(rates, (0.0, 250.0, 500.0), (250.0, 500.0, np.inf), strict=True):
            owed += rate * tier_slice(before, now, low, high)
        before += now
    return owed


@pytest.mark.parametrize(("threshold", "below", "above"), [(250, 0.04, 0.06), (500, 0.06, 0.08)])
def test_tiers_join_at_their_boundary_and_change_slope_there(threshold, below, above):
    rates, step = (0.04, 0.06, 0.08), 0.5
    at = royalty_of_year(threshold, rates)
    assert at == pytest.approx(0.04 * 250 + 0.06 * (threshold - 250), abs=1e-12)
    assert at - royalty_of_year(threshold - step, rates) == pytest.approx(below * step, abs=1e-12)
    assert royalty_of_year(threshold + step, rates) - at == pytest.approx(above * step, abs=1e-12)
