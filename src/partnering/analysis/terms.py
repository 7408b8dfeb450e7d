"""What the deal pays by its terms: its strategy lived again with every number of extensions, priced at three rates."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.asked import COMPANY, PARTNER, Inquiry
from partnering.analysis.termsheet import EXTENSION, RATE, TAILS, TermSheet
from partnering.analysis.what_if import world_of
from partnering.inputs.scenario import Scenario
from partnering.model.draws import BLOCK, draw_luck
from partnering.model.pack import RULE_OF_EXTENSION, Packed, factors_at, funding_years
from partnering.model.run import Keep, play
from partnering.model.views import PRETAX
from partnering.results.parallel import in_order
from partnering.results.schema import PRETAX as BEFORE_TAX
from partnering.results.terms import terms_of as places_of
from partnering.results.variants import chosen

ROYALTY, REPLACES_ROYALTY = "deal.royalty.rates", ("deal.sharing.profit_share", "deal.royalty.floor_musd")
SAMPLE, STRATA = 400, 20
"""Futures of the sample, and the strata they are taken from."""


class Question(NamedTuple):
    """What every block is asked."""

    scenario: Scenario
    seed: int
    paths: int  # of the run
    terms: tuple[str, ...]
    actual: tuple[float, ...]
    rates: tuple[float, ...]
    chosen: NDArray[np.int64]  # futures of the sample, in order


class Part(NamedTuple):
    """What a block knows, by party where it is a list: the company's parts are followed by its alternatives."""

    sums: list[NDArray[np.float64]]  # over paths, (choice, rate, part)
    products: list[NDArray[np.float64]]  # of parts with each other, (choice, rate, part, part)
    taken: NDArray[np.int64]  # extensions decided, in the futures of the sample
    sample: list[NDArray[np.float64]]  # (extensions, rate, part, future), then (rate, alternative, future)


def gather_terms(inquiry: Inquiry) -> TermSheet:
    """Return what the deal of a run pays by its terms; at the actual ones means are those of the run."""
    scenario, slugs = inquiry.scenario, inquiry.slugs
    company, *others = (inquiry.of_run(BEFORE_TAX, slug, "company") for slug in slugs)
    chosen = stratified(company, inquiry.of_run(BEFORE_TAX, slugs[0], "partner"), np.stack(others))
    question = Question(scenario, inquiry.seed, len(company), *terms_of(scenario), rates_of(scenario), chosen)
    blocks = range(-(-len(company) // BLOCK))
    parts = list(in_order(partial(ask_block, question), blocks, inquiry.workers))
    return _joined(question, parts, tuple(slugs[1:]))


def terms_of(scenario: Scenario) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the terms that a reader may move, as exposures name them, and what the deal has: an extension year last.

    Every year of an extension pays the same. No royalty is moved where a share of profit takes its place, or where a
    least royalty makes what it pays bend.
    """
    found: dict[str, float] = {}
    replaced = any(scenario[path] > 0 for path in REPLACES_ROYALTY)
    for leaf in scenario.leaves.values():
        if leaf.slider and leaf.path.startswith("deal.") and not (replaced and leaf.path.startswith(ROYALTY)):
            if isinstance(leaf.value, tuple):
                found |= {f"{leaf.path}[{place}]": amount for place, amount in enumerate(leaf.value)}
            else:
                found[leaf.path] = leaf.value
    if scenario["deal.extension_count"]:
        found[EXTENSION] = funding_years(scenario)[-1]
    return tuple(found), tuple(map(float, found.values()))


def rates_of(scenario: Scenario) -> tuple[float, ...]:
    """Return the common discount rates that can be chosen: the scenario's, and the ends of its range."""
    leaf = scenario.leaves[RATE]
    return tuple(sorted({rate for rate in (leaf.low, leaf.value, leaf.high) if rate is not None}))


def stratified(
    company: NDArray[np.float64], partner: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return futures that stand for all, in order of path; `others` are the alternatives, (alternative, path).

    All are sorted by the partner's value into strata, within each by the company's lead, and futures at
    even distances are taken: of the possible starts the one with which shares and percentiles come closest to those of
    all futures.
    """
    paths = len(company)
    lead = company - others[int(np.argmax(others.mean(axis=1)))]
    strata = np.array_split(np.argsort(partner, kind="stable"), min(STRATA, paths))
    order = np.concatenate([stratum[np.argsort(lead[stratum], kind="stable")] for stratum in strata])
    step = max(paths // SAMPLE, 1)
    samples = [order[start::step] for start in range(step)]
    told = partial(_told, company, partner, others)
    truth = told(slice(None))
    share = truth[: -2 * len(TAILS)]
    scale = np.concatenate([np.sqrt(share * (1 - share)), np.repeat([company.std(), partner.std()], len(TAILS))])
    off = [float((((told(sample) - truth) / (scale + 1 / paths)) ** 2).sum()) for sample in samples]
    return np.sort(samples[int(np.argmin(off))])


def _told(company: NDArray, partner: NDArray, others: NDArray, which: NDArray[np.int64] | slice) -> NDArray[np.float64]:
    """Return what is shown of some futures: shares with a lead, share of the partner's losses, percentiles."""
    mine, theirs = company[which], partner[which]
    shares = [*(mine > others[:, which]).mean(axis=1), (theirs < 0).mean()]
    return np.concatenate([shares, *(np.quantile(values, TAILS, method="hazen") for values in (mine, theirs))])


def ask_block(question: Question, block: int) -> Part:
    """Return what one block of paths knows: decisions and beliefs are those of the run, whatever the rate."""
    scenario, packed = question.scenario, chosen(question.scenario, question.seed, question.paths)
    size = min(BLOCK, question.paths - block * BLOCK)
    world = world_of(draw_luck(scenario, question.seed, block, size), packed)

    def live(strategies: Sequence[Packed], rate: float) -> list:
        """Return what is kept of strategies at a rate, by path."""
        priced = [at_rate(scenario, each, rate) for each in strategies]
        return [played.kept for played in play(priced, *world, Keep(views=(PRETAX,), units=size))]

    decided = [live(packed, rate) for rate in question.rates]
    others = np.array([[kept.out["npv"][PRETAX, :, COMPANY] for kept in at[1:]] for at in decided])
    options = [with_extensions(packed[0], taken) for taken in range(scenario["deal.extension_count"] + 1)]
    lived = [[live([option], rate)[0] for rate in question.rates] for option in options]
    return _part(question, block, decided[0][0].extensions, others, lived)


def _part(question: Question, block: int, taken: NDArray[np.int64], others: NDArray[np.float64], lived: list) -> Part:
    """Return the sums of a block and its futures of the sample; `lived` is what is kept by extensions and rate."""
    size, means, samples = len(taken), [], []
    mine = question.chosen - block * BLOCK
    mine = mine[(mine >= 0) & (mine < size)]
    for party in (COMPANY, PARTNER):
        parts = np.array([[_parts(question, kept, party) for kept in by_rate] for by_rate in lived])
        whole = np.concatenate([np.choose(taken, parts)[None], parts])
        if party == COMPANY:
            whole = np.concatenate([whole, np.broadcast_to(others, (len(whole), *others.shape))], axis=2)
        means.append(whole)
        samples.append(parts[..., mine])
    return Part(
        sums=[whole.sum(axis=-1) for whole in means],
        products=[_products(whole) for whole in means],
        taken=taken[mine],
        sample=[*samples, others[..., mine]],
    )


def _products(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums over paths of parts times each other, (..., part, part), in a fixed order."""
    rows = [(parts[..., [place], :] * parts).sum(axis=-1) for place in range(parts.shape[-2])]
    return np.stack(rows, axis=-2)


def with_extensions(packed: Packed, taken: int) -> Packed:
    """Return a strategy in which the partner takes so many extensions, whatever it would decide."""
    rules = packed.rules.copy()
    rules["extensions"], rules["extension_rule"], rules["extension_prob"] = taken, RULE_OF_EXTENSION["always"], 1.0
    return replace(packed, rules=rules)


def at_rate(scenario: Scenario, packed: Packed, rate: float) -> Packed:
    """Return a strategy whose parties discount at another common rate; what the company's is above it stays."""
    return replace(packed, factor=factors_at(scenario, packed.slug, rate))


def _parts(question: Question, kept: Any, party: int) -> NDArray[np.float64]:
    """Return a party's value without the terms, then the worth of a unit of each, shape (part, path)."""
    units = np.zeros((len(question.terms), len(kept.extensions)))
    for place, path, parties, _ in places_of(question.scenario):
        term = EXTENSION if path.startswith(EXTENSION) else path
        if term in question.terms and party in parties:
            units[question.terms.index(term)] += kept.units[:, place, party]
    paid = (np.array(question.actual)[:, None] * units).sum(axis=0)
    return np.concatenate([[kept.out["npv"][PRETAX, :, party] - paid], units])


def _joined(question: Question, parts: list[Part], alternatives: tuple[str, ...]) -> TermSheet:
    """Return all blocks as one term sheet."""
    paths, known = question.paths, 1 + len(question.terms)
    means = [np.sum([part.sums[party] for part in parts], axis=0) / paths for party in (COMPANY, PARTNER)]
    squares = [np.sum([part.products[party] for part in parts], axis=0) / paths for party in (COMPANY, PARTNER)]
    errors = [
        (square - mean[..., :, None] * mean[..., None, :]) / max(paths - 1, 1)
        for mean, square in zip(means, squares, strict=True)
    ]
    samples = [np.concatenate(found, axis=-1) for found in zip(*(part.sample for part in parts), strict=True)]
    return TermSheet(
        terms=question.terms,
        actual=np.array(question.actual),
        rates=np.array(question.rates),
        alternatives=alternatives,
        company=means[0][..., :known],
        partner=means[1],
        others=means[0][0, :, known:],
        company_error=errors[0],
        partner_error=errors[1],
        taken=np.concatenate([part.taken for part in parts]),
        sample_company=samples[0],
        sample_partner=samples[1],
        sample_others=samples[2],
    )
