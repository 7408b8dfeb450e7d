"""Which terms a contract has: the deal on the table, licences of the company's candidates and of its technology."""

from typing import Annotated

from partnering.inputs import units
from partnering.inputs.units import Closed


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
    step_down_share: units.Share
    floor_musd: Annotated[units.MusdPerYear, units.BEHAVIOURAL]


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


class Sharing(Closed):
    """What the company bears of the partner's development, and what it has of its products' profit for a royalty."""

    cost_share: units.Share
    profit_share: Annotated[units.Share, units.BEHAVIOURAL]


class Equity(Closed):
    """Shares the partner buys at signing, above the market's price."""

    amount_musd: units.Musd
    premium_rate: Annotated[units.Ratio, units.BEHAVIOURAL]


class OptIn(Closed):
    """The stage after whose success the partner may take a candidate over, and what it then pays for it."""

    stage: Annotated[units.OptInStage, units.BEHAVIOURAL]
    fee_musd: units.Musd


class SalesMilestones(Closed):
    """Payments, once per product, for the first contract year in which it sells so much: parallel lists."""

    thresholds_musd: Annotated[units.MusdPerYearList, units.BEHAVIOURAL]
    amounts_musd: units.MusdList


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
    sharing: Sharing
    equity: Equity
    opt_in: OptIn
    sales_milestones: SalesMilestones


class EarlyLicense(Closed):
    """Terms of a licence sold at the IND."""

    taker_prob: units.Prob
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
    new_without_research: units.Share
    validation_multiplier: units.PositiveRatio
    fee_musd: units.Musd
    milestones_musd: units.Musd
    milestone_shares: units.ShareList
    royalty_rate: units.Rate
