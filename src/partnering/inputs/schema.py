"""Which leaves exist and which kind each is. What they are worth, and how they are labelled, lives in params/."""

import datetime as dt
from typing import Annotated, Literal

from annotated_types import Ge
from pydantic import Field, StringConstraints

from partnering.inputs import units
from partnering.inputs.units import Closed, Text

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Valuation(Closed):
    """When, and at which rates."""

    date: units.Date
    discount_rate: units.Rate
    inflation_rate: units.Rate
    horizon_years: units.HorizonYears


class Parties(Closed):
    """Who signs."""

    company: units.Name
    partner: units.Name
    licensee: units.Name


class Inherited(Closed):
    """Early candidates the deal takes: parallel lists."""

    names: units.NameList
    modality: units.ModalityList
    ladder: units.LadderList
    years_to_ind: units.LagYearsList


class Common(Closed):
    """Clinical candidates kept in every strategy: parallel lists."""

    names: units.NameList
    modality: units.ModalityList
    phase_2_left: units.ShareList
    territory_share: units.ShareList
    phase_2_prob: units.Prob


class Candidates(Closed):
    """What exists on the day."""

    inherited: Inherited
    common: Common


class Leads(Closed):
    """How research spend turns into new leads."""

    cost_per_lead_musd: units.PositiveMusd
    window_years: units.Years
    discovery_lag_years: units.LagYears
    own_research_musd: units.MusdPerYear
    conjugate_share: units.Share
    partner_target_share: units.Share
    target_multiplier: units.PositiveRatio


class Success(Closed):
    """Probabilities by stage, and what candidates share."""

    preclinical_prob: units.Prob
    phase_1_prob: units.Prob
    phase_2_prob: units.Prob
    phase_3_prob: units.Prob
    review_prob: units.Prob
    common_factor_share: units.Share
    payload_factor_share: units.Share
    alliance_odds: units.PositiveRatio
    conjugate_odds: units.PositiveRatio


class Duration(Closed):
    """Time in each stage."""

    preclinical_years: units.Years
    phase_1_years: units.Years
    phase_2_years: units.Years
    phase_3_years: units.Years
    review_years: units.Years
    spread_cv: units.Ratio
    eu_after_us_years: units.LagYears
    japan_after_us_years: units.LagYears


class PartyCost(Closed):
    """What each stage costs one developer."""

    preclinical_musd: units.PositiveMusd
    phase_1_musd: units.PositiveMusd
    phase_2_musd: units.PositiveMusd
    phase_3_musd: units.PositiveMusd
    filing_musd: units.PositiveMusd
    late_manufacturing_musd: units.PositiveMusd


class CostSpread(Closed):
    """How much stage costs differ between candidates."""

    preclinical_log_sd: units.LogSd
    phase_1_log_sd: units.LogSd
    phase_2_log_sd: units.LogSd
    phase_3_log_sd: units.LogSd
    late_manufacturing_log_sd: units.LogSd


class Cost(Closed):
    """Development cost of either developer."""

    company: PartyCost
    partner: PartyCost
    spread: CostSpread
    late_manufacturing_in_phase_3: units.Share


class Sales(Closed):
    """Peak, shape and cost of sales."""

    peak_median_musd: units.PositiveMusdPerYear
    peak_log_sd: units.PositiveLogSd
    peak_cap_musd: units.MusdPerYear
    us_share: units.Share
    forecast_share: units.Share
    uptake: units.ShareList
    years_to_peak: units.ThreeYears
    exclusivity_years: units.Years
    erosion_loss: units.PartShare
    erosion_years: units.Years
    late_decline_rate: units.PartRate
    company_ceiling: units.Share
    company_launch_delay_years: units.LagYears
    cogs_rate: units.Rate
    conjugate_cogs_rate: units.Rate
    selling_rate: units.Rate
    company_selling_floor_musd: units.MusdPerYear
    company_launch_build_musd: units.Musd
    lifecycle_rate: units.Rate
    lifecycle_years: units.LagYears


class Ladder(Closed):
    """Milestones of one product, in the order they fall due, and their stated total."""

    phase_1_musd: units.Musd
    phase_2_musd: units.Musd
    phase_3_musd: units.Musd
    bla_musd: units.Musd
    us_musd: units.Musd
    eu_musd: units.Musd
    japan_musd: units.Musd
    total_musd: units.Musd


class Royalty(Closed):
    """Marginal tiers on annual net sales."""

    thresholds_musd: Annotated[units.MusdPerYearList, units.BEHAVIOURAL]
    rates: units.RateList
    scale: units.Ratio
    term_years: Annotated[units.Years, units.BEHAVIOURAL]


class Copromotion(Closed):
    """The company's option on a share of the US business of each product, taken or left at approval."""

    offered: Annotated[units.Switch, units.BEHAVIOURAL]
    us_profit_share: Annotated[units.Share, units.BEHAVIOURAL]
    opt_in_cost_share: Annotated[units.Share, units.BEHAVIOURAL]


class Termination(Closed):
    """Products the partner drops for strategic reasons, and what becomes of them."""

    excess_hazard_rate: Annotated[units.Rate, units.BEHAVIOURAL]
    relicense_prob: Annotated[units.Prob, units.BEHAVIOURAL]
    relicense_years: Annotated[units.LagYears, units.BEHAVIOURAL]
    relicense_terms_share: units.Share
    partner_royalty_rate: units.Rate


class Deal(Closed):
    """The terms on the table."""

    upfront_musd: units.Musd
    research_total_musd: units.Musd
    research_schedule_musd: units.MusdList
    committed_ceiling_musd: units.Musd
    extension_count: Annotated[units.Count, units.BEHAVIOURAL]
    extension_decision_years: Annotated[units.MomentList, units.BEHAVIOURAL]
    extension_rule: Annotated[units.ExtensionRule, units.BEHAVIOURAL]
    extension_alive_needed: Annotated[units.CountList, units.BEHAVIOURAL]
    extension_prob: Annotated[units.Prob, units.BEHAVIOURAL]
    research_cost_share: units.Share
    ladder_full: Ladder
    ladder_short: Ladder
    royalty: Royalty
    copromotion: Copromotion
    termination: Termination


class EarlyLicense(Closed):
    """Terms of a licence sold at the IND."""

    upfront_musd: units.Musd
    milestones_musd: units.Musd
    milestone_shares: units.ShareList
    royalty_rate: units.Rate


class License(Closed):
    """A later licence after Phase 2."""

    taker_prob: units.Prob
    retry_years: units.LagYears
    deal_years: units.LagYears
    upfront_musd: units.Musd
    upfront_elasticity: units.Ratio
    milestones_musd: units.Musd
    milestone_shares: units.ShareList
    royalty_rate: units.Rate
    early: EarlyLicense


class Technology(Closed):
    """Licences of the technology to others, outside the deal: parallel lists for those in force, then new ones."""

    seeded_names: units.NameList
    seeded_stage: units.SeededStageList
    seeded_years_left: units.YearsToComeList
    new_per_year: units.PerYear
    new_years: units.LagYears
    fee_musd: units.Musd
    milestones_musd: units.Musd
    milestone_shares: units.ShareList
    royalty_rate: units.Rate


class Company(Closed):
    """Cash on the day and what is spent whatever happens."""

    opening_cash_musd: units.Musd
    other_burn_musd: units.MusdPerYear
    rights_only_burn_musd: units.MusdPerYear


class Strategy(Closed):
    """One way to go on: which parts it is made of."""

    title: units.Name
    phrase: units.Name
    meaning: units.Name
    signs_deal: units.Switch
    signing_years: units.LagYears
    signing_prob: units.Prob
    terms_factor: units.Ratio
    inherited_routes: units.RouteList
    own_lead_route: units.OwnRoute
    exit_stage: units.ExitStage
    effector_multiplier: units.PositiveRatio
    rate_spread: units.RateSpread


class Behaviour(Closed):
    """How decisions are taken."""

    gates: units.Gates
    common_route: units.OwnRoute


class Claim(Closed):
    """What the claim about more products is held against."""

    substantially_more: units.Ratio
    also_shown: units.RatioList
    sure_prob: units.Prob
    early_years: units.Years


class Params(Closed):
    """Every leaf there is."""

    valuation: Valuation
    parties: Parties
    candidates: Candidates
    leads: Leads
    success: Success
    duration: Duration
    cost: Cost
    sales: Sales
    deal: Deal
    license: License
    technology: Technology
    company: Company
    strategies: dict[Slug, Strategy]
    behaviour: Behaviour
    claim: Claim


class Source(Closed):
    """Where a number comes from, and how much of it was read."""

    title: Text
    publisher: Text
    date: dt.date
    read: Literal["full", "excerpt", "no"]
    note: Text | None = None
    url: Text | None = None


class Overlay(Closed):
    """A scenario or deal file: which leaves it replaces, after those of the files it combines.

    A vintage lets its leaves be known later than the valuation date; every page then says so.
    """

    title: Text
    question: Text
    combines: tuple[str, ...] = ()
    vintage: dt.date | None = None
    set: dict[str, object] = Field(default_factory=dict)


class RunSettings(Closed):
    """How long to simulate: seed, paths, paths whose details are kept; paths of the control run, and what it costs."""

    seed: Annotated[int, Ge(0)]
    paths: Annotated[int, Ge(1)]
    sample_paths: Annotated[int, Ge(1)]
    control_paths: Annotated[int, Ge(2)]
    control_cost: Annotated[float, Ge(0)]


class Band(Closed):
    """A range the base case is expected to fall in: of which measure, and what it says."""

    measure: Text
    low: float
    high: float
    unit: Text
    label: Text
