"""Published statistics: many programmes at once, and a product whose inputs are drawn."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from partnering.analysis.cases.tree import Figures, Inputs, spread
from partnering.analysis.rollback import Node, roll_back
from partnering.clock import discount
from partnering.inputs.ranges import triangular_at
from partnering.model.draws import uniforms
from partnering.results import statistics

DRAWN_ONCE = ("market_size", "trial_cost", "rd_cost")
"""What a path of the drawn product has one draw of; growth rates have one a year."""


def work_megafund(inputs: Inputs) -> Figures:
    """Work one programme and a portfolio of independent ones: returns, their spread, chances of several successes."""
    payments = discount(np.arange(1, inputs["income_years"] + 1), inputs["discount_rate"])
    pays, p, years = inputs["income"] * float(payments.sum()), inputs["p"], inputs["years"]
    programme = Node(chances=((p, Node(pays / inputs["cost"])),))
    rounded, sd = Node(chances=((p, Node(round(pays, 1) / inputs["cost"])),)), spread(programme)
    successes = count_successes(inputs)
    chances = {f"p_at_least_{k}": statistics.probability(successes >= k).value for k in inputs["at_least"]}
    return chances | {
        "success_value": pays,
        "expected_multiple_rounded_pv": float(roll_back(rounded)),
        "expected_annual_return": float(roll_back(programme)) ** (1 / years) - 1,
        "sd_ten_years": sd,
        "annual_sd_single": sd / years**0.5,
        "annual_sd_portfolio": sd / (years * inputs["n"]) ** 0.5,
    }


def count_successes(inputs: Inputs) -> NDArray[np.int64]:
    """Return the successes of every simulated portfolio, shape (path,)."""
    seed, blocks = inputs["simulation"]["seed"], inputs["simulation"]["blocks"]
    drawn = (uniforms(seed, "portfolio", block, inputs["n"]) < inputs["p"] for block in range(blocks))
    return np.concatenate([succeeds.sum(axis=0) for succeeds in drawn])


def work_moore(inputs: Inputs) -> Figures:
    """Work a product whose market, share and costs are drawn: mean, spread and percentiles of what it brings."""
    blocks = range(inputs["simulation"]["blocks"])
    cost, profits = (np.concatenate(parts, axis=-1) for parts in zip(*(draw(inputs, b) for b in blocks), strict=True))
    years = np.arange(1, inputs["years"] + 1)
    npv = np.rint(profits * discount(years, inputs["discount_rate"])[:, None]).sum(axis=0) - cost
    cumulative = np.cumsum(profits, axis=0) - cost
    third, last = cumulative[inputs["years"] // 2], cumulative[-1]
    found = {"npv_mean_of_all_draws": statistics.mean(npv).value}
    for name, values in (("npv", npv), ("cumulative_year3", third), ("cumulative_year5", last)):
        found |= {f"{name}_mean": statistics.mean(values).value, f"{name}_sd": float(values.std(ddof=1))}
        ordered = np.sort(values)
        found |= {f"{name}_{p}": statistics.percentile(ordered, at).value for p, at in inputs["percentiles"].items()}
    negative, positive = statistics.probability(npv < 0), statistics.probability(third > 0)
    return found | {"p_npv_negative": negative.value, "p_year3_positive": positive.value}


def draw(inputs: Inputs, block: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (cost, (path,); profit by year, (year, path)) of a block of draws, in whole units of account."""
    steps, unit = inputs["years"] - 1, inputs["unit_of_account"]
    luck = uniforms(inputs["simulation"]["seed"], "product", block, len(DRAWN_ONCE) + 2 * steps)
    once, yearly = luck[: len(DRAWN_ONCE)], luck[len(DRAWN_ONCE) :]
    market, trial = (inputs[n]["mean"] + inputs[n]["sd"] * ndtri(u) for n, u in zip(DRAWN_ONCE, once[:2], strict=False))
    research = inputs["rd_cost"]["low"] + (inputs["rd_cost"]["high"] - inputs["rd_cost"]["low"]) * once[2]
    growth = _growth(inputs["market_growth"], yearly[:steps]) * _growth(inputs["share_growth"], yearly[steps:])
    units = market * inputs["share"] * np.cumprod(np.vstack([np.ones_like(market), growth]), axis=0)
    profit = np.rint(units * inputs["margin_per_month"] * inputs["months"] / unit)
    return np.rint(research / unit) + np.rint(trial / unit), profit


def _growth(rate: Inputs, u: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 + triangular_at(rate["low"], rate["mode"], rate["high"], u)
