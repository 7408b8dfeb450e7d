"""What the deal pays by its terms: its strategy lived again with every number of extensions, priced at three rates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.termsheet import TAILS, TermSheet
from partnering.course.plan import Chances
from partnering.course.research import extension_musd, horizon_quarters
from partnering.course.strategies import Party
from partnering.deal.books import Books
from partnering.deal.ledger import sign
from partnering.inputs.scenario import Scenario
from partnering.inquiry.asked import Inquiry
from partnering.inquiry.what_if import with_values
from partnering.results.measure import measure_units
from partnering.results.schema import PRETAX
from partnering.results.simulate import Task, chances_of, keep_all
from partnering.results.workers import Workers
from partnering.value.present import discount_factors, value_by_path
from partnering.world.candidates import Candidates, draw_candidates
from partnering.world.streams import BLOCK
from partnering.world.theta import Theta, draw_theta

RATE, EXTENSION = "valuation.discount_rate", "extension"
TRADERS = (("company", Party.COMPANY), ("partner", Party.PARTNER))
BY_CHANCE = {"deal.extension_rule": "chance", "deal.extension_prob": 0.5}
ROYALTY, REPLACES_ROYALTY = "deal.royalty.rates", ("deal.sharing.profit_share", "deal.royalty.floor_musd")
SAMPLE, STRATA = 400, 20
"""Futures of the sample, and the strata they are taken from."""


@dataclass(frozen=True)
class Question:
    """What every block is asked."""

    task: Task
    terms: tuple[str, ...]
    actual: tuple[float, ...]
    rates: tuple[float, ...]
    chosen: NDArray[np.int64]  # futures of the sample, in order


@dataclass(frozen=True)
class Part:
    """What a block knows, by party where it is a list: the company's parts are followed by its alternatives."""

    paths: int
    sums: list[NDArray[np.float64]]  # over paths, (choice, rate, part)
    products: list[NDArray[np.float64]]  # of parts with each other, (choice, rate, part, part)
    taken: NDArray[np.int64]  # extensions decided, in the futures of the sample
    sample: list[NDArray[np.float64]]  # (extensions, rate, part, future), then (rate, alternative, future)


def gather_terms(inquiry: Inquiry) -> TermSheet:
    """Return what the deal of a run pays by its terms; at the actual ones means are those of the run."""
    task, run = inquiry.task, inquiry.run
    terms, actual = terms_of(task.scenario)
    company, *others = (run.paths[f"npv.{PRETAX}.{slug}.company"] for slug in inquiry.slugs)
    partner = run.paths[f"npv.{PRETAX}.{inquiry.slugs[0]}.partner"]
    chosen = stratified(company, partner, np.stack(others))
    question = Question(task, terms, actual, rates_of(task.scenario), chosen)
    blocks = range(-(-task.paths // BLOCK))
    with Workers(inquiry.workers) as pool:
        parts = list(pool.map(partial(_ask_block, question), blocks))
    return _joined(question, parts, tuple(inquiry.slugs[1:]))


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
        found[EXTENSION] = extension_musd(scenario)
    return tuple(found), tuple(map(float, found.values()))


def rates_of(scenario: Scenario) -> tuple[float, ...]:
    """Return the common discount rates that can be chosen: the scenario's, and the ends of its range."""
    leaf = scenario.leaves[RATE]
    return tuple(sorted({rate for rate in (leaf.low, leaf.value, leaf.high) if rate is not None}))


def stratified(
    company: NDArray[np.float64], partner: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return futures that stand for all, in order of path; `others` are the alternatives, (alternative, path).

    All are sorted by the partner's value into strata, within each by the company's lead, and every so manieth is
    taken: of the possible starts the one with which shares and percentiles come closest to those of all futures.
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


def _ask_block(question: Question, block: int) -> Part:
    """Return what one block knows."""
    task, scenario = question.task, question.task.scenario
    size = min(BLOCK, task.paths - block * BLOCK)
    theta = draw_theta(scenario, task.seed, block, size)
    candidates = draw_candidates(scenario, theta, task.seed, block, task.reach)
    decided = [books for _, books in keep_all(task, theta, candidates, chances_of(task, block, size))]
    taken = decided[0].plan.extensions
    others = np.stack([_alternatives(scenario, decided[1:], rate, size) for rate in question.rates])
    priced = [
        np.stack([_parts(question, books, rate, size) for rate in question.rates], axis=1)
        for books in _by_extensions(task, theta, candidates, block)
    ]
    parts = np.stack(priced, axis=1)  # (party, extensions, rate, part, path)
    means = [np.concatenate([np.choose(taken, of_party)[None], of_party]) for of_party in parts]
    beside = np.broadcast_to(others, (len(means[0]), *others.shape))
    means[0] = np.concatenate([means[0], beside], axis=2)
    mine = question.chosen - block * BLOCK
    mine = mine[(mine >= 0) & (mine < size)]
    return Part(
        paths=size,
        sums=[of_party.sum(axis=-1) for of_party in means],
        products=[_products(of_party) for of_party in means],
        taken=taken[mine],
        sample=[*(of_party[..., mine] for of_party in parts), others[..., mine]],
    )


def _by_extensions(task: Task, theta: Theta, candidates: Candidates, block: int) -> Iterator[Books]:
    """Yield the books of the strategy that signs with no extension, with one, ...: beliefs are those of the run."""
    scenario, size = task.scenario, theta.size
    few = replace(
        task, scenario=with_values(scenario, BY_CHANCE), strategies=task.strategies[:1], beliefs=task.beliefs[:1]
    )
    options = max(scenario["deal.extension_count"], 1)
    for taken in range(scenario["deal.extension_count"] + 1):
        luck = np.broadcast_to((np.arange(options) >= taken)[:, None], (options, size)).astype(float)
        chances = Chances(chances_of(task, block, size).signing, luck)
        yield next(books for _, books in keep_all(few, theta, candidates, chances))


def _parts(question: Question, books: Books, rate: float, size: int) -> NDArray[np.float64]:
    """Return the parts of both parties' values at a common rate, shape (party, part, path)."""
    scenario, priced = question.task.scenario, _at_rate(books, rate)
    units = {name: np.zeros((len(question.terms), size)) for name, _ in TRADERS}
    for (name, term, _), worth in measure_units(scenario, priced, size).items():
        term = EXTENSION if term.startswith(EXTENSION) else term
        if name in units and term in question.terms:
            units[name][question.terms.index(term)] += worth
    actual = np.array(question.actual)[:, None]
    rest = [_value(scenario, priced, party, size) - (actual * units[name]).sum(axis=0) for name, party in TRADERS]
    return np.stack([np.concatenate([left[None], units[name]]) for left, (name, _) in zip(rest, TRADERS, strict=True)])


def _alternatives(scenario: Scenario, books: list[Books], rate: float, size: int) -> NDArray[np.float64]:
    """Return the company's value of every alternative at a common rate, shape (alternative, path)."""
    return np.stack([_value(scenario, _at_rate(one, rate), Party.COMPANY, size) for one in books])


def _at_rate(books: Books, rate: float) -> Books:
    """Return books whose parties discount at another common rate; what the company's is above it stays."""
    strategy = books.strategy
    spread = strategy.rate - strategy.common_rate
    return replace(books, strategy=replace(strategy, rate=rate + spread, common_rate=rate))


def _value(scenario: Scenario, books: Books, party: Party, size: int) -> NDArray[np.float64]:
    """Return a party's value of the programme, planned and before tax, shape (path,)."""
    factors, value = discount_factors(books.strategy.rate_of(party), horizon_quarters(scenario)), np.zeros(size)
    for flow in books.flows:
        if flow.programme and (seen := sign(flow, party)):
            value = value + seen * value_by_path(flow, factors, size)
    return value


def _products(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums over paths of products of parts, shape (choice, rate, part, part)."""
    found = np.empty((*parts.shape[:2], parts.shape[2], parts.shape[2]))
    for place in np.ndindex(parts.shape[:2]):
        one = parts[place]
        for row, mine in enumerate(one):
            found[(*place, row)] = (mine * one).sum(axis=-1)
    return found


def _joined(question: Question, parts: list[Part], alternatives: tuple[str, ...]) -> TermSheet:
    """Return all blocks as one term sheet."""
    paths, known = sum(part.paths for part in parts), 1 + len(question.terms)
    means = [np.sum([part.sums[party] for part in parts], axis=0) / paths for party, _ in enumerate(TRADERS)]
    squares = [np.sum([part.products[party] for part in parts], axis=0) / paths for party, _ in enumerate(TRADERS)]
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
