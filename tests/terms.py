"""Terms of the deal by the leaf that sets them, and where each stands among all terms."""

from partnering.model import lines

STEPS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
PLACES = {
    "deal.upfront_musd": lines.T_UPFRONT,
    "deal.termination.partner_royalty_rate": lines.T_PARTNER_ROYALTY,
    "deal.sharing.cost_share": lines.T_COST_SHARE,
    "deal.copromotion.us_profit_share": lines.T_US_PROFIT,
    "deal.copromotion.opt_in_cost_share": lines.T_REFUND,
    **{f"deal.ladder_full.{step}_musd": lines.T_LADDERS + k for k, step in enumerate(STEPS)},
    **{f"deal.ladder_short.{step}_musd": lines.T_LADDERS + 7 + k for k, step in enumerate(STEPS)},
    **{f"deal.royalty.rates[{tier}]": lines.T_RATES + tier for tier in range(3)},
    **{f"deal.research_schedule_musd[{year}]": lines.T_FUNDING + year for year in range(3)},
}
