"""The market in expectation: what the closed form integrates over peaks and years to them, by other means."""

import numpy as np
import pytest
from helpers import PLAIN_MARKET, central_theta, load, run_world, sales_by_hand, with_leaves, without_ranges
from scipy.integrate import quad
from scipy.stats import norm

from partnering.clock import QUARTERS
from partnering.course.sales import Sales
from partnering.deal.events import tier_slices
from partnering.inputs import Scenario
from partnering.value.market_form import Product, limited_expectation, value_market
from partnering.value.statistics import standard_error
from partnering.world.candidates import triangular_quantile


def plain() -> Scenario:
    return without_ranges(load())


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
    peaks = run_world(scenario, 4096, slugs=()).candidates.peak_musd
    expected = limited_expectation(np.array(600.0), np.array(260.0), np.array(1.4))
    assert peaks.max() == 600.0
    assert abs(peaks.mean() - expected) < 4 * standard_error(peaks)


def test_the_forecast_carries_its_share_of_the_spread_of_peaks():
    leaves = {"sales.peak_cap_musd": 1e12, "sales.peak_log_sd": 1.4, "sales.forecast_share": 0.3}
    leaves |= {"sales.peak_median_musd": 260.0}
    found = run_world(with_leaves(plain(), leaves), 4096, slugs=()).candidates
    forecast, peak = np.log(found.forecast_ratio), np.log(found.peak_musd / 260.0)
    for values in (peak**2 - 1.4**2, forecast**2 - 0.3 * 1.4**2, forecast * (peak - forecast)):
        assert abs(values.mean()) < 4 * standard_error(values)


def test_years_to_peak_are_integrated_well_enough():
    """A fine grid of products, each with certain years to its peak, averages to what eight nodes give."""
    scenario, (least, likeliest, most) = plain(), load()["sales.years_to_peak"]
    product = Product(np.array([41]), np.array([93]), True, True, 1.0, True)
    form = value_market(scenario, central_theta(scenario), product, 0.11, 140)
    grid = []
    for luck in (np.arange(100) + 0.5) / 100:
        years = float(triangular_quantile(np.array(luck), least, likeliest, most))
        one = with_leaves(scenario, {"sales.years_to_peak": (years - 1e-9, years, years + 1e-9)})
        grid.append(value_market(one, central_theta(one), product, 0.11, 140))
    for name in ("net_sales", "costs", "sales_in_term", "tiers"):
        assert getattr(form, name) == pytest.approx(np.mean([getattr(g, name) for g in grid], axis=0), rel=2e-4), name


def test_a_certain_peak_gives_what_a_calculator_gives():
    """With (almost) no spread the integrals over peak and years to peak are one product, summed here in plain loops."""
    scenario = with_leaves(plain(), PLAIN_MARKET)
    launch, exclusive_until = 41, 89
    product = Product(np.array([launch]), np.array([exclusive_until]), True, False, 1.0, True)
    form = value_market(scenario, central_theta(scenario), product, 0.11, 140)
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
    assert form.tiers[:, 0] == pytest.approx(tiers, rel=1e-6)
    assert float(form.sales_in_term[0]) == pytest.approx(in_term, rel=1e-6)


def test_a_certain_peak_costs_the_company_what_a_calculator_says():
    scenario = with_leaves(plain(), PLAIN_MARKET | {"sales.peak_median_musd": 300.0})
    launch, exclusive_until = 41, 89
    product = Product(np.array([launch]), np.array([exclusive_until]), True, True, 1.0, False)
    form = value_market(scenario, central_theta(scenario), product, 0.11, 140)
    costs = sold = 0.0
    for quarter, real in sales_by_hand(scenario, 300.0 * 0.70, launch, exclusive_until):
        since = quarter - launch
        selling = 120 / 4 if since < 4 else max(0.25 * real, 30 / 4)
        factor = 1.11 ** -((since + 0.5) / 4)
        costs += factor * ((0.20 + 0.05) * real + selling + (0.05 * real if since < 32 else 0))
        sold += factor * real
    assert float(form.costs[0]) == pytest.approx(costs, rel=1e-6)
    assert float(form.net_sales[0]) == pytest.approx(sold, rel=1e-6)


def royalty_of_year(total: float, rates: tuple[float, ...]) -> float:
    """The royalty on a year's nominal sales that come in unevenly, with tiers from 0, 250 and 500."""
    scenario = with_leaves(plain(), PLAIN_MARKET | {"valuation.inflation_rate": 0.0})
    quarter = np.arange(QUARTERS)
    amount = total * np.array([0.1, 0.2, 0.3, 0.4])
    sales = Sales(np.zeros(QUARTERS, dtype=int), quarter, quarter, amount)
    return float(np.sum(tier_slices(scenario, sales).sum(axis=1) * rates))


@pytest.mark.parametrize(("threshold", "below", "above"), [(250, 0.04, 0.06), (500, 0.06, 0.08)])
def test_tiers_join_at_their_boundary_and_change_slope_there(threshold, below, above):
    rates, step = (0.04, 0.06, 0.08), 0.5
    at = royalty_of_year(threshold, rates)
    assert at == pytest.approx(0.04 * 250 + 0.06 * (threshold - 250), abs=1e-12)
    assert at - royalty_of_year(threshold - step, rates) == pytest.approx(below * step, abs=1e-12)
    assert royalty_of_year(threshold + step, rates) - at == pytest.approx(above * step, abs=1e-12)
