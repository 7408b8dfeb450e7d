"""The verdict of a run: which strategy, by how much, how surely. Every sentence is a function of these records."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from partnering.results.schema import PLANNED, PRETAX, VIEW
from partnering.results.statistics import Z90, Estimate
from partnering.results.stored import Results

TIE_ERRORS = 2
"""Two alternatives within this many standard errors of their difference are both named."""


@dataclass(frozen=True)
class Option:
    """A strategy as the company sees it."""

    slug: str
    title: str
    phrase: str  # the title inside a sentence
    value: Estimate
    p05: float
    p50: float
    p95: float
    p_loss: float
    products: dict[str, float]  # approved, returning, paying: means
    p_returning: float  # chance of at least one product that provides a return


@dataclass(frozen=True)
class Verdict:
    """Signing against the best alternative, on the same paths."""

    company: str
    partner: str
    date: str
    signing: Option
    alone: Option  # the alternative with the highest mean
    others: tuple[Option, ...]  # further alternatives, the best first
    tied: tuple[Option, ...]  # those of them that cannot be told from it
    difference: Estimate  # signing minus alone
    p_better: float
    sure_prob: float  # share of futures from which a lead counts as sure

    @property
    def outcome(self) -> str:
        """Return sign, alone, or tie when the limits of the difference include zero."""
        low, high = self.difference.low or 0.0, self.difference.high or 0.0
        return "sign" if low > 0 else "alone" if high < 0 else "tie"

    @property
    def sure(self) -> bool:
        """Return whether the leader is also ahead in enough futures."""
        ahead = self.p_better if self.outcome == "sign" else 1 - self.p_better
        return self.outcome != "tie" and ahead >= self.sure_prob


@dataclass(frozen=True)
class Claim:
    """The letter's claim in one reading of products: the ratio of expected counts, signing over alone."""

    reading: str
    signing: float
    alone: float
    ratio: Estimate
    needed: float

    @property
    def holds(self) -> bool:
        """Return whether the ratio is above what `substantially more` needs, limits included."""
        return (self.ratio.low or 0.0) >= self.needed


READINGS = ("approved", "returning", "paying")
PLAIN = {**{p: f"npv_{p}" for p in ("p05", "p50", "p95")}, "p_loss": "p_loss", "p_returning": "p_returning_1"}
"""Metrics an option states without limits."""


def judge(results: Results) -> Verdict:
    """Return the verdict of a run from its headline table and manifest."""
    table, made = Headline(results), results.manifest
    options = {slug: table.option(slug) for slug in made["strategies"]}
    signing = next(option for slug, option in options.items() if made["strategies"][slug]["signs_today"])
    others = (option for slug, option in options.items() if not made["strategies"][slug]["signs_today"])
    alone, *rest = sorted(others, key=lambda option: -option.value.value)
    return Verdict(
        company=made["parties"]["company"],
        partner=made["parties"]["partner"],
        date=made["valuation_date"],
        signing=signing,
        alone=alone,
        others=tuple(rest),
        tied=tuple(o for o in rest if table.indistinguishable(alone.slug, o.slug)),
        difference=table.pair(signing.slug, alone.slug, "difference_mean"),
        p_better=table.pair(signing.slug, alone.slug, "p_better").value,
        sure_prob=leaf(results, "claim.sure_prob"),
    )


class Headline:
    """The headline table by key."""

    def __init__(self, results: Results):
        self._rows = results.table("headline").set_index(["strategy", "party", "view", "metric"])
        self._strategies = results.manifest["strategies"]

    def estimate(self, strategy: str, metric: str, party: str = "company", view: str = VIEW) -> Estimate:
        """Return a metric with its limits."""
        row = self._rows.loc[(strategy, party, view, metric)]
        low, high = (None if pd.isna(row[c]) else float(row[c]) for c in ("low", "high"))
        return Estimate(float(row["value"]), low, high)

    def pair(self, first: str, second: str, metric: str) -> Estimate:
        """Return a metric of first minus second, whichever way round the table has it."""
        if (f"{first}-{second}", "company", VIEW, metric) in self._rows.index:
            return self.estimate(f"{first}-{second}", metric)
        other, whole = self.estimate(f"{second}-{first}", metric), 1.0 if metric == "p_better" else 0.0
        return Estimate(whole - other.value, whole - (other.high or 0.0), whole - (other.low or 0.0))

    def indistinguishable(self, first: str, second: str) -> bool:
        """Return whether two strategies lie within two standard errors of their difference."""
        gap = self.pair(first, second, "difference_mean")
        return abs(gap.value) <= TIE_ERRORS * half_width(gap) / Z90

    def option(self, slug: str) -> Option:
        """Return a strategy as the company sees it."""
        about = self._strategies[slug]
        plain = {name: self.estimate(slug, metric).value for name, metric in PLAIN.items()}
        products = {reading: self.estimate(slug, f"{reading}_mean").value for reading in READINGS}
        value = self.estimate(slug, "npv_mean")
        return Option(slug, about["title"], about["phrase"], value, products=products, **plain)


def leaf(results: Results, path: str) -> float:
    """Return the value of a single-number input of a run."""
    return float(leaves(results).loc[path, "value"])


def partner_loss(results: Results, verdict: Verdict) -> float:
    """Return the share of futures in which the partner loses money if the deal is signed."""
    return Headline(results).estimate(verdict.signing.slug, "p_loss", "partner").value


def rules_of(results: Results) -> tuple[bool, bool]:
    """Return whether gates are rational, and whether co-promotion is offered."""
    value = leaves(results)["value"]
    return value["behaviour.gates"] == "rational", value["deal.copromotion.offered"] == "true"


def leaf_list(results: Results, path: str) -> list[Any]:
    """Return the value of a list among the inputs of a run."""
    return list(json.loads(leaves(results).loc[path, "value"]))


def leaves(results: Results) -> pd.DataFrame:
    """Return the inputs of a run by path, as text."""
    return results.table("inputs").set_index("path")


def weigh_claim(results: Results, verdict: Verdict, view: str = VIEW) -> list[Claim]:
    """Return the letter's claim in each reading of products, against the best alternative, by default as financed."""
    needed, table = leaf(results, "claim.substantially_more"), Headline(results)
    claims = []
    for reading in READINGS:
        signing, alone = (
            table.estimate(o.slug, f"{reading}_mean", view=view) for o in (verdict.signing, verdict.alone)
        )
        claims.append(Claim(reading, signing.value, alone.value, _ratio(signing, alone), needed))
    return claims


def weigh_claim_planned(results: Results, verdict: Verdict) -> tuple[list[Claim], list[Claim]]:
    """Return the claim with all the money the company could want, after tax, and for the programme before tax."""
    return weigh_claim(results, verdict, PLANNED), weigh_claim(results, verdict, PRETAX)


def half_width(estimate: Estimate) -> float:
    """Return half the distance between the limits of an estimate, 0 where it has none."""
    return ((estimate.high or 0.0) - (estimate.low or 0.0)) / 2


def _ratio(above: Estimate, below: Estimate) -> Estimate:
    """Return a ratio of means with limits from both errors as if independent (paired ones are narrower)."""
    if not below.value:
        return Estimate(np.inf, np.inf, np.inf) if above.value else Estimate(1.0, None, None)
    ratio = above.value / below.value
    upper, lower = (half_width(e) / e.value if e.value else 0.0 for e in (above, below))
    half = ratio * float(np.hypot(upper, lower))
    return Estimate(ratio, ratio - half, ratio + half)
