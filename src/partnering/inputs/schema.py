"""Which leaves exist and which kind each is. What they are worth, and how they are labelled, lives in params/."""

from typing import Annotated

from pydantic import StringConstraints

from partnering.inputs import units
from partnering.inputs.contracts import Deal, License, Technology
from partnering.inputs.units import Closed

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Valuation(Closed):
    """When, and at which rates."""

    date: units.Date
    discount_rate: units.Rate
    sure_spread: units.RateSpread
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
    years_scale: units.PositiveRatio


class Common(Closed):
    """Clinical candidates kept in every strategy: parallel lists."""

    names: units.NameList
    modality: units.ModalityList
    phase_2_left: units.ShareList
    territory_share: units.ShareList
    territory_scale: units.Share
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
    years_to_peak_scale: units.PositiveRatio
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


class Company(Closed):
    """Cash on the day and what is spent whatever happens."""

    opening_cash_musd: units.Musd
    other_burn_musd: units.MusdPerYear
    licensing_burn_musd: units.MusdPerYear
    rights_only_burn_musd: units.MusdPerYear
    wind_up_cost_musd: units.Musd
    shares_millions: units.Millions
    pre_deal_value_musd: units.PositiveMusd
    franchise_years: units.Years
    fiscal_year_end_month: units.Month


class Financing(Closed):
    """When, how much and at what price the company raises money, and what it does without."""

    capital: units.Capital
    window_shut_share: units.PartShare
    window_shut_years: units.Years
    window_open_today: units.Switch
    raise_limit_share: units.Share
    raise_least_musd: units.Musd
    raise_gap_years: units.LagYears
    raise_for_years: units.Years
    look_ahead_years: units.Years
    buffer_years: units.LagYears
    issue_fee_rate: units.PartRate
    issue_discount_rate: units.PartRate
    market_log_sd: units.LogSd
    market_half_life_years: units.Years
    postpone_years: units.LagYears
    distress_years: units.LagYears
    sale_haircut: units.Share


class Tax(Closed):
    """Tax of the parties, and losses the company brings."""

    company_rate: units.PartRate
    partner_rate: units.PartRate
    losses_musd: units.Musd
    losses_years: units.Years


class Announcement(Closed):
    """What the market made of the deal: an outside check."""

    value_added_musd: units.SignedMusd
    price_before_usd: units.Price
    price_after_usd: units.Price


class Parts(Closed):
    """Which parts a strategy is made of: what it does unless it says otherwise."""

    signs_deal: units.Switch
    signing_years: units.LagYears
    signing_prob: units.Prob
    terms_factor: units.Ratio
    inherited_routes: units.RouteList
    own_lead_route: units.OwnRoute
    exit_stage: units.ExitStage
    sells: units.Sells
    own_research: units.OwnResearch
    rate_spread: units.RateSpread


class Strategy(Parts):
    """One way to go on."""

    title: units.Name
    phrase: units.Name
    meaning: units.Name
    family: units.Family


class Behaviour(Closed):
    """How decisions are taken."""

    conduct: units.Conduct
    gates: units.Gates
    common_route: units.OwnRoute


class Claim(Closed):
    """What the claim about more products is held against."""

    substantially_more: units.Ratio
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
    financing: Financing
    tax: Tax
    announcement: Announcement
    strategy_defaults: Parts
    strategies: dict[Slug, Strategy]
    behaviour: Behaviour
    claim: Claim
