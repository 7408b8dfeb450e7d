"""The verdict of a run: which strategy, by how much, how surely. Every sentence is a function of these records."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from partnering.results.schema import FAMILIES, READINGS, VIEW
from partnering.results.statistics import Estimate, standard_error
from partnering.results.stored import Results

TIE_ERRORS = 2
"""Two alternatives within this many standard errors of their difference are both named."""


@dataclass(frozen=True)
class Option:
    """A strategy as the company sees it."""

    slug: str
    title: str
    phrase: str  # the title inside a sentence
    variant: str  # what of it stands, in words; empty where there was no choice
    value: Estimate
    p05: float
    p50: float
    p95: float
    p_loss: float
    products: dict[str, float]  # approved, returning, paying: means
    p_returning: float  # chance of at least one product that provides a return


@dataclass(frozen=True)
class Rival:
    """The best strategy of a family, and the lead of signing over it on the same paths."""

    family: str
    option: Option
    tied: tuple[Option, ...]  # others of the family that cannot be told from it
    difference: Estimate  # signing minus the rival
    p_better: float
    inputs: tuple[Estimate, Estimate]  # 5th and 95th percentile of the expected lead over what inputs may be
    inputs_sd: Estimate
    luck_share: Estimate  # of the variance of the lead

    @property
    def outcome(self) -> str:
        """Return sign, alone, or tie when the limits of the difference include zero."""
        low, high = self.difference.low or 0.0, self.difference.high or 0.0
        return "sign" if low > 0 else "alone" if high < 0 else "tie"

    def sure(self, share: float) -> bool:
        """Return whether the leader is also ahead in at least a share of futures."""
        ahead = self.p_better if self.outcome == "sign" else 1 - self.p_better
        return self.outcome != "tie" and ahead >= share


@dataclass(frozen=True)
class Verdict:
    """Signing against the best way of going alone, and the best of giving up."""

    company: str
    partner: str
    date: str
    signing: Option
    rivals: tuple[Rival, ...]  # going alone, then giving up, as far as there is one
    others: tuple[Option, ...]  # strategies that are neither signing nor the nearest rival, the best first
    sure_prob: float  # share of futures from which a lead counts as sure

    @property
    def closest(self) -> Rival:
        """Return the rival with the smaller mean lead."""
        return min(self.rivals, key=lambda rival: rival.difference.value)

    def over(self, family: str) -> Rival | None:
        """Return the rival of a family, None if there is none."""
        return next((rival for rival in self.rivals if rival.family == family), None)

    @property
    def nearest(self) -> Option:
        """Return the strategy that comes closest to signing, or is furthest ahead of it."""
        return self.closest.option

    @property
    def tied(self) -> tuple[Option, ...]:
        """Return strategies that cannot be told from the nearest rival."""
        return self.closest.tied

    @property
    def difference(self) -> Estimate:
        """Return the lead over the nearest rival."""
        return self.closest.difference

    @property
    def p_better(self) -> float:
        """Return the share of futures in which signing is worth more than the nearest rival."""
        return self.closest.p_better

    @property
    def outcome(self) -> str:
        """Return the outcome against the nearest rival."""
        return self.closest.outcome

    @property
    def sure(self) -> bool:
        """Return whether that is also so in enough futures."""
        return self.closest.sure(self.sure_prob)


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


PLAIN = {**{p: f"npv_{p}" for p in ("p05", "p50", "p95")}, "p_loss": "p_loss", "p_returning": "p_returning_1"}
"""Metrics an option states without limits."""


def judge(results: Results) -> Verdict:
    """Return the verdict of a run from its headline table and manifest."""
    table, made = Headline(results), results.manifest
    options = {slug: table.option(slug) for slug in made["strategies"]}
    signing = next(option for slug, option in options.items() if made["strategies"][slug]["signs_today"])
    others = sorted((o for o in options.values() if o is not signing), key=lambda option: -option.value.value)
    families = {f: [o for o in others if made["strategies"][o.slug]["family"] == f] for f in FAMILIES}
    rivals = tuple(_rival(table, signing, family, some) for family, some in families.items() if some)
    nearest = min(rivals, key=lambda rival: rival.difference.value).option
    return Verdict(
        company=made["parties"]["company"],
        partner=made["parties"]["partner"],
        date=made["valuation_date"],
        signing=signing,
        rivals=rivals,
        others=tuple(option for option in others if option is not nearest),
        sure_prob=leaf(results, "claim.sure_prob"),
    )


def _rival(table: "Headline", signing: Option, family: str, some: list[Option]) -> Rival:
    """Return the best of a family, the first of those given, and the lead over it."""
    best = some[0]

    def lead(metric: str) -> Estimate:
        """Return a metric of the lead."""
        return table.pair(signing.slug, best.slug, metric)

    return Rival(
        family=family,
        option=best,
        tied=tuple(option for option in some[1:] if table.indistinguishable(best.slug, option.slug)),
        difference=lead("difference_mean"),
        p_better=lead("p_better").value,
        inputs=(lead("lead_p05_inputs"), lead("lead_p95_inputs")),
        inputs_sd=lead("lead_sd_inputs"),
        luck_share=lead("luck_share"),
    )


class Headline:
    """The headline table by key."""

    def __init__(self, results: Results):
        self._results = results
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
        """Return whether two strategies lie within two standard errors of their paired difference."""
        one, two = (self._results.paths[f"npv.{VIEW}.{slug}.company"] for slug in (first, second))
        return abs(float((one - two).mean())) <= TIE_ERRORS * standard_error(one - two)

    def option(self, slug: str) -> Option:
        """Return a strategy as the company sees it."""
        about = self._strategies[slug]
        plain = {name: self.estimate(slug, metric).value for name, metric in PLAIN.items()}
        products = {reading: self.estimate(slug, f"{reading}_mean").value for reading in READINGS}
        value = self.estimate(slug, "npv_mean")
        title, phrase, variant = (about[part] for part in ("title", "phrase", "variant"))
        return Option(slug, title, phrase, variant, value, products=products, **plain)


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


def weigh_claim(results: Results, view: str = VIEW) -> list[Claim]:
    """Return the letter's claim in each reading of products: with own research, against the plan alone with most."""
    table = results.table("claim")
    needed = leaf(results, "claim.substantially_more")
    return [
        Claim(row.reading, row.signing, row.alone, Estimate(row.ratio, _limit(row.low), _limit(row.high)), needed)
        for row in table[table["view"] == view].itertuples()
    ]


def _limit(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
