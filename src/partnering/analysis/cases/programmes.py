"""Published programmes: stages in a row, the right to stop, the chance a stage must have, projects by launch."""

import numpy as np

from partnering.analysis.cases.tree import Figures, Inputs, break_even, spread, stages_in_a_row, without_stop
from partnering.analysis.rollback import STOP, Node, roll_back
from partnering.clock import discount
from partnering.model.draws import uniforms


def work_newdrug(inputs: Inputs) -> Figures:
    """Work three stages and a payoff: by roll-back, and by the same chances met with drawn luck."""
    rate, phases = inputs["discount_rate"], inputs["phases"]
    costs, chances, years = ([phase[key] for phase in phases] for key in ("cost", "p", "years"))
    tree = stages_in_a_row(costs, chances, years, inputs["payoff"])
    flows = np.array([*(-cost for cost in costs), inputs["payoff"]]) * discount(np.cumsum([0, *years]), rate)
    seed, blocks = inputs["simulation"]["seed"], inputs["simulation"]["blocks"]
    luck = np.concatenate([uniforms(seed, "stages", block, 1)[0] for block in range(blocks)])
    reached = luck < np.cumprod([1, *chances])[:, None]
    return {
        "undiscounted": float(roll_back(tree)),
        "npv": float(roll_back(tree, rate)),
        "sd_npv": spread(tree, rate),
        "npv_simulated": float(np.sum(reached * flows[:, None], axis=0).mean()),
    }


def work_bma(inputs: Inputs) -> Figures:
    """Work the right to stop before Phase III: node by node, without it, and with a dearer programme of more upside."""
    rate, more = inputs["discount_rate"], inputs["extension"]
    up, likely, down = (
        float(roll_back(Node(choices=(_phase_3(inputs, launch["pv"]), STOP)), rate)) for launch in inputs["launch_pv"]
    )
    tree = stopping_tree(inputs)
    npv, bound = float(roll_back(tree, rate)), float(roll_back(without_stop(tree), rate))
    alternative = inputs | {"phase3": inputs["phase3"] | {"p": more["p3_alternative"]}}
    wider = (more["upside_pv"], more["extra_cost"])
    return {
        "node_upside": up,
        "node_likely": likely,
        "node_downside_after_option": down,
        "npv": npv,
        "npv_without_abandonment": bound,
        "option_value": npv - bound,
        "npv_extension": float(roll_back(stopping_tree(inputs, *wider), rate)),
        "npv_extension_p75": float(roll_back(stopping_tree(alternative, *wider), rate)),
        "npv_base_p75": float(roll_back(stopping_tree(alternative), rate)),
    }


def stopping_tree(inputs: Inputs, upside: float | None = None, extra: float = 0.0) -> Node:
    """Return two phases with a stop between them, at an extra cost and with another best launch where given."""
    two, best = inputs["phase2"], max(launch["pv"] for launch in inputs["launch_pv"])
    worth = {launch["pv"]: (launch["p"], launch["pv"]) for launch in inputs["launch_pv"]}
    worth[best] = worth[best][0], upside or best
    branches = tuple(
        (two["p"] * p, Node(years=two["years"], choices=(_phase_3(inputs, pv), STOP))) for p, pv in worth.values()
    )
    return Node(-two["cost"] - extra, chances=branches)


def _phase_3(inputs: Inputs, launch_pv: float) -> Node:
    three = inputs["phase3"]
    return stages_in_a_row([three["cost"]], [three["p"]], [three["years"]], launch_pv)


def work_mckinsey(inputs: Inputs) -> Figures:
    """Work what Phase II must succeed in for an investment to pay: what it adds to the programme is what it costs."""
    one, now, three, filing = inputs["p"]

    def worth(phase_2: float) -> float:
        """Return what the programme is worth at a chance of Phase 2."""
        none = [0.0] * len(inputs["p"])
        return float(roll_back(stages_in_a_row(none, [one, phase_2, three, filing], none, inputs["value"])))

    needed = break_even(lambda p: worth(p) - worth(now) - inputs["investment"])
    return {
        "ev_now": worth(now),
        "required_phase2_p": needed,
        "required_total_p": worth(needed) / inputs["value"],
    }


def work_asclepius(inputs: Inputs) -> Figures:
    """Work a late product: Phase III if reached, then launch and mid-year sales on a ramp until exclusivity ends."""
    rate, p3, loa = inputs["discount_rate"], inputs["p_reach_phase3"], inputs["loa_used"]
    year, middle = np.arange(1, inputs["exclusivity_years"] + 1), inputs["phase3_years"] / 2
    sold = inputs["peak_sales"] * np.minimum(year / inputs["ramp_years"], 1)
    worth = float(np.sum((1 - inputs["cogs"]) * sold * discount(year - 0.5, rate)))
    launch = Node(worth - inputs["launch_cost"], years=inputs["launch_year"] - middle)
    phase_3 = Node(-inputs["phase3_cost"], years=middle, chances=((loa / p3, launch),))
    return {
        "rnpv": float(roll_back(Node(chances=((p3, phase_3),)), rate)),
        "loa_product": float(np.prod(inputs["loa_base"]) * np.prod(inputs["multipliers"])),
    }


def work_paul(inputs: Inputs) -> Figures:
    """Work what a launch takes: projects at each stage, what they cost, and that grown at the cost of capital."""
    years = np.array(inputs["years"])
    needed = 1 / np.cumprod(inputs["p"][::-1])[::-1]
    to_launch = np.cumsum(years[::-1])[::-1] - years / 2
    spent = needed * inputs["cost_per_project"]
    grown = spent / discount(to_launch, inputs["cost_of_capital"])
    found = {"out_of_pocket_total": float(spent.sum()), "capitalised_total": float(grown.sum())}
    for name, values in (("wip", needed), ("out_of_pocket", spent), ("capitalised", grown)):
        found |= {f"{name}[{stage}]": float(v) for stage, v in zip(inputs["stages"], values, strict=True)}
    return found
