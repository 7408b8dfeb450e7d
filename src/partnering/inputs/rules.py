"""What must hold between leaves. A rule yields the path it is about and what is wrong there."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

from partnering.clock import to_quarters
from partnering.inputs.errors import Problem, did_you_mean
from partnering.inputs.scenario import Leaf, Scenario
from partnering.inputs.units import LONGEST_LIST

Finding = tuple[str, str]  # path, text
TOTAL = "total_musd"


def find_problems(scenario: Scenario) -> Iterator[Problem]:
    """Every broken rule of a scenario whose leaves have the right types, with file and line."""
    leaf_findings = ((leaf.path, text) for leaf in scenario.leaves.values() for text in _leaf_texts(leaf, scenario))
    rule_findings = (finding for rule in RULES for finding in rule(scenario))
    for path, text in (*leaf_findings, *rule_findings):
        leaf = scenario.leaves[path]
        yield Problem(leaf.file, leaf.line, path, text)


def _leaf_texts(leaf: Leaf, scenario: Scenario) -> Iterator[str]:
    """What is wrong with one leaf by itself."""
    day = scenario["valuation.date"]
    if leaf.source not in scenario.sources:
        yield f"got source {leaf.source!r}, expected one in sources.yaml{did_you_mean(leaf.source, scenario.sources)}"
    if leaf.known > leaf.latest:
        text = f"the vintage {leaf.latest}" if leaf.latest > day else f"the valuation date {day}"
        yield f"got a leaf known only on {leaf.known}, expected one known on {text} or before"
    if leaf.published is not None and leaf.published < leaf.known:
        yield f"got published {leaf.published}, expected {leaf.known}, when it was known, or later"
    if text := _range_text(leaf):
        yield text


def _range_text(leaf: Leaf) -> str:
    low, high = leaf.low, leaf.high
    if low is None or high is None:
        stray = [name for name in ("low", "high", "dist") if getattr(leaf, name) is not None]
        stray += ["drawn"] if leaf.drawn and not stray else []
        return f"got {' and '.join(stray)} alone, expected low and high together" if stray else ""
    if not low < high:
        return f"got low {low:g} and high {high:g}, expected low below high"
    if not low <= leaf.value <= high:
        return f"got value {leaf.value:g}, expected one from low {low:g} to high {high:g}"
    if leaf.drawn and leaf.dist is None:
        return "got a range without dist, expected dist, or drawn: false"
    if leaf.dist == "lognormal" and low <= 0:
        return f"got low {low:g}, expected more than 0 for a lognormal"
    if leaf.dist == "beta" and not (low > 0 and high < 1):
        return f"got low {low:g} and high {high:g}, expected both between 0 and 1 for a beta"
    return ""


def _lengths(scenario: Scenario, *paths: str) -> Iterator[Finding]:
    """Lists that belong together are as long as the first of them."""
    expected = len(scenario[paths[0]])
    for path in paths[1:]:
        if len(scenario[path]) != expected:
            yield path, f"got {len(scenario[path])} items, expected {expected} as in {paths[0]}"


def _longest(scenario: Scenario) -> Iterator[Finding]:
    """Lists and extensions are no more than the model has room for."""
    for path, leaf in scenario.leaves.items():
        if isinstance(leaf.value, tuple) and len(leaf.value) > LONGEST_LIST:
            yield path, f"got {len(leaf.value)} items, expected at most {LONGEST_LIST}"
    path = "deal.extension_count"
    if scenario[path] > LONGEST_LIST:
        yield path, f"got {scenario[path]}, expected at most {LONGEST_LIST}"


def _candidates(scenario: Scenario) -> Iterator[Finding]:
    for group in ("candidates.inherited", "candidates.common"):
        members = [f"{group}.{name}" for name in scenario.children(group)]
        yield from _lengths(scenario, *(path for path in members if isinstance(scenario[path], tuple)))


def _ladders(scenario: Scenario) -> Iterator[Finding]:
    for ladder in ("deal.ladder_full", "deal.ladder_short"):
        steps = sum(scenario[f"{ladder}.{step}"] for step in scenario.children(ladder) if step != TOTAL)
        total = scenario[f"{ladder}.{TOTAL}"]
        if not math.isclose(steps, total):
            yield f"{ladder}.{TOTAL}", f"got steps that add up to {steps:g}, expected the stated total {total:g}"


def _funding(scenario: Scenario) -> Iterator[Finding]:
    schedule, total = sum(scenario["deal.research_schedule_musd"]), scenario["deal.research_total_musd"]
    if not math.isclose(schedule, total):
        yield "deal.research_schedule_musd", f"got years that add up to {schedule:g}, expected the total {total:g}"
    ceiling, committed = scenario["deal.committed_ceiling_musd"], scenario["deal.upfront_musd"] + total
    if ceiling < committed:
        yield "deal.committed_ceiling_musd", f"got {ceiling:g}, expected at least upfront and research, {committed:g}"


def _extensions(scenario: Scenario) -> Iterator[Finding]:
    path, count = "deal.extension_decision_years", scenario["deal.extension_count"]
    for listed in (path, "deal.extension_alive_needed"):
        if len(scenario[listed]) != count:
            yield listed, f"got {len(scenario[listed])} items, expected {count} as in deal.extension_count"
    moments, term = scenario[path], len(scenario["deal.research_schedule_musd"])
    if any(moment < 0 for moment in moments):
        yield path, f"got year {min(moments):g}, before signing, expected 0 or later"
    elif moments and moments[0] > term:
        yield path, f"got a first decision in year {moments[0]:g}, expected none after the committed {term} years"
    if any(not math.isclose(later - earlier, 1) for earlier, later in pairwise(moments)):
        yield path, f"got years {list(moments)}, expected each one year after the one before"


def _royalty(scenario: Scenario) -> Iterator[Finding]:
    path = "deal.royalty.thresholds_musd"
    thresholds = scenario[path]
    yield from _lengths(scenario, path, "deal.royalty.rates")
    if not thresholds or thresholds[0] != 0:
        yield path, f"got {list(thresholds)}, expected a first tier from 0"
    if any(later <= earlier for earlier, later in pairwise(thresholds)):
        yield path, f"got {list(thresholds)}, expected rising thresholds: tiers overlap"


def _other_terms(scenario: Scenario) -> Iterator[Finding]:
    stage, fee = scenario["deal.opt_in.stage"], scenario["deal.opt_in.fee_musd"]
    if stage == "none" and fee:
        yield "deal.opt_in.fee_musd", f"got {fee:g} without a stage to opt in after, expected 0, or deal.opt_in.stage"
    at, floor = "deal.sales_milestones.thresholds_musd", "deal.royalty.floor_musd"
    yield from _lengths(scenario, at, "deal.sales_milestones.amounts_musd")
    if any(later <= earlier for earlier, later in pairwise((0.0, *scenario[at]))):
        yield at, f"got {list(scenario[at])}, expected rising thresholds above 0"
    if scenario[floor] and scenario["deal.sharing.profit_share"]:
        yield floor, f"got {scenario[floor]:g} beside a profit share, which replaces the royalty, expected 0"


def _shapes(scenario: Scenario) -> Iterator[Finding]:
    splits = {"license.milestone_shares": 4, "license.early.milestone_shares": 7, "technology.milestone_shares": 7}
    for path, events in splits.items():
        shares = scenario[path]
        if len(shares) != events or not math.isclose(sum(shares), 1):
            yield path, f"got {len(shares)} that add up to {sum(shares):g}, expected {events} that add up to 1"
    uptake, peak = (scenario[path] for path in ("sales.uptake", "sales.years_to_peak"))
    if not uptake or list(uptake) != sorted(uptake) or uptake[0] == 0 or uptake[-1] != 1:
        yield "sales.uptake", f"got {list(uptake)}, expected shares above 0 that never fall and end at 1"
    if any(later <= earlier for earlier, later in pairwise(peak)):
        yield "sales.years_to_peak", f"got {list(peak)}, expected least, likeliest, most, rising"


def _margin(scenario: Scenario) -> Iterator[Finding]:
    parts = [f"sales.{part}_rate" for part in ("cogs", "conjugate_cogs", "lifecycle", "selling")]
    most = sum(scenario.leaves[path].high or scenario[path] for path in parts)
    if most >= 1:
        at = [path for path in parts if scenario.leaves[path].changed_from is not None] or parts
        yield at[-1], f"got costs of up to {most:g} of sales with those beside it, expected less than 1"


def _shared_luck(scenario: Scenario) -> Iterator[Finding]:
    path = "success.payload_factor_share"
    shared = scenario["success.common_factor_share"] + scenario[path]
    if shared > 1:
        yield path, f"got {shared:g} with success.common_factor_share, expected at most 1 in all"


SIGNING = ("signs_deal", "signing_years", "signing_prob")
"""What decides whether a strategy surely signs today."""


def _strategies(scenario: Scenario) -> Iterator[Finding]:
    strategies = [f"strategies.{slug}" for slug in scenario.children("strategies")]
    signing = [at for at in strategies if scenario[f"{at}.signs_deal"]]
    now = [at for at in signing if _surely_today(scenario, at)]
    for at in strategies:
        yield from _routes(scenario, at)
    if len(now) != 1:
        text = f"got {len(now)} strategies that surely sign the deal on the day, expected exactly one"
        yield _last_changed(scenario, now or signing or strategies), text
    elif not {"alone", "give_up"} & {scenario[f"{at}.family"] for at in strategies}:
        yield f"{strategies[0]}.family", "got no strategy without the deal, expected at least one alone or give_up"
    if len(now) == 1 and scenario[f"{now[0]}.family"] != "sign":
        family = scenario[f"{now[0]}.family"]
        yield f"{now[0]}.family", f"got {family!r} for the strategy that signs, expected 'sign'"


def _surely_today(scenario: Scenario, at: str) -> bool:
    return to_quarters(scenario[f"{at}.signing_years"]) == 0 and scenario[f"{at}.signing_prob"] == 1


def _last_changed(scenario: Scenario, strategies: list[str]) -> str:
    """The leaf to look at first: the last one about signing that a file has changed, else the last switch."""
    paths = [f"{at}.{key}" for at in strategies for key in SIGNING]
    changed = [path for path in paths if scenario.leaves[path].changed_from is not None]
    return changed[-1] if changed else f"{strategies[-1]}.signs_deal"


def _routes(scenario: Scenario, at: str) -> Iterator[Finding]:
    """A strategy's routes fit its candidates, its deal and its exit stage."""
    path, names = f"{at}.inherited_routes", scenario["candidates.inherited.names"]
    routes = (*scenario[path], scenario[f"{at}.own_lead_route"])
    if scenario[f"{at}.sells"] != "none":
        yield from _sellers(scenario, at)
        return
    if len(scenario[path]) not in (0, len(names)):
        yield path, f"got {len(scenario[path])} items, expected {len(names)} as in candidates.inherited.names, or none"
    if "partner_run" in routes and not scenario[f"{at}.signs_deal"]:
        yield path, "got 'partner_run' without the deal, expected 'own_launch', 'license_out' or 'best'"
    exit_stage, licenses = scenario[f"{at}.exit_stage"], {"license_out", "best"} & set(routes)
    if exit_stage != "none" and not licenses:
        text = f"got {exit_stage!r} for a strategy that never licenses, expected 'none', or a route that licenses"
        yield f"{at}.exit_stage", text
    if exit_stage == "none" and licenses:
        yield (
            f"{at}.exit_stage",
            f"got 'none' with a route {min(licenses)!r}, expected the stage after which it licenses",
        )


def _sellers(scenario: Scenario, at: str) -> Iterator[Finding]:
    """A strategy that sells its candidates on the day keeps none, finds none and signs nothing."""
    if scenario[f"{at}.inherited_routes"]:
        yield f"{at}.inherited_routes", "got routes for candidates that the strategy sells on the day, expected none"
    if scenario[f"{at}.own_research"] != "no":
        got = scenario[f"{at}.own_research"]
        yield f"{at}.own_research", f"got {got!r} for a strategy that sells its candidates, expected 'no'"
    if scenario[f"{at}.signs_deal"]:
        yield f"{at}.signs_deal", "got a deal signed for candidates that the strategy sells on the day, expected false"


def _partner_account(scenario: Scenario) -> Iterator[Finding]:
    """An extension by value needs candidates of the partner's own to value it by."""
    leads = sum(scenario["deal.research_schedule_musd"]) > 0
    routes = [scenario[f"strategies.{slug}.inherited_routes"] for slug in scenario.children("strategies")]
    if scenario["deal.extension_rule"] == "value" and not leads and not any("partner_run" in r for r in routes):
        text = "got 'value' where the partner develops nothing, expected a rule that needs no account of the partner"
        yield "deal.extension_rule", text


def _technology(scenario: Scenario) -> Iterator[Finding]:
    names = [f"technology.seeded_{part}" for part in ("names", "stage", "years_left")]
    yield from _lengths(scenario, *names)
    for years in scenario[names[-1]]:
        if years < 0:
            yield names[-1], f"got {years:g}: a stage still to come is dated before signing, expected 0 or more"


def _rates(scenario: Scenario) -> Iterator[Finding]:
    rate, sure = scenario["valuation.discount_rate"], "valuation.sure_spread"
    if rate + scenario[sure] < 0:
        yield sure, f"got a discount rate of {rate + scenario[sure]:g} with this spread, expected at least 0"
    for slug in scenario.children("strategies"):
        path = f"strategies.{slug}.rate_spread"
        least = rate + scenario[path] + min(scenario[sure], 0.0)
        if least < 0:
            yield path, f"got a discount rate of {least:g} with this spread, expected at least 0"


def _raises(scenario: Scenario) -> Iterator[Finding]:
    """A raise covers at least the time that cash must do for: else the company is short again at once."""
    look, cover = (f"financing.{part}_years" for part in ("look_ahead", "raise_for"))
    if scenario[look] > scenario[cover]:
        changed = scenario.leaves[cover].changed_from is not None
        path, other, bound = (cover, look, "at least") if changed else (look, cover, "at most")
        yield path, f"got {scenario[path]:g} years, expected {bound} the {scenario[other]:g} of {other}"


Rule = Callable[[Scenario], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    _longest,
    _candidates,
    _ladders,
    _funding,
    _extensions,
    _royalty,
    _other_terms,
    _shapes,
    _margin,
    _shared_luck,
    _strategies,
    _partner_account,
    _technology,
    _rates,
    _raises,
)
