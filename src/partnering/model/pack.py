"""From a validated scenario and its belief tables to the kernel's records: the one edge where names become numbers."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.clock import QUARTERS, discount, mid_years, start_years, to_quarters
from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.draws import STAGE_NAMES
from partnering.model.parties import LICENSE_EARLY, LICENSE_OUT
from partnering.model.records import CONTRACT, RULES, Beliefs
from partnering.model.stages import EVENTS, MAX_QUARTERS, NEVER, NONE, PRECLINICAL
from partnering.model.views import EARLY, LATE
from partnering.model.worth import Table

ROUTES = ("partner_run", "own_launch", "license_out", "best", "technology")
SALES, CONDUCTS = ("none", "candidates", "everything"), ("carry_on", "exit_when_better")
RULE_OF_EXTENSION = {"alive": 0, "value": 1, "chance": 2, "never": 2, "always": 2}


class Variant(NamedTuple):
    """One of the ways to follow a strategy, of which a run keeps the better."""

    research: bool = True  # of its own
    licensing: bool = True  # signs new licences of the technology


class GoingOn(NamedTuple):
    """What the market knows of going on by a strategy, as planned; arrays (no own candidate alive, one is; ...)."""

    tax_share: NDArray[np.float64]  # (2,): of what beliefs promise before tax
    burn_to_come: NDArray[np.float64]  # (2, quarter): $ million at the quarter


@dataclass(frozen=True)
class Packed:
    """A strategy as the kernel reads it."""

    slug: str
    family: str
    variant: Variant
    table: Table  # the beliefs it decides from
    rules: NDArray  # (1,)
    contracts: NDArray  # (extension years, and a last one without the deal)
    routes: NDArray[np.int64]  # (inherited candidate,)
    beliefs: Beliefs
    factor: NDArray[np.float64]  # (others, company; middle, start; quarter)


def quarters(scenario: Scenario, path: str) -> int:
    """Return a leaf of years in quarters."""
    return int(to_quarters(scenario[path]))


def variants_of(scenario: Scenario, slug: str) -> tuple[Variant, ...]:
    """Return the ways to follow a strategy, the one that stands in doubt first."""
    research = scenario[f"strategies.{slug}.own_research"]
    if scenario[f"strategies.{slug}.sells"] == "candidates":
        return Variant(research=False), Variant(research=False, licensing=False)
    return tuple(Variant(own) for own in {"yes": (True,), "no": (False,), "better": (True, False)}[research])


def pack_strategy(scenario: Scenario, slug: str, variant: Variant, table: Table, common: Table) -> Packed:
    """Return the records of one strategy, given its belief table, and that of who discounts at the common rate."""
    rate, at = scenario["valuation.discount_rate"], f"strategies.{slug}"
    rules = pack_rules(scenario)
    contracts = pack_contracts(scenario, slug, variant, table)
    _pack_conduct(scenario, rules[0], slug, table)
    rules["licence_worth"] = common.licence_worth
    _pack_extension(scenario, rules[0], table)
    names = scenario[f"{at}.inherited_routes"]
    early = rules["exit_stage"][0] == PRECLINICAL
    routes = [route_of(name, early) for name in names] or [rules["own_route"][0]] * inherited_count(scenario)
    return Packed(
        slug=slug,
        family=scenario[f"{at}.family"],
        variant=variant,
        table=table,
        rules=rules,
        contracts=contracts,
        routes=np.array(routes, dtype=np.int64),
        beliefs=pack_beliefs(table, common),
        factor=factors_at(scenario, slug, rate),
    )


def inherited_count(scenario: Scenario) -> int:
    """Return how many candidates the deal would take on the day."""
    return len(scenario["candidates.inherited.names"])


def route_of(name: str, early: bool) -> int:
    """Return a route by its name, and by whether licences are sought at the IND."""
    route = ROUTES.index(name)
    return LICENSE_EARLY if route == LICENSE_OUT and early else route


def set_going_on(packed: Packed, known: GoingOn) -> None:
    """Let the market know what going on by a strategy is worth."""
    packed.rules["tax_share"] = known.tax_share
    packed.rules["burn_to_come"][0, :, : known.burn_to_come.shape[1]] = known.burn_to_come


def factors_at(scenario: Scenario, slug: str, rate: float) -> NDArray[np.float64]:
    """Return discount factors of a strategy at a common rate: others, the company; the same of what is sure."""
    own, sure = rate + scenario[f"strategies.{slug}.rate_spread"], scenario["valuation.sure_spread"]
    return factors(rate, own, rate + sure, own + sure)


def factors(*rates: float) -> NDArray[np.float64]:
    """Return discount factors (rate; middle, start; quarter)."""
    quarter = np.arange(MAX_QUARTERS)
    return np.array([[discount(t(quarter), rate) for t in (mid_years, start_years)] for rate in rates])


def pack_beliefs(table: Table, common: Table) -> Beliefs:
    """Return a belief table as plain arrays; what things fetch is what they are worth at the common rate."""
    arrays: Any = (table.place, table.going_on, table.held, table.searching, table.taking_up, table.opting_in)
    sold: Any = (common.price, common.held, table.cost, table.lasts)
    return Beliefs(*(np.ascontiguousarray(array) for array in (*arrays, *sold)))


def pack_rules(scenario: Scenario) -> NDArray:
    """Return what the inputs fix alike for every strategy, and the terms of the deal, (1,)."""
    packed = np.zeros(1, dtype=RULES)
    rules, horizon = packed[0], quarters(scenario, "valuation.horizon_years")
    for name, path in _RULE_LEAVES.items():
        rules[name] = scenario[path]
    for name, path in _RULE_YEARS.items():
        rules[name] = quarters(scenario, path)
    rules["horizon"], rules["rational"] = horizon, scenario["behaviour.gates"] == "rational"
    rules["limited"] = scenario["financing.capital"] == "limited"
    rules["buffer"] = QUARTERS * scenario["financing.buffer_years"]
    rules["losses_years"] = int(np.ceil(scenario["tax.losses_years"]))
    rules["own_research"] = scenario["leads.own_research_musd"] / QUARTERS
    rules["conduct"] = CONDUCTS.index(scenario["behaviour.conduct"])
    option = scenario["deal.opt_in.stage"]
    rules["option"] = NONE if option == "none" else STAGE_NAMES.index(option)
    _pack_tables(scenario, rules)
    _pack_deal(scenario, rules)
    return packed


def _pack_tables(scenario: Scenario, rules: Any) -> None:
    """Set what differs by quarter or event: uptake, shares of milestones, deflators, present value of one a quarter."""
    averages, quarter = scenario["sales.uptake"], np.arange(MAX_QUARTERS + 1)
    rules["uptake_points"] = points = len(averages)
    rules["uptake_at"][1 : points + 1] = np.arange(points) + 0.5
    rules["uptake"][1 : points + 1] = averages
    rules["milestone_shares"][LATE, 3:] = scenario["license.milestone_shares"]
    rules["milestone_shares"][EARLY] = scenario["license.early.milestone_shares"]
    rules["milestone_shares"][2] = scenario["technology.milestone_shares"]
    inflation, rate = scenario["valuation.inflation_rate"], scenario["valuation.discount_rate"]
    rules["real_start"], rules["real_mid"] = (discount(t(quarter), inflation) for t in (start_years, mid_years))
    rules["annuity"][1:] = np.cumsum(discount(mid_years(quarter[:-1]), rate))


def _pack_conduct(scenario: Scenario, rules: Any, slug: str, table: Table) -> None:
    """Set what a strategy does with its candidates."""
    at = f"strategies.{slug}"
    exit_stage = scenario[f"{at}.exit_stage"]
    rules["signs"] = scenario[f"{at}.signs_deal"]
    rules["signing"] = quarters(scenario, f"{at}.signing_years")
    rules["signing_prob"], rules["terms_factor"] = scenario[f"{at}.signing_prob"], scenario[f"{at}.terms_factor"]
    rules["exit_stage"] = NONE if exit_stage == "none" else STAGE_NAMES.index(exit_stage)
    rules["own_route"] = route_of(scenario[f"{at}.own_lead_route"], rules["exit_stage"] == PRECLINICAL)
    rules["sells"] = SALES.index(scenario[f"{at}.sells"])
    rules["kept_route"] = ROUTES.index(scenario["behaviour.common_route"])
    horizon = table.run_on.shape[1]
    rules["run_on"][:, :horizon], rules["least_sales"][:, :horizon] = table.run_on, table.least_sales
    rules["kept_in_sale"], rules["licensing_burn"] = table.kept_in_sale, table.licensing_burn
    rules["lead_worth"] = found_per_musd(scenario, table) * table.lead_worth[rules["own_route"]]  # its chain's place
    rules["licences_a_year"] = table.licences_a_year


def found_per_musd(scenario: Scenario, table: Table) -> float:
    """Return the leads that a million of research is expected to find, discounted to the spending."""
    lag = to_quarters(scenario["leads.discovery_lag_years"]) / QUARTERS
    return table.leads_mean * float(discount(lag, scenario["valuation.discount_rate"]))


def _pack_deal(scenario: Scenario, deal: Any) -> None:
    """Set the terms of the deal, in the order of the exposures, and what triggers them."""
    premium, terms, rates = scenario["deal.equity.premium_rate"], deal["term"], scenario["deal.royalty.rates"]
    for path, place in lines.TERM_LEAVES.items():
        values = term_values(scenario, path)
        terms[place : place + len(values)] = values
    deal["premium_part"] = premium / (1 + premium)
    deal["fair_part"] = scenario["deal.equity.amount_musd"] / (1 + premium)
    deal["tiers"], deal["threshold"][:] = len(rates), np.inf
    deal["threshold"][: len(rates)] = scenario["deal.royalty.thresholds_musd"]
    steps = scenario["deal.sales_milestones.thresholds_musd"]
    deal["steps"], deal["step_at"][: len(steps)] = len(steps), steps
    deal["committed"] = len(scenario["deal.research_schedule_musd"])
    deal["offered"] = scenario["deal.copromotion.offered"]
    deal["step_down"] = scenario["deal.royalty.step_down_share"]
    deal["returned_share"] = scenario["deal.termination.relicense_terms_share"]


def term_values(scenario: Scenario, path: str) -> tuple[float, ...]:
    """Return the values of a term: of a number one, of a list each, of a ladder by event, of research by year."""
    if path == "deal.research_schedule_musd":
        return funding_years(scenario)
    if path in scenario.leaves:
        value = scenario[path]
        return value if isinstance(value, tuple) else (value,)
    return tuple(scenario[f"{path}.{event}_musd"] for event in EVENTS)


def _pack_extension(scenario: Scenario, deal: Any, table: Table) -> None:
    """Set the partner's options on further years of research, and what it knows and expects when it decides."""
    count, rate = scenario["deal.extension_count"], scenario["valuation.discount_rate"]
    rule = scenario["deal.extension_rule"]
    deal["extensions"], deal["extension_rule"] = count, RULE_OF_EXTENSION[rule]
    deal["extension_prob"] = {"never": 0.0, "always": 1.0}.get(rule, scenario["deal.extension_prob"])
    deal["extension_at"][:count] = to_quarters(scenario["deal.extension_decision_years"])
    deal["alive_needed"][:count] = scenario["deal.extension_alive_needed"]
    deal["lead_to_partner"] = table.lead_to_partner
    deal["leads_mean"], deal["leads_variance"] = table.leads_mean, table.leads_variance
    funded = funded_quarters(scenario, 0)
    research, lag = funded * scenario["leads.target_multiplier"], quarters(scenario, "leads.discovery_lag_years")
    deal["research_spent"][1 : len(research) + 1] = np.cumsum(research)
    for option in range(count):
        year = QUARTERS * (int(deal["committed"]) + option) + np.arange(QUARTERS)
        ahead = mid_years(year - int(deal["extension_at"][option]))
        deal["extension_found"][option] = (research[year] * discount(ahead + lag / QUARTERS, rate)).sum()
        deal["extension_costs"][option] = (funded[year] * discount(ahead, rate)).sum()


def funding_years(scenario: Scenario) -> tuple[float, ...]:
    """Return the nominal research funding of each contract year; extension years share what the ceiling leaves."""
    schedule, count = scenario["deal.research_schedule_musd"], scenario["deal.extension_count"]
    names = ("committed_ceiling", "upfront", "research_total")
    ceiling, upfront, total = (scenario[f"deal.{name}_musd"] for name in names)
    return (*schedule, *((ceiling - upfront - total) / max(count, 1),) * count)


def funded_quarters(scenario: Scenario, signing: int) -> NDArray[np.float64]:
    """Return real research funding by quarter since signing if every extension is taken: evenly, deflated."""
    nominal = np.repeat(np.asarray(funding_years(scenario), dtype=float) / QUARTERS, QUARTERS)
    return nominal * discount(mid_years(signing + np.arange(len(nominal))), scenario["valuation.inflation_rate"])


def pack_contracts(scenario: Scenario, slug: str, variant: Variant, table: Table) -> NDArray:
    """Return what the deal does for research, by extension years taken, and last what the company does without it."""
    count, committed = scenario["deal.extension_count"], len(scenario["deal.research_schedule_musd"])
    packed = np.zeros(count + 2, dtype=CONTRACT)
    signing, window = quarters(scenario, f"strategies.{slug}.signing_years"), quarters(scenario, "leads.window_years")
    budget, funded = scenario["leads.own_research_musd"] / QUARTERS, funded_quarters(scenario, signing)
    for taken, contract in enumerate(packed):
        with_deal = taken <= count and scenario[f"strategies.{slug}.signs_deal"]
        contract["signed"] = signing if with_deal else NEVER
        contract["years"] = committed + taken if with_deal else 0
        paid = np.zeros(MAX_QUARTERS)
        lasts = max(min(QUARTERS * int(contract["years"]), MAX_QUARTERS - signing), 0)
        paid[signing : signing + lasts] = funded[:lasts]
        within = np.zeros(MAX_QUARTERS, dtype=bool)
        within[signing : signing + lasts] = True
        contract["year"][:] = np.where(within, (np.arange(MAX_QUARTERS) - signing) // QUARTERS, -1)
        contract["own"][:window] = ~within[:window] & variant.research
        contract["funded"], contract["research"] = paid, paid * scenario["leads.target_multiplier"]
        contract["research"][window:] = 0.0
        spent = paid * scenario["leads.target_multiplier"] + budget * contract["own"]
        contract["found"][:window] = np.cumsum(spent[:window])
        stopped = taken <= count and scenario[f"strategies.{slug}.sells"] == "candidates"
        _pack_licensing(scenario, contract, variant.licensing and not stopped, within)
    _pack_decided(scenario, packed[:-1], signing, funded, table)
    return packed


def _pack_licensing(scenario: Scenario, contract: Any, licensing: bool, funded: NDArray[np.bool_]) -> None:
    """Set how fast the technology is licensed: more once the deal is signed, less once research has stopped."""
    quarter, research = np.arange(MAX_QUARTERS), funded | (contract["own"] == 1)
    stops = int(np.flatnonzero(research).max(initial=-1)) + 1
    pace = np.where(quarter >= contract["signed"], scenario["technology.validation_multiplier"], 1.0)
    pace = pace * np.where(quarter >= stops, scenario["technology.new_without_research"], 1.0)
    window = min(quarters(scenario, "technology.new_years"), quarters(scenario, "valuation.horizon_years"))
    contract["licensing_until"] = window if licensing else 0
    contract["licensing"] = np.cumsum(np.where(quarter < contract["licensing_until"], pace / QUARTERS, 0.0))


def _pack_decided(
    scenario: Scenario, contracts: NDArray, signing: int, funded: NDArray[np.float64], table: Table
) -> None:
    """Set net funding over the quarters ahead, and what all of it is worth, as far as it is decided by a quarter.

    A further year is decided at its date. Funding is worth its margin and the leads it is expected to find.
    """
    committed, margin = len(scenario["deal.research_schedule_musd"]), 1 - table.research_cost_share
    chain = 0 if scenario["deal.opt_in.stage"] == "none" else 7
    lead = found_per_musd(scenario, table) * table.lead_worth[chain]
    value = margin + scenario["leads.target_multiplier"] * lead
    factor = discount(mid_years(np.arange(MAX_QUARTERS)), scenario["valuation.discount_rate"])
    windows = [quarters(scenario, f"financing.{name}_years") for name in ("look_ahead", "raise_for")]
    for year, moment in enumerate([0.0] * committed + list(scenario["deal.extension_decision_years"])):
        first, paid = signing + QUARTERS * year, np.zeros(MAX_QUARTERS)
        lasts = max(min(QUARTERS, MAX_QUARTERS - first), 0)
        paid[first : first + lasts] = funded[QUARTERS * year : QUARTERS * year + lasts]
        sums = np.concatenate([[0.0], np.cumsum(paid)])
        for q in range(min(signing + int(to_quarters(moment)), MAX_QUARTERS), min(first + QUARTERS, MAX_QUARTERS)):
            having = contracts["years"] > year
            for place, window in enumerate(windows):
                ahead = sums[min(q + window, MAX_QUARTERS)] - sums[q]
                contracts["ahead"][having, place, q] += margin * ahead
            contracts["worth"][having, q] += value * (paid[q:] * factor[: MAX_QUARTERS - q]).sum()


_RULE_YEARS = {
    "research_window": "leads.window_years",
    "discovery_lag": "leads.discovery_lag_years",
    "closing": "license.deal_years",
    "retry": "license.retry_years",
    "launch_delay": "sales.company_launch_delay_years",
    "lifecycle": "sales.lifecycle_years",
    "eu_after": "duration.eu_after_us_years",
    "japan_after": "duration.japan_after_us_years",
    "early": "claim.early_years",
    "relicense_wait": "deal.termination.relicense_years",
    "franchise_lasts": "company.franchise_years",
    **{name: f"financing.{name}_years" for name in ("look_ahead", "raise_for", "raise_gap", "distress", "postpone")},
}

_RULE_LEAVES = {
    "us_share": "sales.us_share",
    "lifecycle_rate": "sales.lifecycle_rate",
    "conjugate_cogs": "sales.conjugate_cogs_rate",
    "erosion_years": "sales.erosion_years",
    "conjugate_odds": "success.conjugate_odds",
    "alliance_odds": "success.alliance_odds",
    "target_multiplier": "leads.target_multiplier",
    "opening_cash": "company.opening_cash_musd",
    "shares": "company.shares_millions",
    "pre_deal_value": "company.pre_deal_value_musd",
    "raise_least": "financing.raise_least_musd",
    "issue_fee": "financing.issue_fee_rate",
    "issue_discount": "financing.issue_discount_rate",
    "partner_tax": "tax.partner_rate",
    "late_first_part": "cost.late_manufacturing_in_phase_3",
}
