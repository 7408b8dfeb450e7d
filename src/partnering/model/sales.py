"""Sales of an approved product: uptake, exclusivity, erosion, and when the company withdraws it."""

import math

from partnering.model.kernel import compiled
from partnering.model.stages import NEVER


@compiled
def uptake(rules, since, years_to_peak):
    """Return sales over peak before exclusivity ends: yearly averages joined at mid-years, time scaled to the peak."""
    last = rules["uptake_points"]
    years = (since + 0.5) / 4 * last / years_to_peak
    if years >= rules["uptake_at"][last]:
        return rules["uptake"][last]
    point = int(years + 0.5)
    low, high = rules["uptake_at"][point], rules["uptake_at"][point + 1]
    slope = (rules["uptake"][point + 1] - rules["uptake"][point]) / (high - low)
    return rules["uptake"][point] + slope * (years - low)


@compiled
def left_after(years, loss, log_decline, over_years):
    """Return sales left after years without exclusivity: down by `loss` in a straight line, then a yearly decline."""
    if years <= 0:
        return 1.0
    fallen = 1 - loss * min(years / over_years, 1.0)
    if years <= over_years:
        return fallen
    return fallen * math.exp((years - over_years) * log_decline)


@compiled
def net_sales(rules, future, c, q):
    """Return real net sales of a product in a quarter, $ million; 0 before its launch."""
    if q < c["launch"]:
        return 0.0
    years = (q + 0.5) / 4 - c["loss_of_exclusivity"] / 4
    kept = left_after(years, future["erosion"], future["log_decline"], rules["erosion_years"])
    return c["level"] / 4 * (uptake(rules, q - c["launch"], c["years_to_peak"]) * kept)


@compiled
def too_little(rules, c, q):
    """Return whether the company withdraws a product: what it sold in the quarter before is too little to go on."""
    since = q - c["launch"]
    return (
        c["own"][5] == 1
        and c["launch"] < NEVER
        and since > 0
        and 4 * c["sold"] < rules["least_sales"][c["conjugate"], since]
    )
