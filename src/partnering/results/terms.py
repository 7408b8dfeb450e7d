"""Every term of the deal by the path of its leaf: where it stands among the exposures, and whom it concerns."""

from collections.abc import Iterator

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.stages import EVENTS


def terms_of(scenario: Scenario) -> Iterator[tuple[int, str, tuple[int, ...], bool]]:
    """Yield (place, path of the leaf, parties, whether it is told though it pays nothing) of every term of the deal."""
    ours, all_three = (0, 1), (0, 1, 2)
    shared, floor = scenario["deal.sharing.profit_share"] > 0, scenario["deal.royalty.floor_musd"] > 0
    yield lines.T_UPFRONT, "deal.upfront_musd", ours, True
    yield lines.T_EQUITY, "deal.equity.amount_musd", ours, True
    yield lines.T_OPT_IN, "deal.opt_in.fee_musd", ours, True
    for k, ladder in enumerate(("full", "short")):
        for event, name in enumerate(EVENTS):
            yield lines.T_LADDERS + len(EVENTS) * k + event, f"deal.ladder_{ladder}.{name}_musd", all_three, True
    for tier in range(len(scenario["deal.royalty.rates"])):
        yield lines.T_RATES + tier, f"deal.royalty.rates[{tier}]", all_three, True
    yield lines.T_PARTNER_ROYALTY, "deal.termination.partner_royalty_rate", (1, 2), True
    for step in range(len(scenario["deal.sales_milestones.amounts_musd"])):
        yield lines.T_SALES_MILESTONES + step, f"deal.sales_milestones.amounts_musd[{step}]", ours, True
    if shared:
        yield lines.T_PROFIT_SHARE, "deal.sharing.profit_share", ours, True
    elif floor:
        yield lines.T_FLOOR, "deal.royalty.floor_musd", ours, True
    committed = len(scenario["deal.research_schedule_musd"])
    for year in range(committed + scenario["deal.extension_count"]):
        extension = f"extension[{year - committed}]"
        path = f"deal.research_schedule_musd[{year}]" if year < committed else extension
        yield lines.T_FUNDING + year, path, ours, True
    yield lines.T_COST_SHARE, "deal.sharing.cost_share", ours, False
    yield lines.T_US_PROFIT, "deal.copromotion.us_profit_share", ours, False
    yield lines.T_REFUND, "deal.copromotion.opt_in_cost_share", ours, False
